r"""The least that a pair reacts: its curve where nothing gaseous may form.

Gases nucleate, diffuse and leave more slowly than solids grow, so that a calculated reaction may
owe its energy to a gas that does not come. The bound leaves gases and water out of the products and
lets each reactant remain as it is, with its energy. Fewer products never lower a hull, so the total
can only rise, and as the reactants may remain it is never above zero:

.. math:: \Delta E(x) \le \Delta E_\mathrm{no\ gas}(x) \le 0 .

The mutual energy may move either way, as its chord between the two ends moves too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.products import GASES_WORD, excluded
from interfaces.phases.reactants import Reactant
from interfaces.phases.reservoirs import OpenElement
from interfaces.reactivity.mixing_curve import Kink, MixingCurve, lowest_kink, mixing_curve


def no_gas_curve(
    phase_set: PhaseSet,
    reactant_1: Reactant,
    reactant_2: Reactant,
    open_elements: Sequence[OpenElement] = (),
) -> MixingCurve:
    """The curve of a pair where no gas and no water may form and the reactants may remain.

    An open element is given and taken whatever its state, so open to oxygen O2 still passes.

    Examples
    --------
    >>> from interfaces.phases.reactants import reactant
    >>> phases = PhaseSet.from_rows(
    ...     [("a", "Li", 0.0), ("b", "C", 0.0), ("c", "O2", 0.0), ("d", "CO2", -1.5),
    ...      ("e", "Li2O", -2.0), ("f", "Li2O2", -1.0)], scheme="made up")
    >>> pair = reactant(phases, "Li2O2"), reactant(phases, "C")
    >>> from interfaces.reactivity.mixing_curve import mixing_curve
    >>> for curve in (mixing_curve(phases, *pair), no_gas_curve(phases, *pair)):
    ...     print(curve.minimum_total.reaction, round(curve.minimum_total.total, 3))
    2 Li2O2 + C -> CO2 + 2 Li2O -0.944
    C -> C 0.0
    """
    without, first, second = _without_gases(phase_set, reactant_1, reactant_2)
    return mixing_curve(without, first, second, open_elements=open_elements)


def no_gas_minimum(
    phase_set: PhaseSet,
    reactant_1: Reactant,
    reactant_2: Reactant,
    open_elements: Sequence[OpenElement] = (),
) -> Kink:
    """The lowest total of :func:`no_gas_curve`: the bound of a pair, in the curve's basis."""
    without, first, second = _without_gases(phase_set, reactant_1, reactant_2)
    return lowest_kink(without, first, second, open_elements)


def _without_gases(
    phase_set: PhaseSet, reactant_1: Reactant, reactant_2: Reactant
) -> tuple[PhaseSet, Reactant, Reactant]:
    without = phase_set.without(excluded([GASES_WORD]))
    return without, _may_remain(without, reactant_1), _may_remain(without, reactant_2)


def _may_remain(without: PhaseSet, one: Reactant) -> Reactant:
    """The reactant, placed against the hull without gases: below it, it joins the candidates."""
    return replace(one, energy_above_hull=one.energy - without.hull_energy(one.formula))
