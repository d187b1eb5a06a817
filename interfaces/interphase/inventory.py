"""Change of a reaction: volume of the solids, reactants left over, lithium lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.reactions import Reaction, Side
from interfaces.chemistry.units import AMPERE_HOURS_PER_MOL
from interfaces.phases.products import volatile
from interfaces.phases.reservoirs import CHARGES
from interfaces.serialisable import Serialisable

if TYPE_CHECKING:
    from interfaces.phases.competing_phases import Pool
    from interfaces.phases.phase_set import PhaseSet
    from interfaces.phases.reactants import Reactant

Volumes = tuple[
    tuple[str, float], ...
]  #: formula as written in a reaction, volume [A^3 per formula unit]


def solids(side: Side) -> Side:
    """The terms of a side that are no gas and no water.

    Parameters
    ----------
    side : terms of one side of a reaction.

    Returns
    -------
    Side
        Solid terms.

    Examples
    --------
    >>> solids(Reaction.parse("A -> LiCl + 2 CO2 + H2O", ["A"]).products)
    (('LiCl', Fraction(1, 1)),)
    """
    gone = set(volatile(name for name, _ in side))
    return tuple(term for term in side if term[0] not in gone)


def volume_change(
    reaction: Reaction, volumes: Mapping[str, float]
) -> tuple[float | None, tuple[str, ...]]:
    """Change of volume over the volume of the reactants, and the solids whose volume is unknown.

    The change is ``None`` where a volume is unknown or no reactant is a solid.

    Parameters
    ----------
    reaction : balanced reaction.
    volumes : formula -> volume [A^3 per formula unit].

    Returns
    -------
    tuple[float | None, tuple[str, ...]]
        Relative change (negative: shrinkage), and formulas without a volume.

    Examples
    --------
    >>> volume_change(Reaction.parse("2 A -> B + O2", ["A", "O2"]), {})
    (None, ('B',))
    >>> reaction = Reaction.parse("Li2O + TiO2 -> Li2TiO3")
    >>> volume_change(reaction, {"Li2O": 25.0, "TiO2": 35.0, "Li2TiO3": 66.0})
    (0.1, ())
    """
    before, after = solids(reaction.reactants), solids(reaction.products)
    unknown = [name for name, _ in (*before, *after) if name not in volumes]
    if unknown or not before:
        return None, tuple(dict.fromkeys(unknown))
    old = sum(float(amount) * volumes[name] for name, amount in before)
    new = sum(float(amount) * volumes[name] for name, amount in after)
    return (new - old) / old, ()


def known_volumes(
    phase_set: PhaseSet, pool: Pool, reactants: Iterable[Reactant], reactions: Iterable[Reaction]
) -> list[Volumes]:
    """Known volumes [A^3 per formula unit] of the phases in each reaction.

    A product has the volume of its phase in the set. A reactant has the volume of the structure
    that its energy was calculated for: none at its hull energy, for a molecule, or with an
    energy given as a number.

    Parameters
    ----------
    phase_set : energies of the candidate products [eV/atom].
    pool : candidate phases.
    reactants : reactants of the analysis.
    reactions : balanced reactions.

    Returns
    -------
    list[Volumes]
        One tuple of (formula, volume) per reaction.
    """
    own = {reactant.formula.text: reactant for reactant in reactants}
    columns = {formula.text: k for k, formula in enumerate(pool.formulas[: len(pool.rows)])}
    volume_of: dict[str, float | None] = {}

    def volume(name: str) -> float | None:
        per_atom: float | None = None
        if name in own:
            per_atom = own[name].volume
        elif name in columns and phase_set.volumes is not None:
            per_atom = float(phase_set.volumes[pool.rows[columns[name]]])
        if per_atom is None or not per_atom > 0:  # NaN where the set has no volume
            return None
        return per_atom * float(Formula.parse(name).n_atoms)

    listed = []
    for reaction in reactions:
        known = []
        for name, _ in (*reaction.reactants, *reaction.products):
            if name not in volume_of:
                volume_of[name] = volume(name)
            value = volume_of[name]
            if value is not None:
                known.append((name, value))
        listed.append(tuple(dict.fromkeys(known)))
    return listed


@cache
def _framework(formula: str, carrier: str) -> Formula:
    amounts = dict(Formula.parse(formula).amounts)
    amounts.pop(carrier, None)
    return Formula.from_amounts(amounts)


def _is_same_host(first: str, second: str, carrier: str = "Li") -> bool:
    """Whether two cathode materials differ in their content of the carrier alone.

    Parameters
    ----------
    first, second : formulas.
    carrier : symbol of the working ion.

    Returns
    -------
    bool
        False of compounds that are no host (:func:`.lithium_inventory.may_host`).

    Examples
    --------
    >>> _is_same_host("LiCoO2", "Li(CoO2)2"), _is_same_host("LiCoO2", "Co3O4")
    (True, False)
    >>> _is_same_host("Li2S", "S")
    False
    """
    if not (_may_host(first) and _may_host(second)):
        return False
    return _framework(first, carrier).same_composition(_framework(second, carrier))


def left_over(reaction: Reaction, carrier: str = "Li") -> frozenset[str]:
    """Products that are a reactant, or its host at another content of the carrier.

    Parameters
    ----------
    reaction : balanced reaction.
    carrier : symbol of the working ion.

    Returns
    -------
    frozenset[str]
        Formulas as the reaction writes them.

    Examples
    --------
    >>> reaction = Reaction.parse("4 LiCoO2 + LiPO3 -> 2 Li(CoO2)2 + Li3PO4")
    >>> sorted(left_over(reaction))
    ['Li(CoO2)2']
    """
    reactants = [name for name, _ in reaction.reactants]
    return frozenset(
        name
        for name, _ in reaction.products
        if name in reactants
        or any(_is_same_host(name, reactant, carrier) for reactant in reactants)
    )


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


def _may_host(formula: str) -> bool:
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
    >>> _may_host("Li0.5CoO2"), _may_host("LiCl"), _may_host("Li4Ti5O12"), _may_host("Co")
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
        :func:`_may_host` is true of.
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
        hosts = [name for name in amounts if _may_host(name)]
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
        if _may_host(name) and carrier in Formula.parse(name).elements
    ]
    products = dict(reaction.products)
    kept = sum(products[name] * Formula.parse(name).get(carrier) for name in kept_by)
    released = sum(-amount for name, amount in reaction.exchanged if name == carrier)
    per_cathode = formula.get(carrier) - (kept + released) / amounts[cathode]
    charge = CHARGES.get(carrier, 1)
    capacity = 1000 * charge * AMPERE_HOURS_PER_MOL / formula.molar_mass
    return Inventory(float(per_cathode) * capacity, cathode, tuple(kept_by))
