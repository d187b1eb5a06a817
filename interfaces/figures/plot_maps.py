"""Maps of reaction energy over voltage and mixing fraction or Li content."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from interfaces.chemistry.formulas import Formula
from interfaces.figures.style import (
    COLOURS,
    ENERGIES,
    LABEL,
    TICK,
    TITLE,
    WIDTH,
    Array,
    axis_label,
    conditions,
    energy_label,
    heading,
    plain,
    shown,
    source,
    subscripted,
)
from interfaces.reactivity.charging import Charging
from interfaces.reactivity.voltage_map import Kind, VoltageMap
from interfaces.solver.envelope import LowestPiece
from interfaces.solver.map_tiling import SAME_VOLTAGE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SAME_FRACTION = 1e-9  #: a step from one fraction to another that is less is round-off
PIXELS = 400  #: samples of a map along each axis
STYLES: dict[Kind, dict[str, Any]] = {
    "total": {"color": COLOURS[0], "ls": "-"},
    "mutual": {"color": COLOURS[1], "ls": "--"},
}
Segment = list[tuple[float, float]]


def map_figure(voltage_map: VoltageMap, kind: Kind = "total") -> Figure:
    """Energy of every mix at every voltage [V], with the lowest over all mixes.

    Left: energy [eV per atom that is not open] in colours, computed at the middle of each of 400 x
    400 pixels; thin lines where the products change; the mix of lowest energy against voltage, with
    its jumps dotted. Right, on the same voltages: the lowest total and mutual energy.

    Parameters
    ----------
    kind : which energy the colours and the line of the minimum show.

    Returns
    -------
    Figure
        The figure.
    """
    figure = Figure(figsize=(WIDTH, WIDTH * 0.68), layout="constrained")
    ax, side = figure.subplots(1, 2, sharey=True, width_ratios=[3, 1])
    low, high = voltage_map.low, voltage_map.high
    u = (np.arange(PIXELS) + 0.5) / PIXELS
    v = low + u * (high - low)
    sampled = voltage_map.at if kind == "total" else voltage_map.mutual_at
    image = ax.imshow(
        sampled(u[None, :], v[:, None]), extent=(0, 1, low, high), origin="lower", aspect="auto",
        cmap=ENERGIES, vmax=0, interpolation="bilinear", gid="energy",
    )  # fmt: skip
    lines = LineCollection(
        boundaries(voltage_map),
        colors="0.6",
        linewidths=0.3,
        alpha=0.7,
        gid="boundaries",
        rasterized=True,
    )
    ax.add_collection(lines, autolim=False)
    _minimum_line(ax, voltage_map.minimum(kind), f"lowest {kind}")
    symbols = [voltage_map.carrier, *(element.symbol for element in voltage_map.open_elements)]
    label = energy_label(symbols)
    bar = figure.colorbar(image, ax=ax, location="top", aspect=45, pad=0.02)
    bar.set_label(f"{kind} {label}", fontsize=LABEL)
    bar.ax.tick_params(labelsize=TICK)
    names, two = (
        subscripted(r.formula.text) for r in (voltage_map.reactant_1, voltage_map.reactant_2)
    )
    ax.set_xlabel(axis_label("nonopen", first=names, open=" and ".join(symbols)), fontsize=LABEL)
    ax.set_ylabel(axis_label("voltage", carrier=voltage_map.carrier), fontsize=LABEL)
    ax.tick_params(labelsize=TICK)
    ax.set_xlim(0, 1)
    ax.set_ylim(low, high)
    for which, style in STYLES.items():
        energies, voltages = _drawn_pieces(voltage_map.minimum(which))
        side.plot(energies, voltages, lw=1.3, label=which, gid=f"minimum_{which}", **style)
    side.axvline(0, color="0.7", lw=0.6, zorder=0)
    side.xaxis.set_major_locator(MaxNLocator(4, prune="lower"))  # clear of the map's last tick
    side.set_xlabel("lowest " + label.replace(" (", "\n("))
    plain(side, small=False, zero=False)
    heading(side)
    opened = f", {conditions(voltage_map.open_elements)}" if voltage_map.open_elements else ""
    figure.suptitle(f"{names} | {two}, open to {voltage_map.carrier}{opened}", fontsize=TITLE)
    source(figure, voltage_map.scheme, of=[voltage_map])
    return figure


def boundaries(voltage_map: VoltageMap) -> list[Segment]:
    """Lines [(u, V), (u, V)] between tiles that meet and differ in their products.

    Parameters
    ----------
    voltage_map : map over mixing and voltage.

    Returns
    -------
    list[Segment]
        Line segments ((u, V), (u, V)).
    """
    bounds, products = voltage_map.bounds, voltage_map.products
    u0, u1, v0, v1 = bounds.T
    segments: list[Segment] = []
    for k, (left, right, low, high) in enumerate(bounds):
        beside = (np.abs(u0 - right) < SAME_VOLTAGE) & _overlap(v0, v1, low, high)
        above = (np.abs(v0 - high) < SAME_VOLTAGE) & _overlap(u0, u1, left, right)
        for j in np.nonzero(beside)[0]:
            if products[j] != products[k]:
                segments.append([(right, max(low, v0[j])), (right, min(high, v1[j]))])
        for j in np.nonzero(above)[0]:
            if products[j] != products[k]:
                segments.append([(max(left, u0[j]), high), (min(right, u1[j]), high)])
    return segments


def _overlap(starts: Array, ends: Array, low: float, high: float) -> Any:
    return np.minimum(ends, high) - np.maximum(starts, low) > SAME_VOLTAGE


def _drawn_pieces(pieces: Sequence[LowestPiece]) -> tuple[list[float], list[float]]:
    """Energies and voltages of both ends of each piece, one after the other."""
    energies = [energy for p in pieces for energy in (p.energy_low, p.energy_high)]
    return energies, [voltage for p in pieces for voltage in (p.low, p.high)]


def _minimum_line(ax: Axes, pieces: Sequence[LowestPiece], label: str) -> None:
    """Where the minimum lies, solid; dotted where it jumps from one fraction to another."""
    solid: list[Segment] = [
        [(p.nonopen_fraction, p.low), (p.nonopen_fraction, p.high)] for p in pieces
    ]
    jumps: list[Segment] = [
        [(p.nonopen_fraction, p.high), (q.nonopen_fraction, p.high)]
        for p, q in itertools.pairwise(pieces)
        if abs(p.nonopen_fraction - q.nonopen_fraction) > SAME_FRACTION
    ]
    for gid, segments, colour, width, style in (
        ("jumps", jumps, "black", 0.8, ":"),
        ("halo", solid, "white", 3.2, "-"),  # seen on any colour
        ("minimum", solid, "black", 1.6, "-"),
    ):
        lines = LineCollection(
            segments, colors=colour, linewidths=width, linestyles=style, zorder=3, gid=gid
        )
        lines.set_clip_on(False)  # at 0 and 1 it lies on the frame
        ax.add_collection(lines, autolim=False)
    ax.plot([], [], color="black", lw=1.6, label=label)
    ax.legend(fontsize=TICK, loc="upper right", framealpha=0.8)


def charging_figure(charging: Charging, voltages: ArrayLike, kind: Kind = "mutual") -> Figure:
    """Reaction energy at every Li content and voltage, and along the cathode's voltage curve.

    Left: lowest energy over all mixes [eV per atom that is not open] in colours, one column per
    Li content and one row per voltage [V], with the cathode's own voltage curve as a
    staircase. Right: lowest total and mutual energy along that curve.

    Parameters
    ----------
    voltages : rows of the matrix [V], rising, within the maps.
    kind : which energy the colours show.

    Returns
    -------
    Figure
        The figure.
    """
    first = charging.maps[0][1]
    rows = np.asarray(voltages, dtype=float)
    symbols = [first.carrier, *(element.symbol for element in first.open_elements)]
    label = energy_label(symbols)
    figure = Figure(figsize=(WIDTH, WIDTH * 0.5), layout="constrained")
    ax, side = figure.subplots(1, 2)
    mesh = ax.pcolormesh(
        charging.contents, rows, charging.matrix(rows, kind).T, shading="nearest", cmap=ENERGIES,
        rasterized=True, gid="energy",
    )  # fmt: skip
    x = [end for step in charging.steps for end in step[:2]]
    curve = [step[2] for step in charging.steps for _ in range(2)]
    ax.plot(x, curve, color="white", lw=3.2)  # seen on any colour
    ax.plot(x, curve, color="black", lw=1.6, label="own voltage curve", gid="curve")
    ax.set_ylim(rows[0], rows[-1])
    ax.set_ylabel(axis_label("voltage", carrier=first.carrier), fontsize=LABEL)
    ax.legend(fontsize=TICK, loc="lower right", framealpha=0.8)
    bar = figure.colorbar(mesh, ax=ax, location="top", aspect=30, pad=0.02)
    bar.set_label(f"lowest {kind} {label}", fontsize=LABEL)
    bar.ax.tick_params(labelsize=TICK)
    bar.locator = MaxNLocator(5)
    path = charging.path
    for which, style in STYLES.items():
        energies = [getattr(point, which) for point in path]
        width = 2.2 if which == kind else 1.1
        side.plot(
            [p.x for p in path], energies, lw=width, label=which, gid=f"path_{which}", **style
        )
    side.set_ylabel(f"lowest {label}")
    side.set_title("along the cathode's own voltage curve", fontsize=LABEL, pad=14)
    plain(side, small=False)
    heading(side)
    for axes in (ax, side):
        axes.set_xlabel(axis_label("content", carrier=first.carrier), fontsize=LABEL)
        axes.tick_params(labelsize=TICK)
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5]))
    edge = abs(charging.contents[0] - charging.contents[1]) / 2
    ax.set_xlim(charging.contents[0] + edge, charging.contents[-1] - edge)
    side.set_xlim(ax.get_xlim())
    partner = shown(first.reactant_2.label, first.reactant_2.formula)
    figure.suptitle(f"{_host(first)} with {partner}", fontsize=TITLE)
    source(figure, first.scheme, of=[charging])
    return figure


def _host(voltage_map: VoltageMap) -> str:
    formula = voltage_map.reactant_1.formula
    bare = Formula.from_amounts({e: n for e, n in formula.amounts if e != voltage_map.carrier})
    return f"{voltage_map.carrier}$_x${subscripted(bare.text)}"
