"""Names that a user chooses stay where they are put, and nothing of the user's is replaced."""

from __future__ import annotations

import os
import stat

import pytest

from interfaces.errors import InputError
from tests.robustness.parsers import INPUTS, TABLE, extxyz
from tests.workflows.cli.runner import refused
from workflows.io.atomic import write_bytes_atomic
from workflows.io.readers import plain_name
from workflows.io.results import run_folder, write_atomic

pytest.importorskip("ase")
pytestmark = pytest.mark.filterwarnings("ignore")

NAMES = ("..", ".", "../up", "a/b", "/tmp/x", "a\\b", "-x", "--out", ".hidden", "a\0b", "a\nb",
         " a", "a ", "\x1b[31m", "a\u202eb", "x" * 300, "\udcff")  # fmt: skip


def below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_leads_elsewhere_is_no_name(name):
    with pytest.raises(InputError, match="must be a plain folder name"):
        plain_name("run name", name)


def test_names_of_people_are_names():
    for name in ("ncm811", "NCM 811 (new)", "läuft", "a.b", "x" * 180, "~", "$HOME", "a;b", "*"):
        assert plain_name("run name", name) == name


@pytest.mark.parametrize("name", ["..", "../up", "/tmp/x-of-a-test", ".hidden", "a\0b", "-x"])
def test_no_verb_writes_where_a_name_leads(ask, tmp_path, name):
    out = tmp_path / "deep" / "results"
    (tmp_path / "md.extxyz").write_bytes(extxyz(tmp_path)[1])
    job = tmp_path / "j.yaml"
    text = (INPUTS / "ncm811_small.yaml").read_text()
    job.write_text(text)
    before = below(tmp_path)
    run = ("run", job, "--out", out, f"--name={name}")
    refused(ask(*run), "name")
    refused(ask(*run, "--calculator", "mock"), "name")
    moved = ("trajectory", tmp_path / "md.extxyz", "--timestep", "2", "--out", out)
    refused(ask(*moved, f"--name={name}"), "name")
    job.write_text(text.replace("name: ncm811_small", f"name: {name!r}", 1))
    refused(ask("run", job, "--out", out))
    assert below(tmp_path) == before


def test_a_folder_that_no_run_wrote_is_never_replaced(ask, tmp_path, monkeypatch):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.tex").write_text("years")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "md.extxyz").write_bytes(extxyz(tmp_path)[1])
    refused(ask("run", INPUTS / "ncm811_small.yaml", "--out", tmp_path, "--name", "mine"),
            "not an earlier run")  # fmt: skip
    refused(ask("trajectory", "md.extxyz", "--timestep", "2", "--out", ".", "--name", "mine"),
            "analysis")  # fmt: skip
    refused(ask("cell", "--named", "LCO_LPSCl", "--out", mine), "not an earlier run")
    refused(ask("cell", "--named", "LCO_LPSCl", "--out", "."), "not an earlier run")
    refused(ask("cell", "--named", "LCO_LPSCl", "--out", mine / "thesis.tex"), "not an earlier run")
    refused(ask("inputs", "CoO", "--protocol", "zhang2023-bulk", "--out", mine))
    assert below(mine) == ["thesis.tex"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["md.extxyz", "mine"]


def test_an_earlier_run_is_replaced_and_the_folder_that_one_stands_in_is_not(tmp_path, monkeypatch):
    for text in ("1", "2"):
        with run_folder(tmp_path / "run") as folder:
            write_atomic(folder / "provenance.json", text)
    assert (tmp_path / "run" / "provenance.json").read_text() == "2"
    assert below(tmp_path) == ["run", "run/provenance.json"]
    monkeypatch.chdir(tmp_path / "run")
    with (
        pytest.raises(InputError, match="the current folder"),
        run_folder(tmp_path / "run"),
    ):
        pass


@pytest.mark.parametrize(("mask", "file", "folder"), [(0o077, 0o600, 0o700), (0o022, 0o644, 0o755),
                                                      (0o027, 0o640, 0o750)])  # fmt: skip
def test_who_may_read_is_what_the_umask_says(tmp_path, mask, file, folder):
    before = os.umask(mask)
    try:
        write_bytes_atomic(tmp_path / "new" / "x", b"1")
        with run_folder(tmp_path / "run") as place:
            write_atomic(place / "deep" / "summary.json", "{}")
    finally:
        os.umask(before)
    for path in (tmp_path / "new").rglob("*"), (tmp_path / "run").rglob("*"):
        for element in path:
            mode = stat.S_IMODE(element.stat().st_mode)
            assert mode == (folder if element.is_dir() else file), (element, oct(mode))
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == folder


def test_nothing_is_left_of_what_fails(tmp_path):
    def fails():
        with run_folder(tmp_path / "run") as place:
            write_atomic(place / "x", "1")
            raise RuntimeError("on the way")

    with pytest.raises(RuntimeError, match="on the way"):
        fails()
    (tmp_path / "full").mkdir()
    with pytest.raises(InputError, match="folder"):
        write_bytes_atomic(tmp_path / "full", b"1")
    assert below(tmp_path) == ["full"]


# ------------------------------------------------------------------- words of the command line

NUMBERS = ("nan", "inf", "-inf", "1e999", "-1", "0", "1e-320", "1_0", "\uff11", "0x10", "", "one")
WORDS = (
    ("curve", "Li2O", "TiO2", "--open", "Li", "--voltage"),
    ("curve", "Li2O", "TiO2", "--open"), ("curve", "Li2O", "TiO2", "--temperature"),
    ("curve", "Li2O", "TiO2", "--energy"), ("curve", "Li2O", "TiO2", "--exclude"),
    ("curve", "Li2O"), ("window", "--carrier", "Li"), ("window", "Li2TiO3", "--carrier"),
    ("window", "Li2TiO3", "--reference"), ("window", "Li2TiO3", "--sensitivity", "--sigma"),
    ("window", "Li2TiO3", "--sensitivity", "--within"),
    ("window", "Li2TiO3", "--sensitivity", "--seed", "1", "--samples"),
    ("map", "Li2O", "TiO2", "--voltage"), ("curve", "Li2O", "TiO2", "--open", "O", "--gas"),
)  # fmt: skip


@pytest.mark.parametrize("words", WORDS, ids="-".join)
def test_any_word_is_answered_or_refused(ask, words, toy_csv):
    """Status 0 with an answer, or status 2 with one line; never a traceback, never a NaN."""
    more = (*NUMBERS, "O2=nan", "O2=inf", "O2=-1", "Li=nan", "Li=inf", "Li2O=inf", "Li2O=nan",
            "0:inf", "nan:1", "1:0", "In|LiIn", "|", "Ti|...", "TiO2|LiTiO2=nan", "-x", "a\0b",
            "Xx", "LiO" * 60)  # fmt: skip
    for word in more:
        done = (
            ask(*words, f"--phases={toy_csv}", "--json", "--", word)
            if words[-1][:2] != "--"
            else ask(*words[:-1], f"{words[-1]}={word}", f"--phases={toy_csv}", "--json")
        )
        assert done.returncode in (0, 2), (words, word, done)
        if done.returncode:
            refused(done)
        else:
            assert "NaN" not in done.stdout, (words, word)
            assert "Infinity" not in done.stdout, (words, word)


CELL = ("cell", "LiCoO2", "LPSCl", "--facets", "104,100", "--list")


@pytest.mark.parametrize(
    "options",
    [
        ("--thickness=1e9",), ("--thickness=nan",), ("--thickness=inf",), ("--thickness=-1",),
        ("--max-atoms=-1",), ("--max-atoms=0",), ("--max-strain=nan",), ("--max-strain=-1",),
        ("--max-area=nan",), ("--max-area=-1",), ("--min-width=nan",), ("--min-width=1e9",),
        ("--gap=nan",), ("--gap=-5",), ("--vacuum=nan",), ("--vacuum=1e9",), ("--vacuum=-1",),
        ("--shift=nan,0",), ("--match=0",), ("--match=-1",), ("--grid=0,0",),
        ("--grid=100000,100000",), ("--facets=000,000",), ("--facets=99.99.99,1",),
    ],
    ids="".join,
)  # fmt: skip
def test_a_cell_of_no_size_is_refused(ask, tmp_path, options):
    refused(ask("cell", "LiCoO2", "LPSCl", "--facets", "104,100", *options, "--registry=mock",
                "--out", tmp_path / "out"))  # fmt: skip
    assert not list(tmp_path.iterdir())


def test_files_where_folders_are_and_the_reverse(ask, tmp_path, toy_csv):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "x").write_text("mine")
    file = tmp_path / "file"
    file.write_text("mine")
    curve = ("curve", "Li2O", "TiO2", "--phases", toy_csv, "--json")
    before = below(tmp_path)
    for words in (
        (*curve, "--record", folder), (*curve, "--record", file / "x.json"),
        (*curve, "--figure", file / "x.png"), (*curve, "--phases", folder),
        (*curve, "--own", file), ("replay", folder), ("query", file), ("query", folder),
        ("phases", "verify", file), ("phases", "diff", folder, file), ("phases", "own", folder),
        ("run", folder), ("trajectory", folder, "--out", tmp_path), ("status", file),
        ("collect", folder), ("cancel", file), ("doctor", "--site", folder),
        ("inputs", folder, "--protocol", "mp-relax", "--out", tmp_path / "new"),
        ("inputs", "CoO", "--protocol", folder, "--out", tmp_path / "new"),
        ("cell", "--named", folder), ("validate", "--table", folder),
        ("submit", folder, "--to", "local", "--calculator", "mock", "--out", tmp_path),
    ):  # fmt: skip
        refused(ask(*words))
    assert below(tmp_path) == before
    assert TABLE
