r"""All terminations of a facet, with dipoles from formal charges.

A slab of neutral repeat units with charges :math:`q_i` at heights :math:`z_i` has the dipole

.. math:: \mu / A = \frac{1}{A} \sum_i q_i z_i ,

and one that grows with thickness (Tasker's type 3) has a surface energy without limit. The usual
cure moves half of the outer charge to the other side: each ion of charge q moved by the slab's
period H changes the dipole by qH, so :math:`\mu / (qH)` ions do.
P. W. Tasker, doi 10.1088/0022-3719/12/22/036.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.formulas import spelled
from interfaces.errors import CellError
from interfaces.structures.oriented_cell import oriented_cell
from interfaces.structures.polar_reconstruction import reconstructed
from interfaces.structures.slab import NEUTRAL, Slab, facet

if TYPE_CHECKING:
    from pymatgen.core import Structure
    from pymatgen.core.surface import SlabGenerator

Array = NDArray[np.float64]

PLANE = 0.3  #: angstrom; atoms whose heights follow one another more closely are one plane
LARGEST_SLAB = 1000  #: atoms
#: (cation, anion) -> longest bond of a unit that no cut may go through [angstrom]
UNITS: Mapping[tuple[str, str], float] = {
    ("P", "S"): 2.3, ("P", "O"): 1.8, ("C", "O"): 1.5, ("S", "O"): 1.7, ("B", "O"): 1.6,
    ("N", "O"): 1.5, ("Ge", "S"): 2.5, ("Si", "S"): 2.4, ("Sn", "S"): 2.6, ("C", "F"): 1.6,
    ("C", "C"): 1.7, ("C", "N"): 1.6, ("C", "H"): 1.3, ("O", "H"): 1.2, ("S", "N"): 1.8,
    ("S", "C"): 2.0,
}  # fmt: skip


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
    terminations related by inversion are listed separately.

    Parameters
    ----------
    bulk : conventional cell.
    thickness : of the slab, at least [angstrom]; it is a whole number of repeats.
    charges : formal charge [e] of each element; None leaves dipoles unknown.
    plane : largest step in height within one atomic plane [angstrom].

    Returns
    -------
    tuple[Slab, ...]
        Slabs in the order of the cut.

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
    >>> slab, = terminations(rocksalt, (1, 0, 0), 8.0, {"Mg": 2, "O": -2}, name="MgO")
    >>> slab.name, slab.layers, slab.polar, slab.tasker, slab.top
    ('MgO (100) termination 1', 4, False, 1, 'MgO')
    """
    from pymatgen.core.surface import SlabGenerator

    if not 0 < thickness < math.inf:
        raise CellError(f"a slab of {thickness:g} A does not exist; give a thickness above 0")
    _check_charges(bulk, charges)
    cell = oriented_cell(bulk, miller)
    height = float(cell.lattice.matrix[2, 2])
    layers = max(1, math.ceil((thickness - PLANE) / height))
    if layers * len(cell) > LARGEST_SLAB:
        raise CellError(
            f"a slab of {thickness:g} A of {facet(miller)} has {layers * len(cell)} atoms, more "
            f"than {LARGEST_SLAB}; choose a thinner one"
        )
    generator = SlabGenerator(
        cell, (0, 0, 1), layers, 1, primitive=False, in_unit_planes=True, reorient_lattice=False
    )
    title = name or spelled(bulk.composition)
    flat = [
        _cut(generator, float(shift), title, miller, str(number), layers, charges, plane)
        for number, shift in enumerate(generator.gen_possible_terminations(plane), 1)
    ]
    slabs, known = [], list(flat)
    for slab in flat:
        slabs.append(slab)
        whole = _whole(slab, cell) if slab.broken else None
        if whole is not None and not any(_alike(whole, known_slab) for known_slab in known):
            slabs.append(whole)
            known.append(whole)
    if reconstruct:
        pairs = [(slab, reconstructed(slab) if slab.polar else None) for slab in slabs]
        slabs = [slab for pair in pairs for slab in pair if slab is not None]
    return tuple(slabs)


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
            f"the formal charges of {spelled(bulk.composition)} add up to {total:g} per "
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
        charges=None if charges is None else tuple(float(charges[symbol]) for symbol in species),
        axes=np.asarray(cell.lattice.matrix)[:2, :2],
        positions=np.column_stack([raw.cart_coords[:, :2], heights]),
    )


def _whole(flat: Slab, cell: Structure) -> Slab | None:
    """The same cut with every bonded unit left on the side of its central atom; None if it cannot.

    Each atom of the oriented cell goes with its unit: its whole column moves by lattice steps, so
    that the slab stays stoichiometric.
    """
    bonds = _unit_bonds(cell)
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


def _alike(first: Slab, second: Slab) -> bool:
    """Whether two slabs of a facet are one: the same heights of the same atoms."""
    profiles = [
        sorted(zip(slab.species, np.round(slab.positions[:, 2], 2).tolist(), strict=True))
        for slab in (first, second)
    ]
    return profiles[0] == profiles[1]


def _unit_bonds(cell: Structure) -> list[tuple[int, int, float, float]]:
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
    """Bonds within units such as PS4 that a cut at height ``shift`` of the cell goes through.

    Parameters
    ----------
    cell : oriented unit cell.
    shift : height of the cut, as a fraction.

    Returns
    -------
    int
        Number of bonds.
    """
    return sum(
        abs(math.floor(high - shift) - math.floor(low - shift))
        for _, _, low, high in _unit_bonds(cell)
    )
