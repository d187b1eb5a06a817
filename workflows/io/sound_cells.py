"""Cells that can be searched for neighbours: of numbers, and neither flat nor endless."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pymatgen.core import Structure

LOWEST = 0.5  #: angstrom between opposite faces; a flatter cell has images without number in reach
LONGEST = 1e4  #: angstrom of a cell vector
FARTHEST = 1e3  #: fractional coordinate


def sound(structure: Structure) -> Structure:
    """The structure, if a search for neighbours in it comes to an end.

    Raises
    ------
    ValueError
        If it has no atoms, or its cell or coordinates are not finite, flat or beyond all measure.
    """
    if not len(structure):
        raise ValueError("it has no atoms")
    cell = np.asarray(structure.lattice.matrix, dtype=float)
    places = np.asarray(structure.frac_coords, dtype=float)
    if not (np.abs(cell).max() < LONGEST and np.abs(places).max() < FARTHEST):  # nor are NaN
        raise ValueError("its cell or its coordinates are no numbers of a structure")
    faces = np.linalg.norm(np.cross(np.roll(cell, 1, axis=0), np.roll(cell, 2, axis=0)), axis=1)
    if not abs(np.linalg.det(cell)) > LOWEST * faces.max():
        raise ValueError(f"its cell is flat: opposite faces are within {LOWEST:g} A")
    return structure
