"""Curve, window and map of a view, as Plotly figures; what does not follow a slider is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from interfaces.chemistry.formulas import chemical_system
from interfaces.errors import InputError, InterfaceError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.phases.reservoirs import OpenElement, at_voltage, nonopen
from interfaces.reactivity.mixing_curve import Kink, MixingCurve, mixing_curve
from interfaces.reactivity.voltage_map import VoltageMap, voltage_map
from interfaces.stability.electrochemical_window import Window, electrochemical_window
from workflows.analyses.analysis import number
from workflows.analyses.preparation import Prepared, prepare
from workflows.data.named_materials import find_system
from workflows.data.phase_sets import read_phases
from workflows.io.resources import DEFAULT_SET
from workflows.report.app.view import VOLTAGES, View
from workflows.report.markup import chemical
from workflows.report.panels import (
    COLOURS,
    ENERGIES,
    OXIDISED,
    REDUCED,
    STABLE,
    Trace,
    axis,
    layout,
    plotted,
)
from workflows.tables.curve_tables import curve_csv, rows_csv
from workflows.tables.voltage_tables import map_csv, window_csv

CARRIER = "Li"
KEPT = 64  #: pairs whose phases, and maps, are kept
GRID = 41  #: points of the map along each axis
MEV = 1000.0
NO_CHARGE = 1e-9  #: carriers per formula unit


@dataclass(frozen=True)
class Answer:
    """What the page shows of a view.

    Attributes
    ----------
    figures : name -> Plotly figure.
    materials : label of each material, and its formula and energy.
    notes : remarks, and what could not be computed.
    """

    curve: MixingCurve
    figures: dict[str, dict[str, Any]]
    materials: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


@lru_cache(maxsize=KEPT)
def _read(elements: frozenset[str]) -> PhaseSet:
    return read_phases(DEFAULT_SET, elements)


@lru_cache(maxsize=KEPT)
def _phases(view: View) -> tuple[Prepared, PhaseSet]:
    """Phases of a view without voltage and Li content: these two are moved by sliders."""
    options, conditions = view.options, view.closed
    if not view.correction:  # a correction is fitted to the whole set
        formulas = [find_system(material).formula for material in view.materials]
        elements = {*chemical_system(formulas), *conditions.symbols, CARRIER}
        options = replace(options, phases=_read(frozenset(elements)))
    prepared = prepare(view.materials, options, conditions, elements=[CARRIER])
    return prepared, prepared.competing


@lru_cache(maxsize=KEPT)
def _pair(view: View) -> tuple[PhaseSet, list[Reactant], tuple[OpenElement, ...]]:
    """Phases, both materials and reservoirs of a view without a voltage."""
    whole = replace(view, content=None, energy_first="", energy_second="")
    prepared, competing = _phases(whole)
    return competing, prepared.reactants(view.materials, view.options), prepared.open_elements


@lru_cache(maxsize=KEPT)
def _window(view: View) -> Window:
    phases, (_, second), opened = _pair(view)
    return electrochemical_window(phases, second, CARRIER, open_elements=opened, intercalations=())


@lru_cache(maxsize=KEPT)
def _map(view: View) -> VoltageMap:
    """A map; Li contents of one host share its tiles."""
    phases, (first, second), opened = _pair(view)
    if view.content is not None:
        try:
            return _map(replace(view, content=None)).with_first(first)
        except InterfaceError:
            pass  # another host, or one of the phases: a map of its own
    return voltage_map(phases, first, second, *VOLTAGES, CARRIER, open_elements=opened)


def _curve(view: View) -> MixingCurve:
    phases, (first, second), further = _pair(replace(view, voltage=None))
    if first.formula.same_composition(second.formula):
        raise InputError(f"both materials are {first.formula.reduced}; choose two compositions")
    opened = [*([] if view.voltage is None else [at_voltage(CARRIER, view.voltage)]), *further]
    return mixing_curve(phases, first, second, open_elements=opened)


def answer(view: View) -> Answer:
    """Compute a view.

    Raises
    ------
    InterfaceError
        If the curve cannot be computed; window and map that cannot are said in the notes.
    """
    still = replace(view, voltage=None)
    curve = _curve(view)
    figures = {"curve": _curve_figure(curve), "products": _products_figure(curve)}
    notes = [note for note in curve.notes if note]
    for name, draw in (("window", _window_figure), ("map", _map_figure)):
        try:
            figures[name] = draw(still, view.voltage)
        except InterfaceError as error:
            figures[name] = {"data": [], "layout": layout(axis(""), axis(""), 260)}
            notes.append(f"no {name}: {error}")
    pair = (curve.reactant_1, curve.reactant_2)
    return Answer(
        curve=curve, figures=figures, materials=tuple(map(_energy, pair)), notes=tuple(notes)
    )


def table(view: View, name: str) -> str:
    """The numbers of a figure as CSV: every kink, stage or tile, or the products.

    Parameters
    ----------
    view : of the page.
    name : of the figure.
    """
    still = replace(view, voltage=None)
    if name == "curve":
        return curve_csv(_curve(view))
    if name == "products":
        products = _curve(view).minimum_mutual.products
        rows = [{"product": p, "per_formula_unit_of_mix": n} for p, n in products.items()]
        return rows_csv(("product", "per_formula_unit_of_mix"), rows)
    if name == "window":
        return window_csv(_window(replace(still, content=None)))
    return map_csv(_map(still))


def _energy(reactant: Reactant) -> tuple[str, str]:
    """A material, its composition, and where its energy comes from."""
    formula = reactant.formula.text
    name, words = ("", formula) if reactant.label == formula else (reactant.label, f" = {formula}")
    source = {
        "own": f"the entry {reactant.entry_id} of the phase set",
        "hull": "its hull energy, that of its most stable mixture of phases",
        "given": "as given",
    }.get(reactant.energy_model, reactant.energy_model)
    above = MEV * reactant.energy_above_hull
    where = "on the hull" if abs(above) < 0.05 else f"{number(above, 1)} meV/atom above the hull"
    return name, f"{words}: {number(reactant.energy)} eV/atom, {source}; {where}"


def _place(kink: Kink) -> float:
    return kink.mixing_fraction if kink.nonopen_fraction is None else kink.nonopen_fraction


def unit_of(curve: MixingCurve) -> str:
    """Unit of the energies of a curve."""
    symbols = [element.symbol for element in curve.open_elements]
    return f"eV per {nonopen(symbols)} atom" if symbols else "eV/atom"


def _curve_figure(curve: MixingCurve) -> dict[str, Any]:
    unit, places = unit_of(curve), [_place(kink) for kink in curve.kinks]
    reactions = [str(chemical(str(kink.reaction))) for kink in curve.kinks]
    totals = [kink.total_per_nonopen_atom for kink in curve.kinks]
    lowest = {"total": curve.minimum_total, "mutual": curve.minimum_mutual}
    data: list[Trace] = [
        {
            "type": "scatter", "mode": "lines+markers", "name": part, "x": places, "y": energies,
            "line": {"color": colour, "width": 2, "dash": dash}, "text": reactions,
            "marker": {"size": [11 if kink == lowest[part] else 5 for kink in curve.kinks]},
            "hovertemplate": "%{x:.3f}, %{y:.4f} " + unit + "<br>%{text}<extra></extra>",
        }
        for part, colour, dash, energies in (
            ("total", COLOURS[0], "solid", totals),
            ("mutual", COLOURS[1], "6px,4px", [k.mutual_per_nonopen_atom for k in curve.kinks]),
        )
    ]  # fmt: skip
    low = min(-0.02, *totals)
    x = axis(f"atom fraction of {plotted(curve.reactant_1.label)}", range=[-0.02, 1.02])
    return {"data": data, "layout": layout(
        x, axis(f"reaction energy ({unit})", range=[1.06 * low, -0.04 * low]), 340,
        showlegend=True, legend={"orientation": "h", "y": 1.0, "yanchor": "bottom"})}  # fmt: skip


def _products_figure(curve: MixingCurve) -> dict[str, Any]:
    amounts = curve.minimum_mutual.products
    bar: Trace = {
        "type": "bar", "orientation": "h", "x": list(amounts.values()),
        "y": [plotted(name) for name in amounts], "marker": {"color": COLOURS[2]},
        "text": [number(amount) for amount in amounts.values()], "textposition": "auto",
        "hovertemplate": "%{y}: %{x:.4f}<extra></extra>",
    }  # fmt: skip
    return {"data": [bar], "layout": layout(
        axis("amount per formula unit of the mix", rangemode="tozero"),
        axis("", type="category", autorange="reversed", ticks=""), 260)}  # fmt: skip


def _marker(voltage: float | None, **ends: Any) -> list[dict[str, Any]]:
    if voltage is None:
        return []
    return [{"type": "line", "line": {"color": "#111111", "dash": "dash", "width": 1.6}, **ends}]


def _window_figure(view: View, voltage: float | None) -> dict[str, Any]:
    window = _window(replace(view, content=None))
    stages = [stage for stage in window.stages if stage.low <= VOLTAGES[1]]
    tops = [VOLTAGES[1] if s.high is None else min(s.high, VOLTAGES[1]) for s in stages]
    colours = [
        REDUCED if s.carriers > NO_CHARGE else OXIDISED if s.carriers < -NO_CHARGE else STABLE
        for s in stages
    ]
    bar: Trace = {
        "type": "bar", "orientation": "h", "base": [s.low for s in stages], "y": [0] * len(stages),
        "x": [top - s.low for top, s in zip(tops, stages, strict=True)],
        "text": [" + ".join(plotted(name) for name in s.products) for s in stages],
        "textposition": "inside", "insidetextanchor": "middle", "textangle": 0,
        "marker": {"color": colours, "line": {"color": "#ffffff", "width": 1}},
        "hovertemplate": "%{base:.2f} V: %{text}<extra></extra>",
    }  # fmt: skip
    shapes = _marker(voltage, x0=voltage, x1=voltage, y0=-0.5, y1=0.5)
    return {"data": [bar], "layout": layout(
        axis(f"{plotted(window.compound.label)}: voltage against {CARRIER} metal (V)",
             range=[0, 5]),
        axis("", visible=False, range=[-0.5, 0.5]), 150, shapes=shapes,
        uniformtext={"minsize": 9, "mode": "hide"})}  # fmt: skip


def _map_figure(view: View, voltage: float | None) -> dict[str, Any]:
    chart = _map(view)
    u, v = np.linspace(0, 1, GRID), np.linspace(*VOLTAGES, GRID)
    energies = MEV * chart.mutual_at(u[None, :], v[:, None])
    unit = f"meV per {nonopen([CARRIER, *(e.symbol for e in chart.open_elements)])} atom"
    heat: Trace = {
        "type": "heatmap", "x": u.tolist(), "y": v.tolist(), "z": energies.round(1).tolist(),
        "zmax": 0, "zmin": min(-50.0, float(energies.min())), "zsmooth": "best",
        "colorscale": ENERGIES, "colorbar": {"title": {"text": f"mutual<br>({unit})",
                                                       "side": "right"}, "thickness": 12},
        "hovertemplate": "%{x:.3f}, %{y:.2f} V: %{z:.1f} " + unit + "<extra></extra>",
    }  # fmt: skip
    shapes = _marker(voltage, x0=0, x1=1, y0=voltage, y1=voltage)
    return {"data": [heat], "layout": layout(
        axis(f"fraction of {plotted(chart.reactant_1.label)}, {CARRIER} not counted"),
        axis(f"voltage against {CARRIER} metal (V)"), 340, shapes=shapes)}  # fmt: skip
