"""Makers of a calculated cathode: which jobs run, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from jobflow import Flow, Job, Maker

from interfaces.chemistry.formulas import decimal
from interfaces.delithiation import whole
from workflows.analyses.setup import energy_model_of
from workflows.calculators.calculator_info import calculator_info
from workflows.calculators.relax import MAX_STEPS
from workflows.data.named_materials import find_system
from workflows.flows.molecule_reference import MoleculeMaker
from workflows.io.resources import DEFAULT_SET
from workflows.jobs.orderings import (
    ChargeState,
    calculate_each,
    list_orderings,
    relax_ordering,
)
from workflows.jobs.series import Pair, build_series, compute_pair_curve
from workflows.jobs.vasp_jobs import read_vasp_relaxation, vasp_maker

if TYPE_CHECKING:
    from workflows.jobs.orderings import CandidateOrdering


class Calculation(Protocol):
    """Any Maker of a job or flow with a ``RelaxedStructure`` as its output."""

    calculator: str

    def make(self, start: CandidateOrdering) -> Job | Flow:
        """Return the job or flow of one ordering."""


@dataclass
class RelaxMaker(Maker):  # type: ignore[misc]
    """Relaxation with an ASE calculator given by its name (``mock``, ``sevennet`` or ``gpaw``).

    ``max_steps`` limits each of two optimisers. With 0 it is a static run, which counts as
    converged if forces and stress meet the tolerance.
    """

    name: str = "relax"
    calculator: str = "mock"
    max_steps: int = MAX_STEPS

    def make(self, start: CandidateOrdering) -> Job:
        """Return the relaxation of one ordering."""
        relaxation = relax_ordering(start, self.calculator, self.max_steps)
        _label(relaxation, start, self.name, self.calculator)
        return relaxation


@dataclass
class VaspMaker(Maker):  # type: ignore[misc]
    """Relaxation and static run with VASP (``vasp``) or the fake one (``mock-vasp``)."""

    name: str = "relax"
    calculator: str = "vasp"

    def make(self, start: CandidateOrdering) -> Flow:
        """Return the flow of the Materials Project, and the job that reads its energy."""
        inner = vasp_maker(start.structure, self.calculator).make(start.structure)
        runs = [run for run, _ in inner.iterflow()]
        read = read_vasp_relaxation(start, [run.output for run in runs], self.calculator)
        for run in runs:
            _label(run, start, run.name, self.calculator)
        _label(read, start, "energy", self.calculator)
        return Flow([inner, read], output=read.output, name=f"{start.label} {self.name}")


def calculation(calculator: str) -> Calculation:
    """Return the Maker that relaxes with a calculator.

    Parameters
    ----------
    calculator : its name, see :mod:`workflows.calculators.calculator_info`.

    Raises
    ------
    InputError
        If there is no such calculator.
    """
    maker = VaspMaker if calculator_info(calculator).vasp else RelaxMaker
    return maker(calculator=calculator)


@dataclass
class CurvesMaker(Maker):  # type: ignore[misc]
    """Orderings at each lithium content -> relaxations -> one scale -> a curve per electrolyte.

    Attributes
    ----------
    cathode, host : the system's name, and the layered host behind it.
    formula_units, contents : size of the cell, and Li per formula unit as decimals (``"0.5"``).
    decorations, orderings, seed : as :class:`workflows.jobs.orderings.ChargeState`.
    calculation : Maker of the job of one ordering; replace it to use another code.
    molecules : Maker of the energy of an electrolyte that is a molecule.
    electrolytes, phases, elements, energies, exclude : as :class:`workflows.jobs.series.Pair`.
    """

    name: str = "curves"
    cathode: str = "NCM811"
    host: str = "NCM811"
    formula_units: int = 10
    contents: tuple[str, ...] = ("1", "0.5", "0")
    decorations: int = 1
    orderings: int = 2
    seed: int = 811
    calculation: Calculation = field(default_factory=RelaxMaker)
    molecules: MoleculeMaker = field(default_factory=MoleculeMaker)
    electrolytes: tuple[str, ...] = ("LPSCl",)
    phases: str = DEFAULT_SET
    elements: tuple[str, ...] = ()
    energies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()

    def make(self) -> Flow:
        """Return the whole chain; it outputs the series, and placings and curves by electrolyte."""
        mark = calculator_info(self.calculation.calculator).mark
        jobs, cells = [], []
        for state in self.states():
            listed = list_orderings(state)
            relaxed = calculate_each(listed.output, self.calculation)
            for job, step in ((listed, "orderings"), (relaxed, "calculations")):
                job.name = f"{mark}{state.label} {step}"
                job.metadata = {
                    **_metadata(state.host, step, self.calculation.calculator),
                    "x": state.x,
                }
            jobs += [listed, relaxed]
            cells.append(relaxed.output)
        series = build_series(cells, self.phases)
        series.name = f"{mark}{self.host} scale"
        series.metadata = _metadata(self.host, "scale", self.calculation.calculator)
        jobs.append(series)
        placements: dict[str, Flow] = {}
        for electrolyte, label in self.molecular():
            placements[electrolyte] = replace(self.molecules, label=label).make()
            jobs.append(placements[electrolyte])
        curves: dict[str, dict[str, Job]] = {}
        for pair in self.pairs():
            placement = placements.get(pair.electrolyte)
            curve = compute_pair_curve(series.output, pair, placement and placement.output)
            content = pair.cathode.partition("@")[2]
            curve.name = f"{mark}{self.host} x={content} with {pair.electrolyte} curve"
            curve.metadata = {
                **_metadata(self.host, "curve", pair.calculator),
                "x": float(content),
                "electrolyte": pair.electrolyte,
            }
            curves.setdefault(pair.electrolyte, {})[content] = curve.output
            jobs.append(curve)
        output = {
            "series": series.output,
            "curves": curves,
            "placings": {electrolyte: flow.output for electrolyte, flow in placements.items()},
        }
        return Flow(jobs, output=output, name=self.name)

    def states(self) -> list[ChargeState]:
        """Return the cells to build at each lithium content, in the order of ``contents``."""
        return [
            ChargeState(
                host=self.host,
                formula_units=self.formula_units,
                lithium=whole(float(x), self.formula_units, "Li"),
                decorations=self.decorations,
                orderings=self.orderings,
                seed=self.seed,
            )
            for x in self.contents
        ]

    def molecular(self) -> list[tuple[str, str]]:
        """Return electrolytes placed by a reference reaction, with their molecules."""
        named = [(name, find_system(name)) for name in self.electrolytes]
        return [
            (name, system.molecule)
            for name, system in named
            if system.molecule is not None
            and (energy_model_of(self.energies.get(name, ()), name) or system.energy)
            == "calculated"
        ]

    def pairs(self) -> list[Pair]:
        """Return every electrolyte with every lithium content."""
        return [
            Pair(
                cathode=f"{self.cathode}@{decimal(Fraction(x))}",
                electrolyte=electrolyte,
                calculator=self.calculation.calculator,
                phases=self.phases,
                elements=tuple(self.elements),
                energies=tuple(self.energies.get(electrolyte, ())),
                exclude=tuple(self.exclude),
            )
            for electrolyte in self.electrolytes
            for x in self.contents
        ]


def _metadata(host: str, step: str, calculator: str) -> dict[str, object]:
    """Return the metadata by which a person finds a job."""
    mocked = {"mocked": True} if calculator_info(calculator).mocked else {}
    return {"system": host, "step": step, "calculator": calculator, **mocked}


def _label(job: Job, start: CandidateOrdering, step: str, calculator: str) -> None:
    """Set the name and metadata of the job of one ordering."""
    job.name = f"{calculator_info(calculator).mark}{start.label} {step}"
    job.metadata = {
        **_metadata(start.state.host, step, calculator),
        "x": start.state.x,
        "decoration": start.decoration,
        "ordering": start.ordering,
    }
