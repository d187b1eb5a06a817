"""A job file -> every curve of a delithiated cathode against its electrolytes, with figures."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from interfaces.formulas import chemical_system, decimal
from interfaces.mixing import MixingCurve
from interfaces.products import suspect_note
from workflows.curves import CurveQuestion, ask_curve
from workflows.disk import read_text
from workflows.entries import read_phases
from workflows.questions import Source
from workflows.records import run_folder, save_figure, write_json, write_whole
from workflows.replay import IN_FOLDER, Answer, Question, write_record
from workflows.resources import inputs
from workflows.systems import find_system
from workflows.tables import (
    KINK_COLUMNS,
    MINIMUM_COLUMNS,
    curve_csv,
    kink_row,
    minimum_row,
    print_minima,
    rows_csv,
)

if TYPE_CHECKING:
    from rich.console import Console

Curves = dict[str, dict[float, MixingCurve]]


@dataclass(frozen=True)
class Cells:
    """What ``calculate:`` in a job file asks for: size of the cells, and how many of what."""

    formula_units: int = 10
    decorations: int = 1
    orderings: int = 2
    seed: int = 811


@dataclass(frozen=True)
class Job:
    """What a job file asks for."""

    name: str
    cathode: str
    lithium: tuple[Fraction, ...]
    electrolytes: tuple[str, ...]
    phases: str
    energies: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    calculate: Cells = Cells()


def read_job(path: Path) -> Job:
    """Read a job file; a bundled one is found by its name when the path does not exist.

    Raises
    ------
    InputError
        If the file is missing, is not YAML, or has a key that is unknown, missing or of the wrong
        kind.
    """
    import yaml

    bundled = inputs() / path.name
    found = path if path.is_file() else bundled if bundled.is_file() else None
    if found is None:
        known = ", ".join(f"inputs/{p.name}" for p in inputs().glob("*.yaml") if _is_job(p))
        raise InputError(f"job file {path} does not exist; bundled: {known}")
    try:
        data = yaml.safe_load(read_text(found))
    except yaml.YAMLError as error:
        raise InputError(f"{found.name} is not YAML: {error}") from None
    if not isinstance(data, dict):
        raise InputError(f"{found.name} holds no keys; a job needs name, cathode, lithium, ...")
    known_keys = {field.name for field in fields(Job)}
    required = known_keys - {"energies", "exclude", "calculate"}
    unknown, missing = sorted(map(str, data.keys() - known_keys)), sorted(required - data.keys())
    if unknown or missing:
        raise InputError(
            f"{found.name}: unknown keys {unknown or 'none'}, missing keys {missing or 'none'}; "
            f"a job has {', '.join(sorted(known_keys))}"
        )
    for key in ("lithium", "electrolytes", "energies", "exclude"):
        if not isinstance(data.get(key, []), list):
            raise InputError(f"{found.name}: {key} must be a list, found {data[key]!r}")
    name = str(data["name"])
    if Path(name).name != name or name.startswith("."):
        raise InputError(f"{found.name}: run name {name!r} must be a plain folder name")
    try:
        lithium = tuple(Fraction(str(x)) for x in data["lithium"])
    except ValueError as error:
        raise InputError(f"{found.name}: lithium contents must be numbers: {error}") from None
    if not lithium or not data["electrolytes"]:
        raise InputError(f"{found.name}: give at least one lithium content and one electrolyte")
    return Job(
        name,
        str(data["cathode"]),
        lithium,
        tuple(map(str, data["electrolytes"])),
        str(data["phases"]),
        tuple(map(str, data.get("energies", []))),
        tuple(map(str, data.get("exclude", []))),
        _cells(data.get("calculate", {}), found.name),
    )


def _cells(data: Any, file: str) -> Cells:
    least = {field.name: 0 if field.name == "seed" else 1 for field in fields(Cells)}
    if not isinstance(data, dict) or data.keys() - least.keys():
        raise InputError(f"{file}: calculate has {', '.join(least)}; found {data!r}")
    for key, value in data.items():
        if type(value) is not int or value < least[key]:
            raise InputError(
                f"{file}: calculate: {key} must be a whole number of at least {least[key]}, "
                f"found {value!r}"
            )
    return Cells(**data)


def _is_job(path: Path) -> bool:
    return "electrolytes:" in path.read_text(encoding="utf-8")


def run_job(path: Path, *, out: Path, name: str | None = None, phases: str | None = None) -> Curves:
    """Compute and write a job: ``out/NAME/`` appears when everything in it is there.

    Returns electrolyte -> lithium content -> curve.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    job = read_job(path)
    target = target_of(out, name or job.name)
    console = Console()
    phase_set = read_phases(phases or job.phases, elements_of(job))
    curves: Curves = {}
    answers: list[tuple[Question, Answer]] = []
    with (
        run_folder(target) as folder,
        Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TimeElapsedColumn(), console=Console(file=sys.stderr), transient=True,
        ) as progress,
    ):  # fmt: skip
        task = progress.add_task("curves", total=len(job.lithium) * len(job.electrolytes))
        for electrolyte in job.electrolytes:
            for x in job.lithium:
                progress.update(task, description=f"{job.cathode} x = {decimal(x)} | {electrolyte}")
                question = ask_curve(
                    f"{job.cathode}@{decimal(x)}",
                    electrolyte,
                    Source(phase_set, energies_of(job, electrolyte), job.exclude),
                )
                assert isinstance(question, CurveQuestion)  # a job opens nothing
                curve = question.answer()
                answers.append((question, curve))
                write_curve(folder, f"{job.cathode}_{decimal(x)}_{electrolyte}", curve)
                curves.setdefault(electrolyte, {})[float(x)] = curve
                progress.advance(task)
        progress.update(task, description="figures")
        write_results(folder, job, curves, phase_set.stand_in)
        write_record(folder / IN_FOLDER, answers)
    print_results(curves, phase_set.stand_in, target, console)
    return curves


def target_of(out: Path, name: str) -> Path:
    """The folder of a run.

    Raises
    ------
    InputError
        If the name is no plain folder name.
    """
    target = out / name
    if Path(target.name).name != name:
        raise InputError(f"run name {name!r} must be a plain folder name")
    return target


def elements_of(job: Job) -> tuple[str, ...]:
    """Elements of the cathode and all electrolytes of a job."""
    systems = [find_system(f"{job.cathode}@{decimal(x)}") for x in job.lithium]
    systems += [find_system(electrolyte) for electrolyte in job.electrolytes]
    return tuple(chemical_system([system.formula for system in systems]))


def energies_of(job: Job, electrolyte: str) -> tuple[str, ...]:
    """The job's energy choices that concern one pair."""
    others = {f"{other}=" for other in job.electrolytes if other != electrolyte}
    return tuple(
        text for text in job.energies if not any(text.startswith(other) for other in others)
    )


def write_curve(folder: Path, name: str, curve: MixingCurve) -> None:
    """Write one curve of a run, as JSON and as CSV."""
    write_json(folder / "curves" / f"{name}.json", curve.to_dict())
    write_whole(folder / "curves" / f"{name}.csv", curve_csv(curve))


def write_results(folder: Path, job: Job, curves: Curves, note: str, mark: str = "") -> None:
    """Write the tables, figures and provenance of a run; ``mark`` goes across every figure."""
    _write_tables(folder, curves)
    _write_figures(folder, curves, note, mark)
    write_json(folder / "provenance.json", _provenance(job, curves))


def print_results(curves: Curves, note: str, target: Path, console: Console) -> None:
    """Show the minima and notes of a run, and where it was written."""
    print_minima(curves, console)
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
    write_whole(folder / "minima.csv", rows_csv(MINIMUM_COLUMNS, minima))
    write_whole(folder / "kinks.csv", rows_csv(("electrolyte", "x", *KINK_COLUMNS), kinks))


def _write_figures(folder: Path, curves: Curves, note: str, mark: str) -> None:
    from interfaces.figures import overlay_figure, panels_figure

    for electrolyte, series in curves.items():
        figure = panels_figure(series, electrolyte, note)
        for suffix in (".png", ".pdf"):
            save_figure(figure, folder / "figures" / f"panels_{electrolyte}{suffix}", mark)
    figure = overlay_figure(curves, note)
    for suffix in (".png", ".pdf"):
        save_figure(figure, folder / "figures" / f"minima{suffix}", mark)


def _provenance(job: Job, curves: Curves) -> dict[str, Any]:
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
        notes.append(suspect_note(f"{name} ({n} curves)" for name, n in sorted(flagged.items())))
    return notes
