"""The background of this machine: the script goes through its tasks, and outlives the terminal."""

from __future__ import annotations

import fcntl
import os
import subprocess
from contextlib import suppress
from pathlib import Path

from workflows.io.atomic import one_line_errors

ALIVE = "alive"  #: beside the script; locked while a process of it runs
SAID = "0.txt"  #: what the script itself says, named as Slurm's


def send(script: Path) -> str:
    """Start a script in a session of its own; its process number."""
    with one_line_errors(script.parent):
        file = os.open(script.parent / ALIVE, os.O_WRONLY | os.O_CREAT, 0o664)
    try:
        with one_line_errors(script.parent / ALIVE):  # also of a file system without flock
            fcntl.flock(file, fcntl.LOCK_EX)
        # The lock goes with the open file, which every process below inherits: unlike a process
        # number it is never another one's.
        done = subprocess.run(
            ["bash", "-c", 'setsid bash "$0" </dev/null >>"$1" 2>&1 & echo $!', script,
             script.with_name(SAID)],
            stdout=subprocess.PIPE, text=True, check=True, pass_fds=(file,),
        )  # fmt: skip
    finally:
        with suppress(OSError):  # nothing was written to it
            os.close(file)
    return done.stdout.strip()


def alive(script: Path) -> bool:
    """Whether a process of the script still runs."""
    path = script.parent / ALIVE
    return path.is_file() and held(path)


def held(lock: Path) -> bool:
    """Whether a process holds the lock of a file."""
    descriptor = os.open(lock, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
