r"""Lithium that a reaction takes out of circulation, per gram of the cathode that reacts.

What circulates is the carrier in the cathode and, in an open reaction, in the reservoir: the anode.
After the reaction it is what the reservoir received and what lies in products that may give it back
while the cell is charged: those that hold the carrier, a redox metal of cathodes and oxygen,
fluorine or sulfur. With n the carriers per formula unit of the cathode and M its molar mass,

.. math:: L = (n_\mathrm{cathode} - n_\mathrm{released} - n_\mathrm{hosts}) F / (3.6 M)

in mAh/g, positive where carriers are lost, negative where the electrolyte's own join the cell's. As
all carriers in hosts are counted as recoverable, L is a lower bound. It refers to the complete
reaction of the cathode; for a cell, multiply by the share of the cathode that has reacted. Where
the cathode is less than a twentieth of the mass of the reactants, the lithium is the electrolyte's,
and no value per gram of cathode is given.
"""

from __future__ import annotations

from dataclasses import dataclass

from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.reactions import Reaction
from interfaces.chemistry.units import AMPERE_HOURS_PER_MOL
from interfaces.phases.reservoirs import CHARGES
from interfaces.serialisable import Serialisable

LEAST_SHARE = 0.05  #: of the mass of the reactants; less cathode is a trace

REDOX_METALS = frozenset(("V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Mo", "Ru"))
ANIONS = frozenset(("O", "F", "S"))


@dataclass(frozen=True)
class Inventory(Serialisable):
    """Carriers lost [mAh per gram of cathode], the cathode, and products that may return them.

    ``lost`` is None where the cathode is not known; ``unknown`` is then the reason.
    """

    lost: float | None
    cathode: str = ""
    hosts: tuple[str, ...] = ()
    unknown: str = ""


def may_host(formula: str) -> bool:
    """Whether a compound holds a redox metal of cathodes and oxygen, fluorine or sulfur.

    Parameters
    ----------
    formula : composition.

    Returns
    -------
    bool
        Whether lithium in it may be extracted again.

    Examples
    --------
    >>> may_host("Li0.5CoO2"), may_host("LiCl"), may_host("Li4Ti5O12"), may_host("Co")
    (True, False, False, False)
    """
    elements = set(Formula.parse(formula).elements)
    return bool(elements & REDOX_METALS and elements & ANIONS)


def lithium_lost(reaction: Reaction, cathode: str | None = None, carrier: str = "Li") -> Inventory:
    """Carriers that a reaction takes out of circulation, by the equation of this module.

    Parameters
    ----------
    reaction : balanced reaction.
    cathode : formula of that reactant as the reaction writes it; by default the only one that
        :func:`may_host` is true of.
    carrier : symbol of the working ion.

    Returns
    -------
    Inventory
        Capacity lost [mAh/g of cathode]; negative where the cell gains lithium.

    Examples
    --------
    >>> inventory = lithium_lost(Reaction.parse("4 LiCoO2 -> 2 Li2O + 4 CoO + O2"))
    >>> inventory.cathode, round(inventory.lost, 1)  # all of its 273.8 mAh/g
    ('LiCoO2', 273.8)
    >>> charged = Reaction.parse("2 LiCoO2 -> 2 CoO2 + 2 Li", exchanged=["Li"])
    >>> lithium_lost(charged).lost
    0.0
    >>> lithium_lost(Reaction.parse("Li3PS4 -> Li3PS4")).unknown
    'no reactant is known as the cathode'
    """
    amounts = dict(reaction.reactants)
    if cathode is None:
        hosts = [name for name in amounts if may_host(name)]
        if len(hosts) != 1:
            what = f"{' and '.join(hosts)} may both be" if hosts else "no reactant is known as"
            return Inventory(None, unknown=f"{what} the cathode")
        cathode = hosts[0]
    if cathode not in amounts:
        return Inventory(None, unknown=f"{cathode} takes no part")
    formula = Formula.parse(cathode)
    masses = {name: float(n) * Formula.parse(name).molar_mass for name, n in amounts.items()}
    share = masses[cathode] / sum(masses.values())
    if share < LEAST_SHARE:
        return Inventory(None, unknown=f"{cathode} is only {100 * share:.2g} % of the mass")
    terms = (*reaction.reactants, *reaction.products, *reaction.exchanged)
    if not any(carrier in Formula.parse(name).elements for name, _ in terms):
        return Inventory(None, unknown=f"no {carrier} takes part")
    kept_by = [
        name
        for name, _ in reaction.products
        if may_host(name) and carrier in Formula.parse(name).elements
    ]
    products = dict(reaction.products)
    kept = sum(products[name] * Formula.parse(name).get(carrier) for name in kept_by)
    released = sum(-amount for name, amount in reaction.exchanged if name == carrier)
    per_cathode = formula.get(carrier) - (kept + released) / amounts[cathode]
    charge = CHARGES.get(carrier, 1)
    capacity = 1000 * charge * AMPERE_HOURS_PER_MOL / formula.molar_mass
    return Inventory(float(per_cathode) * capacity, cathode, tuple(kept_by))
