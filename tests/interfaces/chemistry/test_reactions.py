from fractions import Fraction

import pytest

from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.reactions import Reaction, null_space, whole_numbers
from interfaces.errors import ReactantError


def formulas(text):
    return [Formula.parse(word) for word in text.split()]


def test_published_reaction_balances_to_whole_numbers():
    reaction = Reaction.balance(
        formulas("LiCoO2 Li6PS5Cl"), formulas("Li3PO4 Li2S Co9S8 Li2SO4 LiCl"), 0.5
    )
    assert str(reaction) == (
        "72 LiCoO2 + 25 Li6PS5Cl -> 25 Li3PO4 + 50 Li2S + 8 Co9S8 + 11 Li2SO4 + 25 LiCl"
    )
    assert reaction.imbalance() == {}


def test_large_coefficients_become_exact_decimals():
    reaction = Reaction.balance(
        formulas("Li0.37Ni0.81Co0.11Mn0.08O2 C6H7NO2"),
        formulas("Li2CO3 Ni Co MnO C H2O N2"), 0.5,
    )  # fmt: skip
    assert reaction.imbalance() == {}
    assert max(value for _, value in reaction.reactants + reaction.products) <= 1000
    assert Reaction.parse(str(reaction)) == reaction


def test_free_ratio_is_fixed_by_the_mixing_fraction():
    # Both reactants fall into Li2O, Co and O2, so that any ratio balances.
    reaction = Reaction.balance(formulas("LiCoO2 Li2CoO3"), formulas("Li2O Co O2"), 0.25)
    (_, first), (_, second) = reaction.reactants
    assert 4 * first / (4 * first + 6 * second) == Fraction(1, 4)
    assert reaction.imbalance() == {}


def test_products_are_counted_per_formula_of_the_mix():
    reaction = Reaction.parse("2 Li + 0.5 O2 -> Li2O")
    assert reaction.product_amounts() == {"Li2O": 0.4}
    assert reaction.imbalance() == {}


def test_what_does_not_balance_is_refused():
    with pytest.raises(ReactantError, match="cannot balance LiCoO2 -> Li2O: 0 independent"):
        Reaction.balance(formulas("LiCoO2"), formulas("Li2O"), 1.0)
    with pytest.raises(ReactantError, match="no '->'"):
        Reaction.parse("Li2O")
    assert Reaction.parse("Li -> Li2O").imbalance() == {"Li": 1, "O": 1}


def test_null_space_is_exact():
    assert null_space([[1, 0], [0, 1]]) == []
    assert null_space([[3], [-7]]) == [(7, 3)]
    assert null_space([[2, 1], [4, 2], [0, 1]]) == [(-2, 1, 0)]
    assert whole_numbers([Fraction(0), Fraction(3, 4), 6]) == (0, 1, 8)
