"""Molecules on surfaces: neutral molecules, or an anion with Li from the slab.

A charged periodic cell has an energy that depends on its size, so TFSI comes as TFSI plus one Li+
that leaves the slab for it: the cell holds the slab and TFSI, and the slab is oxidized by one
electron.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interfaces.errors import CellError
from interfaces.serialisable import Serialisable
from interfaces.structures.interface import LARGEST_GAP, LabelledCell, labelled, upright_plane
from interfaces.structures.polar_reconstruction import repeated
from interfaces.structures.slab import Slab

Array = NDArray[np.float64]

LITHIUM = "Li"
APART = 6.0  #: angstrom between a molecule and its images in the plane
LARGEST_REPEAT = 12
QUARTER_TURN = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


@dataclass(frozen=True)
class Molecule(Serialisable):
    """A molecule by its atoms: ``positions`` [angstrom] (n, 3)."""

    name: str
    species: tuple[str, ...]
    source: str
    positions: Array = field(repr=False, compare=False)


@dataclass(frozen=True)
class MoleculeCell(Serialisable):
    """A molecule on a slab: ``repeats`` of the surface cell, ``gap`` and ``vacuum`` [angstrom].

    ``lithium`` where a salt's Li comes from; ``contact`` [angstrom] the shortest distance between
    molecule and slab, and whose it is.
    """

    slab: Slab
    molecule: Molecule
    repeats: tuple[int, int]
    gap: float
    vacuum: float
    lithium: Literal["own", "slab"]
    contact: float
    contact_pair: tuple[str, str]
    atoms: LabelledCell


def on_surface(
    slab: Slab,
    molecule: Molecule,
    *,
    gap: float = 2.2,
    vacuum: float = 15.0,
    lithium: Literal["own", "slab"] = "own",
    max_atoms: int = 300,
) -> MoleculeCell:
    """Lay a molecule flat on the slab, a salt with its Li towards the slab.

    Parameters
    ----------
    gap : from the slab's highest atom to the molecule's lowest [angstrom].
    vacuum : over the molecule [angstrom].
    lithium : ``own`` keeps a salt neutral by its own Li; ``slab`` takes that Li out of the slab
        instead: the Li of the surface nearest to it.
    max_atoms : of the cell.

    Returns
    -------
    MoleculeCell
        The cell.

    Raises
    ------
    CellError
        If there is no Li to take, a length is out of range, or the cell would be too large.
    """
    if not 0 < gap <= LARGEST_GAP or not gap <= vacuum < math.inf:
        raise CellError(
            f"a gap of {gap:g} A under a vacuum of {vacuum:g} A is out of range; the gap is up to "
            f"{LARGEST_GAP:g}, the vacuum no less than it"
        )
    if lithium == "slab" and not (LITHIUM in slab.species and LITHIUM in molecule.species):
        raise CellError(
            f"no Li of {slab.bulk} can go to {molecule.name}: a salt with Li on a slab with Li is "
            "needed"
        )
    shapes = [flat(molecule), flat(molecule) @ QUARTER_TURN]
    repeats, shape = min(
        ((_repeats(slab, shape), shape) for shape in shapes), key=lambda pair: math.prod(pair[0])
    )
    atoms = len(slab.species) * repeats[0] * repeats[1] + len(shape)
    if atoms > max_atoms:
        raise CellError(
            f"{molecule.name} on {slab.name} needs {repeats[0]} x {repeats[1]} surface cells, "
            f"{atoms} atoms, more than {max_atoms}; take a thinner slab or more atoms"
        )
    axes = upright_plane(np.diag(repeats) @ slab.axes)
    species, positions = repeated(slab.species, slab.positions, slab.axes, np.diag(repeats))
    fractions = positions[:, :2] @ np.linalg.inv(np.diag(repeats) @ slab.axes)
    fractions -= np.floor(np.round(fractions, 8))
    positions = np.column_stack([fractions @ axes, positions[:, 2]])
    anchor = _anchor(species, positions, axes)
    height = slab.thickness + gap - shape[:, 2].min()
    places = shape + np.append(positions[anchor, :2], height)
    kept = [i for i in range(len(species)) if lithium == "own" or i != anchor]
    lattice = np.zeros((3, 3))
    lattice[:2, :2] = axes
    lattice[2, 2] = float(places[:, 2].max()) + vacuum
    cell = labelled(
        (slab.bulk, molecule.name),
        [species[i] for i in kept] + list(molecule.species),
        [0] * len(kept) + [1] * len(molecule.species),
        lattice,
        np.concatenate([positions[kept], places]),
    )
    contact, pair = cell.contact()
    return MoleculeCell(
        slab=slab,
        molecule=molecule,
        repeats=repeats,
        gap=gap,
        vacuum=vacuum,
        lithium=lithium,
        contact=contact,
        contact_pair=pair,
        atoms=cell,
    )


def flat(molecule: Molecule) -> Array:
    """Positions about the centre: Li straight down in a salt, else the longest axes lie flat.

    Parameters
    ----------
    molecule : molecule.

    Returns
    -------
    Array
        Positions [angstrom], shape (n, 3).
    """
    positions = molecule.positions - molecule.positions.mean(axis=0)
    if LITHIUM in molecule.species:
        down = -positions[molecule.species.index(LITHIUM)]
    else:
        down = np.linalg.svd(positions)[2][2]
        down = down * (1.0 if down[np.argmax(np.abs(down))] > 0 else -1.0)
    z = down / np.linalg.norm(down)
    across = positions - np.outer(positions @ z, z)
    x = np.linalg.svd(across)[2][0]
    x = x * (1.0 if x[np.argmax(np.abs(x))] > 0 else -1.0)
    turned: Array = positions @ np.array([x, np.cross(z, x), z]).T
    return np.round(turned, 6)


def _repeats(slab: Slab, shape: Array) -> tuple[int, int]:
    """Fewest surface cells each way that keep the molecule's images apart, x along a."""
    along, across = np.ptp(shape[:, :2], axis=0) + APART
    a, b = (float(np.linalg.norm(axis)) for axis in slab.axes)
    counts = [math.ceil(along * b / slab.area), math.ceil(across * a / slab.area)]
    if max(counts) > LARGEST_REPEAT:
        raise CellError(f"{max(counts)} surface cells of {slab.name} in a row are too many")
    return counts[0], counts[1]


def _anchor(species: tuple[str, ...], positions: Array, axes: Array) -> int:
    """The highest Li, else the highest atom, nearest to the middle of the cell."""
    among = [i for i, symbol in enumerate(species) if symbol == LITHIUM] or list(
        range(len(species))
    )
    top = max(positions[i, 2] for i in among)
    among = [i for i in among if top - positions[i, 2] < 0.1]
    middle = axes.sum(axis=0) / 2
    return min(among, key=lambda i: (round(float(np.linalg.norm(positions[i, :2] - middle)), 4), i))
