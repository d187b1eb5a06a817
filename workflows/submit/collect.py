"""Collect results: check them, write what only lacks its tables, restore, list what is missing."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path

from interfaces.errors import InputError, InterfaceError
from workflows.flows.packed_jobs import PACKED, pack, unpack
from workflows.io.results import listed, read_manifest
from workflows.submit.batch_script import JOB_FILE
from workflows.submit.remote_handover import ENGINES, bring_home
from workflows.submit.screen_state import SCREEN
from workflows.submit.status import (
    DAMAGED,
    FINISHED,
    RUNNING,
    UNKNOWN,
    WAITING,
    Status,
    fault,
    statuses,
)

WHOLE = "every file as it was written"
#: What a person does where neither jobs nor record hold the numbers.
AGAIN = "interfaces submit JOB --fresh computes it again"

THERE, WRITTEN, RESTORED, MISSING, BROKEN = (
    "there", "written now", "restored", "missing", "damaged",
)  # fmt: skip


@dataclass(frozen=True)
class Collected:
    """One run and its results: ``there``, ``written now``, ``restored``, ``missing``, ``damaged``.

    ``note`` says what is missing or damaged, and why.
    """

    name: str
    found: str
    note: str

    @property
    def home(self) -> bool:
        """Whether its results are there and as they were written."""
        return self.found in (THERE, WRITTEN, RESTORED)


def collect(out: Path, *, figures: bool = False) -> list[Collected]:
    """Go through every run that was sent with this ``--out``.

    Nothing is calculated. A run whose jobs are all finished is given its tables and figures;
    damaged ones are written again from its jobs, else from its record.

    Parameters
    ----------
    out : folder of the results.
    figures : also draw the figures of compact runs.

    Raises
    ------
    InputError
        If nothing was sent from there.
    """
    return [_one(status, figures=figures) for status in statuses(out)]


def _one(status: Status, *, figures: bool) -> Collected:
    if status.state == FINISHED and figures:
        return _with_figures(status)
    if status.state == FINISHED:
        return Collected(status.name, THERE, WHOLE)
    if status.state in (WAITING, RUNNING, UNKNOWN):
        return Collected(status.name, MISSING, f"{status.state} {_how_far(status)}")
    if status.state == DAMAGED and not status.progress.complete:
        return _restored(status)
    if not status.progress.complete:
        names = status.progress.missing
        lacking = f"; to do: {', '.join(names[:3])}" + (" ..." if len(names) > 3 else "")
        note = f"{_how_far(status)}; {status.reason}{lacking if names else ''}"
        return Collected(status.name, MISSING, note.strip("; "))
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            _write(status)
    except InterfaceError as error:
        return _restored(status) if status.state == DAMAGED else Collected(
            status.name, MISSING, str(error)
        )  # fmt: skip
    left = fault(status.target) if status.submission.kind != SCREEN else ""
    if left:
        return Collected(status.name, BROKEN, left)
    if status.state == DAMAGED:
        return Collected(status.name, RESTORED, f"from its jobs: {status.reason}")
    return Collected(status.name, WRITTEN, WHOLE)


def _restored(status: Status) -> Collected:
    """Write damaged files again from the record of the results."""
    from workflows.runs.restore import restore

    try:
        left = restore(status.target, read_manifest(status.target))
    except InputError as error:
        return Collected(status.name, BROKEN, f"{error}; {AGAIN}")
    if left:
        return Collected(status.name, BROKEN, f"{listed(left)}; {AGAIN}")
    return Collected(status.name, RESTORED, f"from its record: {status.reason}")


def _how_far(status: Status) -> str:
    known = status.progress.known
    return f"{status.progress.finished} of {known} jobs finished" if known else "no job finished"


def _write(status: Status, *, figures: bool = False) -> None:
    """Run what has no job left to run: only the tables and figures are made."""
    from workflows.flows.resumable_run import Run
    from workflows.runs.run_spec import run_spec

    record = status.submission
    if record.kind == SCREEN:
        from workflows.screening.plan import read_plan
        from workflows.screening.run_screen import run_screen

        run_screen(status.target, read_plan(status.target))
        return
    if record.to in ENGINES:
        bring_home(record, status.folder, status.target)
        return
    packed = record.per_task > 1 or (status.folder / PACKED).is_file()
    unpack(status.folder)
    spec = run_spec(status.folder / JOB_FILE, record.calculator, record.phases)
    Run(status.target, spec).execute(compact=packed and not figures)
    if packed:
        pack(status.folder, ended=True)


def _with_figures(status: Status) -> Collected:
    """Write the figures and single curves of a compact run."""
    if not (status.folder / PACKED).is_file():
        return Collected(status.name, THERE, WHOLE)
    _write(status, figures=True)
    return Collected(status.name, WRITTEN, "its figures and curves; the rest was there")
