"""Maps over voltage: of one pair, or of a cathode while it is charged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from interfaces.chemistry.numbers import read_number
from interfaces.errors import InputError, ReservoirError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.phases.reservoirs import OpenElement
from interfaces.reactivity.charging import Charging, charging
from interfaces.reactivity.voltage_map import VoltageMap, voltage_map
from workflows.analyses.analysis import NONOPEN, Analysis, AnalysisSpec, Headline, number
from workflows.analyses.conditions import CLOSED, Conditions
from workflows.analyses.preparation import Prepared, prepare
from workflows.analyses.setup import PhaseOptions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Range = tuple[float, float]
TENTHS = tuple(f"{step / 10:g}" for step in range(10, -1, -1))  #: states of charge, falling


def read_range(text: str) -> Range:
    """Voltages of ``LOW:HIGH``.

    >>> read_range("0:4.5")
    (0.0, 4.5)
    """
    low, _, high = text.partition(":")
    try:
        ends = read_number(low.removesuffix("V")), read_number(high.removesuffix("V"))
    except ValueError:
        raise InputError(f"--voltage {text!r} is not a range; write LOW:HIGH, e.g. 0:5") from None
    if not ends[0] < ends[1]:
        raise InputError(f"--voltage {text!r} is empty; write LOW:HIGH with LOW below HIGH")
    return ends


@dataclass(frozen=True, kw_only=True)
class _OverVoltages(AnalysisSpec):
    voltages: str | None = None
    carrier: str = "Li"

    @property
    def range(self) -> Range:
        """Voltages [V], by default 0 to 5."""
        return (0.0, 5.0) if self.voltages is None else read_range(self.voltages)

    def check(self) -> None:
        """Read pressures and the range of voltages."""
        super().check()
        _ = self.range


@dataclass(frozen=True, kw_only=True)
class MapSpec(_OverVoltages):
    """``{map: [LCO, LPSCl], voltages: "2:4.5"}``."""

    kind: ClassVar[str] = "map"

    map: tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class ChargingSpec(_OverVoltages):
    """``{charging: [NCM811, LPSCl]}``."""

    kind: ClassVar[str] = "charging"

    charging: tuple[str, str]


@dataclass(frozen=True)
class VoltageMapAnalysis(Analysis):
    """A pair of reactants with everything that its map follows from."""

    kind: ClassVar[str] = "map"
    spec: ClassVar[type[AnalysisSpec]] = MapSpec

    phase_set: PhaseSet
    reactant_1: Reactant
    reactant_2: Reactant
    voltages: Range  #: against the metal [V]
    carrier: str
    open_elements: tuple[OpenElement, ...]
    provenance: Mapping[str, str]

    @classmethod
    def prepare(cls, spec: MapSpec) -> VoltageMapAnalysis:
        """Load the phases and reactants of a specification."""
        first, second = spec.map
        return prepare_map(
            first, second, spec.range, spec.options, spec.conditions, carrier=spec.carrier
        )

    def run(self) -> VoltageMap:
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
            "open": [element.to_dict() for element in self.open_elements],
            "provenance": dict(self.provenance),
        }

    @classmethod
    def from_record(cls, data: Mapping[str, Any], phase_set: PhaseSet) -> VoltageMapAnalysis:
        """The inverse of :meth:`to_dict`, on a phase set."""
        first, second = map(Reactant.from_record, data["reactants"])
        low, high = data["voltage_V"]
        return cls(
            phase_set=phase_set,
            reactant_1=first,
            reactant_2=second,
            voltages=(low, high),
            carrier=data["carrier"],
            open_elements=tuple(map(OpenElement.from_record, data["open"])),
            provenance=data["provenance"],
        )

    @staticmethod
    def csv(result: VoltageMap) -> str:
        """Every tile as CSV."""
        from workflows.tables.voltage_tables import map_csv

        return map_csv(result)

    @staticmethod
    def figure(result: VoltageMap) -> Figure:
        """Draw the total energy."""
        from interfaces.figures import map_figure

        return map_figure(result)

    @staticmethod
    def show(result: VoltageMap) -> None:
        """Print the lowest energies along the voltage."""
        from workflows.tables.voltage_tables import print_map

        print_map(result)

    @staticmethod
    def headlines(result: VoltageMap) -> list[Headline]:
        """The lowest energy of the map, total and mutual."""
        headlines = []
        for part in ("total", "mutual"):
            pieces = result.minimum("total" if part == "total" else "mutual")
            ends = [(piece.energy_low, piece.low) for piece in pieces]
            ends += [(piece.energy_high, piece.high) for piece in pieces]
            energy, voltage = min(ends)
            headlines.append(
                Headline(
                    quantity=f"lowest {part}", value=energy, unit=NONOPEN, at=f"{voltage:.3f} V"
                )
            )
        return headlines

    def title(self) -> str:
        """What is computed."""
        return f"Reaction of {self.reactant_1.label} with {self.reactant_2.label} at each voltage"

    def summary(self, recorded: Mapping[str, Any]) -> str:
        """The strongest mutual reaction over mixing and voltage."""
        energy, voltage = min(
            (energy, voltage)
            for piece in recorded["minimum_mutual"]
            for energy, voltage in zip(
                piece["energy_ev_per_nonopen_atom"], piece["voltage_V"], strict=True
            )
        )
        return (
            f"{self.reactant_1.label} and {self.reactant_2.label} react most strongly with each "
            f"other at {number(voltage, 2)} V: {number(energy)} eV per non-{self.carrier} atom "
            "(mutual)."
        )


@dataclass(frozen=True)
class ChargingAnalysis(Analysis):
    """A cathode series and an electrolyte with everything that their matrix follows from."""

    kind: ClassVar[str] = "charging"
    spec: ClassVar[type[AnalysisSpec]] = ChargingSpec

    phase_set: PhaseSet
    states: tuple[tuple[float, Reactant], ...]
    electrolyte: Reactant
    voltages: Range  #: against the metal [V]
    points: int  #: voltages of the matrix that is written
    carrier: str
    open_elements: tuple[OpenElement, ...]
    provenance: Mapping[str, str]

    @classmethod
    def prepare(cls, spec: ChargingSpec) -> ChargingAnalysis:
        """Load the phases and reactants of a specification."""
        cathode, electrolyte = spec.charging
        return prepare_charging(
            cathode, electrolyte, spec.range, spec.options, spec.conditions, carrier=spec.carrier
        )

    def run(self) -> Charging:
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
        cathodes = [cathode.to_dict() for _, cathode in self.states]
        return {
            "reactants": [*cathodes, self.electrolyte.to_dict()],
            "x": [x for x, _ in self.states],
            "voltage_V": list(self.voltages),
            "points": self.points,
            "carrier": self.carrier,
            "open": [element.to_dict() for element in self.open_elements],
            "provenance": dict(self.provenance),
        }

    @classmethod
    def from_record(cls, data: Mapping[str, Any], phase_set: PhaseSet) -> ChargingAnalysis:
        """The inverse of :meth:`to_dict`, on a phase set."""
        *cathodes, electrolyte = map(Reactant.from_record, data["reactants"])
        low, high = data["voltage_V"]
        return cls(
            phase_set=phase_set,
            states=tuple(zip(data["x"], cathodes, strict=True)),
            electrolyte=electrolyte,
            voltages=(low, high),
            points=data["points"],
            carrier=data["carrier"],
            open_elements=tuple(map(OpenElement.from_record, data["open"])),
            provenance=data["provenance"],
        )

    @staticmethod
    def csv(result: Charging) -> str:
        """The matrix as CSV."""
        from workflows.tables.voltage_tables import charging_csv

        return charging_csv(result)

    @staticmethod
    def figure(result: Charging) -> Figure:
        """Draw the matrix and the cathode's own voltage curve."""
        from interfaces.figures import charging_figure

        return charging_figure(result, result.grid)

    @staticmethod
    def show(result: Charging) -> None:
        """Print the energies along the cathode's own voltage curve."""
        from workflows.tables.voltage_tables import print_charging

        print_charging(result)

    @staticmethod
    def headlines(result: Charging) -> list[Headline]:
        """The lowest total at both ends of the cathode's own voltage curve."""
        carrier = result.maps[0][1].carrier
        ends = {point.x: point for point in (*result.path[:1], *result.path[-1:])}
        return [
            Headline(
                quantity=f"minimum total, {carrier} content {x:g}",
                value=point.total,
                unit=NONOPEN,
                at=f"{point.voltage:.3f} V",
            )
            for x, point in ends.items()
        ]

    @property
    def host(self) -> str:
        """Name of the cathode without its content."""
        return self.states[0][1].label.partition(" (x =")[0]

    def title(self) -> str:
        """What is computed."""
        return f"Reaction of {self.host} with {self.electrolyte.label} while it is charged"

    def summary(self, recorded: Mapping[str, Any]) -> str:
        """The strongest reaction along the cathode's own voltage curve."""
        if not recorded["path"]:
            return f"{self.host} has no voltage curve in this range."
        strongest = min(
            recorded["path"], key=lambda point: point["minimum_mutual_ev_per_nonopen_atom"]
        )
        energy = strongest["minimum_mutual_ev_per_nonopen_atom"]
        return (
            f"On its own voltage curve, {self.host} and {self.electrolyte.label} react most "
            f"strongly with each other at x = {strongest['x']:g} and "
            f"{number(strongest['voltage_V'], 2)} V: {number(energy)} eV per "
            f"non-{self.carrier} atom (mutual)."
        )


def _against_metal(voltages: Range, prepared: Prepared, carrier: str) -> Range:
    """A range of voltages against the metal, from one against a reference electrode."""
    couple = prepared.electrode(carrier)
    if couple is None:
        return voltages
    low, high = (couple.to_metal(v, prepared.conditions.plateau) for v in voltages)
    if low < 0:
        raise ReservoirError(
            f"{voltages[0]:g} V against {couple.couple} is {low:.3f} V against {carrier}: "
            "below 0 V the metal plates without end"
        )
    return low, high


def prepare_map(
    reactant_1: str,
    reactant_2: str,
    voltages: Range = (0.0, 5.0),
    source: PhaseOptions | None = None,
    conditions: Conditions = CLOSED,
    *,
    carrier: str = "Li",
) -> VoltageMapAnalysis:
    """Load phases and reactants of a map over voltages [V], against metal or reference."""
    names = (reactant_1, reactant_2)
    prepared = prepare(names, source, conditions, swept=carrier)
    first, second = prepared.reactants(names)
    return VoltageMapAnalysis(
        phase_set=prepared.competing,
        reactant_1=first,
        reactant_2=second,
        voltages=_against_metal(voltages, prepared, carrier),
        carrier=carrier,
        open_elements=prepared.open_elements,
        provenance=prepared.provenance,
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
    return prepare_map(reactant_1, reactant_2, voltages, source, conditions, carrier=carrier).run()


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
    """Load phases, an electrolyte and a named cathode at several contents of the carrier."""
    names = [*(f"{cathode}@{x}" for x in contents), electrolyte]
    prepared = prepare(names, source, conditions, swept=carrier)
    *cathodes, partner = prepared.reactants(names)
    on_hull = [reactant.label for reactant in cathodes if reactant.energy_model == "hull"]
    if on_hull:
        raise InputError(
            f"{on_hull[0]} has no energy of its own in {prepared.phase_set.source}, so {cathode} "
            "has no voltage curve there; use the set its series was computed with"
        )
    return ChargingAnalysis(
        phase_set=prepared.competing,
        states=tuple(zip((float(x) for x in contents), cathodes, strict=True)),
        electrolyte=partner,
        voltages=_against_metal(voltages, prepared, carrier),
        points=points,
        carrier=carrier,
        open_elements=prepared.open_elements,
        provenance=prepared.provenance,
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
    """A named cathode against an electrolyte, at several contents and all voltages."""
    return prepare_charging(
        cathode, electrolyte, voltages, source, conditions, carrier=carrier
    ).run()
