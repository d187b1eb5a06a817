"""Processes that share one run: started here, or by a scheduler on any node."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Workers:
    """How a process takes part in a run.

    Attributes
    ----------
    number : of processes that share the run on this machine; this one starts the others.
    joins : whether it takes part in a run that others began.
    command : that starts one of the others, which joins.
    """

    number: int = 1
    joins: bool = False
    command: tuple[str, ...] = ()

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


ALONE = Workers()
