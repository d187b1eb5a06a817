"""The summary of a trajectory as a person reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows.io.mock_mark import SYSTEM
from workflows.tables.curve_tables import plain_table, print_notes

if TYPE_CHECKING:
    from rich.console import Console


def print_written(folder: Path) -> None:
    """Show the summary that stands in a folder, and where that is."""
    print_summary(json.loads((folder / "summary.json").read_text(encoding="utf-8")), folder)


def print_summary(summary: Mapping[str, Any], target: Path, console: Console | None = None) -> None:
    """Show a summary, as :func:`workflows.trajectories.trajectory_tables.summary` gives it."""
    from rich.console import Console

    out = console or Console()
    if summary["mocked"]:
        out.print(f"{SYSTEM}: every number below is made up", style="bold red")
    atoms = " ".join(f"{element}{n}" for element, n in summary["atoms"].items())
    out.print(
        f"[bold]{atoms}[/]   {summary['frames']} frames, {summary['duration_fs'] / 1000:g} ps"
    )
    for name, unit, words in (
        ("temperature", "K", "K"), ("potential_energy", "eV_per_atom", "eV/atom"),
    ):  # fmt: skip
        drift = summary[name]
        if drift is not None:
            error = drift[f"drift_error_{unit}_per_ps"]
            out.print(
                f"  {name.replace('_', ' ')} {drift[f'mean_{unit}']:.4g} {words}, drift "
                f"{drift[f'drift_{unit}_per_ps']:+.2g}"
                + ("" if error is None else f" +- {error:.2g}")
                + f" {words}/ps"
            )
    _print_bonds(summary, out)
    before, after = summary["species_before"], summary["species_after"]
    for name in dict.fromkeys([*before, *after]):
        if before.get(name, 0) != after.get(name, 0):
            out.print(f"  {name}: {before.get(name, 0)} -> {after.get(name, 0)}")
    for name, one in summary["coordination"].items():
        if one["mean_before"] or one["mean_after"]:
            out.print(f"  {name} coordination {one['mean_before']:.2f} -> {one['mean_after']:.2f}")
    for element, one in list(summary["diffusion"].items())[:1]:
        out.print(
            f"  D({element}) {one['diffusivity_cm2_per_s']:.2e} +- "
            f"{one['standard_error_cm2_per_s']:.1e} cm2/s, MSD ~ t^{one['exponent']:.2f}"
            f"{'' if one['diffusive'] else ', not diffusive'}"
        )
    if summary["prediction"] is not None:
        _print_prediction(summary["prediction"], out)
    print_notes(summary["notes"], out)
    out.print(f"written to {target}", markup=False)


def _print_bonds(summary: Mapping[str, Any], out: Console) -> None:
    share, sides = summary["window_share_of_run"], bool(summary["sides"])
    changed = {
        name: bond
        for name, bond in summary["bonds"].items()
        if bond["made_events"] or bond["broken_events"]
    }
    if not changed:
        out.print("  no bond made or broken")
        return
    table = plain_table(
        "bond", "before", "after", "new", "lost", *(["new between sides"] if sides else []),
        caption=f"number of bonds, medians of the first and last {share:.0%} of the run; new and "
        "lost against the first frame",
    )  # fmt: skip
    columns = ["present_before", "present_after", "new_after", "lost_after"]
    columns += ["new_after_between_sides"] if sides else []
    for name, bond in changed.items():
        table.add_row(name, *(str(bond[column]) for column in columns))
    out.print(table)


def _print_prediction(prediction: Mapping[str, Any], out: Console) -> None:
    pair = " | ".join(prediction["pair"])
    table = plain_table(
        "bond", "kind", "new", "lost", "result",
        caption=f"kinds of bonds (not phases) beside the products of {pair}",
    )  # fmt: skip
    for one in prediction["kinds"]:
        if one["new"] or one["lost"] or one["products"]:
            known = one["followed"]
            table.add_row(
                one["pair"], one["kind"], str(one["new"]) if known else "-",
                str(one["lost"]) if known else "-",
                f"{one['verdict']}{': ' if one['products'] else ''}{', '.join(one['products'])}",
            )  # fmt: skip
    out.print(table)
