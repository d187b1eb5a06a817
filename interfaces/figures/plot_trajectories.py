"""Analysis of a trajectory on one page: bonds, coordination, radial distributions, MSD."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from interfaces.aimd.drift import FS_PER_PS
from interfaces.aimd.trajectory_analysis import Analysis
from interfaces.figures.style import (
    COLOURS,
    LABEL,
    MINUS,
    TICK,
    TITLE,
    WIDTH,
    axis_label,
    plain,
    spread,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 5.6  #: inches
CURVES = 6  #: pairs or elements in a panel, as many as there are colours
RDFS = 4
TEXT = TICK
APART = 0.07  #: between two labels at the end of curves, as a share of the panel


def trajectory_figure(analysis: Analysis, title: str = "") -> Figure:
    """Four panels: bonds made and broken, neighbours, radial distributions, displacements.

    Bonds count against the first frame: new ones upwards, lost ones downwards [number] against
    time [ps]. "Before" and "after" are the first and last share of the run.

    Parameters
    ----------
    analysis : analysed trajectory.
    title : line above the figure.

    Returns
    -------
    Figure
        The figure.
    """
    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    axes = figure.subplots(2, 2)
    _bonds(axes[0, 0], analysis)
    _neighbours(axes[0, 1], analysis)
    _distances(axes[1, 0], analysis)
    _displacements(axes[1, 1], analysis)
    for letter, ax in zip("abcd", axes.flat, strict=True):
        ax.set_title(letter, loc="left", fontsize=LABEL, fontweight="bold")
        plain(ax, small=False, zero=False)
    run = analysis.trajectory
    run_summary = f"{len(run)} frames, {run.duration / FS_PER_PS:g} ps, {len(run.species)} atoms"
    if analysis.temperature is not None:
        run_summary += f", {analysis.temperature.mean:.0f} K"
    figure.suptitle(f"{title}\n{run_summary}" if title else run_summary, fontsize=TITLE)
    return figure


def _bonds(ax: Axes, analysis: Analysis) -> None:
    bonds = analysis.bonds
    times = bonds.times / FS_PER_PS
    shown = _changed(analysis)
    ax.axhline(0, color="0.7", lw=0.6, zorder=0)
    ends: list[tuple[float, str, str]] = []
    for colour, name in zip(COLOURS, shown, strict=False):
        new, lost = bonds.new(name), -bonds.lost(name)
        for values, kind in ((new, "new"), (lost, "lost")):
            if values.any():
                ax.step(
                    times, values, where="post", color=colour, lw=1.2, gid=f"{kind} {name}",
                    ls="-" if kind == "new" else "--",
                )  # fmt: skip
                ends.append((float(values[-1]), name, colour))
    if not shown:
        _say(ax, "no bond made or broken")
    ax.set_xlabel(axis_label("time"))
    ax.set_ylabel("bonds lost (dashed) | new")
    ax.set_xlim(times[0], times[-1] if len(times) > 1 else times[0] + 1)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    _label_ends(ax, ends)


def _changed(analysis: Analysis) -> list[str]:
    """Pairs whose bonds changed, most first: one colour each in both panels that show them."""
    bonds = analysis.bonds
    moved = {n: int(max(bonds.new(n).max(), bonds.lost(n).max())) for n in bonds.names}
    return sorted((n for n in moved if moved[n]), key=lambda n: -moved[n])[:CURVES]


def _label_ends(ax: Axes, ends: list[tuple[float, str, str]]) -> None:
    """Names at the right end of curves, moved apart."""
    if not ends:
        return
    low, high = ax.get_ylim()
    ends = sorted(ends)
    places = spread([end[0] for end in ends], APART * (high - low), low, high)
    for (value, name, colour), place in zip(ends, places, strict=True):
        ax.annotate(
            name, (1.0, value), xytext=(1.03, place), xycoords=("axes fraction", "data"),
            textcoords=("axes fraction", "data"), fontsize=TEXT, color=colour, va="center",
            arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.4, "shrinkA": 1, "shrinkB": 0},
            annotation_clip=False,
        )  # fmt: skip


def _neighbours(ax: Axes, analysis: Analysis) -> None:
    if not analysis.coordinations:
        _say(ax, "no metal with O, S or Cl around it")
        ax.set_axis_off()
        return
    coordination = analysis.coordinations[0]
    numbers = np.arange(len(coordination.before))
    early = slice(0, max(1, round(len(coordination.mean) * analysis.share)))
    late = slice(len(coordination.mean) - early.stop, None)
    for shares, window, word, colour, shift in (
        (coordination.before, early, "before", "0.65", -0.2),
        (coordination.after, late, "after", COLOURS[0], 0.2),
    ):
        mean = coordination.mean[window].mean()
        label = f"{word}, mean {mean:.2f}"
        ax.bar(numbers + shift, shares, 0.38, color=colour, label=label, gid=word)
    ax.set_xlabel(
        f"{coordination.ligand} within {coordination.cutoff:.2f} Å of {coordination.centre}"
    )
    ax.set_ylabel(f"share of {coordination.centre}")
    ax.set_xticks(numbers)
    ax.set_xlim(
        np.flatnonzero(coordination.before + coordination.after)[0] - 0.6, numbers[-1] + 0.6
    )
    ax.legend(
        fontsize=TEXT, frameon=False, ncols=2, loc="lower right", bbox_to_anchor=(1.0, 1.0),
        borderaxespad=0.2,
    )  # fmt: skip


def _distances(ax: Axes, analysis: Analysis) -> None:
    colours = dict(zip(_changed(analysis), COLOURS, strict=False))
    both = {b.name: (b, a) for b, a in zip(analysis.before, analysis.after, strict=True)}
    pairs = [both[name] for name in [*colours, *(n for n in both if n not in colours)]][:RDFS]
    pairs.reverse()  # the first on top
    if not pairs:
        _say(ax, "no pair followed")
    # each curve is drawn to one height: peaks of narrow bonds would hide the rest
    for level, (before, after) in enumerate(pairs):
        top = max(float(before.g.max()), float(after.g.max())) or 1.0
        colour = colours.get(before.name, "0.2")
        for rdf, style, shade in ((before, ":", "0.45"), (after, "-", colour)):
            when = "before" if rdf is before else "after"
            ax.plot(
                rdf.r, level + 0.85 * rdf.g / top, style, color=shade, lw=1.1,
                gid=f"g(r) of {before.name}, {when}; level {level}, height {top:.4g}",
            )  # fmt: skip
        ax.text(
            0.02, level + 0.55, f"{before.name}\nmax {top:.3g}", fontsize=TEXT, color=colour,
            transform=ax.get_yaxis_transform(), va="center",
        )  # fmt: skip
    # a flat g(r) leaves an axis without height, and the labels far outside it
    low, high = ax.get_ylim()
    ax.set_ylim(low, max(high, len(pairs) - 0.2))
    ax.set_yticks([])
    ax.set_ylabel("$g(r)$, each to its own height")
    ax.set_xlabel(f"{axis_label('distance')}; dotted before, full after")
    if pairs:
        ax.set_xlim(0, pairs[0][0].r[-1])


def _displacements(ax: Axes, analysis: Analysis) -> None:
    if not analysis.diffusions:
        _say(ax, "run too short or uneven\nfor displacements")
        ax.set_axis_off()
        return
    ends = []
    for colour, diffusion in zip(COLOURS, analysis.diffusions, strict=False):
        ax.plot(
            diffusion.lags / FS_PER_PS,
            diffusion.msd,
            color=colour,
            lw=1.2,
            gid=f"msd {diffusion.element}",
        )
        ends.append((float(diffusion.msd[-1]), diffusion.element, colour))
    first = analysis.diffusions[0]
    ax.set_xlim(0, first.lags[-1] / FS_PER_PS)
    ax.set_ylim(
        0, 1.15 * max(float(diffusion.msd.max()) for diffusion in analysis.diffusions) or 1.0
    )
    ax.set_xlabel(axis_label("lag"))
    ax.set_ylabel(axis_label("displacement"))
    value = f"D = {_power(first.diffusivity)} ± {_power(first.error)} cm²/s"
    if not first.diffusive:  # the slope is not a diffusivity; it only bounds one
        value = f"no diffusion resolved, D < {_power(first.diffusivity + 2 * first.error)} cm²/s"
    ax.text(
        0.03, 0.97, f"{first.element}: {value}", fontsize=TEXT, va="top",
        color=COLOURS[0], transform=ax.transAxes,
    )  # fmt: skip
    _label_ends(ax, ends)


def _power(value: float) -> str:
    r"""A number with its power of ten.

    >>> _power(1.23e-6)
    '1.2·10$^{−6}$'
    """
    if value == 0:
        return "0"
    digits, _, power = f"{value:.1e}".partition("e")
    return f"{digits}·10$^{{{int(power)}}}$".replace("-", MINUS)


def _say(ax: Axes, words: str) -> None:
    ax.text(0.5, 0.5, words, ha="center", va="center", fontsize=LABEL, transform=ax.transAxes)
