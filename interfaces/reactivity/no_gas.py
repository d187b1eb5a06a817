r"""Lower bound of the reactivity: mixing curve without gaseous products.

Gas evolution may be kinetically hindered, so that the energy of a calculated reaction may be due to
a gas that does not form. The bound excludes gases and water from the products and lets each
reactant remain unreacted, with its energy. Fewer products never lower a hull, so the total
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

    Parameters
    ----------
    phase_set : energies of the candidate products [eV/atom].
    reactant_1 : first reactant; mixing fractions count its atoms.
    reactant_2 : second reactant.
    open_elements : elements exchanged with a reservoir at a fixed chemical potential.

    Returns
    -------
    MixingCurve
        The curve without gaseous products; its total energy is never positive.

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
    """The lowest total of :func:`no_gas_curve`: the bound of a pair, in the curve's basis.

    Parameters
    ----------
    phase_set : energies of the candidate products [eV/atom].
    reactant_1 : first reactant; mixing fractions count its atoms.
    reactant_2 : second reactant.
    open_elements : elements exchanged with a reservoir at a fixed chemical potential.

    Returns
    -------
    Kink
        The kink of lowest total energy, 0 or negative.
    """
    without, first, second = _without_gases(phase_set, reactant_1, reactant_2)
    return lowest_kink(without, first, second, open_elements)


def _without_gases(
    phase_set: PhaseSet, reactant_1: Reactant, reactant_2: Reactant
) -> tuple[PhaseSet, Reactant, Reactant]:
    without = phase_set.without(excluded([GASES_WORD]))
    return without, _may_remain(without, reactant_1), _may_remain(without, reactant_2)


def _may_remain(without: PhaseSet, reactant: Reactant) -> Reactant:
    """The reactant, placed against the hull without gases: below it, it joins the candidates."""
    return replace(
        reactant, energy_above_hull=reactant.energy - without.hull_energy(reactant.formula)
    )
