"""Ranking of coatings between a cathode and an electrolyte."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from interfaces.chemistry.formulas import chemical_system
from interfaces.coatings import Candidate, CoatingRanking, Gates, Supply, coating_ranking
from interfaces.coatings.coating import Objective
from interfaces.coatings.gates import CHARGED
from interfaces.errors import InputError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.phases.reservoirs import OpenElement, charge_of
from workflows.analyses.analysis import Analysis, AnalysisSpec, Headline, listed
from workflows.analyses.candidates.criteria import Criteria
from workflows.analyses.candidates.material_lists import SET, elements_named
from workflows.analyses.coatings.cathode_states import NONE, cathode_ends, cathode_range
from workflows.analyses.coatings.coating_candidates import (
    NAMED,
    candidate_names,
    candidates_of_set,
    placed_candidate,
    searched,
)
from workflows.analyses.coatings.settings import Settings, read_settings
from workflows.analyses.conditions import CLOSED, Conditions
from workflows.analyses.maps import Range
from workflows.analyses.preparation import prepare
from workflows.analyses.setup import PhaseOptions, refuse_products
from workflows.data.named_materials import find_system

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LISTED = 8  #: candidates that a sentence names


@dataclass(frozen=True, kw_only=True)
class CoatingsSpec(AnalysisSpec):
    """``{coatings: [NCM811, LGPS], candidates: [NiO]}``."""

    kind: ClassVar[str] = "coatings"

    coatings: tuple[str, str]
    voltage: float | None = None
    candidates: tuple[str, ...] = ()
    charged: str | None = None
    discharged: str | None = None
    carrier: str = "Li"


@dataclass(frozen=True)
class CoatingAnalysis(Analysis):
    """A cathode, an electrolyte and candidates, with everything that the ranking follows from."""

    kind: ClassVar[str] = "coatings"
    spec: ClassVar[type[AnalysisSpec]] = CoatingsSpec

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

    @classmethod
    def prepare(cls, spec: CoatingsSpec) -> CoatingAnalysis:
        """Load the phases, both materials and the candidates of a specification."""
        cathode, electrolyte = spec.coatings
        return prepare_coatings(
            cathode,
            electrolyte,
            spec.candidates or (NAMED,),
            spec.options,
            spec.conditions,
            discharged=spec.discharged,
            charged=spec.charged,
            carrier=spec.carrier,
        )

    def run(self) -> CoatingRanking:
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
        ends = [cathode for _, cathode in self.states]
        coatings = [candidate.reactant for candidate in self.candidates]
        reactants = [ends[0], self.electrolyte, *ends[1:], *coatings]
        return {
            "reactants": [reactant.to_dict() for reactant in reactants if reactant is not None],
            "states": [state for state, _ in self.states],
            "candidates": [
                {
                    "name": candidate.name,
                    "error": candidate.error,
                    "note": candidate.note,
                    "supply": None if candidate.supply is None else _plain(candidate.supply),
                }
                for candidate in self.candidates
            ],
            "gates": self.gates.to_dict(),
            "front": list(self.front),
            "cathode_voltages_V": list(self.cathode_voltages),
            "carrier": self.carrier,
            "tiered": self.tiered,
            "open": [element.to_dict() for element in self.open_elements],
            "notes": list(self.notes),
            "provenance": dict(self.provenance),
        }

    @classmethod
    def from_record(cls, data: Mapping[str, Any], phase_set: PhaseSet) -> CoatingAnalysis:
        """The inverse of :meth:`to_dict`, on a phase set."""
        first, electrolyte, *further = map(Reactant.from_record, data["reactants"])
        count = len(data["states"]) - 1
        cathodes = (first, *further[:count])
        coatings = iter(further[count:])
        low, high = data["cathode_voltages_V"]
        return cls(
            phase_set=phase_set,
            states=tuple(zip(data["states"], cathodes, strict=True)),
            electrolyte=electrolyte,
            candidates=tuple(
                Candidate(
                    name=candidate["name"],
                    reactant=None if candidate["error"] else next(coatings),
                    error=candidate["error"],
                    supply=None if candidate["supply"] is None else _supply(candidate["supply"]),
                    note=candidate["note"],
                )
                for candidate in data["candidates"]
            ),
            gates=Gates.from_dict(data["gates"]),
            front=tuple(data["front"]),
            cathode_voltages=(low, high),
            carrier=data["carrier"],
            tiered=data["tiered"],
            open_elements=tuple(map(OpenElement.from_record, data["open"])),
            notes=tuple(data["notes"]),
            provenance=data["provenance"],
        )

    @staticmethod
    def csv(result: CoatingRanking) -> str:
        """Every candidate as CSV."""
        from workflows.tables.coating_tables import coatings_csv

        return coatings_csv(result)

    @staticmethod
    def figure(result: CoatingRanking) -> Figure:
        """Draw the first candidates."""
        from interfaces.figures import coatings_figure

        return coatings_figure(result)

    @staticmethod
    def show(result: CoatingRanking) -> None:
        """Print the ranking."""
        from workflows.tables.coating_tables import print_coatings

        print_coatings(result)

    @staticmethod
    def headlines(result: CoatingRanking) -> list[Headline]:
        """How many candidates pass every gate, and which."""
        passing = [coating.candidate.name for coating in result.coatings if coating.passes]
        return [
            Headline(
                quantity="pass every gate",
                value=str(len(passing)),
                unit=f"of {len(result.coatings)} candidates",
                products=", ".join(passing),
            )
        ]

    def title(self) -> str:
        """What is computed."""
        return f"Coatings between {self.states[0][1].label} and {self.electrolyte.label}"

    def summary(self, recorded: Mapping[str, Any]) -> str:
        """How many candidates pass every gate, and the first of them."""
        passing = [row["name"] for row in recorded["coatings"] if row["passes"]]
        first = f": {listed(passing[:LISTED])}" if passing else ""
        more = f" and {len(passing) - LISTED} more" if len(passing) > LISTED else ""
        return (
            f"{len(passing)} of {len(recorded['coatings'])} candidates pass every gate"
            f"{first}{more}."
        )


def prepare_coatings(
    cathode: str,
    electrolyte: str,
    words: Sequence[str] = (NAMED,),
    source: PhaseOptions | None = None,
    conditions: Conditions = CLOSED,
    *,
    discharged: str | None = None,
    charged: str | None = None,
    settings: Settings | Path | None = None,
    cathode_voltages: Range | None = None,
    carrier: str = "Li",
    tiered: bool | None = None,
    elements: Collection[str] = (),
) -> CoatingAnalysis:
    """Load phases, materials and candidates of a ranking of coatings.

    Parameters
    ----------
    words : ``named``, list files, and ``set:CRITERIA`` of the phase set (see
        :mod:`workflows.analyses.candidates.criteria`).
    discharged, charged : lithium content of a named series, a formula or name, or ``none``; for a
        series 1 and 0.1 by default, for any other cathode itself and none.
    settings : gates, objectives and named candidates, or the file that holds them.
    cathode_voltages : [V] against the carrier's metal; by default those of the cathode's own
        voltage curve between the two ends, or 3.0 to 4.3 V where the set has none.
    tiered : leave out what a failed gate makes needless; by default for ``set:`` alone.
    elements : look for ``set:`` among these alone, besides those of the other materials.

    Raises
    ------
    InputError
        If an option cannot be used, or there is no candidate.
    """
    source = source or PhaseOptions()
    refuse_products(source, "coatings")
    if not isinstance(settings, Settings):
        settings = read_settings(settings)
    conditions.check()
    charge_of(carrier)  # raises where it carries no charge
    ends = cathode_ends(cathode, discharged, charged, carrier)
    names = candidate_names(words, settings)
    criteria = [Criteria.parse(w.removeprefix(SET)) for w in words if w.startswith(SET)]
    labels = [*ends.values(), electrolyte]
    fixed = {*chemical_system([find_system(label).formula for label in labels]), carrier}
    fixed |= set(conditions.symbols)
    prepared = prepare(
        labels,
        source,
        conditions,
        elements=fixed | elements_named(names) | searched(elements, criteria),
    )
    phase_set = prepared.phase_set
    phase_set.pool(sorted(fixed))  # raises where the set lacks one
    source.check_energies([*labels, *names], "not among the materials of this ranking")
    *cathodes, partner = prepared.reactants(labels, source.meant_for(labels))
    candidates = {name: placed_candidate(phase_set, name, source, settings) for name in names}
    for candidate in candidates_of_set(phase_set, criteria, source, settings) if criteria else ():
        candidates.setdefault(candidate.name, candidate)
    if not candidates:
        raise InputError(
            f"no candidate meets {' '.join(words)} in {phase_set.source}; loosen the criteria"
        )
    voltages, notes = cathode_range(prepared, cathode, ends, cathode_voltages)
    notes += [f"not checked: {text}" for text in settings.not_checked]
    if CHARGED not in ends and charged != NONE:
        notes.append(f"{cathode} has one Li content here; give another with --charged FORMULA")
    coatings = [candidate.reactant for candidate in candidates.values()]
    covered = prepared.over(
        fixed.union(*(coating.formula.elements for coating in coatings if coating is not None))
    )
    return CoatingAnalysis(
        phase_set=covered.competing,
        states=tuple(zip(ends, cathodes, strict=True)),
        electrolyte=partner,
        candidates=tuple(candidates.values()),
        gates=settings.gates,
        front=settings.front,
        cathode_voltages=voltages,
        carrier=carrier,
        tiered=bool(criteria) if tiered is None else tiered,
        open_elements=covered.open_elements,
        notes=tuple(notes),
        provenance=covered.provenance,
    )


def rank_coatings(
    cathode: str,
    electrolyte: str,
    words: Sequence[str] = (NAMED,),
    source: PhaseOptions | None = None,
    conditions: Conditions = CLOSED,
    *,
    discharged: str | None = None,
    charged: str | None = None,
    carrier: str = "Li",
) -> CoatingRanking:
    """Rank coatings between a cathode and an electrolyte, given by formula or name.

    Parameters
    ----------
    words, source, conditions, discharged, charged, carrier : as in :func:`prepare_coatings`.

    Returns
    -------
    CoatingRanking
        Every candidate with its contact energies [eV/atom], window [V] and failed gates.

    Raises
    ------
    InputError
        As :func:`prepare_coatings`.
    """
    return prepare_coatings(
        cathode,
        electrolyte,
        words,
        source,
        conditions,
        discharged=discharged,
        charged=charged,
        carrier=carrier,
    ).run()


def _plain(record: Supply) -> list[Any]:
    price = record.price if record.price < float("inf") else None
    return [price, record.dearest, record.scarcest, record.abundance, record.scarce]


def _supply(data: Sequence[Any]) -> Supply:
    price, *elements = data
    return Supply(float("inf") if price is None else price, *elements)
