"""Markdown pages as they are read here: fenced blocks, commands with the output shown under them.

A ``console`` block holds commands after ``$ `` and below each the lines it prints; a line ``...``
stands for any number of lines that are not shown, and nothing else is left out. ``# status 1`` at
the end of a command is the exit status that the page promises; without it, 0. A block that names a
file after its language (``yaml job.yaml``) is what the reader saves under that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(\w*)[ \t]*([^\n]*)\n(.*?)^```$", flags=re.S | re.M)
STATUS = re.compile(r"\s+# status (\d+)$")
ELISION = "..."


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the line where that starts, and the file it is."""

    language: str
    text: str
    line: int
    file: str = ""


@dataclass(frozen=True)
class Command:
    """A command of a console block, its promised exit status and the lines shown under it."""

    text: str
    status: int
    shown: tuple[str, ...]
    line: int


def pages() -> list[Path]:
    """README.md, CONTRIBUTING.md and every page of docs/, in order."""
    top = [ROOT / name for name in ("README.md", "CONTRIBUTING.md")]
    return [*top, *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(text: str) -> Iterator[Block]:
    """Fenced blocks of a page, in order."""
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start(3)) + 1
        yield Block(match[1], match[3], line, match[2].strip())


def prose(text: str) -> str:
    """The page without its fenced blocks."""
    return FENCE.sub("", text)


def commands(block: Block) -> list[Command]:
    r"""Commands of a console block.

    >>> one, = commands(Block("console", "$ ls nowhere  # status 2\nls: no such file\n", 1))
    >>> one.text, one.status, one.shown
    ('ls nowhere', 2, ('ls: no such file',))
    """
    gathered: list[Command] = []
    for number, line in enumerate(block.text.splitlines(), start=block.line):
        if line.startswith("$ "):
            promised = STATUS.search(line)
            text = STATUS.sub("", line[2:])
            gathered.append(Command(text, int(promised[1]) if promised else 0, (), number))
        elif not gathered:
            raise ValueError(f"line {number}: output before the first command: {line!r}")
        else:
            last = gathered.pop()
            gathered.append(
                Command(last.text, last.status, (*last.shown, line.rstrip()), last.line)
            )
    return gathered


def missing(shown: tuple[str, ...], printed: str) -> str | None:
    r"""The first shown line that was not printed where the page has it; None if all were.

    Nothing shown claims nothing. Blank lines do not count, on either side.

    >>> missing(("a", "...", "d"), "a\nb\nc\nd\n")
    >>> missing(("a", "d"), "a\nb\nc\nd\n")
    "'d' instead of 'b'"
    >>> missing(("a", "..."), "b\na\n")
    "'a' instead of 'b'"
    >>> missing(("a", "...", "b", "..."), "a\nc\n")
    "'b' is not printed"
    >>> missing(("a",), "a\nb\n")
    "'b' is printed as well"
    """
    lines = [line.rstrip() for line in printed.splitlines() if line.strip()]
    wanted = [line.rstrip() for line in shown if line.strip()]
    if not wanted:
        return None
    skipping = False
    for line in wanted:
        if line.strip() == ELISION:
            skipping = True
            continue
        if skipping:
            while lines and lines[0] != line:
                lines.pop(0)
        if not lines:
            return f"{line!r} is not printed"
        if lines[0] != line:
            return f"{line!r} instead of {lines[0]!r}"
        lines.pop(0)
        skipping = False
    return f"{lines[0]!r} is printed as well" if lines and not skipping else None
