"""From words to a curve: names, formulas and options in, one question out, and its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, ClassVar

from interfaces.chemistry.formulas import chemical_system
from interfaces.chemistry.numbers import read_number
from interfaces.errors import InputError, ReactantError
from interfaces.interphase.surface_residues import with_residuals
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.phases.reservoirs import OpenElement
from interfaces.reactivity.mixing_curve import MixingCurve, mixing_curve
from interfaces.reactivity.no_gas import no_gas_minimum
from interfaces.reactivity.uptake import UptakeCurve, uptake_curve
from workflows.analyses.conditions import CLOSED, Conditions, reservoirs
from workflows.analyses.setup import (
    PhaseOptions,
    competing_phases,
    load_phase_set,
    provenance,
    resolve_reactants,
)
from workflows.data.named_materials import find_system


@dataclass(frozen=True)
class CurveAnalysis:
    """A pair of reactants with everything that its curve follows from."""

    kind: ClassVar[str] = "curve"

    phase_set: PhaseSet
    reactant_1: Reactant
    reactant_2: Reactant
    open_elements: tuple[OpenElement, ...]
    provenance: Mapping[str, str]

    def curve(self) -> MixingCurve:
        """Compute the curve alone."""
        return mixing_curve(
            self.phase_set,
            self.reactant_1,
            self.reactant_2,
            open_elements=self.open_elements,
            provenance=self.provenance,
        )

    def answer(self) -> MixingCurve:
        """Compute the curve, and the least that the pair reacts where no gas may form."""
        bound = no_gas_minimum(self.phase_set, self.reactant_1, self.reactant_2, self.open_elements)
        return replace(self.curve(), no_gas=bound)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the phases, as plain values."""
        return {
            "reactants": [self.reactant_1.to_dict(), self.reactant_2.to_dict()],
            "open": [one.to_dict() for one in self.open_elements],
            "provenance": dict(self.provenance),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], phase_set: PhaseSet) -> CurveAnalysis:
        """The inverse of :meth:`to_dict`, asked of a phase set."""
        first, second = (Reactant.from_record(one) for one in data["reactants"])
        opened = tuple(OpenElement.from_record(one) for one in data["open"])
        return cls(phase_set, first, second, opened, data["provenance"])


@dataclass(frozen=True)
class UptakeAnalysis:
    """A compound and the open element that it takes up."""

    kind: ClassVar[str] = "uptake"

    phase_set: PhaseSet
    compound: Reactant
    open_element: OpenElement
    provenance: Mapping[str, str]

    def answer(self) -> UptakeCurve:
        """Compute the energy against uptake."""
        return uptake_curve(
            self.phase_set, self.compound, self.open_element, provenance=self.provenance
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything but the phases, as plain values."""
        return {
            "reactants": [self.compound.to_dict()],
            "open": [self.open_element.to_dict()],
            "provenance": dict(self.provenance),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], phase_set: PhaseSet) -> UptakeAnalysis:
        """The inverse of :meth:`to_dict`, asked of a phase set."""
        (compound,) = (Reactant.from_record(one) for one in data["reactants"])
        (opened,) = (OpenElement.from_record(one) for one in data["open"])
        return cls(phase_set, compound, opened, data["provenance"])


def prepare_curve(
    reactant_1: str,
    reactant_2: str,
    source: PhaseOptions | None = None,
    conditions: Conditions = CLOSED,
    residuals: Sequence[str] = (),
) -> CurveAnalysis | UptakeAnalysis:
    """Read a question about two reactants, given by formula or name.

    ``residuals`` are what lies on the first reactant, each as ``FORMULA=PERCENT`` of the mass of
    the powder (:mod:`interfaces.interphase.surface_residues`).

    A reactant that is itself open (lithium against a compound, open to lithium) has no share in a
    mix; the question is then one of uptake.
    """
    source = source or PhaseOptions()
    conditions.check()
    names = (reactant_1, reactant_2)
    lying = [_residual(text) for text in residuals]
    systems = [find_system(name) for name in names]
    formulas = [system.formula for system in systems]
    if formulas[0].same_composition(formulas[1]):
        raise ReactantError(
            f"both reactants are {formulas[0].reduced}; a mixing curve needs two compositions"
        )
    on_it = [find_system(name) for name, _ in lying]
    elements = {*chemical_system([*formulas, *(one.formula for one in on_it)]), *conditions.symbols}
    phase_set = load_phase_set(source, elements, conditions)
    record = provenance(phase_set, elements, source, conditions)
    opened = reservoirs(conditions, phase_set)
    crossing = set(conditions.symbols)
    taken = [i for i, formula in enumerate(formulas) if set(formula.elements) <= crossing]
    if taken:
        if lying:
            raise InputError(
                f"--residual {residuals[0]}: {formulas[taken[0]]} is open and taken up; residuals "
                "lie on the first reactant of a mixing curve"
            )
        if len(crossing) > 1:
            raise ReactantError(
                f"{formulas[taken[0]]} is open; uptake is followed for one open element at a "
                f"time, found {' '.join(sorted(crossing))}"
            )
        other = 1 - taken[0]
        (compound,) = resolve_reactants(phase_set, [systems[other]], [names[other]], source)
        return UptakeAnalysis(competing_phases(phase_set, elements), compound, opened[0], record)
    first, second, *found = resolve_reactants(
        phase_set, [*systems, *on_it], [*names, *(name for name, _ in lying)], source
    )
    if lying:
        shares = [(one, share) for one, (_, share) in zip(found, lying, strict=True)]
        first = with_residuals(phase_set, first, shares)
    return CurveAnalysis(competing_phases(phase_set, elements), first, second, opened, record)


def _residual(text: str) -> tuple[str, float]:
    name, _, number = text.rpartition("=")
    try:
        share = read_number(number.removesuffix("%"))
    except ValueError:
        share = float("nan")
    if not name or not isfinite(share):
        raise InputError(
            f"--residual {text}: write FORMULA=PERCENT of the mass of the powder, Li2CO3=0.5"
        )
    return name, share


def compute_curve(
    reactant_1: str,
    reactant_2: str,
    source: PhaseOptions | None = None,
    conditions: Conditions = CLOSED,
) -> MixingCurve:
    """Curve of two reactants given by formula or name, closed or open to elements.

    Raises
    ------
    ReactantError
        If one of them is itself open: :func:`prepare_curve` answers with its uptake.
    """
    question = prepare_curve(reactant_1, reactant_2, source, conditions)
    if isinstance(question, UptakeAnalysis):
        raise ReactantError(
            f"{question.open_element.symbol} is open and has no share in a mix with "
            f"{question.compound.formula}; ask_curve(...).answer() gives the energy of its uptake"
        )
    return question.answer()
