"""What became of every run that was sent: the results, the jobs, the scheduler's word, the reason.

The results decide: a run whose files are as their manifest says is finished, whatever a scheduler
remembers.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from interfaces.errors import CalculationError, InputError
from workflows.flows.attempts import use_of
from workflows.flows.packed_jobs import PACKED
from workflows.io.results import listed, read_manifest
from workflows.submit import background
from workflows.submit.batch_script import ENDED, OUTPUT, STARTED
from workflows.submit.progress import Progress, progress
from workflows.submit.remote_handover import ENGINES
from workflows.submit.scheduler import FORGOTTEN, SILENT
from workflows.submit.scheduler import RUNNING as GOING
from workflows.submit.scheduler import WAITING as QUEUED
from workflows.submit.schedulers import SCHEDULERS
from workflows.submit.screen_state import SCREEN, screen_fault, screen_progress
from workflows.submit.submission_record import CANCELLED, JOBS, Submission, submissions

FINISHED, DAMAGED, WAITING, RUNNING, STOPPED, UNKNOWN = (
    "finished", "damaged", "waiting", "running", "stopped", "unknown",
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
    state : ``finished``: every file of the results is as its manifest says; ``damaged``: one is
        not; ``waiting``, ``running``, ``stopped``, or ``unknown`` where the scheduler does not
        answer.
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
            **asdict(use_of(self.folder)),
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
    sent = submissions(out)
    known = _known(record for _, record in sent)
    return [_status(folder, record, known) for folder, record in sent]


def wait(out: Path, every: float) -> list[Status]:
    """Wait until no run goes on, and return what became of each.

    Parameters
    ----------
    out : folder of the results.
    every : seconds between two looks.
    """
    while True:
        runs = statuses(out)
        if not any(status.state in ACTIVE for status in runs):
            return runs
        time.sleep(every)


def summary(runs: Sequence[Status]) -> str:
    """Number of runs in each state, and what they used, in one line."""
    counts = Counter(status.state for status in runs)
    states = ", ".join(f"{number} {state}" for state, number in counts.most_common())
    uses = [use_of(status.folder) for status in runs]
    nodes = len({node for use in uses for node in use.nodes})
    hours = sum(use.cpu_s for use in uses) / 3600
    return f"{len(runs)} runs: {states}; {hours:.2f} CPU hours on {nodes} nodes"


def _status(folder: Path, record: Submission, known: Known) -> Status:
    name = folder.name.removesuffix(JOBS)
    if record.to in ENGINES:
        return _handed(name, folder, record)
    screened = record.kind == SCREEN
    far = screen_progress(folder.with_name(name)) if screened else progress(folder)
    scheduler = _word(record, known)
    damage = (
        screen_fault(far, folder.with_name(name)) if screened else fault(folder.with_name(name))
    )
    if damage == "":
        state = FINISHED
    elif record.to == "local":
        state = _in_turn(folder, record, going=scheduler == "alive")
    elif scheduler in QUEUED:
        state = WAITING
    elif scheduler in GOING:
        state = RUNNING if record.per_task == 1 else _in_turn(folder, record, going=True)
    else:
        state = UNKNOWN if scheduler == SILENT else STOPPED
    if state == STOPPED and damage:
        state, reason = DAMAGED, damage
    else:
        reason = _reason(folder, far, record, scheduler) if state == STOPPED else ""
    return Status(name, folder, record, state, scheduler, far, reason)


def fault(target: Path) -> str | None:
    """What is wrong with a folder of results: empty if nothing, None if it is not there."""
    if not target.is_dir():
        return None
    try:
        return listed(read_manifest(target).damage(target))
    except InputError as error:
        return str(error)


def _handed(name: str, folder: Path, record: Submission) -> Status:
    """A flow that an engine of the user's looks after."""
    try:
        state, reason, far = ENGINES[record.to].look(record.number, record.project)
    except CalculationError as error:
        state, reason, far = UNKNOWN, str(error), progress(folder)
    damage = fault(folder.with_name(name))
    if damage == "":
        state, reason = FINISHED, ""
    elif state == STOPPED and damage:
        state, reason = DAMAGED, damage
    elif state == WAITING and (folder / CANCELLED).is_file():
        state, reason = STOPPED, WORDS["CANCELLED"]
    return Status(name, folder, record, state, "", far, reason)


Known = dict[tuple[str, str], dict[int, str]]


def _known(records: Iterable[Submission]) -> Known:
    """The scheduler's words on the tasks of every job, asked once for each job."""
    known: Known = {}
    silent: set[str] = set()  # one command that gets no answer takes a minute
    for record in records:
        for number in record.numbers if record.to in SCHEDULERS else ():
            if (record.to, number) in known or not number or record.to in silent:
                continue
            try:
                known[record.to, number] = SCHEDULERS[record.to].states(number)
            except (CalculationError, InputError):
                silent.add(record.to)
    return known


def _word(record: Submission, known: Known) -> str:
    """The scheduler's word on a run: of its first stage that is not completed."""
    if record.to not in SCHEDULERS:
        return "alive" if record.to and background.alive(Path(record.script)) else "ended"
    words = []
    for number in record.numbers:
        states = known.get((record.to, number))
        if states is None:  # without a number the scheduler never accepted it
            words.append(SILENT if number else FORGOTTEN)
        else:
            words.append(min((states.get(task, FORGOTTEN) for task in record.tasks), key=_rank))
    for active in (GOING, {SILENT}, QUEUED):
        if word := next((word for word in words if word in active), ""):
            return word
    return next((word for word in words if word != "COMPLETED"), "COMPLETED")


def _rank(word: str) -> tuple[int, str]:
    """Order of the words on the workers of a run: it runs as long as one does."""
    ranks = ((word in GOING, 0), (word in QUEUED, 1), (word in WORDS, 2))
    return next((rank for is_so, rank in ranks if is_so), 4 if word == "COMPLETED" else 3), word


def _in_turn(folder: Path, record: Submission, *, going: bool) -> str:
    """State of one of the runs that a script goes through one after another."""
    if not going or (folder / PACKED).is_file():  # it ended, whatever became of its results
        return STOPPED
    said = attempt(folder, record)
    if not said:
        return STOPPED if (folder / CANCELLED).is_file() else WAITING
    return STOPPED if said[-1].startswith(ENDED) else RUNNING


def attempt(folder: Path, record: Submission) -> list[str]:
    """What the last start of a run since it was sent has said, its first line included."""
    ours = [f" job {number} task {record.task} on " for number in record.numbers]
    said: list[str] = []
    for path in (folder / OUTPUT, *sorted(folder.glob(f"*-{OUTPUT}"))):  # of further workers
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        lines = text.splitlines()
        starts = [
            i
            for i, line in enumerate(lines)
            if line.startswith(STARTED) and any(words in line for words in ours)
        ]
        said += lines[starts[-1] :] if starts else []
    return said


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
