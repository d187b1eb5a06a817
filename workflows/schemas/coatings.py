"""Settings of a coating ranking: gates, objectives, named candidates, elements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, PlainValidator

from interfaces.coatings import OBJECTIVES
from interfaces.errors import InputError
from workflows.schemas.base import Document, Row

LARGEST_LIMIT = 1e6  #: V or eV/atom
GATE_KEYS = {"value", "unit", "from", "reason"}


def _limit(gate: Any) -> Any:
    """The limit of a gate, written alone or with its unit, origin and reason."""
    if isinstance(gate, Mapping):
        if "value" not in gate or (unknown := sorted(map(str, set(gate) - GATE_KEYS))):
            keys = ", ".join(unknown) if "value" in gate else "no value"
            raise InputError(f"a gate has {', '.join(sorted(GATE_KEYS))}; found {keys[:60]}")
        gate = gate["value"]
    texts = isinstance(gate, list) and all(isinstance(part, str) for part in gate)
    number = isinstance(gate, int | float) and abs(gate) < LARGEST_LIMIT  # nor nan
    if not (gate is None or texts or number):
        raise InputError(
            f"a limit is a number, true, false, null or elements; found {repr(gate)[:60]}"
        )
    return gate


def _objective(name: Any) -> Any:
    if not isinstance(name, str) or name not in OBJECTIVES:
        raise InputError(
            f"{repr(name)[:60]} is not an objective; choose of {', '.join(OBJECTIVES)}"
        )
    return name


class NamedBlock(Document):
    """A candidate of the published work."""

    name: str
    why: str
    source: str


class SettingsFile(Document):
    """The bundled settings, or a copy of parts of them."""

    gates: dict[str, Annotated[Any, PlainValidator(_limit)]] | None = None
    not_checked: Row[str] | None = None
    front: (
        Annotated[Row[Annotated[Any, PlainValidator(_objective)]], Field(min_length=1)] | None
    ) = None
    named: Row[NamedBlock] | None = None
    scarce_below: Annotated[float, Field(ge=0)] | None = None
    crustal_abundance: dict[str, Annotated[float, Field(ge=0)]] | None = None
