"""MaterialsProject2020 corrections of energies that stand on the uncorrected PBE(+U) scale."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from interfaces.structures.hubbard_u import expected_hubbards

if TYPE_CHECKING:
    from pymatgen.core import Structure


@dataclass(frozen=True)
class Correction:
    """Run type that the Materials Project would use, and what is added [eV per cell]."""

    run_type: str
    energy: float


def mp2020_correction(structure: Structure, energy: float) -> Correction:
    """MaterialsProject2020 correction of a structure's uncorrected energy.

    The structure says whether oxygen is oxide, peroxide or superoxide, and sulfur sulfide or not.

    Parameters
    ----------
    structure : with the geometry of the energy.
    energy : total energy [eV per cell]; corrections do not depend on its value.
    """
    from pymatgen.entries.computed_entries import ComputedStructureEntry

    elements = [element.symbol for element in structure.composition.elements]
    hubbards = expected_hubbards(elements)
    run_type = "GGA+U" if hubbards else "GGA"
    entry = ComputedStructureEntry(
        structure,
        energy,
        parameters={"run_type": run_type, "hubbards": hubbards, "potcar_symbols": []},
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # oxidation states that cannot be guessed
        processed = _scheme().process_entry(entry, on_error="raise")
    return Correction(run_type, float(processed.correction))


@cache
def _scheme() -> Any:
    from pymatgen.entries.compatibility import MaterialsProject2020Compatibility

    return MaterialsProject2020Compatibility(check_potcar=False)
