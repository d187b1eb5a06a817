"""JSON files whose last key is a SHA-256 of everything before it, so that any change is noticed.

Files without a checksum were written by earlier versions; the reader decides whether to take them.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from workflows.io.readers import unique_keys

SEAL = "seal"
_TAIL = ',\n "' + SEAL + '": "{}"\n}}\n'
LENGTH = len(_TAIL.format("0" * 64))


def with_checksum(text: str) -> str:
    """Add a checksum to the text of a JSON object, as its last key.

    Parameters
    ----------
    text : a JSON object.

    Returns
    -------
    str
        The same object with the key ``seal``.

    Examples
    --------
    >>> data, has_checksum = parse_checked(with_checksum('{"energy": -2.0}').encode())
    >>> data, has_checksum
    ({'energy': -2.0}, True)
    """
    body = text.rstrip().removesuffix("}").rstrip()
    return body + _tail(body.encode())


def parse_checked(data: bytes) -> tuple[dict[str, Any], bool]:
    """Read a JSON object and verify its checksum.

    Parameters
    ----------
    data : content of the file.

    Returns
    -------
    tuple of dict and bool
        The object without its checksum, and whether it had one.

    Raises
    ------
    ValueError
        If it is not a JSON object that can be read, or does not match its checksum.
    """
    try:
        content = json.loads(data.decode("utf-8"), object_pairs_hook=unique_keys)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if not isinstance(content, dict):
        raise ValueError("it is no object")
    if SEAL not in content:
        return content, False
    if data[-LENGTH:] != _tail(data[:-LENGTH]).encode():
        raise ValueError("it is not as it was written: truncated or edited")
    del content[SEAL]
    return content, True


def _tail(body: bytes) -> str:
    return _TAIL.format(hashlib.sha256(body).hexdigest())


def read_lines(path: Path | zipfile.Path) -> Iterator[dict[str, Any]]:
    """Read the records of a JSON-lines file; a line cut short by a crash is left out.

    Parameters
    ----------
    path : may not exist yet.

    Yields
    ------
    dict
        One record a line; none where there is no file.
    """
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            continue


def open_lines(path: Path) -> TextIO:
    """Open a file to append records; a line cut short by a crash is ended first.

    Parameters
    ----------
    path : file, made if it does not exist.

    Returns
    -------
    TextIO
        Opened for appending; the caller closes it.
    """
    cut = path.exists() and _is_cut(path)
    file = path.open("a", encoding="utf-8")
    if cut:
        file.write("\n")
    return file


def _is_cut(path: Path) -> bool:
    """Whether the last line has no end."""
    with path.open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"
