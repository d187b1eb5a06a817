"""jobflow-remote: one job of the flow is one job of the scheduler, kept in the user's database.

The project of jobflow-remote says which database, worker and JobStore; its runner, started by the
user (``jf runner start``), does the rest. Here a flow is only handed over, asked about, and its
output read from the JobStore.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import CalculationError, InputError
from workflows.io.shell import quoted
from workflows.submit.calculator_jobs import ManagerJob, Stands, output_of, reading
from workflows.submit.progress import Progress
from workflows.submit.site import Site

if TYPE_CHECKING:
    from jobflow import Flow

FAILED = ("FAILED", "REMOTE_ERROR", "STOPPED", "USER_STOPPED")
STANDS = {
    "COMPLETED": Stands.FINISHED,
    **dict.fromkeys(FAILED, Stands.FAILED),
    **dict.fromkeys(("RUNNING", "RUN_FINISHED", "DOWNLOADED", "BATCH_RUNNING"), Stands.RUNNING),
    **dict.fromkeys(("WAITING", "PAUSED"), Stands.WAITING),
}  #: of the words of jobflow-remote; every other one is a job on its way to a worker


def ready(site: Site) -> None:
    """Refuse a project that jobflow-remote does not have.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    _project(site.project)


def send(flow: Flow, site: Site, folder: Path) -> str:
    """Hand a flow over, or start its failed jobs again if it is there; the uuid of the flow.

    Parameters
    ----------
    site : names the project and the worker.
    folder : of the run's jobs, in which nothing is written.

    Raises
    ------
    InputError
        If jobflow-remote has no such project or worker, or does not take the flow.
    """
    from jobflow_remote import submit_flow
    from jobflow_remote.jobs.state import JobState

    controller = _project(site.project).get_job_controller()
    number = str(flow.uuid)
    if controller.get_jobs_info(flow_ids=number):
        states = [JobState(one) for one in FAILED]
        # The first failure first: with it goes what came of it.
        while failed := controller.get_jobs_info(flow_ids=number, states=states):
            first = min(failed, key=lambda one: one.updated_on)
            controller.rerun_jobs(db_ids=[first.db_id], force=True)
        return number
    try:
        submit_flow(flow, worker=site.worker or None, project=site.project or None)
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
    if not jobs:
        return "stopped", "jobflow-remote does not know it", Progress(0, 0, (), "", "")
    return reading([_job(one) for one in jobs])


def output(flow: Flow, project: str) -> Any:
    """The output of a finished flow, from the project's JobStore.

    Raises
    ------
    InputError
        If it is not there.
    """
    found = _project(project)
    return output_of(flow, found.get_jobstore(), f"jobflow-remote's project {found.name}")


def then(folder: Path) -> str:
    """What is to be typed next."""
    return "jf runner start runs it, where it does not run already"


def withdraw(number: str, folder: Path) -> bool:
    """Nothing can be taken back here: the flow is in the database."""
    return False


def how_to_stop(number: str, project: str) -> str:
    """The user's own command that stops a flow."""
    return f"jf {f'-p {quoted(project)} ' if project else ''}job stop -fid {quoted(number)}"


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


def _job(found: Any) -> ManagerJob:
    stands = STANDS.get(found.state.value, Stands.QUEUED)
    moment = found.updated_on.isoformat()
    return ManagerJob(found.name, stands, moment, lambda: f"{found.name}: {_error(found)}")


def _error(job: Any) -> str:
    """Last line of what a job, or its transfer, left as its error."""
    text = job.error or job.remote.error or job.state.value
    return str(text.strip().splitlines()[-1])
