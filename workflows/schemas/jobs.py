"""Job files of a delithiated cathode against electrolytes, and of molecular dynamics."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PlainSerializer,
    PlainValidator,
    Tag,
    model_validator,
)

from interfaces.chemistry.numbers import lithium_content
from interfaces.errors import InputError
from workflows.schemas.base import Distinct, Document, Row, RunName


def _worded(value: Any) -> Any:
    """A number as its text: ``energies: [-1.5]`` means what ``--energy -1.5`` does."""
    return repr(value) if type(value) in (int, float) else value


def _content(value: Any) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InputError(f"lithium content {str(value)[:40]!r} is not a decimal from 0 to 1")
    return lithium_content(str(value))


Energies = Row[Annotated[str, BeforeValidator(_worded)]]
Content = Annotated[Fraction, PlainValidator(_content), PlainSerializer(str)]
Contents = Annotated[Row[Content], Field(min_length=1)]
Count = Annotated[int, Field(ge=1, le=10**9)]


# ------------------------------------------------------------------------- a cathode's curves


class Cells(Document):
    """Cells that a calculated cathode is built of.

    Attributes
    ----------
    formula_units, decorations, orderings, seed : size of the cells, how many of what; by default
        10 formula units of a named host, the smallest cell of a structure.
    molecules : how electrolytes that are molecules get their energy.
    """

    formula_units: Annotated[int, Field(ge=1, le=400)] | None = None
    decorations: Annotated[int, Field(ge=1, le=1000)] = 1
    orderings: Annotated[int, Field(ge=1, le=1000)] = 2
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 811
    molecules: Literal["stored", "quantum_chemistry"] = "stored"


class StructureChoice(Document):
    """A material given by its structure: ``{structure: my.cif, carrier: Li}``.

    Attributes
    ----------
    structure : path of the file, relative to the job file or to where the verb runs.
    carrier : element that leaves the structure of a cathode.
    charges : formal charges of the elements with all the carrier, where they cannot be guessed.
    """

    structure: str
    carrier: str = "Li"
    charges: dict[str, float] | None = None


def _kind_of_material(value: Any) -> str:
    return "#structure" if isinstance(value, dict | StructureChoice) else "#name"


Material = Annotated[
    Annotated[str, Tag("#name")] | Annotated[StructureChoice, Tag("#structure")],
    Discriminator(_kind_of_material),
]


class CathodeJob(Document):
    """A cathode at several lithium contents, against several electrolytes.

    Attributes
    ----------
    correction : of the run's own curves; those without, or with it, are a second column.
    """

    name: RunName
    cathode: Material
    lithium: Annotated[Contents, Distinct]
    electrolytes: Annotated[Row[Material], Field(min_length=1), Distinct]
    phases: str
    energies: Energies = ()
    exclude: Row[str] = ()
    correction: Literal["measured"] | None = None
    calculate: Cells = Cells()

    @property
    def cathode_name(self) -> str:
        """Name of the cathode in tables and files; of a structure that of its file."""
        return self.cathode if isinstance(self.cathode, str) else Path(self.cathode.structure).stem

    @property
    def electrolyte_names(self) -> tuple[str, ...]:
        """Names or formulas; a structure is its formula once the job was read."""
        return tuple(e if isinstance(e, str) else e.structure for e in self.electrolytes)


# ------------------------------------------------------------------------- molecular dynamics


def _is_pair(pair: tuple[str, ...]) -> tuple[str, ...]:
    if len(pair) not in (0, 2):
        raise InputError(f"it names two reactants, found {list(pair)!r}")
    return pair


class DynamicsJob(Document):
    """Molecular dynamics of an interface cell.

    Attributes
    ----------
    cell : a named cell, a folder of ``interfaces cell``, or a structure file with sides.
    temperature : [K].
    steps, segments, every : time steps of each segment, their number, and those between frames.
    time_step : [fs]; VASP takes its protocol's instead.
    relaxation_steps : at most, before the dynamics.
    pair : two reactants whose predicted products the bonds are compared with.
    relax, move : protocols for VASP.
    """

    name: RunName
    cell: str
    temperature: Annotated[float, Field(gt=0, le=1e9)]
    steps: Count
    segments: Count = 2
    every: Count = 5
    time_step: Annotated[float, Field(gt=0, le=1e9)] = 2.0
    seed: Annotated[int, Field(ge=0, le=10**9)] = 811
    relaxation_steps: Count = 60
    pair: Annotated[Row[str], AfterValidator(_is_pair)] = ()
    relax: str = "interface-relax"
    move: str = "interface-aimd"

    @model_validator(mode="after")
    def _check_frames(self) -> DynamicsJob:
        if self.every > self.steps:
            raise InputError(
                f"every {self.every} steps is a frame, and a segment has {self.steps} steps; "
                "give more steps or more frames"
            )
        return self
