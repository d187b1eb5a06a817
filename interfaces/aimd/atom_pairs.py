r"""Neighbour lists over many frames at a time.

A list of candidates serves a chunk of frames. Atom i strays at most d_i from where it is in the
chunk's middle frame, so a pair (with one periodic image) that is ever within r of each other is
there within

.. math:: r \, s + d_i + d_j ,

s being 1 in a fixed cell, else the most by which the cell shrinks along any direction. No other
pair is looked at, and none is missed, in a cell of any shape and size: images are listed, not
rounded to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interfaces.aimd.frames import Trajectory

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Pair = tuple[str, str]

CHUNK = 50  #: frames that share a list of candidates
MARGIN = 1e-6  #: added to the reach of a list against rounding [angstrom]


class Near(NamedTuple):
    """Pairs of atoms near each other in frames start ... stop - 1.

    ``distances`` [angstrom] have the shape (pairs, stop - start) and may exceed the reach. A pair
    is listed once for each periodic image, with ``first`` < ``second``; an atom and its own image
    have ``first`` == ``second``, once for each two opposite images.
    """

    start: int
    stop: int
    first: Indices
    second: Indices
    distances: Array


def nearest_pairs(
    trajectory: Trajectory, reach: Mapping[Pair, float], chunk: int = CHUNK
) -> Iterator[Near]:
    """Every pair of atoms that comes within its reach, with its distance in all frames.

    Parameters
    ----------
    trajectory : frames with their cells and times.
    reach : pair of elements, in either order -> distance [angstrom].
    chunk : frames that share a list of candidates.

    Yields
    ------
    Iterator[Near]
        Pairs and distances of one chunk of frames at a time.
    """
    elements = list(trajectory.elements)
    radii = np.zeros((len(elements), len(elements)))
    for (a, b), radius in reach.items():
        if a in elements and b in elements:
            i, j = elements.index(a), elements.index(b)
            radii[i, j] = radii[j, i] = max(radius, radii[i, j])
    if not radii.any():
        return
    all_kinds = np.array([elements.index(name) for name in trajectory.species])
    atoms = np.flatnonzero(radii.max(axis=1)[all_kinds] > 0)
    kinds = all_kinds[atoms]
    fractional, cells = trajectory.reduced()
    for start in range(0, len(trajectory), chunk):
        stop = min(start + chunk, len(trajectory))
        places = fractional[start:stop, atoms]
        boxes = cells if len(cells) == 1 else cells[start:stop]
        yield _in_chunk(start, stop, atoms, kinds, places, boxes, radii)


def _in_chunk(
    start: int, stop: int, atoms: Indices, kinds: Indices, places: Array, boxes: Array, radii: Array
) -> Near:
    middle = (stop - start) // 2
    reference, box = places[middle], boxes[middle % len(boxes)]
    places = places - np.rint(places - reference)
    # How far each atom moves within the chunk bounds which pairs can ever come within reach.
    strayed = np.linalg.norm((places - reference) @ box, axis=-1).max(axis=0)
    shrunk = _shrinking(box, boxes)
    first, second, images = _listed(reference, box, strayed, shrunk, kinds, radii)
    paths = np.ascontiguousarray((places @ boxes).transpose(1, 2, 0))  # (atoms, 3, frames)
    shifts = (images @ boxes).transpose(1, 2, 0)  # (pairs, 3, frames or 1)
    apart = paths[second]
    apart -= paths[first]
    apart += shifts
    np.multiply(apart, apart, out=apart)
    distances = np.sqrt(apart.sum(axis=1))
    return Near(start, stop, atoms[first], atoms[second], distances)


def _shrinking(box: Array, boxes: Array) -> float:
    """The most by which a vector of the middle frame is longer there than in another frame."""
    if len(boxes) == 1:
        return 1.0
    stretches = np.linalg.svd(np.linalg.inv(box) @ boxes, compute_uv=False)
    return float(1.0 / stretches.min())


def _listed(
    reference: Array, box: Array, strayed: Array, shrunk: float, kinds: Indices, radii: Array
) -> tuple[Indices, Indices, Array]:
    """Candidates of a chunk: two indices and the image of the second, shape (P, 3)."""
    from pymatgen.optimization.neighbors import find_points_in_spheres

    places = np.ascontiguousarray(reference @ box)
    reach = float(radii.max() * shrunk + 2 * strayed.max() + MARGIN)
    first, second, images, apart = find_points_in_spheres(
        places, places, reach, np.ones(3, dtype=np.int64), np.ascontiguousarray(box)
    )
    images = np.rint(images)
    # Each pair of atoms once; of an atom and its own images one of each two opposite ones.
    once = (first < second) | ((first == second) & _ahead(images))
    radius = radii[kinds[first], kinds[second]]
    near = apart <= radius * shrunk + strayed[first] + strayed[second] + MARGIN
    kept = once & near & (radius > 0)
    return first[kept], second[kept], images[kept]


def _ahead(images: Array) -> NDArray[np.bool_]:
    """One of every two opposite images; the image at home is none."""
    weights = images @ np.array([1e6, 1e3, 1.0])
    return np.asarray(weights > 0)
