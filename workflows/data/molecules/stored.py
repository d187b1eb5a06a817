"""Calculations of molecules as stored, and measured enthalpies of gases (``chemicals``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interfaces.chemistry.formulas import Formula
from workflows.io.checksums import read_lines
from workflows.schemas.molecule_definition import Molecule


def stored(path: Path) -> dict[str, dict[str, Any]]:
    """Read the stored calculations.

    Parameters
    ----------
    path : JSON lines, one molecule a line; may not exist yet.

    Returns
    -------
    dict
        Name -> calculation.
    """
    return {row["name"]: row for row in read_lines(path)}


def published(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Take the calculations out of a data file, as far as its summary needs them.

    Parameters
    ----------
    data : content of the data file; energies in eV, rounded to 0.01 meV.

    Returns
    -------
    dict
        Name -> calculation without geometry.
    """
    rows = {}
    for record in data["molecules"]:
        amounts = Formula.parse(record["formula"]).amounts
        symbols = [symbol for symbol, count in amounts for _ in range(int(count))]
        kept = ("name", "energy_pbe", "thermal_enthalpy", "lowest_wavenumber")
        rows[record["name"]] = {"symbols": symbols} | {key: record[key] for key in kept}
    return rows


#: Tables of the package ``chemicals``, first one that lists the gas counts.
EXPERIMENT_SOURCES = {
    "ATCT_G": "Active Thermochemical Tables",
    "CRC": "CRC Handbook of Chemistry and Physics",
    "JANAF": "NIST-JANAF Thermochemical Tables",
    "WEBBOOK": "NIST Chemistry WebBook",
}


@dataclass(frozen=True)
class Experiment:
    """Gas-phase formation enthalpy at 298.15 K [kJ/mol] and the table that lists it."""

    enthalpy: float
    source: str


def get_experiments(molecules: Iterable[Molecule]) -> dict[str, Experiment]:
    """Look up measured gases in the tables of the package ``chemicals``.

    The first of ``EXPERIMENT_SOURCES`` that lists a gas counts; no value is averaged or edited.

    Parameters
    ----------
    molecules : with CAS numbers.

    Returns
    -------
    dict
        Name -> formation enthalpy at 298.15 K [kJ/mol] with its source.
    """
    from chemicals.reaction import Hfg, Hfg_methods

    experiments = {}
    for molecule in molecules:
        if not molecule.cas or molecule.role == "target":
            continue
        listed = Hfg_methods(molecule.cas)
        source = next((name for name in EXPERIMENT_SOURCES if name in listed), None)
        if source is None:
            raise LookupError(f"no experiment for {molecule.name} ({molecule.cas}) in {listed}")
        value = float(Hfg(molecule.cas, method=source)) / 1000.0
        experiments[molecule.name] = Experiment(round(value, 2), source)
    return experiments
