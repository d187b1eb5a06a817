r"""The hull along one line of compositions for many sets of energies at once.

The sets differ in the energies alone, so the walks of :mod:`interfaces.solver.parametric` are done
side by side: every pivot is one array operation over all sets. The energy of a segment is
:math:`y \cdot (c + x\,dc)` with the chemical potentials y of its phases. The hull is convex, so
that it is the highest of these lines everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from interfaces.solver.parametric import END_TOLERANCE, REFRESH
from interfaces.solver.simplex import COST_TOLERANCE, PIVOT_TOLERANCE, UNSOUND_BY, Array, Index

Mask = NDArray[np.bool_]

PIVOTS = 400  #: of one line; 12 elements need about 60
ONE_THREAD = 200_000  #: multiplications of a product that OpenBLAS does without threads
SEGMENTS = 16  #: of a line, for which there is room at first


@dataclass
class Lines:
    """Hulls of S sets of energies over x from 0 to 1, with K segments at most.

    Attributes
    ----------
    count : (S,) number of segments; 0 where the walk did not end.
    bounds : (S, K + 1) breakpoints, from 0 to 1; 1 after the last.
    planes : (S, K, d) chemical potentials of the elements in each segment [eV per atom].
    """

    count: Index
    bounds: Array
    planes: Array

    def of(self, rows: Mask) -> Lines:
        """The hulls of some of the sets."""
        return Lines(self.count[rows], self.bounds[rows], self.planes[rows])

    def straight(self, start: Array, step: Array) -> tuple[Array, Array]:
        """Energy at x = 0 and slope of each segment's line, (S, K) each; -inf after the last."""
        after = np.arange(self.planes.shape[1]) >= self.count[:, None]
        return np.where(after, -np.inf, self.planes @ start), np.where(after, 0, self.planes @ step)


@dataclass
class _Bases:
    """Bases of several sets of energies, ``row`` (S,) of the sets, with what follows from them."""

    row: Index
    basis: Index  #: (S, d)
    inverse: Array  #: (S, d, d) of the basis matrix
    amounts: Array  #: (S, d) at x = 0
    slopes: Array  #: (S, d) their change with x
    x: Array  #: (S,) present mixing fraction
    still: Index  #: (S,) pivots since it last moved

    def where(self, mask: Mask) -> _Bases:
        if mask.all():
            return self
        return _Bases(*(getattr(self, field.name)[mask] for field in fields(self)))

    def refresh(self, phases: Array, start: Array, step: Array) -> None:
        """Compute the inverse anew, so that round-off does not pile up."""
        self.inverse = np.linalg.inv(phases[self.basis]).transpose(0, 2, 1).astype(float)
        self.amounts, self.slopes = self.inverse @ start, self.inverse @ step

    def planes(self, phases: Array, own: Array) -> Array:
        """Chemical potentials (S, d) at the energies (S, N) of the phases, to full precision."""
        energies = np.take_along_axis(own, self.basis, axis=1)
        planes = _row_by_matrix(energies, self.inverse)
        # one step of refinement: the inverse has been updated pivot by pivot
        error = energies - _matrix_by_column(phases[self.basis], planes)
        return planes + _row_by_matrix(error, self.inverse)

    def exchange(self, leaving: Index, entering: Index, columns: Array) -> None:
        """Let phases ``entering`` (S,) take the places ``leaving``; ``columns`` is their B^-1 A."""
        here = np.arange(leaving.size)
        scale = 1.0 / columns[here, leaving]
        others = columns.copy()
        others[here, leaving] = 0.0
        row = self.inverse[here, leaving] * scale[:, None]
        self.inverse -= others[:, :, None] * row[:, None, :]
        self.inverse[here, leaving] = row
        for vector in (self.amounts, self.slopes):
            value = vector[here, leaving] * scale
            vector -= others * value[:, None]
            vector[here, leaving] = value
        self.basis[here, leaving] = entering


def drawn_lines(phases: Array, energies: Array, first: Index, start: Array, step: Array) -> Lines:
    """Every segment of the hull along ``start`` + x ``step`` for each set of energies.

    A set whose walk meets round-off or degenerate pivots without end is left unsolved, for
    :func:`interfaces.solver.parametric.walk`, which has a way out of them.

    Parameters
    ----------
    phases : (N, d) fractions of the phases over the elements that are not open.
    energies : (S, N) sets of energies [eV per non-open atom].
    first : (d,) a basis that is feasible just right of x = 0, at whatever energies.
    start, step : (d,) composition at x = 0 and its change.

    Returns
    -------
    Lines
        Breakpoints and chemical potentials of every hull.

    Examples
    --------
    >>> phases = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
    >>> energies = np.array([[0.0, 0.0, -1.0], [0.0, 0.0, 1.0]])
    >>> start, step = np.array([1.0, 0.0]), np.array([-1.0, 1.0])
    >>> lines = drawn_lines(phases, energies, np.array([0, 1]), start, step)
    >>> lines.count.tolist(), lines.bounds[0, :3].tolist(), lines.planes[0, 0].tolist()
    ([2, 1], [0.0, 0.5, 1.0], [0.0, -2.0])
    """
    sets, d = len(energies), start.size
    inverse = np.linalg.inv(phases[first]).T
    bases = _Bases(
        row=np.arange(sets),
        basis=np.tile(first, (sets, 1)),
        inverse=np.tile(inverse, (sets, 1, 1)),
        amounts=np.tile(inverse @ start, (sets, 1)),
        slopes=np.tile(inverse @ step, (sets, 1)),
        x=np.zeros(sets),
        still=np.zeros(sets, dtype=np.int64),
    )
    count = np.zeros(sets, dtype=np.int64)
    bounds, planes = np.ones((sets, SEGMENTS + 1)), np.zeros((sets, SEGMENTS, d))
    bounds[:, 0] = 0.0
    lowest = -UNSOUND_BY * np.maximum(1.0, np.abs(energies).max(axis=1))
    bases, own = _descended(phases, energies, bases)
    columns = phases.T
    for pivots in range(1, PIVOTS):
        if pivots % REFRESH == 0:
            bases.refresh(phases, start, step)
        potentials = bases.planes(phases, own)
        above = own - product(potentials, columns)
        zero, leaving = _first_zeros(bases)
        moved = zero > bases.x + END_TOLERANCE
        sound = (above.min(axis=1) >= lowest[bases.row]) & (
            (bases.amounts + bases.x[:, None] * bases.slopes).min(axis=1) >= -UNSOUND_BY
        )
        bases.still = np.where(moved, 0, bases.still + 1)
        lost = (moved & ~sound) | (bases.still > 4 * d)
        moved &= ~lost
        rows = bases.row[moved]
        if rows.size and count[rows].max() == planes.shape[1]:
            bounds = np.concatenate([bounds, np.ones_like(planes[:, :, 0])], axis=1)
            planes = np.concatenate([planes, np.zeros_like(planes)], axis=1)
        bounds[rows, count[rows] + 1] = zero[moved]
        planes[rows, count[rows]] = potentials[moved]
        count[rows] += 1
        bases.x = np.where(moved, zero, bases.x)
        goes_on = (leaving >= 0) & ~lost
        tilt = product(_row_by_matrix_at(bases.inverse, leaving), columns)
        entering = _entering(above, tilt)
        lost |= goes_on & (entering < 0)
        goes_on &= ~lost
        count[bases.row[lost]] = 0
        if not goes_on.any():
            return Lines(count, bounds, planes)
        if not goes_on.all():
            bases, own = bases.where(goes_on), own[goes_on]
            leaving, entering = leaving[goes_on], entering[goes_on]
        bases.exchange(leaving, entering, _matrix_by_column(bases.inverse, phases[entering]))
    count[bases.row] = 0
    return Lines(count, bounds, planes)


def _descended(phases: Array, energies: Array, bases: _Bases) -> tuple[_Bases, Array]:
    """Optimal bases just right of x = 0, by the primal simplex; sets that have none drop out."""
    done: list[_Bases] = []
    own = energies
    for _ in range(PIVOTS):
        above = own - product(bases.planes(phases, own), phases.T)
        entering = above.argmin(axis=1)
        improves = above[np.arange(entering.size), entering] < -COST_TOLERANCE
        done.append(bases.where(~improves))
        if not improves.any():
            break
        bases, own, entering = bases.where(improves), own[improves], entering[improves]
        columns = _matrix_by_column(bases.inverse, phases[entering])
        leaving = _leaving(bases, columns)
        bounded = leaving >= 0
        bases, own = bases.where(bounded), own[bounded]
        bases.exchange(leaving[bounded], entering[bounded], columns[bounded])
    ended = _Bases(
        *(np.concatenate([getattr(part, field.name) for part in done]) for field in fields(_Bases))
    )
    return ended, energies[ended.row]


def _leaving(bases: _Bases, columns: Array) -> Index:
    """As :func:`interfaces.solver.simplex.leaving_row`, of every basis; -1 where unbounded."""
    tied = possible = columns > PIVOT_TOLERANCE
    divisors = np.where(possible, columns, 1.0)
    for values in (bases.amounts, bases.slopes, *bases.inverse.transpose(2, 0, 1)):
        ratios = np.where(tied, values / divisors, np.inf)
        tied = tied & (ratios <= ratios.min(axis=1)[:, None] + PIVOT_TOLERANCE)
        if (tied.sum(axis=1) <= 1).all():
            break
    return np.where(possible.any(axis=1), tied.argmax(axis=1), -1)


def _first_zeros(bases: _Bases) -> tuple[Array, Index]:
    """As :func:`interfaces.solver.parametric.first_zero`, of every basis; (1, -1) at the end."""
    falls = bases.slopes < -PIVOT_TOLERANCE
    zeros = np.where(falls, -bases.amounts / np.where(falls, bases.slopes, 1.0), np.inf)
    zeros = np.maximum(zeros, bases.x[:, None])
    level = falls & (zeros <= zeros.min(axis=1)[:, None] + END_TOLERANCE)
    leaving = np.where(level, bases.slopes, 0.0).argmin(axis=1)
    zero = zeros[np.arange(leaving.size), leaving]
    ends = zero >= 1.0 - END_TOLERANCE
    return np.where(ends, 1.0, zero), np.where(ends, -1, leaving)


def _entering(above: Array, tilt: Array) -> Index:
    """As :func:`interfaces.solver.parametric.entering_from_below`, of every basis."""
    # Products with masks: np.where takes ten times as long where a mask has no pattern.
    pivots = tilt * (tilt < -PIVOT_TOLERANCE)
    above = np.maximum(above, np.finfo(float).tiny)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        least = -1.0 / (pivots / above).min(axis=1)
        level = above <= -(least + COST_TOLERANCE)[:, None] * pivots
    pivots *= level
    entering = pivots.argmin(axis=1)
    return np.where(pivots[np.arange(entering.size), entering] < 0.0, entering, -1)


def product(rows: Array, columns: Array) -> Array:
    """``rows`` (S, d) times ``columns`` (d, N), in blocks too small for the threads of a BLAS.

    With some ten elements these take longer to start than the product, and wait at full load.

    Parameters
    ----------
    rows, columns : factors.

    Returns
    -------
    Array
        Product, shape (S, N).
    """
    result = np.empty((len(rows), columns.shape[1]))
    block = max(1, ONE_THREAD // max(columns.size, 1))
    for begin in range(0, len(rows), block):
        np.matmul(rows[begin : begin + block], columns, out=result[begin : begin + block])
    return result


def _row_by_matrix_at(matrices: Array, rows: Index) -> Array:
    return np.asarray(matrices[np.arange(rows.size), rows])


def _row_by_matrix(rows: Array, matrices: Array) -> Array:
    return np.asarray((rows[:, None, :] @ matrices)[:, 0])


def _matrix_by_column(matrices: Array, columns: Array) -> Array:
    return np.asarray((matrices @ columns[:, :, None])[:, :, 0])
