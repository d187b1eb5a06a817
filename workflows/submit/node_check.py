"""One minute on a node of the cluster: whether a run would find there what it needs."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import shlex
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from workflows._version import VERSION
from workflows.io.results import write_atomic, write_json
from workflows.io.shell import quoted
from workflows.submit.batch_script import command_of, ready_lines
from workflows.submit.doctor import MISSING, OK, Check, potentials
from workflows.submit.scheduler import RUNNING, WAITING, Header, Scheduler
from workflows.submit.schedulers import SCHEDULERS
from workflows.submit.site import Site
from workflows.submit.slurm import Slurm

MOST_WAIT = 600.0  #: seconds for the queue and the minute
MINUTE = "00:01:00"
REPORT, FAILED, SAID = "node.json", "failed.txt", "0.txt"
NEEDED = "every run"


def check_on_node(
    site: Site, out: Path, *, to: str = Slurm.name, most_wait: float = MOST_WAIT
) -> list[Check]:
    """Send a job of a minute with the settings of a site, and return what it finds.

    Parameters
    ----------
    site : settings to try.
    out : folder of the results, on a disk that the nodes see.
    to : name of the scheduler.
    most_wait : seconds to wait for it; it is cancelled then.

    Raises
    ------
    InputError
        If the scheduler refuses the job.
    CalculationError
        If the scheduler does not answer.
    """
    place = out.resolve() / "submitted" / f"node-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    script = place / "batch.sh"
    scheduler = SCHEDULERS[to]
    text = node_script(site, place, scheduler)
    scheduler.check(text)
    write_atomic(script, text)
    number = scheduler.send(script)
    end = time.monotonic() + most_wait
    while not any((place / name).is_file() for name in (REPORT, FAILED)):
        ended = set(scheduler.states(number).values()) - WAITING - RUNNING
        if ended and not (place / REPORT).is_file():
            time.sleep(1.0)  # the file of a node may come later than its end
            break
        if time.monotonic() > end:
            scheduler.cancel(number, [0], script)
            waited = f"no node in {most_wait:.0f} s (job {number}, cancelled)"
            return [Check("node", MISSING, waited, NEEDED, "try again, or in a shorter queue")]
        time.sleep(1.0)
    return _report(place)


def node_script(site: Site, place: Path, scheduler: Scheduler) -> str:
    """Text of the script; the site's own time limit is replaced by a minute."""
    kept = {key: value for key, value in site.directives if key != "array"}
    short = dataclasses.replace(site, directives=tuple((kept | {scheduler.limit: MINUTE}).items()))
    header = Header(name="interfaces-doctor", log=place)
    lines = [
        "#!/bin/bash",
        *scheduler.header(header, short, 15),
        "unready() {",
        f'  echo "$BASH_COMMAND ended with status $?" >{quoted(place / FAILED)}',
        "  exit 1",
        "}",
        *ready_lines(site, Path.cwd(), "unready", exports="export" in dict(site.directives)),
        f"{command_of(site)} doctor --node-report {quoted(place / REPORT)}",
    ]
    return "\n".join(lines) + "\n"


def _report(place: Path) -> list[Check]:
    if (place / REPORT).is_file():
        rows = json.loads((place / REPORT).read_text(encoding="utf-8"))
        return [Check(**row) for row in rows]
    if (place / FAILED).is_file():
        said = (place / FAILED).read_text(encoding="utf-8").strip()
        return [Check("before", MISSING, said, NEEDED, "correct before: in the site file")]
    log = place / SAID
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.is_file() else []
    said = next((line for line in reversed(lines) if line.strip()), "it left no word")
    return [Check("node", MISSING, f"the job ended: {said}", NEEDED, f"see {place}")]


def report_here(path: Path) -> None:
    """Write what this node has to a file.

    Parameters
    ----------
    path : of the report, in the folder of the results' disk.
    """
    write_json(path, [dataclasses.asdict(check) for check in _checks(path.parent)])


def _checks(folder: Path) -> Iterator[Check]:
    yield Check("node", OK, socket.gethostname())
    yield Check("node: Python", OK, f"{sys.version.split()[0]}, interface-stability {VERSION}")
    yield _vasp(os.environ.get("ATOMATE2_VASP_CMD", ""))
    potcars = potentials(os.environ)
    yield dataclasses.replace(potcars, name=f"node: {potcars.name}")
    yield _scratch(os.environ.get("ATOMATE2_CUSTODIAN_SCRATCH_DIR", ""))
    yield _locks(folder)


def _vasp(command: str) -> Check:
    """Whether the launcher of VASP's command, and a program called vasp in it, are there."""
    words = shlex.split(command)
    wanted = [*words[:1], *(word for word in words[1:] if "vasp" in Path(word).name)]
    lacking = [word for word in wanted if shutil.which(word) is None]
    if wanted and not lacking:
        return Check("node: VASP", OK, command)
    mend = "load its module in before:, or give its path in vasp:"
    if lacking:
        return Check("node: VASP", MISSING, f"no program {', '.join(lacking)}", NEEDED, mend)
    return Check("node: VASP", MISSING, "vasp: is not set", "--calculator vasp", mend)


def _scratch(folder: str) -> Check:
    if not folder:
        return Check("node: scratch", OK, "none; VASP runs in the folder of its run")
    try:
        trial = Path(folder) / f".interfaces-{os.getpid()}"
        trial.write_bytes(b"0" * 2**20)
        trial.unlink()
        free = shutil.disk_usage(folder).free / 1e9
    except OSError as error:
        mend = "correct scratch: in the site file"
        return Check("node: scratch", MISSING, f"{folder}: {error.strerror}", NEEDED, mend)
    return Check("node: scratch", OK, f"{folder}, {free:.0f} GB free")


def _locks(folder: Path) -> Check:
    """Whether the disk of the results has locks; without them claims take their place."""
    try:
        with (folder / ".lock-trial").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (folder / ".lock-trial").unlink()
    except OSError as error:
        return Check("node: locks", OK, f"none ({error.strerror}): claims take their place")
    return Check("node: locks", OK, "flock")
