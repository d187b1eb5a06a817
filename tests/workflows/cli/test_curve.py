"""The command line on a user's table: output for scripts, and one clear line for each mistake."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from tests.workflows.cli.runner import ROOT, interfaces, refused


def test_json_has_every_basis_with_its_unit(toy_csv):
    done = interfaces("curve", "Li2O", "TiO2", "--phases", toy_csv, "--json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert [r["formula"] for r in data["reactants"]] == ["Li2O", "TiO2"]
    assert data["reactants"][0]["energy_ev_per_atom"] == -2.0
    assert data["reactants"][0]["energy_model"] == "own"
    assert data["reactants"][0]["energy_above_hull_ev_per_atom"] == 0.0
    kink = data["kinks"][1]
    assert kink["mixing_fraction"] == pytest.approx(0.5)
    assert kink["reaction_energy_ev_per_atom"] == pytest.approx(-0.25)
    assert kink["mutual_energy_ev_per_atom"] == pytest.approx(-0.25)
    assert kink["products"] == {"Li2TiO3": 0.5}
    assert data["minimum_total"]["reaction"] == "Li2O + TiO2 -> Li2TiO3"
    assert data["minimum_mutual"]["kind"] == "reaction"
    assert len(data["provenance"]["entries_sha256"]) == 64


def test_csv_has_a_line_per_kink(toy_csv):
    done = interfaces("curve", "Li2O", "TiO2", "--phases", toy_csv, "--csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["reaction"] for row in rows] == [
        "TiO2 -> TiO2", "Li2O + TiO2 -> Li2TiO3", "Li2O -> Li2O",
    ]  # fmt: skip


def test_table_for_a_person_names_both_minima(toy_csv):
    done = interfaces("curve", "Li2O", "TiO2", "--phases", toy_csv, "--energy", "Li2O=-1.9")
    assert "minimum total  -0.3000 eV/atom at x = 0.5000 (reaction)" in done.stdout
    assert "minimum mutual -0.2500 eV/atom" in done.stdout


def test_all_table_formats_agree(toy_csv, tmp_path):
    frame = pd.read_csv(toy_csv)
    frame.to_parquet(tmp_path / "toy.parquet")
    with gzip.open(tmp_path / "toy.csv.gz", "wt") as file:
        file.write(toy_csv.read_text())
    entries = [
        {
            "@module": "pymatgen.entries.computed_entries", "@class": "ComputedEntry",
            "composition": row.formula, "entry_id": row.id, "correction": 0.0,
            "energy": row.formation_energy_per_atom * atoms,
        }
        for row, atoms in zip(frame.itertuples(), (1, 1, 2, 3, 3, 4, 3, 5, 6, 4), strict=True)
    ]  # fmt: skip
    (tmp_path / "toy.json").write_text(json.dumps(entries))
    gathered = set()
    for name in ("toy.csv", "toy.parquet", "toy.csv.gz", "toy.json"):
        path = toy_csv if name == "toy.csv" else tmp_path / name
        done = interfaces("curve", "Li2O", "Ti2O3", "--phases", path, "--csv")
        assert done.returncode == 0, done.stderr
        gathered.add(round(float(list(csv.DictReader(io.StringIO(done.stdout)))[1]
                              ["reaction_energy_ev_per_atom"]), 9))  # fmt: skip
    assert len(gathered) == 1


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("LiFoO2", "TiO2"), ("unknown element 'Fo' in formula 'LiFoO2'",)),
        (("", "TiO2"), ("empty formula",)),
        (("Li0TiO2", "TiO2"), ("zero amount of Li",)),
        (("Li-1TiO2", "TiO2"), ("cannot read formula", "-1TiO2")),
        (("LPSC", "TiO2"), ("no system is named 'LPSC'", "nearest names: LPSCl")),
        (("NCM811@1.2", "TiO2"), ("1.2 is outside 0 to 1",)),
        (("NCM811@abc", "TiO2"), ("'abc' is not a decimal",)),
        (("NCM811@1e-999999999", "TiO2"), ("is not a decimal",)),
        (("Li2O", "TiO2", "--products-include-series"), ("adds nothing",)),
        (("LPSCl@0.5", "TiO2"), ("fixed composition",)),
        (("Li2O", "Li4O2"), ("both reactants are Li2O",)),
        (("Li2O", "ZrO2"), ("no elemental reference for Zr", "interfaces fetch")),
        (("Li4O", "TiO2"), ("no entry for Li4O", "--energy Li4O=hull")),
        (("Li2O", "TiO2", "--energy", "best"), ("'best' is not own, hull",)),
        (("Li2O", "TiO2", "--energy", "nan"), ("'nan' is not own, hull",)),
        (("Li2O", "TiO2", "--energy", "Li=hull"), ("'Li' is not among the reactants",)),
        (("Li2O", "TiO2", "--energy", "calculated"), ("no calculated energy for Li2O",)),
        (("Li2O", "TiO2", "--exclude", "Qq"), ("unknown element 'Q",)),
        (("Li2O", "TiO2", "--json", "--csv"), ("choose one",)),
        (("Li2O", "TiO2", "--figure", "x.gif"), (".pdf",)),
        (("Li2O",), ("Missing argument",)),
        (("Li2O", "TiO2", "--volts", "3"), ("No such option",)),
    ],
)
def test_a_mistake_gets_one_line(toy_csv, arguments, parts):
    refused(interfaces("curve", *arguments, "--phases", toy_csv), *parts)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ("is empty",)),
        ("formula,energy\nLi,0\n", ("has columns formula, energy", "eV/atom")),
        ("formula,energy_per_atom\nLi,zero\n", ("line 2", "'zero', not a number")),
        ("formula,energy_per_atom\nLi,nan\n", ("line 2", "finite number")),
        ("formula,energy_per_atom\nLi\n", ("line 2 has 1 fields where the header has 2",)),
        ("formula,energy_per_atom\nXx2,1\n", ("line 2", "unknown element 'Xx'")),
        ("id,formula,energy_per_atom\na,Li,1\na,O2,2\n", ("id a is Li",)),
        ("formula,energy_per_atom,scheme\nLi,0,A\nO2,0,B\n", ("mixes the schemes A, B",)),
        ("formula,energy_per_atom\n", ("no entries",)),
        ("formula,energy_per_atom\nLi2?,0\n", ("line 2", "formula 'Li2?' cannot be read")),
    ],
)
def test_a_broken_table_gets_one_line(tmp_path, text, parts):
    path = tmp_path / "broken.csv"
    path.write_text(text)
    refused(interfaces("curve", "Li", "O2", "--phases", path), *parts)


def test_a_missing_or_unreadable_file_gets_one_line(tmp_path):
    refused(interfaces("curve", "Li", "O2", "--phases", tmp_path / "no.csv"), "does not exist")
    refused(interfaces("curve", "Li", "O2", "--phases", tmp_path), "is a folder")
    for name, content in (("a.csv.gz", b"\x1f\x8bbroken"), ("b.json", b"{"), ("c.parquet", b"x"),
                          ("d.csv", b"\xff\xfe\xff"), ("e.json", b"[1]"),
                          ("f.json", b"3")):  # fmt: skip
        (tmp_path / name).write_bytes(content)
        refused(interfaces("curve", "Li", "O2", "--phases", tmp_path / name), name)


def test_figure_is_written_whole(toy_csv, tmp_path):
    path = tmp_path / "curve.svg"
    done = interfaces("curve", "Li2O", "TiO2", "--phases", toy_csv, "--figure", path)
    assert done.returncode == 0, done.stderr
    assert path.read_text().rstrip().endswith("</svg>")
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".svg"] == ["curve.svg"]


def test_full_disk_is_one_line_and_leaves_nothing(toy_csv, tmp_path):
    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    target = tmp_path / "out"
    target.mkdir()
    environment = dict(os.environ, MPLCONFIGDIR=str(tmp_path), PYTHONDONTWRITEBYTECODE="1")
    draw = ("curve", "Li2O", "TiO2", "--phases", toy_csv, "--figure")
    interfaces(
        *draw, tmp_path / "warm.png", env=environment
    )  # matplotlib builds its font list once
    done = interfaces(*draw, target / "c.png", preexec_fn=small_files, env=environment)
    refused(done, "no space left to write", "c.png")
    assert list(target.iterdir()) == []
    if Path("/dev/full").exists():
        with open("/dev/full", "w") as full:
            command = [sys.executable, "-m", "workflows.cli", "curve", "Li2O", "TiO2", "--phases"]
            done = subprocess.run(
                [*command, str(toy_csv), "--json"], stdout=full, stderr=subprocess.PIPE, text=True,
                cwd=ROOT, check=False,
            )  # fmt: skip
        assert done.returncode == 2
        assert done.stderr == "interfaces: No space left on device: output\n"


JOB = """name: small
cathode: LTi
lithium: [1.0, 0.5, 0.0]
electrolytes: [Li2O, Ti2O3]
phases: {phases}
energies: [LTi=hull]
"""


@pytest.fixture
def job(toy_csv, tmp_path):
    path = tmp_path / "job.yaml"
    path.write_text(JOB.format(phases=toy_csv).replace("LTi", "LCO"))
    text = toy_csv.read_text() + "co,Co,0.0\ncoo,CoO,-1.2\nlco,LiCoO2,-1.7\ncoo2,CoO2,-1.0\n"
    toy_csv.write_text(text)
    return path


def provenance_model(folder):
    """Energy model of the cathode that the job itself took."""
    reactants = json.loads((folder / "provenance.json").read_text())["reactants"]
    return next(
        reactant["energy_model"] for reactant in reactants if reactant["name"].startswith("LCO")
    )


def test_run_writes_a_whole_folder(job, tmp_path):
    done = interfaces("run", job, "--out", tmp_path / "results")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "results" / "small"
    assert len(list((folder / "curves").glob("*.json"))) == 6
    assert len(list((folder / "curves").glob("*.csv"))) == 6
    drawn = ("panels_Li2O", "panels_Ti2O3", "models_Li2O", "models_Ti2O3", "minima")
    assert {p.name for p in (folder / "figures").iterdir()} == {
        f"{name}{suffix}" for name in drawn for suffix in (".png", ".pdf", ".data.csv")
    }
    models = pd.read_csv(folder / "models.csv")
    own = models[models["model"] == provenance_model(folder)]
    assert own["minimum_total_ev_per_atom"].tolist() == (
        pd.read_csv(folder / "minima.csv")["minimum_total_ev_per_atom"].tolist()
    )
    assert len(set(models["model"])) > 1
    assert len(models) == 6 * len(set(models["model"]))
    minima = pd.read_csv(folder / "minima.csv")
    assert len(minima) == 6
    provenance = json.loads((folder / "provenance.json").read_text())
    assert provenance["job"]["cathode"] == "LCO"
    assert "minimum reaction energy" in done.stdout
    again = interfaces("run", job, "--out", tmp_path / "results")
    assert again.returncode == 0
    assert pd.read_csv(folder / "minima.csv").equals(minima)
    assert {p.name for p in (tmp_path / "results").iterdir()} == {"small", "small.jobs"}


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (("name: small", "name: ../small"), ("plain folder name",)),
        (("lithium: [1.0, 0.5, 0.0]", "lithium: 1"), ("lithium must be a list",)),
        (("lithium: [1.0, 0.5, 0.0]", "lithium: [a]"), ("is not a decimal",)),
        (("cathode: LCO", "cathodes: LCO"), ("unknown key 'cathodes'", "cathode")),
        (("[Li2O, Ti2O3]", "[Li2O, Ti2O3"), ("is not YAML",)),
        (("[Li2O, Ti2O3]", "[Li2O, LiCoO2]"), ("both reactants are LiCoO2",)),
        (("[Li2O, Ti2O3]", "[Xx]"), ("no system is named 'Xx'",)),
    ],
)
def test_a_broken_job_gets_one_line_and_no_folder(job, tmp_path, change, parts):
    job.write_text(job.read_text().replace(*change))
    done = interfaces("run", job, "--out", tmp_path / "results")
    assert done.returncode == 2
    assert done.stderr.count("interfaces: ") == 1
    assert "Traceback" not in done.stderr
    for part in parts:
        assert part in done.stderr
    results = tmp_path / "results"
    assert not results.exists() or list(results.iterdir()) == []


def test_ctrl_c_is_one_line_and_leaves_no_half_run(job, tmp_path):
    out = tmp_path / "results"
    process = subprocess.Popen(
        [sys.executable, "-m", "workflows.cli", "run", str(job), "--out", str(out)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (out.exists() and list(out.iterdir())):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    if process.returncode == 0:
        pytest.skip("the run was finished before the signal came")
    assert process.returncode == 130
    assert "Traceback" not in stderr
    assert "interfaces: stopped; nothing that was finished is lost" in stderr
    assert {path.name for path in out.iterdir()} <= {"small.jobs"}  # finished jobs, no results


def test_missing_job_names_the_bundled_ones(tmp_path):
    refused(interfaces("run", tmp_path / "none.yaml"), "does not exist", "inputs/ncm811.yaml")


def test_help_names_every_verb():
    done = interfaces("--help")
    assert done.returncode == 0
    for verb in ("curve", "phases", "run"):
        assert verb in done.stdout


def test_shells_complete_the_names_of_systems():
    script = Path(sys.executable).with_name("interfaces")
    if not script.is_file():
        pytest.skip("the package is not installed in this environment")
    done = subprocess.run(
        [script], capture_output=True, text=True,
        env=os.environ
        | {"_INTERFACES_COMPLETE": "bash_complete", "COMP_WORDS": "interfaces curve lps",
           "COMP_CWORD": "2"},
    )  # fmt: skip
    completed = set(done.stdout.split())
    assert {"plain,LPS", "plain,LPSCl"} <= completed
    assert all(name.lower().startswith("plain,lps") for name in completed)


def test_energy_against_temperature(tmp_path):
    figure = tmp_path / "t.png"
    pair = ("curve", "LCO", "LPSCl")
    done = interfaces(*pair, "--temperatures", "600,25C", "--figure", figure)
    rows = [line.split() for line in done.stdout.splitlines() if line.strip()[:3] in ("298", "600")]
    assert [row[0] for row in rows] == ["298.15", "600"]
    single = json.loads(interfaces(*pair, "--temperature", "600", "--json").stdout)
    lowest = single["minimum_mutual"]["mutual_energy_ev_per_atom"]
    assert float(rows[1][3]) == pytest.approx(lowest, abs=5e-5)
    with figure.with_name("t.data.csv").open() as file:
        drawn = [row for row in csv.DictReader(file) if row["series"] == "minimum mutual"]
    assert [float(row["x"]) for row in drawn] == [298.15, 600]
    assert float(drawn[1]["y"]) == pytest.approx(lowest)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--json",),
        (),
        ("--figure", "t.png", "--temperature", "600"),
        ("--figure", "t.png", "--csv"),
    ],
)
def test_energy_against_temperature_is_a_figure(arguments, tmp_path):
    arguments = [tmp_path / text if text == "t.png" else text for text in arguments]
    done = interfaces("curve", "LCO", "LPSCl", "--temperatures", "300,600", *arguments)
    refused(done, "--temperatures")
    assert not list(tmp_path.iterdir())
