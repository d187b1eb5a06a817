"""Runs sent to a real Slurm: finished, failed, cancelled, out of time, on a lost node, again."""

from __future__ import annotations

import json
import signal
import sys

import pytest

pytest.importorskip("jobflow")
pytest.importorskip("ase")

from interfaces.errors import InputError
from tests.integration.cluster.runs import (
    HELD,
    LITHIUM,
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
from tests.workflows.cli.runner import interfaces
from workflows.submit.cancel import cancel
from workflows.submit.collect import collect
from workflows.submit.node_check import check_on_node
from workflows.submit.site import Site
from workflows.submit.status import statuses

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
NUMBER = 11  #: of its jobs
KEY = "0123456789abcdef0123456789ABCDEF"


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
    status = status_of(tmp_path)
    assert status.progress.complete
    assert status.progress.finished == len(events(tmp_path / "tiny-mock.jobs", "end")) == NUMBER
    assert send(tmp_path / "tiny.yaml", out=tmp_path).left == (("tiny-mock", "finished"),)
    assert [run.found for run in collect(tmp_path)] == ["there"]


def test_a_run_killed_while_it_wrote_is_finished_at_home(slurm, alone, tmp_path):
    jobs = tmp_path / "tiny-mock.jobs"
    send(write_job(tmp_path, lithium=LITHIUM), out=tmp_path)
    wait_until(lambda: len(events(jobs, "end")) == NUMBER, every=0.002)
    stop_at(jobs, NUMBER, signal.SIGKILL)
    wait_for(tmp_path, "stopped")
    status = status_of(tmp_path)
    assert status.scheduler == "FAILED"
    assert "status 137" in status.reason  # what a shell makes of SIGKILL
    # Slurm forgets a job some minutes after its end; what the run wrote itself still tells
    record = json.loads((jobs / "submission.json").read_text())
    said = (jobs / "batch.txt").read_text()
    (jobs / "batch.txt").write_text(said.replace(f"job {record['number']} ", "job 999999 "))
    (jobs / "submission.json").write_text(json.dumps(record | {"number": "999999"}))
    forgotten = status_of(tmp_path)
    assert (forgotten.state, forgotten.scheduler) == ("stopped", "FORGOTTEN")
    assert forgotten.reason == status.reason
    assert [run.found for run in collect(tmp_path)] == ["written now"]
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
        assert [status.state for status in statuses(tmp_path)] == ["unknown"]
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


def test_slurm_s_own_refusal_comes_before_anything_is_written(slurm, tmp_path):
    job = write_job(tmp_path)
    with pytest.raises(InputError, match=r"sbatch refuses .*partition"):
        send(job, out=tmp_path, directives=[("partition", "nowhere")])
    assert not (tmp_path / "tiny-mock.jobs").exists()
    assert not list(tmp_path.glob("submitted/*/batch.sh"))
    sent = send(job, out=tmp_path, directives=HELD)
    assert [task.name for task in sent.tasks] == ["tiny-mock"]
    slurm.run("scancel", sent.number)


def test_a_line_of_the_site_that_fails_stops_the_run_and_is_named(slurm, tmp_path):
    send(write_job(tmp_path), out=tmp_path, before=("true", "module load nothing", "touch never"))
    wait_for(tmp_path, "stopped")
    assert "module load nothing ended with status 127" in status_of(tmp_path).reason
    assert not (tmp_path / "tiny-mock.jobs" / "flow.json").exists()


def test_the_doctor_looks_at_a_node(slurm, tmp_path):
    vasp = tmp_path / "vasp_std"
    vasp.write_text("#!/bin/sh\n")
    vasp.chmod(0o755)
    site = Site(vasp=f"env {vasp}", scratch=str(tmp_path / "scratch"), directives=(("time", "9"),))
    table = {check.name: check for check in check_on_node(site, tmp_path)}
    assert table["node"].state == table["node: locks"].state == "ok"
    assert table["node: VASP"].found == f"env {vasp}"
    assert "GB free" in table["node: scratch"].found
    (broken,) = check_on_node(Site(before=("false",)), tmp_path)
    assert (broken.name, broken.state, broken.found) == (
        "before", "missing", "false ended with status 1",
    )  # fmt: skip
    with pytest.raises(InputError, match="refuses"):
        check_on_node(Site(directives=(("partition", "nowhere"),)), tmp_path)


def test_steps_have_allocations_of_their_own_and_a_stage_that_fails_ends_the_run(
    slurm, alone, tmp_path
):
    steps = (("relax", (("ntasks", "2"),)), ("scale", (("mem", "100M"),)))
    send(write_job(tmp_path, lithium=LITHIUM), out=tmp_path, steps=steps)
    record = status_of(tmp_path).submission
    assert len(record.numbers) == 3
    assert "NumTasks=2" in slurm.run("scontrol", "show", "job", record.number)
    wait_for(tmp_path, "finished")
    assert contents(tmp_path / "tiny-mock") == alone
    nothing_ran_twice(tmp_path / "tiny-mock.jobs", cut_off=0)
    bad = tmp_path / "bad"
    bad.mkdir()
    send(write_job(bad), out=bad, steps=steps, command="false #")
    wait_for(bad, "stopped")
    assert status_of(bad).reason == "it ended with status 1"
    numbers = status_of(bad).submission.numbers
    states = [slurm.run("scontrol", "show", "job", number) for number in numbers[1:]]
    assert all("JobState=CANCELLED" in state for state in states)


def test_a_run_on_a_lost_node_goes_on_by_itself(slurm, frozen, alone, tmp_path):
    wait_for(frozen, "stopped", seconds=150)  # a lost node would start it again
    jobs = tmp_path / "tiny-mock.jobs"
    send(write_job(tmp_path, lithium=LITHIUM), out=tmp_path)
    stop_at(jobs, 5)
    process = process_of(jobs)
    slurm.stop_node()
    slurm.wait_for_node("down", "down*")
    assert status_of(tmp_path).state == "waiting"
    slurm.start_node()
    wait_for(tmp_path, "finished")
    assert process_of(jobs) != process
    assert " restart 1" in (jobs / "batch.txt").read_text()
    assert status_of(tmp_path).submission.attempts == 1
    assert contents(tmp_path / "tiny-mock") == alone
    nothing_ran_twice(jobs, cut_off=1)


def test_runs_are_cancelled_one_or_all_and_go_on_when_they_are_sent_again(slurm, alone, tmp_path):
    tiny, other = write_job(tmp_path, lithium=LITHIUM), write_job(tmp_path, "other")
    jobs = tmp_path / "tiny-mock.jobs"
    sent = send(tiny, other, out=tmp_path, directives=HELD)
    assert [run.did for run in cancel(tmp_path, ["other-mock"])] == ["cancelled"]
    assert {status.name: status.state for status in statuses(tmp_path)} == {
        "other-mock": "stopped",
        "tiny-mock": "waiting",
    }
    slurm.run("scontrol", "release", sent.number)
    stop_at(jobs, 4)  # else a run ends while the command starts on a busy machine
    done = interfaces("cancel", tmp_path)
    assert done.returncode == 0, done.stderr
    wait_for(tmp_path, "stopped", name="tiny-mock")
    assert {item.reason for item in statuses(tmp_path)} == {"it was cancelled"}
    kept = len(events(jobs, "end"))
    assert 2 <= kept < NUMBER
    # Slurm forgets; what was done here is still known
    record = json.loads((jobs / "submission.json").read_text())
    (jobs / "submission.json").write_text(json.dumps(record | {"number": "999999"}))
    assert status_of(tmp_path, "tiny-mock").reason == "it was cancelled"
    send(tiny, out=tmp_path)  # alone: no array
    wait_until(lambda: status_of(tmp_path, "tiny-mock").state != "waiting")
    wait_for(tmp_path, "finished", name="tiny-mock")
    assert contents(tmp_path / "tiny-mock") == alone
    nothing_ran_twice(jobs, cut_off=1)
    held = send(other, out=tmp_path, directives=HELD)
    assert [entry.did for entry in cancel(tmp_path, ["other-mock"])] == ["cancelled"]
    assert slurm.run("squeue", "-h", "-j", held.number, "-t", "PENDING,RUNNING").strip() == ""


@pytest.mark.parametrize("exported", ["", "NONE"])
def test_a_key_in_the_environment_is_passed_on_or_not_and_is_in_no_file(
    slurm, tmp_path, monkeypatch, exported
):
    monkeypatch.setenv("MP_API_KEY", KEY)
    line = 'echo "site ${MP_API_KEY:+has} ${SLURM_EXPORT_ENV:-all} $OMP_NUM_THREADS"'
    send(
        write_job(tmp_path), out=tmp_path, before=(line,), environment=(("OMP_NUM_THREADS", "7"),),
        directives=[("export", exported)] if exported else [],
        command=f"{sys.executable} -c 'import os; print(\"run\", *os.environ, sep=chr(10)); 1/0' #",
    )  # fmt: skip
    wait_for(tmp_path, "stopped")
    (said,) = (tmp_path / "submitted").glob("*/0.txt")
    assert said.read_text().split()[:2] == (["site", "has"] if not exported else ["site", "NONE"])
    names = (tmp_path / "tiny-mock.jobs" / "batch.txt").read_text().split()
    assert ("MP_API_KEY" in names) != bool(exported)
    assert "SLURM_EXPORT_ENV" not in names  # srun would pass nothing on
    assert "OMP_NUM_THREADS" in names
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 5
    for path in files:
        assert KEY.encode() not in path.read_bytes(), path
