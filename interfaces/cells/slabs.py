r"""Slabs of a facet, every termination kept apart, with what its formal charges say.

A slab of neutral repeat units with charges :math:`q_i` at heights :math:`z_i` has the dipole

.. math:: \mu / A = \frac{1}{A} \sum_i q_i z_i ,

and one that grows with thickness (Tasker's type 3) has a surface energy without limit. The usual
cure moves half of the outer charge to the other side: each ion of charge q moved by the slab's
period H changes the dipole by qH, so :math:`\mu / (qH)` ions do.
P. W. Tasker, doi 10.1088/0022-3719/12/22/036.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interfaces.cells.oriented import oriented_cell
from interfaces.errors import CellError

if TYPE_CHECKING:
    from pymatgen.core import Structure
    from pymatgen.core.surface import SlabGenerator

Array = NDArray[np.float64]

PLANE = 0.3  #: angstrom; atoms whose heights follow one another more closely are one plane
POLAR = 0.01  #: e/angstrom; a larger dipole per area is one
NEUTRAL = 0.01  #: e; a sum of charges below this is none
LARGEST_SLAB = 1000  #: atoms
#: (cation, anion) -> longest bond of a unit that no cut may go through [angstrom]
UNITS: Mapping[tuple[str, str], float] = {
    ("P", "S"): 2.3, ("P", "O"): 1.8, ("C", "O"): 1.5, ("S", "O"): 1.7, ("B", "O"): 1.6,
    ("N", "O"): 1.5, ("Ge", "S"): 2.5, ("Si", "S"): 2.4, ("Sn", "S"): 2.6, ("C", "F"): 1.6,
    ("C", "C"): 1.7, ("C", "N"): 1.6, ("C", "H"): 1.3, ("O", "H"): 1.2, ("S", "N"): 1.8,
    ("S", "C"): 2.0,
}  # fmt: skip


@dataclass(frozen=True)
class Slab:
    """A slab with its lowest atom at height 0 and its normal along z.

    ``label`` tells its terminations apart (``1``, ``2``, ...; ``1r`` is the reconstruction of 1).
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
        planes = atomic_planes(self.positions[:, 2], self.plane)
        return 1 if all(abs(charge[list(rows)].sum()) < NEUTRAL for rows in planes) else 2

    @property
    def bottom(self) -> str:
        """Atoms of the lowest plane, per surface cell."""
        return _formula(self.species, atomic_planes(self.positions[:, 2], self.plane)[0])

    @property
    def top(self) -> str:
        """Atoms of the highest plane, per surface cell."""
        return _formula(self.species, atomic_planes(self.positions[:, 2], self.plane)[-1])

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
        """The slab under ``vacuum`` [angstrom], for a calculation of its own."""
        from pymatgen.core import Lattice, Structure

        cell = np.zeros((3, 3))
        cell[:2, :2] = self.axes
        cell[2, 2] = self.thickness + vacuum
        raised = self.positions + np.array([0.0, 0.0, vacuum / 2])
        return Structure(Lattice(cell), self.species, raised, coords_are_cartesian=True)


def facet(miller: Sequence[int]) -> str:
    """Miller indices as they are written.

    >>> facet((1, 0, 4)), facet((1, -1, 0)), facet((1, 0, 11))
    ('(104)', '(1-10)', '(1 0 11)')
    """
    apart = " " if any(abs(index) > 9 for index in miller) else ""
    return f"({apart.join(str(index) for index in miller)})"


def terminations(
    bulk: Structure,
    miller: tuple[int, int, int],
    thickness: float,
    charges: Mapping[str, float] | None = None,
    *,
    name: str = "",
    plane: float = PLANE,
    reconstruct: bool = True,
) -> tuple[Slab, ...]:
    """Every termination of a facet, in the order of its cut; polar ones also reconstructed.

    Nothing is left out: cuts through a bonded unit are listed with the bonds they break, and
    terminations that are alike upside down stand apart.

    Parameters
    ----------
    bulk : conventional cell.
    thickness : of the slab, at least [angstrom]; it is a whole number of repeats.
    charges : formal charge [e] of each element; None leaves dipoles unknown.
    plane : largest step in height within one atomic plane [angstrom].

    Raises
    ------
    CellError
        If the indices name no facet, the charges lack an element or do not add up to zero, or the
        slab would be too large.

    Examples
    --------
    >>> from pymatgen.core import Lattice, Structure
    >>> rocksalt = Structure.from_spacegroup(
    ...     "Fm-3m", Lattice.cubic(4.2), ["Mg", "O"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    >>> one, = terminations(rocksalt, (1, 0, 0), 8.0, {"Mg": 2, "O": -2}, name="MgO")
    >>> one.name, one.layers, one.polar, one.tasker, one.top
    ('MgO (100) termination 1', 4, False, 1, 'MgO')
    """
    from pymatgen.core.surface import SlabGenerator

    if not 0 < thickness < math.inf:
        raise CellError(f"a slab of {thickness:g} A is none; give a thickness above 0")
    _check_charges(bulk, charges)
    cell = oriented_cell(bulk, miller)
    height = float(cell.lattice.matrix[2, 2])
    layers = max(1, math.ceil((thickness - PLANE) / height))
    if layers * len(cell) > LARGEST_SLAB:
        raise CellError(
            f"a slab of {thickness:g} A of {facet(miller)} has {layers * len(cell)} atoms, more "
            f"than {LARGEST_SLAB}; ask for a thinner one"
        )
    generator = SlabGenerator(
        cell, (0, 0, 1), layers, 1, primitive=False, in_unit_planes=True, reorient_lattice=False
    )
    title = name or bulk.composition.reduced_formula
    flat = [
        _cut(generator, float(shift), title, miller, str(number), layers, charges, plane)
        for number, shift in enumerate(generator.gen_possible_terminations(plane), 1)
    ]
    found, known = [], list(flat)
    for one in flat:
        found.append(one)
        whole = _whole(one, cell) if one.broken else None
        if whole is not None and not any(_alike(whole, other) for other in known):
            found.append(whole)
            known.append(whole)
    if reconstruct:
        from interfaces.cells.reconstruct import reconstructed

        pairs = [(one, reconstructed(one) if one.polar else None) for one in found]
        found = [one for pair in pairs for one in pair if one is not None]
    return tuple(found)


def _check_charges(bulk: Structure, charges: Mapping[str, float] | None) -> None:
    if charges is None:
        return
    symbols = [site.specie.symbol for site in bulk]
    missing = sorted(set(symbols) - set(charges))
    if missing:
        raise CellError(f"no formal charge is given for {', '.join(missing)}")
    total = sum(charges[symbol] for symbol in symbols)
    if abs(total) > NEUTRAL * len(symbols):
        raise CellError(
            f"the formal charges of {bulk.composition.reduced_formula} add up to {total:g} per "
            "cell, not 0; correct them"
        )


def _cut(
    generator: SlabGenerator,
    shift: float,
    name: str,
    miller: tuple[int, int, int],
    label: str,
    layers: int,
    charges: Mapping[str, float] | None,
    plane: float,
) -> Slab:
    cell = generator.oriented_unit_cell
    raw = generator.get_slab(shift)
    species = tuple(site.specie.symbol for site in raw)
    heights = raw.cart_coords[:, 2] - raw.cart_coords[:, 2].min()
    x, y, z = (layers * float(value) for value in cell.lattice.matrix[2])
    return Slab(
        bulk=name,
        miller=miller,
        label=label,
        shift=round(shift, 6),
        layers=layers,
        broken=broken_bonds(cell, shift),
        moved="",
        units=layers * math.gcd(*(int(amount) for amount in cell.composition.values())),
        plane=plane,
        repeat=(x, y, z),
        species=species,
        charges=None if charges is None else tuple(float(charges[one]) for one in species),
        axes=np.asarray(cell.lattice.matrix)[:2, :2],
        positions=np.column_stack([raw.cart_coords[:, :2], heights]),
    )


def _whole(flat: Slab, cell: Structure) -> Slab | None:
    """The same cut with every bonded unit left on the side of its central atom; None if it cannot.

    Each atom of the oriented cell goes with its unit: its whole column moves by lattice steps, so
    that the slab stays stoichiometric.
    """
    bonds = unit_bonds(cell)
    inside = (cell.frac_coords[:, 2] - flat.shift) % 1.0
    neighbours: dict[int, list[tuple[int, int]]] = {}
    for i, j, low, high in bonds:
        rise = round((high - low) - (inside[j] - inside[i]))
        neighbours.setdefault(i, []).append((j, rise))
        neighbours.setdefault(j, []).append((i, -rise))
    steps: dict[int, int] = {}
    for root in sorted(neighbours, key=lambda i: (-len(neighbours[i]), i)):
        if root in steps:
            continue
        steps[root], waiting = 0, [root]
        while waiting:
            i = waiting.pop()
            for j, rise in neighbours[i]:
                if j not in steps:
                    steps[j] = steps[i] + rise
                    waiting.append(j)
                elif steps[j] != steps[i] + rise:
                    return None  # a chain or a network through the crystal: no whole units
    moved = np.array([steps.get(i, 0) for i in range(len(cell))])
    positions = flat.positions + np.outer(
        np.tile(moved, flat.layers), np.array(flat.repeat) / flat.layers
    )
    positions[:, 2] -= positions[:, 2].min()
    return replace(flat, label=f"{flat.label}w", broken=0, positions=positions)


def _alike(one: Slab, other: Slab) -> bool:
    """Whether two slabs of a facet are one: the same heights of the same atoms."""
    profiles = [
        sorted(zip(slab.species, np.round(slab.positions[:, 2], 2).tolist(), strict=True))
        for slab in (one, other)
    ]
    return profiles[0] == profiles[1]


def atomic_planes(heights: Array, plane: float) -> list[tuple[int, ...]]:
    """Indices of the atoms of each plane, lowest first: no step within one is above ``plane``.

    >>> atomic_planes(np.array([0.0, 2.0, 0.2]), 0.3)
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


def unit_bonds(cell: Structure) -> list[tuple[int, int, float, float]]:
    """Bonds within units such as PS4: atoms i, j and their fractional heights, j's in its image."""
    kinds = {site.specie.symbol for site in cell}
    longest = max((r for pair, r in UNITS.items() if set(pair) <= kinds), default=0.0)
    if not longest:
        return []
    bonds = []
    for i, j, step, d in zip(*cell.get_neighbor_list(longest), strict=True):
        pair = (cell[int(i)].specie.symbol, cell[int(j)].specie.symbol)
        if d <= UNITS.get(pair, 0.0) and (pair[0] != pair[1] or i < j):
            low, high = cell[int(i)].frac_coords[2], cell[int(j)].frac_coords[2] + step[2]
            bonds.append((int(i), int(j), float(low), float(high)))
    return bonds


def broken_bonds(cell: Structure, shift: float) -> int:
    """Bonds within units such as PS4 that a cut at height ``shift`` of the cell goes through."""
    return sum(
        abs(math.floor(high - shift) - math.floor(low - shift))
        for _, _, low, high in unit_bonds(cell)
    )
