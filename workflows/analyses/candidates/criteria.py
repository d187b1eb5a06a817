"""Which compounds a screen takes, in a line of text.

Terms are separated by commas, and all of them must hold::

    Li+O+transition-metal    contains each of these: elements, groups, or alternatives (P|S)
    !F|Cl|Br|I               contains none of these
    within:Li-Co-O-P         contains nothing else
    hull<0.02                energy above the hull [eV/atom]; also <=
    elements<=4              number of elements; also <, and elements>=3
    cost<50                  price of the raw elements [US$/kg], by pymatgen's table; also <=
    all                      every compound
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from interfaces.chemistry.formulas import ATOMIC_MASS, Formula
from interfaces.chemistry.numbers import read_number
from interfaces.errors import InputError
from interfaces.phases.phase_set import ON_HULL


def _symbols(text: str) -> frozenset[str]:
    return frozenset(text.split())


GROUPS: Mapping[str, frozenset[str]] = {
    "transition-metal": _symbols(
        "Sc Ti V Cr Mn Fe Co Ni Cu Zn Y Zr Nb Mo Tc Ru Rh Pd Ag Cd Hf Ta W Re Os Ir Pt Au Hg"
    ),
    "alkali": _symbols("Li Na K Rb Cs"),
    "alkaline-earth": _symbols("Be Mg Ca Sr Ba"),
    "lanthanide": _symbols("La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu"),
    "halogen": _symbols("F Cl Br I"),
    "chalcogen": _symbols("O S Se Te"),
}
_LIMIT = re.compile(r"(hull|elements|cost)\s*(<=|>=|<|>)\s*(\S+)")
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip

Test = Callable[[Formula, float], bool]


@dataclass(frozen=True)
class Criteria:
    """Terms that a compound has to meet, with the text they were read from."""

    text: str
    tests: tuple[Test, ...]

    @classmethod
    def parse(cls, text: str) -> Criteria:
        """Read criteria.

        Raises
        ------
        InputError
            If a term is none; the message names it.

        Examples
        --------
        >>> oxides = Criteria.parse("Li+O+transition-metal,!F|S,hull<0.02")
        >>> oxides.met(Formula.parse("LiCoO2"), 0.0), oxides.met(Formula.parse("LiCoO2"), 0.1)
        (True, False)
        >>> oxides.met(Formula.parse("Li3PO4"), 0.0)
        False
        """
        terms = [term.strip() for term in text.split(",")]
        return cls(text, tuple(_test(term, text) for term in terms if term != "all"))

    def met(self, formula: Formula, above_hull: float) -> bool:
        """Whether a compound of ``above_hull`` [eV/atom] meets every term."""
        return all(test(formula, above_hull) for test in self.tests)


def _test(term: str, text: str) -> Test:
    if limit := _LIMIT.fullmatch(term):
        return _limit(limit[1], limit[2], limit[3], term)
    if term.startswith("within:"):
        allowed = _members(term.removeprefix("within:"), "-", term, text)
        return lambda formula, _: set(formula.elements) <= allowed
    if term.startswith("!"):
        barred = _members(term[1:], "|", term, text)
        return lambda formula, _: not barred & set(formula.elements)
    needed = [_members(part, "|", term, text) for part in term.split("+")]
    return lambda formula, _: all(choice & set(formula.elements) for choice in needed)


def _members(part: str, between: str, term: str, text: str) -> frozenset[str]:
    """Elements named in a part of a term; a group means all of its own."""
    symbols: set[str] = set()
    if part in GROUPS:
        return GROUPS[part]
    for word in part.split(between):
        if word not in GROUPS and word not in ATOMIC_MASS:
            raise InputError(
                f"criteria {text!r}: cannot read {word or term!r} of {term!r}; write elements, "
                f"{', '.join(GROUPS)}, !ELEMENT, within:A-B-C, hull<0.02, elements<=4, cost<50 "
                "or all"
            )
        symbols |= GROUPS.get(word, frozenset({word}))
    return frozenset(symbols)


def _limit(quantity: str, relation: str, value: str, term: str) -> Test:
    try:
        bound = read_number(value)
    except ValueError:
        raise InputError(f"criteria: {value!r} of {term!r} is not a number") from None
    holds = _COMPARE[relation]
    if quantity == "hull":
        # The hull itself is 0 to round-off.
        return lambda _, above: holds(0.0 if abs(above) < ON_HULL else above, bound)
    if quantity == "elements":
        return lambda formula, _: holds(len(formula.elements), bound)
    return lambda formula, _: holds(price(formula), bound)


def price(formula: Formula) -> float:
    """Price of the raw elements of a compound [US$/kg]; infinite where one has none."""
    mass = sum(ATOMIC_MASS[e] * float(n) for e, n in formula.amounts)
    return sum(ATOMIC_MASS[e] * float(n) / mass * _element_price(e) for e, n in formula.amounts)


@lru_cache(maxsize=128)
def _element_price(symbol: str) -> float:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # noble gases have no electronegativity, it says
        from pymatgen.analysis.cost import CostAnalyzer, CostDBElements

        try:
            return float(CostAnalyzer(CostDBElements()).get_cost_per_kg(symbol))
        except ValueError:
            return float("inf")
