"""Energies of any calculator on a phase set: differences from references that both hold.

``E(target) = sum nu E_set(reference) + [E_calc(target) - sum nu E_calc(reference)]``. The
references are calculated with the same Maker as the target; the set supplies the rest. With the
elements as references these are plain formation energies.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from interfaces.chemistry.formulas import Formula
from interfaces.errors import InputError, ReactantError
from interfaces.phases.layered_cathodes import (
    METALS,
    Anchor,
    LayeredOxide,
    anchored_energy,
    end_members,
)
from interfaces.phases.phase_set import PhaseSet

if TYPE_CHECKING:
    from pymatgen.core import Structure

    from workflows.jobs.orderings import RelaxedStructure

EXACT = 1e-6  #: atomic fraction; a balance leaves no more over


def coefficients(target: Formula, references: Sequence[Formula]) -> dict[str, Fraction]:
    """Return how much of each reference makes a target.

    Parameters
    ----------
    target : formula.
    references : formulas; the balance is unique, or it is x LiMO2 + (1 - x) MO2 for each metal of a
        layered oxide of Ni, Co and Mn.

    Raises
    ------
    InputError
        If the references do not make the target, or in more than one way.

    Examples
    --------
    >>> halves = coefficients(Formula.parse("Li0.5CoO2"), [*map(Formula.parse, ("LiCoO2", "CoO2"))])
    >>> {name: str(nu) for name, nu in halves.items()}
    {'LiCoO2': '1/2', 'CoO2': '1/2'}
    """
    import numpy as np

    names = [reference.text for reference in references]
    symbols = sorted({s for formula in (target, *references) for s in formula.elements})
    table = np.array([[float(dict(r.amounts).get(s, 0)) for r in references] for s in symbols])
    wanted = np.array([float(dict(target.amounts).get(s, 0)) for s in symbols])
    amounts, _, rank, _ = np.linalg.lstsq(table, wanted, rcond=None)
    balanced = np.abs(table @ amounts - wanted).max() < EXACT
    if balanced and rank == len(names):
        return {
            name: Fraction(float(nu)).limit_denominator(10_000)
            for name, nu in zip(names, amounts, strict=True)
        }
    by_text = {reference.reduced.text: reference.text for reference in references}
    try:
        terms = end_members(LayeredOxide.of(target)) if balanced else ()
    except ReactantError:
        terms = ()
    by_reference = {by_text.get(Formula.parse(name).reduced.text): nu for name, nu in terms}
    if not by_reference or None in by_reference:
        how = "in more than one way" if balanced else "in no way"
        raise InputError(
            f"the references {', '.join(names)} make {target} {how}; give compounds of known "
            "structure that do it in one, such as LiCoO2 and CoO2 for Li0.5CoO2"
        )
    return {name: nu for name, nu in by_reference.items() if name is not None}


def anchors(
    target: Formula, calculated: Sequence[RelaxedStructure], phase_set: PhaseSet
) -> tuple[Anchor, ...]:
    """Return the references of a target with their energies on both scales.

    Parameters
    ----------
    target : formula.
    calculated : references of the Maker.
    phase_set : has an own entry of each.

    Raises
    ------
    InputError, NoOwnEntryError
        As :func:`coefficients`; if the set lacks a reference.
    """
    energies = {Formula.parse(cell.formula).text: cell for cell in calculated}
    chosen = []
    for name, nu in coefficients(target, [*map(Formula.parse, energies)]).items():
        row = phase_set.own_entry(Formula.parse(name))
        chosen.append(
            Anchor(
                formula=name,
                coefficient=nu,
                set_id=phase_set.ids[row],
                set_energy=float(phase_set.energies[row]),
                calculated_id=energies[name].calculator,
                calculated_energy=energies[name].energy,
            )
        )
    return tuple(chosen)


def check_references(
    targets: Sequence[Formula], references: Sequence[Formula], phase_set: PhaseSet
) -> None:
    """Refuse references that do not make each target or that the set lacks.

    Raises
    ------
    InputError, NoOwnEntryError
        In one line.
    """
    for target in targets:
        coefficients(target, references)
    for reference in references:
        phase_set.own_entry(reference)


def layered_references(target: Formula) -> dict[str, Structure]:
    """Return O3 cells of LiMO2 and MO2 for each metal of a layered oxide of Ni, Co and Mn.

    Parameters
    ----------
    target : formula.

    Raises
    ------
    ReactantError
        If it is none.
    """
    from interfaces.delithiation import host, structure, supercell

    shapes = {"Co": host("LiCoO2"), "Ni": host("LiNiO2"), "Mn": host("LiNiO2")}
    structures = {}
    for metal, _ in LayeredOxide.of(target).metals:
        assert metal in METALS
        owner = shapes[metal]
        cell = supercell(owner.framework, 1)
        for x, name in ((1.0, f"Li{metal}O2"), (0.0, f"{metal}O2")):
            structures[name] = structure(cell, owner.shape(x), [metal], [0] if x else [])
    return structures


__all__ = [
    "anchored_energy",
    "anchors",
    "check_references",
    "coefficients",
    "layered_references",
]
