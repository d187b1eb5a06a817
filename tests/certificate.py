"""Optimality of a curve in rational arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from tests.robustness.numbers.exact import inverse


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

    ``phases`` are the atomic fractions, ``energies`` the floats in use, as fractions; ``start`` and
    ``end`` those of reactants 2 and 1; ``bounds`` and ``bases`` as ``mixing_line`` returns them.
    """
    d = len(start)
    step = [right - left for left, right in zip(start, end, strict=True)]
    worst_amount = worst_cost = worst_gap = Fraction(0)
    previous_end = Fraction(0)
    for k, basis in enumerate(bases):
        rows = inverse([phases[j] for j in basis])
        p = [sum((a * b for a, b in zip(row, start, strict=True)), Fraction(0)) for row in rows]
        q = [sum((a * b for a, b in zip(row, step, strict=True)), Fraction(0)) for row in rows]
        zeros = [-pi / qi for pi, qi in zip(p, q, strict=True) if qi < 0]
        last = k == len(bases) - 1
        right = Fraction(1) if last else min(zeros, key=lambda z: abs(z - Fraction(bounds[k + 1])))
        worst_gap = max(worst_gap, abs(right - Fraction(float(bounds[k + 1]))))
        for x in (previous_end, right):
            worst_amount = min(worst_amount, *(a + b * x for a, b in zip(p, q, strict=True)))
        potentials = [
            sum((energies[j] * rows[i][c] for i, j in enumerate(basis)), Fraction(0))
            for c in range(d)
        ]
        for energy, phase in zip(energies, phases, strict=True):
            plane = sum((a * b for a, b in zip(phase, potentials, strict=True)), Fraction(0))
            worst_cost = min(worst_cost, energy - plane)
        previous_end = right
    return Certificate(worst_amount, worst_cost, worst_gap)
