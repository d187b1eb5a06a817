"""Starting magnetic moments from formal oxidation states and a spin order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING, Literal

import numpy as np

from interfaces.chemistry.charges import ANIONS
from interfaces.errors import InputError
from interfaces.structures.geometry import pairs, symbols
from interfaces.structures.oxidation_states import Charges

if TYPE_CHECKING:
    from pymatgen.core import Structure

#: of the moments on the sites; ``set`` takes those that the structure carries
Order = Literal["afm", "fm", "none", "set"]

#: electrons beyond the noble gas, so that d = this - charge
GROUP = {
    "Ti": 4, "V": 5, "Cr": 6, "Mn": 7, "Fe": 8, "Co": 9, "Ni": 10, "Cu": 11,
    "Mo": 6, "W": 6, "Nb": 5, "Ta": 5, "Zr": 4,
}  # fmt: skip
SHELL_3D = frozenset({"Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu"})
#: low spin where experiments find it in oxides; the rest is high spin
LOW_SPIN = {("Co", 3): 0.0, ("Co", 4): 1.0, ("Ni", 3): 1.0, ("Ni", 4): 0.0}
START = 0.6  #: [bohr magneton] of a closed low-spin shell, so that it may open; as in MP's sets
OPEN = 1.0  #: [bohr magneton] ions that start above this take part in the order
STRAIGHT = -0.85  #: cosine of M-X-M from which superexchange is the straight kind (150 degrees)
CROWDED = 24  #: metals around an anion; more means a broken cell, which the pre-flight reports
BOND_LENGTH = 2.75  #: M-X [angstrom], longer than any in an oxide


@dataclass(frozen=True)
class Moments:
    """Starts [bohr magneton] per atom.

    ``satisfied`` is the share of straight M-X-M (or nearest M-M) pairs that are antiparallel, None
    where no order was requested or no ion is open.
    """

    values: tuple[float, ...]
    satisfied: float | None = None


def high_spin(element: str, charge: float) -> float:
    """Spin moment [bohr magneton] of an ion in an oxide; between whole charges it is straight.

    Parameters
    ----------
    element : symbol.
    charge : formal charge [e].

    Returns
    -------
    float
        Moment [bohr magneton].

    Examples
    --------
    >>> [high_spin("Co", 2), high_spin("Co", 3), high_spin("Mn", 4), high_spin("Fe", 2.5)]
    [3.0, 0.0, 3.0, 4.5]
    """
    low = floor(charge)
    share = charge - low
    return (1 - share) * _whole(element, low) + share * (_whole(element, low + 1) if share else 0.0)


def _whole(element: str, charge: int) -> float:
    if (element, charge) in LOW_SPIN:
        return LOW_SPIN[element, charge]
    d = min(max(GROUP[element] - charge, 0), 10)
    return float(min(d, 10 - d))


def expected(names: Sequence[str], charges: Charges) -> np.ndarray:
    """Moment [bohr magneton] that each atom should start with, unsigned; shape (n,).

    Parameters
    ----------
    names : (n,) elements.
    charges : formal charges.

    Returns
    -------
    np.ndarray
        Moments [bohr magneton].
    """
    sizes = [
        high_spin(name, charge) if name in GROUP and charge > 0 else 0.0
        for name, charge in zip(names, charges.values, strict=True)
    ]
    return np.array(
        [
            max(size, START) if name in SHELL_3D and name != "Ti" and charge > 0 else size
            for name, charge, size in zip(names, charges.values, sizes, strict=True)
        ]
    )


def starting_moments(structure: Structure, charges: Charges, order: Order) -> Moments:
    """Signed starts for a spin order.

    Parameters
    ----------
    structure : structure with its lattice.
    order : ``afm`` alternates ions above 1 bohr magneton along straight M-X-M chains (AFM-II in
        rock salt), ``fm`` keeps all parallel.

    Returns
    -------
    Moments
        Signed moments [bohr magneton].

    Raises
    ------
    InputError
        If the order is neither.
    """
    names = symbols(structure)
    sizes = expected(names, charges)
    if order not in ("afm", "fm"):
        raise InputError(f"moments need the order afm or fm, not {order!r}")
    open_ions = np.flatnonzero(sizes > OPEN)
    if order == "fm" or len(open_ions) == 0:
        return Moments(tuple(map(float, sizes)))
    signs, satisfied = antiferromagnetic(structure, open_ions)
    values = sizes.copy()
    values[open_ions] *= signs
    return Moments(tuple(map(float, values)), satisfied)


def antiferromagnetic(structure: Structure, ions: np.ndarray) -> tuple[np.ndarray, float]:
    """Signs (n,) of some ions, and the share of the pairs that should differ and do.

    Straight M-X-M pairs are antiparallel (Goodenough, doi 10.1103/PhysRev.100.564). In rock salt
    that is met by (111) planes that alternate, and each of the four kinds of plane is tried. Where
    nothing is straight, nearest neighbours are set against one another as far as they can be.

    Parameters
    ----------
    structure : structure with its lattice.
    ions : indices of the magnetic ions.

    Returns
    -------
    tuple[np.ndarray, float]
        Signs, and the share of satisfied pairs.
    """
    first, second, vector = _straight(structure, ions)
    if len(first) == 0:
        return _nearest(structure, ions)
    start = structure.cart_coords[ions]
    best: tuple[float, np.ndarray] = (-1.0, np.ones(len(ions)))
    for normal in _normals(vector):
        height = (start - start[0]) @ normal
        signs = 1.0 - 2.0 * (np.round(height) % 2)
        share = float(np.mean(signs[first] * signs[second] < 0))
        if share > best[0] + 1e-9:
            best = (share, signs)
    share, signs = best
    grown = _grown(len(ions), first, second)
    chance = float(np.mean(grown[first] * grown[second] < 0))
    return (grown, chance) if chance > share + 1e-9 else (signs, share)


def _straight(structure: Structure, ions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions in ``ions`` of straight M-X-M pairs, and the vectors between them [angstrom]."""
    names = symbols(structure)
    place = {int(ion): k for k, ion in enumerate(ions)}
    neighbours = pairs(structure, BOND_LENGTH)
    around: dict[int, list[tuple[int, np.ndarray]]] = {}
    for i, j, vector in zip(neighbours.first, neighbours.second, neighbours.vector, strict=True):
        if names[i] in ANIONS and int(j) in place:
            around.setdefault(int(i), []).append((place[int(j)], vector))
    rows = [
        (a, b, w - v)
        for neighbours in around.values()
        if len(neighbours) <= CROWDED
        for k, (a, v) in enumerate(neighbours)
        for b, w in neighbours[:k]
        if v @ w < STRAIGHT * float(np.linalg.norm(v) * np.linalg.norm(w))
    ]
    first = np.array([row[0] for row in rows], dtype=int)
    second = np.array([row[1] for row in rows], dtype=int)
    return first, second, np.array([row[2] for row in rows]).reshape(-1, 3)


def _normals(vectors: np.ndarray) -> list[np.ndarray]:
    """Normals of the {111} planes, so long that planes are one apart along them.

    The straight pairs lie along the three axes of the rock salt, of length a each: n.(a x) = 1.
    """
    axes: list[np.ndarray] = []
    for vector in vectors:
        if all(abs(vector @ axis) < 0.3 * float(axis @ axis) for axis in axes):
            axes.append(vector)
    if len(axes) == 2:  # a thin slab: the third lies across
        across = np.cross(axes[0], axes[1])
        axes.append(across / float(np.linalg.norm(axes[0])))
    if len(axes) < 3:
        return []
    mean = []
    for axis in axes[:3]:  # strain and heat make each pair a little different
        turned = vectors * np.sign(vectors @ axis)[:, None]
        like = turned @ axis > 0.7 * float(axis @ axis)
        mean.append(turned[like].mean(axis=0) if like.any() else axis)
    dual = np.linalg.inv(np.array(mean)).T  # rows b with b_i . a_j = delta_ij
    return [
        dual[0] * x + dual[1] * y + dual[2]
        for x, y in ((1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0))
    ]


def _nearest(structure: Structure, ions: np.ndarray) -> tuple[np.ndarray, float]:
    """Alternate nearest neighbours among the ions themselves."""
    if len(ions) == 1:
        return np.ones(1), 0.0
    distances = structure.distance_matrix[np.ix_(ions, ions)]
    np.fill_diagonal(distances, np.inf)
    first, second = np.nonzero(distances < 1.15 * distances.min())
    signs = _grown(len(ions), first, second)
    return signs, float(np.mean(signs[first] * signs[second] < 0))


def _grown(n: int, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Signs given one after another along the pairs, each against those that it touches."""
    touching: dict[int, list[int]] = {}
    for a, b in zip(first, second, strict=True):
        touching.setdefault(int(a), []).append(int(b))
        touching.setdefault(int(b), []).append(int(a))
    signs = np.zeros(n)
    for start in range(n):
        todo = [start]
        while todo:
            ion = todo.pop(0)
            if signs[ion]:
                continue
            signs[ion] = -1.0 if sum(signs[k] for k in touching.get(ion, [])) > 0 else 1.0
            todo.extend(k for k in touching.get(ion, []) if not signs[k])
    return signs


def rock_salt_afm_cell(structure: Structure) -> Structure | None:
    """The rhombohedral AFM-II cell (4 atoms) of a rock-salt monoxide; None for other structures.

    Its vectors are (0, 1, 1), (1, 0, 1), (1, 1, 0) of the primitive ones: twice the volume, with
    (111) planes that can alternate. The order of the elements is kept.

    Parameters
    ----------
    structure : structure with its lattice.

    Returns
    -------
    Structure | None
        The magnetic cell, or None.
    """
    species = symbols(structure)
    metals = [name for name in species if name in GROUP]
    anions = [name for name in species if name in ANIONS]
    if len(set(species)) != 2 or not len(metals) == len(anions) == len(species) / 2:
        return None  # before the search for a primitive cell, which takes long in odd cells
    primitive = structure.get_primitive_structure()
    if len(primitive) != 2 or not np.allclose(primitive.lattice.angles, 60.0, atol=0.5):
        return None
    if not np.allclose(primitive.lattice.abc, primitive.lattice.a, rtol=1e-3):
        return None
    if not 0.4 < (primitive.frac_coords[1] - primitive.frac_coords[0])[0] % 1.0 < 0.6:
        return None  # zinc blende, not rock salt
    cell = primitive.copy()
    cell.make_supercell([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
    kinds = list(dict.fromkeys(symbols(structure)))
    rows = sorted(cell, key=lambda site: kinds.index(site.specie.symbol))
    lattice = type(cell.lattice).from_parameters(*cell.lattice.parameters)  # right-handed
    return type(structure)(lattice, [row.specie for row in rows], [row.frac_coords for row in rows])
