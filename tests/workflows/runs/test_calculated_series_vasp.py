"""A job with --calculator mock-vasp: every cell through atomate2, custodian, the fake and emmet."""

from __future__ import annotations

import csv
import gzip
import json
import math
import os
import sys
from pathlib import Path

import pytest

pytest.importorskip("atomate2")
pytest.importorskip("custodian")

from interfaces.errors import CalculationError, InputError, SchemeMixError
from tests.workflows.cli.runner import interfaces, refused
from tests.workflows.flows.running import contents, events, kill_and_start_again, write_job
from workflows.flows.flow_folder import FILES, JOBS, STOPPED
from workflows.io.mock_mark import MARK, MOCK_SCHEME, is_mock
from workflows.jobs import mock_orders as vasp_relaxations
from workflows.jobs.energy_scale import references
from workflows.runs.record import replay
from workflows.runs.run_file import run

# Warnings as errors would change what custodian does: its handlers catch every exception.
pytestmark = pytest.mark.filterwarnings("ignore")
CALCULATE = "{formula_units: 1, orderings: 1, seed: 811}"
#: MaterialsProject2020, eV per atom: doi 10.1038/s41598-021-94550-5
OXIDE, PER_METAL = -0.687, {"Ni": -2.541, "Co": -1.638, "Mn": -1.668}
RUNS = ("MP_GGA_relax_1", "MP_GGA_relax_2", "MP_GGA_static")


def one_unit(folder: Path) -> Path:
    return write_job(folder, lithium="[1.0, 0.0]", electrolytes="[LPSCl]", calculate=CALCULATE)


@pytest.fixture(scope="module")
def ncm811(tmp_path_factory):
    """The bundled small job with one ordering of each lithium content, as a user starts it."""
    out = tmp_path_factory.mktemp("ncm811")
    text = (Path(__file__).parents[3] / "inputs" / "ncm811_small.yaml").read_text()
    job = out / "job.yaml"
    job.write_text(text.replace("orderings: 2", "orderings: 1"))
    done = interfaces("run", job, "--calculator", "mock-vasp", "--out", out)
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == ""
    return out / "ncm811_small-mock-vasp", done


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    out = tmp_path_factory.mktemp("tiny")
    done = interfaces("run", one_unit(out), "--calculator", "mock-vasp", "--out", out)
    assert done.returncode == 0, done.stderr
    return out


def stored(folder: Path, ending: str) -> list[dict]:
    jobs = folder.with_name(f"{folder.name}.jobs") / JOBS
    return [json.loads(path.read_text()) for path in sorted(jobs.glob(f"*{ending}.*.json"))]


def test_every_cell_goes_through_custodian_and_emmet(ncm811):
    folder, _ = ncm811
    places = sorted((folder.with_name(f"{folder.name}.jobs") / FILES).iterdir())
    assert len(places) == 15
    for place in places:
        assert any(place.name.partition("ordering_0_")[2].startswith(run) for run in RUNS)
        with gzip.open(place / "custodian.json.gz") as file:
            (run,) = json.load(file)
        assert run["corrections"] == []
        assert run["job"]["@class"] == "VaspJob"
        assert is_mock(place)
    for step in RUNS:
        documents = stored(folder, step)
        assert len(documents) == 5
        for document in documents:
            output, metadata = document["document"]["output"], document["document"]["metadata"]
            assert output["state"] == "successful"
            assert output["input"]["hubbards"]["Ni"] == 6.2
            assert metadata["mocked"] is True
            assert metadata["system"] == "NCM811"
            assert (metadata["calculator"], metadata["ordering"]) == ("mock-vasp", 0)
    assert {item["document"]["metadata"]["x"] for item in documents} == {1.0, 0.7, 0.5, 0.2, 0.0}


def test_the_corrections_bring_back_the_energies_that_were_put_in(ncm811):
    from pymatgen.core import Structure
    from pymatgen.io.ase import AseAtomsAdaptor

    from workflows.calculators.ase_calculators import MOCK_PAIRS
    from workflows.calculators.mock.calculator import MockCalculator

    folder, _ = ncm811
    cells = [document["document"]["output"] for document in stored(folder, "energy")]
    statics = [item["document"]["output"] for item in stored(folder, "static")]
    assert len(cells) == len(statics) == 5
    for cell, static in zip(cells, statics, strict=True):
        structure = Structure.from_dict(cell["structure"])
        n = len(structure)
        atoms = AseAtomsAdaptor.get_atoms(structure)
        atoms.calc = MockCalculator(pair_scale=MOCK_PAIRS)
        assert cell["energy"] == pytest.approx(atoms.get_potential_energy() / n, abs=1e-8)
        by_hand = 20 * OXIDE + 8 * PER_METAL["Ni"] + PER_METAL["Co"] + PER_METAL["Mn"]
        assert cell["correction"] == pytest.approx(by_hand / n, abs=1e-12)
        raw = static["output"]["energy"]
        assert raw / n + by_hand / n == pytest.approx(cell["energy"], abs=1e-12)
        assert cell["max_force"] == pytest.approx(
            max(math.hypot(*force) for force in static["output"]["forces"])
        )
        assert cell["steps"] > 1
    with (folder / "energies.csv").open() as file:
        rows = {float(row["x"]): row for row in csv.DictReader(file)}
    for cell in cells:
        state = cell["start"]["state"]
        row = rows[state["lithium"] / state["formula_units"]]
        assert float(row["energy_ev_per_atom"]) == cell["energy"]
        assert float(row["correction_ev_per_atom"]) == cell["correction"]
        assert "20 O x -0.687 eV" in row["corrections"]
        assert "8 Ni x -2.541 eV" in row["corrections"]


def test_its_results_say_mock_and_answer_again(ncm811):
    folder, done = ncm811
    assert done.stdout.startswith(MOCK_SCHEME)
    assert not any(replayed.differences for replayed in replay(folder))
    for path in folder.rglob("*.csv"):
        with path.open(newline="") as file:
            heading, *rows = csv.reader(file)
        assert heading[-1] == MARK
        assert {row[-1] for row in rows} == {MOCK_SCHEME}, path


def test_killed_and_started_again_it_gives_the_same_bytes(tiny, tmp_path):
    jobs = tiny / "tiny-mock-vasp.jobs"
    expected = len(list((jobs / JOBS).iterdir()))
    job = one_unit(tmp_path)
    lost = kill_and_start_again(job, "mock-vasp", tmp_path, expected, kills=2, wait=2.5)
    assert 0 <= lost <= 2
    assert contents(tmp_path / "tiny-mock-vasp") == contents(tiny / "tiny-mock-vasp")
    left = (tmp_path / "tiny-mock-vasp.jobs" / FILES).glob(f"*{STOPPED}")
    assert len(list(left)) <= lost


@pytest.fixture
def outcome(monkeypatch):
    """Tell the fake VASP what to do beside its energies."""
    plain = vasp_relaxations.mock_orders

    def tell(**orders):
        monkeypatch.setattr(
            vasp_relaxations, "mock_orders", lambda structure: plain(structure) | orders
        )

    return tell


def test_custodian_mends_what_it_can(tiny, tmp_path, outcome):
    outcome(fail={"1": "zbrent"})
    run(one_unit(tmp_path), calculator="mock-vasp", out=tmp_path)
    for step in ("relax_1", "static"):
        place = next((tmp_path / "tiny-mock-vasp.jobs" / FILES).glob(f"*x=1_*{step}*"))
        with gzip.open(place / "custodian.json.gz") as file:
            (result,) = json.load(file)
        errors = [error for correction in result["corrections"] for error in correction["errors"]]
        assert errors == ["zbrent"]
    with (tiny / "tiny-mock-vasp" / "energies.csv").open() as file:
        whole = next(csv.DictReader(file))
    with (tmp_path / "tiny-mock-vasp" / "energies.csv").open() as file:
        mended = next(csv.DictReader(file))
    energies = [float(item["energy_ev_per_atom"]) for item in (whole, mended)]
    assert energies[1] <= energies[0] + 1e-9  # what was mended relaxed a little further
    assert energies[0] == pytest.approx(energies[1], abs=0.02)


def test_what_cannot_be_mended_is_one_line_and_the_rest_is_kept(tiny, tmp_path, outcome):
    outcome(fail={"2": "exit"}, runs=str(tmp_path / "runs"))
    job = one_unit(tmp_path)
    with pytest.raises(CalculationError) as caught:
        run(job, calculator="mock-vasp", out=tmp_path)
    message = str(caught.value)
    assert message.startswith("MOCK LiCoO2 x=1 ordering 0 MP GGA relax 2 failed: ")
    assert "\n" not in " ".join(message.split())
    assert message.endswith("give the same command again: what was finished is kept")
    assert not (tmp_path / "tiny-mock-vasp").exists()
    jobs = tmp_path / "tiny-mock-vasp.jobs"
    place = next((jobs / FILES).glob("*relax_2*"))
    assert str(place) in message
    assert (place / "vasprun.xml").is_file()
    finished = set(events(jobs, "end"))
    assert len(finished) == 4  # two lists of orderings, what they become, the first relaxation
    run(job, calculator="mock-vasp", out=tmp_path)  # the third run of the fake does not fail
    starts = events(jobs, "start")
    assert all(starts.count(key) == 1 for key in finished)
    assert contents(tmp_path / "tiny-mock-vasp") == contents(tiny / "tiny-mock-vasp")


@pytest.fixture
def snapshot(tmp_path):
    """Made-up total energies in the shape of a snapshot of the Materials Project."""
    pytest.importorskip("pyarrow")
    from workflows.data.snapshots import Entry, LeftOut, Manifest, versions, write_snapshot

    totals = {"Li": -1.9, "Co": -7.1, "O2": -4.9, "P": -5.4, "S": -4.1, "Cl2": -1.8}
    totals |= {"Li2O": -4.8, "CoO": -6.5, "Li2S": -4.0, "Li6PS5Cl": -4.3, "LiCoO2": -5.9}
    rows = [Entry(f"made-{name}", name, energy) for name, energy in totals.items()]

    def write(name="snapshot", scheme="MP GGA/GGA+U, MaterialsProject2020", **changes):
        manifest = Manifest(
            "made up", scheme, "0", "GGA_GGA+U",
            changes.get("quantity", "energy_per_atom"), ("Li-Co-O-P-S-Cl",),
            LeftOut(6, 0, 0, 0, 0), versions(), (),
        )  # fmt: skip
        write_snapshot(tmp_path / name, rows, manifest)
        return str(tmp_path / name)

    return write


def test_vasp_is_referred_to_the_elements_of_a_snapshot(snapshot, toy_csv):
    assert references("vasp", snapshot(), ("Li", "O")) == {"Li": -1.9, "O": -4.9}
    with pytest.raises(InputError, match="no reference energy for Ni"):
        references("vasp", snapshot("other"), ("Li", "Ni"))
    for phases in ("sevennet-l3i5", str(toy_csv)):
        with pytest.raises(InputError, match="must be a snapshot of MP GGA/GGA"):
            references("vasp", phases, ("Li",))
    with pytest.raises(InputError, match="holds formation_energy_per_atom"):
        references("vasp", snapshot("f", quantity="formation_energy_per_atom"), ("Li",))
    with pytest.raises(SchemeMixError, match="MP r2SCAN"):
        references("vasp", snapshot("r", scheme="MP r2SCAN"), ("Li",))


@pytest.mark.parametrize(
    ("environment", "parts"),
    [
        ({"ATOMATE2_VASP_CMD": "no_such_vasp -n 4"}, ("'no_such_vasp'", "mock-vasp")),
        ({"ATOMATE2_VASP_CMD": "true"}, ("PMG_VASP_PSP_DIR", "mock-vasp")),
    ],
)
def test_without_vasp_or_potcars_nothing_starts(tmp_path, snapshot, environment, parts):
    job = one_unit(tmp_path)
    own = {key: value for key, value in os.environ.items() if key != "PMG_VASP_PSP_DIR"}
    done = interfaces(
        "run", job, "--calculator", "vasp", "--phases", snapshot(), "--out", tmp_path / "out",
        env=own | {"HOME": str(tmp_path)} | environment,
    )  # fmt: skip
    refused(done, *parts)
    assert not list((tmp_path / "out").glob("*/flow.json"))


def test_the_mock_never_passes_for_vasp(tmp_path, snapshot):
    """A user whose VASP command is the fake gets no result that looks real."""
    from workflows.calculators.mock.mock_potcars import usual_symbols, write_placeholders

    fake = Path(vasp_relaxations.__file__).parents[1] / "calculators" / "mock" / "vasp_std.py"
    potentials = write_placeholders(tmp_path / "potcars", usual_symbols(["Li", "Co", "O"]))
    command = f"{sys.executable} -S {fake}"
    done = interfaces(
        "run", one_unit(tmp_path), "--calculator", "vasp", "--phases", snapshot(),
        "--out", tmp_path / "out",
        env=os.environ
        | {"HOME": str(tmp_path), "PMG_VASP_PSP_DIR": str(potentials)}
        | {"ATOMATE2_VASP_CMD": command, "ATOMATE2_VASP_GAMMA_CMD": command},
    )  # fmt: skip
    refused(done, "fake", "ATOMATE2_VASP_CMD")
    assert not (tmp_path / "out" / "tiny-vasp").exists()
