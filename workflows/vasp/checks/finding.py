"""Findings of the pre-flight checks: the fault, its consequence, the remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from workflows.schemas.calculation_target import Kind
from workflows.vasp.input_sets import InputSet

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One error or warning. An error stops the command; a warning is listed.

    Attributes
    ----------
    check : name of the check.
    level : ``error`` or ``warning``.
    what : the fault.
    why : its consequence.
    mend : the remedy.
    """

    check: str
    level: Level
    what: str
    why: str
    mend: str

    def __str__(self) -> str:
        return f"[{self.check}] {self.what}: {self.why}; {self.mend}"


@dataclass(frozen=True)
class Subject:
    """Inputs that are checked, with their context.

    Attributes
    ----------
    inputs : of one VASP run.
    kind : bulk, slab or interface.
    strain : largest linear strain of either side of an interface (0.05 is 5 %), None if not known.
    segments : number of chained runs.
    cores : number of cores assumed in the cost estimate.
    """

    inputs: InputSet
    kind: Kind = "bulk"
    strain: float | None = None
    segments: int = 1
    cores: int = 64

    @property
    def dynamics(self) -> bool:
        """Whether the atoms move by molecular dynamics."""
        return self.steps > 0 and self.motion == 0

    @property
    def steps(self) -> int:
        """Ionic steps, 0 where nothing moves."""
        return int(number(self.inputs, "NSW", 0))

    @property
    def motion(self) -> int:
        """IBRION, or VASP's default: dynamics where there are steps."""
        return int(number(self.inputs, "IBRION", 0 if self.steps > 0 else -1))


Check = Callable[[Subject], Iterator[Finding]]


def number(inputs: InputSet, tag: str, default: float) -> float:
    """Value of a numeric tag.

    Parameters
    ----------
    inputs : of one run.
    tag : INCAR tag.
    default : where the tag is absent or not a number (``tag-values`` reports that).
    """
    value = inputs.value(tag, default)
    return float(value) if isinstance(value, int | float) else default
