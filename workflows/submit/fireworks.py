"""FireWorks: the flow as a Workflow in a file, which the user puts on a LaunchPad and launches.

Nothing is put into a database here. After ``lpad add``, the state of the flow is read from the
LaunchPad of the user's own configuration, and its output from the user's JobStore.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import CalculationError, InputError
from workflows.io.results import write_atomic
from workflows.io.shell import quoted
from workflows.submit.calculator_jobs import ManagerJob, ManagerState, output_of, reading
from workflows.submit.progress import Progress
from workflows.submit.site import Site

if TYPE_CHECKING:
    from jobflow import Flow

EXPORT = "fireworks.json"  #: in the folder of the run's jobs; JSON is what ``lpad add`` reads fast
LABEL = "interfaces"  #: of a Workflow's metadata, with the uuid of its flow
PATIENCE = 5000  #: ms for a LaunchPad on this machine; another's is in the file that names it
ABSENT = "not on the LaunchPad"
STATES = {
    "COMPLETED": ManagerState.FINISHED,
    "FIZZLED": ManagerState.FAILED,
    "RUNNING": ManagerState.RUNNING,
    "READY": ManagerState.QUEUED,
    "RESERVED": ManagerState.QUEUED,
    "DEFUSED": ManagerState.HELD,
    "ARCHIVED": ManagerState.HELD,
    "PAUSED": ManagerState.HELD,
}  #: state of a job in FireWorks -> ours; every other state is that of a waiting job
AGAIN = {"FIZZLED": "rerun_fw", "DEFUSED": "reignite_fw", "PAUSED": "resume_fw"}


def ready(site: Site) -> None:
    """Refuse a JobStore from which results could not be read.

    Raises
    ------
    InputError
        If the JobStore lives in the memory of each worker.
    """
    import fireworks  # noqa: F401
    from jobflow import SETTINGS
    from maggma.stores import MemoryStore

    if type(SETTINGS.JOB_STORE.docs_store) is MemoryStore:
        raise InputError(
            f"{SETTINGS.CONFIG_FILE} names no JOB_STORE, so results would be lost with each worker;"
            " name one there, or in the file of JOBFLOW_CONFIG_FILE"
        )


def send(flow: Flow, site: Site, folder: Path) -> str:
    """Write the Workflow of a flow, or start its failed jobs again if it is on the LaunchPad.

    Parameters
    ----------
    folder : of the run's jobs.

    Returns
    -------
    The uuid of the flow, which the Workflow's metadata carry.

    """
    number, path = str(flow.uuid), folder / EXPORT
    if path.is_file() and (workflow := _workflow(number)) is not None:
        for job in _fireworks(workflow):
            if job["state"] in AGAIN:
                getattr(_launchpad(), AGAIN[job["state"]])(job["fw_id"])
        return number
    from jobflow.managers.fireworks import flow_to_workflow

    exported = flow_to_workflow(flow, metadata={LABEL: number})
    write_atomic(path, exported.to_format("json") + "\n")
    return number


def then(folder: Path) -> str:
    """Return the user's next command, and where the results go."""
    from jobflow import SETTINGS

    store = type(SETTINGS.JOB_STORE.docs_store).__name__
    return (
        f"lpad add {quoted(folder / EXPORT)} puts it on your LaunchPad, rlaunch or qlaunch runs "
        f"it; results go to the {store} of {SETTINGS.CONFIG_FILE}, which workers must see as well"
    )


def look(number: str, project: str = "") -> tuple[str, str, Progress]:
    """(state of :mod:`workflows.submit.status`, reason, progress) of a flow.

    Raises
    ------
    CalculationError
        If the LaunchPad does not answer.
    """
    workflow = _workflow(number)
    if workflow is None:
        note = f"{ABSENT}: lpad add {EXPORT} puts it there"
        return "waiting", note, Progress(0, 0, (), "", "")
    return reading([_job(job) for job in _fireworks(workflow)])


def output(flow: Flow, project: str = "") -> Any:
    """The output of a finished flow, from the JobStore of the user's jobflow configuration.

    Raises
    ------
    InputError
        If it is not there.
    """
    from jobflow import SETTINGS

    try:
        return output_of(flow, SETTINGS.JOB_STORE, str(SETTINGS.CONFIG_FILE))
    except InputError as error:
        raise InputError(f"{error}; set JOBFLOW_CONFIG_FILE to what the workers used") from None


def withdraw(number: str, folder: Path) -> bool:
    """Remove the file of a flow that is not on the LaunchPad; return whether it is not there."""
    if _workflow(number) is not None:
        return False
    (folder / EXPORT).unlink(missing_ok=True)
    return True


def how_to_stop(number: str, project: str = "") -> str:
    """Return the user's own command that stops a flow; running jobs are finished."""
    return f"""lpad pause_wflows -q '{{"metadata.{LABEL}": "{number}"}}'"""


def _launchpad() -> Any:
    """Return the LaunchPad of the user's configuration, as ``lpad`` finds it."""
    from fireworks import fw_config

    return _opened(fw_config.LAUNCHPAD_LOC)


@functools.lru_cache(maxsize=1)
def _opened(file: str | None) -> Any:
    from fireworks import LaunchPad

    if file:
        return LaunchPad.from_file(file)
    return LaunchPad(strm_lvl="ERROR", mongoclient_kwargs={"serverSelectionTimeoutMS": PATIENCE})


def _workflow(number: str) -> dict[str, Any] | None:
    """Return the LaunchPad's document of a flow; None if it was never put there."""
    from pymongo.errors import PyMongoError

    try:
        document: dict[str, Any] | None = _launchpad().workflows.find_one(
            {f"metadata.{LABEL}": number}
        )
    except (PyMongoError, OSError) as error:
        reason = " ".join(str(error).split())[:120]
        raise CalculationError(f"FireWorks' LaunchPad does not answer: {reason}") from None
    return document


def _fireworks(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    """Return number, name, state, launches and time of each job of a Workflow, by number."""
    keys = ("fw_id", "name", "state", "launches", "updated_on")
    jobs = _launchpad().fireworks.find({"fw_id": {"$in": workflow["nodes"]}}, keys)
    return sorted(jobs, key=lambda job: int(job["fw_id"]))


def _job(document: dict[str, Any]) -> ManagerJob:
    word, name = document["state"], document["name"]
    state = STATES.get(word, ManagerState.WAITING)

    def why() -> str:
        if state is ManagerState.FAILED:
            return f"{name}: {_error(document)}"
        return f"{name} is {word.lower()} on the LaunchPad"

    return ManagerJob(name=name, state=state, moment=str(document["updated_on"]), why=why)


def _error(job: dict[str, Any]) -> str:
    """Return the last line of the exception that ended a job."""
    launch = _launchpad().launches.find_one({"launch_id": job["launches"][-1]}) or {}
    stored = (launch.get("action") or {}).get("stored_data") or {}
    lines = stored.get("_exception", {}).get("_stacktrace", "").strip().splitlines()
    return lines[-1] if lines else "its worker was lost"
