"""Submit job files: check each, write one batch script, start it with Slurm or in the background.

The unit is a run: one job file, one folder, one task of an array. Runs are independent, so a lost
one does not affect the others; ``interfaces query`` reads all of them. The lithium contents of one
job stay in one run, because its energy scale and voltage profile need all of them.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from interfaces.errors import InputError, InterfaceError
from workflows._version import VERSION
from workflows.flows.claims import Claims
from workflows.flows.flow_folder import CLAIMS, FLOW, in_use, locked
from workflows.flows.resumable_run import Run, RunSpec, folder_name
from workflows.io.atomic import one_line_errors
from workflows.io.manifest import listed, read_manifest
from workflows.io.results import check_replaceable, write_atomic
from workflows.runs.cathode_series import target_of
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
REPLACED = "replaced"  #: folder of earlier results, in that of the jobs
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


@dataclass(frozen=True)
class Planned:
    """A task, and the run that it starts.

    ``spec`` is None in a dry run where its data are missing; ``unchecked`` says what is missing.
    """

    task: Task
    spec: RunSpec | None
    unchecked: str = ""

    def check_flow(self) -> None:
        """Refuse a task whose folder holds the flow of another job."""
        if self.spec is not None and (self.task.folder / FLOW).is_file():
            Run(self.task.target, self.spec).flow()

    def why_not(self, known: Status | None, fresh: bool) -> str:
        """Return why the task is not sent; empty if it is."""
        if known is not None and known.state in ACTIVE:
            return f"{known.state} as {known.submission.to} {known.submission.number}"
        if self.task.target.is_dir():
            check_replaceable(self.task.target)
            if not fresh and (why := self._why_kept()):
                return why
        if known is not None and known.submission.to in ENGINES and known.progress.complete:
            return "finished but for its tables, which interfaces collect writes"
        return "in use by a process of this machine" if in_use(self.task.folder) else ""

    def _why_kept(self) -> str:
        """Return why results that are there are not computed again; empty if they are."""
        target, resumes = self.task.target, (self.task.folder / FLOW).is_file()
        try:
            manifest = read_manifest(target)
        except InputError as error:
            return "" if resumes else f"there, but {error}; --fresh computes it again"
        if self.spec is not None and not manifest.is_of(self.spec.inputs()):
            return ""
        damage = manifest.damage(target)
        if not damage:
            return FINISHED
        return "" if resumes else f"damaged, {listed(damage)}; --fresh computes it again"

    def clear(self, fresh: bool) -> None:
        """Set aside results of another job; with ``fresh`` also those of this one, and its flow."""
        task = self.task
        if (task.folder / CLAIMS).is_dir():
            Claims(task.folder / CLAIMS).forget_failures()
        if fresh:
            (task.folder / FLOW).unlink(missing_ok=True)  # a new flow discards the finished jobs
        if task.target.is_dir() and (fresh or self._replaces()):
            kept = task.folder / REPLACED
            with one_line_errors(kept):
                task.folder.mkdir(parents=True, exist_ok=True)
                shutil.rmtree(kept, ignore_errors=True)
                task.target.rename(kept)

    def _replaces(self) -> bool:
        try:
            manifest = read_manifest(self.task.target)
        except InputError:
            return False  # written again from the finished jobs
        return self.spec is not None and not manifest.is_of(self.spec.inputs())


def submit(
    jobs: Sequence[Path],
    calculator: str,
    *,
    to: str,
    site: Site,
    out: Path,
    name: str | None = None,
    phases: str | None = None,
    workers: int = 1,
    fresh: bool = False,
    dry_run: bool = False,
) -> Sent:
    """Send what is neither finished nor on its way; with ``dry_run`` only say what would be sent.

    Parameters
    ----------
    jobs, calculator, out, name, phases : as of
        :func:`workflows.runs.calculated_series.run_calculated`.
    to : ``slurm``; ``local``, the background of this machine, one run after another; or an engine
        of :mod:`workflows.submit.remote_handover`, one entry of its database per job of the flows.
    workers : processes that share the jobs of each run.
    fresh : send also what is finished or belongs to a changed job, and start it from nothing.

    Raises
    ------
    InputError
        If a job cannot be calculated, two go to one folder, or the scheduler refuses.
    """
    if name is not None and len(jobs) > 1:
        raise InputError(f"--name {name} is for one job, and {len(jobs)} were given")
    planned = [
        task_of(job, calculator, out, name, phases, workers=workers, dry_run=dry_run)
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
        number, text = _sent(sending, to, site, out, fresh=fresh, dry_run=dry_run)
    tasks = [plan.task for plan in sending]
    unchecked = tuple((plan.task.name, plan.unchecked) for plan in planned if plan.unchecked)
    return Sent(tuple(tasks), tuple(left.items()), number, text, unchecked)


def _sent(
    plans: Sequence[Planned], to: str, site: Site, out: Path, *, fresh: bool, dry_run: bool
) -> tuple[str, str]:
    """Send tasks; the scheduler's number and the script. The caller holds the lock of ``out``."""
    stamp = datetime.now(UTC)
    sending = [plan.task for plan in plans]
    if to in ENGINES:
        for plan in () if dry_run else plans:
            plan.clear(fresh)
        numbers, text = hand_over(sending, to, site, stamp, dry_run=dry_run)
        return ", ".join(numbers), text
    place = _free(out / SUBMITTED / stamp.strftime("%Y%m%d-%H%M%S"))
    text = batch_script(
        sending, site, directory=Path.cwd(), log=place, scheduler=to == "slurm"
    ) if sending else ""  # fmt: skip
    if dry_run or not sending:
        return "", text
    if to == "slurm":
        slurm.check(text)
    for plan in plans:
        plan.clear(fresh)
    with one_line_errors(place):
        place.mkdir(parents=True)
    script = place.resolve() / "batch.sh"
    write_atomic(script, text)
    records = []
    for i, task in enumerate(sending):
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
        for task, record in zip(sending, records, strict=True):
            record.numbered(number).write(task.folder)
    except InputError as error:
        raise InputError(
            f"{error}. They were sent all the same, as {to} {number}: end them with "
            f"{STOPPED_BY[to]} {number} before they are sent again"
        ) from None
    return number, text


def task_of(
    job: Path,
    calculator: str,
    out: Path,
    name: str | None,
    phases: str | None,
    *,
    workers: int = 1,
    dry_run: bool = False,
) -> Planned:
    """Return the task of a job file and its run, once it is clear that it can be calculated.

    Parameters
    ----------
    job, calculator, out, name, phases, workers : as of :func:`submit`.
    dry_run : whether the data of the run may be missing here.

    Raises
    ------
    InputError
        If it cannot be calculated.
    """
    from workflows.runs.calculated_series import cathode_run
    from workflows.runs.md_run import dynamics_run
    from workflows.runs.read_job import cathode_job, load_job
    from workflows.schemas.jobs import DynamicsJob

    read = load_job(job)
    if not isinstance(read, DynamicsJob):
        read = cathode_job(read)
    elif phases is not None:
        raise InputError("--phases does not belong to a job of dynamics")
    folder = folder_name(name or read.name, calculator, given=name is not None)
    task = Task(job, calculator, target_of(out, folder).parent, folder, phases, workers)
    try:
        if isinstance(read, DynamicsJob):
            return Planned(task, dynamics_run(read, calculator))
        return Planned(task, cathode_run(read, calculator, phases))
    except InterfaceError as error:
        if not dry_run:
            raise
        return Planned(task, None, str(error))


def _any(out: Path) -> bool:
    return any(out.glob(f"*{JOBS}/{FILE}"))


def _free(folder: Path) -> Path:
    """Return a folder that does not exist yet: two submissions may fall into one second."""
    number = 2
    free = folder
    while free.exists():
        free = folder.with_name(f"{folder.name}-{number}")
        number += 1
    return free
