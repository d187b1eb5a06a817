"""The doors that execute: how a campaign goes through each, and how its runs are hurt there."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import yaml

from tests.integration.cluster.runs import (
    HELD,
    events,
    nothing_ran_twice,
    process_of,
    wait_until,
    write_job,
)
from tests.integration.cluster.slurm import Slurm
from tests.workflows.cli.runner import ROOT
from workflows.submit.cancel import cancel
from workflows.submit.send import Sent, submit
from workflows.submit.site import Site
from workflows.submit.status import Status, statuses

PHASES = ROOT / "inputs" / "phases" / "sevennet-l3i5.csv.gz"
#: jobflow's job that hands an output on; it runs even where that is missing, and once more then.
PASSING_ON = "store_inputs"
SEED = 20261121
MOST = 1500  #: seconds for a whole campaign


@dataclass
class Campaign:
    """Job files of many runs, some of which are going to be hurt.

    Attributes
    ----------
    hurt : name of the run -> what is done to it.
    when : the run is hurt once so many of its jobs have started.
    """

    out: Path
    calculator: str
    jobs: list[Path] = field(default_factory=list)
    hurt: dict[str, str] = field(default_factory=dict)
    when: dict[str, int] = field(default_factory=dict)

    @classmethod
    def made(cls, out: Path, number: int, kinds: list[str], calculator: str) -> Campaign:
        """Write the job files; the chosen ones are the same every time."""
        chance = random.Random(SEED)
        names = [f"run{i:02d}" for i in range(number)]
        item = cls(out, calculator)
        for name, kind in zip(chance.sample(names, len(kinds)), kinds, strict=True):
            item.hurt[f"{name}-{calculator}"] = kind
            item.when[f"{name}-{calculator}"] = chance.randint(1, 3)
        for i, name in enumerate(names):
            own = out / f"{name}.csv.gz"
            if item.hurt.get(f"{name}-{calculator}") == "bad":
                shutil.copy(PHASES, own)
            phases = str(own) if own.exists() else "sevennet-l3i5"
            item.jobs.append(write_job(out, name, seed=i, phases=phases))
        return item

    def tables(self, away: bool) -> None:
        """Take the phases of the bad runs away, or bring them back."""
        for name in (name for name, kind in self.hurt.items() if kind == "bad"):
            table = self.out / f"{name.partition('-')[0]}.csv.gz"
            gone = table.with_suffix(".away")
            (table if away else gone).rename(gone if away else table)

    def folder(self, name: str) -> Path:
        """Folder of a run's jobs."""
        return self.out / f"{name}.jobs"

    def begun(self, name: str) -> bool:
        """Whether a run on this machine has come to where it is to be hurt."""
        return len(events(self.folder(name), "start")) >= self.when[name]

    def hurt_each(self, how: Callable[[str, str], bool], between: Callable[[], None]) -> None:
        """Hurt all but the bad ones: ``how(name, kind)`` says whether it could."""
        waiting = {name: kind for name, kind in self.hurt.items() if kind != "bad"}
        end = time.monotonic() + MOST
        while waiting:
            assert time.monotonic() < end, waiting
            for name, kind in list(waiting.items()):
                if how(name, kind):
                    del waiting[name]
                elif (self.out / name).is_dir():  # on a busy machine it may end unseen
                    waiting[self.instead(name)] = waiting.pop(name)
            between()

    def instead(self, ended: str) -> str:
        """Let a run that has not begun be hurt in the place of one that ended too soon."""
        names = [f"{path.stem}-{self.calculator}" for path in reversed(self.jobs)]
        other = next(n for n in names if n not in self.hurt and not events(self.folder(n), "start"))
        self.hurt[other], self.when[other] = self.hurt.pop(ended), self.when.pop(ended)
        return other

    def settled(self) -> list[Status]:
        """What became of every run, once none goes on."""
        gathered: list[Status] = []

        def done() -> bool:
            gathered[:] = statuses(self.out)
            return all(item.state in ("finished", "stopped") for item in gathered)

        wait_until(done, MOST, every=1.0)
        return gathered


class Door:
    """A way to send a campaign; the door itself says what can happen behind it."""

    to = ""
    calculator = "mock"
    full_calculator = "mock"
    reasons: ClassVar[dict[str, str]] = {}  # kind -> part of what a person must read
    kinds = ()  # the ten of the full campaign
    few = ()  # those of the small one
    number = 4  #: runs of the small one
    site = Site()

    def send(self, campaign: Campaign, **options: Any) -> Sent:
        """Submit all jobs of the campaign."""
        site = Site(**options) if options else self.site
        return submit(campaign.jobs, campaign.calculator, to=self.to, site=site, out=campaign.out)

    def first(self, campaign: Campaign) -> None:
        """Send, hurt, and wait until nothing goes on."""
        raise NotImplementedError

    def again(self, campaign: Campaign) -> Sent:
        """Send again, and wait until nothing goes on."""
        sent = self.send(campaign)
        campaign.settled()
        return sent

    def finished(self, campaign: Campaign) -> dict[str, Any]:
        """Every finished job, with what would change if it ran once more."""
        paths = campaign.out.glob("*.jobs/jobs/[!.]*.json")
        return {str(path): path.stat().st_mtime_ns for path in paths}

    def check(self, campaign: Campaign) -> None:
        """Look closer, where the door leaves a log."""
        for status in statuses(campaign.out):
            nothing_ran_twice(status.folder, cut_off=int(status.name in campaign.hurt))


class Local(Door):
    to = "local"
    reasons: ClassVar = {"killed": "status 137", "terminated": "status 143",
                         "cancelled": "it was cancelled", "bad": ".csv.gz"}  # fmt: skip
    kinds = (*["killed"] * 3, *["terminated"] * 2, *["cancelled"] * 3, *["bad"] * 2)
    few = ("killed", "cancelled", "bad")

    def first(self, campaign: Campaign) -> None:
        self.send(campaign)
        campaign.tables(away=True)

        def how(name: str, kind: str) -> bool:
            if not campaign.begun(name):
                return False
            process = process_of(campaign.folder(name))
            if kind == "cancelled":
                os.kill(process, signal.SIGSTOP)  # or it would end while cancel looks around
                assert [run.did for run in cancel(campaign.out, [name])] == ["cancelled"]
            else:
                os.kill(process, signal.SIGKILL if kind == "killed" else signal.SIGTERM)
            return True

        campaign.hurt_each(how, lambda: time.sleep(0.005))
        campaign.settled()


class OnSlurm(Door):
    to = "slurm"
    full_calculator = "mock-vasp"
    reasons: ClassVar = {"killed": "status 137", "cancelled": "it was cancelled", "bad": ".csv.gz",
               "frozen": "the time limit was reached"}  # fmt: skip
    kinds = (*["killed"] * 4, *["cancelled"] * 3, *["bad"] * 2, "frozen")
    few = ("killed", "cancelled", "bad")
    number = 5
    site = Site(at_once=4)

    def __init__(self, slurm: Slurm) -> None:
        self.slurm = slurm

    def first(self, campaign: Campaign) -> None:
        sent = self.send(campaign, at_once=4, directives=HELD)
        campaign.tables(away=True)
        self.slurm.run("scontrol", "release", sent.number)
        order = [task.name for task in sent.tasks]

        def how(name: str, kind: str) -> bool:
            if not campaign.begun(name):
                return False
            if kind == "cancelled":
                cancel(campaign.out, [name])
            elif kind == "killed":
                os.kill(process_of(campaign.folder(name)), signal.SIGKILL)
            else:
                os.kill(process_of(campaign.folder(name)), signal.SIGSTOP)
                task = f"{sent.number}_{order.index(name)}"
                self.slurm.run("scontrol", "update", f"JobId={task}", "TimeLimit=1")
            return True

        campaign.hurt_each(how, lambda: time.sleep(0.005))
        campaign.settled()


class Remote(Door):
    """The runner of jobflow-remote in this process, its jobs on the real Slurm."""

    to = "jobflow-remote"
    reasons: ClassVar = dict.fromkeys(("killed", "cancelled", "frozen"), "jfremote_out.json") | {
        "bad": ".csv"
    }
    kinds = OnSlurm.kinds
    few = ("killed", "bad")
    number = 3
    site = Site(project="campaign", worker="slurm")

    def __init__(self, slurm: Slurm, controller: Any) -> None:
        self.slurm = slurm
        self.controller = controller

    def first(self, campaign: Campaign) -> None:
        self.send(campaign)
        campaign.tables(away=True)
        numbers = {status.name: status.submission.number for status in statuses(campaign.out)}
        step = self.steps()

        def how(name: str, kind: str) -> bool:
            jobs = self.controller.get_jobs_info(flow_ids=numbers[name])
            done = [job for job in jobs if job.state.value == "COMPLETED"]
            if len(done) < campaign.when[name] - 1:
                return False
            going = [job for job in jobs if job.state.value in ("SUBMITTED", "RUNNING")]
            return any(self.caught(job, kind) for job in going)

        campaign.hurt_each(how, step)
        self.run(step)

    def caught(self, job: Any, kind: str) -> bool:
        """Hurt a job of the scheduler's; it may end before it is caught."""
        number = str(job.remote.process_id)
        for _ in range(100):
            values = [] if kind == "cancelled" else working_in(Path(job.run_dir))
            if kind == "cancelled":
                self.slurm.run("scancel", number)
            for process in values:
                os.kill(process, signal.SIGSTOP if kind == "frozen" else signal.SIGKILL)
            if kind == "frozen" and values:
                self.slurm.run("scontrol", "update", f"JobId={number}", "TimeLimit=1")
            if values or kind == "cancelled":
                return True
            time.sleep(0.02)
        return False

    def again(self, campaign: Campaign) -> Sent:
        sent = self.send(campaign)
        self.run(self.steps())
        return sent

    def steps(self) -> Callable[[], None]:
        """One round of what the user's runner does."""
        from jobflow_remote.jobs.runner import Runner

        runner = Runner(project_name="campaign")

        def step() -> None:
            runner.checkout()
            runner.check_run_status()
            runner.advance_state(["CHECKED_OUT", "RUN_FINISHED", "DOWNLOADED", "UPLOADED"])
            time.sleep(0.1)

        return step

    def run(self, step: Callable[[], None]) -> None:
        """Until nothing is left to do."""
        going = ["READY", "CHECKED_OUT", "UPLOADED", "SUBMITTED", "RUNNING", "RUN_FINISHED",
                 "DOWNLOADED"]  # fmt: skip
        end = time.monotonic() + MOST
        while self.controller.count_jobs(query={"state": {"$in": going}}):
            assert time.monotonic() < end, self.controller.get_jobs_info(states=None)
            step()

    def finished(self, campaign: Campaign) -> dict[str, Any]:
        return {
            f"{job.uuid}.{job.index}": job.end_time
            for status in statuses(campaign.out)
            for job in self.controller.get_jobs_info(flow_ids=status.submission.number)
            if job.state.value == "COMPLETED" and job.name != PASSING_ON
        }

    def check(self, campaign: Campaign) -> None:
        pass


def working_in(folder: Path) -> list[int]:
    """Pythons that work in a folder."""
    gathered = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            same = (path / "cwd").resolve() == folder.resolve()
            if same and b"python" in (path / "cmdline").read_bytes():
                gathered.append(int(path.name))
    return gathered


@contextlib.contextmanager
def project(folder: Path, patch: Any):
    """A project of jobflow-remote with an empty database; its file is all that a user writes."""
    from jobflow import JobStore
    from jobflow_remote import SETTINGS
    from jobflow_remote.config.manager import ConfigManager

    from tests.integration.cluster.stores import OPEN, SharedStore

    OPEN.clear()
    (folder / "work").mkdir()
    settings = {
        "name": "campaign",
        "workers": {
            name: {
                "type": "local",
                "scheduler_type": scheduler,
                "work_dir": str(folder / "work"),
                "pre_run": f"export PATH={Path(sys.executable).parent}:$PATH PYTHONPATH={ROOT}",
                "resources": {},
            }
            for name, scheduler in (("slurm", "slurm"), ("here", "shell"))
        },
        "queue": {"store": SharedStore("queue").as_dict()},
        "jobstore": JobStore(
            SharedStore("outputs"), additional_stores={"data": SharedStore("data")}
        ).as_dict(),
        "runner": {"delta_retry": [1]},  # s; half a minute to 20 otherwise
    }
    (folder / "projects").mkdir()
    (folder / "projects" / "campaign.yaml").write_text(yaml.safe_dump(settings))
    with patch.context() as own:
        own.setattr(SETTINGS, "projects_folder", str(folder / "projects"))
        controller = ConfigManager().get_project("campaign").get_job_controller()
        for item in ({"next_id": 1}, {"running_runner": None}, {"runner_pings": []}):
            controller.auxiliary.insert_one(item)  # as `jf admin reset`, which also makes indexes
        controller.update_version_information()
        yield controller
