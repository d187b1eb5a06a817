"""From words to maps over voltage: of one pair, or of a cathode at every state of charge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from interfaces.chemistry.formulas import chemical_system
from interfaces.chemistry.numbers import read_number
from interfaces.errors import InputError, ReservoirError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.phases.reservoirs import OpenElement, charge_of
from interfaces.reactivity.charging import Charging, charging
from interfaces.reactivity.voltage_map import VoltageMap, voltage_map
from workflows.analyses.conditions import CLOSED, Conditions, electrode, reservoirs
from workflows.analyses.setup import (
    PhaseOptions,
    competing_phases,
    load_phase_set,
    provenance,
    resolve_reactants,
)
from workflows.data.named_materials import find_system

Range = tuple[float, float]
TENTHS = tuple(f"{step / 10:g}" for step in range(10, -1, -1))  #: states of charge, falling


def read_range(text: str) -> Range:
    """Voltages of ``LOW:HIGH``.

    >>> read_range("0:4.5")
    (0.0, 4.5)
    """
    low, _, high = text.partition(":")
    try:
        found = read_number(low), read_number(high)
    except ValueError:
        raise InputError(f"--voltage {text!r} is no range; write LOW:HIGH, e.g. 0:5") from None
    if not found[0] < found[1]:
        raise InputError(f"--voltage {text!r} is empty; write LOW:HIGH with LOW below HIGH")
    return found


def _against_metal(
    voltages: Range, conditions: Conditions, phase_set: PhaseSet, carrier: str
) -> Range:
    """The range against the metal, of one that was asked against a reference electrode."""
    couple = electrode(conditions, phase_set, carrier)
    if couple is None:
        return voltages
    low, high = (couple.to_metal(v, conditions.plateau) for v in voltages)
    if low < 0:
        raise ReservoirError(
            f"{voltages[0]:g} V against {couple.couple} is {low:.3f} V against {carrier}: "
            "below 0 V the metal plates without end"
        )
    return low, high


@dataclass(frozen=True)
class VoltageMapAnalysis:
    """A pair of reactants with everything that its map follows from."""

    kind: ClassVar[str] = "map"

    phase_set: PhaseSet
    reactant_1: Reactant
    reactant_2: Reactant
    voltages: Range  #: against the metal [V]
    carrier: str
    open_elements: tuple[OpenElement, ...]
    provenance: Mapping[str, str]

    def answer(self) -> VoltageMap:
        """Compute the map."""
        return voltage_map(
            self.phase_set,
            self.reactant_1,
            self.reactant_2,
            *self.voltages,
            self.carrier,
            open_elements=self.open_elements,
            provenance=self.provenance,
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything but the phases, as plain values."""
        return {
            "reactants": [self.reactant_1.to_dict(), self.reactant_2.to_dict()],
            "voltage_V": list(self.voltages),
            "carrier": self.carrier,
            "open": [one.to_dict() for one in self.open_elements],
            "provenance": dict(self.provenance),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], phase_set: PhaseSet) -> VoltageMapAnalysis:
        """The inverse of :meth:`to_dict`, asked of a phase set."""
        first, second = (Reactant.from_record(one) for one in data["reactants"])
        low, high = data["voltage_V"]
        opened = tuple(OpenElement.from_record(one) for one in data["open"])
        return cls(
            phase_set, first, second, (low, high), data["carrier"], opened, data["provenance"]
        )


def prepare_map(
    reactant_1: str,
    reactant_2: str,
    voltages: Range = (0.0, 5.0),
    source: PhaseOptions | None = None,
    conditions: Conditions = CLOSED,
    *,
    carrier: str = "Li",
) -> VoltageMapAnalysis:
    """Read a question about two reactants and a range of voltage, against metal or reference."""
    source = source or PhaseOptions()
    conditions.check(needs_voltage=False)
    charge_of(carrier)  # refuses what carries none
    systems = find_system(reactant_1), find_system(reactant_2)
    elements = {*chemical_system([s.formula for s in systems]), carrier, *conditions.symbols}
    phase_set = load_phase_set(source, elements, conditions)
    first, second = resolve_reactants(phase_set, systems, (reactant_1, reactant_2), source)
    return VoltageMapAnalysis(
        competing_phases(phase_set, elements),
        first,
        second,
        _against_metal(voltages, conditions, phase_set, carrier),
        carrier,
        reservoirs(conditions, phase_set, without=carrier),
        provenance(phase_set, elements, source, conditions),
    )


def compute_map(
    reactant_1: str,
    reactant_2: str,
    voltages: Range = (0.0, 5.0),
    source: PhaseOptions | None = None,
    conditions: Conditions = CLOSED,
    *,
    carrier: str = "Li",
) -> VoltageMap:
    """Map of two reactants given by formula or name."""
    return prepare_map(
        reactant_1, reactant_2, voltages, source, conditions, carrier=carrier
    ).answer()


@dataclass(frozen=True)
class ChargingAnalysis:
    """A cathode series and an electrolyte with everything that their matrix follows from."""

    kind: ClassVar[str] = "charging"

    phase_set: PhaseSet
    states: tuple[tuple[float, Reactant], ...]
    electrolyte: Reactant
    voltages: Range  #: against the metal [V]
    points: int  #: voltages of the matrix that is written
    carrier: str
    open_elements: tuple[OpenElement, ...]
    provenance: Mapping[str, str]

    def answer(self) -> Charging:
        """Compute the maps."""
        return charging(
            self.phase_set,
            dict(self.states),
            self.electrolyte,
            *self.voltages,
            self.carrier,
            points=self.points,
            open_elements=self.open_elements,
            provenance=self.provenance,
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything but the phases, as plain values."""
        return {
            "reactants": [*(one.to_dict() for _, one in self.states), self.electrolyte.to_dict()],
            "x": [x for x, _ in self.states],
            "voltage_V": list(self.voltages),
            "points": self.points,
            "carrier": self.carrier,
            "open": [one.to_dict() for one in self.open_elements],
            "provenance": dict(self.provenance),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], phase_set: PhaseSet) -> ChargingAnalysis:
        """The inverse of :meth:`to_dict`, asked of a phase set."""
        *states, electrolyte = (Reactant.from_record(one) for one in data["reactants"])
        low, high = data["voltage_V"]
        return cls(
            phase_set,
            tuple(zip(data["x"], states, strict=True)),
            electrolyte,
            (low, high),
            data["points"],
            data["carrier"],
            tuple(OpenElement.from_record(one) for one in data["open"]),
            data["provenance"],
        )


def prepare_charging(
    cathode: str,
    electrolyte: str,
    voltages: Range = (0.0, 5.0),
    source: PhaseOptions | None = None,
    conditions: Conditions = CLOSED,
    *,
    points: int = 51,
    contents: tuple[str, ...] = TENTHS,
    carrier: str = "Li",
) -> ChargingAnalysis:
    """Read a question about a named cathode at every state of charge."""
    source = source or PhaseOptions()
    conditions.check(needs_voltage=False)
    charge_of(carrier)  # refuses what carries none
    names = [f"{cathode}@{x}" for x in contents]
    systems = [find_system(name) for name in (*names, electrolyte)]
    elements = {*chemical_system([s.formula for s in systems]), carrier, *conditions.symbols}
    phase_set = load_phase_set(source, elements, conditions)
    *states, other = resolve_reactants(phase_set, systems, (*names, electrolyte), source)
    on_hull = [one.label for one in states if one.energy_model == "hull"]
    if on_hull:
        raise InputError(
            f"{on_hull[0]} has no energy of its own in {phase_set.source}, so {cathode} has no "
            "voltage curve there; use the set its series was computed with"
        )
    return ChargingAnalysis(
        competing_phases(phase_set, elements),
        tuple(zip((float(x) for x in contents), states, strict=True)),
        other,
        _against_metal(voltages, conditions, phase_set, carrier),
        points,
        carrier,
        reservoirs(conditions, phase_set, without=carrier),
        provenance(phase_set, elements, source, conditions),
    )


def compute_charging(
    cathode: str,
    electrolyte: str,
    voltages: Range = (0.0, 5.0),
    source: PhaseOptions | None = None,
    conditions: Conditions = CLOSED,
    *,
    carrier: str = "Li",
) -> Charging:
    """A named cathode against an electrolyte, at every state of charge and voltage."""
    return prepare_charging(
        cathode, electrolyte, voltages, source, conditions, carrier=carrier
    ).answer()
