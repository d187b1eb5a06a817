"""The record of a submission, one in the folder of each run's jobs; nothing secret is in it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path

from interfaces.errors import InputError
from workflows.io.outputs import inputs_protected
from workflows.io.readers import read_json
from workflows.io.resources import inputs
from workflows.io.results import MANIFEST, write_json
from workflows.submit.schedulers import SCHEDULERS

FORMAT = 1
FILE = "submission.json"
CANCELLED = "cancelled"  #: beside it, once the run was cancelled; gone when it is sent again
REPLACED = "replaced"  #: folder of earlier results, beside it
JOBS = ".jobs"  #: how the folder of a run's jobs ends


@dataclass(frozen=True)
class Submission:
    """Where a run was sent, and as what.

    Attributes
    ----------
    name : of the run's folder.
    job : the file that was asked for, as it was named.
    calculator, phases : of ``interfaces run``.
    to : name of a scheduler, ``local`` or ``jobflow-remote``.
    script : the batch script; ``""`` for the last one.
    number, task : the scheduler's number, or the flow's uuid, ``""`` until it was taken; and which
        of the script's tasks.
    sent : date and time, UTC.
    site : name of the site.
    version : of this package.
    attempts : how often it was sent, this time included.
    project : of jobflow-remote.
    workers : tasks of the scheduler that share the run, ``task * workers`` the first of them.
    per_task : runs that share a task of the scheduler.
    stages : numbers of the jobs that follow the first, one per further stage of the run.
    kind : ``run``, or ``screen``, whose workers compute the parts of a plan.
    """

    name: str
    job: str
    calculator: str | None
    phases: str | None
    to: str
    script: str
    number: str
    task: int
    sent: str
    site: str
    version: str
    attempts: int = 1
    project: str = ""
    workers: int = 1
    per_task: int = 1
    stages: tuple[str, ...] = ()
    kind: str = "run"

    @property
    def tasks(self) -> range:
        """Tasks of the scheduler's array that belong to the run."""
        scheduler = SCHEDULERS.get(self.to)
        if scheduler is None:
            return range(self.task, self.task + 1)
        if not scheduler.has_arrays:
            return range(1)
        if self.per_task > 1:
            shared = self.task // self.per_task
            return range(shared, shared + 1)
        return range(self.task * self.workers, (self.task + 1) * self.workers)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Numbers of the scheduler's jobs, in the order of the stages."""
        return (self.number, *self.stages)

    def write(self, folder: Path) -> None:
        """Write it into the folder of the run's jobs."""
        write_json(folder / FILE, {"format": FORMAT, **asdict(self)})

    def numbered(self, number: str, *stages: str) -> Submission:
        """The same with the scheduler's numbers."""
        return replace(self, number=number, stages=stages)


def read_submission(folder: Path) -> Submission | None:
    """The record in the folder of a run's jobs; None if it was never sent.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    from workflows.schemas.base import read_as

    path = folder / FILE
    if not path.is_file():
        return None
    try:
        with inputs_protected(False):  # the next attempt writes it again
            data = read_json(path)
        version = data.pop("format", None) if isinstance(data, dict) else FORMAT
        if version != FORMAT:
            raise InputError(f"format {version!r} of another version of this package")
        return read_as(Submission, data, path.name)
    except InputError as error:
        raise InputError(f"{path} cannot be read ({error}); remove it and submit again") from None


def next_attempt(folder: Path) -> int:
    """How often a run will have been sent with the next time."""
    before = read_submission(folder)
    return 1 if before is None else before.attempts + 1


def job_text(job: Path) -> str:
    """The job file; a bundled one if the path does not exist, as everywhere."""
    from workflows.flows.read_job import portable_text

    return portable_text(job if job.is_file() else inputs() / job.name)


def _kept(name: str) -> Submission:
    """Record of results whose folder of jobs was deleted, or that were never submitted."""
    return Submission(
        name=name, job="", calculator="", phases=None, to="", script="", number="", task=0, sent="",
        site="", version="", attempts=0,
    )  # fmt: skip


def submissions(out: Path) -> list[tuple[Path, Submission]]:
    """(folder of the jobs, record) of every run that was sent below a folder, by name.

    Results with a manifest whose folder of jobs was deleted come last.

    Raises
    ------
    InputError
        If nothing was sent from there.
    """
    sent = []
    for path in sorted(out.glob(f"*{JOBS}/{FILE}")):
        record = read_submission(path.parent)
        assert record is not None
        sent.append((path.parent, record))
    for path in sorted(out.glob(f"*/{MANIFEST}")):
        folder = path.parent.with_name(path.parent.name + JOBS)
        if not folder.exists():
            sent.append((folder, _kept(path.parent.name)))
    if not sent:
        raise InputError(
            f"nothing was submitted with --out {str(out)!r}; interfaces submit JOB sends a run"
        )
    return sent
