"""Reading and writing files: one clear line where it fails, and nothing half there."""

from __future__ import annotations

import errno
import gzip
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from interfaces.errors import InputError

GZIP_MAGIC = b"\x1f\x8b"
READABLE = 0o644  #: of a written file; temporary ones are private
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
        Path(partial).chmod(READABLE)
        os.replace(partial, path)
    finally:
        Path(partial).unlink(missing_ok=True)


def read_text(path: Path) -> str:
    """Text of a file, unpacked if it is gzipped."""
    try:
        data = path.read_bytes()
        if data.startswith(GZIP_MAGIC):
            data = gzip.decompress(data)
        return data.decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path}: {error}") from None
