"""Every long verb killed at seeded moments: no traceback, nothing half, nothing done twice."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys

import pytest

pytest.importorskip("jobflow")
pytest.importorskip("pyarrow")
pytest.importorskip("mp_api")
pytest.importorskip("numba")

from tests.fake_mp_api import KEY, FakeServer, made_up
from tests.robustness.faults.disk import Verb
from tests.robustness.faults.disk_verbs import SCREEN, VERBS, write_files
from tests.robustness.faults.kills import ROOT, Server, chosen, killed, undisturbed
from workflows.io.atomic import new_folder

KILLS = 20  #: of each verb in full
#: The table of 2019 comes by pooch, whose own file is in the cache of the user.
LONG = [verb for verb in VERBS if verb.name != "fetch of 2019"]
TWO = Verb(
    "screen in two processes",
    SCREEN + " --coatings {files}/layers.txt --rows-per-part 2 --processes 2 --out {out}/s",
)
#: By default one verb of each kind: a folder, files, parts in two processes, the background.
#: A fetch and a run on the mock are killed in ``tests/flows`` every time.
FEW = ("run of questions", "validate", "screen in two processes", "submit")


@pytest.fixture(scope="module")
def materials_project():
    with FakeServer(made_up(("Li", "Co", "O", "S")), key=KEY) as server:
        yield server


@pytest.fixture(scope="module")
def server(tmp_path_factory, materials_project):
    folder = tmp_path_factory.mktemp("kills")
    environment = {
        "MP_API_KEY": KEY, "MP_API_ENDPOINT": materials_project.endpoint, "NO_PROXY": "127.0.0.1",
        "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "HOME": str(folder),
        "COLUMNS": "100", "NUMBA_DISABLE_JIT": "1",  # it compiles for longer than it runs
    }  # fmt: skip
    with Server(folder, environment) as running:
        write_files(running.files)
        yield running


def every():
    return [*LONG, TWO]


@pytest.mark.parametrize("verb", every(), ids=lambda item: item.name)
def test_a_killed_verb_leaves_nothing_half_and_the_same_again_finishes(verb, server, full, capsys):
    if not full and verb.name not in FEW:
        pytest.skip("with --full")
    server.warm(verb)
    known = undisturbed(server, verb)
    values = [killed(server, known, kill) for kill in chosen(known, KILLS if full else 2)]
    if full:
        in_time = sum(value.in_time for value in values)
        kept = sum(item.kept for item in values)
        with capsys.disabled():
            print(
                f"\n{verb.name}: {known.seconds:.2f} s, {known.met} changes, {in_time} of "
                f"{len(values)} killed before the end, {kept} finished parts kept"
            )
    assert not [line for entry in values for line in entry.wrong]


def test_what_a_killed_process_left_goes_and_what_one_holds_stays(tmp_path):
    left, held, other = (tmp_path / name for name in (".run.0a1b2c3d", ".run.00000000", ".run.x"))
    for item in (left, held, other):
        item.mkdir()
        (item / "half").write_text("x")
    lock = os.open(held, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with new_folder(tmp_path / "run") as place:
            assert not left.exists()
            (place / "whole").write_text("1")
    finally:
        os.close(lock)
    assert {path.name for path in tmp_path.iterdir()} == {".run.00000000", ".run.x", "run"}
    with new_folder(tmp_path / "run") as place:
        (place / "whole").write_text("2")
    assert {entry.name for entry in tmp_path.iterdir()} == {".run.x", "run"}
    assert (tmp_path / "run" / "whole").read_text() == "2"


@pytest.mark.parametrize("exchange", [True, False])
def test_an_earlier_folder_is_replaced_and_comes_back_where_it_had_no_other_copy(
    tmp_path, monkeypatch, exchange
):
    if not exchange:
        monkeypatch.setattr("workflows.io.atomic._exchanged", lambda first, other: False)
    aside = tmp_path / ".run.old.0a1b2c3d" / "run"
    aside.mkdir(parents=True)
    (aside / "whole").write_text("1")
    with pytest.raises(KeyError), new_folder(tmp_path / "run") as place:
        raise KeyError
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert (tmp_path / "run" / "whole").read_text() == "1"
    with new_folder(tmp_path / "run") as place:
        (place / "other").write_text("2")
        assert (tmp_path / "run" / "whole").exists()
    assert [str(item.relative_to(tmp_path)) for item in tmp_path.rglob("*")] == ["run", "run/other"]


def test_a_signal_that_nobody_could_hear_is_raised_again():
    """In a finalizer an exception goes nowhere; and a library may make another one of it."""
    script = """if True:
        import os, signal, sys, time
        from workflows.cli import environment as stopping

        class Deaf:
            def __del__(self):
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(0.1)

        def library():
            try:
                Deaf()
                time.sleep(30)
            except BaseException as error:
                raise RuntimeError("made of it") from error

        try:
            with stopping.heard(True):
                library()
        except stopping.Terminated:
            print("heard", flush=True)
            stopping.end(signal.SIGTERM)
        """
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGTERM, "heard\n", "")
