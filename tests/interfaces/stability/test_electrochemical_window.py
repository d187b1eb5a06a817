"""Staircases and windows whose every number was added up by hand."""

import json

import pytest

from interfaces.errors import MissingElementError, ReservoirError
from interfaces.phases.reactants import reactant
from interfaces.phases.reference_electrodes import reference_electrode
from interfaces.phases.reservoirs import at_potential
from interfaces.stability.electrochemical_window import electrochemical_window
from tests.made_up_sets import THIO, made_up

TITANATE = {"Li": 0, "Ti": 0, "O2": 0, "TiO2": -9, "Li2TiO3": -16.5, "Li4TiO4": -20}
CARBONATE = {"Li": 0, "C": 0, "O2": 0, "CO2": -4, "Li2CO3": -12}


def window(phases, compound, energy="own", **options):
    return electrochemical_window(phases, reactant(phases, compound, energy), **options)


def steps(result):
    return [(s.low, s.high, s.carriers, str(s.reaction)) for s in result.stages]


def test_staircase_by_hand(thio):
    result = window(thio, "Li3PS4")
    low, mid, high = pytest.approx(1.4), pytest.approx(1.68), pytest.approx(2.5)
    assert steps(result) == [
        (0, low, 8, "Li3PS4 + 8 Li -> 4 Li2S + Li3P"),
        (low, mid, 5, "Li3PS4 + 5 Li -> 4 Li2S + P"),
        (mid, high, 0, "Li3PS4 -> Li3PS4"),
        (high, None, -3, "2 Li3PS4 -> P2S5 + 3 S + 6 Li"),
    ]
    assert [s.energy for s in result.stages] == pytest.approx([-12.6, -1.4, 0, 0])
    assert (result.reduction, result.oxidation) == (mid, high)
    assert result.own_limits == (result.reduction, result.oxidation)
    assert result.stable_stage is result.stages[2]
    assert result.reduced_to is result.stages[1]
    assert result.oxidized_to is result.stages[3]
    assert result.stages[0].products == {"Li2S": 4, "Li3P": 1}
    assert result.stages[3].products == {"P2S5": 0.5, "S": 1.5}


def test_decomposition_energy_is_straight_and_continuous_at_the_events(thio):
    result = window(thio, "Li3PS4")
    by_hand = {0: -12.6 / 8, 1: -4.6 / 8, 1.4: -1.4 / 8, 1.5: -0.9 / 8, 2: 0, 5: -7.5 / 8}
    for voltage, energy in by_hand.items():
        assert result.decomposition_energy(voltage) == pytest.approx(energy, abs=1e-12)
    for stage in result.stages[1:]:
        below, at, above = (
            result.decomposition_energy(stage.low + shift) for shift in (-1e-9, 0.0, 1e-9)
        )
        assert below == pytest.approx(at, abs=1e-8)
        assert above == pytest.approx(at, abs=1e-8)
        assert at == pytest.approx(stage.energy / 8, abs=1e-12)


@pytest.mark.parametrize("voltage", [-0.01, float("nan"), float("inf")])
def test_no_decomposition_energy_where_the_metal_plates_without_end(thio, voltage):
    with pytest.raises(ReservoirError, match="give 0 V or more"):
        window(thio, "Li3PS4").decomposition_energy(voltage)


def test_metastable_compound_has_its_window_only_on_the_hull(thio):
    # 0.1 eV/atom above the hull: that much more is gained at every voltage, and no window is left.
    result = window(thio, "Li3PS4", -1.1)
    assert (result.reduction, result.oxidation) == pytest.approx((1.68, 2.5))
    assert result.own_limits is None
    for voltage, on_hull in {0: -1.575, 2: 0, 5: -0.9375}.items():
        assert result.decomposition_energy(voltage, "hull") == pytest.approx(on_hull, abs=1e-12)
        assert result.decomposition_energy(voltage, "own") == pytest.approx(on_hull - 0.1)
    assert steps(result) == steps(window(thio, "Li3PS4"))


def test_compound_put_on_the_hull_has_no_energy_as_it_is(thio):
    result = window(thio, "Li3PS4", "hull")
    data = result.to_dict()
    assert result.own_limits is None
    assert data["energy_above_hull_ev_per_atom"] is None
    assert data["stable_as_it_is_V"] is None
    assert data["decomposition_energy_own_ev_per_atom"] == {"0": None, "5": None}
    assert data["decomposition_energy_hull_ev_per_atom"] == pytest.approx(
        {"0": -1.575, "5": -0.9375}
    )


def test_mixture_on_the_hull_has_a_window_of_zero_width(thio):
    # LiS is Li2S + S there; S takes up lithium below 2.25 V, and above it Li2S loses its own.
    result = window(thio, "LiS", "hull")
    assert steps(result) == [
        (0, 2.25, 1, "LiS + Li -> Li2S"),
        (2.25, 2.25, 0, "2 LiS -> Li2S + S"),
        (2.25, None, -1, "LiS -> S + Li"),
    ]
    assert (result.reduction, result.oxidation) == (2.25, 2.25)
    assert result.decomposition_energy(2.25, "hull") == pytest.approx(0)
    assert result.decomposition_energy(3.25, "hull") == pytest.approx(-0.5)
    assert result.own_limits is None


def test_compound_below_the_hull_joins_the_candidates():
    # -10.4 eV where the set has -9.6: (18 - 10.4) / 5 = 1.52 V and (10.4 - 2.1) / 3 = 2.767 V.
    phases = made_up(THIO)
    result = window(phases, "Li3PS4", -1.3)
    assert (result.reduction, result.oxidation) == pytest.approx((1.52, 8.3 / 3))
    assert result.own_limits == (result.reduction, result.oxidation)
    assert "Li3PS4 lies 100.0 meV/atom below the hull" in result.notes[0]
    # It is its own hull, so nothing sets the two apart.
    for placed in ("own", "hull"):
        assert result.decomposition_energy(2, placed) == pytest.approx(0, abs=1e-12)
        assert result.decomposition_energy(0, placed) == pytest.approx((-22.2 + 10.4) / 8)
        assert result.decomposition_energy(5, placed) == pytest.approx((10.4 - 2.1 - 15) / 8)
    without = made_up({f: e for f, e in THIO.items() if f != "Li3PS4"})
    joined = window(without, "Li3PS4", -1.2)
    assert steps(joined) == steps(window(phases, "Li3PS4"))


def test_compound_without_the_carrier_is_never_oxidized(thio):
    # 4 P2S5 + 15 Li -> 5 Li3PS4 + 3 P: (48 - 16.8) / 15 = 2.08 V
    result = window(thio, "P2S5")
    assert result.reduction == pytest.approx(2.08)
    assert result.oxidation is None
    assert result.oxidized_to is None
    assert str(result.reduced_to.reaction) == "4 P2S5 + 15 Li -> 5 Li3PS4 + 3 P"
    assert result.own_limits == (result.reduction, None)
    assert result.decomposition_energy(100) == pytest.approx(0)


def test_carrier_that_forms_nothing_leaves_one_stage():
    result = window(made_up(THIO | {"Na": 0}), "P2S5", carrier="Na")
    assert steps(result) == [(0, None, 0, "P2S5 -> P2S5")]
    assert (result.reduction, result.oxidation) == (0, None)
    assert result.reduced_to is None
    assert result.own_limits == (0, None)


def test_metal_does_not_reduce_what_is_stable_against_it(thio):
    result = window(thio, "Li2S")
    assert steps(result) == [(0, 2.25, 0, "Li2S -> Li2S"), (2.25, None, -2, "Li2S -> S + 2 Li")]
    assert result.reduction == 0


@pytest.mark.parametrize(
    ("compound", "energy", "carrier", "missing"),
    [("Li3PS4", "own", "Na", "Na"), ("Li2O", -1.0, "Li", "O")],
)
def test_element_that_the_set_lacks_is_named(thio, compound, energy, carrier, missing):
    with pytest.raises(MissingElementError, match=f"no elemental reference for {missing}; it cov"):
        window(thio, compound, energy, carrier=carrier)


def test_element_that_carries_no_charge_is_refused(thio):
    with pytest.raises(ReservoirError, match="no voltage of 'P': carriers are"):
        window(thio, "Li2S", carrier="P")


def test_compound_of_open_elements_has_no_window(thio):
    with pytest.raises(ReservoirError, match="Li holds nothing but open elements"):
        window(thio, "Li")
    with pytest.raises(ReservoirError, match="Li2S holds nothing but open elements"):
        window(thio, "Li2S", open_elements=[at_potential("S", -5)])


@pytest.mark.parametrize(
    ("potential", "reduction", "oxidation"), [(-1.0, 1.25, 3.25), (-2.0, 0.75, 2.75)]
)
def test_open_oxygen_shifts_both_limits(potential, reduction, oxidation):
    # Li2TiO3 + 2 Li + O -> Li4TiO4 gains 3.5 + mu, Li2TiO3 -> TiO2 + O + 2 Li costs 7.5 + mu; two
    # Li each. Closed there is no oxygen to take up, and the metal does not reduce it.
    phases = made_up(TITANATE)
    closed = window(phases, "Li2TiO3")
    assert (closed.reduction, closed.oxidation) == pytest.approx((0, 3.75))
    assert closed.oxidized_to.products == {"TiO2": 1, "O2": 0.5}
    result = window(phases, "Li2TiO3", open_elements=[at_potential("O", potential)])
    assert (result.reduction, result.oxidation) == pytest.approx((reduction, oxidation))
    assert str(result.reduced_to.reaction) == "2 Li2TiO3 + 4 Li + O2 -> 2 Li4TiO4"
    assert str(result.oxidized_to.reaction) == "2 Li2TiO3 -> 2 TiO2 + 4 Li + O2"
    assert result.oxidized_to.products == {"TiO2": 1}
    # one volt below, two electrons for six atoms
    assert result.decomposition_energy(reduction - 0.5) == pytest.approx(-1 / 6)
    assert result.to_dict()["open"][0]["chemical_potential_ev_per_atom"] == potential


def test_reservoir_that_destroys_the_compound_leaves_no_window():
    # At -8 eV oxygen leaves at any voltage: TiO2 + O + 2 Li gains 0.5 eV at 0 V and more above.
    result = window(made_up(TITANATE), "Li2TiO3", open_elements=[at_potential("O", -8)])
    assert result.stable_stage is None
    assert (result.reduction, result.oxidation, result.own_limits) == (None, None, None)
    assert result.decomposition_energy(0) == pytest.approx((0 - 3 * 8 + 16.5) / 6)  # to Ti
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["oxidation_V"] is None


def test_a_window_starts_where_the_reservoirs_stop_making_a_phase_of_their_own(toy):
    """Li2O: -6 eV + 1 eV for its O + 2 V >= 0 from 2.5 V on."""
    result = window(toy, "TiO2", open_elements=[at_potential("O", -1)])
    assert result.stages[0].low == pytest.approx(2.5)
    assert any("below 2.500 V" in note for note in result.notes)
    # TiO2 + 2 Li + O -> Li2TiO3 gains 16.5 - 9 - 1 - 2 V, until 3.25 V
    assert str(result.reduced_to.reaction) == "2 TiO2 + 4 Li + O2 -> 2 Li2TiO3"
    assert result.decomposition_energy(2.75) == pytest.approx(-1 / 3)
    assert result.reduction == pytest.approx(3.25)
    with pytest.raises(ReservoirError, match=r"no decomposition energy at 2 V: below 2.500 V"):
        result.decomposition_energy(2.0)
    data = result.to_dict()
    assert data["decomposition_energy_own_ev_per_atom"]["0"] is None
    assert data["decomposition_energy_own_ev_per_atom"]["5"] is not None


def test_limits_on_both_scales_of_a_reference_electrode():
    phases = made_up(THIO | {"In": 0, "LiIn": -0.6})
    couple = reference_electrode(phases, "In|LiIn")
    data = window(phases, "Li3PS4", electrode=couple).to_dict()["reference_electrode"]
    assert data["couple"] == "In|LiIn"
    assert (data["plateau_of_the_set_V"], data["experimental_V"]) == pytest.approx((0.6, 0.62))
    assert data["by_set"] == pytest.approx(
        {
            "reduction_V": 1.08,
            "oxidation_V": 1.9,
            "decomposition_energy_hull_at_couple_ev_per_atom": (-12.6 + 8 * 0.6) / 8,
        }
    )
    assert data["by_experimental"] == pytest.approx(
        {
            "reduction_V": 1.06,
            "oxidation_V": 1.88,
            "decomposition_energy_hull_at_couple_ev_per_atom": (-12.6 + 8 * 0.62) / 8,
        }
    )


def test_couple_without_a_measurement_gives_one_scale():
    # Ga|Li2Ga7: 0.8 V by the set, no measured one on record, and P2S5 has no upper limit.
    phases = made_up(THIO | {"Ga": 0, "Li2Ga7": -1.6})
    couple = reference_electrode(phases, "Ga|Li2Ga7")
    data = window(phases, "P2S5", electrode=couple).to_dict()["reference_electrode"]
    assert data["by_experimental"] is None
    assert data["by_set"]["reduction_V"] == pytest.approx(1.28)
    assert data["by_set"]["oxidation_V"] is None
    assert window(phases, "P2S5").to_dict()["reference_electrode"] is None


def test_gases_per_formula_and_per_charge():
    # 2 Li pass for a CO2: 1 / 2 F = 18.66 mmol per Ah; the oxidation costs 8 eV, 4 V.
    result = window(made_up(CARBONATE), "Li2CO3")
    stage = result.oxidized_to
    assert stage.low == pytest.approx(4.0)
    assert str(stage.reaction) == "2 Li2CO3 -> 2 CO2 + O2 + 4 Li"
    gases = {g["gas"]: g for g in stage.to_dict("Li")["gas_amounts"]}
    assert gases["CO2"]["per_formula"] == 1.0
    assert gases["CO2"]["mmol_per_ah"] == pytest.approx(18.66, abs=0.005)
    assert gases["O2"]["per_formula"] == 0.5
    assert gases["O2"]["mmol_per_ah"] == pytest.approx(9.33, abs=0.005)


def test_gas_without_charge_has_no_amount_per_charge():
    # CO2 stays as it is: no lithium passes.
    phases = made_up({"Li": 0, "C": 0, "O2": 0, "CO2": -4})
    (stage,) = window(phases, "CO2").stages
    (gas,) = stage.to_dict("Li")["gas_amounts"]
    assert gas == {"gas": "CO2", "per_formula": 1.0, "mmol_per_ah": None}


def test_suspect_products_are_noted():
    result = window(made_up({"Li": 0, "S": 0, "LiS4": -0.07}), "S")
    assert result.reduction == pytest.approx(0.07)
    flagged, open_ended = result.notes
    assert flagged == (
        "products that are impossible at a battery interface: LiS4; leave them out with --exclude"
    )
    assert result.oxidation is None
    assert "no upper limit" in open_ended
    assert result.to_dict()["stages"][0]["suspect_products"] == ["LiS4"]


@pytest.mark.parametrize(("carrier", "limit", "at_five"), [("Na", 4.0, -0.5), ("Mg", 2.0, -3.0)])
def test_two_charges_halve_the_voltage(carrier, limit, at_five):
    phases = made_up({carrier: 0, "S": 0, f"{carrier}S": -4.0})
    result = window(phases, f"{carrier}S", carrier=carrier)
    assert result.oxidation == pytest.approx(limit)
    assert result.decomposition_energy(5) == pytest.approx(at_five)
    data = result.to_dict()
    assert data["carrier"] == carrier
    assert data["stages"][1][f"{carrier.lower()}_per_formula"] == -1
    assert data["stages"][1]["reaction"] == f"{carrier}S -> S + {carrier}"


def test_formula_written_larger_scales_what_is_per_formula(thio):
    result, two = window(thio, "Li3PS4"), window(thio, "Li6P2S8")
    assert [s.carriers for s in two.stages] == [2 * s.carriers for s in result.stages]
    assert [s.energy for s in two.stages] == pytest.approx([2 * s.energy for s in result.stages])
    assert (two.reduction, two.oxidation) == pytest.approx((result.reduction, result.oxidation))
    assert two.decomposition_energy(1) == pytest.approx(result.decomposition_energy(1))


def test_json_has_every_key_with_its_unit(thio):
    result = window(thio, "Li3PS4", -1.1, provenance={"set": "by hand"})
    data = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert data["formula"] == "Li3PS4"
    assert data["energy_above_hull_ev_per_atom"] == pytest.approx(0.1)
    assert data["reduction_V"] == pytest.approx(1.68)
    assert data["oxidation_V"] == pytest.approx(2.5)
    assert data["decomposition_energy_own_ev_per_atom"] == pytest.approx(
        {"0": -1.675, "5": -1.0375}
    )
    assert data["decomposition_energy_hull_ev_per_atom"] == pytest.approx(
        {"0": -1.575, "5": -0.9375}
    )
    assert data["provenance"] == {"set": "by hand"}
    first, last = data["stages"][0], data["stages"][-1]
    assert first["from_V"] == 0
    assert first["to_V"] == pytest.approx(1.4)
    assert first["li_per_formula"] == 8
    assert first["reaction"] == "Li3PS4 + 8 Li -> 4 Li2S + Li3P"
    assert first["products"] == {"Li2S": 4, "Li3P": 1}
    assert first["reaction_energy_at_from_V_ev_per_formula"] == pytest.approx(-12.6)
    assert last["to_V"] is None


def test_frame_has_a_row_per_stage(thio):
    frame = window(thio, "Li3PS4").to_frame()
    assert list(frame["li_per_formula"]) == [8, 5, 0, -3]
    assert list(frame["products"])[:2] == ["4 Li2S + 1 Li3P", "4 Li2S + 1 P"]
