"""Exact lower envelope of lines against voltage."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interfaces.serialisable import Serialisable
from interfaces.solver.map_tiling import SAME_VOLTAGE

Array = NDArray[np.float64]

SAME_ENERGY = 1e-12  #: eV; of equal minima the one at the lowest fraction is named
SAME_SLOPE = 1e-7  #: eV/V; lines that differ less go on in one another


@dataclass(frozen=True)
class LowestPiece(Serialisable):
    """A range of voltage [V] over which the minimum stays at one fraction.

    The energy [eV per non-open atom] is straight from ``energy_low`` to ``energy_high``.

    Attributes
    ----------
    low, high : range of voltage [V].
    nonopen_fraction : mixing fraction at which the minimum lies.
    energy_low, energy_high : minimum at both ends of the range [eV per non-open atom].
    """

    low: float
    high: float
    nonopen_fraction: float
    energy_low: float
    energy_high: float


def lowest_pieces(
    offsets: Array, slopes: Array, fractions: Array, spans: Array, *, against_ends: bool
) -> tuple[LowestPiece, ...]:
    """Minimum against V of lines that each hold on a span of V.

    Parameters
    ----------
    offsets, slopes : (L,) of the lines offset + slope V [eV per non-open atom].
    fractions : (L,) mixing fraction that each line belongs to, 0 and 1 among those at any V.
    spans : (L, 2) where each line holds [V].
    against_ends : count each line from the chord between those at fractions 0 and 1.

    Returns
    -------
    tuple[LowestPiece, ...]
        Contiguous pieces by rising voltage; energies in eV per non-open atom.
    """
    pieces: list[LowestPiece] = []
    for low, high in itertools.pairwise(_distinct(spans.ravel())):
        # Spans meet to within round-off, so test against the interval shrunk by the tolerance.
        active = (spans[:, 0] <= low + SAME_VOLTAGE) & (spans[:, 1] >= high - SAME_VOLTAGE)
        a, b, u = offsets[active], slopes[active], fractions[active]
        if against_ends:
            first, last = int(np.argmin(u)), int(np.argmax(u))
            a = a - (1 - u) * a[first] - u * a[last]
            b = b - (1 - u) * b[first] - u * b[last]
        pieces += _lower_envelope(a, b, u, float(low), float(high))
    return _joined(pieces)


def _distinct(voltages: Array) -> Array:
    """Sorted voltages without what round-off doubled."""
    ordered = np.unique(voltages)
    return np.asarray(ordered[np.concatenate([[True], np.diff(ordered) > SAME_VOLTAGE])])


def _lower_envelope(a: Array, b: Array, u: Array, v0: float, v1: float) -> list[LowestPiece]:
    """Which of the lines a + b V is lowest between two voltages, piece by piece."""
    pieces = []
    v = v0
    values = a + b * v
    ties = np.nonzero(values <= values.min() + SAME_ENERGY)[0]
    # Among equal lines the steepest descent stays lowest; then the lowest fraction, to be unique.
    now = int(ties[np.lexsort((u[ties], b[ties]))[0]])
    while True:
        steeper = np.nonzero(b < b[now] - SAME_ENERGY)[0]
        crossings = (a[steeper] - a[now]) / (b[now] - b[steeper])
        after = crossings > v + SAME_VOLTAGE
        until = float(crossings[after].min()) if after.any() else v1
        if until >= v1 - SAME_VOLTAGE:
            until = v1
        pieces.append(
            LowestPiece(
                low=v,
                high=until,
                nonopen_fraction=float(u[now]),
                energy_low=float(a[now] + b[now] * v),
                energy_high=float(a[now] + b[now] * until),
            )
        )
        if until == v1:
            return pieces
        # Several lines may cross here together: the steepest is lowest beyond.
        level = steeper[after][crossings[after] <= until + SAME_VOLTAGE]
        now = int(level[np.argmin(b[level])])
        v = until


def _joined(pieces: Sequence[LowestPiece]) -> tuple[LowestPiece, ...]:
    """Neighbours at one fraction that go on in one line are one piece."""
    joined: list[LowestPiece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last is not None and last.nonopen_fraction == piece.nonopen_fraction:
            slopes = [
                (part.energy_high - part.energy_low) / (part.high - part.low)
                for part in (last, piece)
            ]
            if (
                abs(slopes[0] - slopes[1]) < SAME_SLOPE
                and abs(last.energy_high - piece.energy_low) < 1e-9
            ):
                joined[-1] = LowestPiece(
                    low=last.low,
                    high=piece.high,
                    nonopen_fraction=piece.nonopen_fraction,
                    energy_low=last.energy_low,
                    energy_high=piece.energy_high,
                )
                continue
        joined.append(piece)
    return tuple(joined)
