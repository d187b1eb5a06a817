"""The term of layered cobaltates: where it acts, and how large it is."""

import pytest

from interfaces.chemistry.formulas import Formula
from workflows.calculators.mp2020_corrections import STRENGTH, cobalt_share, cobalt_term


@pytest.mark.parametrize(
    ("formula", "space_group", "share"),
    [
        ("LiCoO2", 166, 1.0), ("CoO2", 164, 0.0), ("Li(CoO2)2", 10, 0.5), ("Na2Co3O6", 12, 2 / 3),
        ("Ca(CoO2)2", 62, 1.0), ("Li3Co10O20", None, 0.3),
    ],
)  # fmt: skip
def test_layered_cobaltates_have_a_share_of_trivalent_cobalt(formula, space_group, share):
    assert cobalt_share(Formula.parse(formula), space_group) == pytest.approx(share)


@pytest.mark.parametrize(
    ("formula", "space_group"),
    [
        ("LiCoO2", 227), ("LaCoO3", 167), ("AlCoO3", 148), ("KCoO2", 5), ("Li2CoO2", 166),
        ("LiNi0.5Co0.5O2", 166), ("Co3O4", 15), ("LiNiO2", 166), ("Li2O", 12),
    ],
)  # fmt: skip
def test_nothing_else_takes_the_term(formula, space_group):
    assert cobalt_share(Formula.parse(formula), space_group) is None
    assert cobalt_term(Formula.parse(formula), space_group) == 0.0


def test_the_term_is_quadratic_per_cobalt_and_counted_per_atom():
    full, half = (cobalt_term(Formula.parse(f), 12) for f in ("LiCoO2", "Li(CoO2)2"))
    assert full * 4 == pytest.approx(STRENGTH)
    assert half * 7 == pytest.approx(2 * STRENGTH / 4)
    assert cobalt_term(Formula.parse("CoO2"), 12) == 0.0
