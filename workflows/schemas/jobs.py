"""Job files: analyses, a delithiated cathode against electrolytes, or molecular dynamics."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    model_validator,
)

from interfaces.chemistry.numbers import lithium_content
from interfaces.errors import InputError
from interfaces.phases.reference_electrodes import Plateau
from workflows.schemas.base import TAG, Distinct, Document, Pair, Row, RunName


def _worded(value: Any) -> Any:
    """A number as its text: ``energies: [-1.5]`` means what ``--energy -1.5`` does."""
    return repr(value) if type(value) in (int, float) else value


def _content(value: Any) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InputError(f"lithium content {str(value)[:40]!r} is not a decimal from 0 to 1")
    return lithium_content(str(value))


Energies = Row[Annotated[str, BeforeValidator(_worded)]]
Contents = Annotated[Row[Annotated[Fraction, PlainValidator(_content)]], Field(min_length=1)]
Count = Annotated[int, Field(ge=1, le=10**9)]


# ------------------------------------------------------------------------- a cathode's curves


class Cells(Document):
    """Cells that a calculated cathode is built of.

    Attributes
    ----------
    formula_units, decorations, orderings, seed : size of the cells, how many of what.
    molecules : how electrolytes that are molecules get their energy.
    """

    formula_units: Annotated[int, Field(ge=1, le=400)] = 10
    decorations: Annotated[int, Field(ge=1, le=1000)] = 1
    orderings: Annotated[int, Field(ge=1, le=1000)] = 2
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 811
    molecules: Literal["stored", "quantum_chemistry"] = "stored"


class CathodeJob(Document):
    """A cathode at several lithium contents, against several electrolytes."""

    name: RunName
    cathode: str
    lithium: Annotated[Contents, Distinct]
    electrolytes: Annotated[Row[str], Field(min_length=1), Distinct]
    phases: str
    energies: Energies = ()
    exclude: Row[str] = ()
    calculate: Cells = Cells()


# ------------------------------------------------------------------------- analyses


class _Spec(Document):
    """The words that every analysis takes; they are those of the options of its verb."""

    open: Row[str] = ()
    gas: Row[str] = ()
    energy: Energies = ()
    exclude: Row[str] = ()
    temperature: float | None = None
    gas_temperature: float | None = None
    reference: str | None = None
    plateau: Plateau = "set"
    label: Annotated[RunName | None, Field(alias="as")] = None

    @property
    def verb(self) -> str:
        """The verb of the command line whose words these are."""
        return next(verb for verb in VERBS if hasattr(self, verb))

    @property
    def materials(self) -> tuple[str, ...]:
        """The materials that the verb names."""
        named: str | tuple[str, ...] = getattr(self, self.verb)
        return (named,) if isinstance(named, str) else named


class CurveSpec(_Spec):
    """``{curve: [LCO, LPSCl], open: [Li], voltage: 4.3}``."""

    curve: Pair[str]
    voltage: float | None = None
    residual: Row[str] = ()


class WindowSpec(_Spec):
    """``{window: LPSCl}``."""

    window: str
    carrier: str = "Li"


class MapSpec(_Spec):
    """``{map: [LCO, LPSCl], voltages: "2:4.5"}``."""

    map: Pair[str]
    voltages: str | None = None
    carrier: str = "Li"


class ChargingSpec(_Spec):
    """``{charging: [NCM811, LPSCl]}``."""

    charging: Pair[str]
    voltages: str | None = None
    carrier: str = "Li"


class CoatingsSpec(_Spec):
    """``{coatings: [NCM811, LGPS], candidates: [NiO]}``."""

    coatings: Pair[str]
    voltage: float | None = None
    candidates: Row[str] = ()
    charged: str | None = None
    discharged: str | None = None
    carrier: str = "Li"


VERBS = ("curve", "window", "map", "charging", "coatings")


def _verb_of(data: Any) -> str | None:
    named = [verb for verb in VERBS if isinstance(data, dict) and verb in data]
    return TAG + named[0] if len(named) == 1 else None


AnyAnalysis = Annotated[
    Annotated[CurveSpec, Tag("#curve")]
    | Annotated[WindowSpec, Tag("#window")]
    | Annotated[MapSpec, Tag("#map")]
    | Annotated[ChargingSpec, Tag("#charging")]
    | Annotated[CoatingsSpec, Tag("#coatings")],
    Discriminator(
        _verb_of,
        custom_error_type="keys",
        custom_error_message=f"must be keys of which one is {', '.join(VERBS)}",
    ),
]


class AnalysesJob(Document):
    """Several analyses on one phase set."""

    name: RunName
    questions: Annotated[Row[AnyAnalysis], Field(min_length=1)]
    phases: str | None = None  #: the default set where none is named

    @model_validator(mode="after")
    def _check_shared(self) -> AnalysesJob:
        """The record of a run holds one set of phases, so its analyses cannot differ in it."""
        for key in ("exclude", "temperature"):
            if len({getattr(analysis, key) for analysis in self.questions}) > 1:
                raise InputError(
                    f"{key} differs between questions; those of one job share their phases: give "
                    "it to all of them, or run those apart"
                )
        return self


# ------------------------------------------------------------------------- molecular dynamics


def _is_pair(pair: tuple[str, ...]) -> tuple[str, ...]:
    if len(pair) not in (0, 2):
        raise InputError(f"it names two reactants, found {list(pair)!r}")
    return pair


class DynamicsJob(Document):
    """Molecular dynamics of an interface cell.

    Attributes
    ----------
    cell : a named cell, a folder of ``interfaces cell``, or a structure file with sides.
    temperature : [K].
    steps, segments, every : time steps of each segment, their number, and those between frames.
    time_step : [fs]; VASP takes its protocol's instead.
    relaxation_steps : at most, before the dynamics.
    pair : two reactants whose predicted products the bonds are compared with.
    relax, move : protocols for VASP.
    """

    name: RunName
    cell: str
    temperature: Annotated[float, Field(gt=0, le=1e9)]
    steps: Count
    segments: Count = 2
    every: Count = 5
    time_step: Annotated[float, Field(gt=0, le=1e9)] = 2.0
    seed: Annotated[int, Field(ge=0, le=10**9)] = 811
    relaxation_steps: Count = 60
    pair: Annotated[Row[str], AfterValidator(_is_pair)] = ()
    relax: str = "interface-relax"
    move: str = "interface-aimd"

    @model_validator(mode="after")
    def _check_frames(self) -> DynamicsJob:
        if self.every > self.steps:
            raise InputError(
                f"every {self.every} steps is a frame, and a segment has {self.steps} steps; "
                "give more steps or more frames"
            )
        return self


# ------------------------------------------------------------------------- any job


def _kind_of(data: Any) -> str:
    """Which job a file holds, by the key that no other has."""
    if isinstance(data, dict) and "questions" in data:
        return "#analyses"
    return "#dynamics" if isinstance(data, dict) and "cell" in data else "#cathode"


Job = Annotated[
    Annotated[AnalysesJob, Tag("#analyses")]
    | Annotated[CathodeJob, Tag("#cathode")]
    | Annotated[DynamicsJob, Tag("#dynamics")],
    Discriminator(_kind_of),
]
