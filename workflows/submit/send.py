"""Submit job files: check each, write one batch script, start it with Slurm or in the background.

The unit is a run: one job file, one folder, one task of an array. Runs are independent, so a lost
one does not affect the others; ``interfaces query`` reads all of them. The lithium contents of one
job stay in one run, because its energy scale and voltage profile need all of them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from interfaces.errors import InputError
from workflows._version import VERSION
from workflows.flows.flow_folder import locked
from workflows.flows.resumable_run import Run, folder_name
from workflows.io.atomic import one_line_errors
from workflows.io.results import write_atomic
from workflows.runs.cathode_series import target_of
from workflows.runs.run_spec import run_spec
from workflows.submit import background, slurm
from workflows.submit.batch_script import JOB_FILE, Task, batch_script
from workflows.submit.remote_handover import ENGINES, hand_over
from workflows.submit.site import Site
from workflows.submit.status import ACTIVE, FINISHED, Status, statuses
from workflows.submit.submission_record import (
    CANCELLED,
    FILE,
    JOBS,
    Submission,
    job_text,
    next_attempt,
)

SUBMITTED = "submitted"  #: folder of the scripts, below ``--out``
PLACES = {"slurm": slurm.send, "local": background.send}
STOPPED_BY = {"slurm": "scancel", "local": "pkill -s"}  #: where the number could not be kept


@dataclass(frozen=True)
class Sent:
    """What a submission did.

    Attributes
    ----------
    tasks : that were sent, in the order of the array.
    left : that were not, with what they are: finished, or on their way since an earlier one.
    number : the scheduler's; empty if nothing was sent.
    text : the batch script; for an engine of the user's, what is to be typed next.
    """

    tasks: tuple[Task, ...]
    left: tuple[tuple[str, str], ...]
    number: str
    text: str


def submit(
    jobs: Sequence[Path],
    calculator: str | None,
    *,
    to: str,
    site: Site,
    out: Path,
    name: str | None = None,
    phases: str | None = None,
    dry_run: bool = False,
) -> Sent:
    """Send what is neither finished nor on its way; with ``dry_run`` only say what would be sent.

    Parameters
    ----------
    jobs, calculator, out, name, phases : as of
        :func:`workflows.runs.calculated_series.run_calculated`.
    to : ``slurm``; ``local``, the background of this machine, one run after another; or an engine
        of :mod:`workflows.submit.remote_handover`, one entry of its database per job of the flows.

    Raises
    ------
    InputError
        If a job cannot be calculated, two go to one folder, or the scheduler refuses.
    """
    if name is not None and len(jobs) > 1:
        raise InputError(f"--name {name} is for one job, and {len(jobs)} were given")
    tasks = [task_of(job, calculator, out, name, phases) for job in jobs]
    for task in tasks:
        same = [str(rival.job) for rival in tasks if rival.name == task.name]
        if len(same) > 1:
            raise InputError(f"{' and '.join(same)} would both go to {task.target}; rename one")
    with contextlib.nullcontext() if dry_run else locked(out / SUBMITTED):
        return _sent(tasks, calculator, to, site, out, phases, dry_run)


def _sent(
    tasks: Sequence[Task],
    calculator: str | None,
    to: str,
    site: Site,
    out: Path,
    phases: str | None,
    dry_run: bool,
) -> Sent:
    """Send the tasks that are to be sent; the caller holds the lock of ``out``."""
    known = {status.name: status for status in statuses(out)} if _any(out) else {}
    left = [(task.name, why) for task in tasks if (why := _why_not(task, known.get(task.name)))]
    sending = [task for task in tasks if task.name not in dict(left)]
    stamp = datetime.now(UTC)
    if to in ENGINES:
        numbers, text = hand_over(sending, to, site, stamp, dry_run=dry_run)
        return Sent(tuple(sending), tuple(left), ", ".join(numbers), text)
    place = _free(out / SUBMITTED / stamp.strftime("%Y%m%d-%H%M%S"))
    text = batch_script(
        sending, site, directory=Path.cwd(), log=place, scheduler=to == "slurm"
    ) if sending else ""  # fmt: skip
    if dry_run or not sending:
        return Sent(tuple(sending), tuple(left), "", text)
    with one_line_errors(place):
        place.mkdir(parents=True)
    script = place.resolve() / "batch.sh"
    write_atomic(script, text)
    records = []
    for i, task in enumerate(sending):
        record = Submission(
            name=task.name,
            job=str(task.job),
            calculator=calculator,
            phases=phases,
            to=to,
            script=str(script),
            number="",
            task=i,
            sent=stamp.isoformat(timespec="seconds"),
            site=site.name,
            version=VERSION,
            attempts=next_attempt(task.folder),
        )
        write_atomic(task.folder / JOB_FILE, job_text(task.job))
        (task.folder / CANCELLED).unlink(missing_ok=True)
        record.write(task.folder)
        records.append(record)
    number = PLACES[to](script)
    try:
        for task, record in zip(sending, records, strict=True):
            record.numbered(number).write(task.folder)
    except InputError as error:
        raise InputError(
            f"{error}. They were sent all the same, as {to} {number}: end them with "
            f"{STOPPED_BY[to]} {number} before they are sent again"
        ) from None
    return Sent(tuple(sending), tuple(left), number, text)


def task_of(
    job: Path, calculator: str | None, out: Path, name: str | None, phases: str | None
) -> Task:
    """Return the task of a job file, once it is clear that it can be calculated into its folder.

    Parameters
    ----------
    job, calculator, out, name, phases : as of :func:`submit`.

    Raises
    ------
    InputError
        If it cannot be calculated, or the folder holds the flow of another job.
    """
    spec = run_spec(job, calculator, phases)
    folder = folder_name(name or spec.name, calculator, given=name is not None)
    task = Task(job, calculator, target_of(out, folder).parent, folder, phases)
    run = Run(task.target, spec)
    if run.is_created:
        run.flow()  # refuses that of another job
    return task


def _any(out: Path) -> bool:
    return any(out.glob(f"*{JOBS}/{FILE}"))


def _why_not(task: Task, known: Status | None) -> str:
    """Return why a task is not sent; empty if it is."""
    if task.target.is_dir():
        return FINISHED
    if known is not None and known.state in ACTIVE:
        return f"{known.state} as {known.submission.to} {known.submission.number}"
    if known is not None and known.submission.to in ENGINES and known.progress.complete:
        return "finished but for its tables, which interfaces collect writes"
    lock = task.folder / "lock"
    if lock.is_file() and background.held(lock):
        return "in use by a process of this machine"
    return ""


def _free(folder: Path) -> Path:
    """Return a folder that does not exist yet: two submissions may fall into one second."""
    number = 2
    free = folder
    while free.exists():
        free = folder.with_name(f"{folder.name}-{number}")
        number += 1
    return free
