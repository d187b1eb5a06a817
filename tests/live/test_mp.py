"""The real Materials Project, with the user's key; ``pytest tests/live --live``."""

from __future__ import annotations

import os

import pytest

pytest.importorskip("mp_api")

from tests.fake_mp_api import texts_below
from workflows.data.materials_project import MaterialsProject, fetch, find_key
from workflows.data.materials_project.mp_entries import FIELDS
from workflows.data.snapshots import read_entries, read_snapshot


@pytest.fixture(autouse=True)
def key() -> str:
    key = os.environ.get("MP_API_KEY", "")
    if not key:
        pytest.skip("MP_API_KEY is not set")
    return key


def test_li_co_o_comes_with_its_corrections(tmp_path, key):
    folder = fetch("Li-Co-O", tmp_path / "Li-Co-O", progress=False)
    manifest, entries = read_entries(folder)
    assert manifest.database_version
    assert manifest.scheme == "MP GGA/GGA+U, MaterialsProject2020"
    cobaltate = [e for e in entries.values() if e.formula == "LiCoO2"]
    assert cobaltate
    assert all("oxide" in e.adjustments for e in cobaltate)
    assert read_snapshot(folder, ["Li", "O"]).hull_energy("Li2O") == pytest.approx(-2.07, abs=0.1)
    assert not any(key.encode() in text for text in texts_below(tmp_path))


def test_the_answers_have_the_shape_that_the_fake_server_gives():
    client = MaterialsProject(find_key())
    (document, *_) = client.thermo(["Li-O"], "GGA_GGA+U")
    assert set(FIELDS) <= set(document)
    (entry, *_) = document["entries"].values()
    assert {"energy_adjustments", "composition"} <= set(entry)
    larger = client.larger(["Li", "Co", "O", "P"], 3, with_gnome=False)
    assert {"material_id", "formula_pretty", "energy_above_hull"} <= set(larger[0])
    client.close()
