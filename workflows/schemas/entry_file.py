"""Dictionaries of pymatgen entries, as far as they are read."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, PlainValidator

from interfaces.errors import InputError
from workflows.schemas.base import Loose


def _composition(value: Any) -> Any:
    """A formula, or species with positive amounts."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict) or not value:
        raise InputError(f"a composition is elements with amounts, found {repr(value)[:60]}")
    for species, amount in value.items():
        number = isinstance(amount, int | float) and not isinstance(amount, bool)
        if not species.startswith("@") and not (number and 0 <= amount < 1e9):
            raise InputError(f"the amount of {species[:20]} is {repr(amount)[:40]}, no number")
    return value


class EntryBlock(Loose):
    """A ComputedEntry: energy [eV] of all atoms of its composition, before the correction [eV]."""

    energy: Annotated[float, Field(gt=-1e9, lt=1e9)]
    composition: Annotated[Any, PlainValidator(_composition)] = None
    correction: float | None = None
    entry_id: str | int | None = None
