"""Finished calculations as JSON lines: appended one by one, readable after a crash."""

from __future__ import annotations

import json
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
    written = path.read_bytes() if path.exists() else b""
    cut = bool(written) and not written.endswith(b"\n")
    file = path.open("a", encoding="utf-8")
    if cut:
        file.write("\n")
    return file
