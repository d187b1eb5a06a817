"""Reaction energy against Li content for each energy model of a cathode."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from interfaces.errors import ReactantError
from interfaces.figures.style import (
    COLOURS,
    COLUMN,
    MILLIMETRE,
    TICK,
    TITLE,
    Array,
    axis_label,
    caption,
    figures,
    plain,
    shown,
    source,
    spread,
    subscripted,
)
from interfaces.reactivity.mixing_curve import MixingCurve

MARKERS = "osD^vP"
STYLES = ("-", "--", "-.", ":")  #: so that lines that coincide are both seen
HEIGHT = 72 * MILLIMETRE
CAPTION_LINES = 3  #: for which the height leaves room
LINE = 0.13  #: inches that each further line of the caption adds to the height
#: energy model of the cathode -> what its energy is
MEANING = {
    "hull": "on the hull of the phase set (lower bound)",
    "calculated": "energy of the computed ordering",
    "endmembers": "interpolated between x = 0 and x = 1",
    "own": "entry of the phase set",
}
APART = 0.13  #: inches between the names at the ends of two lines


def models_figure(
    curves: Mapping[str, Mapping[float, MixingCurve]], electrolyte: str, note: str = ""
) -> Figure:
    """Minimum total reaction energy against lithium content, a line per energy model.

    The grey band spans the models at the contents that all of them have; a coloured one is the
    standard error of that model's energies, where one is known.

    Parameters
    ----------
    curves : energy model -> lithium content x -> curve with the cathode as first reactant.
    electrolyte : name on the figure.
    note : a line under the figure, e.g. that the energies come from a surrogate.

    Returns
    -------
    Figure
        The figure.

    Raises
    ------
    ReactantError
        If there is no model, or one without a curve.
    """
    empty = [model for model, series in curves.items() if not series]
    if empty or not curves:
        raise ReactantError(f"no curve to draw under {', '.join(empty) or 'any energy model'}")
    figure = Figure(figsize=(COLUMN, HEIGHT), layout="constrained")
    ax = figure.add_subplot()
    minima = {model: _minima(series) for model, series in curves.items()}
    looks = zip(itertools.cycle(COLOURS), itertools.cycle(MARKERS), itertools.cycle(STYLES))
    colours = {}
    for (model, (contents, values, error)), (colour, marker, style) in zip(
        minima.items(), looks, strict=False
    ):
        colours[model] = colour
        ax.plot(
            contents, values, color=colour, marker=marker, ls=style, ms=3.5, mfc="none", lw=1.1,
            gid=model,
        )  # fmt: skip
        if np.isfinite(error).all():
            ax.fill_between(
                contents, values - error, values + error, color=colour, alpha=0.15, lw=0
            )
    shared = sorted(set.intersection(*(set(series) for series in curves.values())))
    first = next(iter(next(iter(curves.values())).values())).reactant_2
    partner = electrolyte
    if electrolyte in (first.label, first.formula.text):
        partner = shown(electrolyte, first.formula)
    title = f"{_host(curves)} with {partner}, minimum of the total"
    if len(curves) > 1 and shared:
        lines = np.array([np.interp(shared, *minima[model][:2]) for model in curves])
        low, high = lines.min(axis=0), lines.max(axis=0)
        ax.fill_between(shared, low, high, color="0.9", lw=0, zorder=0, gid="spread")
        widest = int(np.argmax(high - low))
        title += (
            f"\nmodels differ by up to {figures(high[widest] - low[widest])} eV/atom, "
            f"at $x$ = {shared[widest]:g}"
        )
    everything = np.concatenate(
        [
            np.concatenate([values, values - error, values + error])
            for _, values, error in minima.values()
        ]
    )
    bottom, top = float(np.nanmin(everything)), float(np.nanmax(everything))
    margin = 0.06 * ((top - bottom) or 1.0)
    ax.set_ylim(bottom - margin, top + margin)
    every = [x for contents, *_ in minima.values() for x in contents]
    width = (max(every) - min(every)) or 1.0
    ax.set_xlim(max(every) + 0.03 * width, min(every) - 0.36 * width)
    ax.set_xticks([x for x in ax.get_xticks() if min(every) - 1e-9 <= x <= max(every) + 1e-9])
    ends = sorted((float(values[0]), float(x[0]), m) for m, (x, values, _) in minima.items())
    apart = APART * (top - bottom + 2 * margin) / (HEIGHT * 0.66)
    places = spread([value for value, *_ in ends], apart, bottom, top)
    for (value, x, model), place in zip(ends, places, strict=True):
        ax.annotate(
            model, (x, value), xytext=(min(every) - 0.06 * width, place), fontsize=TICK,
            color=colours[model], va="center", ha="left",
            arrowprops={"arrowstyle": "-", "color": colours[model], "lw": 0.5},
        )  # fmt: skip
    ax.set_xlabel(axis_label("content", carrier="Li"))
    ax.set_ylabel("minimum " + axis_label("energy"))
    plain(ax, small=False, zero=top >= 0.0)
    figure.suptitle(title, fontsize=TITLE)
    words = "; ".join(f"{model}: {MEANING[model]}" for model in curves if model in MEANING)
    if words:
        caption(figure, words)
    any_curve = next(iter(next(iter(curves.values())).values()))
    source(figure, any_curve.scheme, note=note, of=[any_curve])
    lines_below = figure.get_supxlabel().count("\n") + 1
    figure.set_figheight(HEIGHT + LINE * max(0, lines_below - CAPTION_LINES))
    return figure


def _minima(series: Mapping[float, MixingCurve]) -> tuple[Array, Array, Array]:
    """Rising contents, minimum total [eV/atom] and its standard error."""
    contents = sorted(series)
    kinks = [series[x].minimum_total for x in contents]
    errors = [
        float(series[x].uncertainty_at(kink.mixing_fraction))
        for x, kink in zip(contents, kinks, strict=True)
    ]
    return np.array(contents), np.array([kink.total for kink in kinks]), np.array(errors)


def _host(curves: Mapping[str, Mapping[float, MixingCurve]]) -> str:
    """The cathode with its lithium left open."""
    series = next(iter(curves.values()))
    formula = series[max(series)].reactant_1.formula.text
    for written in (f"Li{max(series):g}", "Li"):
        if formula.startswith(written):
            return subscripted("Li" + formula.removeprefix(written)).replace("Li", "Li$_x$", 1)
    return subscripted(formula)
