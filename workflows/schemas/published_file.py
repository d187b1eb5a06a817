"""Tables of published numbers, in the units that the file itself names."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from interfaces.errors import InputError
from workflows.schemas.base import Document, Pair, Row, as_tuple

Certainty = Literal["H", "H-", "M", "U"]


def _as_range(value: Any) -> Any:
    """A number, or a measured range."""
    return (value, value) if isinstance(value, int | float) else value


def _rises(value: tuple[float, float]) -> tuple[float, float]:
    if not value[0] <= value[1]:
        raise InputError(f"{value[0]:g} to {value[1]:g} is not a range")
    return value


Value = Annotated[Pair[float], BeforeValidator(_as_range), AfterValidator(_rises)]


class _Number(Document):
    """Certainty of a number, and a known reason for a difference that no rule finds."""

    certainty: Certainty
    note: str = ""


class WindowRow(_Number):
    """Limits of a window [V], and the first products beyond them."""

    of: str
    reduction: Value | None = None
    oxidation: Value | None = None
    reduced_to: Row[str] = ()
    oxidized_to: Row[str] = ()

    @model_validator(mode="after")
    def _check_sides(self) -> WindowRow:
        if self.reduced_to and self.reduction is None:
            raise InputError("reduced_to without reduction")
        if self.oxidized_to and self.oxidation is None:
            raise InputError("oxidized_to without oxidation")
        return self


class StaircaseRow(_Number):
    """Steps: voltage [V], and carriers per formula unit beyond it."""

    of: str
    steps: Row[Annotated[tuple[Value, float], BeforeValidator(as_tuple)]]


class ClosedRow(_Number):
    """Lowest reaction energy of a pair [eV/atom]."""

    pair: Pair[str]
    energy: Value
    products: Row[str] = ()


class OpenRow(ClosedRow):
    """The same open to lithium at a voltage [eV per non-Li atom].

    ``quantity``: lowest total, lowest mutual, or the mutual with its chord straight in all atoms.
    """

    voltage: float
    quantity: Literal["total", "mutual", "mutual_over_all_atoms"] = "total"


class DecompositionRow(_Number):
    """Decomposition energy of a compound at a voltage [eV/atom]."""

    of: str
    energy: Value
    voltage: float
    products: Row[str] = ()


class IntercalationRow(_Number):
    """Average voltage [V] of a host between two lithium contents."""

    of: str
    between: Pair[float]
    voltage: Value


class PaperBlock(Document):
    """A source, how its numbers count, and the numbers by kind."""

    doi: str | None = None
    reference: str | None = None
    year: Annotated[int, Field(ge=1800, le=2200)]
    database: str
    measured: bool
    reactants: Literal["hull", "own", "pymatgen", "unknown"]
    convention: str
    windows: Row[WindowRow] = ()
    staircases: Row[StaircaseRow] = ()
    closed: Row[ClosedRow] = ()
    open: Row[OpenRow] = ()
    decomposition: Row[DecompositionRow] = ()
    intercalation: Row[IntercalationRow] = ()

    @model_validator(mode="after")
    def _check_cited(self) -> PaperBlock:
        if (self.doi is None) == (self.reference is None):
            raise InputError("give a doi, or a reference where there is none")
        return self


class PublishedFile(Document):
    """The table."""

    units: dict[str, str]
    sources: dict[str, PaperBlock]
