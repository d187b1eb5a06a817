"""From words to a curve: names, formulas and options in, one result out."""

from __future__ import annotations

from interfaces.errors import ReactantError
from interfaces.formulas import chemical_system
from interfaces.mixing import MixingCurve, mixing_curve
from interfaces.uptake import UptakeCurve, uptake_curve
from workflows.conditions import CLOSED, Conditions, reservoirs
from workflows.questions import Source, candidates, placed, provenance
from workflows.systems import find_system


def compute_curve(
    reactant_1: str, reactant_2: str, source: Source | None = None, conditions: Conditions = CLOSED
) -> MixingCurve:
    """Curve of two reactants given by formula or name, closed or open to elements."""
    source = source or Source()
    conditions.check()
    systems = find_system(reactant_1), find_system(reactant_2)
    formulas = [system.formula for system in systems]
    if formulas[0].same_composition(formulas[1]):
        raise ReactantError(
            f"both reactants are {formulas[0].reduced}; a mixing curve needs two compositions"
        )
    elements = {*chemical_system(formulas), *conditions.symbols}
    phase_set = candidates(source, elements, conditions)
    first, second = placed(phase_set, systems, (reactant_1, reactant_2), source)
    return mixing_curve(
        phase_set,
        first,
        second,
        open_elements=reservoirs(conditions, phase_set),
        provenance=provenance(phase_set, elements, source, conditions),
    )


def open_reactant(reactant_1: str, reactant_2: str, conditions: Conditions) -> int | None:
    """Which reactant (0 or 1) is itself open, so that the question is one of uptake."""
    crossing = set(conditions.symbols)
    formulas = [find_system(text).formula for text in (reactant_1, reactant_2)]
    return next((i for i, f in enumerate(formulas) if set(f.elements) <= crossing), None)


def compute_uptake(
    compound: str, element: str, source: Source | None = None, conditions: Conditions = CLOSED
) -> UptakeCurve:
    """Energy of a compound against its uptake of the one element that is open."""
    source = source or Source()
    conditions.check()
    if len(conditions.symbols) > 1 or len(find_system(element).formula.elements) > 1:
        raise ReactantError(
            f"{element} is open; uptake is followed for one open element at a time, "
            f"found {' '.join(conditions.symbols)}"
        )
    system = find_system(compound)
    elements = {*system.formula.elements, *conditions.symbols}
    phase_set = candidates(source, elements, conditions)
    (one,) = placed(phase_set, [system], [compound], source)
    (opened,) = reservoirs(conditions, phase_set)
    return uptake_curve(
        phase_set, one, opened, provenance=provenance(phase_set, elements, source, conditions)
    )
