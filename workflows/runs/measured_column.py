"""Second column of a run: its curves with measured enthalpies, or without."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby

from interfaces.chemistry.formulas import decimal
from interfaces.errors import InterfaceError
from interfaces.phases.phase_set import PhaseSet
from interfaces.reactivity.mixing_curve import MixingCurve
from interfaces.solver.simplex import Array
from workflows.analyses.curve import CurveAnalysis, prepare_curve
from workflows.analyses.setup import PhaseOptions
from workflows.data.measured_enthalpies import corrected, fits_of
from workflows.flows.read_job import energies_of
from workflows.runs.energy_model_spread import Curves
from workflows.schemas.jobs import CathodeJob

MEASURED, PLAIN = "measured", "uncorrected"  #: names of the energies


@dataclass(frozen=True)
class Column:
    """Curves of a run on the other energies of the products.

    Attributes
    ----------
    name : of the energies, ``measured`` or ``uncorrected``.
    curves : electrolyte -> lithium content -> curve; empty where an energy is missing.
    analyses : of the curves, in their order.
    left_out : why it is empty.
    draws : lowest total of each draw of the curves, where the set states its errors.
    """

    name: str = ""
    curves: Curves = field(default_factory=dict)
    analyses: tuple[CurveAnalysis, ...] = ()
    left_out: str = ""
    draws: dict[str, dict[float, Array]] = field(default_factory=dict)


def sets_of(
    phases: str, phase_set: PhaseSet, correction: str | None
) -> tuple[PhaseSet, str, PhaseSet]:
    """The set of a run's own curves, and the name and set of its second column.

    Parameters
    ----------
    phases : name or file of the set.
    phase_set : the same, over the elements of the job.
    correction : of the job.
    """
    measured = corrected(phase_set, fits_of(phases))
    return (measured, PLAIN, phase_set) if correction else (phase_set, MEASURED, measured)


def second_column(job: CathodeJob, own: Curves, name: str, phase_set: PhaseSet) -> Column:
    """The curves of a job on the other energies of the products, with the same cathode.

    A cathode that is not on the hull keeps its energy: an oxide has the same in both sets.
    """
    options = PhaseOptions(phase_set, exclude=job.exclude)
    curves: Curves = {}
    analyses: list[CurveAnalysis] = []
    draws: dict[str, dict[float, Array]] = {}
    try:
        for electrolyte, series in own.items():
            for x, curve in series.items():
                analysis = _analysis(job, electrolyte, x, curve, options)
                analyses.append(analysis)
                result, drawn = analysis.run_with_draws()
                curves.setdefault(electrolyte, {})[x] = result
                if drawn is not None:
                    draws.setdefault(electrolyte, {})[x] = drawn.lowest
    except InterfaceError as error:
        return Column(name=name, left_out=f"{name}: {error}")
    return Column(name=name, curves=curves, analyses=tuple(analyses), draws=draws)


def _analysis(
    job: CathodeJob, electrolyte: str, x: float, own: MixingCurve, options: PhaseOptions
) -> CurveAnalysis:
    content = next(content for content in job.lithium if float(content) == x)
    energies = (*energies_of(job, electrolyte), f"{job.cathode_name}=hull")
    analysis = prepare_curve(
        f"{job.cathode_name}@{decimal(content)}", electrolyte, replace(options, energies=energies)
    )
    assert isinstance(analysis, CurveAnalysis)  # a job is closed
    cathode = analysis.reactant_1
    if own.reactant_1.energy_model != "hull":
        above = own.reactant_1.energy - cathode.energy
        cathode = replace(own.reactant_1, energy_above_hull=above)
    return replace(analysis, reactant_1=cathode)


def headline(own: Curves, column: Column) -> list[str]:
    """What each kind of energies gives: the range of each minimum, and the mildest electrolyte."""
    own_name = PLAIN if column.name == MEASURED else MEASURED
    every = {own_name: own, column.name: column.curves}
    sentences = []
    for electrolyte in own:
        contents = sorted(own[electrolyte], reverse=True)
        ranges = [
            f"{minimum(curves, electrolyte, contents[0]):z.3f} to "
            f"{minimum(curves, electrolyte, contents[-1]):z.3f} eV/atom on {name} energies"
            for name, curves in every.items()
        ]
        sentences.append(
            f"{electrolyte}: minimum total from x = {contents[0]:g} to {contents[-1]:g} is "
            f"{', and '.join(ranges)}."
        )
    if len(own) > 1:
        sentences.append(
            "Mildest electrolyte by the minimum total: "
            + "; ".join(f"{_mildest(curves)} on {name} energies" for name, curves in every.items())
            + "."
        )
    return sentences


def minimum(curves: Curves, electrolyte: str, x: float) -> float:
    """Minimum total [eV/atom]."""
    return curves[electrolyte][x].minimum_total.total


def _mildest(curves: Curves) -> str:
    """``ECA at x = 1 to 0.2, LiTFSI at x = 0.1 to 0``."""
    contents = sorted(next(iter(curves.values())), reverse=True)

    def mildest(x: float) -> str:
        return max(curves, key=lambda electrolyte: minimum(curves, electrolyte, x))

    parts = []
    for electrolyte, run in groupby(contents, mildest):
        held = list(run)
        span = f"{held[0]:g}" if len(held) == 1 else f"{held[0]:g} to {held[-1]:g}"
        parts.append(f"{electrolyte} at x = {span}")
    return ", ".join(parts)
