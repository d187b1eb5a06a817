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
    # Columns with many zeros first: most rows then need no step at most pivots.
    for column in sorted(range(width), key=lambda column: -columns[column].count(0)):
        rank = len(pivots)
        chosen = next((k for k in range(rank, len(rows)) if rows[k][column]), None)
        if chosen is None:
            continue
        rows[rank], rows[chosen] = rows[chosen], rows[rank]
        top = rows[rank]
        pivot = top[column]
        for k, row in enumerate(rows):
            if (factor := row[column]) and k != rank:
                taken = [
                    pivot * below - factor * above for above, below in zip(top, row, strict=True)
                ]
                common = gcd(*taken) or 1
                rows[k] = [value // common for value in taken]
        pivots.append(column)
    basis = []
    for free in (column for column in range(width) if column not in pivots):
        solved = list(zip(rows, pivots, strict=False))
        vector = [0] * width
        vector[free] = lcm(*(row[pivot] // gcd(row[pivot], row[free]) for row, pivot in solved))
        for row, pivot in solved:
            vector[pivot] = -row[free] * vector[free] // row[pivot]
        basis.append(whole_numbers(vector))
    return basis
