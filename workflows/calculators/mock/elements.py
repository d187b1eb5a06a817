"""Numbers of the elements that the made-up energy uses. Standard library only.

The energies are the size of the elements' DFT energies, rounded; radii (Pyykkö and Atsumi's,
for single bonds), electronegativities and masses are common values. Nothing is fitted.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from interfaces.errors import FormulaError

_SYMBOLS = """
H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr
Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm
Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No
Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og
"""
SYMBOLS = _SYMBOLS.split()
NUMBERS = {symbol: number for number, symbol in enumerate(SYMBOLS, start=1)}
NOBLE = (0, 2, 10, 18, 36, 54, 86, 118)


class Element(NamedTuple):
    """Parameters of an element in the model.

    Attributes
    ----------
    energy
        Energy of the element [eV/atom].
    radius
        Covalent radius [angstrom].
    electronegativity
        Pauling scale.
    mass
        [u]
    """

    energy: float
    radius: float
    electronegativity: float
    mass: float


TABLE = {
    "H": Element(-3.39, 0.32, 2.20, 1.008),
    "Li": Element(-1.91, 1.33, 0.98, 6.94),
    "B": Element(-6.68, 0.85, 2.04, 10.81),
    "C": Element(-9.22, 0.75, 2.55, 12.011),
    "N": Element(-8.33, 0.71, 3.04, 14.007),
    "O": Element(-4.93, 0.63, 3.44, 15.999),
    "F": Element(-1.90, 0.64, 3.98, 18.998),
    "Al": Element(-3.74, 1.26, 1.61, 26.982),
    "Si": Element(-5.42, 1.16, 1.90, 28.085),
    "P": Element(-5.41, 1.11, 2.19, 30.974),
    "S": Element(-4.12, 1.03, 2.58, 32.06),
    "Cl": Element(-1.84, 0.99, 3.16, 35.45),
    "Ti": Element(-7.90, 1.36, 1.54, 47.867),
    "Mn": Element(-9.16, 1.19, 1.55, 54.938),
    "Co": Element(-7.11, 1.11, 1.88, 58.933),
    "Ni": Element(-5.78, 1.10, 1.91, 58.693),
    "Ga": Element(-3.03, 1.24, 1.81, 69.723),
    "Ge": Element(-4.62, 1.21, 2.01, 72.630),
    "Br": Element(-1.64, 1.14, 2.96, 79.904),
    "Zr": Element(-8.55, 1.54, 1.33, 91.224),
    "Nb": Element(-10.10, 1.47, 1.60, 92.906),
    "In": Element(-2.75, 1.42, 1.78, 114.818),
    "Sn": Element(-4.01, 1.40, 1.96, 118.710),
    "I": Element(-1.52, 1.33, 2.66, 126.904),
    "La": Element(-4.94, 1.80, 1.10, 138.905),
    "Ta": Element(-11.86, 1.46, 1.50, 180.948),
}


def element(symbol: str) -> Element:
    """Return the numbers of an element: the table's, or a smooth function of the atomic number.

    Raises
    ------
    KeyError
        If the symbol is not an element.

    Examples
    --------
    >>> element("Li").energy
    -1.91
    >>> round(element("Fe").mass, 1)  # not in the table: a made-up curve
    55.8
    """
    if symbol in TABLE:
        return TABLE[symbol]
    number = NUMBERS[symbol]
    return Element(
        energy=-5.0 - 3.0 * math.sin(number / 3.0),
        radius=1.2 + 0.004 * number,
        electronegativity=1.8 + 0.5 * math.cos(number / 3.0),
        mass=1.95 * number + 0.0075 * number**2,
    )


def valence(symbol: str) -> float:
    """Electrons assumed of a POTCAR that is known by name only, such as ``Li_sv``.

    Examples
    --------
    >>> valence("O"), valence("Li_sv"), valence("Co")
    (6.0, 3.0, 9.0)
    """
    name, _, kind = symbol.partition("_")
    number = NUMBERS[name]
    outside = number - max(core for core in NOBLE if core < number)
    return float(min(number, outside + {"pv": 6, "sv": 8}.get(kind.partition("_")[0], 0)))


def formula_counts(formula: str) -> dict[str, float]:
    """Read a formula without parentheses.

    Raises
    ------
    FormulaError
        If anything but elements and amounts is in it.

    Examples
    --------
    >>> formula_counts("LiCo0.5O2")
    {'Li': 1.0, 'Co': 0.5, 'O': 2.0}
    """
    counts: dict[str, float] = {}
    for symbol, amount, rest in re.findall(r"([A-Z][a-z]?)(\d*\.?\d*)|(.)", formula):
        if rest or symbol not in NUMBERS:
            raise FormulaError(f"{formula!r}: {rest or symbol!r} is not an element with an amount")
        counts[symbol] = counts.get(symbol, 0.0) + float(amount or 1)
    return counts
