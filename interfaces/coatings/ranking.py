"""Rank coatings between a cathode and an electrolyte by both contacts, windows and gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from interfaces.coatings.coating import Candidate, Coating, Objective, pareto_front
from interfaces.coatings.contacts import Contact, contact
from interfaces.coatings.gates import Gates, Limits, covers, meets
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
        """Lowest mutual energy of the bare contact over all Li contents [eV/atom]."""
        return min(bare_contact.mutual_energy for _, bare_contact in self.bare)

    @property
    def passing(self) -> tuple[Coating, ...]:
        """Those that pass every gate, the best first."""
        return tuple(coating for coating in self.coatings if coating.passes)

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the JSON object of the command line.

        Returns
        -------
        dict[str, Any]
            JSON-serialisable values; the keys name the units.
        """
        low, high = self.electrolyte_limits or (None, None)
        return {
            "cathode": [{"state": s, "reactant": cathode.to_dict()} for s, cathode in self.states],
            "electrolyte": self.electrolyte.to_dict(),
            "basis": self.basis,
            "bare": {state: contact.to_dict() for state, contact in self.bare},
            "worst_bare_ev_per_atom": self.worst_bare,
            "gates": self.gates.to_dict(),
            "front_over": list(self.objectives),
            "cathode_voltages_V": list(self.cathode_voltages),
            "electrolyte_window_V": [low, high],
            "carrier": self.carrier,
            "tiered": self.tiered,
            "open": [element.to_dict() for element in self.open_elements],
            "coatings": [
                {"rank": rank} | coating.to_dict() for rank, coating in enumerate(self.coatings, 1)
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

    For each: its curve with the cathode at every Li content, its curve with the electrolyte,
    and its window. The reference is the bare contact; a coating helps only where the worse of its
    two contacts is milder than that. The Pareto front is taken among those that pass every gate.

    Parameters
    ----------
    phase_set : energies of the candidate products [eV/atom].
    states : name of the Li content -> cathode; ``discharged`` and ``charged`` have a gate.
    electrolyte : second reactant of every contact.
    candidates : one row each; a candidate that cannot be computed keeps its row with an error.
    gates : criteria; without any, every computed candidate passes.
    cathode_voltages : lowest and highest [V] against the carrier's metal.
    objectives : of the Pareto front: ``cathode`` and ``electrolyte`` (mutual energies),
        ``oxidation``, ``window`` (width), ``price``.
    carrier : symbol of the working ion, e.g. Li.
    tiered : stop at the first tier that a candidate fails (phase, window, contacts), and leave the
        later numbers out.
    open_elements : of the contacts, and apart from the carrier of the windows.
    notes : remarks copied to the result.
    provenance : origin of the input, copied to the result.

    Returns
    -------
    CoatingRanking
        Coatings, best first.

    Raises
    ------
    ReactantError
        If ``states`` is empty, or the cathode and the electrolyte do not mix.

    Examples
    --------
    >>> from interfaces.phases.reactants import reactant
    >>> phases = PhaseSet.from_rows(
    ...     [("a", "Li", 0.0), ("b", "Ti", 0.0), ("c", "O2", 0.0), ("d", "Li2O", -2.0),
    ...      ("e", "TiO2", -3.0), ("f", "Li2TiO3", -2.75)], scheme="made up")
    >>> ranking = coating_ranking(
    ...     phases, {"discharged": reactant(phases, "Li2O")}, reactant(phases, "TiO2"),
    ...     [Candidate("Li2TiO3", reactant(phases, "Li2TiO3"))])
    >>> round(ranking.worst_bare, 3), round(ranking.coatings[0].gain, 3)
    (-0.25, 0.25)
    """
    if not states:
        raise ReactantError("a ranking of coatings needs the cathode at one Li content or more")
    gates = gates or Gates()
    opened = tuple(open_elements)
    others = tuple(element for element in opened if element.symbol != carrier)
    ends = tuple(states.items())
    bare = tuple(
        (state, contact(phase_set, cathode, electrolyte, opened)) for state, cathode in ends
    )
    ranking = CoatingRanking(
        states=ends,
        electrolyte=electrolyte,
        bare=bare,
        coatings=(),
        gates=gates,
        objectives=tuple(objectives),
        cathode_voltages=cathode_voltages,
        electrolyte_limits=_limits(phase_set, electrolyte, carrier, others),
        carrier=carrier,
        tiered=tiered,
        scheme=phase_set.scheme,
        phase_set=phase_set.source,
        open_elements=opened,
        notes=(*notes, *_bare_notes(bare), CONDUCTION),
        provenance=tuple((provenance or {}).items()),
    )
    rows = [_coating(phase_set, ranking, candidate, others) for candidate in candidates]
    return replace(
        ranking, coatings=tuple(sorted(_with_front(rows, ranking.objectives), key=_order))
    )


def _coating(
    phase_set: PhaseSet,
    ranking: CoatingRanking,
    candidate: Candidate,
    others: tuple[OpenElement, ...],
) -> Coating:
    """One row, or an error in it."""
    compound = candidate.reactant
    if compound is None:
        return Coating(candidate=candidate, error=candidate.error)
    for what, end in (*ranking.states, ("electrolyte", ranking.electrolyte)):
        if compound.formula.same_composition(end.formula):
            which = what if end is ranking.electrolyte else f"{what} cathode"
            return Coating(candidate=candidate, error=f"it is the {which} itself")
    try:
        gates = ranking.gates
        above = _above_hull(phase_set, compound)
        failed = gates.of_phase(compound.formula, above)
        row = Coating(candidate=candidate, above_hull=above, failed=tuple(failed))
        if ranking.tiered and failed:
            return row
        limits = _limits(phase_set, compound, ranking.carrier, others)
        failed += gates.of_window(limits, ranking.cathode_voltages, ranking.electrolyte_limits)
        row = replace(
            row,
            limits=limits,
            covers_cathode=limits is not None and covers(limits, ranking.cathode_voltages),
            meets_electrolyte=limits is not None and meets(limits, ranking.electrolyte_limits),
            failed=tuple(failed),
        )
        if ranking.tiered and failed:
            return row
        inner = tuple(
            (state, contact(phase_set, end, compound, ranking.open_elements))
            for state, end in ranking.states
        )
        outer = contact(phase_set, compound, ranking.electrolyte, ranking.open_elements)
    except InterfaceError as error:
        return Coating(candidate=candidate, error=str(error))
    failed += gates.of_contacts(inner, outer, ranking.bare)
    gains = [
        min(with_it.mutual_energy, outer.mutual_energy) - plain.mutual_energy
        for (_, with_it), (_, plain) in zip(inner, ranking.bare, strict=True)
    ]
    return replace(row, cathode=inner, electrolyte=outer, gain=min(gains), failed=tuple(failed))


def _above_hull(phase_set: PhaseSet, compound: Reactant) -> float | None:
    """Energy above hull, of the compound's own entry if its energy model is ``hull``."""
    if compound.energy_model != "hull":
        return compound.energy_above_hull
    return (
        None
        if phase_set.find(compound.formula) is None
        else phase_set.energy_above_hull(compound.formula)
    )


def _limits(
    phase_set: PhaseSet, compound: Reactant, carrier: str, others: tuple[OpenElement, ...]
) -> Limits | None:
    """Reduction and oxidation limit [V] at the hull energy; None without a window."""
    window = electrochemical_window(
        phase_set, compound, carrier, open_elements=others, intercalations=()
    )
    return None if window.stable_stage is None else (window.reduction, window.oxidation)


def _bare_notes(bare: Sequence[tuple[str, Contact]]) -> list[str]:
    quiet = [state for state, bare_contact in bare if not bare_contact.reacts]
    if not quiet:
        return []
    return [
        f"the bare contact does not react ({' and '.join(quiet)}): there no coating can be milder"
    ]


def _with_front(rows: Sequence[Coating], objectives: Sequence[Objective]) -> list[Coating]:
    """Rows with the Pareto front of those that pass and have all their numbers."""
    at = [k for k, row in enumerate(rows) if row.passes]
    front = pareto_front([[rows[k].score(name) for name in objectives] for k in at]) if at else ()
    chosen = {k for k, on_front in zip(at, front, strict=True) if on_front}
    return [replace(row, on_front=k in chosen) for k, row in enumerate(rows)]


def _order(coating: Coating) -> tuple[Any, ...]:
    """What ranks a row: see :class:`CoatingRanking`."""
    mutual, total = coating.worst_mutual, coating.worst_total
    return (
        bool(coating.error),
        bool(coating.failed),
        mutual is None,
        0.0 if mutual is None else -round(mutual, LEVEL),
        0.0 if total is None else -round(total, LEVEL),
        -round(coating.score("oxidation"), LEVEL) if coating.limits else 0.0,
        coating.name,
    )
