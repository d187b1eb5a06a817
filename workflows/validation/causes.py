"""Why ours and a published number differ, by rule from what is known; ``unknown`` is an answer.

A rule changes one thing, computes again, and speaks only where that brings the published value
back, or else states a fact about the set. Nothing found here changes a result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from interfaces.chemistry.formulas import Formula
from interfaces.phases.phase_set import ON_HULL, PhaseSet
from interfaces.phases.products import suspects
from workflows.validation.agreement import (
    agrees,
    distinct,
    mean_error,
    products_differ,
    standard_error,
)
from workflows.validation.computed import Ours, Placed, compute
from workflows.validation.published import Published

MOST_LEFT_OUT = 3  #: phases at once
MOST_TRIED = 120  #: combinations of that many
ENOUGH = 2.0  #: standard errors
WIDE = 1.0  #: V; a linear error beyond this says no more than that
#: eV per S by which a correction scheme lowers sulfides and not elemental sulfur: pymatgen's
#: MPCompatibility and MP2020Compatibility.
SULFIDE = {"legacy": -0.66346, "2020": -0.503}
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Case:
    """One comparison: the row, ours, the phases, and what the whole table holds.

    ``known`` are the compositions that its papers name, ``others`` its rows on the same quantity.
    """

    row: Published
    found: Ours
    phases: PhaseSet
    known: tuple[Formula, ...] = ()
    others: tuple[Published, ...] = ()

    @property
    def off(self) -> float:
        """Absolute difference, in the row's unit."""
        assert self.found.value is not None
        return abs(self.row.difference(self.found.value))

    def written(self, value: float | None) -> str:
        """A value with its unit."""
        if value is None:
            return "none"
        return f"{value:.2f} V" if self.row.unit == "V" else f"{value:z.3f} {self.row.unit}"


Rule = Callable[[Case], str]


def likely_cause(case: Case) -> str:
    """The first rule that speaks, and what experiments do not show; empty where they agree."""
    if case.found.value is None:
        return ""
    text = ""
    if not agrees(case.row, case.found):
        rules = STAND_IN_RULES if case.phases.stand_in else RULES
        text = next((said for rule in rules if (said := rule(case))), "")
        more = (products_differ(case.row, case.found), _times_the_error(case))
        text = text or "; ".join(filter(None, (UNKNOWN, *more)))
    return "; ".join(filter(None, (text, _unlikely(case))))


def _measured(case: Case) -> str:
    if not case.row.paper.measured:
        return ""
    of = "a stand-in for its functional" if case.phases.stand_in else "its functional"
    return f"an experiment against {of}"


def _another_paper(case: Case) -> str:
    """Papers that disagree with each other, where ours agrees with one of them."""
    for other in case.others:
        if agrees(other, case.found):
            return (
                f"papers differ: ours agrees with {case.written(other.low)} of {other.paper.cite}"
            )
    return ""


def _other_basis(case: Case) -> str:
    """A compound above the hull, counted the other way."""
    other: Placed = "own" if case.found.placed == "hull" else "hull"
    again = compute(case.row, case.phases, other)
    words = {"own": "by their own energies", "hull": "put on the hull"}
    if not agrees(case.row, again):
        return ""
    return f"reactants {words[other]}: {case.written(again.value)}"


def _missing_product(case: Case) -> str:
    """A published product that the set does not hold."""
    absent = [p for p in case.row.products if case.phases.find(Formula.parse(p)) is None]
    return f"the set has no {', '.join(absent)}, a published product" if absent else ""


def _sulfur(case: Case) -> str:
    """Elemental sulfur corrected as its compounds are, with which early papers agree."""
    row, phases = case.row, case.phases
    if row.unit != "V" or "S" not in row.elements or row.paper.year > 2020:
        return ""
    scheme = "2020" if "2020" in phases.scheme + phases.stand_in else "legacy"
    moved = compute(row, lowered(phases, {"S": SULFIDE[scheme]}))
    if not agrees(row, moved):
        return ""
    return (
        "elemental S under the sulfide correction as well: "
        f"{case.written(moved.value)}, {' '.join(moved.products)}"
    )


def lowered(phases: PhaseSet, shifts: dict[str, float]) -> PhaseSet:
    """The set with elements moved by so many eV/atom; what is an element's reference moves too."""
    rows = [
        (i, f, float(e) + (shifts.get(f.elements[0], 0.0) if len(f.elements) == 1 else 0.0))
        for i, f, e in zip(phases.ids, phases.formulas, phases.energies, strict=True)
    ]
    return PhaseSet.from_rows(rows, scheme=f"{phases.scheme}, elements moved")


def _left_out(case: Case) -> str:
    """The fewest of our phases without which the published value returns."""
    candidates: set[tuple[str, ...]] = {(name,) for name in _doubtful(case, case.found)}
    for _ in range(MOST_LEFT_OUT):
        further: set[tuple[str, ...]] = set()
        hits: list[tuple[float, str]] = []
        for absent in sorted(candidates):
            again = compute(case.row, case.phases.without(absent))
            if again.value is None:
                continue
            if agrees(case.row, again):
                text = f"without {', '.join(absent)}: {case.written(again.value)}"
                hits.append((abs(case.row.difference(again.value)), text))
            new = _doubtful(case, again) - set(absent)
            further |= {tuple(sorted((*absent, name))) for name in new}
        if hits:
            return min(hits)[1]
        candidates = further if len(further) < MOST_TRIED else set()
    return ""


def _doubtful(case: Case, found: Ours) -> set[str]:
    """Compounds that take part and that no paper of the table names: it may not have had them."""
    names = set(found.products)
    for stage in (found.below, found.above):
        names |= set(stage.products) if stage else set()
    formulas = {name: Formula.parse(name) for name in names}
    return {
        name
        for name, formula in formulas.items()
        if len(formula.elements) > 1 and not any(formula.same_composition(k) for k in case.known)
    }


def _metastable_product(case: Case) -> str:
    """A published product above the hull of the set."""
    told = []
    for name in case.row.products:
        formula = Formula.parse(name)
        at = case.phases.find(formula)
        if at is None:
            continue
        above = float(case.phases.energies[at]) - case.phases.hull_energy(formula)
        if above > ON_HULL:
            told.append(f"{name} lies {1000 * above:.0f} meV/atom above the hull of the set")
    return f"published product {', '.join(told)}" if told else ""


def _stand_in_error(case: Case) -> str:
    """Whether the stated error of the stand-in covers the difference."""
    stated = mean_error(case.phases.stand_in)
    if stated is None or case.found.carriers is not None:
        return ""
    error = standard_error(case.row, case.found, stated)
    if error is None or case.off > ENOUGH * error:
        return ""
    text = f"within twice the stand-in's error, {1000 * stated:.0f} meV/atom of every phase"
    if case.row.unit != "V":
        return text
    return f"{text}: {'over 1' if error > WIDE else format(error, '.2f')} V here"


def _times_the_error(case: Case) -> str:
    """How many of its own errors a stand-in is off, where they do not cover the difference."""
    stated = mean_error(case.phases.stand_in)
    if stated is None or case.found.carriers is not None:
        return ""
    error = standard_error(case.row, case.found, stated)
    return "" if not error else f"{case.off / error:.1f} times the stand-in's error"


def _other_step(case: Case) -> str:
    """The staircase holds no step to the published content."""
    if case.found.carriers is None:
        return ""
    return (
        f"no step to this content, the nearest goes to {case.found.carriers:+.3g} Li: "
        f"{' '.join(case.found.products)}"
    )


def _energies(case: Case) -> str:
    """The same reaction, so only the energies themselves are left."""
    row, found = case.row, case.found
    if not row.products or products_differ(row, found):
        return ""
    text = f"same products, other energies: {row.paper.database} against {case.phases.scheme}"
    return "; ".join(filter(None, (text, _times_the_error(case))))


def _unlikely(case: Case) -> str:
    """Products of ours that experiments do not show, and the value without them."""
    names = suspects(case.found.products)
    if not distinct(names, case.row.products):
        return ""
    again = compute(case.row, case.phases.without(names))
    return f"ours forms {' '.join(names)} (without: {case.written(again.value)})"


#: In this order. A stand-in's own error comes before anything that DFT could be blamed for.
RULES: tuple[Rule, ...] = (
    _measured, _another_paper, _other_basis, _missing_product, _sulfur, _left_out, _other_step,
    _metastable_product, _energies,
)  # fmt: skip
STAND_IN_RULES: tuple[Rule, ...] = (
    _measured, _another_paper, _stand_in_error, _other_basis, _missing_product, _sulfur,
    _other_step, _metastable_product, _left_out, _energies,
)  # fmt: skip
