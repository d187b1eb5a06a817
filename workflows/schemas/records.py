"""JSON written and read by this package: records, plans of screens, submissions, manifests."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from interfaces.phases.phase_set import Quantity
from workflows.schemas.base import Document, Loose, Pair, Row, as_tuple

Texts = dict[str, str]
Whole = Annotated[int, Field(ge=0)]


# ------------------------------------------------------------------------- records


class Format(Loose):
    """The version of the format of a file."""

    format: int


class ReactantBlock(Loose):
    """A reactant with its energy [eV/atom]."""

    formula: str
    name: str
    energy_ev_per_atom: float
    energy_model: str
    energy_above_hull_ev_per_atom: float
    entry_id: str | None = None
    uncertainty_ev_per_atom: float | None = None
    notes: Row[str] = ()
    volume_A3_per_atom: float | None = None  # noqa: N815
    placed_by: dict[str, float] = Field(default_factory=dict)


class OpenBlock(Loose):
    """An element in exchange with a reservoir."""

    element: str
    chemical_potential_ev_per_atom: float
    condition: str


class ElectrodeBlock(Loose):
    """A reference electrode."""

    couple: str
    carrier: str
    plateau_of_the_set_V: float  # noqa: N815
    experimental_V: float | None = None  # noqa: N815
    source: str


class IntercalationBlock(Loose):
    """A host that intercalates the carrier."""

    partner: str
    average_voltage_V: float  # noqa: N815
    entry_id: str | None = None


class CandidateBlock(Loose):
    """A candidate of a ranking: supply is price, scarcest element, flags."""

    name: str
    error: str
    note: str
    supply: (
        Annotated[tuple[float | None, str, str, float, bool], BeforeValidator(as_tuple)] | None
    ) = None


class QuestionBlock(Loose):
    """An analysis; which keys there are depends on the kind."""

    reactants: Row[ReactantBlock]
    open: Row[OpenBlock] = ()
    provenance: Texts
    carrier: str = ""
    voltage_V: Pair[float] = (0.0, 0.0)  # noqa: N815
    x: Row[float] = ()
    points: int = 0
    cathode_voltages_V: Pair[float] = (0.0, 0.0)  # noqa: N815
    reference_electrode: ElectrodeBlock | None = None
    intercalation: Row[IntercalationBlock] = ()
    states: Row[str] = ()
    front: Row[str] = ()
    tiered: bool = False
    notes: Row[str] = ()
    gates: dict[str, Any] = Field(default_factory=dict)
    candidates: Row[CandidateBlock] = ()


class ClassErrorBlock(Document):
    """Errors of a class of chemistry [eV/atom]."""

    chemistry: str
    shared: float
    own: float
    rows: Whole
    outlier_share: float = 0.0
    outlier: float = 0.0


class ErrorsBlock(Loose):
    """Errors of the phase energies [eV/atom]."""

    source: str
    classes: Row[ClassErrorBlock]
    anions: dict[str, float]
    metals: dict[str, float]
    replaced: dict[str, dict[str, float]] = Field(default_factory=dict)


class PhasesBlock(Loose):
    """The phase energies behind the results [eV/atom]."""

    scheme: str
    source: str
    surrogate: str
    temperature_K: float  # noqa: N815
    notes: Row[str]
    barred: Row[str] = ()
    errors: ErrorsBlock | None = None
    quantity: Quantity
    ids: Row[str]
    formulas: Row[str]
    energies: Row[float]
    volumes_A3_per_atom: Row[float | None] | None = None  # noqa: N815


class AnswerBlock(Loose):
    """One analysis with its result."""

    kind: str
    question: QuestionBlock
    result: dict[str, Any]


class RankingBlock(Loose):
    """Which of two electrolytes is milder at a lithium content; energies in eV/atom."""

    x: float
    first: str
    second: str
    probability_first_milder: float
    difference: float
    standard_error: float
    energies: str


class RecordFile(Loose):
    """A record of results, from which each can be computed again."""

    format: int
    phases: PhasesBlock
    answers: Row[AnswerBlock]
    ranking: Row[RankingBlock] = ()


# ------------------------------------------------------------------------- index of a record


class IndexedReactant(Document):
    """A reactant by what a query compares."""

    name: str
    formula: str
    energy_model: str


class IndexedOpen(Document):
    """An open element; the voltage is against its metal."""

    element: str
    voltage_V: float | None  # noqa: N815
    condition: str


class IndexedHeadline(Document):
    """One headline number of a result."""

    quantity: str
    value: float | str
    unit: str
    at: str
    products: str


class CurveMinima(Document):
    """Both minima of a mixing curve, energies in eV on its basis."""

    basis: str
    minimum_total: float
    fraction_total: float
    reaction_total: str
    kind_total: str
    minimum_mutual: float
    fraction_mutual: float
    reaction_mutual: str


class IndexedAnswer(Document):
    """What a query reads of one result."""

    kind: str
    reactants: Annotated[Row[IndexedReactant], Field(min_length=1)]
    open: Row[IndexedOpen]
    scheme: str
    phase_set: str
    headlines: Row[IndexedHeadline]
    curve: CurveMinima | None = None


class IndexFile(Document):
    """Index of one record, identified by the checksum of the record's bytes."""

    format: int
    record_sha256: str
    answers: Row[IndexedAnswer]


# ------------------------------------------------------------------------- screens


StableRow = Annotated[tuple[str, str, float], BeforeValidator(as_tuple)]
SideRow = Annotated[tuple[str, str, float, str, float, str], BeforeValidator(as_tuple)]


class SidesBlock(Document):
    """Rows of the three sides: name, formula, energy, model, above hull, error."""

    cathodes: Row[SideRow]
    electrolytes: Row[SideRow]
    coatings: Row[SideRow]


class PlanFile(Document):
    """The plan of a screen."""

    version: str = ""
    facts: Texts
    voltages: Annotated[Row[float | None], Field(min_length=1)]
    carrier: str
    top: int
    limit: int | None
    rows_per_part: Annotated[int, Field(ge=1)]
    scheme: str
    source: str
    barred: Row[str]
    stable: Row[StableRow]
    candidates: SidesBlock
