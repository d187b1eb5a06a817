"""From a key to an offline answer: fetch, look at it, compare it, add own results, replay."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

pytest.importorskip("mp_api")
pytest.importorskip("pyarrow")

from tests.fake_mp_api import KEY, FakeServer, made_up, texts_below
from tests.workflows.cli.runner import ROOT, interfaces, refused

SYSTEM = "Li-O-S"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def fetched(tmp_path_factory, home):
    """A snapshot that the command line fetched, and what it printed."""
    out = tmp_path_factory.mktemp("data") / "snapshot"
    with FakeServer(made_up(SYSTEM.split("-")), key=KEY) as server:
        env = os.environ | {
            "MP_API_KEY": KEY,
            "MP_API_ENDPOINT": server.endpoint,
            "NO_PROXY": "127.0.0.1",
            "HOME": str(home),
        }
        done = interfaces("fetch", SYSTEM, "--out", out, env=env)
    assert done.returncode == 0, done.stderr
    return out, done


def test_fetch_says_what_it_wrote_and_never_the_key(fetched, home):
    out, done = fetched
    assert "MP GGA/GGA+U, MaterialsProject2020" in " ".join(done.stdout.split())
    assert "chemical systems: Li-O-S" in done.stdout
    assert KEY not in done.stdout + done.stderr
    for folder in (out.parent, home):
        assert all(KEY.encode() not in text for text in texts_below(folder))


def test_a_snapshot_answers_offline(fetched, tmp_path):
    out, _ = fetched
    offline = {k: v for k, v in os.environ.items() if not k.startswith("MP_")}
    record = tmp_path / "record.json.gz"
    done = interfaces(
        "curve", "Li2O", "SO", "--phases", out, "--energy", "hull", "--json", "--record", record,
        env=offline,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert data["scheme"] == "MP GGA/GGA+U, MaterialsProject2020"
    again = interfaces("replay", record, env=offline)
    assert again.returncode == 0
    assert "equal: 1 of 1" in again.stdout


def test_verify_and_show(fetched):
    out, _ = fetched
    assert "entries, checksums agree" in interfaces("phases", "verify", out).stdout
    assert "database" in interfaces("phases", out).stdout


def test_a_damaged_snapshot_is_refused_by_every_verb(fetched, tmp_path):
    copy = tmp_path / "damaged"
    shutil.copytree(fetched[0], copy)
    table = copy / "entries.parquet"
    data = bytearray(table.read_bytes())
    data[len(data) // 2] ^= 1
    table.write_bytes(data)
    refused(interfaces("phases", "verify", copy), "entries.parquet")
    refused(interfaces("curve", "Li2O", "S", "--phases", copy), "entries.parquet")


def test_diff_lists_what_moved_and_what_that_does_to_a_pair(fetched, tmp_path):
    old, _ = fetched
    newer = tmp_path / "newer"
    documents = made_up(SYSTEM.split("-"))
    moved = next(d for d in documents if d["nelements"] == 3)
    moved["energy_per_atom"] -= 0.5
    for entry in moved["entries"].values():
        entry["energy"] -= 0.5 * moved["nsites"]
    with FakeServer(documents, key=KEY) as server:
        env = os.environ | {"MP_API_KEY": KEY, "MP_API_ENDPOINT": server.endpoint}
        assert interfaces("fetch", SYSTEM, "--out", newer, env=env).returncode == 0
    done = interfaces("phases", "diff", old, newer, "--pair", "Li2O,SO2")
    assert done.returncode == 0, done.stderr
    assert "0 entries added, 0 removed, 1 moved" in done.stdout
    assert "-0.5000" in done.stdout
    assert "Li2O | SO2" in done.stdout
    same = interfaces("phases", "diff", old, old)
    assert "0 moved" in same.stdout


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("fetch",), ("give a chemical system such as Li-Co-O, or --matbench",)),
        (("fetch", "Li-O", "--matbench"), ("give a chemical system such as Li-Co-O",)),
        (("fetch", "Li-Xx"), ("Xx",)),
        (("fetch", "Li-O", "--parallel", "9"), ("parallel 9 is outside 1 to 4",)),
        (("phases", "verify", "nothing"), ("nothing is not a snapshot",)),
        (("phases", "diff", "nothing", "nothing"), ("nothing is not a snapshot",)),
        (("phases", "own", "nothing"), ("nothing",)),
        (("phases", "nothing"), ("does not exist",)),
    ],
)
def test_a_mistake_gets_one_line(arguments, parts, tmp_path):
    env = {k: v for k, v in os.environ.items() if k not in ("MP_API_KEY", "PMG_MAPI_KEY")}
    refused(interfaces(*arguments, env=env | {"HOME": str(tmp_path)}), *parts)


def test_no_key_is_said_with_the_way_that_needs_none(tmp_path):
    env = {k: v for k, v in os.environ.items() if k not in ("MP_API_KEY", "PMG_MAPI_KEY")}
    done = interfaces("fetch", "Li-O", "--out", tmp_path / "x", env=env | {"HOME": str(tmp_path)})
    refused(done, "MP_API_KEY", "fetch --matbench")
    assert not (tmp_path / "x").exists()


OWN = [("Li", 1, -1.9), ("O2", 2, -9.86), ("Li2O", 3, -14.3)]


def own_entries(path, **changes):
    """Entries of a made-up PBE run as pymatgen writes them; energies in eV per formula unit."""
    amounts = {"Li": {"Li": 1}, "O2": {"O": 2}, "Li2O": {"Li": 2, "O": 1}}
    entries = [
        {
            "@module": "pymatgen.entries.computed_entries", "@class": "ComputedEntry",
            "entry_id": f"own-{name}", "energy": energy, "composition": amounts[name],
            "correction": 0.0, "data": {"oxide_type": "oxide"},
            "parameters": {
                "run_type": "GGA", "hubbards": {},
                "potcar_symbols": [
                    f"PBE {'Li_sv' if symbol == 'Li' else symbol}" for symbol in amounts[name]
                ],
            } | changes,
        }
        for name, _, energy in OWN
    ]  # fmt: skip
    path.write_text(json.dumps(entries))
    return path


def test_own_entries_are_shown_with_their_corrections(tmp_path):
    done = interfaces("phases", "own", own_entries(tmp_path / "own.json"), env=wide())
    assert done.returncode == 0, done.stderr
    assert "oxide: 1 x -0.687" in done.stdout


def test_own_entries_join_the_hull_of_their_scheme(toy_csv, tmp_path):
    own = own_entries(tmp_path / "own.json")
    table = ["--phases", toy_csv, "--scheme", "MP GGA/GGA+U, MaterialsProject2020"]
    alone = interfaces("curve", "Li", "O2", *table, "--json")
    joined = interfaces("curve", "Li", "O2", *table, "--own", own, "--json")
    assert joined.returncode == 0, joined.stderr
    energies = [
        json.loads(d.stdout)["minimum_total"]["reaction_energy_ev_per_atom"]
        for d in (alone, joined)
    ]
    # Li2O by own energies: -14.3 - 0.687 + 2 x 1.9 + 9.86 / 2 = -6.257 eV, below the set's -6 eV.
    assert energies == pytest.approx([-2.0, -6.257 / 3], abs=1e-3)
    provenance = json.loads(joined.stdout)["provenance"]
    assert "3 own entries" in provenance["phase_set"]
    assert "MaterialsProject2020" in provenance["energies"]


def test_the_notes_of_phases_own_appear_with_a_result(toy_csv, tmp_path):
    own = own_entries(tmp_path / "own.json", ENMAX=400)
    arguments = ("curve", "Li", "O2", "--phases", toy_csv, "--scheme",
                 "MP GGA/GGA+U, MaterialsProject2020", "--own", own)  # fmt: skip
    assert "cut-off" in interfaces("phases", "own", own, env=wide()).stdout
    assert "cut-off" in interfaces(*arguments, env=wide()).stdout
    assert "cut-off" in interfaces(*arguments, "--json").stdout


def test_own_entries_of_another_functional_are_refused(toy_csv, tmp_path):
    own = own_entries(tmp_path / "own.json", run_type="R2SCAN")
    done = interfaces(
        "curve", "Li", "O2", "--phases", toy_csv, "--own", own,
        "--scheme", "MP GGA/GGA+U, MaterialsProject2020",
    )  # fmt: skip
    refused(done, "own-Li")


def test_own_dft_joins_the_surrogate_only_on_request(tmp_path):
    own = own_entries(tmp_path / "own.json")
    refused(interfaces("curve", "Li", "O2", "--own", own), "surrogate for DFT")
    done = interfaces("curve", "Li", "O2", "--own", own, "--mix-schemes", "--json")
    assert done.returncode == 0, done.stderr
    assert "mixed on request" in json.loads(done.stdout)["scheme"]


def wide():
    return os.environ | {"COLUMNS": "250"}


@pytest.mark.parametrize(
    ("module", "arguments", "extra"),
    [
        ("pyarrow", ("phases", "table.parquet"), "pip install 'interface-stability'"),
        ("mp_api", ("fetch", "Li-O"), "pip install 'interface-stability'"),
    ],
)
def test_a_library_that_is_not_installed_is_named(tmp_path, module, arguments, extra):
    (tmp_path / "table.parquet").write_bytes(b"PAR1")
    blocked = (
        f"import sys\nsys.modules[{module!r}] = None\n"
        "from workflows.cli import main\nmain(sys.argv[1:])"
    )
    done = subprocess.run(
        [sys.executable, "-c", blocked, *arguments],
        capture_output=True, text=True, cwd=tmp_path, timeout=120,
        env=os.environ | {"MP_API_KEY": KEY, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    refused(done, f"needs {module}", extra)
