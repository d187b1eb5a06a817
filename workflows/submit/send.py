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

from interfaces.errors import InputError, InterfaceError
from workflows.flows.flow_folder import locked
from workflows.submit.batch import Batch
from workflows.submit.batch_script import Task
from workflows.submit.planned import Planned, plan_of, with_calculator
from workflows.submit.remote_handover import ENGINES, hand_over
from workflows.submit.schedulers import SCHEDULERS
from workflows.submit.site import Site
from workflows.submit.slurm import Slurm
from workflows.submit.status import statuses
from workflows.submit.submission_record import FILE, JOBS

SUBMITTED = "submitted"  #: folder of the scripts, below ``--out``
PREVIOUS = "NUMBER_OF_THE_STAGE_BEFORE"  #: in the script of a later stage that is only shown


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
    refused : job files that cannot be calculated, and why.
    """

    tasks: tuple[Task, ...]
    left: tuple[tuple[str, str], ...]
    number: str
    text: str
    unchecked: tuple[tuple[str, str], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


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
    per_task: int = 1,
    fresh: bool = False,
    skip_bad: bool = False,
    dry_run: bool = False,
) -> Sent:
    """Send what is neither finished nor on its way; with ``dry_run`` only say what would be sent.

    Parameters
    ----------
    jobs : job files; ``FILE:CALCULATOR`` gives one a calculator of its own, ``FILE:none`` none.
    calculator : of the others that calculate; analyses beside them take none.
    out, name, phases : as of :func:`workflows.runs.run_file.run`.
    to : a scheduler of :mod:`workflows.submit.schedulers`; ``local``, the background of this
        machine, one run after another; or an engine of :mod:`workflows.submit.remote_handover`, one
        entry of its database per job of the flows.
    workers : processes that share the jobs of each run.
    retries : how often the scheduler starts a run again that its time limit stopped.
    per_task : small runs that one task computes in one process, without figures.
    fresh : send also what is finished or belongs to a changed job, and start it from nothing.
    skip_bad : send the other job files where some cannot be calculated.

    Raises
    ------
    InputError
        If a job cannot be calculated, two go to one folder, or the scheduler refuses. Every job
        file that cannot be calculated is named.
    """
    _check_options(site, to, workers=workers, retries=retries, per_task=per_task)
    if name is not None and len(jobs) > 1:
        raise InputError(f"--name {name} is for one job, and {len(jobs)} were given")
    planned: list[Planned] = []
    refused: dict[Path, str] = {}
    for job in jobs:
        path, own = with_calculator(job, calculator, one_of_many=len(jobs) > 1)
        try:
            plan = plan_of(
                path, own, out, name, phases,
                workers=workers, compact=per_task > 1, dry_run=dry_run,
            )  # fmt: skip
            if not fresh:
                plan.check_flow()
            planned.append(plan)
        except InterfaceError as error:
            if len(jobs) == 1:
                raise
            refused[path] = str(error)
    if refused and not (skip_bad and planned):
        listed = "; ".join(f"{path}: {why}" for path, why in refused.items())
        raise InputError(
            f"{len(refused)} of {len(jobs)} job files cannot be sent, so none was: {listed}; "
            "--skip-bad sends the others"
        )
    for plan in planned:
        target = plan.task.target
        same = [str(rival.task.job) for rival in planned if rival.task.target == target]
        if len(same) > 1:
            raise InputError(f"{' and '.join(same)} would both go to {target}; rename one")
    with contextlib.nullcontext() if dry_run else locked(out / SUBMITTED):
        known = {status.name: status for status in statuses(out)} if any_sent(out) else {}
        left = {
            plan.task.name: why
            for plan in planned
            if (why := plan.why_not(known.get(plan.task.name), fresh))
        }
        sending = [plan for plan in planned if plan.task.name not in left]
        number, text = _sent(
            sending, to, site, out, retries=retries, per_task=per_task, fresh=fresh, dry_run=dry_run
        )
    tasks = [plan.task for plan in sending]
    unchecked = tuple((plan.task.name, plan.unchecked) for plan in planned if plan.unchecked)
    bad = tuple((str(path), why) for path, why in refused.items())
    return Sent(tuple(tasks), tuple(left.items()), number, text, unchecked, bad)


def _check_options(site: Site, to: str, *, workers: int, retries: int, per_task: int) -> None:
    """Refuse options that do not go together."""
    if site.steps and to not in (Slurm.name, "jobflow-remote"):
        raise InputError(
            f"steps: of the site {site.name} are for --to slurm and --to jobflow-remote; leave "
            f"them out with --to {to}"
        )
    if retries and (to not in SCHEDULERS or not SCHEDULERS[to].requeue):
        able = ", ".join(name for name, scheduler in SCHEDULERS.items() if scheduler.requeue)
        raise InputError(f"--retries is for {able}, which start a stopped run again; not for {to}")
    if per_task > 1 and (site.steps or workers > 1 or to in ENGINES):
        raise InputError(
            "--per-task puts small runs into one process; leave out --workers and steps:, and "
            "give --to slurm, pbs, sge or local"
        )
    if per_task > 1 and to in SCHEDULERS and not SCHEDULERS[to].has_arrays:
        raise InputError(f"--per-task is for schedulers with arrays; not for {to}")


def _sent(
    plans: Sequence[Planned],
    to: str,
    site: Site,
    out: Path,
    *,
    retries: int,
    per_task: int,
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
    scheduler = SCHEDULERS.get(to)
    most = len(sending)
    if scheduler and not dry_run:
        most = max(1, scheduler.largest_array() * per_task // sending[0].workers)
    if site.steps and sending[0].workers > 1:
        most = 1  # a stage waits for all workers of its run, and for no other run
    batches = [
        Batch(
            tasks=sending[first : first + most],
            site=site,
            place=free_folder(out / SUBMITTED / stamp.strftime("%Y%m%d-%H%M%S"), first // most),
            scheduler=scheduler,
            retries=retries,
            per_task=per_task,
        )
        for first in range(0, len(sending), most)
    ]
    text = "".join(batch.script(stage, PREVIOUS) for batch in batches for stage in batch.stages())
    if dry_run:
        return "", text
    if scheduler:
        for batch in batches:
            for stage in batch.stages():
                scheduler.check(batch.script(stage, ""))
    for plan in plans:
        plan.clear(fresh)
    return ", ".join(batch.send(to, stamp) for batch in batches), text


def any_sent(out: Path) -> bool:
    """Whether anything was sent from a folder of results."""
    return any(out.glob(f"*{JOBS}/{FILE}"))


def free_folder(folder: Path, skip: int) -> Path:
    """Return a folder that does not exist yet: two submissions may fall into one second.

    ``skip`` is the number of such folders that are about to be made.
    """
    free = (
        folder if n == 1 else folder.with_name(f"{folder.name}-{n}") for n in itertools.count(1)
    )
    return next(itertools.islice((path for path in free if not path.exists()), skip, None))
