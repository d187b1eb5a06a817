"""The background of this machine: the script goes through its tasks, and outlives the terminal."""

from __future__ import annotations

import fcntl
import os
import subprocess
from contextlib import suppress
from pathlib import Path

from interfaces.errors import InputError
from workflows.io.atomic import one_line_errors

ALIVE = "alive"  #: beside the script; locked while a process of it runs
SAID = "0.txt"  #: what the script itself says, named as Slurm's


def send(script: Path) -> str:
    """Start a script in a session of its own; its process number."""
    with one_line_errors(script.parent):
        file = os.open(script.parent / ALIVE, os.O_WRONLY | os.O_CREAT, 0o664)
    try:
        _lock(file, script.parent)
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


def _lock(file: int, folder: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        raise InputError(
            f"{folder} is on a disk without locks ({error.strerror}), by which a run in the "
            "background is recognised; give an --out on a local disk, or use --to slurm"
        ) from None


def alive(script: Path) -> bool:
    """Whether a process of the script still runs."""
    try:
        descriptor = os.open(script.parent / ALIVE, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
