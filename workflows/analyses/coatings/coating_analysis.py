"""A question about coatings, with everything that its ranking follows from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from interfaces.coatings import Candidate, CoatingRanking, Gates, Supply, coating_ranking
from interfaces.coatings.pareto import Objective
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.phases.reservoirs import OpenElement
from workflows.analyses.maps import Range


@dataclass(frozen=True)
class CoatingAnalysis:
    """A cathode, an electrolyte and candidates, with everything that the ranking follows from."""

    kind: ClassVar[str] = "coatings"

    phase_set: PhaseSet
    states: tuple[tuple[str, Reactant], ...]
    electrolyte: Reactant
    candidates: tuple[Candidate, ...]
    gates: Gates
    front: tuple[Objective, ...]
    cathode_voltages: Range
    carrier: str
    tiered: bool
    open_elements: tuple[OpenElement, ...]
    notes: tuple[str, ...]
    provenance: Mapping[str, str]

    def answer(self) -> CoatingRanking:
        """Rank the candidates."""
        return coating_ranking(
            self.phase_set,
            dict(self.states),
            self.electrolyte,
            self.candidates,
            gates=self.gates,
            cathode_voltages=self.cathode_voltages,
            objectives=self.front,
            carrier=self.carrier,
            tiered=self.tiered,
            open_elements=self.open_elements,
            notes=self.notes,
            provenance=self.provenance,
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything but the phases, as plain values; cathode and electrolyte come first."""
        found = [one for one in self.candidates if one.reactant is not None]
        ends = [one for _, one in self.states]
        reactants = [ends[0], self.electrolyte, *ends[1:], *(c.reactant for c in found)]
        return {
            "reactants": [one.to_dict() for one in reactants if one is not None],
            "states": [state for state, _ in self.states],
            "candidates": [
                {
                    "name": one.name,
                    "error": one.error,
                    "note": one.note,
                    "supply": None if one.supply is None else _plain(one.supply),
                }
                for one in self.candidates
            ],
            "gates": self.gates.to_dict(),
            "front": list(self.front),
            "cathode_voltages_V": list(self.cathode_voltages),
            "carrier": self.carrier,
            "tiered": self.tiered,
            "open": [one.to_dict() for one in self.open_elements],
            "notes": list(self.notes),
            "provenance": dict(self.provenance),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], phase_set: PhaseSet) -> CoatingAnalysis:
        """The inverse of :meth:`to_dict`, asked of a phase set."""
        first, electrolyte, *others = (Reactant.from_record(one) for one in data["reactants"])
        count = len(data["states"]) - 1
        ends = (first, *others[:count])
        rest = iter(others[count:])
        low, high = data["cathode_voltages_V"]
        return cls(
            phase_set,
            tuple(zip(data["states"], ends, strict=True)),
            electrolyte,
            tuple(
                Candidate(
                    one["name"],
                    None if one["error"] else next(rest),
                    one["error"],
                    None if one["supply"] is None else _supply(one["supply"]),
                    one["note"],
                )
                for one in data["candidates"]
            ),
            Gates.from_dict(data["gates"]),
            tuple(data["front"]),
            (low, high),
            data["carrier"],
            data["tiered"],
            tuple(OpenElement.from_record(one) for one in data["open"]),
            tuple(data["notes"]),
            data["provenance"],
        )


def _plain(one: Supply) -> list[Any]:
    price = one.price if one.price < float("inf") else None
    return [price, one.dearest, one.scarcest, one.abundance, one.scarce]


def _supply(data: Sequence[Any]) -> Supply:
    price, *others = data
    return Supply(float("inf") if price is None else price, *others)
