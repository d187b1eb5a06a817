"""Slurm, by its own commands.

No accounting database is needed: ``scontrol`` lists a job for a while after its end (MinJobAge,
300 s by default); after that ``sacct`` is asked, where there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from interfaces.errors import CalculationError, InputError
from workflows.io.shell import log_pattern, quoted
from workflows.submit.scheduler import Header, Scheduler, command, is_array, message
from workflows.submit.site import Site

DEFAULT_ARRAY = 1001


class Slurm(Scheduler):
    """Slurm; a lost node's task is started again elsewhere."""

    name = "slurm"
    task = "${SLURM_ARRAY_TASK_ID:-0}"
    job = "${SLURM_ARRAY_JOB_ID:-${SLURM_JOB_ID:-$$}}"
    restart = "${SLURM_RESTART_COUNT:-0}"
    requeue = 'scontrol requeue "$SLURM_JOB_ID" && sleep 60  # Slurm ends this attempt'
    warns = True

    def header(self, job: Header, site: Site, notice: int) -> list[str]:
        """Return the directives: ours, then the site's."""
        lines = [
            f"--job-name={quoted(job.name)}",
            f"--output={log_pattern(job.log.resolve(), '%a.txt' if job.tasks > 1 else '0.txt')}",
            "--open-mode=append",
            "--requeue",
        ]
        if job.tasks > 1:
            at_once = f"%{job.at_once}" if job.at_once else ""
            lines.append(f"--array=0-{job.tasks - 1}{at_once}")
        if job.after:
            lines += [f"--dependency={job.after}", "--kill-on-invalid-dep=yes"]
        lines += [*options(site), f"--signal=B:USR1@{notice}"]
        return [f"#SBATCH {line}" for line in lines]

    def check(self, text: str) -> None:
        """Let ``sbatch --test-only`` say whether it would accept a script."""
        done = command("Slurm", "sbatch", "--test-only", stdin=text)
        if done.returncode != 0:
            raise InputError(
                f"sbatch refuses the script: {message(done)}; nothing was submitted: correct the "
                "directives of the site file"
            )

    def send(self, script: Path, task: int | None = None) -> str:
        """Submit a script; the job's number."""
        done = command("Slurm", "sbatch", "--parsable", str(script))
        if done.returncode != 0:
            raise InputError(
                f"sbatch refused {script}: {message(done)}; correct the directives of the site file"
            )
        return done.stdout.strip().partition(";")[0]

    def largest_array(self) -> int:
        """Return MaxArraySize; Slurm's own default where it does not say."""
        done = command("Slurm", "scontrol", "show", "config")
        match = re.search(r"^MaxArraySize\s*=\s*(\d+)", done.stdout, re.MULTILINE)
        return int(match[1]) if done.returncode == 0 and match else DEFAULT_ARRAY

    def states(self, number: str) -> dict[int, str]:
        """Return the state of every task; ``{}`` where Slurm has forgotten the job."""
        done = command("Slurm", "scontrol", "show", "job", number, "--oneliner")
        states: dict[int, str] = {}
        if done.returncode == 0:
            for line in done.stdout.splitlines():
                fields = dict(re.findall(r"(\w+)=(\S*)", line))
                for task in expanded(fields.get("ArrayTaskId", "0")):
                    states[task] = fields["JobState"]
            return states
        if "Invalid job id" not in done.stderr:
            raise CalculationError(f"Slurm does not answer: {message(done)}")
        try:
            done = command("Slurm", "sacct", "-X", "-n", "-P", "-j", number, "-o", "JobID,State")
        except InputError:
            return {}
        for line in done.stdout.splitlines() if done.returncode == 0 else ():
            job, _, state = line.partition("|")
            for task in expanded(job.partition("_")[2].strip("[]") or "0"):
                states[task] = state.split()[0]  # "CANCELLED by 1000"
        return states

    def cancel(self, number: str, tasks: Sequence[int], script: Path) -> None:
        """Cancel tasks of a job."""
        array = is_array(script, "--array=")
        named = [f"{number}_{task}" for task in tasks] if array else [number]
        done = command("Slurm", "scancel", *named)
        if done.returncode != 0:
            raise CalculationError(f"Slurm does not cancel job {number}: {message(done)}")


def options(site: Site) -> list[str]:
    """The site's own options of sbatch."""
    return [f"--{key}={quoted(value)}" if value else f"--{key}" for key, value in site.directives]


def expanded(tasks: str) -> Iterable[int]:
    """Numbers of an array's tasks as Slurm writes them.

    >>> list(expanded("3")), list(expanded("0-2,5%2"))
    ([3], [0, 1, 2, 5])
    """
    for part in tasks.partition("%")[0].split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)
