"""Coatings: mutual energies of both contacts, and electrochemical windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator
from numpy.typing import NDArray

from interfaces.coatings import Coating, CoatingRanking
from interfaces.errors import ReactantError
from interfaces.figures.plot_reference_reaction import label_points
from interfaces.figures.style import (
    COLOURS,
    MINUS,
    WIDTH,
    conditions,
    plain,
    source,
    subscripted,
)
from interfaces.phases.reactants import Reactant
from interfaces.phases.reservoirs import nonopen

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

OXIDATION = Normalize(3.0, 5.0)  #: V that the colours span
MAP = "cividis"
GATE, CATHODE, ELECTROLYTE = COLOURS[5], COLOURS[4], COLOURS[3]
TICKS = (0, 10, 20, 50, 100, 200, 400, 800, 1600)  #: meV
ROW = 0.165  #: inches of a bar
MEV = 1000.0
LINEAR, HIGH = 20.0, 5.0  #: meV: where the scale turns from linear to logarithmic; its end


def coatings_figure(ranking: CoatingRanking, top: int = 30) -> Figure:
    """Both contacts of every candidate, and the windows of the best.

    Left: lowest mutual energy with the cathode (the worse of its Li contents) against that
    with the electrolyte, meV/atom on a inverse-sinh scale, so milder is up and to the right. The
    region that the gates leave is shaded, bare contacts are dashed; the colour is the oxidation
    limit. The first ``top`` candidates and the Pareto
    front are named. Right: their windows in the order of the ranking,
    with the voltages of the cathode and the window of the electrolyte.

    Parameters
    ----------
    ranking : ranked coatings.
    top : number of coatings with a window.

    Returns
    -------
    Figure
        The figure.

    Raises
    ------
    ReactantError
        If no candidate has both contacts.
    """
    drawn = [coating for coating in ranking.coatings if coating.electrolyte is not None]
    if not drawn:
        raise ReactantError("no candidate has both contacts computed, so there is nothing to draw")
    named = [coating for rank, coating in enumerate(drawn) if rank < top or coating.on_front]
    height = max(4.2, ROW * len(named) + 1.3)
    engine = ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03)
    figure = Figure(figsize=(WIDTH, height), layout=engine)
    left, right = figure.subplots(1, 2, width_ratios=[1.75, 1])
    _contacts(left, ranking, drawn)
    _windows(right, ranking, named)
    opened = f", {conditions(ranking.open_elements)}" if ranking.open_elements else ""
    mid = "\N{THIN SPACE}|\N{THIN SPACE}"
    sides = (_written(ranking.states[0][1]), "coating", _written(ranking.electrolyte))
    figure.suptitle(f"{mid.join(sides)}{opened}", fontsize=9)
    source(figure, ranking.scheme, of=[ranking])
    figure.draw_without_rendering()  # the layout, which names need
    label_points(
        left,
        [_place(coating) for coating in named],
        [_named(coating) for coating in named],
        others=[_place(coating) for coating in drawn if coating not in named],
    )
    return figure


def _written(reactant: Reactant) -> str:
    """A formula with subscripts; the name of a system as it is, without its Li content."""
    return reactant.name.partition(" (")[0] or subscripted(reactant.formula.text)


def _named(coating: Coating) -> str:
    reactant = coating.candidate.reactant
    return coating.name if reactant is None else reactant.name or subscripted(coating.name)


def _ranked(coating: Coating) -> str:
    """The name with the number of gates that it fails."""
    failed = len(coating.failed)
    return _named(coating) + (f" (fails {failed})" if failed else "")


def _place(coating: Coating) -> tuple[float, float]:
    return MEV * coating.score("cathode"), MEV * coating.score("electrolyte")


def _contacts(ax: Axes, ranking: CoatingRanking, drawn: Sequence[Coating]) -> None:
    places = np.array([_place(coating) for coating in drawn])
    bare = {state: MEV * contact.mutual_energy for state, contact in ranking.bare}
    low = 1.12 * min(places.min(), *bare.values(), -20.0)
    for side in ("x", "y"):
        getattr(ax, f"set_{side}scale")("asinh", linear_width=LINEAR)
        ticks = [-tick for tick in TICKS if -tick >= low]
        getattr(ax, f"set_{side}ticks")(ticks, [f"{t}".replace("-", MINUS) for t in ticks])
        getattr(ax, f"set_{side}lim")(low, HIGH)
        getattr(ax, f"{side}axis").set_minor_locator(NullLocator())
    _gates(ax, ranking, low)
    for state, energy in bare.items():
        ax.plot(
            [energy, energy, HIGH], [HIGH, energy, energy], color="0.35", lw=0.9, ls="--", zorder=1,
            gid="bare",
        )  # fmt: skip
        ax.annotate(
            f"bare, {state}", (energy, energy), (3, 2), textcoords="offset points", fontsize=6.5,
            color="0.3",
        )  # fmt: skip
    for k, coating in enumerate(drawn):
        ax.plot(
            *places[k],
            ls="",
            **_marker(coating),
            zorder=3 + coating.passes,
            gid=f"coating {coating.name}",
        )
    states = ranking.states
    worse = ", worse end of charge" if len(states) > 1 else ""
    atoms = f"{nonopen([o.symbol for o in ranking.open_elements])} " * bool(ranking.open_elements)
    unit = f"(meV per {atoms}atom; asinh scale)" if atoms else "(meV/atom; asinh scale)"
    cathode = _written(states[0][1])
    ax.set_xlabel(f"reaction with {cathode}{worse} {unit}", fontsize=8)
    ax.set_ylabel(f"reaction with {_written(ranking.electrolyte)} {unit}", fontsize=8)
    plain(ax, zero=False)
    kinds = (
        ("o", "0.6", 5.5, "passes every gate"),
        ("o", "white", 4.5, "fails one"),
        ("D", "0.6", 5.5, "on the Pareto front"),
    )
    handles = [
        Line2D([], [], ls="", marker=marker, mfc=face, mec="0.2", mew=0.6, ms=size, label=label)
        for marker, face, size, label in kinds
    ]
    ax.legend(
        handles=handles, fontsize=6.5, frameon=False, loc="lower left", bbox_to_anchor=(0, 1),
        borderaxespad=0.1, handletextpad=0.1, columnspacing=1.0, ncols=len(handles),
    )  # fmt: skip


def _gates(ax: Axes, ranking: CoatingRanking, low: float) -> None:
    """Shade what the gates of the contacts leave; the stricter of the two states counts."""
    gates = ranking.gates
    limits = dict(zip(("discharged", "charged"), (gates.with_discharged, gates.with_charged),
                     strict=True))  # fmt: skip
    sides = [limit for state, _ in ranking.states if (limit := limits.get(state)) is not None]
    x = -MEV * min(sides) if sides else low
    y = low if gates.with_electrolyte is None else -MEV * gates.with_electrolyte
    ax.fill_between([x, HIGH], y, HIGH, color=GATE, alpha=0.22, lw=0, zorder=0, gid="gates")


def _marker(coating: Coating) -> dict[str, Any]:
    import matplotlib

    high = coating.limits[1] if coating.limits else 0.0
    face = matplotlib.colormaps[MAP](1.0 if high is None else float(OXIDATION(high)))
    if coating.passes:
        shape = "D" if coating.on_front else "o"
        return {"marker": shape, "mfc": face, "mec": "0.15", "mew": 0.6, "ms": 5.5}
    return {"marker": "o", "mfc": "white", "mec": face, "mew": 1.3, "ms": 4.5}


def _windows(ax: Axes, ranking: CoatingRanking, named: Sequence[Coating]) -> None:
    """Bars from reduction to oxidation limit; an arrow where there is no upper limit."""
    import matplotlib

    end = 0.5 + max(5.0, *(coating.limits[1] or 0.0 for coating in named if coating.limits))
    low, high = ranking.cathode_voltages
    ax.axvspan(low, high, color=CATHODE, alpha=0.3, lw=0, zorder=0)
    _limits(ax, low, high, -1, "voltages of the cathode")
    if ranking.electrolyte_limits is not None:
        first, last = ranking.electrolyte_limits
        ax.axvspan(
            first or 0.0, end if last is None else last, color=ELECTROLYTE, alpha=0.35, lw=0,
            zorder=0,
        )  # fmt: skip
        _limits(ax, first or 0.0, last, -1, "window of the electrolyte")
    for row, coating in enumerate(named):
        if coating.limits is None:
            continue
        start, stop = coating.limits[0] or 0.0, coating.limits[1]
        shade = matplotlib.colormaps[MAP](1.0 if stop is None else float(OXIDATION(stop)))
        ax.barh(
            row,
            (end if stop is None else stop) - start,
            left=start,
            height=0.55,
            color=shade if coating.passes else "white",
            edgecolor="0.15" if coating.passes else shade,
            lw=0.5 if coating.passes else 1.1,
            zorder=2,
        )
        if stop is None:
            ax.plot(end, row, ">", ms=4, mfc="0.15", mew=0, clip_on=False, zorder=3)
        _limits(ax, start, stop, row, f"window of {coating.name}")
    ax.set_ylim(len(named) - 0.4, -1.9)
    ax.set_xlim(0, end)
    ax.set_yticks(range(len(named)), [_ranked(coating) for coating in named])
    ax.tick_params(axis="y", length=0)
    plain(ax, zero=False)
    ax.set_xlabel(f"voltage against {ranking.carrier} metal (V)", fontsize=8)
    ax.set_title("window by hull energy", fontsize=6.5, pad=3)
    bar = ax.figure.colorbar(ScalarMappable(OXIDATION, MAP), ax=ax, location="bottom", aspect=30,
                             pad=0.02, extend="both")  # fmt: skip
    bar.set_label("oxidation limit (V)", fontsize=6.5)
    bar.ax.tick_params(labelsize=6.5)
    electrolyte_middle = _middle(ranking.electrolyte_limits, end)
    for middle, name, line in (
        ((low + high) / 2, "cathode", 0),
        (electrolyte_middle, "electrolyte", 0),
    ):
        if middle is not None:
            ax.text(middle, -1.0 - line, name, fontsize=6.5, ha="center", va="center")


def _limits(ax: Axes, low: float, high: float | None, row: float, name: str) -> None:
    """The ends of a bar as named points without a mark: the numbers of the figure's data."""
    ends = [low] if high is None else [low, high]
    ax.plot(ends, [row] * len(ends), ls="", gid=name)


def _middle(limits: tuple[float | None, float | None] | None, end: float) -> float | None:
    if limits is None:
        return None
    return ((limits[0] or 0.0) + (end if limits[1] is None else limits[1])) / 2
