"""Deviations from published formation energies, by chemistry and by element."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from interfaces.chemistry.formulas import Formula
from workflows.datasets.references import percentiles

#: What a chemistry is called when it contains these; the first that fits.
CHEMISTRIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("sulfate", ("S", "O")), ("phosphate", ("P", "O")), ("carbonate", ("C", "O")),
    ("Co oxide", ("Co", "O")), ("Ni oxide", ("Ni", "O")), ("Mn oxide", ("Mn", "O")),
    ("Fe oxide", ("Fe", "O")), ("V, Cr, Mo or W oxide", ("V", "O")),
    ("V, Cr, Mo or W oxide", ("Cr", "O")), ("V, Cr, Mo or W oxide", ("Mo", "O")),
    ("V, Cr, Mo or W oxide", ("W", "O")), ("hydroxide or hydrate", ("H", "O")),
    ("other oxide", ("O",)), ("thiophosphate", ("P", "S")), ("sulfide", ("S",)),
    ("fluoride", ("F",)), ("chloride", ("Cl",)), ("bromide or iodide", ("Br",)),
    ("bromide or iodide", ("I",)), ("nitride", ("N",)), ("selenide", ("Se",)),
    ("carbide", ("C",)), ("phosphide", ("P",)), ("hydride", ("H",)),
)  # fmt: skip


def chemistry(formula: Formula) -> str:
    """Name of the chemistry that a formula is counted under.

    Examples
    --------
    >>> chemistry(Formula.parse("LiCoO2")), chemistry(Formula.parse("Co3Ni"))
    ('Co oxide', 'intermetallic')
    """
    present = set(formula.elements)
    return next((name for name, needed in CHEMISTRIES if present >= set(needed)), "intermetallic")


def by_chemistry(
    records: Mapping[str, Mapping[str, Any]], errors: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    """Chemistry -> rows, bias, mean, median and p90 of the deviations [meV/atom], most rows first.

    Parameters
    ----------
    errors : id -> ours minus published [eV/atom].
    """
    groups: dict[str, list[float]] = {}
    for identifier, error in errors.items():
        name = chemistry(Formula.parse(records[identifier]["formula"]))
        groups.setdefault(name, []).append(error)
    return _tabulated(groups)


def by_element(
    records: Mapping[str, Mapping[str, Any]], errors: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    """Element -> the same for the compounds that contain it."""
    groups: dict[str, list[float]] = {}
    for identifier, error in errors.items():
        for element in Formula.parse(records[identifier]["formula"]).elements:
            groups.setdefault(element, []).append(error)
    return _tabulated(groups)


def _tabulated(groups: Mapping[str, list[float]]) -> dict[str, dict[str, float]]:
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return {name: percentiles(errors) for name, errors in ordered}
