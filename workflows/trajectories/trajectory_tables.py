"""What a trajectory says as files and as a short summary: tables, figure, one JSON."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from interfaces.aimd import Analysis
from interfaces.errors import InputError
from workflows._version import VERSION
from workflows.io.mock_mark import MARK, SYSTEM
from workflows.io.outputs import inputs_protected
from workflows.io.readers import read_json
from workflows.io.results import run_folder, save_figures, write_atomic, write_json
from workflows.tables.curve_tables import plain_table, print_notes, rows_csv
from workflows.trajectories.read_trajectory import ReadTrajectory

if TYPE_CHECKING:
    from rich.console import Console


def print_written(folder: Path) -> None:
    """Show the summary of a folder, and its path."""
    _print_summary(json.loads((folder / "summary.json").read_text(encoding="utf-8")), folder)


def _print_summary(
    summary: Mapping[str, Any], target: Path, console: Console | None = None
) -> None:
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
    for name, mean in summary["coordination"].items():
        first, last = mean["mean_before"], mean["mean_after"]
        if first or last:
            out.print(f"  {name} coordination {first:.2f} -> {last:.2f}")
    for element, fit in list(summary["diffusion"].items())[:1]:
        out.print(
            f"  D({element}) {fit['diffusivity_cm2_per_s']:.2e} +- "
            f"{fit['standard_error_cm2_per_s']:.1e} cm2/s, MSD ~ t^{fit['exponent']:.2f}"
            f"{'' if fit['diffusive'] else ', not diffusive'}"
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
    for kind in prediction["kinds"]:
        if kind["new"] or kind["lost"] or kind["products"]:
            known = kind["followed"]
            table.add_row(
                kind["pair"], kind["kind"], str(kind["new"]) if known else "-",
                str(kind["lost"]) if known else "-",
                f"{kind['verdict']}{': ' if kind['products'] else ''}{', '.join(kind['products'])}",
            )  # fmt: skip
    out.print(table)


Rows = Iterable[Mapping[str, object]]


def summary(
    read: ReadTrajectory, analysis: Analysis, prediction: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Numbers of an analysis, with the files and versions that they come from.

    Parameters
    ----------
    prediction : comparison with the computed products, as a dictionary
        (:class:`workflows.analyses.predicted_bonds.PairComparison`).
    """
    return {
        **({MARK: SYSTEM} if read.mocked else {}),
        "mocked": read.mocked,
        **analysis.to_dict(),
        "prediction": prediction,
        "notes": [*read.notes, *analysis.notes],
        "provenance": {
            "origins": list(read.origins),
            "sha256": list(read.checksums),
            "interface-stability": VERSION,
            "python": platform.python_version(),
            "numpy": np.__version__,
        },
    }


def check_target(target: Path, read: ReadTrajectory) -> None:
    """Refuse a folder that holds the analysis of another input.

    The same input, which may have grown, replaces its earlier analysis.

    Raises
    ------
    InputError
        If the folder has results of another input, or of another command.
    """
    if not target.is_dir() or not any(target.iterdir()):
        return
    try:
        with inputs_protected(False):  # the earlier analysis of this input is written again
            provenance = read_json(target / "summary.json")["provenance"]
        origins = [str(origin) for origin in provenance["origins"]]
    except (InputError, LookupError, TypeError):
        raise InputError(
            f"{target} exists and holds no analysis of a trajectory; give another --name or --out"
        ) from None
    if origins != list(read.origins):
        raise InputError(
            f"{target} already holds the analysis of another input ({', '.join(origins)}); give "
            "another --name or --out"
        )


def write_analysis(
    target: Path,
    read: ReadTrajectory,
    analysis: Analysis,
    prediction: Mapping[str, Any] | None = None,
) -> None:
    """Write all tables, the summary and the figure into a folder, whole or not at all.

    Raises
    ------
    InputError
        If the folder holds results of another input, or cannot be written.
    """
    from interfaces.figures.plot_trajectories import trajectory_figure

    mark = MARK if read.mocked else ""
    tables = {
        "bonds.csv": _bond_rows(analysis),
        "events.csv": _event_rows(analysis),
        "species.csv": _species_rows(analysis),
        "coordination.csv": _coordination_rows(analysis),
        "rdf.csv": _rdf_rows(analysis),
        "msd.csv": _msd_rows(analysis),
    }
    check_target(target, read)
    with run_folder(target) as folder:
        for name, (columns, rows) in tables.items():
            write_atomic(folder / name, _csv(columns, rows, mark))
        write_json(folder / "summary.json", summary(read, analysis, prediction))
        figure = trajectory_figure(analysis, f"{mark} {target.name}".strip())
        save_figures(figure, folder / "trajectory", mark)
        check_target(target, read)  # another process may have written it meanwhile


def _csv(columns: Sequence[str], rows: Rows, mark: str) -> str:
    """CSV text; a mocked one says so in its heading and in every row."""
    if not mark:
        return rows_csv(columns, list(rows))
    return rows_csv([*columns, mark], [{**row, mark: SYSTEM} for row in rows])


def _bond_rows(analysis: Analysis) -> tuple[list[str], Rows]:
    """Bonds by pair: a row where one changes, and the last frame; constant between rows."""
    bonds = analysis.bonds
    scopes = [(scope, "" if scope == "all" else f"_{scope}_sides") for scope in analysis.scopes]
    words = ("present", "new", "lost")
    columns = ["time_fs", "pair", *(f"{word}{end}" for _, end in scopes for word in words)]
    columns += ["made_events", "broken_events"]
    rows: list[dict[str, object]] = []
    last = len(bonds.times) - 1
    for pair in bonds.names:
        events = [event for event in bonds.events if event.pair == pair]
        frames = sorted({0, last, *(event.frame for event in events)})
        made = np.array([event.frame for event in events if event.change > 0])
        broken = np.array([event.frame for event in events if event.change < 0])
        values = {
            f"{word}{end}": getattr(bonds, word)(pair, scope)
            for scope, end in scopes
            for word in words
        }
        rows += [
            {
                "time_fs": float(bonds.times[frame]),
                "pair": pair,
                **{name: int(series[frame]) for name, series in values.items()},
                "made_events": int((made <= frame).sum()),
                "broken_events": int((broken <= frame).sum()),
            }
            for frame in frames
        ]
    return columns, rows


def _event_rows(analysis: Analysis) -> tuple[list[str], Rows]:
    """Every bond made or broken; atoms count from 0 in the order of the file."""
    columns = ["time_fs", "pair", "change", "first_atom", "second_atom", "between_sides"]
    return columns, [
        {
            "time_fs": event.time,
            "pair": event.pair,
            "change": "made" if event.change > 0 else "broken",
            "first_atom": event.first,
            "second_atom": event.second,
            "between_sides": "" if event.between is None else event.between,
        }
        for event in analysis.bonds.events
    ]


def _species_rows(analysis: Analysis) -> tuple[list[str], Rows]:
    """Number of each group where one changes."""
    species = analysis.species
    columns = ["time_fs", *species.names]
    return columns, [
        {"time_fs": float(time), **dict(zip(species.names, column.tolist(), strict=True))}
        for time, column in zip(species.times, species.counts.T, strict=True)
    ]


def _coordination_rows(analysis: Analysis) -> tuple[list[str], Rows]:
    """Mean number of neighbours in every frame."""
    coordinations = analysis.coordinations
    columns = ["time_fs", *(f"{coordination.name}_mean" for coordination in coordinations)]
    return columns, [
        {
            "time_fs": float(time),
            **{
                f"{coordination.name}_mean": float(coordination.mean[k])
                for coordination in coordinations
            },
        }
        for k, time in enumerate(analysis.trajectory.times)
    ]


def _rdf_rows(analysis: Analysis) -> tuple[list[str], Rows]:
    """Both windows side by side."""
    columns = ["pair", "r_angstrom", "g_before", "g_after", "running_before", "running_after"]
    return columns, [
        {
            "pair": before.name,
            "r_angstrom": round(float(before.r[k]), 6),
            "g_before": float(before.g[k]),
            "g_after": float(after.g[k]),
            "running_before": float(before.running[k]),
            "running_after": float(after.running[k]),
        }
        for before, after in zip(analysis.before, analysis.after, strict=True)
        for k in range(len(before.r))
    ]


def _msd_rows(analysis: Analysis) -> tuple[list[str], Rows]:
    """Mean square displacement of every element, and of its Cartesian components."""
    axes = ("x", "y", "z")
    columns = ["element", "lag_fs", "msd_angstrom2", *(f"msd_{a}_angstrom2" for a in axes)]
    return columns, [
        {
            "element": diffusion.element,
            "lag_fs": float(diffusion.lags[k]),
            "msd_angstrom2": float(diffusion.msd[k]),
            **{
                f"msd_{axis}_angstrom2": float(value)
                for axis, value in zip(axes, diffusion.components[k], strict=True)
            },
        }
        for diffusion in analysis.diffusions
        for k in range(len(diffusion.lags))
    ]
