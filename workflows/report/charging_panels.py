"""A cathode while it is charged: reaction energies on its voltage curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from interfaces.phases.reservoirs import nonopen
from workflows.analyses.analysis import number
from workflows.analyses.maps import ChargingAnalysis
from workflows.report.panels import (
    COLOURS,
    ENERGIES,
    INK,
    Control,
    Panel,
    Plot,
    Trace,
    axis,
    layout,
)
from workflows.report.read_run import ReportedRun

PARTS = ("total", "mutual")


def charging_panel(analysis: ChargingAnalysis, result: Mapping[str, Any], name: str) -> Panel:
    """Lowest energy over mixing against Li content and voltage, and along the voltage curve."""
    carrier = result["carrier"]
    unit = f"eV per {nonopen([carrier])} atom"
    contents = [state["x"] for state in result["states"]]
    span = [max(contents) + 0.05, min(contents) - 0.05]
    x_axis = axis(f"{carrier} content x; charging \N{RIGHTWARDS ARROW}", range=span)
    traces: list[Trace] = [
        {
            "type": "heatmap", "x": contents, "y": result["voltage_V"],
            "z": [list(column) for column in zip(*result[f"minimum_{part}"], strict=True)],
            "colorscale": ENERGIES, "zmax": 0,
            "zmin": min(min(row) for row in result[f"minimum_{part}"]) or -0.05,
            "colorbar": {"title": {"text": f"minimum {part}<br>({unit})", "side": "right"},
                         "thickness": 12, "outlinewidth": 0},
            "hovertemplate": "x = %{x}, %{y:.2f} V: %{z:.4f} " + unit + "<extra></extra>",
            "name": part, "meta": {"when": {"part": part}},
        }
        for part in PARTS
    ]  # fmt: skip
    steps = [(s["x_from"], s["x_to"], s["voltage_V"]) for s in result["voltage_curve"]]
    traces += [_voltage_curve(steps, INK, 4.4), _voltage_curve(steps, "#ffffff")]
    along: list[Trace] = [
        {
            "type": "scatter", "mode": "lines+markers", "name": part,
            "x": [point["x"] for point in result["path"]],
            "y": [point[f"minimum_{part}_ev_per_nonopen_atom"] for point in result["path"]],
            "text": [f"{number(point['voltage_V'], 2)} V" for point in result["path"]],
            "line": {"color": COLOURS[k], "width": 2, "dash": "solid" if k == 0 else "6px,4px"},
            "marker": {"color": COLOURS[k], "size": 5},
            "hovertemplate": "x = %{x}, %{text}: %{y:.4f} " + unit,
        }
        for k, part in enumerate(PARTS)
    ]  # fmt: skip
    voltage_axis = axis(f"voltage against {carrier} metal (V)")
    return Panel(
        name=name,
        title=f"{analysis.host} with {analysis.electrolyte.label} while it is charged",
        plots=[
            Plot(name, "Lowest energy against Li content and voltage", traces,
                 layout(x_axis, voltage_axis, 400)),
            Plot(f"{name}-path", "Lowest energy along the voltage curve of the cathode", along,
                 layout(x_axis, axis(f"minimum over mixing ({unit})", rangemode="tozero"), 400,
                        showlegend=True, legend={"orientation": "h", "y": 1.08})),
        ],
        controls=[Control("part", "choice", "Energy", list(PARTS), "mutual", PARTS)],
        help="The white line is the voltage curve of the cathode; the figure beside it follows it.",
    )  # fmt: skip


def profile_panel(run: ReportedRun) -> Panel | None:
    """Voltage curve of a calculated cathode, of ``voltages.csv``."""
    table = run.tables.get("voltages")
    if table is None:
        return None
    at = [table.columns.index(key) for key in ("x_from", "x_to", "voltage_V")]
    steps = [(float(row[at[0]]), float(row[at[1]]), float(row[at[2]])) for row in table.rows]
    contents = [x for first, last, _ in steps for x in (first, last)]
    x_axis = axis("Li content x; charging \N{RIGHTWARDS ARROW}",
                  range=[max(contents), min(contents)])  # fmt: skip
    trace = _voltage_curve(steps, COLOURS[0]) | {"hoverinfo": "x+y"}
    return Panel(
        name="profile",
        title="Voltage curve of the cathode",
        plots=[Plot("profile", "Voltage curve of the cathode", [trace],
                    layout(x_axis, axis("voltage (V)"), 300))],
    )  # fmt: skip


def _voltage_curve(
    steps: Sequence[tuple[float, float, float]], colour: str, width: float = 2.6
) -> Trace:
    return {
        "type": "scatter", "mode": "lines", "name": "voltage curve", "hoverinfo": "skip",
        "x": [x for first, last, _ in steps for x in (first, last)],
        "y": [voltage for _, _, voltage in steps for _ in range(2)],
        "line": {"color": colour, "width": width},
    }  # fmt: skip
