"""Reaction energy against mixing, one panel for each basis, and against lithium content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from interfaces.phases.reactants import Reactant
from workflows.analyses.curve import CurveAnalysis
from workflows.report.basis import PARTS, Basis, energy_range, faint, minima_of
from workflows.report.cards import kink_card
from workflows.report.content_plots import content_plot, multiples_of
from workflows.report.panels import (
    COLOURS,
    MARKS,
    Card,
    Control,
    Panel,
    Plot,
    Trace,
    axis,
    layout,
    plain,
    plotted,
)
from workflows.report.read_run import Cell, ReportedRun

BENT = 6  #: points on a segment that is not straight


def curve_panel(run: ReportedRun, basis: Basis) -> Panel:
    """The curves of one basis: by Li content in a series, else all pairs at once."""
    pairs = [key for key in run.pairs if key[1] in basis.columns]
    cards: list[Card] = []
    traces: list[Trace] = []
    for at, (row, column) in enumerate(pairs):
        cell = run.cells[row, column]
        series = basis.columns.index(column) if run.is_series else at
        when = {"pair": series} | ({"state": row} if run.is_series else {})
        name = _name(run, basis, row, column)
        first = len(cards)
        cards += _cards(run, row, column)
        curve = run.pairs.index((row, column))
        traces += _traces(basis, cell, name, series, when, first, curve)
    names = _names(run, basis, pairs)
    title = "Reaction energy against mixing"
    if basis.opened:
        title += f", open to {_conditions(run, basis) or ' and '.join(basis.opened)}"
    plots = [_curve_plot(run, basis, traces)]
    if run.is_series:
        plots.append(content_plot(run, basis))
    return Panel(
        name=basis.name,
        title=title,
        plots=plots,
        controls=_controls(run, basis, names),
        cards=cards,
        multiples=multiples_of(run, basis) if run.is_series else (),
    )


def _conditions(run: ReportedRun, basis: Basis) -> str:
    """The reservoirs of a panel where all its curves share them."""
    every = {
        ", ".join(map(str, analysis.open_elements))
        for (_, column), (analysis, _) in run.cells.items()
        if column in basis.columns
    }
    return every.pop() if len(every) == 1 else ""


def _partner(run: ReportedRun, basis: Basis, row: int, column: int) -> str:
    analysis, _ = run.cells[row, column]
    label = plotted(analysis.reactant_2.label)
    different = ", ".join(map(str, analysis.open_elements))
    return label if _conditions(run, basis) else f"{label} ({plain(different)})"


def _name(run: ReportedRun, basis: Basis, row: int, column: int) -> str:
    """Name of a curve: its partner in a series, else both reactants."""
    partner = _partner(run, basis, row, column) if basis.opened else plotted(
        run.cells[row, column][0].reactant_2.label)  # fmt: skip
    if run.is_series:
        return partner
    return f"{plotted(run.states[row].reactant.label)} | {partner}"


def _names(run: ReportedRun, basis: Basis, pairs: Sequence[tuple[int, int]]) -> list[str]:
    if run.is_series:
        first = {column: row for row, column in reversed(pairs)}
        return [_name(run, basis, first[column], column) for column in basis.columns]
    return [_name(run, basis, *pair) for pair in pairs]


def _controls(run: ReportedRun, basis: Basis, names: Sequence[str]) -> list[Control]:
    slider = [
        Control("state", "slider", "Li content x", chosen=len(run.states) - 1, options=[
            f"x = {state.x:g}: {plotted(state.reactant.formula.text)}" for state in run.states
        ])
    ] if run.is_series else []  # fmt: skip
    straight = "atoms, u" if basis.opened else "atoms, x"
    return [
        *slider,
        Control("pair", "boxes", "Partner" if run.is_series else "Pair",
                list(names), swatches=True),
        Control("part", "choice", "Energy", ["total", "mutual", "both"], "both",
                [*PARTS, "both"]),
        Control("axis", "choice", "Axis", [straight, "formula units, y"], "straight",
                ["straight", "molar"]),
    ]  # fmt: skip


def _cards(run: ReportedRun, row: int, column: int) -> list[Card]:
    analysis, result = run.cells[row, column]
    kinks, minima = result["kinks"], minima_of(result)
    first, second = analysis.reactant_1.label, analysis.second_label
    return [kink_card(first, second, kinks, at, minima) for at in range(len(kinks))]


def _traces(
    basis: Basis, cell: Cell, name: str, series: int, when: Mapping[str, Any], card: int, curve: int
) -> list[Trace]:
    """Lines of a curve on both axes, with marks at the kinks; a band where an error is known."""
    analysis, result = cell
    straight = [float(kink[basis.fraction]) for kink in result["kinks"]]
    molar = [float(kink["molar_fraction"]) for kink in result["kinks"]]
    colour, mark = COLOURS[series % len(COLOURS)], MARKS[series % len(MARKS)]
    traces: list[Trace] = []
    for part in PARTS:
        energies, lowest = basis.energies(result, part), minima_of(result)[part]
        for axis_name, places in (("straight", straight), ("molar", molar)):
            shown = {**when, "part": part, "axis": axis_name}
            line = {"color": colour, "width": 2, "dash": "solid" if part == "total" else "6px,4px"}
            if axis_name == "molar":
                bent = _bent(analysis, straight, energies)
                traces.append(
                    {"type": "scatter", "mode": "lines", "x": bent[0], "y": bent[1], "line": line,
                     "hoverinfo": "skip", "showlegend": False, "meta": {"when": shown}}
                )  # fmt: skip
            if part == "total" and result.get("band"):
                traces += _band(analysis, result["band"], colour, shown, axis_name == "molar")
            traces.append(
                {
                    "type": "scatter",
                    "mode": "markers" if axis_name == "molar" else "lines+markers",
                    "name": f"{name}, {part}",
                    "x": places,
                    "y": energies,
                    "line": line,
                    "marker": {
                        "color": colour, "symbol": mark, "line": {"width": 0},
                        "size": [9 if at == lowest else 4 for at in range(len(places))],
                    },
                    "customdata": [card + at for at in range(len(places))],
                    "hovertemplate": "%{x:.3f}, %{y:.4f} " + basis.unit,
                    "meta": {"when": shown, "lowest": lowest, "curve": curve},
                }
            )  # fmt: skip
    return traces


def counted(analysis: CurveAnalysis, reactant: Reactant) -> float:
    """Atoms per formula unit that are not open."""
    exchanged = {element.symbol for element in analysis.open_elements}
    return sum(float(n) for symbol, n in reactant.formula.amounts if symbol not in exchanged)


def _bent(
    analysis: CurveAnalysis, straight: Sequence[float], energies: Sequence[float]
) -> tuple[list[float], list[float]]:
    """Straight segments of the share of atoms, against the molar fraction."""
    knots = np.arange(len(straight))
    fine = np.linspace(0, knots[-1], BENT * knots[-1] + 1)
    molar = _molar(analysis, np.interp(fine, knots, straight))
    return _short(molar), _short(np.interp(fine, knots, energies))


def _molar(analysis: CurveAnalysis, shares: Any) -> Any:
    """Molar fractions of shares of the counted atoms."""
    first = np.asarray(shares) / counted(analysis, analysis.reactant_1)
    second = (1 - np.asarray(shares)) / counted(analysis, analysis.reactant_2)
    return first / (first + second)


def _short(values: Any) -> list[float]:
    return [round(float(value), 5) for value in values]


def _band(
    analysis: CurveAnalysis, band: Mapping[str, Any], colour: str, when: Mapping[str, Any],
    molar: bool,
) -> list[Trace]:  # fmt: skip
    """The range of the total energy over drawn errors of the phases, as the record has it."""
    places = band["fractions"]
    across = list(_molar(analysis, places)) if molar else list(places)
    low, high = band["low_ev_per_atom"], band["high_ev_per_atom"]
    return [
        {"type": "scatter", "mode": "lines", "fill": "toself",
         "x": _short([*across, *reversed(across)]), "y": _short([*high, *reversed(low)]),
         "line": {"width": 0}, "fillcolor": faint(colour), "hoverinfo": "skip",
         "showlegend": False, "meta": {"when": dict(when), "band": True}}
    ]  # fmt: skip


def _curve_plot(run: ReportedRun, basis: Basis, traces: Sequence[Trace]) -> Plot:
    atoms = f"atom fraction u, {' and '.join(basis.opened)} not counted" if basis.opened else (
        "atom fraction x")  # fmt: skip
    of = run.host or "the first reactant"
    x_axis = axis(f"{atoms}, of {plain(of)}", range=[-0.015, 1.015])
    y_axis = axis(f"reaction energy ({basis.unit})", range=energy_range(run, basis))
    molar = {"xaxis.title.text": f"molar fraction y of {plain(of)}"}
    return Plot(
        name=basis.name,
        label=f"Reaction energy against mixing ({basis.unit})",
        traces=traces,
        layout=layout(x_axis, y_axis),
        layouts={"axis": {"molar": molar}},
    )
