"""Exact linear algebra on small integer matrices, and the certificate of a curve.

Reactions are balanced here, so that a printed reaction balances to the last digit; and a finished
curve can be checked against the optimality conditions in rational arithmetic, where no tolerance
hides an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.formulas import Amount


def whole_numbers(values: Sequence[Amount]) -> tuple[int, ...]:
    """The smallest whole numbers in the same proportion.

    Parameters
    ----------
    values : exact amounts.

    Returns
    -------
    tuple[int, ...]
        Integers without a common factor.

    Examples
    --------
    >>> whole_numbers([Fraction(1, 2), Fraction(1, 3)])
    (3, 2)
    """
    scaled = [value for value in values if isinstance(value, int)]
    if len(scaled) < len(values):
        scale = lcm(*(Fraction(value).denominator for value in values))
        scaled = [int(value * scale) for value in values]
    divisor = gcd(*scaled) or 1
    return tuple(value // divisor for value in scaled)


def null_space(columns: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """Exact basis, in smallest whole numbers, of the vectors v with sum_j columns[j] v_j = 0.

    Parameters
    ----------
    columns : integer columns of the matrix.

    Returns
    -------
    list[tuple[int, ...]]
        Integer basis vectors.

    Examples
    --------
    >>> null_space([[2, 0], [0, 2], [-1, -1]])
    [(1, 1, 2)]
    """
    width = len(columns)
    rows = [list(row) for row in zip(*columns, strict=True)]
    pivots: list[int] = []
    last = 1  # the previous pivot, by which the next step divides without remainder (Bareiss)
    for column in range(width):
        rank = len(pivots)
        chosen = next((k for k in range(rank, len(rows)) if rows[k][column]), None)
        if chosen is None:
            continue
        rows[rank], rows[chosen] = rows[chosen], rows[rank]
        top = rows[rank]
        pivot = top[column]
        for k in range(rank + 1, len(rows)):
            factor = rows[k][column]
            rows[k] = [
                (pivot * below - factor * above) // last
                for above, below in zip(top, rows[k], strict=True)
            ]
        last = pivot
        pivots.append(column)
    basis = []
    for free in (column for column in range(width) if column not in pivots):
        # With the determinant as the free amount all others are whole (Cramer's rule).
        vector = [0] * width
        vector[free] = last
        for row, column in reversed(list(zip(rows, pivots, strict=False))):
            known = sum(row[j] * vector[j] for j in range(column + 1, width))
            vector[column] = -known // row[column]
        basis.append(whole_numbers(vector))
    return basis


@dataclass(frozen=True)
class Certificate:
    """How far a curve is from exact optimality, in rational arithmetic.

    ``amount`` is the most negative amount of any phase on any segment [atom fraction], ``cost`` the
    most negative reduced cost of any phase in any basis [eV/atom], ``gap`` the largest distance
    between a float breakpoint and the exact one [mixing fraction]. All are 0 for a perfect curve.
    """

    amount: Fraction
    cost: Fraction
    gap: Fraction


def certify(
    phases: Sequence[Sequence[Fraction]],
    energies: Sequence[Fraction],
    start: Sequence[Fraction],
    end: Sequence[Fraction],
    bounds: NDArray[np.float64],
    bases: NDArray[np.int64],
) -> Certificate:
    """Check every basis of a curve for exact primal and dual feasibility.

    Parameters
    ----------
    phases : (N, d) exact atomic fractions of every phase.
    energies : (N,) exact formation energies [eV/atom] (``Fraction`` of the floats in use).
    start, end : (d,) exact atomic fractions of reactant 2 and reactant 1.
    bounds, bases : as returned by :func:`interfaces.solver.simplex.mixing_line`.

    Returns
    -------
    Certificate
        Largest violations, exact.
    """
    d = len(start)
    step = [right - left for left, right in zip(start, end, strict=True)]
    worst_amount = worst_cost = worst_gap = Fraction(0)
    previous_end = Fraction(0)
    for k, basis in enumerate(bases):
        inverse = _inverse([[phases[j][i] for j in basis] for i in range(d)])
        p = [sum((a * b for a, b in zip(row, start, strict=True)), Fraction(0)) for row in inverse]
        q = [sum((a * b for a, b in zip(row, step, strict=True)), Fraction(0)) for row in inverse]
        zeros = [-pi / qi for pi, qi in zip(p, q, strict=True) if qi < 0]
        last = k == len(bases) - 1
        right = Fraction(1) if last else min(zeros, key=lambda z: abs(z - Fraction(bounds[k + 1])))
        worst_gap = max(worst_gap, abs(right - Fraction(float(bounds[k + 1]))))
        for x in (previous_end, right):
            worst_amount = min(worst_amount, *(a + b * x for a, b in zip(p, q, strict=True)))
        potentials = [
            sum((energies[j] * inverse[i][c] for i, j in enumerate(basis)), Fraction(0))
            for c in range(d)
        ]
        for energy, phase in zip(energies, phases, strict=True):
            plane = sum((a * b for a, b in zip(phase, potentials, strict=True)), Fraction(0))
            worst_cost = min(worst_cost, energy - plane)
        previous_end = right
    return Certificate(worst_amount, worst_cost, worst_gap)


def _inverse(matrix: list[list[Fraction]]) -> list[list[Fraction]]:
    d = len(matrix)
    rows = [row + [Fraction(int(i == j)) for j in range(d)] for i, row in enumerate(matrix)]
    for column in range(d):
        chosen = next(row for row in range(column, d) if rows[row][column] != 0)
        rows[column], rows[chosen] = rows[chosen], rows[column]
        scale = rows[column][column]
        rows[column] = [value / scale for value in rows[column]]
        for index in range(d):
            factor = rows[index][column]
            if index != column and factor != 0:
                rows[index] = [
                    a - factor * b for a, b in zip(rows[index], rows[column], strict=True)
                ]
    return [row[d:] for row in rows]
