"""FireWorks: the flow as a Workflow in a file, which the user puts on a LaunchPad and launches.

Nothing is put into a database here. Once ``lpad add`` has done so, the LaunchPad of the user's own
configuration is asked how far the flow is, and its output is read from the user's JobStore.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import CalculationError, InputError
from workflows.io.results import write_atomic
from workflows.io.shell import quoted
from workflows.submit.calculator_jobs import ManagerJob, Stands, output_of, reading
from workflows.submit.progress import Progress
from workflows.submit.site import Site

if TYPE_CHECKING:
    from jobflow import Flow

EXPORT = "fireworks.json"  #: in the folder of the run's jobs; JSON is what ``lpad add`` reads fast
LABEL = "interfaces"  #: of a Workflow's metadata, with the uuid of its flow
PATIENCE = 5000  #: ms for a LaunchPad on this machine; another's is in the file that names it
ABSENT = "not on the LaunchPad"
STANDS = {
    "COMPLETED": Stands.FINISHED,
    "FIZZLED": Stands.FAILED,
    "RUNNING": Stands.RUNNING,
    "READY": Stands.QUEUED,
    "RESERVED": Stands.QUEUED,
    "DEFUSED": Stands.HELD,
    "ARCHIVED": Stands.HELD,
    "PAUSED": Stands.HELD,
}  #: of the words of FireWorks; every other one is a job that waits
AGAIN = {"FIZZLED": "rerun_fw", "DEFUSED": "reignite_fw", "PAUSED": "resume_fw"}


def ready(site: Site) -> None:
    """Refuse what could not be handed over, or could not come home.

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
    if path.is_file() and (found := _workflow(number)) is not None:
        for one in _fireworks(found):
            if one["state"] in AGAIN:
                getattr(_launchpad(), AGAIN[one["state"]])(one["fw_id"])
        return number
    from jobflow.managers.fireworks import flow_to_workflow

    workflow = flow_to_workflow(flow, metadata={LABEL: number})
    write_atomic(path, workflow.to_format("json") + "\n")
    return number


def then(folder: Path) -> str:
    """What is to be typed next, and where the results go."""
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
    found = _workflow(number)
    if found is None:
        note = f"{ABSENT}: lpad add {EXPORT} puts it there"
        return "waiting", note, Progress(0, 0, (), "", "")
    return reading([_job(one) for one in _fireworks(found)])


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
    """Take back what is in its file only; whether that is all there is of it."""
    if _workflow(number) is not None:
        return False
    (folder / EXPORT).unlink(missing_ok=True)
    return True


def how_to_stop(number: str, project: str = "") -> str:
    """The user's own command that stops a flow; a job that runs goes to its end."""
    return f"""lpad pause_wflows -q '{{"metadata.{LABEL}": "{number}"}}'"""


def _launchpad() -> Any:
    """The LaunchPad of the user's configuration, as ``lpad`` finds it."""
    from fireworks import fw_config

    return _opened(fw_config.LAUNCHPAD_LOC)


@functools.lru_cache(maxsize=1)
def _opened(file: str | None) -> Any:
    from fireworks import LaunchPad

    if file:
        return LaunchPad.from_file(file)
    return LaunchPad(strm_lvl="ERROR", mongoclient_kwargs={"serverSelectionTimeoutMS": PATIENCE})


def _workflow(number: str) -> dict[str, Any] | None:
    """What the LaunchPad keeps of a flow; None if it was never put there."""
    from pymongo.errors import PyMongoError

    try:
        found: dict[str, Any] | None = _launchpad().workflows.find_one(
            {f"metadata.{LABEL}": number}
        )
    except (PyMongoError, OSError) as error:
        said = " ".join(str(error).split())[:120]
        raise CalculationError(f"FireWorks' LaunchPad does not answer: {said}") from None
    return found


def _fireworks(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    """Number, name, state, launches and time of each of a Workflow's jobs, by number."""
    wanted = ("fw_id", "name", "state", "launches", "updated_on")
    found = _launchpad().fireworks.find({"fw_id": {"$in": workflow["nodes"]}}, wanted)
    return sorted(found, key=lambda one: int(one["fw_id"]))


def _job(found: dict[str, Any]) -> ManagerJob:
    state, name = found["state"], found["name"]
    stands = STANDS.get(state, Stands.WAITING)

    def why() -> str:
        if stands is Stands.FAILED:
            return f"{name}: {_error(found)}"
        return f"{name} is {state.lower()} on the LaunchPad"

    return ManagerJob(name, stands, str(found["updated_on"]), why)


def _error(job: dict[str, Any]) -> str:
    """Last line of the exception that a job ended with."""
    launch = _launchpad().launches.find_one({"launch_id": job["launches"][-1]}) or {}
    stored = (launch.get("action") or {}).get("stored_data") or {}
    lines = stored.get("_exception", {}).get("_stacktrace", "").strip().splitlines()
    return lines[-1] if lines else "its worker was lost"
