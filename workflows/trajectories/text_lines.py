"""Lines of a text file, one at a time, with their numbers and whether the file was cut."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from gzip import BadGzipFile
from pathlib import Path

from interfaces.errors import InputError
from workflows.io.readers import lines_of


class TextLines:
    """Lines of a file, unpacked.

    Attributes
    ----------
    number
        Of the line just read, from 1.
    cut
        Whether that line has no end: it is the last one, and may be incomplete.
    truncated
        Whether the file is a gzip file that ends early.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lines = path, lines_of(path)
        self.number, self.cut, self.truncated = 0, False, False
        self._next = self._read()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._next
        if line is None:
            raise StopIteration
        self._next = self._read()
        if self._next is None and not self.truncated:
            self.cut = True
            if not line:  # the file ends with the end of a line
                raise StopIteration
        self.number += 1
        return line

    def _read(self) -> str | None:
        try:
            line = next(self._lines, None)
        except EOFError:
            self.truncated, line = True, None
        except (zlib.error, BadGzipFile) as error:
            raise InputError(
                f"cannot read {self._path}: the gzip file is damaged ({error})"
            ) from None
        return None if line is None else line.decode("utf-8", "replace").rstrip("\r")

    def rows(self, count: int) -> list[str]:
        """The next lines; fewer where the file ends before, or within the last of them.

        A last line without an end counts if it is as long as the one before it.
        """
        rows: list[str] = []
        while len(rows) < count and (line := next(self, None)) is not None:
            if self.cut and not (rows and len(line) >= len(rows[-1].rstrip())):
                break
            rows.append(line)
        return rows
