"""What counts as finished: results that are whole, and those of the job that was submitted."""

from __future__ import annotations

import shutil

import pytest

pytest.importorskip("jobflow")
pytest.importorskip("ase")

from interfaces.errors import InputError
from tests.integration.cluster.runs import by_hand, send, wait_until, write_job
from tests.workflows.cli.runner import interfaces
from workflows.io.results import MANIFEST, read_manifest
from workflows.submit import background
from workflows.submit.collect import collect
from workflows.submit.send import submit
from workflows.submit.site import Site
from workflows.submit.status import statuses
from workflows.submit.submission_record import REPLACED

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


def sent(job, out, **options):
    """Submit to the background with a command that does nothing; names of what was sent."""
    done = submit([job], "mock", to="local", site=Site(command="true"), out=out, **options)
    for path in out.glob("submitted/*/batch.sh"):
        wait_until(lambda path=path: not background.alive(path), 30)
    return [task.name for task in done.tasks], dict(done.left)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A submitted run whose results were written."""
    out = tmp_path_factory.mktemp("finished")
    job = write_job(out)
    assert sent(job, out) == (["tiny-mock"], {})
    by_hand(job, out)
    return out


@pytest.fixture
def out(finished, tmp_path):
    """A copy of it, to be damaged."""
    shutil.copytree(finished, tmp_path / "copy")
    return tmp_path / "copy"


def state(out):
    (status,) = statuses(out)
    return status.state, status.reason


def truncate(path):
    path.write_bytes(path.read_bytes()[:-20])


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGES = {"truncated": truncate, "changed": flip, "missing": lambda path: path.unlink()}


def test_a_whole_run_is_finished_and_collected_without_a_change(out):
    assert state(out) == ("finished", "")
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert [run.found for run in collect(out)] == ["there"]
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before
    names = set(read_manifest(out / "tiny-mock").files)
    assert {"minima.csv", "kinks.csv", "record.json.gz", "energies.csv"} <= names


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("with_jobs", [True, False])
def test_a_damaged_table_is_named_and_restored_from_jobs_or_record(out, kind, with_jobs):
    folder = out / "tiny-mock"
    table, curve = folder / "minima.csv", next((folder / "curves").glob("*.json"))
    contents = [table.read_bytes(), curve.read_bytes()]
    if not with_jobs:
        shutil.rmtree(out / "tiny-mock.jobs")
    DAMAGES[kind](table)
    DAMAGES[kind](curve)
    material, reason = state(out)
    assert material == "damaged"
    assert f"minima.csv is {kind}" in reason
    (done,) = collect(out)
    assert done.found == "restored"
    assert ("record" in done.note) != with_jobs
    assert [table.read_bytes(), curve.read_bytes()] == contents
    assert state(out) == ("finished", "")


def test_what_neither_jobs_nor_record_hold_remains_damaged(out):
    shutil.rmtree(out / "tiny-mock.jobs")
    truncate(out / "tiny-mock" / "energies.csv")
    (done,) = collect(out)
    assert (done.found, done.home) == ("damaged", False)
    assert "energies.csv is truncated" in done.note
    assert "--fresh" in done.note
    done = interfaces("collect", out)
    assert done.returncode == 1
    names, left = sent(out / "tiny.yaml", out)
    assert names == []
    assert "energies.csv" in left["tiny-mock"]


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_manifest_is_no_proof(out, kind):
    DAMAGES[kind](out / "tiny-mock" / MANIFEST)
    assert state(out)[0] == "damaged"
    assert sent(out / "tiny.yaml", out)[0] == ["tiny-mock"]
    assert [done.found for done in collect(out)] == ["restored"]
    assert state(out) == ("finished", "")


def test_the_folder_of_jobs_may_go_and_a_changed_job_is_sent_again(out):
    shutil.rmtree(out / "tiny-mock.jobs")
    assert sent(out / "tiny.yaml", out) == ([], {"tiny-mock": "finished"})
    before = (out / "tiny-mock" / "minima.csv").read_bytes()
    names, left = sent(write_job(out, seed=5), out)
    assert (names, left) == (["tiny-mock"], {})
    assert state(out)[0] == "stopped"  # the command did nothing
    assert [done.found for done in collect(out)] == ["missing"]
    assert (out / "tiny-mock.jobs" / REPLACED / "minima.csv").read_bytes() == before


def test_fresh_sends_what_is_finished_and_keeps_its_results(out):
    assert sent(out / "tiny.yaml", out) == ([], {"tiny-mock": "finished"})
    with pytest.raises(InputError, match="holds another job"):
        sent(write_job(out, seed=5), out)
    assert sent(out / "tiny.yaml", out, fresh=True) == (["tiny-mock"], {})
    assert state(out)[0] == "stopped"
    assert (out / "tiny-mock.jobs" / REPLACED / MANIFEST).is_file()
    by_hand(out / "tiny.yaml", out)
    assert state(out) == ("finished", "")


def test_a_folder_of_the_user_is_no_result(tmp_path):
    (tmp_path / "tiny-mock").mkdir()
    (tmp_path / "tiny-mock" / "notes.txt").write_text("mine")
    for fresh in (False, True):
        with pytest.raises(InputError, match="not an earlier run"):
            send(write_job(tmp_path), out=tmp_path, to="local") if not fresh else sent(
                write_job(tmp_path), tmp_path, fresh=True
            )
    assert not (tmp_path / "tiny-mock.jobs").exists()


def test_results_without_manifest_are_not_computed_again_unless_it_is_wanted(out):
    (out / "tiny-mock" / MANIFEST).unlink()
    shutil.rmtree(out / "tiny-mock.jobs")
    names, left = sent(out / "tiny.yaml", out)
    assert names == []
    assert "--fresh" in left["tiny-mock"]
    assert sent(out / "tiny.yaml", out, fresh=True)[0] == ["tiny-mock"]
