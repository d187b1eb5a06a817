"""Slurm, by its own commands: send a script, and ask what became of it.

No accounting database is needed: ``scontrol`` knows a job for a while after its end (MinJobAge,
300 s by default); after that ``sacct`` is asked, where there is one.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from interfaces.errors import CalculationError, InputError

TIMEOUT = 60  #: seconds that a command of Slurm may take
DEFAULT_ARRAY = 1001
FORGOTTEN = "FORGOTTEN"  #: Slurm knows the job no longer
SILENT = "SILENT"  #: Slurm does not answer
WAITING = {"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD",
           "SPECIAL_EXIT", "SUSPENDED"}  # fmt: skip
RUNNING = {"RUNNING", "COMPLETING", "SIGNALING", "STAGE_OUT", "STOPPED", "RESIZING"}


def send(script: Path) -> str:
    """Submit a script; the job's number.

    Raises
    ------
    InputError
        If there is no Slurm here, or it refuses.
    """
    done = _command("sbatch", "--parsable", str(script))
    if done.returncode != 0:
        raise InputError(
            f"sbatch refused {script}: {_said(done)}; mend the directives of the site file"
        )
    return done.stdout.strip().partition(";")[0]


def check(text: str) -> None:
    """Let Slurm say whether it would accept a script; nothing is queued.

    Raises
    ------
    InputError
        If there is no Slurm here, or it would refuse.
    """
    done = _command("sbatch", "--test-only", stdin=text)
    if done.returncode != 0:
        raise InputError(
            f"sbatch refuses the script: {_said(done)}; nothing was submitted: correct the "
            "directives of the site file"
        )


def largest_array() -> int:
    """Most tasks of one array (MaxArraySize); Slurm's own default where it does not say."""
    done = _command("scontrol", "show", "config")
    match = re.search(r"^MaxArraySize\s*=\s*(\d+)", done.stdout, re.MULTILINE)
    return int(match[1]) if done.returncode == 0 and match else DEFAULT_ARRAY


def states(number: str) -> dict[int, str]:
    """Task -> state of every task of a job, in Slurm's words; a job that is no array is task 0.

    ``{}`` where Slurm has forgotten it.

    Raises
    ------
    CalculationError
        If Slurm does not answer.
    """
    done = _command("scontrol", "show", "job", number, "--oneliner")
    found: dict[int, str] = {}
    if done.returncode == 0:
        for line in done.stdout.splitlines():
            fields = dict(re.findall(r"(\w+)=(\S*)", line))
            for task in expanded(fields.get("ArrayTaskId", "0")):
                found[task] = fields["JobState"]
        return found
    if "Invalid job id" not in done.stderr:
        raise CalculationError(f"Slurm does not answer: {_said(done)}")
    try:
        done = _command("sacct", "-X", "-n", "-P", "-j", number, "-o", "JobID,State")
    except InputError:
        return {}
    for line in done.stdout.splitlines() if done.returncode == 0 else ():
        job, _, state = line.partition("|")
        for task in expanded(job.partition("_")[2].strip("[]") or "0"):
            found[task] = state.split()[0]  # "CANCELLED by 1000"
    return found


def cancel(number: str, tasks: Sequence[int], script: Path) -> None:
    """Cancel tasks of a job.

    Raises
    ------
    CalculationError
        If Slurm does not do it.
    """
    array = "\n#SBATCH --array=" in script.read_text(encoding="utf-8")
    named = [f"{number}_{task}" for task in tasks] if array else [number]
    done = _command("scancel", *named)
    if done.returncode != 0:
        raise CalculationError(f"Slurm does not cancel job {number}: {_said(done)}")


def expanded(tasks: str) -> Iterable[int]:
    """Numbers of an array's tasks as Slurm writes them.

    >>> list(expanded("3")), list(expanded("0-2,5%2"))
    ([3], [0, 1, 2, 5])
    """
    for part in tasks.partition("%")[0].split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _command(*words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=TIMEOUT)
    except FileNotFoundError:
        raise InputError(
            f"there is no {words[0]!r} here, so no Slurm; submit from a node that has it, or "
            "--to local"
        ) from None
    except subprocess.TimeoutExpired:
        raise CalculationError(
            f"Slurm does not answer: {words[0]} took more than {TIMEOUT} s; try again later"
        ) from None


def _said(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join((done.stderr or done.stdout).split()) or f"status {done.returncode}"
