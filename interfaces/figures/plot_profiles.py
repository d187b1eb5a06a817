"""Voltage profile of a host against Li content."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from interfaces.figures.style import (
    COLOURS,
    COLUMN,
    MILLIMETRE,
    TITLE,
    axis_label,
    caption,
    plain,
    subscripted,
)

HEIGHT = 65 * MILLIMETRE


def profile_figure(
    steps: Sequence[tuple[float, float, float]], host: str, note: str = ""
) -> Figure:
    """Equilibrium voltage steps (x1, x2, V) on charging.

    Parameters
    ----------
    steps : of :func:`interfaces.delithiation.voltage_profile`.
    host : name on the figure.
    note : a line under the figure, e.g. that the energies come from a surrogate.

    Returns
    -------
    Figure
        The figure.
    """
    figure = Figure(figsize=(COLUMN, HEIGHT), layout="constrained")
    ax = figure.subplots()
    contents = [x for first, second, _ in steps for x in (first, second)]
    voltages = [voltage for _, _, voltage in steps for _ in (0, 1)]
    ax.plot(contents, voltages, color=COLOURS[0], lw=1.4, gid="voltage")
    ax.set_xlim(1.03, -0.03)
    ax.set_xlabel(axis_label("content", carrier="Li"))
    ax.set_ylabel(axis_label("voltage", carrier="Li"))
    ax.set_title(subscripted(host), fontsize=TITLE)
    if note:
        caption(figure, note)
    plain(ax, small=False, zero=False)
    return figure
