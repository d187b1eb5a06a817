"""Series of curves over the state of charge: in panels, and of several electrolytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from interfaces.figures.curves import band, drawn, kink_points
from interfaces.figures.style import COLOURS, WIDTH, axis_label, plain, subscripted
from interfaces.mixing import MixingCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def panels_figure(curves: Mapping[float, MixingCurve], electrolyte: str, note: str = "") -> Figure:
    """One panel per state of charge against the molar fraction, and the summary panel.

    Parameters
    ----------
    curves : lithium content x -> curve with the cathode as first reactant.
    electrolyte : name on the figure.
    note : a line under the figure, e.g. that the energies stand in for better ones.
    """
    contents = sorted(curves, reverse=True)
    columns = 4
    rows = -(-(len(contents) + 1) // columns)
    figure = Figure(figsize=(WIDTH * 1.25, 1.9 * rows + 0.5), layout="constrained")
    axes = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    for ax, content in zip(axes, contents, strict=False):
        curve = curves[content]
        y, total, mutual, error = drawn(curve, "molar")
        ax.plot(y, total, color=COLOURS[0], lw=1.2)
        ax.plot(y, mutual, color=COLOURS[1], lw=1.0, ls="--")
        band(ax, y, total, error)
        ax.plot(*kink_points(curve, "molar"), ".", color=COLOURS[0], ms=3)
        lowest = curve.minimum_total
        ax.plot(lowest.molar_fraction, lowest.total, "o", ms=5, mfc="none", color=COLOURS[0])
        ax.set_title(f"x = {content:g}", fontsize=8)
        ax.annotate(
            f"{lowest.total:.3f} at y = {lowest.molar_fraction:.2f}",
            (0.5, 0.06), xycoords="axes fraction", ha="center", fontsize=6.5, color="0.25",
        )  # fmt: skip
        plain(ax)
    summary = axes[len(contents)]
    _summary(summary, contents, curves)
    summary.set_title("minimum against x", fontsize=8)
    for ax in axes[len(contents) + 1 :]:
        ax.remove()
    low = min(kink.total for curve in curves.values() for kink in curve.kinks)
    axes[0].set_ylim(low * 1.18, 0.04)
    figure.supylabel(axis_label("energy"), fontsize=9)
    first = curves[contents[0]]
    figure.supxlabel(f"molar fraction y of the cathode ({electrolyte}: 1 - y)", fontsize=9)
    figure.suptitle(
        f"{_host(first)} with {electrolyte}: total (solid) and mutual (dashed)"
        + (f"\n{note}" if note else ""),
        fontsize=9,
    )
    return figure


def overlay_figure(curves: Mapping[str, Mapping[float, MixingCurve]], note: str = "") -> Figure:
    """Minimum reaction energy against lithium content of several electrolytes."""
    figure = Figure(figsize=(WIDTH, WIDTH * 0.55), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    low = 0.0
    ends: dict[Axes, list[tuple[float, str, str]]] = {left: [], right: []}
    for colour, (electrolyte, series) in zip(COLOURS, curves.items(), strict=False):
        contents = np.array(sorted(series))
        for ax, kind in ((left, "total"), (right, "mutual")):
            kinks = [getattr(series[x], f"minimum_{kind}") for x in contents]
            values = np.array([getattr(kink, kind) for kink in kinks])
            low = min(low, values.min())
            ax.plot(contents, values, "o-", color=colour, ms=3.5, lw=1.3)
            ends[ax].append((float(values[0]), electrolyte, colour))
            if kind == "total":
                error = np.array(
                    [
                        float(series[x].uncertainty_at(kink.mixing_fraction))
                        for x, kink in zip(contents, kinks, strict=True)
                    ]
                )
                if error.any():
                    ax.fill_between(
                        contents, values - error, values + error, color=colour, alpha=0.15, lw=0
                    )
    for ax, title in ((left, "total"), (right, "mutual (without self-decomposition)")):
        ax.set_title(title, fontsize=9)
        ax.set_xlabel("lithium content x (charging to the right)")
        ax.set_xlim(1.03, -0.28)
        ax.set_xticks(np.arange(0, 1.01, 0.2))
        plain(ax, small=False)
        _label_ends(ax, ends[ax], apart=-low * 0.055)
    left.set_ylim(low * 1.1, 0.02)
    left.set_ylabel("minimum " + axis_label("energy"))
    if note:
        figure.suptitle(note, fontsize=8)
    return figure


def _host(curve: MixingCurve) -> str:
    return subscripted(curve.reactant_1.formula.text.replace("Li", "Li$_x$", 1))


def _label_ends(ax: Axes, ends: list[tuple[float, str, str]], apart: float) -> None:
    """Name each line at its end x = 0, at least ``apart`` [eV/atom] from its neighbour."""
    height = np.inf
    for value, name, colour in sorted(ends, reverse=True):
        height = min(value, height - apart)
        ax.text(-0.03, height, name, color=colour, fontsize=8, va="center", ha="left")


def _summary(ax: Axes, contents: Sequence[float], curves: Mapping[float, MixingCurve]) -> None:
    for kind, style, colour in (("total", "o-", COLOURS[0]), ("mutual", "s--", COLOURS[1])):
        values = [getattr(getattr(curves[x], f"minimum_{kind}"), kind) for x in contents]
        ax.plot(contents, values, style, color=colour, ms=3, lw=1)
        ax.annotate(
            kind, (0.5, float(np.interp(0.5, contents[::-1], values[::-1]))),
            xytext=(0, -10 if kind == "total" else 5),
            textcoords="offset points", ha="center", fontsize=6.5, color=colour,
        )  # fmt: skip
    ax.set_xlabel("lithium content x", fontsize=7)
    ax.set_xlim(1.05, -0.05)
    plain(ax)
