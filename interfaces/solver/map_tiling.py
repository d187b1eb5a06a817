r"""Exact map over mixing fraction and voltage: rectangles in which one basis is optimal.

V moves the energies only, x the composition only, so a basis that is optimal somewhere is optimal
on a whole rectangle [x-interval] x [V-interval], and the energy is bilinear in it,

.. math:: \Phi(x, V) = (e + V b) \cdot (p + q x).

The map is swept upwards in V. At each event only the tiles that end there are solved again, between
their own bounds and from their own basis; the others are known to go on.
"""

from __future__ import annotations

import numpy as np

from interfaces.solver.parametric import END_TOLERANCE, walk
from interfaces.solver.simplex import MAX_PIVOTS, OK, STALLED, UNSOUND, Array, Index

SAME_VOLTAGE = 1e-9  #: V; a tile lower than this is round-off
IDLE = 500  #: events within that voltage; more are a cycle of round-off


def tiling(
    phases: Array,
    energies: Array,
    tilts: Array,
    elements: Index,
    start: Array,
    end: Array,
    low: float,
    high: float,
) -> tuple[int, Array, Index, Array, Array]:
    """Every tile of the map between two compositions and two voltages.

    Parameters
    ----------
    phases : (N, d) fractions of the phases over the d elements that are not open.
    energies : (N,) grand potentials at V = 0 [eV per non-open atom].
    tilts : (N,) their change with V: charges carried per non-open atom.
    elements : (d,) indices of the elemental references, in the order of the columns.
    start, end : (d,) fractions of reactant 2 (x = 0) and reactant 1 (x = 1).
    low, high : [V], ``low`` < ``high``.

    Returns
    -------
    status : ``OK``, or why the sweep ended early.
    tiles : (M, 4) x from, x to, V from, V to.
    bases : (M, d) indices of the phases.
    amounts, slopes : (M, d); phase ``bases[k, i]`` has ``amounts[k, i] + slopes[k, i] * x``
        non-open atoms per non-open atom of the mix.
    """
    d = start.size
    step = end - start
    capacity = 1024
    tiles = np.zeros((capacity, 4))
    bases = np.zeros((capacity, d), dtype=np.int64)
    amounts = np.zeros((capacity, d))
    slopes = np.zeros((capacity, d))
    # The sweep starts in one tile without height over the whole line, which ends at once.
    tiles[0] = np.array((0.0, 1.0, low, low))
    bases[0] = elements
    done = 1
    # The tiles that the sweep is in: a place in the arrays each, and V until which it lasts.
    places = np.zeros(1, dtype=np.int64)
    until = np.array([low])
    status = OK
    reached, idle = low, 0
    for _ in range(100 * MAX_PIVOTS):
        if status != OK:
            break
        V = until.min()
        if high - SAME_VOLTAGE <= V:
            # A tile without height is what round-off left of a point where several meet.
            tall = np.nonzero(tiles[:done, 3] > tiles[:done, 2] + SAME_VOLTAGE)[0]
            return OK, tiles[tall], bases[tall], amounts[tall], slopes[tall]
        # Round-off can restart tiles at one voltage for ever: count events without progress.
        idle += 1
        if reached + SAME_VOLTAGE < V:
            reached, idle = V, 0
        if idle > IDLE:
            status = UNSOUND
            break
        level = energies + V * tilts
        lasting = until > V + SAME_VOLTAGE
        ending = places[~lasting]
        ending = ending[np.argsort(tiles[ending, 0])]
        places, until = places[lasting], until[lasting]
        tiles[ending, 3] = V
        k = 0
        while k < ending.size:
            # Neighbours that end together are solved together: their common bound may move.
            place = ending[k]
            x_to = tiles[place, 1]
            k += 1
            while k < ending.size and tiles[ending[k], 0] <= x_to + END_TOLERANCE:
                x_to = tiles[ending[k], 1]
                k += 1
            status, count, bounds, found_bases, p, q, spans = walk(
                phases, level, tilts, elements, bases[place], start, step, tiles[place, 0], x_to
            )
            if status != OK:
                break
            while done + count > capacity:
                tiles = np.concatenate((tiles, np.zeros((capacity, 4))))
                bases = np.concatenate((bases, np.zeros((capacity, d), dtype=np.int64)))
                amounts = np.concatenate((amounts, np.zeros((capacity, d))))
                slopes = np.concatenate((slopes, np.zeros((capacity, d))))
                capacity *= 2
            for i in range(count):
                tiles[done + i] = np.array((bounds[i], bounds[i + 1], V, high))
                bases[done + i] = found_bases[i]
                amounts[done + i] = p[i]
                slopes[done + i] = q[i]
            places = np.concatenate((places, np.arange(done, done + count)))
            until = np.concatenate((until, V + spans))
            done += count
    return max(status, STALLED), tiles[:done], bases[:done], amounts[:done], slopes[:done]
