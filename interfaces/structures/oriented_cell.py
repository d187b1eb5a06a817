r"""The oriented unit cell of a surface: one lattice plane thick, smallest in the plane.

With the plane's normal along z, an atom's height is its z alone, and slabs come in steps of one
plane spacing d_hkl of the primitive lattice instead of the many that a conventional cell needs.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.formulas import spelled
from interfaces.errors import CellError

if TYPE_CHECKING:
    from pymatgen.core import Structure

Array = NDArray[np.float64]

SYMPREC = 0.01  #: angstrom; how exact symmetry has to be
LARGEST_INDEX = 9  #: of a plane: more is not a facet
WHOLE = 1e-4  #: an index of the primitive cell is a whole number within this


def oriented_cell(bulk: Structure, miller: tuple[int, int, int]) -> Structure:
    """The primitive cell with a and b in the plane (hkl), c one plane further, z normal to it.

    Parameters
    ----------
    bulk : conventional cell, to which the Miller indices refer.
    miller : indices h, k, l; hexagonal axes take three, (1 0 4) for (1 0 -1 4).

    Returns
    -------
    Structure
        Oriented unit cell.

    Raises
    ------
    CellError
        If the indices are all zero, too large, or name no plane of the lattice.

    Examples
    --------
    >>> from pymatgen.core import Lattice, Structure
    >>> rocksalt = Structure.from_spacegroup(
    ...     "Fm-3m", Lattice.cubic(4.2), ["Mg", "O"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    >>> cell = oriented_cell(rocksalt, (1, 0, 0))
    >>> len(cell), round(cell.lattice.a, 3), round(float(cell.lattice.matrix[2, 2]), 3)
    (2, 2.97, 2.1)
    """
    from pymatgen.core import Lattice, Structure

    if not any(miller) or max(abs(index) for index in miller) > LARGEST_INDEX:
        raise CellError(
            f"{miller} names no facet; give indices of -{LARGEST_INDEX} to {LARGEST_INDEX}, not "
            "all zero"
        )
    primitive = _unturned_primitive(bulk)
    rows = np.asarray(primitive.lattice.matrix)
    normal = np.asarray(bulk.lattice.reciprocal_lattice_crystallographic.get_cartesian_coords(
        miller))  # fmt: skip
    plane = whole_numbers(rows @ normal)
    in_plane, out = _plane_basis(plane, rows)
    axes = np.array([*in_plane, out]) @ rows
    cartesian = _upright(axes)
    places = primitive.frac_coords @ np.linalg.inv(np.array([*in_plane, out], dtype=float))
    order = sorted(
        range(len(primitive)),
        key=lambda i: (primitive[i].specie.Z, *np.round(places[i] % 1.0 % 1.0, 6)),
    )
    species = [primitive[i].specie.symbol for i in order]
    return Structure(Lattice(cartesian), species, np.round(places[order], 9) % 1.0)


def _unturned_primitive(bulk: Structure) -> Structure:
    """The primitive cell in the orientation of the bulk, its atoms where they are."""
    import spglib
    from pymatgen.core import Structure

    numbers = [site.specie.Z for site in bulk]
    primitive = spglib.standardize_cell(
        (bulk.lattice.matrix, bulk.frac_coords, numbers),
        to_primitive=True, no_idealize=True, symprec=SYMPREC,
    )  # fmt: skip
    if primitive is None:
        raise CellError(f"no primitive cell of {spelled(bulk.composition)} was found")
    return Structure(*(primitive[i] for i in (0, 2, 1)))


def whole_numbers(values: Array) -> tuple[int, int, int]:
    """Smallest whole numbers in the ratio of three numbers.

    Parameters
    ----------
    values : three numbers.

    Returns
    -------
    tuple[int, int, int]
        Integers without a common factor.

    Examples
    --------
    >>> whole_numbers(np.array([0.5, -0.25, 0.0]))
    (2, -1, 0)
    """
    largest = float(np.abs(values).max())
    for factor in range(1, 12 * LARGEST_INDEX):
        scaled = values * (factor / largest)
        if np.abs(scaled - np.round(scaled)).max() < WHOLE * factor:
            h, k, l = (round(float(value)) for value in scaled)  # noqa: E741
            divisor = math.gcd(h, k, l)
            return h // divisor, k // divisor, l // divisor
    raise CellError(f"{values} is not a plane of the lattice")


def _plane_basis(plane: tuple[int, int, int], rows: Array) -> tuple[NDArray[np.int64], Array]:
    """Reduced in-plane vectors (2, 3) and the vector one plane further that leans the least.

    Whole-number combinations of ``rows``; together they are right-handed, of determinant 1.
    """
    h, k, l = plane  # noqa: E741
    divisor = math.gcd(k, l)
    if divisor == 0:
        first, second, out = (0, 1, 0), (0, 0, 1), (h, 0, 0)
    else:
        u, v = bezout(k, l)  # u k + v l = divisor
        first = (0, l // divisor, -k // divisor)
        second = (divisor, -u * h, -v * h)
        s, t = bezout(h, divisor)
        out = (s, t * u, t * v)
    a, b = reduced(np.array([first, second], dtype=np.int64), rows)
    c = np.array(out, dtype=np.int64)
    normal = np.cross(a @ rows, b @ rows)
    if float(c @ rows @ normal) < 0:
        b, normal = -b, -normal
    flat = np.array([a @ rows, b @ rows])
    lean = np.linalg.lstsq(flat.T, c @ rows, rcond=None)[0]
    near = [math.floor(x) for x in lean]
    steps = [
        c - (near[0] + i) * a - (near[1] + j) * b
        for i, j in itertools.product((0, 1), repeat=2)
    ]  # fmt: skip
    best = min(
        steps, key=lambda vector: (round(float(np.linalg.norm(vector @ rows)), 6), *vector.tolist())
    )
    return np.array([a, b]), best


def bezout(a: int, b: int) -> tuple[int, int]:
    """Whole u, v with ``u a + v b = gcd(a, b)``.

    Parameters
    ----------
    a, b : integers.

    Returns
    -------
    tuple[int, int]
        Coefficients u and v.

    Examples
    --------
    >>> bezout(6, 4)
    (1, -1)
    """
    old, new, u, v, s, t = a, b, 1, 0, 0, 1
    while new:
        times = old // new
        old, new = new, old - times * new
        u, s = s, u - times * s
        v, t = t, v - times * t
    return (u, v) if old >= 0 else (-u, -v)


def reduced(pair: NDArray[np.int64], rows: Array) -> NDArray[np.int64]:
    """Gauss-reduced basis of the same plane lattice: its two shortest vectors.

    Parameters
    ----------
    pair : integer vectors.
    rows : lattice vectors [angstrom].

    Returns
    -------
    NDArray[np.int64]
        Reduced integer vectors.
    """
    a, b = pair
    while True:
        if np.linalg.norm(b @ rows) < np.linalg.norm(a @ rows) - 1e-9:
            a, b = b, a
        x, y = a @ rows, b @ rows
        times = int(np.round(float(x @ y) / float(x @ x) - 1e-9))
        if times == 0:
            return np.array([a, b])
        b = b - times * a


def _upright(axes: Array) -> Array:
    """The same cell turned so that a lies along x and a x b along z.

    Parameters
    ----------
    axes : (3, 3) vectors as rows [angstrom].

    Returns
    -------
    Array
        Rotated vectors [angstrom].

    Examples
    --------
    >>> _upright(np.array([[0.0, 2, 0], [0, 0, 3], [4, 0, 0]])).tolist()
    [[2.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 4.0]]
    """
    x = axes[0] / np.linalg.norm(axes[0])
    z = np.cross(axes[0], axes[1])
    z = z / np.linalg.norm(z)
    turned: Array = axes @ np.array([x, np.cross(z, x), z]).T
    turned[0, 1:] = turned[1, 2] = 0.0
    return np.round(turned, 10) + 0.0
