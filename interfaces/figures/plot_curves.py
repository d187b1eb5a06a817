"""Reaction energy of a pair against the mixing fraction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.figure import Figure

from interfaces.errors import ReactantError
from interfaces.figures.style import (
    COLOURS,
    COLUMN,
    MILLIMETRE,
    NO_BREAK,
    NOTE,
    TITLE,
    Array,
    axis_label,
    broken,
    caption,
    conditions,
    energy_label,
    figures,
    heading,
    plain,
    source,
    subscripted,
)
from interfaces.phases.reservoirs import nonopen
from interfaces.reactivity.mixing_curve import Kink, MixingCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Axis = Literal["mixing", "molar", "nonopen"]

HEIGHT = 80 * MILLIMETRE
GREY = "0.45"
LINE = 44  #: characters that a column holds
NO_REACTION = 5e-4  #: eV/atom; less is not a reaction in three decimals
SAMPLES = 401  #: points along a curve in a variable in which it is not straight


def curve_figure(curve: MixingCurve, axis: Axis | None = None) -> Figure:
    """Total, mutual and self-decomposition energy of a curve, with its best reaction.

    Drawn against the atomic fraction of the first reactant [eV per atom of the mix]; an open curve
    against the fraction among the atoms that are not open [eV per such atom], in which it is
    straight between kinks. Exchanged elements are listed with the products.

    Parameters
    ----------
    axis : ``mixing`` or ``molar`` draw per atom of the mix, ``nonopen`` (the default of an open
        curve) per atom that is not open.

    Returns
    -------
    Figure
        The figure.

    Raises
    ------
    ReactantError
        If ``nonopen`` is requested for a closed curve.
    """
    axis = axis or ("nonopen" if curve.open_elements else "mixing")
    if axis == "nonopen" and not curve.open_elements:
        raise ReactantError("nothing is open in this curve; draw it against mixing or molar")
    symbols = [element.symbol for element in curve.open_elements] if axis == "nonopen" else []
    figure = Figure(figsize=(COLUMN, HEIGHT), layout="constrained")
    ax = figure.subplots()
    u, total, mutual, error = drawn(curve, axis)
    ax.plot(u, total, color=COLOURS[0], lw=1.4, label="total", gid="total")
    ax.plot(u, mutual, color=COLOURS[1], lw=1.4, label="mutual", gid="mutual")
    name = "self-decomposition"
    ax.plot(u, total - mutual, color=GREY, ls="--", lw=1.0, label=name, gid=name)
    band(ax, u, total, error)
    ax.plot(*kink_points(curve, axis), ".", color=COLOURS[0], ms=4, gid="kinks")
    best_total, best_mutual = _minima(curve, axis)
    _mark_minima(ax, axis, best_total, best_mutual)
    low, lowest = _energies(best_total, axis)[0], _energies(best_mutual, axis)[1]
    unit = f"eV per {nonopen(symbols)} atom" if symbols else "eV/atom"
    names = [
        subscripted(reactant.formula.text) for reactant in (curve.reactant_1, curve.reactant_2)
    ]
    title_lines = [
        " | ".join(names),
        *([conditions(curve.open_elements)] if curve.open_elements else []),
    ]
    title = broken(", ".join(title_lines), LINE)
    if "\n" in title:  # the surroundings on a line of their own
        title = "\n".join(broken(title_line, LINE) for title_line in title_lines)
    figure.suptitle(
        f"{title}\nmin. total {figures(low)}, mutual {figures(lowest)} {unit}",
        fontsize=TITLE,
    )
    if lowest <= -NO_REACTION:
        caption(figure, _best_reaction(best_mutual), formulas=True)
    source(figure, curve.scheme, of=[curve])
    ax.set_xlabel(broken(axis_label(axis, first=names[0], open=" and ".join(symbols)), LINE))
    ax.set_xlim(0, 1)
    plain(ax, small=False)
    ax.set_ylabel(energy_label(symbols))
    spread = error if np.isfinite(error).all() else np.zeros_like(total)
    bottom, top = float((total - spread).min()), max(0.0, float((total + spread).max()))
    ax.set_ylim(min(1.2 * low, bottom + 0.05 * bottom) or -0.1, max(top, 0.05 * abs(low)) or 0.02)
    heading(ax)
    return figure


def _mark_minima(ax: Axes, axis: Axis, best_total: Kink, best_mutual: Kink) -> None:
    """An open circle at both minima, with the fraction beside that of the total."""
    for kink, part, colour in ((best_total, 0, COLOURS[0]), (best_mutual, 1, COLOURS[1])):
        x, energy = getattr(kink, f"{axis}_fraction"), _energies(kink, axis)[part]
        if energy > -NO_REACTION:
            continue
        ax.plot(x, energy, "o", ms=5.5, mfc="none", color=colour, gid="minimum")
        if part == 0:
            symbol = {"mixing": "x", "molar": "y", "nonopen": "u"}[axis]
            ax.annotate(
                f"${symbol}$ = {figures(x, '.2f')}", (x, energy), (0, -5), va="top", fontsize=NOTE,
                textcoords="offset points", ha="left" if x < 0.15 else "right" if x > 0.85
                else "center", color=colour,
            )  # fmt: skip
    if _energies(best_total, axis)[0] > -NO_REACTION:
        ax.text(0.5, 0.5, "no reaction", transform=ax.transAxes, ha="center", fontsize=TITLE,
                color=GREY)  # fmt: skip


def drawn(
    curve: MixingCurve, axis: Axis, samples: int = SAMPLES
) -> tuple[Array, Array, Array, Array]:
    """Places on the axis, every kink among them, total and mutual energy, one standard error.

    Parameters
    ----------
    curve : mixing curve.
    axis : mixing variable.
    samples : number of points besides the kinks.

    Returns
    -------
    tuple[Array, Array, Array, Array]
        Positions on the axis, total energy, mutual energy and standard error [eV/atom or eV per
        non-open atom].
    """
    kinks = curve.kinks
    if axis == "nonopen":
        at = np.array([kink.nonopen_fraction for kink in kinks], dtype=float)
        u = np.union1d(at, np.linspace(0, 1, samples))
        total, mutual = (
            np.interp(u, at, values)
            for values in zip(*(_energies(kink, axis) for kink in kinks), strict=True)
        )
        first, second = u / kinks[-1].nonopen_share, (1 - u) / kinks[0].nonopen_share
        error = curve.uncertainty_at(first / (first + second)) * (first + second)
        return u, total, mutual, error
    if axis == "mixing":
        x = u = np.union1d(curve.mixing_fractions, np.linspace(0, 1, samples))
    else:
        at = np.array([kink.molar_fraction for kink in kinks])
        u = np.union1d(at, np.linspace(0, 1, samples))
        x = curve.molar_to_mixing(u)
    return u, curve.at(x), curve.mutual_at(x), curve.uncertainty_at(x)


def _energies(kink: Kink, axis: Axis) -> tuple[float, float]:
    """Total and mutual energy of a kink in the unit that goes with the axis."""
    if axis == "nonopen":
        return kink.total_per_nonopen_atom, kink.mutual_per_nonopen_atom
    return kink.total, kink.mutual


def _minima(curve: MixingCurve, axis: Axis) -> tuple[Kink, Kink]:
    """Kinks of lowest total and mutual energy in the unit drawn."""
    if axis == "nonopen" or not curve.open_elements:
        return curve.minimum_total, curve.minimum_mutual
    return min(curve.kinks, key=lambda k: k.total), min(curve.kinks, key=lambda k: k.mutual)


def _best_reaction(kink: Kink) -> str:
    """Products at the mutual minimum, and what crosses the boundary there."""
    gap = NO_BREAK  # an amount stays on the line of its formula
    terms = [f"{amount:.2g}{gap}{product}" for product, amount in kink.products.items()]
    products = "products per formula unit at the mutual minimum: " + " + ".join(terms)
    for name, amount in kink.reaction.exchanged_amounts().items():
        way = f"taken{gap}up" if amount > 0 else "released"
        products += f"; {abs(amount):.2g}{gap}{name}{gap}{way}"
    return products


def kink_points(curve: MixingCurve, axis: Axis) -> tuple[list[float], list[float]]:
    """Kinks on the axis, and their total energies.

    Parameters
    ----------
    curve : mixing curve.
    axis : mixing variable.

    Returns
    -------
    tuple[list[float], list[float]]
        Positions and total energies of the kinks.
    """
    places = [getattr(kink, f"{axis}_fraction") for kink in curve.kinks]
    return places, [_energies(kink, axis)[0] for kink in curve.kinks]


def band(ax: Axes, u: Array, total: Array, error: Array) -> None:
    """One standard error to both sides, where there is one.

    Parameters
    ----------
    ax : axes.
    u : positions on the axis.
    total : total energies.
    error : one standard error.
    """
    if np.isfinite(error).all():
        ax.fill_between(
            u,
            total - error,
            total + error,
            color=COLOURS[0],
            alpha=0.15,
            lw=0,
            gid="standard error",
        )
