"""Whether an interphase conducts electrons, and so whether it goes on growing.

An interphase through which electrons pass feeds its own reaction; one that blocks them stops it
(doi 10.1016/j.ssi.2015.06.001). The products of a reaction decide, by :mod:`conductors` and by how
much of each there is. Said is only what the table carries:

``growing``: metallic products take a share of the solids at which they touch each other, the
critical volume fraction of random grains, 0.16 (doi 10.1063/1.1674565). ``passivating``: every
product is known to insulate. ``unknown``: anything else, semiconductors and a few per cent of metal
among them. ``none``: nothing solid forms.

Not in it: layers instead of a random mixture, grain boundaries, how fast ions pass, and cracks.
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

    >>> found, of = shares(Reaction.parse("LiNi + LiCl -> LiNi + Li + 3 Ni"), {"Li": 1, "Ni": 1})
    >>> [(one.conductor.formula, one.share) for one in found], of
    ([('Li', 0.25), ('Ni', 0.75)], 'volume')
    """
    left = {name for name, _ in reaction.reactants}
    there = [term for term in solids(reaction.products) if term[0] not in left]
    known = all(name in volumes for name, _ in there)
    sizes = [
        float(amount) * (volumes[name] if known else float(Formula.parse(name).n_atoms))
        for name, amount in there
    ]
    found = tuple(
        Share(conductor(name), size / sum(sizes))
        for (name, _), size in zip(there, sizes, strict=True)
    )
    return found, "volume" if known else "atoms"


def verdict(
    found: tuple[Share, ...], of: ShareOf, percolation: float = PERCOLATION
) -> tuple[Verdict, str]:
    """The verdict on solid products, and why.

    >>> one = [Share(conductor(name), share) for name, share in (("LiCl", 0.8), ("Co9S8", 0.2))]
    >>> verdict(tuple(one), "volume")
    ('growing', 'metallic Co9S8: 20 % of the volume of the solid products, from 16 % on they touch')
    >>> verdict((Share(conductor("LiCl"), 1.0),), "volume")
    ('passivating', 'every solid product is known to insulate')
    """
    if not found:
        return "none", "nothing solid forms"
    metallic = [one for one in found if one.conductor.kind == "metallic"]
    share = sum(one.share for one in metallic)
    if metallic and share >= percolation:
        return "growing", (
            f"metallic {_names(metallic)}: {100 * share:.0f} % of the {of} of the solid products, "
            f"from {100 * percolation:.0f} % on they touch"
        )
    if all(one.conductor.kind == "insulating" for one in found):
        return "passivating", "every solid product is known to insulate"
    reasons = []
    if metallic:
        reasons.append(f"metallic {_names(metallic)} only {100 * share:.2g} % of the {of}")
    for kind, what in (("semiconducting", "semiconducting"), ("unknown", "not known")):
        if some := [one for one in found if one.conductor.kind == kind]:
            reasons.append(f"{what}: {_names(some)}")
    return "unknown", "; ".join(reasons)


def _names(some: list[Share]) -> str:
    return " ".join(one.conductor.formula for one in some)
