"""Frames of an XDATCAR as VASP 5 and 6, pymatgen and ASE write it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from interfaces.errors import InputError
from workflows.data.vasp_runs.run_checks import require
from workflows.data.vasp_runs.run_readers import read_incar_settings
from workflows.data.vasp_runs.run_settings import RunSettings
from workflows.io.mock_mark import is_mock
from workflows.io.readers import read_text
from workflows.io.structure_files import LARGEST_FRAME
from workflows.trajectories.segments import TOUCHING, Array, Frame, Segment
from workflows.trajectories.vasp_time import numbered_steps

LONGEST, FLAT = 1e6, 1e-12  #: of the vectors of a cell and their volume, before the scale
HEADER = 7  #: lines: title, scale, three vectors, symbols, numbers of atoms
CONFIGURATION = re.compile(
    r"\s*(direct|cartesian)\s*(configuration\s*=\s*(\d{1,15}|\*+)?)?\s*", re.IGNORECASE
)


def read_xdatcar(path: Path) -> list[Segment]:
    """Frames of an XDATCAR; settings from the INCAR beside it, energies from the OSZICAR.

    Returns
    -------
    list of Segment
        One for each run: a file to which several were written has numbers that begin again.

    Raises
    ------
    InputError
        If a frame within it cannot be read, or the INCAR is of no dynamics or another run.
    """
    incar = _beside(path, "INCAR")
    settings = RunSettings(str(path)) if incar is None else read_incar_settings(incar)
    notes = () if incar is None else require(settings, "dynamics")
    whole = Segment(path, mocked=is_mock(path) or is_mock(path.parent))
    numbers = _Reader(whole).read()
    segments = []
    for run in _runs(numbers):
        segment = Segment(path, whole.species, mocked=whole.mocked)
        segment.frames = whole.frames[run]
        segment.steps = numbered_steps(path, numbers[run], settings)
        segment.step_fs, segment.every = settings.time_step, settings.output_interval
        segment.dynamics = settings.dynamics
        segments.append(segment)
    segments[0].notes = [*(f"{incar}: {note}" for note in notes), *whole.notes]
    oszicar = _beside(path, "OSZICAR")
    if len(segments) > 1:
        segments[0].notes.append(
            f"{path}: its configurations are numbered {len(segments)} times from the start; they "
            "are read as runs that follow each other, without energies"
        )
    elif oszicar is not None:
        _add_energies(segments[0], oszicar)
    return segments


def _runs(numbers: Sequence[int]) -> list[slice]:
    """Stretches of rising numbers."""
    starts = [0, *(k for k, (a, b) in enumerate(pairwise(numbers), start=1) if b <= a)]
    return [slice(a, b) for a, b in pairwise([*starts, len(numbers)])]


class _Reader:
    """Reads one file from its first line to its last."""

    def __init__(self, segment: Segment) -> None:
        text = read_text(segment.origin)
        self._lines = text.splitlines()
        self._ended = text.endswith("\n")
        self._at = 0
        self._segment = segment
        self._title = self._lines[0].strip() if self._lines else ""
        self._cell: Array = np.empty((0, 3))
        self._symbols: tuple[str, ...] = ()

    def read(self) -> list[int]:
        """Add every frame to the segment; the numbers of their configurations."""
        self._refuse_vasp_4()
        numbers: list[int] = []
        try:
            self._read_header()
            numbered = self._skip_blank() and CONFIGURATION.fullmatch(self._lines[self._at])
            while self._skip_blank():
                line = self._lines[self._at]
                match = CONFIGURATION.fullmatch(line)
                if match and not self._repeats_title():
                    self._at += 1
                    digits = match[3] or ""
                    following = numbers[-1] + 1 if numbers else 1
                    numbers.append(int(digits) if digits.isdecimal() else following)
                    self._read_frame(cartesian=match[1].lower() == "cartesian")
                elif numbered or self._repeats_title():
                    self._read_header()
                else:  # VASP 5.2 has a blank line before each frame and no other mark
                    numbers.append(len(numbers) + 1)
                    self._read_frame(cartesian=False)
                    if self._at < len(self._lines) and self._lines[self._at].strip():
                        raise self._error("a blank line after the last atom")
        except _CutError as error:
            self._segment.cut_short(f"truncated ({error})")
        frames = len(self._segment.frames)
        if not frames:
            raise InputError(
                f"{self._segment.origin}: no complete frame in it; give a finished XDATCAR"
            )
        numbers = numbers[:frames]
        # a writer that numbers every frame alike numbers none
        return list(range(1, frames + 1)) if len(set(numbers)) == 1 < frames else numbers

    def _refuse_vasp_4(self) -> None:
        if len(self._lines) > 3 and self._lines[3].strip() == "CAR":
            raise InputError(
                f"{self._segment.origin}: an XDATCAR of VASP 4, which holds neither the cell nor "
                "the elements; give its vasprun.xml or OUTCAR"
            )

    def _repeats_title(self) -> bool:
        return bool(self._title) and self._lines[self._at].strip() == self._title

    def _skip_blank(self) -> bool:
        """Go to the next line that is not blank; False at the end of the file."""
        while self._at < len(self._lines) and not self._lines[self._at].strip():
            self._at += 1
        return self._at < len(self._lines)

    def _read_header(self) -> None:
        """Cell and symbols of the next frames."""
        lines = self._lines[self._at : self._at + HEADER]
        if len(lines) < HEADER:
            raise _CutError("the file ends in a header")
        try:
            scale, vectors = float(lines[1]), np.array([_numbers(line) for line in lines[2:5]])
            symbols = _symbols(lines[5], lines[6])
        except (ValueError, IndexError) as error:
            raise self._error(f"a header of {HEADER} lines: {error}") from None
        usable = np.isfinite(vectors).all() and np.abs(vectors).max() < LONGEST and scale
        if vectors.shape != (3, 3) or not usable or abs(np.linalg.det(vectors)) < FLAT:
            raise self._error("three vectors of a cell")
        if scale < 0:  # a volume
            scale = (-scale / abs(float(np.linalg.det(vectors)))) ** (1 / 3)
        if self._segment.species not in ((), symbols):
            raise self._error("the same atoms as in the first frame")
        self._cell, self._segment.species = scale * vectors, symbols
        self._at += HEADER

    def _read_frame(self, *, cartesian: bool) -> None:
        symbols = self._segment.species
        rows = self._lines[self._at : self._at + len(symbols)]
        if len(rows) < len(symbols):
            raise _CutError("the file ends in a frame")
        last = self._at + len(symbols) == len(self._lines)
        if last and not self._ended and not _as_long(rows):
            raise _CutError("the last line is not finished")
        try:  # as VASP writes them, which is most of a long file
            places = np.array([row.split() for row in rows], dtype=float)
        except ValueError:
            places = np.empty(0)
        if places.shape != (len(symbols), 3):
            places = np.array([self._coordinates(k, symbol) for k, symbol in enumerate(symbols)])
        self._at += len(symbols)
        if cartesian:
            places = places @ np.linalg.inv(self._cell)
        try:
            self._segment.add(Frame(self._cell, places), len(self._segment.frames) + 1)
        except ValueError as error:
            raise self._segment.unreadable(error) from None

    def _coordinates(self, row: int, symbol: str) -> list[float]:
        """Three coordinates of an atom; pymatgen writes its symbol after them."""
        words = self._lines[self._at + row].split()
        try:
            if len(words) == 3:
                return [float(word) for word in words]
            words = TOUCHING.sub(" -", self._lines[self._at + row]).split()
            coordinates = [float(word) for word in words[:3]]
            if len(coordinates) == 3 and [_element(word) for word in words[3:]] in ([], [symbol]):
                return coordinates
        except ValueError:
            pass
        raise self._error(f"three coordinates of a {symbol}", row)

    def _error(self, expected: str, row: int = 0) -> InputError:
        number = self._at + row
        line = self._lines[number].strip() if number < len(self._lines) else ""
        return self._segment.unreadable(f"line {number + 1} is {line[:60]!r}, expected: {expected}")


class _CutError(Exception):
    """The file ends within a frame."""


def _as_long(rows: Sequence[str]) -> bool:
    """Whether the last row has as many digits as the others: a file may end without a newline."""
    last = rows[-1].split()
    decimals = [len(word.partition(".")[2]) for word in last]
    return len(rows) > 1 and decimals == [len(w.partition(".")[2]) for w in rows[-2].split()]


def _numbers(line: str) -> list[float]:
    return [float(word) for word in TOUCHING.sub(" -", line).split()]


def _element(word: str) -> str:
    """Symbol without what VASP 6.4 may add: Li_sv, or a hash of the potential after a slash."""
    return re.split(r"[_/]", word)[0]


def _symbols(names: str, counts: str) -> tuple[str, ...]:
    """Symbol of every atom."""
    if names.split() and all(word.isdigit() for word in names.split()):
        raise ValueError("no line of element symbols, as VASP 4 leaves it out")
    numbers = [int(word) for word in counts.split()]
    if not 0 < sum(numbers) <= LARGEST_FRAME or min(numbers) < 0:
        raise ValueError(f"{counts.strip()[:40]} atoms")
    return tuple(
        _element(name)
        for name, number in zip(names.split(), numbers, strict=True)
        for _ in range(number)
    )


def _beside(path: Path, name: str) -> Path | None:
    return next((p for p in (path.parent / name, path.parent / f"{name}.gz") if p.is_file()), None)


_STEP = re.compile(r"^\s*(\d+)\s+T=\s*(\S+)\s+E=\s*\S+\s+F=\s*(\S+)", re.MULTILINE)


def _add_energies(segment: Segment, oszicar: Path) -> None:
    """Temperature and free energy of the electrons at the step of each frame."""
    values = {
        float(step): (_number(temperature), _number(energy))
        for step, temperature, energy in _STEP.findall(read_text(oszicar))
    }
    missing = sum(step not in values for step in segment.steps)
    if missing:
        segment.notes.append(
            f"{segment.origin}: the OSZICAR has {len(values)} steps and lacks those of {missing} "
            "frames; energies are left out"
        )
        return
    segment.frames = [
        frame._replace(temperature=values[step][0], energy=values[step][1])
        for frame, step in zip(segment.frames, segment.steps, strict=True)
    ]


def _number(word: str) -> float | None:
    """A number, or None for the stars that Fortran writes where it does not fit."""
    try:
        return float(word)
    except ValueError:
        return None
