"""A campaign through every door that executes, with ten failures: every run is accounted for."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

pytest.importorskip("jobflow")
pytest.importorskip("ase")

from tests.integration.cluster.doors import Campaign, Local, OnSlurm, Remote, project
from tests.integration.cluster.runs import by_hand, contents
from tests.workflows.cli.runner import interfaces, refused
from workflows.runs.query import rows
from workflows.submit.collect import collect
from workflows.submit.status import statuses

pytestmark = pytest.mark.filterwarnings("ignore")  # of libraries below the engines
FULL = 50  #: runs


@pytest.fixture(scope="module", params=["slurm", "local", "jobflow-remote"])
def door(request, tmp_path_factory):
    """One way to send a campaign."""
    if request.param in ("slurm", "jobflow-remote"):
        slurm = request.getfixturevalue("slurm")
        request.getfixturevalue("frozen")  # begun early, looked at in test_time_limit
    if request.param == "slurm":
        yield OnSlurm(slurm)
    elif request.param == "local":
        yield Local()
    else:
        pytest.importorskip("jobflow_remote")
        with project(tmp_path_factory.mktemp("remote"), pytest.MonkeyPatch) as controller:
            yield Remote(slurm, controller)


@pytest.fixture(scope="module")
def campaign(door, full, tmp_path_factory):
    """50 runs with ten failures, or a few, after their first submission."""
    out = tmp_path_factory.mktemp("campaign")
    number, kinds = (FULL, door.kinds) if full else (door.number, door.few)
    calculator = door.full_calculator if full else door.calculator
    item = Campaign.made(out, number, list(kinds), calculator)
    started = time.perf_counter()
    door.first(item)
    seconds = time.perf_counter() - started
    jobs = sum(status.progress.finished for status in statuses(out))
    print(f"\n{door.to}: {number} runs, {len(kinds)} hurt, {jobs} jobs finished in {seconds:.0f} s")
    return item


def test_every_run_is_finished_or_stopped_for_the_reason_that_it_was_given(door, campaign):
    runs = statuses(campaign.out)
    assert len(runs) == len(campaign.jobs)
    assert {run.state for run in runs} <= {"finished", "stopped"}
    stopped = {item.name: item.reason for item in runs if not item.progress.complete}
    assert stopped.keys() == campaign.hurt.keys()
    for name, reason in stopped.items():
        assert door.reasons[campaign.hurt[name]] in reason, (name, reason)


def test_what_is_missing_is_told_and_what_is_not_is_what_a_local_run_writes(door, campaign):
    if door.to in ("slurm", "local"):  # another process does not see a database in this one
        done = interfaces("status", campaign.out)
        assert done.returncode == 1, done.stderr
        number, hurt = len(campaign.jobs), len(campaign.hurt)
        assert f"{hurt} of {number} runs stopped" in done.stdout
        done = interfaces("collect", campaign.out)
        assert done.returncode == 1
        assert f"{number - hurt} of {number} runs are complete" in done.stdout
    for run in collect(campaign.out):
        assert run.home == (run.name not in campaign.hurt)
        if campaign.hurt.get(run.name) not in (None, "bad"):
            assert "to do: " in run.note


def test_sent_again_only_the_failures_run_and_all_come_home(door, campaign):
    again = ("submit", *campaign.jobs, "--to", "slurm", "--calculator", campaign.calculator)
    refused(interfaces(*again, "--out", campaign.out), ".csv.gz")  # bad input, not mended
    before = door.finished(campaign)
    campaign.tables(away=False)
    sent = door.again(campaign)
    assert {task.name for task in sent.tasks} == campaign.hurt.keys()
    assert {why for _, why in sent.left} == {"finished"}
    assert all(run.home for run in collect(campaign.out))
    assert [status.state for status in statuses(campaign.out)] == ["finished"] * len(campaign.jobs)
    assert before.items() <= door.finished(campaign).items()  # nothing finished ran again
    door.check(campaign)
    for item in statuses(campaign.out):
        assert item.submission.attempts == (2 if item.name in campaign.hurt else 1)
    records = {Path(row["record"]).parent.name for row in rows(campaign.out)}
    assert records == {entry.name for entry in statuses(campaign.out)}
    alone = campaign.out.with_name(campaign.out.name + "-alone")
    for job in campaign.jobs:
        name = f"{job.stem}-{campaign.calculator}"
        if campaign.calculator == "mock-vasp" and name not in campaign.hurt:
            continue  # a quarter of a minute each; with the mock all are compared
        by_hand(job, alone, campaign.calculator)
        assert contents(campaign.out / name) == contents(alone / name), name
