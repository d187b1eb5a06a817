"""Usual charges of ions, charge balance of a cell, and oxyanions by formula.

Corrections of DFT oxides are fitted to ionic oxides. They overbind oxygen that is bonded to carbon,
sulfur, nitrogen or a halogen, and hydrogen on oxygen or nitrogen, by up to 2 eV per group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from interfaces.chemistry.formulas import Formula

_USUAL = """
H 1 Li 1 Na 1 K 1 Be 2 Mg 2 Ca 2 Zn 2 B 3 Al 3 Ga 3 In 3 La 3 Y 3 Sc 3 C 4 Si 4 Ge 4 Sn 4 Zr 4
Hf 4 P 5 Nb 5 Ta 5 N -3 O -2 S -2 Se -2 F -1 Cl -1 Br -1 I -1
"""
USUAL = {key: int(charge) for key, charge in zip(*[iter(_USUAL.split())] * 2, strict=True)}
#: metal: (lowest, usual, highest) charge, in the order in which they are oxidised further;
#: Ni goes first in a layered oxide of Ni, Co and Mn
REDOX = {
    "Ti": (3, 4, 4), "V": (2, 5, 5), "Cr": (2, 3, 6), "Mo": (2, 6, 6), "W": (4, 6, 6),
    "Fe": (2, 3, 4), "Mn": (2, 4, 4), "Cu": (1, 2, 2), "Ni": (2, 2, 4), "Co": (2, 3, 4),
}  # fmt: skip
#: Further cations, which oxidation states of battery cathodes do not need: (lowest, highest).
MORE = {
    "Rb": (1, 1), "Cs": (1, 1), "Sr": (2, 2), "Ba": (2, 2), "Ag": (1, 1), "Er": (3, 3),
    "Lu": (3, 3), "Yb": (2, 3), "Gd": (3, 3), "Pb": (2, 4), "Sb": (3, 5), "Bi": (3, 5),
    "Sn": (2, 4), "In": (1, 3), "Ge": (2, 4),
}  # fmt: skip
ANION_CHARGES = {
    "O": 2, "S": 2, "Se": 2, "N": 3, "C": 4, "F": 1, "Cl": 1, "Br": 1, "I": 1,
}  # fmt: skip


def _charge_range(element: str) -> tuple[int, int] | None:
    """Lowest and highest charge of a cation, or None where it is no cation.

    Parameters
    ----------
    element : symbol.

    Returns
    -------
    tuple[int, int] | None
        Charges [e].

    Examples
    --------
    >>> _charge_range("Li"), _charge_range("Ni"), _charge_range("O")
    ((1, 1), (2, 4), None)
    """
    if element in ANION_CHARGES:
        return None
    if element in REDOX:
        return REDOX[element][0], REDOX[element][2]
    if element in MORE:
        return MORE[element]
    usual = USUAL.get(element)
    return (usual, usual) if usual is not None and usual > 0 else None


def usual_charge(element: str) -> int | None:
    """Usual charge of a cation, or None where it is no cation.

    Parameters
    ----------
    element : symbol.

    Returns
    -------
    int | None
        Charge [e].
    """
    if element in REDOX:
        return REDOX[element][1]
    charges = _charge_range(element)
    return None if charges is None else charges[1]


ANIONS = frozenset({"N", "O", "S", "Se", "F", "Cl", "Br", "I"})
REDUCED_FIRST = ("Co", "Cu", "Fe", "Mn", "Ni", "Mo", "W", "V", "Cr", "Ti")
TOLERANCE = 1e-6  #: e


def share_charge(names: list[str], values: list[float]) -> float:
    """Assign the balancing charge to the redox metals, in place.

    Parameters
    ----------
    names : element of each atom.
    values : charge of each atom [e]; those of the redox metals are replaced.

    Returns
    -------
    float
        What no metal can take [e].
    """
    count = Counter(name for name in names if name in REDOX)
    state = {name: float(REDOX[name][1]) for name in count}
    left = sum(values) + sum(count[name] * state[name] for name in count)
    for name in REDUCED_FIRST if left > 0 else REDOX:
        if name in count and abs(left) > TOLERANCE:
            low, _, high = REDOX[name]
            wanted = state[name] - left / count[name]
            state[name] = float(min(max(wanted, low), high))
            left = sum(values) + sum(count[key] * state[key] for key in count)
    for i, name in enumerate(names):
        if name in state:
            values[i] = state[name]
    return left


def usual_charges(amounts: Mapping[str, int]) -> dict[str, float] | None:
    """Return the charge of each element of a neutral composition; None where there is no way.

    Parameters
    ----------
    amounts : element -> number of atoms.

    Examples
    --------
    >>> usual_charges({"Li": 10, "Ni": 8, "Co": 1, "Mn": 1, "O": 20})
    {'Li': 1.0, 'Ni': 2.875, 'Co': 3.0, 'Mn': 4.0, 'O': -2.0}
    """
    names = [symbol for symbol, n in amounts.items() for _ in range(n)]
    if not all(symbol in USUAL or symbol in REDOX for symbol in amounts):
        return None
    values = [float(USUAL.get(name, 0)) for name in names]
    left = share_charge(names, values)
    return None if abs(left) > TOLERANCE else dict(zip(names, values, strict=True))


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
    centres_of_groups = {
        name: amounts[centre] for name, (centre, _, _) in GROUPS.items() if amounts.get(centre)
    }
    acid = "H" in amounts and bool({"B", "Si", "Ge", "Mo", "W"} & set(amounts))
    if not centres_of_groups or "O" not in amounts or acid:
        return None
    centres = {GROUPS[name][0] for name in centres_of_groups}
    needed = sum(GROUPS[name][2] * n for name, n in centres_of_groups.items())
    positive = sum(GROUPS[name][1] * n for name, n in centres_of_groups.items())
    needed += PHOSPHATE[2] * amounts.get("P", 0.0)
    negative = 2 * amounts["O"]
    low = high = positive
    for symbol, amount in amounts.items():
        if symbol == "O" or symbol in centres:
            continue
        if symbol in _MONOVALENT:
            negative += amount
            continue
        charges = _charge_range(symbol)
        if charges is None:
            return None
        low, high = low + charges[0] * amount, high + charges[1] * amount
    balanced = low - 1e-9 <= negative <= high + 1e-9
    return centres_of_groups if balanced and amounts["O"] >= needed - 1e-9 else None
