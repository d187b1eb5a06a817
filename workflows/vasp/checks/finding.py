"""What a pre-flight check says: what, why it matters, how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from workflows.schemas.calculation_target import Kind
from workflows.vasp.input_sets import InputSet

Level = Literal["error", "doubt"]


@dataclass(frozen=True)
class Finding:
    """One thing found; an error stops, a doubt is listed."""

    check: str
    level: Level
    what: str
    why: str
    mend: str

    def __str__(self) -> str:
        return f"[{self.check}] {self.what}: {self.why}; {self.mend}"


@dataclass(frozen=True)
class Subject:
    """What the checks look at.

    ``strain`` is the largest linear strain of either side of an interface, None if not known;
    ``segments`` of a chained run; ``cores`` that the cost is told for.
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
    """Value of a numeric tag; the default too where it is no number (`tag-values` says so)."""
    value = inputs.value(tag, default)
    return float(value) if isinstance(value, int | float) else default
