"""Every published number beside ours, with the difference and its likely cause."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from interfaces.chemistry.formulas import Formula
from interfaces.errors import InputError
from interfaces.phases.phase_set import PhaseSet
from workflows.data.named_materials import find_system
from workflows.validation.agreement import agrees
from workflows.validation.causes import Case, likely_cause
from workflows.validation.computed import Ours, compute, placed_as
from workflows.validation.published import KINDS, Kind, Published


@dataclass(frozen=True)
class Compared:
    """One row: the published number, ours, ours minus published and the likely cause."""

    published: Published
    ours: Ours
    difference: float | None
    agrees: bool
    cause: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the JSON object and the CSV row of the command line."""
        row, ours = self.published, self.ours
        return {
            "kind": row.kind,
            "what": row.label,
            "unit": row.unit,
            "published_low": row.low,
            "published_high": row.high,
            "ours": ours.value,
            "difference": self.difference,
            "agrees": self.agrees,
            "cause": self.cause,
            "not_computed": ours.reason,
            "products_published": " ".join(row.products),
            "products_ours": " ".join(ours.products),
            "reaction_ours": ours.reaction,
            "reactants": ours.placed,
            "reactants_published": row.paper.reactants,
            "certainty": row.certainty,
            "source": row.paper.cite,
            "year": row.paper.year,
            "convention": row.paper.convention,
        }


@dataclass(frozen=True)
class Summary:
    """Rows of one kind: how many, and how far off [``unit``] in the median and at worst."""

    kind: Kind
    unit: str
    rows: int
    computed: int
    agreeing: int
    median: float | None
    worst: float | None
    worst_at: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return dict(vars(self))


def validate(
    table: Sequence[Published], phases: PhaseSet, only: Collection[str] = ()
) -> list[Compared]:
    """Set ours beside every row of a table of published numbers.

    A row that cannot be computed stays, with the reason. No option, energy or phase is changed to
    come closer to a published number.

    Parameters
    ----------
    phases : the candidate phases; the elements of the table that it lacks cost the rows with them.
    only : kinds of rows; all by default.

    Raises
    ------
    InputError
        If ``only`` names no kind, or nothing is left.
    """
    unknown = sorted(set(only) - set(KINDS))
    if unknown:
        raise InputError(f"--only {' '.join(unknown)}: choose from {', '.join(KINDS)}")
    rows = [row for row in table if not only or row.kind in only]
    if not rows:
        raise InputError(f"the table has no number of the kind {', '.join(only) or 'asked for'}")
    rows.sort(key=lambda row: KINDS.index(row.kind))  # stable: by kind, as in the table within
    named = [Formula.parse(product) for row in table for product in row.products]
    named += [find_system(name).formula for row in table for name in row.names]
    known = tuple(dict.fromkeys(named))
    return [
        _compared(row, phases, known, [r for r in table if r is not row and r.asks_as(row)])
        for row in rows
    ]


def _compared(
    row: Published, phases: PhaseSet, known: tuple[Formula, ...], others: Sequence[Published]
) -> Compared:
    lacking = sorted(row.elements - set(phases.references))
    if lacking:
        reason = f"{phases.source} holds no {' and no '.join(lacking)}"
        return Compared(row, Ours(None, placed_as(row), reason=reason), None, False, "")
    own = phases.over([row.elements])
    ours = compute(row, own)
    difference = None if ours.value is None else row.difference(ours.value)
    cause = likely_cause(Case(row, ours, own, known, tuple(others)))
    return Compared(row, ours, difference, agrees(row, ours), cause)


def summaries(found: Sequence[Compared]) -> list[Summary]:
    """Rows counted by kind, with the median and the worst absolute difference."""
    told = []
    for kind in KINDS:
        rows = [one for one in found if one.published.kind == kind]
        if not rows:
            continue
        sized = [(abs(r.difference), r.published.label) for r in rows if r.difference is not None]
        worst, at = max(sized, default=(None, ""))
        told.append(
            Summary(
                kind, rows[0].published.unit, len(rows), len(sized), sum(r.agrees for r in rows),
                median(size for size, _ in sized) if sized else None, worst, at,
            )
        )  # fmt: skip
    return told
