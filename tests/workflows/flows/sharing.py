"""A process that shares a run, whose jobs take a fixed time: they sleep, as two cores are few.

Called as ``python -m tests.workflows.flows.sharing SECONDS run JOB ...``, or with ``graph FOLDER``
for the jobs of a calculated NCM811 without their work.
"""

from __future__ import annotations

import operator
import sys
import time
import warnings
from pathlib import Path

from workflows.flows import run_locally
from workflows.flows.run_locally import _Run


def sleeping(seconds: float) -> None:
    """Let every job take this much longer."""
    run = _Run.run

    def slow(self, job):
        time.sleep(seconds)
        return run(self, job)

    run_locally._Run.run = slow


def graph():
    """93 jobs: eleven Li contents with two orderings each, one scale, 48 that follow from it."""
    from jobflow import Flow, job

    listed = [job(operator.neg)(number) for number in range(11)]
    relaxed = [[job(operator.pos)(start.output) for _ in range(2)] for start in listed]
    collected = [job(operator.add)(pair[0].output, pair[1].output) for pair in relaxed]
    scale = job(list)([cell.output for cell in collected])
    curves = [job(operator.getitem)(scale.output, number % 11) for number in range(48)]
    relaxations = [cell for pair in relaxed for cell in pair]
    output = [curve.output for curve in curves]
    return Flow([*listed, *relaxations, *collected, scale, *curves], output=output)


if __name__ == "__main__":
    sleeping(float(sys.argv[1]))
    if sys.argv[2] == "graph":
        warnings.simplefilter("ignore")
        run_locally.run_flow(graph, {"graph": 1}, Path(sys.argv[3]), shared=True)
    else:
        from workflows.cli import main

        sys.exit(main(sys.argv[2:]))
