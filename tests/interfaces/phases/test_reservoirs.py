"""Voltages, chemical potentials and reference electrodes; gases stand with the temperatures."""

import json

import pytest

from interfaces.chemistry.formulas import Formula
from interfaces.errors import FormulaError, NoOwnEntryError, ReservoirError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reference_electrodes import MEASURED, ReferenceElectrode, reference_electrode
from interfaces.phases.reservoirs import OpenElement, at_potential, at_voltage

ALLOYS = {  # formation energies in eV per formula unit
    "Li": 0.0,
    "In": 0.0,
    "LiIn": -0.5,  # In + Li -> LiIn at 0.5 V
    "Li3In2": -1.2,  # 2 LiIn + Li -> Li3In2 at 0.2 V; 2 In + 3 Li -> Li3In2 at 0.4 V
    "Sn": 0.0,
    "Li2Sn5": -1.6,  # 5 Sn + 2 Li -> Li2Sn5 at 0.8 V
    "LiSn": -0.6,  # Sn + Li -> LiSn at 0.6 V
    "Li7Sn2": -3.0,
    "Ga": 0.0,
    "Mg": 0.0,
    "Mg2Ga5": -2.0,  # 5 Ga + 2 Mg -> Mg2Ga5 at 2.0 / (2 * 2) = 0.5 V
}


@pytest.fixture(scope="module")
def alloys():
    rows = [(f, f, energy / float(Formula.parse(f).n_atoms)) for f, energy in ALLOYS.items()]
    rows.append(("LiIn-b", "LiIn", -0.2))  # a polymorph that does not count
    return PhaseSet.from_rows(rows, scheme="made up", source="alloys")


# ---------------------------------------------------------------------- one open element


@pytest.mark.parametrize(("symbol", "charge"), [("Li", 1), ("Na", 1), ("Mg", 2), ("Al", 3)])
def test_a_carrier_at_a_voltage_has_minus_z_v(symbol, charge):
    item = at_voltage(symbol, 1.5)
    assert item.chemical_potential == -1.5 * charge
    assert item.charge == charge
    assert item.voltage == pytest.approx(1.5)
    assert str(item) == f"{symbol} at 1.5 V"
    assert item.exchanged_as.text == symbol


def test_at_zero_volts_it_is_in_equilibrium_with_its_metal():
    assert at_voltage("Li", 0.0).chemical_potential == 0.0


def test_a_condition_can_be_named():
    assert str(at_voltage("Li", 1.0, "Li at 0.38 V against In|LiIn")) == (
        "Li at 0.38 V against In|LiIn"
    )


@pytest.mark.parametrize("voltage", [-0.01, -5.0, float("nan"), float("inf")])
def test_below_its_metal_a_carrier_plates(voltage):
    with pytest.raises(ReservoirError, match="below 0 V the metal plates without end; give 0 V"):
        at_voltage("Li", voltage)


def test_what_carries_no_charge_has_no_voltage():
    with pytest.raises(ReservoirError, match=r"no voltage of 'O': carriers are Li, Na, K"):
        at_voltage("O", 1.0)
    assert at_potential("O", -1.0).voltage is None
    assert at_potential("O", -1.0).charge == 0


def test_any_element_at_a_chemical_potential():
    element = at_potential("O", -0.31)
    assert element.chemical_potential == -0.31
    assert str(element) == "O at -0.31 eV/atom"
    assert element.exchanged_as.text == "O2"
    assert at_potential("Mg", -3.0).voltage == pytest.approx(1.5)


@pytest.mark.parametrize("potential", [0.01, float("nan"), float("-inf")])
def test_above_the_element_nothing_is_in_equilibrium(potential):
    with pytest.raises(ReservoirError, match="above 0 the element itself grows without end"):
        at_potential("O", potential)


def test_an_unknown_element_is_refused():
    with pytest.raises(FormulaError, match="unknown element"):
        at_potential("Xx", -1.0)


@pytest.mark.parametrize("element", [at_voltage("Li", 2.5), at_potential("O", -0.25)])
def test_an_open_element_survives_its_record(element):
    assert OpenElement.from_record(json.loads(json.dumps(element.to_dict()))) == element


# ---------------------------------------------------------------------- reference electrodes


def test_the_plateau_by_hand(alloys):
    couple = reference_electrode(alloys, "In|LiIn")
    assert couple.couple == "In|LiIn"
    assert couple.plateau == pytest.approx(0.5)
    assert reference_electrode(alloys, "LiIn|Li3In2").plateau == pytest.approx(0.2)
    assert reference_electrode(alloys, "In|Li3In2").plateau == pytest.approx(0.4)
    assert reference_electrode(alloys, " In | LiIn ").couple == "In|LiIn"


def test_a_couple_may_be_written_in_any_multiple(alloys):
    assert reference_electrode(alloys, "In2|Li2In2").plateau == pytest.approx(0.5)
    assert reference_electrode(alloys, "In|Li1.5In").plateau == pytest.approx(0.4)


def test_a_carrier_of_two_charges_moves_half_the_voltage(alloys):
    couple = reference_electrode(alloys, "Ga|Mg2Ga5", "Mg")
    assert couple.plateau == pytest.approx(0.5)
    assert couple.symbol == "Mg"


def test_the_first_lithiated_phase_is_found(alloys):
    couple = reference_electrode(alloys, "Sn|...")
    assert couple.couple == "Sn|Li2Sn5"  # 0.8 V; LiSn would be at 0.6 V
    assert couple.plateau == pytest.approx(0.8)
    assert couple.experimental == MEASURED["Sn|Li2Sn5"][0]
    after = reference_electrode(alloys, "LiIn|...")
    assert (after.couple, after.plateau) == ("LiIn|Li3In2", pytest.approx(0.2))
    assert after.experimental is None


def test_measured_and_given_potentials(alloys):
    measured = reference_electrode(alloys, "In|LiIn")
    assert measured.experimental == 0.62
    assert "doi" in measured.source
    electrode = reference_electrode(alloys, "In|LiIn=0.6")
    assert (electrode.experimental, electrode.source) == (0.6, "given")
    assert electrode.plateau == measured.plateau
    assert "0.500 V by the phase set, 0.620 V measured (298 K, doi" in str(measured)


def test_a_voltage_is_converted_under_either_scale(alloys):
    couple = reference_electrode(alloys, "In|LiIn")
    assert couple.to_metal(1.0) == pytest.approx(1.5)
    assert couple.to_metal(1.0, "experimental") == pytest.approx(1.62)
    assert couple.to_metal(-0.5) == pytest.approx(0.0)  # against a couple it may be negative
    for by in ("set", "experimental"):
        assert couple.from_metal(couple.to_metal(1.7, by), by) == pytest.approx(1.7)


def test_a_potential_that_was_never_measured_is_not_made_up(alloys):
    couple = reference_electrode(alloys, "LiIn|Li3In2")
    assert couple.to_dict()["experimental_V"] is None
    assert "no measurement on record" in str(couple)
    with pytest.raises(ReservoirError, match=r"give one as LiIn\|Li3In2=VOLTS"):
        couple.to_metal(1.0, "experimental")


def test_an_electrode_survives_its_record(alloys):
    for label in ("In|LiIn", "LiIn|Li3In2", "Sn|...=0.77"):
        couple = reference_electrode(alloys, label)
        assert ReferenceElectrode.from_record(json.loads(json.dumps(couple.to_dict()))) == couple


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("LiIn", "names no couple; write In"),
        ("|LiIn", "names no couple"),
        ("In|", "names no couple"),
        ("", "names no couple"),
        ("In|LiSn", r"In\|LiSn is not a couple of Li: the second must be the first with more Li"),
        ("LiIn|In", "is not a couple of Li"),
        ("In|In", "is not a couple of Li"),
        ("In|LiIn=high", "'high' is not volts"),
        ("In|LiIn=", "'' is not volts"),
        ("Li|LiIn", "Li has no host beside Li"),
        ("Ga|...", "alloys has no phase of Ga with more Li than Ga"),
        ("Li7Sn2|...", "alloys has no phase of Sn2 with more Li than Li7Sn2"),
    ],
)
def test_what_is_no_couple_is_refused(alloys, text, message):
    with pytest.raises(ReservoirError, match=message):
        reference_electrode(alloys, text)


def test_a_phase_that_the_set_lacks_is_refused(alloys):
    with pytest.raises(NoOwnEntryError, match="no entry for Li2Ga7"):
        reference_electrode(alloys, "Ga|Li2Ga7")
    with pytest.raises(FormulaError, match="unknown element"):
        reference_electrode(alloys, "Xx|LiIn")


@pytest.mark.parametrize("couple", sorted(MEASURED))
def test_measured_couples_lie_near_the_plateaus_of_real_data(legacy, couple):
    electrode = reference_electrode(legacy, couple)
    assert electrode.experimental == MEASURED[couple][0]
    assert electrode.plateau == pytest.approx(electrode.experimental, abs=0.2)


def test_indium_in_the_table_of_2019(legacy):
    couple = reference_electrode(legacy, "In|LiIn")
    assert couple.plateau == pytest.approx(0.512195, abs=1e-6)
    # On its hull LiIn3 comes first, by a third of a millivolt: a couple is what one names it.
    assert reference_electrode(legacy, "In|...").couple == "In|LiIn3"
