"""Named sets of products for reactions that stop short of equilibrium, such as of polymers.

Thermodynamics burns a polymer or a nitrile to carbonates, water and nitrogen. At room temperature
such a reaction stops early. A set leaves products out by what their formation would take.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from interfaces.chemistry.charges import ANION_CHARGES, overbound, usual_charge
from interfaces.chemistry.formulas import Formula
from interfaces.phases.phase_set import PhaseSet


@dataclass(frozen=True)
class ProductSet:
    """Which compounds may form; elements always may.

    Attributes
    ----------
    name : of the set.
    meaning : what is left out, for the provenance.
    allows : whether a compound may form.
    allows_flagged : the same of an entry whose source says whether it is theoretical; by default
        the flag is ignored.
    """

    name: str
    meaning: str
    allows: Callable[[Formula], bool]
    allows_flagged: Callable[[Formula, bool], bool] | None = None


def _keeps_carbon_bonds(formula: Formula) -> bool:
    """Whether a compound has no carbon, or can have kept bonds between its carbon atoms.

    Judged by the mean charge of carbon and its hydrogen: carbon dioxide, carbonates, carbon
    monoxide, formates, methane, methanol, cyanides and carbides have single carbon atoms;
    hydrocarbons with up to 3 H per C, alcohols, acetates, nitriles and oxalates need not.

    Parameters
    ----------
    formula : composition.

    Examples
    --------
    >>> [_keeps_carbon_bonds(Formula.parse(f)) for f in ("NiCO3", "CO2", "CO", "CH4", "LiCN")]
    [False, False, False, False, False]
    >>> [_keeps_carbon_bonds(Formula.parse(f)) for f in ("C2H4", "C2H3N", "Li2C2O4", "NiO")]
    [True, True, True, True]
    """
    amounts = {symbol: float(amount) for symbol, amount in formula.amounts}
    carbon = amounts.get("C", 0.0)
    if not carbon:
        return True
    anions = sum(
        n * ANION_CHARGES[s] for s, n in amounts.items() if s in ANION_CHARGES and s != "C"
    )
    cations = sum(n * (usual_charge(s) or 0) for s, n in amounts.items() if s not in ANION_CHARGES)
    charge = (anions - cations) / carbon
    oxalate = "H" not in amounts and abs(amounts.get("O", 0.0) - 2 * carbon) < 1e-9
    return amounts.get("H", 0.0) <= 3 * carbon and (-3 <= charge <= 1 or (oxalate and charge <= 3))


def _has_no_new_oxygen(formula: Formula) -> bool:
    """Whether a compound has no oxygen on carbon, nitrogen, sulfur, halogens or hydrogen.

    Parameters
    ----------
    formula : composition.

    Examples
    --------
    >>> [_has_no_new_oxygen(Formula.parse(f)) for f in ("Li2SO4", "H2O", "Li2S", "NH3", "LiNiO2")]
    [False, False, True, True, True]
    """
    return not formula.get("O") or not overbound(formula)


SETS: Mapping[str, ProductSet] = {
    known.name: known
    for known in (
        ProductSet(
            name="no-C-C-cleavage",
            meaning="no compound of single carbon atoms (CO2, carbonates, CO, CH4, cyanides)",
            allows=_keeps_carbon_bonds,
        ),
        ProductSet(
            name="first-step",
            meaning="no oxygen on C, N, S, halogens or H: exchange of ions and electrons only",
            allows=_has_no_new_oxygen,
        ),
    )
}


def listed(name: str, formulas: Collection[str], meaning: str = "") -> ProductSet:
    """A set of the compounds in a list.

    Parameters
    ----------
    name : of the list.
    formulas : compounds that may form.
    meaning : for the provenance; by default their number.

    Raises
    ------
    FormulaError
        If one of them cannot be read.
    """
    allowed = {frozenset(Formula.parse(formula).reduced.amounts) for formula in formulas}
    return ProductSet(
        name=name,
        meaning=meaning or f"only the {len(allowed)} compounds of {name}, and elements",
        allows=lambda formula: frozenset(formula.reduced.amounts) in allowed,
    )


def limited(phase_set: PhaseSet, products: ProductSet) -> PhaseSet:
    """The set with the elements and the compounds that may form.

    Parameters
    ----------
    phase_set : all phases.
    products : which of them may form.

    Returns
    -------
    PhaseSet
        The smaller set, with a note.

    Examples
    --------
    >>> phases = PhaseSet.from_rows(
    ...     [("a", "Li", 0.0), ("b", "O2", 0.0), ("c", "S", 0.0), ("d", "Li2S", -1.5),
    ...      ("e", "Li2SO4", -2.1)], scheme="made up")
    >>> [formula.text for formula in limited(phases, SETS["first-step"]).formulas]
    ['Li', 'O2', 'S', 'Li2S']
    """
    rows = enumerate(zip(phase_set.ids, phase_set.formulas, strict=True))
    kept = [
        row
        for row, (name, formula) in rows
        if len(formula.elements) == 1
        or _may_form(formula, phase_set.theoretical.get(name), products)
    ]
    out = np.setdiff1d(np.arange(len(phase_set)), kept)
    note = f"Products limited to {products.name}: {products.meaning}."
    return replace(
        phase_set.rows(np.array(kept)),
        source=f"{phase_set.source} ({products.name})",
        notes=(*phase_set.notes, note),
        left_out=phase_set.rows(out),
    )


def _may_form(formula: Formula, theoretical: bool | None, products: ProductSet) -> bool:
    if theoretical is None or products.allows_flagged is None:
        return products.allows(formula)
    return products.allows_flagged(formula, theoretical)
