"""A candidate between cathode and electrolyte, with all that is known of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from interfaces.coatings.contacts import Contact
from interfaces.coatings.gates import Failure, Limits
from interfaces.coatings.pareto import Objective
from interfaces.coatings.supply import Supply
from interfaces.phases.reactants import Reactant
from interfaces.serialisable import Serialisable


@dataclass(frozen=True)
class Candidate(Serialisable):
    """A compound to be ranked: placed on the scale of the set, or an error that says why not.

    ``note`` says why it is asked about and where that stands.
    """

    name: str
    reactant: Reactant | None
    error: str = ""
    supply: Supply | None = None
    note: str = ""


@dataclass(frozen=True)
class Coating(Serialisable):
    """A candidate between cathode and electrolyte.

    ``limits`` (reduction, oxidation) [V] of the window, put on the hull; None where it has none or
    was not asked. ``cathode`` holds a contact per state of charge. ``failed`` are the gates that
    it does not pass. What a failed gate made needless was not computed and is absent.
    """

    candidate: Candidate
    above_hull: float | None = None  #: eV/atom of its own entry; None where it has none
    limits: Limits | None = None
    cathode: tuple[tuple[str, Contact], ...] = ()
    electrolyte: Contact | None = None
    gain: float | None = None  #: eV/atom over the bare contact, at the state where it is least
    covers_cathode: bool | None = None
    meets_electrolyte: bool | None = None
    failed: tuple[Failure, ...] = ()
    error: str = ""
    on_front: bool = False

    @property
    def name(self) -> str:
        """Name of the candidate."""
        return self.candidate.name

    @property
    def passes(self) -> bool:
        """Whether it was computed and passes every gate."""
        return not self.error and not self.failed

    @property
    def worse_cathode(self) -> float | None:
        """Lowest mutual energy with the cathode over its states of charge [eV/atom]."""
        return min((one.mutual_energy for _, one in self.cathode), default=None)

    @property
    def worst_mutual(self) -> float | None:
        """Lowest mutual energy of all its contacts [eV/atom]: what ranks it."""
        return self._lowest([one.mutual_energy for one in self.contacts])

    @property
    def worst_total(self) -> float | None:
        """Lowest total energy of all its contacts [eV/atom]."""
        return self._lowest([one.total_energy for one in self.contacts])

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """Its contacts: with the cathode, state by state, then with the electrolyte."""
        other = () if self.electrolyte is None else (self.electrolyte,)
        return (*(one for _, one in self.cathode), *other)

    def _lowest(self, energies: Sequence[float]) -> float | None:
        return None if self.electrolyte is None else min(energies)

    def score(self, objective: Objective) -> float:
        """How well it does, the larger the better; mutual energies, voltages, minus the price.

        No upper limit of the window is infinite, an unknown price minus infinite.
        """
        low, high = self.limits or (0.0, 0.0)
        top = math.inf if high is None else high
        worse, other = self.worse_cathode, self.electrolyte
        price = math.inf if self.candidate.supply is None else self.candidate.supply.price
        return {
            "cathode": 0.0 if worse is None else worse,
            "electrolyte": 0.0 if other is None else other.mutual_energy,
            "oxidation": top,
            "window": top - (low or 0.0),
            "price": -price,
        }[objective]

    def to_dict(self) -> dict[str, Any]:
        """Plain values with units in their names, as in the JSON output."""
        one, limits = self.candidate.reactant, self.limits
        return {
            "name": self.name,
            "coating": None if one is None else one.to_dict(),
            "note": self.candidate.note,
            "error": self.error,
            "passes": self.passes,
            "failed_gates": [str(failure) for failure in self.failed],
            "energy_above_hull_ev_per_atom": self.above_hull,
            "worst_mutual_ev_per_atom": self.worst_mutual,
            "worst_total_ev_per_atom": self.worst_total,
            "gain_over_bare_ev_per_atom": self.gain,
            "cathode": {state: found.to_dict() for state, found in self.cathode},
            "electrolyte": None if self.electrolyte is None else self.electrolyte.to_dict(),
            "reduction_V": None if limits is None else limits[0],
            "oxidation_V": None if limits is None else limits[1],
            "has_window": limits is not None,
            "covers_cathode_voltages": self.covers_cathode,
            "meets_electrolyte_window": self.meets_electrolyte,
            "supply": None if self.candidate.supply is None else self.candidate.supply.to_dict(),
            "on_front": self.on_front,
        }
