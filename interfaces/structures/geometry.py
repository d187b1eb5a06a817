"""Geometry of periodic cells: vacuum, neighbours, molecules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pymatgen.core import Structure

VACUUM = 5.0  #: empty space [angstrom] from which a cell is a slab
BOND = 1.2  #: two atoms are bonded within this times the sum of their covalent radii
NEAR = 3.0  #: reach of a list of neighbours [angstrom]
NONMETALS = frozenset({"H", "B", "C", "N", "O", "F", "P", "S", "Cl", "Br", "I", "Si"})
ORGANIC = frozenset(
    {"H", "C", "N", "F"}
)  #: what carbon of a molecule is bonded to, carbonate's not


@dataclass(frozen=True)
class Pairs:
    """Every pair of atoms within reach, each way: indices and length [angstrom], shapes (n,)."""

    first: np.ndarray
    second: np.ndarray
    vector: np.ndarray  #: from the first to the second [angstrom], shape (n, 3)
    length: np.ndarray


def elements_in_order(structure: Structure) -> list[str]:
    """Elements as POSCAR lists them: each once, where its first atom is.

    Parameters
    ----------
    structure : structure with its lattice.

    Returns
    -------
    list[str]
        Symbols.
    """
    return list(dict.fromkeys(symbols(structure)))


def symbols(structure: Structure) -> list[str]:
    """Element of every atom.

    Parameters
    ----------
    structure : structure with its lattice.

    Returns
    -------
    list[str]
        Symbols, one per atom.
    """
    return [str(site.specie.symbol) for site in structure]


def heights(structure: Structure) -> np.ndarray:
    """Distance between opposite faces of the cell [angstrom], shape (3,).

    Parameters
    ----------
    structure : structure with its lattice.

    Returns
    -------
    np.ndarray
        Heights [angstrom].
    """
    return 1.0 / np.asarray(structure.lattice.reciprocal_lattice_crystallographic.abc)


def gaps(structure: Structure) -> np.ndarray:
    """Widest empty layer between atoms, normal to each pair of faces [angstrom], shape (3,).

    Parameters
    ----------
    structure : structure with its lattice.

    Returns
    -------
    np.ndarray
        Gaps [angstrom].
    """
    fractions = np.sort(structure.frac_coords % 1.0, axis=0)
    ahead = np.diff(np.vstack([fractions, fractions[:1] + 1.0]), axis=0).max(axis=0)
    return np.asarray(ahead * heights(structure))


def vacuum_axis(structure: Structure) -> int | None:
    """Axis (0, 1, 2) along which there is a vacuum, or None; the widest if there are more.

    Parameters
    ----------
    structure : structure with its lattice.

    Returns
    -------
    int | None
        Axis, or None.
    """
    widest = gaps(structure)
    axis = int(widest.argmax())
    return axis if widest[axis] >= VACUUM else None


def pairs(structure: Structure, reach: float = NEAR) -> Pairs:
    """Every pair of atoms nearer than a distance [angstrom], images of an atom included.

    Parameters
    ----------
    structure : structure with its lattice.
    reach : largest distance [angstrom].

    Returns
    -------
    Pairs
        Index pairs with vectors and lengths.
    """
    first, second, image, length = structure.get_neighbor_list(reach)
    ahead = structure.frac_coords[second] + image - structure.frac_coords[first]
    return Pairs(first, second, ahead @ structure.lattice.matrix, length)


def radii(structure: Structure) -> np.ndarray:
    """Covalent radius of every atom [angstrom], doi 10.1039/b801115j.

    Parameters
    ----------
    structure : structure with its lattice.

    Returns
    -------
    np.ndarray
        Radii [angstrom], shape (n,).
    """
    from pymatgen.analysis.local_env import CovalentRadius

    table = CovalentRadius.radius
    return np.array([float(table.get(name, 1.5)) for name in symbols(structure)])


def molecules(structure: Structure) -> list[list[int]]:
    """Atoms of each organic molecule or ion: nonmetals joined by bonds, with carbon among them.

    Carbonate does not count: its carbon has oxygen neighbours only.

    Parameters
    ----------
    structure : structure with its lattice.

    Returns
    -------
    list[list[int]]
        Lists of atom indices.
    """
    names = symbols(structure)
    if "C" not in names:
        return []
    contacts, size = pairs(structure), radii(structure)
    bonded = contacts.length < BOND * (size[contacts.first] + size[contacts.second])
    joined: dict[int, set[int]] = {}
    for i, j in zip(contacts.first[bonded], contacts.second[bonded], strict=True):
        if names[i] in NONMETALS and names[j] in NONMETALS:
            joined.setdefault(int(i), set()).add(int(j))
    groups, seen = [], set()
    for start in range(len(names)):
        if names[start] not in NONMETALS or start in seen:
            continue
        group, todo = {start}, [start]
        while todo:
            fresh = joined.get(todo.pop(), set()) - group
            group |= fresh
            todo.extend(fresh)
        seen |= group
        if any(
            names[i] == "C" and any(names[j] in ORGANIC for j in joined.get(i, ())) for i in group
        ):
            groups.append(sorted(group))
    return groups
