"""Curves open to reservoirs, by hand.

Per oxygen atom, the only kind that Li2O leaves closed, Li2O has -6 + 2 V at a voltage V; per four
atoms Li2TiO3 has -16.5 + 2 V; TiO2 -9 per three, Ti2O3 -14.5 per five, Li2O2 -6.4 + 2 V per two.
"""

import json

import pytest

from interfaces.errors import MissingElementError, ReactantError, ReservoirError
from interfaces.phases.reactants import reactant
from interfaces.phases.reservoirs import at_potential, at_voltage
from interfaces.reactivity.mixing_curve import MixingCurve, mixing_curve


def curve(phases, first, second, *opened, energies=("own", "own"), **options):
    pair = [reactant(phases, f, e) for f, e in zip((first, second), energies, strict=True)]
    return mixing_curve(phases, *pair, open_elements=opened, **options)


def near(value):
    return pytest.approx(value, abs=1e-12)


def test_kinks_and_both_bases_by_hand(toy):
    # At 3.5 V Li2O2 -> O2 + 2 Li gains 6.4 - 7 = -0.6 eV, and between the two ends
    # 2 Ti2O3 + 3 Li2O2 + 2 Li -> 4 Li2TiO3 gains -66 + 29 + 19.2 + 7 = -10.8 eV,
    # 2 Ti2O3 + Li2O2 -> 4 TiO2 + 2 Li gains -36 + 29 + 6.4 - 7 = -7.6 eV.
    result = curve(toy, "Ti2O3", "Li2O2", at_voltage("Li", 3.5))
    assert [str(k.reaction) for k in result.kinks] == [
        "Li2O2 -> O2 + 2 Li",
        "2 Ti2O3 + 3 Li2O2 + 2 Li -> 4 Li2TiO3",
        "2 Ti2O3 + Li2O2 -> 4 TiO2 + 2 Li",
        "Ti2O3 -> Ti2O3",
    ]
    assert [k.nonopen_fraction for k in result.kinks] == near([0, 10 / 16, 10 / 12, 1])
    assert [k.mixing_fraction for k in result.kinks] == near([0, 10 / 22, 10 / 14, 1])
    assert [k.molar_fraction for k in result.kinks] == near([0, 2 / 5, 2 / 3, 1])
    assert [k.total_per_nonopen_atom for k in result.kinks] == near(
        [-0.6 / 2, -10.8 / 16, -7.6 / 12, 0]
    )
    assert [k.total for k in result.kinks] == near([-0.6 / 4, -10.8 / 22, -7.6 / 14, 0])
    assert [k.total_per_formula for k in result.kinks] == near([-0.6, -10.8 / 5, -7.6 / 3, 0])
    # Li2O2 alone releases 0.3 eV per oxygen atom: that much of each mix needs no contact.
    assert [k.mutual_per_nonopen_atom for k in result.kinks] == near(
        [0, (-10.8 + 3 * 0.6) / 16, (-7.6 + 0.6) / 12, 0]
    )
    assert [k.mutual for k in result.kinks] == near([0, -9 / 22, -7 / 14, 0])


def test_what_is_exchanged_counts_per_formula_of_the_mix(toy):
    result = curve(toy, "Ti2O3", "Li2O2", at_voltage("Li", 3.5))
    exchanged = [k.reaction.exchanged_amounts() for k in result.kinks]
    assert exchanged == [{"Li": -2}, {"Li": near(2 / 5)}, {"Li": near(-2 / 3)}, {}]
    assert result.kinks[2].products == {"TiO2": near(4 / 3)}  # lithium is no product
    gas = result.kinks[0].to_dict()["gas_amounts"]
    assert [(g["gas"], g["per_formula"]) for g in gas] == [("O2", 1)]
    assert gas[0]["mmol_per_ah"] == pytest.approx(18.66, abs=0.005)  # two Li for an O2
    assert all(k.reaction.imbalance() == {} for k in result.kinks)


def test_voltage_without_exchange_leaves_the_closed_reaction(toy):
    closed = curve(toy, "Li2O", "TiO2")
    result = curve(toy, "Li2O", "TiO2", at_voltage("Li", 2.5))
    assert [str(k.reaction) for k in result.kinks] == [str(k.reaction) for k in closed.kinks]
    assert [k.total for k in result.kinks] == near([k.total for k in closed.kinks])
    assert [k.nonopen_fraction for k in result.kinks] == near([0, 1 / 4, 1])
    assert closed.kinks[1].nonopen_fraction is None
    assert closed.kinks[1].total_per_nonopen_atom == closed.kinks[1].total


def test_reactant_takes_up_lithium_by_itself(toy):
    # 3 TiO2 + 2 Li -> Li2TiO3 + Ti2O3 gains 4 - 2 * 1.5 eV over nine atoms.
    result = curve(toy, "Li2O", "TiO2", at_voltage("Li", 1.5))
    first = result.kinks[0]
    assert str(first.reaction) == "3 TiO2 + 2 Li -> Li2TiO3 + Ti2O3"
    assert first.total == near(-1 / 9)
    assert first.reaction.exchanged_amounts() == {"Li": near(2 / 3)}
    assert result.describe_minimum(first) == "self-decomposition of TiO2"


def test_minima_are_taken_per_nonopen_atom(toy):
    # At 3.3 V Li2O loses 0.6 eV per O, -0.2 per atom; Li2TiO3 gains 0.375 or 0.25. The bases
    # disagree on which is lower, and the curve goes by the one in which it is straight.
    result = curve(toy, "Li2O", "TiO2", at_voltage("Li", 3.3))
    assert [k.total_per_nonopen_atom for k in result.kinks] == near([0, -0.375, -0.6])
    assert [k.total for k in result.kinks] == near([0, -0.25, -0.2])
    assert result.basis == "per_nonopen_atom"
    assert result.minimum_total is result.kinks[-1]
    assert result.minimum_mutual is result.kinks[1]
    assert curve(toy, "Li2O", "TiO2").basis == "per_atom"


def test_straight_in_the_share_of_all_atoms_too(toy):
    result = curve(toy, "Ti2O3", "Li2O2", at_voltage("Li", 3.5))
    middle = (10 / 22 + 10 / 14) / 2
    assert result.at(middle) == near((-10.8 / 22 - 7.6 / 14) / 2)
    assert result.mixing_to_nonopen([0, 10 / 22, 10 / 14, 1]) == near([0, 10 / 16, 10 / 12, 1])


def test_reactants_equal_but_for_lithium_do_not_react(toy):
    result = curve(toy, "LiTiO2", "TiO2", at_voltage("Li", 1.5))
    assert [k.nonopen_fraction for k in result.kinks] == [0, 1]
    assert [k.mutual for k in result.kinks] == [0, 0]
    # 3 LiTiO2 -> Li2TiO3 + Ti2O3 + Li: -31 + 30 - 1.5 eV over nine non-open atoms
    assert result.kinks[1].total_per_nonopen_atom == near(-2.5 / 9)
    assert result.notes == (
        "the reactants differ in Li alone, which is open: they do not react with each other",
    )
    assert len(curve(toy, "LiTiO2", "TiO2").kinks) > 2


@pytest.mark.parametrize(("first", "second"), [("Li", "TiO2"), ("TiO2", "Li")])
def test_open_reactant_has_no_share(toy, first, second):
    with pytest.raises(ReactantError, match="Li is open and has no share in the mix; compute its"):
        curve(toy, first, second, at_voltage("Li", 1.0))


def test_same_composition_and_missing_element_are_refused(toy):
    with pytest.raises(ReactantError, match="both reactants are Li2O"):
        curve(toy, "Li2O", "Li4O2", at_voltage("Li", 1.0))
    with pytest.raises(MissingElementError, match="no elemental reference for Na"):
        curve(toy, "Li2O", "TiO2", at_voltage("Na", 1.0))


def test_reservoirs_may_not_make_a_phase_of_their_own(toy):
    # Li2O from Li at V and O at -1 eV: -6 + 2 V + 1 eV, so up to 2.5 V it grows without end.
    oxygen = at_potential("O", -1.0)
    with pytest.raises(ReservoirError, match=r"Li at 2\.4 V and O at -1 eV/atom: Li2O grows"):
        curve(toy, "Ti2O3", "Li2TiO3", at_voltage("Li", 2.4), oxygen)
    result = curve(toy, "Ti2O3", "Li2TiO3", at_voltage("Li", 2.6), oxygen)
    # Only Ti is left closed, so there is no mixing, and the ends fall to one phase.
    assert result.notes == (
        "the reactants differ in Li and O alone, which is open: they do not react with each other",
    )
    assert str(result.kinks[1].reaction) == "2 Ti2O3 + 8 Li + 3 O2 -> 4 Li2TiO3"
    assert result.kinks[1].total_per_nonopen_atom == near((-33 + 14.5 + 10.4 + 3) / 2)


def test_nothing_closed_is_no_question(toy):
    with pytest.raises(ReactantError, match="Li2O is open"):
        curve(toy, "Li2O", "Li2O2", at_voltage("Li", 3.0), at_potential("O", -2.0))


def test_open_oxygen_shifts_by_its_potential(toy):
    # 2 Ti2O3 + O2 -> 4 TiO2 gains 7 eV with oxygen itself, 5 eV at -1 eV/atom.
    result = curve(toy, "Ti2O3", "Li2TiO3", at_potential("O", -1.0))
    first = result.kinks[-1]
    assert str(first.reaction) == "2 Ti2O3 + O2 -> 4 TiO2"
    assert first.total_per_formula == near(-2.5)
    assert first.reaction.exchanged_amounts() == {"O2": 0.5}


def test_reactant_above_or_below_the_hull(toy):
    above = curve(toy, "Li2O", "TiO2", at_voltage("Li", 2.5), energies=("own", -2.9))
    assert above.kinks[0].total == near(-0.1)
    below = curve(toy, "Li2O", "TiO2", at_voltage("Li", 2.5), energies=("own", -3.1))
    assert below.kinks[0].total == near(0)
    assert "TiO2 lies 100.0 meV/atom below the hull" in below.notes[0]


@pytest.mark.parametrize(
    ("first", "second", "opened"),
    [
        ("Ti2O3", "Li2O2", [at_voltage("Li", 3.5)]),
        ("LiTiO2", "TiO2", [at_voltage("Li", 1.5)]),
        ("Ti2O3", "Li2TiO3", [at_potential("O", -1.0)]),
        ("Ti2O3", "Li2TiO3", [at_voltage("Li", 2.6), at_potential("O", -1.0)]),
    ],
)
def test_round_trip_through_json_is_exact(toy, first, second, opened):
    original = curve(toy, first, second, *opened, provenance={"set": "toy"})
    label = json.dumps(original.to_dict(), allow_nan=False)
    again = MixingCurve.from_record(json.loads(label))
    assert again == original
    assert again.to_dict() == original.to_dict()
    assert again.open_elements == tuple(opened)


def test_json_has_the_open_keys_in_every_kink(toy):
    result = curve(toy, "Ti2O3", "Li2O2", at_voltage("Li", 3.5))
    data = result.to_dict()
    assert data["basis"] == "per_nonopen_atom"
    assert data["open"] == [
        {"element": "Li", "chemical_potential_ev_per_atom": -3.5, "condition": "Li at 3.5 V"}
    ]
    for kink, row in zip(result.kinks, data["kinks"], strict=True):
        assert row["nonopen_fraction"] == kink.nonopen_fraction
        assert row["reaction_energy_ev_per_nonopen_atom"] == kink.total_per_nonopen_atom
        assert row["mutual_energy_ev_per_nonopen_atom"] == kink.mutual_per_nonopen_atom
        assert row["reaction_energy_ev_per_atom_of_mix"] == kink.total
    assert data["minimum_total"]["nonopen_fraction"] == near(0.625)
    assert data["minimum_total"]["kind"] == "reaction"
    assert not any("nonopen" in key for key in curve(toy, "Li2O", "TiO2").to_dict()["kinks"][0])
