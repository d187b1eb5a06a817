r"""Lateral registry: energy of an interface cell against in-plane shifts of the second side.

The interface repeats whenever the shift is a lattice vector of either side, so only the cell of
the lattice that both generate is scanned. Energies are relative, per area of interface,

.. math:: \Delta\gamma = (E - E_\mathrm{best}) / (n A), \quad 1\ eV/A^2 = 16.0218\ J/m^2 ,

with n interfaces of area A. An unrelaxed scan suggests starting shifts; it does not give the
adhesion.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interfaces.errors import CellError
from interfaces.serialisable import Serialisable
from interfaces.structures.interface import InterfaceCell, interface_cell

Array = NDArray[np.float64]

JOULES = 16.021766  #: J/m^2 in 1 eV/angstrom^2
LARGEST_GRID = 24
SAME = 1e-6  #: eV per angstrom^2; energies nearer than this are one


@dataclass(frozen=True)
class Shift(Serialisable):
    """One point of the scan: ``shift`` (fractions), ``gap`` [angstrom], ``energy`` [eV per cell].

    ``relative`` [eV/angstrom^2] above the best point, per interface; ``contact`` [angstrom].
    """

    shift: tuple[float, float]
    gap: float
    energy: float
    relative: float
    contact: float

    @property
    def joules(self) -> float:
        """``relative`` in J/m^2."""
        return self.relative * JOULES


@dataclass(frozen=True)
class Registry(Serialisable):
    """A scan of shifts, by energy; ``period`` basis of the distinct shifts (fractions) (2, 2)."""

    points: tuple[Shift, ...]
    period: tuple[tuple[float, float], tuple[float, float]]
    best: InterfaceCell
    calculator: str

    @property
    def spread(self) -> float:
        """The worst point above the best [J/m^2]."""
        return max(point.joules for point in self.points)


def scan(
    cell: InterfaceCell,
    calculator: Any,
    *,
    grid: tuple[int, int] = (4, 4),
    gaps: Sequence[float] = (),
    name: str = "",
) -> Registry:
    """Energies of the cell over a grid of in-plane shifts, and over gaps if given.

    Parameters
    ----------
    calculator : any ASE calculator.
    grid : shifts along the two basis vectors of the distinct ones.
    gaps : [angstrom]; the cell's own alone if none is given.

    Returns
    -------
    Registry
        Points by rising energy, and the best cell.

    Raises
    ------
    CellError
        If the grid is out of range, or an energy is not finite.
    """
    from pymatgen.io.ase import AseAtomsAdaptor

    def energy(candidate: InterfaceCell) -> float:
        atoms = AseAtomsAdaptor.get_atoms(candidate.atoms.structure(), msonable=False)
        atoms.calc = calculator
        return float(atoms.get_potential_energy())

    return scan_energies(
        cell, energy, grid=grid, gaps=gaps, name=name or getattr(calculator, "name", "")
    )


def scan_energies(
    cell: InterfaceCell,
    energy: Callable[[InterfaceCell], float],
    *,
    grid: tuple[int, int] = (4, 4),
    gaps: Sequence[float] = (),
    name: str = "",
) -> Registry:
    """The scan of :func:`scan` with a function of the cell in place of a calculator.

    Parameters
    ----------
    cell : interface cell.
    energy : function that returns the energy of a cell [eV].
    grid : points along both in-plane vectors.
    gaps : gaps between the sides [angstrom].
    name : name of the energy model.

    Returns
    -------
    Registry
        Points by rising energy, and the best cell.
    """
    if not all(1 <= count <= LARGEST_GRID for count in grid):
        raise CellError(f"a grid of {grid} is out of range; give 1 to {LARGEST_GRID} twice")
    basis = distinct_shifts(cell)
    energies = []
    for gap in gaps or (cell.gap,):
        for i in range(grid[0]):
            for j in range(grid[1]):
                u, v = np.array([i / grid[0], j / grid[1]]) @ basis + cell.shift
                shift = (round(float(u) % 1.0, 9) % 1.0, round(float(v) % 1.0, 9) % 1.0)
                shifted = interface_cell(
                    cell.first, cell.second, cell.match, gap=gap, vacuum=cell.vacuum, shift=shift
                )
                value = energy(shifted)
                if not math.isfinite(value):
                    raise CellError(f"the energy at shift {shift} and gap {gap:g} A is {value}")
                energies.append((value, shifted))
    area = cell.match.area * cell.interfaces
    lowest = min(value for value, _ in energies)
    best = next(shift for value, shift in energies if value - lowest < SAME * area)
    points = [
        Shift(
            shift=shift.shift,
            gap=shift.gap,
            energy=value,
            relative=(value - lowest) / area,
            contact=shift.contact,
        )
        for value, shift in energies
    ]
    points.sort(key=lambda point: (round(point.relative / SAME), point.gap, point.shift))
    rows = tuple((float(u), float(v)) for u, v in basis)
    return Registry(tuple(points), (rows[0], rows[1]), best, name)


def distinct_shifts(cell: InterfaceCell) -> Array:
    """Basis of the lattice that both sides' in-plane lattices generate; rows, in fractions.

    Shifts by its vectors change nothing, so its cell holds every distinct registry.

    Parameters
    ----------
    cell : interface cell.

    Returns
    -------
    Array
        Basis vectors (2, 2) in fractions.
    """
    rows = [
        row
        for matrix in (cell.match.first, cell.match.second)
        for row in _inverse(matrix)
    ]  # fmt: skip
    common = math.lcm(*(value.denominator for row in rows for value in row))
    whole = [[int(value * common) for value in row] for row in rows]
    basis = np.array(_hermite(whole), dtype=float) / common
    axes = basis @ cell.atoms.lattice[:2, :2]
    return _reduced(basis, axes)


def _inverse(matrix: Sequence[Sequence[int]]) -> list[list[Fraction]]:
    (a, b), (c, d) = matrix
    determinant = a * d - b * c
    return [
        [Fraction(d, determinant), Fraction(-b, determinant)],
        [Fraction(-c, determinant), Fraction(a, determinant)],
    ]


def _hermite(rows: list[list[int]]) -> list[list[int]]:
    """Two rows that generate the same lattice as all of them.

    >>> _hermite([[2, 0], [0, 2], [1, 1]])
    [[1, 1], [0, 2]]
    """
    basis: list[list[int]] = []
    left = [list(row) for row in rows]
    for column in (0, 1):
        while sum(row[column] != 0 for row in left) > 1:
            pivot = min((row for row in left if row[column]), key=lambda row: abs(row[column]))
            left = [
                row
                if row is pivot
                else [x - row[column] // pivot[column] * p for x, p in zip(row, pivot, strict=True)]
                for row in left
            ]
        pivot = next(row for row in left if row[column])
        left = [row for row in left if row is not pivot]
        sign = 1 if pivot[column] > 0 else -1
        basis.append([sign * x for x in pivot])
    return basis


def _reduced(basis: Array, axes: Array) -> Array:
    """Gauss reduction of the basis by the lengths of its vectors ``axes`` [angstrom]."""
    (p, q), (a, b) = basis, axes
    while True:
        if np.linalg.norm(b) < np.linalg.norm(a) - 1e-9:
            p, q, a, b = q, p, b, a
        times = round(float(a @ b) / float(a @ a) - 1e-9)
        if times == 0:
            return np.array([p, q])
        q, b = q - times * p, b - times * a
