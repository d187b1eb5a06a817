"""What VASP makes of an ordering: the Materials Project's own relaxation, and its energy corrected.

Two relaxations and a static run with the inputs of ``MPRelaxSet`` and ``MPStaticSet`` (PBE, +U,
520 eV), through atomate2 and custodian; the energy then gets MaterialsProject2020Compatibility,
each correction by its name. A mocked run takes the same way on the fake ``vasp_std``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from workflows.calculators.ase_calculators import MOCK_PAIRS, versions
from workflows.calculators.registry import calculator_info
from workflows.calculators.vasp import on_mock
from workflows.data.own_dft import OwnEntry, check, correct
from workflows.data.own_dft.compatibility import SCHEME, expected_hubbards
from workflows.data.own_dft.read_own import own_entry
from workflows.jobs.orderings import RelaxedStructure

if TYPE_CHECKING:
    from jobflow import Maker
    from pymatgen.core import Structure

    from workflows.jobs.orderings import CandidateOrdering

#: fields of emmet's document that an energy rests on; others may hold what is no JSON
TASK = {"entry", "structure", "state", "task_type", "run_type", "input", "output"}


def vasp_maker(structure: Structure, name: str) -> Maker:
    """The atomate2 Maker of one cell, told where VASP is if it is the mock."""
    from atomate2.vasp.flows.mp import MPGGADoubleRelaxStaticMaker

    maker = MPGGADoubleRelaxStaticMaker()
    return on_mock(maker, mock_orders(structure)) if calculator_info(name).mocked else maker


def mock_orders(structure: Structure) -> dict[str, Any]:
    """The energies put into the fake VASP: the mock's own, less the correction to come.

    As with a model trained on corrected energies, what the mock makes up are corrected ones, so
    that after the correction a cell has the energy that the mock's ASE calculator gives it.
    """
    from pymatgen.entries.computed_entries import ComputedStructureEntry

    from workflows.calculators.mock.energy_model import base_energy

    symbols = [site.specie.symbol for site in structure]
    planned = OwnEntry.of(ComputedStructureEntry(structure, 0.0), "planned", "planned")
    hubbards = expected_hubbards(planned)
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


def relaxed_by_vasp(start: CandidateOrdering, tasks: Sequence[Any], name: str) -> RelaxedStructure:
    """The relaxed cell of a finished flow, its energy corrected.

    Parameters
    ----------
    tasks : emmet's documents of the relaxations, and of the static run at the end.
    name : of the engine that was asked for.

    Raises
    ------
    InputError
        If the document comes from the mock and VASP was asked for, or the other way round; if
        functional, U values or POTCARs are not those of the Materials Project.
    """
    from workflows.calculators.relax import space_group
    from workflows.io.mock_mark import MOCK_SCHEME, is_mock

    mocked = {is_mock(task) for task in tasks}
    if mocked != {calculator_info(name).mocked}:
        found = "the mock" if True in mocked else "a real VASP"
        raise InputError(
            f"--calculator {name} was asked for, and {start.label} was run by {found}; "
            "set atomate2's ATOMATE2_VASP_CMD, or ask for the other calculator"
        )
    *relaxations, static = tasks
    document = static.model_dump(mode="json", include=TASK)
    entry = own_entry({"output": document}, start.label, "the static run")
    (corrected,) = correct([check(entry, MOCK_SCHEME if entry.mocked else SCHEME)])
    structure, forces = static.output.structure, static.output.forces
    return RelaxedStructure(
        start=start,
        calculator=name,
        formula=structure.composition.reduced_formula,
        energy=corrected.corrected_energy_per_atom,
        correction=corrected.correction_per_atom,
        corrections=(corrected.corrected_by, *(one.why for one in corrected.adjustments)),
        volume=structure.volume / len(structure),
        space_group=space_group(structure),
        max_force=max(math.hypot(*force) for force in forces),
        steps=sum(len(one.calcs_reversed[0].output.ionic_steps) for one in relaxations),
        converged=True,  # atomate2 stops a flow at a run that did not converge
        versions=versions(name),
        notes=corrected.notes,
        structure=structure,
    )
