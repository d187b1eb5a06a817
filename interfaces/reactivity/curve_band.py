r"""How sure a mixing curve is: its spread when the phase energies are drawn within their errors.

Every draw gives each phase an error (:mod:`interfaces.phases.phase_errors`) and the curve is
computed again, with other products where the draw makes them stable. A reactant errs as its energy
says: an own entry with the phase, a hull energy with the hull, a molecule with the references that
place it and the error of the reference reaction. Reactants that a draw puts below the hull join
the products, as in a curve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.formulas import Formula
from interfaces.errors import PhaseSetError, SolverError
from interfaces.phases.competing_phases import Pool
from interfaces.phases.phase_errors import PhaseErrors, draw_errors, drawn, normal
from interfaces.phases.phase_set import SAME_COMPOSITION, PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.reactivity.band import Band, MinimumSpread
from interfaces.reactivity.mixing_curve import MixingCurve, open_pool
from interfaces.solver.drawn_lines import Lines, drawn_lines, product
from interfaces.solver.parametric import walk
from interfaces.solver.simplex import OK, Array, Index, heights, refresh

SAMPLES = 200
MAX_SAMPLES = 100_000
GRID = 41  #: mixing fractions at which the band is known, evenly spaced
RANGE = (0.1, 0.9)  #: quantiles of a band
#: Standard errors; half width of that range of a normal variable. A standard error is the half
#: width over this, so that a few outliers do not widen it beyond the range that is stated.
NORMAL = 1.2815515655446004
NEAR = 0.08  #: eV per non-open atom above a plane of the curve; phases to solve with first
TOGETHER = 512  #: draws that are solved side by side
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

    @property
    def lowest(self) -> Array:
        """Lowest total of each draw (S,)."""
        return self.minima[:, 0]


def sample_lines(
    phases: Array,
    energies: Array,
    elements: Index,
    near: Index,
    first: Index,
    start: Array,
    step: Array,
    ends: Array,
    grid: Array,
) -> tuple[Array, Array]:
    """Curves of many draws of the energies.

    Few phases come near the hull along one line. The draws are solved with these; those in which
    one of the other phases lies below a plane of the result are solved again with it.

    Parameters
    ----------
    phases : (N, d) fractions over the elements that are not open.
    energies : (S, N) drawn energies [eV per non-open atom].
    elements : (d,) indices of the elemental references.
    near : (M,) indices of the phases to solve with first, rising.
    first : (d,) a basis of them that is feasible just right of x = 0, at whatever energies.
    start, step : (d,) composition at x = 0 and its change.
    ends : (S, 2) energies of the reactants at x = 0 and 1; NaN means that of the hull.
    grid : (G,) mixing fractions, rising from 0 to 1.

    Returns
    -------
    tuple[Array, Array]
        Totals at the grid (S, G), and lowest total and mutual energies (S, 2); NaN of a draw that
        failed.
    """
    totals = np.full((len(energies), grid.size), np.nan)
    minima = np.full((len(energies), 2), np.nan)
    for begin in range(0, len(energies), TOGETHER):
        rows = np.arange(begin, min(begin + TOGETHER, len(energies)))
        candidates = near
        while rows.size:
            lines = drawn_lines(
                phases[candidates].copy(), energies[np.ix_(rows, candidates)],
                np.searchsorted(candidates, first), start, step,
            )  # fmt: skip
            missed = _missed(phases, energies[rows], candidates, lines)
            again = missed.any(axis=1)
            kept = ~again & (lines.count > 0)
            totals[rows[kept]], minima[rows[kept]] = _energies(
                lines.of(kept), start, step, ends[rows[kept]], grid
            )
            candidates = np.union1d(candidates, np.nonzero(missed.any(axis=0))[0])
            rows = rows[again]
    for s in np.nonzero(np.isnan(minima[:, 0]))[0]:  # those that met round-off, one by one
        line = _solved_alone(phases, energies[s], elements, start, step)
        if line is not None:
            totals[s], minima[s] = _energies(line, start, step, ends[s : s + 1], grid)
    return totals, minima


def _missed(phases: Array, energies: Array, candidates: Index, lines: Lines) -> NDArray[np.bool_]:
    """Which phases (S, N) lie below a segment of the hull of the candidates."""
    missed = np.zeros(energies.shape, dtype=bool)
    others = np.setdiff1d(np.arange(len(phases)), candidates)
    fractions, limits = phases[others].T.copy(), energies[:, others] + BELOW
    for s, (count, planes) in enumerate(zip(lines.count, lines.planes, strict=True)):
        if count:
            missed[s, others] = product(planes[:count], fractions).max(axis=0) > limits[s]
    return missed


def _energies(
    lines: Lines, start: Array, step: Array, ends: Array, grid: Array
) -> tuple[Array, Array]:
    """Totals at the grid, and lowest total and mutual energies."""
    bounds = lines.bounds
    at_zero, steepness = lines.straight(start, step)
    hull = np.concatenate([at_zero[:, :1], at_zero + bounds[:, 1:] * steepness], axis=1)
    last = np.take_along_axis(hull, lines.count[:, None], axis=1)
    hull = np.where(np.isneginf(hull), last, hull)  # repeated after the last segment
    left, right = hull[:, :1], last
    own_left = np.where(np.isnan(ends[:, :1]), left, ends[:, :1])
    own_right = np.where(np.isnan(ends[:, 1:]), right, ends[:, 1:])
    totals = np.full((len(bounds), grid.size), -np.inf)
    for k in range(at_zero.shape[1]):  # convex: the highest of the lines is the hull
        np.maximum(totals, at_zero[:, k : k + 1] + grid * steepness[:, k : k + 1], out=totals)
    totals -= grid * own_right + (1.0 - grid) * own_left
    minima = np.column_stack(
        [
            (hull - bounds * right_end - (1.0 - bounds) * left_end).min(axis=1)
            for left_end, right_end in ((own_left, own_right), (left, right))
        ]
    )
    return totals, minima


def _solved_alone(
    phases: Array, energies: Array, elements: Index, start: Array, step: Array
) -> Lines | None:
    """The line of one draw by the solver of single curves; None where that fails as well."""
    status, count, bounds, bases, *_ = walk(
        phases, energies, np.zeros(energies.size), elements, elements, start, step, 0.0, 1.0
    )
    if status != OK or count == 0:
        return None
    planes = [energies[basis] @ refresh(phases, basis, start, step)[0] for basis in bases]
    return Lines(np.array([count]), bounds[None], np.array([planes]))


def draw_curve(
    phase_set: PhaseSet,
    curve: MixingCurve,
    errors: PhaseErrors,
    *,
    samples: int = SAMPLES,
    seed: int = 0,
) -> Draws:
    """Compute a curve again for drawn errors of the phase energies.

    Parameters
    ----------
    phase_set : that the curve was computed with.
    curve : the curve.
    errors : of the phase set.
    samples, seed : number of draws, and what they follow from; the same seed gives every curve the
        same errors, so that draws of two curves can be compared one by one.

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
    totals, minima = sample_lines(
        phases, energies, pool.references, near, first, start, step, ends,
        np.linspace(0.0, 1.0, GRID),
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
    kept = ~np.isnan(draws.lowest)
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
    first: MixingCurve, second: MixingCurve, drawn_first: Array, drawn_second: Array
) -> Ranked:
    """Compare the lowest totals of two curves, draw by draw.

    Parameters
    ----------
    first, second : curves in the same basis.
    drawn_first, drawn_second : lowest total of each draw, of the same errors and seed; (S,).

    Returns
    -------
    Ranked
        Probability and difference.
    """
    apart = drawn_first - drawn_second
    apart = apart[~np.isnan(apart)]
    difference = (
        first.minimum_total.total_per_nonopen_atom - second.minimum_total.total_per_nonopen_atom
    )
    return Ranked(
        probability_first_milder=float((apart > 0).mean() + 0.5 * (apart == 0).mean()),
        difference=difference,
        standard_error=_spread(apart).error,
    )
