"""Amounts of products against mixing, and against voltage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from interfaces.chemistry.formulas import Formula
from interfaces.figures.style import (
    COLOURS,
    COLUMN,
    LABEL,
    MILLIMETRE,
    NOTE,
    axis_label,
    conditions,
    material,
    plain,
    source,
    subscripted,
)
from interfaces.reactivity.mixing_curve import MixingCurve
from interfaces.stability.electrochemical_window import Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLES = ("-", "--", ":", "-.")
HEIGHT = 85 * MILLIMETRE
BEYOND = 0.5  #: V shown beyond the last event
HIGHEST = 5.0  #: V shown at least


def products_figure(curve: MixingCurve) -> Figure:
    """Atoms bound in each product, as a share of all atoms of the solids and gases, against mixing.

    The share of each product is linear between kinks: there the amounts follow the mix.

    Parameters
    ----------
    curve : closed, or open to elements; atoms that are open are not counted then.

    Returns
    -------
    Figure
        The figure, one column wide.
    """
    opened = {element.symbol for element in curve.open_elements}
    places = [
        k.mixing_fraction if k.nonopen_fraction is None else k.nonopen_fraction for k in curve.kinks
    ]
    names = list(dict.fromkeys(name for kink in curve.kinks for name in kink.products))
    shares = {name: [_shares(kink.products, opened).get(name, 0.0) for kink in curve.kinks]
              for name in names}  # fmt: skip
    figure = Figure(figsize=(COLUMN, HEIGHT), layout="constrained")
    ax = figure.subplots()
    _lines(ax, places, shares)
    first = material(curve.reactant_1.label, curve.reactant_1.formula)
    kind = "nonopen" if opened else "mixing"
    ax.set_xlabel(axis_label(kind, first=first, open=" and ".join(sorted(opened))))
    ax.set_ylabel("share of the atoms" + (" that are not open" if opened else ""))
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.02)
    held = conditions(curve.open_elements)
    second = material(curve.reactant_2.label, curve.reactant_2.formula)
    ax.set_title(f"{first} | {second}" + (f", {held}" if held else ""), fontsize=LABEL)
    source(figure, curve.scheme, of=[curve])
    return figure


def _shares(products: Mapping[str, float], opened: set[str]) -> dict[str, float]:
    """Share of the counted atoms in each product."""
    atoms = {
        name: amount
        * sum(float(n) for symbol, n in Formula.parse(name).amounts if symbol not in opened)
        for name, amount in products.items()
    }
    total = sum(atoms.values()) or 1.0
    return {name: count / total for name, count in atoms.items()}


def stages_figure(window: Window) -> Figure:
    """Products per formula unit of a compound against voltage [V].

    Parameters
    ----------
    window : electrochemical window.

    Returns
    -------
    Figure
        The figure, one column wide.
    """
    end = max(HIGHEST, window.stages[-1].low + BEYOND)
    names = list(dict.fromkeys(name for stage in window.stages for name in stage.products))
    voltages = [v for s in window.stages for v in (s.low, end if s.high is None else s.high)]
    amounts = {
        name: [float(s.products.get(name, 0.0)) for s in window.stages for _ in range(2)]
        for name in names
    }
    figure = Figure(figsize=(COLUMN, HEIGHT), layout="constrained")
    ax = figure.subplots()
    _lines(ax, voltages, amounts)
    ax.set_xlabel(axis_label("voltage", carrier=window.carrier))
    ax.set_ylabel("products (formula units per formula unit)")
    ax.set_xlim(0, end)
    ax.set_ylim(bottom=0)
    ax.set_title(material(window.compound.label, window.compound.formula), fontsize=LABEL)
    source(figure, window.scheme, of=[window])
    return figure


def _lines(ax: Axes, places: Sequence[float], values: Mapping[str, Sequence[float]]) -> None:
    """A line for each product, told apart by colour and by dashes."""
    for k, (name, amounts) in enumerate(values.items()):
        ax.plot(
            places, amounts, lw=1.3, label=subscripted(name), gid=name,
            color=COLOURS[k % len(COLOURS)], ls=STYLES[k // len(COLOURS) % len(STYLES)],
        )  # fmt: skip
    plain(ax, small=False, zero=False)
    ax.legend(fontsize=NOTE, frameon=False, loc="lower left", bbox_to_anchor=(0, 1.09),
                ncols=3, columnspacing=0.8, handlelength=1.4, borderaxespad=0.0)  # fmt: skip
