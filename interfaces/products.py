"""Products beyond their energy: gases, and phases that experiments do not show."""

from __future__ import annotations

from collections.abc import Iterable

from interfaces.formulas import Formula

#: Gases at room temperature that hulls of batteries contain; a gas swells or vents a cell.
GASES = frozenset(
    ("H2", "N2", "O2", "F2", "Cl2", "CO", "CO2", "SO2", "H2S", "HF", "HCl", "NH3", "CH4", "CF4",
     "N2O", "NO2", "COS", "SF6", "PH3", "PF5", "PF3")
)  # fmt: skip

#: Stable in one or another database, never seen at a battery interface: kinetically out of reach or
#: artefacts of a correction (CS14 and S8O carry the sulfide correction on molecular sulfur).
SUSPECTS = frozenset(
    ("N2O", "NO2", "N2O5", "LiC12", "LiC6", "SCl", "SCl4", "LiS4", "P2S7", "CS14", "S8O", "ClO2",
     "ClO3", "PCl5", "LiN3")
)  # fmt: skip


def _usual(formula: str) -> str:
    return Formula.parse(formula).reduced.text


def gases(products: Iterable[str]) -> list[str]:
    """Those of the products that are gases at room temperature.

    >>> gases(["LiCl", "O2", "CO2"])
    ['O2', 'CO2']
    """
    return [name for name in products if _usual(name) in GASES]


def suspects(products: Iterable[str]) -> list[str]:
    """Those of the products that experiments do not show.

    >>> suspects(["LiCl", "S8O"])
    ['S8O']
    """
    return [name for name in products if _usual(name) in SUSPECTS]
