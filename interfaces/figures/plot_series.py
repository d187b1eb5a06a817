"""Series of curves over the Li content: one panel each, and several electrolytes together."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from interfaces.figures.plot_curves import band, drawn, kink_points
from interfaces.figures.style import (
    COLOURS,
    LABEL,
    MINUS,
    NOTE,
    TICK,
    TITLE,
    WIDTH,
    axis_label,
    figures,
    plain,
    shown,
    subscripted,
)
from interfaces.reactivity.mixing_curve import MixingCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes


SAMPLES = 101  #: points along a curve of a small panel, besides its kinks


def panels_figure(curves: Mapping[float, MixingCurve], electrolyte: str, note: str = "") -> Figure:
    """One panel per state of charge against the molar fraction, and the summary panel.

    Parameters
    ----------
    curves : lithium content x -> curve with the cathode as first reactant.
    electrolyte : name on the figure.
    note : a line under the figure, e.g. that the energies come from a surrogate.

    Returns
    -------
    Figure
        The figure.
    """
    contents = sorted(curves, reverse=True)
    columns = 4
    rows = -(-(len(contents) + 1) // columns)
    figure = Figure(figsize=(WIDTH, 1.5 * rows + 0.55), layout="constrained")
    axes = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    for ax, content in zip(axes, contents, strict=False):
        curve = curves[content]
        y, total, mutual, error = drawn(curve, "molar", SAMPLES)
        ax.plot(y, total, color=COLOURS[0], lw=1.2, gid="total")
        ax.plot(y, mutual, color=COLOURS[1], lw=1.0, ls="--", gid="mutual")
        band(ax, y, total, error)
        ax.plot(*kink_points(curve, "molar"), ".", color=COLOURS[0], ms=2.5, gid="kinks")
        lowest = curve.minimum_total
        ax.plot(
            lowest.molar_fraction, lowest.total, "o", ms=4.5, mfc="none", color=COLOURS[0],
            gid="minimum",
        )  # fmt: skip
        ax.set_title(f"$x$ = {_written(content)}", fontsize=LABEL)
        ax.annotate(
            f"{figures(lowest.total)} at $y$ = {lowest.molar_fraction:.2f}",
            (0.5, 0.06), xycoords="axes fraction", ha="center", fontsize=NOTE, color="0.25",
        )  # fmt: skip
        plain(ax)
        ax.set_xticks(np.arange(0, 1.01, 0.25), ["0", "", "0.5", "", "1"])
    summary = axes[len(contents)]
    _summary(summary, contents, curves)
    summary.set_title("minimum against $x$", fontsize=LABEL)
    for letter, ax in zip(string.ascii_lowercase, axes[: len(contents) + 1], strict=False):
        ax.set_title(letter, loc="left", fontsize=LABEL, fontweight="bold")
    for ax in axes[len(contents) + 1 :]:
        ax.remove()
    low = min(kink.total for curve in curves.values() for kink in curve.kinks)
    axes[0].set_ylim(low * 1.3, 0.04)
    figure.supylabel(axis_label("energy"), fontsize=LABEL)
    first = curves[contents[0]]
    partner = _partner(electrolyte, first)
    figure.supxlabel(
        f"{axis_label('molar', first='the cathode')}; {partner}: 1 {MINUS} $y$", fontsize=LABEL
    )
    figure.suptitle(
        f"{_host(first)} with {partner}: total (full) and mutual (dashed)"
        + (f"\n{note}" if note else ""),
        fontsize=TITLE,
    )
    return figure


def overlay_figure(curves: Mapping[str, Mapping[float, MixingCurve]], note: str = "") -> Figure:
    """Minimum reaction energy against lithium content of several electrolytes.

    Parameters
    ----------
    curves : electrolyte -> Li content x -> curve.
    note : line under the figure.

    Returns
    -------
    Figure
        The figure.
    """
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
            name = _partner(electrolyte, next(iter(series.values())))
            ax.plot(contents, values, "o-", color=colour, ms=3, lw=1.3, gid=electrolyte)
            ends[ax].append((float(values[0]), name, colour))
            if kind == "total":
                error = np.array(
                    [
                        float(series[x].uncertainty_at(kink.mixing_fraction))
                        for x, kink in zip(contents, kinks, strict=True)
                    ]
                )
                if np.isfinite(error).all():
                    ax.fill_between(
                        contents, values - error, values + error, color=colour, alpha=0.15, lw=0
                    )
    for ax, title in ((left, "total"), (right, "mutual (without self-decomposition)")):
        ax.set_title(title, fontsize=LABEL)
        ax.set_xlabel(axis_label("content", carrier="Li"))
        ax.set_xlim(1.03, -0.3)
        ax.set_xticks(np.arange(0, 1.01, 0.2))
        plain(ax, small=False)
        _label_ends(ax, ends[ax], apart=-low * 0.055)
    left.set_ylim(low * 1.1, 0.02)
    left.set_ylabel("minimum " + axis_label("energy"), fontsize=LABEL)
    if note:
        figure.suptitle(note, fontsize=TITLE)
    return figure


def _written(content: float) -> str:
    """Lithium content as in the published panels: 1.0, 0.9 ... 0.0.

    >>> _written(1.0), _written(0.25)
    ('1.0', '0.25')
    """
    return f"{content:.1f}" if abs(content * 10 - round(content * 10)) < 1e-9 else f"{content:g}"


def _partner(name: str, curve: MixingCurve) -> str:
    """The electrolyte's formula, or the name that the caller or the molecule has."""
    electrolyte = curve.reactant_2
    return (
        shown(name, electrolyte.formula)
        if name in (electrolyte.label, electrolyte.formula.text)
        else name
    )


def _host(curve: MixingCurve) -> str:
    return subscripted(curve.reactant_1.formula.text.replace("Li", "Li$_x$", 1))


def _label_ends(ax: Axes, ends: list[tuple[float, str, str]], apart: float) -> None:
    """Name each line at its end x = 0, at least ``apart`` [eV/atom] from its neighbour."""
    height = np.inf
    for value, name, colour in sorted(ends, reverse=True):
        height = min(value, height - apart)
        ax.text(-0.03, height, name, color=colour, fontsize=TICK, va="center", ha="left")


def _summary(ax: Axes, contents: Sequence[float], curves: Mapping[float, MixingCurve]) -> None:
    for kind, style, colour in (("total", "o-", COLOURS[0]), ("mutual", "s--", COLOURS[1])):
        values = [getattr(getattr(curves[x], f"minimum_{kind}"), kind) for x in contents]
        ax.plot(contents, values, style, color=colour, ms=2.5, lw=1, gid=f"minimum {kind}")
        ax.annotate(
            kind, (0.5, float(np.interp(0.5, contents[::-1], values[::-1]))),
            xytext=(0, -10 if kind == "total" else 5),
            textcoords="offset points", ha="center", fontsize=NOTE, color=colour,
        )  # fmt: skip
    ax.set_xlim(1.05, -0.05)
    plain(ax)
    ax.set_xticks(np.arange(0, 1.01, 0.25), ["0", "", "0.5", "", "1"])
    ax.set_xlabel("Li content $x$", fontsize=NOTE, labelpad=1)
