"""Slurm's daemons killed one by one under a run: nothing finished is lost, nothing runs twice.

With ``--full``, where there is root: a Slurm of its own. A lost node with all that ran on it, a
controller that is stopped in good order and jobs that Slurm has forgotten are in
``tests/integration/cluster``; no Slurm of these tests has a ``slurmdbd``.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("jobflow")
pytest.importorskip("ase")

from interfaces.errors import CalculationError
from tests.integration.cluster.runs import (
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
from tests.integration.cluster.slurm import Slurm, _end, slurm_here
from tests.workflows.cli.runner import interfaces
from workflows.submit.collect import collect
from workflows.submit.status import statuses
from workflows.submit.submission_record import Submission

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
READY = ("idle", "mixed", "allocated")


@pytest.fixture(scope="module")
def slurm(full):
    """One of its own: the others' is not to be killed."""
    if not full:
        pytest.skip("with --full")
    with slurm_here() as cluster:
        yield cluster


def begun(out: Path) -> Path:
    """A run that Slurm has started, frozen after some of its jobs; the folder of its jobs."""
    send(write_job(out, lithium=LITHIUM), out=out)
    jobs = out / "tiny-mock.jobs"
    stop_at(jobs, 4)
    return jobs


def kill(slurm: Slurm, name: str) -> list[str]:
    """Kill a daemon; the command that starts it again."""
    file = slurm.folder / f"{name}.pid"
    words = Path(f"/proc/{int(file.read_text())}/cmdline").read_bytes().split(b"\0")[:-1]
    _end(file, signal.SIGKILL)
    return [os.fsdecode(word) for word in words]


def asked_without_an_answer(out: Path, before: int) -> None:
    """Every verb while Slurm is deaf: one line, and nothing is taken for a failure or sent."""
    (status,) = statuses(out)
    assert (status.state, status.scheduler, status.reason) == ("unknown", "SILENT", "")
    again = send(out / "tiny.yaml", out=out)
    assert again.tasks == ()
    assert again.left[0][1].startswith("unknown as slurm")
    (run,) = collect(out)
    assert (run.found, run.home) == ("missing", False)
    done = interfaces("cancel", out)
    assert done.returncode == 2, done
    assert done.stderr.count("\n") == 1
    assert "Slurm does not" in done.stderr
    assert not (out / "tiny-mock.jobs" / "cancelled").exists()
    assert status_of(out).submission.attempts == before


def finished(out: Path, alone: dict[str, bytes]) -> None:
    """The results are those of a run that nobody disturbed, and each job ran to its end once."""
    wait_for(out, "finished", seconds=240)
    assert contents(out / "tiny-mock") == alone
    nothing_ran_twice(out / "tiny-mock.jobs", cut_off=0)
    assert [run.found for run in collect(out)] == ["there"]
    assert send(out / "tiny.yaml", out=out).left == (("tiny-mock", "finished"),)


def test_a_slurm_that_does_not_answer_is_asked_once_for_many_submissions(tmp_path, monkeypatch):
    gathered = []

    def silent(self, number):
        gathered.append(number)
        raise CalculationError("Slurm does not answer")

    monkeypatch.setattr("workflows.submit.slurm.Slurm.states", silent)
    for number in ("1", "2", "3", ""):
        folder = tmp_path / f"run{number}-mock.jobs"
        folder.mkdir()
        Submission(f"run{number}-mock", "a.yaml", "mock", None, "slurm", f"/s{number}", number, 0,
                   "now", "x", "0").write(folder)  # fmt: skip
    assert sorted(status.state for status in statuses(tmp_path)) == ["stopped", *["unknown"] * 3]
    assert len(gathered) == 1


def test_the_controller_is_killed_under_a_run(slurm, alone, tmp_path):
    jobs = begun(tmp_path)
    kill(slurm, "slurmctld")
    try:
        asked_without_an_answer(tmp_path, before=1)
        other = write_job(tmp_path, "other")
        done = interfaces("submit", other, "--to", "slurm", "--calculator", "mock",
                          "--out", tmp_path)  # fmt: skip
        assert done.returncode == 2, done
        assert done.stderr.count("\n") == 1
        os.kill(process_of(jobs), signal.SIGCONT)  # the node goes on without it
        wait_until(lambda: (tmp_path / "tiny-mock").is_dir(), 240)
        assert status_of(tmp_path, "tiny-mock").state == "finished"
    finally:
        slurm.start_controller()
        slurm.wait_for_node(*READY)
    shutil.rmtree(tmp_path / "other-mock.jobs")
    finished(tmp_path, alone)


def test_munge_is_killed_under_a_run(slurm, alone, tmp_path):
    jobs = begun(tmp_path)
    words = kill(slurm, "munged")
    try:
        asked_without_an_answer(tmp_path, before=1)
    finally:
        subprocess.run(words, check=True, timeout=60)
    os.kill(process_of(jobs), signal.SIGCONT)
    finished(tmp_path, alone)


def test_the_node_s_daemon_alone_is_killed_under_a_run(slurm, alone, tmp_path):
    """Slurm gives the run up and starts it again, while the first start still ends on the node."""
    jobs = begun(tmp_path)
    first = process_of(jobs)
    kill(slurm, "slurmd")
    slurm.wait_for_node("down", "down*")
    assert status_of(tmp_path).state == "waiting"
    assert send(tmp_path / "tiny.yaml", out=tmp_path).tasks == ()
    slurm.start_node()
    os.kill(first, signal.SIGCONT)
    wait_for(tmp_path, "finished", seconds=240)
    assert contents(tmp_path / "tiny-mock") == alone
    nothing_ran_twice(jobs, cut_off=1)
    wait_until(lambda: not slurm.run("squeue", "-h").strip(), 240)
    assert contents(tmp_path / "tiny-mock") == alone
    assert len({*events(jobs, "end")}) == len(events(jobs, "end"))


def test_every_daemon_is_killed_and_comes_back(slurm, alone, tmp_path):
    """As when the machine of the scheduler goes down with the node: what was done is kept."""
    jobs = begun(tmp_path)
    done = len(events(jobs, "end"))
    munge = kill(slurm, "munged")
    kill(slurm, "slurmctld")
    slurm.stop_node()
    subprocess.run(munge, check=True, timeout=60)
    slurm.start_controller()
    slurm.start_node()
    wait_until(lambda: status_of(tmp_path).state != "unknown", 120, every=1.0)
    if status_of(tmp_path).state == "stopped":
        assert status_of(tmp_path).reason
        send(tmp_path / "tiny.yaml", out=tmp_path)
    wait_for(tmp_path, "finished", seconds=300)
    assert contents(tmp_path / "tiny-mock") == alone
    nothing_ran_twice(jobs, cut_off=1)
    assert done >= 3
