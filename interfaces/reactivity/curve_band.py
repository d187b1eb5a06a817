r"""How sure a mixing curve is: its spread when the phase energies are drawn within their errors.

Every draw gives each phase an error (:mod:`interfaces.phases.phase_errors`) and the curve is
computed again, with other products where the draw makes them stable. A reactant errs as its energy
says: an own entry with the phase, a hull energy with the hull, a molecule with the references that
place it and the error of the reference reaction. Reactants that a draw puts below the hull join
the products, as in a curve.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from interfaces.chemistry.formulas import Formula
from interfaces.errors import PhaseSetError, SolverError
from interfaces.phases.competing_phases import Pool
from interfaces.phases.phase_errors import PhaseErrors, draw_errors, drawn, normal
from interfaces.phases.phase_set import SAME_COMPOSITION, PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.reactivity.band import Band, MinimumSpread
from interfaces.reactivity.mixing_curve import MixingCurve, open_pool
from interfaces.solver.parametric import walk
from interfaces.solver.simplex import OK, STALLED, Array, Index, heights, refresh

Kernel = Callable[..., tuple[Array, Array]]  #: :func:`sample_lines`, plain or compiled

SAMPLES = 200
MAX_SAMPLES = 100_000
GRID = 41  #: mixing fractions at which the band is known, evenly spaced
RANGE = (0.1, 0.9)  #: quantiles of a band
#: Standard errors; half width of that range of a normal variable. A standard error is the half
#: width over this, so that a few outliers do not widen it beyond the range that is stated.
NORMAL = 1.2815515655446004
NEAR = 0.08  #: eV per non-open atom above a plane of the curve; phases to solve with first
ROUNDS = 8  #: of solving a draw with some phases, before all are taken
BELOW = 1e-9  #: eV per non-open atom below a plane, from which a phase would change the curve
MOST_LOST = 0.05  #: share of the draws that round-off may spoil


@dataclass(frozen=True)
class Draws:
    """Drawn curves of one pair, in eV per atom that is not open.

    Attributes
    ----------
    totals : (S, GRID) total energy at evenly spaced shares of the non-open atoms.
    minima : (S, 2) lowest total and lowest mutual energy; NaN where round-off spoilt a draw.
    """

    totals: Array
    minima: Array


def sample_lines(
    phases: Array,
    energies: Array,
    elements: Index,
    near: Index,
    near_elements: Index,
    near_first: Index,
    start: Array,
    step: Array,
    ends: Array,
    grid: Array,
) -> tuple[Array, Array]:
    """Curves of many draws of the energies; plain numpy, which numba compiles as well.

    Few phases come near the hull along one line. Each draw is solved with these; phases that lie
    below a plane of the result join them, and the draw is solved again.

    Parameters
    ----------
    phases : (N, d) fractions over the elements that are not open.
    energies : (S, N) drawn energies [eV per non-open atom].
    elements : (d,) indices of the elemental references.
    near : (M,) indices of the phases to solve with first.
    near_elements : (d,) where the elemental references are among these.
    near_first : (d,) a basis of them that is feasible just right of x = 0, at whatever energies.
    start, step : (d,) composition at x = 0 and its change.
    ends : (S, 2) energies of the reactants at x = 0 and 1; NaN means that of the hull.
    grid : (G,) mixing fractions, rising from 0 to 1.

    Returns
    -------
    tuple[Array, Array]
        Totals at the grid (S, G), and lowest total and mutual energies (S, 2); NaN of a draw that
        failed.
    """
    samples, points = energies.shape[0], grid.size
    totals = np.full((samples, points), np.nan)
    minima = np.full((samples, 2), np.nan)
    tilts = np.zeros(energies.shape[1])
    for s in range(samples):
        drawn = energies[s]
        status, below = STALLED, np.zeros(0, dtype=np.int64)
        for _ in range(ROUNDS):
            near = np.append(near, below)
            status, count, bounds, bases, amounts, slopes, _ = walk(
                phases[near].copy(), drawn[near].copy(), tilts[near].copy(), near_elements,
                near_first, start, step, 0.0, 1.0,
            )  # fmt: skip
            lowest = np.zeros(drawn.size)
            for k in range(count):
                bases[k] = near[bases[k]]
                inverse, _, _ = refresh(phases, bases[k], start, step)
                lowest = np.minimum(lowest, heights(phases, drawn, bases[k], inverse))
            below = np.nonzero(lowest < -BELOW)[0]
            if status != OK or below.size == 0:
                break
        if status != OK or below.size > 0:
            status, count, bounds, bases, amounts, slopes, _ = walk(
                phases, drawn, tilts, elements, elements, start, step, 0.0, 1.0
            )
        if status != OK or count == 0:
            continue
        hull = np.zeros(count + 1)
        for k in range(count + 1):
            segment = max(k - 1, 0)
            here = amounts[segment] + slopes[segment] * bounds[k]
            hull[k] = (drawn[bases[segment]] * here).sum()
        left, right = hull[0], hull[count]
        own_left = left if np.isnan(ends[s, 0]) else ends[s, 0]
        own_right = right if np.isnan(ends[s, 1]) else ends[s, 1]
        minima[s, 0] = (hull - bounds * own_right - (1.0 - bounds) * own_left).min()
        minima[s, 1] = (hull - bounds * right - (1.0 - bounds) * left).min()
        totals[s] = np.interp(grid, bounds, hull) - grid * own_right - (1.0 - grid) * own_left
    return totals, minima


def draw_curve(
    phase_set: PhaseSet,
    curve: MixingCurve,
    errors: PhaseErrors,
    *,
    samples: int = SAMPLES,
    seed: int = 0,
    kernel: Kernel = sample_lines,
) -> Draws:
    """Compute a curve again for drawn errors of the phase energies.

    Parameters
    ----------
    phase_set : that the curve was computed with.
    curve : the curve.
    errors : of the phase set.
    samples, seed : number of draws, and what they follow from; the same seed gives every curve the
        same errors, so that draws of two curves can be compared one by one.
    kernel : :func:`sample_lines`, plain or compiled.

    Returns
    -------
    Draws
        Totals and minima of every draw.

    Raises
    ------
    PhaseSetError
        If the number of samples or the seed is out of range.
    SolverError
        If more than a twentieth of the draws is lost to round-off.
    """
    if not 2 <= samples <= MAX_SAMPLES or seed < 0:
        raise PhaseSetError(
            f"{samples} samples with seed {seed}: a spread needs 2 to {MAX_SAMPLES} samples and a "
            "seed of 0 or more"
        )
    reactants = (curve.reactant_2, curve.reactant_1)  # from x = 0 to x = 1
    pool = open_pool(phase_set, curve.reactant_1, curve.reactant_2, curve.open_elements)
    shifts = draw_errors(errors, pool.formulas, samples, seed)
    ends = np.full((samples, 2), np.nan)
    own = [_drawn_energy(phase_set, reactant, errors, samples, seed) for reactant in reactants]
    columns, fractions = [], []
    for side, (reactant, energy) in enumerate(zip(reactants, own, strict=True)):
        if energy is None:
            continue
        kept = pool.kept(reactant.formula)
        ends[:, side] = pool.potential(reactant.formula, 0.0) + energy / kept
        if not _is_candidate(pool, reactant.formula):  # below the hull in a draw, it joins
            columns.append(ends[:, side])
            fractions.append(pool.composition(reactant.formula))
    kept_shares = np.array([pool.kept(formula) for formula in pool.formulas])
    energies = pool.energies + shifts / kept_shares
    phases = pool.phases
    if columns:
        phases = np.ascontiguousarray(np.vstack([phases, *fractions]))
        energies = np.ascontiguousarray(np.column_stack([energies, *columns]))
    start = pool.composition(curve.reactant_2.formula)
    step = pool.composition(curve.reactant_1.formula) - start
    near, first = _near_line(pool, phases, np.median(energies, axis=0), start, step)
    totals, minima = kernel(
        phases, energies, pool.references, near, np.searchsorted(near, pool.references),
        np.searchsorted(near, first), start, step, ends, np.linspace(0.0, 1.0, GRID),
    )  # fmt: skip
    if np.isnan(minima[:, 0]).mean() > MOST_LOST:
        raise SolverError(
            f"drawn curves of {curve.reactant_1.label} and {curve.reactant_2.label} not found in "
            f"{np.isnan(minima[:, 0]).sum()} of {samples} draws; please report it"
        )
    return Draws(totals, minima)


def _is_candidate(pool: Pool, formula: Formula) -> bool:
    if pool.open_elements:
        return any(formula.same_composition(candidate) for candidate in pool.formulas)
    away = np.abs(pool.phases - pool.composition(formula)).max(axis=1)
    return bool((away < SAME_COMPOSITION).any())


def _near_line(
    pool: Pool, phases: Array, energies: Array, start: Array, step: Array
) -> tuple[Index, Index]:
    """Phases within :data:`NEAR` of a plane of the undrawn curve, and its first basis."""
    status, count, _, bases, *_ = walk(
        phases, energies, np.zeros(energies.size), pool.references, pool.references, start, step,
        0.0, 1.0,
    )  # fmt: skip
    if status != OK:
        return np.arange(energies.size), pool.references
    lowest = np.full(energies.size, np.inf)
    for k in range(count):
        inverse, _, _ = refresh(phases, bases[k], start, step)
        lowest = np.minimum(lowest, heights(phases, energies, bases[k], inverse))
    lowest[pool.references] = 0.0
    return np.nonzero(lowest < NEAR)[0], bases[0]


def _drawn_energy(
    phase_set: PhaseSet, reactant: Reactant, errors: PhaseErrors, samples: int, seed: int
) -> Array | None:
    """Drawn energies [eV/atom] of a reactant, (S,); None of one at its hull energy."""
    if reactant.energy_model == "hull":
        return None
    total = np.zeros(samples)
    if reactant.placed_by:
        atoms = float(reactant.formula.n_atoms)
        for formula, units in reactant.placed_by:
            share = units * float(formula.n_atoms) / atoms
            total += share * drawn(errors, formula, samples, seed)
    elif reactant.energy_model != "given":
        total += drawn(errors, reactant.formula, samples, seed)
    if reactant.uncertainty:
        name = f"reactant {reactant.label.partition(' (x')[0]}"
        total += reactant.uncertainty * normal(name, samples, seed)
    return reactant.energy + total


def band_of(curve: MixingCurve, draws: Draws, source: str, seed: int = 0) -> Band:
    """Spread of a curve and of its minima over draws.

    Parameters
    ----------
    curve : the curve.
    draws : of :func:`draw_curve`.
    source : of the errors, in words.
    seed : of the draws.

    Returns
    -------
    Band
        Standard errors and 10 to 90 % ranges, in the basis of the curve.
    """
    kept = ~np.isnan(draws.minima[:, 0])
    totals, minima = draws.totals[kept], draws.minima[kept]
    low, high = np.quantile(totals, RANGE, axis=0)
    return Band(
        source=source,
        samples=int(kept.sum()),
        seed=seed,
        fractions=tuple(np.linspace(0.0, 1.0, totals.shape[1]).tolist()),
        errors=tuple(((high - low) / (2 * NORMAL)).tolist()),
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
        total=_spread(minima[:, 0]),
        mutual=_spread(minima[:, 1]),
    )


def _spread(values: Array) -> MinimumSpread:
    low, high = np.quantile(values, RANGE)
    return MinimumSpread(float(high - low) / (2 * NORMAL), float(low), float(high))


@dataclass(frozen=True)
class Ranked:
    """Whether the first of two reactions is milder: its lowest total lies higher.

    Attributes
    ----------
    probability_first_milder : share of the draws; a tie counts half.
    difference : lowest total of the first minus that of the second [eV/atom].
    standard_error : of the difference over the draws [eV/atom], from its 10 to 90 % range.
    """

    probability_first_milder: float
    difference: float
    standard_error: float


def rank(
    first: MixingCurve, second: MixingCurve, draws_first: Draws, draws_second: Draws
) -> Ranked:
    """Compare the lowest totals of two curves, draw by draw.

    Parameters
    ----------
    first, second : curves in the same basis.
    draws_first, draws_second : their draws, of the same errors and seed.

    Returns
    -------
    Ranked
        Probability and difference.
    """
    apart = draws_first.minima[:, 0] - draws_second.minima[:, 0]
    apart = apart[~np.isnan(apart)]
    difference = (
        first.minimum_total.total_per_nonopen_atom - second.minimum_total.total_per_nonopen_atom
    )
    return Ranked(
        probability_first_milder=float((apart > 0).mean() + 0.5 * (apart == 0).mean()),
        difference=difference,
        standard_error=_spread(apart).error,
    )
