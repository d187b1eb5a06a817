"""Which electrolyte reacts least with a cathode, on several kinds of energies, and how surely."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interfaces.errors import ReactantError
from interfaces.figures.style import (
    COLOURS,
    LABEL,
    NOTE,
    WIDTH,
    axis_label,
    caption,
    plain,
    source,
)
from interfaces.reactivity.mixing_curve import MixingCurve

HEIGHT = 3.9  #: inches
PROBABILITIES = (0.0, 0.1, 0.5, 0.9, 1.0)
TITLES = {
    "uncorrected": "energies of the set",
    "measured": "measured molecules and salts",
    "pymatgen": "pymatgen's default energies",
}

Series = Mapping[str, Mapping[float, MixingCurve]]  #: electrolyte -> lithium content -> curve
Row = Mapping[str, object]  #: of ``ranking.csv``


def ranking_figure(every: Mapping[str, Series], ranking: Sequence[Row], note: str = "") -> Figure:
    """Lowest totals with their 80 % bands, and the probability that one electrolyte is milder.

    A column of two panels for each kind of energies. The lower panel compares the electrolyte that
    is mildest at most contents, on the last but one kind of energies if there are several, with
    each other one.

    Parameters
    ----------
    every : name of the energies -> electrolyte -> lithium content -> curve.
    ranking : rows of ``ranking.csv``.
    note : a line under the figure.

    Returns
    -------
    Figure
        The figure, two journal columns wide.

    Raises
    ------
    ReactantError
        If there is no curve.
    """
    if not every or not all(every.values()):
        raise ReactantError("no curves to rank; the figure needs one kind of energies or more")
    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    grid = figure.subplots(
        2, len(every), sharex=True, sharey="row", squeeze=False, height_ratios=(1.5, 1.0)
    )
    names = [*next(iter(every.values()))]
    colours = dict(zip(names, COLOURS, strict=False))
    mildest = _mildest([*every.values()][max(0, len(every) - 2)])
    for column, (energies, series) in enumerate(every.items()):
        upper, lower = grid[:, column]
        for name, curves in series.items():
            _minima(upper, name, curves, colours[name])
        upper.set_title(TITLES.get(energies, energies), fontsize=LABEL)
        for name in names:
            if name == mildest:
                continue
            contents, probabilities = _probabilities(ranking, energies, mildest, name)
            lower.plot(
                contents, probabilities, "o-", color=colours[name], ms=3, lw=1.2, mfc="white",
                label=f"than {name}", gid=f"{mildest} {name} {energies}",
            )  # fmt: skip
        lower.axhspan(0.1, 0.9, color="0.93", lw=0, zorder=0)
        lower.axhline(0.5, color="0.7", lw=0.6, zorder=0)
        lower.set_yticks(PROBABILITIES)
        lower.set_ylim(-0.05, 1.05)
        lower.set_xlim(1.04, -0.04)
        lower.set_xticks(np.arange(0, 1.01, 0.2))
        for ax in (upper, lower):
            plain(ax, small=False, zero=False)
    for letter, ax in zip(string.ascii_lowercase, grid.ravel(), strict=False):
        ax.set_title(letter, loc="left", fontsize=LABEL, fontweight="bold")
    grid[1, len(every) // 2].set_xlabel(axis_label("content", carrier="Li"), fontsize=LABEL)
    upper, lower = grid[:, 0]
    upper.legend(fontsize=NOTE, frameon=False, labelcolor="linecolor", loc="lower left")
    lower.legend(
        fontsize=NOTE, frameon=False, labelcolor="markeredgecolor", loc="center right",
        borderaxespad=0.3, handlelength=1.2,
    )  # fmt: skip
    upper.set_ylabel("minimum total\n(eV/atom)", fontsize=LABEL)
    lower.set_ylabel(f"probability that\n{mildest} is milder", fontsize=LABEL)
    first = next(iter(next(iter(every.values())).values()))
    band = next((curve.band for curve in first.values() if curve.band), None)
    drawn = f"80 % band of {band.samples} draws of the errors of the phase energies" if band else ""
    undecided = "between 0.1 and 0.9 the order is undecided"
    caption(figure, "; ".join(filter(None, (drawn, undecided, note))))
    source(figure, next(iter(first.values())).scheme, of=[next(iter(first.values()))])
    return figure


def _minima(ax: Axes, name: str, curves: Mapping[float, MixingCurve], colour: str) -> None:
    """Lowest totals of one electrolyte, with the 10 to 90 % range of the draws."""
    contents = np.array(sorted(curves))
    values = np.array([curves[x].minimum_total.total for x in contents])
    ax.plot(contents, values, "o-", color=colour, ms=3, lw=1.2, label=name, gid=name)
    bands = [curve.band for _, curve in sorted(curves.items())]
    ranges = [(band.total.low, band.total.high) for band in bands if band]
    if len(ranges) == len(contents):
        ax.fill_between(contents, *np.array(ranges).T, color=colour, alpha=0.18, lw=0)


def _mildest(series: Series) -> str:
    """The electrolyte whose lowest total is the highest at most contents."""
    contents = sorted(set.intersection(*(set(curves) for curves in series.values())))
    winners = [max(series, key=lambda name: series[name][x].minimum_total.total) for x in contents]
    return max(series, key=winners.count)


def _probabilities(
    ranking: Sequence[Row], energies: str, first: str, second: str
) -> tuple[list[float], list[float]]:
    """Rising contents, and the probability that the first is milder than the second."""
    points = {}
    for row in ranking:
        if row["energies"] == energies and {row["first"], row["second"]} == {first, second}:
            value = float(str(row["probability_first_milder"]))
            points[float(str(row["x"]))] = value if row["first"] == first else 1.0 - value
    contents = sorted(points)
    return contents, [points[x] for x in contents]
