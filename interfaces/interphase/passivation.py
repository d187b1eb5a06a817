"""Classify an interphase as mixed conducting (MIEC, growing) or SEI-forming (passivating).

An electronically conducting interphase (MIEC) lets the reaction continue; an insulating one (SEI)
stops it (doi 10.1016/j.ssi.2015.06.001). The verdict follows from the conduction of the products
(:mod:`.electronic_conductors`) and their shares:

``growing`` (MIEC): the metallic products percolate, i.e. their share of the solids reaches the
critical volume fraction of random grains, 0.16 (doi 10.1063/1.1674565). ``passivating``
(SEI-forming): every product is known to insulate. ``unknown``: anything else, semiconductors and a
few per cent of metal among them. ``none``: nothing solid forms.

Layered products, grain boundaries, ionic conductivity and cracks are not considered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.reactions import Reaction
from interfaces.interphase.electronic_conductors import Conductor, conductor
from interfaces.interphase.volume_change import solids
from interfaces.serialisable import Serialisable

Verdict = Literal["growing", "passivating", "unknown", "none"]
ShareOf = Literal["volume", "atoms"]

PERCOLATION = 0.16  #: share of the solid products from which metallic ones touch each other


@dataclass(frozen=True)
class Share(Serialisable):
    """A solid product, how it conducts, and its share of the solid products."""

    conductor: Conductor
    share: float


def shares(reaction: Reaction, volumes: Mapping[str, float]) -> tuple[tuple[Share, ...], ShareOf]:
    """Solid products with their shares: of the volume, or of the atoms where a volume is unknown.

    What is left of a reactant is not a product.

    Parameters
    ----------
    reaction : balanced reaction.
    volumes : formula -> volume [A^3 per formula unit].

    Returns
    -------
    tuple[tuple[Share, ...], ShareOf]
        Solid products with their shares, and what the shares count.

    Examples
    --------
    >>> solids, of = shares(Reaction.parse("LiNi + LiCl -> LiNi + Li + 3 Ni"), {"Li": 1, "Ni": 1})
    >>> [(solid.conductor.formula, solid.share) for solid in solids], of
    ([('Li', 0.25), ('Ni', 0.75)], 'volume')
    """
    left = {name for name, _ in reaction.reactants}
    there = [term for term in solids(reaction.products) if term[0] not in left]
    known = all(name in volumes for name, _ in there)
    sizes = [
        float(amount) * (volumes[name] if known else float(Formula.parse(name).n_atoms))
        for name, amount in there
    ]
    solid_shares = tuple(
        Share(conductor(name), size / sum(sizes))
        for (name, _), size in zip(there, sizes, strict=True)
    )
    return solid_shares, "volume" if known else "atoms"


def verdict(
    solids: tuple[Share, ...], of: ShareOf, percolation: float = PERCOLATION
) -> tuple[Verdict, str]:
    """Verdict on the electronic conduction of the solid products, with the reason.

    Parameters
    ----------
    solids : solid products with their shares.
    of : what the shares count.
    percolation : share from which metallic products percolate.

    Returns
    -------
    tuple[Verdict, str]
        ``growing`` (MIEC), ``passivating`` (SEI-forming), ``unknown`` or ``none``, and the reason.

    Examples
    --------
    >>> solids = [Share(conductor(name), share) for name, share in (("LiCl", 0.8), ("Co9S8", 0.2))]
    >>> verdict(tuple(solids), "volume")
    ('growing', 'metallic Co9S8: 20 % of the volume of the solid products, from 16 % on they touch')
    >>> verdict((Share(conductor("LiCl"), 1.0),), "volume")
    ('passivating', 'every solid product is known to insulate')
    """
    if not solids:
        return "none", "nothing solid forms"
    metallic = [solid for solid in solids if solid.conductor.kind == "metallic"]
    share = sum(solid.share for solid in metallic)
    if metallic and share >= percolation:
        return "growing", (
            f"metallic {_names(metallic)}: {100 * share:.0f} % of the {of} of the solid products, "
            f"from {100 * percolation:.0f} % on they touch"
        )
    if all(solid.conductor.kind == "insulating" for solid in solids):
        return "passivating", "every solid product is known to insulate"
    reasons = []
    if metallic:
        reasons.append(f"metallic {_names(metallic)} only {100 * share:.2g} % of the {of}")
    for kind, what in (("semiconducting", "semiconducting"), ("unknown", "not known")):
        if some := [solid for solid in solids if solid.conductor.kind == kind]:
            reasons.append(f"{what}: {_names(some)}")
    return "unknown", "; ".join(reasons)


def _names(some: list[Share]) -> str:
    return " ".join(solid.conductor.formula for solid in some)
