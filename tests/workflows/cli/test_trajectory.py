"""``interfaces trajectory`` as a user starts it: tables, figure, summary; nothing half."""

from __future__ import annotations

import csv
import json
from subprocess import CompletedProcess

import numpy as np
import pytest

from tests.workflows.cli.runner import interfaces, refused
from workflows.cli import main

pytest.importorskip("ase")

FILES = {"bonds.csv", "events.csv", "species.csv", "coordination.csv", "rdf.csv", "msd.csv",
         "summary.json", "trajectory.png", "trajectory.pdf", "trajectory.data.csv"}  # fmt: skip


@pytest.fixture
def here(capsys):
    """The command line in this process, for the start of Python is most of a short run."""

    def ask(*arguments):
        try:
            main([*map(str, arguments)])
        except SystemExit as stop:
            status = stop.code
        else:
            status = 0
        captured = capsys.readouterr()
        return CompletedProcess(arguments, status, captured.out, captured.err)

    return ask


def rows(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def run(tmp_path):
    """PS4 and an oxygen that binds its P in place of a sulfur at frame 40; one Co with two O."""
    from ase import Atoms
    from ase.calculators.singlepoint import SinglePointCalculator
    from ase.io import write

    corners = 2.05 * np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)
    places = np.array([[6, 6, 6], *(corners + 6), [10, 10, 10], [10, 2, 10], [12, 2, 10],
                       [8, 2, 10], [2, 11, 2.0]])  # fmt: skip
    sides = ["e"] * 5 + ["c"] * 4 + ["e"]
    draw = np.random.default_rng(0)
    frames = []
    for k in range(100):
        here = places + draw.normal(scale=0.02, size=places.shape)
        if k >= 40:
            here[1], here[5] = places[5], places[0] + [0.9, 0.9, 0.9]
        atoms = Atoms("PS4OCoO2Li", positions=here, cell=np.eye(3) * 14, pbc=True)
        atoms.new_array("side", np.array(sides))
        atoms.calc = SinglePointCalculator(atoms, energy=-40 + 0.01 * k)
        frames.append(atoms)
    write(tmp_path / "md.extxyz", frames)
    return tmp_path / "md.extxyz"


def test_everything_is_written(run, tmp_path):
    done = interfaces(
        "trajectory", run, "--timestep", 10, "--out", tmp_path / "out", "--pair", "LiCoO2,LPSCl"
    )
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "out" / "trajectory_md"
    assert {path.name for path in folder.iterdir()} == FILES
    assert (folder / "trajectory.png").read_bytes()[:4] == b"\x89PNG"
    assert (folder / "trajectory.pdf").read_bytes()[:4] == b"%PDF"
    bonds = [row for row in rows(folder / "bonds.csv") if row["pair"] == "P-O"]
    assert [(row["time_fs"], row["new"], row["new_between_sides"]) for row in bonds] == [
        ("0.0", "0", "0"), ("400.0", "1", "1"), ("990.0", "1", "1"),
    ]  # fmt: skip
    events = {(r["time_fs"], r["pair"], r["change"], r["first_atom"], r["second_atom"])
              for r in rows(folder / "events.csv")}  # fmt: skip
    assert events == {("400.0", "P-O", "made", "0", "5"), ("400.0", "P-S", "broken", "0", "1")}
    groups = rows(folder / "species.csv")
    assert [(g["time_fs"], g["PS4"], g["PS3O"], g["S"], g["O"]) for g in groups] == [
        ("0.0", "1", "0", "0", "3"), ("400.0", "0", "1", "1", "2"),
    ]  # fmt: skip
    assert {row["Co-O_mean"] for row in rows(folder / "coordination.csv")} == {"2.0"}
    assert {row["element"] for row in rows(folder / "msd.csv")} == {"Li", "Co", "O", "P", "S"}
    document = json.loads((folder / "summary.json").read_text())
    assert document["mocked"] is False
    assert document["potential_energy"]["drift_eV_per_atom_per_ps"] == pytest.approx(0.1, rel=1e-3)
    assert document["temperature"] is None
    assert {row["pair"]: row["verdict"] for row in document["prediction"]["kinds"]}[
        "P-O"
    ] == "new and predicted"
    assert "not phases" in document["prediction"]["what"]
    assert {cutoff["pair"]: cutoff["made_angstrom"] for cutoff in document["cutoffs"]}["P-O"] == 1.9
    assert len(document["provenance"]["sha256"][0]) == 64
    for words in ("PS4: 1 -> 0", "PS3O: 0 -> 1", "new and predicted: Li3PO4", "not phases"):
        assert words in " ".join(done.stdout.split())


def test_json_alone_on_stdout_and_given_cutoffs(run, tmp_path, here):
    done = here(
        "trajectory", run, "--timestep", 10, "--out", tmp_path, "--name", "mine", "--json",
        "--cutoffs", "P-O=1.2:1.3,Li-O=2.5",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document == json.loads((tmp_path / "mine" / "summary.json").read_text())
    assert document["bonds"]["P-O"]["made_events"] == 0
    assert document["bonds"]["Li-O"]["present_after"] == 0
    assert document["prediction"] is None


def test_what_is_mocked_says_so_everywhere(tmp_path, here):
    from ase.build import bulk
    from ase.io import write

    from workflows.calculators.mock.calculator import MockCalculator

    frames = []
    for k in range(3):
        atoms = bulk("CoO", "rocksalt", 4.26, cubic=True)
        atoms.positions[0, 0] += 0.01 * k
        atoms.calc = MockCalculator()
        atoms.get_potential_energy()
        frames.append(atoms)
    write(tmp_path / "md.traj", frames)
    done = here("trajectory", tmp_path / "md.traj", "--timestep", 1, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("MOCK")
    folder = tmp_path / "trajectory_md-mock"
    for path in folder.glob("*.csv"):
        lines = path.read_text().splitlines()
        assert lines[0].endswith(",MOCK"), path
        assert all("MOCK" in line for line in lines[1:]), path
    assert b"MOCK" in (folder / "trajectory.pdf").read_bytes()
    assert json.loads((folder / "summary.json").read_text())["MOCK"].startswith("MOCK")


def test_mistakes_get_one_line_and_leave_nothing(run, tmp_path, here):
    out = tmp_path / "out"
    command = ("trajectory", run, "--timestep", 10, "--out", out)
    refused(here("trajectory", run, "--out", out), "does not say the time", "--timestep")
    refused(here("trajectory", tmp_path / "none", "--out", out), "does not exist")
    refused(here(*command, "--cutoffs", "S-S"), "'S-S' is not a cut-off")
    refused(here(*command, "--cutoffs", "Ni-S=2.4"), "no Ni")
    refused(here(*command, "--pair", "LiCoO2"), "give two reactants")
    refused(here(*command, "--pair", "LiCoO2,Xx"), "Xx")
    refused(here(*command, "--residence", "-1"), "residence time -1.0 fs; give 0 or more")
    refused(here(*command, "--name", "../up"), "must be a plain folder name")
    assert not out.exists() or list(out.iterdir()) == []


XDATCAR = "LiO\n1\n8 0 0\n0 8 0\n0 0 8\nLi O\n1 1\n" + "".join(
    f"Direct configuration= {k}\n0.1 0.1 0.1\n{0.5 + 0.001 * k:.3f} 0.5 0.5\n" for k in range(1, 6)
)


def test_two_inputs_never_share_a_folder(tmp_path, here):
    for name in ("XDATCAR.300K", "XDATCAR.600K", "a/XDATCAR", "b/a/XDATCAR"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(XDATCAR)
    options = ("--timestep", 1, "--out", tmp_path / "out")
    for name in ("XDATCAR.300K", "XDATCAR.600K", "a/XDATCAR", "XDATCAR.300K"):
        assert here("trajectory", tmp_path / name, *options).returncode == 0
    folders = {path.name for path in (tmp_path / "out").iterdir()}
    assert folders == {f"trajectory_{name}" for name in ("XDATCAR.300K", "XDATCAR.600K", "a")}
    before = (tmp_path / "out" / "trajectory_a" / "summary.json").read_bytes()
    done = here("trajectory", tmp_path / "b" / "a", *options)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "another input" in done.stderr
    assert (tmp_path / "out" / "trajectory_a" / "summary.json").read_bytes() == before
    # the same run, longer, replaces its earlier analysis
    (tmp_path / "a" / "XDATCAR").write_text(XDATCAR + "Direct configuration= 6\n0 0 0\n0.5 0 0\n")
    assert here("trajectory", tmp_path / "a", *options).returncode == 0
    assert (tmp_path / "out" / "trajectory_a" / "summary.json").read_bytes() != before


def test_results_of_another_command_are_not_replaced(tmp_path, here):
    (tmp_path / "XDATCAR").write_text(XDATCAR)
    (tmp_path / "out" / "mine").mkdir(parents=True)
    (tmp_path / "out" / "mine" / "provenance.json").write_text("{}")
    done = here(
        "trajectory", tmp_path, "--timestep", 1, "--out", tmp_path / "out", "--name", "mine"
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert [path.name for path in (tmp_path / "out" / "mine").iterdir()] == ["provenance.json"]


def test_a_run_without_pairs_brings_no_warning_of_matplotlib(tmp_path):
    text = XDATCAR.replace("Li O", "H He").replace("8 0 0", "30 0 0").replace("0 8 0", "0 30 0")
    (tmp_path / "XDATCAR").write_text(text)
    done = interfaces("trajectory", tmp_path, "--timestep", 1, "--out", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")


def test_types_of_a_lammps_dump(tmp_path, here):
    dump = tmp_path / "run.lammpstrj"
    dump.write_text("".join(
        f"ITEM: TIMESTEP\n{k}\nITEM: NUMBER OF ATOMS\n2\nITEM: BOX BOUNDS pp pp pp\n0 8\n0 8\n0 8\n"
        f"ITEM: ATOMS id type x y z\n2 2 4 4 4\n1 1 1 1 {1 + 0.1 * k}\n" for k in range(3)
    ))  # fmt: skip
    options = ("--timestep", 1, "--out", tmp_path / "out", "--json")
    assert "--types" in here("trajectory", dump, *options).stderr
    done = here("trajectory", dump, *options, "--types", "Li,O")
    assert json.loads(done.stdout)["atoms"] == {"Li": 1, "O": 1}
    for types in ("Li", "Li,Q", "Li,,O"):
        done = here("trajectory", dump, *options, "--types", types)
        assert (done.returncode, len(done.stderr.strip().splitlines())) == (2, 1), types
        assert "--types" in done.stderr
