"""Several results in one figure: windows on one axis, pairs on one plot, a matrix of energies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import ArrayLike

from interfaces.errors import ReactantError
from interfaces.figures.plot_curves import Axis, drawn
from interfaces.figures.style import (
    COLOURS,
    COLUMN,
    ENERGIES,
    LABEL,
    MILLIMETRE,
    MINUS,
    NOTE,
    TICK,
    WIDTH,
    axis_label,
    conditions,
    energy_label,
    material,
    plain,
    source,
)
from interfaces.phases.reservoirs import nonopen
from interfaces.phases.schemes import at_any_temperature
from interfaces.reactivity.mixing_curve import MixingCurve
from interfaces.stability.electrochemical_window import Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REDUCED, STABLE, OXIDISED = COLOURS[5], "0.55", COLOURS[4]
HIGHEST = 5.0  #: V that the axis shows at least
BEYOND = 0.5  #: V shown beyond the last limit
ROW = 6.5 * MILLIMETRE  #: height of a window or a row of a matrix
LIGHT = 0.5  #: share of the colour scale above which numbers are black
MOST = 6  #: pairs whose lines are told apart
DASHES = {"total": "-", "mutual": "--"}
NEAR = 0.06  #: of the axis; a limit so near to its start is written inside the bar


def windows_figure(windows: Sequence[Window]) -> Figure:
    """Electrochemical windows [V] of many compounds as bars on one axis, by hull energy.

    The dark bar is the window; what is left of it is reduction, right of it oxidation. White lines
    are further decomposition voltages. The limits are written beside the bars.

    Parameters
    ----------
    windows : windows against one carrier.

    Returns
    -------
    Figure
        The figure, one column wide for short names.

    Raises
    ------
    ReactantError
        If there is no window, or they have different carriers.
    """
    carriers = {window.carrier for window in windows}
    if len(carriers) != 1:
        raise ReactantError(
            f"windows on one axis need one carrier, got {', '.join(sorted(carriers)) or 'none'}"
        )
    (carrier,) = carriers
    end = max(HIGHEST, *((window.oxidation or 0.0) + BEYOND for window in windows))
    figure = Figure(figsize=(WIDTH, ROW * len(windows) + 0.85), layout="constrained")
    ax = figure.subplots()
    for row, window in enumerate(windows):
        _window_bar(ax, window, row, end)
    ax.set_yticks(
        range(len(windows)), [material(w.compound.label, w.compound.formula) for w in windows]
    )
    ax.set_ylim(len(windows) - 0.4, -0.6)
    ax.set_xlim(0, end)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(axis_label("voltage", carrier=carrier))
    plain(ax, small=False, zero=False)
    handles = [
        Patch(fc=REDUCED, alpha=0.5, label=f"takes up {carrier}"),
        Patch(fc=STABLE, label="stable (hull energy)"),
        Patch(fc=OXIDISED, alpha=0.5, label=f"releases {carrier}"),
    ]
    ax.legend(handles=handles, fontsize=NOTE, frameon=False, ncols=3, loc="lower left",
              bbox_to_anchor=(0, 1), borderaxespad=0.1)  # fmt: skip
    source(figure, windows[0].scheme, of=windows)
    return figure


def _window_bar(ax: Axes, window: Window, row: int, end: float) -> None:
    for stage in window.stages:
        top = end if stage.high is None else min(stage.high, end)
        stable = stage is window.stable_stage
        colour = STABLE if stable else REDUCED if stage.carriers > 0 else OXIDISED
        ax.barh(row, top - stage.low, left=stage.low, height=0.62, color=colour, lw=0.5,
                alpha=1.0 if stable else 0.5, edgecolor="white")  # fmt: skip
    low, high = window.reduction, window.oxidation
    if low is None:
        return
    limits = [low] if high is None else [low, high]
    ax.plot(limits, [row] * len(limits), "|", color="0.1", ms=9, mew=1.4,
            gid=f"window of {window.compound.label}")  # fmt: skip
    labels = [] if low == 0 or high == low else [(low, "left" if low < NEAR * end else "right")]
    for x, side in [*labels, *([] if high is None else [(high, "left")])]:
        ax.annotate(
            f"{x:.2f}", (x, row), (3 if side == "left" else -3, 0), ha=side, va="center",
            textcoords="offset points", fontsize=NOTE,
            color="white" if side == "left" and x == low and x != high else "0",
        )  # fmt: skip


def pairs_figure(
    curves: Sequence[MixingCurve], kinds: Sequence[str] = ("total", "mutual")
) -> Figure:
    """Several pairs on one plot: total (full) and mutual energy (dashed) against mixing.

    Energies are in eV/atom, or per non-open atom for open curves, which all have to be of the same
    open elements. A band is one standard error. The minimum of each drawn line is marked.

    Parameters
    ----------
    curves : mixing curves of one basis, six at most.
    kinds : ``total``, ``mutual`` or both.

    Returns
    -------
    Figure
        The figure, one column wide.

    Raises
    ------
    ReactantError
        If there is no curve, more than six, or their bases differ.
    """
    bases = {tuple(element.symbol for element in curve.open_elements) for curve in curves}
    if len(bases) != 1 or len(curves) > MOST:
        raise ReactantError(
            f"one plot takes one to {MOST} curves open to the same elements, got {len(curves)} of "
            f"{len(bases)} bases; draw them in several"
        )
    (symbols,) = bases
    axis: Axis = "nonopen" if symbols else "mixing"
    figure = Figure(figsize=(COLUMN, 82 * MILLIMETRE), layout="constrained")
    ax = figure.subplots()
    low, high = 0.0, 0.0
    for colour, curve in zip(COLOURS, curves, strict=False):
        u, total, mutual, error = drawn(curve, axis)
        name = " | ".join(
            material(r.label, r.formula) for r in (curve.reactant_1, curve.reactant_2)
        )
        for kind, values in (("total", total), ("mutual", mutual)):
            if kind not in kinds:
                continue
            label = name if kind == kinds[0] else None
            gid = f"{curve.reactant_1.label} | {curve.reactant_2.label}, {kind}"
            ax.plot(u, values, DASHES[kind], color=colour, lw=1.3, label=label, gid=gid)
            at = int(np.argmin(values))
            ax.plot(u[at], values[at], "o", color=colour, ms=4, mfc="white")
            low = min(low, float(values[at]))
        if "total" in kinds and np.isfinite(error).all():
            ax.fill_between(u, total - error, total + error, color=colour, alpha=0.15, lw=0)
            low, high = min(low, float((total - error).min())), max(high, float(
                (total + error).max()))  # fmt: skip
    words = f"atomic fraction of the first ({', '.join(symbols)} not counted)" if symbols else (
        "atomic fraction of the first")  # fmt: skip
    ax.set_xlabel(words)
    ax.set_ylabel(energy_label(symbols))
    ax.set_xlim(0, 1)
    ax.set_ylim(1.08 * low or -0.05, max(high, 0.03 * abs(low)) or 0.01)
    plain(ax, small=False)
    ax.legend(fontsize=NOTE, frameon=False, loc="lower left", bbox_to_anchor=(0, 1),
              borderaxespad=0.1, labelcolor="linecolor", ncols=2, columnspacing=1.0)  # fmt: skip
    held = {conditions(curve.open_elements) for curve in curves}
    ways = "full: total, dashed: mutual" * (len(kinds) > 1)
    titles = [ways, *(each for each in held if len(held) == 1)]
    figure.suptitle("; ".join(filter(None, titles)), fontsize=NOTE, color="0.3")
    source(figure, curves[0].scheme, of=curves)
    return figure


def matrix_figure(
    energies: ArrayLike,
    first: Sequence[str],
    second: Sequence[str],
    *,
    open_elements: Sequence[str] = (),
    scheme: str = "",
    note: str = "",
) -> Figure:
    """Mutual energies of every pair of two lists as a heat map, numbers in meV.

    Parameters
    ----------
    energies : (N, M) lowest mutual energies [eV/atom, or eV per atom that is not open]; NaN where a
        pair was not computed.
    first, second : names or formulas of the N rows and M columns.
    open_elements : symbols of the open elements.
    scheme : source of the energies.
    note : how good these energies are.

    Returns
    -------
    Figure
        The figure, as wide as its columns need.

    Raises
    ------
    ReactantError
        If the shape of the energies does not fit the names.
    """
    values = 1000.0 * np.asarray(energies, dtype=float)
    if values.shape != (len(first), len(second)):
        raise ReactantError(
            f"energies of shape {values.shape} for {len(first)} rows and {len(second)} columns"
        )
    width = COLUMN if len(second) <= 5 else WIDTH
    figure = Figure(figsize=(width, ROW * len(first) + 1.0), layout="constrained")
    ax = figure.subplots()
    bottom = min(float(np.nanmin(values)) if np.isfinite(values).any() else 0.0, -1.0)
    image = ax.imshow(values, cmap=ENERGIES, vmin=bottom, vmax=0, aspect="auto", gid="mutual")
    for (i, j), value in np.ndenumerate(values):
        text = "\N{EN DASH}" if np.isnan(value) else f"{value:z.0f}".replace("-", MINUS)
        pale = np.isnan(value) or value / bottom < LIGHT
        ax.text(j, i, text, ha="center", va="center", fontsize=NOTE,
                color="0.1" if pale else "white")  # fmt: skip
    ax.set_yticks(range(len(first)), [material(name) for name in first], fontsize=TICK)
    ax.set_xticks(range(len(second)), [material(name) for name in second], fontsize=TICK)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    basis = f"meV per {nonopen(open_elements)} atom" if open_elements else "meV/atom"
    bar = figure.colorbar(image, ax=ax, location="bottom", aspect=30, pad=0.04)
    bar.set_label(f"lowest mutual energy ({basis})", fontsize=LABEL)
    bar.ax.tick_params(labelsize=TICK)
    source(figure, scheme, note=note)
    return figure


def temperatures_figure(curves: Mapping[float, MixingCurve]) -> Figure:
    """Lowest total and mutual energy of a pair against temperature.

    Parameters
    ----------
    curves : temperature [K] -> curve of the same pair in the same basis.

    Returns
    -------
    Figure
        The figure, one column wide.

    Raises
    ------
    ReactantError
        If there are fewer than two temperatures.
    """
    if len(curves) < 2:
        raise ReactantError(f"energy against temperature needs two of them, got {len(curves)}")
    kelvin = sorted(curves)
    curve = curves[kelvin[0]]
    figure = Figure(figsize=(COLUMN, 70 * MILLIMETRE), layout="constrained")
    ax = figure.subplots()
    for colour, kind in zip(COLOURS, ("total", "mutual"), strict=False):
        minima = [getattr(curves[t], f"minimum_{kind}") for t in kelvin]
        energies = [getattr(kink, f"{kind}_per_nonopen_atom") for kink in minima]
        ax.plot(kelvin, energies, "o" + DASHES[kind], color=colour, ms=3.5, lw=1.3, label=kind,
                gid=f"minimum {kind}")  # fmt: skip
    ax.set_xlabel("temperature (K)")
    ax.set_ylabel(f"lowest {energy_label([e.symbol for e in curve.open_elements])}")
    ax.legend(fontsize=NOTE, frameon=False, labelcolor="linecolor")
    ax.set_title(
        " | ".join(material(r.label, r.formula) for r in (curve.reactant_1, curve.reactant_2)),
        fontsize=LABEL,
    )
    plain(ax, small=False)
    source(figure, at_any_temperature(curve.scheme), of=[curve])
    return figure
