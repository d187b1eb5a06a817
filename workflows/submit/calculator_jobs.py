"""A flow in another engine's database: where its jobs stand, and what it gave.

Each engine has its own words for the state of a job. A door puts them into the five of
:class:`Stands`; what follows from them for the flow is said here, once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, NamedTuple

from interfaces.errors import InputError
from workflows.submit.progress import Progress

if TYPE_CHECKING:
    from jobflow import Flow, JobStore


class Stands(Enum):
    """Where a job stands."""

    FINISHED = auto()
    FAILED = auto()
    RUNNING = auto()
    QUEUED = auto()  #: it starts without anyone's doing
    WAITING = auto()  #: for other jobs
    HELD = auto()  #: put away by its user


class ManagerJob(NamedTuple):
    """A job as its engine keeps it.

    ``moment`` is the time of its last change in ISO's form, which sorts; ``why`` says in one line
    why it failed or is held, and is asked only then.
    """

    name: str
    stands: Stands
    moment: str
    why: Callable[[], str]


def reading(jobs: Sequence[ManagerJob]) -> tuple[str, str, Progress]:
    """(state of :mod:`workflows.submit.status`, reason, progress) of a flow's jobs.

    A flow with a failed or held job goes on as long as others run or can start.

    >>> plan = ManagerJob("plan", Stands.FINISHED, "2026-11-20T10:00:00.5", str)
    >>> relax = ManagerJob("relax", Stands.FAILED, "2026-11-20T10:02:00", lambda: "relax: no disk")
    >>> reading([plan, relax])[:2]
    ('stopped', 'relax: no disk')
    """
    stand = {one.stands for one in jobs}
    done = [one for one in jobs if one.stands is Stands.FINISHED]
    latest = max(done, key=_moment, default=None)
    # The first one: jobflow lets what only passes outputs on go ahead without them, and fail later.
    failed = sorted((one for one in jobs if one.stands is Stands.FAILED), key=_moment)
    held = [one for one in jobs if one.stands is Stands.HELD]
    reason = next((one.why() for one in [*failed, *held]), "")
    progress = Progress(
        finished=len(done),
        known=len(jobs),
        missing=tuple(one.name for one in jobs if one.stands is not Stands.FINISHED),
        last=f"{latest.moment[:19]} end {latest.name}" if latest else "",
        failure=reason,
    )
    if progress.complete:
        reason = "all jobs are finished: interfaces collect writes the results"
        return "stopped", reason, progress
    if reason and not stand & {Stands.RUNNING, Stands.QUEUED}:
        return "stopped", reason, progress
    started = stand & {Stands.RUNNING, Stands.FINISHED}
    return "running" if started else "waiting", "", progress


def output_of(flow: Flow, store: JobStore, place: str) -> Any:
    """The output of a finished flow from a JobStore; ``place`` says whose it is.

    Raises
    ------
    InputError
        If it is not there.
    """
    from jobflow.core.reference import find_and_resolve_references

    store.connect()
    try:
        return find_and_resolve_references(flow.output, store)
    except ValueError as error:
        raise InputError(
            f"all jobs are finished, and the JobStore of {place} lacks an output ({error})"
        ) from None


def _moment(job: ManagerJob) -> str:
    return job.moment
