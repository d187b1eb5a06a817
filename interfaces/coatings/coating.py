"""A coating candidate with its contacts, window and failed gates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interfaces.coatings.contacts import Contact
from interfaces.coatings.gates import Failure, Limits
from interfaces.coatings.supply import Supply
from interfaces.phases.reactants import Reactant
from interfaces.serialisable import Serialisable


@dataclass(frozen=True)
class Candidate(Serialisable):
    """A compound to be ranked, with its energy or the reason why it has none.

    ``note`` says why it is considered, with the source.
    """

    name: str
    reactant: Reactant | None
    error: str = ""
    supply: Supply | None = None
    note: str = ""


@dataclass(frozen=True)
class Coating(Serialisable):
    """A candidate between cathode and electrolyte.

    ``limits`` (reduction, oxidation) [V] of the window at its hull energy; None where it has none
    or was not computed. ``cathode`` holds one contact per Li content. ``failed`` are the gates
    that it does not pass. With tiers, quantities after the first failed gate are not computed.
    """

    candidate: Candidate
    above_hull: float | None = None  #: eV/atom; None without an entry of its own
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
        """Lowest mutual energy with the cathode over its Li contents [eV/atom]."""
        return min((contact.mutual_energy for _, contact in self.cathode), default=None)

    @property
    def worst_mutual(self) -> float | None:
        """Lowest mutual energy of all its contacts [eV/atom]: what ranks it."""
        return self._lowest([contact.mutual_energy for contact in self.contacts])

    @property
    def worst_total(self) -> float | None:
        """Lowest total energy of all its contacts [eV/atom]."""
        return self._lowest([contact.total_energy for contact in self.contacts])

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """Its contacts: with the cathode at each Li content, then with the electrolyte."""
        with_electrolyte = () if self.electrolyte is None else (self.electrolyte,)
        return (*(contact for _, contact in self.cathode), *with_electrolyte)

    def _lowest(self, energies: Sequence[float]) -> float | None:
        return None if self.electrolyte is None else min(energies)

    def score(self, objective: Objective) -> float:
        """Value of an objective, larger is better: mutual energies, voltages, minus the price.

        A window without an upper limit scores infinity, an unknown price minus infinity.

        Parameters
        ----------
        objective : ``cathode``, ``electrolyte``, ``oxidation``, ``window`` or ``price``.

        Returns
        -------
        float
            Score; larger is better.
        """
        low, high = self.limits or (0.0, 0.0)
        top = math.inf if high is None else high
        worse, electrolyte = self.worse_cathode, self.electrolyte
        price = math.inf if self.candidate.supply is None else self.candidate.supply.price
        return {
            "cathode": 0.0 if worse is None else worse,
            "electrolyte": 0.0 if electrolyte is None else electrolyte.mutual_energy,
            "oxidation": top,
            "window": top - (low or 0.0),
            "price": -price,
        }[objective]

    def to_dict(self) -> dict[str, Any]:
        """Plain values with units in their names, as in the JSON output.

        Returns
        -------
        dict[str, Any]
            JSON-serialisable values; the keys name the units.
        """
        reactant, limits = self.candidate.reactant, self.limits
        return {
            "name": self.name,
            "coating": None if reactant is None else reactant.to_dict(),
            "note": self.candidate.note,
            "error": self.error,
            "passes": self.passes,
            "failed_gates": [str(failure) for failure in self.failed],
            "energy_above_hull_ev_per_atom": self.above_hull,
            "worst_mutual_ev_per_atom": self.worst_mutual,
            "worst_total_ev_per_atom": self.worst_total,
            "gain_over_bare_ev_per_atom": self.gain,
            "cathode": {state: contact.to_dict() for state, contact in self.cathode},
            "electrolyte": None if self.electrolyte is None else self.electrolyte.to_dict(),
            "reduction_V": None if limits is None else limits[0],
            "oxidation_V": None if limits is None else limits[1],
            "has_window": limits is not None,
            "covers_cathode_voltages": self.covers_cathode,
            "meets_electrolyte_window": self.meets_electrolyte,
            "supply": None if self.candidate.supply is None else self.candidate.supply.to_dict(),
            "on_front": self.on_front,
        }


Objective = Literal["cathode", "electrolyte", "oxidation", "window", "price"]
OBJECTIVES: tuple[str, ...] = get_args(Objective)
SAME = 1e-6  #: in the units of each objective; nearer than this is level


def pareto_front(scores: ArrayLike) -> NDArray[np.bool_]:
    """Non-dominated (Pareto-optimal) points.

    A point dominates another if no coordinate is worse and one is better, by more than round-off.

    Parameters
    ----------
    scores : (N, k), each column the larger the better; infinite values are allowed.

    Returns
    -------
    (N,) booleans; equal points are all on the front, or none is.

    Examples
    --------
    >>> pareto_front([[0.0, 1.0], [1.0, 0.0], [0.0, 0.5]]).tolist()
    [True, True, False]
    """
    points = np.asarray(scores, dtype=float)
    kept = np.ones(len(points), dtype=bool)
    for row, point in enumerate(points):
        nowhere_worse = (points >= point - SAME).all(axis=1)
        somewhere_better = (points > point + SAME).any(axis=1)
        kept[row] = not (nowhere_worse & somewhere_better).any()
    return kept
