"""Text of a structure file as its programs wrote it."""

from __future__ import annotations

from pathlib import Path

from interfaces.errors import InputError
from workflows.io.readers import read_bytes


def plain_text(path: Path) -> str:
    """Lines that end with a line feed, without a mark of order.

    A name in the title or of an author may be in another encoding than UTF-8; nothing that is read
    here depends on it.

    Raises
    ------
    InputError
        If it cannot be read or is empty.
    """
    text = read_bytes(path).decode("utf-8-sig", errors="replace")
    if not text.strip():
        raise InputError("it is empty")
    return text.replace("\r\n", "\n").replace("\r", "\n")
