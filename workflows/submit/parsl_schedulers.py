"""LSF and HTCondor, through Parsl's providers: each run is a job of its own.

Parsl writes the scheduler's directives, submits, queries and cancels. The job runs the batch script
with the number of its run.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from interfaces.errors import CalculationError, InputError
from workflows.io.shell import quoted
from workflows.submit.scheduler import FORGOTTEN, Header, Scheduler, check_plain
from workflows.submit.site import Site

if TYPE_CHECKING:
    from parsl.providers.cluster_provider import ClusterProvider

TASK = "INTERFACES_TASK"  #: variable with the number of the run in the script
JOB = "INTERFACES_JOB"  #: variable with the job's number
OPTIONS = "#OPTION "  #: comment of the batch script, which a later ``send`` passes to Parsl
MANY = 100_000
#: Options whose values Parsl takes as numbers.
NUMBERS = ("nodes_per_block", "cores_per_block", "cores_per_node", "cores_per_slot")


class _ByParsl(Scheduler):
    """What LSF and HTCondor share; options of the site are arguments of Parsl's provider."""

    title = provider = ""
    limit = "walltime"
    task = f"${{{TASK}:-0}}"
    has_arrays = False
    more: ClassVar[dict[str, Any]] = {}

    def header(self, job: Header, site: Site, notice: int) -> list[str]:
        """Return the options as comments: Parsl writes the real lines in a file of its own."""
        check_plain(self.title, job.log)
        if self.limit not in dict(site.directives):
            raise InputError(
                f"site {site.name}: directives: give walltime: HH:MM:SS; Parsl's own is ten minutes"
            )
        self.made(dict(site.directives), job.log)
        return [f"{OPTIONS}{key}={value}" for key, value in site.directives]

    def made(self, options: dict[str, str], folder: Path) -> ClusterProvider:
        """Return Parsl's provider with the options of a site.

        Raises
        ------
        InputError
            If Parsl is missing, or an option is none of the provider's.
        """
        try:
            import parsl.providers
            from parsl.launchers import SimpleLauncher
        except ModuleNotFoundError:
            raise InputError(
                f"--to {self.name} needs Parsl: pip install 'interface-stability[cluster]'"
            ) from None
        logging.getLogger("parsl").propagate = False  # its errors are ours to report
        given: dict[str, Any] = {
            key: int(value) if key in NUMBERS and value.isdigit() else value
            for key, value in options.items()
        }
        try:
            provider = getattr(parsl.providers, self.provider)(
                launcher=SimpleLauncher(), **(self.more | given)
            )
        except (TypeError, AssertionError) as error:
            raise InputError(f"{self.provider} of Parsl: {error}; correct directives:") from None
        provider.script_dir = str(folder.resolve())
        return provider

    def send(self, script: Path, task: int | None = None) -> str:
        """Submit one run of a script; the job's number."""
        from parsl.errors import ParslError

        provider = self.made(_options(script), script.parent)
        line = f"{TASK}={task or 0} bash {quoted(script)}"
        log, reported = logging.getLogger("parsl.providers"), _Reported()
        log.addHandler(reported)
        try:
            number = provider.submit(line, 1, f"{self.name}-{task or 0}")
        except (ParslError, OSError) as error:
            raise InputError(_refused(self.title, script, str(error))) from None
        finally:
            log.removeHandler(reported)
        if not number:
            raise InputError(_refused(self.title, script, reported.last))
        return str(number)

    def largest_array(self) -> int:
        """Return a number without meaning: there are no arrays."""
        return MANY

    def states(self, number: str) -> dict[int, str]:
        """Return the state of a job, as task 0."""
        from parsl.jobs.states import JobState, JobStatus

        provider = self.made({}, Path())
        asked = JobStatus(JobState.UNKNOWN)
        provider.resources[number] = {"job_id": number, "status": asked}
        try:
            (status,) = provider.status([number])
        except Exception as error:  # of subprocess, or of what Parsl cannot read
            raise CalculationError(f"{self.title} does not answer: {error}") from None
        if status is asked:
            raise CalculationError(f"{self.title} does not say anything of job {number}")
        word = str(status.state.name)
        return {0: FORGOTTEN if word in ("UNKNOWN", "MISSING") else word}

    def cancel(self, number: str, tasks: Sequence[int], script: Path) -> None:
        """Cancel the job."""
        provider = self.made({}, Path())
        provider.resources[number] = {"job_id": number, "status": None}
        if provider.cancel([number]) != [True]:
            raise CalculationError(f"{self.title} does not cancel job {number}")


class LSF(_ByParsl):
    """LSF; ``bsub`` reads its script from standard input."""

    name, title, provider = "lsf", "LSF", "LSFProvider"
    job = "${LSB_JOBID:-$$}"
    more: ClassVar = {"bsub_redirection": True}


class HTCondor(_ByParsl):
    """HTCondor."""

    name, title, provider = "htcondor", "HTCondor", "CondorProvider"
    job = f"${{{JOB}:-$$}}"

    @property
    def more(self) -> dict[str, Any]:  # type: ignore[override]
        """The number of the job, which HTCondor fills in; Parsl changes the mapping."""
        return {"environment": {JOB: "$(Cluster).$(Process)"}}


class _Reported(logging.Handler):
    """Keeps what Parsl logs of a command that failed."""

    last = "it gave no number"

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR:
            self.last = record.getMessage()


def _options(script: Path) -> dict[str, str]:
    text = script.read_text(encoding="utf-8")
    return dict(re.findall(rf"^{OPTIONS}(\w+)=(.*)$", text, re.MULTILINE))


def _refused(title: str, script: Path, why: str) -> str:
    said = " ".join(why.split())
    return f"{title} refused {script}: {said}; correct the directives of the site file"
