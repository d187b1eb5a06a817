"""Maps of mixing and voltage, with the curve at a voltage beside them."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interfaces.phases.reservoirs import nonopen
from interfaces.reactivity.voltage_map import VoltageMap
from workflows.analyses.analysis import number
from workflows.report.extra_analyses import ShownMap, edge_reactions
from workflows.report.markup import chemical
from workflows.report.panels import (
    COLOURS,
    ENERGIES,
    INK,
    Card,
    Control,
    Panel,
    Plot,
    Trace,
    axis,
    bold,
    layout,
    plain,
    plotted,
)
from workflows.report.read_run import State

PARTS = ("total", "mutual")
GRID = 61  #: mixing fractions of a map as an image
STEP = 0.1  #: V between the curves beside a map
MOST_STATES = 9  #: Li contents of all maps of a panel together
ALONE = -1  #: place of the Li content of a map that has one
MEV = 1000.0


def alike(maps: Sequence[ShownMap]) -> list[list[ShownMap]]:
    """Maps that one panel shows: of the same Li contents and voltages."""
    groups: dict[Any, list[ShownMap]] = {}
    for shown in maps:
        contents = tuple(state.x for state, _ in shown.shared)
        chart = shown.map
        shared = contents if len(contents) > 1 else ()
        groups.setdefault((shared, chart.low, chart.high, chart.carrier), []).append(shown)
    return list(groups.values())


def map_panel(name: str, maps: Sequence[ShownMap]) -> Panel:
    """The maps, and the curve at a voltage beside them."""
    voltages = _voltages(maps[0].map)
    states = _chosen(maps[0], max(2, MOST_STATES // len(maps)))
    cards: list[Card] = []
    image: list[Trace] = []
    cut: list[Trace] = []
    unit = f"eV per {nonopen([maps[0].map.carrier])} atom"
    for at, shown in enumerate(maps):
        tiles = len(cards)
        cards += [_tile_card(shown.map, tile) for tile in range(len(shown.map))]
        for place, state in enumerate(states):
            label, chart = _state(shown, state)
            when = {"map": at} | ({"state": place} if len(states) > 1 else {})
            image += _image(chart, when, tiles, unit)
            cut += _cuts(chart, label, when, voltages, cards, unit)
    image += [
        {"type": "scatter", "mode": "lines", "x": [0, 1], "y": [voltage] * 2, "hoverinfo": "skip",
         "line": {"color": "#111111", "width": 1.6, "dash": "6px,4px"}, "showlegend": False,
         "meta": {"when": {"voltage": k}, "aside": True}}
        for k, voltage in enumerate(voltages)
    ]  # fmt: skip
    carrier = maps[0].map.carrier
    u_axis = axis(f"fraction u of {nonopen([carrier])} atoms from the first", range=[0, 1])
    start = min(range(len(voltages)), key=lambda k: abs(voltages[k] - maps[0].start))
    here = " Computed by the report from the phases of the record." * maps[0].computed_here
    return Panel(
        name=name,
        title=f"Open to {carrier}: energy over mixing and voltage"
        + (f", {maps[0].map.reactant_1.label} | {maps[0].map.reactant_2.label}"
           if len(maps) == 1 else ""),
        plots=[
            Plot(name, "Map over mixing and voltage", image, layout(
                u_axis, axis(f"voltage against {carrier} metal (V)"), 400)),
            Plot(f"{name}-cut", "Curve at one voltage", cut, layout(
                u_axis | {"range": [-0.015, 1.015]},
                axis(f"reaction energy ({unit})", rangemode="tozero"), 400), common={
                    "type": "scatter", "mode": "lines+markers",
                    "line": {"color": COLOURS[0], "width": 2},
                    "marker": {"color": COLOURS[0], "size": 4},
                    "hovertemplate": "%{x:.3f}, %{y:.4f} " + unit,
                }),
        ],
        controls=[
            Control("map", "choice", "Pair", [_pair(shown) for shown in maps]),
            Control("part", "choice", "Energy", list(PARTS), "mutual", PARTS),
            *([Control("state", "slider", "Li content x", _state_words(maps[0], states),
                       len(states) // 2)] if len(states) > 1 else []),
            Control("voltage", "slider", "Voltage",
                    [f"{number(v, 2)} V against {carrier}" for v in voltages], start),
        ],
        cards=cards,
        help=(
            "The white line is the mixing of lowest energy at each voltage. In each rectangle of "
            "the map one set of products is stable. Point at it, or focus it and use the arrow "
            f"keys; a click sets the voltage of the curve beside it.{here}"
        ),
    )  # fmt: skip


def _pair(shown: ShownMap) -> str:
    return f"{plain(State.of(shown.map.reactant_1).host)} | {plain(shown.map.reactant_2.label)}"


def _voltages(chart: VoltageMap) -> list[float]:
    steps = round((chart.high - chart.low) / STEP)
    return [round(float(v), 6) for v in np.linspace(chart.low, chart.high, max(2, steps + 1))]


def _chosen(shown: ShownMap, most: int) -> list[int]:
    """Places of Li contents, both ends included."""
    count = len(shown.shared)
    if count < 2:
        return [ALONE]
    return sorted({int(place) for place in np.linspace(0, count - 1, min(most, count)).round()})


def _state(shown: ShownMap, place: int) -> tuple[str, VoltageMap]:
    if place == ALONE:
        return shown.map.reactant_1.label, shown.map
    state, chart = shown.shared[place]
    return state.reactant.label, chart


def _state_words(shown: ShownMap, places: Sequence[int]) -> list[str]:
    words = []
    for place in places:
        state, _ = shown.shared[place]
        formula = plotted(state.reactant.formula.text)
        words.append(formula if state.x is None else f"x = {state.x:g}: {formula}")
    return words


def _tile_card(chart: VoltageMap, tile: int) -> Card:
    u0, u1, v0, v1 = (number(float(value)) for value in chart.bounds[tile])
    return Card(
        where=[bold(f"{State.of(chart.reactant_1).host} | {chart.reactant_2.label}")],
        reaction=chemical(" + ".join(chart.products[tile])),
        numbers=[("same products for u", f"{u0} to {u1}"), ("and voltages", f"{v0} to {v1} V")],
    )


def _encoded(values: NDArray[np.int16]) -> dict[str, str]:
    """An array as Plotly reads it from base64."""
    shape = ", ".join(map(str, values.shape))
    raw = np.ascontiguousarray(values, dtype="<i2").tobytes()
    return {"dtype": "i2", "bdata": base64.b64encode(raw).decode(), "shape": shape}


def _image(chart: VoltageMap, when: Mapping[str, Any], tiles: int, unit: str) -> list[Trace]:
    """Energies on a grid [meV], with the tile of each point, and the mixing of lowest energy."""
    u = np.linspace(0, 1, GRID)
    v = np.linspace(chart.low, chart.high, GRID)
    places = _encoded((_tiles_on(chart, u, v) + tiles).astype(np.int16))
    traces: list[Trace] = []
    for part in PARTS:
        at = chart.at if part == "total" else chart.mutual_at
        energies = np.rint(MEV * at(u[None, :], v[:, None])).astype(np.int16)
        bottom = min(-50, int(energies.min()))
        shown = {**when, "part": part}
        pieces = chart.minimum("total" if part == "total" else "mutual")
        traces += [
            {
                "type": "heatmap", "x0": 0, "dx": 1 / (GRID - 1), "y0": chart.low,
                "dy": (chart.high - chart.low) / (GRID - 1), "z": _encoded(energies),
                "zmin": bottom, "zmax": 0, "zsmooth": "best", "colorscale": ENERGIES,
                "customdata": places, "name": part,
                "colorbar": {"title": {"text": f"{part}<br>(m{unit})", "side": "right"},
                             "thickness": 12, "outlinewidth": 0},
                "hovertemplate": "u = %{x:.3f}, %{y:.2f} V: %{z} m" + unit + "<extra></extra>",
                "meta": {"when": shown, "picks": "voltage",
                         "reads": ["fraction u", "voltage (V)", f"{part} (m{unit})"]},
            },
            *(
                {
                    "type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False,
                    "x": [piece.nonopen_fraction for piece in pieces for _ in range(2)],
                    "y": [v for piece in pieces for v in (piece.low, piece.high)],
                    "line": {"color": colour, "width": width},
                    "meta": {"when": shown, "aside": True},
                }
                for colour, width in ((INK, 4.0), ("#ffffff", 2.2))  # seen on pale and dark
            ),
        ]  # fmt: skip
    return traces


def _tiles_on(chart: VoltageMap, u: NDArray[Any], v: NDArray[Any]) -> NDArray[np.int64]:
    """Tile of each point of a grid, shape (voltages, fractions)."""
    grid = np.zeros((len(v), len(u)), dtype=np.int64)
    for k, voltage in enumerate(v):
        inside = (chart.bounds[:, 2] <= voltage) & (voltage <= chart.bounds[:, 3])
        rows = np.nonzero(inside)[0]
        rows = rows[np.argsort(chart.bounds[rows, 0], kind="stable")]
        grid[k] = rows[np.searchsorted(chart.bounds[rows, 0], u, side="right").clip(1) - 1]
    return grid


def _cuts(
    chart: VoltageMap, label: str, when: Mapping[str, Any], voltages: Sequence[float],
    cards: list[Card], unit: str,
) -> list[Trace]:  # fmt: skip
    """The curve at each voltage: its kinks are the edges of the tiles there."""
    reactions = [(str(low), str(high)) for low, high in edge_reactions(chart)]
    known: dict[str, int] = {}
    traces: list[Trace] = []
    for k, voltage in enumerate(voltages):
        edges = _edges(chart, voltage, reactions)
        u = np.array([fraction for fraction, _ in edges])
        numbers = []
        for _, reaction in edges:
            if reaction not in known:
                known[reaction] = len(cards)
                pair = bold(f"{label} | {chart.reactant_2.label}")
                cards.append(Card(where=[pair], reaction=chemical(reaction)))
            numbers.append(known[reaction])
        for part in PARTS:
            at = chart.at if part == "total" else chart.mutual_at
            energies = [round(float(energy), 6) for energy in at(u, voltage)]
            lowest = int(np.argmin(energies))
            traces.append(
                {"x": [round(float(x), 6) for x in u], "y": energies, "customdata": numbers,
                 "name": part, "meta": {
                     "when": {**when, "part": part, "voltage": k}, "lowest": lowest,
                     "reads": ["fraction u", f"{part} ({unit})"],
                 }}
            )  # fmt: skip
    return traces


def _edges(
    chart: VoltageMap, voltage: float, reactions: Sequence[tuple[str, str]]
) -> list[tuple[float, str]]:
    """Fractions of the kinks at a voltage with their reactions; of two rows, the lower one."""
    inside = (chart.bounds[:, 2] <= voltage) & (voltage <= chart.bounds[:, 3])
    rows = np.nonzero(inside)[0]
    rows = rows[np.lexsort((chart.bounds[rows, 2], chart.bounds[rows, 0]))]
    edges: dict[float, str] = {}
    for row in rows:
        for side in (0, 1):
            fraction = round(float(chart.bounds[row, side]), 9)
            edges.setdefault(fraction, reactions[int(row)][side])
    return sorted(edges.items())
