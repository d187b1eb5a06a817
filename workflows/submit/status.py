"""What became of every run that was sent: the results, the jobs, the scheduler's word, the reason.

The results decide: a run whose folder is there is finished, whatever a scheduler remembers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from interfaces.errors import CalculationError, InputError
from workflows.submit import background, slurm
from workflows.submit.batch_script import ENDED, OUTPUT, STARTED
from workflows.submit.progress import Progress, progress
from workflows.submit.remote_handover import ENGINES
from workflows.submit.submission_record import CANCELLED, JOBS, Submission, submissions

FINISHED, WAITING, RUNNING, STOPPED, UNKNOWN = (
    "finished", "waiting", "running", "stopped", "unknown",
)  # fmt: skip
ACTIVE = (WAITING, RUNNING, UNKNOWN)  #: must not be sent a second time
WORDS = {
    "TIMEOUT": "the time limit was reached",
    "CANCELLED": "it was cancelled",
    "NODE_FAIL": "its node was lost",
    "OUT_OF_MEMORY": "there was not enough memory",
    "PREEMPTED": "another job took its place",
    "BOOT_FAIL": "its node did not start",
    "DEADLINE": "its deadline passed",
}


@dataclass(frozen=True)
class Status:
    """One run that was sent.

    Attributes
    ----------
    name, folder : of the run; the folder is that of its jobs.
    submission : where it was sent.
    state : ``finished``, ``waiting``, ``running``, ``stopped``, or ``unknown`` where the scheduler
        does not answer.
    scheduler : the scheduler's own word.
    progress : of its jobs.
    reason : why it stopped, or what it waits for; empty otherwise.
    """

    name: str
    folder: Path
    submission: Submission
    state: str
    scheduler: str
    progress: Progress
    reason: str

    @property
    def target(self) -> Path:
        """Folder of the results."""
        return self.folder.with_name(self.name)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "name": self.name,
            "state": self.state,
            "scheduler": self.scheduler,
            "to": self.submission.to,
            "number": self.submission.number,
            "task": self.submission.task,
            "sent": self.submission.sent,
            "attempts": self.submission.attempts,
            "reason": self.reason,
            **{key: value for key, value in asdict(self.progress).items() if key != "missing"},
            "missing": list(self.progress.missing),
        }


def statuses(out: Path) -> list[Status]:
    """Every run that was sent with this ``--out``, by name.

    Raises
    ------
    InputError
        If there is none.
    """
    found = submissions(out)
    known = _scheduler_states(record for _, record in found)
    return [_status(folder, record, known) for folder, record in found]


def _status(folder: Path, record: Submission, known: dict[tuple[str, int], str]) -> Status:
    name = folder.name.removesuffix(JOBS)
    if record.to in ENGINES:
        return _handed(name, folder, record)
    far = progress(folder)
    scheduler = known[(_key(record), record.task)]
    if folder.with_name(name).is_dir():
        state = FINISHED
    elif record.to == "local":
        state = _in_background(folder, record, scheduler)
    elif scheduler in slurm.WAITING:
        state = WAITING
    elif scheduler in slurm.RUNNING:
        state = RUNNING
    else:
        state = UNKNOWN if scheduler == slurm.SILENT else STOPPED
    reason = _reason(folder, far, record, scheduler) if state == STOPPED else ""
    return Status(name, folder, record, state, scheduler, far, reason)


def _handed(name: str, folder: Path, record: Submission) -> Status:
    """A flow that an engine of the user's looks after."""
    try:
        state, reason, far = ENGINES[record.to].look(record.number, record.project)
    except CalculationError as error:
        state, reason, far = UNKNOWN, str(error), progress(folder)
    if folder.with_name(name).is_dir():
        state, reason = FINISHED, ""
    elif state == WAITING and (folder / CANCELLED).is_file():
        state, reason = STOPPED, WORDS["CANCELLED"]
    return Status(name, folder, record, state, "", far, reason)


def _key(record: Submission) -> str:
    return f"{record.to} {record.number} {record.script}"


def _scheduler_states(records: Iterable[Submission]) -> dict[tuple[str, int], str]:
    """The scheduler's word on every task, asked once per submission."""
    asked: dict[str, tuple[Submission, list[int]]] = {}
    for record in records:
        if record.to in ENGINES:
            continue
        asked.setdefault(_key(record), (record, []))[1].append(record.task)
    found = {}
    silent = False  # one command that gets no answer takes a minute
    for key, (record, tasks) in asked.items():
        if record.to == "local":
            state = "alive" if background.alive(Path(record.script)) else "ended"
            told = dict.fromkeys(tasks, state)
        else:
            known = silent and record.number
            told = dict.fromkeys(tasks, slurm.SILENT) if known else _slurm_states(record, tasks)
            silent = silent or slurm.SILENT in told.values()
        found.update({(key, task): told.get(task, slurm.FORGOTTEN) for task in tasks})
    return found


def _slurm_states(record: Submission, tasks: list[int]) -> dict[int, str]:
    if not record.number:
        return {}  # sbatch never said yes
    try:
        return slurm.states(record.number)
    except (CalculationError, InputError):
        return dict.fromkeys(tasks, slurm.SILENT)


def _in_background(folder: Path, record: Submission, scheduler: str) -> str:
    """State of one task of a script that goes through them one after another."""
    if scheduler != "alive":
        return STOPPED
    said = attempt(folder, record)
    if not said:
        return STOPPED if (folder / CANCELLED).is_file() else WAITING
    return STOPPED if said[-1].startswith(ENDED) else RUNNING


def attempt(folder: Path, record: Submission) -> list[str]:
    """What the last start of a run since it was sent has said, its first line included."""
    ours = f" job {record.number} task {record.task} on "
    path = folder / OUTPUT
    lines = (
        path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    )
    starts = [i for i, line in enumerate(lines) if line.startswith(STARTED) and ours in line]
    return lines[starts[-1] :] if starts else []


def _reason(folder: Path, far: Progress, record: Submission, scheduler: str) -> str:
    """Why a run stopped, in one line: what the run said, else what the scheduler says."""
    if not record.number:
        return "it was never accepted by the scheduler"
    if (folder / CANCELLED).is_file():  # Slurm forgets it, and the background never knew
        return WORDS["CANCELLED"]
    started = attempt(folder, record)
    said = started[1:]
    ended = next((line for line in said if line.startswith(ENDED)), "")
    own = [line for line in said if line.strip() and not line.startswith(ENDED)]
    refused = next((line for line in reversed(own) if line.startswith("interfaces: ")), "")
    if scheduler in WORDS and not refused:
        return WORDS[scheduler]
    if refused:
        return refused.removeprefix("interfaces: ")
    if far.failure and ended:
        return far.failure
    if ended:
        return f"it ended with {ended.split()[-2]} {ended.split()[-1]}" + (
            f": {own[-1]}" if own else ""
        )
    if not started:
        return f"it never started ({scheduler}); see {Path(record.script).parent}"
    return f"it was killed, or its node went down ({scheduler})"
