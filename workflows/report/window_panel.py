"""Electrochemical windows as bars on one axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from workflows.analyses.analysis import listed, number
from workflows.report.cards import stage_card
from workflows.report.extra_analyses import ShownWindow
from workflows.report.markup import chemical
from workflows.report.panels import (
    GREY,
    INK,
    OXIDISED,
    REDUCED,
    STABLE,
    Card,
    Panel,
    Plot,
    Trace,
    axis,
    layout,
    plain,
    plotted,
)

TOP, HIGHEST = 5.0, 8.0  #: V that the axis of windows shows at least and at most
ROW = 46  #: pixels of a window
NO_CHARGE = 1e-9  #: carriers per formula unit
BELOW = 0.38  #: rows from a bar down to the ranges of its limits
HAIR = 0.012  #: V; width of a bar without one
MEV = 1000.0


def window_panel(windows: Sequence[ShownWindow]) -> Panel:
    """Windows as bars on one axis, a bar for each stage."""
    carrier = windows[0].window.carrier
    limits = [w.window.oxidation or 0.0 for w in windows]
    end = max(TOP, *(min(HIGHEST, limit + 0.5) for limit in limits))
    cards: list[Card] = []
    bars: dict[str, list[Any]] = {key: [] for key in ("base", "x", "y", "text", "colour", "card")}
    starts = []
    for row, shown in enumerate(windows):
        window = shown.window
        starts.append(len(bars["y"]))
        for at, stage in enumerate(window.stages):
            if stage.low > end:
                break
            high = end if stage.high is None else min(stage.high, end)
            bars["base"].append(stage.low)
            bars["x"].append(max(high - stage.low, HAIR))
            bars["y"].append(row)
            bars["text"].append(" + ".join(plotted(name) for name in stage.products))
            bars["colour"].append(_colour(stage.carriers))
            bars["card"].append(len(cards))
            stable = abs(stage.carriers) < NO_CHARGE
            cards.append(stage_card(window, at, _decisive(shown) if stable else ()))
    bar: Trace = {
        "type": "bar", "orientation": "h", "base": bars["base"], "x": bars["x"], "y": bars["y"],
        "text": bars["text"], "textposition": "inside", "insidetextanchor": "middle",
        "textangle": 0, "textfont": {"color": INK}, "customdata": bars["card"], "width": 0.5,
        "marker": {"color": bars["colour"], "line": {"color": "#ffffff", "width": 1}},
        "name": "stages", "hoverinfo": "none", "meta": {
            "rows": starts,
            "lowest": bars["colour"].index(STABLE) if STABLE in bars["colour"] else 0,
        },
    }  # fmt: skip
    x_axis = axis(f"voltage against {carrier} metal (V)", range=[0, end], showgrid=True)
    y_axis = axis(
        "",
        range=[len(windows) - 0.45, -0.55],
        tickvals=list(range(len(windows))),
        ticktext=[_tick(shown) for shown in windows],
        showgrid=False,
        ticks="",
    )
    return Panel(
        name="windows",
        title="Electrochemical windows",
        key=[(REDUCED, f"takes up {carrier}"), (STABLE, f"no {carrier} exchanged"),
             (OXIDISED, f"releases {carrier}")],
        plots=[
            Plot("windows", "Electrochemical windows", [bar, *_limit_marks(windows, end)],
                 layout(x_axis, y_axis, height=ROW * len(windows) + 74, barmode="overlay",
                        uniformtext={"minsize": 9, "mode": "hide"}))
        ],
        cards=cards,
        help=_window_help(windows[0]),
    )  # fmt: skip


def _tick(shown: ShownWindow) -> str:
    return f"{plain(shown.window.compound.label)}<br><sub>{_words(shown)}</sub>"


def _words(shown: ShownWindow) -> str:
    low, high = shown.window.reduction, shown.window.oxidation
    if low is None:
        return "stable at no voltage"
    if high is None:
        return f"from {number(low, 2)} V"
    if high == low:
        return f"no width, at {number(low, 2)} V"
    return f"{number(low, 2)} to {number(high, 2)} V"


def _colour(carriers: float) -> str:
    return REDUCED if carriers > NO_CHARGE else OXIDISED if carriers < -NO_CHARGE else STABLE


def _decisive(shown: ShownWindow) -> list[str]:
    """The phases whose energies move a limit most."""
    words = []
    for limit in ("reduction", "oxidation"):
        first = next((d for d in shown.sensitivity.deciding if d.limit == limit), None)
        if first is not None:
            weight = number(abs(first.weight), 1)
            words.append(f"{chemical(first.formula)} by {weight} mV per meV/atom ({limit})")
    return [f"The limits follow {listed(words)}."] if words else []


def _limit_marks(windows: Sequence[ShownWindow], end: float) -> list[Trace]:
    """Limits with the range that holds 90 % of the draws."""
    x, y, plus, minus = [], [], [], []
    for row, shown in enumerate(windows):
        window, sensitivity = shown.window, shown.sensitivity
        for limit, spread in ((window.reduction, sensitivity.reduction),
                              (window.oxidation, sensitivity.oxidation)):  # fmt: skip
            if limit is None or limit > end or limit == 0:
                continue
            low, high = _wider(spread) or (limit, limit)
            x.append(limit)
            y.append(row + BELOW)
            plus.append(max(min(high, end) - limit, 0.0))
            minus.append(max(limit - max(low, 0.0), 0.0))
    error = {"type": "data", "symmetric": False, "array": plus, "arrayminus": minus,
             "color": GREY, "thickness": 1.4, "width": 4}  # fmt: skip
    return [
        {"type": "scatter", "mode": "markers", "x": x, "y": y, "error_x": error, "name": "limits",
         "marker": {"symbol": "line-ns", "size": 10, "color": GREY,
                    "line": {"width": 2, "color": GREY}},
         "hoverinfo": "skip", "meta": {"aside": True}}
    ]  # fmt: skip


def _wider(spread: Any) -> tuple[float, float] | None:
    """The wider of both ranges of a limit."""
    ranges = [r for r in (spread.range_independent, spread.range_shared) if r is not None]
    if spread.error is None or not ranges or not math.isfinite(spread.error):
        return None
    low, high = max(ranges, key=lambda limits: float(limits[1] - limits[0]))
    return low, high


def _window_help(shown: ShownWindow) -> str:
    sigma = shown.sensitivity.sigma
    errors = (
        "the errors that the phase set states for each chemistry" if sigma is None
        else f"errors of {number(MEV * sigma, 0)} meV/atom"
    )  # fmt: skip
    here = (" Computed by the report from the phases of the record, which hold the lowest entry of "
            "each composition.") if shown.computed_here else ""  # fmt: skip
    return (
        "Windows by hull energy. A bar is a stage with one set of products; ranges at the limits "
        f"hold 90 % of {shown.sensitivity.samples} draws with {errors} in every "
        "formation energy, each phase its own or shared within a class of chemistry, whichever is "
        f"wider.{here}"
    )
