r"""Optimal bases along a line of compositions at fixed energies, or of voltages at one composition.

Mixing moves the right-hand side, b(x) = start + x step: between breakpoints one basis is optimal
and its amounts are p + q x. The first comes from the primal simplex at x+, the line is walked by
the dual simplex. Voltage moves the energies, e(V) = energies + V tilts: a basis stays optimal until
the first phase that sinks faster reaches its plane, and the primal simplex goes on from there.
"""

from __future__ import annotations

import numpy as np

from interfaces.solver.simplex import (
    COST_TOLERANCE,
    MAX_PIVOTS,
    OK,
    PIVOT_TOLERANCE,
    STALLED,
    TILT_TOLERANCE,
    UNBOUNDED,
    UNSOUND,
    UNSOUND_BY,
    Array,
    Index,
    elemental_start,
    heights,
    leaving_row,
    pivot,
    primal,
    refresh,
)

END_TOLERANCE = 1e-9  #: mixing fraction; a breakpoint nearer to an end is the end
SAME_EVENT = 1e-12  #: V; phases that reach the plane within this reach it together
REFRESH = 16  #: pivots after which the inverse is computed anew


def first_zero(amounts: Array, slopes: Array, x: float) -> tuple[float, int]:
    """Where, right of ``x``, the first amount p + q x reaches zero; (1, -1) if none does.

    Parameters
    ----------
    amounts, slopes : (d,) amounts p + q x of the phases in the basis.
    x : present mixing fraction.

    Returns
    -------
    tuple[float, int]
        Mixing fraction of the breakpoint, and the position in the basis of the phase that vanishes.
    """
    nearest, row = 1.0, -1
    steepest = 0.0
    for i in range(amounts.size):
        if slopes[i] >= -PIVOT_TOLERANCE:
            continue
        zero = max(-amounts[i] / slopes[i], x)  # an amount already at zero leaves here, not before
        # Among amounts that vanish together the steepest leaves: the largest pivot, the safest one.
        if zero < nearest - END_TOLERANCE or (
            zero <= nearest + END_TOLERANCE and row >= 0 and slopes[i] < steepest
        ):
            nearest, row, steepest = zero, i, slopes[i]
    return nearest, row


def first_to_sink(above: Array, drift: Array) -> tuple[float, int]:
    """How far V can rise until a phase reaches the plane of the basis, and which; else (inf, -1).

    Of phases that reach it together the one that sinks fastest.

    Parameters
    ----------
    above : (N,) heights above the plane of the basis [eV/atom].
    drift : (N,) their change with the voltage [charges per atom].

    Returns
    -------
    tuple[float, int]
        Rise of the voltage [V], and the index of the phase.
    """
    sinking = np.nonzero(drift < -TILT_TOLERANCE)[0]
    if sinking.size == 0:
        return np.inf, -1
    spans = np.maximum(above[sinking], 0.0) / -drift[sinking]
    span = spans.min()
    level = sinking[spans <= span + SAME_EVENT]
    return span, int(level[np.argmin(drift[level])])


def entering_from_below(direction: Array, above: Array, drift: Array) -> int:
    """Dual ratio test: the phase first reached as the plane tilts about the face that stays.

    Of phases reached together the one that V + 0+ lowers most enters, then the largest pivot.
    Returns -1 if the plane reaches none.

    Parameters
    ----------
    direction : (N,) row of B^-1 A of the phase that leaves.
    above : (N,) heights above the plane of the basis [eV/atom].
    drift : (N,) their change with the voltage [charges per atom].

    Returns
    -------
    int
        Index of the entering phase, or -1.
    """
    candidates = np.nonzero(direction < -PIVOT_TOLERANCE)[0]
    if candidates.size == 0:
        return -1
    pivots = -direction[candidates]
    ratios = np.maximum(above[candidates], 0.0) / pivots
    level = ratios <= ratios.min() + COST_TOLERANCE
    candidates, pivots = candidates[level], pivots[level]
    if candidates.size == 1:
        return int(candidates[0])
    drifts = drift[candidates] / pivots
    level = drifts <= drifts.min() + TILT_TOLERANCE
    candidates, pivots = candidates[level], pivots[level]
    # Phases that tie in both respects give the same energy: take the best conditioned basis.
    return int(candidates[np.argmax(pivots)])


def walk(
    phases: Array,
    energies: Array,
    tilts: Array,
    elements: Index,
    first: Index,
    start: Array,
    step: Array,
    x_from: float,
    x_to: float,
) -> tuple[int, int, Array, Index, Array, Array, Array]:
    """Every basis between two mixing fractions, at ``energies`` + 0+ ``tilts``.

    ``first`` is a basis feasible at ``x_from`` + 0+: that of the elements, or a neighbour's.
    Returns what :func:`mixing_line` does, and how far V may rise until each basis ends.

    Parameters
    ----------
    phases : (N, d) fractions of the phases over the d elements that are not open.
    energies : (N,) energies at the present voltage [eV per non-open atom].
    tilts : (N,) their change with the voltage: charges carried per non-open atom.
    elements : (d,) indices of the elemental references.
    first : (d,) basis that is feasible just right of ``x_from``.
    start, step : (d,) composition at x = 0 and its change with x.
    x_from, x_to : range of mixing fractions.

    Returns
    -------
    tuple[int, int, Array, Index, Array, Array, Array]
        Status, number of segments, bounds, bases, amounts and slopes as in :func:`mixing_line`, and
        how far the voltage may rise until each basis ends [V].
    """
    d = start.size
    capacity = 64
    bounds = np.zeros(capacity + 1)
    bases = np.zeros((capacity, d), dtype=np.int64)
    all_amounts = np.zeros((capacity, d))
    all_slopes = np.zeros((capacity, d))
    spans = np.zeros(capacity)
    count = 0

    x = x_from
    bounds[0] = x
    basis = first.copy()
    here = start + x * step
    inverse, amounts, slopes = refresh(phases, basis, here, step)
    status = primal(phases, energies, tilts, basis, here, step, inverse, amounts, slopes)
    stalled = 0  # pivots since x last moved
    deepest = -UNSOUND_BY * max(1.0, np.abs(energies).max())
    tilted = np.any(tilts != 0.0)
    drift = np.zeros(energies.size)
    for _ in range(MAX_PIVOTS):
        if status != OK:
            break
        inverse, amounts, slopes = refresh(phases, basis, start, step)
        above = heights(phases, energies, basis, inverse)
        if tilted:
            drift = heights(phases, tilts, basis, inverse)
        zero, row = first_zero(amounts, slopes, x)
        if row < 0 or zero >= x_to - END_TOLERANCE:
            zero, row = x_to, -1
        # A segment of no length is a degenerate pivot: it changes the basis but is not recorded.
        if zero > x + END_TOLERANCE:
            # Near-parallel compositions can leave a basis infeasible or not optimal: refuse it.
            if above.min() < deepest or (amounts + x * slopes).min() < -UNSOUND_BY:
                status = UNSOUND
                break
            if count == capacity:
                capacity *= 2
                bounds = np.concatenate((bounds, np.zeros(capacity - count)))
                bases = np.concatenate((bases, np.zeros((capacity - count, d), dtype=np.int64)))
                all_amounts = np.concatenate((all_amounts, np.zeros((capacity - count, d))))
                all_slopes = np.concatenate((all_slopes, np.zeros((capacity - count, d))))
                spans = np.concatenate((spans, np.zeros(capacity - count)))
            bounds[count + 1] = zero
            bases[count] = basis
            all_amounts[count] = amounts
            all_slopes[count] = slopes
            spans[count] = first_to_sink(above, drift)[0] if tilted else np.inf
            count += 1
            x = zero
            stalled = 0
        if row < 0:
            break
        stalled += 1
        if stalled > 4 * d:
            # Degenerate pivots may cycle. The lexicographic primal at x+ cannot, so start it there.
            here = start + x * step
            basis, inverse, amounts, slopes = elemental_start(here, step, elements)
            status = primal(phases, energies, tilts, basis, here, step, inverse, amounts, slopes)
            inverse, amounts, slopes = refresh(phases, basis, start, step)
            zero, row = first_zero(amounts, slopes, x)
            if row >= 0 and zero <= x + END_TOLERANCE:
                status = STALLED
            stalled = 0
            continue
        entering = entering_from_below(phases @ inverse[row].copy(), above, drift)
        if entering < 0:
            status = UNBOUNDED
            break
        basis[row] = entering
    if status == OK and x < x_to:
        status = STALLED
    return (
        status,
        count,
        bounds[: count + 1],
        bases[:count],
        all_amounts[:count],
        all_slopes[:count],
        spans[:count],
    )


def mixing_line(
    phases: Array, energies: Array, elements: Index, start: Array, end: Array
) -> tuple[int, int, Array, Index, Array, Array]:
    """Every basis along the line from ``start`` (x = 0) to ``end`` (x = 1).

    Parameters
    ----------
    phases : (N, d) atomic fractions of the phases over the d elements of the pair.
    energies : (N,) formation energies [eV/atom]; zero for the elemental references.
    elements : (d,) indices of the elemental references, in the order of the columns.
    start, end : (d,) atomic fractions of reactant 2 and reactant 1.

    Returns
    -------
    status : ``OK``, or why the walk ended early.
    count : number of segments found.
    bounds : (count + 1,) breakpoints in x, from 0 to 1.
    bases : (count, d) indices of the phases of each segment.
    amounts, slopes : (count, d); in segment k phase ``bases[k, i]`` has
        ``amounts[k, i] + slopes[k, i] * x`` atoms per atom of the mix.
    """
    tilts = np.zeros(energies.size)
    status, count, bounds, bases, amounts, slopes, _ = walk(
        phases, energies, tilts, elements, elements, start, end - start, 0.0, 1.0
    )
    return status, count, bounds, bases, amounts, slopes


def voltage_line(
    phases: Array, energies: Array, tilts: Array, elements: Index, composition: Array, low: float
) -> tuple[int, int, Array, Index, Array]:
    """Every basis of one composition as V rises from ``low`` without end.

    Parameters
    ----------
    phases : (N, d) fractions of the phases over the d elements that are not open.
    energies : (N,) grand potentials at V = 0 [eV per non-open atom].
    tilts : (N,) their change with V: charges carried per non-open atom.
    elements : (d,) indices of the elemental references, in the order of the columns.
    composition : (d,) fractions, summing to 1.

    Returns
    -------
    status : ``OK``, or why the line ended early.
    count : number of bases found.
    events : (count,) V at which each basis takes over; the first is ``low``.
    bases : (count, d) indices of the phases.
    amounts : (count, d) non-open atoms of each phase per non-open atom.
    """
    d = composition.size
    step = np.zeros(d)
    capacity = 64
    events = np.zeros(capacity)
    bases = np.zeros((capacity, d), dtype=np.int64)
    all_amounts = np.zeros((capacity, d))
    basis, inverse, amounts, slopes = elemental_start(composition, step, elements)
    V = low
    count = 0
    above = drift = energies  # set at the first refresh
    status = primal(
        phases, energies + V * tilts, tilts, basis, composition, step, inverse, amounts, slopes
    )
    for pivots in range(MAX_PIVOTS):
        if status != OK:
            break
        # Heights are updated with each pivot, which is cheap but collects round-off.
        if pivots % REFRESH == 0:
            inverse, amounts, slopes = refresh(phases, basis, composition, step)
            above = heights(phases, energies, basis, inverse)  # at V = 0
            drift = heights(phases, tilts, basis, inverse)
        span, entering = first_to_sink(above + V * drift, drift)
        if span > SAME_EVENT:
            present = inverse @ composition
            if present.min() < -UNSOUND_BY:
                return UNSOUND, count, events[:count], bases[:count], all_amounts[:count]
            if count == capacity:
                capacity *= 2
                events = np.concatenate((events, np.zeros(capacity - count)))
                bases = np.concatenate((bases, np.zeros((capacity - count, d), dtype=np.int64)))
                all_amounts = np.concatenate((all_amounts, np.zeros((capacity - count, d))))
            events[count] = V
            bases[count] = basis
            all_amounts[count] = np.maximum(present, 0.0)
            count += 1
        if entering < 0:
            return OK, count, events[:count], bases[:count], all_amounts[:count]
        V += span
        # The phase that reached the plane enters; the next basis is optimal without pricing anew.
        column = inverse @ phases[entering]
        row = leaving_row(inverse, amounts, slopes, column)
        if row < 0:
            status = UNBOUNDED
            break
        pivot(inverse, amounts, slopes, column, row)
        basis[row] = entering
        # The plane tilts about the face that stays, and every height with it.
        lift = phases @ inverse[row].copy()
        above = above - above[entering] * lift
        drift = drift - drift[entering] * lift
    return max(status, STALLED), count, events[:count], bases[:count], all_amounts[:count]
