"""JSON of unknown origin: which classes it may have built, and of which kinds its values are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interfaces.errors import InputError

TRUSTED = "pymatgen."  #: modules whose values entries hold
NAMES = ("@module", "@class", "@callable", "@bound")
WORDS = {str: "text", float: "a finite number", int: "a whole number", bool: "true or false"}


@dataclass(frozen=True)
class Maybe:
    """A kind that may be null."""

    kind: Any


def tamed(data: Any) -> Any:
    """The same with the names of classes left out, but pymatgen's.

    monty, which pymatgen reads its entries with, imports whatever module ``@module`` names. A file
    that someone sent must not choose what is run; what is left out stays as plain values.

    Examples
    --------
    >>> tamed({"@module": "antigravity", "@class": "Flight", "height": 3})
    {'height': 3}
    """
    if isinstance(data, list):
        return [tamed(one) for one in data]
    if not isinstance(data, dict):
        return data
    named = str(data.get("@module", "")).startswith(TRUSTED) and "@callable" not in data
    return {key: tamed(one) for key, one in data.items() if named or key not in NAMES}


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
