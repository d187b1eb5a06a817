"""Runs sent to a real Slurm: finished, failed, cancelled, out of time, on a lost node, again."""

from __future__ import annotations

import json
import signal

import pytest

pytest.importorskip("jobflow")
pytest.importorskip("ase")

from interfaces.errors import InputError
from workflows.submit.collect import collect
from workflows.submit.status import statuses

from .runs import (
    HELD,
    LITHIUM,
    by_hand,
    contents,
    events,
    nothing_ran_twice,
    process_of,
    send,
    status_of,
    stop_at,
    wait_for,
    wait_until,
    write_job,
)

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
NUMBER = 11  #: of its jobs


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Results of the run that is sent below, made without a scheduler."""
    folder = tmp_path_factory.mktemp("alone")
    return contents(by_hand(write_job(folder, lithium=LITHIUM), folder) / "tiny-mock")


def test_a_run_sent_to_slurm_writes_what_a_local_one_does(slurm, frozen, alone, tmp_path):
    tmp_path = tmp_path / "a folder's name"
    tmp_path.mkdir()
    sent = send(write_job(tmp_path, lithium=LITHIUM), out=tmp_path)
    assert [task.name for task in sent.tasks] == ["tiny-mock"]
    assert status_of(tmp_path).state in ("waiting", "running")
    again = send(tmp_path / "tiny.yaml", out=tmp_path)
    assert again.number == ""
    assert again.left[0][1].endswith(f"as slurm {sent.number}")
    wait_for(tmp_path, "finished")
    assert contents(tmp_path / "tiny-mock") == alone
    found = status_of(tmp_path)
    assert found.progress.complete
    assert found.progress.finished == len(events(tmp_path / "tiny-mock.jobs", "end")) == NUMBER
    assert send(tmp_path / "tiny.yaml", out=tmp_path).left == (("tiny-mock", "finished"),)
    assert [one.found for one in collect(tmp_path)] == ["there"]


def test_a_run_killed_while_it_wrote_is_finished_at_home(slurm, alone, tmp_path):
    jobs = tmp_path / "tiny-mock.jobs"
    send(write_job(tmp_path, lithium=LITHIUM), out=tmp_path)
    wait_until(lambda: len(events(jobs, "end")) == NUMBER, every=0.002)
    stop_at(jobs, NUMBER, signal.SIGKILL)
    wait_for(tmp_path, "stopped")
    found = status_of(tmp_path)
    assert found.scheduler == "FAILED"
    assert "status 137" in found.reason  # what a shell makes of SIGKILL
    # Slurm forgets a job some minutes after its end; what the run wrote itself still tells
    record = json.loads((jobs / "submission.json").read_text())
    said = (jobs / "batch.txt").read_text()
    (jobs / "batch.txt").write_text(said.replace(f"job {record['number']} ", "job 999999 "))
    (jobs / "submission.json").write_text(json.dumps(record | {"number": "999999"}))
    forgotten = status_of(tmp_path)
    assert (forgotten.state, forgotten.scheduler) == ("stopped", "FORGOTTEN")
    assert forgotten.reason == found.reason
    assert [one.found for one in collect(tmp_path)] == ["written now"]
    assert contents(tmp_path / "tiny-mock") == alone
    assert len(events(jobs, "start")) == NUMBER


def test_a_scheduler_that_does_not_answer_is_not_taken_for_a_failure(
    slurm, tmp_path, monkeypatch, full
):
    job = write_job(tmp_path)
    sent = send(job, out=tmp_path, directives=HELD)
    if full:  # its commands try for 18 s
        slurm.stop_controller()
    with monkeypatch.context() as patch:
        if not full:
            patch.setenv("PATH", "")
        assert [one.state for one in statuses(tmp_path)] == ["unknown"]
        assert send(job, out=tmp_path).left[0][1].startswith("unknown as slurm")
        assert collect(tmp_path)[0].found == "missing"
    if full:
        slurm.start_controller()
        slurm.wait_for_node("idle", "mixed", "allocated")
        slurm.run("scontrol", "release", sent.number)
        wait_for(tmp_path, "finished")
    else:
        assert status_of(tmp_path).state == "waiting"
        slurm.run("scancel", sent.number)
        assert status_of(tmp_path).reason == "it was cancelled"


def test_slurm_s_own_refusal_is_passed_on_and_nothing_is_on_its_way(slurm, tmp_path):
    job = write_job(tmp_path)
    with pytest.raises(InputError, match=r"sbatch refused .*partition"):
        send(job, out=tmp_path, directives=[("partition", "nowhere")])
    found = status_of(tmp_path)
    assert (found.state, found.reason) == ("stopped", "it was never accepted by the scheduler")
    sent = send(job, out=tmp_path, directives=HELD)
    assert [task.name for task in sent.tasks] == ["tiny-mock"]
    assert status_of(tmp_path).submission.attempts == 2
    slurm.run("scancel", sent.number)


def test_a_run_at_its_time_limit_goes_on_when_it_is_sent_again(slurm, frozen, alone):
    wait_for(frozen, "stopped", seconds=150)
    found = status_of(frozen)
    assert (found.scheduler, found.reason) == ("TIMEOUT", "the time limit was reached")
    send(frozen / "tiny.yaml", out=frozen)
    wait_for(frozen, "finished")
    assert contents(frozen / "tiny-mock") == alone
    nothing_ran_twice(frozen / "tiny-mock.jobs", cut_off=1)


def test_a_run_on_a_lost_node_goes_on_by_itself(slurm, alone, tmp_path, full):
    jobs = tmp_path / "tiny-mock.jobs"
    sent = send(write_job(tmp_path, lithium=LITHIUM), out=tmp_path)
    stop_at(jobs, 5)
    process = process_of(jobs)
    slurm.stop_node()
    if full:  # Slurm notices the silence only after half a minute; else when the node is back
        slurm.wait_for_node("down", "down*")
        assert status_of(tmp_path).state == "waiting"
    slurm.start_node()
    wait_for(tmp_path, "waiting")  # Slurm starts it again by itself, two minutes later
    if not full:
        slurm.run("scancel", sent.number)
        wait_for(tmp_path, "stopped")
        send(tmp_path / "tiny.yaml", out=tmp_path)
    wait_for(tmp_path, "finished", seconds=240)
    assert process_of(jobs) != process
    assert (" restart 1" in (jobs / "batch.txt").read_text()) == full
    assert contents(tmp_path / "tiny-mock") == alone
    nothing_ran_twice(jobs, cut_off=1)
