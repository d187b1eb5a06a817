"""Maker of interface dynamics: cell -> relaxation -> segments, one after the other -> analysis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobflow import Flow, Job, Maker

from workflows.calculators.calculator_info import calculator_info
from workflows.jobs.md import analyse_run, build_cell, read_vasp_segment, relax_cell, run_segment
from workflows.schemas.jobs import DynamicsJob


@dataclass
class DynamicsMaker(Maker):  # type: ignore[misc]
    """Relaxation and chained dynamics of an interface cell, with any calculator.

    Attributes
    ----------
    asked : the job file.
    name : of the flow.
    calculator : name of the calculator, see :mod:`workflows.calculators.calculator_info`.
    """

    asked: DynamicsJob
    name: str = "dynamics"
    calculator: str = "mock"

    def make(self) -> Flow:
        """Return the chain of jobs; its output is the folder of the analysis."""
        cell = build_cell(self.asked.cell)
        self._label(cell, "cell")
        steps, ends = self._vasp(cell) if calculator_info(self.calculator).vasp else self._ase(cell)
        analysis = analyse_run(
            cell.output, [segment.output for segment in ends], self.asked, self.calculator
        )
        self._label(analysis, "analysis")
        return Flow([cell, *steps, analysis], output=analysis.output, name=self.name)

    def _ase(self, cell: Job) -> tuple[list[Job], list[Job]]:
        """Return all jobs of the run, and those whose outputs are its segments."""
        relaxed = relax_cell(cell.output, self.calculator, self.asked.relaxation_steps)
        self._label(relaxed, "relax")
        last, ends = relaxed.output, []
        for index in range(self.asked.segments):
            segment = run_segment(last, self.asked, self.calculator, index)
            self._label(segment, f"segment {index}")
            ends.append(segment)
            last = segment.output.structure
        return [relaxed, *ends], ends

    def _vasp(self, cell: Job) -> tuple[list[Job], list[Job]]:
        """Return the same with VASP; each run is read so that the next has its velocities."""
        asked = self.asked
        relaxed = self._maker(asked.relax).make(cell.output)
        self._label(relaxed, "relax")
        last, jobs, ends = relaxed.output.structure, [relaxed], []
        heat = {"TEBEG": asked.temperature, "TEEND": asked.temperature, "NSW": asked.steps}
        for index in range(asked.segments):
            moved = self._maker(asked.move, heat).make(last)
            self._label(moved, f"segment {index}")
            read = read_vasp_segment(moved.output, self.calculator, index)
            self._label(read, f"segment {index} end")
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

    def _label(self, job: Job, step: str) -> None:
        """Set the name and metadata by which a person finds the job."""
        info = calculator_info(self.calculator)
        job.name = f"{info.mark}{self.asked.name} {step}"
        mocked = {"mocked": True} if info.mocked else {}
        job.metadata = {
            "system": self.asked.cell, "step": step, "calculator": self.calculator,
            "temperature_K": self.asked.temperature, **mocked,
        }  # fmt: skip
