"""Minimum energies against Li content, and every Li content at a glance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.report.basis import PARTS, Basis, energy_range, faint, minima_of
from workflows.report.panels import (
    COLOURS,
    MARKS,
    Plot,
    Trace,
    axis,
    layout,
    plain,
)
from workflows.report.read_run import ReportedRun


def _lowest(basis: Basis, result: Mapping[str, Any], part: str) -> float:
    return basis.energies(result, part)[minima_of(result)[part]]


def content_plot(run: ReportedRun, basis: Basis) -> Plot:
    """Minimum energies against lithium content, with the span of the energy models."""
    spans = _model_spans(run)
    traces: list[Trace] = []
    for series, column in enumerate(basis.columns):
        colour, mark = COLOURS[series % len(COLOURS)], MARKS[series % len(MARKS)]
        rows = [row for row in range(len(run.states)) if (row, column) in run.cells]
        for part in PARTS:
            when = {"pair": series, "part": part}
            contents = [run.states[row].x or 0.0 for row in rows]
            edges = [(x, span) for x in contents
                     if (span := spans.get((run.others[column], x, part)))]  # fmt: skip
            if len(edges) > 1:
                ring = [(x, low) for x, (low, _) in edges]
                ring += [(x, high) for x, (_, high) in reversed(edges)]
                traces.append(
                    {"type": "scatter", "mode": "lines", "fill": "toself", "line": {"width": 0},
                     "x": [x for x, _ in ring], "y": [y for _, y in ring], "hoverinfo": "skip",
                     "fillcolor": faint(colour), "showlegend": False,
                     "meta": {"when": when, "band": True}}
                )  # fmt: skip
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "name": f"{plain(run.others[column])}, {part}",
                    "x": contents,
                    "y": [_lowest(basis, run.cells[row, column][1], part) for row in rows],
                    "line": {"color": colour, "width": 2,
                             "dash": "solid" if part == "total" else "6px,4px"},
                    "marker": {"color": colour, "symbol": mark, "size": 6},
                    **_spread([run.cells[row, column][1] for row in rows], basis, part, colour),
                    "hovertemplate": "x = %{x}, %{y:.4f} " + basis.unit,
                    "meta": {"when": when, "sets": {"state": rows}},
                }
            )  # fmt: skip
    height = energy_range(run, basis)
    traces += [
        {"type": "scatter", "mode": "lines", "x": [state.x] * 2, "y": height, "hoverinfo": "skip",
         "line": {"color": "#888888", "width": 1}, "showlegend": False,
         "meta": {"when": {"state": row}}}
        for row, state in enumerate(run.states)
    ]  # fmt: skip
    contents = [state.x for state in run.states if state.x is not None]
    margin = 0.03 * (max(contents) - min(contents))
    x_axis = axis(f"Li content x of {plain(run.host)}; charging \N{RIGHTWARDS ARROW}",
                  range=[max(contents) + margin, min(contents) - margin])  # fmt: skip
    return Plot(
        name=f"{basis.name}-minima",
        label=f"Minimum reaction energy against Li content ({basis.unit})",
        traces=traces,
        layout=layout(x_axis, axis(f"minimum over mixing ({basis.unit})", range=height)),
    )


def _spread(results: Sequence[Mapping[str, Any]], basis: Basis, part: str, colour: str) -> Trace:
    """Error bars over the draws of the phase errors, where the record has them."""
    minima = [result[f"minimum_{part}"] for result in results]
    if any(minimum.get("low_ev_per_atom") is None for minimum in minima):
        return {}
    energies = [_lowest(basis, result, part) for result in results]
    up = [m["high_ev_per_atom"] - e for m, e in zip(minima, energies, strict=True)]
    down = [e - m["low_ev_per_atom"] for m, e in zip(minima, energies, strict=True)]
    return {
        "error_y": {"type": "data", "symmetric": False, "array": [max(0.0, v) for v in up],
                    "arrayminus": [max(0.0, v) for v in down], "color": colour, "thickness": 1.2,
                    "width": 3}
    }  # fmt: skip


def _model_spans(run: ReportedRun) -> dict[tuple[str, float, str], tuple[float, float]]:
    """Lowest and highest minimum that any energy model of the cathode gives, of ``models.csv``."""
    table = run.tables.get("models")
    if table is None:
        return {}
    at = {name: table.columns.index(name) for name in table.columns}
    values: dict[tuple[str, float, str], list[float]] = {}
    for row in table.rows:
        for part in PARTS:
            key = row[at["electrolyte"]], float(row[at["x"]]), part
            values.setdefault(key, []).append(float(row[at[f"minimum_{part}_ev_per_atom"]]))
    return {
        key: (min(energies), max(energies)) for key, energies in values.items() if len(energies) > 1
    }


@dataclass(frozen=True)
class Multiple:
    """A small drawing of all curves of a state: points of polylines in a box of 100 by 60."""

    state: int
    label: str
    lines: tuple[tuple[str, str], ...]  #: colour, points


def multiples_of(run: ReportedRun, basis: Basis) -> list[Multiple]:
    """Every Li content as a small drawing."""
    low = energy_range(run, basis)[0]
    drawings = []
    for row, state in enumerate(run.states):
        lines = []
        for series, column in enumerate(basis.columns):
            if (row, column) not in run.cells:
                continue
            _, result = run.cells[row, column]
            places = [float(kink[basis.fraction]) for kink in result["kinks"]]
            energies = basis.energies(result, "total")
            points = " ".join(
                f"{2 + 96 * x:.1f},{4 + 52 * math.fabs(y / low):.1f}"
                for x, y in zip(places, energies, strict=True)
            )
            lines.append((COLOURS[series % len(COLOURS)], points))
        drawings.append(Multiple(row, f"x = {state.x:g}", tuple(lines)))
    return drawings
