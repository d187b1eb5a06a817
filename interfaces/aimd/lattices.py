"""Lattices of any shape: widths between faces, a compact basis, the nearest image of a step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

AMBIGUOUS = 1 / 3  #: share of the cell's width from which the image of a step is a guess


def widths(cells: Array) -> Array:
    """Distance between opposite faces [angstrom], shape (..., 3), of cells (..., 3, 3).

    A vector shorter than half of each has its fractional coordinates between -1/2 and 1/2: it is
    found by rounding. In a skewed cell the widths are far less than the edges.

    Parameters
    ----------
    cells : lattice vectors as rows [angstrom].

    Returns
    -------
    Array
        Widths [angstrom], shape (..., 3).

    Examples
    --------
    >>> widths(np.array([[4.0, 0, 0], [40.0, 4, 0], [0, 0, 4]])).round(3).tolist()
    [0.398, 4.0, 4.0]
    """
    return 1.0 / np.asarray(np.linalg.norm(np.linalg.inv(cells), axis=-2))


def reduction(cell: Array) -> Array:
    """Whole numbers M, shape (3, 3), so that M @ cell is a compact basis of the lattice (LLL).

    Parameters
    ----------
    cell : lattice vectors as rows [angstrom].

    Returns
    -------
    Array
        Integer matrix M.

    Examples
    --------
    >>> skewed = np.array([[4.0, 0, 0], [40.0, 4, 0], [0, 0, 4]])
    >>> widths(reduction(skewed) @ skewed).round(3).tolist()
    [4.0, 4.0, 4.0]
    """
    from pymatgen.core.lattice import Lattice

    reduced = Lattice(cell).lll_matrix
    return np.asarray(np.rint(reduced @ np.linalg.inv(cell)), dtype=float)


def nearest_steps(steps: Array, cells: Array) -> tuple[Array, int]:
    """Fractional steps (F - 1, N, 3) without whole cells, and how many are ambiguous.

    A step shorter than half the width of the cell is found exactly; there is no shorter image. From
    a third of the width on another image is at most twice as long: such steps are counted.

    Parameters
    ----------
    steps : (F - 1, N, 3) fractional steps.
    cells : lattice vectors as rows [angstrom].

    Returns
    -------
    tuple[Array, int]
        Minimum-image steps, and the number of ambiguous ones.
    """
    short = steps - np.rint(steps)
    boxes = cells if len(cells) == 1 else cells[1:]
    most = widths(boxes).min(axis=-1)[:, None] * AMBIGUOUS
    far = np.argwhere(np.linalg.norm(short @ boxes, axis=-1) >= most)
    # Rounding is exact only below half the width; longer steps are compared with all 27 images.
    images = np.array([(a, b, c) for a in (0, -1, 1) for b in (0, -1, 1) for c in (0, -1, 1)])
    for frame, atom in far:
        tried = short[frame, atom] + images
        lengths = np.linalg.norm(tried @ boxes[frame % len(boxes)], axis=-1)
        short[frame, atom] = tried[lengths.argmin()]
    return short, len(far)
