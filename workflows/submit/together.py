"""Several small runs in one process: its libraries are imported once, and each run is a fork.

A fork that fails, is killed or fills the memory ends its own run only.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import TextIO

from workflows.flows.packed_jobs import pack
from workflows.flows.time_limit import LIMIT, MARKER
from workflows.io.readers import read_json
from workflows.submit.batch_script import ENDED, OUTPUT, STARTED, STOPPED_BY_LIMIT
from workflows.submit.status import fault
from workflows.submit.submission_record import CANCELLED, JOBS

LOOK = 0.1  #: seconds between two looks at a run
#: What small runs import; a library that is not installed is left out.
LIBRARIES = (
    "workflows.runs.run_spec",
    "workflows.runs.calculated_series_results",
    "workflows.flows.interface_stability",
    "workflows.flows.run_locally",
    "workflows.jobs.orderings",
    "workflows.calculators.relax",
    "jobflow",
    "maggma.stores",
    "ase.optimize",
    "networkx",
    "numba",
    "pymatgen.analysis.ewald",
    "pymatgen.core.structure_matcher",
    "pymatgen.io.ase",
    "pymatgen.symmetry.analyzer",
    "rich.progress",
    "scipy.optimize",
    "scipy.spatial",
)  # fmt: skip
GRACE = 10.0  #: seconds that a cancelled run has to end by itself


class Together:
    """Runs of one task.

    Parameters
    ----------
    job : number of the scheduler's job.
    restart : how often it was started before.
    command : the command line, which reads its words from ``sys.argv``.
    """

    def __init__(self, job: str, restart: str, command: Callable[[], None]) -> None:
        self.job, self.restart, self.command = job, restart, command
        self.child = 0
        self.folder = Path()
        self.stopping = False

    def compute(self, plan: Path, tasks: Sequence[int]) -> int:
        """Compute runs one after another, and return the exit status.

        Parameters
        ----------
        plan : file with the folder and the arguments of every run.
        tasks : numbers of those to compute.
        """
        runs = read_json(plan)["runs"]
        _import_libraries()
        signal.signal(signal.SIGUSR1, self._limit)
        signal.signal(signal.SIGTERM, self._terminate)
        worst = 0
        for task in tasks:
            self.folder = Path(runs[task]["folder"])
            target = self.folder.with_name(self.folder.name.removesuffix(JOBS))
            if (self.folder / CANCELLED).is_file() or fault(target) == "":
                continue  # finished before the scheduler started this task again
            status = self._one(task, runs[task]["run"])
            worst = status or worst
            if self.stopping:
                return STOPPED_BY_LIMIT if (self.folder / LIMIT).exists() else worst
        return worst

    def _one(self, task: int, arguments: Sequence[str]) -> int:
        (self.folder / LIMIT).unlink(missing_ok=True)
        with (self.folder / OUTPUT).open("a", encoding="utf-8") as said:
            here = f"on {socket.gethostname()} restart {self.restart}"
            _say(said, f"{STARTED} {_now()} job {self.job} task {task} {here}")
            sys.stdout.flush()
            with warnings.catch_warnings():
                # threads of the linear algebra, which wait for work and hold no lock
                warnings.simplefilter("ignore", DeprecationWarning)
                self.child = os.fork()
            if not self.child:
                self._become(arguments, said)
            status = self._waited()
            self.child = 0
            _say(said, f"{ENDED} {_now()} status {status}")
        if not status:
            pack(self.folder, ended=True)
        return status

    def _become(self, arguments: Sequence[str], said: TextIO) -> None:
        """Be the run in a new process, whatever happens."""
        status = 1
        try:
            os.setsid()
            for number in (signal.SIGUSR1, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            os.environ[MARKER] = str(self.folder / LIMIT)
            sys.argv[1:] = ["run", *arguments]
            self.command()
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            traceback.print_exc()
        finally:
            with suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def _waited(self) -> int:
        """Wait for the run, end it if it is cancelled meanwhile; its status as a shell says it."""
        cancelled = 0.0
        while True:
            process, status = os.waitpid(self.child, os.WNOHANG)
            if process:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
            if (self.folder / CANCELLED).is_file():
                cancelled = cancelled or time.monotonic()
                late = time.monotonic() - cancelled > GRACE
                self._signal(signal.SIGKILL if late else signal.SIGTERM)
            time.sleep(LOOK)

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.child, number)

    def _limit(self, number: int, frame: FrameType | None) -> None:
        (self.folder / LIMIT).touch()
        self._terminate(number, frame)

    def _terminate(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True
        if self.child:
            self._signal(signal.SIGTERM)


def _import_libraries() -> None:
    """Import what runs of any kind use; the rest is imported where it is used."""
    for name in LIBRARIES:
        with suppress(ModuleNotFoundError):
            import_module(name)


def _say(file: TextIO, line: str) -> None:
    file.write(line + "\n")
    file.flush()


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
