r"""Simplex for the convex hull at one composition.

The lower hull of energy at a composition :math:`c` is

.. math:: E(c) = \min e \cdot n \quad\text{subject to}\quad A n = c,\; n \ge 0,

with the fractions of phase :math:`j` in column :math:`j` of :math:`A`. Its optimal basis are the
stable phases, its dual variables their chemical potentials. Two parameters move through it: mixing
turns the composition, c + x dc, and voltage the energies, e + V b
(``interfaces.solver.parametric``, ``interfaces.solver.map_tiling``).

Both pass through degenerate points: an end of a mixing line that is itself a phase, a voltage at
which two sets of phases are level. The simplex therefore breaks every tie for an infinitely small
step beyond: ``start`` + 0+ ``step`` lexicographically in (b, db, B^-1), and ``energies`` + 0+
``tilts`` by their slopes. It solves the neighbouring problem without ever choosing a small number.

The functions use only what numba compiles, so one source serves a single curve in plain numpy (no
start-up) and a screen of millions (``interfaces.screening.numba_cache``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]

COST_TOLERANCE = 1e-11  #: eV/atom; a reduced cost above minus this is not an improvement
TILT_TOLERANCE = 1e-9  #: charges per atom; phases whose energies drift apart less are parallel
PIVOT_TOLERANCE = 1e-9  #: atomic fraction; smaller pivots are round-off
MAX_PIVOTS = 2000  #: per phase of the algorithm; 12 elements need about 60
PATIENCE = 200  #: pivots after which near-coplanar phases may be taking turns
SLACK = 1e-9  #: eV/atom; what a reduced cost may then be below zero

OK, STALLED, UNBOUNDED, UNSOUND = 0, 1, 2, 3

#: What an end may be off before it is refused: atom fractions below zero, and phases below the
#: plane relative to the largest energy. Ordinary systems stay four orders of magnitude below.
UNSOUND_BY = 1e-8


def pivot(inverse: Array, amounts: Array, slopes: Array, column: Array, row: int) -> None:
    """Bring ``column`` (B^-1 A_j) into the basis at ``row``; updates the arrays in place.

    Parameters
    ----------
    inverse : (d, d) inverse of the basis matrix.
    amounts, slopes : (d,) right-hand side at ``start`` and its change along ``step``.
    column : (d,) entering column in the present basis.
    row : position of the phase that leaves.
    """
    scale = 1.0 / column[row]
    others = column.copy()
    others[row] = 0.0  # the pivot row is scaled, not eliminated
    pivot_row = inverse[row] * scale
    inverse -= others.reshape(-1, 1) * pivot_row
    inverse[row] = pivot_row
    for vector in (amounts, slopes):
        value = vector[row] * scale
        vector -= others * value
        vector[row] = value


def leaving_row(inverse: Array, amounts: Array, slopes: Array, column: Array) -> int:
    """Row of the lexicographically smallest (amount, slope, B^-1 row) / column; -1 if unbounded.

    Parameters
    ----------
    inverse : (d, d) inverse of the basis matrix.
    amounts, slopes : (d,) right-hand side at ``start`` and its change along ``step``.
    column : (d,) entering column in the present basis.

    Returns
    -------
    int
        Position in the basis, or -1 if no entry of the column is positive.
    """
    best = -1
    size = column.size
    for i in range(size):
        if column[i] <= PIVOT_TOLERANCE:
            continue  # this amount does not fall; dividing by round-off would invent a ratio
        if best < 0:
            best = i
            continue
        order = amounts[i] / column[i] - amounts[best] / column[best]
        # Ratios tie at every degenerate point. Comparing slopes and then rows of B^-1 makes the
        # choice unique; a choice by index alone can cycle.
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
    """B^-1, amounts and slopes computed anew from the basis, so that round-off does not pile up.

    Parameters
    ----------
    phases : (N, d) atomic fractions of the phases.
    basis : (d,) indices of the phases in the basis.
    start, step : (d,) composition and its change.

    Returns
    -------
    tuple[Array, Array, Array]
        Inverse (d, d), amounts (d,) and slopes (d,).
    """
    inverse = np.ascontiguousarray(np.linalg.inv(phases[basis]).T)
    return inverse, inverse @ start, inverse @ step


def heights(phases: Array, energies: Array, basis: Index, inverse: Array) -> Array:
    """Energy of every phase above the plane of the basis (its reduced cost), shape (N,).

    Parameters
    ----------
    phases : (N, d) atomic fractions of the phases.
    energies : (N,) energies [eV/atom].
    basis : (d,) indices of the phases in the basis.
    inverse : (d, d) inverse of the basis matrix.

    Returns
    -------
    Array
        Reduced costs [eV/atom], shape (N,); negative for a phase that lowers the energy.
    """
    return energies - phases @ (energies[basis] @ inverse)


def primal(
    phases: Array,
    energies: Array,
    tilts: Array,
    basis: Index,
    start: Array,
    step: Array,
    inverse: Array,
    amounts: Array,
    slopes: Array,
) -> int:
    """Primal simplex at ``start`` + 0+ ``step`` and ``energies`` + 0+ ``tilts``.

    Updates basis and arrays in place, returns a status. The phase enters that lies farthest below
    the plane of the present basis (the chemical potentials); if none does, of those on the plane
    the one that sinks fastest. The lexicographic ratio test makes both finite.

    Parameters
    ----------
    phases : (N, d) atomic fractions of the phases.
    energies : (N,) energies [eV/atom].
    tilts : (N,) change of the energies with voltage [charges per atom].
    basis : (d,) indices of the phases in the basis; changed in place.
    start, step : (d,) composition and its change.
    inverse : (d, d) inverse of the basis matrix; changed in place.
    amounts, slopes : (d,) changed in place.

    Returns
    -------
    int
        Status: ``OK``, ``STALLED`` or ``UNBOUNDED``.
    """
    for pivots in range(MAX_PIVOTS):
        above = heights(phases, energies, basis, inverse)
        entering = int(np.argmin(above))
        # A phase that sinks faster may enter from just above the plane and leave others below it.
        if above[entering] >= -(COST_TOLERANCE if pivots < PATIENCE else SLACK):
            drift = heights(phases, tilts, basis, inverse)
            # Only phases on the plane may enter by their drift: the others would raise the energy.
            drift[above > COST_TOLERANCE] = 0.0
            entering = int(np.argmin(drift))
            if drift[entering] >= -TILT_TOLERANCE:
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
    """The basis of the pure elements: the identity, feasible at x = 0+ without a phase 1.

    Parameters
    ----------
    start, step : (d,) composition and its change.
    elements : (d,) indices of the elemental references.

    Returns
    -------
    tuple[Index, Array, Array, Array]
        Basis (d,), inverse (d, d), amounts (d,) and slopes (d,).
    """
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
    tilts = np.zeros(energies.size)
    basis, inverse, amounts, slopes = elemental_start(composition, step, elements)
    status = primal(phases, energies, tilts, basis, composition, step, inverse, amounts, slopes)
    # The inverse has been updated pivot by pivot: judge the result by one computed directly.
    inverse, amounts, slopes = refresh(phases, basis, composition, step)
    if status == OK and amounts.min() < -UNSOUND_BY:
        status = UNSOUND
    amounts = np.maximum(amounts, 0.0)
    return status, float(energies[basis] @ amounts), basis, amounts
