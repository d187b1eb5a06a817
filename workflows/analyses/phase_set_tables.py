"""Snapshots, their differences and own entries as text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interfaces.errors import InputError, PhaseSetError
from interfaces.phases.phase_set import PhaseSet
from workflows.analyses.compare_phase_sets import ChangedResult, changed_results
from workflows.data.measured_enthalpies import SOURCES, corrected, fits_of, measured_elements
from workflows.data.named_materials import find_system
from workflows.data.own_dft import judged, show, survey
from workflows.data.phase_sets import bundled_sets, read_phases
from workflows.data.snapshots import read_manifest
from workflows.data.snapshots.diff import Difference
from workflows.tables.curve_tables import plain_table, print_notes, rows_csv

if TYPE_CHECKING:
    from rich.console import Console

LISTED = 20  #: moved entries that a person is shown


def _console() -> Console:
    from rich.console import Console

    return Console()


def print_snapshot(path: Path) -> None:
    """What a snapshot holds and what it leaves out."""
    manifest, out = read_manifest(path), _console()
    out.print(f"[bold]{path}[/]: {manifest.entries} entries, {manifest.scheme}")
    out.print(f"  {manifest.source}, database {manifest.database_version}, {manifest.created}")
    if manifest.chemical_systems:
        out.print(f"  chemical systems: {', '.join(manifest.chemical_systems)}")
    if manifest.left_out is not None:
        out.print(f"  left out: {manifest.left_out}")
    for note in manifest.notes:
        out.print(f"  note: {note}", markup=False)


def print_difference(difference: Difference) -> None:
    """Entries added, removed and moved, the largest moves first."""
    out = _console()
    for note in difference.notes:
        out.print(f"note: {note}", markup=False)
    out.print(
        f"{len(difference.added)} entries added, {len(difference.removed)} removed, "
        f"{len(difference.moved)} moved, {difference.unchanged} unchanged"
    )
    if not difference.moved:
        return
    table = plain_table(
        "id", "formula", "old", "new", "change", "of it corrections", caption="eV/atom"
    )
    for entry in difference.moved[:LISTED]:
        correction = "-" if entry.correction is None else f"{entry.correction:+z.4f}"
        old, new, change = f"{entry.old:.4f}", f"{entry.new:.4f}", f"{entry.change:+z.4f}"
        table.add_row(entry.id, entry.formula, old, new, change, correction)
    out.print(table)
    if len(difference.moved) > LISTED:
        out.print(f"and {len(difference.moved) - LISTED} more that moved less")


def read_pairs(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of reactants of ``A,B``."""
    pairs = []
    for text in texts:
        first, comma, second = text.partition(",")
        if not comma or not first.strip() or not second.strip():
            raise InputError(f"--pair {text}: write two reactants, e.g. LiCoO2,LPSCl")
        pairs.append((first.strip(), second.strip()))
    return pairs


def changed_between(old: Path, new: Path, pairs: Sequence[tuple[str, str]]) -> list[ChangedResult]:
    """How the minima of pairs move from one snapshot to the other."""
    elements = {e for pair in pairs for name in pair for e in find_system(name).formula.elements}
    return list(changed_results(read_phases(old, elements), read_phases(new, elements), pairs))


def print_changed(moved: Sequence[ChangedResult]) -> None:
    """The minima of pairs, earlier and later."""
    table = plain_table(
        "pair", "old total", "new total", "change", "reaction",
        caption="minimum total reaction energy, eV per atom of the mix",
    )  # fmt: skip
    for pair in moved:
        energies = [
            "-" if v is None else f"{v:z.4f}" for v in (pair.old_total, pair.new_total, pair.change)
        ]
        table.add_row(" | ".join(pair.pair), *energies, pair.new_reaction or "; ".join(pair.notes))
    _console().print(table)


def print_own(path: Path) -> None:
    """Own entries with every correction by name, and those that are refused.

    What an entry does not say (functional, U values, POTCARs) is assumed and noted.

    Raises
    ------
    InputError
        If none can be used, with the reasons.
    """
    reading, out = judged(survey(path)), _console()
    table = plain_table(
        "id", "formula", "functional", "eV/atom", "corrections", "correction", "corrected", "notes",
        caption="corrections by name: corrected atoms per formula unit x eV; energies in eV/atom",
    )  # fmt: skip
    for row in show(reading.entries):
        table.add_row(
            *(f"{value:.4f}" if isinstance(value, float) else str(value) for value in row.values())
        )
    if reading.entries:
        out.print(table)
    for refusal in reading.refused:
        out.print(f"refused: {refusal}", markup=False, soft_wrap=True)
    if not reading.entries:
        reading.all()  # raises


def print_phase_sets(name: str | None, console: Console | None = None) -> None:
    """The bundled phase sets, or the coverage of one set or file."""
    out = console or _console()
    if name is not None:
        phase_set = read_phases(name)
        out.print(f"{phase_set.source}: {len(phase_set)} entries, {phase_set.scheme}")
        out.print(f"elements with a reference: {'-'.join(sorted(phase_set.references))}")
        out.print(f"identical rows merged: {phase_set.merged}")
        if phase_set.surrogate:
            out.print(phase_set.surrogate)
        print_notes(phase_set.notes, out)
        return
    table = plain_table("set", "entries", "relaxed", "elements", "scheme")
    for key, card in bundled_sets().items():
        table.add_row(
            key, str(card["entries"]), str(card["relaxed"]), " ".join(card["elements"]),
            card["scheme"],
        )  # fmt: skip
    out.print(table)
    out.print("a CSV, Parquet or pymatgen-JSON file is a phase set too: --phases FILE")


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
    measured = [phase for phase in phase_set.corrected if not phase.source.startswith("fitted")]
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
