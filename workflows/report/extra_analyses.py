"""What a report computes from the phases in the record: windows with their spread, maps, figures.

This takes seconds. A map is kept as its tiles; Li contents that differ in the carrier alone share
them, so one map serves a whole series. Results other than curves, windows, maps and uptakes are
computed again from the record, with the table of their kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from workflows.analyses.analysis import Analysis
from workflows.analyses.curve import CurveAnalysis, UptakeAnalysis
from workflows.analyses.maps import ChargingAnalysis, VoltageMapAnalysis
from workflows.analyses.window import WindowAnalysis
from workflows.report.read_run import Cell, ReportedRun, State, Table, table_of

CARRIER = "Li"
#: Kinds of which the recorded result is drawn; others are computed again.
DRAWN = ("curve", "uptake", "window", "map", "charging")
MOST_MAPS = 12  #: that the report adds
START = 4.3  #: V, of a map whose pair has no curve at a voltage
VOLTAGES = (0.0, 5.0)  #: of maps that the report adds, against the metal [V]
SAMPLES = 300  #: random draws behind the spread of a window's limits
MOST_TILES = 3000  #: of a map that the report adds; more make the page slow and heavy
PRESENT = 1e-7  #: share of the atoms that are not open; a product with less is gone


@dataclass(frozen=True)
class ShownWindow:
    """A window, how sure its limits are, and whether the report computed it itself."""

    window: Window
    sensitivity: Sensitivity
    computed_here: bool


@dataclass(frozen=True)
class ShownMap:
    """A map, and the states that share its tiles.

    Attributes
    ----------
    shared : state -> the same map for that first reactant.
    start : voltage at which the curve beside it is shown first [V].
    """

    map: VoltageMap = field(repr=False)
    shared: tuple[tuple[State, VoltageMap], ...] = field(repr=False)
    computed_here: bool
    start: float = START


@dataclass(frozen=True)
class ShownResult:
    """A result with the table of its kind.

    Attributes
    ----------
    name : of the panel and the table.
    result : computed from the record.
    table : the columns and cells of its CSV.
    """

    name: str
    analysis: Analysis = field(repr=False)
    summary: str
    result: Any = field(repr=False)
    table: Table = field(repr=False)


@dataclass(frozen=True)
class Extras:
    """Windows and maps beside the curves, and what could not be computed, in a sentence each."""

    windows: tuple[ShownWindow, ...] = ()
    maps: tuple[ShownMap, ...] = ()
    results: tuple[ShownResult, ...] = ()
    left_out: tuple[str, ...] = ()


def compute(run: ReportedRun, *, more: bool = True) -> Extras:
    """Windows and maps of a record: its own, and with ``more`` those of its pairs.

    An electrolyte whose window or map cannot be computed (its phases lack the carrier) is left out
    with the reason.
    """
    windows: list[ShownWindow] = []
    maps: list[ShownMap] = []
    left_out: list[str] = []
    for label, make in _wanted_windows(run, more):
        try:
            windows.append(make())
        except InterfaceError as error:
            left_out.append(f"window of {label}: {error}")
    for label, make_map in _wanted_maps(run, more):
        try:
            maps.append(make_map())
        except InterfaceError as error:
            left_out.append(f"map of {label}: {error}")
    return Extras(
        windows=tuple(windows),
        maps=tuple(maps),
        results=tuple(
            _result(analysis, recorded, f"{analysis.kind}_{number}")
            for number, (analysis, recorded) in enumerate(run.answers, start=1)
            if analysis.kind not in DRAWN
        ),
        left_out=tuple(left_out),
    )


def _result(analysis: Analysis, recorded: Mapping[str, Any], name: str) -> ShownResult:
    result = analysis.run()
    table = table_of(name, analysis.csv(result))
    assert table is not None  # written a line above
    return ShownResult(
        name=name,
        analysis=analysis,
        summary=analysis.summary(recorded),
        result=result,
        table=table,
    )


def _wanted_windows(run: ReportedRun, more: bool) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for analysis, _ in run.answers:
        if isinstance(analysis, WindowAnalysis):
            seen.add(analysis.compound.label)
            yield analysis.compound.label, lambda a=analysis: ShownWindow(
                a.run(),
                window_sensitivity(
                    a.phase_set, a.compound, a.carrier, open_elements=a.open_elements,
                    samples=SAMPLES,
                ),
                False,
            )  # fmt: skip
    if not more:
        return
    for analysis, _ in run.answers:
        for compound in _compounds(analysis):
            if compound.label not in seen:
                seen.add(compound.label)
                yield compound.label, lambda a=analysis, c=compound: _window(a.phase_set, c)


def _compounds(analysis: Analysis) -> Sequence[Reactant]:
    """The partners of a cathode series, or both reactants of a pair, without their reservoirs."""
    if isinstance(analysis, ChargingAnalysis):
        return [analysis.electrolyte]
    if isinstance(analysis, UptakeAnalysis):
        return [analysis.compound]
    if isinstance(analysis, CurveAnalysis | VoltageMapAnalysis):
        pair = (analysis.reactant_1, analysis.reactant_2)
        return [r for r in pair if State.of(r).x is None and set(r.formula.elements) != {CARRIER}]
    return []


def _window(phase_set: PhaseSet, compound: Reactant) -> ShownWindow:
    return ShownWindow(
        electrochemical_window(phase_set, compound, CARRIER, intercalations=()),
        window_sensitivity(phase_set, compound, CARRIER, samples=SAMPLES),
        True,
    )


def _wanted_maps(run: ReportedRun, more: bool) -> Iterator[tuple[str, Any]]:
    recorded: set[tuple[str, str]] = set()
    for analysis, _ in run.answers:
        if isinstance(analysis, VoltageMapAnalysis):
            states, partner = [State.of(analysis.reactant_1)], analysis.reactant_2
        elif isinstance(analysis, ChargingAnalysis):
            states = [State.of(cathode) for _, cathode in analysis.states]
            partner = analysis.electrolyte
        else:
            continue
        recorded.add((states[0].host, partner.label))
        yield (
            partner.label,
            lambda a=analysis, s=states, p=partner: _map(
                a.phase_set, s, p, a.voltages, a.carrier, a.open_elements, False
            ),
        )
    if not more:
        return
    for cells in [cells for key, cells in _mapped(run).items() if key not in recorded][:MOST_MAPS]:
        curve = cells[0][0]
        states = [State.of(analysis.reactant_1) for analysis, _ in cells]
        at = [el.voltage for analysis, _ in cells for el in analysis.open_elements]
        yield (
            f"{states[0].host} with {curve.reactant_2.label}",
            lambda c=curve, s=states, v=at: replace(
                _map(c.phase_set, s, c.reactant_2, VOLTAGES, CARRIER, (), True),
                start=next((voltage for voltage in v if voltage is not None), START),
            ),
        )


def _mapped(run: ReportedRun) -> dict[tuple[str, str], list[Cell]]:
    """Host and partner -> their curves, which share a map.

    A curve that is open to the carrier has the map of the closed one. One that is open to a gas has
    none: a voltage says nothing of firing.
    """
    shared: dict[tuple[str, str], list[Cell]] = {}
    for key in run.pairs:
        analysis, result = run.cells[key]
        first, second = State.of(analysis.reactant_1), analysis.reactant_2
        only = {CARRIER}
        if {el.symbol for el in analysis.open_elements} - only or only in (
            set(first.reactant.formula.elements), set(second.formula.elements),
        ):  # fmt: skip
            continue
        alike = shared.setdefault((first.host, second.label), [])
        if first.reactant.label not in [known.reactant_1.label for known, _ in alike]:
            alike.append((analysis, result))
    return shared


def _map(
    phase_set: PhaseSet,
    states: Sequence[State],
    partner: Reactant,
    voltages: tuple[float, float],
    carrier: str,
    further: tuple[OpenElement, ...],
    computed_here: bool,
) -> ShownMap:
    """The map of the middle one of the states that can share its tiles, and their shifted maps."""
    able = [state for state in states if not state.reactant.joins_pool] or list(states[:1])
    base = able[len(able) // 2]
    chart = voltage_map(
        phase_set, base.reactant, partner, *voltages, carrier, open_elements=further
    )
    if computed_here and len(chart) > MOST_TILES:
        raise InputError(
            f"it has {len(chart)} rectangles, more than {MOST_TILES}, which a page shows at once; "
            f"compute it with interfaces map {base.reactant.label} {partner.label}"
        )
    shared = []
    for state in able:
        try:
            shifted = chart if state is base else chart.with_first(state.reactant)
        except InterfaceError:
            continue  # another host: it would need a map of its own
        if _same_unit(base.reactant, state.reactant, carrier):
            shared.append((state, shifted))
    return ShownMap(chart, tuple(shared), computed_here)


def _same_unit(first: Reactant, second: Reactant, carrier: str) -> bool:
    """Whether a formula unit of both holds the same atoms beside the carrier."""
    return first.formula.without(carrier).amounts == second.formula.without(carrier).amounts


def edge_reactions(chart: VoltageMap) -> tuple[tuple[Reaction, Reaction], ...]:
    """The reaction at both edges of every tile; along an edge it does not change with the voltage.

    A tile's products are independent, so the composition alone says how much of each there is, and
    which of them are gone at an edge. Edges that tiles share are balanced once.
    """
    opened = [at_voltage(chart.carrier, 0.0), *chart.open_elements]
    crossing = {element.symbol for element in opened}
    pair = chart.reactant_1.formula, chart.reactant_2.formula
    elements = chemical_system(pair)
    kept = [symbol for symbol in elements if symbol not in crossing]
    ends = [np.asarray(f.fractions(kept)) / f.fractions(kept).sum() for f in pair]
    exchanged = [element.exchanged_as for element in opened]
    known: dict[tuple[float, tuple[str, ...]], Reaction] = {}

    def at(u: float, names: Sequence[str]) -> Reaction:
        products = [Formula.parse(name) for name in names]
        columns = np.column_stack([formula.fractions(kept) for formula in products])
        amounts, *_ = np.linalg.lstsq(columns, u * ends[0] + (1 - u) * ends[1], rcond=None)
        present = [formula for formula, n in zip(products, amounts, strict=True) if n > PRESENT]
        present.sort(
            key=lambda formula: (len(formula.elements) == 1, formula.text)
        )  # as in a curve
        key = round(u, 9), tuple(formula.text for formula in present)
        if key not in known:
            sides = [formula for formula, share in zip(pair, (u, 1 - u), strict=True) if share > 0]
            fraction = float(chart.nonopen_to_mixing(u))
            known[key] = Reaction.balance(sides, present, fraction, None, exchanged)
        return known[key]

    return tuple(
        (at(float(low), names), at(float(high), names))
        for (low, high), names in zip(chart.bounds[:, :2], chart.products, strict=True)
    )
