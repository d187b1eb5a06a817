"""Bulk prototypes, stored interface cells (lengths in angstrom) and site files (read as text)."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from interfaces.errors import InputError
from interfaces.structures.lattice_match import Side
from workflows.schemas.base import Document, Loose, Pair, Row, Triple

Length = Annotated[float, Field(gt=0, le=1000)]
Offset = Annotated[float, Field(ge=0, le=1000)]
Count = Annotated[int, Field(ge=1, le=10**6)]
Index = Annotated[int, Field(ge=-99, le=99)]


def _worded(value: Any) -> Any:
    """A termination such as 1 is a name, which YAML reads as a number."""
    return str(value) if type(value) is int else value


Termination = Annotated[str, BeforeValidator(_worded)]


class CellFile(Document):
    """An interface cell; ``CellSpec`` has the meaning of each key."""

    first: str
    second: str
    facets: Pair[Triple[Index] | None] = (None, None)
    terminations: Pair[Termination | None] = (None, None)
    blocks: Pair[str | None] = (None, None)
    thickness: Pair[Length] = (7.0, 7.0)
    max_atoms: Count = 300
    max_strain: Annotated[float, Field(ge=0, le=1)] = 0.05
    max_area: Annotated[float, Field(gt=0)] | None = None
    min_width: Offset = 8.0
    strain_on: Side = "shared"
    match: Count = 1
    gap: Offset = 2.5
    vacuum: Offset = 0.0
    shift: Pair[float] = (0.0, 0.0)
    lithium: str = "own"
    registry: str = "none"
    grid: Pair[Count] = (3, 3)


class LatticeBlock(Document):
    """Axes [angstrom], of which b and c may be as long as a, and the monoclinic angle [degrees]."""

    a: Length
    b: Length | None = None
    c: Length | None = None
    beta: Annotated[float, Field(gt=0, lt=180)] = 90.0


class SiteBlock(Document):
    """One orbit: its element, Wyckoff letter with multiplicity, and the first position."""

    element: str
    wyckoff: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,3}[a-z]$")]
    position: Triple[float]


class PrototypeFile(Document):
    """A bulk structure of ``inputs/structures``."""

    space_group: str
    lattice: LatticeBlock
    sites: Annotated[Row[SiteBlock], Field(min_length=1)]
    charges: dict[str, float]
    facet: Triple[Index]
    source: str


class _Match(Loose):
    first_strain: Row[float] = ()
    second_strain: Row[float] = ()


class _Cell(Loose):
    match: _Match | None = None


class CardFile(Loose):
    """The record beside an interface cell, of which the strains are read."""

    cell: _Cell = _Cell()


def _names(value: Any) -> Any:
    return {} if value in ("", None) else value


def _lines(value: Any) -> Any:
    return () if value in ("", None) else value


def _whole(value: Any) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"[1-9][0-9]{0,8}", value):
        raise InputError("it must be a whole number above 0")
    return int(value)


Names = Annotated[dict[str, Any], BeforeValidator(_names), Field(default_factory=dict)]


class SiteFile(Document):
    """A site; its texts are checked by :mod:`workflows.submit.site`."""

    name: Any = None
    directives: Names
    before: Annotated[Row[Any], BeforeValidator(_lines)] = ()
    environment: Names
    command: Any = ""
    vasp: Any = ""
    vasp_gamma: Any = ""
    scratch: Any = ""
    project: Any = ""
    worker: Any = ""
    exec_config: Any = ""
    steps: Names
    at_once: Annotated[int | None, BeforeValidator(_whole)] = None
