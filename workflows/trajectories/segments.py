"""What a trajectory file holds: frames as arrays, and the number of the step of each.

pymatgen's ``Vasprun`` and ``Xdatcar`` hold every frame as a Structure of sites (300 atoms, 10,000
frames: three million objects) and refuse or silently shorten a file that a killed run left. Here
frames are arrays, and what was left out is noted.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interfaces.errors import InputError

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
