"""``interfaces cell`` as a user starts it: what it writes, and what it refuses."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from ase.io import read
from click.testing import CliRunner

from tests.workflows.cli.runner import interfaces as run
from tests.workflows.cli.runner import refused
from workflows.cli import interfaces
from workflows.structures.interface_cells import named_cells

FILES = {
    "POSCAR", "cell.extxyz", "cell.cif", "cell.json", "matches.csv", "terminations.csv", "cell.png",
    "cell.data.csv",
}  # fmt: skip


def called(*words):
    """In this process: status, output and the error that the real command line would print."""
    return CliRunner().invoke(interfaces, ["cell", *map(str, words)])


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cells") / "coo"
    done = run("cell", "--named", "CoO_LPSCl", "--out", folder)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_a_named_cell_is_written_whole(written):
    folder, said = written
    assert {path.name for path in folder.iterdir()} == FILES
    assert "CoO | Li6PS5Cl: 152 atoms = 100 + 52" in said
    assert f"written: {folder}" in said
    assert (folder / "cell.png").read_bytes().startswith(b"\x89PNG")


def test_all_formats_hold_the_same_atoms_in_the_same_order(written):
    folder, _ = written
    atoms = read(folder / "cell.extxyz")
    others = [read(folder / name) for name in ("POSCAR", "cell.cif")]
    assert set(atoms.arrays["side"]) == {"CoO", "Li6PS5Cl"}
    for other in others:
        assert other.get_chemical_symbols() == atoms.get_chemical_symbols()
        apart = other.get_scaled_positions() - atoms.get_scaled_positions()
        assert np.abs(apart - np.round(apart)).max() < 1e-5


def test_sides_of_the_extxyz_are_the_two_compositions(written):
    atoms = read(written[0] / "cell.extxyz")
    for side, formula in (("CoO", {"Co": 50, "O": 50}),
                          ("Li6PS5Cl", {"Li": 24, "P": 4, "S": 20, "Cl": 4})):  # fmt: skip
        own = atoms[atoms.arrays["side"] == side]
        assert own.symbols.formula.count() == formula


def test_the_record_says_how_the_cell_was_made(written):
    record = json.loads((written[0] / "cell.json").read_text())
    assert record["asked"]["named"] == "CoO_LPSCl"
    assert record["cell"]["atoms"] == 152
    assert [side["termination"] for side in record["sides"]] == ["1", "2r"]
    assert {"interface-stability", "pymatgen", "spglib"} <= set(record["provenance"])
    assert any("sides differ" in note for note in record["notes"])
    assert record["cell"]["match"]["strain_on"] == "shared"


def test_the_tables_hold_every_termination_and_match(written):
    rows = list(csv.DictReader((written[0] / "terminations.csv").read_text().splitlines()))
    assert [row["termination"] for row in rows if row["bulk"] == "Li6PS5Cl"] == [
        "1", "2", "2r", "3", "3r", "4",
    ]  # fmt: skip
    assert [row["termination"] for row in rows if row["chosen"] == "True"] == ["1", "2r"]
    matches = list(csv.DictReader((written[0] / "matches.csv").read_text().splitlines()))
    assert float(matches[0]["strain"]) == pytest.approx(0.0174, abs=1e-4)
    assert matches[0]["atoms"] == "152"


def test_two_runs_give_the_same_bytes(written, tmp_path):
    done = called("--named", "CoO_LPSCl", "--out", tmp_path / "again")
    assert done.exit_code == 0
    for name in FILES:
        again = (tmp_path / "again" / name).read_bytes()
        assert again == (written[0] / name).read_bytes(), name


def test_both_named_cells_are_there():
    assert named_cells() == ("CoO_LPSCl", "LCO_LPSCl")


def test_list_prints_tables_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = called("LiCoO2", "LPSCl", "--list")
    assert done.exit_code == 0, done.output
    for words in ("LiCoO2 (104): terminations", "Li6PS5Cl (100): terminations", "* 2r", "192+104"):
        assert words in done.output
    assert not list(tmp_path.iterdir())


def test_list_shows_terminations_where_nothing_matches():
    done = called("LiCoO2", "LPSCl", "--list", "--max-atoms", 50)
    assert done.exit_code == 0
    assert "have no match within 50 atoms" in done.output


def test_a_registry_is_scanned_with_the_calculator_named(tmp_path):
    done = called(
        "CoO", "Li", "--registry", "mock", "--grid", "2,2", "--max-atoms", 150, "--out",
        tmp_path / "one", "--thickness", "4", "--min-width", 0,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader((tmp_path / "one" / "registry.csv").read_text().splitlines()))
    assert len(rows) == 4
    energies = [float(row["energy_eV"]) for row in rows]
    assert energies == sorted(energies)
    record = json.loads((tmp_path / "one" / "cell.json").read_text())
    assert record["cell"]["shift"] == [float(rows[0]["shift_a"]), float(rows[0]["shift_b"])]
    assert record["registry"]["calculator"] == "mock"


def test_tfsi_takes_a_lithium_of_the_slab(tmp_path):
    counts = {}
    for kind in ("own", "slab"):
        done = called("LiCoO2", "LiTFSI", "--lithium", kind, "--out", tmp_path / kind)
        assert done.exit_code == 0, done.output
        counts[kind] = read(tmp_path / kind / "cell.extxyz").symbols.formula.count()
    assert counts["own"]["Li"] == counts["slab"]["Li"] + 1
    assert counts["own"]["Co"] == counts["slab"]["Co"]
    assert counts["slab"]["F"] == 6
    record = json.loads((tmp_path / "slab" / "cell.json").read_text())
    assert any("oxidized by one electron" in note for note in record["notes"])


def test_one_facet_is_that_of_the_first_side():
    done = called("LiCoO2", "LPSCl", "--facets", "110", "--list")
    assert "LiCoO2 (110)" in done.output
    assert "Li6PS5Cl (100)" in done.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "name two sides"),
        (["LiCoO2"], "name two sides"),
        (["LiCoO2", "Nonsense"], "no bulk structure is called 'Nonsense'"),
        (["ECA", "LiCoO2"], "ECA is a molecule; name the solid first"),
        (["--named", "nothing"], "no cell is named 'nothing'; known: CoO_LPSCl, LCO_LPSCl"),
        (["LiCoO2", "--named", "LCO_LPSCl"], "leave 'LiCoO2' out"),
        (["LiCoO2", "LPSCl", "--facets", "10x"], "'10x' is not a facet"),
        (["LiCoO2", "LPSCl", "--facets", "104,100,111"], "not one word for each side"),
        (["LiCoO2", "LPSCl", "--termination", "9"], "has no termination '9'; it has 1"),
        (["LiCoO2", "LPSCl", "--max-strain", "0.9"], "out of range"),
        (["LiCoO2", "LPSCl", "--max-atoms", "0"], "at most 0 atoms is out of range"),
        (["LiCoO2", "LPSCl", "--match", "99"], "there is no match 99"),
        (["LiCoO2", "LPSCl", "--gap", "-1"], "a gap of -1 A is out of range"),
        (["LiCoO2", "LPSCl", "--vacuum", "1"], "a vacuum of 1 A is out of range"),
        (["LiCoO2", "LPSCl", "--thickness", "thin"], "--thickness 'thin' is not two numbers"),
        (["LiCoO2", "LPSCl", "--shift", "0.5"], "--shift '0.5' is not two numbers"),
        (["LiCoO2", "LPSCl", "--lithium", "slab"], "LPSCl is not a molecule"),
        (["LiCoO2", "ECA", "--registry", "mock"], "a molecule has none"),
        (["LiCoO2", "LPSCl", "--max-atoms", "60"], "have no match within 60 atoms"),
    ],
)
def test_bad_input_is_one_line(words, message, tmp_path):
    from interfaces.errors import InterfaceError

    done = called(*words, "--out", tmp_path / "none")
    assert isinstance(done.exception, InterfaceError), done.exception
    assert message in str(done.exception)
    assert "\n" not in str(done.exception)
    assert not (tmp_path / "none").exists()


def test_a_refusal_is_one_line_and_status_2(tmp_path):
    refused(run("cell", "LiCoO2", "Nonsense", "--out", tmp_path / "x"), "Nonsense", "known: CoO")


def test_a_named_file_with_an_unknown_key_is_refused(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("first: CoO\nsecond: LPSCl\nlayers: 4\n")
    refused(run("cell", "--named", path), "unknown key 'layers'")
