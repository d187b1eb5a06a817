"""The keyless data set: its shape, read from a small file made by hand."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytest.importorskip("pyarrow")

from interfaces.errors import InputError
from workflows.data import matbench
from workflows.data.matbench import fetch_matbench, read_matbench
from workflows.data.snapshots import read_snapshot, verify


def structure(symbols, edge=3.0, **lattice):
    """As pymatgen's ``Structure.as_dict`` writes it."""
    return {
        "@module": "pymatgen.core.structure", "@class": "Structure", "charge": None,
        "lattice": {
            "matrix": [[edge, 0.0, 0.0], [0.0, edge, 0.0], [0.0, 1.0, edge]],
            "a": edge, "volume": edge**3,
        } | lattice,
        "sites": [
            {
                "species": [{"element": s, "occu": 1}], "abc": [0, 0, 0], "xyz": [0, 0, 0],
                "label": s, "properties": {},
            }
            for s in symbols
        ],
    }  # fmt: skip


ROWS = [
    [structure(["Li"]), 0.0],
    [structure(["O"] * 2), 0.0],
    [structure(["Li", "Li", "O"]), -2.0],
    [structure(["O", "Li", "O", "Co"], edge=4.0), -1.7],
    [structure(["Co"]), 0],
    [structure(["O", "O", "Li", "Co", "Li", "Co", "O", "O"], edge=5.0), -1.6],
]


def split(rows=ROWS, **more):
    return more | {
        "columns": ["structure", "e_form"],
        "index": list(range(len(rows))),
        "data": rows,
    }


@pytest.fixture
def packed(tmp_path):
    path = tmp_path / "small.json.gz"
    path.write_bytes(gzip.compress(json.dumps(split()).encode()))
    return path


@pytest.mark.parametrize("chunk", [7, 100, 1 << 22])
def test_rows_are_read_as_they_stream_by(packed, tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(matbench, "CHUNK", chunk)
    entries = list(read_matbench(packed))
    assert [e.id for e in entries][:2] == ["mb-e-form-000001", "mb-e-form-000002"]
    assert [e.formula for e in entries] == ["Li", "O2", "Li2O", "LiCoO2", "Co", "LiCoO2"]
    assert entries[3].energy == -1.7
    assert (entries[3].n_atoms, entries[3].volume_per_atom) == (4, 16.0)
    plain = tmp_path / "plain.json"
    plain.write_text(json.dumps(split(), indent=1))
    assert list(read_matbench(plain)) == entries


def test_the_volume_comes_from_the_vectors_where_it_is_not_stored():
    lattice = structure(["Li"])["lattice"]
    del lattice["volume"]
    assert matbench._volume(lattice) == pytest.approx(27.0)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"columns": []}, 'no list "data"'),
        (split([[1, 2]]), "row 1 holds no structure and energy"),
        (split([[{"sites": []}, 1.0]]), "row 1 holds no structure and energy"),
        (split([*ROWS, [structure(["Li", "D"]), 1.0]]), "row 7 .* 1 atoms of D"),
    ],
)
def test_a_file_of_another_shape_gets_one_line(tmp_path, data, said):
    path = tmp_path / "other.json"
    path.write_text(json.dumps(data))
    with pytest.raises(InputError, match=said) as caught:
        list(read_matbench(path))
    assert "\n" not in str(caught.value)


def test_a_file_cut_short_gets_one_line(packed, tmp_path):
    text = json.dumps(split())
    (tmp_path / "half.json").write_text(text[: len(text) // 2])
    with pytest.raises(InputError, match="is cut short; download it again"):
        list(read_matbench(tmp_path / "half.json"))
    packed.write_bytes(packed.read_bytes()[:-30])
    with pytest.raises(InputError, match=r"cannot read .*small.json.gz after row"):
        list(read_matbench(packed))
    with pytest.raises(InputError, match=r"cannot read .*none.json after row 0: .*No such file"):
        list(read_matbench(tmp_path / "none.json"))


@pytest.fixture
def served(packed, monkeypatch):
    pytest.importorskip("pooch")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    handler = partial(Handler, directory=str(packed.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}/"
        http.shutdown()


def test_the_pinned_file_becomes_a_snapshot_of_its_own_scheme(packed, served, tmp_path):
    digest = hashlib.sha256(packed.read_bytes()).hexdigest()
    url = f"{served}{packed.name}"
    folder = fetch_matbench(
        tmp_path / "mb", url=url, sha256=digest, cache=tmp_path / "cache", progress=False
    )
    manifest = verify(folder)
    assert manifest.quantity == "formation_energy_per_atom"
    assert (manifest.entries, manifest.chemical_systems) == (6, ())
    phases = read_snapshot(folder, ["Li", "O"])
    assert phases.scheme == "MP legacy 2019 (matbench_mp_e_form)"
    assert phases.hull_energy("Li2O") == -2.0
    packed.unlink()  # from now on from the cache
    fetch_matbench(
        tmp_path / "mb2", url=url, sha256=digest, cache=tmp_path / "cache", progress=False
    )
    assert (tmp_path / "mb2/entries.parquet").read_bytes() == (
        folder / "entries.parquet"
    ).read_bytes()


def test_another_file_or_none_is_refused(packed, served, tmp_path):
    cache = tmp_path / "cache"
    with pytest.raises(InputError, match="is not the pinned file"):
        fetch_matbench(tmp_path / "mb", url=f"{served}{packed.name}", cache=cache, progress=False)
    with pytest.raises(InputError, match=r"cannot download .*none.json.gz .*HTTPError"):
        fetch_matbench(tmp_path / "mb", url=f"{served}none.json.gz", cache=cache, progress=False)
    assert not (tmp_path / "mb").exists()
    assert not [path for path in cache.rglob("*") if path.is_file()]


def test_structures_are_never_built(packed):
    script = (
        "import sys\nfrom workflows.data.matbench import read_matbench\n"
        "assert len(list(read_matbench(sys.argv[1]))) == 6\n"
        "sys.exit('pandas' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[3]
    subprocess.run([sys.executable, "-c", script, str(packed)], check=True, cwd=root)
