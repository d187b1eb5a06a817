"""Verbs ended from outside: when, what stands there then, and what the same verb makes of it."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.robustness.faults.disk import Contents, Verb, contents, same, whole
from workflows.submit.cancel import _of_session

ROOT = Path(__file__).resolve().parents[3]
SERVER = Path(__file__).with_name("kills_server.py")
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)
SECONDS = 240  #: after which a verb counts as stuck
SHORT = 5.0  #: s in which what a verb started has to be gone
STOPPED = "interfaces: stopped; nothing that was finished is lost"
#: Lines of progress, which are no message.
PROGRESS = re.compile(r"part \d+ of \d+: .* s left|sbatch \S+")
#: What is finished once it is there, and is not to be made again. A part of a screen counts once
#: its note is written.
FINISHED = (
    (re.compile(r"(.*\.jobs/jobs/[^.][^/]*\.json)"), r"\1"),
    (re.compile(r"(.*/)done/(part-\d+)\.json"), r"\1parts/\2.parquet"),
    (re.compile(r"(.*\.parts/.*/[0-9a-f]+\.json)"), r"\1"),
)


@dataclass(frozen=True)
class Kill:
    """A signal, after so many seconds or just before a change of the folder, whichever is given."""

    how: int
    seconds: float = 0.0
    at: int = 0

    def __str__(self) -> str:
        where = f"at change {self.at}" if self.at else f"after {self.seconds:.3f} s"
        return f"{signal.Signals(self.how).name} {where}"


@dataclass(frozen=True)
class Done:
    """What a verb in a fork did; ``orphans`` are processes of it that went on."""

    status: int | None
    met: int
    err: str
    orphans: tuple[int, ...]


@dataclass(frozen=True)
class Known:
    """A verb that nobody disturbed: what stood there before and after, its changes and time."""

    verb: Verb
    template: Path
    old: Contents
    new: Contents
    met: int
    seconds: float


@dataclass(frozen=True)
class Killed:
    """What came of it: what was wrong, and whether the kill came before the verb had ended."""

    wrong: tuple[str, ...]
    in_time: bool
    kept: int


class Server:
    """Runs verbs in forks of one warm process; ``with Server(folder) as server``."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.files = folder / "files"
        self.environment = environment
        self._numbers = iter(range(10**9))

    def __enter__(self) -> Server:
        self.files.mkdir(parents=True, exist_ok=True)
        with (self.folder / "server.txt").open("w") as said:
            self._process = subprocess.Popen(
                [sys.executable, str(SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=said, text=True, cwd=ROOT, env=os.environ | self.environment,
            )  # fmt: skip
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate(timeout=60)

    def new_folder(self) -> Path:
        """A folder for one verb to write below."""
        folder = self.folder / "out" / str(next(self._numbers))
        folder.mkdir(parents=True)
        return folder

    def warm(self, verb: Verb) -> None:
        """Let the server itself run a verb, so that a fork need not import or compile."""
        out = self.new_folder()
        for words in (*verb.before, verb.words):
            assert self._ask(do="warm", **self._words(words, out)) == 0, self._said()
        settle(out)
        shutil.rmtree(out)

    def run(self, words: str, out: Path, kill: Kill | None = None) -> Done:
        """Run one command line in a fork, and end it if that is wanted."""
        count = self.folder / "count"
        count.unlink(missing_ok=True)
        at, how = (kill.at, kill.how) if kill else (0, 0)
        process = self._ask(
            do="begin", below=str(out), at=at, signal=how, count=str(count),
            **self._words(words, out),
        )  # fmt: skip
        if kill and not kill.at:
            time.sleep(kill.seconds)
            # Ctrl-C goes to everyone in the terminal's group, another signal to the one named.
            send = os.killpg if kill.how == signal.SIGINT else os.kill
            send(process, kill.how)  # it is not waited for yet: the number is still its own
        status = self._ask(do="wait", process=process, seconds=SECONDS)
        end = time.monotonic() + SHORT
        while _of_session(process) and time.monotonic() < end:
            time.sleep(0.01)
        orphans = _of_session(process)
        for orphan in orphans:
            os.kill(orphan, signal.SIGKILL)
        met = int(count.read_text()) if count.is_file() else 0
        return Done(status, met, self._said(), tuple(orphans))

    def _said(self) -> str:
        return (self.folder / "stderr").read_text(errors="replace")

    def _words(self, words: str, out: Path) -> dict[str, object]:
        filled = [
            word.replace("{out}", str(out)).replace("{files}", str(self.files))
            for word in words.split()
        ]
        return {"words": filled, "cwd": str(self.folder), "stdout": str(self.folder / "stdout"),
                "stderr": str(self.folder / "stderr")}  # fmt: skip

    def _ask(self, **request: object) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer: int = json.loads(self._process.stdout.readline())
        return answer


def undisturbed(server: Server, verb: Verb) -> Known:
    """A verb that nobody disturbs: what it writes, how many changes that is, how long it takes."""
    template = server.new_folder()
    for words in verb.before:
        assert server.run(words, template).status == 0, (verb.name, words)
    for path in sorted(template.rglob("*"), reverse=True):
        if re.search(verb.without, str(path.relative_to(template))):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    out = server.new_folder()
    shutil.copytree(template, out, dirs_exist_ok=True)
    old = contents(out)
    began = time.perf_counter()
    done = server.run(verb.words, out)
    seconds = time.perf_counter() - began
    assert done.status == verb.status, (verb.name, done)
    settle(out)
    result = Known(verb, template, old, contents(out), done.met, seconds)
    shutil.rmtree(out)
    return result


def chosen(known: Known, number: int) -> Iterator[Kill]:
    """So many kills, by the clock and at a change in turn, each signal as often; always equal."""
    chance = random.Random(f"20261121 {known.verb.name}")
    for k in range(number):
        how = SIGNALS[k // 2 % 3] if number > 2 else chance.choice(SIGNALS)
        if k % 2:
            yield Kill(how, seconds=chance.uniform(0, known.seconds))
        else:
            yield Kill(how, at=chance.randint(1, known.met))


def killed(server: Server, known: Known, kill: Kill) -> Killed:
    """Kill a verb, look, and let it run again."""
    verb = known.verb
    out = server.new_folder()
    shutil.copytree(known.template, out, dirs_exist_ok=True)
    done = server.run(verb.words, out, kill)
    there = contents(out)
    wrong = [*_told(verb, done, kill), *_left(known, there, kill, done.status)]
    kept = {name: mark(out / name) for name in finished(there)}
    again = server.run(verb.words, out)
    if again.status != verb.status:
        wrong.append(f"again: status {again.status} {again.err[-800:]!r}")
    settle(out)
    after = contents(out)
    wrong += [f"again: {_difference}" for _difference in _differences(known, after)]
    wrong += [
        f"again: {name} was finished, and was made once more"
        for name, was in kept.items()
        if name in after and mark(out / name) != was
    ]
    shutil.rmtree(out)
    lines = tuple(f"{verb.name}, {kill} of {known.met}: {message}" for message in wrong)
    return Killed(lines, done.status != verb.status, len(kept))


def settle(out: Path) -> None:
    """Wait for what ``submit`` sent to the background."""
    from workflows.submit.background import alive

    scripts = list(out.glob("submitted/*/batch.sh"))
    end = time.monotonic() + 30
    while any(alive(script) for script in scripts) and time.monotonic() < end:
        time.sleep(0.01)


def mark(path: Path) -> tuple[int, int]:
    """What changes when a file is written again."""
    status = path.stat()
    return status.st_ino, status.st_mtime_ns


def finished(there: Contents) -> list[str]:
    """Files that hold a finished part of the work."""
    names = [
        match.expand(name)
        for run in there
        for pattern, name in FINISHED
        if (match := pattern.fullmatch(run))
    ]
    return [name for name in names if name in there]


def _told(verb: Verb, done: Done, kill: Kill) -> Iterator[str]:
    """Status, a line at most, and no process that goes on."""
    statuses = {signal.SIGKILL: (-9,), signal.SIGTERM: (-15,), signal.SIGINT: (130, -2)}
    if done.status is None:
        yield "it did not end"
    elif done.status not in (*statuses[signal.Signals(kill.how)], verb.status):
        yield f"status {done.status}"
    lines = [line for line in done.err.splitlines() if line and not PROGRESS.fullmatch(line)]
    if lines != ([STOPPED] if done.status == 130 else []):
        yield f"it said {done.err[-800:]!r}"
    yield from (f"process {orphan} was left running" for orphan in done.orphans)


def _left(known: Known, there: Contents, kill: Kill, status: int | None) -> Iterator[str]:
    """Files that are neither the earlier ones nor the new ones; hidden ones after SIGKILL alone."""
    verb = known.verb
    for name, data in there.items():
        hidden = re.search(r"(^|/)\.[^/]*\.[0-9a-f]{8}(\.part|/|$)", name) is not None
        if hidden and kill.how == signal.SIGKILL and status != verb.status:
            continue
        if hidden:
            yield f"{name} is left"
        elif _known(known, name, data) or re.search(verb.varies, name):
            if not whole(Path(name), data):
                yield f"{name} is half there"
        elif not any(pattern.fullmatch(name) for pattern, _ in FINISHED):
            yield f"{name} is neither the earlier one nor the new one"
    for name in known.old.keys() & known.new.keys() - there.keys():
        yield f"{name} of the earlier result is gone"


def _known(known: Known, name: str, data: bytes) -> bool:
    return any(name in of and same(data, of[name]) for of in (known.old, known.new))


def _differences(known: Known, there: Contents) -> Iterator[str]:
    """How a folder differs from that of a run that nobody disturbed."""
    for name in sorted(known.new.keys() | there.keys()):
        if re.search(known.verb.varies, name):
            if name in there and not whole(Path(name), there[name]):
                yield f"{name} is half there"
        elif name not in there:
            yield f"{name} is missing"
        elif name not in known.new:
            yield f"{name} is left"
        elif not same(there[name], known.new[name]):
            yield f"{name} is not that of an undisturbed run"
