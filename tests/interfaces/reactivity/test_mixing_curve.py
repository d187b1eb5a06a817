import json

import numpy as np
import pytest

from interfaces.chemistry.units import KJ_PER_MOL
from interfaces.errors import NoOwnEntryError, ReactantError
from interfaces.phases.reactants import reactant
from interfaces.reactivity.conventions import to_pymatgen, to_reaction_network
from interfaces.reactivity.mixing_curve import MixingCurve, mixing_curve


def curve(phases, first, second, energies=("own", "own")):
    pair = [reactant(phases, f, e) for f, e in zip((first, second), energies, strict=True)]
    return mixing_curve(phases, *pair)


def test_one_reaction_by_hand(toy):
    # Li2O + TiO2 -> Li2TiO3: 6 (-2.75) - 3 (-2) - 3 (-3) = -1.5 eV, -0.25 per atom, at x = 1/2.
    result = curve(toy, "Li2O", "TiO2")
    assert [k.mixing_fraction for k in result.kinks] == pytest.approx([0, 0.5, 1])
    kink = result.minimum_total
    assert kink.total == pytest.approx(-0.25)
    assert kink.mutual == pytest.approx(-0.25)
    assert kink.self_decomposition == pytest.approx(0)
    assert str(kink.reaction) == "Li2O + TiO2 -> Li2TiO3"
    assert kink.products == {"Li2TiO3": 0.5}
    assert kink.total_per_formula == pytest.approx(-0.75)  # half a mole of each
    assert kink.kj_per_mol == pytest.approx(-0.75 * KJ_PER_MOL)
    assert kink.molar_fraction == pytest.approx(0.5)
    assert kink.mass_fraction == pytest.approx(29.8814 / (29.8814 + 79.8658), abs=1e-6)


def test_self_decomposition_and_mutual_add_up(toy):
    # A polymorph 0.1 eV/atom up, given its own energy: the end is -0.1 and the chord is straight.
    result = curve(toy, "Li2O", "TiO2", (-1.9, "own"))
    assert result.kinks[-1].total == pytest.approx(-0.1)
    assert result.minimum_total.total == pytest.approx(-0.30)
    assert result.minimum_mutual.mutual == pytest.approx(-0.25)
    assert result.minimum_mutual.self_decomposition == pytest.approx(-0.05)
    assert result.mutual_at([0, 0.5, 1]) == pytest.approx([0, -0.25, 0])


def test_minimum_at_an_end_is_called_self_decomposition(toy):
    result = curve(toy, "Li2O", "Ti2O3", (-1.0, "own"))
    assert result.minimum_total.mixing_fraction == 1.0
    assert result.describe_minimum(result.minimum_total) == "self-decomposition of Li2O"
    swapped = curve(toy, "Ti2O3", "Li2O", ("own", -1.0))
    assert swapped.describe_minimum(swapped.minimum_total) == "self-decomposition of Li2O"


def test_reactant_below_the_hull_joins_the_candidates(toy):
    result = curve(toy, "Li2O", "TiO2", (-2.3, "own"))
    assert result.reactant_1.joins_pool
    assert result.kinks[-1].total == pytest.approx(0)
    assert "Li2O lies 300.0 meV/atom below the hull" in result.notes[0]
    assert result.minimum_total.total == pytest.approx(-0.1)


def test_missing_own_entry_is_an_error_and_hull_a_choice(toy):
    with pytest.raises(NoOwnEntryError, match=r"no entry for Li0\.5TiO2"):
        reactant(toy, "Li0.5TiO2")
    assert reactant(toy, "Li0.5TiO2", "hull").energy_above_hull == 0.0
    with pytest.raises(ReactantError, match="needs a calculated value"):
        reactant(toy, "Li0.5TiO2", "calculated")


def test_equal_reactants_have_no_curve(toy):
    with pytest.raises(ReactantError, match="both reactants are Li2O"):
        curve(toy, "Li2O", "Li4O2")


def test_interpolation_in_the_variable_in_which_it_is_straight(toy):
    result = curve(toy, "Li2O", "TiO2")
    assert result.at(0.25) == pytest.approx(-0.125)
    assert result.molar_to_mixing(0.5) == pytest.approx(0.5)
    with pytest.raises(ReactantError, match="outside"):
        result.at(1.2)


def test_uncertainty_weighs_each_reactant_by_its_share(toy):
    uncertain = reactant(toy, "Li2O", -1.9, uncertainty=0.04, model="calculated")
    result = mixing_curve(toy, uncertain, reactant(toy, "TiO2"))
    assert uncertain.energy_model == "calculated"
    assert result.uncertainty_at([0, 0.5, 1]) == pytest.approx([0, 0.02, 0.04])


def test_round_trip_through_json_is_exact(toy):
    original = curve(toy, "LiTiO2", "Li2O2", ("hull", "own"))
    again = MixingCurve.from_record(json.loads(json.dumps(original.to_dict())))
    assert again == original
    assert again.to_dict() == original.to_dict()


def test_frame_has_a_row_per_kink(toy):
    frame = curve(toy, "Li2O", "TiO2").to_frame()
    assert len(frame) == 3
    assert frame["reaction"][1] == "Li2O + TiO2 -> Li2TiO3"


def test_other_conventions(toy):
    result = curve(toy, "Li2O", "Li2TiO3")
    x = [k.mixing_fraction for k in result.kinks]
    assert [row[1] for row in to_pymatgen(result, norm=True)] == pytest.approx(x)
    assert [row[0] for row in to_reaction_network(result)] == pytest.approx(
        [1 - v for v in x[::-1]]
    )


def test_pure_element_and_equal_but_for_lithium(toy):
    with_metal = curve(toy, "TiO2", "Li")
    assert with_metal.minimum_total.total < 0
    assert all(k.reaction.imbalance() == {} for k in with_metal.kinks)
    topotactic = curve(toy, "LiTiO2", "TiO2")
    assert np.all(np.diff(topotactic.mixing_fractions) > 0)
