from interfaces.formulas import Formula
from interfaces.products import GASES, SUSPECTS, gases, suspects


def test_formulas_of_the_lists_are_written_the_usual_way():
    for formula in GASES | SUSPECTS:
        assert Formula.parse(formula).reduced.text == formula, formula


def test_products_are_recognised_whatever_their_cell():
    assert gases(["Li2O", "O4", "C2O4"]) == ["O4", "C2O4"]
    assert suspects(["Li2O", "S16O2"]) == ["S16O2"]
