"""Cathode | coating | electrolyte: every candidate's two contacts, its window, gates and rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from interfaces.coatings.coating import Candidate, Coating
from interfaces.coatings.contacts import Contact, contact
from interfaces.coatings.gates import Gates, Limits, covers, meets
from interfaces.coatings.pareto import Objective, pareto_front
from interfaces.errors import InterfaceError, ReactantError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.phases.reservoirs import OpenElement
from interfaces.serialisable import Serialisable
from interfaces.stability.electrochemical_window import electrochemical_window

States = tuple[tuple[str, Reactant], ...]
CONDUCTION = (
    "whether lithium gets through a coating is no matter of phase energies: its ionic conductivity "
    "is not in this ranking"
)
LEVEL = 6  #: decimals of an energy [eV/atom] or voltage [V]; equal to these, the next key decides


@dataclass(frozen=True)
class CoatingRanking(Serialisable):
    """Candidates between a cathode and an electrolyte, the best first.

    Build one with :func:`coating_ranking`. Those that pass every gate come first, then those that
    do not, then those that could not be computed. Of two that pass or do not pass alike, the one
    whose strongest contact is milder is better (mutual, then total energy), then the one that is
    oxidized later.
    """

    states: States
    electrolyte: Reactant
    bare: tuple[tuple[str, Contact], ...]
    coatings: tuple[Coating, ...]
    gates: Gates
    objectives: tuple[Objective, ...]
    cathode_voltages: tuple[float, float]
    electrolyte_limits: Limits | None
    carrier: str
    tiered: bool
    scheme: str
    phase_set: str
    open_elements: tuple[OpenElement, ...] = ()
    notes: tuple[str, ...] = ()
    provenance: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def basis(self) -> str:
        """Of the energies: ``per_atom``, or ``per_nonopen_atom`` where elements are open."""
        return "per_nonopen_atom" if self.open_elements else "per_atom"

    @property
    def worst_bare(self) -> float:
        """Lowest mutual energy of the bare contact over the states of charge [eV/atom]."""
        return min(one.mutual_energy for _, one in self.bare)

    @property
    def passing(self) -> tuple[Coating, ...]:
        """Those that pass every gate, the best first."""
        return tuple(one for one in self.coatings if one.passes)

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the JSON object of the command line."""
        low, high = self.electrolyte_limits or (None, None)
        return {
            "cathode": [{"state": s, "reactant": one.to_dict()} for s, one in self.states],
            "electrolyte": self.electrolyte.to_dict(),
            "basis": self.basis,
            "bare": {state: one.to_dict() for state, one in self.bare},
            "worst_bare_ev_per_atom": self.worst_bare,
            "gates": self.gates.to_dict(),
            "front_over": list(self.objectives),
            "cathode_voltages_V": list(self.cathode_voltages),
            "electrolyte_window_V": [low, high],
            "carrier": self.carrier,
            "tiered": self.tiered,
            "open": [one.to_dict() for one in self.open_elements],
            "coatings": [
                {"rank": rank} | one.to_dict() for rank, one in enumerate(self.coatings, 1)
            ],
            "scheme": self.scheme,
            "phase_set": self.phase_set,
            "notes": list(self.notes),
            "provenance": dict(self.provenance),
        }


def coating_ranking(
    phase_set: PhaseSet,
    states: Mapping[str, Reactant],
    electrolyte: Reactant,
    candidates: Sequence[Candidate],
    *,
    gates: Gates | None = None,
    cathode_voltages: tuple[float, float] = (3.0, 4.3),
    objectives: Sequence[Objective] = ("cathode", "electrolyte", "oxidation"),
    carrier: str = "Li",
    tiered: bool = False,
    open_elements: Sequence[OpenElement] = (),
    notes: Sequence[str] = (),
    provenance: Mapping[str, str] | None = None,
) -> CoatingRanking:
    """Rank candidates for the layer between a cathode and an electrolyte.

    For each: its curve with the cathode at every state of charge, its curve with the electrolyte,
    and its window. The reference is the bare contact; a coating helps only where the worse of its
    two contacts is milder than that. The Pareto front is taken among those that pass every gate.

    Parameters
    ----------
    states : state of charge -> the cathode there; ``discharged`` and ``charged`` have a gate.
    candidates : one row each; what cannot be computed keeps its row and an error.
    gates : limits; without any, everything passes that was computed.
    cathode_voltages : lowest and highest [V] against the carrier's metal.
    objectives : of the Pareto front: ``cathode`` and ``electrolyte`` (mutual energies),
        ``oxidation``, ``window`` (width), ``price``.
    tiered : stop at the first tier that a candidate fails (phase, window, contacts), and leave the
        later numbers out.
    open_elements : of the contacts, and apart from the carrier of the windows.

    Raises
    ------
    ReactantError
        If there is no state of charge, or the cathode and the electrolyte do not mix.

    Examples
    --------
    >>> from interfaces.phases.reactants import reactant
    >>> phases = PhaseSet.from_rows(
    ...     [("a", "Li", 0.0), ("b", "Ti", 0.0), ("c", "O2", 0.0), ("d", "Li2O", -2.0),
    ...      ("e", "TiO2", -3.0), ("f", "Li2TiO3", -2.75)], scheme="made up")
    >>> found = coating_ranking(
    ...     phases, {"discharged": reactant(phases, "Li2O")}, reactant(phases, "TiO2"),
    ...     [Candidate("Li2TiO3", reactant(phases, "Li2TiO3"))])
    >>> round(found.worst_bare, 3), round(found.coatings[0].gain, 3)
    (-0.25, 0.25)
    """
    if not states:
        raise ReactantError("a ranking of coatings needs the cathode at one state of charge")
    gates = gates or Gates()
    opened = tuple(open_elements)
    others = tuple(one for one in opened if one.symbol != carrier)
    ends = tuple(states.items())
    bare = tuple((state, contact(phase_set, one, electrolyte, opened)) for state, one in ends)
    found = CoatingRanking(
        ends,
        electrolyte,
        bare,
        (),
        gates,
        tuple(objectives),
        cathode_voltages,
        _limits(phase_set, electrolyte, carrier, others),
        carrier,
        tiered,
        phase_set.scheme,
        phase_set.source,
        opened,
        (*notes, *_bare_notes(bare), CONDUCTION),
        tuple((provenance or {}).items()),
    )
    rows = [_coating(phase_set, found, one, others) for one in candidates]
    return replace(found, coatings=tuple(sorted(_with_front(rows, found.objectives), key=_order)))


def _coating(
    phase_set: PhaseSet,
    asked: CoatingRanking,
    candidate: Candidate,
    others: tuple[OpenElement, ...],
) -> Coating:
    """One row, or an error in it."""
    one = candidate.reactant
    if one is None:
        return Coating(candidate, error=candidate.error)
    for what, other in (*asked.states, ("electrolyte", asked.electrolyte)):
        if one.formula.same_composition(other.formula):
            which = what if other is asked.electrolyte else f"{what} cathode"
            return Coating(candidate, error=f"it is the {which} itself")
    try:
        gates = asked.gates
        above = _above_hull(phase_set, one)
        failed = gates.of_phase(one.formula, above)
        row = Coating(candidate, above_hull=above, failed=tuple(failed))
        if asked.tiered and failed:
            return row
        limits = _limits(phase_set, one, asked.carrier, others)
        failed += gates.of_window(limits, asked.cathode_voltages, asked.electrolyte_limits)
        row = replace(
            row,
            limits=limits,
            covers_cathode=limits is not None and covers(limits, asked.cathode_voltages),
            meets_electrolyte=limits is not None and meets(limits, asked.electrolyte_limits),
            failed=tuple(failed),
        )
        if asked.tiered and failed:
            return row
        inner = tuple(
            (state, contact(phase_set, end, one, asked.open_elements))
            for state, end in asked.states
        )
        outer = contact(phase_set, one, asked.electrolyte, asked.open_elements)
    except InterfaceError as error:
        return Coating(candidate, error=str(error))
    failed += gates.of_contacts(inner, outer, asked.bare)
    gains = [
        min(with_it.mutual_energy, outer.mutual_energy) - plain.mutual_energy
        for (_, with_it), (_, plain) in zip(inner, asked.bare, strict=True)
    ]
    return replace(row, cathode=inner, electrolyte=outer, gain=min(gains), failed=tuple(failed))


def _above_hull(phase_set: PhaseSet, one: Reactant) -> float | None:
    """Energy above the hull, of its own entry where the reactant was put on the hull."""
    if one.energy_model != "hull":
        return one.energy_above_hull
    return None if phase_set.find(one.formula) is None else phase_set.energy_above_hull(one.formula)


def _limits(
    phase_set: PhaseSet, one: Reactant, carrier: str, others: tuple[OpenElement, ...]
) -> Limits | None:
    """Reduction and oxidation limit [V], put on the hull; None without a window."""
    window = electrochemical_window(
        phase_set, one, carrier, open_elements=others, intercalations=()
    )
    return None if window.stable_stage is None else (window.reduction, window.oxidation)


def _bare_notes(bare: Sequence[tuple[str, Contact]]) -> list[str]:
    quiet = [state for state, one in bare if not one.reacts]
    if not quiet:
        return []
    return [
        f"the bare contact does not react ({' and '.join(quiet)}): there no coating can be milder"
    ]


def _with_front(rows: Sequence[Coating], objectives: Sequence[Objective]) -> list[Coating]:
    """Rows with the Pareto front of those that pass and have all their numbers."""
    at = [k for k, one in enumerate(rows) if one.passes]
    front = pareto_front([[rows[k].score(name) for name in objectives] for k in at]) if at else ()
    chosen = {k for k, on_front in zip(at, front, strict=True) if on_front}
    return [replace(one, on_front=k in chosen) for k, one in enumerate(rows)]


def _order(one: Coating) -> tuple[Any, ...]:
    """What ranks a row: see :class:`CoatingRanking`."""
    mutual, total = one.worst_mutual, one.worst_total
    return (
        bool(one.error),
        bool(one.failed),
        mutual is None,
        0.0 if mutual is None else -round(mutual, LEVEL),
        0.0 if total is None else -round(total, LEVEL),
        -round(one.score("oxidation"), LEVEL) if one.limits else 0.0,
        one.name,
    )
