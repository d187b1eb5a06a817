"""Workflows exported for FireWorks, put on its LaunchPad and launched, all in this process.

Its database is mongomock, FireWorks' own mode for one process; MongoDB itself is not tested here.
"""

from __future__ import annotations

import json
import shlex

import pytest

pytest.importorskip("fireworks")
pytest.importorskip("mongomock_persistence")
pytest.importorskip("ase")

import jobflow
from maggma.stores import MemoryStore

from interfaces.errors import InputError
from tests.integration.cluster.launchpad import launchpad
from tests.integration.cluster.runs import by_hand, contents, status_of, write_job
from tests.workflows.cli.runner import ROOT, interfaces
from workflows.submit import fireworks as door
from workflows.submit.cancel import cancel
from workflows.submit.collect import collect
from workflows.submit.send import submit
from workflows.submit.site import Site
from workflows.submit.status import statuses

pytestmark = pytest.mark.filterwarnings("ignore")  # of libraries below FireWorks


@pytest.fixture
def pad(tmp_path):
    folder = tmp_path / "pad"
    folder.mkdir()
    with launchpad(folder) as one:
        yield one


def hand_over(*jobs, out):
    return submit(jobs, "mock", to="fireworks", site=Site(), out=out)


def test_a_workflow_comes_home_as_the_record_of_a_local_run_and_a_failure_is_named_and_mended(
    pad, tmp_path
):
    table = tmp_path / "phases.csv.gz"
    table.write_bytes((ROOT / "inputs" / "phases" / "sevennet-l3i5.csv.gz").read_bytes())
    good, bad = write_job(tmp_path, "good"), write_job(tmp_path, "bad", phases=str(table))
    sent = hand_over(good, bad, out=tmp_path)
    assert f"lpad add {tmp_path / 'good-mock.jobs' / 'fireworks.json'} " in sent.text
    assert f"results go to the JSONStore of {pad.folder / 'jobflow.yaml'}" in sent.text
    assert {(one.state, one.reason.partition(":")[0]) for one in statuses(tmp_path)} == {
        ("waiting", "not on the LaunchPad")
    }
    pad.add(tmp_path / "good-mock.jobs", tmp_path / "bad-mock.jobs")
    assert {(one.state, one.reason) for one in statuses(tmp_path)} == {("waiting", "")}
    assert hand_over(good, out=tmp_path).left[0][1].startswith("waiting as fireworks ")
    away = table.with_suffix(".away")
    table.rename(away)
    pad.run(launches=2)
    running = [one for one in statuses(tmp_path) if one.state == "running"]
    assert sum(one.progress.finished for one in running) == 2
    pad.run()
    done, stopped = (status_of(tmp_path, f"{name}-mock") for name in ("good", "bad"))
    assert (done.state, done.progress.finished, done.progress.missing) == ("stopped", 6, ())
    assert stopped.state == "stopped"
    assert stopped.reason.startswith("MOCK LiCoO2 scale: ")
    assert "phases.csv" in stopped.reason
    assert "interfaces collect" in hand_over(good, out=tmp_path).left[0][1]
    told = interfaces("status", tmp_path, "--json", env=pad.written())
    assert told.returncode == 0, told.stderr
    assert {one["name"]: one["reason"] for one in json.loads(told.stdout)["runs"]} == {
        one.name: one.reason for one in (done, stopped)
    }
    home = interfaces("collect", tmp_path, env=pad.written())  # as a person does
    assert home.returncode == 1
    assert "1 of 2 runs are complete" in home.stdout
    assert contents(done.target) == contents(by_hand(good, tmp_path / "alone") / "good-mock")
    assert [one.found for one in collect(tmp_path)] == ["missing", "there"]
    away.rename(table)
    again = hand_over(good, bad, out=tmp_path)
    assert [task.name for task in again.tasks] == ["bad-mock"]
    assert status_of(tmp_path, "bad-mock").submission.attempts == 2
    launched = pad.launchpad.launches.count_documents({})
    pad.run()
    assert pad.launchpad.launches.count_documents({}) == launched + 2  # the one that failed on
    assert [one.found for one in collect(tmp_path)] == ["written now", "there"]
    assert {one.state for one in statuses(tmp_path)} == {"finished"}
    assert contents(tmp_path / "bad-mock") == contents(
        by_hand(bad, tmp_path / "alone") / "bad-mock"
    )


def test_a_run_is_taken_back_before_it_is_added_and_paused_afterwards(pad, tmp_path):
    job = write_job(tmp_path)
    folder = tmp_path / "tiny-mock.jobs"
    hand_over(job, out=tmp_path)
    assert [one.did for one in cancel(tmp_path)] == ["cancelled"]
    assert not (folder / "fireworks.json").exists()
    assert (status_of(tmp_path).state, status_of(tmp_path).reason) == (
        "stopped", "it was cancelled",
    )  # fmt: skip
    hand_over(job, out=tmp_path)
    assert status_of(tmp_path).state == "waiting"
    pad.add(folder)
    pad.run(launches=1)
    told = interfaces("cancel", tmp_path, "--json", env=pad.written())
    assert told.returncode == 1, told.stderr
    (one,) = json.loads(told.stdout)["runs"]
    assert one["did"] == "not stopped"
    words = shlex.split(one["note"].partition("stops it: ")[2])
    assert words[:3] == ["lpad", "pause_wflows", "-q"]
    for number in pad.launchpad.get_wf_ids(json.loads(words[3])):  # as lpad does
        pad.launchpad.pause_wf(number)
    found = status_of(tmp_path)
    assert found.state == "stopped"
    assert found.reason.endswith("is paused on the LaunchPad")
    assert found.progress.finished == 1
    assert [task.name for task in hand_over(job, out=tmp_path).tasks] == ["tiny-mock"]
    pad.run()
    assert [one.found for one in collect(tmp_path)] == ["written now"]
    assert pad.launchpad.launches.count_documents({}) == 6  # none twice


def test_results_that_went_elsewhere_are_missed_and_nothing_is_written(pad, tmp_path, monkeypatch):
    hand_over(write_job(tmp_path), out=tmp_path)
    pad.add(tmp_path / "tiny-mock.jobs")
    pad.run()
    empty = jobflow.JobStore.from_dict_spec(
        {"docs_store": {"type": "JSONStore", "paths": str(tmp_path / "x.json"), "read_only": False}}
    )
    with monkeypatch.context() as patch:
        patch.setattr(jobflow.SETTINGS, "JOB_STORE", empty)
        (found,) = collect(tmp_path)
    assert found.found == "missing"
    assert "lacks an output" in found.note
    assert "JOBFLOW_CONFIG_FILE" in found.note
    assert not (tmp_path / "tiny-mock").exists()
    assert [one.found for one in collect(tmp_path)] == ["written now"]


def test_a_launchpad_that_does_not_answer_is_not_taken_for_a_failure(pad, tmp_path, monkeypatch):
    from pymongo import MongoClient

    job = write_job(tmp_path)
    hand_over(job, out=tmp_path)
    monkeypatch.setattr("fireworks.core.launchpad.MongoClient", MongoClient)
    monkeypatch.setattr(door, "PATIENCE", 50)
    door._opened.cache_clear()
    found = status_of(tmp_path)
    assert found.state == "unknown"
    assert "LaunchPad does not answer" in found.reason
    assert hand_over(job, out=tmp_path).left[0][1].startswith("unknown as fireworks")
    assert collect(tmp_path)[0].found == "missing"


def test_what_cannot_come_home_is_refused_before_anything_is_written(pad, tmp_path, monkeypatch):
    job = write_job(tmp_path)
    with pytest.raises(InputError, match=r"tiny\.yaml with mock-vasp needs files"):
        submit([job], "mock-vasp", to="fireworks", site=Site(), out=tmp_path)
    monkeypatch.setattr(jobflow.SETTINGS, "JOB_STORE", jobflow.JobStore(MemoryStore()))
    with pytest.raises(InputError, match=r"names no JOB_STORE, so results would be lost"):
        hand_over(job, out=tmp_path)
    assert not (tmp_path / "tiny-mock.jobs").exists()
