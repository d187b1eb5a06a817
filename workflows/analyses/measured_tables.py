"""Measured and fitted energies beside those of a phase set, as a table and CSV."""

from __future__ import annotations

import click

from interfaces.errors import PhaseSetError
from interfaces.phases.phase_set import PhaseSet
from workflows.data.measured_enthalpies import SOURCES, corrected, fits_of, measured_elements
from workflows.data.phase_sets import read_phases
from workflows.tables.curve_tables import plain_table, rows_csv

COLUMNS = (
    "formula", "computed_ev_per_atom", "corrected_ev_per_atom", "difference_ev_per_formula",
    "source", "uncertainty_ev_per_atom",
)  # fmt: skip


def corrections_csv(phase_set: PhaseSet) -> str:
    """Every corrected composition; the uncertainty is empty where the source states none."""
    rows = [
        dict(
            zip(
                COLUMNS,
                (
                    phase.formula, phase.computed, phase.corrected, phase.difference_per_formula,
                    phase.source, phase.uncertainty,
                ),
                strict=True,
            )
        )
        for phase in phase_set.corrected
    ]  # fmt: skip
    return rows_csv(COLUMNS, rows)


def print_measured(name: str, *, as_csv: bool = False) -> None:
    """Print each measured value beside that of a set, the fitted groups and the sources.

    Parameters
    ----------
    name : bundled set, or a file.
    as_csv : all corrected compositions as CSV instead, fitted ones included.

    Raises
    ------
    PhaseSetError
        If the set has no measured composition.
    """
    from rich.console import Console

    fits = fits_of(name)
    phase_set = corrected(read_phases(name, measured_elements()), fits)
    if not phase_set.corrected:
        raise PhaseSetError(f"{name} has no composition with a measured enthalpy")
    if as_csv:
        click.echo(corrections_csv(phase_set), nl=False)
        return
    out = Console()
    table = plain_table(
        "formula", "set", "measured", "difference", "source",
        caption="formation energies in eV/atom; difference, measured minus set, in eV per formula",
    )  # fmt: skip
    measured = [one for one in phase_set.corrected if not one.source.startswith("fitted")]
    for phase in measured:
        table.add_row(
            phase.formula, f"{phase.computed:z.3f}", f"{phase.corrected:z.3f}",
            f"{phase.difference_per_formula:+z.2f}", phase.source,
        )  # fmt: skip
    out.print(table)
    for fit in fits:
        out.print(f"fitted {fit}: {', '.join(fit.salts)}", markup=False)
    shifted = len(phase_set.corrected) - len(measured)
    left_out = 0 if phase_set.left_out is None else len(phase_set.left_out)
    out.print(f"{shifted} salts shifted by these groups; {left_out} entries with neither left out")
    for source in sorted({phase.source.partition(" ")[0] for phase in measured}):
        out.print(f"{source}: {SOURCES[source]}", markup=False)
