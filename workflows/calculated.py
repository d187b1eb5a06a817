"""A job file and a calculator -> the whole chain, run so that it can be killed and started again.

The jobs stand in ``OUT/NAME.jobs`` (:mod:`workflows.local`); ``OUT/NAME`` appears when all of them
are finished, and follows from them alone: no time and no uuid is in it.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from interfaces.formulas import decimal
from workflows.campaign import (
    Curves,
    Job,
    elements_of,
    energies_of,
    print_results,
    read_job,
    target_of,
    write_curve,
    write_results,
)
from workflows.conditions import CLOSED
from workflows.local import locked, run_flow
from workflows.questions import Source, candidates, placed
from workflows.records import run_folder, save_figure, write_json, write_whole
from workflows.relaxations import CALCULATORS
from workflows.replay import IN_FOLDER, write_record
from workflows.scales import MOCK_SCHEME, Series, phases_of, question
from workflows.systems import find_system
from workflows.tables import rows_csv
from workflows.version import VERSION

if TYPE_CHECKING:
    from workflows.flows import CurvesMaker

MARK = "MOCK"
ENERGY_COLUMNS = (
    "host", "x", "formula_units", "decoration", "layout", "ordering", "seed",
    "ewald_energy_ev_per_formula", "formula", "energy_ev_per_atom",
    "formation_energy_ev_per_atom", "volume_a3_per_atom", "space_group", "max_force_ev_per_a",
    "steps", "converged", "calculator", "a_a", "c_a", "stacking",
)  # fmt: skip
VOLTAGE_COLUMNS = ("host", "x_from", "x_to", "voltage_V")


def run_calculated(
    path: Path,
    calculator: str,
    *,
    out: Path,
    name: str | None = None,
    phases: str | None = None,
    fresh: bool = False,
) -> Curves:
    """Calculate a job's cathode, then its curves; write ``out/NAME/`` when everything is there.

    Parameters
    ----------
    calculator : ``mock`` or ``chgnet``.
    name : of the folder, by default the job's and the calculator's; a mocked one ends in ``-mock``,
        so that it never takes the place of a real one.
    fresh : throw away what an earlier run of this name left.

    Raises
    ------
    InputError
        If the folder is in use or holds another job, or the job cannot be calculated.
    """
    from rich.console import Console
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    job = read_job(path)
    target = target_of(out, _named(name or job.name, calculator, given=name is not None))
    maker = maker_of(job, calculator, phases)
    errors = Console(file=sys.stderr)
    with (
        locked(target.with_name(f"{target.name}.jobs")),
        Progress(
            TextColumn("{task.description}"), TimeElapsedColumn(),
            console=errors, transient=True, disable=not errors.is_terminal,
        ) as progress,
    ):  # fmt: skip
        task = progress.add_task("jobs")
        found = run_flow(
            maker.make,
            asked(maker),
            target.with_name(f"{target.name}.jobs"),
            fresh=fresh,
            tell=lambda words: progress.update(task, description=words),
        )
        curves: Curves = {
            electrolyte: {float(x): curve for x, curve in series.items()}
            for electrolyte, series in found["curves"].items()
        }
        progress.update(task, description="tables and figures")
        _clear(target)
        with run_folder(target) as folder:
            _write(folder, job, maker, found["series"], curves)
    mocked = calculator == "mock"
    console = Console()
    if mocked:
        console.print(f"{MOCK_SCHEME}: every number below is made up", style="bold red")
    stand_in = phases_of(calculator, maker.phases, maker.elements).stand_in
    shown = {f"{MARK} {one}": series for one, series in curves.items()} if mocked else curves
    print_results(shown, stand_in, target, console)
    return curves


def _named(name: str, calculator: str, *, given: bool) -> str:
    ending = f"-{calculator}"
    keeps = given and calculator != "mock"
    return name if keeps or name.endswith(ending) else name + ending


def maker_of(job: Job, calculator: str, phases: str | None = None) -> CurvesMaker:
    """The Maker of a job, once it is clear that it can be finished.

    Raises
    ------
    InputError
        If the calculator is unknown, the cathode is no layered host, its energy is given, or the
        phases are of another scheme.
    ReactantError
        If an electrolyte has no energy among the phases.
    """
    from interfaces.delithiation import decorations, host, supercell
    from workflows.flows import CurvesMaker, RelaxMaker

    if calculator not in CALCULATORS:
        raise InputError(f"no calculator is called {calculator!r}; {', '.join(CALCULATORS)} are")
    cathode = find_system(f"{job.cathode}@{decimal(job.lithium[0])}")
    given = [text for text in job.energies if text.partition("=")[0] == job.cathode]
    if given:
        raise InputError(f"energies: {given[0]} is not used where {job.cathode} is calculated")
    if cathode.series is None:
        raise InputError(f"{job.cathode} is not the name of a layered host; it cannot be built")
    cells, elements = job.calculate, elements_of(job)
    source = phases or job.phases
    if Path(source).exists():
        source = str(Path(source).resolve())  # the jobs may be finished from another folder
    maker = CurvesMaker(
        name=f"{job.name} {calculator}",
        cathode=job.cathode,
        host=cathode.series,
        formula_units=cells.formula_units,
        contents=tuple(decimal(x) for x in job.lithium),
        decorations=cells.decorations,
        orderings=cells.orderings,
        seed=cells.seed,
        calculation=RelaxMaker(calculator=calculator),
        electrolytes=job.electrolytes,
        phases=source,
        elements=elements,
        energies={one: energies_of(job, one) for one in job.electrolytes},
        exclude=job.exclude,
    )
    layered = host(cathode.series)
    decorations(layered, supercell(cells.formula_units), cells.decorations, cells.seed)
    maker.states()
    phase_set = phases_of(calculator, source, elements)
    phase_set.pool(elements)
    for one in job.electrolytes:
        whole = Source(phase_set, maker.energies[one], job.exclude)
        placed(candidates(whole, elements, CLOSED), [find_system(one)], [one], whole)
    return maker


def asked(maker: CurvesMaker) -> dict[str, Any]:
    """Everything that the numbers of a run follow from, as plain values."""
    fields = {key: value for key, value in maker.as_dict().items() if key[0] != "@"}
    phase_set = phases_of(maker.calculation.calculator, maker.phases, maker.elements)
    return fields | {
        "calculation": maker.calculation.calculator,
        "phase energies": phase_set.fingerprint()[:12],
        "interface-stability": VERSION,
    }


def _clear(target: Path) -> None:
    """Remove what a process left that was killed while it wrote the results."""
    left = re.compile(rf"\.{re.escape(target.name)}\.(old\.)?[a-z0-9_]{{8}}")
    for path in target.parent.iterdir():
        if left.fullmatch(path.name) and path.is_dir():
            shutil.rmtree(path)


def _write(folder: Path, job: Job, maker: CurvesMaker, series: Series, curves: Curves) -> None:
    mocked = series.calculator == "mock"
    mark, note = (MARK, MOCK_SCHEME) if mocked else ("", "")
    answers = []
    for pair in maker.pairs():
        x = pair.cathode.partition("@")[2]
        curve = curves[pair.electrolyte][float(x)]
        write_curve(folder, f"{job.cathode}_{x}_{pair.electrolyte}", curve)
        answers.append((question(series, pair), curve))
    stand_in = answers[0][0].phase_set.stand_in
    write_results(folder, job, curves, stand_in, mark)
    write_record(folder / IN_FOLDER, answers)
    write_whole(folder / "energies.csv", rows_csv(ENERGY_COLUMNS, _energies(series)))
    if series.voltages:
        from interfaces.figures.profiles import profile_figure

        rows = [
            dict(zip(VOLTAGE_COLUMNS, (series.host, *step), strict=True))
            for step in series.voltages
        ]
        write_whole(folder / "voltages.csv", rows_csv(VOLTAGE_COLUMNS, rows))
        figure = profile_figure(series.voltages, series.host, stand_in)
        for suffix in (".png", ".pdf"):
            save_figure(figure, folder / "figures" / f"voltage{suffix}", mark)
    write_json(
        folder / "calculation.json",
        {
            "scheme": series.scheme,
            "calculator": note or series.calculator,
            "notes": list(series.notes),
            "versions": sorted({text for one in series.members for text in one.relaxed.versions}),
            "asked": asked(maker) | {"phases": Path(maker.phases).name},
        },
    )
    if mocked:
        for path in sorted(folder.rglob("*.csv")):
            write_whole(path, _marked(path.read_text(encoding="utf-8")))


def _energies(series: Series) -> list[dict[str, object]]:
    from interfaces.delithiation import layering, supercell

    rows: list[dict[str, object]] = []
    for member in series.members:
        cell, start = member.relaxed, member.relaxed.start
        seen = layering(supercell(start.state.formula_units), cell.structure)
        values = (
            series.host, member.x, start.state.formula_units, start.decoration, start.layout,
            start.ordering, start.state.seed, start.ewald_energy, cell.formula, cell.energy,
            member.energy, cell.volume, cell.space_group, cell.max_force, cell.steps,
            cell.converged, cell.calculator, seen.geometry.a, seen.geometry.c,
            "-".join(seen.stacking),
        )  # fmt: skip
        rows.append(dict(zip(ENERGY_COLUMNS, values, strict=True)))
    return rows


def _marked(text: str) -> str:
    """The CSV with a column that says in its heading, and in every row, what it is."""
    rows = list(csv.reader(io.StringIO(text)))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([[*row, MARK if at == 0 else MOCK_SCHEME] for at, row in enumerate(rows)])
    return stream.getvalue()
