"""Chemical formulas with exact amounts, and the few facts about elements that they need.

pymatgen's ``Composition`` holds the same information; this one holds it exactly (``0.8`` is 4/5, so
a reaction balances to the last digit) and imports much faster, which matters for a single curve.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from math import gcd, lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.spelling import spell
from interfaces.errors import FormulaError
from interfaces.serialisable import Serialisable

MAX_LENGTH = 200  #: characters; no formula of a phase comes near

# Standard atomic weights [g/mol], the values that pymatgen uses (a test compares them).
_ATOMIC_MASSES = """
H 1.00794  He 4.002602  Li 6.941  Be 9.012182  B 10.811  C 12.0107  N 14.0067  O 15.9994
F 18.9984032  Ne 20.1797  Na 22.98976928  Mg 24.305  Al 26.9815386  Si 28.0855  P 30.973762
S 32.065  Cl 35.453  Ar 39.948  K 39.0983  Ca 40.078  Sc 44.955912  Ti 47.867  V 50.9415
Cr 51.9961  Mn 54.938045  Fe 55.845  Co 58.933195  Ni 58.6934  Cu 63.546  Zn 65.409
Ga 69.723  Ge 72.64  As 74.9216  Se 78.96  Br 79.904  Kr 83.798  Rb 85.4678  Sr 87.62
Y 88.90585  Zr 91.224  Nb 92.90638  Mo 95.94  Tc 98  Ru 101.07  Rh 102.9055  Pd 106.42
Ag 107.8682  Cd 112.411  In 114.818  Sn 118.71  Sb 121.76  Te 127.6  I 126.90447  Xe 131.293
Cs 132.9054519  Ba 137.327  La 138.90547  Ce 140.116  Pr 140.90765  Nd 144.242  Pm 145
Sm 150.36  Eu 151.964  Gd 157.25  Tb 158.92535  Dy 162.5  Ho 164.93032  Er 167.259
Tm 168.93421  Yb 173.04  Lu 174.967  Hf 178.49  Ta 180.94788  W 183.84  Re 186.207
Os 190.23  Ir 192.217  Pt 195.084  Au 196.966569  Hg 200.59  Tl 204.3833  Pb 207.2
Bi 208.9804  Po 210  At 210  Rn 220  Fr 223  Ra 226  Ac 227  Th 232.03806  Pa 231.03588
U 238.02891  Np 237  Pu 244  Am 243  Cm 247  Bk 247  Cf 251  Es 252  Fm 257  Md 258  No 259
Lr 262
"""
_WORDS = _ATOMIC_MASSES.split()
ATOMIC_MASS: dict[str, float] = dict(
    zip(_WORDS[::2], map(float, _WORDS[1::2]), strict=True)
)  #: g/mol

_TOKEN = re.compile(r"([A-Z][a-z]?)|([(\[])|([)\]])|([0-9]+(?:\.[0-9]+)?)")
_CLOSED_BY = {"(": ")", "[": "]"}

#: Dots between the parts of an addition compound, CaSO4·2H2O: U+00B7, and those that look like it.
DOTS = "\u00b7\u2022\u2219\u22c5"
SUBSCRIPTS = "\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087\u2088\u2089"
_ASCII_DIGITS = str.maketrans(SUBSCRIPTS, "0123456789")
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)? *([A-Z(\[].*)", re.DOTALL)
#: Water of crystallization after a full stop: the 2H2O of CaSO4.2H2O, the H2O of LiOH.H2O.
_WATER = re.compile(r"\.((?:[1-9][0-9]*|0(?=\.))?(?:\.[0-9]+)?)(?:H2O|\(H2O\)|\[H2O\])")
#: Other molecules that crystallize with a salt. After a full stop they can be read in two ways:
#: MgCl2.6NH3 has 2 Cl and 6 NH3, or 2.6 Cl and a NH3.
_ADDED = re.compile(r"[1-9][0-9]*\.[1-9][0-9]*(NH3|CO2|SO2|H2O2|HF|HCl)")
_SYMBOL = re.compile(r"[A-Z][a-z]?")
#: An amount of a formula in a running text, set as a subscript; not the 2020 of MP2020.
AMOUNT = re.compile(r"(?<=[A-Za-z)\]])(\d{1,3}(?:\.\d+)?)(?!\d)")

Amount = int | Fraction


@dataclass(frozen=True)
class Formula(Serialisable):
    """A formula as given: ``text`` and the exact amount of each element per formula unit.

    >>> formula = Formula.parse("Li0.3Ni0.8Co0.1Mn0.1O2")
    >>> formula.n_atoms
    Fraction(33, 10)
    >>> Formula.parse("Li8S4O16").reduced.text
    'Li2SO4'
    """

    text: str
    amounts: tuple[tuple[str, Amount], ...]

    @classmethod
    def parse(cls, formula: str) -> Formula:
        """Read a formula such as ``Li6PS5Cl``, ``Al(BH4)3`` or ``Li0.3CoO2``.

        Parts of an addition compound are set apart by a centred dot; water of crystallization also
        by a full stop. Digits set lower count as digits. Both are kept in plain form.

        Parameters
        ----------
        formula : written formula.

        Returns
        -------
        Formula
            The formula.

        Raises
        ------
        FormulaError
            If it is empty, names an unknown element, has an amount that is not positive or that
            can be read in two ways, or parentheses that do not match; the message names the part.

        Examples
        --------
        >>> Formula.parse("CaSO4.2H2O").text, Formula.parse("Li₆PS₅Cl").text
        ('CaSO4(H2O)2', 'Li6PS5Cl')
        """
        if not isinstance(formula, str):  # a value of a file
            raise FormulaError(f"{formula!r} is not a formula; give text such as LiCoO2")
        return _parse(_plain(formula.strip()))

    @classmethod
    def of(cls, value: Formula | str | Mapping[str, float] | Any) -> Formula:
        """Read a formula from text, a mapping element -> amount, or a pymatgen ``Composition``.

        Parameters
        ----------
        value : formula, string, mapping element -> amount or pymatgen ``Composition``.

        Returns
        -------
        Formula
            The formula.
        """
        if isinstance(value, Formula):
            return value
        if isinstance(value, str):
            return cls.parse(value)
        amounts = value.get_el_amt_dict() if hasattr(value, "get_el_amt_dict") else dict(value)
        return cls.from_amounts(amounts)

    @classmethod
    def from_amounts(cls, amounts: Mapping[str, float | Amount]) -> Formula:
        """Build a formula from element -> amount; floats are read as the decimals they print as.

        Parameters
        ----------
        amounts : element -> amount per formula unit.

        Returns
        -------
        Formula
            The formula.
        """
        exact: list[tuple[str, Amount]] = []
        for symbol, amount in amounts.items():
            if symbol not in ATOMIC_MASS:
                raise FormulaError(f"unknown element {symbol!r} in {dict(amounts)}")
            value = _exact(amount)
            if value <= 0:
                raise FormulaError(
                    f"amount {amount} of {symbol} in {dict(amounts)} is not positive; "
                    "leave an absent element out"
                )
            exact.append((symbol, value))
        if not exact:
            raise FormulaError("empty formula: no element was given")
        return cls(_text(exact), tuple(exact))

    @property
    def elements(self) -> tuple[str, ...]:
        """Symbols, in the order in which they were written."""
        return tuple(symbol for symbol, _ in self.amounts)

    @cached_property
    def n_atoms(self) -> Amount:
        """Atoms per formula unit."""
        return sum((amount for _, amount in self.amounts), start=0)

    @cached_property
    def molar_mass(self) -> float:
        """Mass of a mole of formula units [g/mol]."""
        return sum(ATOMIC_MASS[symbol] * float(amount) for symbol, amount in self.amounts)

    @cached_property
    def reduced(self) -> Formula:
        """The smallest whole-number formula of the same composition, as chemists spell it.

        >>> print(Formula.parse("O2CoLi").reduced, Formula.parse("H12C3").reduced)
        LiCoO2 CH4
        """
        usual = spell(self.whole[0])
        return self if usual == self.text else _parse(usual)

    @cached_property
    def whole(self) -> tuple[dict[str, int], Fraction]:
        """Smallest whole numbers of each element, and how many of those make the formula.

        >>> Formula.parse("Li4O2").whole
        ({'Li': 2, 'O': 1}, Fraction(2, 1))
        """
        scale = lcm(*(Fraction(amount).denominator for _, amount in self.amounts))
        numbers = [int(amount * scale) for _, amount in self.amounts]
        divisor = gcd(*numbers)
        whole = {e: n // divisor for e, n in zip(self.elements, numbers, strict=True)}
        return whole, Fraction(divisor, scale)

    def same_composition(self, formula: Formula) -> bool:
        """Whether both have the same elements in the same proportion, however written.

        Parameters
        ----------
        formula : formula to be compared.

        Returns
        -------
        bool
            Whether the reduced formulas agree exactly.

        Examples
        --------
        >>> Formula.parse("CoLiO2").same_composition(Formula.parse("Li2Co2O4"))
        True
        """
        return self.whole[0] == formula.whole[0]

    def without(self, symbol: str) -> Formula:
        """What is left of a formula unit without an element: the host of a carrier.

        Parameters
        ----------
        symbol : element to be removed.

        Returns
        -------
        Formula
            The remaining formula.

        Examples
        --------
        >>> print(Formula.parse("Li0.3CoO2").without("Li"))
        CoO2
        """
        return Formula.from_amounts({e: n for e, n in self.amounts if e != symbol})

    def get(self, symbol: str) -> Amount:
        """Amount of an element per formula unit, 0 where it is absent.

        Parameters
        ----------
        symbol : element.

        Returns
        -------
        Amount
            Exact amount.
        """
        return dict(self.amounts).get(symbol, 0)

    def fractions(self, elements: Sequence[str]) -> NDArray[np.float64]:
        """Atomic fractions over ``elements``, shape (len(elements),).

        Parameters
        ----------
        elements : columns of the result.

        Returns
        -------
        NDArray[np.float64]
            Atomic fractions.
        """
        amounts = dict(self.amounts)
        total = float(self.n_atoms)
        return np.array([float(amounts.get(symbol, 0)) / total for symbol in elements])

    def __str__(self) -> str:
        return self.text


def spelled(composition: Formula | str | Mapping[str, float] | Any) -> str:
    """The reduced formula as chemists spell it, for what a person reads.

    Parameters
    ----------
    composition : whatever `Formula.of` reads, such as pymatgen's ``Composition``.

    Returns
    -------
    str
        Reduced formula in conventional spelling.

    Examples
    --------
    >>> spelled({"H": 4.0, "C": 1.0}), spelled("Li4Fe4P4O16")
    ('CH4', 'LiFePO4')
    """
    return Formula.of(composition).reduced.text


def symbols_in(formula: str) -> frozenset[str]:
    """Symbols that a formula seems to name; quick, for filtering rows before they are read.

    Parameters
    ----------
    formula : written formula.

    Returns
    -------
    frozenset[str]
        Element symbols.
    """
    return frozenset(_SYMBOL.findall(formula))


def chemical_system(formulas: Iterable[Formula]) -> tuple[str, ...]:
    """Elements of several formulas together, sorted.

    Parameters
    ----------
    formulas : formulas.

    Returns
    -------
    tuple[str, ...]
        Sorted symbols.
    """
    return tuple(sorted({symbol for formula in formulas for symbol in formula.elements}))


def _exact(amount: float | Amount) -> Amount:
    if isinstance(amount, int | Fraction):
        return amount
    if not np.isfinite(amount):
        raise FormulaError(f"amount {amount} is not a finite number")
    value = Fraction(repr(float(amount)))
    return int(value) if value.denominator == 1 else value


def decimal(value: Amount) -> str:
    """Shortest text of an amount: ``2``, ``0.8``, or ``1/3`` where no decimal is exact.

    Parameters
    ----------
    value : exact amount.

    Returns
    -------
    str
        The amount as a string.

    Examples
    --------
    >>> decimal(Fraction(4, 5)), decimal(Fraction(1, 3))
    ('0.8', '1/3')
    """
    if value.denominator == 1:
        return str(value.numerator)
    digits = next((n for n in range(1, 31) if 10**n % value.denominator == 0), 0)
    if not digits:
        return str(value)
    scaled = abs(value.numerator) * 10**digits // value.denominator
    digits_of = str(scaled).rjust(digits + 1, "0")
    return f"{'-' if value < 0 else ''}{digits_of[:-digits]}.{digits_of[-digits:]}"


def _text(amounts: Sequence[tuple[str, Amount]]) -> str:
    return "".join(symbol + ("" if amount == 1 else decimal(amount)) for symbol, amount in amounts)


@lru_cache(maxsize=65536)
def _plain(formula: str) -> str:
    """The same formula in ASCII, an added part in parentheses: ``CaSO4(H2O)2``."""
    if formula.isascii():
        if "." not in formula:
            return formula
    else:
        formula = formula.translate(_ASCII_DIGITS)
        for dot in DOTS:
            formula = formula.replace(dot, DOTS[0])
    parts = [part.strip() for part in formula.split(DOTS[0])]
    if len(parts) == 1:
        parts = _with_water(formula)
        if len(parts) == 1:
            return formula
    return "".join(_added(part, formula, first=k == 0) for k, part in enumerate(parts))


def _with_water(formula: str) -> list[str]:
    """A salt and its water, if the water is last after a full stop; else the formula alone.

    ``Li0.3H2O`` is not a hydrate: without its decimal the amount of lithium would be nothing.
    """
    for water in _WATER.finditer(formula):
        salt = formula[: water.start()]
        if water.end() == len(formula) and salt and not re.search(r"(?<![0-9])0+$", salt):
            return [salt, f"{water[1]}H2O"]
    added = _ADDED.search(formula)
    if added and added.end() == len(formula):
        raise FormulaError(
            f"formula {formula!r} can be read in two ways at {added[0]!r}; set {added[1]} apart "
            "by a centred dot, as in CaSO4\u00b72H2O, or write it in parentheses with its number "
            "behind"
        )
    return [formula]


def _added(part: str, formula: str, *, first: bool) -> str:
    """One part of an addition compound as a group; the first needs no parentheses."""
    match = _PART.fullmatch(part)
    if match is None:
        raise FormulaError(
            f"cannot read {part!r} of formula {formula!r}; write parts such as CaSO4\u00b72H2O"
        )
    number, formula = match.groups()
    return formula if first and number is None else f"({formula}){number or ''}"


def _case_hint(formula: str) -> str:
    """A formula that was written in the wrong case, as advice; empty where none is likely."""
    spelled = respell(formula)
    return f"symbols are case-sensitive: {spelled}?" if spelled else ""


def respell(formula: str) -> str | None:
    """Write a formula of the wrong case with element symbols, two letters before one.

    Parameters
    ----------
    formula : letters of any case and digits.

    Returns
    -------
    str | None
        The formula, or None where the letters are no symbols, or three in a row are of one letter.

    Examples
    --------
    >>> respell("licoo2"), respell("LI6PS5CL"), respell("air"), respell("graphite")
    ('LiCoO2', 'Li6PS5Cl', None, None)
    """
    if not re.fullmatch(r"[A-Za-z0-9.()]+", formula):
        return None
    # a word is not a formula: without digits only two symbols are taken for one
    symbols = _symbols_of(formula.lower())
    if symbols is None or (len(symbols) > 2 and not re.search(r"\d", formula)):
        return None
    spelled = "".join(symbols)
    return None if spelled == formula else spelled


def _symbols_of(letters: str) -> list[str] | None:
    """Symbols, digits and brackets that letters in lower case spell."""
    if not letters:
        return []
    for length in (2, 1):
        part = letters[:length]
        symbol = part.capitalize()
        if len(part) == length and (symbol in ATOMIC_MASS or not (length == 2 or part.isalpha())):
            rest = _symbols_of(letters[length:])
            if rest is not None:
                return [symbol, *rest]
    return None


@lru_cache(maxsize=65536)
def _parse(formula: str) -> Formula:
    if not formula:
        raise FormulaError("empty formula: give one such as LiCoO2")
    if len(formula) > MAX_LENGTH:
        raise FormulaError(
            f"formula of {len(formula)} characters ({formula[:20]}...) is longer than {MAX_LENGTH}"
        )
    # groups[-1] collects the amounts of the innermost open parenthesis
    groups: list[dict[str, Amount]] = [{}]
    opened: list[str] = []  # the brackets that are open
    last: dict[str, Amount] | None = None  # what a following number multiplies
    position = 0
    while position < len(formula):
        token = _TOKEN.match(formula, position)
        if token is None:
            advice = "write element symbols and positive amounts, e.g. Li0.3CoO2"
            raise FormulaError(
                f"cannot read formula {formula!r} at {formula[position:]!r}; "
                f"{_case_hint(formula) or advice}"
            )
        position = token.end()
        symbol, opening, closing, number = token.groups()
        if number is not None:
            if last is None:
                raise FormulaError(f"number {number!r} in formula {formula!r} follows no element")
            if number[0] == "0" and not number.startswith("0.") and number.strip("0"):
                raise FormulaError(
                    f"amount {number!r} in formula {formula!r} starts with a zero; write a letter "
                    "O for oxygen, and an amount without leading zeros"
                )
            factor: Amount = int(number) if number.isdigit() else Fraction(number)
            if factor == 0:
                raise FormulaError(
                    f"zero amount of {'/'.join(last)} in formula {formula!r}; "
                    "leave an absent element out"
                )
            last = {key: value * factor for key, value in last.items()}
        if last is not None:
            _add(groups[-1], last)
            last = None
        if symbol is not None:
            if symbol not in ATOMIC_MASS:
                advice = "symbols are case-sensitive, e.g. Co (cobalt) or CO (carbon, oxygen)"
                raise FormulaError(
                    f"unknown element {symbol!r} in formula {formula!r}; "
                    f"{_case_hint(formula) or advice}"
                )
            last = {symbol: 1}
        elif opening is not None:
            groups.append({})
            opened.append(opening)
        elif closing is not None:
            if len(groups) == 1:
                raise FormulaError(f"')' without '(' in formula {formula!r}")
            if closing != _CLOSED_BY[opened[-1]]:
                raise FormulaError(
                    f"{opened[-1]!r} is closed by {closing!r} in formula {formula!r}; write "
                    f"{_CLOSED_BY[opened[-1]]!r}"
                )
            opened.pop()
            last = groups.pop()
            if not last:
                raise FormulaError(f"empty parentheses in formula {formula!r}")
    if last is not None:
        _add(groups[-1], last)
    if len(groups) > 1:
        raise FormulaError(f"'(' without ')' in formula {formula!r}")
    amounts = tuple(
        (symbol, int(amount) if Fraction(amount).denominator == 1 else Fraction(amount))
        for symbol, amount in groups[0].items()
    )
    return Formula(formula, amounts)


def _add(total: dict[str, Amount], part: Mapping[str, Amount]) -> None:
    for symbol, amount in part.items():
        total[symbol] = total.get(symbol, 0) + amount
