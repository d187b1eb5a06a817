"""Breakpoints and minima of one curve of a screen, for numba.

The algorithm is that of :mod:`interfaces.solver.parametric`. If round-off makes the result
doubtful, the walk stops and the pair is computed by
:func:`interfaces.solver.parametric.mixing_line`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interfaces.reactivity.mixing_curve import PRESENT, SAME_ENERGY, SAME_SLOPE
from interfaces.screening.tableau import (
    PIVOTS,
    System,
    Tableau,
    dual_pivot,
    measure_heights,
)
from interfaces.solver.parametric import END_TOLERANCE, first_zero

Array = NDArray[np.float64]
Index = NDArray[np.int64]

RESIDUAL = 1e-9  #: largest residual of amounts and plane at the end of a walk
BREAKPOINTS = 64  #: of one curve; the most observed so far is 30


class Walked(NamedTuple):
    """Breakpoints of a curve, K at most.

    ``bounds`` (K + 1,) their x; ``hull`` (K + 1,) the energy there [eV/atom]; ``steepness`` (K,) of
    the segment right of each; ``bases`` and ``shares`` (K + 1, d), phases and their atoms, those of
    the segment left of it (right of it for the first).
    """

    bounds: Array
    hull: Array
    steepness: Array
    bases: Index
    shares: Array


def no_walk(d: int) -> Walked:
    """Arrays for the breakpoints of a curve of d elements.

    Parameters
    ----------
    d : number of elements that are not open.

    Returns
    -------
    Walked
        Arrays for ``BREAKPOINTS`` segments.
    """
    return Walked(
        np.zeros(BREAKPOINTS + 1),
        np.zeros(BREAKPOINTS + 1),
        np.zeros(BREAKPOINTS + 1),
        np.zeros((BREAKPOINTS + 1, d), dtype=np.int64),
        np.zeros((BREAKPOINTS + 1, d)),
    )


def note(system: System, tableau: Tableau, place: int, x: float, walked: Walked) -> None:
    """Write down a breakpoint at ``x`` with the basis of the tableau.

    Parameters
    ----------
    system : the chemical system.
    tableau : basis of the segment.
    place : index of the breakpoint.
    x : mixing fraction.
    walked : changed in place.
    """
    basis, amounts, slopes, energies = (
        tableau.basis, tableau.amounts, tableau.slopes, system.energies,
    )  # fmt: skip
    bases, shares = walked.bases, walked.shares
    value = 0.0
    for i in range(basis.size):
        share = max(amounts[i] + slopes[i] * x, 0.0)
        bases[place, i] = basis[i]
        shares[place, i] = share
        value += energies[basis[i]] * share
    walked.bounds[place] = x
    walked.hull[place] = value


def sound(system: System, n: int, tableau: Tableau, end: Array) -> bool:
    """Whether what was carried from pivot to pivot agrees with its definition at x = 1.

    Parameters
    ----------
    system : the chemical system.
    n : number of phases.
    tableau : basis at x = 1.
    end : (d,) composition at x = 1.

    Returns
    -------
    bool
        Whether all residuals are below ``RESIDUAL``.
    """
    d = tableau.basis.size
    for i in range(d):
        value = -end[i]
        for r in range(d):
            share = tableau.amounts[r] + tableau.slopes[r]
            value += system.fractions[i, tableau.basis[r]] * share
        if abs(value) > RESIDUAL:
            return False
    for r in range(d):
        if tableau.amounts[r] + tableau.slopes[r] < -RESIDUAL:
            return False
    measure_heights(system, n, tableau)
    return bool(tableau.above[:n].min() >= -RESIDUAL)


def walk_curve(system: System, n: int, tableau: Tableau, end: Array, walked: Walked) -> int:
    """Walk x from 0 to 1 from a basis that is optimal; number of segments, 0 in doubt.

    Parameters
    ----------
    system : the chemical system.
    n : number of phases.
    tableau : optimal basis at x = 0.
    end : (d,) composition at x = 1.
    walked : breakpoints, written in place.

    Returns
    -------
    int
        Number of segments; 0 if round-off leaves the result in doubt.
    """
    d = tableau.basis.size
    amounts, slopes = tableau.amounts, tableau.slopes
    count, pivots, x, stalled = 0, 0, 0.0, 0
    while True:
        zero, row = first_zero(amounts, slopes, x)
        if row < 0 or zero >= 1.0 - END_TOLERANCE:
            zero, row = 1.0, -1
        if zero > x + END_TOLERANCE:
            if count == BREAKPOINTS:
                return 0
            if count == 0:
                note(system, tableau, 0, 0.0, walked)
            note(system, tableau, count + 1, zero, walked)
            bend = 0.0
            for i in range(d):
                bend += system.energies[tableau.basis[i]] * slopes[i]
            walked.steepness[count] = bend
            count += 1
            x, stalled = zero, 0
        if row < 0:
            break
        stalled += 1
        pivots += 1
        # Degenerate pivots without progress may cycle; the slower lexicographic solver cannot.
        if stalled > 4 * d or pivots > PIVOTS or not dual_pivot(system, n, row, tableau):
            return 0
    return count if sound(system, n, tableau, end) else 0


def lowest(walked: Walked, count: int, left: float, right: float) -> int:
    """The kink of lowest energy above the chord from ``left`` (x = 0) to ``right`` (x = 1).

    Parameters
    ----------
    walked : breakpoints of the curve.
    count : number of segments.
    left, right : energies of the chord at x = 0 and 1 [eV/atom].

    Returns
    -------
    int
        Index of the breakpoint.
    """
    bounds, hull, steepness = walked.bounds, walked.hull, walked.steepness
    least = np.inf
    for k in range(count + 1):
        if 0 < k < count and steepness[k] - steepness[k - 1] <= SAME_SLOPE:
            continue
        value = hull[k] - bounds[k] * right - (1.0 - bounds[k]) * left
        if value < least:
            least = value
    # Second pass: of equal minima the lowest mixing fraction, as in a single curve.
    for k in range(count + 1):
        if 0 < k < count and steepness[k] - steepness[k - 1] <= SAME_SLOPE:
            continue
        value = hull[k] - bounds[k] * right - (1.0 - bounds[k]) * left
        if value <= least + SAME_ENERGY:
            return k
    return 0


def name_products(
    walked: Walked, kink: int, rows: Index, top: int, names: NDArray[np.int32]
) -> None:
    """Write the rows of the products present: by row, or the ``top`` largest by share.

    Parameters
    ----------
    walked : breakpoints of the curve.
    kink : index of the breakpoint.
    rows : (N,) rows of the phases in the set.
    top : number of products to record; 0 records all.
    names : result, written in place.
    """
    basis, shares = walked.bases[kink], walked.shares[kink]
    d = basis.size
    taken = np.zeros(d, dtype=np.bool_)
    for place in range(d if top == 0 else min(top, d)):
        best = -1
        for i in range(d):
            if taken[i] or shares[i] <= PRESENT:
                continue
            if best < 0:
                best = i
            elif top > 0 and abs(shares[i] - shares[best]) > PRESENT:
                if shares[i] > shares[best]:
                    best = i
            elif rows[basis[i]] < rows[basis[best]]:
                best = i
        if best < 0:
            return
        taken[best] = True
        names[place] = rows[basis[best]]
