"""Stop runs that were sent: what was finished stays, and sending them again goes on from there."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from interfaces.errors import InputError
from workflows.io.results import write_atomic
from workflows.submit import background
from workflows.submit.remote_handover import ENGINES
from workflows.submit.schedulers import SCHEDULERS
from workflows.submit.status import RUNNING, UNKNOWN, WAITING, Status, fault, statuses
from workflows.submit.submission_record import CANCELLED, JOBS

BEGINNING = 2.0  #: seconds between the first line of a run and its process, on a busy machine
GRACE = 10.0  #: seconds that a run has to end by itself
STOPPED, LEFT, YOURS = "cancelled", "left", "not stopped"


@dataclass(frozen=True)
class Cancelled:
    """One run: ``cancelled``, ``left`` as it had ended, or ``not stopped``; ``note`` says why."""

    name: str
    did: str
    note: str


def cancel(out: Path, names: Sequence[str] = ()) -> list[Cancelled]:
    """Stop every run that was sent with this ``--out`` and goes on, or only those named.

    The scheduler or the background stops it. What another engine keeps in a database of the user's
    is stopped with that engine's own command, which the note gives.

    Raises
    ------
    InputError
        If nothing was sent from there, or nothing of that name.
    CalculationError
        If the scheduler does not answer.
    """
    runs = statuses(out)
    unknown = sorted(set(names) - {run.name for run in runs})
    if unknown:
        known = ", ".join(run.name for run in runs[:5]) + (" ..." if len(runs) > 5 else "")
        raise InputError(f"no run {', '.join(unknown)} was sent with --out {out}; there is {known}")
    wanted = [run for run in runs if not names or run.name in names]
    return [_one(run) for run in _latest_first(wanted)]


def _latest_first(runs: Sequence[Status]) -> list[Status]:
    """What waits before what runs: else the background goes on to the next one."""
    return sorted(runs, key=lambda run: (run.state == RUNNING, run.name))


def _one(status: Status) -> Cancelled:
    record = status.submission
    if status.state not in (WAITING, RUNNING, UNKNOWN):
        return Cancelled(status.name, LEFT, f"{status.state} {status.reason}".strip())
    if record.to in ENGINES and not ENGINES[record.to].withdraw(record.number, status.folder):
        command = ENGINES[record.to].how_to_stop(record.number, record.project)
        return Cancelled(status.name, YOURS, f"{record.to} stops it: {command}")
    if record.to in SCHEDULERS and record.per_task == 1:  # of a shared task, the mark is enough
        for number in record.numbers:
            SCHEDULERS[record.to].cancel(number, record.tasks, Path(record.script))
    mark = status.folder / CANCELLED
    write_atomic(mark, datetime.now(UTC).isoformat(timespec="seconds") + "\n")
    if record.to == "local" and status.state == RUNNING:
        _end(Path(record.script), int(record.number), status.folder.resolve())
        if fault(status.target) == "":
            mark.unlink(missing_ok=True)
            return Cancelled(status.name, LEFT, "it ended by itself meanwhile")
    return Cancelled(status.name, STOPPED, f"{status.progress.finished} jobs finished")


def _end(script: Path, session: int, folder: Path) -> None:
    """End a run and what it started, but not the script: it goes on to the next.

    The script has one run at a time, and may have come to another one by now, which is left alone.
    """
    latest = time.monotonic() + BEGINNING
    while not any(_names(process, folder) for process in _of_session(session)):
        if time.monotonic() > latest or not background.alive(script):
            return
        time.sleep(0.05)
    for how in (signal.SIGTERM, signal.SIGKILL):
        processes = [process for process in _of_session(session) if process != session]
        for process in processes if background.alive(script) else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, how)
        end = time.monotonic() + GRACE
        while set(processes) & set(_of_session(session)):
            if time.monotonic() > end:
                break
            time.sleep(0.05)
        else:
            return


def _names(process: int, folder: Path) -> bool:
    """Whether a process was started with a path in a run's folder, or the folder of a screen."""
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    target = os.fsencode(folder.with_name(folder.name.removesuffix(JOBS)))  # as a screen names it
    return any(word == target or word.startswith(os.fsencode(folder) + b"/") for word in words)


def _of_session(session: int) -> list[int]:
    """Processes of a session, the ended ones left out."""
    processes = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                processes.append(int(path.parent.name))
    return processes
