"""A job file and a calculator -> the whole chain, run so that it can be killed and started again.

The jobs stand in ``OUT/NAME.jobs`` (:mod:`workflows.runs`); ``OUT/NAME`` appears when all of
them are finished, and follows from them alone: no time and no uuid is in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from interfaces.chemistry.formulas import decimal
from interfaces.errors import InputError
from workflows.analyses.conditions import CLOSED
from workflows.analyses.setup import PhaseOptions, load_phase_set, resolve_reactants
from workflows.calculators.registry import calculator_info
from workflows.data.named_materials import find_system
from workflows.flows.stored_results import folder_name, run_into
from workflows.io.mock_mark import MARK, MOCK_SCHEME
from workflows.jobs.energy_scale import phases_of
from workflows.runs.calculated_series_results import asked, curves_of, write_calculated
from workflows.runs.cathode_series import print_results, target_of
from workflows.runs.energy_model_spread import Curves
from workflows.runs.read_job import cathode_job, elements_of, energies_of

if TYPE_CHECKING:
    from workflows.flows.cathode_curves import CurvesMaker
    from workflows.schemas.jobs import CathodeJob


def run_calculated(
    job: Path | CathodeJob,
    calculator: str,
    *,
    out: Path,
    name: str | None = None,
    phases: str | None = None,
    fresh: bool = False,
) -> Curves:
    """Calculate a job's cathode, then its curves; write ``out/NAME/`` when everything is there.

    Parameters
    ----------
    calculator : name of an engine, see :mod:`workflows.calculators.registry`.
    name : of the folder, by default the job's and the calculator's; a mocked one ends in ``-mock``,
        so that it never takes the place of a real one.
    fresh : throw away what an earlier run of this name left.

    Raises
    ------
    InputError
        If the folder is in use or holds another job, or the job cannot be calculated.
    """
    from rich.console import Console

    from workflows.calculators.mock.mock_potcars import usual_symbols
    from workflows.calculators.vasp import ready

    job = cathode_job(job)
    target = target_of(out, folder_name(name or job.name, calculator, given=name is not None))
    maker = maker_of(job, calculator, phases)
    found = run_into(
        target,
        maker.make,
        asked(maker),
        lambda jobs: ready(calculator, jobs, usual_symbols(maker.elements)),
        lambda folder, output: write_calculated(folder, job, maker, output),
        fresh=fresh,
    )
    curves = curves_of(found)
    mocked = calculator_info(calculator).mocked
    console = Console()
    if mocked:
        console.print(f"{MOCK_SCHEME}: every number below is made up", style="bold red")
    stand_in = phases_of(calculator, maker.phases, maker.elements).stand_in
    shown = {f"{MARK} {one}": series for one, series in curves.items()} if mocked else curves
    print_results(shown, stand_in, target, console)
    return curves


def maker_of(job: CathodeJob, calculator: str, phases: str | None = None) -> CurvesMaker:
    """The Maker of a job, once it is clear that it can be finished.

    Raises
    ------
    InputError
        If the calculator is unknown, the cathode is no layered host, its energy is given, or the
        phases are of another scheme.
    ReactantError
        If an electrolyte has no energy among the phases.
    """
    from interfaces.delithiation import decorations, host, supercell
    from workflows.flows.cathode_curves import CurvesMaker, calculation
    from workflows.flows.molecule_reference import MoleculeMaker

    calculator_info(calculator)
    cathode = find_system(f"{job.cathode}@{decimal(job.lithium[0])}")
    given = [text for text in job.energies if text.partition("=")[0] == job.cathode]
    if given:
        raise InputError(f"energies: {given[0]} is not used where {job.cathode} is calculated")
    if cathode.series is None:
        raise InputError(f"{job.cathode} is not the name of a host; it cannot be built")
    cells, elements = job.calculate, elements_of(job)
    source = phases or job.phases
    if Path(source).exists():
        source = str(Path(source).resolve())  # the jobs may be finished from another folder
    maker = CurvesMaker(
        name=f"{job.name} {calculator}",
        cathode=job.cathode,
        host=cathode.series,
        formula_units=cells.formula_units,
        contents=tuple(decimal(x) for x in job.lithium),
        decorations=cells.decorations,
        orderings=cells.orderings,
        seed=cells.seed,
        calculation=calculation(calculator),
        molecules=MoleculeMaker(
            engine="mock" if calculator_info(calculator).mocked else cells.molecules
        ),
        electrolytes=job.electrolytes,
        phases=source,
        elements=elements,
        energies={one: energies_of(job, one) for one in job.electrolytes},
        exclude=job.exclude,
    )
    owner = host(cathode.series)
    cell = supercell(owner.framework, cells.formula_units)
    decorations(owner, cell, cells.decorations, cells.seed)
    maker.states()
    phase_set = phases_of(calculator, source, elements)
    phase_set.pool(elements)
    for one in job.electrolytes:
        whole = PhaseOptions(phase_set, maker.energies[one], job.exclude)
        resolve_reactants(load_phase_set(whole, elements, CLOSED), [find_system(one)], [one], whole)
    return maker
