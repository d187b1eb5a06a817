"""Minima on the MP table of 2019, and real curves certified in exact arithmetic."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

from interfaces.chemistry.formulas import Formula, chemical_system
from interfaces.screening.numba_cache import compiled
from interfaces.solver.parametric import mixing_line
from interfaces.solver.simplex import OK
from tests.certificate import certify
from workflows.analyses.curve import compute_curve
from workflows.analyses.setup import PhaseOptions


@pytest.mark.parametrize(
    ("first", "second", "energy"),
    [
        ("LiCoO2", "Li6PS5Cl", -0.364),
        ("LiCoO2", "Li3PS4", -0.402),
        ("Li2CO3", "Li6PS5Cl", -0.135),
        ("CoO2", "Li6PS5Cl", -0.728),
    ],
)
def test_minimum_with_the_reactants_own_energies(legacy, first, second, energy):
    curve = compute_curve(first, second, PhaseOptions(legacy))
    assert curve.minimum_total.total == pytest.approx(energy, abs=1e-3)


def test_both_minima_of_ncm811_and_litfsi(legacy):
    curve = compute_curve("NCM811", "LiTFSI", PhaseOptions(legacy, ("NCM811=hull",)))
    assert curve.minimum_total.total == pytest.approx(-0.504, abs=1e-3)
    assert curve.minimum_mutual.mutual == pytest.approx(-0.407, abs=1e-3)


def test_artefacts_are_flagged_and_can_be_left_out(legacy):
    flagged = compute_curve("Li2CO3", "Li6PS5Cl", PhaseOptions(legacy))
    assert any("CS14" in note for note in flagged.notes)
    without = compute_curve("Li2CO3", "Li6PS5Cl", PhaseOptions(legacy, exclude=("CS14", "S8O")))
    assert without.minimum_total.total == pytest.approx(-0.111, abs=1e-3)
    assert not any("CS14" in note for note in without.notes)


def _exact(formula, elements):
    return [Fraction(formula.get(e)) / formula.n_atoms for e in elements]


def test_real_curves_are_optimal_in_exact_arithmetic(legacy, full):
    """Exact breakpoints and amounts; costs may miss optimality by float round-off and no more."""
    chooser = random.Random(7)
    formulas = sorted({f.text for f in legacy.formulas})
    done = 0
    while done < (300 if full else 40):
        first, second = (Formula.parse(text) for text in chooser.sample(formulas, 2))
        elements = chemical_system([first, second])
        pool = legacy.pool(elements)
        if not 3 <= len(elements) <= 6 or len(pool.energies) > 400:
            continue
        exact = [_exact(pool.formulas[i], elements) for i in range(len(pool.energies))]
        c1, c2 = _exact(first, elements), _exact(second, elements)
        status, _, bounds, bases, _, _ = mixing_line(
            pool.phases, pool.energies, pool.references,
            np.array(c2, dtype=float), np.array(c1, dtype=float),
        )  # fmt: skip
        assert status == OK
        certificate = certify(exact, [Fraction(e) for e in pool.energies], c2, c1, bounds, bases)
        assert certificate.amount >= -Fraction(1, 10**12)
        assert certificate.cost >= -Fraction(1, 10**11)
        assert certificate.gap < Fraction(1, 10**9)
        done += 1


def test_compiled_kernel_gives_the_same_curves(legacy):
    pytest.importorskip("numba")
    fast = compiled()["mixing_line"]
    for first, second in (("LiCoO2", "Li6PS5Cl"), ("CoO2", "Li3PS4"), ("NiO2", "LiC2F6NO4S2")):
        pair = [Formula.parse(first), Formula.parse(second)]
        elements = chemical_system(pair)
        pool = legacy.pool(elements)
        ends = [f.fractions(elements) for f in reversed(pair)]
        plain = mixing_line(pool.phases, pool.energies, pool.references, *ends)
        compiled_ = fast(pool.phases, pool.energies, pool.references, *ends)
        assert compiled_[:2] == plain[:2]
        assert np.array_equal(compiled_[3], plain[3])
        assert np.allclose(compiled_[2], plain[2], atol=1e-12)
