"""A warm command line: one process that forks for every question, to be killed from outside.

A line of JSON on stdin asks, a line on stdout answers. The fork is the leader of a session of its
own, as a verb in a terminal is of its group. Run by :mod:`tests.robustness.faults.kills`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: What changes a folder, as Python's audit hooks tell of it.
CHANGES = ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link", "os.truncate")
WRITING = os.O_WRONLY | os.O_RDWR


def main() -> None:
    """Answer until stdin ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        document = json.loads(line)
        print(json.dumps(DO[document["do"]](document)), file=answers)
        answers.flush()


def warmed(request: dict[str, Any]) -> int:
    """Run a verb here, for what it imports, reads and compiles."""
    kept = os.dup(1), os.dup(2)
    redirected(request)
    status = ran(request["words"], own=False)
    for number, copy in enumerate(kept, start=1):
        os.dup2(copy, number)
        os.close(copy)
    return status


def begun(request: dict[str, Any]) -> int:
    """Begin a verb in a fork; its process."""
    child = os.fork()
    if child:
        return child
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)  # until the verb itself listens
    redirected(request)
    met = watched(request["below"], request["at"], request["signal"])
    status = ran(request["words"], own=True)
    if request["count"]:
        Path(request["count"]).write_text(str(met()))
    os._exit(status)


def waited(request: dict[str, Any]) -> int | None:
    """Status of a fork, None if it did not end in time."""
    end = time.monotonic() + request["seconds"]
    while time.monotonic() < end:
        done, how = os.waitpid(request["process"], os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(how)
        time.sleep(0.002)
    os.killpg(request["process"], signal.SIGKILL)
    os.waitpid(request["process"], 0)
    return None


DO = {"warm": warmed, "begin": begun, "wait": waited}


def redirected(request: dict[str, Any]) -> None:
    """The verb's folder and streams."""
    os.chdir(request["cwd"])
    for number, name in ((1, request["stdout"]), (2, request["stderr"])):
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(file, number)
        os.close(file)


def watched(below: str, at: int, how: int) -> Callable[[], int]:
    """Count what changes a folder, and end this process just before change number ``at``."""
    counted, verb = 0, os.getpid()

    def hook(event: str, words: tuple[Any, ...]) -> None:
        nonlocal counted
        if os.getpid() != verb:  # a worker, which only the clock meets
            return
        if event == "open":
            if not (isinstance(words[2], int) and words[2] & WRITING):
                return
        elif event not in CHANGES:
            return
        try:
            inside = os.fsdecode(words[0]).startswith(below)
        except TypeError:  # a descriptor
            inside = True
        if inside:
            counted += 1
            if counted == at:
                os.kill(verb, how)

    sys.addaudithook(hook)
    return lambda: counted


def ran(words: list[str], *, own: bool) -> int:
    """Run a verb as its own process would."""
    from workflows.cli import main as interfaces

    status = 0
    sys.argv = ["interfaces", *words]
    try:
        interfaces() if own else interfaces(words)
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else 1
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return status


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    main()
