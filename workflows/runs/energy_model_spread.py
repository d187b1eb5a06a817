"""Curves of a job under every energy model of its cathode: the spread shows the uncertainty."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from interfaces.chemistry.formulas import decimal
from interfaces.errors import InterfaceError
from interfaces.phases.reactants import PYMATGEN
from interfaces.reactivity.mixing_curve import MixingCurve
from interfaces.solver.simplex import Array
from workflows.analyses.curve import CurveAnalysis, prepare_curve
from workflows.analyses.setup import PhaseOptions
from workflows.data.named_materials import hull_of_molecule
from workflows.flows.read_job import energies_of
from workflows.io.results import all_files, write_atomic
from workflows.io.side_by_side import Drawings
from workflows.tables.curve_tables import rows_csv, spread_row

if TYPE_CHECKING:
    from workflows.schemas.jobs import CathodeJob

#: Beside the one that the job itself takes: of the cathode, and pymatgen's of both reactants.
MODELS = ("hull", "endmembers", "anchored", PYMATGEN)
SAME_ENERGY = 1e-9  #: eV/atom
COLUMNS = (
    "electrolyte", "model", "x", "cathode_energy_model", "cathode_energy_ev_per_atom",
    "cathode_entry", "electrolyte_energy_model", "electrolyte_energy_ev_per_atom",
    "minimum_total_ev_per_atom", "fraction_total", "minimum_mutual_ev_per_atom", "fraction_mutual",
    "uncertainty_total_ev_per_atom", "low_total_ev_per_atom", "high_total_ev_per_atom",
)  # fmt: skip

ByContent = dict[float, MixingCurve]  # lithium content -> curve
Curves = dict[str, ByContent]  # electrolyte ->


@dataclass(frozen=True)
class Spread:
    """Curves under each energy model.

    Attributes
    ----------
    curves : electrolyte -> energy model -> lithium content -> curve.
    left_out : models that are not there, with the reason.
    draws : electrolyte -> lithium content -> lowest total of each draw under pymatgen's model.
    """

    curves: dict[str, dict[str, ByContent]]
    left_out: tuple[str, ...]
    draws: dict[str, dict[float, Array]] = field(default_factory=dict)


def under_each_model(
    job: CathodeJob,
    source: PhaseOptions,
    own: Curves,
    models: Sequence[str] = MODELS,
) -> Spread:
    """Compute the curves of a job under other energy models of its cathode, or of both reactants.

    Parameters
    ----------
    job : the job file.
    source : phases and exclusions of the job.
    own : electrolyte -> lithium content -> curve, as the job gave them.
    models : names of energy models.

    Returns
    -------
    The job's own curves under their own model, and those of each other model. A model without an
    energy of the cathode, or with the same energies, is left out with the reason.
    """
    spread: dict[str, dict[str, ByContent]] = {}
    draws: dict[str, dict[float, Array]] = {}
    left_out: dict[str, None] = {}
    for electrolyte, series in own.items():
        taken = "/".join(dict.fromkeys(c.reactant_1.energy_model for c in series.values()))
        spread[electrolyte] = {taken: series}
        for model in models:
            if model == taken:
                continue
            energies = energies_of(job, electrolyte)
            chosen = model if model == PYMATGEN else f"{job.cathode_name}={model}"
            options = replace(source, energies=(*energies, chosen))
            try:
                analyses = {
                    float(x): _prepared(f"{job.cathode_name}@{decimal(x)}", electrolyte, options)
                    for x in job.lithium
                }
                if all(_same(analyses[x], series[x]) for x in series):
                    left_out[f"{model}: equal to {taken} on this set"] = None
                    continue
                if model != PYMATGEN:
                    curves = {x: analysis.curve() for x, analysis in analyses.items()}
                else:
                    drawn = {x: analysis.run_with_draws() for x, analysis in analyses.items()}
                    curves = {x: curve for x, (curve, _) in drawn.items()}
                    lowest = {x: d.lowest for x, (_, d) in drawn.items() if d is not None}
                    draws |= {electrolyte: lowest} if lowest else {}
            except InterfaceError as error:
                left_out[f"{model}: {error}"] = None
                continue
            spread[electrolyte][model] = curves
    return Spread(curves=spread, left_out=tuple(left_out), draws=draws)


def write_spread(
    folder: Path, spread: Spread, note: str, drawn: Container[str] | None = None
) -> Drawings:
    """Write ``models.csv``; return a figure for each electrolyte that has more than one model.

    Parameters
    ----------
    folder : of the run's results.
    spread : curves under each model.
    note : text below the figures.
    drawn : electrolytes that get a figure; by default all.
    """
    rows = [
        _row(electrolyte, model, x, curve)
        for electrolyte, models in spread.curves.items()
        for model, series in models.items()
        for x, curve in series.items()
    ]
    write_atomic(folder / "models.csv", rows_csv(COLUMNS, rows))
    if not all_files():
        return {}
    from interfaces.figures import models_figure

    return {
        folder / "figures" / f"models_{electrolyte}": partial(
            models_figure, models, electrolyte, ". ".join(filter(None, (*_remarks(models), note)))
        )
        for electrolyte, models in spread.curves.items()
        if len(models) > 1 and (drawn is None or electrolyte in drawn)
    }


def _remarks(models: dict[str, ByContent]) -> tuple[str, ...]:
    """What a line of the figure does not say: that of a molecule at its hull energy."""
    remark = hull_of_molecule(next(iter(next(iter(models.values())).values())).reactant_2.label)
    told = {
        model
        for model, series in models.items()
        if any(remark in curve.reactant_2.notes for curve in series.values())
    }
    return (f"{' and '.join(sorted(told))}: {remark}",) if told else ()


def _row(electrolyte: str, model: str, x: float, curve: MixingCurve) -> dict[str, object]:
    total, mutual = curve.minimum_total, curve.minimum_mutual
    cathode, other = curve.reactant_1, curve.reactant_2
    values = (
        electrolyte, model, x, cathode.energy_model, cathode.energy, cathode.entry_id,
        other.energy_model, other.energy, total.total, total.mixing_fraction, mutual.mutual,
        mutual.mixing_fraction, *spread_row(curve, total, "total").values(),
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def _same(first: CurveAnalysis, second: MixingCurve) -> bool:
    """Whether both reactants have the energies that they have in a curve."""
    return (
        abs(first.reactant_1.energy - second.reactant_1.energy) < SAME_ENERGY
        and abs(first.reactant_2.energy - second.reactant_2.energy) < SAME_ENERGY
    )


def _prepared(cathode: str, electrolyte: str, source: PhaseOptions) -> CurveAnalysis:
    analysis = prepare_curve(cathode, electrolyte, source)
    assert isinstance(analysis, CurveAnalysis)  # a job is closed
    return analysis
