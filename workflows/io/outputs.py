"""Rules for output paths, the same for every file and folder that a command writes.

- A link is followed: its target is written, and the link stays.
- A regular file is replaced by one of the same mode, and of the same owner where that is allowed.
- A character device, a pipe and ``/dev/fd/N`` are written through; they are never replaced.
- A folder, a block device, a socket and a read-only file are refused.
- A file that the command has read is refused, under whatever name it is given.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from interfaces.errors import InputError

#: Real paths of the files read so far; None outside of a command.
_read: ContextVar[set[Path] | None] = ContextVar("read", default=None)
#: Names of open files of this process.
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d+)")
_STANDARD = {"/dev/stdout": 1, "/dev/stderr": 2}
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
ANY_WRITE = 0o222


@contextmanager
def inputs_protected(protected: bool = True) -> Iterator[None]:
    """Refuse to write over the files that are read within the block.

    Parameters
    ----------
    protected : False for a block that reads a file of this package's own, which is written again.
    """
    token = _read.set(set() if protected else None)
    try:
        yield
    finally:
        _read.reset(token)


def note_input(path: Path) -> None:
    """Record that the command has read a file, so that it is not overwritten.

    Parameters
    ----------
    path : of the file.
    """
    read = _read.get()
    if read is not None:
        read.add(Path(os.path.realpath(path)))


def has_control(text: str) -> bool:
    r"""Whether a text contains a line end or another control character.

    Parameters
    ----------
    text : a path or name.

    Examples
    --------
    >>> has_control("results"), has_control("results\nrm -r x")
    (False, True)
    """
    return _CONTROL.search(text) is not None


def check_name(what: str, text: str) -> str:
    """Refuse control characters in a path or name: they would break a batch script.

    Parameters
    ----------
    what : kind of name, for the message.
    text : the path or name.

    Returns
    -------
    str
        The same text.

    Raises
    ------
    InputError
        If it contains a control character.
    """
    if has_control(text):
        raise InputError(
            f"{what} {text!r} holds a line end or another control character; rename it"
        )
    return text


def check_outputs(*paths: Path | None) -> None:
    """Refuse, before anything is computed, outputs that could not be written at the end.

    Parameters
    ----------
    *paths : outputs of a command; None for one that is not wanted.

    Raises
    ------
    InputError
        If one of them cannot be an output, or two of them are the same regular file.
    """
    files: dict[Path, Path] = {}
    for path in paths:
        file = None if path is None else output_file(path)
        if path is None or file is None:
            continue
        if file in files:
            raise InputError(f"{files[file]} and {path} are the same file; give two names")
        files[file] = path


def output_file(path: Path) -> Path | None:
    """The regular file that an output replaces or makes.

    Parameters
    ----------
    path : as the user gave it.

    Returns
    -------
    Path or None
        With links followed; None for a device or pipe, which is written through.

    Raises
    ------
    InputError
        If the path cannot be an output.
    """
    check_name("output", str(path))
    try:
        status = path.stat()
    except FileNotFoundError:  # new, or a link to a file that is not there yet
        return Path(os.path.realpath(path))
    except OSError as error:  # a link to itself, a file in the place of a folder
        raise InputError(f"cannot write {path}: {error.strerror}; give another place") from None
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"cannot write {path}: that is a folder; name a file in it")
    if _descriptor_of(path) is not None:
        return None
    if stat.S_ISCHR(status.st_mode) or stat.S_ISFIFO(status.st_mode):
        return None
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"cannot write {path}: it is a block device or a socket; name a file")
    if any(os.path.samestat(status, standard) for standard in _standard_streams()):
        raise InputError(
            f"cannot write {path}: this command's own output goes there; give another name"
        )
    _check_not_read(path, (file for file in _read.get() or () if _same(file, status)))
    _check_writable(path, status)
    return Path(os.path.realpath(path))


def output_folder(path: Path) -> Path:
    """The folder that an output replaces or makes.

    Parameters
    ----------
    path : as the user gave it.

    Returns
    -------
    Path
        With links followed.

    Raises
    ------
    InputError
        If it is read-only, or holds a file that the command has read.
    """
    check_name("output", str(path))
    target = Path(os.path.realpath(path))
    _check_not_read(path, (file for file in _read.get() or () if file.is_relative_to(target)))
    if target.is_dir():
        _check_writable(path, target.stat())
    return target


def _descriptor_of(path: Path) -> int | None:
    """The number of the open file that a path such as ``/dev/stdout`` names.

    Parameters
    ----------
    path : any path.

    Returns
    -------
    int or None
        File descriptor; None for other paths.

    Examples
    --------
    >>> _descriptor_of(Path("/dev/stdout")), _descriptor_of(Path("/dev/fd/7"))
    (1, 7)
    """
    name = os.path.abspath(path)
    match = _DESCRIPTOR.fullmatch(name)
    return int(match[1]) if match else _STANDARD.get(name)


def write_through(path: Path, data: bytes) -> None:
    """Write to a device, a pipe or an open file without replacing it.

    Parameters
    ----------
    path : of the device or pipe.
    data : the whole content.

    Raises
    ------
    InputError
        If it is a pipe that no program reads.
    OSError
        If it does not take the data.
    """
    descriptor = _descriptor_of(path)
    if descriptor is not None:
        for stream in (sys.stdout, sys.stderr):  # what was said before comes before
            with suppress(OSError, ValueError):
                stream.flush()
        opened = os.dup(descriptor)
    else:
        try:  # else the opening of a pipe waits for a reader that may never come
            opened = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError as error:
            if stat.S_ISFIFO(path.stat().st_mode):
                raise InputError(
                    f"cannot write {path}: it is a pipe that no program reads; start its reader "
                    "first, or name a file"
                ) from None
            raise error
        os.set_blocking(opened, True)
    with open(opened, "wb") as file:
        file.write(data)


def _standard_streams() -> Iterator[os.stat_result]:
    for descriptor in (1, 2):
        with suppress(OSError):
            yield os.fstat(descriptor)


def _same(file: Path, status: os.stat_result) -> bool:
    """Whether a file that was read is the one of this status: also by a hard link."""
    with suppress(OSError):
        return os.path.samestat(file.stat(), status)
    return False


def _check_not_read(path: Path, read: Iterable[Path]) -> None:
    for file in read:
        raise InputError(
            f"cannot write {path}: the input {file} would be lost; give the output another name"
        )


def _check_writable(path: Path, status: os.stat_result) -> None:
    """Refuse what is read-only, for root too, whom the system lets write everywhere."""
    if not status.st_mode & ANY_WRITE or not os.access(path, os.W_OK):
        raise InputError(
            f"cannot write {path}: it is read-only; give another name, or chmod u+w it first"
        )
