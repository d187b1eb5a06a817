"""Words about the surroundings: what they set, and every one that is refused."""

import re
from math import log

import pytest

from interfaces.chemistry.units import BOLTZMANN
from interfaces.errors import (
    FormulaError,
    InputError,
    NoOwnEntryError,
    ReservoirError,
    TemperatureError,
)
from tests.made_up_sets import made_up
from workflows.analyses.conditions import CLOSED, Conditions, electrode, read_pressure, reservoirs

CELL = {"Li": 0, "In": 0, "LiIn": -0.6, "Na": 0, "Sn": 0, "NaSn": -0.4, "O2": 0, "N2": 0, "C": 0}


@pytest.fixture(scope="module")
def phases():
    return made_up(CELL)


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        (Conditions(("Li", "O", "Li"), 1.0), "--open Li --open O --open Li: an element is named"),
        (Conditions(("Li", "Li=-1"), 1.0), "an element is named twice"),
        (Conditions(("Li=-1", "Li=-2")), "an element is named twice"),
        (Conditions(temperature=300.0, gas_temperature=300.0), "both set the gas"),
        (Conditions(voltage=3.0), "--voltage 3 belongs to one carrier; found none open"),
        (Conditions(("O",), 3.0), "found none open, add --open Li"),
        (Conditions(("Li", "Na"), 3.0), "found Li Na open"),
        (Conditions(("Li=-3",), 3.0), "found none open"),
        (Conditions(("Li",)), "--open Li needs --voltage, or its potential as --open Li=EV"),
        (Conditions(reference="In|LiIn"), "--reference In|LiIn has no effect without --voltage"),
        (Conditions(pressures=(("O2", 0.2),)), "--gas O2: the pressure of O2 needs --open O"),
        (Conditions(pressures=(("CO2", 0.2),)), "--gas CO2: the pressure of a compound needs --te"),
        (Conditions(gas_temperature=300.0), "no effect without an open gas, e.g. --open O"),
        (Conditions(("Li",), 3.0, gas_temperature=300.0), "no effect without an open gas"),
        (Conditions(("O=-1",), pressures=(("O2", 0.2),)), "--gas O2: the pressure of O2 needs"),
        (Conditions(("O=-1",), gas_temperature=300.0), "no effect without an open gas"),
        (Conditions(("Li2",)), "--open Li needs --voltage"),
        (Conditions(("Li",), 3.0, plateau="experimental"), "has no effect without --reference"),
        (Conditions(("LiCl",), 3.0), "--open LiCl: LiCl is a compound, and so a phase"),
        (Conditions(("CO2",)), "open an element such as Li or O"),
    ],
)
def test_words_that_contradict_or_do_nothing_are_refused(conditions, message):
    with pytest.raises(InputError, match=re.escape(message)):
        conditions.check()


@pytest.mark.parametrize("text", ["Xx", "", "=-1", "Li-1"])
def test_open_must_name_an_element(text):
    with pytest.raises(FormulaError):
        Conditions((text,)).check()


@pytest.mark.parametrize(
    "conditions",
    [
        CLOSED,
        Conditions(("Li",), 3.0),
        Conditions(("Li=-1.5",)),
        Conditions(("Li", "Na=-1"), 3.0, "In|LiIn", "experimental"),
        Conditions(("Li", "O"), 3.0, pressures=(("O2", 0.2),), temperature=300.0),
        Conditions(("O",), pressures=(("O2", 0.2),), gas_temperature=300.0),
        Conditions(pressures=(("CO2", 4e-4),), temperature=300.0),
    ],
)
def test_words_that_make_sense_pass(conditions):
    conditions.check()


def test_window_needs_no_voltage_of_its_carrier():
    conditions = Conditions(("Li",), reference="In|LiIn")
    conditions.check(needs_voltage=False)
    with pytest.raises(InputError, match="--open Li needs --voltage"):
        conditions.check()


def test_elements_are_those_of_open_words_and_couples():
    assert CLOSED.elements == frozenset()
    conditions = Conditions(("Li=-1", "O2"), reference="In|LiIn=0.62")
    assert conditions.symbols == ("Li", "O")
    assert conditions.elements == {"Li", "O", "In"}
    assert Conditions(reference="Sn|...").elements == {"Sn"}


def test_what_was_asked_goes_to_the_provenance():
    conditions = Conditions(
        ("Li", "O=-1"), 3.5, "In|LiIn", "experimental", (("CO2", 4e-4),), temperature=300.0
    )
    assert conditions.describe() == {
        "open": "Li O=-1", "voltage_V": "3.5", "reference": "In|LiIn (experimental)",
        "pressures_bar": "CO2=0.0004", "temperature_K": "300",
    }  # fmt: skip
    assert Conditions(gas_temperature=298.15).describe() == {"gas_temperature_K": "298.15"}
    assert Conditions(voltage=0.0).describe() == {"voltage_V": "0"}
    assert CLOSED.describe() == {}


# ---------------------------------------------------------------------- pressures


def test_pressure_is_a_gas_and_its_bar():
    assert read_pressure("O2=0.21") == ("O2", 0.21)
    assert read_pressure("CO2=4e-4") == ("CO2", 4e-4)


@pytest.mark.parametrize("text", ["O2", "O2=", "=0.2", "O2=much", "air=1", "O2=0.2=0.3"])
def test_pressure_that_cannot_be_read(text):
    with pytest.raises(InputError, match=re.escape(f"--gas {text}: write a gas and its bar")):
        read_pressure(text)


def test_pressures_of_compounds_are_not_those_of_open_elements():
    conditions = Conditions(("O",), pressures=(("O2", 0.2), ("CO2", 4e-4)), temperature=300.0)
    assert conditions.gas_pressures == {"CO2": 4e-4}


# ---------------------------------------------------------------------- reservoirs


def potentials(request, phases, **options):
    return [
        (reservoir.symbol, reservoir.chemical_potential)
        for reservoir in reservoirs(request, phases, **options)
    ]


def test_voltage_and_potentials_by_hand(phases):
    conditions = Conditions(("O=-1.25", "Li"), 3.5)
    assert potentials(conditions, phases) == [("Li", -3.5), ("O", -1.25)]  # the carrier comes first
    assert potentials(Conditions(("Mg",), 1.5), phases) == [("Mg", -3.0)]
    assert potentials(conditions, phases, without="Li") == [("O", -1.25)]
    assert potentials(CLOSED, phases) == []
    assert str(reservoirs(conditions, phases)[0]) == "Li at 3.5 V"


def test_gas_over_phases_at_its_temperature(phases):
    conditions = Conditions(("O",), pressures=(("O2", 0.01),), temperature=1000.0)
    assert potentials(conditions, phases) == [
        ("O", pytest.approx(0.5 * BOLTZMANN * 1000 * log(0.01)))
    ]


@pytest.mark.parametrize(("temperature", "own"), [(300, -0.27), (600, -0.61), (1000, -1.10)])
def test_gas_over_phases_at_zero_brings_its_own_temperature(phases, temperature, own):
    # O2 at 1 atm relative to its molecule at 0 K: table I of doi 10.1103/PhysRevB.65.035406
    conditions = Conditions(("O",), pressures=(("O2", 0.01),), gas_temperature=temperature)
    ((_, potential),) = potentials(conditions, phases)
    pressure = 0.5 * BOLTZMANN * temperature * log(0.01)
    assert potential - pressure == pytest.approx(own, abs=0.01)


def test_pressure_finds_its_own_gas(phases):
    conditions = Conditions(("N", "O"), pressures=(("O2", 0.01), ("N2", 1e-4)), temperature=1000.0)
    step = 0.5 * BOLTZMANN * 1000 * log(0.01)
    assert potentials(conditions, phases) == [
        ("N", pytest.approx(2 * step)), ("O", pytest.approx(step)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("conditions", "error", "message"),
    [
        (Conditions(("Li",)), InputError, "--open Li needs --voltage, or --open Li=POTENTIAL"),
        (Conditions(("O",)), InputError, "--open O needs --gas O2=BAR with --temperature or"),
        (Conditions(("O",), temperature=300.0), InputError, "--open O needs --gas O2=BAR"),
        (Conditions(("O",), pressures=(("O2", 0.2),)), InputError, "--open O needs --gas O2=BAR"),
        (Conditions(("O",), pressures=(("N2", 0.2),), temperature=300.0), InputError,
         "--open O needs --gas O2=BAR"),
        (Conditions(("O=much",)), InputError, "--open O=much: 'much' is not eV/atom"),
        (Conditions(("O=",)), InputError, "--open O=: '' is not eV/atom"),
        (Conditions(("O=1",)), ReservoirError, "chemical potential 1 eV/atom of O: above 0"),
        (Conditions(("O=nan",)), ReservoirError, "chemical potential nan eV/atom"),
        (Conditions(("Li",), -0.5), ReservoirError, "-0.5 V against Li metal: below 0 V"),
        (Conditions(("O",), pressures=(("O2", 0.0),), temperature=300.0), ReservoirError,
         "pressure 0 bar of O2; give a positive one"),
        (Conditions(("O",), pressures=(("O2", 2.0),), temperature=300.0), ReservoirError,
         "would grow without end; lower the pressure"),
        (Conditions(("O",), pressures=(("O2", 0.2),), gas_temperature=20.0), TemperatureError,
         "20 K is outside"),
        (Conditions(("O",), pressures=(("O2", 0.2),), gas_temperature=0.0), TemperatureError,
         "0 K is outside"),
    ],
)  # fmt: skip
def test_reservoir_that_has_no_potential_is_refused(phases, conditions, error, message):
    with pytest.raises(error, match=re.escape(message)):
        reservoirs(conditions, phases)


def test_potential_of_what_the_voltage_varies_is_refused(phases):
    with pytest.raises(InputError, match="--open Li=-1: the voltage sets Li here"):
        reservoirs(Conditions(("Li=-1",)), phases, without="Li")


# ---------------------------------------------------------------------- reference electrodes


def test_voltage_against_a_couple_goes_by_the_potential_that_was_chosen(phases):
    # LiIn: 0.6 V by the set, 0.62 V measured.
    by_set = Conditions(("Li",), 3.0, "In|LiIn")
    (item,) = reservoirs(by_set, phases)
    assert item.chemical_potential == pytest.approx(-3.6)
    assert str(item) == "Li at 3 V against In|LiIn, 3.6 V against Li by the set potential"
    measured = Conditions(("Li",), 3.0, "In|LiIn", "experimental")
    assert potentials(measured, phases) == [("Li", pytest.approx(-3.62))]
    given = Conditions(("Li",), 3.0, "In|LiIn=0.65", "experimental")
    assert potentials(given, phases) == [("Li", pytest.approx(-3.65))]
    below = Conditions(("Li",), -0.25, "In|LiIn")  # below the couple, not below the metal
    assert potentials(below, phases) == [("Li", pytest.approx(-0.35))]


def test_couple_of_the_carrier_that_was_asked(phases):
    result = electrode(Conditions(reference="Sn|..."), phases, "Na")
    assert (result.couple, result.symbol) == ("Sn|NaSn", "Na")
    assert result.plateau == pytest.approx(0.4)
    assert electrode(CLOSED, phases) is None


@pytest.mark.parametrize(
    ("reference", "plateau", "error", "message"),
    [
        ("InLi", "set", ReservoirError, "names no couple; write In|LiIn"),
        ("In|", "set", ReservoirError, "names no couple"),
        ("In|LiIn=x", "set", ReservoirError, "'x' is not volts"),
        ("LiIn|In", "set", ReservoirError, "is not a couple of Li"),
        ("In|Sn", "set", ReservoirError, "is not a couple of Li"),
        ("C|...", "set", ReservoirError, "has no phase of C with more Li than C"),
        ("C|LiC6", "set", NoOwnEntryError, "no entry for LiC6"),
        ("Sn|NaSn", "set", ReservoirError, "is not a couple of Li"),
    ],
)
def test_couple_that_says_nothing_is_refused(phases, reference, plateau, error, message):
    with pytest.raises(error, match=re.escape(message)):
        reservoirs(Conditions(("Li",), 3.0, reference, plateau), phases)


def test_measured_potential_has_to_be_on_record(phases):
    conditions = Conditions(("Na",), 3.0, "Sn|NaSn", "experimental")
    with pytest.raises(ReservoirError, match=re.escape("no measured potential of Sn|NaSn on rec")):
        reservoirs(conditions, phases)


def test_voltage_below_the_metal_is_refused_against_a_couple_too(phases):
    with pytest.raises(ReservoirError, match="below 0 V the metal plates"):
        reservoirs(Conditions(("Li",), -1.0, "In|LiIn"), phases)
