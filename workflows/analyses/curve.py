"""Mixing curve of two reactants, and uptake of an open element by one compound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar

from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.numbers import read_number
from interfaces.errors import InputError, ReactantError
from interfaces.interphase.surface_residues import with_residuals
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.phases.reservoirs import OpenElement
from interfaces.reactivity.curve_band import Draws, band_of, draw_curve
from interfaces.reactivity.mixing_curve import MixingCurve, mixing_curve
from interfaces.reactivity.no_gas import no_gas_minimum
from interfaces.reactivity.uptake import UptakeCurve, uptake_curve
from workflows.analyses.analysis import (
    LEVEL,
    NONOPEN,
    Analysis,
    AnalysisSpec,
    Headline,
    energy_in,
    energy_unit,
    number,
)
from workflows.analyses.conditions import CLOSED, Conditions
from workflows.analyses.preparation import prepare
from workflows.analyses.setup import PhaseOptions
from workflows.data.named_materials import find_system

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NO_REACTION = 5e-4  #: eV/atom; less is not a reaction in three decimals
NO_EXCHANGE = 1e-6  #: per formula unit
OXIDISERS = frozenset({"O", "N", "F", "Cl", "Br", "I", "S"})  #: taking these up is oxidation


@dataclass(frozen=True, kw_only=True)
class CurveSpec(AnalysisSpec):
    """``{curve: [LCO, LPSCl], open: [Li], voltage: 4.3}``."""

    kind: ClassVar[str] = "curve"

    curve: tuple[str, str]
    voltage: float | None = None
    residual: tuple[str, ...] = ()


@dataclass(frozen=True)
class CurveAnalysis(Analysis):
    """A pair of reactants with everything that its curve follows from."""

    kind: ClassVar[str] = "curve"
    spec: ClassVar[type[AnalysisSpec]] = CurveSpec
    compared: ClassVar[tuple[str, ...]] = (
        "minimum_total.reaction_energy_ev_per_atom",
        "minimum_mutual.mutual_energy_ev_per_atom",
    )

    phase_set: PhaseSet
    reactant_1: Reactant
    reactant_2: Reactant
    open_elements: tuple[OpenElement, ...]
    provenance: Mapping[str, str]

    @classmethod
    def prepare(cls, spec: CurveSpec) -> CurveAnalysis | UptakeAnalysis:
        """Load the phases and reactants of a specification."""
        first, second = spec.curve
        return prepare_curve(first, second, spec.options, spec.conditions, spec.residual)

    def curve(self, *, no_gas: bool = False) -> MixingCurve:
        """Compute the curve without its band; with the smallest driving force without gases."""
        curve = mixing_curve(
            self.phase_set,
            self.reactant_1,
            self.reactant_2,
            open_elements=self.open_elements,
            provenance=self.provenance,
        )
        if not no_gas:
            return curve
        bound = no_gas_minimum(self.phase_set, self.reactant_1, self.reactant_2, self.open_elements)
        return replace(curve, no_gas=bound)

    def run(self) -> MixingCurve:
        """Compute the curve, the smallest driving force where no gas can form, and the band."""
        return self.run_with_draws()[0]

    def run_with_draws(self) -> tuple[MixingCurve, Draws | None]:
        """As :meth:`run`, with the drawn curves behind the band; None without known errors."""
        curve, errors = self.curve(no_gas=True), self.phase_set.errors
        if errors is None:
            return curve, None
        draws = draw_curve(self.phase_set, curve, errors)
        return replace(curve, band=band_of(curve, draws, errors.source)), draws

    def to_dict(self) -> dict[str, Any]:
        """Everything but the phases, as plain values."""
        return {
            "reactants": [self.reactant_1.to_dict(), self.reactant_2.to_dict()],
            "open": [element.to_dict() for element in self.open_elements],
            "provenance": dict(self.provenance),
        }

    @classmethod
    def from_record(cls, data: Mapping[str, Any], phase_set: PhaseSet) -> CurveAnalysis:
        """The inverse of :meth:`to_dict`, on a phase set."""
        first, second = map(Reactant.from_record, data["reactants"])
        return cls(
            phase_set=phase_set,
            reactant_1=first,
            reactant_2=second,
            open_elements=tuple(map(OpenElement.from_record, data["open"])),
            provenance=data["provenance"],
        )

    @staticmethod
    def csv(result: MixingCurve) -> str:
        """Every kink as CSV."""
        from workflows.tables.curve_tables import curve_csv

        return curve_csv(result)

    @staticmethod
    def figure(result: MixingCurve) -> Figure:
        """Draw the curve."""
        from interfaces.figures import curve_figure

        return curve_figure(result)

    @staticmethod
    def show(result: MixingCurve) -> None:
        """Print the kinks and both minima."""
        from workflows.tables.curve_tables import print_curve

        print_curve(result)

    @staticmethod
    def headlines(result: MixingCurve) -> list[Headline]:
        """Both minima in the basis of the curve; of an open one the mutual first."""
        unit = NONOPEN if result.open_elements else "eV/atom"
        total, mutual = result.minimum_total, result.minimum_mutual
        parts = [
            ("total", total, total.total_per_nonopen_atom),
            ("mutual", mutual, mutual.mutual_per_nonopen_atom),
        ]
        return [
            Headline(
                quantity=f"minimum {part}",
                value=energy,
                unit=unit,
                at=f"x = {kink.mixing_fraction:.4f}",
                products=" + ".join(kink.products),
            )
            for part, kink, energy in (reversed(parts) if result.open_elements else parts)
        ]

    @property
    def second_label(self) -> str:
        """The second reactant, with what is open."""
        conditions = ", ".join(str(element) for element in self.open_elements)
        label = self.reactant_2.label
        return f"{label} ({conditions})" if conditions else label

    def title(self) -> str:
        """What is computed."""
        return f"Reaction of {self.reactant_1.label} with {self.second_label}"

    def summary(self, recorded: Mapping[str, Any]) -> str:
        """What matters: the decomposition of one alone, a reaction of the two, or nothing."""
        basis, total = recorded["basis"], recorded["minimum_total"]
        mutual = recorded["minimum_mutual"]
        first, second = self.reactant_1.label, self.second_label
        energy, lowest = energy_in(mutual, "mutual", basis), energy_in(total, "reaction", basis)
        if lowest > -NO_REACTION:
            return f"{first} and {second} do not react with each other."
        own = lowest - energy_in(total, "mutual", basis)
        alone: list[str] = []
        if abs(own) > abs(lowest) / 2:
            alone = self._alone(recorded)
            if self.open_elements:
                alone[0] = f"{', '.join(map(str, self.open_elements))}: {alone[0]}"
                second = self.reactant_2.label
        if energy > -NO_REACTION:
            return " ".join(
                [*alone, f"{first} and {second} do not react beyond that with each other."]
            )
        within = ", within the error of the energies," if energy > -LEVEL else ""
        return " ".join(
            [
                *alone,
                f"{first} and {second} react with each other{within} by {number(energy)} "
                f"{energy_unit(basis)} at {number(100 * mutual['mixing_fraction'], 0)} % of the "
                f"atoms from {self.reactant_1.label}: {mutual['reaction']}.",
                f"The lowest total is {number(lowest)}.",
            ]
        )

    def _alone(self, recorded: Mapping[str, Any]) -> list[str]:
        """What each reactant does without the other, the stronger decomposition first."""
        basis = recorded["basis"]
        unit = energy_unit(basis)
        ends = (recorded["kinks"][-1], recorded["kinks"][0])
        sentences = []
        for reactant, kink in zip((self.reactant_1, self.reactant_2), ends, strict=True):
            energy = energy_in(kink, "reaction", basis)
            if energy <= -NO_REACTION:
                decay = _decay(reactant, kink.get("exchanged_per_formula") or {})
                words = f"{reactant.label} {decay} ({number(energy)} {unit}): {kink['reaction']}."
                sentences.append((energy, words))
        return [sentence for _, sentence in sorted(sentences)]


def _decay(reactant: Reactant, exchanged: Mapping[str, float]) -> str:
    """How a reactant decomposes by itself, by what it exchanges with the reservoirs."""
    electrons = sum(
        -amount if set(Formula.parse(name).elements) <= OXIDISERS else amount
        for name, amount in exchanged.items()
    )
    if abs(electrons) < NO_EXCHANGE:
        return "decomposes by itself"
    if electrons > 0 and len(reactant.formula.elements) == 1:
        return f"takes up {' and '.join(exchanged)} by itself"
    return f"is {'reduced' if electrons > 0 else 'oxidized'} by itself"


@dataclass(frozen=True)
class UptakeAnalysis(Analysis):
    """A compound and the open element that it takes up."""

    kind: ClassVar[str] = "uptake"
    compared: ClassVar[tuple[str, ...]] = ("minimum.reaction_energy_ev_per_formula",)

    phase_set: PhaseSet
    compound: Reactant
    open_element: OpenElement
    provenance: Mapping[str, str]

    def run(self) -> UptakeCurve:
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
    def from_record(cls, data: Mapping[str, Any], phase_set: PhaseSet) -> UptakeAnalysis:
        """The inverse of :meth:`to_dict`, on a phase set."""
        (compound,) = map(Reactant.from_record, data["reactants"])
        (element,) = map(OpenElement.from_record, data["open"])
        return cls(
            phase_set=phase_set,
            compound=compound,
            open_element=element,
            provenance=data["provenance"],
        )

    @staticmethod
    def csv(result: UptakeCurve) -> str:
        """Every point as CSV."""
        from workflows.tables.curve_tables import uptake_csv

        return uptake_csv(result)

    @staticmethod
    def figure(result: UptakeCurve) -> Figure:
        """Draw the energy against uptake."""
        from interfaces.figures import uptake_figure

        return uptake_figure(result)

    @staticmethod
    def show(result: UptakeCurve) -> None:
        """Print every point."""
        from workflows.tables.curve_tables import print_uptake

        print_uptake(result)

    @staticmethod
    def headlines(result: UptakeCurve) -> list[Headline]:
        """Where uptake stops of itself."""
        lowest = result.minimum
        return [
            Headline(
                quantity="minimum",
                value=lowest.energy,
                unit="eV/formula",
                at=f"{lowest.uptake:g} {result.open_element.symbol} per formula",
                products=" + ".join(lowest.reaction.product_amounts()),
            )
        ]

    def title(self) -> str:
        """What is computed."""
        return f"Reaction of {self.compound.label} in contact with {self.open_element}"

    def summary(self, recorded: Mapping[str, Any]) -> str:
        """Uptake, energy and reaction at the minimum."""
        lowest = recorded["minimum"]
        return (
            f"{recorded['compound']['name']} takes up {number(lowest['uptake_per_formula'], 2)} "
            f"{recorded['open'][0]['element']} per formula unit and gains "
            f"{number(lowest['reaction_energy_ev_per_formula'])} eV: {lowest['reaction']}."
        )


def prepare_curve(
    reactant_1: str,
    reactant_2: str,
    source: PhaseOptions | None = None,
    conditions: Conditions = CLOSED,
    residuals: Sequence[str] = (),
) -> CurveAnalysis | UptakeAnalysis:
    """Load phases and reactants of a curve.

    A reactant that is itself open (lithium against a compound, open to lithium) has no share in a
    mix; the analysis is then one of uptake.

    Parameters
    ----------
    reactant_1, reactant_2 : formulas or names.
    source : phase set, exclusions and energy models.
    conditions : open elements, voltage, pressures and temperatures.
    residuals : what lies on the first reactant, each as ``FORMULA=PERCENT`` of the mass of the
        powder (:mod:`interfaces.interphase.surface_residues`).

    Raises
    ------
    ReactantError
        If both reactants have one composition, or several elements would be taken up.
    InputError
        If an option cannot be used.
    """
    names = (reactant_1, reactant_2)
    residues = [_residual(text) for text in residuals]
    residue_names = [name for name, _ in residues]
    formulas = [find_system(name).formula for name in names]
    if formulas[0].same_composition(formulas[1]):
        raise ReactantError(
            f"both reactants are {formulas[0].reduced}; a mixing curve needs two compositions"
        )
    prepared = prepare([*names, *residue_names], source, conditions)
    open_elements = prepared.open_elements
    symbols = set(conditions.symbols)
    taken_up = [i for i, formula in enumerate(formulas) if set(formula.elements) <= symbols]
    if taken_up:
        element = formulas[taken_up[0]]
        if residues:
            raise InputError(
                f"--residual {residuals[0]}: {element} is open and taken up; residuals "
                "lie on the first reactant of a mixing curve"
            )
        if len(symbols) > 1:
            raise ReactantError(
                f"{element} is open; uptake is followed for one open element at a "
                f"time, found {' '.join(sorted(symbols))}"
            )
        (compound,) = prepared.reactants([names[1 - taken_up[0]]])
        return UptakeAnalysis(
            phase_set=prepared.competing,
            compound=compound,
            open_element=open_elements[0],
            provenance=prepared.provenance,
        )
    first, second, *residue = prepared.reactants([*names, *residue_names])
    if residues:
        shares = [share for _, share in residues]
        first = with_residuals(prepared.phase_set, first, list(zip(residue, shares, strict=True)))
    return CurveAnalysis(
        phase_set=prepared.competing,
        reactant_1=first,
        reactant_2=second,
        open_elements=open_elements,
        provenance=prepared.provenance,
    )


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
    *,
    band: bool = True,
) -> MixingCurve:
    """Curve of two reactants given by formula or name, closed or open to elements.

    ``band=False`` leaves out how sure it is, which takes most of the time of a curve, and the
    minimum without gases.

    Raises
    ------
    ReactantError
        If one of them is itself open: :func:`prepare_curve` then gives the analysis of its uptake.
    """
    analysis = prepare_curve(reactant_1, reactant_2, source, conditions)
    if isinstance(analysis, UptakeAnalysis):
        raise ReactantError(
            f"{analysis.open_element.symbol} is open and has no share in a mix with "
            f"{analysis.compound.formula}; prepare_curve(...).run() gives the energy of its uptake"
        )
    return analysis.run() if band else analysis.curve()
