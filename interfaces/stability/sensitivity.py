r"""Sensitivity of the limits of an electrochemical window to the phase energies.

A limit is the voltage at which two sets of products are level, so its error follows from theirs:

.. math:: V = \frac{E_a - E_b}{z (n_b - n_a)}, \qquad
    \frac{\partial V}{\partial e_f} = \frac{(u_{a,f} - u_{b,f}) N_f}{z (n_b - n_a)}

for stages b and a below and above it, with u formula units of N atoms of phase f and n carriers per
formula unit of the compound. This holds while the same phases are stable. Beyond that, each product
is left out, each near-hull competitor is lowered, and all energies are varied at random within
their stated error.

Independent errors cancel too well: phases of one chemistry err together. Each limit is therefore
drawn twice: with errors of every phase its own, and with those that phases of a class share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np

from interfaces.chemistry.formulas import Formula
from interfaces.errors import PhaseSetError, SolverError
from interfaces.phases.competing_phases import Pool, solving
from interfaces.phases.phase_errors import ANY, ClassError, PhaseErrors, draw_errors
from interfaces.phases.phase_set import ON_HULL, PhaseSet
from interfaces.phases.reactants import Reactant, joined, reactant
from interfaces.phases.reservoirs import OpenElement, at_voltage, charge_of
from interfaces.serialisable import Keys, Record
from interfaces.solver.parametric import first_to_sink
from interfaces.solver.simplex import OK, Array, Index, elemental_start, heights, primal, refresh
from interfaces.stability.decomposition_stages import SAME_CONTENT, Stage
from interfaces.stability.electrochemical_window import Window, electrochemical_window

Limit = Literal["reduction", "oxidation"]

SIGMA = 0.025  #: eV/atom; error of a formation energy where none is stated
WITHIN = 0.025  #: eV/atom; how far above the hull a competitor is considered
SAMPLES = 1000
MAX_SAMPLES = 1_000_000
MOVED = 1e-3  #: V; a limit that moves less is not worth a line
MAX_EVENTS = 1000

Pair = tuple[float | None, float | None]


@dataclass(frozen=True)
class Shift(Record):
    """The limits [V] after one phase was left out or lowered by ``lowered_by`` [eV/atom].

    Attributes
    ----------
    formula : phase that was left out or lowered.
    reduction, oxidation : limits after that [V]; None without such a limit.
    energy_above_hull : of the phase [eV/atom].
    lowered_by : by how much its energy was lowered [eV/atom]; None where it was left out.
    """

    KEYS: ClassVar[Keys] = {
        "formula": "formula", "energy_above_hull_ev_per_atom": "energy_above_hull",
        "lowered_by_ev_per_atom": "lowered_by", "reduction_V": "reduction",
        "oxidation_V": "oxidation",
    }  # fmt: skip

    formula: str
    reduction: float | None
    oxidation: float | None
    energy_above_hull: float
    lowered_by: float | None = None


@dataclass(frozen=True)
class Deciding(Record):
    """How a limit follows the energy of one phase [V per eV/atom]; elements do not move.

    Attributes
    ----------
    limit : ``reduction`` or ``oxidation``.
    formula : phase.
    weight : derivative of the limit with the energy of the phase [V per eV/atom].
    """

    KEYS: ClassVar[Keys] = {
        "limit": "limit", "formula": "formula", "volt_per_ev_per_atom": "weight",
    }  # fmt: skip

    limit: Limit
    formula: str
    weight: float


@dataclass(frozen=True)
class Spread(Record):
    """Standard deviation of a limit [V] over random draws, and its 5 to 95 % range [V].

    ``independent`` with an error of its own for every phase, ``shared`` with the part that phases
    of one chemistry have in common (all of ``sigma``, or as the set states); ``None`` where a draw
    has no such limit.
    """

    KEYS: ClassVar[Keys] = {
        "limit": "limit", "independent_V": "independent", "shared_by_class_V": "shared",
        "range_independent_V": "range_independent", "range_shared_V": "range_shared",
    }  # fmt: skip

    limit: Limit
    independent: float | None
    shared: float | None
    range_independent: tuple[float, float] | None
    range_shared: tuple[float, float] | None

    @property
    def error(self) -> float | None:
        """The larger of the two: what is written behind a limit."""
        known = [value for value in (self.independent, self.shared) if value is not None]
        return max(known) if known else None


@dataclass(frozen=True)
class Sensitivity(Record):
    """What moves the limits of a window. Build one with :func:`window_sensitivity`."""

    KEYS: ClassVar[Keys] = {
        "sigma_ev_per_atom": "sigma", "errors_from": "errors_from", "samples": "samples",
        "seed": "seed", "spread": "spreads", "deciding": "deciding", "left_out": "left_out",
        "competitors_within_ev_per_atom": "within", "competitors": "competitors",
    }  # fmt: skip

    left_out: tuple[Shift, ...]
    competitors: tuple[Shift, ...]
    deciding: tuple[Deciding, ...]
    reduction: Spread
    oxidation: Spread
    sigma: float | None  #: eV/atom; None where the errors are those that the set states
    errors_from: str
    within: float
    samples: int
    seed: int

    @property
    def spreads(self) -> tuple[Spread, Spread]:
        """Spread of both limits."""
        return self.reduction, self.oxidation


def window_sensitivity(
    phase_set: PhaseSet,
    compound: Reactant,
    carrier: str = "Li",
    *,
    open_elements: Sequence[OpenElement] = (),
    sigma: float | None = None,
    within: float = WITHIN,
    samples: int = SAMPLES,
    seed: int = 0,
) -> Sensitivity:
    """Compute how the limits of a window depend on the phase energies.

    Parameters
    ----------
    phase_set : energies of the candidate products [eV/atom].
    compound : compound with its energy on the scale of the set.
    carrier : symbol of the working ion, e.g. Li.
    open_elements : elements exchanged with a reservoir at a fixed chemical potential.
    sigma : standard error of a compound's formation energy [eV/atom]; by default the errors that
        the set states, or else :data:`SIGMA`. Elements have none, being 0 by definition.
    within : near-hull phases up to this far above the hull [eV/atom] are lowered by it, one by one.
    samples, seed : of the random draws.

    Returns
    -------
    Sensitivity
        Shifts and spreads of both limits [V].

    Raises
    ------
    PhaseSetError
        If an error, distance, number of samples or seed is out of range.
    """
    size = SIGMA if sigma is None else sigma
    if not 0 < size < 1 or not 0 <= within < 1 or not 2 <= samples <= MAX_SAMPLES:
        raise PhaseSetError(
            f"sigma {size:g}, within {within:g} eV/atom and {samples} samples: errors lie between "
            f"0 and 1 eV/atom, and a spread needs 2 to {MAX_SAMPLES} samples"
        )
    if seed < 0:
        raise PhaseSetError(f"seed {seed} of the random draws; give 0 or more")
    crossing = {carrier, *(element.symbol for element in open_elements)}
    small = phase_set.over([{*compound.formula.elements, *crossing}])

    def window_of(candidates: PhaseSet) -> Window:
        placed = _placed(candidates, compound)
        return electrochemical_window(
            candidates, placed, carrier, open_elements=open_elements, intercalations=()
        )

    window = window_of(small)
    pool = small.pool(tuple(sorted({*compound.formula.elements, *crossing}))).opened(
        [at_voltage(carrier, 0.0), *open_elements], varies=True
    )
    pool, _ = joined(pool, compound)
    above = small.energies_above_hull()
    errors = _errors(phase_set, sigma)
    draws = _draws(pool, compound.formula, window, errors, samples, seed)
    return Sensitivity(
        left_out=_left_out(small, above, window, window_of),
        competitors=_competitors(small, above, window, within, window_of),
        deciding=(*_deciding(window, "reduction"), *_deciding(window, "oxidation")),
        reduction=_spread("reduction", draws["independent"][:, 0], draws["shared"][:, 0]),
        oxidation=_spread("oxidation", draws["independent"][:, 1], draws["shared"][:, 1]),
        sigma=None if errors is phase_set.errors else size,
        errors_from=errors.source,
        within=within,
        samples=samples,
        seed=seed,
    )


def _placed(candidates: PhaseSet, compound: Reactant) -> Reactant:
    """The compound against the hull of other candidates: on it, or below it by its own energy."""
    on_hull = reactant(candidates, compound.formula, "hull", name=compound.name)
    if compound.energy_model == "hull" or compound.energy >= on_hull.energy - ON_HULL:
        return on_hull
    return replace(compound, energy_above_hull=compound.energy - on_hull.energy)


def _limits(window: Window) -> Pair:
    return window.reduction, window.oxidation


def _shift(
    formula: str, limits: Pair, energy_above_hull: float, *, lowered_by: float | None = None
) -> Shift:
    reduction, oxidation = limits
    return Shift(
        formula=formula,
        reduction=reduction,
        oxidation=oxidation,
        energy_above_hull=energy_above_hull,
        lowered_by=lowered_by,
    )


def _moved(before: Pair, after: Pair) -> bool:
    return any(
        (a is None) != (b is None) or (a is not None and b is not None and abs(a - b) > MOVED)
        for a, b in zip(before, after, strict=True)
    )


def _left_out(phases: PhaseSet, above: Array, window: Window, window_of: Any) -> tuple[Shift, ...]:
    """Limits without each compound that is a product of some stage, where they move."""
    products = sorted({name for stage in window.stages for name in stage.products})
    shifts = []
    for name in products:
        formula = Formula.parse(name)
        if len(formula.elements) == 1 or formula.same_composition(window.compound.formula):
            continue
        limits = _limits(window_of(phases.without([name])))
        if _moved(limits, _limits(window)):
            row = phases.own_entry(formula)
            shifts.append(_shift(name, limits, float(above[row])))
    return tuple(shifts)


def _competitors(
    phases: PhaseSet, above: Array, window: Window, within: float, window_of: Any
) -> tuple[Shift, ...]:
    """Limits with each near-hull phase lowered by ``within``, where they move."""
    shifts = []
    seen: set[str] = set()
    for row in np.argsort(above, kind="stable"):
        formula = phases.formulas[row]
        near = ON_HULL < above[row] <= within and len(formula.elements) > 1
        if not near or formula.text in seen or formula.same_composition(window.compound.formula):
            continue
        seen.add(formula.text)
        energies = phases.energies.copy()
        energies[row] -= within
        limits = _limits(window_of(replace(phases, energies=energies)))
        if _moved(limits, _limits(window)):
            shifts.append(_shift(formula.text, limits, float(above[row]), lowered_by=within))
    return tuple(shifts)


def _deciding(window: Window, limit: Limit) -> tuple[Deciding, ...]:
    """Weights of the phases on both sides of a limit, the heaviest first."""
    stable = window.stable_stage
    neighbour = window.reduced_to if limit == "reduction" else window.oxidized_to
    if stable is None or neighbour is None:
        return ()
    below, beyond = (neighbour, stable) if limit == "reduction" else (stable, neighbour)
    carried = charge_of(window.carrier) * (below.carriers - beyond.carriers)
    weights: dict[str, float] = {}
    for stage, sign in ((beyond, 1), (below, -1)):
        for name, units in stage.products.items():
            weights[name] = weights.get(name, 0.0) + sign * units * _atoms(name) / carried
    deciding = [
        Deciding(limit, name, weight)
        for name, weight in weights.items()
        if len(Formula.parse(name).elements) > 1 and abs(weight) > SAME_CONTENT
    ]
    return tuple(sorted(deciding, key=lambda phase: -abs(phase.weight)))


def _atoms(name: str) -> float:
    return float(Formula.parse(name).n_atoms)


def _spread(limit: Limit, independent: Array, shared: Array) -> Spread:
    columns = [values if np.isfinite(values).all() else None for values in (independent, shared)]
    deviations = [None if v is None else float(v.std(ddof=1)) for v in columns]
    ranges = [
        None if v is None else (float(np.quantile(v, 0.05)), float(np.quantile(v, 0.95)))
        for v in columns
    ]
    return Spread(
        limit=limit,
        independent=deviations[0],
        shared=deviations[1],
        range_independent=ranges[0],
        range_shared=ranges[1],
    )


def _errors(phase_set: PhaseSet, sigma: float | None) -> PhaseErrors:
    """Those of the set, or ``sigma`` wholly shared within each class."""
    if sigma is None and phase_set.errors is not None:
        return phase_set.errors
    size = SIGMA if sigma is None else sigma
    alike = ClassError(chemistry=ANY, shared=size, own=0.0, rows=0)
    return PhaseErrors(f"{1000 * size:g} meV/atom", (alike,))


def _independent(errors: PhaseErrors) -> PhaseErrors:
    """Errors of the same size, none of which is shared within a class."""
    classes = tuple(
        replace(error, shared=0.0, own=float(np.hypot(error.shared, error.own)))
        for error in errors.classes
    )
    return replace(errors, classes=classes)


def _draws(
    pool: Pool, formula: Formula, window: Window, errors: PhaseErrors, samples: int, seed: int
) -> Mapping[str, Array]:
    """Limits (samples, 2) of the compound at its hull energy, with both kinds of errors."""
    kept = np.array([pool.kept(formula) for formula in pool.formulas])
    stage = window.stable_stage
    if stage is None:
        return {kind: np.full((samples, 2), np.nan) for kind in ("independent", "shared")}
    middle = _middle(stage)
    composition = pool.composition(formula)
    content = float(pool.carried(formula)[0]) * pool.open_elements[0].charge
    result = {}
    for kind, model in (("independent", _independent(errors)), ("shared", errors)):
        limits = np.empty((samples, 2))
        shifts = draw_errors(model, pool.formulas, samples, seed) / kept
        for k in range(samples):
            energies = pool.energies + shifts[k]
            with solving(f"limits of {formula}"):
                limits[k] = _limits_of(pool, energies, composition, content, middle)
        result[kind] = limits
    return result


def _middle(stage: Stage) -> float:
    return stage.low + 0.5 if stage.high is None else (stage.low + stage.high) / 2


def _limits_of(
    pool: Pool, energies: Array, composition: Array, content: float, middle: float
) -> tuple[float, float]:
    """Where the content of the products passes the compound's own, from the middle both ways."""
    walker = _Walker(pool, energies, composition)
    return (
        walker.passing(content + SAME_CONTENT, middle),
        walker.passing(content - SAME_CONTENT, middle),
    )


class _Walker:
    """Finds the voltage at which the carrier content of one composition passes a level."""

    def __init__(self, pool: Pool, energies: Array, composition: Array) -> None:
        self.phases, self.energies, self.tilts = pool.phases, energies, pool.tilts
        self.composition = composition
        self.step = np.zeros(composition.size)
        self.elements = pool.references
        self.floor = pool.floor

    def passing(self, level: float, start: float) -> float:
        """Voltage above which the content is at most ``level``: floor if always, inf if never."""
        state = elemental_start(self.composition, self.step, self.elements)
        if self._content(state, start, 1.0) > level:
            return self._until(state, level, start, 1.0)
        if self._content(state, start, -1.0) > level:
            return start
        return self._until(state, level, start, -1.0)

    def _until(
        self, state: tuple[Index, Array, Array, Array], level: float, V: float, direction: float
    ) -> float:
        basis = state[0]
        for _ in range(MAX_EVENTS):
            energies = self.energies + V * self.tilts
            inverse, _, _ = refresh(self.phases, basis, self.composition, self.step)
            span, _ = first_to_sink(
                heights(self.phases, energies, basis, inverse),
                direction * heights(self.phases, self.tilts, basis, inverse),
            )
            V += direction * span
            if self.floor >= V:
                return self.floor
            if np.isinf(V):
                return float("inf")
            if (self._content(state, V, direction) > level) == (direction < 0):
                return V
        raise SolverError("a staircase has more events than any should; please report it")

    def _content(
        self, state: tuple[Index, Array, Array, Array], V: float, direction: float
    ) -> float:
        """Carrier content at V + 0+ (direction 1) or V - 0+ (direction -1); moves the basis."""
        basis, inverse, amounts, slopes = state
        status = primal(
            self.phases, self.energies + V * self.tilts, direction * self.tilts, basis,
            self.composition, self.step, inverse, amounts, slopes,
        )  # fmt: skip
        if status != OK:
            raise SolverError(f"products at {V:g} V not found (status {status}); please report it")
        return float(self.tilts[basis] @ np.maximum(amounts, 0.0))
