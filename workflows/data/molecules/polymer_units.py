"""Repeat units of polymers: differences of oligomers, and their reference reactions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from interfaces.chemistry.formulas import Formula
from workflows.data.molecules.definitions import OLIGOMERS, PEO, TESTS, UNITS, Sides, Unit
from workflows.data.molecules.element_fit import (
    ElementFit,
    enthalpy_by_reaction,
    equation,
    molar_enthalpy,
    reaction_change,
    root_mean_square,
)
from workflows.data.molecules.stored import Experiment

Rows = Mapping[str, Mapping[str, Any]]


def unit_rows(rows: Rows) -> dict[str, dict[str, Any]]:
    """Calculations of the repeat units: sums over their molecules.

    Parameters
    ----------
    rows : calculations by name; energies in eV.

    Raises
    ------
    LookupError
        If a molecule of a unit has not been calculated.
    """
    needed = {name for unit in UNITS for name in (*unit.parts, *unit.used, *unit.beside)}
    if missing := sorted((needed | set(OLIGOMERS)) - set(rows) - {unit.name for unit in UNITS}):
        raise LookupError(f"not calculated yet: {', '.join(missing)}")
    made = {}
    for unit in UNITS:
        amounts = Formula.parse(unit.formula).amounts
        made[unit.name] = {
            "symbols": [symbol for symbol, count in amounts for _ in range(int(count))],
            **{
                key: reaction_change(unit.parts, {part: rows[part][key] for part in unit.parts})
                for key in ("energy_pbe", "thermal_enthalpy")
            },
        }
    return made


def reaction_errors(
    rows: Rows, experiments: Mapping[str, Experiment], reactions: tuple[Sides, ...] = TESTS
) -> dict[str, float]:
    """Calculated minus measured enthalpies of reactions.

    Parameters
    ----------
    rows : calculations by name; energies in eV.
    experiments : measured formation enthalpies [kJ/mol] by name.
    reactions : with measured molecules only.

    Returns
    -------
    dict
        Equation -> error [kJ/mol].
    """
    error = {
        name: molar_enthalpy(rows[name]) - experiments[name].enthalpy
        for sides in reactions
        for name in sides
    }
    return {equation(sides): reaction_change(sides, error) for sides in reactions}


def by_length(rows: Rows, experiments: Mapping[str, Experiment]) -> list[float]:
    """Formation enthalpies of the PEO unit from pairs of successive oligomers.

    Parameters
    ----------
    rows : calculations by name; energies in eV.
    experiments : measured formation enthalpies [kJ/mol] by name.

    Returns
    -------
    list of float
        [kJ/mol], the longest oligomer last.
    """
    unit = UNITS[0]
    enthalpies = []
    for shorter, longer in pairwise(OLIGOMERS):
        row = {
            key: rows[longer][key] - rows[shorter][key]
            for key in ("energy_pbe", "thermal_enthalpy")
        }
        enthalpies.append(
            enthalpy_by_reaction(unit.name, unit.used, {**rows, unit.name: row}, experiments)
        )
    return enthalpies


def formation_enthalpy(
    unit: Unit, rows: Rows, experiments: Mapping[str, Experiment]
) -> tuple[float, float, float]:
    """Formation enthalpy of a unit in its gas-phase chain.

    The error combines the RMS of ``TESTS``, half the difference of the two reactions, the effect of
    neighbouring units, and for PEO the difference of the last two lengths.

    Parameters
    ----------
    unit : repeat unit.
    rows : calculations by name; energies in eV.
    experiments : measured formation enthalpies [kJ/mol] by name.

    Returns
    -------
    tuple of float
        Formation enthalpy, its error, and the value from the other reaction [kJ/mol].
    """
    used = enthalpy_by_reaction(unit.name, unit.used, rows, experiments)
    beside = enthalpy_by_reaction(unit.name, unit.beside, rows, experiments)
    like = root_mean_square(reaction_errors(rows, experiments).values())
    scatter = 0.0
    if unit.name == PEO:
        lengths = by_length(rows, experiments)
        scatter = lengths[-1] - lengths[-2]
    error = math.hypot(like, (used - beside) / 2.0, unit.neighbours, scatter)
    return used, error, beside


def unit_record(
    unit: Unit, rows: Rows, experiments: Mapping[str, Experiment], fit: ElementFit
) -> dict[str, Any]:
    """Record of a unit in the data file.

    Parameters
    ----------
    unit : repeat unit.
    rows : calculations by name; energies in eV.
    experiments : measured formation enthalpies [kJ/mol] by name.
    fit : element energies, for comparison.

    Returns
    -------
    dict
        Enthalpies in kJ/mol.
    """
    used, error, beside = formation_enthalpy(unit, rows, experiments)
    fitted, fit_error = fit.formation_enthalpy(rows[unit.name])
    record: dict[str, Any] = {
        "best": round(used, 1),
        "error": round(error, 1),
        "by": equation(unit.used),
        "beside": round(beside, 1),
        "beside_by": equation(unit.beside),
        "element_fit": round(fitted, 1),
        "element_fit_error": round(fit_error, 1),
        "parts": {name: str(nu) for name, nu in unit.parts.items()},
        "note": unit.note,
    }
    if unit.name == PEO:
        record["by_length"] = [round(value, 1) for value in by_length(rows, experiments)]
    return record
