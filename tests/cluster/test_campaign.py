"""A campaign through the real Slurm as one array, with failures: every run is accounted for."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("jobflow")
pytest.importorskip("ase")

from workflows.query import rows
from workflows.submit.collect import collect
from workflows.submit.status import Status, statuses

from ..cli.runner import ROOT, interfaces, refused
from .runs import HELD, events, nothing_ran_twice, process_of, send, wait_until, write_job

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
PHASES = ROOT / "inputs" / "phases" / "chgnet-0.3.0.csv.gz"
REASONS = {
    "killed": "status 137",
    "cancelled": "it was cancelled",
    "bad": ".csv.gz",
    "frozen": "the time limit was reached",
}


@dataclass
class Campaign:
    """The runs after their first submission: ``hurt`` is name -> what was done to it."""

    out: Path
    jobs: list[Path]
    hurt: dict[str, str]
    found: list[Status]
    send: dict

    def mend(self) -> None:
        for name, kind in self.hurt.items():
            if kind == "bad":
                table(self.out, name).with_suffix(".away").rename(table(self.out, name))


def table(out: Path, name: str) -> Path:
    return out / f"{name.partition('-')[0]}.csv.gz"


def settled(out: Path, seconds: float) -> list[Status]:
    wait_until(
        lambda: all(one.state in ("finished", "stopped") for one in statuses(out)), seconds, 1.0
    )
    return statuses(out)


@pytest.fixture(scope="module")
def campaign(slurm, frozen, full, tmp_path_factory):
    """50 runs on the fake VASP with ten failures, or six on the mock with three."""
    out = tmp_path_factory.mktemp("campaign")
    number, calculator = (50, "mock-vasp") if full else (6, "mock")
    kinds = [*["killed"] * 4, *["cancelled"] * 3, *["bad"] * 2, "frozen"]
    kinds = kinds if full else ["killed", "cancelled", "bad"]
    chance = random.Random(20261121)
    names = [f"run{i:02d}" for i in range(number)]
    hurt = {f"{one}-{calculator}": kind for one, kind in
            zip(chance.sample(names, len(kinds)), kinds, strict=True)}  # fmt: skip
    jobs = []
    for i, name in enumerate(names):
        own = table(out, name)
        if hurt.get(f"{name}-{calculator}") == "bad":
            shutil.copy(PHASES, own)
        phases = own if own.exists() else "chgnet-0.3.0"
        jobs.append(write_job(out, name, seed=i, phases=str(phases)))
    options = {"out": out, "calculator": calculator, "at_once": 4}
    sent = send(*jobs, directives=[*HELD, ("time", "00:02:00")], **options)
    for name, kind in hurt.items():
        if kind == "bad":
            table(out, name).rename(table(out, name).with_suffix(".away"))
    slurm.run("scontrol", "release", sent.number)
    order = [task.name for task in sent.tasks]
    waiting = {name: chance.randint(1, 4) for name, kind in hurt.items() if kind != "bad"}
    end = time.monotonic() + 900
    while waiting:
        assert time.monotonic() < end, waiting
        for name, starts in list(waiting.items()):
            jobs_folder = out / f"{name}.jobs"
            if len(events(jobs_folder, "start")) < starts:
                continue
            time.sleep(chance.uniform(0, 0.1))
            if hurt[name] == "cancelled":
                slurm.run("scancel", f"{sent.number}_{order.index(name)}")
            else:
                how = signal.SIGKILL if hurt[name] == "killed" else signal.SIGSTOP
                os.kill(process_of(jobs_folder), how)
            del waiting[name]
        time.sleep(0.005)
    started = time.perf_counter()
    found = settled(out, 900)
    seconds = time.perf_counter() - started
    print(f"\n{number} runs, {len(kinds)} hurt: {seconds:.0f} s after the last was hurt")
    return Campaign(out, jobs, hurt, found, options)


def test_every_run_is_finished_or_stopped_for_the_reason_that_it_was_given(campaign):
    stopped = {one.name: one.reason for one in campaign.found if one.state == "stopped"}
    assert stopped.keys() == campaign.hurt.keys()
    for name, reason in stopped.items():
        assert REASONS[campaign.hurt[name]] in reason, (name, reason)
    assert len(campaign.found) == len(campaign.jobs)
    for one in campaign.found:
        assert one.target.is_dir() == (one.state == "finished")
        assert one.progress.finished == len(events(one.folder, "end"))


def test_status_and_collect_tell_a_person_what_is_missing(campaign):
    done = interfaces("status", campaign.out)
    assert done.returncode == 0, done.stderr
    number, hurt = len(campaign.jobs), len(campaign.hurt)
    assert f"{hurt} of {number} runs stopped: mend the reason" in done.stdout
    for one in collect(campaign.out):
        assert one.home == (one.name not in campaign.hurt)
        if campaign.hurt.get(one.name) in ("killed", "cancelled"):
            assert "to do: " in one.note
    done = interfaces("collect", campaign.out)
    assert done.returncode == 1
    assert f"{number - hurt} of {number} runs are home" in done.stdout


def test_sent_again_only_the_failures_run_and_all_come_home(campaign):
    calculator = campaign.send["calculator"]
    again = ("submit", *campaign.jobs, "--to", "slurm", "--calculator", calculator)
    refused(interfaces(*again, "--out", campaign.out), ".csv.gz")  # bad input, not mended
    campaign.mend()
    sent = send(*campaign.jobs, **campaign.send)
    assert {task.name for task in sent.tasks} == campaign.hurt.keys()
    assert {why for _, why in sent.left} == {"finished"}
    found = settled(campaign.out, 300)
    assert [one.state for one in found] == ["finished"] * len(campaign.jobs)
    assert [one.found for one in collect(campaign.out)] == ["there"] * len(campaign.jobs)
    for one in found:
        assert one.submission.attempts == (2 if one.name in campaign.hurt else 1)
        nothing_ran_twice(one.folder, cut_off=one.name in campaign.hurt)
    records = {Path(row["record"]).parent.name for row in rows(campaign.out)}
    assert records == {one.name for one in found}
