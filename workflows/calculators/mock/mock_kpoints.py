"""k-points of a KPOINTS file or of KSPACING, halved by time reversal. Standard library only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

from workflows.calculators.mock.mock_incar import RefusedError
from workflows.calculators.mock.neighbours import dot, reciprocal

Mesh = tuple[list[list[float]], list[float], str, list[int]]


def read_kpoints(text: str, lattice: Sequence[Sequence[float]]) -> Mesh:
    """Points, weights, scheme and divisions of a KPOINTS file.

    Raises
    ------
    RefusedError
        If the file is not a regular mesh, a list, or lines between points.
    """
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
            return automatic(lattice, 2 * math.pi / length)
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


def automatic(lattice: Sequence[Sequence[float]], spacing: float) -> Mesh:
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
