"""Job files as one union: analyses, a delithiated cathode, or molecular dynamics.

The keys of an analysis are the fields of its specification (:mod:`workflows.analyses.registry`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import MISSING, fields, replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, get_origin, get_type_hints

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    create_model,
    model_validator,
)

from interfaces.errors import InputError
from workflows.analyses.analysis import AnalysisSpec
from workflows.analyses.conditions import read_temperature
from workflows.analyses.registry import SPECS
from workflows.io.resources import DEFAULT_SET
from workflows.schemas.base import TAG, Document, Row, RunName, as_tuple
from workflows.schemas.jobs import CathodeJob, DynamicsJob, Energies

OLD_KEY = "questions"  #: of ``analyses`` in job files of earlier versions
OF_THE_JOB = "phases"  #: a field of every specification that a job gives once


def _kelvin(value: Any) -> Any:
    """``700C`` or ``973K`` as a number [K]; anything else is checked as a number."""
    return read_temperature(value) if isinstance(value, str) and value[-1:] in "CK" else value


def _field(name: str, hint: Any, default: Any) -> Any:
    """Annotation and default of a key; lists become tuples."""
    if name == "energy":
        return Energies, default
    if name == "label":
        return RunName | None, Field(default=None, alias="as")
    if name in ("temperature", "gas_temperature"):
        return Annotated[float | None, BeforeValidator(_kelvin)], default
    if get_origin(hint) is tuple:
        hint = Annotated[hint, BeforeValidator(as_tuple)]
    return hint, default


def _model(spec: type[AnalysisSpec]) -> Any:
    """The model of one analysis in a job file, which becomes its specification."""
    hints = get_type_hints(spec)
    keys = {
        field.name: _field(
            field.name, hints[field.name], ... if field.default is MISSING else field.default
        )
        for field in fields(spec)
        if field.name != OF_THE_JOB
    }
    model: type[Document] = create_model(spec.__name__, __base__=Document, **keys)

    def to_spec(read: Document) -> AnalysisSpec:
        return spec(**{name: getattr(read, name) for name in keys})

    return Annotated[model, AfterValidator(to_spec), Tag(TAG + spec.kind)]


def _kind_of_analysis(data: Any) -> str | None:
    named = [kind for kind in SPECS if isinstance(data, dict) and kind in data]
    return TAG + named[0] if len(named) == 1 else None


if TYPE_CHECKING:
    AnyAnalysis = AnalysisSpec
else:
    AnyAnalysis = Annotated[
        reduce(or_, map(_model, SPECS.values())),
        Discriminator(
            _kind_of_analysis,
            custom_error_type="keys",
            custom_error_message=f"must be keys of which one is {', '.join(SPECS)}",
        ),
    ]


class AnalysesJob(Document):
    """Several analyses on one phase set."""

    name: RunName
    analyses: Annotated[Row[AnyAnalysis], Field(min_length=1)]
    phases: str | None = None  #: the default set where none is named

    @model_validator(mode="before")
    @classmethod
    def _accept_old_key(cls, data: Any) -> Any:
        if isinstance(data, dict) and OLD_KEY in data and "analyses" not in data:
            return {"analyses" if key == OLD_KEY else key: data[key] for key in data}
        return data

    @model_validator(mode="after")
    def _check_shared(self) -> AnalysesJob:
        """The record of a run holds one set of phases, so its analyses cannot differ in it."""
        for key in ("exclude", "temperature", "correction", "products"):
            if len({getattr(analysis, key) for analysis in self.analyses}) > 1:
                raise InputError(
                    f"{key} differs between analyses; those of one job share their phases: give "
                    "it to all of them, or run them in separate jobs"
                )
        return self

    def specs(self, phases: str | None = None) -> tuple[AnalysisSpec, ...]:
        """Return the analyses; ``phases`` takes the place of the set that the job names.

        Raises
        ------
        InputError
            If a pressure or a range cannot be read, or two analyses have one name.
        """
        used = phases or self.phases or DEFAULT_SET
        specs = tuple(replace(analysis, phases=used) for analysis in self.analyses)
        for spec in specs:
            spec.check()
        name, count = Counter(spec.name for spec in specs).most_common(1)[0]
        if count > 1:
            raise InputError(
                f"{self.name}: two analyses are called {name}; name them with `as: NAME`"
            )
        return specs


def _kind_of_job(data: Any) -> str:
    """Which job a file holds, by the key that no other has."""
    if isinstance(data, dict) and not data.keys().isdisjoint(("analyses", OLD_KEY)):
        return "#analyses"
    return "#dynamics" if isinstance(data, dict) and "cell" in data else "#cathode"


Job = Annotated[
    Annotated[AnalysesJob, Tag("#analyses")]
    | Annotated[CathodeJob, Tag("#cathode")]
    | Annotated[DynamicsJob, Tag("#dynamics")],
    Discriminator(_kind_of_job),
]
