"""Writing to a disk that may be full: one clear line, and nothing half there."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from interfaces.errors import InputError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def explained(target: Path) -> Iterator[None]:
    """Turn a failure to write into one line.

    Raises
    ------
    InputError
        If the disk is full, or the folder cannot be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise InputError(
                f"no space left to write {target}; nothing half-written is left there, "
                "so make room and run the same command again"
            ) from None
        reason = error.strerror or type(error).__name__
        raise InputError(f"cannot write {target}: {reason}; give another place") from None


def write_bytes_whole(path: Path, data: bytes) -> None:
    """Write a file under a name of its own and rename it: two writers do no harm."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(partial, path)
    finally:
        Path(partial).unlink(missing_ok=True)
