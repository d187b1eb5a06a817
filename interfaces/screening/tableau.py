r"""Simplex on the phases of one chemical system, for numba, without allocations per pair.

The linear programme is that of :mod:`interfaces.solver.simplex`, with two differences for speed:
the arrays are made once per chemical system and used by all of its pairs, and the heights of all
phases above the plane are carried from pivot to pivot instead of computed anew.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interfaces.phases.competing_phases import ALL_OPEN
from interfaces.solver.simplex import COST_TOLERANCE, PIVOT_TOLERANCE, leaving_row

Array = NDArray[np.float64]
Index = NDArray[np.int64]

PIVOTS = 500  #: of one curve; 12 elements need about 60


class Phases(NamedTuple):
    """The stable phases of a set over all of its E elements.

    ``fractions`` (S, E) of atoms, ``energies`` (S,) [eV/atom], ``masks`` (S,) their elements as
    bits, ``references`` (E,) rows of the elements themselves, -1 where there is none.
    """

    fractions: Array
    energies: Array
    masks: Index
    references: Index


class Opened(NamedTuple):
    """The open element: its ``column``, -1 where none is, and its ``potential`` [eV/atom]."""

    column: int
    potential: float


class System(NamedTuple):
    """The phases of one chemical system, with two places free for reactants that join.

    ``columns`` (d,) are its elements that are not open. Over them, per atom that is not open:
    ``fractions`` (d, N + 2) and ``energies`` (N + 2,), grand potentials where something is open;
    ``rows`` (N + 2,) of the set; ``elements`` (d,) of the elements themselves.
    """

    columns: Index
    fractions: Array
    energies: Array
    rows: Index
    elements: Index


class Tableau(NamedTuple):
    """A basis B in a system and what follows from it, changed in place.

    With the composition b + 0+ s: ``inverse`` B^-1 (d, d), ``amounts`` B^-1 b and ``slopes`` B^-1 s
    (d,), ``plane`` (d,) the chemical potentials, ``above`` (N + 2,) the height of every phase above
    their plane. ``tilt`` (N + 2,) and ``column`` (d,) are work space of a pivot.
    """

    basis: Index
    inverse: Array
    amounts: Array
    slopes: Array
    plane: Array
    above: Array
    tilt: Array
    column: Array


def blank(system: System) -> Tableau:
    """A tableau of the right shapes.

    Parameters
    ----------
    system : the chemical system.

    Returns
    -------
    Tableau
        Arrays of zeros.
    """
    d, size = system.columns.size, system.energies.size
    return Tableau(
        np.zeros(d, dtype=np.int64),
        np.zeros((d, d)),
        np.zeros(d),
        np.zeros(d),
        np.zeros(d),
        np.zeros(size),
        np.zeros(size),
        np.zeros(d),
    )


def elements_of(mask: int, opened: int, width: int) -> Index:
    """Columns of the elements of a chemical system that are not open.

    Parameters
    ----------
    mask : chemical system as bits.
    opened : column of the open element, or -1.
    width : number of elements of the set.

    Returns
    -------
    Index
        Column indices.
    """
    count = 0
    for i in range(width):
        if (mask >> i) & 1 and i != opened:
            count += 1
    columns = np.zeros(count, dtype=np.int64)
    k = 0
    for i in range(width):
        if (mask >> i) & 1 and i != opened:
            columns[k] = i
            k += 1
    return columns


def restrict(phases: Phases, mask: int, opened: Opened) -> System:
    """The phases whose elements are all among the bits of ``mask``.

    Parameters
    ----------
    phases : stable phases of the set.
    mask : chemical system as bits.
    opened : the open element.

    Returns
    -------
    System
        Phases of the system, with two free columns.
    """
    columns = elements_of(mask, opened.column, phases.fractions.shape[1])
    d = columns.size
    members = np.nonzero(phases.masks & ~mask == 0)[0]
    if opened.column >= 0:
        members = members[1.0 - phases.fractions[members, opened.column] > ALL_OPEN]
    count = members.size
    fractions = np.zeros((d, count + 2))
    energies = np.zeros(count + 2)
    rows = np.full(count + 2, -1, dtype=np.int64)
    elements = np.zeros(d, dtype=np.int64)
    for k in range(count):
        j = members[k]
        kept, energy = 1.0, phases.energies[j]
        if opened.column >= 0:
            kept = 0.0
            for i in range(d):
                kept += phases.fractions[j, columns[i]]
            energy -= phases.fractions[j, opened.column] * opened.potential
        for i in range(d):
            fractions[i, k] = phases.fractions[j, columns[i]] / kept
            if phases.references[columns[i]] == j:
                elements[i] = k
        energies[k] = energy / kept
        rows[k] = j
    return System(columns, fractions, energies, rows, elements)


def from_elements(system: System, tableau: Tableau, start: Array, step: Array) -> None:
    """The basis of the elements, at the composition ``start`` + 0+ ``step``.

    Parameters
    ----------
    system : the chemical system.
    tableau : basis, inverse, amounts and slopes; changed in place.
    start, step : (d,) composition and its change.
    """
    for i in range(start.size):
        tableau.basis[i] = system.elements[i]
        tableau.amounts[i] = start[i]
        tableau.slopes[i] = step[i]
        for k in range(start.size):
            tableau.inverse[i, k] = 1.0 if i == k else 0.0


def from_basis(ready: Tableau, tableau: Tableau, start: Array, step: Array, n: int) -> None:
    """The basis and heights of ``ready``, at another composition ``start`` + 0+ ``step``.

    Parameters
    ----------
    ready : tableau whose basis is copied.
    tableau : changed in place.
    start, step : (d,) composition and its change.
    n : number of phases.
    """
    inverse = ready.inverse
    for i in range(start.size):
        tableau.basis[i] = ready.basis[i]
        amount, slope = 0.0, 0.0
        for k in range(start.size):
            tableau.inverse[i, k] = inverse[i, k]
            amount += inverse[i, k] * start[k]
            slope += inverse[i, k] * step[k]
        tableau.amounts[i], tableau.slopes[i] = amount, slope
    tableau.above[:n] = ready.above[:n]


def measure_heights(system: System, n: int, tableau: Tableau) -> None:
    """Chemical potentials of the basis, and the height of the first n columns above their plane.

    Parameters
    ----------
    system : the chemical system.
    n : number of phases.
    tableau : ``plane`` and ``above`` are changed in place.
    """
    fractions, energies = system.fractions, system.energies
    basis, inverse, plane, above = tableau.basis, tableau.inverse, tableau.plane, tableau.above
    d = basis.size
    for i in range(d):
        plane[i] = 0.0
    for r in range(d):
        energy = energies[basis[r]]
        for i in range(d):
            plane[i] += energy * inverse[r, i]
    for j in range(n):
        above[j] = energies[j]
    for i in range(d):
        weight = plane[i]
        for j in range(n):
            above[j] -= weight * fractions[i, j]


# A call with tuples counts references of all their arrays, which costs more than these small loops
# do: what runs at every pivot takes the few arrays it needs.


def face(fractions: Array, n: int, weights: Array, tilt: Array) -> None:
    """A row of B^-1 A: how each column moves as the plane tilts about a face.

    Parameters
    ----------
    fractions : (d, N) atomic fractions.
    n : number of phases.
    weights : (d,) row of the inverse.
    tilt : (N,) result, written in place.
    """
    for j in range(n):
        tilt[j] = 0.0
    for i in range(weights.size):
        weight = weights[i]
        if weight != 0.0:
            for j in range(n):
                tilt[j] += weight * fractions[i, j]


def through(fractions: Array, entering: int, inverse: Array, column: Array) -> None:
    """B^-1 of one column of the system.

    Parameters
    ----------
    fractions : (d, N) atomic fractions.
    entering : index of the column.
    inverse : (d, d) inverse of the basis matrix.
    column : (d,) result, written in place.
    """
    d = column.size
    for i in range(d):
        value = 0.0
        for k in range(d):
            value += inverse[i, k] * fractions[k, entering]
        column[i] = value


def exchange(row: int, inverse: Array, amounts: Array, slopes: Array, column: Array) -> None:
    """Bring a column into the basis at ``row``; ``column`` is B^-1 of it.

    Parameters
    ----------
    row : position of the phase that leaves.
    inverse, amounts, slopes : of the basis; changed in place.
    column : (d,) entering column in the present basis.
    """
    d = column.size
    scale = 1.0 / column[row]
    for k in range(d):
        inverse[row, k] *= scale
    amounts[row] *= scale
    slopes[row] *= scale
    for i in range(d):
        factor = column[i]
        if i != row and factor != 0.0:
            for k in range(d):
                inverse[i, k] -= factor * inverse[row, k]
            amounts[i] -= factor * amounts[row]
            slopes[i] -= factor * slopes[row]


def reached(n: int, above: Array, tilt: Array) -> int:
    """Dual ratio test: the column first reached, of those together the largest pivot; else -1.

    Parameters
    ----------
    n : number of phases.
    above : (N,) heights above the plane [eV/atom].
    tilt : (N,) row of B^-1 A of the phase that leaves.

    Returns
    -------
    int
        Index of the entering phase, or -1.
    """
    # Two passes: ties can only be resolved by the largest pivot once the least ratio is known.
    least = np.inf
    for j in range(n):
        if tilt[j] < -PIVOT_TOLERANCE:
            ratio = max(above[j], 0.0) / -tilt[j]
            if ratio < least:
                least = ratio
    entering = -1
    largest = 0.0
    for j in range(n):
        if tilt[j] < -PIVOT_TOLERANCE:
            ratio = max(above[j], 0.0) / -tilt[j]
            if ratio <= least + COST_TOLERANCE and -tilt[j] > largest:
                entering, largest = j, -tilt[j]
    return entering


def descend(system: System, n: int, tableau: Tableau) -> bool:
    """Primal simplex from the basis given, on the first n columns; true if it ended.

    Parameters
    ----------
    system : the chemical system.
    n : number of phases.
    tableau : a feasible basis; changed in place.

    Returns
    -------
    bool
        Whether an optimal basis was reached within ``PIVOTS`` pivots.
    """
    measure_heights(system, n, tableau)
    fractions, above, tilt = system.fractions, tableau.above, tableau.tilt
    inverse, amounts, slopes = tableau.inverse, tableau.amounts, tableau.slopes
    column = tableau.column
    fresh = True
    for _ in range(PIVOTS):
        entering = 0
        for j in range(1, n):
            if above[j] < above[entering]:
                entering = j
        if above[entering] >= -COST_TOLERANCE:
            if fresh:
                return True
            # Heights were updated pivot by pivot: confirm optimality with freshly computed ones.
            measure_heights(system, n, tableau)
            fresh = True
            continue
        through(fractions, entering, inverse, column)
        row = leaving_row(inverse, amounts, slopes, column)
        if row < 0:
            return False
        exchange(row, inverse, amounts, slopes, column)
        tableau.basis[row] = entering
        face(fractions, n, inverse[row], tilt)
        depth = above[entering]
        for j in range(n):
            above[j] -= depth * tilt[j]
        fresh = False
    return False


def dual_pivot(system: System, n: int, row: int, tableau: Tableau) -> bool:
    """Let ``row`` leave the basis; false if nothing can take its place.

    Parameters
    ----------
    system : the chemical system.
    n : number of phases.
    row : position of the phase that leaves.
    tableau : changed in place.

    Returns
    -------
    bool
        Whether a phase could enter.
    """
    fractions, above, tilt = system.fractions, tableau.above, tableau.tilt
    inverse, column = tableau.inverse, tableau.column
    face(fractions, n, inverse[row], tilt)
    entering = reached(n, above, tilt)
    if entering < 0:
        return False
    through(fractions, entering, inverse, column)
    rise = above[entering] / tilt[entering]
    for j in range(n):
        above[j] -= rise * tilt[j]
    exchange(row, inverse, tableau.amounts, tableau.slopes, column)
    tableau.basis[row] = entering
    return True
