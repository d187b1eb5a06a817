"""Conventional spelling of formulas: order of the elements, and named groups.

The base is pymatgen's ``reduced_formula``: elements by rising electronegativity, and the last two
in brackets where they are a multiple of an anion. It spells CH4 as H4C, LiOH as LiHO, POCl3 as
PCl3O and LiCo2O4 as Li(CoO2)2, so the conventions for organic compounds, ammonia, hydroxides, acids
and oxyhalides are added, and a transition metal is the centre of no anion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import gcd

# Pauling electronegativities, as pymatgen has them; noble gases without one come last.
_PAULING = """
H 2.2 Li 0.98 Be 1.57 B 2.04 C 2.55 N 3.04 O 3.44 F 3.98 Na 0.93 Mg 1.31 Al 1.61 Si 1.9 P 2.19
S 2.58 Cl 3.16 K 0.82 Ca 1 Sc 1.36 Ti 1.54 V 1.63 Cr 1.66 Mn 1.55 Fe 1.83 Co 1.88 Ni 1.91 Cu 1.9
Zn 1.65 Ga 1.81 Ge 2.01 As 2.18 Se 2.55 Br 2.96 Kr 3 Rb 0.82 Sr 0.95 Y 1.22 Zr 1.33 Nb 1.6 Mo 2.16
Tc 1.9 Ru 2.2 Rh 2.28 Pd 2.2 Ag 1.93 Cd 1.69 In 1.78 Sn 1.96 Sb 2.05 Te 2.1 I 2.66 Xe 2.6 Cs 0.79
Ba 0.89 La 1.1 Ce 1.12 Pr 1.13 Nd 1.14 Pm 1.13 Sm 1.17 Eu 1.2 Gd 1.2 Tb 1.1 Dy 1.22 Ho 1.23 Er 1.24
Tm 1.25 Yb 1.1 Lu 1.27 Hf 1.3 Ta 1.5 W 2.36 Re 1.9 Os 2.2 Ir 2.2 Pt 2.28 Au 2.54 Hg 2 Tl 1.62
Pb 2.33 Bi 2.02 Po 2 At 2.2 Rn 2.2 Fr 0.7 Ra 0.9 Ac 1.1 Th 1.3 Pa 1.5 U 1.38 Np 1.36 Pu 1.28 Am 1.3
Cm 1.3 Bk 1.3 Cf 1.3 Es 1.3 Fm 1.3 Md 1.3 No 1.3 Lr 1.3
"""
_WORDS = _PAULING.split()
ELECTRONEGATIVITY = dict(zip(_WORDS[::2], map(float, _WORDS[1::2]), strict=True))
POLYANION = 1.65  #: difference of electronegativity below which the last two are one anion

#: Written with both atoms or in an order of their own.
_SPECIAL = {
    "H": "H2", "N": "N2", "O": "O2", "F": "F2", "Cl": "Cl2",
    "LiO": "Li2O2", "NaO": "Na2O2", "KO": "K2O2", "RbO": "Rb2O2", "CsO": "Cs2O2", "HO": "H2O2",
    "H4N2O3": "NH4NO3", "CSO": "COS",
}  # fmt: skip
_NONMETALS = frozenset(
    {"H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "As", "Se", "Br", "Te", "I", "He", "Ne",
     "Ar", "Kr", "Xe", "Rn", "At"}
)  # fmt: skip
_ORGANIC = frozenset({"C", "H", "N", "O", "F", "Si", "P", "S", "Cl", "Br", "I"})
_ACID = frozenset({"B", "Si", "P", "As", "Te"})  #: less electronegative than the H of their acids
#: Metals that are the centre of an anion, as in Sc2(WO4)3; of the others LiCo2O4 is no Li(CoO2)2.
_CENTRES = _NONMETALS - {"H", "O", "F"} | {"Ge", "Sb", "Mo", "W", "Re"}
_HALOGENS = frozenset({"Cl", "Br", "I"})  #: less electronegative than oxygen
#: Charge of the cations of salts of the oxyacids of halogens (LiClO4), by element.
_CHARGE = {
    **dict.fromkeys(["H", "Li", "Na", "K", "Rb", "Cs", "Ag", "Tl"], 1),
    **dict.fromkeys(["Be", "Mg", "Ca", "Sr", "Ba", "Zn", "Cd"], 2),
}
#: Oxygen and charge per centre of anions that make salts with ammonium.
_OXYACIDS = {"C": (3, 2), "S": (4, 2), "P": (4, 3)}
_OXYANION = 3  #: oxygens a halogen from which it is chlorate or perchlorate of any metal


def spell(amounts: Mapping[str, int]) -> str:
    """The conventional formula of some whole amounts without a common divisor.

    Parameters
    ----------
    amounts : atoms of each element, in any order.

    Returns
    -------
    The formula; ``O2``, ``Li2O2`` and the like have twice the amounts.

    Examples
    --------
    >>> spell({"O": 4, "Li": 3, "P": 1}), spell({"H": 4, "C": 1}), spell({"Li": 1, "H": 1, "O": 1})
    ('Li3PO4', 'CH4', 'LiOH')
    >>> spell({"Cl": 3, "O": 1, "P": 1}), spell({"H": 8, "N": 2, "O": 4, "S": 1})
    ('POCl3', '(NH4)2SO4')
    >>> spell({"C": 1, "H": 5, "N": 1, "O": 3}), spell({"H": 6, "N": 1, "O": 4, "P": 1})
    ('NH4HCO3', 'NH4H2PO4')
    >>> spell({"Fe": 2, "Li": 3, "O": 12, "P": 3})
    'Li3Fe2(PO4)3'
    """
    order = _by_electronegativity(amounts)
    elements = frozenset(order)
    if special := _SPECIAL.get(_joined(order, amounts)):
        return special
    if salt := _ammonium_salt(amounts):
        return salt
    if {"C", "H"} <= elements:
        return _with_carbon(order, amounts)
    if {"N", "H"} <= elements and (with_ammonia := _with_ammonia(order, amounts)):
        return with_ammonia
    if {"O", "H"} <= elements and amounts["O"] == amounts["H"] and _metals(elements - {"O", "H"}):
        metals = [symbol for symbol in order if symbol not in "OH"]
        return _joined(metals, amounts) + _group("OH", amounts["H"])
    if "H" in elements and elements & {"O", "F"} and elements & _ACID:
        order.remove("H")
        order.insert(min(order.index(symbol) for symbol in elements & _ACID), "H")
    if _is_oxyhalide(amounts):
        order.remove("O")
        order.insert(min(order.index(symbol) for symbol in elements & _HALOGENS), "O")
        return _joined(order, amounts)
    return _with_anion(order, amounts)


def _by_electronegativity(symbols: Iterable[str]) -> list[str]:
    """Elements by rising electronegativity, equal ones by name."""
    return sorted(symbols, key=lambda s: (ELECTRONEGATIVITY.get(s, float("inf")), s))


def _joined(order: Sequence[str], amounts: Mapping[str, int]) -> str:
    return "".join(s if amounts[s] == 1 else f"{s}{amounts[s]}" for s in order)


def _group(group: str, count: int) -> str:
    return group if count == 1 else f"({group}){count}"


def _metals(symbols: Iterable[str]) -> bool:
    """Whether there are some elements, and all of them metals."""
    listed = list(symbols)
    return bool(listed) and not _NONMETALS & set(listed)


def _with_carbon(order: list[str], amounts: Mapping[str, int]) -> str:
    """Hill's order of carbon, hydrogen, then the others by name; carbonates and HCN as salts."""
    if amounts.get("O") == 3 * amounts["C"] or amounts == {"H": 1, "C": 1, "N": 1}:
        return _joined(order, amounts)
    front = [symbol for symbol in order if symbol not in _ORGANIC]
    rest = sorted(set(order) - {*front, "C", "H"})
    return _joined([*front, "C", "H", *rest], amounts)


def _ammonium_salt(amounts: Mapping[str, int]) -> str:
    """Ammonium (hydrogen) carbonates, sulfates and phosphates; empty for anything else."""
    centre, *others = [symbol for symbol in amounts if symbol not in "HNO"] or [""]
    if others or centre not in _OXYACIDS or not {"H", "N", "O"} <= set(amounts):
        return ""
    oxygen, charge = _OXYACIDS[centre]
    acidic = amounts["H"] - 4 * amounts["N"]  # hydrogens of the anion
    count = amounts[centre]
    if acidic < 0 or (amounts["O"], amounts["N"] + acidic) != (oxygen * count, charge * count):
        return ""
    hydrogen = _joined("H", {"H": acidic}) if acidic else ""
    anion = _with_anion([centre, "O"], amounts, least=2)
    return _group("NH4", amounts["N"]) + hydrogen + anion


def _with_ammonia(order: list[str], amounts: Mapping[str, int]) -> str:
    """Ammonium salts, amides and ammonia; empty for anything else."""
    rest = [symbol for symbol in order if symbol not in "NH"]
    metals = [symbol for symbol in rest if symbol not in _NONMETALS]
    anion = [symbol for symbol in rest if symbol in _NONMETALS]
    if anion and amounts["H"] == 4 * amounts["N"]:
        ammonium = _group("NH4", amounts["N"])
        return _joined(metals, amounts) + ammonium + _with_anion(anion, amounts, least=2)
    if set(anion) <= {"B"}:
        return _joined([*metals, *anion, "N", "H"], amounts)
    return ""


def _with_anion(order: list[str], amounts: Mapping[str, int], least: int = 3) -> str:
    """The last two elements in brackets where they are a multiple of an anion."""
    if len(order) < least:
        return _joined(order, amounts)
    centre, outer = order[-2:]
    near = _pauling(outer) - _pauling(centre) < POLYANION
    is_centre = centre in _CENTRES or (centre, outer) == ("Al", "H")
    count = gcd(amounts[centre], amounts[outer])
    if not (near and is_centre and amounts[centre] <= amounts[outer]) or count == 1:
        return _joined(order, amounts)
    unit = {symbol: amounts[symbol] // count for symbol in (centre, outer)}
    return _joined(order[:-2], amounts) + _group(_joined([centre, outer], unit), count)


def _pauling(symbol: str) -> float:
    return ELECTRONEGATIVITY.get(symbol, float("inf"))


def _is_oxyhalide(amounts: Mapping[str, int]) -> bool:
    """Whether Cl, Br or I is an anion beside the oxide (POCl3, Li3OCl), not its centre (LiClO4)."""
    halogens = sum(amount for symbol, amount in amounts.items() if symbol in _HALOGENS)
    others = set(amounts) - _HALOGENS - {"O", "F"}
    if not halogens or "O" not in amounts or not others:
        return False
    if others & {"B", "C", "N", "Si", "P", "S"}:
        return "H" not in others
    if others <= set(_CHARGE):
        charge = sum(_CHARGE[symbol] * amounts[symbol] for symbol in others)
        return charge == 2 * amounts["O"] + halogens
    return amounts["O"] < _OXYANION * halogens
