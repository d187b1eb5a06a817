"""CHGNet where it is installed: the fast calculator gives the stock one's numbers."""

import numpy as np
import pytest

pytest.importorskip("chgnet", reason="the extra `mlip` is not installed")


@pytest.fixture(scope="module")
def atoms():
    from ase.spacegroup import crystal

    cell = crystal(
        ["Li", "Co", "O"], [(0, 0, 0.5), (0, 0, 0), (0, 0, 0.24)], spacegroup=166,
        cellpar=[2.82, 2.82, 14.05, 90, 90, 120],
    )  # fmt: skip
    cell.rattle(0.05, seed=1)
    return cell


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
def test_fast_calculator_equals_the_stock_one(atoms):
    from chgnet.model.dynamics import CHGNetCalculator
    from pymatgen.io.ase import AseAtomsAdaptor

    from workflows.calculators.chgnet import FastCHGNet

    fast = FastCHGNet()
    assert fast.version == "0.3.0"
    stock = CHGNetCalculator(use_device="cpu")
    first, other = atoms.copy(), atoms.copy()
    first.calc, other.calc = fast, stock
    # The stock calculator returns eV per cell, eV/angstrom and eV/angstrom^3.
    assert first.get_potential_energy() == pytest.approx(other.get_potential_energy(), abs=1e-4)
    assert np.abs(first.get_forces() - other.get_forces()).max() < 1e-4
    assert np.abs(first.get_stress() - other.get_stress()).max() < 1e-5
    structure = AseAtomsAdaptor.get_structure(atoms)
    batch = fast.energies([structure, structure])
    assert batch == pytest.approx(first.get_potential_energy() / len(atoms), abs=1e-5)
