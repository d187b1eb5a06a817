"""A job file of dynamics and a calculator -> the whole resumable chain, and its results."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows._version import VERSION
from workflows.flows.read_job import dynamics_job
from workflows.io.results import write_json
from workflows.trajectories.trajectory_tables import print_written

if TYPE_CHECKING:
    from jobflow import Flow
    from pymatgen.core import Structure

    from workflows.jobs.documents import DynamicsDocument
    from workflows.schemas.jobs import DynamicsJob


@dataclass(frozen=True)
class DynamicsRun:
    """Dynamics of an interface cell, as :class:`workflows.flows.resumable_run.RunSpec`.

    Attributes
    ----------
    job : the job file; a cell in a file has its whole path.
    cell : that the run starts from.
    calculator : name of the calculator.
    """

    job: DynamicsJob
    cell: Structure
    calculator: str

    @property
    def name(self) -> str:
        """Name of the job."""
        return self.job.name

    is_quick = False

    def make(self) -> Flow:
        """Return a new flow."""
        from workflows.flows.interface_md import InterfaceMDMaker

        return InterfaceMDMaker.from_job(self.job, self.calculator).make()

    def inputs(self) -> dict[str, Any]:
        """Return everything that the numbers of the run follow from, as plain values."""
        from workflows.structures.read_targets import digest_of

        return self.job.model_dump(mode="json") | {
            "cell": Path(self.job.cell).name,
            "atoms": digest_of(self.cell),
            "calculator": self.calculator,
            "interface-stability": VERSION,
        }

    def programs(self, folder: Path) -> AbstractContextManager[object]:
        """Make VASP and its POTCARs available where the calculator needs them."""
        from workflows.calculators.vasp import ready

        return ready(self.calculator, folder, *potentials_of(self.job, self.cell))

    def write(self, folder: Path, output: DynamicsDocument) -> None:
        """Write tables and figure of the analysis, and the inputs."""
        output.write(folder)
        write_json(folder / "job.json", self.inputs())

    def show(self, output: DynamicsDocument, written: Any, target: Path) -> None:
        """Print what was written."""
        print_written(target)


def dynamics_run(job: Path | DynamicsJob, calculator: str) -> DynamicsRun:
    """Return the run of a job file, its cell read.

    Parameters
    ----------
    job : the job file.
    calculator : name of the calculator.

    Raises
    ------
    InputError
        If the job or its cell cannot be read, or the cell does not say which side its atoms belong
        to.
    """
    from workflows.jobs.md import with_sides
    from workflows.structures.read_targets import find_target

    job = dynamics_job(job)
    cell = find_target(job.cell).structure
    with_sides(cell, f"{job.name}: {job.cell}")
    if Path(job.cell).exists():  # the jobs may be finished from another folder
        job = job.model_copy(update={"cell": str(Path(job.cell).resolve())})
    return DynamicsRun(job=job, cell=cell, calculator=calculator)


def potentials_of(job: DynamicsJob, cell: Structure) -> tuple[tuple[str, ...], str]:
    """Return names and functional of the POTCARs that the protocols of a job use.

    Parameters
    ----------
    job : names the protocols of relaxation and dynamics.
    cell : has the elements.

    Raises
    ------
    InputError
        If a protocol cannot be read, or names no POTCAR for an element.
    """
    from workflows.vasp.potcars import symbols_for
    from workflows.vasp.read_protocol import read_protocol

    potentials = [read_protocol(name).potentials for name in (job.relax, job.move)]
    elements = [element.symbol for element in cell.composition]
    symbols = {symbol for choice in potentials for symbol in symbols_for(choice, elements)}
    return tuple(sorted(symbols)), potentials[0].functional
