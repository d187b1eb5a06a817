"""A composite: masses before and after, and which pairs of materials release energy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from interfaces.chemistry.formulas import Formula
from interfaces.figures.style import (
    COLOURS,
    LABEL,
    NOTE,
    TITLE,
    WIDTH,
    conditions,
    figures,
    plain,
    shown,
    source,
    subscripted,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from interfaces.reactivity.composite import Composite

TALL = 1.7  #: lines of a bar with two names
LINE = 0.24  #: inches of a bar with the space around it
SMALLEST = 0.05  #: g per 100 g; less is not seen as a bar and is left to the table


def composite_figure(composite: Composite) -> Figure:
    """Masses of materials and products [g per 100 g], and mutual energies of the pairs [meV/atom].

    Materials are drawn above, products below them; a product that is one of the materials is drawn
    in its colour. Energies of pairs are per atom of the whole composite.
    """
    products = [p for p in composite.products if 100 * p.grams >= SMALLEST]
    lines = max(len(composite.components) + len(products) + 1, TALL * len(composite.pairs) + 1)
    figure = Figure(figsize=(WIDTH, 1.1 + LINE * lines), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
    _draw_masses(left, composite)
    _draw_pairs(right, composite, lines)
    total, mutual = composite.total, composite.mutual
    held = conditions(composite.open_elements)
    figure.suptitle(
        f"{figures(total)} eV/atom in total ({figures(composite.joules_per_gram(total), '.0f')} "
        f"J/g), {figures(mutual)} by mutual reaction "
        f"({figures(composite.joules_per_gram(mutual), '.0f')} J/g)"
        + (f"\n{held}" if held else ""),
        fontsize=TITLE,
    )
    source(figure, composite.scheme, of=[composite])
    return figure


def _draw_masses(ax: Axes, composite: Composite) -> None:
    materials = [component.reactant for component in composite.components]
    before = [100 * component.mass_fraction for component in composite.components]
    products = [p for p in composite.products if 100 * p.grams >= SMALLEST]
    after = [100 * product.grams for product in products]
    colours = {reactant.formula.reduced: COLOURS[k % 6] for k, reactant in enumerate(materials)}
    rows_before = [float(k) for k in range(len(before))]
    rows_after = [len(before) + 0.8 + k for k in range(len(after))]
    _bars(ax, before, rows_before, [colours[r.formula.reduced] for r in materials], "before")
    _bars(ax, after, rows_after, [_colour(p.formula, colours) for p in products], "after")
    names = [shown(reactant.label, reactant.formula) for reactant in materials]
    names += [subscripted(product.formula) for product in products]
    ax.set_yticks([*rows_before, *rows_after], names)
    ax.axhline(len(before) - 0.1, color="0.7", lw=0.6)
    ax.set_ylim((rows_after or rows_before)[-1] + 0.6, -0.6)
    ax.set_xlim(0, 1.14 * max(*before, *after))
    ax.set_xlabel("mass (g per 100 g of the composite)")
    ax.set_title("materials above, products at equilibrium below", fontsize=LABEL)
    plain(ax, zero=False)


def _colour(formula: str, colours: dict[Formula, str]) -> str:
    return colours.get(Formula.parse(formula).reduced, "0.6")


def _bars(
    ax: Axes,
    values: Sequence[float],
    rows: Sequence[float],
    colours: Sequence[str],
    name: str,
    height: float = 0.7,
) -> None:
    ax.barh(rows, values, height=height, color=list(colours))
    ax.plot(values, rows, ls="none", marker="", gid=name)  # unseen: the data beside the figure
    for value, row in zip(values, rows, strict=True):
        ax.annotate(
            figures(value, ".1f"), (max(value, 0.0), row), xytext=(3, 0),
            textcoords="offset points", va="center", fontsize=NOTE,
        )  # fmt: skip


def _draw_pairs(ax: Axes, composite: Composite, lines: float) -> None:
    energies = [-1000 * pair.energy for pair in composite.pairs]
    rows = [float(k) for k in range(len(energies))]
    _bars(ax, energies, rows, [COLOURS[0]] * len(energies), "pairs", height=0.7 / TALL)
    names = {
        component.reactant.label: shown(component.reactant.label, component.reactant.formula)
        for component in composite.components
    }
    ax.set_yticks(rows, [f"{names[p.first]}\n{names[p.second]}" for p in composite.pairs])
    ax.set_ylim(max(rows[-1] + 0.6, lines / TALL - 0.6), -0.6)
    ax.set_xlim(0, 1.2 * max([*energies, 1.0]))
    ax.set_xlabel("energy released (meV/atom)")
    ax.set_title("each pair alone", fontsize=LABEL)
    plain(ax, zero=False)
