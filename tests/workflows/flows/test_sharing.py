"""Several processes share one run: faster, nothing twice, whoever is killed."""

from __future__ import annotations

import operator
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime

import pytest

pytest.importorskip("jobflow")
pytest.importorskip("ase")

from interfaces.errors import CalculationError
from tests.workflows.cli.runner import ROOT, interfaces
from tests.workflows.flows.running import ENVIRONMENT, contents, events, write_job
from workflows.flows.claims import Claims
from workflows.flows.flow_folder import CLAIMS, JOBS, LOG
from workflows.flows.run_locally import run_flow

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")

NCM811 = """\
name: ncm
cathode: NCM811
lithium: [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0]
electrolytes: [LiTFSI, LPSCl, ECA]
phases: sevennet-l3i5
calculate: {formula_units: 10, decorations: 1, orderings: 2, seed: 811}
"""


def joining(job, out, seconds):
    """Start a process that shares the run."""
    words = ["run", str(job), "--calculator", "mock", "--out", str(out), "--join"]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.workflows.flows.sharing", str(seconds), *words],
        cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ended(processes, timeout=600):
    for process in processes:
        _, error = process.communicate(timeout=timeout)
        assert process.returncode == 0, error


def span(jobs):
    """Seconds from the first start of a job to the last end."""
    times = [
        datetime.fromisoformat(line.split()[0])
        for line in (jobs / LOG).read_text().splitlines()
        if re.match(r"\S+ (start|end) ", line)
    ]
    return (max(times) - min(times)).total_seconds()


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The same run in one process."""
    out = tmp_path_factory.mktemp("alone")
    done = interfaces("run", write_job(out), "--calculator", "mock", "--out", out)
    assert done.returncode == 0, done.stderr
    return out


def test_workers_write_what_one_process_writes(alone, tmp_path):
    done = interfaces(
        "run", write_job(tmp_path), "--calculator", "mock", "--out", tmp_path, "--workers", 3
    )
    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "tiny-mock") == contents(alone / "tiny-mock")
    jobs = tmp_path / "tiny-mock.jobs"
    assert set(Counter(events(jobs, "end")).values()) == {1}
    assert len(events(jobs, "end")) == len(list((alone / "tiny-mock.jobs" / JOBS).iterdir()))
    assert list((jobs / CLAIMS).iterdir()) == []


def test_nothing_is_done_twice_under_random_kills(alone, tmp_path, full):
    chance = random.Random(20261130)
    job, jobs = write_job(tmp_path), tmp_path / "tiny-mock.jobs"
    seconds, kills = (0.5, 20) if full else (0.3, 4)
    workers = [joining(job, tmp_path, seconds) for _ in range(3)]
    for _ in range(kills):
        before = len(events(jobs, "start"))
        while len(events(jobs, "start")) <= before and any(p.poll() is None for p in workers):
            time.sleep(0.01)
        time.sleep(chance.uniform(0, seconds))
        victim = chance.randrange(len(workers))
        workers[victim].send_signal(signal.SIGKILL)
        workers[victim].communicate()
        workers[victim] = joining(job, tmp_path, seconds)
    ended(workers)
    assert contents(tmp_path / "tiny-mock") == contents(alone / "tiny-mock")
    assert set(Counter(events(jobs, "end")).values()) == {1}
    assert len(events(jobs, "start")) - len(events(jobs, "end")) <= kills


def test_a_job_that_fails_is_run_once_and_named_by_every_worker(tmp_path):
    from jobflow import Flow, job

    calls = []

    def make():
        first = job(operator.neg)(1)
        bad = job(operator.truediv)(first.output, 0)
        rest = [job(operator.pos)(first.output), job(operator.neg)(bad.output)]
        return Flow([first, bad, *rest], output=bad.output)

    def share():
        with pytest.raises((CalculationError, ZeroDivisionError), match="division"):
            run_flow(make, {"a": 1}, tmp_path, shared=True, report=calls.append)

    share()
    share()
    assert sorted(calls) == ["neg", "pos", "truediv"]
    Claims(tmp_path / CLAIMS).forget_failures()
    share()
    assert calls.count("truediv") == 2


def test_four_workers_are_three_times_as_fast_on_a_calculated_ncm811(tmp_path, full):
    """93 jobs on the mock, each 5 s longer; with random kills the results stay the same."""
    if not full:
        pytest.skip("takes twenty minutes: --full")
    job = tmp_path / "ncm.yaml"
    job.write_text(NCM811)
    spans, made = {}, {}
    chance = random.Random(5)
    for number, kills in ((4, 0), (1, 0), (4, 12)):
        out = tmp_path / f"{number}-{kills}"
        out.mkdir()
        workers = [joining(job, out, 5) for _ in range(number)]
        for _ in range(kills):
            time.sleep(chance.uniform(5, 15))
            victim = chance.randrange(number)
            workers[victim].kill()
            workers[victim].communicate()
            workers[victim] = joining(job, out, 5)
        ended(workers, timeout=3000)
        spans[number, kills], made[number, kills] = (
            span(out / "ncm-mock.jobs"), contents(out / "ncm-mock"),
        )  # fmt: skip
        ends = Counter(events(out / "ncm-mock.jobs", "end"))
        assert (len(ends), set(ends.values())) == (93, {1})
    print(f"\n93 jobs: {spans[1, 0]:.0f} s alone, {spans[4, 0]:.0f} s with four")
    assert made[4, 0] == made[1, 0] == made[4, 12]
    assert spans[1, 0] / spans[4, 0] >= 3.3
