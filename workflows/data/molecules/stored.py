"""Stored calculations of molecules: JSON lines, and the bundled data file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from interfaces.chemistry.formulas import Formula
from workflows.io.jsonl import read_lines


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
