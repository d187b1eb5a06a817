"""What every curve obeys, whatever the phases."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from interfaces.chemistry.formulas import Formula, chemical_system
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import reactant
from interfaces.reactivity.mixing_curve import mixing_curve
from interfaces.solver.parametric import mixing_line
from interfaces.solver.simplex import OK
from tests.certificate import certify
from tests.strategies import formulas, phase_sets

EXAMPLES = 150
CLOSE = 1e-9


def hull_curve(phases, first, second):
    return mixing_curve(phases, reactant(phases, first, "hull"), reactant(phases, second, "hull"))


def slow_hull(phases, composition):
    """The linear programme at one composition, by HiGHS."""
    solution = linprog(phases.energies, A_eq=phases.fractions.T, b_eq=composition, method="highs")
    assert solution.status == 0
    return solution.fun


def different(first, second):
    return Formula.parse(first).reduced != Formula.parse(second).reduced


@given(phase_sets(), formulas(), formulas())
@settings(max_examples=EXAMPLES)
def test_equals_a_general_solver_on_a_grid(phases, first, second):
    assume(different(first, second))
    curve = hull_curve(phases, first, second)
    c1, c2 = (Formula.parse(f).fractions(phases.elements) for f in (first, second))
    e1, e2 = slow_hull(phases, c1), slow_hull(phases, c2)
    for x in np.linspace(0, 1, 9):
        expected = slow_hull(phases, x * c1 + (1 - x) * c2) - x * e1 - (1 - x) * e2
        assert curve.at(x) == pytest.approx(expected, abs=1e-8)


@given(phase_sets(), formulas(), formulas())
@settings(max_examples=EXAMPLES)
def test_every_basis_is_optimal_in_exact_arithmetic(phases, first, second):
    assume(different(first, second))
    elements = chemical_system([Formula.parse(first), Formula.parse(second)])
    pool = phases.pool(elements)
    exact = [
        [Fraction(f.get(e)) / f.n_atoms for e in elements]
        for f in (pool.formulas[i] for i in range(len(pool.energies)))
    ]
    c1, c2 = (
        [Fraction(f.get(e)) / f.n_atoms for e in elements]
        for f in (Formula.parse(first), Formula.parse(second))
    )
    status, count, bounds, bases, _, _ = mixing_line(
        pool.phases, pool.energies, pool.references,
        np.array(c2, dtype=float), np.array(c1, dtype=float),
    )  # fmt: skip
    assert status == OK
    assert count == len(bases)
    certificate = certify(exact, [Fraction(e) for e in pool.energies], c2, c1, bounds, bases)
    assert certificate.amount == 0
    assert certificate.cost > -1e-14  # energies that tie in decimals do not quite as floats
    assert certificate.gap < 1e-12


@given(phase_sets(), formulas(), formulas())
@settings(max_examples=EXAMPLES)
def test_curve_is_convex_never_positive_and_balanced(phases, first, second):
    assume(different(first, second))
    curve = hull_curve(phases, first, second)
    x = curve.mixing_fractions
    energies = np.array([k.total for k in curve.kinks])
    assert (x[0], x[-1]) == (0.0, 1.0)
    assert (energies <= CLOSE).all()
    assert (np.diff(np.diff(energies) / np.diff(x)) > 0).all()
    for kink in curve.kinks:
        assert kink.reaction.imbalance() == {}
        assert all(amount > 0 for _, amount in kink.reaction.products)


@given(phase_sets(), formulas(), formulas())
@settings(max_examples=EXAMPLES)
def test_reaction_energy_follows_from_the_products(phases, first, second):
    """Products minus reactants, from the printed reaction and the entries alone."""
    assume(different(first, second))
    curve = hull_curve(phases, first, second)
    lowest = {}
    for formula, energy in zip(phases.formulas, phases.energies, strict=True):
        key = tuple(formula.fractions(phases.elements).round(12))
        lowest[key] = min(energy, lowest.get(key, np.inf))

    def energy_of(text):
        formula = Formula.parse(text)
        per_atom = lowest[tuple(formula.fractions(phases.elements).round(12))]
        return per_atom * float(formula.n_atoms)

    reactant_energy = {
        reactant.formula.text: reactant.energy * float(reactant.formula.n_atoms)
        for reactant in (curve.reactant_1, curve.reactant_2)
    }
    for kink in curve.kinks:
        left = sum(float(n) * reactant_energy[t] for t, n in kink.reaction.reactants)
        right = sum(float(n) * energy_of(t) for t, n in kink.reaction.products)
        atoms = sum(float(n * Formula.parse(t).n_atoms) for t, n in kink.reaction.reactants)
        assert kink.total == pytest.approx((right - left) / atoms, abs=1e-9)
        assert float(kink.reaction.formula_units) * kink.total_per_formula == pytest.approx(
            right - left, abs=1e-6
        )


@given(phase_sets(), formulas(), formulas(), st.integers(0, 4), st.integers(0, 4))
@settings(max_examples=EXAMPLES)
def test_ends_are_minus_the_energies_above_hull(phases, first, second, up1, up2):
    assume(different(first, second))
    e1 = phases.hull_energy(first) + up1 / 8
    e2 = phases.hull_energy(second) + up2 / 8
    curve = mixing_curve(phases, reactant(phases, first, e1), reactant(phases, second, e2))
    assert curve.kinks[-1].total == pytest.approx(-up1 / 8, abs=CLOSE)
    assert curve.kinks[0].total == pytest.approx(-up2 / 8, abs=CLOSE)
    hull = hull_curve(phases, first, second)
    # The mutual energy does not know what the reactants' own energies are.
    assert curve.minimum_mutual.mutual == pytest.approx(hull.minimum_mutual.mutual, abs=CLOSE)


@given(phase_sets(), formulas(), formulas())
@settings(max_examples=EXAMPLES)
def test_swapping_reactants_mirrors_the_curve(phases, first, second):
    assume(different(first, second))
    forth, back = hull_curve(phases, first, second), hull_curve(phases, second, first)
    assert len(forth.kinks) == len(back.kinks)
    for kink, counterpart in zip(forth.kinks, reversed(back.kinks), strict=True):
        assert kink.mixing_fraction == pytest.approx(1 - counterpart.mixing_fraction, abs=CLOSE)
        assert kink.molar_fraction == pytest.approx(1 - counterpart.molar_fraction, abs=CLOSE)
        assert kink.total == pytest.approx(counterpart.total, abs=CLOSE)


@given(phase_sets(), formulas(), formulas(), st.integers(2, 5))
@settings(max_examples=EXAMPLES)
def test_scaling_a_formula_changes_only_molar_quantities(phases, first, second, factor):
    assume(different(first, second))
    scaled = Formula.from_amounts({e: n * factor for e, n in Formula.parse(first).amounts})
    item, counterpart = hull_curve(phases, first, second), hull_curve(phases, scaled, second)
    assert np.allclose(item.mixing_fractions, counterpart.mixing_fractions, atol=CLOSE)
    assert np.allclose(
        [k.total for k in item.kinks], [k.total for k in counterpart.kinks], atol=CLOSE
    )
    for a, b in zip(item.kinks[1:-1], counterpart.kinks[1:-1], strict=True):
        ratio = a.molar_fraction / (1 - a.molar_fraction)
        assert b.molar_fraction / (1 - b.molar_fraction) == pytest.approx(ratio / factor)


@given(phase_sets(), formulas(), formulas(), st.lists(st.integers(-8, 8), min_size=4, max_size=4))
@settings(max_examples=EXAMPLES)
def test_shifting_the_references_changes_no_reaction(phases, first, second, shifts):
    assume(different(first, second))
    shift = phases.fractions @ np.array(shifts, dtype=float)
    shifted = PhaseSet.from_rows(
        zip(phases.ids, phases.formulas, phases.energies + shift, strict=True),
        scheme="shifted",
        quantity="energy_per_atom",
    )
    item, counterpart = hull_curve(phases, first, second), hull_curve(shifted, first, second)
    grid = np.linspace(0, 1, 21)
    assert np.allclose(item.at(grid), counterpart.at(grid), atol=1e-8)
