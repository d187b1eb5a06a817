"""JSON lines and logs that are appended line by line and stay readable after a crash."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO


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
