"""Verbs that write, faults of the disk under them, and what may be there afterwards."""

from __future__ import annotations

import errno
import gzip
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).with_name("shim.c")
SERVER = Path(__file__).with_name("disk_server.py")
ROOT = Path(__file__).resolve().parents[3]
SPACE, REMOVING, CLOSING = 1, 2, 4  #: kinds of calls, as in shim.c
#: What a verb says on its way, on stderr.
PROGRESS = re.compile(r"^(part \d+ of \d+: |Downloading data from |sbatch ).*\n", re.MULTILINE)
Contents = dict[str, bytes]


@dataclass(frozen=True)
class Fault:
    """The disk fails at the ``at``-th call that changes it, and from then on if it ``stays``.

    ``cut``: that call, if it writes, writes half. ``seconds`` are added to the clock from its
    ``from_call``-th reading on.
    """

    name: str = "healthy"
    error: int = 0
    stays: bool = True
    kinds: int = SPACE
    cut: bool = False
    at: int = 0
    seconds: int = 0
    from_call: int = 0

    def to_dict(self) -> dict[str, int | str]:
        """Plain values for the server."""
        return {key: int(value) if key != "name" else value for key, value in vars(self).items()}


HEALTHY = Fault()
FULL = Fault("full", errno.ENOSPC)
CUT = Fault("full in the middle of a write", errno.ENOSPC, cut=True)
ONCE = Fault("full for a moment", errno.ENOSPC, stays=False)
QUOTA = Fault("quota told at close", errno.EDQUOT, kinds=SPACE | CLOSING)
READ_ONLY = Fault("read-only from here", errno.EROFS, kinds=SPACE | REMOVING)
BROKEN = Fault("one input/output error", errno.EIO, stays=False, kinds=SPACE | CLOSING)
FAULTS = (FULL, CUT, ONCE, QUOTA, READ_ONLY, BROKEN)


@dataclass(frozen=True)
class Done:
    """What a verb in a fork did."""

    status: int
    met: int
    stuck: bool
    out: str
    err: str
    calls: tuple[str, ...]


@dataclass(frozen=True)
class Verb:
    """A verb that writes below ``{out}``.

    Attributes
    ----------
    words : of the command line; ``{out}`` and ``{files}`` are filled in.
    before : command lines whose results stand there already.
    without : pattern of files of ``before`` that are taken away again.
    varies : pattern of files that tell a time or a chance number: read, not compared.
    alone : patterns of folders whose files are all old or all new.
    status : on a healthy disk.
    """

    name: str
    words: str
    before: tuple[str, ...] = ()
    without: str = "$^"
    varies: str = "$^"
    alone: tuple[str, ...] = ()
    status: int = 0


class Server:
    """Runs verbs in forks of one warm process; ``with Server(folder) as server``."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.files = folder / "files"
        self.environment = dict(environment or {})
        self._numbers = iter(range(10**9))

    def __enter__(self) -> Server:
        self.files.mkdir(parents=True, exist_ok=True)
        with (self.folder / "server.txt").open("w") as output:
            self._process = subprocess.Popen(
                [sys.executable, str(SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=output, text=True, cwd=ROOT,
                env=os.environ | self.environment | {"LD_PRELOAD": str(shim(self.folder))},
            )  # fmt: skip
        return self

    def __exit__(self, *error: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def new_folder(self) -> Path:
        """A folder for one verb to write below."""
        folder = self.folder / "out" / str(next(self._numbers))
        folder.mkdir(parents=True)
        return folder

    def filled(self, words: str, out: Path) -> list[str]:
        """Words of a command line in which the folders are filled in."""
        return [
            word.replace("{out}", str(out)).replace("{files}", str(self.files))
            for word in words.split()
        ]

    def ask(
        self, words: str, out: Path, fault: Fault = HEALTHY, *, stdout: str = "", warm: bool = False
    ) -> Done:  # fmt: skip
        """Run one command line."""
        return self._done(self._asked(words, out, fault, stdout=stdout) | {"warm": warm})[0]

    def both(self, first: str, second: str, out: Path, delays: tuple[float, float]) -> list[Done]:
        """Run two command lines at the same time, each after its delay [s]."""
        item, other = (self._asked(words, out, HEALTHY, which) for which, words in
                      (("1", first), ("2", second)))  # fmt: skip
        item["delay"], other["delay"] = delays
        return self._done(item | {"beside": other})

    def _asked(
        self, words: str, out: Path, fault: Fault, which: str = "", *, stdout: str = ""
    ) -> dict[str, Any]:
        output, said, calls = (
            str(self.folder / f"{name}{which}") for name in ("stdout", "stderr", "calls")
        )
        return {
            "warm": False, "words": self.filled(words, out), "cwd": str(self.folder), "env": {},
            "stdout": stdout or output, "stderr": said, "log": calls, "below": str(out), "delay": 0,
            "fault": fault.to_dict(),
        }  # fmt: skip

    def _done(self, request: dict[str, Any]) -> list[Done]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        values = [(request, answer)]
        if "beside" in request:
            values.append((request["beside"], answer["beside"]))
        return [
            Done(each["status"], each["met"], each["stuck"], _text(item["stdout"]),
                 _text(item["stderr"]), tuple(_text(item["log"]).splitlines()))
            for item, each in values
        ]  # fmt: skip


def _text(name: str) -> str:
    path = Path(name)
    return path.read_text(errors="replace") if path.is_file() else ""


def shim(folder: Path) -> Path:
    """The shim, compiled."""
    target = folder / "shim.so"
    if not target.is_file():
        subprocess.run(
            ["gcc", "-O1", "-shared", "-fPIC", "-o", str(target), str(SOURCE), "-ldl"], check=True
        )
    return target


# ------------------------------------------------------------------------------ what is there


def contents(folder: Path) -> Contents:
    """Every file below a folder, without the folder's own name where a file has it."""
    return {
        str(path.relative_to(folder)): path.read_bytes().replace(os.fsencode(folder), b"{out}")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@dataclass(frozen=True)
class Clean:
    """A verb on a healthy disk: what stood there before, what stands there after, its calls."""

    verb: Verb
    template: Path
    old: Contents
    new: Contents
    met: int
    calls: tuple[str, ...]


@contextmanager
def standing(server: Server, template: Path) -> Iterator[Path]:
    """A folder in which the earlier results of a verb stand; gone at the end."""
    out = server.new_folder()
    shutil.copytree(template, out, dirs_exist_ok=True)
    try:
        yield out
    finally:
        shutil.rmtree(out, ignore_errors=True)  # a script in the background may still write there


def clean(server: Server, verb: Verb) -> Clean:
    """Run a verb on a healthy disk, after what is to stand there before."""
    scratch = server.new_folder()
    for words in (*verb.before, verb.words):
        server.ask(words, scratch, warm=True)  # what is imported and read once
    shutil.rmtree(scratch, ignore_errors=True)
    template = server.new_folder()
    for words in verb.before:
        done = server.ask(words, template)
        assert done.status == 0, (verb.name, words, done)
    for path in sorted(template.rglob("*"), reverse=True):
        if re.search(verb.without, str(path.relative_to(template))):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    with standing(server, template) as out:
        old = contents(out)
        done = server.ask(verb.words, out)
        assert done.status == verb.status, (verb.name, done)
        return Clean(verb, template, old, contents(out), done.met, done.calls)


def chosen(seed: str, met: int, most: int) -> list[int]:
    """Numbers of the calls to hurt: all where they are few, else the ends and a seeded handful."""
    everything = range(1, met + 1)
    if met <= most:
        return list(everything)
    chance = random.Random(seed)
    return sorted({1, met, *chance.sample(everything, most)} if most > 2 else chance.sample(
        everything, most))  # fmt: skip


def hurt(server: Server, known: Clean, fault: Fault) -> list[str]:
    """Run a verb under a fault and then on a healthy disk; what was wrong, a line each."""
    verb = known.verb
    with standing(server, known.template) as out:
        done = server.ask(verb.words, out, fault)
        there = contents(out)
        wrong = [*_told(verb, done, out), *_left(known, there, done, fault)]
        again = server.ask(verb.words, out)
        if again.status != verb.status:
            wrong.append(f"on the healthy disk: status {again.status} {again.err!r}")
        after = contents(out)
        wrong += [
            f"afterwards: {difference}" for difference in differences(known, after, sweeps(fault))
        ]
    where = next((call for call in done.calls if call.endswith("!")), "nowhere")
    return [f"{verb.name}, {fault.name} at {fault.at} of {known.met} ({where}): {message}"
            for message in wrong]  # fmt: skip


def sweeps(fault: Fault) -> bool:
    """Whether temporary files can be removed under a fault: a disk that is read-only keeps them."""
    return not fault.kinds & REMOVING


def _told(verb: Verb, done: Done, out: Path) -> Iterator[str]:
    """One line and status 2; or as ever, where what failed was not needed."""
    if done.stuck:
        yield "it did not end"
    if done.status not in (verb.status, 2):
        yield f"status {done.status}: {done.err[-800:]!r}"
    elif done.status == 2:
        said = PROGRESS.sub("", done.err)
        if said.count("\n") != 1 or not said.startswith("interfaces: "):
            yield f"not one line: {done.err[-800:]!r}"
        elif str(out) not in said:
            yield f"it does not say where: {said!r}"


def _left(known: Clean, there: Contents, done: Done, fault: Fault) -> Iterator[str]:
    """Files that are neither old nor new, and folders that are part old and part new."""
    verb = known.verb
    if done.status == verb.status:
        yield from differences(known, there, sweeps(fault))
        return
    for name, data in there.items():
        if any(name in of and same(data, of[name]) for of in (known.old, known.new)):
            continue
        if _hidden(name) and not sweeps(fault):
            continue
        if not varies(verb, name):
            yield f"{name} is left, {len(data)} bytes"
        elif not whole(Path(name), data):
            yield f"{name} is half there, {len(data)} bytes"
    for name in known.old.keys() - there.keys():
        if name in known.new and not any(re.match(item, name) for item in verb.alone):
            yield f"{name} of the earlier result is gone"
    for entry in verb.alone:
        result, old, new = (
            {name: data for name, data in of.items() if re.match(entry, name)}
            for of in (there, known.old, known.new)
        )
        if not any(
            result.keys() == of.keys() and all(same(result[name], of[name]) for name in of)
            for of in (old, new)
        ):
            yield f"{entry} is neither the earlier one nor the new one: {sorted(result)[:4]}"


def differences(known: Clean, there: Contents, swept: bool) -> Iterator[str]:
    """How a folder differs from that of a run on a healthy disk."""
    for name in sorted(known.new.keys() | there.keys()):
        if varies(known.verb, name):
            if name in there and not whole(Path(name), there[name]):
                yield f"{name} is half there"
        elif name not in there:
            yield f"{name} is missing"
        elif name not in known.new:
            if swept or not _hidden(name):
                yield f"{name} is left"
        elif not same(there[name], known.new[name]):
            yield f"{name} differs from that of a clean run"


def varies(verb: Verb, name: str) -> bool:
    """Whether a file tells a time or a chance number, or has one in its name."""
    return re.search(verb.varies, name) is not None


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in Path(name).parts)


def same(first: bytes, other: bytes) -> bool:
    """Whether two files hold the same, but for the times and memory that some of them tell."""
    return first == other or _without_times(first) == _without_times(other)


_TIMES = re.compile(rb'"(created|seconds|peak_memory_mb|sha256|sent|seal)": *("[^"]*"|[0-9.e+-]+)')


def _without_times(data: bytes) -> bytes:
    return _TIMES.sub(rb"\1", data)


def whole(name: Path, data: bytes) -> bool:
    """Whether a file of this kind can be read to its end."""
    try:
        if name.suffix == ".gz":
            return whole(name.with_suffix(""), gzip.decompress(data))
        if name.suffix == ".json":
            json.loads(data)
        elif name.suffix in (".csv", ".txt", ".yaml", ".sh"):
            return data.endswith(b"\n") or not data
        elif name.suffix == ".html":
            return data.rstrip().endswith(b"</html>")
        elif name.suffix == ".parquet":
            return data[:4] == data[-4:] == b"PAR1"
    except (OSError, EOFError, ValueError):
        return False
    return True
