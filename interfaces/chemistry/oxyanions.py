"""Oxyanions and protic hydrogen by formula: where a set of solids and an experiment differ most.

Corrections of DFT oxides are fitted to ionic oxides. They overbind oxygen that is bonded to carbon,
sulfur, nitrogen or a halogen, and hydrogen on oxygen or nitrogen, by up to 2 eV per group.
"""

from __future__ import annotations

from collections.abc import Mapping

from interfaces.chemistry.charges import ANION_CHARGES, charge_range, usual_charge
from interfaces.chemistry.formulas import Formula

#: Group -> central atom, its charge, oxygen atoms that it needs.
GROUPS: Mapping[str, tuple[str, int, int]] = {
    "CO3": ("C", 4, 3),
    "SO4": ("S", 6, 4),
    "NO3": ("N", 5, 3),
    "ClO4": ("Cl", 7, 4),
    "OH": ("H", 1, 1),
}
PHOSPHATE = ("P", 5, 4)  #: takes oxygen, and is not corrected
_CENTRES = ("C", "S", "Se", "N", "Cl", "Br", "I")
_MONOVALENT = ("F", "Cl", "Br", "I")


def overbound(formula: Formula) -> bool:
    """Whether a compound has oxygen on carbon, sulfur, nitrogen or a halogen, or protic hydrogen.

    Judged by charge balance with usual charges: sulfur of an oxysulfide is -2, that of a sulfate is
    positive; hydrogen of LiH is -1, that of LiOH +1.

    Parameters
    ----------
    formula : composition.

    Returns
    -------
    bool
        True where the set's energy is not comparable with that of an oxide.

    Examples
    --------
    >>> [overbound(Formula.parse(f)) for f in ("Li2SO4", "CO2", "LiOH", "NH3", "LiC2F6NO4S2")]
    [True, True, True, True, True]
    >>> [overbound(Formula.parse(f)) for f in ("La2O2S", "Li2PO2N", "LiH", "Li3PO4", "Li3ClO")]
    [False, False, False, False, False]
    """
    amounts = {symbol: float(amount) for symbol, amount in formula.amounts}
    usual = {symbol: usual_charge(symbol) for symbol in amounts}
    if "O" in amounts and any(symbol in amounts for symbol in _CENTRES):
        anions = 2 * amounts["O"] + amounts.get("F", 0.0)
        cations = sum(n * (usual[s] or 0) for s, n in amounts.items() if s not in ANION_CHARGES)
        if anions - cations > 1e-9:
            return True
    if "H" in amounts and any(symbol in ANION_CHARGES for symbol in amounts):
        anions = sum(charge * amounts.get(s, 0.0) for s, charge in ANION_CHARGES.items())
        cations = sum(
            n * (usual[s] or 0) for s, n in amounts.items() if s not in ANION_CHARGES and s != "H"
        )
        return anions - cations > 1e-9
    return False


def groups_in(formula: Formula) -> dict[str, float] | None:
    """Groups of a salt per formula unit, where it consists of cations, oxygen and whole groups.

    Parameters
    ----------
    formula : composition.

    Returns
    -------
    dict[str, float] | None
        Group -> number; None where oxygen does not suffice or charges do not balance, as for a
        sulfite, a hydrogen carbonate or a hydrate.

    Examples
    --------
    >>> groups_in(Formula.parse("Li2Co(SO4)2")), groups_in(Formula.parse("Ni(OH)2"))
    ({'SO4': 2.0}, {'OH': 2.0})
    >>> groups_in(Formula.parse("Li2SO3")), groups_in(Formula.parse("LiHCO3"))
    (None, None)
    """
    amounts = {symbol: float(amount) for symbol, amount in formula.amounts}
    found = {
        name: amounts[centre] for name, (centre, _, _) in GROUPS.items() if amounts.get(centre)
    }
    acid = "H" in amounts and bool({"B", "Si", "Ge", "Mo", "W"} & set(amounts))
    if not found or "O" not in amounts or acid:
        return None
    centres = {GROUPS[name][0] for name in found}
    needed = sum(GROUPS[name][2] * n for name, n in found.items())
    positive = sum(GROUPS[name][1] * n for name, n in found.items())
    needed += PHOSPHATE[2] * amounts.get("P", 0.0)
    negative = 2 * amounts["O"]
    low = high = positive
    for symbol, amount in amounts.items():
        if symbol == "O" or symbol in centres:
            continue
        if symbol in _MONOVALENT:
            negative += amount
            continue
        charges = charge_range(symbol)
        if charges is None:
            return None
        low, high = low + charges[0] * amount, high + charges[1] * amount
    balanced = low - 1e-9 <= negative <= high + 1e-9
    return found if balanced and amounts["O"] >= needed - 1e-9 else None
