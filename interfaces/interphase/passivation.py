"""Classify an interphase as mixed conducting (MIEC) or SEI-forming.

An electronically conducting interphase (MIEC) lets the reaction continue; an insulating one (SEI)
stops it (doi 10.1016/j.ssi.2015.06.001). The verdict follows from the conduction of the products
(:mod:`.electronic_conductors`) and their shares:

``MIEC`` (electronically conducting): the metallic products percolate, i.e. their share of the
solids reaches the critical volume fraction of random grains, 0.16 (doi 10.1063/1.1674565), alone or
from 0.05 on with semiconducting and disputed products between them. ``SEI-forming``
(electronically insulating): every product is known to insulate. ``unknown``: anything else. A
product whose conduction is disputed (Li3P) otherwise counts as insulating beside oxides, nitrides
and halides, and leaves the verdict open beside a sulfide, where its interphases are seen to grow.
``none``: nothing solid forms but what is left of a reactant, which includes
a cathode with more or less lithium.

Layered products, grain boundaries, ionic conductivity and cracks are not considered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.reactions import Reaction
from interfaces.interphase.electronic_conductors import Conductor, conductor
from interfaces.interphase.inventory import left_over, solids
from interfaces.serialisable import Serialisable

Verdict = Literal["MIEC", "SEI-forming", "unknown", "none"]
ShareOf = Literal["volume", "atoms"]

CONNECTED = 0.05  #: share of metallic products that others between them can connect
PERCOLATION = 0.16  #: share of the solid products from which metallic ones touch each other


@dataclass(frozen=True)
class Share(Serialisable):
    """A solid product, how it conducts, and its share of the solid products."""

    conductor: Conductor
    share: float


def shares(reaction: Reaction, volumes: Mapping[str, float]) -> tuple[tuple[Share, ...], ShareOf]:
    """Solid products with their shares: of the volume, or of the atoms where a volume is unknown.

    What is left of a reactant, at whatever lithium content, is not a product.

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
    left = left_over(reaction)
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
        ``MIEC``, ``SEI-forming``, ``unknown`` or ``none``, and the reason.

    Examples
    --------
    >>> solids = [Share(conductor(name), share) for name, share in (("LiCl", 0.8), ("Co9S8", 0.2))]
    >>> verdict(tuple(solids), "volume")
    ('MIEC', 'metallic Co9S8: 20 % of the volume of the solid products, percolating from 16 %')
    >>> verdict((Share(conductor("LiCl"), 1.0),), "volume")
    ('SEI-forming', 'every solid product is known to insulate')
    """
    if not solids:
        return "none", "nothing solid forms but what is left of the reactants"
    metallic = [solid for solid in solids if solid.conductor.kind == "metallic"]
    share = sum(solid.share for solid in metallic)
    if metallic and share >= percolation:
        return "MIEC", (
            f"metallic {_names(metallic)}: {100 * share:.0f} % of the {of} of the solid products, "
            f"percolating from {100 * percolation:.0f} %"
        )
    sulfides = [s for s in solids if set(Formula.parse(s.conductor.formula).elements) >= {"S"}]
    disputed = [s for s in solids if sulfides and s.conductor.certainty == "disputed"]
    between = [
        s
        for s in solids
        if s.conductor.kind == "semiconducting" or s.conductor.certainty == "disputed"
    ]
    together = share + sum(solid.share for solid in between)
    if share >= CONNECTED and between and together >= percolation:
        return "MIEC", (
            f"metallic {_names(metallic)}, {100 * share:.0f} % of the {of}, with "
            f"{_names(between)} {100 * together:.0f} %, percolating from "
            f"{100 * percolation:.0f} %"
        )
    if all(solid.conductor.kind == "insulating" for solid in solids):
        if disputed:
            return "unknown", (
                f"disputed: {_names(disputed)} beside {_names(sulfides[:1])}; else all insulate"
            )
        return "SEI-forming", "every solid product is known to insulate"
    reasons = [f"disputed: {_names(disputed)}"] if disputed else []
    if metallic:
        reasons.append(f"metallic {_names(metallic)} only {100 * share:.2g} % of the {of}")
    for kind, what in (("semiconducting", "semiconducting"), ("unknown", "conduction not known")):
        if some := [solid for solid in solids if solid.conductor.kind == kind]:
            reasons.append(f"{what}: {_names(some)}")
    return "unknown", "; ".join(reasons)


def _names(some: list[Share]) -> str:
    return ", ".join(solid.conductor.formula for solid in some)
