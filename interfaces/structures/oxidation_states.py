"""Formal charges of ions by charge balance, for magnetic moments and polar slabs.

Li, O, P and the like have one usual charge. What is left over goes to the redox metals in a fixed
order, spread evenly over the atoms of an element, as in a disordered or half-charged cathode.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interfaces.chemistry.charges import ANIONS, TOLERANCE, USUAL, share_charge
from interfaces.serialisable import Serialisable
from interfaces.structures.geometry import molecules, pairs, symbols

if TYPE_CHECKING:
    from pymatgen.core import Structure

IONS = {"C2F6N1O4S2": -1.0, "C1F3O3S1": -1.0}  #: known molecular ions: TFSI, triflate
PEROXIDE, DISULFIDE, SULFATE = 1.6, 2.3, 1.75  #: O-O, S-S and S-O bonds are shorter [angstrom]


@dataclass(frozen=True)
class Charges(Serialisable):
    """``values`` [e] per atom; ``left_over`` [e] of the whole cell that no ion can take."""

    values: tuple[float, ...]
    left_over: float
    how: str


def formal_charges(structure: Structure) -> Charges:
    """Charges of all atoms: those on the structure, or else counted.

    Parameters
    ----------
    structure : structure with its lattice.

    Returns
    -------
    Charges
        Charge of every atom [e], and what could not be assigned.

    Examples
    --------
    >>> from workflows.structures.bulk import bulk
    >>> charges = formal_charges(bulk("LCO"))
    >>> charges.values[3], charges.left_over
    (3.0, 0.0)
    """
    states = [getattr(site.specie, "oxi_state", None) for site in structure]
    if all(value is not None for value in states):
        total = sum(float(value) for value in states if value is not None)
        stated = tuple(float(value) for value in states if value is not None)
        return Charges(stated, _clean(total), "as the structure states")
    names = symbols(structure)
    if not ANIONS & set(names):
        return Charges((0.0,) * len(names), 0.0, "a metal or an element: no ions")
    values = [float(USUAL.get(name, 0)) for name in names]
    _bonded(structure, names, values)
    for group in molecules(structure):
        formula = Counter(names[i] for i in group)
        label = "".join(f"{element}{formula[element]}" for element in sorted(formula))
        for i in group:
            values[i] = IONS.get(label, 0.0) / len(group)
    left = share_charge(names, values)
    return Charges(tuple(values), _clean(left), "counted from usual charges")


def _bonded(structure: Structure, names: list[str], values: list[float]) -> None:
    """Sulfur of sulfates, and anions bonded to their like."""
    contacts = pairs(structure)
    oxygens: Counter[int] = Counter()
    for i, j, length in zip(contacts.first, contacts.second, contacts.length, strict=True):
        pair = (names[i], names[j])
        if pair == ("S", "O") and length < SULFATE:
            oxygens[int(i)] += 1
        elif (pair == ("O", "O") and length < PEROXIDE) or (
            pair == ("S", "S") and length < DISULFIDE
        ):
            values[i] = -1.0
    for i, count in oxygens.items():
        values[i] = 6.0 if count >= 4 else 4.0


def _clean(value: float) -> float:
    return 0.0 if abs(value) < TOLERANCE else value
