"""Phase diagram of three elements with the path along which two reactants mix."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from interfaces.chemistry.formulas import Formula, chemical_system
from interfaces.errors import ReactantError
from interfaces.figures.plot_reference_reaction import label_points
from interfaces.figures.style import (
    COLOURS,
    COLUMN,
    LABEL,
    NOTE,
    figures,
    source,
    subscripted,
)
from interfaces.phases.phase_set import PhaseSet
from interfaces.reactivity.mixing_curve import MixingCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.5 * 3**0.5]])
ON_HULL = 1e-6  #: eV/atom
PRESENT = 1e-6  #: share of the atoms
LARGEST = 60  #: stable phases of a diagram that can be read
Places = NDArray[np.float64]


def ternary_figure(phase_set: PhaseSet, curve: MixingCurve) -> Figure:
    """Stable phases and tie lines of three elements, with the path from one reactant to the other.

    The path is straight in the composition of the mix. Its colour changes where the products do,
    at the kinks of the curve; the products of the strongest mutual reaction are filled.

    Parameters
    ----------
    phase_set : phases from which the curve was computed.
    curve : closed mixing curve of reactants that hold three elements together.

    Returns
    -------
    Figure
        The figure, one column wide.

    Raises
    ------
    ReactantError
        If the curve is open, does not have three elements, or has too many stable phases.

    Examples
    --------
    >>> from interfaces.phases.reactants import reactant
    >>> from interfaces.reactivity.mixing_curve import mixing_curve
    >>> rows = [("a", "Li", 0.0), ("b", "P", 0.0), ("c", "S", 0.0), ("d", "Li2S", -1.5),
    ...         ("e", "Li3P", -0.7), ("f", "Li3PS4", -1.0)]
    >>> phases = PhaseSet.from_rows(rows, scheme="made up")
    >>> curve = mixing_curve(phases, reactant(phases, "Li3PS4"), reactant(phases, "Li"))
    >>> drawn = ternary_figure(phases, curve)
    >>> sorted(text.get_text() for text in drawn.axes[0].texts)[:3]
    ['Li', 'Li$_{2}$S', 'Li$_{3}$P']
    """
    pair = (curve.reactant_1.formula, curve.reactant_2.formula)
    elements = _corners(chemical_system(pair))
    if len(elements) != 3 or curve.open_elements:
        raise ReactantError(
            f"a triangle needs a closed curve of three elements, got {'-'.join(elements)}"
            f"{' open' if curve.open_elements else ''}; draw the curve instead"
        )
    stable = _stable(phase_set, elements)
    if len(stable) > LARGEST:
        raise ReactantError(
            f"{len(stable)} stable phases over {'-'.join(elements)} cannot be told apart in one "
            "triangle"
        )
    figure = Figure(figsize=(COLUMN, 0.96 * COLUMN), layout="constrained")
    ax = figure.subplots()
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.set_xlabel(
        f"atomic share of {elements[1]} plus half of that of {elements[2]}", fontsize=NOTE
    )
    ax.set_ylabel(f"atomic share of {elements[2]}, times 0.866", fontsize=NOTE)
    for side in (ax.xaxis, ax.yaxis):  # of the numbers of the figure; a triangle has no axes
        side.label.set_visible(False)
    for first, second in _tie_lines(phase_set, stable):
        ends = _places([first, second], elements)
        ax.plot(*ends.T, color="0.75", lw=0.7, zorder=1, gid="tie line")
    products = {Formula.parse(name).reduced for name in curve.minimum_mutual.products}
    points = _places(stable, elements)
    reacted = np.array([formula.reduced in products for formula in stable])
    ax.scatter(
        points[~reacted, 0], points[~reacted, 1], s=14, fc="white", ec="0.25", lw=0.8, zorder=4
    )
    ax.scatter(points[reacted, 0], points[reacted, 1], s=26, color=COLOURS[1], zorder=5)
    _path(ax, curve, elements)
    best = curve.minimum_mutual
    figure.suptitle(
        f"{subscripted(pair[0].text)} | {subscripted(pair[1].text)}\n"
        f"mutual minimum {figures(best.mutual)} eV/atom at $x$ = "
        f"{figures(best.mixing_fraction, '.2f')} (diamond)",
        fontsize=LABEL,
    )
    ax.margins(0.12)
    source(figure, curve.scheme, of=[curve])
    figure.draw_without_rendering()  # the layout, which names need
    order = np.argsort(~reacted, kind="stable")
    names = label_points(
        ax, [tuple(points[k]) for k in order], [subscripted(stable[k].text) for k in order]
    )
    for name, k in zip(names, order, strict=True):
        name.set_color(COLOURS[1] if reacted[k] else "0.1")
    return figure


def _corners(elements: Sequence[str]) -> list[str]:
    """The elements with lithium at the left, where it is one of them."""
    return sorted(elements, key=lambda symbol: (symbol != "Li", symbol))


def _stable(phase_set: PhaseSet, elements: Sequence[str]) -> list[Formula]:
    """One formula of each composition on the hull."""
    held: dict[str, Formula] = {}
    for formula, energy in zip(phase_set.formulas, phase_set.energies, strict=True):
        inside = set(formula.elements) <= set(elements)
        if inside and energy - phase_set.hull_energy(formula) < ON_HULL:
            held.setdefault(str(formula.reduced), formula)
    return list(held.values())


def _tie_lines(phase_set: PhaseSet, stable: Sequence[Formula]) -> list[tuple[Formula, Formula]]:
    """Pairs that coexist: the middle between them decomposes into these two alone."""
    lines = []
    for first, second in combinations(stable, 2):
        atoms = first.n_atoms, second.n_atoms
        middle: dict[str, float] = {}
        for formula, n_atoms in zip((first, second), atoms, strict=True):
            for symbol, amount in formula.amounts:
                middle[symbol] = middle.get(symbol, 0.0) + float(amount / n_atoms)
        products = [
            Formula.parse(name)
            for name, share in phase_set.decomposition(middle).products
            if share > PRESENT
        ]
        if all(any(p.same_composition(f) for f in (first, second)) for p in products):
            lines.append((first, second))
    return lines


def _places(formulas: Sequence[Formula], elements: Sequence[str]) -> Places:
    shares = np.array([formula.fractions(elements) for formula in formulas], dtype=float)
    return np.asarray(shares @ CORNERS)


def _path(ax: Axes, curve: MixingCurve, elements: Sequence[str]) -> None:
    """The straight line of the mixes, a piece for each set of products, and the minimum."""
    ends = _places([curve.reactant_2.formula, curve.reactant_1.formula], elements)
    x = np.array([kink.mixing_fraction for kink in curve.kinks])
    points = ends[0] + x[:, None] * (ends[1] - ends[0])
    for k in range(len(points) - 1):
        ax.plot(*points[k : k + 2].T, color=COLOURS[0 if k % 2 == 0 else 5], lw=2.2, zorder=3,
                solid_capstyle="butt", gid="mixing path")  # fmt: skip
    at = curve.kinks.index(curve.minimum_mutual)
    ax.plot(*points[at], "D", color="0.1", ms=4.5, mfc=COLOURS[4], zorder=6, gid="mutual minimum")
