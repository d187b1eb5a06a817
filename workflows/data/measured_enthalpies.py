"""Measured enthalpies of ``inputs/measured`` in place of computed ones."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Literal

from interfaces.chemistry.formulas import Formula
from interfaces.phases.measured import (
    GroupFit,
    MeasuredPhase,
    Species,
    fit_groups,
    with_measured,
)
from interfaces.phases.phase_set import PhaseSet
from workflows.data.phase_sets import read_phases
from workflows.io.readers import read_text
from workflows.io.resources import inputs

if TYPE_CHECKING:
    from pathlib import Path

Correction = Literal["measured"]  #: of energies, beyond those of the set

#: Tables of the package ``chemicals`` that the values come from.
SOURCES = {
    "ATCT_G": "Active Thermochemical Tables 1.112, gas (doi 10.1088/1742-6596/16/1/078)",
    "ATCT_L": "Active Thermochemical Tables 1.112, liquid (doi 10.1088/1742-6596/16/1/078)",
    "CRC": "CRC Handbook of Chemistry and Physics, edited by W. M. Haynes (2014)",
    "JANAF": "NIST-JANAF Thermochemical Tables (1998)",
    "WEBBOOK": "NIST Chemistry WebBook (doi 10.18434/T4M88Q)",
}


@cache
def measured_species() -> tuple[Species, ...]:
    """Every substance of the table with its phases."""
    rows: dict[str, list[Mapping[str, str]]] = {}
    text = read_text(inputs() / "measured" / "species.csv")
    for row in csv.DictReader(io.StringIO(text)):
        rows.setdefault(row["formula"], []).append(row)
    return tuple(
        Species(
            formula=Formula.parse(formula),
            name=phases[0]["name"],
            phases=tuple(map(_phase, phases)),
        )
        for formula, phases in rows.items()
    )


def _phase(row: Mapping[str, str]) -> MeasuredPhase:
    return MeasuredPhase(
        phase=row["phase"],  # type: ignore[arg-type]
        standard=row["standard"] == "yes",
        enthalpy=float(row["enthalpy_kj_per_mol"]),
        uncertainty=_number(row["uncertainty_kj_per_mol"]),
        source=row["enthalpy_source"],
        entropy=_number(row["entropy_j_per_mol_k"]),
        heat_capacity=_number(row["heat_capacity_j_per_mol_k"]),
    )


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def fits_of(phases: str | Path | PhaseSet, scheme: str | None = None) -> tuple[GroupFit, ...]:
    """Corrections per group, fitted to every measured salt of a set, whatever elements are needed.

    Parameters
    ----------
    phases : a set, or what :func:`workflows.data.phase_sets.read_phases` reads.
    scheme : name for the functional and corrections of a file.
    """
    if isinstance(phases, PhaseSet):
        return fit_groups(phases, measured_species())
    return _fits(str(phases), scheme)


@cache
def _fits(phases: str, scheme: str | None) -> tuple[GroupFit, ...]:
    return fit_groups(read_phases(phases, measured_elements(), scheme), measured_species())


def measured_elements() -> set[str]:
    """Elements of all substances of the table."""
    return {symbol for species in measured_species() for symbol in species.formula.elements}


def corrected(phase_set: PhaseSet, fits: tuple[GroupFit, ...]) -> PhaseSet:
    """The set with the measured values of the table; see :func:`with_measured`."""
    return with_measured(phase_set, measured_species(), fits)
