"""Results of a screen: compounds against all partners, as coloured tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from interfaces.figures.style import (
    COLOURS,
    ENERGIES,
    LABEL,
    MINUS,
    NOTE,
    TITLE,
    WIDTH,
    Array,
    material,
    plain,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 0.145  #: inches of a row of a table
TEXT = 6.0  #: points
STRIP = 1.9  #: inches of the distributions
MILDEST, STRONGEST = 24, 8  #: rows shown of a longer group
DARK = 0.5  #: share of the colour scale below which numbers are white


def screen_figure(
    names: Sequence[str],
    partners: Sequence[str],
    energies: Array,
    groups: Mapping[str, Sequence[int]],
    title: str = "",
) -> Figure:
    """Distribution over all compounds, and tables of the mildest and the strongest.

    Parameters
    ----------
    names : of C compounds.
    partners : names of the E partners.
    energies : (C, E) lowest mutual reaction energies [eV/atom]; NaN where a pair failed.
    groups : title -> rows, at most two; each is sorted by its mean over the partners.

    Returns
    -------
    Figure
        The figure.
    """
    tables = [(label, _chosen(energies, np.asarray(rows))) for label, rows in groups.items()]
    longest = max(sum(row is not None for row in rows) + (None in rows) for _, rows in tables)
    height = STRIP + 0.9 + ROW * longest
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    grid = GridSpec(2, len(tables), figure, height_ratios=(STRIP, height - STRIP))
    _distributions(figure.add_subplot(grid[0, :]), partners, energies, groups)
    norm = Normalize(float(np.nanmin(energies)), 0.0)
    for column, (label, rows) in enumerate(tables):
        ax = figure.add_subplot(grid[1, column])
        _table(ax, names, partners, energies, rows, norm)
        ax.set_title(f"{label} (meV/atom)", fontsize=LABEL, pad=16)
        ax.set_ylim(longest - 0.5, -0.5)  # tables of unequal length keep the same rows
    bar = figure.colorbar(ScalarMappable(norm, ENERGIES), ax=figure.axes[1:], location="bottom",
                          aspect=50, fraction=0.02, pad=0.01)  # fmt: skip
    bar.set_label("lowest mutual reaction energy (eV/atom)", fontsize=NOTE)
    bar.ax.tick_params(labelsize=NOTE)
    if title:
        figure.suptitle(title, fontsize=TITLE)
    return figure


def _chosen(energies: Array, rows: Array) -> list[int | None]:
    """Rows of a group from mild to strong; None where some are left out."""
    mean = np.nanmean(energies[rows], axis=1)
    ordered = [int(row) for row in rows[np.argsort(-mean, kind="stable")]]
    if len(ordered) <= MILDEST + STRONGEST + 1:
        return list(ordered)
    return [*ordered[:MILDEST], None, *ordered[-STRONGEST:]]


def _distributions(
    ax: Axes, partners: Sequence[str], energies: Array, groups: Mapping[str, Sequence[int]]
) -> None:
    """Every compound as a dot, by partner and group, with the median as a bar."""
    step = 1.0 / (len(groups) + 1)
    for g, (label, rows) in enumerate(groups.items()):
        for e in range(len(partners)):
            values = np.sort(energies[np.asarray(rows), e])
            values = values[~np.isnan(values)]
            if not values.size:
                continue
            # a fixed weave across the band keeps dots apart without chance
            place = e + (g + 1) * step + 0.36 * step * np.sin(2.4 * np.arange(values.size)) - 0.5
            ax.plot(
                place, values, "o", ms=2.4, mew=0, alpha=0.65, color=COLOURS[g],
                label=f"{label} ({len(rows)})" if e == 0 else None, gid=f"{label}, {partners[e]}",
            )  # fmt: skip
            middle = e + (g + 1) * step - 0.5
            half = 0.42 * step
            ax.plot([middle - half, middle + half], [np.median(values)] * 2, color="0.15", lw=1.2)
    plain(ax, small=False)
    ax.set_xticks(range(len(partners)), [material(name) for name in partners], fontsize=LABEL)
    ax.tick_params(axis="x", length=0)
    ax.set_ylabel("lowest mutual reaction\nenergy (eV/atom)")
    ax.legend(fontsize=NOTE, frameon=False, loc="lower right", handletextpad=0.1)


def _table(
    ax: Axes,
    names: Sequence[str],
    partners: Sequence[str],
    energies: Array,
    rows: Sequence[int | None],
    norm: Normalize,
) -> None:
    shown = np.full((len(rows), len(partners)), np.nan)
    for k, row in enumerate(rows):
        if row is not None:
            shown[k] = energies[row]
    ax.imshow(shown, cmap=ENERGIES, norm=norm, aspect="auto", interpolation="nearest", gid="energy")
    for k, row in enumerate(rows):
        for e in range(len(partners)):
            value = shown[k, e]
            if row is None:
                ax.text(e, k, "\N{VERTICAL ELLIPSIS}", fontsize=TEXT, ha="center", va="center")
            elif np.isnan(value):
                ax.text(e, k, "\N{EN DASH}", fontsize=TEXT, ha="center", va="center", color="0.4")
            else:
                ax.text(
                    e, k, f"{1000 * value:z.0f}".replace("-", MINUS), fontsize=TEXT, ha="center",
                    va="center", color="white" if norm(value) < DARK else "0.1",
                )  # fmt: skip
    ax.set_yticks(
        range(len(rows)),
        ["" if row is None else material(names[row]) for row in rows],
        fontsize=TEXT,
    )
    ax.set_xticks(range(len(partners)), partners, fontsize=NOTE)
    ax.xaxis.tick_top()
    ax.tick_params(length=0, pad=2)
    ax.spines[:].set_visible(False)
