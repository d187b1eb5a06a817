"""Products that are what is left of a reactant: itself, or its host with more or less lithium."""

from __future__ import annotations

from functools import cache

from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.reactions import Reaction
from interfaces.interphase.lithium_inventory import may_host


@cache
def _framework(formula: str, carrier: str) -> Formula:
    amounts = dict(Formula.parse(formula).amounts)
    amounts.pop(carrier, None)
    return Formula.from_amounts(amounts)


def is_same_host(first: str, second: str, carrier: str = "Li") -> bool:
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
    >>> is_same_host("LiCoO2", "Li(CoO2)2"), is_same_host("LiCoO2", "Co3O4")
    (True, False)
    >>> is_same_host("Li2S", "S")
    False
    """
    if not (may_host(first) and may_host(second)):
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
        if name in reactants or any(is_same_host(name, other, carrier) for other in reactants)
    )
