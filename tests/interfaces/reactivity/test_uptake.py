"""A compound against an open element: energies per formula unit, by hand."""

import json

import pytest

from interfaces.errors import MissingElementError, ReactantError
from interfaces.phases.reactants import reactant
from interfaces.phases.reservoirs import at_potential, at_voltage
from interfaces.reactivity.uptake import uptake_curve
from interfaces.stability.electrochemical_window import electrochemical_window


def uptake(phases, compound, opened, energy="own"):
    return uptake_curve(phases, reactant(phases, compound, energy), opened)


def rows(curve):
    return [(p.uptake, p.energy, str(p.reaction)) for p in curve.points]


def near(value):
    return pytest.approx(value, abs=1e-12)


def test_uptake_by_hand(toy):
    # At 0 V 3 TiO2 gain 4 eV from 2 Li, 6 eV from 4 Li, 9 eV from 12 Li; 0.5 V take back 0.5 each.
    assert rows(uptake(toy, "TiO2", at_voltage("Li", 0.0))) == [
        (0, near(0), "TiO2 -> TiO2"),
        (near(2 / 3), near(-4 / 3), "3 TiO2 + 2 Li -> Li2TiO3 + Ti2O3"),
        (near(4 / 3), near(-2), "3 TiO2 + 4 Li -> 2 Li2TiO3 + Ti"),
        (4, near(-3), "TiO2 + 4 Li -> 2 Li2O + Ti"),
    ]
    curve = uptake(toy, "TiO2", at_voltage("Li", 0.5))
    assert [p.energy for p in curve.points] == near([0, -1, -4 / 3, -1])
    assert curve.minimum is curve.points[2]


@pytest.mark.parametrize("voltage", [0.0, 0.2, 0.7, 1.5, 2.5])
def test_minimum_is_the_stage_of_the_staircase(toy, voltage):
    result = uptake(toy, "TiO2", at_voltage("Li", voltage)).minimum
    window = electrochemical_window(toy, reactant(toy, "TiO2"))
    stage = next(s for s in window.stages if s.high is None or voltage <= s.high)
    assert result.uptake == near(stage.carriers)
    assert result.energy == near(3 * window.decomposition_energy(voltage))
    assert result.reaction == stage.reaction


def test_straight_between_points_and_by_the_potential_beyond(toy):
    curve = uptake(toy, "TiO2", at_voltage("Li", 0.5))
    assert curve.at([0, 1 / 3, 1, 4]) == near([0, -0.5, -3.5 / 3, -1])
    assert curve.at(6) == near(-1 + 2 * 0.5)  # two more Li that nothing takes
    with pytest.raises(ReactantError, match="uptake -1 is negative"):
        curve.at(-1)


def test_energy_above_the_hull_is_released_without_uptake(toy):
    curve = uptake(toy, "TiO2", at_voltage("Li", 0.5), -2.9)
    assert curve.points[0].energy == near(-0.3)
    assert curve.minimum.energy == near(-4 / 3 - 0.3)


def test_uptake_counts_per_formula_as_it_was_written(toy):
    item, two = (uptake(toy, f, at_voltage("Li", 0.5)) for f in ("TiO2", "Ti2O4"))
    assert [p.uptake for p in two.points] == near([2 * p.uptake for p in item.points])
    assert [p.energy for p in two.points] == near([2 * p.energy for p in item.points])


def test_any_element_can_be_taken_up(toy):
    # 2 Ti + 3 O gain 14.5 - 3, Ti + 2 O gain 9 - 2.
    curve = uptake(toy, "Ti", at_potential("O", -1.0))
    assert [p.uptake for p in curve.points] == near([0, 1.5, 2])
    assert [p.energy for p in curve.points] == near([0, -5.75, -7])
    assert curve.minimum.reaction.product_amounts() == {"TiO2": 1}


def test_compound_below_the_hull_starts_at_zero_and_says_so(toy):
    curve = uptake(toy, "TiO2", at_voltage("Li", 0.5), -3.1)
    assert curve.points[0].energy == near(0)
    assert "TiO2 lies 100.0 meV/atom below the hull" in curve.notes[0]


def test_refusals(toy):
    with pytest.raises(ReactantError, match="both reactants are Li"):
        uptake(toy, "Li", at_voltage("Li", 1.0))
    with pytest.raises(MissingElementError, match="no elemental reference for Na"):
        uptake(toy, "TiO2", at_voltage("Na", 1.0))


def test_json_has_every_key_with_its_unit(toy):
    curve = uptake_curve(
        toy, reactant(toy, "TiO2"), at_voltage("Li", 0.5), provenance={"set": "toy"}
    )
    data = json.loads(json.dumps(curve.to_dict(), allow_nan=False))
    assert data["basis"] == "per_formula"
    assert data["compound"]["formula"] == "TiO2"
    assert data["open"][0] == {
        "element": "Li", "chemical_potential_ev_per_atom": -0.5, "condition": "Li at 0.5 V",
    }  # fmt: skip
    assert len(data["points"]) == 4
    assert data["minimum"]["interphase"]["verdict"] == "unknown"  # Li2TiO3 is not in its table
    assert data["minimum"]["gas_amounts"] == []
    kept = ("uptake_per_formula", "reaction_energy_ev_per_formula", "reaction", "products")
    assert {key: data["minimum"][key] for key in kept} == {
        "uptake_per_formula": near(4 / 3),
        "reaction_energy_ev_per_formula": near(-4 / 3),
        "reaction": "3 TiO2 + 4 Li -> 2 Li2TiO3 + Ti",
        "products": near({"Li2TiO3": 2 / 3, "Ti": 1 / 3}),  # per TiO2
    }
    assert (data["scheme"], data["phase_set"]) == ("made up", "toy")
    assert data["provenance"] == {"set": "toy"}
