r"""Volume change of the solid phases in a reaction.

.. math:: \Delta V / V = \Big(\sum_\mathrm{solid\ products} n V - \sum_\mathrm{solid\ reactants}
    n V\Big) \Big/ \sum_\mathrm{solid\ reactants} n V

with V the volume of a formula unit as calculated for the phase that the energy belongs to. Gases
and water, which leave, and what reservoirs exchange have no volume here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.reactions import Reaction, Side
from interfaces.phases.products import volatile

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
