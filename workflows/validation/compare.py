"""Comparison of published with computed numbers, with the likely cause of each difference."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from interfaces.chemistry.formulas import Formula
from interfaces.errors import InputError
from interfaces.phases.phase_set import PhaseSet
from workflows.data.named_materials import find_system
from workflows.validation.causes import Case, likely_cause
from workflows.validation.computed import EnergyBasis, Ours, agrees, compute, published_basis
from workflows.validation.published import KINDS, Kind, Published


@dataclass(frozen=True)
class Compared:
    """One row: the published number, the computed one, computed minus published, likely cause."""

    published: Published
    ours: Ours
    difference: float | None
    agrees: bool
    cause: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as in the JSON object and the CSV row."""
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
    """Rows of one kind: their number, and the median and largest difference [``unit``]."""

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
    table: Sequence[Published],
    phases: PhaseSet,
    only: Collection[str] = (),
    basis: EnergyBasis | None = None,
) -> list[Compared]:
    """Compute every row of a table of published numbers.

    A row that cannot be computed stays, with the reason. No option, energy or phase is changed to
    approach a published number.

    Parameters
    ----------
    table : published numbers.
    phases : the phase set; rows with an element that it lacks are not computed.
    only : kinds of rows; all by default.
    basis : energy of compounds above the hull; by default that of each paper.

    Returns
    -------
    One comparison per row, sorted by kind.

    Raises
    ------
    InputError
        If ``only`` names an unknown kind, or no row is left.
    """
    unknown = sorted(set(only) - set(KINDS))
    if unknown:
        raise InputError(
            f"--only {' '.join(unknown)}: no such kind; choose from {', '.join(KINDS)}"
        )
    rows = [row for row in table if not only or row.kind in only]
    if not rows:
        kinds = ", ".join(sorted({row.kind for row in table})) or "none"
        raise InputError(f"the table has no {', '.join(only) or 'number'}; its kinds are: {kinds}")
    rows.sort(key=lambda row: KINDS.index(row.kind))  # stable: the order of the table within a kind
    formulas = [Formula.parse(product) for row in table for product in row.products]
    formulas += [find_system(name).formula for row in table for name in row.names]
    known = tuple(dict.fromkeys(formulas))
    return [
        _compared(
            row, phases, known, [r for r in table if r is not row and r.same_quantity(row)], basis
        )
        for row in rows
    ]


def _compared(
    row: Published,
    phases: PhaseSet,
    known: tuple[Formula, ...],
    same_quantity: Sequence[Published],
    basis: EnergyBasis | None,
) -> Compared:
    lacking = sorted(row.elements - set(phases.references))
    if lacking:
        reason = f"{phases.source} has no {' and no '.join(lacking)}"
        return Compared(
            published=row,
            ours=Ours(None, basis or published_basis(row), reason=reason),
            difference=None,
            agrees=False,
            cause="",
        )
    relevant = phases.over([row.elements])
    ours = compute(row, relevant, basis)
    difference = None if ours.value is None else row.difference(ours.value)
    case = Case(
        row=row, computed=ours, phases=relevant, known=known, same_quantity=tuple(same_quantity)
    )
    return Compared(
        published=row,
        ours=ours,
        difference=difference,
        agrees=agrees(row, ours),
        cause=likely_cause(case),
    )


def summaries(comparisons: Sequence[Compared]) -> list[Summary]:
    """Summarise comparisons by kind: median and largest absolute difference.

    Parameters
    ----------
    comparisons : rows of :func:`validate`.

    Returns
    -------
    One summary per kind that occurs.
    """
    result = []
    for kind in KINDS:
        rows = [row for row in comparisons if row.published.kind == kind]
        if not rows:
            continue
        sized = [(abs(r.difference), r.published.label) for r in rows if r.difference is not None]
        worst, at = max(sized, default=(None, ""))
        result.append(
            Summary(
                kind=kind,
                unit=rows[0].published.unit,
                rows=len(rows),
                computed=len(sized),
                agreeing=sum(row.agrees for row in rows),
                median=median(size for size, _ in sized) if sized else None,
                worst=worst,
                worst_at=at,
            )
        )
    return result
