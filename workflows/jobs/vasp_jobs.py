"""Relaxation of an ordering with VASP as in the Materials Project, and its corrected energy.

Two relaxations and a static run with the inputs of ``MPRelaxSet`` and ``MPStaticSet`` (PBE, +U,
520 eV), through atomate2 and custodian; the energy then gets MaterialsProject2020Compatibility,
each correction by its name. A mocked run does the same with the fake ``vasp_std``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jobflow import job

from interfaces.errors import InputError
from interfaces.structures.hubbard_u import expected_hubbards
from workflows.calculators.ase_calculators import MOCK_PAIRS, versions
from workflows.calculators.calculator_info import calculator_info
from workflows.calculators.vasp import on_mock
from workflows.data.own_dft import OwnEntry, check, correct
from workflows.data.own_dft.compatibility import SCHEME
from workflows.data.own_dft.read_own import own_entry
from workflows.jobs.orderings import RelaxedStructure

if TYPE_CHECKING:
    from jobflow import Maker
    from pymatgen.core import Structure

    from workflows.jobs.orderings import CandidateOrdering

#: fields of emmet's document that the energy depends on; others may hold values without JSON form
TASK = {"entry", "structure", "state", "task_type", "run_type", "input", "output"}


def vasp_maker(structure: Structure, name: str) -> Maker:
    """Return the atomate2 Maker of one cell.

    Parameters
    ----------
    structure : the cell to relax.
    name : ``vasp``, or ``mock-vasp`` for the fake ``vasp_std``.

    Returns
    -------
    Two relaxations and a static run with the inputs of the Materials Project.
    """
    from atomate2.vasp.flows.mp import MPGGADoubleRelaxStaticMaker

    maker = MPGGADoubleRelaxStaticMaker()
    return on_mock(maker, mock_orders(structure)) if calculator_info(name).mocked else maker


def mock_orders(structure: Structure) -> dict[str, Any]:
    """Return the energies [eV/atom] that the fake VASP writes for a cell.

    The mock's made-up energies are corrected ones, like those of a model trained on corrected
    energies. The correction that follows is subtracted here, so that a corrected cell has the
    energy of the mock's ASE calculator.

    Parameters
    ----------
    structure : the cell to relax.

    Returns
    -------
    Instructions for :mod:`workflows.calculators.mock`.
    """
    from pymatgen.entries.computed_entries import ComputedStructureEntry

    from workflows.calculators.mock.energy_model import base_energy

    symbols = [site.specie.symbol for site in structure]
    hubbards = expected_hubbards([element.symbol for element in structure.composition.elements])
    run_type = "GGA+U" if hubbards else "GGA"
    planned = OwnEntry.of(
        ComputedStructureEntry(
            structure, 0.0, parameters={"run_type": run_type, "hubbards": hubbards}
        ),
        "planned",
        "planned",
    )
    (corrected,) = correct([planned])
    formula = "".join(f"{symbol}{n}" for symbol, n in Counter(symbols).items())
    energy = base_energy(symbols) / len(symbols) - corrected.correction_per_atom
    return {"energies": {formula: energy}, "pair_scale": MOCK_PAIRS}


@job  # type: ignore[untyped-decorator]
def read_vasp_relaxation(
    start: CandidateOrdering, tasks: Sequence[Any], calculator: str
) -> RelaxedStructure:
    """Read the relaxed cell of a finished flow of VASP, and correct its energy.

    Parameters
    ----------
    start : the unrelaxed cell.
    tasks : emmet's documents of the relaxations, and of the static run at the end.
    calculator : name of the requested calculator.

    Returns
    -------
    The relaxed cell with its corrected energy [eV/atom].

    Raises
    ------
    InputError
        If the document comes from the mock and VASP was asked for, or the other way round; if
        functional, U values or POTCARs are not those of the Materials Project.
    """
    from workflows.calculators.relax import space_group
    from workflows.io.mock_mark import MOCK_SCHEME, is_mock

    mocked = {is_mock(task) for task in tasks}
    if mocked != {calculator_info(calculator).mocked}:
        program = "the mock" if True in mocked else "a real VASP"
        raise InputError(
            f"--calculator {calculator} was requested, but {start.label} was run by {program}; "
            "set atomate2's ATOMATE2_VASP_CMD, or give the other calculator"
        )
    *relaxations, static = tasks
    document = static.model_dump(mode="json", include=TASK)
    entry = own_entry({"output": document}, start.label, "the static run")
    (corrected,) = correct([check(entry, MOCK_SCHEME if entry.mocked else SCHEME)])
    structure, forces = static.output.structure, static.output.forces
    return RelaxedStructure(
        start=start,
        calculator=calculator,
        formula=structure.composition.reduced_formula,
        energy=corrected.corrected_energy_per_atom,
        correction=corrected.correction_per_atom,
        corrections=(
            corrected.corrected_by,
            *(adjustment.why for adjustment in corrected.adjustments),
        ),
        volume=structure.volume / len(structure),
        space_group=space_group(structure),
        max_force=max(math.hypot(*force) for force in forces),
        steps=sum(len(run.calcs_reversed[0].output.ionic_steps) for run in relaxations),
        converged=True,  # atomate2 stops a flow at a run that did not converge
        versions=versions(calculator),
        notes=corrected.notes,
        structure=structure,
    )
