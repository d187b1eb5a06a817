"""A job of questions -> a folder with every answer, its table, its figure, and one record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows.analyses.coatings.coating_candidates import NAMED
from workflows.analyses.coatings.prepare import prepare_coatings
from workflows.analyses.curve import prepare_curve
from workflows.analyses.headlines import HEADLINES
from workflows.analyses.maps import prepare_charging, prepare_map
from workflows.analyses.spec import AnalysisSpec, specs_of
from workflows.analyses.window import prepare_window
from workflows.io.results import run_folder, save_figure, write_atomic, write_json
from workflows.runs.cathode_series import target_of
from workflows.runs.read_job import analyses_job
from workflows.runs.record import IN_FOLDER, Answer, Question, write_record
from workflows.tables.coating_tables import coatings_csv
from workflows.tables.curve_tables import bar_on_stderr, curve_csv, rows_csv, uptake_csv
from workflows.tables.voltage_tables import charging_csv, map_csv, window_csv

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workflows.schemas.jobs import AnalysesJob

SUMMARY = "answers.csv"
SUMMARY_COLUMNS = ("question", "quantity", "value", "unit", "at", "products")
FIGURES = (".png", ".pdf")


def ask(inquiry: AnalysisSpec) -> Question:
    """Read the words of one question; phases and reactants are looked up here.

    Raises
    ------
    InterfaceError
        As the verb of that name would.
    """
    first, second = (*inquiry.materials, "")[:2]
    source, conditions, carrier = inquiry.source, inquiry.conditions, inquiry.carrier
    voltages = inquiry.voltages or (0.0, 5.0)
    if inquiry.verb == "curve":
        return prepare_curve(first, second, source, conditions, inquiry.residuals)
    if inquiry.verb == "window":
        return prepare_window(first, source, conditions, carrier=carrier)
    if inquiry.verb == "map":
        return prepare_map(first, second, voltages, source, conditions, carrier=carrier)
    if inquiry.verb == "charging":
        return prepare_charging(first, second, voltages, source, conditions, carrier=carrier)
    return prepare_coatings(
        first,
        second,
        inquiry.candidates or (NAMED,),
        source,
        conditions,
        discharged=inquiry.discharged,
        charged=inquiry.charged,
        carrier=carrier,
    )


def run_analyses(
    job: Path | AnalysesJob, *, out: Path, name: str | None = None, phases: str | None = None
) -> Path:
    """Ask every question of a job file and write ``out/NAME/``, whole or not at all.

    Returns the folder: per question NAME.json, NAME.csv and a figure, in ``answers.csv`` the
    numbers that one looks for first, and the record of all.
    """
    from rich.progress import track

    job = analyses_job(job)
    target = target_of(out, name or job.name)
    questions = [
        (one.name, ask(one)) for one in specs_of(job, phases)
    ]  # every mistake before any work
    answers: list[tuple[Question, Answer]] = []
    summary: list[dict[str, Any]] = []
    with run_folder(target) as folder:
        for label, question in track(questions, "questions", **bar_on_stderr()):
            answer: Any = question.answer()
            kind = question.kind
            write_json(folder / f"{label}.json", answer.to_dict())
            write_atomic(folder / f"{label}.csv", CSV[kind](answer))
            for suffix in FIGURES:
                save_figure(_figure(kind, answer), folder / f"{label}{suffix}")
            summary += [{"question": label, **asdict(one)} for one in HEADLINES[kind](answer)]
            answers.append((question, answer))
        write_atomic(folder / SUMMARY, rows_csv(SUMMARY_COLUMNS, summary))
        write_record(folder / IN_FOLDER, answers)
    _print(summary, answers[0][0].phase_set.stand_in, target)
    return target


def _print(rows: Sequence[Mapping[str, Any]], note: str, target: Path) -> None:
    from rich.console import Console

    from workflows.tables.curve_tables import plain_table

    console = Console()
    table = plain_table("question", "quantity", "value", "unit", "at")
    for row in rows:
        value = row["value"]
        text = f"{value:.3f}" if isinstance(value, float) else value
        table.add_row(row["question"], row["quantity"], text, row["unit"], row["at"])
    console.print(table)
    if note:
        console.print(note)
    console.print(f"written to {target}")


#: Kind of a question -> its answer as CSV, and as a figure.
CSV: dict[str, Callable[[Any], str]] = {
    "curve": curve_csv,
    "uptake": uptake_csv,
    "window": window_csv,
    "map": map_csv,
    "charging": charging_csv,
    "coatings": coatings_csv,
}


def _figure(kind: str, answer: Any) -> Figure:
    from interfaces import figures

    if kind == "charging":
        return figures.charging_figure(answer, answer.grid)
    drawn: dict[str, Callable[[Any], Figure]] = {
        "curve": figures.curve_figure,
        "uptake": figures.uptake_figure,
        "window": figures.window_figure,
        "map": figures.map_figure,
        "coatings": figures.coatings_figure,
    }
    return drawn[kind](answer)
