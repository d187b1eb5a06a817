"""One made-up energy, twice: plain Python and numpy agree, and forces and stress are slopes."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from pathlib import Path

import pytest

from interfaces.errors import FormulaError
from workflows.calculators.mock.elements import SYMBOLS, TABLE, element, formula_counts, valence
from workflows.calculators.mock.energy_model import CUTOFF, SWITCH, Model, base_energy, pair_energy
from workflows.io.mock_mark import is_mock

ROOT = Path(__file__).resolve().parents[4]
LATTICE = [[4.1, 0.2, 0.1], [0.3, 3.9, -0.2], [-0.4, 0.5, 4.4]]
POSITIONS = [[0.1, 0.0, 0.2], [2.2, 1.9, 0.1], [0.2, 2.1, 2.3], [2.0, 0.1, 2.2], [1.1, 1.2, 1.0]]
SYMBOLS_HERE = ["Li", "Co", "O", "O", "La"]


def energy(lattice, positions, symbols=SYMBOLS_HERE):
    return Model(symbols).evaluate(lattice, positions).energy


def test_an_isolated_atom_has_its_element_s_energy():
    box = [[30.0, 0, 0], [0, 30.0, 0], [0, 0, 30.0]]
    model = Model(["Co"]).evaluate(box, [[1.0, 2.0, 3.0]])
    assert model.energy == TABLE["Co"].energy
    assert model.forces == [[0.0, 0.0, 0.0]]


def test_every_element_has_smooth_numbers():
    for symbol in SYMBOLS:
        numbers = element(symbol)
        assert numbers.energy < 0
        assert 0.2 < numbers.radius < 2.5
        assert numbers.mass > 0
        assert 1 <= valence(symbol) <= 32
    assert len(TABLE) == 26


def test_formation_energy_is_the_spread_of_electronegativity():
    # Li and O: shares 2/3 and 1/3, difference 2.46; k = 1.2 eV
    expected = 2 * -1.91 - 4.93 - 3 * 1.2 * (2 / 9) * 2.46**2
    assert base_energy(["Li", "O", "Li"]) == pytest.approx(expected, abs=1e-12)


def test_a_table_replaces_the_composition_s_energy_for_any_multiple():
    table = {"Li2O": -4.5}
    assert base_energy(["Li"] * 4 + ["O"] * 2, table) == pytest.approx(-27.0, abs=1e-12)
    assert base_energy(["Li", "O"], table) == base_energy(["Li", "O"])
    with pytest.raises(FormulaError, match="not an element"):
        formula_counts("Li2(CO3)")


def test_two_atoms_feel_the_pair_term_once():
    box = [[40.0, 0, 0], [0, 40.0, 0], [0, 0, 40.0]]
    symbols, distance = ["Li", "O"], 2.3
    from workflows.calculators.mock.energy_model import pair_parameters

    value, slope = pair_energy(distance, *pair_parameters("Li", "O"))
    model = Model(symbols).evaluate(box, [[0.0, 0.0, 0.0], [distance, 0.0, 0.0]])
    assert model.energy - base_energy(symbols) == pytest.approx(value, abs=1e-12)
    assert model.forces[0][0] == pytest.approx(slope, abs=1e-12)


def test_the_pair_term_and_its_slope_fade_without_a_step():
    for edge in (SWITCH, CUTOFF):
        inside, outside = (pair_energy(edge + d, 0.2, 2.1) for d in (-1e-7, 1e-7))
        assert inside[0] == pytest.approx(outside[0], abs=1e-6)
        assert inside[1] == pytest.approx(outside[1], abs=1e-6)


def test_forces_are_minus_the_slope_of_the_energy():
    model = Model(SYMBOLS_HERE).evaluate(LATTICE, POSITIONS)
    h = 1e-5
    for atom in range(len(POSITIONS)):
        for axis in range(3):
            ends = []
            for sign in (1, -1):
                moved = [row[:] for row in POSITIONS]
                moved[atom][axis] += sign * h
                ends.append(energy(LATTICE, moved))
            assert model.forces[atom][axis] == pytest.approx(
                -(ends[0] - ends[1]) / (2 * h), abs=1e-6
            )


def test_stress_is_the_slope_of_the_energy_in_strain():
    model = Model(SYMBOLS_HERE).evaluate(LATTICE, POSITIONS)
    from workflows.calculators.mock.neighbours import volume

    h = 1e-5
    for i in range(3):
        for j in range(3):
            ends = []
            for sign in (1, -1):
                strain = [[float(a == b) for b in range(3)] for a in range(3)]
                strain[i][j] += sign * h / 2
                strain[j][i] += sign * h / 2
                lattice, positions = (
                    [[sum(row[b] * strain[a][b] for b in range(3)) for a in range(3)] for row in x]
                    for x in (LATTICE, POSITIONS)
                )
                ends.append(energy(lattice, positions))
            slope = (ends[0] - ends[1]) / (2 * h) / volume(LATTICE)
            assert model.stress[i][j] == pytest.approx(slope, abs=1e-6)


def test_forces_sum_to_zero_and_the_energy_is_periodic_and_extensive():
    model = Model(SYMBOLS_HERE).evaluate(LATTICE, POSITIONS)
    for axis in range(3):
        assert math.fsum(force[axis] for force in model.forces) == pytest.approx(0, abs=1e-12)
    shifted = [row[:] for row in POSITIONS]
    shifted[2] = [x + 2 * a - b for x, a, b in zip(shifted[2], LATTICE[0], LATTICE[1], strict=True)]
    assert energy(LATTICE, shifted) == pytest.approx(model.energy, abs=1e-10)
    double = [[2 * x for x in LATTICE[0]], *LATTICE[1:]]
    both = POSITIONS + [[x + a for x, a in zip(row, LATTICE[0], strict=True)] for row in POSITIONS]
    twice = energy(double, both, SYMBOLS_HERE * 2)
    assert twice == pytest.approx(2 * model.energy, abs=1e-10)


def test_a_pair_list_that_is_kept_gives_what_a_new_one_gives():
    draw = random.Random(7)
    model = Model(SYMBOLS_HERE)
    positions = [row[:] for row in POSITIONS]
    for _ in range(20):
        positions = [[x + draw.uniform(-0.1, 0.1) for x in row] for row in positions]
        assert model.evaluate(LATTICE, positions).energy == pytest.approx(
            energy(LATTICE, positions), abs=1e-10
        )


def test_numbers_repeat_in_another_process():
    script = (
        "from workflows.calculators.mock.energy_model import Model\n"
        f"print(repr(Model({SYMBOLS_HERE}).evaluate({LATTICE}, {POSITIONS}).energy))"
    )
    result = subprocess.run(
        [sys.executable, "-S", "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert result.stdout.strip() == repr(energy(LATTICE, POSITIONS))


def twin(symbols, lattice, positions, **keywords):
    pytest.importorskip("ase")
    from ase import Atoms

    from workflows.calculators.mock.calculator import MockCalculator

    atoms = Atoms(symbols, positions=positions, cell=lattice, pbc=True)
    atoms.calc = MockCalculator(**keywords)
    return atoms


@pytest.mark.parametrize("seed", range(5))
def test_the_numpy_twin_agrees(seed):
    draw = random.Random(seed)
    count = draw.randint(1, 12)
    symbols = [draw.choice(["Li", "O", "Co", "P", "S", "Cl", "Fe", "Cs"]) for _ in range(count)]
    lattice = [[draw.uniform(-1, 1) + 5 * (i == j) for j in range(3)] for i in range(3)]
    positions = [[draw.uniform(-6, 6) for _ in range(3)] for _ in range(count)]
    model = Model(symbols).evaluate(lattice, positions)
    atoms = twin(symbols, lattice, positions)
    scale = max(1.0, abs(model.energy))
    assert atoms.get_potential_energy() == pytest.approx(model.energy, abs=1e-9 * scale)
    assert atoms.get_forces() == pytest.approx(
        pytest.importorskip("numpy").array(model.forces), abs=1e-9 * scale
    )
    assert atoms.get_stress(voigt=False) == pytest.approx(
        pytest.importorskip("numpy").array(model.stress), abs=1e-9 * scale
    )


def test_the_calculator_says_that_it_is_mocked():
    atoms = twin(["Li", "O"], [[3, 0, 0], [0, 3, 0], [0, 0, 3]], [[0, 0, 0], [1.5, 1.5, 1.5]],
                 energies={"LiO": -3.0}, pair_scale=0.0)  # fmt: skip
    assert atoms.get_potential_energy() == pytest.approx(-6.0, abs=1e-12)
    assert atoms.calc.name == "mock"
    assert atoms.info["mocked"]
    assert is_mock(atoms)
    assert is_mock(atoms.calc)
    assert not is_mock(object())


def test_the_calculator_relaxes_and_conserves_energy_in_md():
    pytest.importorskip("ase")
    from ase import units
    from ase.build import bulk
    from ase.filters import FrechetCellFilter
    from ase.md.verlet import VelocityVerlet
    from ase.optimize import LBFGS

    from workflows.calculators.mock.calculator import MockCalculator

    atoms = bulk("LiF", "rocksalt", a=4.2, cubic=True)
    atoms.rattle(0.05, seed=1)
    atoms.calc = MockCalculator()
    assert LBFGS(FrechetCellFilter(atoms), logfile=None).run(fmax=0.01, steps=200)
    atoms.set_velocities([[0.01 * (-1) ** n, 0.0, 0.005] for n in range(len(atoms))])
    before = atoms.get_total_energy()
    VelocityVerlet(atoms, 1 * units.fs).run(200)
    assert atoms.get_total_energy() == pytest.approx(before, abs=2e-3 * len(atoms))
