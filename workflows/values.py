"""Values that travel between jobs: frozen, and equal after a job store has held them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Self


class Value:
    """A frozen dataclass that jobflow can store: tuples and nested values come back equal."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values with the class named, as monty and jobflow store them."""
        named = {"@module": type(self).__module__, "@class": type(self).__name__}
        return named | {one.name: _plain(getattr(self, one.name)) for one in fields(self)}  # type: ignore[arg-type]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of :meth:`as_dict`."""
        from monty.json import MontyDecoder

        decode = MontyDecoder().process_decoded
        known = fields(cls)  # type: ignore[arg-type]
        return cls(**{one.name: _frozen(decode(data[one.name])) for one in known})


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.as_dict() if hasattr(value, "as_dict") else value


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
