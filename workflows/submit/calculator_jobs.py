"""A flow in the database of a workflow manager: the states of its jobs, and its output.

Each manager has its own states of a job; its module maps them to :class:`ManagerState`. What
follows from them for the flow is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, NamedTuple

from interfaces.errors import InputError
from workflows.submit.progress import Progress

if TYPE_CHECKING:
    from jobflow import Flow, JobStore


class ManagerState(Enum):
    """State of a job."""

    FINISHED = auto()
    FAILED = auto()
    RUNNING = auto()
    QUEUED = auto()  #: it starts without an action of the user
    WAITING = auto()  #: for other jobs
    HELD = auto()  #: paused by its user


class ManagerJob(NamedTuple):
    """A job in the database of its manager.

    ``moment`` is the ISO time of its last change, which sorts. ``why`` returns in one line why it
    failed or is held, and is called only then.
    """

    name: str
    state: ManagerState
    moment: str
    why: Callable[[], str]


def reading(jobs: Sequence[ManagerJob]) -> tuple[str, str, Progress]:
    """Return state, reason and progress of a flow from those of its jobs.

    A flow with a failed or held job continues as long as other jobs run or can start.

    Parameters
    ----------
    jobs : of the flow.

    Returns
    -------
    State of :mod:`workflows.submit.status`, why it stopped, and the progress.

    Examples
    --------
    >>> plan = ManagerJob("plan", ManagerState.FINISHED, "2026-11-20T10:00:00.5", str)
    >>> relax = ManagerJob("relax", ManagerState.FAILED, "2026-11-20T10:02:00", lambda: "no disk")
    >>> reading([plan, relax])[:2]
    ('stopped', 'no disk')
    """
    states = {job.state for job in jobs}
    done = [job for job in jobs if job.state is ManagerState.FINISHED]
    latest = max(done, key=_moment, default=None)
    # The first one: jobflow lets what only passes outputs on go ahead without them, and fail later.
    failed = sorted((job for job in jobs if job.state is ManagerState.FAILED), key=_moment)
    held = [job for job in jobs if job.state is ManagerState.HELD]
    reason = next((job.why() for job in [*failed, *held]), "")
    progress = Progress(
        finished=len(done),
        known=len(jobs),
        missing=tuple(job.name for job in jobs if job.state is not ManagerState.FINISHED),
        last=f"{latest.moment[:19]} end {latest.name}" if latest else "",
        failure=reason,
    )
    if progress.complete:
        reason = "all jobs are finished: interfaces collect writes the results"
        return "stopped", reason, progress
    if reason and not states & {ManagerState.RUNNING, ManagerState.QUEUED}:
        return "stopped", reason, progress
    started = states & {ManagerState.RUNNING, ManagerState.FINISHED}
    return "running" if started else "waiting", "", progress


def output_of(flow: Flow, store: JobStore, place: str) -> Any:
    """Return the output of a finished flow from a JobStore.

    Parameters
    ----------
    flow : the stored flow.
    store : that the jobs wrote to.
    place : where its settings are, for the message.

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
