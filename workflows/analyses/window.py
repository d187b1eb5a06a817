"""From words to a window: a name or formula and options in, one ``Window`` out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from interfaces.errors import InputError
from interfaces.phases.intercalation import Intercalation, same_host
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.phases.reference_electrodes import ReferenceElectrode
from interfaces.phases.reservoirs import OpenElement, charge_of
from interfaces.stability.electrochemical_window import Window, electrochemical_window
from interfaces.stability.sensitivity import SAMPLES, SIGMA, WITHIN, Sensitivity, window_sensitivity
from workflows.analyses.conditions import CLOSED, Conditions, electrode, reservoirs
from workflows.analyses.setup import PhaseOptions, load_phase_set, provenance, resolve_reactants
from workflows.data.named_materials import System, find_system, has_series, with_series


@dataclass(frozen=True)
class SamplingOptions:
    """How to ask how sure a window is: see ``window_sensitivity``."""

    sigma: float = SIGMA
    within: float = WITHIN
    samples: int = SAMPLES
    seed: int = 0


@dataclass(frozen=True)
class WindowAnalysis:
    """A compound with everything that its window follows from."""

    kind: ClassVar[str] = "window"

    phase_set: PhaseSet
    compound: Reactant
    carrier: str
    open_elements: tuple[OpenElement, ...]
    electrode: ReferenceElectrode | None
    intercalations: tuple[Intercalation, ...]
    provenance: Mapping[str, str]

    def answer(self) -> Window:
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
        """Say what moves its limits."""
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
            "open": [one.to_dict() for one in self.open_elements],
            "reference_electrode": self.electrode.to_dict() if self.electrode else None,
            "intercalation": [one.to_dict(self.carrier) for one in self.intercalations],
            "provenance": dict(self.provenance),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], phase_set: PhaseSet) -> WindowAnalysis:
        """The inverse of :meth:`to_dict`, asked of a phase set."""
        (compound,) = (Reactant.from_record(one) for one in data["reactants"])
        couple, carrier = data["reference_electrode"], data["carrier"]
        return cls(
            phase_set,
            compound,
            carrier,
            tuple(OpenElement.from_record(one) for one in data["open"]),
            ReferenceElectrode.from_record(couple) if couple else None,
            tuple(Intercalation.from_record(one, carrier) for one in data["intercalation"]),
            data["provenance"],
        )


def prepare_window(
    compound: str,
    source: PhaseOptions | None = None,
    conditions: Conditions = CLOSED,
    *,
    carrier: str = "Li",
) -> WindowAnalysis:
    """Read a question about a compound given by formula or name."""
    source = source or PhaseOptions()
    conditions.check(needs_voltage=False)
    charge_of(carrier)  # refuses what carries none
    if conditions.voltage is not None:
        raise InputError(
            f"--voltage {conditions.voltage:g} has no effect: a window covers every voltage"
        )
    system = find_system(compound)
    elements = {*system.formula.elements, carrier, *conditions.symbols}
    phase_set = load_phase_set(source, elements, conditions)
    (one,) = resolve_reactants(phase_set, [system], [compound], source)
    # Near-hull polymorphs compete in a sensitivity, so every entry over the elements stays.
    return WindowAnalysis(
        phase_set.over([elements]),
        one,
        carrier,
        reservoirs(conditions, phase_set, without=carrier),
        electrode(conditions, phase_set, carrier),
        _partners(phase_set, system, one, carrier),
        provenance(phase_set, elements, source, conditions),
    )


def compute_window(
    compound: str,
    source: PhaseOptions | None = None,
    conditions: Conditions = CLOSED,
    *,
    carrier: str = "Li",
) -> Window:
    """Window of a compound given by formula or name."""
    return prepare_window(compound, source, conditions, carrier=carrier).answer()


def _partners(
    phase_set: PhaseSet, system: System, one: Reactant, carrier: str
) -> tuple[Intercalation, ...]:
    """The same host with another content, from the set and from a computed series of the host."""
    if system.series is not None and has_series(phase_set.scheme, system.series):
        phase_set = with_series(phase_set, {*system.formula.elements, carrier})
    return same_host(phase_set, one, carrier)
