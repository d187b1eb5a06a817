"""Names of materials: aliases, ambiguous names, formulas of named materials, and hints."""

import shlex

import click
import pytest

from interfaces.chemistry.formulas import Formula
from interfaces.errors import (
    FormulaError,
    InputError,
    MissingElementError,
    NoOwnEntryError,
    TemperatureError,
    UnknownNameError,
)
from interfaces.phases.gibbs import at_temperature
from interfaces.phases.phase_set import PhaseSet
from workflows.analyses.preparation import check_covered, commands
from workflows.analyses.window import compute_window
from workflows.data.material_names import (
    find_system,
    first_step,
    material_of,
    systems,
    written_names,
)
from workflows.data.named_materials import has_series, resolve
from workflows.data.phase_sets import read_phases
from workflows.io.resources import DEFAULT_SET

NCM = "LiNi0.8Co0.1Mn0.1O2"


def made_up(*rows):
    """A set of a made-up scheme, elements at zero."""
    elements = sorted({element for text, _ in rows for element in Formula.parse(text).elements})
    zero = [(element.lower(), element, 0.0) for element in elements]
    return PhaseSet.from_rows(
        [*zero, *((f"id-{text}", text, energy) for text, energy in rows)],
        scheme="made up",
        source="by hand",
    )


def test_no_name_hides_a_compound_of_the_bundled_set():
    compounds = read_phases(DEFAULT_SET).formulas
    for name in written_names():
        try:
            formula = Formula.parse(name)
        except FormulaError:
            continue
        assert find_system(name).name, name
        meant = find_system(name).formula
        for compound in compounds:
            assert not formula.same_composition(compound) or meant.same_composition(compound), name


def test_every_material_has_one_meaning():
    for name, fields in systems().items():
        assert fields["what"], name
        formula = find_system(name).formula
        assert formula.n_atoms > 1, name
        if "source" in fields:
            assert fields["source"].startswith("10."), name


@pytest.mark.parametrize(
    ("alias", "name"),
    [("NMC811", "NCM811"), ("NMC622", "NCM622"), ("NMC532", "NCM523"), ("NMC523", "NCM523"),
     ("LiPON", "LIPON"), ("NASICON", "NaSICON"), ("NMC811@0.5", "NCM811@0.5")],
)  # fmt: skip
def test_aliases_are_the_same_material(alias, name):
    assert find_system(alias) == find_system(name)


@pytest.mark.parametrize(
    ("name", "formula"),
    [("LYC", "Li3YCl6"), ("LZC", "Li2ZrCl6"), ("LSC", "Li3ScCl6"), ("NaPS", "Na3PS4"),
     ("NaSICON", "Na3Zr2Si2PO12"), ("NVP", "Na3V2(PO4)3"), ("LFP@0", "FePO4"),
     ("LLZTO", "Li6.4La3Zr1.4Ta0.6O12"), ("NCA", "LiNi0.8Co0.15Al0.05O2"),
     ("L7P3S11", "Li7P3S11"), ("LWO", "Li2WO4"), ("LTaO", "LiTaO3"), ("ZnO", "ZnO")],
)  # fmt: skip
def test_names_that_people_type(name, formula):
    assert find_system(name).formula.same_composition(Formula.parse(formula))


@pytest.mark.parametrize(
    ("name", "offered"),
    [("LNO", ("LiNbO3", "LiNiO2")), ("NMC", ("NCM811", "NCM622", "NCM523"))],
)
def test_an_ambiguous_name_is_refused_with_what_it_may_mean(name, offered):
    with pytest.raises(UnknownNameError, match="ambiguous") as refusal:
        find_system(name)
    for text in offered:
        assert text in str(refusal.value)
        find_system(text)


@pytest.mark.parametrize("text", ["LCO@0.5", "LiCoO2@0.5", "Li2Co2O4@1/2"])
def test_a_state_of_charge_of_a_host_by_name_or_formula(text):
    if "/" in text:
        with pytest.raises(InputError):
            find_system(text)
        return
    system = find_system(text)
    assert system.name == "LCO (x = 0.5)"
    assert system.formula.same_composition(Formula.parse("Li0.5CoO2"))


def test_a_state_of_charge_of_another_formula_is_refused():
    with pytest.raises(InputError, match="Li3PO4"):
        find_system("Li3PO4@0.5")


def test_a_formula_of_a_named_material_is_that_material_and_says_so():
    assert material_of(Formula.parse(NCM)) == "NCM811@1"
    assert material_of(Formula.parse("Li0.25CoO2")) == "LCO@0.25"
    assert material_of(Formula.parse("Li2CoO2")) is None
    assert material_of(Formula.parse("NaCl")) is None
    assert material_of(Formula.parse("Li")) is None
    phases = made_up(("LiNiO2", -1.5), ("CoO2", -1.1), ("MnO2", -1.8), ("Li2O", -2.0))
    placed = resolve(phases, find_system(NCM))
    named = resolve(phases, find_system("NCM811"))
    assert placed.energy == named.energy
    assert placed.label == NCM
    assert any("NCM811" in note for note in placed.notes)


def test_an_entry_of_its_own_goes_before_a_named_material():
    phases = made_up((NCM, -1.25), ("LiNiO2", -1.5))
    placed = resolve(phases, find_system(NCM))
    assert (placed.energy, placed.energy_model, placed.notes) == (-1.25, "own", ())


def test_a_material_without_entry_takes_its_other_model():
    phases = made_up(("Li2O", -2.0), ("Al2O3", -3.3), ("GeO2", -2.0), ("P2O5", -2.5))
    assert resolve(phases, find_system("LAGP")).energy_model == "hull"


def test_a_content_between_those_of_a_series_takes_the_other_model_and_says_so():
    phases = read_phases(DEFAULT_SET, {"Li", "Ni", "Co", "Mn", "O"})
    if not has_series(phases.scheme, "NCM811"):
        pytest.skip("the bundled set has no series of NCM811")
    system = find_system("NCM811@0.123")
    placed = resolve(phases, system)
    assert placed.energy_model == "hull"
    assert any("series" in note for note in placed.notes)
    with pytest.raises(NoOwnEntryError, match="series"):
        resolve(phases, system, "calculated")
    with pytest.raises(NoOwnEntryError, match="calculated"):
        resolve(made_up(("Li2O", -2.0)), find_system("LCO@0.5"), "calculated")


@pytest.mark.parametrize(
    ("text", "part"),
    [("PEO-LiTFSI", "interfaces composite PEO=1 LiTFSI=1"), ("PEO/LiTFSI", "composite"),
     ("Li-In", "--reference"), ("In|LiIn", '--reference "In|LiIn"'), ("Li-Co-O", "system"),
     ("lpscl", "LPSCl"), ("Ncm811", "NCM811"), ("licoo2", "LiCoO2"), ("LICOO2", "LiCoO2"),
     ("Li metal", "give Li"), ("water", "H2O"), ("air", "--gas air")],
)  # fmt: skip
def test_what_is_no_material_gets_the_right_hint(text, part):
    with pytest.raises(UnknownNameError) as refusal:
        find_system(text)
    assert part in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_missing_element_names_two_commands_that_parse():
    from workflows.cli import interfaces as group

    phases = made_up(("Li2O", -2.0))
    check_covered(phases, ("Li", "O"))
    with pytest.raises(MissingElementError, match="no elemental reference for Tc") as refusal:
        check_covered(phases, ("Li", "O", "Tc"))
    for command in commands(("Li", "O", "Tc")):
        assert command in str(refusal.value)
        program, verb, *arguments = shlex.split(command.strip("`"))
        assert program == "interfaces"
        parent = click.Context(group)
        context = group.commands[verb].make_context(verb, arguments, parent=parent)
        folder = context.params["out"].name
        assert f"--phases {folder}" in str(refusal.value)


def test_a_molecule_at_a_temperature_has_the_entropy_of_its_liquid():
    """ECA at 298.15 K by hand: H - T (S of the liquid - S of the elements)."""
    elements = {"C": 5.74, "H": 130.68 / 2, "N": 191.61 / 2, "O": 205.15 / 2}  # J/mol/K, JANAF
    amounts = {"C": 6, "H": 7, "N": 1, "O": 2}
    volume = 125.127 / 1.06 / 0.602214  # A^3 of a molecule
    entropy = 1.133 * volume + 44
    gained = entropy - sum(amounts[symbol] * value for symbol, value in elements.items())
    expected = (-195.1 - 58.0 - 298.15 * gained / 1000) / 96.48533 / 16
    phases = at_temperature(read_phases(DEFAULT_SET, set(amounts)), 298.15)
    placed = resolve(phases, find_system("ECA"))
    assert placed.energy == pytest.approx(expected, abs=1e-3)
    assert placed.uncertainty > 0.0104 / 16  # more than without an entropy
    assert any("266 +- 27 J/mol/K" in note for note in placed.notes)


@pytest.mark.parametrize(("name", "kelvin"), [("PEO", 300), ("ECA", 700)])
def test_a_molecule_without_an_entropy_or_heat_capacity_is_refused(name, kelvin):
    phases = at_temperature(read_phases(DEFAULT_SET, {"C", "H", "N", "O"}), kelvin)
    with pytest.raises(TemperatureError, match=r"entropy|heat capacity"):
        resolve(phases, find_system(name))


def test_first_steps_are_told_by_name_with_a_source():
    assert "argyrodite" in first_step("LPSCl")
    assert not first_step("LPS")
    assert not first_step("NCM811 (x = 0.5)")
    known = [fields["first_step"] for fields in systems().values() if "first_step" in fields]
    assert all("doi 10." in text for text in known)
    assert any("first step" in note for note in compute_window("LLZO").notes)
