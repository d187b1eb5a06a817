"""Energy of a compound against uptake of an open element."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from interfaces.figures.listing import APART, TEXT, Listing
from interfaces.figures.style import (
    COLOURS,
    TITLE,
    WIDTH,
    axis_label,
    conditions,
    figures,
    plain,
    source,
    spread,
    subscripted,
)
from interfaces.reactivity.uptake import UptakeCurve


def uptake_figure(uptake: UptakeCurve) -> Figure:
    """Energy of a compound [eV per formula unit] against its uptake of an open element.

    Uptake in atoms per formula unit. Straight between the numbered points, whose reactions are in
    the list below; a ring marks where uptake stops of itself.

    Parameters
    ----------
    uptake : uptake curve.

    Returns
    -------
    Figure
        The figure.
    """
    points, symbol = uptake.points, uptake.open_element.symbol
    places = [point.uptake for point in points]
    end = max(1.0, places[-1] * 1.15)
    listing = Listing(
        ("", f"{symbol} taken up", "eV per formula", "reaction"),
        [
            (str(k), f"{p.uptake:.4g}", figures(p.energy), str(p.reaction))
            for k, p in enumerate(points, start=1)
        ],
    )
    heights = [2.6, listing.height]
    figure = Figure(
        figsize=(WIDTH, sum(heights) + 0.8), layout=ConstrainedLayoutEngine(h_pad=0.02, hspace=0.0)
    )
    grid = figure.add_gridspec(2, 1, height_ratios=heights)
    ax = figure.add_subplot(grid[0])
    ax.plot([*places, end], uptake.at([*places, end]), color=COLOURS[0], lw=1.5, gid="uptake")
    ax.plot(places, [p.energy for p in points], ".", color=COLOURS[0], ms=6, gid="points")
    lowest = uptake.minimum
    ax.plot(lowest.uptake, lowest.energy, "o", ms=9, mfc="none", color=COLOURS[1], gid="minimum")
    energies = [*(p.energy for p in points), float(uptake.at(end))]
    span = (max(energies) - min(energies)) or 1.0
    apart = APART * end / (WIDTH * 0.86)
    got = spread(places, apart, apart, end)
    for number, (point, x) in enumerate(zip(points, got, strict=True), start=1):
        ax.annotate(
            str(number), (point.uptake, point.energy), xytext=(x, point.energy + 0.1 * span),
            fontsize=TEXT, ha="center", va="bottom",
            arrowprops={"arrowstyle": "-", "color": "0.6", "lw": 0.5},
        )  # fmt: skip
    ax.set_xlim(0, end)
    ax.set_ylim(min(energies) - 0.1 * span, max(energies) + 0.2 * span)
    ax.set_xlabel(axis_label("exchanged", carrier=symbol))
    ax.set_ylabel(axis_label("energy_formula"))
    plain(ax, small=False)
    compound = subscripted(uptake.compound.formula.text)
    figure.suptitle(
        f"{compound}, {conditions([uptake.open_element])}\n"
        f"minimum {figures(lowest.energy)} eV per formula unit at {lowest.uptake:.4g} {symbol}",
        fontsize=TITLE,
    )
    listing.draw(figure.add_subplot(grid[1]))
    source(figure, uptake.scheme, of=[uptake])
    return figure
