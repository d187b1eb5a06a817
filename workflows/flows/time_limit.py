"""The time limit of a scheduler: how a run notices it, where it stopped, and what it resumes from.

The batch script gives the end of its allocation in the environment. A job that was stopped by it
leaves a line in the log, ``limit``, with the place that it had reached. The second time at the same
place is an error: the same time would never be enough.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import CalculationError
from workflows.io.checksums import open_lines
from workflows.io.readers import read_text

if TYPE_CHECKING:
    from jobflow import Job

END = "INTERFACES_END"  #: variable with the end of the allocation [s since 1970]
MARKER = "INTERFACES_LIMIT"  #: variable with the path of a file that the script or the run makes
LIMIT, SUBMITTED = "limit", "submitted"  #: events of the log
START = "its start"
OFTEN = 6  #: polls of 10 s between looks at the time; custodian's default of 300 s would miss it


def end_of_allocation() -> float | None:
    """Return the end of the allocation [s since 1970]; None where there is no limit."""
    value = os.environ.get(END, "")
    return float(value) if value.isdigit() else None


def was_stopped(error: BaseException, place: Path) -> bool:
    """Whether the time limit ended a job, not a fault of its own.

    Parameters
    ----------
    error : that ended it.
    place : folder that the job ran in; custodian notes there that it let VASP stop.
    """
    if isinstance(error, Exception):
        return stopped_itself(place)
    mark = marker()
    return mark is not None and mark.exists()


def marker() -> Path | None:
    """Return the file that records that the limit ended the run."""
    value = os.environ.get(MARKER, "")
    return Path(value) if value else None


def stopped_itself(place: Path) -> bool:
    """Whether VASP obeyed custodian before the limit, and its relaxation is not converged.

    pymatgen counts a relaxation as converged that has fewer steps than NSW, so also such a one.

    Parameters
    ----------
    place : folder that VASP ran in.
    """
    return "Walltime reached" in _text(place, "custodian.json") and (
        "reached required accuracy" not in _text(place, "vasp.out")
    )


def _text(place: Path, name: str) -> str:
    """Return the text of a file, plain or compressed; empty without one."""
    paths = (place / f"{name}{ending}" for ending in ("", ".gz"))
    return next((read_text(path) for path in paths if path.is_file()), "")


def place_reached(folder: Path) -> str:
    """Return how far a stopped job came, by the files that a new attempt continues from.

    Parameters
    ----------
    folder : that the job ran in.
    """
    from workflows.jobs.checkpoint import reached

    step = reached(folder)
    if step is not None:
        return f"step {step}"
    cell = contcar(folder)
    return START if cell is None else f"CONTCAR {hashlib.sha256(cell.read_bytes()).hexdigest()[:8]}"


def contcar(folder: Path) -> Path | None:
    """Return the CONTCAR of a stopped run of VASP; None without one that holds something."""
    paths = (folder / name for name in ("CONTCAR", "CONTCAR.gz"))
    return next((path for path in paths if path.is_file() and path.stat().st_size), None)


def places_of_stops(log: Path, key: str) -> list[str]:
    """Return where the time limit stopped a job since the run was submitted.

    Parameters
    ----------
    log : of the run.
    key : of the job.
    """
    places: list[str] = []
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    for line in text.splitlines():
        words = line.split(" ", 3)
        if words[1:2] == [SUBMITTED]:
            places = []
        elif words[1:3] == [LIMIT, key]:
            places.append(words[3].rpartition(" at ")[2])
    return places


def note_submission(log: Path) -> None:
    """Note in the log of a run that it is submitted again: perhaps with more time."""
    if log.is_file():
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        with open_lines(log) as file:
            file.write(f"{now} {SUBMITTED} - again\n")


def check_progress(places: Sequence[str], name: str) -> None:
    """Refuse a job that reached the limit twice at the same place.

    Parameters
    ----------
    places : where it was stopped.
    name : of the job.

    Raises
    ------
    CalculationError
        If it was.
    """
    if end_of_allocation() is not None and len(places) > 1 and places[-1] == places[-2]:
        raise CalculationError(
            f"{name} reached the time limit twice at the same place ({places[-1]}); give it more "
            "time in the site file, or make its steps cheaper, and submit again"
        )


def prepare_vasp(job: Job, stops: Sequence[str], earlier: Path) -> None:
    """Let VASP stop by itself before the limit, and continue from the cell of a stopped attempt.

    Only relaxations: dynamics would lose its velocities, and a static run has no step to stop at.

    Parameters
    ----------
    job : is changed if it is a relaxation of atomate2.
    stops : where the limit stopped it. Without one it starts anew, to the same digits as ever.
    earlier : folder of the stopped attempt.
    """
    maker = job.maker
    if maker is None or type(maker).__module__.partition(".")[0] != "atomate2" or not _relaxes(job):
        return
    end = end_of_allocation()
    if end is not None:
        os.environ.pop("CUSTODIAN_WALLTIME_START", None)  # of the job before, in the same process
        left = max(1, int(end - time.time()))
        options = maker.run_vasp_kwargs
        watch = {"monitor_freq": OFTEN} | (options.get("custodian_kwargs") or {})
        maker.run_vasp_kwargs = {**options, "wall_time": left, "custodian_kwargs": watch}
    cell = contcar(earlier) if stops else None
    structure = _cell(cell) if cell is not None else None
    if structure is not None and job.function_args:
        job.function_args = (structure, *job.function_args[1:])


def _relaxes(job: Job) -> bool:
    return "relax" in str(getattr(job.maker, "name", "")).lower()


def _cell(path: Path) -> Any:
    """Return the structure of a CONTCAR; None if it was cut off."""
    from pymatgen.io.vasp import Poscar

    try:
        return Poscar.from_file(path, check_for_potcar=False).structure
    except (ValueError, IndexError, OSError):
        return None
