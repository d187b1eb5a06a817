"""Composites: a point of a mixing curve for two materials, masses conserved, three by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from interfaces.chemistry.formulas import Formula
from interfaces.errors import InterfaceError, ReactantError
from interfaces.phases.reactants import reactant
from interfaces.phases.reservoirs import at_voltage
from interfaces.reactivity.composite import Composite, composite
from interfaces.reactivity.mixing_curve import mixing_curve
from tests.made_up_sets import made_up
from tests.strategies import formulas, phase_sets

# formation energies in eV per formula unit: round, so that reactions can be added by hand
TERNARY = {"Li": 0, "Co": 0, "B": 0, "O2": 0, "Li2O": -6, "CoO": -2, "B2O3": -13, "Li3BO3": -17,
           "LiBO2": -10.5, "LiCoO2": -5.2, "Co3O4": -7.5}  # fmt: skip


@pytest.fixture(scope="module")
def borates():
    return made_up(TERNARY)


def masses_of(moles):
    return [number * Formula.parse(formula).molar_mass for formula, number in moles.items()]


def test_three_materials_by_hand(borates):
    # Li2O + B2O3 -> 2 LiBO2 releases 2 (10.5) - 6 - 13 = 2 eV; CoO takes no part
    moles = {"Li2O": 0.1, "B2O3": 0.1, "CoO": 0.1}
    result = composite(borates, [reactant(borates, f) for f in moles], masses_of(moles))
    atoms = 3 + 5 + 2
    assert result.total == pytest.approx(-2 / atoms)
    assert result.mutual == pytest.approx(-2 / atoms)
    assert {p.formula: p.millimoles for p in result.products} == pytest.approx(
        {"LiBO2": 200 / sum(masses_of(moles)), "CoO": 100 / sum(masses_of(moles))}
    )
    left = {c.reactant.label: c.remaining for c in result.components}
    assert left == pytest.approx({"Li2O": 0, "B2O3": 0, "CoO": 1})
    strongest, *others = result.pairs
    assert {strongest.first, strongest.second} == {"Li2O", "B2O3"}
    assert strongest.energy == pytest.approx(-2 / atoms)
    assert all(pair.energy == pytest.approx(0) and pair.reaction == "" for pair in others)
    joules = 0.1 * -2 * 96485.332 / sum(masses_of(moles))
    assert result.joules_per_gram(result.total) == pytest.approx(joules, rel=1e-6)


def test_a_material_that_also_forms(borates):
    # 0.1 Li2O + 0.1 Li3BO3 + 0.05 B2O3 hold 0.5 Li and 0.2 B: 0.15 Li3BO3 + 0.05 LiBO2
    moles = {"Li2O": 0.1, "Li3BO3": 0.1, "B2O3": 0.05}
    result = composite(borates, [reactant(borates, f) for f in moles], masses_of(moles))
    grams = sum(masses_of(moles))
    formed = {product.formula: product.millimoles / 1000 * grams for product in result.products}
    assert formed == pytest.approx({"Li3BO3": 0.15, "LiBO2": 0.05})
    # 0.15 * 17 + 0.05 * 10.5 - 0.1 * 6 - 0.1 * 17 - 0.05 * 13 = 0.125 eV
    assert result.total * (0.3 + 0.7 + 0.25) == pytest.approx(-0.125)
    assert result.components[1].remaining == 1.0


def test_what_is_exchanged_balances_the_masses(borates):
    moles = {"LiCoO2": 0.2, "B2O3": 0.1}
    result = composite(
        borates,
        [reactant(borates, f) for f in moles],
        masses_of(moles),
        open_elements=(at_voltage("Li", 1.5),),
    )
    (symbol, grams) = result.exchanged[0]
    assert symbol == "Li"
    assert sum(product.grams for product in result.products) == pytest.approx(1 + grams)
    assert result.basis == "per_nonopen_atom"
    assert result.total_in_basis < result.total < 0


@given(phase_sets(), formulas(), formulas(), st.floats(0.05, 0.95))
def test_two_materials_are_a_point_of_their_mixing_curve(phase_set, first, second, mass):
    try:
        pair = [reactant(phase_set, formula, "hull") for formula in (first, second)]
        curve = mixing_curve(phase_set, *pair)
        result = composite(phase_set, pair, [mass, 1 - mass])
    except InterfaceError:
        assume(False)
    x = result.components[0].atom_fraction
    assert result.total == pytest.approx(float(curve.at(x)), abs=1e-7)
    assert result.mutual == pytest.approx(float(curve.mutual_at(x)), abs=1e-7)
    assert sum(product.grams for product in result.products) == pytest.approx(1, abs=1e-6)
    assert math.isclose(result.pairs[0].energy, result.mutual, abs_tol=1e-7)


def test_it_is_read_back_equal(borates):
    moles = {"LiCoO2": 0.2, "B2O3": 0.1, "CoO": 0.3}
    result = composite(borates, [reactant(borates, f) for f in moles], masses_of(moles))
    assert Composite.from_record(result.to_dict()) == result


@pytest.mark.parametrize(
    ("materials", "masses", "word"),
    [
        (["Li2O"], [1], "two|2"),
        (["Li2O", "CoO"], [1, 0], "positive"),
        (["Li2O", "Li4O2"], [1, 1], "composition"),
    ],
)
def test_what_is_no_composite_is_refused(borates, materials, masses, word):
    with pytest.raises(ReactantError, match=word):
        composite(borates, [reactant(borates, f) for f in materials], masses)
