"""jobflow-remote: one job of the flow is one job of the scheduler, kept in the user's database.

The project of jobflow-remote says which database, worker and JobStore; its runner, started by the
user (``jf runner start``), does the rest. Here a flow is only handed over, asked about, and its
output read from the JobStore.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import CalculationError, InputError
from workflows.submit.progress import Progress

if TYPE_CHECKING:
    from jobflow import Flow

FAILED = ("FAILED", "REMOTE_ERROR", "STOPPED", "USER_STOPPED")
STARTED = ("RUNNING", "RUN_FINISHED", "DOWNLOADED", "BATCH_RUNNING", "COMPLETED")


def send(flow: Flow, project: str, worker: str) -> str:
    """Hand a flow over, or start its failed jobs again if it is there; the uuid of the flow.

    Raises
    ------
    InputError
        If jobflow-remote has no such project or worker, or does not take the flow.
    """
    from jobflow_remote import submit_flow
    from jobflow_remote.jobs.state import JobState

    controller = _project(project).get_job_controller()
    number = str(flow.uuid)
    if controller.get_jobs_info(flow_ids=number):
        states = [JobState(one) for one in FAILED]
        controller.rerun_jobs(flow_ids=number, states=states, force=True)
        return number
    try:
        submit_flow(flow, worker=worker or None, project=project or None)
    except Exception as error:
        raise InputError(
            f"jobflow-remote did not take the flow: {' '.join(str(error).split())}"
        ) from error
    return number


def look(number: str, project: str) -> tuple[str, str, Progress]:
    """(state of :mod:`workflows.submit.status`, reason, progress) of a flow.

    Raises
    ------
    CalculationError
        If the database does not answer.
    """
    try:
        jobs = _project(project).get_job_controller().get_jobs_info(flow_ids=number)
    except InputError:
        raise
    except Exception as error:
        raise CalculationError(f"jobflow-remote's database does not answer: {error}") from error
    state = {one.db_id: one.state.value for one in jobs}
    done = [one for one in jobs if state[one.db_id] == "COMPLETED"]
    failed = [one for one in jobs if state[one.db_id] in FAILED]
    missing = tuple(one.name for one in jobs if state[one.db_id] != "COMPLETED")
    latest = max(done, key=lambda one: one.updated_on, default=None)
    last = f"{latest.updated_on.isoformat()[:19]} end {latest.name}" if latest else ""
    reason = f"{failed[0].name}: {_error(failed[0])}" if failed else ""
    far = Progress(len(done), len(jobs), missing, last, reason)
    if not jobs:
        return "stopped", "jobflow-remote does not know it", far
    if not missing:
        return "stopped", "all jobs are finished: interfaces collect writes the results", far
    if failed and not any(
        value not in (*FAILED, "COMPLETED", "WAITING", "PAUSED") for value in state.values()
    ):
        return "stopped", reason, far
    return ("running" if any(one in STARTED for one in state.values()) else "waiting"), "", far


def output(flow: Flow, project: str) -> Any:
    """The output of a finished flow, from the project's JobStore."""
    from jobflow.core.reference import find_and_resolve_references

    store = _project(project).get_jobstore()
    store.connect()
    return find_and_resolve_references(flow.output, store)


def write_output(found: Mapping[str, Any], job: Path, maker: Any, target: Path) -> None:
    """Write the results of a cathode's flow as a local run does."""
    from workflows.cathode.results import write_calculated
    from workflows.job_files import read_job
    from workflows.records import run_folder

    with run_folder(target) as folder:
        write_calculated(folder, read_job(job), maker, found)


def _project(name: str) -> Any:
    from jobflow_remote.config.base import ConfigError
    from jobflow_remote.config.manager import ConfigManager

    try:
        return ConfigManager().get_project(name or None)
    except ConfigError as error:
        raise InputError(
            f"jobflow-remote has no project {name or 'by default'}: {error}; jf project generate "
            "makes one"
        ) from None


def _error(job: Any) -> str:
    """Last line of what a job, or its transfer, left as its error."""
    text = job.error or job.remote.error or job.state.value
    return str(text.strip().splitlines()[-1])
