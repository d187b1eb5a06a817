"""Molecules to calculate, reactions and repeat units: ``inputs/molecules/definitions.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from workflows.io.readers import read_yaml
from workflows.io.resources import inputs
from workflows.schemas.molecule_definition import Molecule

Sides = Mapping[str, Fraction]  #: molecule -> coefficient, products positive, reactants negative


@dataclass(frozen=True)
class Route:
    """A way to make a target from entries of a phase set (formula, molecule, coefficient)."""

    name: str
    label: str
    target: str
    formula: str
    references: tuple[tuple[str, str, Fraction], ...]
    default: bool
    note: str
    condensation: tuple[float, float] | None = None


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


def _sides(row: Mapping[str, Any]) -> Sides:
    return {name: Fraction(coefficient) for name, coefficient in row.items()}


def _molecule(row: Mapping[str, Any]) -> Molecule:
    return Molecule(**{**row, "start": tuple(map(tuple, row.get("start", ())))})


def _route(row: Mapping[str, Any]) -> Route:
    references = row["references"].items()
    return Route(
        **{"default": False, **row}
        | {"references": tuple((formula, name, Fraction(nu)) for formula, (name, nu) in references)}
        | ({"condensation": tuple(row["condensation"])} if "condensation" in row else {})
    )


def _unit(row: Mapping[str, Any]) -> Unit:
    return Unit(**{**row, **{key: _sides(row[key]) for key in ("parts", "used", "beside")}})


_FILE = read_yaml(inputs() / "molecules" / "definitions.yaml")
MOLECULES: tuple[Molecule, ...] = tuple(map(_molecule, _FILE["molecules"]))
#: Reactions with like bonds on both sides: their errors are those of the ECA check.
ISODESMIC: tuple[Sides, ...] = tuple(map(_sides, _FILE["isodesmic"]))
ECA_ISODESMIC: Sides = _sides(_FILE["eca_isodesmic"])
ECA_ISODESMIC_ACRYLATE: Sides = _sides(_FILE["eca_isodesmic_acrylate"])
#: One small molecule per element: each training molecule reacts to these in one way only.
SMALL_MOLECULES: tuple[str, ...] = tuple(_FILE["small_molecules"])
#: Condensation energy at 0 K without vibrations, its error [kJ/mol], and where it is from.
CONDENSATION: dict[str, tuple[float, float, str]] = {
    name: (value, error, source) for name, (value, error, source) in _FILE["condensation"].items()
}
ROUTES: tuple[Route, ...] = tuple(map(_route, _FILE["routes"]))
UNITS: tuple[Unit, ...] = tuple(map(_unit, _FILE["units"]))
#: Oligomers of PEO by length; each minus the one before is a repeat unit.
OLIGOMERS: tuple[str, ...] = tuple(_FILE["oligomers"])
#: Measured reactions with the bonds and mostly the groups of the units on both sides.
TESTS: tuple[Sides, ...] = tuple(map(_sides, _FILE["tests"]))
#: The same where the listed enthalpy is not trusted.
DOUBTFUL_TESTS: tuple[Sides, ...] = tuple(map(_sides, _FILE["doubtful_tests"]))

ECA = "ethyl cyanoacrylate"
LITFSI = "lithium bis(trifluoromethanesulfonyl)imide"
PEO = "PEO repeat unit"
#: Assumed error of the QC energy of the salt exchange [kJ/mol]; no experiment exists to check.
EXCHANGE_ERROR = 15.0
#: Floor for a formation enthalpy of LiTFSI [kJ/mol]: no S-N bond, no imide is in the fit.
LITFSI_ERROR = 40.0
