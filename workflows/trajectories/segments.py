"""What a trajectory file holds: frames as arrays, and the number of the step of each.

pymatgen's ``Vasprun`` and ``Xdatcar`` hold every frame as a Structure of sites (300 atoms, 10,000
frames: three million objects) and refuse or silently shorten a file that a killed run left. Here
frames are arrays, and what was left out is noted.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from gzip import BadGzipFile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interfaces.errors import InputError
from workflows.io.readers import lines_of

Array = NDArray[np.float64]

#: VASP leaves no blank before a minus sign where a number fills its column.
TOUCHING = re.compile(r"(?<=[\d.])-")


class Frame(NamedTuple):
    """One frame: cell [angstrom], fractional coordinates; what else its file holds.

    ``energy`` [eV], ``temperature`` [K], ``force``: the largest on an atom [eV/angstrom].
    """

    cell: Array
    fractional: Array
    energy: float | None = None
    temperature: float | None = None
    force: float | None = None


@dataclass
class Segment:
    """Frames of one run of one program.

    Attributes
    ----------
    steps
        Number of the step of each frame, as the program counts. Where a file states times instead,
        these are the times [fs], and ``step_fs`` is 1.
    step_fs
        Time of one step [fs]; None if the file does not state it.
    every
        Steps between two frames, as the settings of the run have it.
    dynamics
        Whether the file, or the INCAR beside it, says that it is molecular dynamics.
    """

    origin: Path
    species: tuple[str, ...] = ()
    frames: list[Frame] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    step_fs: float | None = None
    every: int = 1
    dynamics: bool = False
    mocked: bool = False
    sides: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)

    @property
    def interval(self) -> float:
        """Steps between two frames: the commonest difference, ``every`` for a single frame."""
        if len(self.steps) < 2:
            return self.every
        return Counter(np.diff(self.steps).round(6).tolist()).most_common(1)[0][0]

    def add(self, frame: Frame, step: float) -> None:
        """Append a frame.

        Raises
        ------
        ValueError
            If it has other numbers of atoms than the segment, or a number is not finite.
        """
        atoms = len(self.species)
        if frame.cell.shape != (3, 3) or frame.fractional.shape != (atoms, 3) or not atoms:
            raise ValueError(
                f"a cell of shape {frame.cell.shape} and coordinates of shape "
                f"{frame.fractional.shape} for {atoms} atoms"
            )
        numbers = [n for n in (frame.energy, frame.temperature, frame.force) if n is not None]
        if not (np.isfinite(frame.cell).all() and np.isfinite(frame.fractional).all()
                and np.isfinite(numbers).all()):  # fmt: skip
            raise ValueError("a number that is not finite")
        self.frames.append(frame)
        self.steps.append(step)

    def cut_short(self, reason: str) -> None:
        """Note that the file ends within a frame."""
        self.notes.append(
            f"{self.origin}: {reason}; the frame after number {len(self.frames)} is left out"
        )

    def unreadable(self, reason: object) -> InputError:
        """The error of a frame that cannot be read though its file goes on after it."""
        return InputError(
            f"{self.origin}: frame {len(self.frames) + 1} cannot be read ({reason}); give the file "
            "as its program wrote it"
        )


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
