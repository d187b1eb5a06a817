"""Frames of an OUTCAR: positions, cell, energy and temperature of each step."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from interfaces.errors import InputError
from workflows.data.vasp_runs.run_checks import require
from workflows.data.vasp_runs.run_readers import read_outcar_settings
from workflows.data.vasp_runs.run_settings import RunSettings
from workflows.trajectories.segments import TOUCHING, Array, Frame, Segment, TextLines
from workflows.trajectories.vasp_time import counted_steps

STEP = re.compile(r"-+ (?:Iteration|Ionic step)\s+(\d+)")
ENERGY = re.compile(r"\s*free  energy\s+(ML )?\s*TOTEN\s*=\s*(\S+)")
TEMPERATURE = re.compile(r"\(temperature\s*(\S+) K\)")
ELEMENT = re.compile(
    r"\S+\s+([A-Z][a-z]?)"
)  #: in the title of a potential: PAW_PBE Li_sv 10Sep2004
COLUMNS = 6  #: position and force, or a direct and a reciprocal vector
SAME = 1e-5  #: last decimal of a position [angstrom]


def read_outcar(path: Path) -> Segment:
    """Frames of an OUTCAR.

    A step that is calculated ab initio in a machine-learned run has two tables of positions and
    energies, of which the ab initio one is taken.

    Raises
    ------
    InputError
        If it is no molecular dynamics, a frame within it cannot be read, or frames and NSW do
        not agree.
    """
    settings = read_outcar_settings(path)
    notes = require(settings, "dynamics")
    run = _Run(Segment(path, mocked=settings.mocked), settings.potcars)
    complete = False
    try:
        lines = TextLines(path)
        for line in lines:
            run.take(line, lines)
            complete = complete or "General timing" in line
        run.close()
        if lines.truncated:
            run.segment.cut_short("truncated, the gzip file ends early")
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise run.segment.unreadable(error) from None
    segment = run.segment
    segment.notes += [f"{path}: {note}" for note in notes]
    segment.step_fs, segment.every = settings.time_step, settings.output_interval
    segment.dynamics = settings.dynamics
    segment.steps = _steps(run, settings, complete=complete)
    return segment


def _steps(run: _Run, settings: RunSettings, *, complete: bool) -> list[float]:
    """The steps that the file numbers; counted ones, which agree with those, if it lacks some."""
    path, numbers = run.segment.origin, [step for step in run.steps if step is not None]
    if any(b <= a for a, b in pairwise(numbers)) or (settings.steps and numbers
                                                     and numbers[-1] > settings.steps):  # fmt: skip
        raise InputError(
            f"{path}: its steps are numbered up to {max(numbers)}, NSW = {settings.steps}, and do "
            "not always rise; give the OUTCAR of one run"
        )
    if len(numbers) == len(run.steps):
        return [float(step) for step in numbers]
    steps = counted_steps(
        path, len(run.steps), settings, settings.output_interval,
        learned=run.learned, complete=complete,
    )  # fmt: skip
    for counted, stated in zip(steps, run.steps, strict=True):
        if stated is not None and counted != stated:
            raise InputError(
                f"{path}: step {stated} is frame {counted:g} of it, so that machine-learned steps "
                "are missing between; give the vasprun.xml or the XDATCAR"
            )
    return steps


@dataclass
class _Pending:
    """A table of positions whose energy and temperature follow."""

    positions: Array
    step: int | None  #: None for a learned step without a number
    learned: bool
    energy: float | None = None
    temperature: float | None = None


class _Run:
    """The state of reading: elements, cell, number of the step, and the frame that is not ended."""

    def __init__(self, segment: Segment, potentials: Sequence[str]) -> None:
        self.segment = segment
        self.learned = False
        self.steps: list[int | None] = []  #: of each frame, where the file numbers it
        self._potentials = potentials
        self._cell: Array = np.empty((0, 3))
        self._step = 0
        self._pending: _Pending | None = None

    def take(self, line: str, lines: TextLines) -> None:
        """Take up one line, and the table that follows it."""
        if lines.cut:
            return
        pending = self._pending
        if "ions per type" in line and not self.segment.species:
            self.segment.species = self._species(line)
        elif match := STEP.match(line):
            self._step = int(match[1])
            if pending and pending.step is not None and self._step > pending.step:
                self.close()
        elif "direct lattice vectors" in line and "reciprocal" in line:
            rows = lines.rows(3)
            if len(rows) == 3:
                self._cell = np.array([_numbers(row)[:3] for row in rows])
        elif "POSITION" in line and "TOTAL-FORCE" in line:
            self._take_table(lines, learned="(ML)" in line)
        elif pending and (match := ENERGY.match(line)):
            if pending.energy is None or not match[1]:
                pending.energy = float(match[2])
        elif pending and (match := TEMPERATURE.search(line)):
            pending.temperature = None if "*" in match[1] else float(match[1])

    def _species(self, line: str) -> tuple[str, ...]:
        """Element of every atom, from the titles of the potentials."""
        counts = [int(word) for word in line.partition("=")[2].split()]
        elements = [match[1] for title in self._potentials if (match := ELEMENT.match(title))]
        if len(elements) != len(counts):
            raise InputError(
                f"{self.segment.origin}: names {len(elements)} potentials for {len(counts)} kinds "
                "of atoms, as with NWRITE = 0; give the vasprun.xml or the XDATCAR"
            )
        return tuple(name for name, n in zip(elements, counts, strict=True) for _ in range(n))

    def _take_table(self, lines: TextLines, *, learned: bool) -> None:
        atoms = len(self.segment.species)
        rows = lines.rows(atoms + 1)[1:]  # after a line of dashes
        if len(rows) < atoms:
            self.close()
            self.segment.cut_short("truncated in a table of positions")
            return
        positions = np.array([_numbers(row)[:3] for row in rows]).reshape(-1, 3)
        self.learned = self.learned or learned
        last = self._pending
        if last and last.learned != learned and np.abs(positions - last.positions).max() < SAME:
            # the same step, once by the force field and once ab initio
            last.step = last.step if learned else self._step
            return
        self.close()
        # a force field's table precedes the line with the number of its step, if it has one
        last_number = max((step for step in self.steps if step is not None), default=0)
        step = self._step if not learned or self._step > last_number else None
        self._pending = _Pending(positions, step, learned)

    def close(self) -> None:
        """Add the frame whose table and energy have been read."""
        pending, self._pending = self._pending, None
        if pending is None:
            return
        if pending.energy is None:
            self.segment.cut_short("truncated before the energy of a step")
            return
        frame = Frame(
            cell=self._cell,
            fractional=pending.positions @ np.linalg.inv(self._cell),
            energy=pending.energy,
            temperature=pending.temperature,
        )
        self.segment.add(frame, len(self.steps) + 1)
        self.steps.append(pending.step)


def _numbers(row: str) -> list[float]:
    """Six numbers of a row, which touch where one is negative and fills its column."""
    numbers = [float(word) for word in TOUCHING.sub(" -", row).split()]
    if len(numbers) != COLUMNS:
        raise ValueError(f"{row.strip()[:60]!r}: {COLUMNS} numbers are expected")
    return numbers
