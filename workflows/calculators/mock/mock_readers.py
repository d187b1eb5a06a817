"""POSCAR and POTCAR, and all inputs of a run together. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from workflows.calculators.mock.elements import NUMBERS, element, valence
from workflows.calculators.mock.mock_incar import RefusedError, Value, read_incar
from workflows.calculators.mock.mock_kpoints import automatic, read_kpoints
from workflows.calculators.mock.neighbours import to_cartesian, triple_product


@dataclass(frozen=True)
class Poscar:
    """A cell: title, lattice and positions [angstrom], and where given flags and velocities."""

    title: str
    lattice: list[list[float]]
    kinds: list[str]
    counts: list[int]
    positions: list[list[float]]
    free: list[list[bool]] | None = None
    velocities: list[list[float]] | None = None

    @property
    def symbols(self) -> list[str]:
        """Element of every atom."""
        return [kind for kind, n in zip(self.kinds, self.counts, strict=True) for _ in range(n)]


class Potential(NamedTuple):
    """What one POTCAR says of itself; ``complete`` is False for a name only or a cut file."""

    symbol: str
    title: str
    electrons: float
    mass: float
    exchange: str
    complete: bool


@dataclass(frozen=True)
class Inputs:
    """All inputs of one run."""

    incar: dict[str, Value]
    poscar: Poscar
    potentials: list[Potential]
    kpoints: list[list[float]]
    weights: list[float]
    scheme: str
    divisions: list[int]

    def number(self, tag: str, default: float) -> float:
        """Value of a numeric tag, or VASP's default."""
        value = self.incar.get(tag, default)
        return float(value) if isinstance(value, int | float) else default

    def flag(self, tag: str, default: bool = False) -> bool:
        """Value of a logical tag, or VASP's default."""
        return bool(self.incar.get(tag, default))

    @property
    def ibrion(self) -> int:
        """IBRION, or VASP's default: dynamics where there are steps."""
        return int(self.number("IBRION", 0 if self.number("NSW", 0) > 0 else -1))

    @property
    def electrons(self) -> float:
        """NELECT, from the INCAR or the potentials."""
        counted = sum(
            potential.electrons * n
            for potential, n in zip(self.potentials, self.poscar.counts, strict=True)
        )
        return self.number("NELECT", counted)


def read_poscar(text: str) -> Poscar:
    """Return the cell of a POSCAR or CONTCAR of VASP 5 or 6.

    Raises
    ------
    RefusedError
        If it names no elements, or lines are missing or unreadable.
    """
    lines = text.splitlines()
    try:
        return _poscar(lines)
    except (ValueError, IndexError) as error:
        raise RefusedError(
            f"ERROR: there must be 1 or 3 items on line 2 of POSCAR, three vectors, the elements, "
            f"their counts and one line per atom; could not read it: {error}"
        ) from None


def _poscar(lines: Sequence[str]) -> Poscar:
    scale = float(lines[1].split()[0])
    lattice = [[float(word) for word in lines[k].split()[:3]] for k in (2, 3, 4)]
    if scale < 0:
        scale = (-scale / abs(triple_product(lattice))) ** (1 / 3)
    lattice = [[scale * x for x in row] for row in lattice]
    kinds = [word.split("/")[0].split("_")[0] for word in lines[5].split()]
    if any(kind not in NUMBERS for kind in kinds):
        raise ValueError(f"line 6 {lines[5].strip()!r} is not a list of elements")
    counts = [int(word) for word in lines[6].split()]
    if len(counts) != len(kinds):
        raise ValueError(f"{len(kinds)} elements and {len(counts)} counts")
    at = 7
    selective = lines[at].strip()[:1].upper() == "S"
    at += selective
    cartesian = lines[at].strip()[:1].upper() in {"C", "K"}
    total = sum(counts)
    rows = [line.split() for line in lines[at + 1 : at + 1 + total]]
    if len(rows) < total:
        raise ValueError(f"{total} atoms are announced and {len(rows)} given")
    points = [[float(word) for word in row[:3]] for row in rows]
    positions = (
        [[scale * x for x in row] for row in points] if cartesian else to_cartesian(lattice, points)
    )
    free = [[word.upper()[:1] != "F" for word in row[3:6]] for row in rows] if selective else None
    rest = [line.split() for line in lines[at + 1 + total :]]
    velocities = None
    if len(rest) > total and not rest[0] and all(len(row) >= 3 for row in rest[1 : total + 1]):
        velocities = [[float(word) for word in row[:3]] for row in rest[1 : total + 1]]
    return Poscar(lines[0].strip(), lattice, kinds, counts, positions, free, velocities)


def read_potcar(text: str) -> list[Potential]:
    """Title, valence and mass of every potential of a POTCAR, real or placeholder."""
    *whole, tail = text.split("End of Dataset")
    parts = [(part, True) for part in whole] + ([(tail, False)] if tail.strip() else [])
    potentials = []
    for part, complete in parts:
        tags = dict(re.findall(r"(TITEL|ZVAL|POMASS|LEXCH)\s*=\s*([^;\n]*)", part))
        title = " ".join(tags.get("TITEL", "").split())
        words = title.split()
        if len(words) < 2 or not {"ZVAL", "POMASS"} <= set(tags):
            raise RefusedError(
                "ERROR: POTCAR has a potential without TITEL, ZVAL or POMASS; rebuild it"
            )
        zval, mass = (float(tags[tag].split()[0]) for tag in ("ZVAL", "POMASS"))
        potentials.append(
            Potential(words[1], title, zval, mass, tags.get("LEXCH", "PE").strip(), complete)
        )
    return potentials


def read_potcar_spec(text: str) -> list[Potential]:
    """Potentials known by name only (pymatgen's POTCAR.spec, a symbol a line)."""
    potentials = []
    for symbol in text.split():
        name = symbol.partition("_")[0]
        if name not in NUMBERS:
            raise RefusedError(
                f"ERROR: {symbol!r} in POTCAR.spec is no potential; give Li_sv, Co, ..."
            )
        title = f"PAW_PBE {symbol}"
        potentials.append(
            Potential(symbol, title, valence(symbol), element(name).mass, "PE", complete=True)
        )
    return potentials


def read_inputs(folder: Path) -> Inputs:
    """Everything that a run needs from its folder.

    Raises
    ------
    RefusedError
        If a file is missing or unreadable.
    """
    incar = read_incar(_text(folder, "INCAR"))
    poscar = read_poscar(_text(folder, "POSCAR"))
    if not (folder / "POTCAR").is_file() and (folder / "POTCAR.spec").is_file():
        potentials = read_potcar_spec(_text(folder, "POTCAR.spec"))
    else:
        potentials = read_potcar(_text(folder, "POTCAR"))
    if not (folder / "KPOINTS").is_file() and isinstance(incar.get("KSPACING"), float):
        mesh = automatic(poscar.lattice, float(str(incar["KSPACING"])))
    else:
        mesh = read_kpoints(_text(folder, "KPOINTS"), poscar.lattice)
    return Inputs(incar, poscar, potentials, *mesh)


def _text(folder: Path, name: str) -> str:
    path = folder / name
    if not path.is_file():
        raise RefusedError(
            f"ERROR: the file {name} does not exist in {folder}; write it"
            + (" or set KSPACING" if name == "KPOINTS" else "")
        )
    return path.read_text(encoding="utf-8", errors="replace")
