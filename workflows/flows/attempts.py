"""Who ran a run: node, scheduler's job, version and commit, CPU time of every process.

Results hold none of this, so that they are equal wherever they were computed. It is beside the
jobs, in ``NAME.jobs/attempts.jsonl``: a line when a process begins, and one when it ends.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from workflows._version import VERSION
from workflows.flows.packed_jobs import readable
from workflows.io.checksums import open_lines, read_lines

FILE = "attempts.jsonl"
#: Variables with the scheduler's number of a job: Slurm, PBS, SGE.
NUMBERS = ("SLURM_JOB_ID", "PBS_JOBID", "JOB_ID")


@contextmanager
def recorded(folder: Path, mark: str = "") -> Iterator[None]:
    """Record the process that executes a run within the block.

    Parameters
    ----------
    folder : of the jobs; exists.
    mark : words for a run whose results are not physical.
    """
    identity: dict[str, Any] = {
        **({"mark": mark} if mark else {}),
        "node": socket.gethostname(),
        "process": os.getpid(),
        "scheduler_job": next((os.environ[name] for name in NUMBERS if name in os.environ), ""),
    }
    before = _cpu_seconds()
    begin = {"version": VERSION, "commit": package_commit()}
    _add(folder, identity | {"event": "begin"} | begin)
    try:
        yield
    finally:
        used = round(_cpu_seconds() - before, 2)
        with suppress(OSError):  # what failed says so itself
            _add(folder, identity | {"event": "end", "cpu_s": used})


@dataclass(frozen=True)
class Use:
    """What a run used so far: nodes, the scheduler's jobs, commits, and CPU time [s].

    The CPU time is a lower bound: a process that was killed recorded none.
    """

    nodes: tuple[str, ...]
    scheduler_jobs: tuple[str, ...]
    commits: tuple[str, ...]
    cpu_s: float


def use_of(folder: Path) -> Use:
    """Read what the processes of a run recorded.

    Parameters
    ----------
    folder : of the jobs; need not exist.
    """
    rows = list(read_lines(readable(folder) / FILE))

    def distinct(key: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(row[key]) for row in rows if row.get(key)))

    return Use(
        nodes=distinct("node"),
        scheduler_jobs=distinct("scheduler_job"),
        commits=distinct("commit"),
        cpu_s=round(sum(float(row.get("cpu_s", 0.0)) for row in rows), 2),
    )


def package_commit() -> str:
    """Return the commit of this package; empty where neither git nor pip says."""
    root = Path(__file__).resolve().parents[2]
    if (root / ".git").exists():
        with suppress(OSError, subprocess.SubprocessError):
            done = subprocess.run(
                ["git", "-C", str(root), "rev-parse", "HEAD"],
                capture_output=True, text=True, check=True, timeout=10,
            )  # fmt: skip
            return done.stdout.strip()
    with suppress(PackageNotFoundError, ValueError, AttributeError):
        text = distribution("interface-stability").read_text("direct_url.json") or "{}"
        return str(json.loads(text).get("vcs_info", {}).get("commit_id", ""))
    return ""


def _cpu_seconds() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _add(folder: Path, row: dict[str, Any]) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with open_lines(folder / FILE) as file:
        file.write(json.dumps({"time": now, **row}) + "\n")
