"""INCAR, KPOINTS, POSCAR and POTCAR of a run. Standard library only."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import NamedTuple

from interfaces.errors import InputError
from workflows.calculators.mock.elements import NUMBERS, element, valence
from workflows.calculators.mock.neighbours import dot, reciprocal, to_cartesian, triple_product

Value = bool | int | float | str | list[int] | list[float]

_LOGICAL = """
ADDGRID LAECHG LASPH LCHARG LCALCEPS LDAU LELF LEPSILON LHFCALC LMAXTAU LMIXTAU LNONCOLLINEAR
LCHIMAG LDIPOL LEFG LOPTICS LORBMOM LSORBIT LSPIRAL LUSE_VDW LVDW LVHAR LVTOT LWAVE LSCALAPACK
LSCALU LPLANE ML_LMLFF
"""
LOGICAL = frozenset(_LOGICAL.split())
_WHOLE = """
IALGO IBRION ICHARG IDIPOL INIWAV ISEARCH ISIF ISMEAR ISPIN ISTART ISYM IVDW I_CONSTRAINED_M KBLOCK
KPAR LDAUPRINT LDAUTYPE LMAXMIX LORBIT MAXMIX MDALGO ML_ISTART ML_MB ML_MCONF ML_OUTBLOCK NBANDS
NBLOCK NCORE NEDOS NELM NELMDL NELMIN NPAR NSIM NSW
"""
WHOLE = frozenset(_WHOLE.split())
_REAL = """
AEXX AMIN AMIX AMIX_MAG BMIX BMIX_MAG EDIFF EDIFFG EMAX EMIN ENAUG ENCUT HFSCREEN KSPACING
LANGEVIN_GAMMA_L NELECT NUPDOWN PMASS POTIM PSTRESS SIGMA SMASS SYMPREC TEBEG TEEND TIME
ANDERSEN_PROB EFIELD
"""
REAL = frozenset(_REAL.split())
WHOLES = frozenset({"LDAUL"})
_REALS = """
LANGEVIN_GAMMA LDAUJ LDAUU MAGMOM DIPOL SAXIS QUAD_EFG ROPT RWIGS
EFIELD_PEAD
"""
REALS = frozenset(_REALS.split())


class RefusedError(InputError):
    """What VASP would say before it stops, and what to do about it."""


def read_incar(text: str) -> dict[str, Value]:
    """Tags and typed values; an unknown tag stays text.

    Raises
    ------
    RefusedError
        If a value is not of its tag's kind.
    """
    values: dict[str, Value] = {}
    lines = [re.split("[#!]", line)[0] for line in text.replace("\\\n", " ").splitlines()]
    for statement in ";".join(lines).split(";"):
        tag, separator, value = (part.strip() for part in statement.partition("="))
        if separator:
            values.setdefault(tag.upper(), _value(tag.upper(), value))  # VASP takes the first
    return values


def _value(tag: str, text: str) -> Value:
    try:
        if tag in LOGICAL:
            match = re.match(r"\.?([TF])", text.upper())
            if not match:
                raise ValueError(text)
            return match[1] == "T"
        if tag in WHOLE:
            return int(text.split()[0])
        if tag in REAL:
            return float(text.split()[0].upper().replace("D", "E"))
        if tag in WHOLES:
            return [int(word) for word in _repeated(text)]
        if tag in REALS:
            return [float(word) for word in _repeated(text)]
    except (ValueError, IndexError):
        raise RefusedError(
            f"Error reading item '{tag}' from file INCAR. Error code was IERR= 5: "
            f"{text!r} cannot be read; give a value of the tag's kind"
        ) from None
    return text


def _repeated(text: str) -> list[str]:
    words: list[str] = []
    for word in text.split():
        *counts, last = word.split("*")
        words += [last] * math.prod(int(count) for count in counts)
    return words


Mesh = tuple[list[list[float]], list[float], str, list[int]]


def _read_kpoints(text: str, lattice: Sequence[Sequence[float]]) -> Mesh:
    """Points, weights, scheme and divisions of a KPOINTS file."""
    lines = [line.split("!")[0].strip() for line in text.splitlines()]
    try:
        count, style = int(lines[1].split()[0]), lines[2][:1].upper()
        if count > 0 and style == "L":
            return _lines(lines[4:], count)
        if count > 0:
            rows = [[float(word) for word in line.split()[:4]] for line in lines[3 : 3 + count]]
            if len(rows) < count or any(len(row) < 4 for row in rows):
                raise ValueError(f"{count} points with weights are announced")
            return [row[:3] for row in rows], _normal([row[3] for row in rows]), "Reciprocal", []
        if style == "A":
            length = float(lines[3].split()[0])
            return _automatic(lattice, 2 * math.pi / length)
        divisions = [int(word) for word in lines[3].split()[:3]]
        shift = [float(word) for word in lines[4].split()[:3]] if len(lines) > 4 else []
        if style in {"G", "M"} and len(divisions) == 3 and min(divisions) > 0:
            scheme = "Gamma" if style == "G" else "Monkhorst-Pack"
            return mesh(divisions, scheme, shift or [0.0, 0.0, 0.0])
    except (ValueError, IndexError, ZeroDivisionError) as error:
        raise _refusal(str(error)) from None
    raise _refusal(f"style {lines[2]!r}, line 4 {lines[3]!r}")


def _refusal(reason: str) -> RefusedError:
    return RefusedError(
        f"Error reading KPOINTS file ({reason}): the error occured at line 4; "
        "give Gamma or Monkhorst and three positive divisions, or a list with weights"
    )


def _automatic(lattice: Sequence[Sequence[float]], spacing: float) -> Mesh:
    """Gamma-centred mesh no coarser than a spacing [1/angstrom, with 2 pi]."""
    lengths = [2 * math.pi * math.sqrt(dot(row, row)) for row in reciprocal(lattice)]
    return mesh([max(1, math.ceil(length / spacing)) for length in lengths], "Gamma", [0.0] * 3)


def mesh(divisions: list[int], scheme: str, shift: Sequence[float]) -> Mesh:
    """Points of a regular mesh, k and -k counted once."""
    offsets = [
        (s + (0.5 if scheme.startswith("M") and n % 2 == 0 else 0.0)) / n
        for n, s in zip(divisions, shift, strict=True)
    ]
    seen: dict[tuple[float, ...], int] = {}
    for index in product(*(range(n) for n in divisions)):
        point = [
            _wrapped(i / n + offset) for i, n, offset in zip(index, divisions, offsets, strict=True)
        ]
        opposite = tuple(_wrapped(-x) for x in point)
        key = opposite if opposite in seen else tuple(point)
        seen[key] = seen.get(key, 0) + 1
    return [list(key) for key in seen], _normal(list(map(float, seen.values()))), scheme, divisions


def _wrapped(x: float) -> float:
    """Into (-1/2, 1/2]."""
    return round(x - math.ceil(x - 0.5 - 1e-9), 10) + 0.0


def _lines(rows: Sequence[str], count: int) -> Mesh:
    ends = [[float(word) for word in row.split()[:3]] for row in rows if row]
    points = [
        [a + (b - a) * i / max(count - 1, 1) for a, b in zip(start, stop, strict=True)]
        for start, stop in zip(ends[::2], ends[1::2], strict=True)
        for i in range(count)
    ]
    return points, _normal([1.0] * len(points)), "Line_mode", [count]


def _normal(weights: list[float]) -> list[float]:
    total = math.fsum(weights)
    return [weight / total for weight in weights]


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


def _read_potcar(text: str) -> list[Potential]:
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


def _read_potcar_spec(text: str) -> list[Potential]:
    """Potentials known by name only (pymatgen's POTCAR.spec, a symbol a line)."""
    potentials = []
    for symbol in text.split():
        name = symbol.partition("_")[0]
        if name not in NUMBERS:
            raise RefusedError(
                f"ERROR: {symbol!r} in POTCAR.spec is not a potential; give Li_sv, Co, ..."
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
        potentials = _read_potcar_spec(_text(folder, "POTCAR.spec"))
    else:
        potentials = _read_potcar(_text(folder, "POTCAR"))
    if not (folder / "KPOINTS").is_file() and isinstance(incar.get("KSPACING"), float):
        mesh = _automatic(poscar.lattice, float(str(incar["KSPACING"])))
    else:
        mesh = _read_kpoints(_text(folder, "KPOINTS"), poscar.lattice)
    return Inputs(incar, poscar, potentials, *mesh)


def _text(folder: Path, name: str) -> str:
    path = folder / name
    if not path.is_file():
        raise RefusedError(
            f"ERROR: the file {name} does not exist in {folder}; write it"
            + (" or set KSPACING" if name == "KPOINTS" else "")
        )
    return path.read_text(encoding="utf-8", errors="replace")
