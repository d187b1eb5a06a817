"""MaterialsProject2020 corrections of energies on the uncorrected PBE(+U) scale."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from interfaces.chemistry.formulas import Formula
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


def element_corrections(elements: Collection[str]) -> dict[str, float]:
    """Corrections of the scheme that may apply to a compound [eV per atom of the element].

    Those of anions, oxygen as oxide, and of the metals that have a U in it.

    Parameters
    ----------
    elements : of the compound.

    Examples
    --------
    >>> sorted(element_corrections(["Ni", "F"]).items())
    [('F', -0.462), ('Ni', -2.541)]
    """
    scheme = _scheme()
    values = {("O" if key == "oxide" else key): v for key, v in scheme.comp_correction.items()}
    values |= {metal: scheme.u_corrections["O"][metal] for metal in expected_hubbards(elements)}
    return {element: values[element] for element in elements if element in values}


@cache
def _scheme() -> Any:
    from pymatgen.entries.compatibility import MaterialsProject2020Compatibility

    return MaterialsProject2020Compatibility(check_potcar=False)


STRENGTH = -0.289  #: eV per Co at x = 1
VALENCES = {"Li": 1, "Na": 1, "Mg": 2, "Ca": 2}  #: of A
CUBIC = 195  #: first space group of the cubic system


def cobalt_share(formula: Formula, space_group: int | None) -> float | None:
    """Share x of Co(III) in a layered AxCoO2 with A of Li, Na, Mg or Ca; None for all others.

    Examples
    --------
    >>> cobalt_share(Formula.parse("Mg(CoO2)2"), 62), cobalt_share(Formula.parse("LaCoO3"), 167)
    (1.0, None)
    """
    amounts = {element: float(amount) for element, amount in formula.amounts}
    cobalt, oxygen = amounts.pop("Co", 0.0), amounts.pop("O", 0.0)
    if not cobalt or abs(oxygen - 2 * cobalt) > 1e-6 or (space_group or 1) >= CUBIC:
        return None
    if not amounts.keys() <= VALENCES.keys():
        return None
    share = sum(VALENCES[element] * amount for element, amount in amounts.items()) / cobalt
    return share if share < 1 + 1e-6 else None


def cobalt_term(formula: Formula, space_group: int | None) -> float:
    """Term that is added to a SevenNet energy [eV/atom]; 0 where there is none.

    Examples
    --------
    >>> round(cobalt_term(Formula.parse("LiCoO2"), 166), 3)
    -0.072
    """
    share = cobalt_share(formula, space_group)
    if not share:
        return 0.0
    per_atom = float(dict(formula.amounts)["Co"]) / float(formula.n_atoms)
    return STRENGTH * share**2 * per_atom
