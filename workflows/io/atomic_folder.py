"""Atomic folders: a folder appears complete and replaces an earlier one in one step.

A folder is filled under a hidden name that its process locks. What a killed process left is not
locked; it is removed when the same folder is written again.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from workflows.io.atomic import beside, one_line_errors, write_error
from workflows.io.outputs import output_folder

TAKEN = {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}  #: the last where a file stands
_HERE, _EXCHANGE = -100, 2  #: AT_FDCWD and RENAME_EXCHANGE of Linux


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A temporary folder that becomes ``target`` when the block ends, and is removed if it fails.

    Two writers at once do no harm: the later one stays. A link is followed, and a folder that is
    replaced hands on its mode.

    Parameters
    ----------
    target : folder to make or replace; parents are made.

    Yields
    ------
    Path
        The temporary folder, to be filled.

    Raises
    ------
    InputError
        If the folder cannot be an output (:mod:`workflows.io.outputs`), or the disk is full.
    """
    with one_line_errors(target):
        target = output_folder(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target)
        partial, held = _begun(target)
    try:
        yield partial
        with one_line_errors(target):
            _put(partial, target)
    except OSError as error:  # of what others write into it: pymatgen, ASE
        if error.filename is None or str(partial) in str(error.filename):
            raise write_error(target, error) from None
        raise
    finally:
        if partial.is_symlink():  # what stood there before
            partial.unlink()
        shutil.rmtree(partial, ignore_errors=True)
        os.close(held)


def sweep(target: Path) -> None:
    """Remove what killed processes left of a folder; restore its earlier version if it is gone.

    Parameters
    ----------
    target : final path of the folder; its parent exists.
    """
    left = re.compile(rf"\.{re.escape(target.name)}\.(old\.)?[a-z0-9_]{{8}}")
    for path in target.parent.iterdir():
        leftover = left.fullmatch(path.name)
        if not leftover or not path.is_dir() or path.is_symlink():
            continue
        with suppress(OSError):  # of another user, or gone meanwhile
            held = os.open(path, os.O_RDONLY)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if leftover[1] and not target.exists() and (path / target.name).is_dir():
                    os.rename(path / target.name, target)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(held)


def _begun(target: Path) -> tuple[Path, int]:
    """A new folder, and the open file with its lock."""
    while True:
        partial = beside(target)
        partial.mkdir()
        with suppress(FileNotFoundError):  # nothing to replace, or the other writer was quicker
            partial.chmod(stat.S_IMODE(target.stat().st_mode))
        try:
            held = os.open(partial, os.O_RDONLY)
        except FileNotFoundError:  # swept before it was locked
            continue
        with suppress(OSError):  # a disk without locks: nobody sweeps there either
            fcntl.flock(held, fcntl.LOCK_EX)
        if partial.is_dir():
            return partial, held
        os.close(held)  # swept while the lock was waited for


def _put(partial: Path, target: Path) -> None:
    """Let a folder take the place of another, in one step where the disk knows how."""
    while True:
        try:
            os.rename(partial, target)  # fails where a full folder of that name stands
            return
        except OSError as error:
            if error.errno not in TAKEN:
                raise
        if _exchanged(partial, target):
            return
        aside = beside(target.with_name(f"{target.name}.old"))
        aside.mkdir()
        with suppress(FileNotFoundError):  # the other writer may have been quicker
            os.rename(target, aside / target.name)
        try:
            os.rename(partial, target)
        except OSError as error:
            if error.errno not in TAKEN:
                with suppress(OSError):  # what stood there stays there
                    os.rename(aside / target.name, target)
                    aside.rmdir()
                raise
        shutil.rmtree(aside, ignore_errors=True)
        if not partial.exists():
            return


def _exchanged(first: Path, second: Path) -> bool:
    """Let two folders change places; False where the system or the disk cannot."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    done: int = rename(_HERE, os.fsencode(first), _HERE, os.fsencode(second), _EXCHANGE)
    return done == 0
