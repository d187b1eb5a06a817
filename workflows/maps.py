"""From words to maps over voltage: of one pair, or of a cathode at every state of charge."""

from __future__ import annotations

from interfaces.charging import Charging, charging
from interfaces.errors import InputError, ReservoirError
from interfaces.formulas import chemical_system
from interfaces.phases import PhaseSet
from interfaces.voltage_map import VoltageMap, voltage_map
from workflows.conditions import CLOSED, Conditions, electrode, reservoirs
from workflows.questions import Source, candidates, placed, provenance
from workflows.systems import find_system

Range = tuple[float, float]
TENTHS = tuple(f"{step / 10:g}" for step in range(10, -1, -1))  #: states of charge, falling


def read_range(text: str) -> Range:
    """Voltages of ``LOW:HIGH``.

    >>> read_range("0:4.5")
    (0.0, 4.5)
    """
    low, _, high = text.partition(":")
    try:
        found = float(low), float(high)
    except ValueError:
        raise InputError(f"--voltage {text!r} is no range; write LOW:HIGH, e.g. 0:5") from None
    if not found[0] < found[1]:
        raise InputError(f"--voltage {text!r} is empty; write LOW:HIGH with LOW below HIGH")
    return found


def grid(voltages: Range, points: int) -> list[float]:
    """Evenly spaced voltages of a matrix, both ends included."""
    low, high = voltages
    return [low + (high - low) * k / (points - 1) for k in range(points)]


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


def compute_map(
    reactant_1: str,
    reactant_2: str,
    voltages: Range = (0.0, 5.0),
    source: Source | None = None,
    conditions: Conditions = CLOSED,
    *,
    carrier: str = "Li",
) -> VoltageMap:
    """Exact map of two reactants over a range of voltage, against the metal or a reference."""
    source = source or Source()
    conditions.check(needs_voltage=False)
    systems = find_system(reactant_1), find_system(reactant_2)
    elements = {*chemical_system([s.formula for s in systems]), carrier, *conditions.symbols}
    phase_set = candidates(source, elements, conditions)
    first, second = placed(phase_set, systems, (reactant_1, reactant_2), source)
    return voltage_map(
        phase_set,
        first,
        second,
        *_against_metal(voltages, conditions, phase_set, carrier),
        carrier,
        open_elements=reservoirs(conditions, phase_set, without=carrier),
        provenance=provenance(phase_set, elements, source, conditions),
    )


def compute_charging(
    cathode: str,
    electrolyte: str,
    voltages: Range = (0.0, 5.0),
    source: Source | None = None,
    conditions: Conditions = CLOSED,
    *,
    contents: tuple[str, ...] = TENTHS,
    carrier: str = "Li",
) -> Charging:
    """Maps of a named cathode at every state of charge, and its own voltage curve."""
    source = source or Source()
    conditions.check(needs_voltage=False)
    names = [f"{cathode}@{x}" for x in contents]
    systems = [find_system(name) for name in (*names, electrolyte)]
    elements = {*chemical_system([s.formula for s in systems]), carrier, *conditions.symbols}
    phase_set = candidates(source, elements, conditions)
    reactants = placed(phase_set, systems, (*names, electrolyte), source)
    states = dict(zip((float(x) for x in contents), reactants[:-1], strict=True))
    on_hull = [one.label for one in states.values() if one.energy_model == "hull"]
    if on_hull:
        raise InputError(
            f"{on_hull[0]} has no energy of its own in {phase_set.source}, so {cathode} has no "
            "voltage curve there; use the set its series was computed with"
        )
    return charging(
        phase_set,
        states,
        reactants[-1],
        *_against_metal(voltages, conditions, phase_set, carrier),
        carrier,
        open_elements=reservoirs(conditions, phase_set, without=carrier),
        provenance=provenance(phase_set, elements, source, conditions),
    )
