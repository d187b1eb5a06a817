"""A job file of dynamics and a calculator -> the whole chain, resumable, and its results."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from workflows._version import VERSION
from workflows.flows.stored_results import folder_name, run_into
from workflows.io.results import write_json
from workflows.runs.cathode_series import target_of
from workflows.runs.read_job import dynamics_job
from workflows.trajectories.trajectory_summary import print_written

if TYPE_CHECKING:
    from pymatgen.core import Structure

    from workflows.schemas.jobs import DynamicsJob


def run_dynamics(
    job: Path | DynamicsJob,
    calculator: str,
    *,
    out: Path,
    name: str | None = None,
    fresh: bool = False,
) -> Path:
    """Relax the cell of a job, let it move, and write ``out/NAME/`` when everything is there.

    Parameters
    ----------
    calculator : name of an engine, see :mod:`workflows.calculators.registry`.
    name, fresh : as :func:`workflows.runs.calculated_series.run_calculated`.

    Raises
    ------
    InputError
        If the job or its cell cannot be read, or the folder is in use or holds another job.
    """
    from workflows.calculators.vasp import ready
    from workflows.flows.interface_md import DynamicsMaker

    job, cell, told = asked(job, calculator)
    target = target_of(out, folder_name(name or job.name, calculator, given=name is not None))
    potentials = potentials_of(job, cell)

    def write(folder: Path, analysis: str) -> None:
        shutil.copytree(analysis, folder, dirs_exist_ok=True)
        write_json(folder / "job.json", told)

    run_into(
        target,
        DynamicsMaker(job, name=f"{job.name} {calculator}", calculator=calculator).make,
        told,
        lambda jobs: ready(calculator, jobs, *potentials),
        write,
        fresh=fresh,
    )
    print_written(target)
    return target


def asked(
    job: Path | DynamicsJob, calculator: str
) -> tuple[DynamicsJob, Structure, dict[str, Any]]:
    """A job, its cell, and everything that the numbers of its run follow from, as plain values.

    Raises
    ------
    InputError
        If the job or its cell cannot be read, or the cell does not tell its sides apart.
    """
    from workflows.structures.read_targets import digest_of, find_target

    job = dynamics_job(job)
    cell = find_target(job.cell).structure
    if "side" not in cell.site_properties:
        raise InputError(
            f"{job.name}: {job.cell} does not say which side its atoms belong to; give a named "
            "cell or a folder of interfaces cell"
        )
    if Path(job.cell).exists():  # the jobs may be finished from another folder
        job = job.model_copy(update={"cell": str(Path(job.cell).resolve())})
    told = job.model_dump(mode="json") | {
        "cell": Path(job.cell).name,
        "atoms": digest_of(cell),
        "calculator": calculator,
        "interface-stability": VERSION,
    }
    return job, cell, told


def potentials_of(job: DynamicsJob, cell: Structure) -> tuple[tuple[str, ...], str]:
    """Names and functional of the POTCARs that the protocols of a job take."""
    from workflows.vasp.potcars import symbols_for
    from workflows.vasp.read_protocol import read_protocol

    both = [read_protocol(name).potentials for name in (job.relax, job.move)]
    elements = [one.symbol for one in cell.composition]
    symbols = {symbol for one in both for symbol in symbols_for(one, elements)}
    return tuple(sorted(symbols)), both[0].functional
