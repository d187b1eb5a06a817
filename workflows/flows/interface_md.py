"""An interface cell -> relaxed -> segments of dynamics, one after the other -> what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobflow import Flow, Job, Maker, job

from workflows.calculators.registry import calculator_info
from workflows.jobs.md import Segment
from workflows.schemas.jobs import DynamicsJob

if TYPE_CHECKING:
    from pymatgen.core import Structure


@job  # type: ignore[untyped-decorator]
def build_cell(name: str) -> Structure:
    """Build the interface cell, or read it."""
    from workflows.jobs.md import interface_cell

    return interface_cell(name)


@job  # type: ignore[untyped-decorator]
def relax_cell(cell: Structure, calculator: str, steps: int) -> Structure:
    """Move the atoms downhill in a fixed cell."""
    from workflows.jobs.md import relaxed_cell

    return relaxed_cell(cell, calculator, steps)


@job  # type: ignore[untyped-decorator]
def run_segment(cell: Structure, asked: DynamicsJob, calculator: str, index: int) -> Segment:
    """Run one segment with an ASE calculator."""
    from workflows.jobs.md import segment

    return segment(cell, asked, calculator, index)


@job  # type: ignore[untyped-decorator]
def read_vasp_segment(task: Any, calculator: str, index: int) -> Segment:
    """Read where a segment of VASP ended."""
    from workflows.jobs.md import vasp_segment

    return vasp_segment(task, calculator, index)


@job  # type: ignore[untyped-decorator]
def analyse_run(
    cell: Structure, segments: Sequence[Segment], asked: DynamicsJob, calculator: str
) -> str:
    """Write the tables and figure of the whole run; the output is their folder."""
    from workflows.jobs.md import analysed

    return analysed(cell, segments, asked, calculator)


@dataclass
class DynamicsMaker(Maker):  # type: ignore[misc]
    """Relaxation and chained dynamics of an interface cell, with any engine.

    Attributes
    ----------
    asked : the job file.
    calculator : name of an engine, see :mod:`workflows.calculators.registry`.
    """

    asked: DynamicsJob
    name: str = "dynamics"
    calculator: str = "mock"

    def make(self) -> Flow:
        """The chain; its output is the folder of the analysis."""
        cell = build_cell(self.asked.cell)
        self._tell(cell, "cell")
        steps, ends = self._vasp(cell) if calculator_info(self.calculator).vasp else self._ase(cell)
        analysis = analyse_run(
            cell.output, [one.output for one in ends], self.asked, self.calculator
        )
        self._tell(analysis, "analysis")
        return Flow([cell, *steps, analysis], output=analysis.output, name=self.name)

    def _ase(self, cell: Job) -> tuple[list[Job], list[Job]]:
        """All jobs of the run, and those whose outputs are its segments."""
        relaxed = relax_cell(cell.output, self.calculator, self.asked.relaxation_steps)
        self._tell(relaxed, "relax")
        last, ends = relaxed.output, []
        for index in range(self.asked.segments):
            one = run_segment(last, self.asked, self.calculator, index)
            self._tell(one, f"segment {index}")
            ends.append(one)
            last = one.output.structure
        return [relaxed, *ends], ends

    def _vasp(self, cell: Job) -> tuple[list[Job], list[Job]]:
        """The same with VASP; each run is read so that the next one has its velocities."""
        asked = self.asked
        relaxed = self._maker(asked.relax).make(cell.output)
        self._tell(relaxed, "relax")
        last, jobs, ends = relaxed.output.structure, [relaxed], []
        heat = {"TEBEG": asked.temperature, "TEEND": asked.temperature, "NSW": asked.steps}
        for index in range(asked.segments):
            moved = self._maker(asked.move, heat).make(last)
            self._tell(moved, f"segment {index}")
            read = read_vasp_segment(moved.output, self.calculator, index)
            self._tell(read, f"segment {index} end")
            jobs += [moved, read]
            ends.append(read)
            last = read.output.structure
        return jobs, ends

    def _maker(self, protocol: str, settings: Mapping[str, Any] | None = None) -> Maker:
        from atomate2.vasp.jobs.base import BaseVaspMaker

        from workflows.calculators.vasp import on_mock
        from workflows.vasp.atomate2_generator import ProtocolGenerator

        maker = BaseVaspMaker(
            name=protocol,
            input_set_generator=ProtocolGenerator(
                protocol=protocol, kind="interface", user_incar_settings=dict(settings or {})
            ),
        )
        return on_mock(maker, {}) if calculator_info(self.calculator).mocked else maker

    def _tell(self, one: Job, step: str) -> None:
        """Give a job the name and metadata that a person looks for it by."""
        used = calculator_info(self.calculator)
        one.name = f"{used.mark}{self.asked.name} {step}"
        mocked = {"mocked": True} if used.mocked else {}
        one.metadata = {
            "system": self.asked.cell, "step": step, "calculator": self.calculator,
            "temperature_K": self.asked.temperature, **mocked,
        }  # fmt: skip
