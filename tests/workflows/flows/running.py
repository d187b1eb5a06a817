"""A tiny job with --calculator, and how to look at what its run did."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.workflows.cli.runner import ROOT
from workflows.flows.flow_folder import JOBS, LOG

ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
TINY = """\
name: tiny
cathode: LCO
lithium: [1.0, 0.75, 0.5]
electrolytes: [LPSCl, LPS]
phases: sevennet-l3i5
calculate: {formula_units: 4, orderings: 2, seed: 811}
"""


def write_job(folder: Path, **changes: str) -> Path:
    text = TINY
    for key, new in changes.items():
        text = text.replace(f"{key}: ", f"{key}: {new} #", 1)
    path = folder / "tiny.yaml"
    path.write_text(text)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def events(folder: Path, kind: str) -> list[str]:
    log = folder / LOG
    lines = log.read_text().splitlines() if log.is_file() else []
    return [line.split()[2] for line in lines if line.split()[1] == kind]


def kill_and_start_again(
    job: Path, calculator: str, out: Path, expected: int, kills: int, wait: float
) -> int:
    """Kill a run at random moments, the last while it writes its results, and let it finish.

    Asserts that no finished job runs again, and returns how many were started too often because
    they were cut off.
    """
    chance = random.Random(20261121)
    jobs = out / f"tiny-{calculator}.jobs"
    command = [
        sys.executable, "-m", "workflows.cli", "run", str(job),
        "--calculator", calculator, "--out", str(out),
    ]  # fmt: skip
    places = []
    for kill in range(kills + 1):
        finished = {path.name for path in (jobs / JOBS).glob("[!.]*.json")}
        before = len(events(jobs, "start"))
        process = subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)  # fmt: skip
        if kill < kills:
            last = kill == kills - 1
            goal = expected if last else min(before + chance.randint(1, 4), expected - 1)
            while process.poll() is None and len(events(jobs, "end" if last else "start")) < goal:
                time.sleep(0.002)
            time.sleep(chance.uniform(0, 0.5 if last else wait))
            process.send_signal(signal.SIGKILL)
        _, error = process.communicate(timeout=240)
        # on a busy machine the last signal may come when everything is written
        late = 0 if kill >= kills - 1 else -signal.SIGKILL
        assert process.returncode in ((0,) if kill == kills else (-signal.SIGKILL, late)), error
        places.append(f"{len(list((jobs / JOBS).glob('[!.]*.json')))}/{expected}")
        again = events(jobs, "start")[before:]
        assert not [k for k in again if any(f.endswith(f".{k}.json") for f in finished)]
    print(f"\nkilled {kills} times, jobs finished after each start: {', '.join(places)}")
    starts = len(events(jobs, "start"))
    print(f"{starts} jobs started for {expected}")
    return starts - expected
