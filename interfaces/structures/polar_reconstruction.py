"""Polar slabs made non-polar: part of the outer ions moved to the other side."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from interfaces.structures.slab import POLAR, Slab

Array = NDArray[np.float64]

FIRST = ("Li", "Na", "K", "Mg")  #: carriers move before any other ion
LARGEST_SURFACE = 4  #: surface cells joined to make a fraction of ions a whole number
WHOLE = 0.02  #: ions
OUTER = 0.5  #: angstrom; ions this far below the outermost leave the surface too
MOST_CHOICES = 5000  #: ways to choose the moved ions that are compared
JOINED: Mapping[int, tuple[tuple[tuple[int, int], tuple[int, int]], ...]] = {
    1: (((1, 0), (0, 1)),),
    2: (((2, 0), (0, 1)), ((1, 0), (0, 2)), ((1, 1), (-1, 1))),
    3: (((3, 0), (0, 1)), ((1, 0), (0, 3)), ((2, 1), (-1, 1)), ((2, -1), (1, 1))),
    4: (((2, 0), (0, 2)), ((4, 0), (0, 1)), ((1, 0), (0, 4))),
}


def reconstructed(slab: Slab) -> Slab | None:
    """The same slab without its dipole, or None where no whole number of ions takes it away.

    Stoichiometric: each ion goes to the place that the crystal would give it on the other side.
    Of the ions of the outer plane those are moved that lie furthest apart. The surface cell grows
    up to fourfold where the fraction requires it.

    Parameters
    ----------
    slab : polar slab.

    Returns
    -------
    Slab | None
        Reconstructed slab, or None.
    """
    if slab.charges is None or slab.dipole is None or abs(slab.dipole) <= POLAR:
        return None
    charges = dict(zip(slab.species, slab.charges, strict=True))
    down = slab.dipole > 0  # cations go from the top to the bottom
    for symbol in _movers(slab, charges, down):
        per_cell = abs(slab.dipole) * slab.area / (charges[symbol] * slab.repeat[2])
        for size in range(1, LARGEST_SURFACE + 1):
            count = round(per_cell * size)
            if count < 1 or abs(per_cell * size - count) > WHOLE * size:
                continue
            larger = _joined(slab, size)
            rows = _outer(larger, symbol, down, count)
            if rows is None:
                break
            made = _moved(larger, rows, symbol, down)
            return None if made.polar else made
    return None


def _movers(slab: Slab, charges: Mapping[str, float], down: bool) -> list[str]:
    """Cations that may move, carriers first, then those nearest to the side they leave."""
    heights = slab.positions[:, 2] if down else -slab.positions[:, 2]
    outermost = {
        symbol: max(heights[i] for i, element in enumerate(slab.species) if element == symbol)
        for symbol in sorted(set(slab.species))
        if charges[symbol] > 0
    }
    return sorted(outermost, key=lambda symbol: (symbol not in FIRST, -outermost[symbol], symbol))


def _joined(slab: Slab, size: int) -> Slab:
    """``size`` surface cells as one, the most compact way."""

    def longest(matrix: Sequence[Sequence[int]]) -> float:
        a, b = np.array(matrix) @ slab.axes
        return round(max(float(np.linalg.norm(vector)) for vector in (a + b, a - b)), 6)

    matrix = np.array(min(JOINED[size], key=longest))
    species, positions = repeated(slab.species, slab.positions, slab.axes, matrix)
    return replace(
        slab,
        axes=matrix @ slab.axes,
        species=species,
        charges=None if slab.charges is None else slab.charges * size,
        positions=positions,
        units=slab.units * size,
    )


def repeated(
    species: Sequence[str], positions: Array, axes: Array, matrix: NDArray[np.int64]
) -> tuple[tuple[str, ...], Array]:
    """Atoms of a larger surface cell, whose in-plane vectors are ``matrix @ axes``.

    Parameters
    ----------
    positions : [angstrom] (n, 3); ``axes`` (2, 2); ``matrix`` whole numbers (2, 2).

    Returns
    -------
    tuple[tuple[str, ...], Array]
        Species and positions [angstrom] of the larger cell.

    Examples
    --------
    >>> repeated(["Li"], np.zeros((1, 3)), np.eye(2), np.array([[1, 1], [-1, 1]]))[0]
    ('Li', 'Li')
    """
    count = abs(round(float(np.linalg.det(matrix))))
    reach = int(np.abs(matrix).sum())
    steps = np.array(list(itertools.product(range(-reach, reach + 1), repeat=2)))
    inside = np.linalg.solve(matrix.T.astype(float), steps.T).T
    kept = steps[((inside > -1e-6) & (inside < 1 - 1e-6)).all(axis=1)]
    assert len(kept) == count
    moved = [positions + np.append(step @ axes, 0.0) for step in kept]
    return tuple(species) * count, np.concatenate(moved)


def _outer(slab: Slab, symbol: str, down: bool, count: int) -> list[int] | None:
    """The ``count`` ions of the outer plane of this element that lie furthest apart."""
    heights = slab.positions[:, 2] if down else -slab.positions[:, 2]
    rows = [i for i, element in enumerate(slab.species) if element == symbol]
    top = max(heights[i] for i in rows)
    rows = [i for i in rows if top - heights[i] <= max(slab.plane, OUTER)]
    if len(rows) < count or math.comb(len(rows), count) > MOST_CHOICES:
        return None

    def nearest(chosen: Iterable[int]) -> float:
        flat = slab.positions[list(chosen), :2] @ np.linalg.inv(slab.axes)
        apart = flat[:, None] - flat[None]
        shifts = np.array(list(itertools.product((-1, 0, 1), repeat=2)))
        apart = (apart - np.round(apart))[..., None, :] + shifts
        lengths = np.linalg.norm(apart @ slab.axes, axis=-1)
        lengths[lengths < 1e-6] = np.inf
        return float(round(lengths.min(), 4))

    return list(max(itertools.combinations(rows, count), key=nearest))


def _moved(slab: Slab, rows: list[int], symbol: str, down: bool) -> Slab:
    positions = slab.positions.copy()
    positions[rows] += -np.array(slab.repeat) if down else np.array(slab.repeat)
    positions[:, 2] -= positions[:, 2].min()
    outer = sum(element == symbol for element in slab.species)
    side = "the top to the bottom" if down else "the bottom to the top"
    return replace(
        slab,
        label=f"{slab.label}r",
        positions=positions,
        moved=f"{len(rows)} of {outer} {symbol} from {side}",
    )
