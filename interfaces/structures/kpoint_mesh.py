"""Regular meshes of k-points by their spacing."""

from __future__ import annotations

from math import ceil, pi
from typing import TYPE_CHECKING

import numpy as np

from interfaces.structures.geometry import heights, vacuum_axis

if TYPE_CHECKING:
    from pymatgen.core import Structure


def spacings(structure: Structure, divisions: tuple[int, int, int]) -> np.ndarray:
    """Distance between points along each axis [1/angstrom, with 2 pi], shape (3,).

    Parameters
    ----------
    structure : structure with its lattice.
    divisions : points along each axis.

    Returns
    -------
    np.ndarray
        Spacings [1/angstrom].
    """
    return np.asarray(2 * pi / heights(structure) / np.array(divisions))


def by_spacing(structure: Structure, spacing: float) -> tuple[int, int, int]:
    """Divisions no coarser than a spacing, as VASP's KSPACING gives; one along a vacuum.

    Parameters
    ----------
    structure : structure with its lattice.
    spacing : longest distance between points [1/angstrom, with 2 pi].

    Returns
    -------
    tuple[int, int, int]
        Points along each axis.

    Examples
    --------
    >>> from pymatgen.core import Lattice, Structure
    >>> by_spacing(Structure(Lattice.cubic(4.26), ["Li"], [[0, 0, 0]]), 0.35)
    (5, 5, 5)
    """
    counts = [max(1, ceil(x / spacing - 1e-9)) for x in spacings(structure, (1, 1, 1))]
    axis = vacuum_axis(structure)
    if axis is not None:
        counts[axis] = 1
    a, b, c = counts
    return a, b, c
