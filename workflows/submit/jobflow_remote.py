"""jobflow-remote: one job of the flow is one job of the scheduler, kept in the user's database.

The project of jobflow-remote names the database, worker and JobStore. Its runner, started by the
user (``jf runner start``), does the rest. This module submits a flow, and reads its state and, from
the JobStore, its output.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import CalculationError, InputError
from workflows.io.shell import quoted
from workflows.submit.calculator_jobs import ManagerJob, ManagerState, output_of, reading
from workflows.submit.progress import Progress
from workflows.submit.site import Site

if TYPE_CHECKING:
    from jobflow import Flow

FAILED = ("FAILED", "REMOTE_ERROR", "STOPPED", "USER_STOPPED")
STATES = {
    "COMPLETED": ManagerState.FINISHED,
    **dict.fromkeys(FAILED, ManagerState.FAILED),
    **dict.fromkeys(
        ("RUNNING", "RUN_FINISHED", "DOWNLOADED", "BATCH_RUNNING"), ManagerState.RUNNING
    ),
    **dict.fromkeys(("WAITING", "PAUSED"), ManagerState.WAITING),
}  #: state of a job in jobflow-remote -> ours; every other is that of a job on its way to a worker


def ready(site: Site) -> None:
    """Refuse a project or options of steps that jobflow-remote does not have.

    Raises
    ------
    InputError
        If there is no project or exec_config of that name, or the scheduler of its worker lacks an
        option of a step.
    """
    project = _project(site.project)
    if site.exec_config and site.exec_config not in project.exec_config:
        known = ", ".join(project.exec_config) or "none"
        raise InputError(
            f"jobflow-remote's project has no exec_config {site.exec_config!r}; it has {known}"
        )
    if not site.steps:
        return
    name = site.worker or next(iter(project.workers))
    if name not in project.workers:
        known = ", ".join(project.workers)
        raise InputError(f"jobflow-remote's project has no worker {name!r}; it has {known}")
    scheduler = project.workers[name].get_scheduler_io()
    for step, options in site.steps:
        try:
            scheduler.generate_header(dict(options))
        except ValueError as error:
            raise InputError(f"site {site.name}: steps: {step}: {error}") from None


def with_resources(flow: Flow, site: Site) -> None:
    """Give the jobs of single steps, also those to come, their own options of the scheduler."""
    from jobflow_remote import set_run_config

    for step, options in site.steps:
        set_run_config(flow, name_filter=step, resources=dict(options), dynamic=True)


def send(flow: Flow, site: Site, folder: Path) -> str:
    """Submit a flow, or start its failed jobs again if it is in the database.

    Parameters
    ----------
    flow : the stored flow of a run.
    site : names the project and the worker.
    folder : of the run's jobs, in which nothing is written.

    Returns
    -------
    The uuid of the flow.

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
        states = [JobState(state) for state in FAILED]
        # The first failure first: with it goes what came of it.
        while failed := controller.get_jobs_info(flow_ids=number, states=states):
            first = min(failed, key=lambda job: job.updated_on)
            controller.rerun_jobs(db_ids=[first.db_id], force=True)
        return number
    with_resources(flow, site)
    try:
        submit_flow(
            flow,
            worker=site.worker or None,
            project=site.project or None,
            exec_config=site.exec_config or None,
        )
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
        return "stopped", "unknown to jobflow-remote", Progress(0, 0, (), "", "")
    return reading([_job(job) for job in jobs])


def output(flow: Flow, project: str) -> Any:
    """The output of a finished flow, from the project's JobStore.

    Raises
    ------
    InputError
        If it is not there.
    """
    remote = _project(project)
    return output_of(flow, remote.get_jobstore(), f"jobflow-remote's project {remote.name}")


def then(folder: Path) -> str:
    """Return the user's next command."""
    return "jf runner start runs it, where it does not run already"


def withdraw(number: str, folder: Path) -> bool:
    """Return False: a flow in the database cannot be withdrawn from here."""
    return False


def how_to_stop(number: str, project: str) -> str:
    """Return the user's own command that stops a flow."""
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


def _job(info: Any) -> ManagerJob:
    return ManagerJob(
        name=info.name,
        state=STATES.get(info.state.value, ManagerState.QUEUED),
        moment=info.updated_on.isoformat(),
        why=lambda: f"{info.name}: {_error(info)}",
    )


def _error(job: Any) -> str:
    """Return the last line of the error of a job or of its transfer."""
    text = job.error or job.remote.error or job.state.value
    return str(text.strip().splitlines()[-1])
