"""Frames of a LAMMPS text dump.

ASE reads such files too, but makes elements of atom types (1 becomes H), velocities of metal units
of any others, and an energy of zero where there are forces. pymatgen's ``LammpsDump`` expects fixed
lines, and reads neither units nor time of newer dumps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from interfaces.errors import InputError
from workflows.io.mock_mark import is_mock
from workflows.io.structure_files import LARGEST_FRAME
from workflows.trajectories.segments import Array, Frame, Segment, TextLines

ITEM = "ITEM:"
#: Names of the columns of a position, the whole number of cells included or not, and whether they
#: are in units of the cell.
POSITIONS = (
    (("xu", "yu", "zu"), False), (("xsu", "ysu", "zsu"), True),
    (("x", "y", "z"), False), (("xs", "ys", "zs"), True),
)  # fmt: skip
SAME = 1e-5  #: of a frame that is written twice, fractional and [angstrom]
MASS = 0.02  #: largest difference from an element's mass [g/mol]
DEFAULT_ELEMENT = "C"  #: what LAMMPS writes as the element of every type that has none


@dataclass
class _Block:
    """One frame as the file has it: lines by item, and what follows the name of each item."""

    step: int
    first_line: int
    labels: dict[str, list[str]] = field(default_factory=dict)
    lines: dict[str, list[str]] = field(default_factory=dict)


def read_lammps(path: Path, types: Sequence[str] = ()) -> list[Segment]:
    """Frames of a text dump, atoms in the order of their ids.

    Parameters
    ----------
    types
        Element of each atom type, type 1 first, for a dump without elements.

    Returns
    -------
    list of Segment
        One for each run: the step number begins again where it was reset.

    Raises
    ------
    InputError
        If the elements are unknown, the atoms change, or a frame within it cannot be read.
    """
    first = Segment(path, mocked=is_mock(path))
    segments, segment = [first], first
    atoms = _Atoms(tuple(types))
    lines = TextLines(path)
    repeated = 0
    while (block := _next_block(lines, segment)) is not None:
        try:
            frame = atoms.frame(block)
        except InputError as error:
            raise InputError(f"{path}: frame at step {block.step}: {error}") from None
        except (ValueError, LookupError) as error:
            raise InputError(
                f"{path}: frame at step {block.step} (line {block.first_line}) cannot be read "
                f"({error}); give the dump as LAMMPS wrote it"
            ) from None
        if segment.steps and block.step == segment.steps[-1]:
            last = segment.frames[-1]
            if not (np.allclose(frame.fractional, last.fractional, rtol=0, atol=SAME)
                    and np.allclose(frame.cell, last.cell, rtol=0, atol=SAME)):  # fmt: skip
                raise InputError(
                    f"{path}: two different frames at step {block.step}; give the dump of one run"
                )
            repeated += 1  # a run that went on writes its first step once more
            continue
        if segment.steps and block.step < segment.steps[-1]:
            segment = Segment(path, mocked=first.mocked)
            segments.append(segment)
        segment.species = atoms.species
        try:
            segment.add(frame, block.step)
        except ValueError as error:
            raise segment.unreadable(error) from None
    if not first.frames:
        reason = f" ({first.notes[0].partition(': ')[2]})" if first.notes else ""
        raise InputError(f"{path}: no complete frame in it{reason}; give a finished dump")
    step_fs = atoms.step_fs()
    for part in segments:
        part.step_fs = step_fs
    if repeated:
        first.notes.append(f"{path}: {repeated} frames repeat the one before; counted once")
    if len(segments) > 1:
        first.notes.append(
            f"{path}: its step numbers begin again {len(segments) - 1} times; read as runs that "
            "follow each other"
        )
    first.notes += [f"{path}: {note}" for note in atoms.notes]
    return segments


def _next_block(lines: TextLines, segment: Segment) -> _Block | None:
    """The next whole frame; None at the end of the file."""
    block = _Block(-1, lines.number + 1)
    for line in lines:
        if not line.strip():
            continue
        if lines.cut:  # the file ends within this line
            segment.cut_short("truncated")
            return None
        if not line.startswith(ITEM):
            raise segment.unreadable(f"line {lines.number} is {line[:60]!r}, expected: {ITEM}")
        item, labels = _item(line)
        count = 3 if item == "BOX BOUNDS" else 1
        if item == "ATOMS":
            count = _whole_number(block, "NUMBER OF ATOMS", segment)
            if not 0 < count <= LARGEST_FRAME:
                raise segment.unreadable(f"{count} atoms")
        rows = lines.rows(count)
        if len(rows) < count:
            segment.cut_short("truncated")
            return None
        if any(row.startswith(ITEM) for row in rows):
            raise segment.unreadable(f"lines of {item!r} are missing before line {lines.number}")
        block.labels[item], block.lines[item] = labels, rows
        if item == "ATOMS":
            block.step = _whole_number(block, "TIMESTEP", segment)
            return block
    if block.lines:
        segment.cut_short("truncated")
    return None


def _whole_number(block: _Block, item: str, segment: Segment) -> int:
    try:
        return int(block.lines[item][0])
    except (LookupError, ValueError):
        raise segment.unreadable(
            f"from line {block.first_line} on there is no whole number for {item}"
        ) from None


def _item(line: str) -> tuple[str, list[str]]:
    """Name of an item and the words after it.

    >>> _item("ITEM: BOX BOUNDS xy xz yz pp pp pp")
    ('BOX BOUNDS', ['xy', 'xz', 'yz', 'pp', 'pp', 'pp'])
    """
    text = line.removeprefix(ITEM).strip()
    for name in ("BOX BOUNDS", "ATOMS"):
        if text.startswith(name):
            return name, text.removeprefix(name).split()
    return text, []


class _Atoms:
    """Atoms of a dump: elements, ids, units and times, the same in every frame."""

    def __init__(self, types: tuple[str, ...]) -> None:
        self.species: tuple[str, ...] = ()
        self.notes: list[str] = []
        self._types = types
        self._ids: tuple[int, ...] = ()
        self._units = ""
        self._clock: list[tuple[int, float]] = []  # steps and their times

    def frame(self, block: _Block) -> Frame:
        """One frame, its atoms in the order of their ids.

        Raises
        ------
        InputError, ValueError, LookupError
            If something is missing, is not a number, or has changed since the first frame.
        """
        names = block.labels["ATOMS"]
        rows = [line.split() for line in block.lines["ATOMS"]]
        wrong = next((k for k, row in enumerate(rows) if len(row) != len(names)), None)
        if wrong is not None:
            raise ValueError(f"atom {wrong + 1} has {len(rows[wrong])} of {len(names)} columns")
        if "UNITS" in block.lines:
            self._units = block.lines["UNITS"][0].strip()
        if "TIME" in block.lines:
            self._clock.append((block.step, float(block.lines["TIME"][0])))
        columns = dict(zip(names, zip(*rows, strict=True), strict=True))
        order = self._order(columns)
        self._check_elements(columns, order)
        cell, origin = self._box(block)
        return Frame(cell, self._fractional(columns, cell, origin)[order])

    def _order(self, columns: Mapping[str, tuple[str, ...]]) -> list[int]:
        """Rows in the order of the ids, which LAMMPS does not keep."""
        if "id" not in columns:
            raise InputError(
                "no column `id`, without which an atom cannot be followed; give a dump with ids"
            )
        ids = [int(word) for word in columns["id"]]
        order = sorted(range(len(ids)), key=ids.__getitem__)
        sorted_ids = tuple(ids[k] for k in order)
        if len(set(sorted_ids)) < len(ids):
            raise InputError("an id occurs twice; give a dump with one row for each atom")
        if self._ids and sorted_ids != self._ids:
            raise InputError("other atoms than in the first frame; give a dump that keeps them")
        self._ids = sorted_ids
        return order

    def _check_elements(self, columns: Mapping[str, tuple[str, ...]], order: list[int]) -> None:
        species = tuple(self._elements(columns)[k] for k in order)
        if self.species and species != self.species:
            raise InputError("atoms have changed their type; a trajectory keeps the elements")
        self.species = species

    def _elements(self, columns: Mapping[str, tuple[str, ...]]) -> Sequence[str]:
        """Element of each row: by --types, or from the columns element, type or mass."""
        from ase.data import atomic_numbers

        types = columns.get("type", ())
        if self._types:
            return self._by_type(types)
        named = columns.get("element", types)
        symbols = all(atomic_numbers.get(name, 0) > 0 for name in set(named))
        default = set(named) == {DEFAULT_ELEMENT} and len(set(types)) > 1
        if named and symbols and not default:
            return named
        if "mass" in columns:
            return self._by_mass(columns["mass"])
        count = len(set(types))
        kinds = f"{count} atom types and " if count else ""
        raise InputError(
            f"{kinds}no elements; give the element of each type, in order, with --types (such as "
            "--types Li,P,S), or a dump with a column `element` (dump_modify element)"
        )

    def _by_type(self, types: Sequence[str]) -> Sequence[str]:
        if not types:
            raise InputError("no column `type`, which --types needs; leave --types out")
        unknown = sorted(
            {t for t in types if not t.isdigit() or not 0 < int(t) <= len(self._types)}
        )
        if unknown:
            raise InputError(
                f"atom type {unknown[0]}, but --types names {len(self._types)} elements; name one "
                "for each type, in order"
            )
        return [self._types[int(t) - 1] for t in types]

    def _by_mass(self, masses: Sequence[str]) -> Sequence[str]:
        from ase.data import atomic_masses, chemical_symbols

        elements = {}
        for word in set(masses):
            nearest = int(np.argmin(np.abs(atomic_masses[1:] - float(word)))) + 1
            if abs(atomic_masses[nearest] - float(word)) > MASS:
                raise InputError(
                    f"no element has the mass {word}; give the element of each type with --types"
                )
            elements[word] = chemical_symbols[nearest]
        note = "its elements are taken from the masses"
        if note not in self.notes:
            self.notes.append(note)
        return [elements[word] for word in masses]

    def _box(self, block: _Block) -> tuple[Array, Array]:
        """Cell and origin [angstrom] of an orthogonal, a tilted or a general box."""
        words = block.labels["BOX BOUNDS"]
        bounds = np.array([line.split() for line in block.lines["BOX BOUNDS"]], dtype=float)
        open_sides = [word for word in words if len(word) == 2 and set(word) & set("fsm")]
        note = f"its box is not periodic in every direction ({' '.join(open_sides)})"
        if open_sides and note not in self.notes:
            self.notes.append(note)
        scale = self._length()
        if words[:2] == ["abc", "origin"]:
            return bounds[:, :3] * scale, bounds[:, 3] * scale
        xy, xz, yz = bounds[:, 2] if bounds.shape[1] > 2 else (0.0, 0.0, 0.0)
        low, high = bounds[:, 0].copy(), bounds[:, 1].copy()
        # LAMMPS writes the bounds of the tilted box, not its edges
        low[0] -= min(0.0, xy, xz, xy + xz)
        high[0] -= max(0.0, xy, xz, xy + xz)
        low[1] -= min(0.0, yz)
        high[1] -= max(0.0, yz)
        cell = np.diag(high - low)
        cell[1, 0], cell[2, 0], cell[2, 1] = xy, xz, yz
        return cell * scale, low * scale

    def _fractional(
        self, columns: Mapping[str, tuple[str, ...]], cell: Array, origin: Array
    ) -> Array:
        for names, scaled in POSITIONS:
            if all(name in columns for name in names):
                places = np.array([columns[name] for name in names], dtype=float).T
                if scaled:
                    return places
                return (places * self._length() - origin) @ np.linalg.inv(cell)
        raise InputError(
            "no coordinates; give a dump with x y z, xs ys zs, xu yu zu or xsu ysu zsu"
        )

    def _length(self) -> float:
        """Angstrom in the dump's unit of length; metal and real units, the usual ones, have 1."""
        return self._convert("distance")

    def _convert(self, quantity: str) -> float:
        from ase.calculators.lammps import convert

        if self._units == "lj":
            raise InputError("reduced (lj) units, which have no length; give metal or real units")
        return float(convert(1.0, quantity, self._units or "metal", "ASE"))

    def step_fs(self) -> float | None:
        """Time of a step [fs] from ``ITEM: TIME``, where the units are stated too."""
        if len(self._clock) < 2 or not self._units:
            return None
        from ase.units import fs

        (step, time), (last_step, last_time) = self._clock[0], self._clock[-1]
        if last_step == step:
            return None
        return float((last_time - time) / (last_step - step) * self._convert("time") / fs)
