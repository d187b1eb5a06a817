"""Energies that the fake VASP writes for a cell, so that corrections give those of the mock."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from interfaces.structures.hubbard_u import expected_hubbards
from workflows.calculators.ase_calculators import MOCK_PAIRS
from workflows.data.own_dft import OwnEntry, correct

if TYPE_CHECKING:
    from pymatgen.core import Structure


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
