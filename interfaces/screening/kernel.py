"""The loop over pairs, written for numba: phases of many chemical systems in, minima out.

Every pair starts from a basis that follows from its chemical system and its second reactant alone,
never from the pair before it, so that the result does not depend on how pairs are divided into
chunks. That basis is optimal, and stays so under any other composition: the dual simplex moves it
there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interfaces.phases.competing_phases import ALL_OPEN
from interfaces.screening.tableau import (
    Opened,
    Phases,
    System,
    blank,
    descend,
    from_basis,
    from_elements,
    restrict,
)
from interfaces.screening.walk import lowest, name_products, no_walk, walk_curve

Array = NDArray[np.float64]
Index = NDArray[np.int64]

SOLVED, DOUBT, NOTHING_LEFT = 0, 1, 2


class Reactants(NamedTuple):
    """One side of a screen.

    ``fractions`` (C, E) of atoms, ``energies`` (C,) [eV/atom], ``joins`` (C,) whether each is a
    candidate product itself, ``label`` what its rows are called by: label + index.
    """

    fractions: Array
    energies: Array
    joins: NDArray[np.bool_]
    label: int


class Pairs(NamedTuple):
    """P pairs: ``first`` and ``second`` reactants, and their elements as bits (the open one too).

    Pairs are sorted by system and, within it, by second reactant.
    """

    systems: Index
    first: Index
    second: Index


class Answers(NamedTuple):
    """What the loop writes.

    ``statuses`` (P,): ``SOLVED``, ``DOUBT`` or ``NOTHING_LEFT`` of a reactant. ``fractions`` and
    ``minima`` (P, 2): share of the atoms that are not open, and energy [eV per such atom], of the
    lowest total and the lowest mutual energy. ``products`` (P, 2, W): rows of the products at both,
    -1 where there are no more; a reactant that joined goes by its label.
    """

    statuses: NDArray[np.int8]
    fractions: Array
    minima: Array
    products: NDArray[np.int32]


def closed_share(composition: Array, opened: Opened) -> float:
    """Share of the atoms that are not open.

    Parameters
    ----------
    composition : (E,) atomic fractions.
    opened : the open element.

    Returns
    -------
    float
        Share of non-open atoms, 0 to 1.
    """
    return 1.0 - composition[opened.column] if opened.column >= 0 else 1.0


def place(
    reactants: Reactants, index: int, opened: Opened, system: System, composition: Array
) -> float:
    """Write the composition of a reactant over a system; its energy, both per non-open atom.

    Parameters
    ----------
    reactants : one side of the screen.
    index : row of the reactant.
    opened : the open element.
    system : the chemical system.
    composition : (d,) result, written in place.

    Returns
    -------
    float
        Energy [eV per non-open atom].
    """
    kept = closed_share(reactants.fractions[index], opened)
    for k in range(composition.size):
        composition[k] = reactants.fractions[index, system.columns[k]] / kept
    energy = reactants.energies[index]
    if opened.column >= 0:
        energy -= reactants.fractions[index, opened.column] * opened.potential
    return float(energy / kept)


def join(system: System, n: int, composition: Array, energy: float, row: int) -> None:
    """Let a reactant take the n-th place among the phases of a system.

    Parameters
    ----------
    system : the chemical system; changed in place.
    n : free column.
    composition : (d,) fractions of the reactant.
    energy : energy of the reactant [eV per non-open atom].
    row : label of the reactant among the products.
    """
    for k in range(composition.size):
        system.fractions[k, n] = composition[k]
    system.energies[n] = energy
    system.rows[n] = row


def screen_pairs(
    phases: Phases,
    firsts: Reactants,
    seconds: Reactants,
    pairs: Pairs,
    opened: Opened,
    top: int,
    answers: Answers,
) -> None:
    """Both minima of every pair; ``top`` products are named, the largest first, all where 0.

    Parameters
    ----------
    phases : stable phases of the set.
    firsts, seconds : both sides of the screen.
    pairs : pairs sorted by chemical system and second reactant.
    opened : the open element.
    top : number of products to record; 0 records all.
    answers : results, written in place.
    """
    mask, second = -1, -1
    # What the first pair replaces: numba needs every name bound before the loop.
    system = restrict(phases, 0, opened)
    ready, tableau, walked = blank(system), blank(system), no_walk(0)
    begin, end, step = np.zeros(0), np.zeros(0), np.zeros(0)
    d, members = 0, 0
    own_second = 0.0
    optimal = False
    for p in range(pairs.systems.size):
        i, j = pairs.first[p], pairs.second[p]
        if pairs.systems[p] != mask:
            mask, second = pairs.systems[p], -1
            system = restrict(phases, mask, opened)
            d = system.columns.size
            ready, tableau, walked = blank(system), blank(system), no_walk(d)
            begin, end, step = np.zeros(d), np.zeros(d), np.zeros(d)
        if (
            closed_share(firsts.fractions[i], opened) <= ALL_OPEN
            or closed_share(seconds.fractions[j], opened) <= ALL_OPEN
        ):
            answers.statuses[p] = NOTHING_LEFT
            continue
        if j != second:
            # The basis that all pairs of this second reactant start from: optimal beside it,
            # on the side of an even mix of the elements.
            second = j
            members = system.energies.size - 2
            own_second = place(seconds, j, opened, system, begin)
            if seconds.joins[j]:
                join(system, members, begin, own_second, seconds.label + j)
                members += 1
            for k in range(d):
                step[k] = 1.0 / d - begin[k]
            from_elements(system, ready, begin, step)
            optimal = descend(system, members, ready)
        own_first = place(firsts, i, opened, system, end)
        for k in range(d):
            step[k] = end[k] - begin[k]
        n, usable = members, optimal
        if firsts.joins[i]:
            join(system, n, end, own_first, firsts.label + i)
            n += 1
            from_elements(system, tableau, begin, step)
            usable = descend(system, n, tableau)
        else:
            from_basis(ready, tableau, begin, step, n)
        count = walk_curve(system, n, tableau, end, walked) if usable else 0
        if count == 0:
            answers.statuses[p] = DOUBT
            continue
        answers.statuses[p] = SOLVED
        hull, bounds = walked.hull, walked.bounds
        total = lowest(walked, count, own_second, own_first)
        mutual = lowest(walked, count, hull[0], hull[count])
        x, y = bounds[total], bounds[mutual]
        answers.fractions[p, 0], answers.fractions[p, 1] = x, y
        answers.minima[p, 0] = hull[total] - x * own_first - (1.0 - x) * own_second
        answers.minima[p, 1] = hull[mutual] - y * hull[count] - (1.0 - y) * hull[0]
        name_products(walked, total, system.rows, top, answers.products[p, 0])
        name_products(walked, mutual, system.rows, top, answers.products[p, 1])


def hull_energies(phases: Phases, compositions: Array, masks: Index, order: Index) -> Array:
    """Hull energy [eV/atom] at many compositions (C, E), NaN where it was not found.

    ``masks`` (C,) are their elements as bits; ``order`` takes those of one system together.

    Parameters
    ----------
    phases : stable phases of the set.
    compositions : (C, E) atomic fractions.
    masks : (C,) elements as bits.
    order : (C,) order of calculation, by chemical system.

    Returns
    -------
    Array
        Hull energies [eV/atom], shape (C,).
    """
    nothing_open = Opened(-1, 0.0)
    hulls = np.full(order.size, np.nan)
    mask = -1
    system = restrict(phases, 0, nothing_open)
    tableau = blank(system)
    start, step = np.zeros(0), np.zeros(0)
    for c in order:
        if masks[c] != mask:
            mask = masks[c]
            system = restrict(phases, mask, nothing_open)
            tableau = blank(system)
            start, step = np.zeros(system.columns.size), np.zeros(system.columns.size)
        for i in range(start.size):
            start[i] = compositions[c, system.columns[i]]
        from_elements(system, tableau, start, step)
        if descend(system, system.energies.size - 2, tableau):
            value = 0.0
            for i in range(start.size):
                value += system.energies[tableau.basis[i]] * max(tableau.amounts[i], 0.0)
            hulls[c] = value
    return hulls
