"""Options of the command line -> a :class:`~workflows.structures.interface_cells.CellSpec`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from interfaces.errors import InputError
from workflows.structures.interface_cells import (
    CellSpec,
    changed,
    named_cells,
    read_miller,
    read_named,
)

Value = TypeVar("Value")


def cell_spec(first: str | None, second: str | None, named: str | None, **options: Any) -> CellSpec:
    """Return the specification of a cell of two reactants, or of a named one, with options.

    Parameters
    ----------
    first, second : names or files of the two sides.
    named : name or file of a stored cell, instead of the two.
    **options : values of the command line; None where an option is not set.

    Raises
    ------
    InputError
        If neither or both are named, or an option cannot be read.
    """
    if named is not None:
        if first is not None:
            raise InputError(f"--named {named} names both sides already; leave {first!r} out")
        spec = read_named(named)
    elif first is None or second is None:
        raise InputError(
            "name two sides, such as LiCoO2 LPSCl, or a stored cell with --named "
            f"({', '.join(named_cells())})"
        )
    else:
        spec = CellSpec(first, second)
    return changed(spec, **_read(spec, options))


def _read(spec: CellSpec, options: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(options)
    facets, labels = values.pop("facets"), values.pop("terminations")
    blocks = values.pop("blocks")
    if blocks is not None:
        values["blocks"] = _sides(blocks, str, "--block", spec.blocks)
    if facets is not None:
        values["facets"] = _sides(facets, read_miller, "--facets", spec.facets)
        if labels is None:  # labels belong to the facets they were read from
            values["terminations"] = (None, None)
    if labels is not None:
        values["terminations"] = _sides(labels, str, "--termination", spec.terminations)
    for key, option in (("thickness", "--thickness"), ("shift", "--shift"), ("grid", "--grid")):
        text = values.pop(key)
        if text is not None:
            kind: Callable[[str], Any] = int if key == "grid" else float
            values[key] = _numbers(text, kind, option, repeat=key != "shift")
    return values


def _sides(
    text: str, read: Callable[[str], Value], option: str, own: tuple[Value | None, Value | None]
) -> tuple[Value | None, Value | None]:
    """Return a value for each side; a single one is for the first, the second keeps its own."""
    parts = [part.strip() for part in text.split(",")]
    if not 1 <= len(parts) <= 2 or not all(parts):
        raise InputError(f"{option} {text!r} is not one word for each side, such as A,B")
    return read(parts[0]), read(parts[1]) if len(parts) == 2 else own[1]


def _numbers(
    text: str, kind: Callable[[str], Value], option: str, *, repeat: bool
) -> tuple[Value, Value]:
    parts = [part.strip() for part in text.split(",")]
    try:
        numbers = [kind(part) for part in parts]
    except ValueError:
        raise InputError(f"{option} {text!r} is not two numbers, such as 1,2") from None
    if len(numbers) == 1 and repeat:
        numbers = numbers * 2
    if len(numbers) != 2:
        raise InputError(f"{option} {text!r} is not two numbers, such as 1,2")
    return numbers[0], numbers[1]


def stem(name: str) -> str:
    """Return a name as part of a folder's name; of a file, its name without suffix.

    Examples
    --------
    >>> stem("LiCoO2"), stem("cells/my bulk.cif")
    ('LiCoO2', 'my_bulk')
    """
    plain = Path(name).stem if "/" in name or "\\" in name or Path(name).is_file() else name
    return plain.replace(" ", "_")
