"""Base of all pydantic models of file formats: strict types, and one-line errors."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from interfaces.chemistry.numbers import read_number
from interfaces.errors import InputError
from workflows.io.readers import plain_name

T = TypeVar("T")
SHOWN = 60  #: characters of a value in a message
TAG = "#"  #: first character of the tags of unions, which are no part of a place in a file

_EXPECTED = {  # pydantic's type of error -> what was expected; {...} is its context
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "none_required": "null",
    "literal_error": "{expected}",
    "enum": "{expected}",
    "greater_than": "above {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "below {lt}",
    "less_than_equal": "at most {le}",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
    "missing": "there, in a longer list",
}


class Document(BaseModel):
    """A block of a file: strict types, finite numbers, no keys but its own."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _check_keys(cls, data: Any) -> Any:
        """Refuse unknown and missing keys with the names of those that are known."""
        if isinstance(data, cls):
            return data
        names = {field.alias or name: field for name, field in cls.model_fields.items()}
        if not isinstance(data, Mapping):
            raise PydanticCustomError("keys", "must be keys with values: " + ", ".join(names))
        if cls.model_config.get("extra") == "forbid":
            for key in data:
                if key not in names:
                    raise PydanticCustomError("keys", _escaped(_unknown(key, names)))
        lacking = [name for name, field in names.items() if field.is_required()]
        missing = [name for name in lacking if name not in data]
        if missing:
            raise PydanticCustomError(
                "keys", f"lacks {', '.join(missing)}; it has {', '.join(names)}"
            )
        return data


class Loose(Document):
    """A block of which only some keys are read; the others are passed over."""

    model_config = ConfigDict(extra="ignore")


def _unknown(key: Any, names: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(str(key), names, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"has the unknown key {str(key)[:SHOWN]!r}; {hint}it has {', '.join(names)}"


def _escaped(text: str) -> str:
    """Text for PydanticCustomError, which reads braces as fields of a template."""
    return text.replace("{", "(").replace("}", ")")


def as_tuple(value: Any) -> Any:
    """Convert a list to a tuple; other values are left for the strict tuple type to refuse.

    Parameters
    ----------
    value : of a field.
    """
    return tuple(value) if isinstance(value, list) else value


def _is_distinct(values: tuple[T, ...]) -> tuple[T, ...]:
    twice = next((value for value in values if values.count(value) > 1), None)
    if twice is not None:
        raise InputError(f"{twice} is named twice")
    return values


def _is_run_name(name: str) -> str:
    return plain_name("run name", name)


#: A list of a file, as a tuple; ``Pair`` and ``Triple`` have their length.
Row = Annotated[tuple[T, ...], BeforeValidator(as_tuple)]
Pair = Annotated[tuple[T, T], BeforeValidator(as_tuple)]
Triple = Annotated[tuple[T, T, T], BeforeValidator(as_tuple)]
Distinct = AfterValidator(_is_distinct)
RunName = Annotated[str, AfterValidator(_is_run_name)]


def validate(kind: Any, data: Any, file: str, *, show: bool = True) -> Any:
    """Check plain values against a model, or any annotation that pydantic reads.

    Parameters
    ----------
    kind : a :class:`Document`, or an annotation such as a union of some.
    data : what YAML or JSON gave.
    file : name of the file, for the message.
    show : put the value that is wrong into the message; not where it may be a secret.

    Returns
    -------
    The model, or what the annotation describes.

    Raises
    ------
    InputError
        In one line: the file, the place in it, what was expected, and what was found.

    Examples
    --------
    >>> class Bath(Document):
    ...     temperature: float
    >>> validate(Bath, {"temperature": 300}, "bath.yaml").temperature
    300.0
    >>> validate(Bath, {"temperature": True}, "bath.yaml")
    Traceback (most recent call last):
        ...
    interfaces.errors.InputError: bath.yaml: temperature must be a number, found True
    """
    try:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind.model_validate(data)
        return TypeAdapter(kind).validate_python(data)
    except ValidationError as error:
        raise InputError(_one_line(error, file, show=show)) from None
    except (RecursionError, OverflowError) as error:
        raise InputError(f"{file} cannot be read: {type(error).__name__}") from None


def read_as(kind: type[T], data: Any, file: str) -> T:
    """Read a frozen dataclass from the JSON object of its fields, as strictly as a document.

    Parameters
    ----------
    kind : the dataclass; its fields may be tuples and other dataclasses.
    data : what JSON gave.
    file : name of the file, for the message.

    Raises
    ------
    InputError
        As :func:`validate`.
    """
    dataclass: Any = kind
    block = validate(_model_of(dataclass), data, file)
    return kind(**{name: getattr(block, name) for name in type(block).model_fields})


@cache
def _model_of(kind: Any) -> type[Document]:
    """The document with the fields of a dataclass."""
    hints = get_type_hints(kind)
    blocks: dict[str, Any] = {}
    for field in fields(kind):
        hint, default = hints[field.name], ... if field.default is MISSING else field.default
        if field.default_factory is not MISSING:
            default = Field(default_factory=field.default_factory)
        blocks[field.name] = (Annotated[hint, BeforeValidator(_reader(hint))], default)
    return create_model(kind.__name__, __base__=Document, **blocks)


def _reader(hint: Any) -> Any:
    """How the JSON value of a field becomes one of its type."""
    inner: Any = next((kind for kind in (hint, *get_args(hint)) if is_dataclass(kind)), None)
    if inner is not None:
        return lambda value: value if value is None else read_as(inner, value, inner.__name__)
    return as_tuple if get_origin(hint) is tuple else lambda value: value


def _one_line(error: ValidationError, file: str, *, show: bool = True) -> str:
    """Report the first validation error in one line."""
    first = error.errors(include_url=False)[0]
    place = _place(first["loc"])
    message = _said(first, show=show)
    return f"{file}: {place} {message}".replace("\n", " ") if place else f"{file} {message}"


def _place(location: tuple[int | str, ...]) -> str:
    parts: list[str] = []
    for part in location:
        if isinstance(part, int):
            parts.append(f"{parts.pop()}, item {part + 1}" if parts else f"item {part + 1}")
        elif not part.startswith(TAG):
            parts.append(part[:SHOWN])
    return ": ".join(parts)


def _said(error: ErrorDetails, *, show: bool) -> str:
    context = error.get("ctx", {})
    if error["type"] == "keys":
        return error["msg"]
    if isinstance(context.get("error"), Exception):  # of a validator of ours
        return f"cannot be used: {context['error']}"
    template = _EXPECTED.get(error["type"])
    expected = template.format(**context) if template else error["msg"].lower()
    value = error["input"]
    shown_value = repr(list(value) if isinstance(value, tuple) else value)
    if len(shown_value) > SHOWN:
        shown_value = f"{shown_value[:SHOWN]}..."
    shown = f", found {shown_value}" if show else ""
    return f"must be {expected}{shown}{_hint(error['type'], value)}"


def _hint(kind: str, value: Any) -> str:
    """What YAML makes of a word that a person means otherwise."""
    if kind == "string_type" and isinstance(value, bool):
        return "; YAML reads NO, ON and YES as true or false, so put them in quotes"
    if kind in ("float_type", "int_type") and isinstance(value, str) and _is_number(value):
        return "; a number in quotes is text: leave them out"
    return ""


def _is_number(text: str) -> bool:
    try:
        read_number(text)
    except ValueError:
        return False
    return True
