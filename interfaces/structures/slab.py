"""``Slab``: a termination of a facet with its dipole, type and layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interfaces.serialisable import Serialisable

if TYPE_CHECKING:
    from pymatgen.core import Structure

Array = NDArray[np.float64]

POLAR = 0.01  #: e/angstrom; a larger dipole per area is one
NEUTRAL = 0.01  #: e; a smaller sum of charges counts as neutral


@dataclass(frozen=True)
class Slab(Serialisable):
    """A slab with its lowest atom at height 0 and its normal along z.

    ``label`` distinguishes its terminations (``1``, ``2``, ...; ``1r`` is the reconstruction of 1).
    ``shift`` height of the cut in the oriented cell, as a fraction; ``broken`` bonds of P-S and
    like units cut per surface cell of the bulk; ``moved`` what a reconstruction moved;
    ``units`` formula units; ``repeat`` [angstrom] from an atom to its image where the crystal goes
    on above; ``charges`` formal, of each atom [e], None where not known; ``plane`` largest step in
    height within one atomic plane; ``axes`` in-plane vectors [angstrom] (2, 2); ``positions``
    [angstrom] (n, 3).
    """

    bulk: str
    miller: tuple[int, int, int]
    label: str
    shift: float
    layers: int
    broken: int
    moved: str
    units: int
    plane: float
    repeat: tuple[float, float, float] = field(repr=False)
    species: tuple[str, ...] = field(repr=False)
    charges: tuple[float, ...] | None = field(repr=False)
    axes: Array = field(repr=False, compare=False)
    positions: Array = field(repr=False, compare=False)

    @property
    def area(self) -> float:
        """Area of the surface cell [angstrom^2]."""
        return abs(float(np.linalg.det(self.axes)))

    @property
    def thickness(self) -> float:
        """Height of the highest atom over the lowest [angstrom]."""
        return float(np.ptp(self.positions[:, 2]))

    @property
    def dipole(self) -> float | None:
        """The dipole mu / A [e/angstrom] of the formal charges; None where they are not known."""
        if self.charges is None:
            return None
        return round(float(np.array(self.charges) @ self.positions[:, 2]) / self.area, 9) + 0.0

    @property
    def tasker(self) -> int | None:
        """Tasker's type: 3 with a dipole, 1 if every plane is neutral, else 2."""
        if self.charges is None:
            return None
        if self.polar:
            return 3
        charge = np.array(self.charges)
        planes = _atomic_planes(self.positions[:, 2], self.plane)
        return 1 if all(abs(charge[list(rows)].sum()) < NEUTRAL for rows in planes) else 2

    @property
    def bottom(self) -> str:
        """Atoms of the lowest plane, per surface cell."""
        return _formula(self.species, _atomic_planes(self.positions[:, 2], self.plane)[0])

    @property
    def top(self) -> str:
        """Atoms of the highest plane, per surface cell."""
        return _formula(self.species, _atomic_planes(self.positions[:, 2], self.plane)[-1])

    @property
    def stoichiometric(self) -> bool:
        """Whether it has the composition of the bulk."""
        return len(self.species) % self.units == 0 and all(
            count % self.units == 0 for count in Counter(self.species).values()
        )

    @property
    def polar(self) -> bool | None:
        """Whether it has a dipole along its normal; None where the charges are not known."""
        return None if self.dipole is None else abs(self.dipole) > POLAR

    @property
    def name(self) -> str:
        """For example ``LiCoO2 (104) termination 1``."""
        return f"{self.bulk} {facet(self.miller)} termination {self.label}"

    def structure(self, vacuum: float = 15.0) -> Structure:
        """The slab under ``vacuum`` [angstrom], for a calculation of its own.

        Parameters
        ----------
        vacuum : vacuum [angstrom].

        Returns
        -------
        Structure
            The slab as pymatgen ``Structure``.
        """
        from pymatgen.core import Lattice, Structure

        cell = np.zeros((3, 3))
        cell[:2, :2] = self.axes
        cell[2, 2] = self.thickness + vacuum
        raised = self.positions + np.array([0.0, 0.0, vacuum / 2])
        return Structure(Lattice(cell), self.species, raised, coords_are_cartesian=True)


def facet(miller: Sequence[int]) -> str:
    """Miller indices as they are written.

    Parameters
    ----------
    miller : Miller indices.

    Returns
    -------
    str
        E.g. ``(104)``.

    Examples
    --------
    >>> facet((1, 0, 4)), facet((1, -1, 0)), facet((1, 0, 11))
    ('(104)', '(1-10)', '(1 0 11)')
    """
    apart = " " if any(abs(index) > 9 for index in miller) else ""
    return f"({apart.join(str(index) for index in miller)})"


def _atomic_planes(heights: Array, plane: float) -> list[tuple[int, ...]]:
    """Indices of the atoms of each plane, lowest first: no step within one is above ``plane``.

    Parameters
    ----------
    heights : heights of the atoms [angstrom].
    plane : largest step within a plane [angstrom].

    Returns
    -------
    list[tuple[int, ...]]
        Atom indices of each plane.

    Examples
    --------
    >>> _atomic_planes(np.array([0.0, 2.0, 0.2]), 0.3)
    [(0, 2), (1,)]
    """
    order = np.argsort(heights, kind="stable")
    breaks = np.flatnonzero(np.diff(heights[order]) > plane) + 1
    return [tuple(int(i) for i in rows) for rows in np.split(order, breaks)]


def _formula(species: Sequence[str], rows: Sequence[int]) -> str:
    from pymatgen.core import Composition

    counted = Counter(species[i] for i in rows)
    return "".join(
        element.symbol + (str(n) if (n := counted[element.symbol]) > 1 else "")
        for element in sorted(Composition(counted).elements)
    )
