"""Projected densities of states of several runs, with their band centres."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from interfaces.aimd.band_centre import BandCentre
from interfaces.figures.style import COLOURS, NOTE, WIDTH, axis_label, figures, plain, subscripted

HEIGHT = 1.5  #: inches of a panel
BELOW, ABOVE = -22.0, 4.0  #: eV against the valence-band edge, if the densities reach that far

Run = tuple[NDArray[np.float64], ArrayLike, ArrayLike, BandCentre, str]


def band_figure(runs: Sequence[Run], element: str) -> Figure:
    """Draw s and p densities of an element, one panel per run, against the valence-band edge.

    A vertical line marks the band centre, a dashed one the Fermi level; the window of the centre is
    shaded.

    Parameters
    ----------
    runs : energies [eV], p density, s density [1/eV, over all sites], band centre, label.
    element : symbol.

    Returns
    -------
    Figure
        The figure, two journal columns wide.
    """
    figure = Figure(figsize=(WIDTH, HEIGHT * len(runs) + 0.6), layout="constrained")
    axes = figure.subplots(len(runs), 1, sharex=True, squeeze=False)[:, 0]
    for ax, (energies, p, s, centre, label) in zip(axes, runs, strict=True):
        grid = energies - centre.edge
        inside = (grid >= BELOW) & (grid <= ABOVE)
        low, high = centre.window
        ax.axvspan(low, high, color="0.93", lw=0)
        for density, shell, colour in ((s, "s", COLOURS[2]), (p, "p", COLOURS[0])):
            ax.plot(
                grid[inside], np.asarray(density)[inside], color=colour, lw=1.0,
                label=f"{element} {shell}",
            )  # fmt: skip
        ax.axvline(centre.against_edge, color=COLOURS[1], lw=1.2, label=f"{element} p centre")
        ax.axvline(centre.fermi - centre.edge, color="0.3", lw=0.8, ls="--", label="Fermi level")
        ax.text(
            0.01, 0.93, f"{subscripted(label)}: {figures(centre.against_edge, '.2f')} eV",
            transform=ax.transAxes, va="top", fontsize=NOTE,
        )  # fmt: skip
        ax.set_ylim(bottom=0)
        plain(ax, zero=False)
    axes[0].legend(fontsize=NOTE, frameon=False, ncols=4, loc="lower right", bbox_to_anchor=(1, 1))
    figure.supylabel("density of states (1/eV, all sites)", fontsize=8)
    axes[-1].set_xlabel(axis_label("level", zero="valence-band edge"))
    return figure
