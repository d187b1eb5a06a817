"""JSON of unknown origin: of which kinds its values are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interfaces.errors import InputError

WORDS = {str: "text", float: "a finite number", int: "a whole number", bool: "true or false"}


@dataclass(frozen=True)
class Maybe:
    """A kind that may be null."""

    kind: Any


def check(data: Any, kind: Any, where: str = "it") -> None:
    """Refuse values of other kinds than a file of this package has.

    A kind is ``str``, ``float`` (a finite number), ``int``, ``bool`` or ``object`` (anything);
    ``[kind]`` is a list of one kind, ``(kind, kind)`` a row of so many, ``{key: kind}`` an object:
    keys that it does not name are passed over, as are those that it names and the file lacks.
    ``{str: kind}`` is an object of any keys.

    Raises
    ------
    InputError
        With the first place that is of another kind.

    Examples
    --------
    >>> check({"x": [1, 2.5]}, {"x": [float]})
    >>> check({"x": [1, "2"]}, {"x": [float]})
    Traceback (most recent call last):
        ...
    interfaces.errors.InputError: it.x[1] is not a finite number
    """
    if isinstance(kind, Maybe):
        if data is not None:
            check(data, kind.kind, where)
    elif isinstance(kind, list):
        if not isinstance(data, list):
            raise InputError(f"{where} is not a list")
        for index, one in enumerate(data):
            check(one, kind[0], f"{where}[{index}]")
    elif isinstance(kind, tuple):
        if not isinstance(data, list) or len(data) != len(kind):
            raise InputError(f"{where} is not a row of {len(kind)}")
        for index, (one, its) in enumerate(zip(data, kind, strict=True)):
            check(one, its, f"{where}[{index}]")
    elif isinstance(kind, Mapping):
        if not isinstance(data, dict):
            raise InputError(f"{where} is not an object")
        for key, one in data.items():
            check(one, kind.get(str, kind.get(key, object)), f"{where}.{key}")
    elif not _is(data, kind):
        raise InputError(f"{where} is not {WORDS[kind]}")


def _is(data: Any, kind: type) -> bool:
    if kind is float:
        try:
            return not isinstance(data, bool) and math.isfinite(data)
        except (TypeError, OverflowError):  # no number, or a whole one of hundreds of digits
            return False
    return isinstance(data, kind) and not (kind is int and isinstance(data, bool))
