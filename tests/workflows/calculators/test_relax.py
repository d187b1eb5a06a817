"""Relaxation with a calculator that costs nothing: what is recorded, converged or not."""

import pytest
from pymatgen.core import Lattice, Structure

pytest.importorskip("ase")


@pytest.fixture
def stretched():
    """Copper, 4 % too wide and one atom out of place."""
    structure = Structure.from_spacegroup("Fm-3m", Lattice.cubic(3.75), ["Cu"], [[0, 0, 0]])
    structure.translate_sites([0], [0.02, 0.01, 0.0])
    return structure


def test_converged_relaxation_finds_the_lattice_of_the_potential(stretched):
    from ase.calculators.emt import EMT

    from workflows.calculators.relax import relax

    record, final = relax(stretched, EMT())
    assert record.converged
    # The tolerance holds for forces in the deforming cell; on the atoms they differ by its strain.
    assert record.max_force <= 0.03 * 1.05
    assert record.space_group == 225
    assert final.volume / 4 == pytest.approx(3.59**3 / 4, rel=0.01)  # EMT's lattice constant
    assert record.volume_per_atom == pytest.approx(final.volume / 4)
    assert (record.formula, record.n_atoms) == ("Cu", 4)


def test_unconverged_relaxation_says_so(stretched):
    from ase.calculators.emt import EMT

    from workflows.calculators.relax import relax

    record, _ = relax(stretched, EMT(), force_tolerance=1e-9, max_steps=2)
    assert not record.converged
    assert record.steps >= 4  # both optimisers had their steps
