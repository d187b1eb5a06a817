"""Repeat units of polymers: differences of oligomers, and their reference reactions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from interfaces.chemistry.formulas import Formula
from workflows.data.molecules.definitions import Route, Sides
from workflows.data.molecules.element_fit import (
    ElementFit,
    enthalpy_by_reaction,
    equation,
    molar_enthalpy,
    reaction_change,
    root_mean_square,
)
from workflows.data.molecules.experiments import Experiment

Rows = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Unit:
    """A repeat unit: ``formula`` as the sum of ``parts`` (molecule -> coefficient).

    ``used`` and ``beside`` are reactions with measured gases that give its formation enthalpy;
    half their difference is part of its error. ``neighbours`` [kJ/mol] is the assumed error from
    what units of one chain do to each other and the model does not hold.
    """

    name: str
    label: str
    formula: str
    parts: Sides
    used: Sides
    beside: Sides
    neighbours: float
    note: str


def sides(values: Mapping[str, int]) -> Sides:
    """Exact stoichiometric coefficients.

    Parameters
    ----------
    values : whole numbers, negative for reactants.
    """
    return {name: Fraction(value) for name, value in values.items()}


PEO = "PEO repeat unit"
PEGDA = "PEGDA repeat unit"
POLY_ECA = "polyECA repeat unit"

UNITS: tuple[Unit, ...] = (
    Unit(
        PEO,
        "PEO",
        "C2H4O",
        sides({"triglyme": 1, "diglyme": -1}),
        sides({PEO: -1, "diethyl ether": -1, "1,2-diethoxyethane": 1}),
        sides({PEO: -1, "ethane": -1, "diethyl ether": 1}),
        0.0,
        "CH2CH2O inside a helical chain, triglyme minus diglyme",
    ),
    Unit(
        PEGDA,
        "PEGDA",
        "C8H10O4",
        sides({"ethylene glycol bis(2-methylpropanoate)": 1, "propane": 2, "ethane": -4}),
        sides(
            {
                PEGDA: -1, "ethane": -4, "diethyl ether": -2,
                "ethyl propanoate": 2, "isobutane": 2, "1,2-diethoxyethane": 1,
            }
        ),
        sides(
            {
                PEGDA: -1, "ethane": -4, "methane": -2, "diethyl ether": -2,
                "ethyl acetate": 2, "propane": 4, "1,2-diethoxyethane": 1,
            }
        ),
        10.0,
        "ethylene glycol diacrylate (n = 1) with both C=C polymerised: the cross-linked end; each "
        "further CH2CH2O adds one PEO unit",
    ),
    Unit(
        POLY_ECA,
        "polyECA",
        "C6H7NO2",
        sides({"ethyl 2-cyano-2-methylpropanoate": 1, "propane": 1, "ethane": -2}),
        sides(
            {
                POLY_ECA: -1, "ethane": -2, "neopentane": -1, "methyl acetate": -1,
                "methyl pivalate": 1, "pivalonitrile": 1, "ethyl acetate": 1, "propane": 1,
            }
        ),
        sides({POLY_ECA: -1, "ethane": -2, "ethyl propanoate": 1, "pivalonitrile": 1}),
        20.0,
        "ECA polymerised at its C=C; strain between neighbours along the chain is left out, so the "
        "unit comes out too stable, by as much as the error",
    ),
)  # fmt: skip

#: Oligomers of PEO by length; each minus the one before is a repeat unit.
OLIGOMERS = ("dimethyl ether", "1,2-dimethoxyethane", "diglyme", "triglyme")

#: Measured reactions with the bonds and mostly the groups of the units on both sides.
TESTS: tuple[Sides, ...] = tuple(
    sides(one)
    for one in (
        {"dimethyl ether": -1, "ethane": -2, "diethyl ether": 1, "methane": 2},
        {"1,2-diethoxyethane": -1, "ethane": -1, "diethyl ether": 2},
        {"isobutane": -1, "ethane": -1, "propane": 2},
        {"neopentane": -1, "ethane": -2, "propane": 3},
        {"ethyl propanoate": -1, "ethane": -1, "ethyl acetate": 1, "propane": 1},
        {"methyl pivalate": -1, "ethane": -1, "methyl acetate": 1, "neopentane": 1},
        {"pivalonitrile": -1, "propane": -1, "propionitrile": 1, "neopentane": 1},
    )
)
#: The same where the listed enthalpy is not trusted.
DOUBTFUL_TESTS: tuple[Sides, ...] = tuple(
    sides(one)
    for one in (
        {
            "1,2-dimethoxyethane": -1, "diethyl ether": -1,
            "1,2-diethoxyethane": 1, "dimethyl ether": 1,
        },
        {"diglyme": -1, "diethyl ether": -2, "1,2-diethoxyethane": 2, "dimethyl ether": 1},
    )
)  # fmt: skip

_FEDORS = "minus the cohesive energy of its groups (doi 10.1002/pen.760140211), 20 %"
#: Of a unit inside the liquid or glass; like ``targets.CONDENSATION``, by the unit's name.
CONDENSATION: dict[str, tuple[float, float, str]] = {
    PEO: (
        -15.9,
        4.0,
        "melt: vaporisation of 1,2-diethoxyethane minus diethyl ether (CRC Handbook); the groups "
        "give 13.2; the crystal lies 9.5 kJ/mol lower (heat of fusion)",
    ),
    PEGDA: (-62.6, 12.5, "network: " + _FEDORS),
    POLY_ECA: (-59.6, 12.0, "glass: " + _FEDORS),
    "H2": (0.0, 2.0, "the set's H2 is its zero and stands for the gas"),
}


def _references(**amounts: str) -> tuple[tuple[str, str, Fraction], ...]:
    names = {
        "CO2": "carbon dioxide", "CH4": "methane", "NH3": "ammonia", "H2O": "water",
        "N2": "nitrogen", "H2": "hydrogen",
    }  # fmt: skip
    return tuple((symbol, names[symbol], Fraction(nu)) for symbol, nu in amounts.items())


_SMALL = "closed on small molecules"
_NO_WATER = "oxygen from CO2 alone, hydrogen from the element"
ROUTES: tuple[Route, ...] = tuple(
    Route(", ".join(one), unit.label, unit.name, unit.formula, _references(**one), first, note)
    for unit, first, note, one in (
        (UNITS[0], True, _SMALL, {"CO2": "3/4", "CH4": "5/4", "H2O": "-1/2"}),
        (UNITS[0], False, _NO_WATER, {"CO2": "1/2", "CH4": "3/2", "H2": "-1"}),
        (UNITS[1], True, _SMALL, {"CO2": "15/4", "CH4": "17/4", "H2O": "-7/2"}),
        (UNITS[1], False, _NO_WATER, {"CO2": "2", "CH4": "6", "H2": "-7"}),
        (UNITS[2], True, _SMALL, {"CO2": "3", "CH4": "3", "NH3": "1", "H2O": "-4"}),
        (
            UNITS[2], False, "nitrogen from the element",
            {"CO2": "21/8", "CH4": "27/8", "N2": "1/2", "H2O": "-13/4"},
        ),
    )
)  # fmt: skip


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
