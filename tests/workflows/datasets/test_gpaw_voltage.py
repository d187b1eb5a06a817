"""The chain of the GPAW voltage, with a pair potential in place of GPAW."""

import json

import pytest

from workflows.datasets.gpaw_voltage import compute


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("voltage")
    return compute(folder, "ase.calculators.lj.LennardJones"), folder


def test_the_voltage_is_that_of_the_total_energies(computed):
    result, folder = computed
    totals = {}
    for path in (folder / "jobs" / "jobs").glob("*relax*"):
        cell = json.loads(path.read_text(encoding="utf-8"))["document"]["output"]
        totals[cell["formula"]] = (
            cell["energy"] * {"LiCoO2": 4, "CoO2": 3, "Li": 1}[cell["formula"]]
        )
    assert result["voltage_v"] == pytest.approx(totals["CoO2"] + totals["Li"] - totals["LiCoO2"])


def test_the_reaction_is_of_the_anchored_oxide(computed):
    result, _ = computed
    assert result["minimum_of_CoO2_with_LPSCl"]["reaction"].count("CoO2") == 1
    assert any("anchored" in note for note in result["notes"])
