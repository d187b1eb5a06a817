"""Electrochemical window of a compound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from interfaces.errors import InputError
from interfaces.phases.intercalation import Intercalation, same_host
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.phases.reference_electrodes import ReferenceElectrode
from interfaces.phases.reservoirs import OpenElement
from interfaces.stability.electrochemical_window import Window, electrochemical_window
from interfaces.stability.sensitivity import SAMPLES, WITHIN, Sensitivity, window_sensitivity
from workflows.analyses.analysis import LEVEL, Analysis, AnalysisSpec, Headline, number
from workflows.analyses.conditions import CLOSED, Conditions
from workflows.analyses.preparation import Prepared, prepare
from workflows.analyses.setup import PhaseOptions
from workflows.data.material_names import first_step
from workflows.data.named_materials import find_system, has_series, with_series

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class SamplingOptions:
    """Random errors of a sensitivity analysis: see ``window_sensitivity``."""

    sigma: float | None = None  #: eV/atom; by default the errors of the set
    within: float = WITHIN
    samples: int = SAMPLES
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class WindowSpec(AnalysisSpec):
    """``{window: LPSCl}``."""

    kind: ClassVar[str] = "window"

    window: str
    carrier: str = "Li"


@dataclass(frozen=True)
class WindowAnalysis(Analysis):
    """A compound with everything that its window follows from."""

    kind: ClassVar[str] = "window"
    spec: ClassVar[type[AnalysisSpec]] = WindowSpec
    compared: ClassVar[tuple[str, ...]] = ("reduction_V", "oxidation_V")

    phase_set: PhaseSet
    compound: Reactant
    carrier: str
    open_elements: tuple[OpenElement, ...]
    electrode: ReferenceElectrode | None
    intercalations: tuple[Intercalation, ...]
    provenance: Mapping[str, str]

    @classmethod
    def prepare(cls, spec: WindowSpec) -> WindowAnalysis:
        """Load the phases and the compound of a specification."""
        return prepare_window(spec.window, spec.options, spec.conditions, carrier=spec.carrier)

    def run(self) -> Window:
        """Compute the window."""
        return electrochemical_window(
            self.phase_set,
            self.compound,
            self.carrier,
            open_elements=self.open_elements,
            electrode=self.electrode,
            intercalations=self.intercalations,
            provenance=self.provenance,
        )

    def sensitivity(self, errors: SamplingOptions) -> Sensitivity:
        """Compute what moves its limits."""
        return window_sensitivity(
            self.phase_set,
            self.compound,
            self.carrier,
            open_elements=self.open_elements,
            sigma=errors.sigma,
            within=errors.within,
            samples=errors.samples,
            seed=errors.seed,
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything but the phases, as plain values."""
        return {
            "reactants": [self.compound.to_dict()],
            "carrier": self.carrier,
            "open": [element.to_dict() for element in self.open_elements],
            "reference_electrode": self.electrode.to_dict() if self.electrode else None,
            "intercalation": [pair.to_dict(self.carrier) for pair in self.intercalations],
            "provenance": dict(self.provenance),
        }

    @classmethod
    def from_record(cls, data: Mapping[str, Any], phase_set: PhaseSet) -> WindowAnalysis:
        """The inverse of :meth:`to_dict`, on a phase set."""
        (compound,) = map(Reactant.from_record, data["reactants"])
        couple, carrier = data["reference_electrode"], data["carrier"]
        return cls(
            phase_set=phase_set,
            compound=compound,
            carrier=carrier,
            open_elements=tuple(map(OpenElement.from_record, data["open"])),
            electrode=ReferenceElectrode.from_record(couple) if couple else None,
            intercalations=tuple(
                Intercalation.from_record(pair, carrier) for pair in data["intercalation"]
            ),
            provenance=data["provenance"],
        )

    @staticmethod
    def csv(result: Window) -> str:
        """Every stage as CSV."""
        from workflows.tables.voltage_tables import window_csv

        return window_csv(result)

    @staticmethod
    def figure(result: Window) -> Figure:
        """Draw the stages."""
        from interfaces.figures import window_figure

        return window_figure(result)

    @staticmethod
    def show(result: Window) -> None:
        """Print limits and stages."""
        from workflows.tables.voltage_tables import print_window

        print_window(result)

    @staticmethod
    def headlines(result: Window) -> list[Headline]:
        """Both limits, by the hull energy of the compound."""
        sides = (
            ("reduction limit", result.reduction, result.reduced_to),
            ("oxidation limit", result.oxidation, result.oxidized_to),
        )
        width = ", zero width" if result.reduction == result.oxidation else ""
        return [
            Headline(
                quantity=name,
                value="none" if limit is None else limit,
                unit=f"V against {result.carrier}",
                at=f"on the hull{width}",
                products=" + ".join(stage.products) if stage else "",
            )
            for name, limit, stage in sides
        ]

    def title(self) -> str:
        """What is computed."""
        return f"Electrochemical window of {self.compound.label} against {self.carrier}"

    def summary(self, recorded: Mapping[str, Any]) -> str:
        """Both limits."""
        name, low, high = self.compound.label, recorded["reduction_V"], recorded["oxidation_V"]
        if low is None:
            return f"{name} is stable at no voltage, even at its hull energy."
        end = "any voltage" if high is None else f"{number(high, 2)} V"
        above = self.compound.energy_above_hull
        alone = f" It decomposes by itself, {number(-above)} eV/atom." if above > LEVEL else ""
        return (
            f"By its hull energy, {name} is stable from {number(low, 2)} V to {end} "
            f"against {self.carrier}.{alone}"
        )


def prepare_window(
    compound: str,
    source: PhaseOptions | None = None,
    conditions: Conditions = CLOSED,
    *,
    carrier: str = "Li",
) -> WindowAnalysis:
    """Load phases and the compound, a formula or name, of a window."""
    if conditions.voltage is not None:
        raise InputError(
            f"--voltage {conditions.voltage:g} has no effect: a window covers every voltage"
        )
    prepared = prepare([compound], source, conditions, swept=carrier)
    (reactant,) = prepared.reactants([compound])
    if known := reactant.name and first_step(reactant.name):
        reactant = replace(reactant, notes=(*reactant.notes, f"first step: {known}"))
    return WindowAnalysis(
        # Near-hull polymorphs compete in a sensitivity, so every entry over the elements stays.
        phase_set=prepared.products.over([prepared.elements]),
        compound=reactant,
        carrier=carrier,
        open_elements=prepared.open_elements,
        electrode=prepared.electrode(carrier),
        intercalations=_partners(prepared, compound, reactant, carrier),
        provenance=prepared.provenance,
    )


def compute_window(
    compound: str,
    source: PhaseOptions | None = None,
    conditions: Conditions = CLOSED,
    *,
    carrier: str = "Li",
) -> Window:
    """Window of a compound given by formula or name."""
    return prepare_window(compound, source, conditions, carrier=carrier).run()


def _partners(
    prepared: Prepared, name: str, compound: Reactant, carrier: str
) -> tuple[Intercalation, ...]:
    """The same host with another content, from the set and from a computed series of the host."""
    system, phase_set = find_system(name), prepared.phase_set
    if system.series is not None and has_series(phase_set.scheme, system.series):
        phase_set = with_series(phase_set, {*system.formula.elements, carrier})
    return same_host(phase_set, compound, carrier)
