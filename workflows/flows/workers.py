"""Processes that share one run: started here, or by a scheduler on any node."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

#: Steps of runs in their order: parts of the names of jobs.
STEPS = ("orderings", "relax", "static", "energy", "scale", "curve", "cell", "segment", "analysis")


@dataclass(frozen=True)
class Workers:
    """How a process takes part in a run.

    Attributes
    ----------
    number : of processes that share the run on this machine; this one starts the others.
    joins : whether it takes part in a run that others began.
    command : that starts one of the others, which joins.
    until : last step that this process computes, of :data:`STEPS`; empty for all.
    """

    number: int = 1
    joins: bool = False
    command: tuple[str, ...] = ()
    until: str = ""

    @property
    def shared(self) -> bool:
        """Whether other processes may run jobs of the same run."""
        return self.joins or self.number > 1

    @contextmanager
    def started(self) -> Iterator[None]:
        """Run the other processes during the block; they end with it if it fails."""
        silent = subprocess.DEVNULL
        companions = [
            subprocess.Popen(self.command, stdin=silent, stdout=silent, stderr=silent)
            for _ in range(self.number - 1)
        ]
        try:
            yield
        except BaseException:
            for process in companions:
                process.terminate()
            raise
        finally:
            for process in companions:
                process.wait()


def step_of(name: str) -> str:
    """Return the step of a job: the last word of its name that is one of :data:`STEPS`.

    Jobs that only arrange others belong to the first.

    >>> step_of("MOCK LiCoO2 x=1 ordering 0 relax 2"), step_of("LiCoO2 x=1 calculations")
    ('relax', 'orderings')
    """
    return next((word for word in reversed(name.split()) if word in STEPS), STEPS[0])


ALONE = Workers()
