"""A job of analyses -> a folder with every result, its table, its figure, and one record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows.analyses.registry import prepare_analysis
from workflows.flows.read_job import analyses_job
from workflows.io.results import all_files, run_folder, save_figures, write_atomic, write_json
from workflows.runs.cathode_series import target_of
from workflows.runs.record import IN_FOLDER, Result, write_record
from workflows.tables.curve_tables import bar_on_stderr, rows_csv

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workflows.analyses.analysis import Analysis
    from workflows.flows.job_schema import AnalysesJob

SUMMARY = "answers.csv"
SUMMARY_COLUMNS = ("question", "quantity", "value", "unit", "at", "products")


def run_analyses(
    job: Path | AnalysesJob, *, out: Path, name: str | None = None, phases: str | None = None
) -> Path:
    """Run every analysis of a job and write ``out/NAME/``, completely or not at all.

    Parameters
    ----------
    job : a job file, or the job as it was read.
    out : folder of the run's own folder.
    name : name of that folder; by default that of the job.
    phases : phase set in place of the one that the job names.

    Returns
    -------
    The folder: per analysis NAME.json, NAME.csv and a figure, the headline numbers of all in
    ``answers.csv``, and the record.

    Raises
    ------
    InterfaceError
        If an analysis cannot be prepared or computed; nothing is written then.
    """
    from rich.progress import track

    job = analyses_job(job)
    target = target_of(out, name or job.name)
    # prepare all of them first: every mistake is found before any work
    analyses = [(spec.name, prepare_analysis(spec)) for spec in job.specs(phases)]
    computed = ((label, analysis, analysis.run()) for label, analysis in analyses)
    with run_folder(target) as folder:
        progress = track(computed, "analyses", total=len(analyses), **bar_on_stderr())
        summary = write_analyses(folder, progress)
    _print(summary, analyses[0][1].phase_set.stand_in, target)
    return target


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
    for label, analysis, result in computed:
        write_json(folder / f"{label}.json", result.to_dict())
        write_atomic(folder / f"{label}.csv", analysis.csv(result))
        if all_files():
            save_figures(analysis.figure(result), folder / label)
        summary += [
            {"question": label, **asdict(headline)} for headline in analysis.headlines(result)
        ]
        results.append((analysis, result))
    for label, figure in (comparisons(results) if all_files() else {}).items():
        save_figures(figure, folder / label)
    write_atomic(folder / SUMMARY, rows_csv(SUMMARY_COLUMNS, summary))
    write_record(folder / IN_FOLDER, results)
    return summary


def comparisons(results: Sequence[tuple[Analysis, Any]]) -> dict[str, Figure]:
    """Figures of several results together: all windows, and the curves of each basis.

    Parameters
    ----------
    results : analyses with what they computed.

    Returns
    -------
    Name of the files -> figure; of a kind of which there are two results or more.
    """
    from interfaces.figures import pairs_figure, windows_figure
    from interfaces.figures.plot_comparisons import MOST

    drawn: dict[str, list[Any]] = {}
    for analysis, result in results:
        if analysis.kind == "window":
            drawn.setdefault(f"windows_{result.carrier}", []).append(result)
        elif analysis.kind == "curve":
            opened = "-".join(element.symbol for element in result.open_elements)
            drawn.setdefault(f"curves_open_{opened}" if opened else "curves", []).append(result)
    return {
        name: windows_figure(several) if name.startswith("windows") else pairs_figure(several)
        for name, several in drawn.items()
        if len(several) > 1 and (name.startswith("windows") or len(several) <= MOST)
    }


def _print(rows: Sequence[Mapping[str, Any]], note: str, target: Path) -> None:
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
