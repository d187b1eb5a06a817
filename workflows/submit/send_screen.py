"""Submit a screen: the tasks of an array share the parts of its plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from interfaces.errors import InputError
from workflows.flows.flow_folder import locked
from workflows.io.shell import joined
from workflows.submit.batch import Batch
from workflows.submit.batch_script import Task
from workflows.submit.schedulers import SCHEDULERS
from workflows.submit.screen_state import SCREEN
from workflows.submit.send import SUBMITTED, any_sent, free_folder
from workflows.submit.site import Site
from workflows.submit.status import ACTIVE, FINISHED, statuses

if TYPE_CHECKING:
    from workflows.screening.plan import Plan


@dataclass(frozen=True)
class ScreenTask(Task):
    """A screen; worker K of N computes the parts K, K + N, K + 2N ... that are not finished."""

    kind: ClassVar = SCREEN

    def line(self, *, scheduler: bool, stage: str = "") -> str:
        """Return the words after ``interfaces``."""
        words = ["screen", "--out", str(self.target.resolve())]
        if scheduler:
            return f'{joined(words)} --part "${{worker:-0}}" --of {self.workers}'
        return joined([*words, "--processes", str(self.workers)])


def submit_screen(out: Path, plan: Plan, *, to: str, site: Site, tasks: int) -> str:
    """Submit what is missing of a screen; nothing is computed here.

    Parameters
    ----------
    out : folder of the screen, which has its plan.
    plan : its plan.
    to : name of a scheduler, or ``local``.
    site : settings.
    tasks : most tasks of the array, or processes of this machine.

    Returns
    -------
    The number of the scheduler's job.

    Raises
    ------
    InputError
        If it is finished or goes on, or the scheduler refuses.
    """
    scheduler = SCHEDULERS.get(to)
    if site.steps or (scheduler and not scheduler.has_arrays):
        raise InputError(f"a screen is an array without steps:, which --to {to} does not make")
    out = out.resolve()
    most = plan.parts if scheduler is None else min(plan.parts, scheduler.largest_array())
    task = ScreenTask(
        job=out, calculator=None, out=out.parent, name=out.name, workers=min(tasks, most)
    )
    with locked(out.parent / SUBMITTED):
        known = {run.name: run for run in statuses(out.parent)} if any_sent(out.parent) else {}
        earlier = known.get(out.name)
        if earlier is not None and earlier.state in (*ACTIVE, FINISHED):
            number = earlier.submission.number
            raise InputError(f"{out} is {earlier.state} as {earlier.submission.to} {number}")
        stamp = datetime.now(UTC)
        place = free_folder(out.parent / SUBMITTED / stamp.strftime("%Y%m%d-%H%M%S"), 0)
        batch = Batch(tasks=(task,), site=site, place=place, scheduler=scheduler)
        if scheduler is not None:
            scheduler.check(batch.script("", ""))
        return batch.send(to, stamp)
