"""Many small runs on a Slurm of several nodes, hurt in ten ways: all are whole in the end."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

pytest.importorskip("jobflow")
pytest.importorskip("ase")

from tests.integration.cluster.doors import PHASES
from tests.integration.cluster.runs import (
    by_hand,
    contents,
    events,
    process_of,
    write_job,
)
from tests.integration.cluster.slurm import slurm_here
from workflows.flows.packed_jobs import unpack
from workflows.submit.cancel import cancel
from workflows.submit.collect import collect
from workflows.submit.send import submit
from workflows.submit.site import Site
from workflows.submit.status import DAMAGED, FINISHED, STOPPED, statuses, wait

pytestmark = pytest.mark.filterwarnings("ignore")
SEED = 22
#: In the middle of a run -> part of the reason that a person reads.
DURING = {
    "killed": "status 137",
    "terminated": "status 143",
    "cancelled": "it was cancelled",
    "limit": "time limit",
    "flipped": "status 137",  # and a bit of a finished job is lost with it
    "input": ".csv.gz",
    "unready": "ended with status",
}
#: To the files of a finished run -> the word of the manifest.
AFTER = {"truncated": "truncated", "deleted": "missing"}
CAUGHT = ("killed", "terminated", "cancelled", "limit", "flipped", "unready")
KINDS = (*DURING, *AFTER, "node")
SITE = Site(directives=(("time", "60"),))


@dataclass
class Many:
    """Runs, and what is done to some of them."""

    out: Path
    number: int
    each: int
    per_task: int
    slots: int
    kinds: tuple[str, ...]
    hurt: dict[str, str] = field(default_factory=dict)
    jobs: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        names = [f"r{i:03d}" for i in range(self.number)]
        chance = random.Random(SEED)
        # Those that are caught in the middle begin late, and are the first of their task.
        places = {
            True: names[self.slots * self.per_task :: self.per_task],
            False: names[1 : self.slots * self.per_task : self.per_task],
        }
        for first, kinds in ((True, CAUGHT), (False, ("input", *AFTER))):
            wanted = [kind for kind in kinds if kind in self.kinds for _ in range(self.each)]
            chosen = chance.sample(places[first], len(wanted))
            self.hurt |= {f"{name}-mock": kind for name, kind in zip(chosen, wanted, strict=True)}
        for i, name in enumerate(names):
            phases = "sevennet-l3i5"
            if self.hurt.get(f"{name}-mock") == "input":
                phases = str(self.out / f"{name}.csv.gz")
                shutil.copy(PHASES, phases)
            self.jobs.append(write_job(self.out, name, seed=i, phases=phases))

    def of(self, *kinds: str) -> list[str]:
        return [name for name, kind in self.hurt.items() if kind in kinds]

    def folder(self, name: str) -> Path:
        return self.out / f"{name}.jobs"

    def send(self, **options):
        # a line of the site that fails on the nodes for chosen runs only
        poisoned = 'for task in "${tasks[@]}"; do test ! -e "${folders[$task]}/poison"; done'
        site = Site(directives=(*SITE.directives, *options.items()), before=(poisoned,))
        return submit(
            self.jobs, "mock", to="slurm", site=site, out=self.out, per_task=self.per_task
        )

    def caught(self, name: str) -> int | None:
        """Hold a run in the middle; its process."""
        if len(events(self.folder(name), "end")) < 2 or (self.out / name).is_dir():
            return None
        process = process_of(self.folder(name))
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGSTOP)
            return process
        return None

    def hurt_one(self, slurm, name: str, process: int) -> None:
        kind = self.hurt[name]
        if kind == "cancelled":
            cancel(self.out, [name])
        elif kind == "limit":
            record = next(s.submission for s in statuses(self.out) if s.name == name)
            task = f"{record.number}_{record.tasks[0]}"
            slurm.run("scontrol", "update", f"JobId={task}", "TimeLimit=1")
            return
        elif kind == "flipped":
            flip(sorted((self.folder(name) / "jobs").glob("[!.]*.json"))[0])
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGTERM if kind == "terminated" else signal.SIGKILL)
            os.kill(process, signal.SIGCONT)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def played(slurm, many: Many) -> dict[str, float]:
    """Send, hurt, send again, collect: every claim on the way is checked; returns figures."""
    began = time.monotonic()
    sent = many.send(hold="")
    submitted = time.monotonic() - began
    for name in many.of("input"):
        (many.out / f"{name.removesuffix('-mock')}.csv.gz").rename(many.out / f"{name}.away")
    for name in many.of("unready"):
        (many.folder(name) / "poison").touch()
    # Runs that are caught in the middle are in the later tasks, which begin once nodes were lost.
    slurm.run("scontrol", "release", f"{sent.number}_[0-{many.slots - 1}]")
    waiting = {name for name in many.of(*DURING) if many.hurt[name] not in ("input", "unready")}
    lost = False
    end = time.monotonic() + 3600
    while waiting or not lost:
        assert time.monotonic() < end, waiting
        for name in sorted(waiting) if lost else ():
            if process := many.caught(name):
                many.hurt_one(slurm, name, process)
                waiting.remove(name)
            elif (many.out / name).is_dir():
                raise AssertionError(f"{name} ended before it was caught")
        if not lost and len(list(many.out.glob("*.jobs/log.txt"))) >= many.slots:
            lost = True  # their tasks go on by themselves, on whatever node
            away = slurm.names[-many.each :] if "node" in many.kinds else ()
            for node in away:
                slurm.stop_node(node)
            for node in away:
                slurm.wait_for_node("down", "down*", name=node)
                slurm.start_node(node)
            last = -(-many.number // many.per_task) - 1
            slurm.run("scontrol", "release", f"{sent.number}_[{many.slots}-{last}]")
        time.sleep(0.01)
    result = {status.name: status for status in wait(many.out, 1.0)}
    assert {status.state for status in result.values()} <= {FINISHED, STOPPED}
    for kind, part in DURING.items():
        for name in many.of(kind):
            assert result[name].state == STOPPED, (name, kind)
            assert part in result[name].reason, (name, kind, result[name].reason)
    first = time.monotonic() - began
    stopped = {name for name, status in result.items() if status.state == STOPPED}
    # of a task that was stopped as a whole, the runs that came later never began
    assert len(stopped) <= len(many.of(*DURING)) + many.per_task * len(many.of("limit", "unready"))
    for name in many.of("input"):
        (many.out / f"{name}.away").rename(many.out / f"{name.removesuffix('-mock')}.csv.gz")
    for name in many.of("unready"):
        (many.folder(name) / "poison").unlink()
    for name in many.of("truncated"):
        table = many.out / name / "minima.csv"
        table.write_bytes(table.read_bytes()[:-10])
    for name in many.of("deleted"):
        (many.out / name / "record.json.gz").unlink()
    damaged = {status.name: status for status in statuses(many.out) if status.state == DAMAGED}
    assert sorted(damaged) == sorted(many.of(*AFTER))
    for kind, part in AFTER.items():
        assert all(part in damaged[name].reason for name in many.of(kind))
    restored = [run.name for run in collect(many.out) if run.found == "restored"]
    assert sorted(restored) == sorted(damaged)
    again = many.send()
    assert {task.name for task in again.tasks} == stopped
    assert {status.state for status in wait(many.out, 1.0)} == {FINISHED}
    assert {run.found for run in collect(many.out)} == {"there"}
    return {
        "runs": many.number,
        "failures": len(many.hurt) + many.each * ("node" in many.kinds),
        "submit_s": round(submitted, 1),
        "first_s": round(first, 1),
        "all_s": round(time.monotonic() - began, 1),
        "cpu_s_per_run": round(
            sum(status.to_dict()["cpu_s"] for status in statuses(many.out)) / many.number, 2
        ),
        "files_per_run": max(
            sum(path.is_file() for place in (many.out / name, many.folder(name))
                for path in place.rglob("*") if "replaced" not in path.parts)
            for name in result
        ),
        "bytes_per_run": sum(path.stat().st_size for path in many.out.rglob("*") if path.is_file())
        // many.number,
    }  # fmt: skip


def whole(many: Many, names: list[str]) -> None:
    """Compare runs with the same ones that were made without a scheduler, and count their jobs."""
    alone = many.out.with_name(many.out.name + "-alone")
    for name in names:
        job = many.out / f"{name.removesuffix('-mock')}.yaml"
        by_hand(job, alone)
        tables = contents(many.out / name)
        made = contents(alone / name)
        for file in tables.keys() - {"checksums.json"}:
            assert tables[file] == made[file], (name, file)
    for path in many.out.glob("*.jobs"):
        unpack(path)
        ended = Counter(events(path, "end"))
        lost = many.hurt.get(path.name.removesuffix(".jobs")) == "flipped"
        assert sum(ended.values()) - len(ended) <= int(lost), path


@pytest.fixture(scope="module")
def nodes():
    """A Slurm of two nodes."""
    with slurm_here(("n1", "n2"), slots=2) as slurm:
        yield slurm


def test_runs_that_are_hurt_are_whole_in_the_end(nodes, tmp_path, full):
    if full:
        many = Many(tmp_path, number=200, each=2, per_task=5, slots=4, kinds=KINDS)
    else:
        kinds = ("killed", "flipped", "input", "truncated", "node")
        many = Many(tmp_path, number=12, each=1, per_task=2, slots=4, kinds=kinds)
    figures = played(nodes, many)
    print(f"\n{figures}")
    assert figures["files_per_run"] <= 12
    assert figures["cpu_s_per_run"] <= 1.5 or not full
    whole(many, list(many.hurt)[:: 1 if not full else 5])


if (
    __name__ == "__main__"
):  # python -m tests.integration.cluster.test_many_runs RUNS EACH PER_TASK NODES
    import sys

    place = Path(tempfile.mkdtemp(prefix="many-"))
    runs, times, together, machines = map(int, sys.argv[1:])
    with slurm_here(tuple(f"n{i + 1}" for i in range(machines)), slots=2) as cluster:
        made = Many(place, runs, times, together, 2 * machines, kinds=KINDS)
        print(played(cluster, made))
        whole(made, list(made.hurt)[::3])
        print("whole")
