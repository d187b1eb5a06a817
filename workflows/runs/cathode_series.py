"""Tables, figures and record of the curves of a delithiated cathode against electrolytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.chemistry.formulas import decimal
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.products import suspect_note
from interfaces.phases.reactants import PYMATGEN
from interfaces.reactivity.mixing_curve import MixingCurve
from workflows.analyses.curve import CurveAnalysis, prepare_curve
from workflows.analyses.phase_set_tables import corrections_csv
from workflows.analyses.setup import PhaseOptions
from workflows.flows.read_job import energies_of
from workflows.io.readers import plain_name
from workflows.io.results import all_files, write_atomic, write_json
from workflows.io.side_by_side import Drawings, beside, save_side_by_side
from workflows.runs.electrolyte_ranking import COLUMNS as RANKING_COLUMNS
from workflows.runs.electrolyte_ranking import (
    FLOOR,
    SURE_NOTE,
    AllDraws,
    ranking_rows,
    ranking_sentences,
)
from workflows.runs.energy_model_spread import (
    MODELS,
    ByContent,
    Curves,
    Spread,
    under_each_model,
    write_spread,
)
from workflows.runs.measured_column import (
    MEASURED,
    PLAIN,
    Column,
    headline,
    second_column,
)
from workflows.runs.record import IN_FOLDER, Result, write_record
from workflows.tables.curve_tables import (
    KINK_COLUMNS,
    MINIMUM_COLUMNS,
    beside_columns,
    beside_row,
    curve_csv,
    kink_row,
    minimum_row,
    print_minima,
    rows_csv,
)

if TYPE_CHECKING:
    from rich.console import Console

    from workflows.schemas.jobs import CathodeJob


Ranking = Sequence[Mapping[str, object]]  #: rows of ``ranking.csv``

#: Electrolytes that get figures of their own. A figure takes seconds, a curve a hundredth of one,
#: and of hundreds of figures none is looked at; the tables have every electrolyte.
DRAWN_AT_MOST = 8


def write_whole(
    folder: Path,
    job: CathodeJob,
    source: PhaseOptions,
    other: tuple[str, PhaseSet],
    answers: Sequence[tuple[CurveAnalysis, Result]],
    curves: Curves,
    draws: AllDraws,
) -> tuple[Column, Ranking]:
    """Write all but the single curves of a run; return the other energies' curves, and the ranking.

    Parameters
    ----------
    source : phases of the job's own curves, and what may not form.
    other : name and set of the second column, see :func:`measured_column.sets_of`.
    answers : analyses with their results, in the order of the job.
    draws : lowest total of each draw, where the phase set states errors.
    """
    assert isinstance(source.phases, PhaseSet)
    name, other_set = other
    column, ranking = write_results(
        folder, job, source, curves, draws,
        second=partial(second_column, job, curves, name, other_set),
    )  # fmt: skip
    measured = source.phases if job.correction else other_set
    write_atomic(folder / "corrections.csv", corrections_csv(measured))
    write_record(folder / IN_FOLDER, answers, ranking)
    return column, ranking


def prepare_one(
    job: CathodeJob, source: PhaseOptions, electrolyte: str, x: Fraction
) -> CurveAnalysis:
    """Return the analysis of one electrolyte at one lithium content."""
    options = replace(source, energies=energies_of(job, electrolyte))
    analysis = prepare_curve(f"{job.cathode_name}@{decimal(x)}", electrolyte, options)
    assert isinstance(analysis, CurveAnalysis)  # a job opens nothing
    return analysis


def target_of(out: Path, name: str) -> Path:
    """The folder of a run.

    Raises
    ------
    InputError
        If the name is not a plain folder name.
    """
    return out / plain_name("run name", name)


def write_curve(folder: Path, name: str, curve: MixingCurve) -> None:
    """Write one curve of a run, as JSON and as CSV."""
    if not all_files():
        return
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
    second: Callable[[], Column] = Column,
) -> tuple[Column, Ranking]:
    """Write tables, figures and provenance of a run; return its second column and the ranking.

    Parameters
    ----------
    source : the phases, as a set, and what may not form.
    draws : of each curve, where the set states its errors; ``ranking.csv`` follows from them.
    mark : goes across every figure.
    models : energy models of the cathode beside the job's own, see
        :mod:`workflows.runs.energy_model_spread`.
    second : computes the curves on other energies of the products, which are one model more.
    """
    assert isinstance(source.phases, PhaseSet)
    note = source.phases.surrogate
    with beside(partial(under_each_model, job, source, curves, models)) as models_beside:
        column = second()
        spread = models_beside()
    write_tables(folder, curves, column)
    shown = drawn(curves)
    _write_column(folder, job, column)
    ranking, drawings = _write_ranking(folder, job, curves, draws, column, spread)
    for electrolyte, series in column.curves.items():
        spread.curves[electrolyte][column.name] = series
    drawings |= series_figures(folder, shown, note, column, spread.curves)
    drawings |= write_spread(folder, spread, note, shown)
    save_side_by_side(drawings, mark)
    reasons = [*spread.left_out, *([column.left_out] if column.left_out else [])]
    record = _provenance(job, curves)
    if reasons:
        record |= {"energy_models_left_out": reasons}
    if column.curves:
        record |= {"headline": headline(curves, column), column.name: _energies_of(column)}
    write_json(folder / "provenance.json", record)
    return column, ranking


def _write_ranking(
    folder: Path,
    job: CathodeJob,
    curves: Curves,
    draws: AllDraws,
    column: Column,
    spread: Spread,
) -> tuple[Ranking, Drawings]:
    """Write ``ranking.csv``, with its figure; nothing without draws or with one electrolyte."""
    under_pymatgen = {name: series.get(PYMATGEN, {}) for name, series in spread.curves.items()}
    own = MEASURED if job.correction else PLAIN
    every = {
        own: (curves, draws),
        column.name: (column.curves, column.draws),
        PYMATGEN: (under_pymatgen, spread.draws),
    }
    ranking = list(ranking_rows({name: pair for name, pair in every.items() if pair[1]}))
    if ranking:
        write_atomic(folder / "ranking.csv", rows_csv(RANKING_COLUMNS, ranking))
    if not ranking or not all_files():
        return ranking, {}
    from interfaces.figures import ranking_figure

    shown = drawn(curves)
    series_of = {
        energies: {name: series[name] for name in shown if series.get(name)}
        for energies, (series, of) in every.items()
        if of
    }
    draw = partial(ranking_figure, series_of, ranking, FLOOR)
    return ranking, {folder / "figures" / "ranking": draw}


def print_results(
    curves: Curves,
    note: str,
    target: Path,
    console: Console,
    column: Column | None = None,
    ranking: Ranking = (),
) -> None:
    """Show the minima, ranking and notes of a run, and where it was written."""
    column = column or Column()
    print_minima(curves, console)
    if column.curves:
        print_minima(column.curves, console, column.name)
    for sentence in headline(curves, column) if column.curves else ():
        console.print(sentence, markup=False)
    if column.left_out:
        console.print(f"note: no second column, {column.left_out}", style="dim", markup=False)
    if sentences := ranking_sentences(ranking):
        for sentence in sentences:
            console.print(sentence, markup=False)
        console.print(f"note: {SURE_NOTE}; {FLOOR}", style="dim", markup=False)
    for line in _notes(curves):
        console.print(f"note: {line}", style="dim", markup=False)
    if note:
        console.print(note)
    console.print(f"written to {target}")


def write_tables(folder: Path, curves: Curves, column: Column | None = None) -> None:
    """Write the minima and kinks of all curves as CSV."""
    column = column or Column()
    minima, kinks = [], []
    columns = MINIMUM_COLUMNS + (beside_columns(column.name) if column.curves else ())
    for electrolyte, series in curves.items():
        for x, curve in series.items():
            row = minimum_row(electrolyte, x, curve)
            if column.curves:
                row |= beside_row(column.name, column.curves[electrolyte][x])
            minima.append(row)
            kinks += [
                {"electrolyte": electrolyte, "x": x, **kink_row(kink)} for kink in curve.kinks
            ]
    write_atomic(folder / "minima.csv", rows_csv(columns, minima))
    write_atomic(folder / "kinks.csv", rows_csv(("electrolyte", "x", *KINK_COLUMNS), kinks))


def _write_column(folder: Path, job: CathodeJob, column: Column) -> None:
    """The curves of the second column and their record, in a folder of their own."""
    listed = [
        (f"{job.cathode_name}_{decimal(content)}_{electrolyte}", series[float(content)])
        for electrolyte, series in column.curves.items()
        for content in job.lithium
    ]
    for name, curve in listed:
        write_curve(folder / column.name, name, curve)
    if listed:
        answers = zip(column.analyses, [curve for _, curve in listed], strict=True)
        write_record(folder / column.name / IN_FOLDER, [*answers])


def series_figures(
    folder: Path,
    curves: Curves,
    note: str,
    column: Column | None = None,
    models: Mapping[str, Mapping[str, ByContent]] | None = None,
) -> Drawings:
    """The curves of each electrolyte, and the minima of all under each energy model."""
    column = column or Column()
    if not all_files():
        return {}
    from interfaces.figures import overlay_figure, panels_figure

    figures = folder / "figures"
    drawings: Drawings = {
        figures / "minima": partial(
            overlay_figure, curves, note, column.curves, column.name, models
        )
    }
    for electrolyte, series in curves.items():
        beside = column.curves.get(electrolyte)
        drawings[figures / f"panels_{electrolyte}"] = partial(
            panels_figure, series, electrolyte, note, beside=beside, name=column.name
        )
    return drawings


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
            "cathode": job.cathode_name,
            "lithium": [float(x) for x in job.lithium],
            "electrolytes": list(job.electrolyte_names),
            "phases": every[0].phase_set,
            "energies": list(job.energies),
            "exclude": list(job.exclude),
            "correction": job.correction,
        },
        **{k: v for k, v in shared.items() if k not in ("entries", "entries_sha256")},
        "entries_sha256": {
            f"{curve.reactant_1.label} | {curve.reactant_2.label}": dict(curve.provenance)[
                "entries_sha256"
            ]
            for curve in every
        },
        "reactants": [
            reactant.to_dict()
            for reactant in dict.fromkeys(
                reactant for c in every for reactant in (c.reactant_1, c.reactant_2)
            )
        ],
        "notes": _notes(curves),
    }


def _energies_of(column: Column) -> dict[str, Any]:
    """What the curves of the second column rest on."""
    every = [curve for series in column.curves.values() for curve in series.values()]
    return {
        "scheme": every[0].scheme,
        "energies": dict(every[0].provenance).get("energies", ""),
        "reactants": [
            reactant.to_dict() for reactant in dict.fromkeys(curve.reactant_2 for curve in every)
        ],
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
