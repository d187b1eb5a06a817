"""Average voltages between states of one host, by hand."""

import pytest

from interfaces.chemistry.formulas import Formula
from interfaces.phases.intercalation import (
    Intercalation,
    is_intercalated,
    plausible,
    same_host,
)
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import reactant
from tests.made_up_sets import made_up

# per CoO2: -7 with one lithium, -5.2 with half of one, -3 with none
COBALTATE = {"Li": 0, "Co": 0, "O2": 0, "LiCoO2": -7, "LiCo2O4": -10.4, "CoO2": -3, "CoO": -2.5}


def partners(phases, compound, energy="own", carrier="Li"):
    result = same_host(phases, reactant(phases, compound, energy), carrier)
    return [(item.partner.text, item.carriers, item.voltage) for item in result]


def test_average_voltage_by_hand():
    # LiCoO2 -> CoO2 + Li costs 4 eV; to half the lithium 1.8 eV for half an electron.
    assert partners(made_up(COBALTATE), "LiCoO2") == [
        ("CoO2", -1, pytest.approx(4.0)),
        ("LiCo2O4", -0.5, pytest.approx(3.6)),
    ]


def test_what_is_taken_up_counts_positive_at_the_same_voltage():
    assert partners(made_up(COBALTATE), "CoO2") == [
        ("LiCo2O4", 0.5, pytest.approx(4.4)),
        ("LiCoO2", 1, pytest.approx(4.0)),
    ]


def test_every_multiple_of_a_formula_has_the_same_voltages():
    # Per Li2Co2O4 twice as much passes; the voltage is that of LiCoO2.
    assert partners(made_up(COBALTATE), "Li2Co2O4") == [
        ("CoO2", -2, pytest.approx(4.0)),
        ("LiCo2O4", -1, pytest.approx(3.6)),
    ]
    assert partners(made_up(COBALTATE), "Li0.5CoO2") == [
        ("CoO2", -0.5, pytest.approx(4.4)),
        ("LiCoO2", 0.5, pytest.approx(3.6)),
    ]


def test_lowest_polymorph_of_a_partner_counts():
    rows = [("li", "Li", 0), ("co", "Co", 0), ("o", "O2", 0), ("full", "LiCoO2", -1.75),
            ("high", "CoO2", -0.9), ("low", "CoO2", -1.0), ("higher", "CoO2", -0.8)]  # fmt: skip
    phases = PhaseSet.from_rows(rows, scheme="made up")
    (result,) = same_host(phases, reactant(phases, "LiCoO2"))
    assert result.entry_id == "low"
    assert result.voltage == pytest.approx(4.0)
    assert result.to_dict("Li") == {
        "partner": "CoO2", "li_per_formula": -1, "average_voltage_V": pytest.approx(4.0),
        "entry_id": "low",
    }  # fmt: skip
    # The compound's own polymorphs are no partners of each other.
    assert partners(phases, "CoO2", -0.9) == [("LiCoO2", 1, pytest.approx(4.3))]


def test_energy_of_the_compound_counts_not_its_entry():
    # 0.1 eV/atom up are 0.4 eV per formula: that much less to take the lithium out.
    assert partners(made_up(COBALTATE), "LiCoO2", -1.65)[0] == ("CoO2", -1, pytest.approx(3.6))


def test_other_host_is_no_partner():
    assert partners(made_up(COBALTATE), "CoO") == []
    assert partners(made_up(COBALTATE), "Li2CoO3", -1.0) == []


def test_two_charges_halve_the_average_voltage():
    phases = made_up({"Mg": 0, "Mo": 0, "S": 0, "Mo3S4": -3, "MgMo3S4": -5, "Mg2Mo3S4": -6})
    assert partners(phases, "MgMo3S4", carrier="Mg") == [
        ("Mo3S4", -1, pytest.approx(1.0)),
        ("Mg2Mo3S4", 1, pytest.approx(0.5)),
    ]


@pytest.mark.parametrize(
    ("compound", "energy", "carrier"),
    [
        ("LiCoO2", "hull", "Li"),  # no energy of its own
        ("Li", "own", "Li"),  # no host
        ("LiCoO2", "own", "Na"),  # carrier is not in the set
    ],
)
def test_no_partner_without_energy_host_or_carrier(compound, energy, carrier):
    assert partners(made_up(COBALTATE), compound, energy, carrier) == []


@pytest.mark.parametrize(
    ("partner", "intercalated"),
    [("FePO4", True), ("LiTi2S4", True), ("LiC12", True), ("Li7Ti5O12", True), ("CO3", False),
     ("LiSO4", False), ("S", False), ("Cl2", False), ("InCl3", False), ("PO4", False),
     ("NO3", False), ("AlO2", False), ("PS4", False), ("TiS2", True), ("VCl3", True),
     ("NbO3", False), ("Ti2(PO4)3", False)],
)  # fmt: skip
def test_only_what_changes_charge_is_a_host(partner, intercalated):
    assert is_intercalated(Formula.parse(partner)) is intercalated


@pytest.mark.parametrize(("voltage", "kept"), [(-0.2, 0), (0.0, 1), (5.3, 1), (6.0, 1), (34.7, 0)])
def test_voltages_that_no_host_has_are_left_out(voltage, kept):
    host = Intercalation(Formula.parse("NiPO4"), -1.0, voltage, "a")
    salt = Intercalation(Formula.parse("CO3"), -2.0, voltage, "b")
    assert plausible([host, salt]) == (host,) * kept
