"""Submit job files: check each, write one batch script, start it with Slurm or in the background.

The unit is a run: one job file, one folder, one task of an array. Runs are independent, so a lost
one does not affect the others; ``interfaces query`` reads all of them. The lithium contents of one
job stay in one run, because its energy scale and voltage profile need all of them.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from interfaces.errors import InputError
from workflows._version import VERSION
from workflows.flows.flow_folder import locked
from workflows.io.atomic import one_line_errors
from workflows.io.results import write_atomic
from workflows.submit import background, slurm
from workflows.submit.batch_script import JOB_FILE, Task, batch_script
from workflows.submit.planned import Planned, plan_of
from workflows.submit.remote_handover import ENGINES, hand_over
from workflows.submit.site import Site
from workflows.submit.status import statuses
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
    unchecked : runs of a dry run that could not be checked on this machine, and why.
    """

    tasks: tuple[Task, ...]
    left: tuple[tuple[str, str], ...]
    number: str
    text: str
    unchecked: tuple[tuple[str, str], ...] = ()


def submit(
    jobs: Sequence[Path],
    calculator: str | None,
    *,
    to: str,
    site: Site,
    out: Path,
    name: str | None = None,
    phases: str | None = None,
    workers: int = 1,
    retries: int = 0,
    fresh: bool = False,
    dry_run: bool = False,
) -> Sent:
    """Send what is neither finished nor on its way; with ``dry_run`` only say what would be sent.

    Parameters
    ----------
    jobs, calculator, out, name, phases : as of
        :func:`workflows.runs.run_file.run`.
    to : ``slurm``; ``local``, the background of this machine, one run after another; or an engine
        of :mod:`workflows.submit.remote_handover`, one entry of its database per job of the flows.
    workers : processes that share the jobs of each run.
    retries : how often Slurm sends a run again that its time limit stopped.
    fresh : send also what is finished or belongs to a changed job, and start it from nothing.

    Raises
    ------
    InputError
        If a job cannot be calculated, two go to one folder, or the scheduler refuses.
    """
    if site.steps and to != "jobflow-remote":
        raise InputError(
            f"steps: of the site {site.name} are for --to jobflow-remote, where each job has an "
            f"allocation of its own; with --to {to} a run has one: leave them out"
        )
    if retries and to != "slurm":
        raise InputError(f"--retries is for --to slurm, whose time limits stop runs; not for {to}")
    if name is not None and len(jobs) > 1:
        raise InputError(f"--name {name} is for one job, and {len(jobs)} were given")
    planned = [
        plan_of(job, calculator, out, name, phases, workers=workers, dry_run=dry_run)
        for job in jobs
    ]
    for plan in planned:
        target = plan.task.target
        same = [str(rival.task.job) for rival in planned if rival.task.target == target]
        if len(same) > 1:
            raise InputError(f"{' and '.join(same)} would both go to {target}; rename one")
        if not fresh:
            plan.check_flow()
    with contextlib.nullcontext() if dry_run else locked(out / SUBMITTED):
        known = {status.name: status for status in statuses(out)} if _any(out) else {}
        left = {
            plan.task.name: why
            for plan in planned
            if (why := plan.why_not(known.get(plan.task.name), fresh))
        }
        sending = [plan for plan in planned if plan.task.name not in left]
        number, text = _sent(sending, to, site, out, retries=retries, fresh=fresh, dry_run=dry_run)
    tasks = [plan.task for plan in sending]
    unchecked = tuple((plan.task.name, plan.unchecked) for plan in planned if plan.unchecked)
    return Sent(tuple(tasks), tuple(left.items()), number, text, unchecked)


def _sent(
    plans: Sequence[Planned],
    to: str,
    site: Site,
    out: Path,
    *,
    retries: int,
    fresh: bool,
    dry_run: bool,
) -> tuple[str, str]:
    """Send tasks; the scheduler's numbers and the scripts. The caller holds the lock of ``out``."""
    stamp = datetime.now(UTC)
    sending = [plan.task for plan in plans]
    if to in ENGINES:
        for plan in () if dry_run else plans:
            plan.clear(fresh)
        numbers, text = hand_over(sending, to, site, stamp, dry_run=dry_run)
        return ", ".join(numbers), text
    if not sending:
        return "", ""
    most = len(sending)
    if to == "slurm" and not dry_run:
        most = max(1, slurm.largest_array() // sending[0].workers)
    batches: list[_Batch] = []
    for first in range(0, len(sending), most):
        tasks = sending[first : first + most]
        place = _free(out / SUBMITTED / stamp.strftime("%Y%m%d-%H%M%S"), len(batches))
        text = batch_script(
            tasks, site, directory=Path.cwd(), log=place, scheduler=to == "slurm", retries=retries
        )
        batches.append(_Batch(tasks=tasks, place=place, text=text))
    text = "".join(batch.text for batch in batches)
    if dry_run:
        return "", text
    if to == "slurm":
        for batch in batches:
            slurm.check(batch.text)
    for plan in plans:
        plan.clear(fresh)
    return ", ".join(batch.send(to, site, stamp) for batch in batches), text


@dataclass(frozen=True)
class _Batch:
    """Tasks of one script, and the folder of the script."""

    tasks: Sequence[Task]
    place: Path
    text: str

    def send(self, to: str, site: Site, stamp: datetime) -> str:
        """Write script and records, and send them; the scheduler's number."""
        with one_line_errors(self.place):
            self.place.mkdir(parents=True)
        script = self.place.resolve() / "batch.sh"
        write_atomic(script, self.text)
        records = []
        for i, task in enumerate(self.tasks):
            record = Submission(
                name=task.name,
                job=str(task.job),
                calculator=task.calculator,
                phases=task.phases,
                to=to,
                script=str(script),
                number="",
                task=i,
                sent=stamp.isoformat(timespec="seconds"),
                site=site.name,
                version=VERSION,
                attempts=next_attempt(task.folder),
                workers=task.workers,
            )
            write_atomic(task.folder / JOB_FILE, job_text(task.job))
            (task.folder / CANCELLED).unlink(missing_ok=True)
            record.write(task.folder)
            records.append(record)
        number = PLACES[to](script)
        try:
            for task, record in zip(self.tasks, records, strict=True):
                record.numbered(number).write(task.folder)
        except InputError as error:
            raise InputError(
                f"{error}. They were sent all the same, as {to} {number}: end them with "
                f"{STOPPED_BY[to]} {number} before they are sent again"
            ) from None
        return number


def _any(out: Path) -> bool:
    return any(out.glob(f"*{JOBS}/{FILE}"))


def _free(folder: Path, skip: int) -> Path:
    """Return a folder that does not exist yet: two submissions may fall into one second.

    ``skip`` is the number of such folders that are about to be made.
    """
    free = (
        folder if n == 1 else folder.with_name(f"{folder.name}-{n}") for n in itertools.count(1)
    )
    return next(itertools.islice((path for path in free if not path.exists()), skip, None))
