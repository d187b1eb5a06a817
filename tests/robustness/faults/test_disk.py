"""A disk that is full, read-only or broken at each write of each verb; and one that really is."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from contextlib import suppress
from dataclasses import replace

import pytest

pytest.importorskip("jobflow")
pytest.importorskip("ase")
pytest.importorskip("pyarrow")
pytest.importorskip("numba")

from interfaces.errors import InputError
from tests.robustness.faults.disk import (
    FAULTS,
    FULL,
    ROOT,
    chosen,
    contents,
    hurt,
    standing,
    varies,
    whole,
)
from tests.robustness.faults.disk_fixtures import NEEDS, healthy, server  # noqa: F401
from tests.robustness.faults.disk_verbs import QUICK, READING, VERBS
from tests.robustness.faults.kills import settle
from workflows.flows.run_locally import _Run
from workflows.io.atomic import write_bytes_atomic
from workflows.io.results import run_folder

pytestmark = NEEDS
MOST = 4  #: faults of each kind and verb with --full, besides the first call and the last


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_a_disk_that_fails_leaves_nothing_half_and_loses_nothing(server, healthy, verb, full):  # noqa: F811
    if not full and verb.name not in QUICK:
        pytest.skip("runs with --full")
    known = healthy(verb)
    assert known.met >= 5  # the shim sees what is written
    wrong = []
    for fault in FAULTS:
        for at in chosen(f"{verb.name} {fault.name}", known.met, MOST if full else 1):
            wrong += hurt(server, known, replace(fault, at=at))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_stdout_on_a_full_disk_is_one_line(server, healthy, verb, full):  # noqa: F811
    if not full and verb.name not in QUICK[:2]:
        pytest.skip("runs with --full")
    known = healthy(verb)
    with standing(server, known.template) as out:
        done = server.ask(verb.words, out, stdout="/dev/full")
        there = contents(out)
    if done.status != verb.status:  # a verb without a word has nothing to lose
        assert done.status == 2
        assert "interfaces: No space left on device: output\n" in done.err
        assert "Traceback" not in done.err
    assert there.keys() >= {name for name in known.new if not varies(verb, name)}


@pytest.mark.parametrize("words", READING)
def test_what_reads_writes_nothing(server, healthy, words, full):  # noqa: F811
    if not full and words != READING[0]:
        pytest.skip("runs with --full")
    (verb,) = (item for item in VERBS if item.name == "report")
    known = healthy(verb)
    with standing(server, known.template) as out:
        done = server.ask(words, out)
        assert done.status in (0, 1), done.err
        assert done.met == 0, done.calls
        assert contents(out) == known.old
        hurt_too = server.ask(words, out, replace(FULL, at=1))
        assert (hurt_too.status, hurt_too.out) == (done.status, done.out)


# --------------------------------------------------------------------------- one place that writes


def test_a_half_of_a_killed_process_goes_and_that_of_a_living_one_stays(tmp_path):
    import fcntl

    dead, living, own = (tmp_path / name for name in (
        ".a.csv.0123abcd.part", ".a.csv.89abcdef.part", ".part-of-mine.part"))  # fmt: skip
    for path in (dead, living, own):
        path.write_bytes(b"half")
    with living.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        write_bytes_atomic(tmp_path / "b.csv", b"1\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        living.name, own.name, "b.csv",
    ]  # fmt: skip


def test_a_folder_that_is_swept_while_it_is_written_to_is_made_again(tmp_path, monkeypatch):
    left = [3]
    real = os.replace

    def swept(first, other):
        if left[0]:
            left[0] -= 1
            shutil.rmtree(tmp_path / "parts")
        return real(first, other)

    monkeypatch.setattr(os, "replace", swept)
    write_bytes_atomic(tmp_path / "parts" / "a.json", b"{}")
    assert contents(tmp_path) == {"parts/a.json": b"{}"}
    left[0] = 99
    with pytest.raises(InputError, match=r"cannot write .*parts/a\.json: No such file"):
        write_bytes_atomic(tmp_path / "parts" / "a.json", b"{}")


def test_what_is_told_is_the_name_that_was_asked_for(tmp_path, monkeypatch):
    def full(first, other):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with (
        pytest.raises(InputError, match=rf"no space left to write {tmp_path}/run/deep/a\.csv; "),
        run_folder(tmp_path / "run") as folder,
    ):
        write_bytes_atomic(folder / "deep" / "a.csv", b"")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("exchanged", [True, False])
def test_an_earlier_folder_survives_that_the_new_one_cannot_be_put(
    tmp_path, monkeypatch, exchanged
):
    from workflows.io import atomic as whole_folders

    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "summary.json").write_text("old")
    real, broken = os.rename, []

    def rename(first, other):
        if str(other) == str(tmp_path / "run") and "summary.json" in os.listdir(first):
            there = (tmp_path / "run").exists()
            if not broken and not there:
                broken.append(first)
                raise OSError(errno.EIO, "Input/output error")
        return real(first, other)

    if not exchanged:  # a system or a disk that cannot let two folders change places
        monkeypatch.setattr(whole_folders, "_exchanged", lambda item, other: False)
    monkeypatch.setattr(os, "rename", rename)
    with suppress(InputError), run_folder(tmp_path / "run") as folder:
        (folder / "summary.json").write_text("new")
    assert bool(broken) is not exchanged
    assert contents(tmp_path) == {"run/summary.json": b"new" if exchanged else b"old"}


def test_a_line_of_the_log_that_was_cut_does_not_swallow_the_next(tmp_path):
    from workflows.submit.progress import _events

    (tmp_path / "jobs").mkdir()
    log = tmp_path / "log.txt"
    log.write_text("2026-11-21T00:00:00.000+00:00 start u.1 one\n2026-11-21T00:0")
    run = _Run(tmp_path, None, lambda words: None)
    run.folder, run.log = tmp_path / "jobs", log
    run.note("end", "u.1", "one")
    assert [event[1:] for event in _events(log)] == [("start", "u.1", "one"), ("end", "u.1", "one")]


# --------------------------------------------------------------------------- a disk that is full


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory):
    """A file system of 2 MB."""
    folder = tmp_path_factory.mktemp("small")
    options = ("-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder))
    if os.geteuid() or shutil.which("mount") is None:
        pytest.skip("only root mounts")
    if subprocess.run(["mount", *options], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount")
    yield folder
    # lazy: a process that is about to end may still stand in it
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize(
    "verb",
    [verb for verb in VERBS if not verb.before],
    ids=lambda verb: verb.name,
)
def test_a_real_disk_that_is_full(server, healthy, small_disk, verb, full):  # noqa: F811
    if not full and verb.name not in QUICK[:2]:
        pytest.skip("runs with --full")
    known = healthy(verb)
    largest = max(len(data) for data in known.new.values())
    ballast = small_disk / "ballast"
    room = 4096 * max(0, largest // 4096 - 1)
    try:
        ballast.write_bytes(b"0" * (2 * 2**20 - room))
    except OSError:
        assert room == 0
    out = small_disk / "out"
    done = server.ask(verb.words, out)
    there = contents(small_disk)
    ballast.unlink()
    again = server.ask(verb.words, out)
    settle(out)  # the background process still writes, and rmtree would meet new files
    after = contents(out)
    shutil.rmtree(out)
    assert (done.status, "Traceback" in done.err) == (2, False), done.err
    assert done.err.splitlines()[-1].startswith("interfaces: ")
    assert all(whole(ROOT / name, data) for name, data in there.items() if name != "ballast")
    assert not [name for name in there if ".part" in name]
    assert again.status == verb.status, again.err
    assert after.keys() >= {name for name in known.new if not varies(verb, name)}
