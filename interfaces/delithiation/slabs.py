"""Layer spacing and stacking (O3, O1, P3) of relaxed layered cells."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interfaces.delithiation.frameworks import O3, Shape
from interfaces.delithiation.supercells import Supercell
from interfaces.errors import SiteError

if TYPE_CHECKING:
    from pymatgen.core import Structure

RHOMBOHEDRAL = np.array(O3.primitive)
REFERENCE_Z = 0.24  #: oxygen height from which a relaxed one is measured


@dataclass(frozen=True)
class Layering:
    """Shape and stacking of a relaxed cell.

    ``a``, ``c`` [angstrom] of the average hexagonal cell, with c three times the layer spacing;
    ``z`` the mean height of O over the Li layer as a fraction of c; ``stacking`` the name of the
    nearest ideal stacking of each pair of neighbouring slabs (O3, O1 or P3);
    ``glide`` [angstrom] the largest distance by which a slab has slid from its O3 place
    (O1 and P3 are a / sqrt(3), about 1.65 angstrom, away); ``displacement`` [angstrom] the largest
    distance of an O atom from its place in the ideal host of the relaxed cell's own shape.
    """

    a: float
    c: float
    z: float
    stacking: tuple[str, ...]
    glide: float
    displacement: float


def layering(cell: Supercell, relaxed: Structure) -> Layering | None:
    """Measure a relaxed structure whose atoms are still in the order of `structure`.

    ``None`` for a framework other than O3: it has no slabs that could slide.

    Parameters
    ----------
    cell : supercell.
    relaxed : relaxed structure.

    Returns
    -------
    Layering | None
        Layer spacing and stacking; None for another framework.

    Raises
    ------
    SiteError
        If the structure does not end with n metals and 2n oxygen atoms.

    Examples
    --------
    >>> from interfaces.delithiation import structure, supercell
    >>> cell, shape = supercell(O3, 4), Shape((2.9, 14.0), (0.24,))
    >>> layering(cell, structure(cell, shape, ["Ni"] * 4, [0, 1])).stacking[0]
    'O3'
    """
    if cell.framework != O3:
        return None
    n = cell.n_formula_units
    symbols = [site.specie.symbol for site in relaxed][-3 * n :]
    if symbols[n:] != ["O"] * (2 * n) or "O" in symbols[:n] or "Li" in symbols[:n]:
        raise SiteError(f"{relaxed.composition} does not end with {n} metals and {2 * n} O atoms")
    to_primitive = np.array(cell.matrix)
    hexagonal = np.linalg.inv(RHOMBOHEDRAL) @ np.linalg.inv(to_primitive) @ relaxed.lattice.matrix
    moved = relaxed.frac_coords[-3 * n :] - cell.sites(Shape((1.0, 1.0), (REFERENCE_Z,)))[n:]
    moved = (moved - np.round(moved)) @ to_primitive @ RHOMBOHEDRAL  # in the hexagonal basis
    metal, oxygen = moved[:n], moved[n:]

    normal = np.cross(hexagonal[0], hexagonal[1])
    area = float(np.linalg.norm(normal))
    a = math.sqrt(2 * area / math.sqrt(3))
    c = float(abs(hexagonal[2] @ normal)) / area
    rise = float(oxygen[:n, 2].mean() - oxygen[n:, 2].mean()) / 2
    # Each primitive vector climbs one layer: this is the number of different ones in the supercell.
    layers = math.gcd(*(int(step) for step in to_primitive.sum(axis=1)))
    place_of_slab = cell.translations.sum(axis=1) % layers
    means = np.array([metal[place_of_slab == k].mean(axis=0) for k in range(layers)]) @ hexagonal
    glides = []
    for below in range(layers):
        step = hexagonal[2] / 3 + means[(below + 1) % layers] - means[below]
        glides.append(_in_plane(step, hexagonal))
    named = [_nearest_stacking(glide, hexagonal) for glide in glides]
    drift = oxygen.mean(axis=0)
    own = oxygen - drift - np.outer(np.repeat([1.0, -1.0], n), [0, 0, rise])
    return Layering(
        a=a,
        c=c,
        z=REFERENCE_Z + rise,
        stacking=tuple(name for name, _ in named),
        glide=max(distance for _, distance in named),
        displacement=float(np.linalg.norm(own @ hexagonal, axis=1).max()),
    )


def _in_plane(vector: np.ndarray, hexagonal: np.ndarray) -> np.ndarray:
    """Coordinates of the in-plane part of ``vector`` in the hexagonal a and b."""
    plane = hexagonal[:2]
    coordinates: np.ndarray = np.linalg.solve(plane @ plane.T, plane @ vector)
    return coordinates


def _nearest_stacking(glide: np.ndarray, hexagonal: np.ndarray) -> tuple[str, float]:
    """Name of the ideal stacking nearest to a slide from O3, and the length of the slide."""
    to_next = RHOMBOHEDRAL[0, :2]  # in O3 the next slab's M sits one such step further

    def distance(ideal: np.ndarray) -> float:
        off = glide - ideal
        images = [off - np.round(off) + image for image in itertools.product((-1, 0, 1), repeat=2)]
        return float(min(np.linalg.norm(image @ hexagonal[:2]) for image in images))

    ideals = {"O3": 0 * to_next, "O1": -to_next, "P3": to_next}
    return min(ideals, key=lambda name: distance(ideals[name])), distance(ideals["O3"])
