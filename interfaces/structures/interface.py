"""Interface cells of two slabs: periodic with two interfaces, or one interface under vacuum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interfaces.errors import CellError
from interfaces.serialisable import Serialisable
from interfaces.structures.lattice_match import Match
from interfaces.structures.polar_reconstruction import repeated
from interfaces.structures.slab import Slab

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

    Elements in the order of first occurrence, each once, as in a POSCAR.

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


SHORTEST = 1.5  #: angstrom; atoms of the two sides nearer than this were put into one another
LARGEST_GAP = 10.0  #: angstrom; beyond it the sides do not touch
LARGEST_VACUUM = 100.0  #: angstrom


@dataclass(frozen=True)
class InterfaceCell(Serialisable):
    """Two slabs in one cell.

    ``atoms`` with the side of each; ``gap`` [angstrom] between the outer planes; ``vacuum``
    [angstrom] above the second slab, 0 for a sandwich whose second interface has the same gap;
    ``shift`` of the second side, fractions of the in-plane vectors; ``contact`` [angstrom] the
    shortest distance between the sides, and between whom.
    """

    first: Slab
    second: Slab
    match: Match
    gap: float
    vacuum: float
    shift: tuple[float, float]
    contact: float
    contact_pair: tuple[str, str]
    atoms: LabelledCell

    @property
    def interfaces(self) -> int:
        """Interfaces per cell: 2 in a sandwich, 1 under vacuum."""
        return 1 if self.vacuum else 2


def interface_cell(
    first: Slab,
    second: Slab,
    match: Match,
    *,
    gap: float = 2.5,
    vacuum: float = 0.0,
    shift: tuple[float, float] = (0.0, 0.0),
) -> InterfaceCell:
    """Put the second slab on the first, both strained to the common cell.

    Thicknesses stay those of the bulks: nothing is done about the strain along the normal, which a
    relaxation finds. Without vacuum the second slab's top faces the first one's bottom across the
    same gap, so a cell of two slabs with unlike sides has two unlike interfaces.

    Parameters
    ----------
    gap : between the highest atom of one side and the lowest of the other [angstrom].
    vacuum : over the second slab [angstrom]; 0 makes the sandwich.
    shift : of the second side, in fractions of the in-plane vectors.

    Returns
    -------
    InterfaceCell
        The cell, with the side of every atom.

    Raises
    ------
    CellError
        If gap or vacuum is out of range, or atoms of the two sides lie within 1.5 A.
    """
    if not 0 < gap <= LARGEST_GAP:
        raise CellError(
            f"a gap of {gap:g} A is out of range; give one above 0, up to {LARGEST_GAP:g}"
        )
    if not 0 <= vacuum <= LARGEST_VACUUM or 0 < vacuum < gap:
        raise CellError(
            f"a vacuum of {vacuum:g} A is out of range; give 0 for a sandwich, or one from the gap "
            f"up to {LARGEST_VACUUM:g}"
        )
    if not all(map(math.isfinite, shift)):
        raise CellError(
            f"a shift of {shift} is not possible; give two fractions of the in-plane vectors"
        )
    axes = upright_plane(match.axes)
    lower, upper = (
        _strained(slab, matrix, axes)
        for slab, matrix in ((first, match.first), (second, match.second))
    )
    lattice = np.zeros((3, 3))
    lattice[:2, :2] = axes
    lattice[2, 2] = first.thickness + gap + second.thickness + (vacuum or gap)
    upper[1][:, :2] += np.array(shift) @ axes
    upper[1][:, 2] += first.thickness + gap
    atoms = labelled(
        (first.bulk, second.bulk), lower[0] + upper[0], [0] * len(lower[0]) + [1] * len(upper[0]),
        lattice, np.concatenate([lower[1], upper[1]]),
    )  # fmt: skip
    contact, pair = atoms.contact()
    if contact < SHORTEST:
        raise CellError(
            f"{pair[0]} and {pair[1]} of the two sides would be {contact:.2f} A apart; widen the "
            "gap or shift one side"
        )
    return InterfaceCell(
        first=first,
        second=second,
        match=match,
        gap=float(gap),
        vacuum=float(vacuum),
        shift=(float(shift[0]), float(shift[1])),
        contact=contact,
        contact_pair=pair,
        atoms=atoms,
    )


def upright_plane(axes: Array) -> Array:
    """The same in-plane vectors turned so that the first lies along x.

    Parameters
    ----------
    axes : (2, 3) or (2, 2) in-plane vectors [angstrom].

    Returns
    -------
    Array
        Rotated vectors [angstrom].
    """
    a, b = axes
    length = float(np.linalg.norm(a))
    along = float(a @ b) / length
    across = float(a[0] * b[1] - a[1] * b[0]) / length
    return np.round(np.array([[length, 0.0], [along, across]]), 10) + 0.0


def _strained(
    slab: Slab, matrix: tuple[tuple[int, int], tuple[int, int]], axes: Array
) -> tuple[tuple[str, ...], Array]:
    """Atoms of a slab's supercell, its in-plane fractions kept on the common axes."""
    cell = np.array(matrix)
    species, positions = repeated(slab.species, slab.positions, slab.axes, cell)
    fractions = positions[:, :2] @ np.linalg.inv(cell @ slab.axes)
    fractions -= np.floor(np.round(fractions, 8))
    return species, np.column_stack([fractions @ axes, positions[:, 2]])
