"""One cathode and one electrolyte under each energy model: how far the models are apart."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from interfaces.errors import ReactantError
from interfaces.figures.style import (
    COLOURS,
    WIDTH,
    Array,
    axis_label,
    figures,
    plain,
    spread,
    subscripted,
)
from interfaces.mixing import MixingCurve

MARKERS = "osD^vP"
STYLES = ("-", "--", "-.", ":")  #: so that lines that coincide are both seen
APART = 0.16  #: inches between the names at the ends of two lines


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
    note : a line over the figure, e.g. that the energies stand in for better ones.

    Raises
    ------
    ReactantError
        If there is no model, or one without a curve.
    """
    empty = [model for model, series in curves.items() if not series]
    if empty or not curves:
        raise ReactantError(f"no curve to draw under {', '.join(empty) or 'any energy model'}")
    height = WIDTH * 0.6
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    ax = figure.add_subplot()
    minima = {model: _minima(series) for model, series in curves.items()}
    looks = zip(itertools.cycle(COLOURS), itertools.cycle(MARKERS), itertools.cycle(STYLES))
    colours = {}
    for (model, (contents, values, error)), (colour, marker, style) in zip(
        minima.items(), looks, strict=False
    ):
        colours[model] = colour
        ax.plot(
            contents, values, color=colour, marker=marker, ls=style, ms=4, mfc="none", lw=1.3,
            gid=model,
        )  # fmt: skip
        if error.any():
            ax.fill_between(
                contents, values - error, values + error, color=colour, alpha=0.15, lw=0
            )
    shared = sorted(set.intersection(*(set(series) for series in curves.values())))
    title = f"minimum of the total, {_host(curves)} with {electrolyte}"
    if len(curves) > 1 and shared:
        lines = np.array([np.interp(shared, *minima[model][:2]) for model in curves])
        low, high = lines.min(axis=0), lines.max(axis=0)
        ax.fill_between(shared, low, high, color="0.9", lw=0, zorder=0, gid="spread")
        widest = int(np.argmax(high - low))
        title += (
            f"\nmodels differ by up to {figures(high[widest] - low[widest])} eV/atom, "
            f"at x = {shared[widest]:g}"
        )
    everything = np.concatenate(
        [np.concatenate([values - error, values + error]) for _, values, error in minima.values()]
    )
    bottom, top = float(everything.min()), float(everything.max())
    margin = 0.06 * ((top - bottom) or 1.0)
    ax.set_ylim(bottom - margin, top + margin)
    every = [x for contents, *_ in minima.values() for x in contents]
    width = (max(every) - min(every)) or 1.0
    ax.set_xlim(max(every) + 0.03 * width, min(every) - 0.22 * width)
    ax.set_xticks([x for x in ax.get_xticks() if min(every) - 1e-9 <= x <= max(every) + 1e-9])
    ends = sorted((float(values[0]), float(x[0]), m) for m, (x, values, _) in minima.items())
    apart = APART * (top - bottom + 2 * margin) / (height * 0.75)
    places = spread([value for value, *_ in ends], apart, bottom, top)
    for (value, x, model), place in zip(ends, places, strict=True):
        ax.annotate(
            model, (x, value), xytext=(min(every) - 0.05 * width, place), fontsize=8,
            color=colours[model], va="center", ha="left",
            arrowprops={"arrowstyle": "-", "color": colours[model], "lw": 0.5},
        )  # fmt: skip
    ax.set_xlabel("lithium content x (charging to the right)", fontsize=9)
    ax.set_ylabel("minimum " + axis_label("energy"), fontsize=9)
    plain(ax, small=False, zero=top >= 0.0)
    figure.suptitle("\n".join(filter(None, (title, note))), fontsize=9)
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
    text = series[max(series)].reactant_1.formula.text
    for written in (f"Li{max(series):g}", "Li"):
        if text.startswith(written):
            return subscripted("Li" + text.removeprefix(written)).replace("Li", "Li$_x$", 1)
    return subscripted(text)
