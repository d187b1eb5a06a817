"""A job file and a calculator -> the whole chain, which can be killed and started again.

The jobs are in ``OUT/NAME.jobs``. ``OUT/NAME`` appears when all of them are finished and depends on
them alone: it holds no time and no uuid.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from workflows.calculators.ase_calculators import calculator_info
from workflows.flows.read_job import cathode_job
from workflows.io.mock_mark import MARK, MOCK_SCHEME
from workflows.jobs.energy_scale import phases_of
from workflows.runs.calculated_series_results import asked, curves_of, write_calculated
from workflows.runs.cathode_series import print_results

if TYPE_CHECKING:
    from jobflow import Flow

    from workflows.flows.interface_stability import InterfaceStabilityMaker
    from workflows.schemas.jobs import CathodeJob


@dataclass(frozen=True)
class CathodeRun:
    """A calculated cathode and its curves, as :class:`workflows.flows.resumable_run.RunSpec`."""

    job: CathodeJob
    maker: InterfaceStabilityMaker

    @property
    def name(self) -> str:
        """Name of the job."""
        return self.job.name

    def make(self) -> Flow:
        """Return a new flow."""
        return self.maker.make()

    is_quick = False

    def inputs(self) -> dict[str, Any]:
        """Return everything that the numbers of the run follow from, as plain values."""
        return asked(self.maker)

    def programs(self, folder: Path) -> AbstractContextManager[object]:
        """Make VASP and its POTCARs available where the calculator needs them."""
        if not calculator_info(self.maker.calculator).vasp:
            return nullcontext()
        from workflows.calculators.mock.mock_potcars import usual_symbols
        from workflows.calculators.vasp import ready

        return ready(self.maker.calculator, folder, usual_symbols(self.maker.all_elements))

    def write(self, folder: Path, output: Any) -> None:
        """Write curves, energies, voltages and the record."""
        write_calculated(folder, self.job, self.maker, output)

    def show(self, output: Any, written: Any, target: Path) -> None:
        """Print the minima, those of a mocked run marked."""
        from rich.console import Console

        curves = curves_of(output)
        mocked = calculator_info(self.maker.calculator).mocked
        console = Console()
        if mocked:
            console.print(f"{MOCK_SCHEME}: every number below is made up", style="bold red")
            curves = {f"{MARK} {name}": series for name, series in curves.items()}
        phase_set = phases_of(self.maker.calculator, self.maker.phases, self.maker.all_elements)
        print_results(curves, phase_set.surrogate, target, console)


def cathode_run(job: Path | CathodeJob, calculator: str, phases: str | None = None) -> CathodeRun:
    """Return the run of a job file, once it is clear that it can be finished.

    Parameters
    ----------
    job, calculator, phases : as of :func:`maker_of`.

    Raises
    ------
    InputError, ReactantError
        As :func:`maker_of`.
    """
    job = cathode_job(job)
    maker = maker_of(job, calculator, phases)
    maker.make()  # refuses what cannot be finished
    return CathodeRun(job=job, maker=maker)


def maker_of(
    job: CathodeJob, calculator: str, phases: str | None = None
) -> InterfaceStabilityMaker:
    """Return the Maker of a job.

    Parameters
    ----------
    job : the cathode, its lithium contents and the electrolytes.
    calculator : name of the calculator.
    phases : name or file of the phase set, instead of the job's.

    Raises
    ------
    InputError
        If the calculator is unknown, or VASP is the fake one.
    """
    from workflows.flows.interface_stability import InterfaceStabilityMaker

    calculator_info(calculator)
    maker = InterfaceStabilityMaker.from_job(job, calculator, phases)
    if maker.calculator != calculator:
        raise InputError(
            f"--calculator {calculator} was requested, but ATOMATE2_VASP_CMD names the fake VASP; "
            "set the command of a real one, or give --calculator mock-vasp"
        )
    if calculator_info(calculator).on_no_set:
        phases_of(calculator, maker.phases, maker.all_elements)  # refuses it in one line
    return maker
