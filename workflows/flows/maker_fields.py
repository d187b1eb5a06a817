"""Fields of Makers: those of a specification, and tuples that a store held as lists."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from typing import Any, TypeVar, get_type_hints

T = TypeVar("T", bound=type)


def restore_tuples(maker: Any) -> None:
    """Turn lists in the fields of a Maker into tuples, however deep."""
    for item in fields(maker):
        if isinstance(value := getattr(maker, item.name), list | dict):
            setattr(maker, item.name, _tuples(value))


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def with_fields(of: Any, leave_out: Collection[str]) -> Callable[[T], T]:
    """Make a Maker a dataclass whose fields include those of a specification.

    Parameters
    ----------
    of : dataclass of the specification.
    leave_out : fields that are arguments of ``make``.
    """

    def decorate(cls: T) -> T:
        hints = get_type_hints(of)
        for item in fields(of):
            if item.name not in leave_out:
                cls.__annotations__[item.name] = hints[item.name]
                setattr(cls, item.name, item.default)
        made: T = dataclass(cls)  # type: ignore[assignment]
        return made

    return decorate
