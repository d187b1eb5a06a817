"""One contact of two solids: the two minima of their curve."""

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

    ``total`` and ``mutual`` are the kinks of the lowest total and the lowest mutual energy; what
    they are is in ``kind_total`` and ``kind_mutual``. The mutual energy is that of reactants put on
    the hull, as screens publish it; the total has their own decomposition in it as well.
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
        """Whether the two gain by touching; what each does by itself does not count."""
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
        """Plain values, as in the JSON output."""
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
    >>> found = contact(phases, reactant(phases, "Li2O"), reactant(phases, "TiO2"))
    >>> round(found.mutual_energy, 3), found.products
    (-0.25, 'Li2TiO3')
    """
    curve = mixing_curve(phase_set, reactant_1, reactant_2, open_elements=open_elements)
    total, mutual = curve.minimum_total, curve.minimum_mutual
    return Contact(
        reactant_1.label,
        reactant_2.label,
        total,
        mutual,
        curve.describe_minimum(total),
        curve.describe_minimum(mutual),
        curve.notes,
    )
