"""Supercells of exactly n formula units, and their symmetry as permutations of sites.

In the rhombohedral basis of the O3 host Li is at (0, 0, 0), M at (1/2, 1/2, 1/2) and O at
+-(z, z, z): Wyckoff 3a, 3b and 6c of the hexagonal cell. A supercell keeps n Li, n M and 2n O sites
in this order. Its symmetry is the set of lattice translations and those of the twelve operations of
-3m that map the supercell onto itself, so that "distinct" is decided by permutations, exactly.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from interfaces.delithiation.hosts import LayeredGeometry
from interfaces.errors import NotCommensurateError

#: Rows: the rhombohedral vectors in the hexagonal basis (obverse setting). Each climbs one layer.
RHOMBOHEDRAL = np.array([[2, 1, 1], [-1, 1, 1], [-1, -2, 1]]) / 3


@dataclass(frozen=True)
class Supercell:
    """A supercell of the O3 host: rows of ``matrix`` are its vectors in the rhombohedral basis."""

    n_formula_units: int
    matrix: tuple[tuple[int, int, int], ...]

    @property
    def translations(self) -> np.ndarray:
        """Lattice points inside the supercell, in the rhombohedral basis; shape (n, 3)."""
        matrix = np.array(self.matrix)
        inverse = np.linalg.inv(matrix)
        corners = np.array(list(itertools.product((0, 1), repeat=3))) @ matrix
        low, high = corners.min(axis=0), corners.max(axis=0)
        axes = [np.arange(low[i], high[i] + 1) for i in range(3)]
        points = np.array(list(itertools.product(*axes)))
        inside = points @ inverse
        kept: np.ndarray = points[((inside > -1e-9) & (inside < 1 - 1e-9)).all(axis=1)]
        return kept

    @property
    def layers(self) -> int:
        """Number of different M layers in the supercell."""
        return math.gcd(*(int(step) for step in np.array(self.matrix).sum(axis=1)))

    def sites(self, z: float) -> np.ndarray:
        """Fractional coordinates of n Li, n M and 2n O sites; shape (4n, 3)."""
        diagonal = np.ones(3)
        # Along the rhombohedral diagonal the hexagonal height z is the same number.
        offsets = (0 * diagonal, diagonal / 2, z * diagonal, -z * diagonal)
        points = np.concatenate([self.translations + offset for offset in offsets])
        inverse: np.ndarray = np.linalg.inv(np.array(self.matrix))
        fractional: np.ndarray = points @ inverse
        return fractional

    def lattice(self, geometry: LayeredGeometry) -> np.ndarray:
        """Vectors of the supercell [angstrom]; shape (3, 3)."""
        hexagonal = np.array(
            [
                [geometry.a, 0, 0],
                [-geometry.a / 2, geometry.a * math.sqrt(3) / 2, 0],
                [0, 0, geometry.c],
            ]
        )
        vectors: np.ndarray = np.array(self.matrix) @ RHOMBOHEDRAL @ hexagonal
        return vectors

    def permutations(self) -> np.ndarray:
        """Symmetry as permutations of the n Li sites; the M sites permute alike in their own way.

        Returns
        -------
        numpy.ndarray
            Shape (operations, 2, n): where each Li site, and each M site, goes.
        """
        return _permutations(self)


@lru_cache(maxsize=16)
def _permutations(cell: Supercell) -> np.ndarray:
    matrix = np.array(cell.matrix)
    inverse = np.linalg.inv(matrix)
    points = cell.translations
    found: set[tuple[int, ...]] = set()
    for axes, sign in itertools.product(itertools.permutations(range(3)), (1, -1)):
        operation = sign * np.eye(3, dtype=int)[list(axes)]
        image = matrix @ operation @ inverse
        if np.abs(image - np.round(image)).max() > 1e-6:
            continue  # it turns the supercell into another one
        # Inversion takes M at k + 1/2 to -k - 1/2, that is to lattice point -k - 1.
        moved = np.stack([points @ operation, points @ operation + min(sign, 0)])
        for shift in points:
            found.add(tuple(_index(moved + shift, points, matrix).ravel().tolist()))
    return np.array(sorted(found)).reshape(-1, 2, len(points))


def _index(vectors: np.ndarray, points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Index into ``points`` of each lattice vector, modulo the supercell; shape (2, n)."""
    inverse = np.linalg.inv(matrix)

    def key(integer: np.ndarray) -> np.ndarray:
        volume = round(abs(np.linalg.det(matrix)))
        residue = np.round(integer @ inverse * volume).astype(int) % volume
        weights: np.ndarray = residue @ np.array([volume**2, volume, 1])
        return weights

    table = {int(value): index for index, value in enumerate(key(points))}
    return np.array([[table[int(value)] for value in row] for row in key(vectors)])


@lru_cache(maxsize=16)
def supercell(n_formula_units: int, ratio: float = 4.95) -> Supercell:
    """Choose the supercell of exactly n formula units that keeps periodic images furthest apart.

    Every sublattice of index n (one per Hermite normal form) is reduced and the one with the
    largest shortest vector is taken; ties go to the shortest sum of vectors, then to the first.

    Parameters
    ----------
    n_formula_units
        Number of LiMO2 in the supercell, at least 1.
    ratio
        c/a of the host for which "far" is measured; one number, so that only n matters.

    Examples
    --------
    >>> cell = supercell(10)
    >>> round(float(np.linalg.det(np.array(cell.matrix))))
    10
    """
    from pymatgen.core import Lattice

    if n_formula_units < 1:
        raise NotCommensurateError(f"a supercell of {n_formula_units} formula units; at least 1")
    primitive = RHOMBOHEDRAL @ np.array([[1, 0, 0], [-0.5, math.sqrt(3) / 2, 0], [0, 0, ratio]])
    best: tuple[tuple[float, float], np.ndarray] | None = None
    for form in _hermite_forms(n_formula_units):
        reduced = Lattice(form @ primitive).get_lll_reduced_lattice().matrix
        near = np.array([c for c in itertools.product((-1, 0, 1), repeat=3) if any(c)]) @ reduced
        shortest = float(np.linalg.norm(near, axis=1).min())
        rank = (-round(shortest, 6), round(float(np.linalg.norm(reduced, axis=1).sum()), 6))
        if best is None or rank < best[0]:
            best = (rank, np.round(reduced @ np.linalg.inv(primitive)).astype(int))
    assert best is not None
    matrix = best[1] if np.linalg.det(best[1]) > 0 else -best[1]
    return Supercell(n_formula_units, tuple((int(r[0]), int(r[1]), int(r[2])) for r in matrix))


def _hermite_forms(n: int) -> Iterator[np.ndarray]:
    for a in (d for d in range(1, n + 1) if n % d == 0):
        for c in (d for d in range(1, n // a + 1) if (n // a) % d == 0):
            f = n // a // c
            for b, d, e in itertools.product(range(c), range(f), range(f)):
                yield np.array([[a, b, d], [0, c, e], [0, 0, f]])
