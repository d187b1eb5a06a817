"""MSONable base class for the frozen dataclasses of results.

A result survives ``monty.serialization.dumpfn`` and ``loadfn``, what jobflow does to the output of
a job (``jsanitize(strict=True)``, then ``MontyDecoder``), ``pickle`` and ``copy.deepcopy``, and is
equal to the original afterwards. JSON has neither tuples, arrays nor exact fractions, so these are
marked on the way out and restored on the way in. ``to_dict`` of a result is another thing: the
object that the command line prints, with units in the names of its keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Self, get_type_hints

import numpy as np
from monty.json import MontyDecoder, MontyEncoder

if TYPE_CHECKING:
    MSONable = object  # a base of type Any would switch off the checks of fields
else:
    from monty.json import MSONable

_FRACTION = {"@module": "fractions", "@class": "Fraction"}


class Serialisable(MSONable):
    """A frozen dataclass that monty, jobflow and pickle store and restore.

    Its fields hold plain values, tuples, mappings, arrays, fractions, pymatgen objects and other
    ``Serialisable`` values. A dataclass with arrays is declared with ``eq=False`` and compares by
    value here: NaN equals NaN, and arrays are equal element by element.

    Examples
    --------
    >>> from interfaces.chemistry.formulas import Formula
    >>> half = Formula.parse("Li0.5CoO2")
    >>> half.as_dict()["@class"], Formula.from_dict(half.as_dict()) == half
    ('Formula', True)
    """

    def as_dict(self) -> dict[str, Any]:
        """Fields as JSON can hold them, with the class named.

        Returns
        -------
        dict[str, Any]
            JSON-serialisable dictionary with ``@module`` and ``@class``.
        """
        named = {"@module": type(self).__module__, "@class": type(self).__name__}
        return named | {field.name: encoded(getattr(self, field.name)) for field in _fields(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of :meth:`as_dict`; a field that is absent has its default value.

        Parameters
        ----------
        data : dictionary written by :meth:`as_dict`.

        Returns
        -------
        Self
            Equal to the original.
        """
        known = [field.name for field in _fields(cls) if field.name in data]
        return cls(**{name: _decoded(data[name]) for name in known})

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        names = [field.name for field in _fields(self) if field.compare]
        return all(_equal(getattr(self, name), getattr(other, name)) for name in names)

    def __hash__(self) -> int:
        """Of the fields that can be hashed: texts, numbers and tuples of these."""
        values = (getattr(self, field.name) for field in _fields(self) if field.compare)
        return hash((type(self), *(v for v in values if isinstance(v, str | int | float))))


Keys = Mapping[str, str]  #: key of a JSON object -> field or property


class Record(Serialisable):
    """A result that is written as a JSON object whose keys name the units, and read back.

    ``KEYS`` lists the object: key -> field or property, in the order of the output.
    """

    KEYS: ClassVar[Keys]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as in the JSON output; the keys name the units.

        Returns
        -------
        dict[str, Any]
            JSON-serialisable values.
        """
        return {key: _plain(getattr(self, name)) for key, name in self.KEYS.items()}

    @classmethod
    def from_record(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of :meth:`to_dict`.

        Parameters
        ----------
        data : object written by :meth:`to_dict`.

        Returns
        -------
        Self
            Equal to the original.
        """
        kinds = get_type_hints(cls)
        names = {name: key for key, name in cls.KEYS.items()}
        return cls(**{f.name: _restored(kinds[f.name], data[names[f.name]]) for f in _fields(cls)})


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.to_dict() if hasattr(value, "to_dict") else value


def _restored(kind: Any, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return kind.from_record(value) if hasattr(kind, "from_record") else value


def _fields(value: Any) -> Any:
    return fields(value)


def encoded(value: Any) -> Any:
    """A value as JSON can hold it, tuples, arrays and fractions marked.

    Parameters
    ----------
    value : plain value, tuple, mapping, array, fraction or MSONable object.
    """
    if isinstance(value, list | tuple):
        return [encoded(item) for item in value]
    if isinstance(value, Mapping):
        return {key: encoded(item) for key, item in value.items()}
    if isinstance(value, Fraction):
        return _FRACTION | {"value": str(value)}
    if isinstance(value, np.ndarray):
        return MontyEncoder().default(value) | {"shape": list(value.shape)}
    if hasattr(value, "model_dump"):  # pydantic, of which a field may be made
        return MontyEncoder().default(value)
    if isinstance(value, np.generic):
        return value.item()
    return value.as_dict() if hasattr(value, "as_dict") else value


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_decoded(item) for item in value)
    if not isinstance(value, Mapping):
        return value
    if "@class" not in value:
        return {key: _decoded(item) for key, item in value.items()}
    if value["@class"] == _FRACTION["@class"]:
        return Fraction(value["value"])
    decoded = MontyDecoder().process_decoded(value)
    return decoded.reshape(value["shape"]) if isinstance(decoded, np.ndarray) else decoded


def _equal(first: Any, second: Any) -> bool:
    """Whether two field values are the same, arrays by their elements."""
    arrays = isinstance(first, np.ndarray), isinstance(second, np.ndarray)
    if all(arrays):
        return np.array_equal(first, second, equal_nan=first.dtype.kind in "fc")
    return not any(arrays) and bool(first == second)
