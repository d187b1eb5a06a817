"""Curves whose energies count the same atoms, and what their plots share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interfaces.phases.reservoirs import nonopen
from workflows.report.read_run import ReportedRun

PARTS = ("total", "mutual")


@dataclass(frozen=True)
class Basis:
    """The curves whose energies count the same atoms.

    Attributes
    ----------
    opened : symbols of the open elements; empty is closed.
    columns : places of the second reactants in the run.
    """

    opened: tuple[str, ...]
    columns: tuple[int, ...]

    @property
    def name(self) -> str:
        """Name of the panel."""
        return "-".join(["curves", *self.opened])

    @property
    def unit(self) -> str:
        """Unit of the energies."""
        return f"eV per {nonopen(self.opened)} atom" if self.opened else "eV/atom"

    @property
    def fraction(self) -> str:
        """Key of the fraction in which the curves are straight."""
        return "nonopen_fraction" if self.opened else "mixing_fraction"

    def energies(self, result: Mapping[str, Any], part: str) -> list[float]:
        """Energies of the kinks of a curve."""
        word, atom = ("reaction" if part == "total" else part), "nonopen_atom"
        key = f"{word}_energy_ev_per_{atom if self.opened else 'atom'}"
        return [float(kink[key]) for kink in result["kinks"]]


def bases_of(run: ReportedRun) -> list[Basis]:
    """The bases of the curves of a run, in the order of the job."""
    columns: dict[tuple[str, ...], dict[int, None]] = {}
    for (_, column), (analysis, _) in run.cells.items():
        opened = tuple(element.symbol for element in analysis.open_elements)
        columns.setdefault(opened, {})[column] = None
    return [Basis(opened, tuple(places)) for opened, places in columns.items()]


def minima_of(result: Mapping[str, Any]) -> dict[str, int]:
    """Places of both minima among the kinks of a curve."""
    places = [kink["mixing_fraction"] for kink in result["kinks"]]
    return {part: places.index(result[f"minimum_{part}"]["mixing_fraction"]) for part in PARTS}


def faint(colour: str) -> str:
    """A colour for bands."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def energy_range(run: ReportedRun, basis: Basis) -> list[float]:
    """One scale for every state, so that the slider moves the curves and not the axis."""
    low = min(
        energy
        for (_, column), (_, result) in run.cells.items()
        if column in basis.columns
        for energies in (
            *(basis.energies(result, part) for part in PARTS),
            (result.get("band") or {}).get("low_ev_per_atom", ()),
        )
        for energy in energies
    )
    return [min(1.08 * low, -0.02), -0.03 * min(low, -0.02)]
