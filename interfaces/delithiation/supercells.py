"""Compact supercells of exactly n formula units."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from interfaces.delithiation.frameworks import Framework, Role, Shape
from interfaces.errors import NotCommensurateError

Matrix = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Supercell:
    """A supercell of a framework: rows of ``matrix`` are its vectors in the primitive basis.

    Sites are in the order of the framework's positions, each with all translations.
    """

    framework: Framework
    matrix: Matrix

    @property
    def n_formula_units(self) -> int:
        """Formula units in the supercell; as many mobile sites."""
        return len(self.translations) * self.framework.formula_units

    @property
    def translations(self) -> np.ndarray:
        """Lattice points inside the supercell, in the primitive basis; shape (cells, 3)."""
        return _translations(self.matrix)

    @property
    def elements(self) -> tuple[str, ...]:
        """Element of each site; empty on a metal site."""
        copies = len(self.translations)
        return tuple(orbit.element for orbit in self.framework.by_position() for _ in range(copies))

    @property
    def charges(self) -> np.ndarray:
        """Formal charge of each fixed site, 0 on mobile and metal sites; shape (sites,)."""
        fixed = (Role.CATION, Role.ANION)
        values = [
            orbit.charge if orbit.role in fixed else 0.0 for orbit in self.framework.by_position()
        ]
        return np.repeat(values, len(self.translations))

    def where(self, role: Role) -> np.ndarray:
        """Indices of the sites of one role.

        Parameters
        ----------
        role : role of the sites.

        Returns
        -------
        np.ndarray
            Site indices.
        """
        own = [orbit.role is role for orbit in self.framework.by_position()]
        return np.flatnonzero(np.repeat(own, len(self.translations)))

    def sites(self, shape: Shape) -> np.ndarray:
        """Fractional coordinates of every site; shape (sites, 3).

        Parameters
        ----------
        shape : lengths and free coordinates.

        Returns
        -------
        np.ndarray
            Fractional coordinates.
        """
        offsets = self.framework.positions(shape)
        points = np.concatenate([self.translations + offset for offset in offsets])
        inverse: np.ndarray = np.linalg.inv(np.array(self.matrix))
        fractional: np.ndarray = points @ inverse
        return fractional

    def lattice(self, shape: Shape) -> np.ndarray:
        """Vectors of the supercell [angstrom]; shape (3, 3).

        Parameters
        ----------
        shape : lengths and free coordinates.

        Returns
        -------
        np.ndarray
            Lattice vectors as rows [angstrom].
        """
        conventional = self.framework.conventional(shape)
        vectors: np.ndarray = (
            np.array(self.matrix) @ np.array(self.framework.primitive) @ conventional
        )
        return vectors


@lru_cache(maxsize=64)
def _translations(matrix: Matrix) -> np.ndarray:
    vectors = np.array(matrix)
    inverse = np.linalg.inv(vectors)
    corners = np.array(list(itertools.product((0, 1), repeat=3))) @ vectors
    low, high = corners.min(axis=0), corners.max(axis=0)
    axes = [np.arange(low[i], high[i] + 1) for i in range(3)]
    points = np.array(list(itertools.product(*axes)))
    inside = points @ inverse
    kept: np.ndarray = points[((inside > -1e-9) & (inside < 1 - 1e-9)).all(axis=1)]
    kept.flags.writeable = False
    return kept


@lru_cache(maxsize=16)
def supercell(framework: Framework, n_formula_units: int) -> Supercell:
    """Choose the supercell of exactly n formula units that keeps periodic images furthest apart.

    Parameters
    ----------
    framework
        Distances are measured in its reference shape, so that the result depends on n only.
    n_formula_units
        A multiple of the formula units in the primitive cell: 1 of O3, 2 of spinel, 4 of olivine.

    Returns
    -------
    Supercell
        The supercell.

    Raises
    ------
    NotCommensurateError
        If it is no such multiple.

    Examples
    --------
    >>> from interfaces.delithiation import SPINEL
    >>> cell = supercell(SPINEL, 8)
    >>> round(float(np.linalg.det(np.array(cell.matrix)))), cell.n_formula_units
    (4, 8)
    """
    each = framework.formula_units
    if n_formula_units < 1 or n_formula_units % each:
        raise NotCommensurateError(
            f"a supercell of {n_formula_units} formula units of {framework.name}; the primitive "
            f"cell holds {each}, so take a multiple of {each} that is at least {each}"
        )
    vectors = framework.vectors(framework.reference)
    return Supercell(framework, compact(vectors, n_formula_units // each))


def compact(lattice: np.ndarray, index: int) -> Matrix:
    """Find the sublattice of this index whose shortest vector is longest, reduced.

    Every sublattice (one per Hermite normal form) is reduced; ties go to the shortest sum of
    vectors, then to the first. ``lattice`` holds vectors as rows.

    Parameters
    ----------
    lattice : (3, 3) vectors as rows [angstrom].
    index : number of primitive cells.

    Returns
    -------
    Matrix
        Integer matrix of the sublattice.

    Examples
    --------
    >>> compact(np.diag([1.0, 1.0, 4.0]), 4)
    ((2, 0, 0), (0, 2, 0), (0, 0, 1))
    """
    from pymatgen.core import Lattice

    best: tuple[tuple[float, float], np.ndarray] | None = None
    for form in _hermite_forms(index):
        reduced = Lattice(form @ lattice).get_lll_reduced_lattice().matrix
        near = np.array([c for c in itertools.product((-1, 0, 1), repeat=3) if any(c)]) @ reduced
        shortest = float(np.linalg.norm(near, axis=1).min())
        rank = (-round(shortest, 6), round(float(np.linalg.norm(reduced, axis=1).sum()), 6))
        if best is None or rank < best[0]:
            best = (rank, np.round(reduced @ np.linalg.inv(lattice)).astype(int))
    assert best is not None
    matrix = best[1] if np.linalg.det(best[1]) > 0 else -best[1]
    return tuple((int(r[0]), int(r[1]), int(r[2])) for r in matrix)


def _hermite_forms(n: int) -> Iterator[np.ndarray]:
    for a in (d for d in range(1, n + 1) if n % d == 0):
        for c in (d for d in range(1, n // a + 1) if (n // a) % d == 0):
            f = n // a // c
            for b, d, e in itertools.product(range(c), range(f), range(f)):
                yield np.array([[a, b, d], [0, c, e], [0, 0, f]])


TOLERANCE = 1e-3  #: in units of the reference lengths; sites of the ideal cell are exact


@dataclass(frozen=True)
class Permutations:
    """Where each mobile site and each metal site goes; one row of both per operation.

    ``mobile`` has shape (operations, mobile sites), ``metal`` (operations, metal sites).
    """

    mobile: np.ndarray
    metal: np.ndarray


@lru_cache(maxsize=16)
def permutations(cell: Supercell) -> Permutations:
    """Permute mobile and metal sites by every operation of the ideal supercell, each pair once.

    spglib finds the operations, translations included, of the framework in its reference shape
    with every site full and all metals alike.

    Parameters
    ----------
    cell : supercell.

    Returns
    -------
    Permutations
        Site permutations of all operations.
    """
    import spglib

    kinds = {key: number for number, key in enumerate(dict.fromkeys(_kinds(cell)))}
    places = cell.sites(cell.framework.reference)
    numbers = [kinds[key] for key in _kinds(cell)]
    lattice = cell.lattice(cell.framework.reference)
    operations = spglib.get_symmetry((lattice, places, numbers), symprec=TOLERANCE)
    mobile, metal = (
        _images(
            places[cell.where(role)], lattice, operations["rotations"], operations["translations"]
        )
        for role in (Role.MOBILE, Role.METAL)
    )
    rows = np.unique(np.hstack([mobile, metal]), axis=0)
    return Permutations(rows[:, : mobile.shape[1]], rows[:, mobile.shape[1] :])


def _kinds(cell: Supercell) -> list[tuple[str, str]]:
    copies = len(cell.translations)
    return [
        (orbit.role.value, orbit.element)
        for orbit in cell.framework.by_position()
        for _ in range(copies)
    ]


def _images(
    places: np.ndarray, lattice: np.ndarray, rotations: np.ndarray, translations: np.ndarray
) -> np.ndarray:
    """Index of the site on which each site lands; shape (operations, sites)."""
    rows = []
    for rotation, translation in zip(rotations, translations, strict=True):
        off = (places @ rotation.T + translation)[:, None] - places[None]
        distances = np.linalg.norm((off - np.round(off)) @ lattice, axis=2)
        rows.append(distances.argmin(axis=1))
    return np.array(rows)
