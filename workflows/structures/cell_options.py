"""Words of the command line -> a :class:`~workflows.structures.interface_cells.CellSpec`."""

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

One = TypeVar("One")


def question_of(
    first: str | None, second: str | None, named: str | None, **options: Any
) -> CellSpec:
    """The question of two reactants or of a named cell, with the options that were given.

    Raises
    ------
    InputError
        If neither or both are named, or an option cannot be read.
    """
    if named is not None:
        if first is not None:
            raise InputError(f"--named {named} names both sides already; leave {first!r} out")
        question = read_named(named)
    elif first is None or second is None:
        raise InputError(
            "name two sides, such as LiCoO2 LPSCl, or a stored cell with --named "
            f"({', '.join(named_cells())})"
        )
    else:
        question = CellSpec(first, second)
    return changed(question, **_read(question, options))


def _read(question: CellSpec, options: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(options)
    facets, labels = values.pop("facets"), values.pop("terminations")
    blocks = values.pop("blocks")
    if blocks is not None:
        values["blocks"] = _sides(blocks, str, "--block", question.blocks)
    if facets is not None:
        values["facets"] = _sides(facets, read_miller, "--facets", question.facets)
        if labels is None:  # labels belong to the facets they were read from
            values["terminations"] = (None, None)
    if labels is not None:
        values["terminations"] = _sides(labels, str, "--termination", question.terminations)
    for key, option in (("thickness", "--thickness"), ("shift", "--shift"), ("grid", "--grid")):
        text = values.pop(key)
        if text is not None:
            kind: Callable[[str], Any] = int if key == "grid" else float
            values[key] = _numbers(text, kind, option, repeat=key != "shift")
    return values


def _sides(
    text: str, read: Callable[[str], One], option: str, own: tuple[One | None, One | None]
) -> tuple[One | None, One | None]:
    """One word for each side; one alone is that of the first, and the second keeps its own."""
    parts = [part.strip() for part in text.split(",")]
    if not 1 <= len(parts) <= 2 or not all(parts):
        raise InputError(f"{option} {text!r} is not one word for each side, such as A,B")
    return read(parts[0]), read(parts[1]) if len(parts) == 2 else own[1]


def _numbers(
    text: str, kind: Callable[[str], One], option: str, *, repeat: bool
) -> tuple[One, One]:
    parts = [part.strip() for part in text.split(",")]
    try:
        found = [kind(part) for part in parts]
    except ValueError:
        raise InputError(f"{option} {text!r} is not two numbers, such as 1,2") from None
    if len(found) == 1 and repeat:
        found = found * 2
    if len(found) != 2:
        raise InputError(f"{option} {text!r} is not two numbers, such as 1,2")
    return found[0], found[1]


def stem(name: str) -> str:
    """A name as part of a folder's: that of a file without its ending.

    >>> stem("LiCoO2"), stem("cells/my bulk.cif")
    ('LiCoO2', 'my_bulk')
    """
    plain = Path(name).stem if "/" in name or "\\" in name or Path(name).is_file() else name
    return plain.replace(" ", "_")
