"""Atomic writes: a file appears complete or not at all, and a failure is one line that names it.

A file is written under a hidden name that its process locks, and then renamed. Halves that a killed
process left are not locked; they are removed with the next file written beside them. Which files
may be written, and which are written through, is decided in :mod:`workflows.io.outputs`.
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
from functools import lru_cache
from pathlib import Path

from interfaces.errors import InputError
from workflows.io.outputs import output_file, output_folder, write_through

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
TRIES = 5  #: to write while another process sweeps the folder
HIDDEN = re.compile(r"\A\.(.+?)(\.old)?\.[0-9a-f]{8}(\.part)?\Z")  #: names of :func:`beside`


@contextmanager
def one_line_errors(target: Path) -> Iterator[None]:
    """Turn a failure to write within the block into one line.

    Parameters
    ----------
    target : file or folder that is written.

    Raises
    ------
    InputError
        If the disk is full, or the folder cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise _write_error(target, error) from None


def _write_error(target: Path, error: OSError) -> InputError:
    """The one-line error for a file that could not be written."""
    shown = Path(*(HIDDEN.sub(r"\1", part) for part in target.parts))
    if error.errno in FULL:
        return InputError(
            f"no space left to write {shown}; nothing half-written is left there, "
            "so make room and run the same command again"
        )
    reason = error.strerror or type(error).__name__
    if isinstance(error, shutil.Error):  # a list of files, each with its reason
        reason = str(error.args[0][0][2])
    if error.errno == errno.EIO:
        return InputError(
            f"cannot write {shown}: {reason}; the disk may be failing: look at it, then run the "
            "same command again or give another place"
        )
    return InputError(f"cannot write {shown}: {reason}; give another place")


def beside(path: Path, ending: str = "") -> Path:
    """A hidden temporary name beside a path, which no other writer has.

    Parameters
    ----------
    path : final path.
    ending : added to the temporary name.

    Returns
    -------
    Path
        In the same folder: the name of the path with eight random hexadecimal digits.

    Raises
    ------
    InputError
        If the path has no name of its own, as ``.`` has none.
    """
    if not path.name:
        raise InputError(f"cannot write {path}: that is a folder; name a file in it")
    return path.with_name(f".{path.name}.{os.urandom(4).hex()}{ending}")


def write_bytes_atomic(path: Path, data: bytes) -> None:
    """Write a file under a temporary name and rename it. Concurrent writers do no harm.

    A new file has the mode of the user's umask, a replaced one keeps its own. Halves that killed
    processes left in the folder are removed with the first file that a process writes there.

    Parameters
    ----------
    path : file, device or pipe; parents are made.
    data : the whole content.

    Raises
    ------
    InputError
        If the path cannot be an output, the disk is full, or the folder cannot be written.
    """
    with one_line_errors(path):
        file = output_file(path)
        if file is None:
            return write_through(path, data)
        for _ in range(TRIES - 1):
            with suppress(FileNotFoundError):  # another process swept the folder meanwhile
                return _write(file, data)
        return _write(file, data)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path.parent)
    partial = beside(path, ".part")
    try:
        with partial.open("xb") as file:
            with suppress(OSError):  # a disk without locks: nobody sweeps there either
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _keep_mode(file.fileno(), path)
            file.write(data)
        os.replace(partial, path)  # closed first: a quota over NFS is told at the close
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _keep_mode(new: int, path: Path) -> None:
    """Give a new file, still empty, the owner and mode of the one that it will replace."""
    try:
        before = path.stat()
    except FileNotFoundError:
        return
    if (before.st_uid, before.st_gid) != (os.fstat(new).st_uid, os.fstat(new).st_gid):
        with suppress(PermissionError):  # only root may give a file away
            os.fchown(new, before.st_uid, before.st_gid)
    mode = stat.S_IMODE(before.st_mode) & 0o777
    if os.fstat(new).st_gid != before.st_gid:
        mode &= ~0o070  # what the old group might do is no right of the new one
    if stat.S_IMODE(os.fstat(new).st_mode) != mode:
        os.fchmod(new, mode)


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Lock a folder within the block: other processes wait at theirs. For short critical sections.

    Parameters
    ----------
    folder : made if it does not exist.

    Raises
    ------
    InputError
        If the folder cannot be made.
    """
    with one_line_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        held = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a disk without locks
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


@lru_cache(maxsize=256)
def _sweep(folder: Path) -> None:
    """Remove halves of files that no process holds, once per process and folder."""
    with suppress(OSError), os.scandir(folder) as entries:
        halves = [entry.path for entry in entries if entry.name.endswith(".part")]
        for half in halves:
            match = HIDDEN.fullmatch(os.path.basename(half))
            if match and match[3]:
                _remove_unheld(half)


def _remove_unheld(path: str) -> None:
    with suppress(OSError), open(path, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(path)


TAKEN = {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}  #: the last where there is a file
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
            raise _write_error(target, error) from None
        raise
    finally:
        if partial.is_symlink():  # the former content
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
    """Let a folder take the place of another, in one step where the file system supports it."""
    while True:
        try:
            os.rename(partial, target)  # fails where a full folder of that name exists
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
                with suppress(OSError):  # the former content is kept
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
