r"""The loop over pairs, written for numba: phases of many chemical systems in, minima out.

The linear programme is that of :mod:`interfaces.simplex`, walked as :mod:`interfaces.lines` walks
it. What is different is what a single curve never needs: no array is made per pair, the heights of
all phases above the plane are carried from pivot to pivot instead of computed anew, and of a curve
nothing is kept but its two minima. A pair at which this short way meets round-off gets the status
``DOUBT`` and is left to :func:`interfaces.lines.mixing_line`.

Every pair starts from a basis that follows from its chemical system and its second reactant alone,
never from the pair before it, so that the answer does not depend on how pairs are cut into chunks.
That basis is optimal, and stays so under any other composition: the dual simplex moves it there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interfaces.lines import END_TOLERANCE, first_zero
from interfaces.mixing import PRESENT, SAME_ENERGY, SAME_SLOPE
from interfaces.pools import ALL_OPEN
from interfaces.simplex import COST_TOLERANCE, PIVOT_TOLERANCE, leaving_row

Array = NDArray[np.float64]
Index = NDArray[np.int64]

RESIDUAL = 1e-9  #: what amounts and plane may be off at the end of a walk
BREAKPOINTS = 64  #: of one curve; no more than 30 were met
PIVOTS = 500  #: of one curve; 12 elements need about 60

SOLVED, DOUBT, NOTHING_LEFT = 0, 1, 2


def restrict(
    phases: Array,
    energies: Array,
    masks: Index,
    references: Index,
    system: int,
    columns: Index,
    opened: int,
    potential: float,
) -> tuple[Array, Array, Index, Index]:
    """Columns of one chemical system: (d, N + 2) fractions, energies, rows, references.

    ``columns`` (d,) are the elements that are not open; ``opened`` is the column of the open
    element or -1. Two columns are left free for reactants that join.
    """
    d = columns.size
    count = 0
    for j in range(masks.size):
        if masks[j] & ~system == 0 and (opened < 0 or 1.0 - phases[j, opened] > ALL_OPEN):
            count += 1
    table = np.zeros((d, count + 2))
    costs = np.zeros(count + 2)
    rows = np.full(count + 2, -1, dtype=np.int64)
    start = np.zeros(d, dtype=np.int64)
    k = 0
    for j in range(masks.size):
        if masks[j] & ~system != 0:
            continue
        kept, cost = 1.0, energies[j]
        if opened >= 0:
            kept = 0.0
            for i in range(d):
                kept += phases[j, columns[i]]
            if 1.0 - phases[j, opened] <= ALL_OPEN:
                continue
            cost -= phases[j, opened] * potential
        for i in range(d):
            table[i, k] = phases[j, columns[i]] / kept
            if references[columns[i]] == j:
                start[i] = k
        costs[k] = cost / kept
        rows[k] = j
        k += 1
    return table, costs, rows, start


def heights_above(
    table: Array, costs: Array, n: int, basis: Index, inverse: Array, plane: Array, above: Array
) -> None:
    """Chemical potentials of a basis, and the height of every column above their plane."""
    d = basis.size
    for i in range(d):
        plane[i] = 0.0
    for r in range(d):
        cost = costs[basis[r]]
        for i in range(d):
            plane[i] += cost * inverse[r, i]
    for j in range(n):
        above[j] = costs[j]
    for i in range(d):
        weight = plane[i]
        for j in range(n):
            above[j] -= weight * table[i, j]


def face(table: Array, n: int, weights: Array, tilt: Array) -> None:
    """A row of B^-1 A: how each column moves as the plane tilts about a face."""
    for j in range(n):
        tilt[j] = 0.0
    for i in range(weights.size):
        weight = weights[i]
        if weight != 0.0:
            for j in range(n):
                tilt[j] += weight * table[i, j]


def exchange(
    table: Array,
    entering: int,
    row: int,
    basis: Index,
    inverse: Array,
    amounts: Array,
    slopes: Array,
    column: Array,
) -> None:
    """Bring a column into the basis at ``row``; ``column`` is B^-1 of it."""
    d = basis.size
    scale = 1.0 / column[row]
    for k in range(d):
        inverse[row, k] *= scale
    amounts[row] *= scale
    slopes[row] *= scale
    for i in range(d):
        factor = column[i]
        if i != row and factor != 0.0:
            for k in range(d):
                inverse[i, k] -= factor * inverse[row, k]
            amounts[i] -= factor * amounts[row]
            slopes[i] -= factor * slopes[row]
    basis[row] = entering


def through(table: Array, entering: int, inverse: Array, column: Array) -> None:
    """B^-1 of one column of the table."""
    d = column.size
    for i in range(d):
        value = 0.0
        for k in range(d):
            value += inverse[i, k] * table[k, entering]
        column[i] = value


def descend(
    table: Array,
    costs: Array,
    n: int,
    basis: Index,
    inverse: Array,
    amounts: Array,
    slopes: Array,
    plane: Array,
    above: Array,
    tilt: Array,
    column: Array,
) -> bool:
    """Primal simplex from the basis given, at amounts + 0+ slopes; true if it ended."""
    heights_above(table, costs, n, basis, inverse, plane, above)
    fresh = True
    for _ in range(PIVOTS):
        entering = 0
        for j in range(1, n):
            if above[j] < above[entering]:
                entering = j
        if above[entering] >= -COST_TOLERANCE:
            if fresh:
                return True
            heights_above(table, costs, n, basis, inverse, plane, above)
            fresh = True
            continue
        through(table, entering, inverse, column)
        row = leaving_row(inverse, amounts, slopes, column)
        if row < 0:
            return False
        exchange(table, entering, row, basis, inverse, amounts, slopes, column)
        face(table, n, inverse[row], tilt)
        depth = above[entering]
        for j in range(n):
            above[j] -= depth * tilt[j]
        fresh = False
    return False


def reached(n: int, above: Array, tilt: Array) -> int:
    """Dual ratio test: the column first reached, of those together the largest pivot; else -1."""
    least = np.inf
    for j in range(n):
        if tilt[j] < -PIVOT_TOLERANCE:
            ratio = max(above[j], 0.0) / -tilt[j]
            if ratio < least:
                least = ratio
    entering = -1
    largest = 0.0
    for j in range(n):
        if tilt[j] < -PIVOT_TOLERANCE:
            ratio = max(above[j], 0.0) / -tilt[j]
            if ratio <= least + COST_TOLERANCE and -tilt[j] > largest:
                entering, largest = j, -tilt[j]
    return entering


def dual_pivot(
    table: Array,
    n: int,
    row: int,
    basis: Index,
    inverse: Array,
    amounts: Array,
    slopes: Array,
    above: Array,
    tilt: Array,
    column: Array,
) -> bool:
    """Let ``row`` leave the basis; false if nothing can take its place."""
    face(table, n, inverse[row], tilt)
    entering = reached(n, above, tilt)
    if entering < 0:
        return False
    through(table, entering, inverse, column)
    rise = above[entering] / tilt[entering]
    for j in range(n):
        above[j] -= rise * tilt[j]
    exchange(table, entering, row, basis, inverse, amounts, slopes, column)
    return True


def infeasible(amounts: Array, slopes: Array) -> int:
    """The row farthest below zero at x = 0+; -1 where there is none."""
    worst, row = -PIVOT_TOLERANCE, -1
    for i in range(amounts.size):
        if amounts[i] < worst:
            worst, row = amounts[i], i
    if row >= 0:
        return row
    for i in range(amounts.size):
        if amounts[i] <= PIVOT_TOLERANCE and slopes[i] < worst:
            worst, row = slopes[i], i
    return row


def curve(
    table: Array,
    costs: Array,
    n: int,
    basis: Index,
    inverse: Array,
    amounts: Array,
    slopes: Array,
    plane: Array,
    above: Array,
    tilt: Array,
    column: Array,
    bounds: Array,
    hull: Array,
    steepness: Array,
    bases: Index,
    shares: Array,
    end: Array,
) -> int:
    """Walk x from 0 to 1 from a basis that is optimal; number of segments, 0 in doubt.

    Breakpoint k has ``bounds[k]``, ``hull[k]`` [eV/atom], and ``bases[k]`` with ``shares[k]``,
    those of the segment left of it (right of it for k = 0).
    """
    d = basis.size
    pivots = 0
    while True:
        row = infeasible(amounts, slopes)
        if row < 0:
            break
        pivots += 1
        if pivots > PIVOTS or not dual_pivot(
            table, n, row, basis, inverse, amounts, slopes, above, tilt, column
        ):
            return 0
    heights_above(table, costs, n, basis, inverse, plane, above)
    count, x, stalled = 0, 0.0, 0
    while True:
        zero, row = first_zero(amounts, slopes, x)
        if row < 0 or zero >= 1.0 - END_TOLERANCE:
            zero, row = 1.0, -1
        if zero > x + END_TOLERANCE:
            count += 1
            if count > BREAKPOINTS:
                return 0
            for k in range(count - 1 if count == 1 else count, count + 1):
                at = 0.0 if k == 0 else zero
                value = 0.0
                for i in range(d):
                    share = max(amounts[i] + slopes[i] * at, 0.0)
                    bases[k, i] = basis[i]
                    shares[k, i] = share
                    value += costs[basis[i]] * share
                bounds[k] = at
                hull[k] = value
            bend = 0.0
            for i in range(d):
                bend += costs[basis[i]] * slopes[i]
            steepness[count - 1] = bend
            x, stalled = zero, 0
        if row < 0:
            break
        stalled += 1
        pivots += 1
        if stalled > 4 * d or pivots > PIVOTS:
            return 0
        if not dual_pivot(table, n, row, basis, inverse, amounts, slopes, above, tilt, column):
            return 0
    # What was carried from pivot to pivot is held against its definition.
    for i in range(d):
        value = -end[i]
        for r in range(d):
            value += table[i, basis[r]] * (amounts[r] + slopes[r])
        if abs(value) > RESIDUAL:
            return 0
    for i in range(d):
        if amounts[i] + slopes[i] < -RESIDUAL:
            return 0
    heights_above(table, costs, n, basis, inverse, plane, above)
    for j in range(n):
        if above[j] < -RESIDUAL:
            return 0
    return count


def lowest(
    count: int, bounds: Array, hull: Array, steepness: Array, left: float, right: float
) -> int:
    """The kink of lowest energy above the chord from ``left`` (x = 0) to ``right`` (x = 1)."""
    least = np.inf
    for k in range(count + 1):
        if 0 < k < count and steepness[k] - steepness[k - 1] <= SAME_SLOPE:
            continue
        value = hull[k] - bounds[k] * right - (1.0 - bounds[k]) * left
        if value < least:
            least = value
    for k in range(count + 1):
        if 0 < k < count and steepness[k] - steepness[k - 1] <= SAME_SLOPE:
            continue
        value = hull[k] - bounds[k] * right - (1.0 - bounds[k]) * left
        if value <= least + SAME_ENERGY:
            return k
    return 0


def name_products(
    basis: Index, shares: Array, rows: Index, top: int, names: NDArray[np.int32]
) -> None:
    """Write the rows of the products present: by row, or the ``top`` largest by share."""
    d = basis.size
    taken = np.zeros(d, dtype=np.bool_)
    for place in range(d if top == 0 else min(top, d)):
        best = -1
        for i in range(d):
            if taken[i] or shares[i] <= PRESENT:
                continue
            if best < 0:
                best = i
            elif top > 0 and abs(shares[i] - shares[best]) > PRESENT:
                if shares[i] > shares[best]:
                    best = i
            elif rows[basis[i]] < rows[basis[best]]:
                best = i
        if best < 0:
            return
        taken[best] = True
        names[place] = rows[basis[best]]


def hull_energies(
    phases: Array,
    energies: Array,
    masks: Index,
    references: Index,
    compositions: Array,
    systems: Index,
    order: Index,
) -> Array:
    """Hull energy [eV/atom] at many compositions, NaN where it was not found.

    ``order`` takes compositions of one chemical system together.
    """
    found = np.full(order.size, np.nan)
    previous = -1
    columns = np.zeros(0, dtype=np.int64)
    table, costs = np.zeros((0, 2)), np.zeros(2)
    start = np.zeros(0, dtype=np.int64)
    for position in range(order.size):
        c = order[position]
        if systems[c] != previous:
            previous = systems[c]
            columns = elements_of(previous, -1, phases.shape[1])
            table, costs, _, start = restrict(
                phases, energies, masks, references, previous, columns, -1, 0.0
            )
        d = columns.size
        n = costs.size - 2
        basis = start.copy()
        inverse = np.eye(d)
        amounts = np.zeros(d)
        for i in range(d):
            amounts[i] = compositions[c, columns[i]]
        slopes, plane, column = np.zeros(d), np.zeros(d), np.zeros(d)
        above, tilt = np.zeros(n + 2), np.zeros(n + 2)
        if descend(table, costs, n, basis, inverse, amounts, slopes, plane, above, tilt, column):
            value = 0.0
            for i in range(d):
                value += costs[basis[i]] * max(amounts[i], 0.0)
            found[c] = value
    return found


def elements_of(system: int, opened: int, width: int) -> Index:
    """Columns of the elements of a chemical system that are not open."""
    count = 0
    for i in range(width):
        if (system >> i) & 1 and i != opened:
            count += 1
    columns = np.zeros(count, dtype=np.int64)
    k = 0
    for i in range(width):
        if (system >> i) & 1 and i != opened:
            columns[k] = i
            k += 1
    return columns


def closed_share(composition: Array, opened: int) -> float:
    """Share of the atoms that are not open."""
    return 1.0 - composition[opened] if opened >= 0 else 1.0


def screen_pairs(
    phases: Array,
    energies: Array,
    masks: Index,
    references: Index,
    firsts: Array,
    first_energies: Array,
    first_joins: NDArray[np.bool_],
    seconds: Array,
    second_energies: Array,
    second_joins: NDArray[np.bool_],
    systems: Index,
    first_of: Index,
    second_of: Index,
    opened: int,
    potential: float,
    top: int,
    statuses: NDArray[np.int8],
    fractions: Array,
    minima: Array,
    products: NDArray[np.int32],
) -> None:
    """Both minima of every pair.

    Parameters
    ----------
    phases, energies, masks : (S, E) atomic fractions of the stable phases, (S,) formation energies
        [eV/atom], (S,) their elements as bits.
    references : (E,) rows of the elements themselves.
    firsts, seconds : (C, E), (D, E) atomic fractions of the reactants; with energies [eV/atom] and
        whether each is itself a candidate.
    systems, first_of, second_of : (P,) elements of a pair as bits (the open one included), and its
        reactants. Pairs of one system, and in it of one second reactant, stand together.
    opened, potential : column of the open element, or -1, and its potential [eV/atom].
    top : keep only so many products, the largest first; 0 keeps all, by row.
    statuses : (P,), written: ``SOLVED``, ``DOUBT`` or ``NOTHING_LEFT`` of a reactant.
    fractions, minima : (P, 2), written: share of the atoms that are not open, and energy [eV per
        such atom] of the lowest total and the lowest mutual energy.
    products : (P, 2, W), written: rows of the products at both, -1 where there are no more; a
        first reactant that joined is S + its index, a second one S + C + its index.
    """
    width = phases.shape[1]
    previous, previous_second = -1, -1
    columns = np.zeros(0, dtype=np.int64)
    table, costs = np.zeros((0, 2)), np.zeros(2)
    rows, start = np.zeros(2, dtype=np.int64), np.zeros(0, dtype=np.int64)
    bounds, hull = np.zeros(BREAKPOINTS + 1), np.zeros(BREAKPOINTS + 1)
    steepness = np.zeros(BREAKPOINTS + 1)
    bases = np.zeros((BREAKPOINTS + 1, 0), dtype=np.int64)
    shares = np.zeros((BREAKPOINTS + 1, 0))
    basis0, basis = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    inverse0, inverse = np.zeros((0, 0)), np.zeros((0, 0))
    amounts, slopes, plane = np.zeros(0), np.zeros(0), np.zeros(0)
    column, begin, end = np.zeros(0), np.zeros(0), np.zeros(0)
    above0, above, tilt = np.zeros(2), np.zeros(2), np.zeros(2)
    d, n0 = 0, 0
    own_second = 0.0
    ready = False
    for p in range(systems.size):
        i, j = first_of[p], second_of[p]
        if systems[p] != previous:
            previous, previous_second = systems[p], -1
            columns = elements_of(previous, opened, width)
            d = columns.size
            table, costs, rows, start = restrict(
                phases, energies, masks, references, previous, columns, opened, potential
            )
            bases = np.zeros((BREAKPOINTS + 1, d), dtype=np.int64)
            shares = np.zeros((BREAKPOINTS + 1, d))
            basis0, basis = np.zeros(d, dtype=np.int64), np.zeros(d, dtype=np.int64)
            inverse0, inverse = np.zeros((d, d)), np.zeros((d, d))
            amounts, slopes, plane = np.zeros(d), np.zeros(d), np.zeros(d)
            column, begin, end = np.zeros(d), np.zeros(d), np.zeros(d)
            size = costs.size
            above0, above, tilt = np.zeros(size), np.zeros(size), np.zeros(size)
        kept_1, kept_2 = closed_share(firsts[i], opened), closed_share(seconds[j], opened)
        if kept_1 <= ALL_OPEN or kept_2 <= ALL_OPEN:
            statuses[p] = NOTHING_LEFT
            continue
        if j != previous_second:
            # The basis that all pairs of this second reactant start from: optimal beside it,
            # on the side of an even mix of the elements.
            previous_second = j
            n0 = costs.size - 2
            own_second = second_energies[j]
            if opened >= 0:
                own_second -= seconds[j, opened] * potential
            own_second /= kept_2
            for k in range(d):
                begin[k] = seconds[j, columns[k]] / kept_2
            if second_joins[j]:
                for k in range(d):
                    table[k, n0] = begin[k]
                costs[n0] = own_second
                rows[n0] = masks.size + firsts.shape[0] + j
                n0 += 1
            for k in range(d):
                basis0[k] = start[k]
                amounts[k] = begin[k]
                slopes[k] = 1.0 / d - begin[k]
                for m in range(d):
                    inverse0[k, m] = 1.0 if k == m else 0.0
            ready = descend(
                table, costs, n0, basis0, inverse0, amounts, slopes, plane, above0, tilt, column
            )
        own_first = first_energies[i]
        if opened >= 0:
            own_first -= firsts[i, opened] * potential
        own_first /= kept_1
        for k in range(d):
            end[k] = firsts[i, columns[k]] / kept_1
        n = n0
        usable = ready
        if first_joins[i]:
            for k in range(d):
                table[k, n] = end[k]
            costs[n] = own_first
            rows[n] = masks.size + i
            n += 1
            for k in range(d):
                basis[k] = start[k]
                amounts[k] = begin[k]
                slopes[k] = end[k] - begin[k]
                for m in range(d):
                    inverse[k, m] = 1.0 if k == m else 0.0
            usable = descend(
                table, costs, n, basis, inverse, amounts, slopes, plane, above, tilt, column
            )
        else:
            for k in range(d):
                basis[k] = basis0[k]
                value, change = 0.0, 0.0
                for m in range(d):
                    inverse[k, m] = inverse0[k, m]
                    value += inverse0[k, m] * begin[m]
                    change += inverse0[k, m] * (end[m] - begin[m])
                amounts[k], slopes[k] = value, change
            for k in range(n):
                above[k] = above0[k]
        count = 0
        if usable:
            count = curve(
                table, costs, n, basis, inverse, amounts, slopes, plane, above, tilt, column,
                bounds, hull, steepness, bases, shares, end,
            )  # fmt: skip
        if count == 0:
            statuses[p] = DOUBT
            continue
        statuses[p] = SOLVED
        total = lowest(count, bounds, hull, steepness, own_second, own_first)
        mutual = lowest(count, bounds, hull, steepness, hull[0], hull[count])
        fractions[p, 0], fractions[p, 1] = bounds[total], bounds[mutual]
        minima[p, 0] = hull[total] - bounds[total] * own_first - (1.0 - bounds[total]) * own_second
        minima[p, 1] = (
            hull[mutual] - bounds[mutual] * hull[count] - (1.0 - bounds[mutual]) * hull[0]
        )
        name_products(bases[total], shares[total], rows, top, products[p, 0])
        name_products(bases[mutual], shares[mutual], rows, top, products[p, 1])
