"""Pairs of atoms within a distance, periodic images included. Standard library only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

Vector = Sequence[float]
Matrix = Sequence[Vector]
Pair = tuple[int, int, tuple[float, float, float]]

SKIN = 0.6  #: kept beyond the cutoff, so that a list outlives small moves [angstrom]


def cross(a: Vector, b: Vector) -> list[float]:
    """Vector product."""
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def dot(a: Vector, b: Vector) -> float:
    """Scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def triple_product(lattice: Matrix) -> float:
    """A . (b x c) [angstrom^3], negative for a left-handed cell."""
    return dot(lattice[0], cross(lattice[1], lattice[2]))


def volume(lattice: Matrix) -> float:
    """Volume of the cell [angstrom^3]."""
    return abs(triple_product(lattice))


def reciprocal(lattice: Matrix) -> list[list[float]]:
    """Rows b with a_i . b_j = delta_ij [1/angstrom], without 2 pi."""
    a, b, c = lattice
    scale = 1.0 / triple_product(lattice)
    return [[scale * x for x in row] for row in (cross(b, c), cross(c, a), cross(a, b))]


def to_fractional(lattice: Matrix, positions: Sequence[Vector]) -> list[list[float]]:
    """Fractional coordinates of cartesian positions."""
    rows = reciprocal(lattice)
    return [[dot(position, row) for row in rows] for position in positions]


def to_cartesian(lattice: Matrix, fractional: Sequence[Vector]) -> list[list[float]]:
    """Cartesian positions [angstrom] of fractional coordinates."""
    return [
        [sum(f[k] * lattice[k][axis] for k in range(3)) for axis in range(3)] for f in fractional
    ]


def find_pairs(lattice: Matrix, positions: Sequence[Vector], reach: float) -> list[Pair]:
    """Return every pair once: indices, and the lattice vector added to the second [angstrom]."""
    fractional = to_fractional(lattice, positions)
    # An image n cells away is at least (|n| - 1/2) interplanar distances off.
    extent = [math.floor(reach * math.sqrt(dot(b, b)) + 0.5) for b in reciprocal(lattice)]
    cells = [
        (n, to_cartesian(lattice, [n])[0])
        for n in product(*(range(-most, most + 1) for most in extent))
    ]
    limit = reach * reach
    pairs: list[Pair] = []
    for i, position in enumerate(positions):
        for j in range(i, len(positions)):
            near = [-float(round(fractional[j][k] - fractional[i][k])) for k in range(3)]
            sx, sy, sz = to_cartesian(lattice, [near])[0]
            x, y, z = (positions[j][axis] - position[axis] for axis in range(3))
            for n, (tx, ty, tz) in cells:
                if i == j and n <= (0, 0, 0):  # an atom and its own images: each once
                    continue
                dx, dy, dz = x + sx + tx, y + sy + ty, z + sz + tz
                if dx * dx + dy * dy + dz * dz < limit:
                    pairs.append((i, j, (sx + tx, sy + ty, sz + tz)))
    return pairs


class PairList:
    """Pairs within a cutoff, searched again only when atoms or the cell have moved enough."""

    def __init__(self, cutoff: float) -> None:
        self.cutoff = cutoff
        self._lattice: list[list[float]] = []
        self._positions: list[list[float]] = []
        self._pairs: list[Pair] = []

    def update(self, lattice: Matrix, positions: Sequence[Vector]) -> list[Pair]:
        """Return at least all pairs nearer than the cutoff (up to the skin beyond it)."""
        if [list(row) for row in lattice] != self._lattice or self._moved(positions):
            self._lattice = [list(row) for row in lattice]
            self._positions = [list(row) for row in positions]
            self._pairs = find_pairs(lattice, positions, self.cutoff + SKIN)
        return self._pairs

    def _moved(self, positions: Sequence[Vector]) -> bool:
        limit = (SKIN / 2) ** 2
        return len(positions) != len(self._positions) or any(
            sum((new[k] - old[k]) ** 2 for k in range(3)) > limit
            for new, old in zip(positions, self._positions, strict=True)
        )
