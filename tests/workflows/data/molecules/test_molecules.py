"""Molecules placed on a phase set's scale: numbers done by hand, and the stored reactions."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest

from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.units import KJ_PER_MOL
from interfaces.errors import MoleculeError
from interfaces.phases.molecules import (
    Energy,
    ReferenceReaction,
    check_balance,
    place_molecule,
    reaction_from_record,
    spread,
)
from workflows.data.molecules.element_fit import fit_elements
from workflows.data.molecules.molecular_reactants import stored_experiments, stored_rows
from workflows.data.molecules.polymer_units import unit_rows
from workflows.data.molecules.reference_reactions import of_role
from workflows.data.molecules.stored import Experiment

DATA = Path(__file__).parents[4] / "inputs" / "molecules" / "molecules.json"
ECA = (("CO2", Fraction(3)), ("CH4", Fraction(3)), ("NH3", Fraction(1)), ("H2O", Fraction(-4)))
# eV/atom; per formula CO2 -6, CH4 -1, NH3 -2, H2O -3, so 3 CO2 + 3 CH4 + NH3 - 4 H2O is -11 eV
SET = {"CO2": -2.0, "H4C": -0.2, "H3N": -0.5, "H2O": -1.0}


def eca(gas: float = 0.0, condensation: float = 0.0, error: float = 0.0) -> ReferenceReaction:
    """ECA from its usual references; energies in eV per molecule."""
    return ReferenceReaction(
        target="C6H7NO2",
        references=ECA,
        gas=Energy(gas * KJ_PER_MOL, 3.0 * error * KJ_PER_MOL),
        condensation=Energy(condensation * KJ_PER_MOL, 4.0 * error * KJ_PER_MOL),
        name="by hand",
    )


def test_energy_is_references_plus_gas_reaction_plus_condensation() -> None:
    placed = place_molecule(eca(gas=4.0, condensation=-1.0), SET)
    assert placed.gas_energy_per_atom == pytest.approx((-11.0 + 4.0) / 16.0, abs=1e-12)
    assert placed.energy_per_atom == pytest.approx((-11.0 + 4.0 - 1.0) / 16.0, abs=1e-12)


def test_errors_of_gas_and_condensation_add_in_quadrature() -> None:
    placed = place_molecule(eca(error=0.2), SET)
    assert placed.error_per_atom == pytest.approx(5.0 * 0.2 / 16.0, abs=1e-12)


def test_shifting_the_elements_shifts_the_target_by_its_own_atoms() -> None:
    shift = {"C": 0.3, "H": -0.1, "N": 0.7, "O": 1.1}
    moved = {
        "CO2": SET["CO2"] + (shift["C"] + 2 * shift["O"]) / 3,
        "H4C": SET["H4C"] + (shift["C"] + 4 * shift["H"]) / 5,
        "H3N": SET["H3N"] + (shift["N"] + 3 * shift["H"]) / 4,
        "H2O": SET["H2O"] + (shift["O"] + 2 * shift["H"]) / 3,
    }
    change = (
        place_molecule(eca(), moved).energy_per_atom - place_molecule(eca(), SET).energy_per_atom
    )
    own = 6 * shift["C"] + 7 * shift["H"] + shift["N"] + 2 * shift["O"]
    assert change == pytest.approx(own / 16.0, abs=1e-12)


def test_set_minus_experiment_is_listed_for_the_references_that_have_one() -> None:
    placed = place_molecule(eca(), SET, experiment={"CO2": -393.5, "H2O": -241.8})
    table = {check.formula: check.set_minus_experiment for check in placed.references}
    assert table["CO2"] == pytest.approx(-6.0 * KJ_PER_MOL + 393.5, abs=1e-9)
    assert table["H2O"] == pytest.approx(-3.0 * KJ_PER_MOL + 241.8, abs=1e-9)
    assert table["CH4"] is None
    assert any("CO2 -185, H2O -48" in note for note in placed.notes)


def test_notes_say_the_equation_and_the_condensation() -> None:
    notes = place_molecule(eca(gas=1.0, condensation=-0.5), SET).notes
    assert "3 CO2 + 3 CH4 + 1 NH3 - 4 H2O" in notes[0]
    assert "-48.2 +- 0.0 kJ/mol included" in notes[1]


def test_dimers_and_brackets_are_the_same_entry() -> None:
    route = ReferenceReaction(
        target="LiN(SO2CF3)2",
        references=(
            ("LiF", Fraction(1)),
            ("CF4", Fraction(5, 4)),
            ("CO2", Fraction(1, 2)),
            ("SO2", Fraction(3, 2)),
            ("CS2", Fraction(1, 4)),
            ("N2", Fraction(1, 2)),
        ),
        gas=Energy(0.0, 0.0),
        condensation=Energy(0.0, 0.0),
    )
    energies = {"Li4F4": -1.0, "CF4": -1.0, "C2O4": -1.0, "SO2": -1.0, "CS2": -1.0, "N": -1.0}
    # every atom of every reference at -1 eV: so is the target
    assert place_molecule(route, energies).energy_per_atom == pytest.approx(-1.0, abs=1e-12)


def test_spread_is_the_largest_difference_between_routes() -> None:
    placed = [place_molecule(eca(gas=gas), SET) for gas in (0.0, 1.6, 0.8)]
    assert spread(placed) == pytest.approx(0.1, abs=1e-12)


def test_an_unbalanced_reaction_names_the_excess() -> None:
    with pytest.raises(MoleculeError, match=r"C6H7NO2 does not balance: .*H \+1, N \+1\b"):
        check_balance("C6H7NO2", [*ECA, ("HN", Fraction(1))])


def test_a_tiny_imbalance_is_not_rounded_away() -> None:
    with pytest.raises(MoleculeError, match="does not balance"):
        check_balance("H2O", [("H2", Fraction(1)), ("O2", Fraction(1, 2) + Fraction(1, 10**12))])


@pytest.mark.parametrize(
    ("references", "message"),
    [
        ([], "has no references"),
        ([("H2", 1.0), ("O2", Fraction(1, 2))], "coefficient 1.0 of H2"),
        ([("H2", Fraction(0)), ("O2", Fraction(1, 2))], "coefficient of H2 .* is zero"),
        ([("H2", Fraction(1, 2)), ("H2", Fraction(1, 2))], "H2 occurs twice"),
        ([("H4O2", Fraction(1, 2))], "H4O2 occurs twice .* or is the target itself"),
    ],
)
def test_a_reaction_that_makes_no_sense_is_refused(
    references: list[tuple[str, Fraction]], message: str
) -> None:
    with pytest.raises(MoleculeError, match=message):
        check_balance("H2O", references)


def test_a_reference_that_the_set_lacks_is_named() -> None:
    with pytest.raises(MoleculeError, match="no entry for NH3, needed to place C6H7NO2"):
        place_molecule(eca(), {"CO2": -2.0, "CH4": -0.2, "H2O": -1.0})


def test_two_energies_for_one_reference_are_refused() -> None:
    with pytest.raises(MoleculeError, match=r"H3N -0.5 and NH3 -0.4 eV/atom"):
        place_molecule(eca(), {**SET, "NH3": -0.4})


def test_a_reference_without_a_finite_energy_is_refused() -> None:
    with pytest.raises(MoleculeError, match="reference CO2 is nan"):
        place_molecule(eca(), {**SET, "CO2": math.nan})


@pytest.mark.parametrize("error", [-1.0, math.nan, math.inf])
def test_an_error_estimate_must_be_a_number_of_at_least_zero(error: float) -> None:
    with pytest.raises(MoleculeError, match="expected finite, error not negative"):
        Energy(1.0, error)


def test_a_spread_over_one_route_or_two_molecules_is_refused() -> None:
    placed = place_molecule(eca(), SET)
    with pytest.raises(MoleculeError, match=r"needs two routes .* \['C6H7NO2'\]"):
        spread([placed])


def test_a_record_without_a_key_or_of_unknown_quantity_is_refused() -> None:
    with pytest.raises(MoleculeError, match="has no 'gas'; it holds"):
        reaction_from_record({"target": "H2O"})
    with pytest.raises(MoleculeError, match="unknown quantity 'free_energy'"):
        reaction_from_record({"target": "H2O"}, quantity="free_energy")


def records() -> list[dict[str, object]]:
    """Reactions of the data file."""
    reactions: list[dict[str, object]] = json.loads(DATA.read_text(encoding="utf-8"))["reactions"]
    return reactions


@pytest.mark.parametrize("record", records(), ids=lambda r: f"{r['label']}: {r['name']}")
def test_stored_reactions_balance_and_keep_error_estimates(record: dict[str, object]) -> None:
    reaction = reaction_from_record(record)  # checks the balance
    assert reaction.gas.error > 0.0
    assert reaction.condensation.error > 0.0
    thermal = reaction_from_record(record, quantity="enthalpy_298").gas.value - reaction.gas.value
    atoms = float(Formula.parse(reaction.target).n_atoms)
    assert abs(thermal) < 7.0 * atoms  # kJ/mol: thermal and zero-point part of the reaction


def test_each_target_has_one_default_route() -> None:
    defaults = [record["label"] for record in records() if record["default"]]
    assert sorted(map(str, defaults)) == ["ECA", "LiTFSI", "PEGDA", "PEO", "polyECA"]


def test_quantum_chemistry_imports_without_the_extra() -> None:
    code = (
        "import sys, workflows.data.molecules;"
        "print(sorted({'pyscf', 'rdkit', 'tblite', 'ase', 'chemicals'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_thermal_enthalpy_of_one_mode_by_hand() -> None:
    import numpy as np

    from workflows.calculators.molecules.calculate import (
        BOLTZMANN_EV,
        WAVENUMBER_EV,
        thermal_enthalpy,
    )

    # the mode's quantum equals kT: half a quantum, and 1/(e - 1) of one
    temperature = 300.0
    mode = BOLTZMANN_EV * temperature / WAVENUMBER_EV
    enthalpy, zero_point = thermal_enthalpy(np.array([mode]), linear=True, temperature=temperature)
    unit = BOLTZMANN_EV * temperature
    assert zero_point == pytest.approx(unit / 2, rel=1e-12)
    assert enthalpy == pytest.approx(unit * (0.5 + 1 / (math.e - 1) + 2.5 + 1.0), rel=1e-12)


def test_element_fit_leaves_no_error_where_energies_add_up() -> None:
    symbols = {"a": ["H", "H"], "b": ["O", "H", "H"], "c": ["O", "O"], "d": ["O", "O", "H", "H"]}
    rows = {
        name: {"symbols": atoms, "energy_pbe": 0.0, "thermal_enthalpy": 0.0}
        for name, atoms in symbols.items()
    }
    known = {
        name: Experiment(3.0 * atoms.count("H") - 5.0 * atoms.count("O"), "by hand")
        for name, atoms in symbols.items()
    }
    fit = fit_elements(rows, known)
    assert dict(zip(fit.elements, fit.energies, strict=True)) == pytest.approx({"H": 3, "O": -5})
    assert fit.mean_absolute_error == pytest.approx(0.0, abs=1e-12)


def formula_of(name: str) -> dict[str, Fraction]:
    """Atoms of a molecule or repeat unit of the quantum chemistry."""
    from workflows.data.molecules.definitions import UNITS

    units = {unit.name: unit.formula for unit in UNITS}
    formula = units.get(name) or stored(name)["formula"]
    return {symbol: Fraction(count) for symbol, count in Formula.parse(str(formula)).amounts}


def stored(name: str) -> dict[str, object]:
    """One molecule of the data file."""
    data = json.loads(DATA.read_text(encoding="utf-8"))
    return next(record for record in data["molecules"] if record["name"] == name)


def excess(sides: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """What a reaction makes too much of."""
    total: dict[str, Fraction] = {}
    for name, nu in sides.items():
        for symbol, count in formula_of(name).items():
            total[symbol] = total.get(symbol, Fraction(0)) + nu * count
    return {symbol: count for symbol, count in total.items() if count}


def test_reactions_of_the_polymers_balance_exactly() -> None:
    from workflows.data.molecules.definitions import DOUBTFUL_TESTS, TESTS, UNITS

    reactions = [*TESTS, *DOUBTFUL_TESTS]
    reactions += [sides for unit in UNITS for sides in (unit.used, unit.beside)]
    assert [excess(sides) for sides in reactions] == [{}] * len(reactions)


def test_parts_of_a_repeat_unit_add_up_to_its_formula() -> None:
    from workflows.data.molecules.definitions import UNITS

    for unit in UNITS:
        assert excess({**unit.parts, unit.name: Fraction(-1)}) == {}, unit.label


def test_a_repeat_unit_is_the_sum_of_its_parts_by_hand() -> None:
    made = unit_rows(stored_rows())["PEGDA repeat unit"]
    parts = ("ethylene glycol bis(2-methylpropanoate)", "propane", "ethane")
    model, propane, ethane = (float(str(stored(name)["energy_pbe"])) for name in parts)
    assert made["energy_pbe"] == pytest.approx(model + 2 * propane - 4 * ethane, abs=1e-9)
    assert sorted(made["symbols"]) == ["C"] * 8 + ["H"] * 10 + ["O"] * 4


def test_a_missing_molecule_of_a_unit_is_named() -> None:
    rows = {name: row for name, row in stored_rows().items() if name != "triglyme"}
    with pytest.raises(LookupError, match="not calculated yet: triglyme"):
        unit_rows(rows)


def test_the_data_file_follows_from_the_molecules_it_holds() -> None:
    from workflows.data.molecules.definitions import ROUTES, UNITS
    from workflows.data.molecules.polymer_units import unit_record
    from workflows.data.molecules.reference_reactions import best_enthalpies, route_record

    data = json.loads(DATA.read_text(encoding="utf-8"))
    rows, experiments = {**stored_rows(), **unit_rows(stored_rows())}, stored_experiments()
    best = best_enthalpies(rows, experiments)
    records = [route_record(route, rows, experiments, best[route.target]) for route in ROUTES]
    for record, expected in zip(records, data["reactions"], strict=True):
        assert record["gas"] == pytest.approx(expected["gas"], abs=0.11), record["name"]
        assert {**record, "gas": None} == {**expected, "gas": None}
    fit = fit_elements(rows, of_role(experiments, "training"))
    for unit in UNITS:
        result = unit_record(unit, rows, experiments, fit)
        expected = data["formation_enthalpies"][unit.label]
        for key in ("best", "error", "beside", "element_fit"):
            assert result[key] == pytest.approx(expected[key], abs=0.11), (unit.label, key)


def test_gases_kept_out_of_the_fit_move_nothing_in_it() -> None:
    fit = fit_elements(stored_rows(), of_role(stored_experiments(), "training"))
    assert not {"propane", "diethyl ether", "diglyme", "methyl acrylate"} & set(fit.leave_one_out)
    assert len(fit.leave_one_out) == 58
    assert fit.mean_absolute_error == pytest.approx(12.4, abs=0.05)  # as before the polymers


def test_the_repeat_unit_of_peo_is_the_same_at_every_length() -> None:
    from workflows.data.molecules.polymer_units import by_length

    rows = {**stored_rows(), **unit_rows(stored_rows())}
    lengths = by_length(rows, stored_experiments())
    assert len(lengths) == 3
    assert max(lengths) - min(lengths) < 1.0  # kJ/mol
    # measured 1,4-dioxane (CRC Handbook, -315.3) is two units in a ring without strain
    assert lengths[-1] == pytest.approx(-315.3 / 2, abs=4.0)


def test_extending_takes_molecules_without_lines(tmp_path: Path) -> None:
    from workflows.data.molecules.definitions import MOLECULES
    from workflows.data.molecules.stored import published
    from workflows.datasets.molecule_energies import calculate_missing

    known = published(json.loads(DATA.read_text(encoding="utf-8")))
    assert known["ethane"]["symbols"] == ["C"] * 2 + ["H"] * 6
    assert {molecule.name for molecule in MOLECULES} == set(known)
    calculate_missing(MOLECULES, tmp_path / "lines.jsonl", known)
    assert not (tmp_path / "lines.jsonl").exists()


def test_the_chain_of_crystalline_peo_is_gauche_about_carbon() -> None:
    pytest.importorskip("rdkit")
    from rdkit import Chem
    from rdkit.Chem import AllChem, rdMolTransforms

    from workflows.calculators.molecules.molecule_geometry import coil

    chain = Chem.AddHs(Chem.MolFromSmiles("COCCOC"))
    AllChem.EmbedMolecule(chain, randomSeed=1)
    conformer = chain.GetConformer()
    coil(conformer, [atom.GetSymbol() for atom in chain.GetAtoms()])
    values = [rdMolTransforms.GetDihedralDeg(conformer, *range(i, i + 4)) for i in range(3)]
    assert [abs(angle) for angle in values] == pytest.approx([180.0, 65.0, 180.0], abs=1e-6)
