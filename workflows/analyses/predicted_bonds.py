"""Compare the bonds formed in a molecular dynamics run with the predicted reaction products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interfaces.aimd import Analysis, BondKind, compare_bonds
from workflows.analyses.curve import compute_curve

if TYPE_CHECKING:
    from workflows.analyses.setup import PhaseOptions


@dataclass(frozen=True)
class PairComparison:
    """Bonds formed in a trajectory compared with the predicted products of its two materials.

    Attributes
    ----------
    pair : the reactants.
    products : of every kink within their mixing curve.
    at_minimum : products where the total reaction energy is lowest.
    kinds : kinds of bonds, each with whether a product has it.
    scheme, phase_set : of the energies.
    """

    pair: tuple[str, str]
    products: tuple[str, ...]
    at_minimum: tuple[str, ...]
    kinds: tuple[BondKind, ...]
    scheme: str
    phase_set: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as in ``summary.json``."""
        return {
            "pair": list(self.pair),
            "what": "kinds of bonds, not phases: whether the two elements are bonded in a product",
            "predicted_products": list(self.products),
            "products_at_minimum": list(self.at_minimum),
            "kinds": [kind.to_dict() for kind in self.kinds],
            "scheme": self.scheme,
            "phase_set": self.phase_set,
        }


def compare_with_pair(
    analysis: Analysis, reactant_1: str, reactant_2: str, source: PhaseOptions | None = None
) -> PairComparison:
    """Compare the bonds formed in a trajectory with the predicted products of two reactants.

    Parameters
    ----------
    analysis : of the trajectory.
    reactant_1, reactant_2 : formulas or names of materials.
    source : where the phase energies come from; the bundled set by default.

    Raises
    ------
    InputError
        If a reactant or its energy is not known.
    """
    curve = compute_curve(reactant_1, reactant_2, source, band=False)
    inner = [kink for kink in curve.kinks if 0 < kink.mixing_fraction < 1]
    products = dict.fromkeys(name for k in inner for name in k.reaction.product_amounts())
    lowest = curve.minimum_total.reaction.product_amounts()
    return PairComparison(
        (reactant_1, reactant_2),
        tuple(products),
        tuple(lowest),
        compare_bonds(analysis.bond_changes(), list(products)),
        curve.scheme,
        curve.phase_set,
    )
