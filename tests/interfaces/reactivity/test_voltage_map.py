"""The exact map of Li2O | TiO2 by hand.

Li2O gives Li2O2 at 2.8 V and that O2 at 3.2 V; Li2TiO3, at a quarter of the non-open atoms from
Li2O, lasts until 3.75 V; TiO2 is left alone above 2 V.
"""

import json

import numpy as np
import pytest

from interfaces.errors import MissingElementError, ReactantError, ReservoirError
from interfaces.phases.reactants import reactant
from interfaces.phases.reservoirs import at_potential, at_voltage
from interfaces.reactivity.mixing_curve import mixing_curve
from interfaces.reactivity.voltage_map import voltage_map
from tests.made_up_sets import THIO, made_up

LOW, HIGH = 2.5, 4.5


def found(phases, first="Li2O", second="TiO2", low=LOW, high=HIGH, **options):
    pair = [
        item if not isinstance(item, str) else reactant(phases, item) for item in (first, second)
    ]
    return voltage_map(phases, *pair, low, high, **options)


@pytest.fixture(scope="module")
def oxides(toy):
    return found(toy)


def near(value):
    return pytest.approx(value, abs=1e-12)


def test_tiles_by_hand(oxides):
    expected = [
        ((0, 0.25), (2.5, 3.75), (0, -0.375, 0, -0.375), ("Li2TiO3", "TiO2")),
        ((0.25, 1), (2.5, 2.8), (-0.375, 0, -0.375, 0), ("Li2O", "Li2TiO3")),
        ((0.25, 1), (2.8, 3.2), (-0.375, 0, -0.375, -0.4), ("Li2O2", "Li2TiO3")),
        ((0.25, 1), (3.2, 3.75), (-0.375, -0.4, -0.375, -1.5), ("Li2TiO3", "O2")),
        ((0, 1), (3.75, 4.5), (0, -1.5, 0, -3), ("O2", "TiO2")),
    ]
    assert len(oxides) == len(expected)
    for tile, (nonopen, voltage, energies, products) in zip(oxides.tiles, expected, strict=True):
        assert tile.nonopen == near(nonopen)
        assert tile.voltage == near(voltage)
        assert tile.energies == near(energies)
        assert tile.products == products


def test_energy_anywhere_by_hand(oxides):
    # Half of the way from the kink to Li2O, and half of the way from TiO2 to the kink.
    assert oxides.at(0.625, 2.65) == near(-0.1875)
    assert oxides.at(0.625, 3.0) == near((-0.375 - 0.2) / 2)
    assert oxides.at(0.125, 3.0) == near(-0.1875)
    assert oxides.at(0.5, 4.0) == near(-1.0)
    assert oxides.at([[0.25], [1]], [2.5, 3.0, 3.5]) == near(
        np.array([[-0.375] * 3, [0, -0.2, -1]])
    )
    assert oxides.self_decomposition_at(0.5, 3.5) == near(-0.5)
    assert oxides.mutual_at(0.25, 3.5) == near(-0.375 + 0.25)


def test_minimum_is_straight_pieces_by_hand(oxides):
    pieces = [(p.low, p.high, p.nonopen_fraction, p.energy_low, p.energy_high)
              for p in oxides.minimum()]  # fmt: skip
    assert pieces == [
        near((2.5, 3.175, 0.25, -0.375, -0.375)),  # Li2TiO3 until Li2O2 is 0.375 eV down
        near((3.175, 3.2, 1, -0.375, -0.4)),
        near((3.2, 4.5, 1, -0.4, -3)),
    ]
    pieces = [(p.low, p.high, p.nonopen_fraction, p.energy_low, p.energy_high)
              for p in oxides.minimum("mutual")]  # fmt: skip
    assert pieces == [
        near((2.5, 2.8, 0.25, -0.375, -0.375)),
        near((2.8, 3.2, 0.25, -0.375, -0.275)),
        near((3.2, 3.75, 0.25, -0.275, 0)),
        near((3.75, 4.5, 0, 0, 0)),
    ]
    names = {piece.nonopen_fraction: oxides.describe(piece) for piece in oxides.minimum("total")}
    assert names[0.25] == "reaction"
    assert names[1.0] == "self-decomposition of Li2O"
    assert oxides.describe(oxides.minimum("mutual")[-1]) == "no reaction"


@pytest.mark.parametrize("voltage", [2.5, 2.7, 3.0, 3.3, 3.7, 4.0, 4.5])
def test_curve_at_a_voltage_is_the_open_curve(oxides, toy, voltage):
    curve = oxides.curve_at(toy, voltage)
    own = mixing_curve(
        toy, reactant(toy, "Li2O"), reactant(toy, "TiO2"), open_elements=[at_voltage("Li", voltage)]
    )
    assert curve == own
    for kink in curve.kinks:
        assert oxides.at(kink.nonopen_fraction, voltage) == near(kink.total_per_nonopen_atom)
        assert oxides.nonopen_to_mixing(kink.nonopen_fraction) == near(kink.mixing_fraction)
        assert oxides.nonopen_share(kink.nonopen_fraction) == near(kink.nonopen_share)
    lowest = curve.minimum_total
    assert oxides.minimum_at(voltage) == near(
        (lowest.total_per_nonopen_atom, lowest.nonopen_fraction)
    )
    assert oxides.minimum_at(voltage, "mutual")[0] == near(
        curve.minimum_mutual.mutual_per_nonopen_atom
    )


def test_map_of_the_first_reactant_with_other_lithium(oxides, toy):
    for second in ("Li2O2", "O2"):
        shared = oxides.with_first(reactant(toy, second))
        own = found(toy, second)
        assert shared.reactant_1 == own.reactant_1
        assert len(shared) == len(own)
        for tile, two in zip(shared.tiles, own.tiles, strict=True):
            assert (tile.nonopen, tile.voltage) == (near(two.nonopen), near(two.voltage))
            assert tile.energies == near(two.energies)
            assert tile.products == two.products
        assert shared.nonopen_to_mixing(0.3) == near(own.nonopen_to_mixing(0.3))
        assert shared.minimum_at(3.5) == near(own.minimum_at(3.5))


def test_map_of_another_composition_is_refused(oxides, toy):
    with pytest.raises(ReactantError, match="Ti2O3 does not share its tiles with Li2O"):
        oxides.with_first(reactant(toy, "Ti2O3"))
    with pytest.raises(ReactantError, match="Li2O2 does not share its tiles with Li2O"):
        oxides.with_first(reactant(toy, "Li2O2", -1.9))  # a candidate of its own


def test_end_above_the_hull_is_tilted_by_its_own_energy(toy):
    raised = found(toy, reactant(toy, "Li2O", -1.9))  # 0.1 eV/atom are 0.3 eV per O
    assert raised.at([0, 0.25, 1], 2.5) == near([0, -0.375 - 0.075, -0.3])
    assert raised.mutual_at(0.25, 2.5) == near(-0.375)


def test_reactant_below_the_hull_joins_the_candidates(toy):
    lowered = found(toy, reactant(toy, "Li2O", -2.1))
    assert lowered.at(1.0, 2.5) == near(0)
    assert lowered.at(0.25, 2.5) == near(-0.375 + 0.075)
    assert "Li2O lies 100.0 meV/atom below the hull" in lowered.notes[0]


@pytest.mark.parametrize(
    ("low", "high", "message"),
    [
        (4, 3, "voltages 4:3 V are no range; give LOW:HIGH"),
        (3, 3, "voltages 3:3 V are no range"),
        (0, float("inf"), "voltages 0:inf V are no range"),
        (float("nan"), 3, "voltages nan:3 V are no range"),
        (-1, 3, "-1 V against Li metal: below 0 V the metal plates"),
    ],
)
def test_range_is_refused(toy, low, high, message):
    with pytest.raises(ReservoirError, match=message):
        found(toy, low=low, high=high)


@pytest.mark.parametrize(
    ("u", "voltage", "error"),
    [(-0.1, 3, ReactantError), (1.1, 3, ReactantError), (0.5, 2.4, ReservoirError),
     (0.5, 4.6, ReservoirError), (float("nan"), 3, ReactantError)],
)  # fmt: skip
def test_nothing_is_said_outside_the_map(oxides, u, voltage, error):
    with pytest.raises(error, match="outside"):
        oxides.at(u, voltage)


def test_pairs_without_a_mixing_axis_are_refused(toy):
    with pytest.raises(ReactantError, match="differ in open elements alone: there is no mixing"):
        found(toy, "LiTiO2", "TiO2")
    with pytest.raises(ReactantError, match="both reactants are Li2O"):
        found(toy, "Li2O", "Li4O2")
    with pytest.raises(ReactantError, match="Li is open and has no share"):
        found(toy, "Li", "TiO2")
    with pytest.raises(MissingElementError, match="no elemental reference for Na"):
        found(toy, carrier="Na")
    with pytest.raises(ReservoirError, match="no voltage of 'Ti'"):
        found(toy, carrier="Ti")


def test_second_reservoir_moves_the_events():
    # Without Li2O in the set oxygen may be open at any voltage. Li2TiO3 -> TiO2 + O + 2 Li costs
    # 7.5 eV with oxygen itself, 6.5 eV at -1 eV/atom, for two Li.
    phases = made_up({"Li": 0, "Ti": 0, "O2": 0, "S": 0, "TiO2": -9, "Li2TiO3": -16.5, "TiS2": -4})
    pair = reactant(phases, "Li2TiO3"), reactant(phases, "TiS2")
    closed = voltage_map(phases, *pair, 0.0, 5.0)
    opened = voltage_map(phases, *pair, 0.0, 5.0, open_elements=[at_potential("O", -1.0)])
    assert closed.bounds[:, 2].max() == near(3.75)
    assert opened.bounds[:, 2].max() == near(3.25)
    assert opened.kept == near((1 / 6, 1))
    # TiS2 + 2 Li + 3 O -> Li2TiO3 + 2 S gains 12.5 - 3 - 2 V; above 3.25 V TiO2 + 2 S gain 5 - 2.
    assert opened.at(0.0, [2.0, 4.0]) == near([-5.5 / 3, -3 / 3])
    assert opened.to_dict()["open"][0]["element"] == "O"


def test_map_may_start_where_the_reservoirs_stop_making_a_phase_of_their_own():
    # With oxygen at -1 eV/atom Li2O forms from the reservoirs until 2.5 V.
    phases = made_up({"Li": 0, "Ti": 0, "O2": 0, "S": 0, "Li2O": -6, "TiO2": -9, "Li2TiO3": -16.5,
                      "TiS2": -4})  # fmt: skip
    pair, opened = ("TiO2", "TiS2"), [at_potential("O", -1.0)]
    with pytest.raises(ReservoirError, match=r"below 2\.500 V Li and O at -1 eV/atom form a phase"):
        found(phases, *pair, low=2.4, open_elements=opened)
    above = found(phases, *pair, low=2.6, open_elements=opened)
    # TiO2 + 2 Li + O -> Li2TiO3 gains 6.5 - 5.2 eV, TiS2 + 2 Li + 3 O 9.5 - 5.2 eV over three.
    assert above.at([1, 0], 2.6) == near([-1.3, -4.3 / 3])
    assert above.at([1, 0], 4.0) == near([0, -3 / 3])


def test_two_charges_halve_every_voltage():
    energies = {"S": 0, "P": 0, "P2S5": -4.2}
    single = made_up(energies | {"Li": 0, "Li2S": -4.5, "LiP": -1.2})
    double = made_up(energies | {"Mg": 0, "Mg2S": -4.5, "MgP": -1.2})
    result = voltage_map(single, reactant(single, "Li2S"), reactant(single, "P2S5"), 0.0, 5.0)
    two = voltage_map(
        double, reactant(double, "Mg2S"), reactant(double, "P2S5"), 0.0, 2.5, carrier="Mg"
    )
    assert len(result) == len(two) > 2
    for a, b in zip(result.tiles, two.tiles, strict=True):
        assert a.voltage == near(tuple(2 * v for v in b.voltage))
        assert a.energies == near(b.energies)


def test_suspect_products_are_noted():
    phases = made_up(THIO | {"P2S7": -4.4})
    got = voltage_map(phases, reactant(phases, "Li3PS4"), reactant(phases, "S"), 3.0, 4.0)
    assert got.notes == (
        "products that are impossible at a battery interface: P2S7; leave them out with --exclude",
    )


def test_json_has_every_key_with_its_unit(toy):
    got = found(toy, provenance={"set": "toy"})
    data = json.loads(json.dumps(got.to_dict(), allow_nan=False))
    assert [reactant["formula"] for reactant in data["reactants"]] == ["Li2O", "TiO2"]
    assert (data["carrier"], data["voltage_V"]) == ("Li", [2.5, 4.5])
    assert data["basis"] == "per_nonopen_atom"
    assert len(data["tiles"]) == 5
    tile = data["tiles"][3]
    assert tile["nonopen_fraction"] == near([0.25, 1])
    assert tile["mixing_fraction"] == near([0.5, 1])
    assert tile["voltage_V"] == near([3.2, 3.75])
    assert tile["products"] == ["Li2TiO3", "O2"]
    assert tile["reaction_energy_ev_per_nonopen_atom"] == [
        near([-0.375, -0.4]), near([-0.375, -1.5]),
    ]  # fmt: skip
    assert tile["reaction_energy_ev_per_atom_of_mix"] == [
        near([-0.25, -0.4 / 3]), near([-0.25, -0.5]),
    ]  # fmt: skip
    first, last = data["minimum_total"][0], data["minimum_total"][-1]
    assert first["voltage_V"] == near([2.5, 3.175])
    assert (first["nonopen_fraction"], first["mixing_fraction"]) == near((0.25, 0.5))
    assert first["energy_ev_per_nonopen_atom"] == near([-0.375, -0.375])
    assert first["energy_ev_per_atom_of_mix"] == near([-0.25, -0.25])
    assert (first["kind"], last["kind"]) == ("reaction", "self-decomposition of Li2O")
    assert data["minimum_mutual"][-1]["energy_ev_per_nonopen_atom"] == near([0, 0])
    assert (data["scheme"], data["phase_set"]) == ("made up", "toy")
    assert data["provenance"] == {"set": "toy"}
