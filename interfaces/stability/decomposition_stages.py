r"""Decomposition stages of a composition against the voltage of a carrier.

Open to a carrier at voltage V (against its metal, :math:`\mu = -z V`) a composition falls into the
products of lowest grand potential. Between two events one set of products is optimal and the
carrier content does not change, so the grand potential is a straight line in V and each event is
where two lines cross. Method: doi 10.1021/acsami.5b07517.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.reactions import Reaction
from interfaces.interphase import Interphase, Volumes, interphase
from interfaces.phases.competing_phases import Pool, check_solved, solving
from interfaces.phases.phase_set import SAME_COMPOSITION
from interfaces.phases.products import gas_amounts, suspects
from interfaces.phases.reactants import Reactant
from interfaces.serialisable import Serialisable
from interfaces.solver.parametric import voltage_line

Array = NDArray[np.float64]

SAME_CONTENT = 1e-9  #: carriers per atom; equal contents are one stage
SAME_VOLTAGE = 1e-9  #: V; a stage narrower than this is round-off
HIGHEST = 100.0  #: V; beyond it nothing forms but an element that was left out
STABLE = 1e-8  #: eV/atom; a decomposition energy above minus this leaves the compound stable


@dataclass(frozen=True)
class Stage(Serialisable):
    """A range of voltage with one set of products.

    ``carriers`` per formula unit, against the compound's own content: taken up positive, released
    negative. ``energy`` [eV] of the reaction per formula unit at ``low``, the compound put on
    the hull. ``high`` is None where the stage has no end.
    """

    low: float
    high: float | None
    carriers: float
    reaction: Reaction
    energy: float
    volumes: Volumes = ()  #: known ones of what the reaction names [A^3 per formula unit]

    @property
    def products(self) -> dict[str, float]:
        """Product -> formula units per formula unit of the compound."""
        return self.reaction.product_amounts()

    @property
    def keeps_compound(self) -> bool:
        """Whether nothing is exchanged and nothing gained."""
        atoms = sum(float(n * Formula.parse(f).n_atoms) for f, n in self.reaction.reactants)
        per_formula = atoms / float(self.reaction.formula_units)
        return abs(self.carriers) <= SAME_CONTENT * per_formula and (
            self.energy >= -STABLE * per_formula
        )

    def interphase(self, symbol: str = "Li") -> Interphase:
        """Gases, electronic conduction, volume change and lithium loss of the products.

        What circulates is the carrier of the compound, if that is a cathode.

        Parameters
        ----------
        symbol : the carrier.

        Returns
        -------
        Interphase
            Gases, electronic conduction, volume change and lithium loss.
        """
        return interphase(self.reaction, self.volumes, carrier=symbol)

    def to_dict(self, symbol: str) -> dict[str, Any]:
        """Plain values with units in their names, as in the JSON output.

        Parameters
        ----------
        symbol : the carrier.

        Returns
        -------
        dict[str, Any]
            JSON-serialisable values; the keys name the units.
        """
        products = self.products
        return {
            "from_V": self.low,
            "to_V": self.high,
            f"{symbol.lower()}_per_formula": self.carriers,
            "reaction": str(self.reaction),
            "products": products,
            "reaction_energy_at_from_V_ev_per_formula": self.energy,
            "gas_amounts": [gas.to_dict() for gas in gas_amounts(self.reaction)],
            "suspect_products": suspects(products),
            "interphase": self.interphase(symbol).to_dict(),
            "volumes_A3_per_formula": dict(self.volumes),
        }


def staircase(closed: Pool, pool: Pool, compound: Reactant) -> tuple[Stage, ...]:
    """Decomposition stages of a compound at its hull energy, from 0 V without an upper limit.

    ``pool`` is the ``closed`` pool opened, the carrier at 0 V as its first open element. A step
    that passes the compound's own content is split by a window of zero width, where its
    decomposition products are level with both sides.

    Parameters
    ----------
    closed : closed pool of the candidates.
    pool : the same, open to the carrier at 0 V.
    compound : compound with its energy on the scale of the set.

    Returns
    -------
    tuple[Stage, ...]
        Stages by rising voltage; the last has no upper limit.

    Raises
    ------
    SolverError
        If the linear programme did not finish.
    """
    formula = compound.formula
    with solving(f"staircase of {formula}"):
        status, _, _, bases, amounts = voltage_line(
            pool.phases,
            pool.energies,
            pool.tilts,
            pool.references,
            pool.composition(formula),
            pool.floor,
        )
    check_solved(status, f"staircase of {formula}")
    charge = pool.open_elements[0].charge
    heights = (pool.energies[bases] * amounts).sum(axis=1)
    contents = (pool.tilts[bases] * amounts).sum(axis=1)
    kept, events = _envelope(heights, contents, pool.floor)
    events = [event for event in events if event < HIGHEST]
    kept = kept[: len(events) + 1]
    atoms = float(formula.n_atoms) * pool.kept(formula)
    own_content = float(pool.carried(formula)[0]) * charge
    on_hull = min(compound.energy, compound.energy - compound.energy_above_hull)
    base = pool.potential(formula, on_hull)
    exchanged = [element.exchanged_as for element in pool.open_elements]
    stages = []
    for k, start, end in zip(kept, [pool.floor, *events], [*events, None], strict=True):
        carriers = float((contents[k] - own_content) / charge * atoms)
        if abs(carriers) < SAME_CONTENT * atoms:
            carriers = 0.0
        energy = float((heights[k] - base + (contents[k] - own_content) * start) * atoms)
        reaction = pool.reaction(
            [formula], bases[k], amounts[k], SAME_COMPOSITION, 1.0, closed.elements, exchanged
        )
        stages.append(
            Stage(low=start, high=end, carriers=carriers, reaction=reaction, energy=energy)
        )
    return tuple(_with_zero_width(stages, closed, formula))


def _envelope(heights: Array, contents: Array, floor: float) -> tuple[list[int], list[float]]:
    """Lines heights + V contents that are lowest somewhere above a voltage, and where they cross.

    The lines come in the order of falling content. Lines of equal content are one stage; a line
    that is lowest on less than a sliver is dropped and its neighbours cross instead.
    """
    kept: list[int] = []
    events: list[float] = []
    for k in range(len(heights)):
        if kept and contents[kept[-1]] - contents[k] < SAME_CONTENT:
            continue
        while kept:
            last = kept[-1]
            event = float((heights[k] - heights[last]) / (contents[last] - contents[k]))
            if event > (events[-1] if events else floor) + SAME_VOLTAGE:
                events.append(event)
                break
            kept.pop()
            if events:
                events.pop()
        kept.append(k)
    return kept, events


def _with_zero_width(stages: list[Stage], closed: Pool, formula: Formula) -> list[Stage]:
    """Split the step that passes the compound's own content: its window has zero width there."""
    for k in range(1, len(stages)):
        before, after = stages[k - 1], stages[k]
        passes = before.carriers > SAME_CONTENT and after.carriers < -SAME_CONTENT
        if passes and after.energy >= -STABLE * float(formula.n_atoms):
            _, basis, amounts = closed.hull(formula)
            reaction = closed.reaction(
                [formula], basis, amounts, SAME_COMPOSITION, 1.0, closed.elements
            )
            point = Stage(
                low=after.low, high=after.low, carriers=0.0, reaction=reaction, energy=0.0
            )
            return [*stages[:k], point, *stages[k:]]
    return stages
