"""The folder of a calculated run: its curves, the energies and voltages behind them, its record."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workflows._version import VERSION
from workflows.analyses.curve import CurveAnalysis
from workflows.analyses.setup import PhaseOptions
from workflows.calculators.ase_calculators import Scale, calculator_info
from workflows.io.mock_mark import MARK, MOCK_SCHEME
from workflows.io.results import FIGURE_DATA, all_files, save_figures, write_atomic, write_json
from workflows.jobs.energy_scale import phases_of
from workflows.jobs.series import Series, prepare_pair
from workflows.runs.cathode_series import write_curve, write_results
from workflows.runs.electrolyte_ranking import AllDraws
from workflows.runs.energy_model_spread import MODELS, Curves
from workflows.runs.measured_column import Column, second_column, sets_of
from workflows.runs.record import IN_FOLDER, Result, write_record
from workflows.tables.curve_tables import rows_csv

if TYPE_CHECKING:
    from workflows.flows.interface_stability import InterfaceStabilityMaker
    from workflows.jobs.reference_reaction import MoleculePlacement
    from workflows.schemas.jobs import CathodeJob

ENERGY_COLUMNS = (
    "host", "x", "formula_units", "decoration", "layout", "ordering", "seed",
    "ewald_energy_ev_per_formula", "formula", "energy_ev_per_atom",
    "correction_ev_per_atom", "corrections", "formation_energy_ev_per_atom", "volume_a3_per_atom",
    "space_group", "max_force_ev_per_a", "steps", "converged", "calculator",
    "a_a", "c_a", "stacking",
)  # fmt: skip
VOLTAGE_COLUMNS = ("host", "x_from", "x_to", "voltage_V")


def asked(maker: InterfaceStabilityMaker) -> dict[str, Any]:
    """Return everything that the numbers of a run follow from, as plain values."""
    fields = {key: value for key, value in maker.as_dict().items() if key[0] != "@"}
    del fields["correction"]  # refused where the cathode is calculated
    phase_set = phases_of(maker.calculator, maker.phases, maker.all_elements)
    return fields | {
        "relax_maker": maker.calculator,
        "elements": list(maker.all_elements),
        "phase energies": phase_set.fingerprint()[:12],
        "interface-stability": VERSION,
    }


def curves_of(output: Mapping[str, Any]) -> Curves:
    """Return the curves of a flow's output: electrolyte -> lithium content -> curve."""
    return {
        electrolyte: {float(x): curve for x, curve in series.items()}
        for electrolyte, series in output["curves"].items()
    }


def draws_of(output: Mapping[str, Any]) -> AllDraws:
    """Return the drawn lowest totals of a flow's output; empty where no errors are known."""
    return {
        electrolyte: {float(x): np.array(drawn) for x, drawn in series.items()}
        for electrolyte, series in output.get("draws", {}).items()  # flows of 0.3 have none
        if all(drawn is not None for drawn in series.values())
    }


def write_calculated(
    folder: Path, job: CathodeJob, maker: InterfaceStabilityMaker, output: Mapping[str, Any]
) -> None:
    """Write tables, figures and the record; every file of a mocked run is marked.

    Parameters
    ----------
    folder : of the results.
    job : the job file.
    maker : that made the flow.
    output : of the flow.
    """
    series: Series = output["series"]
    placements: Mapping[str, MoleculePlacement] = output["placings"]
    curves, draws = curves_of(output), draws_of(output)
    mocked = calculator_info(series.calculator).mocked
    mark, note = (MARK, MOCK_SCHEME) if mocked else ("", "")
    answers: list[tuple[CurveAnalysis, Result]] = []
    for pair in maker.all_pairs():
        x = float(pair.x)
        curve = curves[pair.electrolyte][x]
        write_curve(folder, f"{job.cathode_name}_{pair.x}_{pair.electrolyte}", curve)
        answers.append((prepare_pair(series, pair, placements.get(pair.electrolyte)), curve))
    phase_set = phases_of(series.calculator, maker.phases, maker.all_elements)
    # the anchored model takes SevenNet's differences, which do not apply to made-up energies, and
    # are the energies themselves with SevenNet
    models = MODELS if calculator_info(series.calculator).scale is Scale.MP2020 else MODELS[:2]
    second: Callable[[], Column] = Column
    if not mocked:
        _, name, other = sets_of(maker.phases, phase_set, job.correction)
        second = partial(second_column, job, curves, name, other)
    options = PhaseOptions(phase_set, exclude=job.exclude)
    _, ranking = write_results(folder, job, options, curves, draws, mark, models, second)
    write_record(folder / IN_FOLDER, answers, ranking)
    write_atomic(folder / "energies.csv", rows_csv(ENERGY_COLUMNS, _energies(series)))
    if series.voltages:
        rows = [
            dict(zip(VOLTAGE_COLUMNS, (series.host, *step), strict=True))
            for step in series.voltages
        ]
        write_atomic(folder / "voltages.csv", rows_csv(VOLTAGE_COLUMNS, rows))
    if series.voltages and all_files():
        from interfaces.figures.plot_profiles import profile_figure

        figure = profile_figure(series.voltages, series.host, phase_set.surrogate)
        save_figures(figure, folder / "figures" / "voltage", mark)
    write_json(
        folder / "calculation.json",
        {
            "scheme": series.scheme,
            "calculator": note or series.calculator,
            "notes": list(series.notes),
            "versions": sorted(
                {text for member in series.members for text in member.relaxed.versions}
            ),
            "asked": asked(maker) | {"phases": Path(maker.phases).name},
        },
    )
    if mocked:
        mark_tables(folder)


def mark_tables(folder: Path) -> None:
    """Mark the tables of a mocked run; the data of figures are marked as they are drawn."""
    for path in sorted(folder.rglob("*.csv")):
        if not path.name.endswith(FIGURE_DATA):
            write_atomic(path, _marked(path.read_text(encoding="utf-8")))


def _energies(series: Series) -> list[dict[str, object]]:
    from interfaces.delithiation import layering, supercell

    rows: list[dict[str, object]] = []
    for member in series.members:
        cell, start = member.relaxed, member.relaxed.start
        assert start is not None  # of a host, each is relaxed from an ordering
        framework = start.state.owner.framework
        layers = layering(supercell(framework, start.state.formula_units), cell.structure)
        slabs = (layers.a, layers.c, "-".join(layers.stacking)) if layers else ("", "", "")
        values = (
            series.host, member.x, start.state.formula_units, start.decoration, start.layout,
            start.ordering, start.state.seed, start.ewald_energy, cell.formula, cell.energy,
            cell.correction, "; ".join(cell.corrections), member.energy, cell.volume,
            cell.space_group, cell.max_force, cell.steps, cell.converged, cell.calculator, *slabs,
        )  # fmt: skip
        rows.append(dict(zip(ENERGY_COLUMNS, values, strict=True)))
    return rows


def _marked(text: str) -> str:
    """Add a column to a CSV that marks the heading and every row as mocked."""
    rows = list(csv.reader(io.StringIO(text)))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([[*row, MARK if at == 0 else MOCK_SCHEME] for at, row in enumerate(rows)])
    return stream.getvalue()
