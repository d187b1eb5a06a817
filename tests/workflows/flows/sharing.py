"""A process that shares a run, whose jobs take a fixed time: they sleep, as two cores are few.

Called as ``python -m tests.workflows.flows.sharing SECONDS run JOB ...``.
"""

from __future__ import annotations

import sys
import time

from workflows.flows import run_locally
from workflows.flows.run_locally import _Run


def sleeping(seconds: float) -> None:
    """Let every job take this much longer."""
    run = _Run.run

    def slow(self, job):
        time.sleep(seconds)
        return run(self, job)

    run_locally._Run.run = slow


if __name__ == "__main__":
    sleeping(float(sys.argv[1]))
    from workflows.cli import main

    sys.exit(main(sys.argv[2:]))
