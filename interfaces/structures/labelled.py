"""Cells whose atoms are labelled by side, in a reproducible order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interfaces.serialisable import Serialisable

if TYPE_CHECKING:
    from pymatgen.core import Structure

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LabelledCell(Serialisable):
    """A periodic cell: ``sides`` is the index into ``names`` of each atom.

    ``lattice`` rows [angstrom] (3, 3), the third along z; ``positions`` [angstrom] (n, 3). Build
    one with :func:`labelled`.
    """

    names: tuple[str, str]
    species: tuple[str, ...] = field(repr=False)
    sides: tuple[int, ...] = field(repr=False)
    lattice: Array = field(repr=False, compare=False)
    positions: Array = field(repr=False, compare=False)

    @property
    def labels(self) -> tuple[str, ...]:
        """Name of the side of each atom."""
        return tuple(self.names[side] for side in self.sides)

    @property
    def counts(self) -> tuple[int, int]:
        """Atoms of each side."""
        return self.sides.count(0), self.sides.count(1)

    def structure(self) -> Structure:
        """As pymatgen has it, atoms in the same order; site property ``side`` is the name.

        Returns
        -------
        Structure
            The structure.
        """
        from pymatgen.core import Lattice, Structure

        return Structure(
            Lattice(self.lattice), self.species, self.positions, coords_are_cartesian=True,
            to_unit_cell=True, site_properties={"side": list(self.labels)},
        )  # fmt: skip

    def contact(self) -> tuple[float, tuple[str, str]]:
        """Shortest distance [angstrom] between the sides, images included, and whose it is.

        Returns
        -------
        tuple[float, tuple[str, str]]
            Distance [angstrom] and the two elements.
        """
        from pymatgen.core import Lattice

        side = np.array(self.sides)
        lower, upper = np.flatnonzero(side == 0), np.flatnonzero(side == 1)
        cell = Lattice(self.lattice)
        fractions = cell.get_fractional_coords(self.positions)
        apart = cell.get_all_distances(fractions[lower], fractions[upper])
        i, j = np.unravel_index(int(np.argmin(np.round(apart, 6))), apart.shape)
        pair = self.species[int(lower[i])], self.species[int(upper[j])]
        return round(float(apart[i, j]), 6), pair


def labelled(
    names: tuple[str, str],
    species: Sequence[str],
    sides: Sequence[int],
    lattice: Array,
    positions: Array,
) -> LabelledCell:
    """Build a cell with its atoms sorted by element, side, height and position in the plane.

    Elements come in the order in which they are first met, each once, as a POSCAR wants them.

    Parameters
    ----------
    names : names of both sides.
    species : elements.
    sides : 0 or 1 for each atom.
    lattice : (3, 3) vectors as rows [angstrom].
    positions : (n, 3) Cartesian positions [angstrom].

    Returns
    -------
    LabelledCell
        The sorted cell.

    Examples
    --------
    >>> cell = labelled(("a", "b"), ["Li", "O", "Li"], [0, 0, 1], np.eye(3) * 9,
    ...                 np.array([[0, 0, 2.0], [0, 0, 0], [0, 0, 4.0]]))
    >>> cell.species, cell.labels
    (('Li', 'Li', 'O'), ('a', 'b', 'a'))
    """
    met = list(dict.fromkeys(species))
    places = np.asarray(positions, dtype=float)
    fractions = np.round(places @ np.linalg.inv(lattice), 5) % 1.0
    heights = np.round(places[:, 2], 3)
    order = sorted(
        range(len(species)),
        key=lambda i: (
            met.index(species[i]), sides[i], heights[i], fractions[i, 1], fractions[i, 0]
        ),
    )  # fmt: skip
    return LabelledCell(
        names=names,
        species=tuple(species[i] for i in order),
        sides=tuple(int(sides[i]) for i in order),
        lattice=np.asarray(lattice, dtype=float),
        positions=np.round(places[order], 8) + 0.0,
    )
