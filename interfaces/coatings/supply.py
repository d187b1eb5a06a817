"""Price and crustal abundance of the elements of a compound, as rough indicators."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interfaces.chemistry.formulas import ATOMIC_MASS, Formula
from interfaces.serialisable import Serialisable


@dataclass(frozen=True)
class Supply(Serialisable):
    """Raw elements of a compound.

    ``price`` [US$/kg of the compound's elements] is infinite where one has none; ``dearest`` is the
    element that most of it goes into. ``scarcest`` is the element rarest in the crust, with its
    ``abundance`` [mg/kg]; ``scarce`` says that this is below the limit.
    """

    price: float
    dearest: str
    scarcest: str
    abundance: float
    scarce: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as in the JSON output.

        Returns
        -------
        dict[str, Any]
            JSON-serialisable values; the keys name the units.
        """
        return {
            "price_usd_per_kg_of_elements": self.price if math.isfinite(self.price) else None,
            "dearest_element": self.dearest,
            "scarcest_element": self.scarcest,
            "crustal_abundance_mg_per_kg": self.abundance,
            "scarce": self.scarce,
        }


def supply(
    formula: Formula,
    prices: Mapping[str, float],
    abundances: Mapping[str, float],
    scarce_below: float,
) -> Supply:
    r"""Price and abundance of the elements of a compound.

    The price is :math:`\sum_i w_i p_i` over the mass fractions w.

    Parameters
    ----------
    formula : compound.
    prices : of the elements [US$/kg]; one that is absent makes the price infinite.
    abundances : of the elements in the continental crust [mg/kg]; one that is absent counts as 0.
    scarce_below : [mg/kg]; an element rarer than this is flagged.

    Returns
    -------
    Supply
        Price and abundance with the elements that decide them.

    Examples
    --------
    >>> result = supply(Formula.parse("Li2O"), {"Li": 86.0, "O": 0.0}, {"Li": 20, "O": 461000}, 1)
    >>> round(result.price, 2), result.dearest, result.scarcest, result.scarce
    (39.95, 'Li', 'Li', False)
    """
    masses = {e: ATOMIC_MASS[e] * float(n) for e, n in formula.amounts}
    whole = sum(masses.values())
    costs = {e: m / whole * prices.get(e, math.inf) for e, m in masses.items()}
    scarcest = min(masses, key=lambda e: abundances.get(e, 0.0))
    abundance = float(abundances.get(scarcest, 0.0))
    return Supply(
        price=sum(costs.values()),
        dearest=max(costs, key=lambda e: costs[e]),
        scarcest=scarcest,
        abundance=abundance,
        scarce=abundance < scarce_below,
    )
