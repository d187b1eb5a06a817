"""Protocol files: changes to a base, each block with a sentence of reason."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    StringConstraints,
    model_validator,
)

from interfaces.errors import InputError
from interfaces.structures.magnetic_moments import Order
from workflows.schemas.base import Document, Row, Triple

SHORTEST_REASON = 8  #: characters
Plain = bool | int | float | str
Length = Annotated[float, Field(gt=0)]
Division = Annotated[int, Field(ge=1)]
Name = Annotated[str, StringConstraints(min_length=1)]
#: What a tag's ``rule`` may be; :mod:`workflows.vasp.tag_rules` has a function for each.
Rule = Literal[
    "spin", "moments", "hubbard-on", "hubbard-type", "hubbard-l", "hubbard-u", "hubbard-j",
    "mixing", "projection", "dispersion", "dipole-on", "dipole-axis", "dipole-centre", "time-step",
    "steps",
]  # fmt: skip


def _is_sentence(reason: str) -> str:
    """One sentence: it ends with a full stop and holds no other."""
    plain = reason.strip()
    if len(plain) < SHORTEST_REASON or not plain.endswith(".") or ". " in plain:
        raise InputError(f"a reason is one sentence, found {plain[:60]!r}")
    return plain


def _is_plain(value: Any) -> Plain:
    """One value of an INCAR tag; a union of types would be named in the message."""
    if not isinstance(value, bool | int | float | str) or (
        isinstance(value, float) and not math.isfinite(value)
    ):
        raise InputError(f"give one value, found {repr(value)[:60]}")
    return value


class _Reasoned(Document):
    reason: Annotated[str, AfterValidator(_is_sentence)]


class TagBlock(_Reasoned):
    """One INCAR tag: a value, a rule, or dropped; with none of them it is left to pymatgen's set.

    ``picoseconds`` belong to the rule ``steps``.
    """

    value: Annotated[Plain | None, PlainValidator(_is_plain)] = None
    rule: Rule | None = None
    drop: Literal[True] | None = None
    picoseconds: Length | None = None

    @model_validator(mode="after")
    def _check_one(self) -> TagBlock:
        if len(self.model_fields_set & {"value", "rule", "drop"}) > 1:
            raise InputError("it has more than one of value, rule and drop")
        if (self.picoseconds is not None) != (self.rule == "steps"):
            raise InputError("picoseconds belong to the rule steps, and it needs them")
        return self


class PotentialsBlock(_Reasoned):
    """Names of potentials; ``symbols`` are added to those of the base."""

    functional: Name | None = None
    symbols: dict[str, Name] = Field(default_factory=dict)


class HubbardBlock(_Reasoned):
    """U - J [eV] of elements beside one of some anions."""

    beside: Row[Name]
    values: dict[str, Annotated[float, Field(ge=0)]]


class MagneticBlock(_Reasoned):
    """The order in which spins start."""

    order: Order


class Grid(Document):
    """A mesh with the cell it belongs to; lengths in angstrom, angles in degrees."""

    formula: str
    cell: str
    atoms: Annotated[int, Field(ge=1)]
    lengths: Row[Length]
    angles: Row[Length]
    divisions: Triple[Division]


class MeshRule(_Reasoned):
    """How k-points follow from a cell; ``spacing`` in 1/angstrom with 2 pi."""

    rule: Literal["gamma", "spacing", "grids", "set"]
    spacing: Length | None = None
    grids: Row[Grid] = ()

    @model_validator(mode="after")
    def _check_spacing(self) -> MeshRule:
        if self.rule in ("spacing", "grids") and self.spacing is None:
            raise InputError("kpoints need a spacing [1/angstrom]")
        return self


class CorrectionsBlock(_Reasoned):
    """Name of pymatgen's scheme that the energies may take, or null."""

    scheme: Literal["MaterialsProject2020Compatibility", "MaterialsProjectCompatibility"] | None


def _nothing(value: Any) -> Any:
    return {} if value is None else value


class ProtocolFile(Document):
    """One file; all but ``tags`` and the name of a base may be left to the base."""

    base: Name | None = None
    summary: Name | None = None
    doi: Name | None = None
    abstract: bool = False
    set: Literal["MPRelaxSet", "MPStaticSet"] | None = None
    potentials: PotentialsBlock | None = None
    hubbard: HubbardBlock | None = None
    magnetic: MagneticBlock | None = None
    kpoints: MeshRule | None = None
    corrections: CorrectionsBlock | None = None
    accepts: Annotated[dict[str, str], BeforeValidator(_nothing)] = Field(default_factory=dict)
    segments: Annotated[int, Field(ge=1, le=99)] = 1
    tags: Annotated[dict[str, TagBlock], BeforeValidator(_nothing)] = Field(default_factory=dict)
