"""Makers: fields and wiring. What is computed stands in :mod:`workflows.jobs.cathode`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from jobflow import Flow, Job, Maker

from interfaces.chemistry.formulas import decimal
from interfaces.delithiation import whole
from workflows.analyses.setup import energy_model_of
from workflows.calculators.registry import calculator_info
from workflows.calculators.relax import MAX_STEPS
from workflows.data.named_materials import find_system
from workflows.flows.molecule_reference import MoleculeMaker
from workflows.jobs.cathode import (
    calculate_each,
    list_orderings,
    put_on_scale,
    react,
    read_vasp,
    relax_ordering,
)
from workflows.jobs.orderings import ChargeState
from workflows.jobs.series import Pair

if TYPE_CHECKING:
    from workflows.jobs.orderings import CandidateOrdering


class Calculation(Protocol):
    """What is injected: anything that makes a job or flow with a ``Relaxed`` as its output."""

    calculator: str

    def make(self, start: CandidateOrdering) -> Job | Flow:
        """The job of one cell."""


@dataclass
class RelaxMaker(Maker):  # type: ignore[misc]
    """Relaxation with an ASE calculator given by its name (``mock``, ``chgnet`` or ``gpaw``).

    ``max_steps`` of each of two optimisers; with 0 it is a static run, converged if forces and
    stress happen to meet the tolerance.
    """

    name: str = "relax"
    calculator: str = "mock"
    max_steps: int = MAX_STEPS

    def make(self, start: CandidateOrdering) -> Job:
        """The relaxation of one ordering."""
        one = relax_ordering(start, self.calculator, self.max_steps)
        _tell(one, start, self.name, self.calculator)
        return one


@dataclass
class VaspMaker(Maker):  # type: ignore[misc]
    """Relaxation and static run with VASP (``vasp``) or the fake one (``mock-vasp``)."""

    name: str = "relax"
    calculator: str = "vasp"

    def make(self, start: CandidateOrdering) -> Flow:
        """The Materials Project's flow for one ordering, and the reading of its energy."""
        from workflows.jobs.vasp_jobs import vasp_maker

        inner = vasp_maker(start.structure, self.calculator).make(start.structure)
        runs = [one for one, _ in inner.iterflow()]
        read = read_vasp(start, [one.output for one in runs], self.calculator)
        for one in runs:
            _tell(one, start, one.name, self.calculator)
        _tell(read, start, "energy", self.calculator)
        return Flow([inner, read], output=read.output, name=f"{start.label} {self.name}")


def calculation(calculator: str) -> Calculation:
    """The Maker that belongs to an engine's name.

    Raises
    ------
    InputError
        If there is no such engine.
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
    calculation : makes the job of one cell; here another engine comes in.
    molecules : makes the jobs that place an electrolyte which is a molecule; another route to its
        energy comes in here.
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
    phases: str = "chgnet-0.3.0"
    elements: tuple[str, ...] = ()
    energies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()

    def make(self) -> Flow:
        """The whole chain; its output is the series, the placings and the curves by electrolyte."""
        mark = calculator_info(self.calculation.calculator).mark
        jobs, cells = [], []
        for state in self.states():
            listed = list_orderings(state)
            relaxed = calculate_each(listed.output, self.calculation)
            for one, step in ((listed, "orderings"), (relaxed, "calculations")):
                one.name = f"{mark}{state.label} {step}"
                one.metadata = {
                    **_named(state.host, step, self.calculation.calculator),
                    "x": state.x,
                }
            jobs += [listed, relaxed]
            cells.append(relaxed.output)
        scaled = put_on_scale(cells, self.phases)
        scaled.name = f"{mark}{self.host} scale"
        scaled.metadata = _named(self.host, "scale", self.calculation.calculator)
        jobs.append(scaled)
        placings: dict[str, Flow] = {}
        for electrolyte, label in self.molecular():
            placings[electrolyte] = replace(self.molecules, label=label).make()
            jobs.append(placings[electrolyte])
        curves: dict[str, dict[str, Job]] = {}
        for pair in self.pairs():
            placing = placings.get(pair.electrolyte)
            one = react(scaled.output, pair, placing and placing.output)
            content = pair.cathode.partition("@")[2]
            one.name = f"{mark}{self.host} x={content} with {pair.electrolyte} curve"
            one.metadata = {
                **_named(self.host, "curve", pair.calculator),
                "x": float(content),
                "electrolyte": pair.electrolyte,
            }
            curves.setdefault(pair.electrolyte, {})[content] = one.output
            jobs.append(one)
        output = {
            "series": scaled.output,
            "curves": curves,
            "placings": {electrolyte: flow.output for electrolyte, flow in placings.items()},
        }
        return Flow(jobs, output=output, name=self.name)

    def states(self) -> list[ChargeState]:
        """The states of charge, in the order of ``contents``."""
        return [
            ChargeState(
                self.host, self.formula_units, whole(float(x), self.formula_units, "Li"),
                self.decorations, self.orderings, self.seed,
            )
            for x in self.contents
        ]  # fmt: skip

    def molecular(self) -> list[tuple[str, str]]:
        """Electrolytes that are placed by a reaction, each with the label of its molecule."""
        named = [(one, find_system(one)) for one in self.electrolytes]
        return [
            (name, system.molecule)
            for name, system in named
            if system.molecule is not None
            and (energy_model_of(self.energies.get(name, ()), name) or system.energy)
            == "calculated"
        ]

    def pairs(self) -> list[Pair]:
        """Every electrolyte with every lithium content."""
        return [
            Pair(
                f"{self.cathode}@{decimal(Fraction(x))}", electrolyte, self.calculation.calculator,
                self.phases, tuple(self.elements), tuple(self.energies.get(electrolyte, ())),
                tuple(self.exclude),
            )
            for electrolyte in self.electrolytes
            for x in self.contents
        ]  # fmt: skip


def _named(host: str, step: str, calculator: str) -> dict[str, object]:
    """What a person looks for a job by."""
    mocked = {"mocked": True} if calculator_info(calculator).mocked else {}
    return {"system": host, "step": step, "calculator": calculator, **mocked}


def _tell(one: Job, start: CandidateOrdering, step: str, calculator: str) -> None:
    """Give the job of one ordering its name and metadata."""
    one.name = f"{calculator_info(calculator).mark}{start.label} {step}"
    one.metadata = {
        **_named(start.state.host, step, calculator),
        "x": start.state.x,
        "decoration": start.decoration,
        "ordering": start.ordering,
    }
