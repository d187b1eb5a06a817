"""Maker of interface dynamics: cell -> relaxation -> segments, one after the other -> analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from jobflow import Flow, Job, Maker, OutputReference

from interfaces.errors import InputError
from workflows.calculators.ase_calculators import calculator_info
from workflows.flows.analysis_makers import reference_of
from workflows.flows.maker_fields import restore_tuples
from workflows.flows.read_job import dynamics_job
from workflows.jobs.documents import DynamicsDocument, with_schema
from workflows.jobs.foreign import calculator_of, vasp_makers
from workflows.jobs.md import (
    analyse_run,
    build_cell,
    read_segment,
    read_vasp_segment,
    relax_cell,
    run_segment,
    with_sides,
)
from workflows.schemas.jobs import DynamicsJob

if TYPE_CHECKING:
    from pymatgen.core import Structure


@dataclass
class InterfaceMDMaker(Maker):  # type: ignore[misc]
    """Relaxation and chained dynamics of an interface cell; its output is the analysis.

    Attributes
    ----------
    md_maker, relax_maker : any Makers of molecular dynamics and of the relaxation before it; each
        segment is one job of the first. Those of ASE and force fields must store the trajectory.
    calculator : in their place, an ASE calculator by name or import path, or VASP under the
        protocols ``relax`` and ``move``.
    temperature, steps, segments, every, time_step, seed, relaxation_steps, pair, relax, move : as
        :class:`workflows.schemas.jobs.DynamicsJob`; the first seven are those of ``calculator``.
    """

    name: str = "dynamics"
    md_maker: Maker | None = None
    relax_maker: Maker | None = None
    calculator: str | None = None
    temperature: float = 600.0
    steps: int = 500
    segments: int = 2
    every: int = 5
    time_step: float = 2.0
    seed: int = 811
    relaxation_steps: int = 60
    pair: Sequence[str] = ()
    relax: str = "interface-relax"
    move: str = "interface-aimd"
    cell: Any = None

    def __post_init__(self) -> None:
        """Restore tuples, which a store holds as lists."""
        restore_tuples(self)

    @classmethod
    def from_file(cls, path: str | Path, calculator: str) -> Self:
        """Return the Maker of a job file of dynamics.

        Parameters
        ----------
        path : of the job file, or the name of a bundled one.
        calculator : of the forces.

        Raises
        ------
        InputError
            If the file cannot be read or holds another kind of job.
        """
        return cls.from_job(dynamics_job(Path(path)), calculator)

    @classmethod
    def from_job(cls, job: DynamicsJob, calculator: str) -> Self:
        """Return the Maker of a job that was read."""
        return cls(calculator=calculator, **job.model_dump())

    def make(self, cell: str | Structure | OutputReference | None = None) -> Flow:
        """Return the chain of jobs.

        Parameters
        ----------
        cell : a named cell, a folder of ``interfaces cell``, a structure with the site property
            ``side``, or the output of an ``InterfaceCellMaker``.

        Raises
        ------
        InputError
            If there is no Maker or calculator, no cell, or the cell does not say which side its
            atoms belong to.
        """
        chosen = reference_of(self.cell if cell is None else cell)
        if (self.md_maker is None) == (self.calculator is None):
            raise InputError("dynamics need either an md_maker or a calculator; neither is assumed")
        asked = self._asked(chosen)
        start = build_cell(_checked(chosen))
        self._label(start, "cell", asked)
        steps, ends = self._chain(start, asked)
        analysis = analyse_run(
            start.output, [end.output for end in ends], asked.name, asked.pair, self._info.mocked,
            **self._requested(asked),
        )  # fmt: skip
        with_schema(analysis, DynamicsDocument)
        self._label(analysis, "analysis", asked)
        return Flow([start, *steps, analysis], output=analysis.output, name=self.name)

    @property
    def _info(self) -> Any:
        maker = self.md_maker
        return calculator_info(calculator_of(maker) if maker else str(self.calculator))

    def _requested(self, asked: DynamicsJob) -> dict[str, float | None]:
        """Length [fs] and temperature [K] of the whole run, as far as its Makers state them."""
        step: float | None = None if self._info.vasp else asked.time_step  # VASP's: its protocol's
        steps: int | None = asked.steps
        temperature: Any = asked.temperature
        if self.md_maker is not None:
            step, steps, temperature = (
                getattr(self.md_maker, name, None)
                for name in ("time_step", "n_steps", "temperature")
            )
        return {
            "duration": None if step is None or steps is None else asked.segments * steps * step,
            "temperature": temperature if isinstance(temperature, int | float) else None,
        }

    def _asked(self, cell: Any) -> DynamicsJob:
        """Return the values as a job, which checks them."""
        from workflows.schemas.base import validate

        data = {key: getattr(self, key) for key in DynamicsJob.model_fields if key != "cell"}
        label = cell if isinstance(cell, str) else "structure"
        data |= {"cell": label, "pair": list(self.pair), "name": self.name.replace(" ", "_")}
        asked: DynamicsJob = validate(DynamicsJob, data, "InterfaceMDMaker")
        return asked

    def _chain(self, cell: Job, asked: DynamicsJob) -> tuple[list[Job | Flow], list[Job]]:
        """Return all jobs of the run, and those whose outputs are its segments."""
        if self.md_maker is not None:
            return self._foreign(cell, asked)
        return self._vasp(cell, asked) if self._info.vasp else self._ase(cell, asked)

    def _foreign(self, cell: Job, asked: DynamicsJob) -> tuple[list[Job | Flow], list[Job]]:
        """Return the same with any Makers."""
        assert self.md_maker is not None
        jobs: list[Job | Flow] = []
        last, ends = cell.output, []
        if self.relax_maker is not None:
            jobs.append(self.relax_maker.make(last))
            last = jobs[0].output.structure
        vasp = bool(list(vasp_makers(self.md_maker)))
        step = getattr(self.md_maker, "time_step", None)
        if step is None and not vasp:
            raise InputError(f"{type(self.md_maker).__name__} has no time_step; set it [fs], since "
                             "times follow from it")  # fmt: skip
        interval = float(step or 0) * int(getattr(self.md_maker, "traj_interval", 1))
        name = self._info.name
        for index in range(asked.segments):
            moved = self.md_maker.make(last)
            read = (
                read_vasp_segment(moved.output, name, index)
                if vasp
                else read_segment(moved.output, interval, index)
            )
            self._label(read, f"segment {index} end", asked)
            jobs += [moved, read]
            ends.append(read)
            last = read.output.structure
        return jobs, ends

    def _ase(self, cell: Job, asked: DynamicsJob) -> tuple[list[Job | Flow], list[Job]]:
        """Return the same with an ASE calculator."""
        relaxed = relax_cell(cell.output, self.calculator, asked.relaxation_steps)
        self._label(relaxed, "relax", asked)
        last, ends = relaxed.output, []
        for index in range(asked.segments):
            segment = run_segment(last, asked, self.calculator, index)
            self._label(segment, f"segment {index}", asked)
            ends.append(segment)
            last = segment.output.structure
        return [relaxed, *ends], ends

    def _vasp(self, cell: Job, asked: DynamicsJob) -> tuple[list[Job | Flow], list[Job]]:
        """Return the same with VASP; each run is read so that the next has its velocities."""
        relaxed = self._maker(asked.relax).make(cell.output)
        self._label(relaxed, "relax", asked)
        last, jobs, ends = relaxed.output.structure, [relaxed], []
        heat = {"TEBEG": asked.temperature, "TEEND": asked.temperature, "NSW": asked.steps}
        for index in range(asked.segments):
            moved = self._maker(asked.move, heat).make(last)
            self._label(moved, f"segment {index}", asked)
            read = read_vasp_segment(moved.output, self.calculator, index)
            self._label(read, f"segment {index} end", asked)
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
        return on_mock(maker, {}) if self._info.mocked else maker

    def _label(self, job: Job, step: str, asked: DynamicsJob) -> None:
        """Set the name and metadata by which a person finds the job."""
        info = self._info
        job.name = f"{info.mark}{asked.name} {step}"
        mocked = {"mocked": True} if info.mocked else {}
        job.metadata = {
            "system": asked.cell, "step": step, "calculator": info.name,
            "temperature_K": asked.temperature, **mocked,
        }  # fmt: skip


def _checked(cell: Any) -> Any:
    """Return a cell with sides, a path made absolute; an output is checked where it is there."""
    if cell is None:
        raise InputError("give the cell: a name, a folder of interfaces cell, or a structure")
    if isinstance(cell, OutputReference):
        return cell
    if not isinstance(cell, str | Path):
        return with_sides(cell, "the structure")
    from workflows.structures.read_targets import find_target

    with_sides(find_target(str(cell)).structure, str(cell))
    return str(Path(cell).resolve()) if Path(cell).exists() else str(cell)
