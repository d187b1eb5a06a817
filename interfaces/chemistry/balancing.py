"""Exact linear algebra on small integer matrices, and the certificate of a curve.

Reactions are balanced here, so that a printed reaction balances to the last digit; and a finished
curve can be checked against the optimality conditions in rational arithmetic, where no tolerance
hides an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm

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
