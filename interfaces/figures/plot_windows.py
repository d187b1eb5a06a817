"""Electrochemical window: carrier content and decomposition energy against voltage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from interfaces.figures.listing import Listing, number_strip
from interfaces.figures.style import (
    COLOURS,
    LABEL,
    TICK,
    TITLE,
    WIDTH,
    axis_label,
    conditions,
    figures,
    heading,
    plain,
    source,
    subscripted,
)
from interfaces.phases.reference_electrodes import ReferenceElectrode
from interfaces.stability.decomposition_stages import STABLE, Stage
from interfaces.stability.electrochemical_window import Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STAIRCASE, OWN, HULL, TOPOTACTIC, SHADE = COLOURS[0], COLOURS[1], "0.35", COLOURS[2], COLOURS[5]
NO_BREAK = "\N{NO-BREAK SPACE}"
LISTED = 12  #: stages whose reactions are listed
HIGHEST = 5.0  #: V that the voltage axis shows at least
BEYOND = 0.5  #: V shown beyond the last event
INSIDE = 0.16  #: of the axis; a limit nearer to its end is written on the inner side


def window_figure(window: Window) -> Figure:
    """Staircase and decomposition energy of a compound against voltage.

    Top: carriers taken up (+) or released (-) per formula unit, the window shaded with its limits
    [V], average intercalation voltages as dashed ticks. Bottom: decomposition energy [eV per atom
    of the formula], negative where favourable, of the compound's own energy and at its hull energy.
    The stages are numbered; their reactions are listed below. A second scale on top counts
    from the reference electrode of the window, by its plateau in the phase set.

    Parameters
    ----------
    window : electrochemical window.

    Returns
    -------
    Figure
        The figure.
    """
    stages, carrier = window.stages, window.carrier
    end = max(HIGHEST, stages[-1].low + BEYOND)
    listing = _stage_list(window, end)
    heights = [2.1, 0.3, 1.9, listing.height]
    engine = ConstrainedLayoutEngine(h_pad=0.02, hspace=0.0)
    figure = Figure(figsize=(WIDTH, sum(heights) + 1.2), layout=engine)
    grid = figure.add_gridspec(4, 1, height_ratios=heights)
    top = figure.add_subplot(grid[0])
    strip, bottom = (figure.add_subplot(grid[k], sharex=top) for k in (1, 2))
    top.set_xlim(0, end)
    _staircase(top, window, end)
    _decomposition(bottom, window, end)
    for ax in (top, bottom):
        _mark_window(ax, window, end)
        for stage in stages[1:]:
            ax.axvline(stage.low, color="0.85", lw=0.5, zorder=0)
    _limits(top, window, end)
    _intercalation_ticks(top, window, end)
    number_strip(strip, [(s.low + (end if s.high is None else s.high)) / 2 for s in stages], 0, end)
    top.tick_params(labelbottom=False)
    bottom.set_xlabel(axis_label("voltage", carrier=carrier))
    figure.align_ylabels([top, bottom])
    if window.electrode is not None:
        _second_scale(top, window.electrode)
    opened = f", {conditions(window.open_elements)}" if window.open_elements else ""
    figure.suptitle(
        f"{subscripted(window.compound.formula.text)} against {carrier}{opened}\n"
        f"{_stability(window)}",
        fontsize=TITLE,
    )
    listing.draw(figure.add_subplot(grid[3]))
    source(figure, window.scheme, of=[window])
    return figure


def _staircase(ax: Axes, window: Window, end: float) -> None:
    """The staircase with its steps at the events, and room above it for what is written there."""
    voltages = [v for s in window.stages for v in (s.low, end if s.high is None else s.high)]
    carriers = [s.carriers for s in window.stages for _ in range(2)]
    ax.plot(voltages, carriers, color=STAIRCASE, lw=1.5, gid="staircase")
    low, high = min(0.0, *carriers), max(0.0, *carriers)
    span = (high - low) or 1.0
    ax.set_ylim(low - 0.12 * span, high + 0.4 * span)
    ax.set_ylabel(axis_label("exchanged", carrier=window.carrier))
    plain(ax, small=False)


def _decomposition(ax: Axes, window: Window, end: float) -> None:
    """E_D, linear between stages: own energy, and hull energy where it differs."""
    voltages = [0.0, *(s.low for s in window.stages[1:]), end]
    above = window.compound.energy_above_hull
    known = window.compound.energy_model != "hull"
    if known:
        energies = [window.decomposition_energy(v, "own") for v in voltages]
        ax.plot(voltages, energies, color=OWN, lw=1.5, label="own energy", gid="own")
    if not known or above > STABLE:
        energies = [window.decomposition_energy(v, "hull") for v in voltages]
        style: dict[str, Any] = {"color": HULL, "lw": 1.2, "ls": "--" if known else "-"}
        ax.plot(voltages, energies, label="hull energy", gid="hull", **style)
    ax.set_ylabel(axis_label("decomposition"))
    plain(ax, small=False)
    heading(ax)


def _mark_window(ax: Axes, window: Window, end: float) -> None:
    """Shade the window; a line where its width is zero."""
    stage = window.stable_stage
    if stage is None:
        return
    high = end if stage.high is None else stage.high
    unstable = window.compound.energy_above_hull > STABLE
    if high > stage.low and unstable:  # outlined: the window belongs to the hull energy alone
        ax.axvspan(stage.low, high, fc="none", ec=SHADE, lw=0.9, ls="--", zorder=0, gid="window")
    elif high > stage.low:
        ax.axvspan(stage.low, high, color=SHADE, alpha=0.25, lw=0, zorder=0, gid="window")
    else:
        look: dict[str, Any] = {"lw": 1.0, "ls": "--"} if unstable else {"lw": 2.5, "alpha": 0.8}
        ax.axvline(stage.low, color=SHADE, zorder=0.5, gid="window", **look)


def _limits(ax: Axes, window: Window, end: float) -> None:
    """Write the limits beside the window, on its inner side where the axis ends too soon."""
    low, high = window.reduction, window.oxidation
    if low is None:
        return
    reduction = f"reduction {low:.3f} V" if low > 0 else f"not reduced by {window.carrier} metal"
    oxidation = f"open: no {window.carrier} to give off \u2192"
    if high is not None:
        oxidation = f"oxidation {high:.3f} V"
    edge = end if high is None else high
    left_inside, right_inside = low < INSIDE * end, end - edge < INSIDE * end
    row = 2 if (left_inside or right_inside) and edge - low < 2.5 * INSIDE * end else 1
    for x, label, before, line in (
        (low, reduction, not left_inside, 1), (edge, oxidation, right_inside, row),
    ):  # fmt: skip
        ax.annotate(
            label, (x, 1.0), xycoords=("data", "axes fraction"), fontsize=TICK, va="top",
            xytext=(-3 if before else 3, -2 - 10 * (line - 1)), textcoords="offset points",
            ha="right" if before else "left",
        )  # fmt: skip


def _intercalation_ticks(ax: Axes, window: Window, end: float) -> None:
    shown = [
        intercalation.voltage
        for intercalation in window.intercalations
        if 0 <= intercalation.voltage <= end
    ]
    if not shown:
        return
    ax.vlines(
        shown, 0, 0.22, transform=ax.get_xaxis_transform(), color=TOPOTACTIC, lw=1.2,
        ls=(0, (2, 1)), label="average intercalation (topotactic)", gid="intercalation",
    )  # fmt: skip
    ax.legend(
        frameon=False, fontsize=TICK, labelcolor=TOPOTACTIC, loc="upper right",
        bbox_to_anchor=(1.0, 0.88),
    )  # fmt: skip


def _second_scale(ax: Axes, electrode: ReferenceElectrode) -> None:
    """Voltages against the couple on top, by its plateau in the phase set."""
    offset = electrode.potential("set")
    functions = (lambda v: np.asarray(v) - offset, lambda v: np.asarray(v) + offset)
    second = ax.secondary_xaxis("top", functions=functions)
    measured = electrode.experimental
    note = "" if measured is None else f" (measured: {measured:.3f} V)"
    label = axis_label("couple", couple=subscripted(electrode.couple))
    second.set_xlabel(
        f"{label}, its plateau by the phase set at {electrode.plateau:.3f} V{note}", fontsize=LABEL
    )
    second.tick_params(labelsize=TICK)


def _stability(window: Window) -> str:
    """Sentence on the stability of the compound and the energy that the window belongs to."""
    above = 1000 * window.compound.energy_above_hull
    stage = window.stable_stage
    if stage is None:
        return "no window: something is exchanged at every voltage"
    zero = " of zero width" if stage.high == stage.low else ""
    drawn = f"outlined: the window{zero} by hull energy"
    if window.compound.energy_model == "hull":
        return f"{drawn}, the own energy is not known"
    if window.own_limits is None:
        return f"{above:.1f} meV/atom above the hull, stable at no voltage as it is\n{drawn}"
    low, high = window.own_limits
    upper = "" if high is None else f" to {high:.3f} V"
    below = (
        f", {-above:.1f} meV/atom below the hull of the set" if window.compound.joins_pool else ""
    )
    return f"stable as it is from {low:.3f} V{upper}{below}"


def _span(stage: Stage) -> str:
    if stage.high is None:
        return f"{stage.low:.3f} and up"
    return f"{stage.low:.3f} to {stage.high:.3f}" if stage.high > stage.low else f"{stage.low:.3f}"


def _stage_list(window: Window, end: float) -> Listing:
    carrier = window.carrier
    rows = [
        (
            str(number),
            _span(s),
            figures(s.carriers, "+.4g") if s.carriers else "0",
            str(s.reaction),
        )
        for number, s in enumerate(window.stages[:LISTED], start=1)
    ]
    if len(window.stages) > LISTED:
        rows.append(("...", f"{len(window.stages)} stages", "", "all are in the CSV of the window"))
    hosts = ", ".join(
        f"{intercalation.partner}{NO_BREAK}{figures(intercalation.voltage)}{NO_BREAK}V"
        + ("" if 0 <= intercalation.voltage <= end else " (not shown)")
        for intercalation in window.intercalations
    )
    footer = (
        f"dashed: average intercalation (topotactic) between {window.compound.formula} and the "
        f"same host with another {carrier} content, no decomposition limit: {hosts}"
    )
    head = ("", "voltage (V)", f"{carrier} taken up", "reaction")
    return Listing(head, rows, footer if hosts else "", TOPOTACTIC)
