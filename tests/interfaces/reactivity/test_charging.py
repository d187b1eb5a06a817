"""A made-up cathode in three states against Li2S, by hand and by the curves it is made of."""

import json

import pytest

from interfaces.errors import ReactantError, ReservoirError
from interfaces.phases.reactants import reactant
from interfaces.phases.reservoirs import at_voltage
from interfaces.reactivity.charging import charging
from interfaces.reactivity.mixing_curve import mixing_curve
from tests.made_up_sets import made_up

CELL = {
    "Li": 0, "Co": 0, "O2": 0, "S": 0, "Li2O": -8, "CoO": -2.4, "LiCoO2": -7, "LiCo2O4": -10.4,
    "CoO2": -3, "Li2S": -10, "CoS2": -1.5, "Li2SO4": -22,
}  # fmt: skip
STATES = {1.0: "LiCoO2", 0.5: "Li0.5CoO2", 0.0: "CoO2"}
# LiCoO2 -> Li0.5CoO2 costs 1.8 eV for half a lithium, 3.6 V; on to CoO2 2.2 eV, 4.4 V.
VOLTAGES = [2.5, 3.0, 3.6, 3.9, 4.4, 4.5]


def cell(phases, low=2.5, high=4.5, formulas=None, energies=None, **options):
    energies = energies or {}
    states = {
        x: reactant(phases, formula, energies.get(x, "own"))
        for x, formula in (formulas or STATES).items()
    }
    return charging(phases, states, reactant(phases, "Li2S"), low, high, **options)


def near(value):
    return pytest.approx(value, abs=1e-10)


@pytest.fixture(scope="module")
def phases():
    return made_up(CELL)


@pytest.fixture(scope="module")
def result(phases):
    return cell(phases)


def test_voltage_curve_by_hand(result):
    assert result.contents == (1.0, 0.5, 0.0)
    assert result.steps == ((1.0, 0.5, near(3.6)), (0.5, 0.0, near(4.4)))


def test_both_states_of_a_plateau_have_one_energy(result):
    path = result.path
    assert [(p.x, p.voltage) for p in path] == [
        (1.0, near(3.6)), (0.5, near(3.6)), (0.5, near(4.4)), (0.0, near(4.4)),
    ]  # fmt: skip
    for full, empty in (path[:2], path[2:]):
        assert full.total == near(empty.total)
        assert full.mutual == near(empty.mutual)
        assert full.total_at == near(empty.total_at)
    assert path[1].total != near(path[2].total)


def test_state_that_is_stable_at_a_voltage_has_least_to_gain(result):
    full, half, empty = result.matrix([3.0, 3.9, 4.5])
    assert full[0] > half[0] > empty[0]
    assert half[1] > max(full[1], empty[1])
    assert empty[2] > half[2] > full[2]


@pytest.mark.parametrize("kind", ["total", "mutual"])
def test_matrix_is_the_minimum_of_each_open_curve(phases, result, kind):
    matrix = result.matrix(VOLTAGES, kind)
    for i, formula in enumerate(STATES.values()):
        for j, voltage in enumerate(VOLTAGES):
            curve = mixing_curve(
                phases, reactant(phases, formula), reactant(phases, "Li2S"),
                open_elements=[at_voltage("Li", voltage)],
            )  # fmt: skip
            expected = {
                "total": curve.minimum_total.total_per_nonopen_atom,
                "mutual": curve.minimum_mutual.mutual_per_nonopen_atom,
            }[kind]
            assert matrix[i, j] == near(expected)


def test_entries_of_the_matrix_by_hand(result):
    # At 4.5 V CoO2 is what every state becomes, and 2 CoO2 + Li2S -> 2 Co + Li2SO4 gains 6 eV
    # over seven closed atoms. To empty LiCoO2 gains 0.5 eV more, half of it 0.05 eV.
    (full,), (half,), (empty,) = result.matrix([4.5])
    assert empty == near(-6 / 7)
    assert half == near(-(6 + 2 * 0.05) / 7)
    assert full == near(-(6 + 2 * 0.5) / 7)
    (full,), (half,), (empty,) = result.matrix([4.5], "mutual")
    assert (full, half, empty) == near((-6 / 7,) * 3)


def test_state_above_the_hull_moves_its_own_row_and_the_voltages(phases, result):
    # 0.02 eV/atom are 0.07 eV per CoO2 with 3.5 atoms: 0.14 V more, 0.14 V less.
    raised = cell(phases, energies={0.5: -5.2 / 3.5 + 0.02})
    assert raised.steps == ((1.0, 0.5, near(3.74)), (0.5, 0.0, near(4.26)))
    own, second = result.matrix([4.5]), raised.matrix([4.5])
    assert second[:, 0] - own[:, 0] == near([0, -2 * 0.07 / 7, 0])


def test_state_that_is_passed_over_is_not_on_the_path(phases):
    # Half way between its neighbours costs -5 eV; 0.05 eV above that no voltage stops there.
    passed = cell(phases, energies={0.5: -4.95 / 3.5})
    assert passed.steps == ((1.0, 0.0, near(4.0)),)
    assert [p.x for p in passed.path] == [1.0, 0.0]
    assert passed.contents == (1.0, 0.5, 0.0)


def test_state_below_the_hull_is_a_candidate_of_its_own_map_alone(phases, result):
    lowered = cell(phases, energies={0.5: -5.2 / 3.5 - 0.02})
    notes = [voltage_map.notes for _, voltage_map in lowered.maps]
    assert [bool(note) for note in notes] == [False, True, False]
    assert lowered.matrix(VOLTAGES)[[0, 2]] == near(result.matrix(VOLTAGES)[[0, 2]])
    assert "20.0 meV/atom below the hull" in lowered.to_dict()["notes"][0]


def test_formulas_of_any_multiple_are_one_host(phases, result):
    multiple = cell(phases, formulas={1.0: "LiCoO2", 0.5: "LiCo2O4", 0.0: "Co3O6"})
    assert multiple.steps == tuple(near(step) for step in result.steps)
    assert multiple.matrix(VOLTAGES) == near(result.matrix(VOLTAGES))


def test_path_stays_within_the_voltages_of_the_maps(phases):
    assert [p.voltage for p in cell(phases, high=4.0).path] == near([3.6, 3.6])
    assert cell(phases, low=2.0, high=3.0).path == ()


def test_two_charges_halve_the_voltage_curve():
    rows = {"Mg": 0, "Co": 0, "O2": 0, "S": 0, "MgCo2O4": -14, "CoO2": -3, "MgS": -4.5}
    phases = made_up(rows)
    states = {0.5: reactant(phases, "Mg0.5CoO2"), 0.0: reactant(phases, "CoO2")}
    result = charging(phases, states, reactant(phases, "MgS"), 0.5, 4.5, "Mg")
    # -7 to -3 eV per CoO2 for half a magnesium, one electron
    assert result.steps == ((0.5, 0.0, near(4.0)),)
    assert result.path[0].total == near(result.path[1].total)


def test_refusals(phases):
    with pytest.raises(ReactantError, match="two Li contents"):
        cell(phases, formulas={1.0: "LiCoO2"})
    with pytest.raises(ReactantError, match="the hosts differ"):
        cell(phases, formulas={1.0: "LiCoO2", 0.0: "CoO"})
    with pytest.raises(ReactantError, match="1 voltages: a charging matrix has 2 to"):
        cell(phases, points=1)
    with pytest.raises(ReservoirError, match="voltages 4:3 V are no range"):
        cell(phases, low=4, high=3)


def test_json_has_every_key_with_its_unit(phases):
    result = cell(phases, points=5, provenance={"set": "by hand"})
    data = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert [(s["x"], s["reactant"]["formula"]) for s in data["states"]] == list(STATES.items())
    assert data["electrolyte"]["formula"] == "Li2S"
    assert (data["carrier"], data["basis"]) == ("Li", "per_nonopen_atom")
    assert data["voltage_V"] == result.grid == [2.5, 3.0, 3.5, 4.0, 4.5]
    assert data["minimum_total"] == result.matrix(result.grid).tolist()
    assert data["minimum_mutual"] == result.matrix(result.grid, "mutual").tolist()
    assert data["voltage_curve"][0] == {"x_from": 1.0, "x_to": 0.5, "voltage_V": near(3.6)}
    point = data["path"][0]
    assert point.keys() == {
        "x", "voltage_V", "minimum_total_ev_per_nonopen_atom",
        "minimum_mutual_ev_per_nonopen_atom", "nonopen_fraction_total", "nonopen_fraction_mutual",
    }  # fmt: skip
    assert point["minimum_total_ev_per_nonopen_atom"] == result.path[0].total
    assert data["provenance"] == {"set": "by hand"}
