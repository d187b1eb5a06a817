"""Host frameworks: a primitive lattice and the orbits on it, each with its role.

Positions are coordinate triplets in the primitive basis, as in the International Tables, so that
one framework serves every shape: the shape is the lengths of the conventional cell and the free
coordinates. Site order follows the orbits: mobile sites, metals, other cations, anions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import numpy as np

from interfaces.serialisable import Serialisable

LITHIUM_CHARGE = 1.0


class Role(Enum):
    """What may happen to a site on charging."""

    MOBILE = "mobile"  #: Li or nothing
    METAL = "metal"  #: a transition metal, which gives the electron
    CATION = "cation"  #: another cation, fixed in site and charge
    ANION = "anion"


@dataclass(frozen=True)
class Orbit(Serialisable):
    """Equivalent sites: ``positions`` are triplets such as ``x,1/4,z`` in the primitive basis.

    ``element`` and formal ``charge`` of a fixed site; a metal takes both from its host.
    """

    role: Role
    positions: tuple[str, ...]
    element: str = ""
    charge: float = 0.0

    @property
    def letters(self) -> tuple[str, ...]:
        """Free coordinates of the orbit, of ``x``, ``y`` and ``z``."""
        return tuple(sorted(set(re.findall("[xyz]", "".join(self.positions)))))


@dataclass(frozen=True)
class Shape(Serialisable):
    """A framework's lengths [angstrom] and free fractional coordinates, in its own order.

    ``lengths`` of the conventional cell: (a, c) of O3, (a,) of spinel, (a, b, c) of olivine;
    ``coordinates`` orbit by orbit, the letters of an orbit in alphabetical order.
    """

    lengths: tuple[float, ...]
    coordinates: tuple[float, ...]


@dataclass(frozen=True)
class Framework(Serialisable):
    """A host framework LixM...: where atoms may be, at any shape.

    Attributes
    ----------
    name, space_group : name, and space-group number with every mobile site occupied.
    axes : unit vectors of the conventional cell, as rows.
    lengths : which of the shape's lengths scales each of them.
    primitive : vectors of the primitive cell in the conventional basis, as rows.
    formula_units : in the primitive cell; each has one mobile site.
    orbits : in the order of the sites.
    reference : a shape for what must depend on the framework alone: supercells and symmetry.
    """

    name: str
    space_group: int
    axes: tuple[tuple[float, float, float], ...]
    lengths: tuple[int, int, int]
    primitive: tuple[tuple[float, float, float], ...]
    formula_units: int
    orbits: tuple[Orbit, ...]
    reference: Shape

    def conventional(self, shape: Shape) -> np.ndarray:
        """Vectors of the conventional cell [angstrom]; shape (3, 3).

        Parameters
        ----------
        shape : lengths and free coordinates.

        Returns
        -------
        np.ndarray
            Lattice vectors as rows [angstrom].
        """
        scale = np.array(shape.lengths)[list(self.lengths)]
        vectors: np.ndarray = scale[:, None] * np.array(self.axes)
        return vectors

    def vectors(self, shape: Shape) -> np.ndarray:
        """Vectors of the primitive cell [angstrom]; shape (3, 3).

        Parameters
        ----------
        shape : lengths and free coordinates.

        Returns
        -------
        np.ndarray
            Lattice vectors as rows [angstrom].
        """
        primitive: np.ndarray = np.array(self.primitive) @ self.conventional(shape)
        return primitive

    def positions(self, shape: Shape) -> np.ndarray:
        """Fractional coordinates in the primitive basis, orbit by orbit; shape (sites, 3).

        Parameters
        ----------
        shape : lengths and free coordinates.

        Returns
        -------
        np.ndarray
            Fractional coordinates.
        """
        values = iter(shape.coordinates)
        orbits = []
        for orbit in self.orbits:
            free = {letter: next(values) for letter in orbit.letters}
            point = np.array([free.get(letter, 0.0) for letter in "xyz"])
            orbits += [affine[:3, :3] @ point + affine[:3, 3] for affine in _affine(orbit)]
        return np.array(orbits)

    def by_position(self) -> tuple[Orbit, ...]:
        """The orbit of each position of the primitive cell.

        Returns
        -------
        tuple[Orbit, ...]
            Orbits, one per position.
        """
        return tuple(orbit for orbit in self.orbits for _ in orbit.positions)


@lru_cache(maxsize=64)
def _affine(orbit: Orbit) -> tuple[np.ndarray, ...]:
    from pymatgen.core.operations import SymmOp

    return tuple(SymmOp.from_xyz_str(position).affine_matrix for position in orbit.positions)


def interpolate(anchors: Mapping[float, Shape], fraction: float) -> Shape:
    """Shape at Li ``fraction`` x, linear between known Li contents.

    Parameters
    ----------
    anchors : Li content x -> shape.
    fraction : Li content x, 0 to 1.

    Returns
    -------
    Shape
        The interpolated shape.

    Examples
    --------
    >>> ends = {0.0: Shape((2.8, 14.0), (0.23,)), 1.0: Shape((2.9, 14.4), (0.25,))}
    >>> interpolate(ends, 0.5)
    Shape(lengths=(2.85, 14.2), coordinates=(0.24,))
    """
    known = sorted(anchors)

    def along(table: list[tuple[float, ...]]) -> tuple[float, ...]:
        columns = zip(*table, strict=True)
        return tuple(
            round(float(np.interp(fraction, known, list(column))), 9) for column in columns
        )

    return Shape(
        along([anchors[x].lengths for x in known]), along([anchors[x].coordinates for x in known])
    )


_CARTESIAN = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_HEXAGONAL = ((1.0, 0.0, 0.0), (-1 / 2, math.sqrt(3) / 2, 0.0), (0.0, 0.0, 1.0))

#: Layered LiMO2: Li 3a, M 3b, O 6c. Each rhombohedral vector (obverse setting) climbs one layer;
#: in their basis the hexagonal height z is (z, z, z).
O3 = Framework(
    name="O3",
    space_group=166,
    axes=_HEXAGONAL,
    lengths=(0, 0, 1),
    primitive=((2 / 3, 1 / 3, 1 / 3), (-1 / 3, 1 / 3, 1 / 3), (-1 / 3, -2 / 3, 1 / 3)),
    formula_units=1,
    orbits=(
        Orbit(Role.MOBILE, ("0,0,0",), "Li", LITHIUM_CHARGE),
        Orbit(Role.METAL, ("1/2,1/2,1/2",)),
        Orbit(Role.ANION, ("z,z,z", "-z,-z,-z"), "O", -2.0),
    ),
    reference=Shape((1.0, 4.95), (0.24,)),
)

#: Spinel LiM2O4: Li 8a, M 16d, O 32e; origin at -3m, as u of 0.26.
SPINEL = Framework(
    name="spinel",
    space_group=227,
    axes=_CARTESIAN,
    lengths=(0, 0, 0),
    primitive=((0.0, 0.5, 0.5), (0.5, 0.0, 0.5), (0.5, 0.5, 0.0)),
    formula_units=2,
    orbits=(
        Orbit(Role.MOBILE, ("1/8,1/8,1/8", "7/8,7/8,7/8"), "Li", LITHIUM_CHARGE),
        Orbit(Role.METAL, ("1/2,1/2,1/2", "0,1/2,1/2", "1/2,0,1/2", "1/2,1/2,0")),
        Orbit(
            Role.ANION,
            (
                "x,x,x", "-3x+1/2,x,x", "x,-3x+1/2,x", "x,x,-3x+1/2",
                "-x,-x,-x", "3x-1/2,-x,-x", "-x,3x-1/2,-x", "-x,-x,3x-1/2",
            ),
            "O",
            -2.0,
        ),
    ),
    reference=Shape((8.2,), (0.263,)),
)  # fmt: skip

_4C = ("x,1/4,z", "-x+1/2,3/4,z+1/2", "-x,3/4,-z", "x+1/2,1/4,-z+1/2")
_8D = (
    "x,y,z", "-x+1/2,-y,z+1/2", "-x,y+1/2,-z", "x+1/2,-y+1/2,-z+1/2",
    "-x,-y,-z", "x+1/2,y,-z+1/2", "x,-y+1/2,z", "-x+1/2,y+1/2,z+1/2",
)  # fmt: skip

#: Olivine LiMPO4: Li 4a, M 4c, P 4c, O 4c 4c 8d of Pnma (b is the axis of the Li channels).
OLIVINE = Framework(
    name="olivine",
    space_group=62,
    axes=_CARTESIAN,
    lengths=(0, 1, 2),
    primitive=_CARTESIAN,
    formula_units=4,
    orbits=(
        Orbit(
            Role.MOBILE,
            ("0,0,0", "1/2,0,1/2", "0,1/2,0", "1/2,1/2,1/2"),
            "Li",
            LITHIUM_CHARGE,
        ),
        Orbit(Role.METAL, _4C),
        Orbit(Role.CATION, _4C, "P", 5.0),
        Orbit(Role.ANION, _4C, "O", -2.0),
        Orbit(Role.ANION, _4C, "O", -2.0),
        Orbit(Role.ANION, _8D, "O", -2.0),
    ),
    reference=Shape(
        (10.3, 6.0, 4.7),
        (0.28, 0.975, 0.095, 0.42, 0.1, 0.74, 0.455, 0.21, 0.165, 0.045, 0.28),
    ),
)
