"""Results, tables and figures of several analyses, and their one record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows.io.results import all_files, write_atomic, write_json
from workflows.io.side_by_side import Drawings, save_side_by_side
from workflows.runs.record import IN_FOLDER, Result, write_record
from workflows.tables.curve_tables import rows_csv

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workflows.analyses.analysis import Analysis

SUMMARY = "answers.csv"
SUMMARY_COLUMNS = ("question", "quantity", "value", "unit", "at", "products")


def write_analyses(
    folder: Path, computed: Iterable[tuple[str, Analysis, Result]]
) -> list[dict[str, Any]]:
    """Write every result, its table and figure, the summary and the record.

    Parameters
    ----------
    folder : of the run.
    computed : name, analysis and result of each; one is written before the next is computed.

    Returns
    -------
    The rows of the summary.
    """
    results: list[tuple[Analysis, Result]] = []
    summary: list[dict[str, Any]] = []
    drawings: Drawings = {}
    for label, analysis, result in computed:
        write_json(folder / f"{label}.json", result.to_dict())
        write_atomic(folder / f"{label}.csv", analysis.csv(result))
        if all_files():
            drawings[folder / label] = partial(analysis.figure, result)
        summary += [
            {"question": label, **asdict(headline)} for headline in analysis.headlines(result)
        ]
        results.append((analysis, result))
    if all_files():
        drawings |= {folder / name: draw for name, draw in comparisons(results).items()}
    save_side_by_side(drawings)
    write_atomic(folder / SUMMARY, rows_csv(SUMMARY_COLUMNS, summary))
    write_record(folder / IN_FOLDER, results)
    return summary


def comparisons(results: Sequence[tuple[Analysis, Any]]) -> Mapping[str, Callable[[], Figure]]:
    """Figures of several results together, and coatings in their order.

    All windows are on one axis, and the curves of each basis on one plot.

    Parameters
    ----------
    results : analyses with what they computed.

    Returns
    -------
    Name of the files -> function that draws the figure; of a kind of which there are two results
    or more.
    """
    from interfaces.figures import pairs_figure, ranked_coatings_figure, windows_figure
    from interfaces.figures.plot_comparisons import MOST

    drawn: dict[str, list[Any]] = {}
    for analysis, result in results:
        if analysis.kind == "window":
            drawn.setdefault(f"windows_{result.carrier}", []).append(result)
        elif analysis.kind == "curve":
            opened = "-".join(element.symbol for element in result.open_elements)
            drawn.setdefault(f"curves_open_{opened}" if opened else "curves", []).append(result)
    ranked = {
        f"ranked_{result.states[0][1].label.partition(' (')[0]}_{result.electrolyte.label}": result
        for analysis, result in results
        if analysis.kind == "coatings"
    }
    return {name: partial(ranked_coatings_figure, result) for name, result in ranked.items()} | {
        name: partial(windows_figure if name.startswith("windows") else pairs_figure, several)
        for name, several in drawn.items()
        if len(several) > 1 and (name.startswith("windows") or len(several) <= MOST)
    }


def print_summary(rows: Sequence[Mapping[str, Any]], note: str, target: Path) -> None:
    """Show the rows of the summary, and where everything was written."""
    from rich.console import Console

    from workflows.tables.curve_tables import plain_table

    console = Console()
    table = plain_table("analysis", "quantity", "value", "unit", "at")
    for row in rows:
        value = row["value"]
        cell = f"{value:.3f}" if isinstance(value, float) else value
        table.add_row(row["question"], row["quantity"], cell, row["unit"], row["at"])
    console.print(table)
    if note:
        console.print(note)
    console.print(f"written to {target}")
