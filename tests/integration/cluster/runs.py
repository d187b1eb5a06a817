"""Tiny runs to send, and how to look at and hurt them."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

from tests.integration.cluster.slurm import wait_until
from tests.workflows.flows.running import contents, events
from workflows.runs.run_file import run
from workflows.submit.send import submit
from workflows.submit.site import Site
from workflows.submit.status import statuses

__all__ = ["contents", "events", "wait_until"]
TINY = """\
name: {name}
cathode: LCO
lithium: [{lithium}]
electrolytes: [LPS]
phases: {phases}
calculate: {{formula_units: 2, orderings: 1, seed: {seed}}}
"""
LITHIUM = "1.0, 0.5"  #: of a run that is long enough to be caught in the middle
HELD = (("hold", ""),)  #: starts when it is released


def write_job(folder: Path, name: str = "tiny", lithium="1.0", seed=811, phases="sevennet-l3i5"):
    path = folder / f"{name}.yaml"
    path.write_text(TINY.format(name=name, lithium=lithium, seed=seed, phases=phases))
    return path


def send(*jobs: Path, out: Path, to="slurm", calculator="mock", directives=(), **site):
    settings = Site(directives=tuple(directives), **site)
    return submit(jobs, calculator, to=to, site=settings, out=out)


def status_of(out: Path, name: str | None = None):
    """Status of the only run, or of one by name."""
    runs = statuses(out)
    return next(item for item in runs if name in (None, item.name))


def wait_for(out: Path, *states: str, name: str | None = None, seconds: float = 120) -> None:
    wait_until(lambda: status_of(out, name).state in states, seconds, every=0.5)


def by_hand(job: Path, out: Path, calculator="mock") -> Path:
    """The same run without any scheduler, in this process."""
    run(job, calculator=calculator, out=out)
    return out


def process_of(jobs: Path) -> int | None:
    """The process that runs the jobs of a folder, by its lock."""
    lock = jobs / "lock"
    text = lock.read_text().strip() if lock.is_file() else ""
    return int(text) if text else None


def stop_at(jobs: Path, starts: int, how: int = signal.SIGSTOP) -> None:
    """Send a run a signal when it has started this many of its jobs; SIGSTOP freezes it there."""
    wait_until(lambda: len(events(jobs, "start")) >= starts, 60, every=0.002)
    os.kill(process_of(jobs), how)


def nothing_ran_twice(jobs: Path, cut_off: int) -> None:
    """Every job was finished once; only those that were cut off were started again."""
    assert set(Counter(events(jobs, "end")).values()) == {1}
    assert len(events(jobs, "start")) - len(events(jobs, "end")) <= cut_off
