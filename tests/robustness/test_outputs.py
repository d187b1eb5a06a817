"""Which file an output may be: links, modes, devices, pipes, and files that were read."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from interfaces.errors import InputError
from tests.robustness.parsers import INPUTS, TABLE
from tests.workflows.cli.runner import interfaces, refused
from workflows.io.atomic import write_bytes_atomic
from workflows.io.outputs import check_outputs, inputs_protected, note_input, output_file
from workflows.io.results import run_folder, write_atomic

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "ok.csv"
    path.write_text(TABLE)
    return path


def curve(table, *words):
    return ("curve", "Li2O", "TiO2", "--phases", table, *words)


def test_a_device_is_written_through_and_stays(ask, table):
    before = os.stat("/dev/null")
    done = ask(*curve(table, "--record", "/dev/null"))
    assert done.returncode == 0, done
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert os.stat("/dev/null").st_ino == before.st_ino


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("where", ["pipe", "file"])
def test_the_own_standard_output_is_written_through(table, tmp_path, name, where):
    words = curve(table, "--record", name, "--csv")
    if where == "pipe":
        text = interfaces(*words).stdout
    else:
        with (tmp_path / "out.txt").open("w") as out:
            subprocess.run([sys.executable, "-m", "workflows.cli", *map(str, words)],
                           stdout=out, check=True)  # fmt: skip
        text = (tmp_path / "out.txt").read_text()
    record, _, csv = text.partition("\n")
    assert record.startswith('{"format"')
    assert len(csv.splitlines()) > 2


def test_where_the_own_output_goes_is_no_name_for_another_one(table, tmp_path):
    path = tmp_path / "out.json"
    with path.open("w") as out:
        done = subprocess.run(
            [sys.executable, "-m", "workflows.cli", *map(str, curve(table, "--record", path))],
            stdout=out, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert path.read_text() == ""


def test_a_pipe_stays_one(ask, table, tmp_path):
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    refused(ask(*curve(table, "--record", pipe)), "no program reads")
    met = []
    reader = threading.Thread(target=lambda: met.append(pipe.read_bytes()))
    reader.start()
    _wait_for_reader(pipe)
    write_bytes_atomic(pipe, b"x" * 200_000)
    reader.join(10)
    assert met == [b"x" * 200_000]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert sorted(os.listdir(tmp_path)) == ["ok.csv", "pipe.json"]


def _wait_for_reader(pipe):
    """A writer that comes and goes would end the reader: it is looked for in /proc."""
    for _ in range(500):
        for task in Path("/proc/self/fd").iterdir():
            with contextlib.suppress(OSError):
                if os.readlink(task) == str(pipe):
                    return
        time.sleep(0.01)


def test_a_link_is_followed_and_stays(tmp_path):
    (tmp_path / "deep").mkdir()
    real, link = tmp_path / "deep" / "real.json", tmp_path / "link.json"
    link.symlink_to("deep/real.json")
    for text in ("dangling", "there"):
        write_atomic(link, text)
        assert link.is_symlink()
        assert real.read_text() == text
    assert os.listdir(tmp_path / "deep") == ["real.json"]
    loop = tmp_path / "loop"
    loop.symlink_to("loop")
    with pytest.raises(InputError, match="cannot write"):
        write_atomic(loop, "x")


def test_a_folder_behind_a_link_is_the_one_that_is_replaced(tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    link.symlink_to("real")
    for text in ("1", "2"):
        with run_folder(link) as place:
            write_atomic(place / "summary.json", text)
        assert link.is_symlink()
        assert (real / "summary.json").read_text() == text
    assert sorted(os.listdir(tmp_path)) == ["link", "real"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o777, 0o200])
def test_a_file_keeps_its_mode(tmp_path, mode):
    path = tmp_path / "x.json"
    path.write_text("old")
    path.chmod(mode)
    write_atomic(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_folder_keeps_its_mode(tmp_path):
    with run_folder(tmp_path / "run") as place:
        write_atomic(place / "summary.json", "1")
    (tmp_path / "run").chmod(0o700)
    with run_folder(tmp_path / "run") as place:
        assert stat.S_IMODE(place.stat().st_mode) == 0o700  # from its first moment
        write_atomic(place / "summary.json", "2")
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700
    (tmp_path / "run").chmod(0o500)
    with pytest.raises(InputError, match="read-only"), run_folder(tmp_path / "run"):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_root_leaves_a_file_to_its_owner(tmp_path):
    path = tmp_path / "x.json"
    path.write_text("old")
    os.chown(path, 12345, 12345)
    write_atomic(path, "new")
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12345)


@pytest.mark.parametrize("mode", [0o444, 0o400])
def test_what_is_read_only_is_refused_for_root_too(ask, table, tmp_path, mode):
    path = tmp_path / "x.json"
    path.write_text("mine")
    path.chmod(mode)
    refused(ask(*curve(table, "--record", path)), "read-only")
    assert path.read_text() == "mine"


def _spelled(table, tmp_path):
    """An input under every name that it may be given."""
    link, hard = tmp_path / "link.csv", tmp_path / "hard.csv"
    link.symlink_to(table)
    os.link(table, hard)
    (tmp_path / "folder").symlink_to(tmp_path)
    (tmp_path / "deep").mkdir()
    return [table, link, hard, tmp_path / "folder" / "ok.csv", tmp_path / "deep/../ok.csv"]


def test_an_input_is_never_an_output(ask, table, tmp_path):
    before = table.read_bytes()
    for path in _spelled(table, tmp_path):
        refused(ask(*curve(table, "--record", path)), "input")
        refused(ask("window", "Li2TiO3", "--phases", table, "--record", path), "input")
        refused(ask(*curve(path, "--record", table)), "input")
    assert table.read_bytes() == before


def test_neither_are_the_numbers_beside_a_figure(ask, table, tmp_path):
    data = tmp_path / "ok.data.csv"
    data.write_text(TABLE)
    refused(ask(*curve(data, "--figure", tmp_path / "ok.svg", "--record", tmp_path / "r.json")))
    assert data.read_text() == TABLE
    assert sorted(os.listdir(tmp_path)) == ["ok.csv", "ok.data.csv"]  # nothing else either


def test_nor_a_record_that_becomes_a_report(ask, table, tmp_path):
    pytest.importorskip("jinja2")
    record = tmp_path / "r.json"
    assert ask(*curve(table, "--record", record)).returncode == 0
    before = record.read_bytes()
    refused(ask("report", record, "--out", record), "input")
    assert record.read_bytes() == before


def test_nor_a_table_of_published_numbers(ask, tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_bytes((INPUTS / "published.yaml").read_bytes())
    before = mine.read_bytes()
    for option in ("--csv", "--markdown"):
        refused(ask("validate", "--table", mine, "--only", "closed", option, mine), "input")
    assert mine.read_bytes() == before


def test_a_folder_that_holds_an_input_is_not_replaced(tmp_path):
    with run_folder(tmp_path / "run") as place:
        write_atomic(place / "summary.json", "1")
    (tmp_path / "to run").symlink_to("run")
    with inputs_protected():
        note_input(tmp_path / "to run" / "summary.json")
        with pytest.raises(InputError, match="input"), run_folder(tmp_path / "run"):
            pass
    with inputs_protected(), run_folder(tmp_path / "run"):  # the next command has not read it
        pass


def test_two_outputs_are_two_files(ask, table, tmp_path):
    same = tmp_path / "x.svg"
    refused(ask(*curve(table, "--record", same, "--figure", tmp_path / "." / "x.svg")), "same file")
    assert not same.exists()
    check_outputs(tmp_path / "a", tmp_path / "b", None)


@pytest.mark.parametrize("make", ["folder", "socket"])
def test_what_is_no_file_is_refused(tmp_path, make):
    path = tmp_path / "x"
    if make == "folder":
        path.mkdir()
    else:
        socket.socket(socket.AF_UNIX).bind(str(path))
    with pytest.raises(InputError, match="cannot write"):
        output_file(path)


@pytest.mark.parametrize("character", ["\n", "\r", "\t", "\x1b", "\x85", "\u2028"])
def test_no_argument_holds_a_line_end(ask, table, tmp_path, character):
    name = tmp_path / f"a{character}b.json"
    refused(ask(*curve(table, "--record", name)), "control character")
    refused(ask("screen", "--out", name), "control character")
    with pytest.raises(InputError, match="control character"):
        write_atomic(name, "x")
    assert os.listdir(tmp_path) == ["ok.csv"]
