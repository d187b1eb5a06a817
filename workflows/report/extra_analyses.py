"""What a report computes itself, of the phases in the record: windows with their spread, and maps.

Seconds of work with the kernel that made the run. A map is kept as its tiles; states of charge that
differ in the carrier alone share them, so one map serves a whole series.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from interfaces.chemistry.formulas import Formula, chemical_system
from interfaces.chemistry.reactions import Reaction
from interfaces.errors import InputError, InterfaceError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.phases.reservoirs import OpenElement, at_voltage
from interfaces.reactivity.voltage_map import VoltageMap, voltage_map
from interfaces.stability.electrochemical_window import Window, electrochemical_window
from interfaces.stability.sensitivity import Sensitivity, window_sensitivity
from workflows.analyses.curve import CurveAnalysis, UptakeAnalysis
from workflows.analyses.maps import ChargingAnalysis, VoltageMapAnalysis
from workflows.analyses.window import WindowAnalysis
from workflows.report.read_run import ReportedRun, State

CARRIER = "Li"
VOLTAGES = (0.0, 5.0)  #: of maps that nobody asked for, against the metal [V]
SAMPLES = 300  #: random draws behind the spread of a window's limits
MOST_TILES = 3000  #: of a map that nobody asked for; more make the page slow and heavy
PRESENT = 1e-7  #: share of the atoms that are not open; a product with less is gone


@dataclass(frozen=True)
class ShownWindow:
    """A window, how sure its limits are, and whether the report computed it itself."""

    window: Window
    sensitivity: Sensitivity
    computed_here: bool


@dataclass(frozen=True)
class ShownMap:
    """A map, the reaction at both ends of each tile, and the states that share its tiles.

    Attributes
    ----------
    reactions : at the lower and upper non-open fraction of each tile.
    shared : state -> the same map for that first reactant.
    """

    map: VoltageMap = field(repr=False)
    reactions: tuple[tuple[Reaction, Reaction], ...] = field(repr=False)
    shared: tuple[tuple[State, VoltageMap], ...] = field(repr=False)
    computed_here: bool


@dataclass(frozen=True)
class Extras:
    """Windows and maps beside the curves, and what could not be computed, in a sentence each."""

    windows: tuple[ShownWindow, ...] = ()
    maps: tuple[ShownMap, ...] = ()
    left_out: tuple[str, ...] = ()


def compute(asked: ReportedRun, *, more: bool = True) -> Extras:
    """Windows and maps of a record: those asked for, and with ``more`` those of its pairs.

    An electrolyte whose window or map cannot be had (its phases lack the carrier) is left out with
    the reason.
    """
    windows: list[ShownWindow] = []
    maps: list[ShownMap] = []
    left_out: list[str] = []
    for label, make in _wanted_windows(asked, more):
        try:
            windows.append(make())
        except InterfaceError as error:
            left_out.append(f"window of {label}: {error}")
    for label, make_map in _wanted_maps(asked, more):
        try:
            maps.append(make_map())
        except InterfaceError as error:
            left_out.append(f"map of {label}: {error}")
    return Extras(tuple(windows), tuple(maps), tuple(left_out))


def _wanted_windows(asked: ReportedRun, more: bool) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for question, _ in asked.answers:
        if isinstance(question, WindowAnalysis):
            seen.add(question.compound.label)
            yield question.compound.label, lambda q=question: ShownWindow(
                q.run(),
                window_sensitivity(
                    q.phase_set, q.compound, q.carrier, open_elements=q.open_elements,
                    samples=SAMPLES,
                ),
                False,
            )  # fmt: skip
    if not more:
        return
    for question, _ in asked.answers:
        for one in _compounds(question):
            if one.label not in seen:
                seen.add(one.label)
                yield one.label, lambda q=question, r=one: _window(q.phase_set, r)


def _compounds(question: Any) -> Sequence[Reactant]:
    """The partners of a cathode series, or both reactants of a pair, without their reservoirs."""
    if isinstance(question, ChargingAnalysis):
        return [question.electrolyte]
    if isinstance(question, UptakeAnalysis):
        return [question.compound]
    if isinstance(question, CurveAnalysis | VoltageMapAnalysis):
        pair = (question.reactant_1, question.reactant_2)
        return [one for one in pair if State.of(one).x is None]
    return []


def _window(phase_set: PhaseSet, compound: Reactant) -> ShownWindow:
    return ShownWindow(
        electrochemical_window(phase_set, compound, CARRIER, intercalations=()),
        window_sensitivity(phase_set, compound, CARRIER, samples=SAMPLES),
        True,
    )


def _wanted_maps(asked: ReportedRun, more: bool) -> Iterator[tuple[str, Any]]:
    for question, _ in asked.answers:
        if isinstance(question, VoltageMapAnalysis):
            one = State.of(question.reactant_1)
            yield (
                question.reactant_2.label,
                lambda q=question, s=one: _map(
                    q.phase_set, [s], q.reactant_2, q.voltages, q.carrier, q.open_elements, False
                ),
            )
        elif isinstance(question, ChargingAnalysis):
            states = [State.of(one) for _, one in question.states]
            yield (
                question.electrolyte.label,
                lambda q=question, s=states: _map(
                    q.phase_set, s, q.electrolyte, q.voltages, q.carrier, q.open_elements, False
                ),
            )
    if not more:
        return
    for column in range(len(asked.others)):
        pairs = [asked.cells[key] for key in sorted(asked.cells) if key[1] == column]
        question = pairs[0][0]
        states = [State.of(one.reactant_1) for one, _ in pairs]
        further = tuple(one for one in question.open_elements if one.symbol != CARRIER)
        yield (
            asked.others[column],
            lambda q=question, s=states, f=further: _map(
                q.phase_set, s, q.reactant_2, VOLTAGES, CARRIER, f, True
            ),
        )


def _map(
    phase_set: PhaseSet,
    states: Sequence[State],
    other: Reactant,
    voltages: tuple[float, float],
    carrier: str,
    further: tuple[OpenElement, ...],
    computed_here: bool,
) -> ShownMap:
    """The map of the middle one of the states that can share its tiles, and their shifted maps."""
    able = [one for one in states if not one.reactant.joins_pool] or list(states[:1])
    base = able[len(able) // 2]
    found = voltage_map(phase_set, base.reactant, other, *voltages, carrier, open_elements=further)
    if computed_here and len(found) > MOST_TILES:
        raise InputError(
            f"it has {len(found)} rectangles, more than {MOST_TILES}, which a page shows at once; "
            f"ask for it with interfaces map {base.reactant.formula} {other.label}"
        )
    shared = []
    for one in able:
        try:
            moved = found if one is base else found.with_first(one.reactant)
        except InterfaceError:
            continue  # another host: it would need a map of its own
        if _same_unit(base.reactant, one.reactant, carrier):
            shared.append((one, moved))
    return ShownMap(found, _reactions(found), tuple(shared), computed_here)


def _same_unit(one: Reactant, other: Reactant, carrier: str) -> bool:
    """Whether a formula unit of both holds the same atoms beside the carrier."""
    return one.formula.without(carrier).amounts == other.formula.without(carrier).amounts


def _reactions(found: VoltageMap) -> tuple[tuple[Reaction, Reaction], ...]:
    """The reaction at both edges of every tile; along an edge it does not change with the voltage.

    A tile's products are independent, so the composition alone says how much of each there is, and
    which of them are gone at an edge. Edges that tiles share are balanced once.
    """
    opened = [at_voltage(found.carrier, 0.0), *found.open_elements]
    crossing = {one.symbol for one in opened}
    pair = found.reactant_1.formula, found.reactant_2.formula
    elements = chemical_system(pair)
    kept = [one for one in elements if one not in crossing]
    ends = [np.asarray(one.fractions(kept)) / one.fractions(kept).sum() for one in pair]
    exchanged = [one.exchanged_as for one in opened]
    known: dict[tuple[float, tuple[str, ...]], Reaction] = {}

    def at(u: float, names: Sequence[str]) -> Reaction:
        products = [Formula.parse(name) for name in names]
        columns = np.column_stack([one.fractions(kept) for one in products])
        amounts, *_ = np.linalg.lstsq(columns, u * ends[0] + (1 - u) * ends[1], rcond=None)
        present = [one for one, n in zip(products, amounts, strict=True) if n > PRESENT]
        present.sort(key=lambda one: (len(one.elements) == 1, one.text))  # as in a curve
        key = round(u, 9), tuple(one.text for one in present)
        if key not in known:
            sides = [one for one, share in zip(pair, (u, 1 - u), strict=True) if share > 0]
            fraction = float(found.nonopen_to_mixing(u))
            known[key] = Reaction.balance(sides, present, fraction, None, exchanged)
        return known[key]

    return tuple(
        (at(float(low), names), at(float(high), names))
        for (low, high), names in zip(found.bounds[:, :2], found.products, strict=True)
    )
