"""The linear programme in rational arithmetic: certificates and optima without any tolerance.

Columns are the exact compositions of the formulas, energies the floats that the kernel was given,
taken as the fractions they are. Floats only sort out phases that lie above a plane by more than a
bound on their own rounding; what is nearer is computed exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

ZERO = Fraction(0)
EPS = float(np.finfo(float).eps)
DEGENERATE = 40  # pivots without progress after which the lowest index goes first (Bland)
PIVOTS = 3000


def dot(first, other):
    return sum((a * b for a, b in zip(first, other, strict=True)), ZERO)


def inverse(columns):
    """B^-1 of a list of columns as rows, or None if they are dependent."""
    d = len(columns)
    rows = [[columns[j][i] for j in range(d)] + [Fraction(i == j) for j in range(d)]
            for i in range(d)]  # fmt: skip
    for column in range(d):
        chosen = next((row for row in range(column, d) if rows[row][column]), None)
        if chosen is None:
            return None
        rows[column], rows[chosen] = rows[chosen], rows[column]
        scale = rows[column][column]
        rows[column] = [value / scale if value else value for value in rows[column]]
        top = rows[column]
        for index in range(d):
            factor = rows[index][column]
            if index != column and factor:
                rows[index] = [a - factor * b if b else a
                               for a, b in zip(rows[index], top, strict=True)]  # fmt: skip
    return [row[d:] for row in rows]


@dataclass(frozen=True, eq=False)
class Plane:
    """A basis, its inverse and the chemical potentials that follow from it."""

    basis: tuple[int, ...]
    inverse: list
    potentials: list


@dataclass(frozen=True, eq=False)
class Programme:
    """Columns of exact fractions, their exact energies, and where the elements stand."""

    columns: list
    energies: list
    elements: tuple[int, ...]

    @classmethod
    def of(cls, phases, elements, opened=(), joining=(), voltage=None):
        """Every phase over some elements, none picked out beforehand, and reactants that join.

        ``voltage`` replaces the potential of the first open element.
        """
        inside = {*elements, *(element.symbol for element in opened)}
        pairs = [*zip(phases.formulas, phases.energies, strict=True),
                 *((phase.formula, phase.energy) for phase in joining)]  # fmt: skip
        columns, energies, lowest = [], [], {}
        for formula, energy in pairs:
            if not {*formula.elements} <= inside:
                continue
            kept = sum((Fraction(formula.get(e)) for e in elements), ZERO)
            if not kept:
                continue  # a reservoir's own
            if len(formula.elements) == 1:
                lowest[formula.elements[0]] = len(columns)
            columns.append([Fraction(formula.get(e)) / kept for e in elements])
            energies.append(own_energy(formula, energy, opened, voltage))
        return cls(columns, energies, tuple(lowest[e] for e in elements))

    @cached_property
    def place(self):
        """Composition and energy of a column -> where it stands."""
        return {(*c, e): j for j, (c, e) in enumerate(zip(self.columns, self.energies,
                                                          strict=True))}  # fmt: skip

    def basis(self, pool, columns, phases, joining=(), voltage=None):
        """A basis of the kernel, by columns of its pool, as columns of this programme."""
        per_atom = [*phases.energies[pool.rows], *(phase.energy for phase in joining)]
        return [
            self.place[*composition(pool.formulas[j], pool.elements),
                       own_energy(pool.formulas[j], per_atom[j], pool.open_elements, voltage)]
            for j in columns
        ]  # fmt: skip

    @cached_property
    def floats(self):
        return (np.array([[float(v) for v in c] for c in self.columns]),
                np.array([float(e) for e in self.energies]))  # fmt: skip

    @cached_property
    def scale(self):
        """The largest energy [eV/atom], at least 1."""
        return max(1.0, float(np.abs(self.floats[1]).max()))

    def plane(self, basis):
        """The plane of a basis; None if its phases are dependent."""
        basis = tuple(int(j) for j in basis)
        inverted = inverse([self.columns[j] for j in basis])
        if inverted is None:
            return None
        energies = [self.energies[j] for j in basis]
        return Plane(basis, inverted, [dot(energies, row) for row in zip(*inverted, strict=True)])

    def lowest(self, plane):
        """The most negative reduced cost [eV/atom] and its phase; (0, -1) if there is none."""
        A, e = self.floats
        y = np.array([float(v) for v in plane.potentials])
        above = e - A @ y
        doubt = 2 * (y.size + 4) * EPS * (np.abs(e) + A @ np.abs(y))
        least, phase = ZERO, -1
        for j in np.nonzero(above <= doubt)[0]:
            cost = self.energies[j] - dot(self.columns[j], plane.potentials)
            if cost < least:
                least, phase = cost, int(j)
        return least, phase

    def amounts(self, plane, composition):
        return [dot(row, composition) for row in plane.inverse]

    def optimum(self, composition, *guesses):
        """The exact optimum [eV/atom] at a composition, from a guess or from the elements."""
        for basis in (*guesses, self.elements):
            plane = self.plane(basis)
            if plane is not None and min(self.amounts(plane, composition)) >= 0:
                break
        stuck = 0
        for _ in range(PIVOTS):
            _, entering = self.lowest(plane)
            if entering < 0:
                return dot(plane.potentials, composition)
            if stuck > DEGENERATE:
                entering = next(
                    j for j, (c, e) in enumerate(zip(self.columns, self.energies, strict=True))
                    if e < dot(c, plane.potentials)
                )  # fmt: skip
            amounts = self.amounts(plane, composition)
            column = [dot(row, self.columns[entering]) for row in plane.inverse]
            ratios = [
                (a / c, plane.basis[i], i)
                for i, (a, c) in enumerate(zip(amounts, column, strict=True))
                if c > 0
            ]
            span, _, row = min(ratios)
            stuck = 0 if span else stuck + 1
            basis = list(plane.basis)
            basis[row] = entering
            plane = self.plane(basis)
        raise AssertionError("the exact simplex did not end")


def composition(formula, elements):
    """Exact fractions of a formula over elements, of what it has of those."""
    kept = sum((Fraction(formula.get(e)) for e in elements), ZERO)
    return [Fraction(formula.get(e)) / kept for e in elements]


def own_energy(formula, energy, opened, voltage=None):
    """Exact grand potential [eV per non-open atom]; ``voltage`` of the first open element."""
    crossing = {element.symbol: Fraction(element.chemical_potential) for element in opened}
    if voltage is not None:
        crossing[opened[0].symbol] = -opened[0].charge * Fraction(voltage)
    kept = sum((Fraction(n) for e, n in formula.amounts if e not in crossing), ZERO)
    total = Fraction(energy) * formula.n_atoms
    total -= sum((mu * formula.get(e) for e, mu in crossing.items()), ZERO)
    return total / kept


def mixed(start, end, x):
    x = Fraction(x)
    return [a + (b - a) * x for a, b in zip(start, end, strict=True)]
