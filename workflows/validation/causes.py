"""Likely cause of the difference between a computed and a published number, by rules.

A rule changes one assumption and computes again; it applies if that gives the published value.
Other rules state a fact about the phase set. The cause may be ``unknown``. No rule changes a
result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from interfaces.chemistry.charges import overbound
from interfaces.chemistry.formulas import Formula
from interfaces.phases.phase_set import ON_HULL, PhaseSet
from interfaces.phases.products import suspects
from workflows.data.measured_enthalpies import corrected, fits_of
from workflows.validation.computed import (
    BASES,
    Ours,
    agrees,
    compute,
    distinct,
    mean_error,
    products_differ,
    standard_error,
)
from workflows.validation.published import Published

MOST_LEFT_OUT = 3  #: phases at once
MOST_TRIED = 120  #: combinations of them
ENOUGH = 2.0  #: standard errors
WIDE = 1.0  #: V; a larger linear error is reported as "over 1"
LAST_LEGACY_YEAR = 2020  #: of publications before MP2020Compatibility
#: eV per atom by which a correction scheme lowers the compounds of an element and not the element:
#: sulfides in pymatgen's MPCompatibility and MP2020Compatibility, bromides and iodides in
#: MP2020Compatibility only.
ANION_CORRECTION = {
    "legacy": {"S": -0.66346},
    "2020": {"S": -0.503, "Br": -0.534, "I": -0.379},
}
UNKNOWN = "unknown"
MOVED = 0.005  #: V or eV/atom; a smaller change by measured enthalpies is not worth a line


@dataclass(frozen=True)
class Case:
    """One comparison.

    Attributes
    ----------
    row : the published number.
    computed : ours.
    phases : the phase set.
    known : compositions named by any paper of the table.
    same_quantity : other rows of the table on the same quantity.
    """

    row: Published
    computed: Ours
    phases: PhaseSet
    known: tuple[Formula, ...] = ()
    same_quantity: tuple[Published, ...] = ()

    @property
    def off(self) -> float:
        """Absolute difference, in the row's unit."""
        assert self.computed.value is not None
        return abs(self.row.difference(self.computed.value))

    def written(self, value: float | None) -> str:
        """A value with its unit."""
        if value is None:
            return "none"
        return f"{value:.2f} V" if self.row.unit == "V" else f"{value:z.3f} {self.row.unit}"


Rule = Callable[[Case], str]


def likely_cause(case: Case) -> str:
    """Find the likely cause of a difference.

    Parameters
    ----------
    case : a comparison.

    Returns
    -------
    The first rule that applies, and products that are impossible at a battery interface; empty if
    they agree.
    """
    if case.computed.value is None:
        return ""
    cause = ""
    if not agrees(case.row, case.computed):
        rules = SURROGATE_RULES if case.phases.surrogate else RULES
        cause = next((reason for rule in rules if (reason := rule(case))), "")
        more = (products_differ(case.row, case.computed), _times_the_error(case))
        cause = cause or case.row.note or "; ".join(filter(None, (UNKNOWN, *more)))
        cause = "; ".join(filter(None, (cause, _molecules(case))))
    return "; ".join(filter(None, (cause, _unlikely(case))))


def _measured(case: Case) -> str:
    if not case.row.paper.measured:
        return ""
    method = "a surrogate of DFT" if case.phases.surrogate else "the functional"
    return f"measured, compared with {method}"


def _another_paper(case: Case) -> str:
    """Papers differ, and ours agrees with another one."""
    for row in case.same_quantity:
        if agrees(row, case.computed):
            return f"papers differ: ours agrees with {case.written(row.low)} of {row.paper.cite}"
    return ""


def _other_basis(case: Case) -> str:
    """The energy of a compound above the hull by another model."""
    words = {"own": "own energies", "hull": "hull energies", "pymatgen": "own, else hull energies"}
    for basis in BASES:
        again = None if basis == case.computed.placed else compute(case.row, case.phases, basis)
        if again is not None and agrees(case.row, again):
            return f"with {words[basis]} of the reactants: {case.written(again.value)}"
    return ""


def _missing_product(case: Case) -> str:
    """A published product that the phase set does not contain."""
    absent = [p for p in case.row.products if case.phases.find(Formula.parse(p)) is None]
    return f"the set has no {', '.join(absent)}, a published product" if absent else ""


def _anion_correction(case: Case) -> str:
    """An element with the correction of its compounds as well, which reproduces early papers.

    Shifting the element by the correction cancels it: early papers corrected neither bromides nor
    iodides, and sulfur as its sulfides.
    """
    row, phases = case.row, case.phases
    if row.unit != "V" or row.paper.year > LAST_LEGACY_YEAR:
        return ""
    scheme = "2020" if "2020" in phases.scheme + phases.surrogate else "legacy"
    for element, shift in ANION_CORRECTION[scheme].items():
        again = compute(row, lowered(phases, {element: shift})) if element in row.elements else None
        if again is not None and agrees(row, again):
            return (
                f"elemental {element} with the correction of its compounds as well: "
                f"{case.written(again.value)}, {' '.join(again.products)}"
            )
    return ""


def lowered(phases: PhaseSet, shifts: dict[str, float]) -> PhaseSet:
    """Shift the energies of elements, and with them their references.

    Parameters
    ----------
    phases : a phase set.
    shifts : element and shift [eV/atom].

    Returns
    -------
    The changed phase set.
    """
    rows = [
        (i, f, float(e) + (shifts.get(f.elements[0], 0.0) if len(f.elements) == 1 else 0.0))
        for i, f, e in zip(phases.ids, phases.formulas, phases.energies, strict=True)
    ]
    return PhaseSet.from_rows(rows, scheme=f"{phases.scheme}, elements moved")


def _left_out(case: Case) -> str:
    """The smallest set of our phases without which the published value is obtained."""
    candidates: set[tuple[str, ...]] = {(name,) for name in _unnamed(case, case.computed)}
    for _ in range(MOST_LEFT_OUT):
        further: set[tuple[str, ...]] = set()
        hits: list[tuple[float, str]] = []
        for absent in sorted(candidates):
            again = compute(case.row, case.phases.without(absent))
            if again.value is None:
                continue
            if agrees(case.row, again):
                reason = f"without {', '.join(absent)}: {case.written(again.value)}"
                hits.append((abs(case.row.difference(again.value)), reason))
            new = _unnamed(case, again) - set(absent)
            further |= {tuple(sorted((*absent, name))) for name in new}
        if hits:
            return min(hits)[1]
        candidates = further if len(further) < MOST_TRIED else set()
    return ""


def _unnamed(case: Case, computed: Ours) -> set[str]:
    """Compounds among our products that no paper names: its database may not have had them."""
    names = set(computed.products)
    for stage in (computed.below, computed.above):
        names |= set(stage.products) if stage else set()
    formulas = {name: Formula.parse(name) for name in names}
    return {
        name
        for name, formula in formulas.items()
        if len(formula.elements) > 1 and not any(formula.same_composition(k) for k in case.known)
    }


def _metastable_product(case: Case) -> str:
    """A published product that is above the hull of the set."""
    metastable = []
    for name in case.row.products:
        formula = Formula.parse(name)
        at = case.phases.find(formula)
        if at is None:
            continue
        above = float(case.phases.energies[at]) - case.phases.hull_energy(formula)
        if above > ON_HULL:
            metastable.append(f"{name} is {1000 * above:.0f} meV/atom above the hull of the set")
    return f"published product {', '.join(metastable)}" if metastable else ""


def _surrogate_error(case: Case) -> str:
    """The difference is within twice the stated error of the surrogate."""
    stated = mean_error(case.phases.surrogate)
    if stated is None or case.computed.carriers is not None:
        return ""
    error = standard_error(case.row, case.computed, stated)
    if error is None or case.off > ENOUGH * error:
        return ""
    reason = f"within twice the surrogate's error of {1000 * stated:.0f} meV/atom per phase"
    if case.row.unit != "V":
        return reason
    return f"{reason}: {'over 1' if error > WIDE else format(error, '.2f')} V here"


def _times_the_error(case: Case) -> str:
    """Difference in units of the surrogate's error."""
    stated = mean_error(case.phases.surrogate)
    if stated is None or case.computed.carriers is not None:
        return ""
    error = standard_error(case.row, case.computed, stated)
    return "" if not error else f"{case.off / error:.1f} times the surrogate's error"


def _other_step(case: Case) -> str:
    """No decomposition step leads to the published Li content."""
    if case.computed.carriers is None:
        return ""
    return (
        f"no step to this Li content, the nearest is to {case.computed.carriers:+.3g} Li: "
        f"{' '.join(case.computed.products)}"
    )


def _energies(case: Case) -> str:
    """The products are the same, so that only the energies differ."""
    row = case.row
    if not row.products or products_differ(row, case.computed):
        return ""
    reason = f"same products, other energies: {row.paper.database} against {case.phases.scheme}"
    return "; ".join(filter(None, (reason, _times_the_error(case))))


def _molecules(case: Case) -> str:
    """Molecules and oxyanion salts among the products, and the value with measured enthalpies."""
    stages = [stage for stage in (case.computed.below, case.computed.above) if stage]
    products = (*case.computed.products, *(name for stage in stages for name in stage.products))
    names = sorted({name for name in products if overbound(Formula.parse(name))})
    if not names or case.phases.corrected:
        return ""
    measured = corrected(case.phases, fits_of(case.phases))
    again = compute(case.row, measured, case.computed.placed)
    if again.value is None or abs(again.value - (case.computed.value or 0.0)) < MOVED:
        return ""
    value = case.written(again.value)
    return f"measured enthalpies of {', '.join(names)} and the like give {value}"


def _unlikely(case: Case) -> str:
    """Computed products that are impossible at a battery interface, and the value without them."""
    names = suspects(case.computed.products)
    if not distinct(names, case.row.products):
        return ""
    again = compute(case.row, case.phases.without(names))
    return f"computed products include {' '.join(names)} (without: {case.written(again.value)})"


#: In this order. The error of a surrogate comes before the rules about DFT.
RULES: tuple[Rule, ...] = (
    _measured, _another_paper, _other_basis, _missing_product, _anion_correction, _left_out,
    _other_step, _metastable_product, _energies,
)  # fmt: skip
SURROGATE_RULES: tuple[Rule, ...] = (
    _measured, _another_paper, _surrogate_error, _other_basis, _missing_product, _anion_correction,
    _other_step, _metastable_product, _left_out, _energies,
)  # fmt: skip
