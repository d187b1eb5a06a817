"""Lines appended one by one, readable after a crash: finished calculations as JSON, logs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Records of a file, none if there is no such file; a line cut short by a crash is left out."""
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            continue


def open_lines(path: Path) -> TextIO:
    """Open a file to append records; a line cut short by a crash is ended first."""
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
