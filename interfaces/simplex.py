r"""The parametric linear programme behind every curve: arrays in, arrays out.

The lower hull of formation energy along the line between two compositions is

.. math:: E(x) = \min e \cdot n \quad\text{subject to}\quad A n = c_2 + x (c_1 - c_2),\; n \ge 0,

with the atomic fractions of phase :math:`j` in column :math:`j` of :math:`A`. It is convex and
piecewise linear; between two breakpoints one basis of phases is optimal and the amounts are
:math:`p + q x`. The first basis is found by the primal simplex at x = 0+, starting from the
elements, and the line is then walked to x = 1 by the dual simplex.

Both ends are degenerate (an element in one reactant only, a reactant that is itself a phase). The
primal phase therefore breaks ties lexicographically in (b(0), db, B^-1): it solves the problem for
an infinitely small x > 0 without ever choosing a small number.

The functions use only what numba compiles, so one source serves a single curve in plain numpy (no
start-up) and a screen of millions (``interfaces.compiled``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]

COST_TOLERANCE = 1e-11  #: eV/atom; a reduced cost above minus this is not an improvement
PIVOT_TOLERANCE = 1e-9  #: atomic fraction; smaller pivots are round-off
END_TOLERANCE = 1e-9  #: mixing fraction; a breakpoint nearer to an end is the end
MAX_PIVOTS = 2000  #: per phase of the algorithm; 12 elements need about 60

OK, STALLED, UNBOUNDED = 0, 1, 2


def pivot(inverse: Array, amounts: Array, slopes: Array, column: Array, row: int) -> None:
    """Bring ``column`` (B^-1 A_j) into the basis at ``row``; updates the arrays in place."""
    scale = 1.0 / column[row]
    others = column.copy()
    others[row] = 0.0
    pivot_row = inverse[row] * scale
    inverse -= others.reshape(-1, 1) * pivot_row
    inverse[row] = pivot_row
    for vector in (amounts, slopes):
        value = vector[row] * scale
        vector -= others * value
        vector[row] = value


def leaving_row(inverse: Array, amounts: Array, slopes: Array, column: Array) -> int:
    """Row of the lexicographically smallest (amount, slope, B^-1 row) / column; -1 if unbounded."""
    best = -1
    size = column.size
    for i in range(size):
        if column[i] <= PIVOT_TOLERANCE:
            continue
        if best < 0:
            best = i
            continue
        order = amounts[i] / column[i] - amounts[best] / column[best]
        if abs(order) <= PIVOT_TOLERANCE:
            order = slopes[i] / column[i] - slopes[best] / column[best]
            k = 0
            while abs(order) <= PIVOT_TOLERANCE and k < size:
                order = inverse[i, k] / column[i] - inverse[best, k] / column[best]
                k += 1
        if order < 0.0:
            best = i
    return best


def refresh(phases: Array, basis: Index, start: Array, step: Array) -> tuple[Array, Array, Array]:
    """B^-1, amounts and slopes computed anew from the basis, so that round-off does not pile up."""
    inverse = np.ascontiguousarray(np.linalg.inv(phases[basis]).T)
    return inverse, inverse @ start, inverse @ step


def primal(
    phases: Array,
    energies: Array,
    basis: Index,
    start: Array,
    step: Array,
    inverse: Array,
    amounts: Array,
    slopes: Array,
) -> int:
    """Primal simplex at ``start`` + 0+ ``step``; updates basis and arrays, returns a status.

    Each phase enters where its energy lies farthest below the plane of the present basis (the
    chemical potentials), which is finite with the lexicographic ratio test.
    """
    for _ in range(MAX_PIVOTS):
        potentials = energies[basis] @ inverse
        reduced = energies - phases @ potentials
        entering = int(np.argmin(reduced))
        if reduced[entering] >= -COST_TOLERANCE:
            return OK
        column = inverse @ phases[entering]
        row = leaving_row(inverse, amounts, slopes, column)
        if row < 0:
            return UNBOUNDED
        pivot(inverse, amounts, slopes, column, row)
        basis[row] = entering
    return STALLED


def elemental_start(
    start: Array, step: Array, elements: Index
) -> tuple[Index, Array, Array, Array]:
    """The basis of the pure elements: the identity, feasible at x = 0+ without a phase 1."""
    basis = elements.copy()
    return basis, np.eye(start.size), start.copy(), step.copy()


def minimum_energy(
    phases: Array, energies: Array, elements: Index, composition: Array
) -> tuple[int, float, Index, Array]:
    """Hull energy at one composition.

    Parameters
    ----------
    phases : (N, d) atomic fractions of the phases over the elements of the composition.
    energies : (N,) formation energies [eV/atom].
    elements : (d,) indices of the elemental references, in the order of the columns.
    composition : (d,) atomic fractions, summing to 1.

    Returns
    -------
    status, energy [eV/atom], basis (d,), amounts (d,) [atoms of the phase per atom of the mix].
    """
    step = np.zeros(composition.size)
    basis, inverse, amounts, slopes = elemental_start(composition, step, elements)
    status = primal(phases, energies, basis, composition, step, inverse, amounts, slopes)
    inverse, amounts, slopes = refresh(phases, basis, composition, step)
    amounts = np.maximum(amounts, 0.0)
    return status, float(energies[basis] @ amounts), basis, amounts


def first_zero(amounts: Array, slopes: Array, x: float) -> tuple[float, int]:
    """Where, right of ``x``, the first amount p + q x reaches zero; (1, -1) if none does."""
    nearest, row = 1.0, -1
    steepest = 0.0
    for i in range(amounts.size):
        if slopes[i] >= -PIVOT_TOLERANCE:
            continue
        zero = max(-amounts[i] / slopes[i], x)
        # Among amounts that vanish together the steepest leaves: the largest pivot, the safest one.
        if zero < nearest - END_TOLERANCE or (
            zero <= nearest + END_TOLERANCE and row >= 0 and slopes[i] < steepest
        ):
            nearest, row, steepest = zero, i, slopes[i]
    return nearest, row


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
    d = start.size
    step = end - start
    capacity = 64
    bounds = np.zeros(capacity + 1)
    bases = np.zeros((capacity, d), dtype=np.int64)
    all_amounts = np.zeros((capacity, d))
    all_slopes = np.zeros((capacity, d))
    count = 0

    basis, inverse, amounts, slopes = elemental_start(start, step, elements)
    status = primal(phases, energies, basis, start, step, inverse, amounts, slopes)
    x = 0.0
    stalled = 0  # pivots since x last moved
    for _ in range(MAX_PIVOTS):
        if status != OK:
            break
        inverse, amounts, slopes = refresh(phases, basis, start, step)
        zero, row = first_zero(amounts, slopes, x)
        if row < 0 or zero >= 1.0 - END_TOLERANCE:
            zero, row = 1.0, -1
        if zero > x + END_TOLERANCE:
            if count == capacity:
                capacity *= 2
                bounds = np.concatenate((bounds, np.zeros(capacity - count)))
                bases = np.concatenate((bases, np.zeros((capacity - count, d), dtype=np.int64)))
                all_amounts = np.concatenate((all_amounts, np.zeros((capacity - count, d))))
                all_slopes = np.concatenate((all_slopes, np.zeros((capacity - count, d))))
            bounds[count + 1] = zero
            bases[count] = basis
            all_amounts[count] = amounts
            all_slopes[count] = slopes
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
            status = primal(phases, energies, basis, here, step, inverse, amounts, slopes)
            inverse, amounts, slopes = refresh(phases, basis, start, step)
            zero, row = first_zero(amounts, slopes, x)
            if row >= 0 and zero <= x + END_TOLERANCE:
                status = STALLED
            stalled = 0
            continue
        # Dual simplex: the phase that enters first as the plane tilts about the face that stays.
        direction = phases @ inverse[row].copy()
        candidates = np.nonzero(direction < -PIVOT_TOLERANCE)[0]
        if candidates.size == 0:
            status = UNBOUNDED
            break
        potentials = energies[basis] @ inverse
        reduced = energies - phases @ potentials
        ratios = np.maximum(reduced[candidates], 0.0) / -direction[candidates]
        ties = candidates[ratios <= ratios.min() + COST_TOLERANCE]
        basis[row] = ties[np.argmin(direction[ties])]
    if status == OK and x < 1.0:
        status = STALLED
    return (
        status,
        count,
        bounds[: count + 1],
        bases[:count],
        all_amounts[:count],
        all_slopes[:count],
    )
