"""How far a run's jobs are, read from their folder without running or loading anything of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflows.flows.flow_folder import FLOW, JOBS, LOG
from workflows.flows.packed_jobs import Place, readable
from workflows.flows.time_limit import LIMIT, SUBMITTED
from workflows.io.checksums import parse_checked

STOPS = ("failed", LIMIT)  #: events that end a job without a result


@dataclass(frozen=True)
class Progress:
    """What of a flow is finished.

    Attributes
    ----------
    finished : number of finished jobs.
    known : number of jobs known so far: a flow grows while it runs. 0 before the first start.
    missing : names of known jobs that are not finished.
    last : last line of the log, without its uuid.
    failure : of the job that failed last and was not finished since; empty if none.
    """

    finished: int
    known: int
    missing: tuple[str, ...]
    last: str
    failure: str

    @property
    def complete(self) -> bool:
        """Whether every job is finished."""
        return self.known > 0 and not self.missing


def progress(folder: Path) -> Progress:
    """Read the folder of a run's jobs."""
    known: dict[str, str] = {}
    finished: set[str] = set()
    place = readable(folder)
    flow = _json(place / FLOW)
    known.update(_named(flow.get("flow")))
    jobs: list[Place] = [*(place / JOBS).iterdir()] if (place / JOBS).is_dir() else []
    for path in sorted(jobs, key=lambda path: path.name):
        if path.name.startswith(".") or not path.name.endswith(".json"):
            continue
        done = _json(path)
        if not done:
            continue  # it broke, and is computed again
        finished.add(".".join(path.name.removesuffix(".json").rsplit(".", 2)[1:]))
        for kind in ("replace", "detour", "addition"):
            known.update(_named(done.get(kind)))
    events = _events(place / LOG)
    ended = {key for _, event, key, _ in events if event == "end"} & finished
    failures = [words for _, event, key, words in events if event in STOPS and key not in ended]
    told = [event for event in events if event[1] not in ("warning", SUBMITTED)]
    last = f"{told[-1][0][:19]} {told[-1][1]} {told[-1][3]}" if told else ""
    missing = tuple(name for key, name in known.items() if key not in finished)
    return Progress(
        len(finished & known.keys()), len(known), missing, last, failures[-1] if failures else ""
    )


def _named(flow: Any) -> Iterator[tuple[str, str]]:
    """(uuid.index, name) of every job of a flow as it was stored."""
    if not isinstance(flow, dict):
        return
    if flow.get("@class") == "Job":
        yield f"{flow['uuid']}.{flow['index']}", flow["name"]
    for part in flow.get("jobs", ()):
        yield from _named(part)


def _events(log: Place) -> list[tuple[str, str, str, str]]:
    """(time, event, uuid.index, words) of every whole line of a log."""
    if not log.is_file():
        return []
    lines = log.read_bytes().decode(errors="replace").splitlines()
    split = (line.split(" ", 3) for line in lines)
    return [(words[0], words[1], words[2], words[3]) for words in split if len(words) == 4]


def _json(path: Place) -> dict[str, Any]:
    """What a file holds; nothing if it is not there or not whole."""
    try:
        return parse_checked(path.read_bytes())[0]
    except (OSError, ValueError):
        return {}
