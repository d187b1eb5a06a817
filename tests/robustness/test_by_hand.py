"""Inputs made to do harm, one by one: each is refused in one line, in little memory, at once."""

from __future__ import annotations

import gzip
import json
import os
import sys
from pathlib import Path

import pytest

from interfaces.chemistry.formulas import Formula
from interfaces.errors import FormulaError, InputError, InterfaceError
from tests.robustness.conftest import MB, memory_of
from tests.robustness.parsers import POSCAR, SUBMISSION, TABLE, parsers, structured
from tests.robustness.test_parsers import Hang, watched
from tests.workflows.cli.runner import refused
from workflows.io import readers as disk
from workflows.io.readers import read_json, read_text, read_yaml

pytest.importorskip("ase")
pytest.importorskip("pyarrow")
pytestmark = pytest.mark.filterwarnings("ignore")

FILES = [parser for parser in parsers() if parser.file]
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 10)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def refuses(parser, path):
    """What the reader says where it refuses; nothing where it does not."""
    try:
        with watched():
            parser.read(path)
    except InterfaceError as error:
        return " ".join(str(error).split())
    except OSError as error:  # the command line makes one line of it
        return str(error)
    return ""


# ------------------------------------------------------------ what any reader may be handed


@pytest.mark.parametrize("parser", FILES, ids=lambda item: item.name.replace(" ", "-"))
def test_no_reader_is_content_with_what_is_no_file_of_its_kind(parser, tmp_path):
    path = tmp_path / parser.file
    for content in (b"", b"\0" * 100, b"\xff\xfe\x00", b"\xef\xbb\xbf", b"\r\n" * 9, b"{" * 3000):
        path.write_bytes(content)
        message = refuses(parser, path)
        # any line may be a name, and its pairs get an error row
        assert message or (parser.name == "list" and content.strip()), content[:20]
    path.unlink()
    path.mkdir()
    assert refuses(parser, path) or parser.name in ("submission", "flow of a run"), "a folder"
    path.rmdir()
    path.symlink_to(path)
    assert refuses(parser, path) or parser.name in ("submission", "flow of a run"), "a circle"
    path.unlink()
    os.mkfifo(path)  # a reader that opens it waits for ever
    assert refuses(parser, path) or parser.name in ("submission", "flow of a run"), "a pipe"


@pytest.mark.parametrize("parser", FILES, ids=lambda item: item.name.replace(" ", "-"))
def test_a_thousand_times_its_size_is_not_unpacked(parser, tmp_path, bomb):
    path = tmp_path / parser.file
    path.write_bytes(bomb())
    if ".gz" not in path.suffixes and path.suffix not in (".parquet", ".traj"):
        (tmp_path / f"{parser.file}.gz").write_bytes(bomb(b" ", POSCAR.encode()))
    with memory_of(200):
        for item in tmp_path.iterdir():
            message = refuses(parser, item)
            assert message, item
            assert "MemoryError" not in message


def test_a_pipe_is_refused_by_name_too(tmp_path):
    os.mkfifo(tmp_path / "x")
    with pytest.raises(InputError, match="no regular file"), watched():
        read_text(tmp_path / "x")


def test_what_text_can_really_be_is_unpacked(tmp_path):
    """The bound is on what no text packs to: the most monotonous table there is passes."""
    rows = "Li2O,-2.000000\n" * 200_000
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(("formula,energy\n" + rows).encode(), 6))
    assert len(read_text(tmp_path / "t.csv.gz")) > 2 * MB
    (tmp_path / "more").write_bytes(gzip.compress(b"\0" * (disk.ALWAYS + 1)))
    with pytest.raises(InputError, match="unpacks to more than 16 MB"):
        read_text(tmp_path / "more")


def test_a_mark_of_order_before_a_table_is_passed_over(tmp_path):
    from workflows.data.phase_sets import read_phases

    (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbf" + TABLE.replace("\n", "\r\n").encode())
    assert len(read_phases(tmp_path / "t.csv")) == len(TABLE.splitlines()) - 1


# ----------------------------------------------------------------------------- JSON and YAML


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[" * 100_000 + "]" * 100_000, "too deep"),
        ('{"a":' * 50_000 + "1" + "}" * 50_000, "too deep"),
        ("9" * 10_000, "not JSON"),
        ("[1, 2", "not JSON"),
        ('"\\ud800', "not JSON"),
    ],
)
def test_json_that_is_none(tmp_path, text, part):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(InputError, match=part), memory_of(300), watched():
        read_json(tmp_path / "x.json")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (LAUGHS, "aliases are not taken"),
        ("a: &a [*a]", "aliases are not taken"),
        ("a: &x 1\nb: *x", "aliases are not taken"),
        ("[" * 10_000, "not YAML|too deep"),
        ("a:\n" + "".join(" " * k + "-\n" for k in range(1, 60)), "nested more than 32"),
        ("- " * 5_000, "not YAML|deep"),
        ("a: 1\na: 2", "is repeated"),
        ("? [a, b]\n: 1", "a key must be a word"),
        ("a: !!python/object/apply:os.system [touch OWNED]", "not YAML"),
        ("!!python/object/new:os.system [touch OWNED]", "not YAML"),
        ("a: !!python/name:os.system", "not YAML"),
        ("a: 2020-13-45", "not YAML"),
        ("a: " + "9" * 10_000, "not YAML"),
        ("a: 1\n---\nb: 2", "not YAML"),
        ("a: 1\n" * 300_000, "more than 1 MB"),
        ("a: \x07", "not YAML"),
    ],
)
def test_yaml_that_is_not_plain(tmp_path, text, part, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(InputError, match=part), memory_of(300), watched():
        read_yaml(tmp_path / "x.yaml")
    assert not Path("OWNED").exists()


def test_a_file_of_entries_does_not_choose_what_is_imported(tmp_path, monkeypatch):
    """monty imports whatever module an entry names; a module of that name would run here."""
    (tmp_path / "stranger.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    from workflows.data.own_dft import read_own
    from workflows.data.phase_sets import read_phases

    evil = {"@module": "stranger", "@class": "Any", "x": 1}
    call = {"@module": "stranger", "@callable": "any", "@bound": None}
    (document,) = json.loads(structured(tmp_path)[0])
    document |= {"data": {"a": evil, "b": [call]}, "energy_adjustments": [], "correction": 0.0}
    document["parameters"]["c"] = {"deep": [evil]}
    document["structure"]["properties"] = {"x": evil}
    path = tmp_path / "t.json"
    path.write_text(json.dumps([document]))
    assert len(read_phases(path)) == 1
    assert len(read_own(path)) == 1
    document["energy_adjustments"] = [evil]
    path.write_text(json.dumps([document]))
    with pytest.raises(InputError, match="not a Computed"):
        read_phases(path)
    assert "stranger" not in sys.modules


# ----------------------------------------------------------------------- tables and formulas


def test_a_wide_table_is_refused_in_a_short_line(ask, tmp_path):
    header = ",".join(f"column{k}" for k in range(10_000))
    (tmp_path / "t.csv").write_text(f"{header}\n{'1,' * 9_999}1\n")
    done = ask("phases", tmp_path / "t.csv")
    refused(done, "column0", "needs 'formula'")
    assert len(done.stderr) < 2200


def test_a_long_field_is_refused(ask, tmp_path):
    (tmp_path / "t.csv").write_text("formula,energy_per_atom\n" + "L" * 10**6 + ",1\n")
    refused(ask("phases", tmp_path / "t.csv"))


def test_rows_that_a_few_kilobytes_of_parquet_claim(tmp_path):
    """Run lengths: a million rows in a kilobyte, and a billion in hardly more."""
    import pyarrow
    import pyarrow.parquet

    from workflows.data.phase_sets import LARGEST_TABLE, read_phases

    rows = LARGEST_TABLE + 1
    column = pyarrow.DictionaryArray.from_arrays(
        pyarrow.repeat(pyarrow.scalar(0, pyarrow.int8()), rows), pyarrow.array(["Li"])
    )
    table = pyarrow.table({"formula": column, "energy_per_atom": pyarrow.repeat(0.5, rows)})
    path = tmp_path / "t.parquet"
    pyarrow.parquet.write_table(table, path)
    assert path.stat().st_size < 50_000
    with pytest.raises(InputError, match="at most 5000000 are read"), memory_of(300):
        read_phases(path)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("t.extxyz", '1000000000\nLattice="4 0 0 0 4 0 0 0 4" Properties=species:S:1:pos:R:3\n'),
        ("t.xyz", "999999999999999999999999\n\nLi 0 0 0\n"),
        ("XDATCAR", "x\n1\n4 0 0\n0 4 0\n0 0 4\nLi\n1000000000\nDirect configuration= 1\n0 0 0\n"),
        ("XDATCAR", "x\n1\n4 0 0\n0 4 0\n0 0 4\nLi O\n5 -4\nDirect configuration= 1\n0 0 0\n"),
    ],
)
def test_atoms_that_a_header_claims(ask, tmp_path, file, text):
    (tmp_path / file).write_text(text)
    with memory_of(300), watched():
        refused(ask("trajectory", tmp_path / file, "--timestep", "2", "--out", tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "text",
    ["Li1e400", "Li\u0663O", "Li\uff11", "\uff2ci", "L\u0456", "Li\0O", "Li-O", "Li-1", "Li+",
     "--help", "../x", "Li\u200bO", "\u202eLi", "Li" * 200, "(" * 150, "Li" + "(" * 60 + ")" * 60,
     "Li0", "Li0.0", "Li.", "", " ", "D2O", "X", "Vac", "Li[", "Li()", "2", "nan", "inf", "None"],
)  # fmt: skip
def test_what_is_no_formula(text):
    with pytest.raises(FormulaError):
        Formula.parse(text)


@pytest.mark.parametrize(
    "text", ["Li0.0000000001O", "Li" + "9" * 190, "((((Li9999)9999)9999)99)9O"]
)
def test_amounts_of_any_size_are_exact_and_finite(text):
    formula = Formula.parse(text)
    assert sum(formula.fractions(formula.elements)) == pytest.approx(1.0)
    assert formula.same_composition(Formula.parse(formula.reduced.text))


def test_energies_that_are_no_numbers_and_ids_that_stand_twice(ask, tmp_path):
    path = tmp_path / "t.csv"
    for row, part in (
        ("x,LiTiO2,nan", "finite"), ("x,LiTiO2,inf", "finite"), ("x,LiTiO2,-1e999", "finite"),
        ("x,LiTiO2,one", "not a number"), ("x,LiTiO2,", "not a number"),
        ("li,LiTiO2,-1", "unique"), ("x,LiTiO2,1e300", "finite"), ("x,LiTiO2", "fields"),
    ):  # fmt: skip
        path.write_text("id,formula,formation_energy_per_atom\nli,Li,0\n" + row + "\n")
        refused(ask("phases", path), part)


def test_bulks_of_any_size_are_refused(ask, tmp_path):
    path = tmp_path / "POSCAR"
    for text in (
        POSCAR.replace("1 1 2", "1 1 200000000"), POSCAR.replace("1 1 2", "0 0 0"),
        POSCAR.replace("1.0\n2.84", "nan\n2.84"), POSCAR.replace("1.0\n2.84", "1e999\n2.84"),
        POSCAR.replace("2.84 0.0 0.0", "0 0 0"), POSCAR.replace("0.26 0.26", "inf 0.26"),
    ):  # fmt: skip
        path.write_text(text)
        with memory_of(500), watched():
            refused(ask("cell", path, "LPSCl", "--facets", "104,100", "--out", tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_the_watch_and_the_bound_hold():
    """Without them the tests above show nothing."""

    def hold():
        with memory_of(100):
            bytearray(300 * MB)

    def last():
        with watched(0.2):
            while True:
                pass

    with pytest.raises(MemoryError):
        hold()
    with pytest.raises(Hang):
        last()


# --------------------------------------------------------------------------- what a line shows


def test_a_message_steers_no_terminal(ask, tmp_path):
    done = ask("phases", "\x1b]0;title\x07\x1b[31mred\u202e\r")
    refused(done, r"\x1b]0;title\x07", r"\u202e")
    assert done.stderr.rstrip("\n").isprintable()


def test_names_that_are_markup_are_shown_as_they_are(ask, tmp_path):
    for name in ("[bold]x[/bold].csv", "[/].csv", "[red].csv"):
        path = tmp_path / name.replace("/", "%")
        path.write_text(TABLE)
        assert ask("phases", path).returncode == 0


def test_a_submission_that_is_no_file_was_never_sent(tmp_path):
    from workflows.submit.submission_record import read_submission

    (tmp_path / "submission.json").mkdir()
    assert read_submission(tmp_path) is None
    (tmp_path / "submission.json").rmdir()
    (tmp_path / "submission.json").write_text(json.dumps(SUBMISSION | {"format": 2}))
    with pytest.raises(InputError, match="another version"):
        read_submission(tmp_path)
