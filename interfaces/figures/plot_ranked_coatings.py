"""Coatings in the order of their ranking, with the energies of both contacts."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from interfaces.coatings import CoatingRanking
from interfaces.errors import ReactantError
from interfaces.figures.style import (
    COLOURS,
    MILLIMETRE,
    MINUS,
    NOTE,
    TICK,
    TITLE,
    WIDTH,
    conditions,
    material,
    plain,
    source,
)
from interfaces.phases.reservoirs import nonopen

ROW = 3.6 * MILLIMETRE
MEV = 1000.0
LINEAR, HIGH = 20.0, 5.0  #: meV: where the scale turns from linear to logarithmic; its end
TICKS = (0, 10, 20, 50, 100, 200, 400, 800, 1600)  #: meV
MARKS = ("o", "s", "^", "D")


def ranked_coatings_figure(ranking: CoatingRanking, top: int = 30) -> Figure:
    """Lowest mutual energies of the best coatings with the cathode and the electrolyte, ranked.

    Names in bold pass every gate. Dashed lines are the bare contact.

    Parameters
    ----------
    ranking : ranked coatings.
    top : number of coatings drawn.

    Returns
    -------
    Figure
        The figure, two columns wide; energies on an inverse-sinh scale.

    Raises
    ------
    ReactantError
        If no candidate has both contacts.
    """
    drawn = [coating for coating in ranking.coatings if coating.electrolyte is not None][:top]
    if not drawn:
        raise ReactantError("no candidate has both contacts computed, so there is nothing to draw")
    figure = Figure(figsize=(WIDTH, ROW * len(drawn) + 1.0), layout="constrained")
    ax = figure.subplots()
    cathode = ranking.states[0][1].name.partition(" (")[0] or ranking.states[0][1].label
    electrolyte = material(ranking.electrolyte.label, ranking.electrolyte.formula)
    names = [f"with {material(cathode)}, {state}" for state, _ in ranking.states]
    names.append(f"with {electrolyte}")
    energies = np.array([[MEV * c.mutual_energy for c in coating.contacts] for coating in drawn])
    for k, name in enumerate(names):
        ax.plot(energies[:, k], range(len(drawn)), MARKS[k], ls="", color=COLOURS[k], ms=4.2,
                mfc="none", mew=1.1, label=name, gid=name)  # fmt: skip
    bare = {state: MEV * contact.mutual_energy for state, contact in ranking.bare}
    for k, (state, energy) in enumerate(bare.items()):
        ax.axvline(energy, color=COLOURS[k], lw=0.9, ls="--", label=f"no coating, {state}",
                   gid=f"bare, {state}")  # fmt: skip
    low = 1.12 * min(float(energies.min()), *bare.values(), -20.0)
    ax.set_xscale("asinh", linear_width=LINEAR)
    ticks = [-tick for tick in TICKS if -tick >= low]
    ax.set_xticks(ticks, [f"{tick}".replace("-", MINUS) for tick in ticks])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlim(low, HIGH)
    ax.set_yticks(range(len(drawn)), [
        f"{rank}  {material(c.name)}" + ("" if c.passes else f" (fails {len(c.failed)})")
        for rank, c in enumerate(drawn, 1)
    ])  # fmt: skip
    plain(ax, small=False, zero=False)
    for label, coating in zip(ax.get_yticklabels(), drawn, strict=True):
        label.set(fontsize=NOTE, fontweight="bold" if coating.passes else "normal")
    ax.set_ylim(len(drawn) - 0.4, -0.6)
    ax.grid(axis="y", color="0.92", lw=0.5)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", labelsize=TICK)
    symbols = [element.symbol for element in ranking.open_elements]
    unit = f"meV per {nonopen(symbols)} atom" if symbols else "meV/atom"
    ax.set_xlabel(f"lowest mutual energy ({unit}; asinh scale)")
    held = conditions(ranking.open_elements)
    figure.suptitle(
        f"coatings between {material(cathode)} and {electrolyte}" + (f", {held}" if held else ""),
        fontsize=TITLE,
    )
    ax.legend(fontsize=NOTE, frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=3,
              borderaxespad=0.1, columnspacing=1.2)  # fmt: skip
    source(figure, ranking.scheme, of=[ranking])
    return figure
