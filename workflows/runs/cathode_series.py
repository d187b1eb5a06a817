"""A job file -> every curve of a delithiated cathode against its electrolytes, with figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.chemistry.formulas import decimal
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.products import suspect_note
from interfaces.reactivity.curve_band import Draws, sample_lines
from interfaces.reactivity.mixing_curve import MixingCurve
from workflows.analyses.curve import CurveAnalysis, prepare_curve
from workflows.analyses.setup import PhaseOptions
from workflows.data.phase_sets import read_phases
from workflows.io.readers import plain_name
from workflows.io.results import run_folder, save_figure, write_atomic, write_json
from workflows.runs.energy_model_spread import MODELS, Curves, under_each_model, write_spread
from workflows.runs.ranking import COLUMNS as RANKING_COLUMNS
from workflows.runs.ranking import (
    FLOOR,
    AllDraws,
    ranking_rows,
    ranking_sentences,
    run_kernel,
)
from workflows.runs.read_job import cathode_job, elements_of, energies_of
from workflows.runs.record import IN_FOLDER, Result, write_record
from workflows.tables.curve_tables import (
    KINK_COLUMNS,
    MINIMUM_COLUMNS,
    bar_on_stderr,
    curve_csv,
    kink_row,
    minimum_row,
    print_minima,
    rows_csv,
)

if TYPE_CHECKING:
    from rich.console import Console

    from workflows.schemas.jobs import CathodeJob


#: Electrolytes that get figures of their own. A figure takes seconds, a curve a hundredth of one,
#: and of hundreds of figures none is looked at; the tables have every electrolyte.
DRAWN_AT_MOST = 8


def run_job(
    job: Path | CathodeJob, *, out: Path, name: str | None = None, phases: str | None = None
) -> Curves:
    """Compute and write a job: ``out/NAME/`` appears when everything in it is there.

    Returns electrolyte -> lithium content -> curve.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    job = cathode_job(job)
    target = target_of(out, name or job.name)
    console = Console()
    phase_set = read_phases(phases or job.phases, elements_of(job))
    source = PhaseOptions(phase_set, exclude=job.exclude)
    curves: Curves = {}
    draws: dict[str, dict[float, Draws]] = {}
    kernel = run_kernel() if phase_set.errors else sample_lines
    answers: list[tuple[CurveAnalysis, Result]] = []
    with (
        run_folder(target) as folder,
        Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TimeElapsedColumn(), **bar_on_stderr(),
        ) as progress,
    ):  # fmt: skip
        task = progress.add_task("curves", total=len(job.lithium) * len(job.electrolytes))
        for electrolyte in job.electrolytes:
            for x in job.lithium:
                progress.update(task, description=f"{job.cathode} x = {decimal(x)} | {electrolyte}")
                question = prepare_curve(
                    f"{job.cathode}@{decimal(x)}",
                    electrolyte,
                    replace(source, energies=energies_of(job, electrolyte)),
                )
                assert isinstance(question, CurveAnalysis)  # a job opens nothing
                curve, drawn_curve = question.with_band(question.curve(no_gas=True), kernel)
                if drawn_curve is not None:
                    draws.setdefault(electrolyte, {})[float(x)] = drawn_curve
                answers.append((question, curve))
                write_curve(folder, f"{job.cathode}_{decimal(x)}_{electrolyte}", curve)
                curves.setdefault(electrolyte, {})[float(x)] = curve
                progress.advance(task)
        progress.update(task, description="figures")
        write_results(folder, job, source, curves, draws)
        write_record(folder / IN_FOLDER, answers)
    print_results(curves, phase_set.stand_in, target, console, ranking_rows(curves, draws))
    return curves


def target_of(out: Path, name: str) -> Path:
    """The folder of a run.

    Raises
    ------
    InputError
        If the name is no plain folder name.
    """
    return out / plain_name("run name", name)


def write_curve(folder: Path, name: str, curve: MixingCurve) -> None:
    """Write one curve of a run, as JSON and as CSV."""
    write_json(folder / "curves" / f"{name}.json", curve.to_dict())
    write_atomic(folder / "curves" / f"{name}.csv", curve_csv(curve))


def write_results(
    folder: Path,
    job: CathodeJob,
    source: PhaseOptions,
    curves: Curves,
    draws: AllDraws,
    mark: str = "",
    models: Sequence[str] = MODELS,
) -> None:
    """Write the tables, figures and provenance of a run.

    Parameters
    ----------
    source : the phases, as a set, and what may not form.
    draws : of each curve, where the set states its errors; ``ranking.csv`` follows from them.
    mark : goes across every figure.
    models : energy models of the cathode beside the job's own, see
        :mod:`workflows.runs.energy_model_spread`.
    """
    assert isinstance(source.phases, PhaseSet)
    note = source.phases.stand_in
    _write_tables(folder, curves)
    if draws:
        rows = list(ranking_rows(curves, draws))
        write_atomic(folder / "ranking.csv", rows_csv(RANKING_COLUMNS, rows))
    shown = drawn(curves)
    _write_figures(folder, shown, note, mark)
    spread = under_each_model(job, source, curves, models)
    write_spread(folder, spread, note, mark, shown)
    left_out = {"energy_models_left_out": list(spread.left_out)} if spread.left_out else {}
    write_json(folder / "provenance.json", _provenance(job, curves) | left_out)


def print_results(
    curves: Curves,
    note: str,
    target: Path,
    console: Console,
    ranking: Iterable[Mapping[str, object]] = (),
) -> None:
    """Show the minima, ranking and notes of a run, and where it was written."""
    print_minima(curves, console)
    if sentences := ranking_sentences(ranking):
        for sentence in sentences:
            console.print(f"{sentence} (with 90 % or more of the draws)", markup=False)
        console.print(f"note: {FLOOR}", style="dim", markup=False)
    for line in _notes(curves):
        console.print(f"note: {line}", style="dim", markup=False)
    if note:
        console.print(note)
    console.print(f"written to {target}")


def _write_tables(folder: Path, curves: Curves) -> None:
    minima, kinks = [], []
    for electrolyte, series in curves.items():
        for x, curve in series.items():
            minima.append(minimum_row(electrolyte, x, curve))
            kinks += [
                {"electrolyte": electrolyte, "x": x, **kink_row(kink)} for kink in curve.kinks
            ]
    write_atomic(folder / "minima.csv", rows_csv(MINIMUM_COLUMNS, minima))
    write_atomic(folder / "kinks.csv", rows_csv(("electrolyte", "x", *KINK_COLUMNS), kinks))


def _write_figures(folder: Path, curves: Curves, note: str, mark: str) -> None:
    from interfaces.figures import overlay_figure, panels_figure

    for electrolyte, series in curves.items():
        figure = panels_figure(series, electrolyte, note)
        for suffix in (".png", ".pdf"):
            save_figure(figure, folder / "figures" / f"panels_{electrolyte}{suffix}", mark)
    figure = overlay_figure(curves, note)
    for suffix in (".png", ".pdf"):
        save_figure(figure, folder / "figures" / f"minima{suffix}", mark)


def drawn(curves: Curves) -> Curves:
    """The electrolytes that are drawn: all, or of many those that react most strongly."""
    lowest = {
        electrolyte: min(curve.minimum_total.total for curve in series.values())
        for electrolyte, series in curves.items()
    }
    kept = sorted(curves, key=lambda electrolyte: lowest[electrolyte])[:DRAWN_AT_MOST]
    return {electrolyte: curves[electrolyte] for electrolyte in curves if electrolyte in kept}


def _provenance(job: CathodeJob, curves: Curves) -> dict[str, Any]:
    """What every curve of the run shares, said once, and the reactants' energies."""
    every = [curve for series in curves.values() for curve in series.values()]
    shared: Mapping[str, str] = dict(every[0].provenance)
    return {
        "job": {
            "name": job.name,
            "cathode": job.cathode,
            "lithium": [float(x) for x in job.lithium],
            "electrolytes": list(job.electrolytes),
            "phases": every[0].phase_set,
            "energies": list(job.energies),
            "exclude": list(job.exclude),
        },
        **{k: v for k, v in shared.items() if k not in ("entries", "entries_sha256")},
        "entries_sha256": {
            f"{curve.reactant_1.label} | {curve.reactant_2.label}": dict(curve.provenance)[
                "entries_sha256"
            ]
            for curve in every
        },
        "reactants": [
            one.to_dict()
            for one in dict.fromkeys(one for c in every for one in (c.reactant_1, c.reactant_2))
        ],
        "notes": _notes(curves),
    }


def _notes(curves: Curves) -> list[str]:
    """Each note once, with how many curves it is true of; unlikely products of all in one line."""
    every = [curve for series in curves.values() for curve in series.values()]
    count = Counter(
        note
        for curve in every
        for note in curve.notes
        if not curve.suspects or note != suspect_note(curve.suspects)
    )
    notes = [f"{note} ({n} of {len(every)} curves)" for note, n in count.items()]
    flagged = Counter(name for curve in every for name in curve.suspects)
    if flagged:
        listed = (f"{name} ({n} curves)" for name, n in sorted(flagged.items()))
        notes.append(suspect_note(listed, "exclude in the job file"))
    if len(curves) > DRAWN_AT_MOST:
        notes.append(
            f"figures are of the {DRAWN_AT_MOST} electrolytes of {len(curves)} that react most "
            "strongly; the tables have all, and interfaces curve --figure draws any other"
        )
    return notes
