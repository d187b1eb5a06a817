"""Balanced reactions with exact coefficients, and linear algebra on small integer matrices."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm

from interfaces.chemistry.formulas import Amount, Formula, chemical_system, decimal
from interfaces.errors import ReactantError
from interfaces.serialisable import Serialisable

LARGEST_WHOLE = 1000  #: above it coefficients are written as decimals

Side = tuple[tuple[str, Fraction], ...]


@dataclass(frozen=True)
class Reaction(Serialisable):
    """Reactants and products as (formula, coefficient); the coefficients are exact and smallest.

    ``exchanged`` is what the reservoirs take part with: taken up positive, released negative. It is
    written on the left where it is taken up, else on the right, but is neither reactant nor
    product.

    >>> print(Reaction.balance([Formula.parse("LiCoO2")], [Formula.parse(f) for f in
    ...                        ("Li2O", "CoO", "O2")], fraction=1.0))
    4 LiCoO2 -> 2 Li2O + 4 CoO + O2
    >>> print(Reaction.balance([Formula.parse("Li2CO3")], [Formula.parse("CO2"),
    ...                        Formula.parse("O2")], 1.0, exchanged=[Formula.parse("Li")]))
    2 Li2CO3 -> 2 CO2 + O2 + 4 Li
    """

    reactants: Side
    products: Side
    exchanged: Side = ()

    @classmethod
    def balance(
        cls,
        reactants: Sequence[Formula],
        products: Sequence[Formula],
        fraction: float,
        elements: Sequence[str] | None = None,
        exchanged: Sequence[Formula] = (),
    ) -> Reaction:
        """Find the one set of coefficients that balances.

        Parameters
        ----------
        reactants : one formula, or two.
        products : formulas that are linearly independent as compositions. One with the composition
            of a reactant is written as the reactant is: another spelling is not a reaction.
        fraction : share of atoms from the first reactant; needed only where both reactants can
            form the products alone, so that the ratio is free.
        elements : of all formulas together, if known already.
        exchanged : what reservoirs give or take, in whatever amount balances.

        Returns
        -------
        Reaction
            The balanced reaction, with exact coefficients.

        Raises
        ------
        ReactantError
            If nothing balances; the message names both sides.
        """
        wanted = None if elements is None else tuple(elements)
        return _balanced(tuple(reactants), tuple(products), fraction, wanted, tuple(exchanged))

    @classmethod
    def _balance(
        cls,
        reactants: Sequence[Formula],
        products: Sequence[Formula],
        fraction: float,
        elements: Sequence[str] | None,
        exchanged: Sequence[Formula],
    ) -> Reaction:
        products = [_named_alike(product, reactants) for product in products]
        if elements is None:
            elements = chemical_system([*reactants, *products, *exchanged])
        # Columns of the smallest whole numbers; a formula is `multiple` of its column.
        columns = [[f.whole[0].get(e, 0) for e in elements] for f in reactants]
        columns += [[-f.whole[0].get(e, 0) for e in elements] for f in products]
        columns += [[f.whole[0].get(e, 0) for e in elements] for f in exchanged]
        solutions = null_space(columns)
        if len(solutions) > 1 and len(reactants) == 2:
            shares = _formula_shares(reactants, fraction)
            mixture = [
                sum((s * f.get(e) for s, f in zip(shares, reactants, strict=True)), Fraction(0))
                for e in elements
            ]
            whole = whole_numbers(mixture)
            unit = next(Fraction(w) / m for w, m in zip(whole, mixture, strict=True) if m)
            solutions = null_space([whole, *columns[2:]])
            solutions = [(v[0], *v) for v in solutions]
            scale: list[Amount] = [share * unit for share in shares]
        else:
            scale = [_inverse(formula.whole[1]) for formula in reactants]
        if len(solutions) != 1:
            raise ReactantError(
                f"cannot balance {' + '.join(map(str, reactants))} -> "
                f"{' + '.join(map(str, products))}: {len(solutions)} independent solutions"
            )
        scale += [_inverse(formula.whole[1]) for formula in (*products, *exchanged)]
        coefficients = whole_numbers([v * s for v, s in zip(solutions[0], scale, strict=True)])
        if coefficients[0] < 0:
            coefficients = tuple(-value for value in coefficients)
        divisor = _decimal_divisor(max(map(abs, coefficients)))
        exact = [Fraction(value, divisor) for value in coefficients]
        named = [
            (f.text, v) for f, v in zip([*reactants, *products, *exchanged], exact, strict=True)
        ]
        cut, end = len(reactants), len(reactants) + len(products)
        return cls(
            tuple(named[:cut]),
            tuple((formula, v) for formula, v in named[cut:end] if v != 0),
            tuple((formula, v) for formula, v in named[end:] if v != 0),
        )

    @classmethod
    def parse(cls, equation: str, exchanged: Collection[str] = ()) -> Reaction:
        """Read a reaction as it is printed; the inverse of ``str``.

        ``exchanged`` lists the formulas in it that are exchanged with reservoirs.

        Parameters
        ----------
        equation : e.g. ``4 LiCoO2 -> 2 Li2O + 4 CoO + O2``.
        exchanged : formulas that are exchanged with reservoirs.

        Returns
        -------
        Reaction
            The reaction.
        """
        left, arrow, right = equation.partition(" -> ")
        if not arrow:
            raise ReactantError(f"no '->' in the reaction {equation!r}")
        sides = (_side(left), _side(right))
        crossing = [
            (name, sign * value)
            for side, sign in zip(sides, (1, -1), strict=True)
            for name, value in side
            if name in exchanged
        ]
        order = list(exchanged)
        left_terms, right_terms = (
            tuple(term for term in side if term[0] not in exchanged) for side in sides
        )
        crossing.sort(key=lambda term: order.index(term[0]))
        return cls(left_terms, right_terms, tuple(crossing))

    def imbalance(self) -> dict[str, Amount]:
        """Element -> products minus reactants, where they do not balance; empty if all do.

        Returns
        -------
        dict[str, Amount]
            Element -> excess of the products.
        """
        total: dict[str, Amount] = {}
        for side, sign in ((self.reactants, -1), (self.products, 1), (self.exchanged, -1)):
            for formula, coefficient in side:
                for element, amount in Formula.parse(formula).amounts:
                    total[element] = total.get(element, 0) + sign * coefficient * amount
        return {element: amount for element, amount in total.items() if amount != 0}

    @property
    def formula_units(self) -> Fraction:
        """Formula units of reactants on the left side, as printed; nothing that is exchanged."""
        return sum((value for _, value in self.reactants), start=Fraction(0))

    def product_amounts(self) -> dict[str, float]:
        """Product -> formula units per formula unit of reactants (which add up to one).

        Returns
        -------
        dict[str, float]
            Formula -> amount.
        """
        units = self.formula_units
        return {formula: float(value / units) for formula, value in self.products}

    def exchanged_amounts(self) -> dict[str, float]:
        """What reservoirs give (+) or take (-) per formula unit of reactants.

        Returns
        -------
        dict[str, float]
            Formula -> amount; positive where it is taken up from the reservoir.
        """
        units = self.formula_units
        return {formula: float(value / units) for formula, value in self.exchanged}

    def __str__(self) -> str:
        taken = tuple(term for term in self.exchanged if term[1] > 0)
        released = tuple((formula, -value) for formula, value in self.exchanged if value < 0)
        return f"{_written((*self.reactants, *taken))} -> {_written((*self.products, *released))}"


@lru_cache(maxsize=10_000)
def _balanced(
    reactants: tuple[Formula, ...],
    products: tuple[Formula, ...],
    fraction: float,
    elements: tuple[str, ...] | None,
    exchanged: tuple[Formula, ...],
) -> Reaction:
    # The curves of a job under its energy models have most of their reactions in common.
    return Reaction._balance(reactants, products, fraction, elements, exchanged)


def _named_alike(product: Formula, reactants: Sequence[Formula]) -> Formula:
    return next((reactant for reactant in reactants if reactant.same_composition(product)), product)


def _inverse(multiple: Fraction) -> Amount:
    """1 / multiple, as a whole number where it is one: those are ten times faster."""
    if multiple.numerator == 1:
        return multiple.denominator
    return Fraction(multiple.denominator, multiple.numerator)


def _formula_shares(reactants: Sequence[Formula], fraction: float) -> tuple[Fraction, Fraction]:
    """Formula units of both reactants in a mix of the given share of atoms, up to a factor."""
    share = Fraction(fraction).limit_denominator(10**6)
    return share / reactants[0].n_atoms, (1 - share) / reactants[1].n_atoms


def _decimal_divisor(largest: int) -> int:
    """The power of ten that brings the largest coefficient below ``LARGEST_WHOLE``."""
    divisor = 1
    while largest > LARGEST_WHOLE * divisor:
        divisor *= 10
    return divisor


def _written(side: Side) -> str:
    return " + ".join(
        formula if value == 1 else f"{decimal(value)} {formula}" for formula, value in side
    )


_TERM = re.compile(r"^(?:([0-9./]+) )?(\S+)$")


def _side(side: str) -> Side:
    terms = []
    for part in side.split(" + "):
        match = _TERM.match(part)
        if match is None:
            raise ReactantError(f"cannot read {part!r} in a reaction")
        number, formula = match.groups()
        try:
            terms.append((formula, Fraction(number) if number else Fraction(1)))
        except (ValueError, ZeroDivisionError):
            raise ReactantError(f"{number!r} in a reaction is not a number") from None
    return tuple(terms)


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
