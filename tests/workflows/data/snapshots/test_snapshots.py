"""Snapshots: written whole, read checked, compared."""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("pyarrow")
import pyarrow.parquet as parquet

from interfaces.chemistry.formulas import ATOMIC_MASS, symbols_in
from interfaces.errors import InputError, MissingElementError
from interfaces.phases.phase_set import PhaseSet
from tests.conftest import TOY
from workflows.analyses.compare_phase_sets import changed_results
from workflows.data.snapshots import (
    Entry,
    LeftOut,
    Manifest,
    is_snapshot,
    read_entries,
    read_manifest,
    read_snapshot,
    verify,
    versions,
    write_snapshot,
)
from workflows.data.snapshots.diff import diff
from workflows.data.snapshots.manifest import MASKS
from workflows.io.checksums import parse_checked, with_checksum

ROOT = Path(__file__).resolve().parents[4]
ENTRIES = [Entry(i, formula, energy, 0.0, "GGA", volume_per_atom=9.5) for i, formula, energy in TOY]
MANIFEST = Manifest(
    "a test", "made up", "2026.10.01", "GGA_GGA+U", "formation_energy_per_atom", ("Li-O-Ti",),
    LeftOut(3, 1, 5, 1, 2, formulas=("LiTiO2",)), versions("pyarrow", "no-such-thing"), ("a note",),
)  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    write_snapshot(tmp_path / "snap", ENTRIES, MANIFEST)
    return tmp_path / "snap"


def test_what_is_written_comes_back(folder, toy):
    manifest, entries = read_entries(folder)
    assert list(entries.values()) == sorted(ENTRIES, key=lambda e: e.id)
    assert manifest == verify(folder) == read_manifest(folder)
    assert replace(manifest, created="", entries=0, sha256="") == MANIFEST
    assert manifest.created.endswith("+00:00")
    assert manifest.versions["no-such-thing"] == "not installed"
    phases = read_snapshot(folder)
    assert isinstance(phases, PhaseSet)
    assert sorted(phases.ids) == sorted(toy.ids)
    assert phases.scheme == "made up"
    assert phases.hull_energy("Li2TiO3") == toy.hull_energy("Li2TiO3")
    assert phases.volumes is not None
    assert set(phases.volumes) == {9.5}
    assert phases.source == f"snap (a test, 2026.10.01, sha256 {manifest.sha256[:12]})"
    assert phases.notes[0] == "a note"
    assert phases.notes[1] == (
        "1 sub-systems of more than 3 elements are left out; of their 5 compounds 1 lie on the "
        "hull and 2 more within 0.05 eV/atom of it: LiTiO2."
    )


def test_a_snapshot_of_before_the_flag_is_read(folder):
    table = parquet.read_table(folder / "entries.parquet").drop_columns(["theoretical"])
    parquet.write_table(table, folder / "entries.parquet")
    packed = (folder / "entries.parquet").read_bytes()
    data, _ = parse_checked((folder / "manifest.json").read_bytes())
    data["sha256"] = hashlib.sha256(packed).hexdigest()
    (folder / "manifest.json").write_text(with_checksum(json.dumps(data)))
    _, entries = read_entries(folder)
    assert list(entries.values()) == sorted(ENTRIES, key=lambda e: e.id)
    assert read_snapshot(folder).theoretical == {}


def test_equal_entries_give_equal_bytes(folder, tmp_path):
    shuffled = random.Random(1).sample(ENTRIES, len(ENTRIES))
    write_snapshot(tmp_path / "other", shuffled, MANIFEST)
    assert read_manifest(tmp_path / "other").sha256 == read_manifest(folder).sha256


def test_elements_restrict_before_a_formula_is_read(tmp_path):
    """Every pair of elements, against the plain way: the bits name the right element."""
    chance = random.Random(7)
    symbols = list(ATOMIC_MASS)
    entries = [Entry(f"e{s}", s, 0.0) for s in symbols]
    entries += [
        Entry(f"{n}", "".join(chance.sample(symbols, chance.randint(2, 5))), -1.0)
        for n in range(500)
    ]
    write_snapshot(tmp_path / "all", entries, Manifest("test", "made up"))
    for _ in range(20):
        wanted = set(chance.sample(symbols, 30))
        expected = {e.id for e in entries if symbols_in(e.formula) <= wanted}
        assert set(read_snapshot(tmp_path / "all", wanted).ids) == expected
    with pytest.raises(InputError, match="unknown element 'Qq'"):
        read_snapshot(tmp_path / "all", ["Li", "Qq"])


def test_a_question_over_other_elements_is_told_what_to_fetch(folder):
    assert len(read_snapshot(folder, ["Li", "O"])) == 5
    with pytest.raises(InputError, match="covers Li-O-Ti, without S; fetch Li-O-S"):
        read_snapshot(folder, ["Li", "O", "S"])


def test_an_element_without_entry_is_missed_by_the_set(tmp_path):
    write_snapshot(tmp_path / "snap", ENTRIES, replace(MANIFEST, chemical_systems=()))
    with pytest.raises(MissingElementError, match="no elemental reference for S"):
        read_snapshot(tmp_path / "snap", ["Li", "S"]).pool(["Li", "S"])


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda b: b[: len(b) // 2], "not as it was written .* truncated or edited; fetch"),
        (lambda b: b"", "of 0 bytes"),
        (lambda b: b[:100] + bytes([b[100] ^ 1]) + b[101:], "not as it was written"),
    ],
)
def test_a_damaged_table_gets_one_line(folder, damage, said):
    path = folder / "entries.parquet"
    path.write_bytes(damage(path.read_bytes()))
    for read in (verify, read_snapshot, read_entries):
        with pytest.raises(InputError, match=said) as caught:
            read(folder)
        assert "\n" not in str(caught.value)


def unsealed(path):
    """A manifest as earlier versions wrote it: nothing but its values tells it from a good one."""
    return parse_checked(path.read_bytes())[0] | {"format": 1}


def test_a_missing_file_gets_one_line(folder, tmp_path):
    (folder / "entries.parquet").unlink()
    with pytest.raises(InputError, match=r"no readable entries.parquet: No such file"):
        verify(folder)
    (folder / "manifest.json").unlink()
    with pytest.raises(InputError, match=r"is not a snapshot: it has no manifest.json"):
        verify(folder)
    with pytest.raises(InputError, match="is not a snapshot"):
        read_snapshot(tmp_path / "nowhere")
    assert not is_snapshot(folder)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda d: d.update(entries=3), "has 10 entries where its manifest says 3"),
        (lambda d: d.update(quantity="energy_per_atom"), "lacks energy_per_atom"),
        (lambda d: d.update(format=9), "has format 9"),
        (lambda d: d.pop("sha256"), "not as it was written|cannot be read"),
        (lambda d: d.pop("format"), "lacks format"),
        (lambda d: d.update(more=1), "unknown key 'more'"),
    ],
)
def test_an_edited_manifest_gets_one_line(folder, edit, said):
    path = folder / "manifest.json"
    data = unsealed(path)
    edit(data)
    path.write_text(json.dumps(data))
    with pytest.raises(InputError, match=said):
        verify(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"text"', "\x00"])
def test_a_manifest_that_is_none_gets_one_line(folder, text):
    (folder / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=r"manifest.json (cannot be read|is not JSON)"):
        read_manifest(folder)


def test_a_table_that_is_no_table_of_ours_gets_one_line(folder):
    import hashlib

    path = folder / "entries.parquet"
    for content, said in ((b"PAR1 no table", "cannot be read"), (None, f"lacks {MASKS[0]}")):
        if content is None:
            table = parquet.read_table(folder.parent / "kept.parquet")
            parquet.write_table(table.drop_columns([MASKS[0]]), path)
        else:
            path.rename(folder.parent / "kept.parquet")
            path.write_bytes(content)
        data = unsealed(folder / "manifest.json")
        data["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        (folder / "manifest.json").write_text(json.dumps(data))
        with pytest.raises(InputError, match=said):
            verify(folder)


# ---------------------------------------------------------------------- writing


def test_rows_that_cannot_stand_together_write_nothing(tmp_path):
    with pytest.raises(InputError, match="no entries for the snapshot"):
        write_snapshot(tmp_path / "snap", [], MANIFEST)
    with pytest.raises(InputError, match="id li has two entries"):
        write_snapshot(tmp_path / "snap", [*ENTRIES, Entry("li", "Li", -1.0)], MANIFEST)
    with pytest.raises(InputError, match="unknown element 'Xx'"):
        write_snapshot(tmp_path / "snap", [Entry("x", "Xx2", -1.0)], MANIFEST)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_no_snapshot_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    for _ in range(2):
        with pytest.raises(InputError, match=r"holds thesis.txt, which is not part of a snapshot"):
            write_snapshot(tmp_path / "mine", ENTRIES, MANIFEST)
        (tmp_path / "mine/manifest.json").write_text("{}")  # not even then
    with pytest.raises(InputError, match="cannot be a snapshot: Not a directory"):
        write_snapshot(tmp_path / "mine/thesis.txt", ENTRIES, MANIFEST)
    assert (tmp_path / "mine/thesis.txt").read_text() == "years of work"


def test_an_earlier_snapshot_stays_until_the_new_one_is_complete(folder, monkeypatch):
    before = read_manifest(folder)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limit[1]))
    try:
        with pytest.raises(InputError, match=r"no space left to write .*make room"):
            write_snapshot(folder, ENTRIES[:3], MANIFEST)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert verify(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["snap"]
    write_snapshot(folder, ENTRIES[:3], MANIFEST)
    assert verify(folder).entries == 3
    assert [path.name for path in folder.parent.iterdir()] == ["snap"]


def test_a_folder_that_may_not_be_written_gets_one_line(tmp_path, monkeypatch):
    def forbidden(*arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "rename", forbidden)
    with pytest.raises(InputError, match=r"cannot write .*: Permission denied; give another place"):
        write_snapshot(tmp_path / "snap", ENTRIES, MANIFEST)
    assert not list(tmp_path.iterdir())


def test_many_writers_of_one_snapshot_do_no_harm(tmp_path):
    target, failures = tmp_path / "snap", []

    def write():
        try:
            for _ in range(15):
                write_snapshot(target, ENTRIES, MANIFEST)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert verify(target).entries == len(ENTRIES)
    assert [path.name for path in tmp_path.iterdir()] == ["snap"]


def test_a_snapshot_reads_without_the_packages_that_fetched_it(folder):
    script = (
        "import sys\n"
        "class Absent:\n"
        "    names = {'mp_api', 'emmet', 'tenacity', 'pooch', 'requests', 'pandas', 'pymatgen',\n"
        "             'rich', 'yaml', 'boto3'}\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in self.names:\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        "from workflows.data.snapshots import read_snapshot\n"
        "print(len(read_snapshot(sys.argv[1], ['Li', 'O'])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, cwd=ROOT
    )
    assert (done.stdout, done.stderr) == ("5\n", "")


# ---------------------------------------------------------------------- comparing


def changed(tmp_path, folder):
    entries = [e for e in ENTRIES if e.id != "ti2o3"]
    at = next(i for i, e in enumerate(entries) if e.id == "li2tio3")
    entries[at] = replace(entries[at], energy=-2.65, correction_per_atom=0.03)
    at = next(i for i, e in enumerate(entries) if e.id == "li2o-b")
    entries[at] = replace(entries[at], energy=-2.2)
    entries.append(Entry("new", "Li4Ti5O12", -2.95))
    later = replace(MANIFEST, database_version="2026.11.20", scheme="made up anew")
    write_snapshot(tmp_path / "later", entries, later)
    return tmp_path / "later"


def test_a_difference_names_what_moved_and_by_how_much(folder, tmp_path):
    changes = diff(folder, changed(tmp_path, folder))
    assert [e.id for e in changes.added] == ["new"]
    assert [e.id for e in changes.removed] == ["ti2o3"]
    assert [(m.id, round(m.change, 6)) for m in changes.moved] == [
        ("li2o-b", -0.3),
        ("li2tio3", 0.1),
    ]
    assert changes.moved[1].correction == 0.03  # the rest is another calculation
    assert changes.unchanged == 7
    assert changes.notes == (
        "scheme: made up -> made up anew", "database version: 2026.10.01 -> 2026.11.20",
    )  # fmt: skip
    same = diff(folder, folder)
    assert (same.added, same.removed, same.moved, same.notes) == ((), (), (), ())


def test_energies_of_two_quantities_are_not_compared(folder, tmp_path):
    write_snapshot(tmp_path / "total", ENTRIES, replace(MANIFEST, quantity="energy_per_atom"))
    changes = diff(folder, tmp_path / "total")
    assert (changes.moved, changes.unchanged) == ((), 0)
    assert changes.notes == ("quantity: formation_energy_per_atom -> energy_per_atom",)


def test_results_that_moved_come_largest_first(folder, tmp_path):
    old, new = read_snapshot(folder), read_snapshot(changed(tmp_path, folder))
    pairs = [("Li2O", "TiO2"), ("Li", "TiO2"), ("Li2O", "Ti2O3")]
    lost, first, second = changed_results(old, new, pairs)
    assert lost.pair == ("Li2O", "Ti2O3")
    assert lost.change is None
    assert "no entry for Ti2O3" in lost.notes[0]
    assert abs(first.change) >= abs(second.change)
    both = {r.pair: r for r in (first, second)}[("Li2O", "TiO2")]
    assert both.old_total == pytest.approx(-0.25)
    assert both.old_reaction == "Li2O + TiO2 -> Li2TiO3"
    assert both.change == pytest.approx(both.new_total - both.old_total)
