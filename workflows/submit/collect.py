"""Bring runs home: check what is there, write what only lacks its tables, say what is missing."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path

from interfaces.errors import InputError, InterfaceError
from workflows.submit.batch_script import JOB_FILE
from workflows.submit.remote_handover import ENGINES, bring_home
from workflows.submit.status import FINISHED, RUNNING, UNKNOWN, WAITING, Status, statuses

THERE, WRITTEN, MISSING, BROKEN = "there", "written now", "missing", "cannot be read"


@dataclass(frozen=True)
class Collected:
    """One run: ``there``, ``written now`` of its finished jobs, ``missing`` or ``cannot be read``.

    ``note`` says what is missing, and why.
    """

    name: str
    found: str
    note: str

    @property
    def home(self) -> bool:
        """Whether its results are there."""
        return self.found in (THERE, WRITTEN)


def collect(out: Path) -> list[Collected]:
    """Go through every run that was sent with this ``--out``.

    Nothing is calculated: a run whose jobs are all finished is given its tables and figures, and
    any other is left as it is.

    Raises
    ------
    InputError
        If nothing was sent from there.
    """
    return [_one(status) for status in statuses(out)]


def _one(status: Status) -> Collected:
    if status.state == FINISHED:
        return _checked(status, THERE)
    if status.state in (WAITING, RUNNING, UNKNOWN):
        return Collected(status.name, MISSING, f"{status.state} {_how_far(status)}")
    if not status.progress.complete:
        names = status.progress.missing
        lacking = f"; to do: {', '.join(names[:3])}" + (" ..." if len(names) > 3 else "")
        note = f"{_how_far(status)}; {status.reason}{lacking if names else ''}"
        return Collected(status.name, MISSING, note.strip("; "))
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            _write(status)
    except InterfaceError as error:
        return Collected(status.name, MISSING, str(error))
    return _checked(status, WRITTEN)


def _how_far(status: Status) -> str:
    known = status.progress.known
    return f"{status.progress.finished} of {known} jobs finished" if known else "no job finished"


def _write(status: Status) -> None:
    """Run what has no job left to run: only the tables and figures are made."""
    from workflows.flows.read_job import cathode_job, load_job
    from workflows.runs.calculated_series import run_calculated
    from workflows.runs.md_run import run_dynamics
    from workflows.runs.run_file import run
    from workflows.schemas.jobs import DynamicsJob

    job, record, out = load_job(status.folder / JOB_FILE), status.submission, status.folder.parent
    if record.to in ENGINES:
        bring_home(record, status.folder, status.target)
    elif record.calculator is None:
        run(status.folder / JOB_FILE, out=out, name=status.name, phases=record.phases)
    elif isinstance(job, DynamicsJob):
        run_dynamics(job, record.calculator, out=out, name=status.name)
    else:
        run_calculated(
            cathode_job(job), record.calculator, out=out, name=status.name, phases=record.phases
        )


def _checked(status: Status, found: str) -> Collected:
    """Whether the results can be read: by the record's own hash, or the job of a dynamics run."""
    from workflows.flows.read_job import load_job
    from workflows.runs.record import read_record
    from workflows.schemas.jobs import DynamicsJob

    try:
        if isinstance(load_job(status.folder / JOB_FILE), DynamicsJob):
            json.loads((status.target / "job.json").read_text(encoding="utf-8"))
            return Collected(status.name, found, "")
        number = len(read_record(status.target))
    except (InputError, OSError, json.JSONDecodeError) as error:
        return Collected(status.name, BROKEN, f"{error}; remove {status.target} and collect again")
    return Collected(status.name, found, f"{number} curves and voltages on record")
