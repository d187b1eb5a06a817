"""Dynamics of an interface cell as a Flow: on the mock, the fake VASP, killed and started again."""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("jobflow")
pytest.importorskip("ase")

from interfaces.errors import InputError
from tests.workflows.cli.runner import ROOT, interfaces, refused
from tests.workflows.flows.running import contents, kill_and_start_again
from workflows.flows.flow_folder import FILES, JOBS
from workflows.flows.read_job import dynamics_job
from workflows.io.mock_mark import MOCK_SCHEME
from workflows.runs.run_file import run
from workflows.trajectories.read_trajectory import read_trajectory

# jobflow 0.4 and monty warn of each other; custodian's handlers catch every exception
pytestmark = pytest.mark.filterwarnings("ignore")
JOB = """\
name: tiny
cell: {cell}
temperature: 700
steps: 20
segments: 3
every: 2
seed: 5
relaxation_steps: 5
"""


def write_cell(folder: Path, wide: int = 1) -> Path:
    """CoO under Li2O, 20 atoms or 20 wide^2: no real interface, but two sides."""
    from ase import Atoms

    corners = np.array([[0, 0, 0], [1, 1, 0], [1, 0, 1], [0, 1, 1]]) * 2.13
    shift = np.array([0, 0, 4.26 + 1.1])
    fluorite = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)]) * 2.13 + 1.065
    places = (corners, corners + np.array([2.13, 0, 0]), fluorite + shift, corners + shift)
    atoms = Atoms(
        "Co4O4Li8O4",
        np.concatenate(places),
        cell=[4.26, 4.26, 2 * 4.26 + 2.2],
        pbc=True,
    )
    atoms.arrays["side"] = np.array(["CoO"] * 8 + ["Li2O"] * 12)
    atoms *= (wide, wide, 1)
    order = np.argsort(atoms.get_atomic_numbers(), kind="stable")
    path = folder / "cell.extxyz"
    atoms[order].write(path, format="extxyz", columns=["symbols", "positions", "side"])
    return path


def write_job(folder: Path, wide: int = 1, **changes: str) -> Path:
    text = JOB.format(cell=write_cell(folder, wide))
    for key, new in changes.items():
        lines = [line for line in text.splitlines() if not line.startswith(f"{key}:")]
        text = "\n".join([*lines, *([f"{key}: {new}"] if new else [])]) + "\n"
    path = folder / "tiny.yaml"
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    out = tmp_path_factory.mktemp("tiny")
    done = interfaces("run", write_job(out), "--calculator", "mock", "--out", out)
    assert done.returncode == 0, done.stderr
    return out, done


def segments(folder: Path) -> list[dict]:
    files = sorted((folder / JOBS).glob("*segment_[0-9].*")) or sorted(
        (folder / JOBS).glob("*segment_[0-9]_end*")
    )
    return [json.loads(path.read_text())["document"]["output"] for path in files]


def test_the_chain_runs_and_its_segments_go_on_from_each_other(tiny):
    from ase.io import read

    out, done = tiny
    assert MOCK_SCHEME.partition(" ")[0] in done.stdout
    assert done.stderr.strip() == ""
    steps = segments(out / "tiny-mock.jobs")
    assert [step["index"] for step in steps] == [0, 1, 2]
    frames = [read(item["place"], ":") for item in steps]
    assert [len(run) for run in frames] == [11, 11, 11]
    for before, after in itertools.pairwise(frames):
        assert after[0].get_scaled_positions() == pytest.approx(
            before[-1].get_scaled_positions(), abs=1e-12
        )
        assert after[0].get_velocities() == pytest.approx(before[-1].get_velocities(), abs=1e-12)
        assert np.abs(after[1].positions - after[0].positions).max() > 1e-3
    summary = json.loads((out / "tiny-mock" / "summary.json").read_text())
    assert summary["mocked"] is True
    assert summary["frames"] == 31  # the first of the second and third repeat the one before
    assert summary["duration_fs"] == pytest.approx(3 * 20 * 2.0)
    assert summary["sides"] == {"CoO": 8, "Li2O": 12}
    assert not any(str(out) in text for text in (*summary["notes"],
                   *summary["provenance"]["origins"]))  # fmt: skip
    with (out / "tiny-mock" / "bonds.csv").open(newline="") as file:
        assert next(csv.reader(file))[-1] == "MOCK"


def test_the_first_velocities_have_the_temperature_and_no_drift(tiny):
    from ase import units
    from ase.io import read

    out, _ = tiny
    first = read(segments(out / "tiny-mock.jobs")[0]["place"], 0)
    assert np.abs(first.get_momenta().sum(axis=0)).max() < 1e-10
    # 3 N degrees of freedom drawn, three taken out: within 3 standard errors of sqrt(2 / 3N)
    expected = 700 * (1 - 1 / 20)
    assert first.get_kinetic_energy() / (1.5 * 20 * units.kB) == pytest.approx(
        expected, rel=3 * (2 / 60) ** 0.5
    )


def test_the_relaxation_goes_downhill_in_a_fixed_cell(tiny):
    from pymatgen.core import Structure
    from pymatgen.io.ase import AseAtomsAdaptor

    from workflows.calculators.ase_calculators import calculator

    out, _ = tiny
    energies, cells = [], []
    for name in ("cell", "relax"):
        (path,) = (out / "tiny-mock.jobs" / JOBS).glob(f"*tiny_{name}.*")
        structure = Structure.from_dict(json.loads(path.read_text())["document"]["output"])
        cells.append(structure.lattice.matrix)
        plain = structure.copy(site_properties={})
        atoms = AseAtomsAdaptor.get_atoms(plain)
        atoms.calc = calculator("mock")
        energies.append(atoms.get_potential_energy())
    assert energies[1] < energies[0] - 0.1
    assert (cells[0] == cells[1]).all()


def test_killed_and_started_again_it_gives_the_same_bytes(tiny, tmp_path):
    out, _ = tiny
    expected = len(list((out / "tiny-mock.jobs" / JOBS).iterdir()))
    job = write_job(tmp_path)
    lost = kill_and_start_again(job, "mock", tmp_path, expected, kills=2, wait=0.3)
    assert 0 <= lost <= 2
    again, before = contents(tmp_path / "tiny-mock"), contents(out / "tiny-mock")
    # the frames are the same; ASE's file of them holds no time either
    assert again == before


def test_langevin_keeps_the_temperature(tmp_path):
    run(write_job(tmp_path, steps="1500", segments="1", every="5"), calculator="mock", out=tmp_path)
    (item,) = segments(tmp_path / "tiny-mock.jobs")
    read = read_trajectory([item["place"]], time_step=10.0)
    assert read.mocked
    warm = read.trajectory.temperatures[60:]
    assert warm.mean() == pytest.approx(700, rel=0.12)  # 20 atoms, 2.4 ps, 100 fs to forget


def test_the_same_on_the_fake_vasp(tmp_path):
    pytest.importorskip("atomate2")
    from pymatgen.io.vasp import Poscar

    # Gamma only under the protocol, which the pre-flight refuses for a narrow cell
    job = write_job(tmp_path, wide=2, steps="4", segments="2", every="1", relaxation_steps="")
    done = interfaces("run", job, "--calculator", "mock-vasp", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == ""
    jobs = tmp_path / "tiny-mock-vasp.jobs"
    places = [next((jobs / FILES).glob(f"*segment_{index}.*")) for index in (0, 1)]
    ends = [Poscar.from_file(place / "CONTCAR.gz", check_for_potcar=False) for place in places]
    start = Poscar.from_file(places[1] / "POSCAR.gz", check_for_potcar=False)
    assert np.abs(ends[0].velocities).max() > 1e-4
    assert np.array(start.velocities) == pytest.approx(np.array(ends[0].velocities), abs=1e-7)
    assert start.structure.frac_coords == pytest.approx(ends[0].structure.frac_coords, abs=1e-7)
    summary = json.loads((tmp_path / "tiny-mock-vasp" / "summary.json").read_text())
    assert summary["mocked"] is True
    assert summary["sides"] == {"CoO": 32, "Li2O": 48}
    incar = gzip.decompress((places[0] / "INCAR.gz").read_bytes()).decode()
    assert re.search(r"NSW *= *4\b", incar)
    assert re.search(r"TEBEG *= *700", incar)
    assert re.search(r"LDAU *= *True", incar, re.IGNORECASE)


def test_the_bundled_job_names_a_cell_that_there_is():
    from workflows.jobs.md import build_cell

    job = dynamics_job(ROOT / "inputs" / "md_LCO_LPSCl.yaml")
    cell = build_cell.original(job.cell)
    assert len(cell) <= 300
    assert set(cell.site_properties["side"]) == {"LiCoO2", "Li6PS5Cl"}


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"temperature": "-5"}, ("temperature must be above 0", "-5")),
        ({"temperature": ""}, ("lacks temperature",)),
        ({"steps": "2.5"}, ("steps must be a whole number",)),
        ({"every": "50"}, ("every 50 steps is a frame", "20 steps")),
        ({"speed": "3"}, ("unknown key 'speed'",)),
        ({"pair": "[LiCoO2]"}, ("two reactants",)),
        ({"name": "../up"}, ("must be a plain folder name",)),
        ({"cell": "NoSuchCell"}, ("NoSuchCell",)),
        ({"cell": "LiCoO2"}, ("does not say which side",)),
    ],
)
def test_a_mistake_gets_one_line_before_anything_runs(tmp_path, changes, parts):
    job = write_job(tmp_path, **changes)
    with pytest.raises(InputError) as caught:
        run(job, calculator="mock", out=tmp_path / "out")
    assert all(part in str(caught.value) for part in parts), str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_job_of_dynamics_needs_a_calculator(tmp_path):
    refused(interfaces("run", write_job(tmp_path), "--out", tmp_path), "--calculator")
