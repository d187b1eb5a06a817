"""What every batch scheduler offers here: send a script, its tasks' states, cancel.

States are in Slurm's words, whatever the scheduler calls them.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from interfaces.errors import CalculationError, InputError
from workflows.io.outputs import check_name

if TYPE_CHECKING:
    from workflows.submit.site import Site

_PLAIN = re.compile(r"[\w./+=:@-]+")
TIMEOUT = 60  #: seconds that a command of a scheduler may take
FORGOTTEN = "FORGOTTEN"  #: the scheduler no longer lists the job
SILENT = "SILENT"  #: the scheduler does not answer
WAITING = {"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD",
           "SPECIAL_EXIT", "SUSPENDED"}  # fmt: skip
RUNNING = {"RUNNING", "COMPLETING", "SIGNALING", "STAGE_OUT", "STOPPED", "RESIZING"}


@dataclass(frozen=True)
class Header:
    """What the first lines of a batch script depend on.

    Attributes
    ----------
    name : of the job.
    log : folder for what the scheduler writes.
    tasks : number of tasks; an array if there are several.
    at_once : most tasks side by side; None without a limit.
    after : number of the job of whose task the same task must have succeeded; empty without one.
    """

    name: str
    log: Path
    tasks: int = 1
    at_once: int | None = None
    after: str = ""


class Scheduler:
    """A batch scheduler, by its own commands.

    Attributes
    ----------
    name : of ``--to``.
    limit : option with the time limit.
    task, job, restart : shell words for the number of the task from 0, the number of the job, and
        how often it was started before.
    requeue : shell command after which the scheduler starts the task again; empty without one.
    has_arrays : whether the tasks of a script are one job.
    warns : whether the scheduler itself signals the script before the limit.
    """

    name = ""
    limit = "time"
    task = ""
    job = ""
    restart = "0"
    requeue = ""
    has_arrays = True
    warns = False

    def header(self, job: Header, site: Site, notice: int) -> list[str]:
        """Return the lines that the scheduler reads.

        Parameters
        ----------
        job : what they depend on.
        site : options of the user.
        notice : seconds before the limit at which the script is to be told of it.
        """
        raise NotImplementedError

    def check(self, text: str) -> None:
        """Refuse a script that the scheduler would refuse, where it can say so; nothing is queued.

        Raises
        ------
        InputError
            If it would be refused.
        """

    def send(self, script: Path, task: int | None = None) -> str:
        """Submit a script, or one task of it where the scheduler has no arrays; the job's number.

        Raises
        ------
        InputError
            If there is no such scheduler here, or it refuses.
        """
        raise NotImplementedError

    def largest_array(self) -> int:
        """Return the most tasks of one array."""
        raise NotImplementedError

    def states(self, number: str) -> dict[int, str]:
        """Return the state of every task of a job that the scheduler still lists.

        A job that is not an array is task 0.

        Raises
        ------
        CalculationError
            If the scheduler does not answer.
        """
        raise NotImplementedError

    def cancel(self, number: str, tasks: Sequence[int], script: Path) -> None:
        """Cancel tasks of a job.

        Raises
        ------
        CalculationError
            If the scheduler does not do it.
        """
        raise NotImplementedError


def command(
    scheduler: str, *words: str, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command of a scheduler.

    Raises
    ------
    InputError
        If there is no such command.
    CalculationError
        If it does not end in a minute.
    """
    try:
        return subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=TIMEOUT)
    except FileNotFoundError:
        raise InputError(
            f"there is no {words[0]!r} here, so no {scheduler}; submit from a node that has it, or "
            "--to local"
        ) from None
    except subprocess.TimeoutExpired:
        raise CalculationError(
            f"{scheduler} does not answer: {words[0]} took more than {TIMEOUT} s; try again later"
        ) from None


def message(done: subprocess.CompletedProcess[str]) -> str:
    """Return what a command wrote, in one line."""
    return " ".join((done.stderr or done.stdout).split()) or f"status {done.returncode}"


def check_plain(scheduler: str, folder: Path) -> str:
    """Return the whole path of a folder that is written into directives without quotes.

    Raises
    ------
    InputError
        If it has characters that a scheduler reads as more than a part of the name.
    """
    path = check_name("the path", str(folder.resolve()))
    if not _PLAIN.fullmatch(path):
        raise InputError(
            f"{scheduler} takes no log in {path!r}; give an --out of letters, digits and ._+-"
        )
    return path


def is_array(script: Path, option: str) -> bool:
    """Whether a script that was sent has a line with the option of an array."""
    return any(
        line.startswith("#") and option in line
        for line in script.read_text(encoding="utf-8").splitlines()
    )
