"""Classes of products: gases, and phases that are not observed in experiments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from interfaces.chemistry.formulas import Amount, Formula
from interfaces.chemistry.reactions import Reaction
from interfaces.chemistry.units import AMPERE_HOURS_PER_MOL
from interfaces.phases.reservoirs import CHARGES
from interfaces.serialisable import Keys, Record

#: Gases at room temperature that hulls of batteries contain; a gas swells or vents a cell.
GASES = frozenset(
    ("H2", "N2", "O2", "F2", "Cl2", "CO", "CO2", "SO2", "H2S", "HF", "HCl", "NH3", "CH4", "CF4",
     "N2O", "NO2", "COS", "SF6", "PH3", "PF5", "PF3")
)  # fmt: skip

#: What the word ``gases`` leaves out: these, and water, which leaves a warm cell as vapour.
GASES_WORD = "gases"
VOLATILE = GASES | {"H2O"}

#: Stable in one or another database, impossible at a battery interface: kinetically out of reach or
#: artefacts of a correction (CS14 and S8O carry the sulfide correction on molecular sulfur). What
#: the rules of :func:`_impossible_because` say is not repeated here.
SUSPECTS = frozenset(
    ("N2O", "NO2", "N2O5", "SCl", "SCl4", "LiS4", "P2S7", "CS14", "S8O", "ClO2",
     "ClO3", "PCl5", "LiN3")
)  # fmt: skip


Composition = frozenset[tuple[str, Amount]]


@cache
def _composition(formula: str) -> Composition:
    return frozenset(Formula.parse(formula).reduced.amounts)


@cache
def _compositions(listed: frozenset[str]) -> frozenset[Composition]:
    return frozenset(map(_composition, listed))


def gases(products: Iterable[str]) -> list[str]:
    """Those of the products that are gases at room temperature.

    Parameters
    ----------
    products : formulas.

    Returns
    -------
    list[str]
        The gases, in the order of the products.

    Examples
    --------
    >>> gases(["LiCl", "O2", "CO2", "CH4"])
    ['O2', 'CO2', 'CH4']
    """
    return [name for name in products if _composition(name) in _compositions(GASES)]


def volatile(products: Iterable[str]) -> list[str]:
    """Those of the products that leave a warm cell: gases and water.

    Parameters
    ----------
    products : formulas.

    Returns
    -------
    list[str]
        Gases and water, in the order of the products.

    Examples
    --------
    >>> volatile(["LiCl", "O2", "H2O"])
    ['O2', 'H2O']
    """
    return [name for name in products if _composition(name) in _compositions(VOLATILE)]


def excluded(texts: Iterable[str]) -> tuple[str, ...]:
    """Formulas that may not form: those given, with the word ``gases`` written out.

    The word means every gas of this module, including ``N2`` and ``O2``, and water.

    Parameters
    ----------
    texts : formulas, or the word ``gases``.

    Returns
    -------
    tuple[str, ...]
        Formulas without duplicates.

    Raises
    ------
    FormulaError
        If a text is neither the word nor a formula.

    Examples
    --------
    >>> excluded(["P2S7", "LiC12"])
    ('P2S7', 'LiC12')
    >>> {"CO2", "H2O", "N2", "SO2"} <= set(excluded(["gases"]))
    True
    """
    barred: dict[str, None] = {}
    for word in texts:
        if word == GASES_WORD:
            barred.update(dict.fromkeys(sorted(VOLATILE)))
        else:
            Formula.parse(word)
            barred[word] = None
    return tuple(barred)


#: How a result names the suspects.
IMPOSSIBLE = "products that are impossible at a battery interface"

LATE_METALS = frozenset(("Fe", "Co", "Ni", "Cu", "Zn", "Ag"))  #: their nitrides need ammonia
VARIABLE = frozenset(("V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Mo", "W"))
CENTRES = frozenset(("P", "S", "Si", "N", "Cl"))  #: of oxyanions that do not crystallise with CO3


@cache
def _impossible_because(formula: str) -> str:
    """Rule by which a product cannot form at a battery interface, or nothing.

    Parameters
    ----------
    formula : composition.

    Returns
    -------
    str
        Reason in words; empty where no rule applies.

    Examples
    --------
    >>> [bool(_impossible_because(f)) for f in ("Ni3N", "NH4HCO3", "Mn(NO3)4", "Li3MnCO3PO4")]
    [True, True, True, True]
    >>> [bool(_impossible_because(f)) for f in ("Li3N", "NH3", "LiNO3", "Li2CO3", "LiCNO", "LiC6")]
    [False, False, False, False, False, False]
    """
    if _composition(formula) in _compositions(SUSPECTS):
        return "not observed"
    parsed = Formula.parse(formula)
    elements = frozenset(parsed.elements)
    nitrogen, hydrogen, oxygen = (parsed.get(symbol) for symbol in ("N", "H", "O"))
    if "N" in elements and elements - {"N"} <= LATE_METALS and len(elements) > 1:
        return "nitride of a late transition metal: it decomposes to metal and N2"
    if {"N", "H"} < elements and hydrogen >= 4 * nitrogen:
        return "ammonium salt: it gives off ammonia"
    if {"N", "O"} < elements and elements & VARIABLE and oxygen >= 3 * nitrogen:
        return "nitrate of a transition metal: it is an explosive oxidant beside an electrolyte"
    centres = sum(parsed.get(symbol) for symbol in CENTRES)
    if "C" in elements and centres and oxygen >= 3 * (parsed.get("C") + centres):
        return "two oxyanions in one crystal, known from hydrothermal synthesis alone"
    return ""


def suspects(products: Iterable[str]) -> list[str]:
    """Those of the products that are impossible at a battery interface, by list or by rule.

    Parameters
    ----------
    products : formulas.

    Returns
    -------
    list[str]
        Products that are doubtful, in the order given.

    Examples
    --------
    >>> suspects(["LiCl", "S8O"])
    ['S8O']
    """
    return [name for name in products if _impossible_because(name)]


def suspect_note(names: Iterable[str], by: str = "--exclude") -> str:
    """Note on products that are impossible at a battery interface.

    Parameters
    ----------
    names : formulas of doubtful products.
    by : option that excludes them.

    Returns
    -------
    str
        Note for the result.
    """
    listed = ", ".join(names)
    return f"{IMPOSSIBLE}: {listed}; leave them out with {by}"


@dataclass(frozen=True)
class GasAmount(Record):
    """How much of a gas a reaction sets free.

    ``per_formula`` moles per mole of formula units of reactants; ``mmol_per_ah`` per charge that
    passed (of whatever sign), ``None`` where none did.

    Attributes
    ----------
    gas : formula.
    per_formula : moles per mole of formula units of reactants.
    mmol_per_ah : millimoles per ampere hour that passed, of either sign; None where no charge
        passed.
    """

    KEYS: ClassVar[Keys] = {
        "gas": "gas", "per_formula": "per_formula", "mmol_per_ah": "mmol_per_ah",
    }  # fmt: skip

    gas: str
    per_formula: float
    mmol_per_ah: float | None


def gas_amounts(reaction: Reaction) -> tuple[GasAmount, ...]:
    """The gases of a reaction, products or released to a reservoir, per formula and per charge.

    Parameters
    ----------
    reaction : balanced reaction.

    Returns
    -------
    tuple[GasAmount, ...]
        One entry per gas.

    Examples
    --------
    >>> reaction = Reaction.parse("Li2CO3 -> CO2 + 0.5 O2 + 2 Li", exchanged=["Li"])
    >>> for gas in gas_amounts(reaction):
    ...     print(gas.gas, gas.per_formula, round(gas.mmol_per_ah, 2))
    CO2 1.0 18.66
    O2 0.5 9.33
    """
    exchanged = reaction.exchanged_amounts()
    released = {name: -amount for name, amount in exchanged.items() if amount < 0}
    amounts = reaction.product_amounts() | released
    charge = abs(sum(CHARGES.get(name, 0) * amount for name, amount in exchanged.items()))
    per_ah = 1000 / (charge * AMPERE_HOURS_PER_MOL) if charge else None
    return tuple(
        GasAmount(name, amounts[name], amounts[name] * per_ah if per_ah else None)
        for name in gases(amounts)
    )
