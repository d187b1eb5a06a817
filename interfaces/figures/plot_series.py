"""Series of curves over the Li content: one panel each, and several electrolytes together."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

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
    source,
    subscripted,
)
from interfaces.reactivity.mixing_curve import Kink, MixingCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes


THIN = "0.35"  #: colour of the curves on other energies of the products
SAMPLES = 101  #: points along a curve of a small panel, besides its kinks


def panels_figure(
    curves: Mapping[float, MixingCurve],
    electrolyte: str,
    note: str = "",
    beside: Mapping[float, MixingCurve] | None = None,
    name: str = "",
    axis: Literal["molar", "mixing"] = "molar",
) -> Figure:
    """One panel per Li content against the mixing fraction, and the summary panel.

    Parameters
    ----------
    curves : lithium content x -> curve with the cathode as first reactant.
    electrolyte : name on the figure.
    note : a line under the figure, e.g. that the energies come from a surrogate.
    axis : ``molar`` for the molar fraction y, ``mixing`` for the atomic fraction x.
    beside : the same on other energies of the products; their total is a thin line.
    name : of these energies.

    Returns
    -------
    Figure
        The figure. Its caption names the products at the lowest total of both ends of the series.
    """
    symbol = {"molar": "y", "mixing": "x_a"}[axis]
    contents = sorted(curves, reverse=True)
    columns = 4
    rows = -(-(len(contents) + 1) // columns)
    figure = Figure(figsize=(WIDTH, 1.5 * rows + 0.55), layout="constrained")
    axes = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    for ax, content in zip(axes, contents, strict=False):
        curve = curves[content]
        y, total, mutual, error = drawn(curve, axis, SAMPLES)
        ax.plot(y, total, color=COLOURS[0], lw=1.2, gid="total")
        ax.plot(y, mutual, color=COLOURS[1], lw=1.0, ls="--", gid="mutual")
        band(ax, y, total, error)
        if beside:
            y, total, *_ = drawn(beside[content], axis, SAMPLES)
            ax.plot(y, total, color=THIN, lw=0.6, gid=f"total {name}")
        ax.plot(*kink_points(curve, axis), ".", color=COLOURS[0], ms=2.5, gid="kinks")
        lowest = curve.minimum_total
        ax.plot(
            _fraction(lowest, axis), lowest.total, "o", ms=4.5, mfc="none", color=COLOURS[0],
            gid="minimum",
        )  # fmt: skip
        ax.set_title(f"$x$ = {_written(content)}", fontsize=LABEL)
        ax.annotate(
            f"{figures(lowest.total)} at ${symbol}$ = {_fraction(lowest, axis):.2f}",
            (0.5, 0.02), xycoords="axes fraction", ha="center", fontsize=NOTE, color="0.25",
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
    drawn_curves = [*curves.values(), *(beside or {}).values()]
    low = min(kink.total for curve in drawn_curves for kink in curve.kinks)
    axes[0].set_ylim(low * 1.16, 0.03)
    figure.supylabel(axis_label("energy"), fontsize=LABEL)
    first = curves[contents[0]]
    partner = _partner(electrolyte, first)
    lines = [f"{axis_label(axis, first='the cathode')}; {partner}: 1 {MINUS} ${symbol}$"]
    for x in (contents[0], contents[-1]):
        names = " + ".join(map(subscripted, curves[x].minimum_total.products))
        lines.append(f"lowest total at $x$ = {_written(x)}: {names}")
    figure.supxlabel("\n".join(lines), fontsize=NOTE)
    figure.suptitle(
        f"{_host(first)} with {partner}: total (full) and mutual (dashed)"
        + (f"; thin: total on {name} energies" if beside else ""),
        fontsize=TITLE,
    )
    source(figure, first.scheme, note=note, of=[first])
    return figure


def _fraction(kink: Kink, axis: Literal["molar", "mixing"]) -> float:
    return kink.molar_fraction if axis == "molar" else kink.mixing_fraction


def overlay_figure(
    curves: Mapping[str, Mapping[float, MixingCurve]],
    note: str = "",
    beside: Mapping[str, Mapping[float, MixingCurve]] | None = None,
    name: str = "",
    models: Mapping[str, Mapping[str, Mapping[float, MixingCurve]]] | None = None,
) -> Figure:
    """Minimum reaction energy against lithium content of several electrolytes.

    Bars are standard errors, where the phase set states its errors.

    Parameters
    ----------
    curves : electrolyte -> Li content x -> curve.
    note : line under the figure.
    beside : the same on other energies of the products, as thin lines.
    name : of these energies.
    models : electrolyte -> energy model of the cathode -> Li content x -> curve; a band spans them.

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
            label = _partner(electrolyte, next(iter(series.values())))
            ax.plot(contents, values, "o-", color=colour, ms=3, lw=1.3, gid=electrolyte)
            ends[ax].append((float(values[0]), label, colour))
            if beside:
                thin = [
                    getattr(getattr(beside[electrolyte][x], f"minimum_{kind}"), kind)
                    for x in contents
                ]
                low = min(low, *thin)
                ax.plot(contents, thin, "--", color=colour, lw=0.7, gid=f"{electrolyte} {name}")
            if models:
                low = min(low, _model_band(ax, models.get(electrolyte, {}), kind, colour))
            if kind == "total":
                error = np.array(
                    [
                        float(series[x].uncertainty_at(kink.mixing_fraction))
                        for x, kink in zip(contents, kinks, strict=True)
                    ]
                )
                if np.isfinite(error).all():
                    ax.errorbar(contents, values, error, fmt="none", ecolor=colour, elinewidth=0.7,
                                capsize=1.6, capthick=0.7)  # fmt: skip
    for ax, title in ((left, "total"), (right, "mutual (without self-decomposition)")):
        ax.set_title(title, fontsize=LABEL)
        ax.set_xlabel(axis_label("content", carrier="Li"))
        ax.set_xlim(1.03, -0.3)
        ax.set_xticks(np.arange(0, 1.01, 0.2))
        plain(ax, small=False)
        _label_ends(ax, ends[ax], apart=-low * 0.055)
    left.set_ylim(low * 1.1, 0.02)
    left.set_ylabel("minimum " + axis_label("energy"), fontsize=LABEL)
    words = [f"dashed: on {name} energies of molecules and oxyanion salts"] if beside else []
    words += ["shaded: span of the energy models"] if models else []
    if words:
        figure.suptitle("; ".join(words), fontsize=NOTE, color="0.3")
    first = next(curve for series in curves.values() for curve in series.values())
    source(figure, first.scheme, note=note, of=[first])
    return figure


def _model_band(
    ax: Axes, models: Mapping[str, Mapping[float, MixingCurve]], kind: str, colour: str
) -> float:
    """A band over the minima under each energy model of the cathode; its lowest energy."""
    contents = sorted(set[float]().union(*models.values()))
    minima = [
        [getattr(getattr(series[x], f"minimum_{kind}"), kind) for series in models.values()
         if x in series]
        for x in contents
    ]  # fmt: skip
    if not contents or max(map(len, minima)) < 2:
        return 0.0
    bottom, top = [min(values) for values in minima], [max(values) for values in minima]
    ax.fill_between(contents, bottom, top, color=colour, alpha=0.13, lw=0, gid="energy models")
    return float(min(bottom))


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
