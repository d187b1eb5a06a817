"""Write what the commands and doctests of a page print into the page.

    python -m tests.docs.rewrite README.md docs/tutorials/*.md

Blocks run in order, as the tests run them. A command whose output is shown whole shows the new
output whole. Where the page leaves lines out (``...``), every run of shown lines is replaced by the
printed lines that resemble it most, numbers aside, in the same order. What cannot be matched, and
a changed exit status, is printed and left as it is; so is prose. The status is then 1.
"""

from __future__ import annotations

import difflib
import doctest
import re
import sys
import tempfile
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.docs.pages import ELISION, ROOT, Block, Command, blocks, commands, missing
from tests.docs.running import Stage

NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
SPACES = re.compile(r"\s+")


def likeness(shown: str, printed: str) -> float:
    """Similarity of two lines from 0 to 1, whatever their numbers and widths."""
    plain = [SPACES.sub(" ", NUMBER.sub("#", line)).strip() for line in (shown, printed)]
    if plain[0] == plain[1]:
        return 1.0 + (shown == printed)  # the very same line first
    return difflib.SequenceMatcher(None, *plain, autojunk=False).ratio()


def renewed(shown: Sequence[str], printed: str) -> list[str] | None:
    r"""Lines to show in place of those that a page shows; None where they cannot be matched.

    >>> renewed(("a 1", "...", "d 4"), "a 2\nb 2\nc 3\nd 5\n")
    ['a 2', '...', 'd 5']
    >>> renewed(("...", "b 1"), "a 1\nb 2\n")
    ['...', 'b 2']
    >>> renewed((), "a\n")
    []
    """
    lines = [line.rstrip() for line in printed.splitlines() if line.strip()]
    if not any(line.strip() for line in shown):
        return list(shown)
    if ELISION not in [line.strip() for line in shown]:
        return lines
    runs: list[list[str]] = [[]]
    for line in shown:
        if line.strip() == ELISION:
            runs.append([])
        elif line.strip():
            runs[-1].append(line)
    made: list[str] = list(lines[: len(runs[0])])
    start = len(made)
    for number, run in enumerate(runs[1:], start=1):
        made.append(ELISION)
        last = len(lines) - len(run)
        if not run:
            continue
        places = [last] if number == len(runs) - 1 else range(start, last + 1)
        if last < start:
            return None
        best = max(places, key=lambda at: sum(map(likeness, run, lines[at : at + len(run)])))
        made += lines[best : best + len(run)]
        start = best + len(run)
    return made if missing(tuple(made), printed) is None else None


def rewrite(page: Path) -> list[str]:
    """Rewrite the outputs of a page; what could not be."""
    problems: list[str] = []
    text = page.read_text()
    lines = text.splitlines()
    changes: list[tuple[int, int, list[str]]] = []  # first line, number of lines, new lines
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        for block in blocks(text):
            if block.file:
                (stage.folder / block.file).write_text(block.text)
            elif block.language == "python":
                changes += _renewed_values(block, stage, str(page), problems)
            elif block.language == "console":
                for command in commands(block):
                    change = _renewed_output(command, stage, page, problems)
                    if change is not None:
                        changes.append(change)
    for first, count, new in sorted(changes, reverse=True):
        lines[first - 1 : first - 1 + count] = new
    page.write_text("\n".join(lines) + "\n")
    return problems


def _renewed_output(
    command: Command, stage: Stage, page: Path, problems: list[str]
) -> tuple[int, int, list[str]] | None:
    status, printed = stage.command(command.text)
    where = f"{page}:{command.line}: {command.text}"
    if status != command.status:
        problems.append(f"{where}\n  status {status}, promised {command.status}\n{printed}")
        return None
    if missing(command.shown, printed) is None:
        return None
    new = renewed(command.shown, printed)
    if new is None:
        problems.append(f"{where}\n  no place found for the shown lines in\n{printed}")
        return None
    # blank lines after the output belong to the page
    shown = list(command.shown)
    blank = 0
    while shown and not shown[-1].strip():
        shown.pop()
        blank += 1
    return command.line + 1, len(shown), new


class _Collect(doctest.DocTestRunner):
    """Keep what examples print in place of comparing it."""

    def __init__(self) -> None:
        super().__init__(optionflags=doctest.NORMALIZE_WHITESPACE)
        self.printed: dict[int, tuple[str, str]] = {}  # line -> (wanted, printed)
        self.raised: list[str] = []

    def report_failure(self, out: Any, test: Any, example: Any, got: str) -> None:
        self.printed[example.lineno] = (example.want, got)

    def report_unexpected_exception(self, out: Any, test: Any, example: Any, exc_info: Any) -> None:
        self.raised.append(f"{example.source.strip()}: {exc_info[1]!r}")


def _renewed_values(
    block: Block, stage: Stage, page: str, problems: list[str]
) -> list[tuple[int, int, list[str]]]:
    if ">>>" not in block.text:
        stage.python(block, page)
        return []
    test = doctest.DocTestParser().get_doctest(block.text, stage.names, page, page, block.line - 1)
    runner = _Collect()
    with stage._here():
        runner.run(test, out=lambda _: None, clear_globs=False)
    stage.names = test.globs
    problems += [f"{page}:{block.line}: {text}" for text in runner.raised]
    changes = []
    for example in test.examples:
        if example.lineno in runner.printed:
            wanted, got = runner.printed[example.lineno]
            first = block.line + example.lineno + example.source.count("\n")
            new = [part for line in got.splitlines() for part in _wrapped(line)]
            changes.append((first, wanted.count("\n"), new))
    return changes


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, 100, break_long_words=False, break_on_hyphens=False) or [""]


def main(arguments: Sequence[str]) -> int:
    """Rewrite pages; 1 where something is left to do by hand."""
    problems = [text for name in arguments for text in rewrite((ROOT / name).resolve())]
    print("\n".join(problems))
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
