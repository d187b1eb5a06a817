"""Contact of two solids: minima of their mixing curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from interfaces.interphase import Interphase
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.phases.reservoirs import OpenElement
from interfaces.reactivity.mixing_curve import NO_REACTION, Kink, mixing_curve
from interfaces.serialisable import Serialisable


@dataclass(frozen=True)
class Contact(Serialisable):
    """Two solids in contact.

    ``total`` and ``mutual`` are the kinks of the lowest total and the lowest mutual energy; their
    kinds are ``kind_total`` and ``kind_mutual``. The mutual energy refers to reactants at their
    hull energy, as in published screens; the total includes their own decomposition.
    """

    first: str
    second: str
    total: Kink
    mutual: Kink
    kind_total: str
    kind_mutual: str
    notes: tuple[str, ...] = ()

    @property
    def total_energy(self) -> float:
        """Lowest total energy [eV/atom; per atom that is not open, where elements are]."""
        return self.total.total_per_nonopen_atom

    @property
    def mutual_energy(self) -> float:
        """Lowest mutual energy [eV/atom; per atom that is not open, where elements are]."""
        return self.mutual.mutual_per_nonopen_atom

    @property
    def reacts(self) -> bool:
        """Whether the two react with each other, apart from their own decomposition."""
        return self.mutual_energy < -NO_REACTION

    @property
    def products(self) -> str:
        """Products of the lowest mutual energy, or nothing where the two do not react."""
        return " + ".join(self.mutual.products) if self.reacts else ""

    @property
    def interphase(self) -> Interphase | None:
        """Gases, electrons and volume of those products; None where the two do not react."""
        return self.mutual.interphase if self.reacts else None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as in the JSON output.

        Returns
        -------
        dict[str, Any]
            JSON-serialisable values; the keys name the units.
        """
        return {
            "reactants": [self.first, self.second],
            "minimum_total": self.total.to_dict() | {"kind": self.kind_total},
            "minimum_mutual": self.mutual.to_dict() | {"kind": self.kind_mutual},
            "notes": list(self.notes),
        }


def contact(
    phase_set: PhaseSet,
    reactant_1: Reactant,
    reactant_2: Reactant,
    open_elements: Sequence[OpenElement] = (),
) -> Contact:
    """Both minima of the curve of two reactants (:func:`.mixing_curve`).

    Parameters
    ----------
    phase_set : energies of the candidate products [eV/atom].
    reactant_1 : first reactant; mixing fractions count its atoms.
    reactant_2 : second reactant.
    open_elements : elements exchanged with a reservoir at a fixed chemical potential.

    Returns
    -------
    Contact
        Minima of the total and the mutual energy (negative where favourable).

    Raises
    ------
    ReactantError
        If both have the same composition, or one is all open.

    Examples
    --------
    >>> from interfaces.phases.reactants import reactant
    >>> phases = PhaseSet.from_rows(
    ...     [("a", "Li", 0.0), ("b", "Ti", 0.0), ("c", "O2", 0.0), ("d", "Li2O", -2.0),
    ...      ("e", "TiO2", -3.0), ("f", "Li2TiO3", -2.75)], scheme="made up")
    >>> result = contact(phases, reactant(phases, "Li2O"), reactant(phases, "TiO2"))
    >>> round(result.mutual_energy, 3), result.products
    (-0.25, 'Li2TiO3')
    """
    curve = mixing_curve(phase_set, reactant_1, reactant_2, open_elements=open_elements)
    total, mutual = curve.minimum_total, curve.minimum_mutual
    return Contact(
        first=reactant_1.label,
        second=reactant_2.label,
        total=total,
        mutual=mutual,
        kind_total=curve.describe_minimum(total),
        kind_mutual=curve.describe_minimum(mutual),
        notes=curve.notes,
    )
