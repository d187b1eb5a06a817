"""Remove what finished and stopped runs no longer need, and say how much it is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workflows.flows.flow_folder import CLAIMS, FILES, in_use
from workflows.io.atomic import one_line_errors
from workflows.jobs.checkpoint import STOPPED
from workflows.submit.status import ACTIVE, FINISHED, Status, statuses
from workflows.submit.submission_record import REPLACED

SCRATCH = "scratch_link"  #: custodian's link to the scratch folder of a run that was killed


@dataclass(frozen=True)
class Leftover:
    """A file or folder that may go: of which run, what it is, and its size [bytes]."""

    run: str
    what: str
    path: Path
    size: int


def leftovers(out: Path) -> list[Leftover]:
    """Return what may be removed below a folder of results; of runs that go on, nothing.

    Raises
    ------
    InputError
        If nothing was submitted from there.
    """
    return [
        Leftover(run=status.name, what=what, path=path, size=size_of(path))
        for status in statuses(out)
        if status.state not in ACTIVE and not in_use(status.folder)
        for what, path in _of_run(status)
    ]


def remove(leftover: Leftover) -> None:
    """Remove a leftover; of a link also the folder that it names.

    Raises
    ------
    InputError
        If it cannot be removed.
    """
    with one_line_errors(leftover.path):
        if leftover.path.is_symlink():
            shutil.rmtree(leftover.path.resolve(), ignore_errors=True)
            leftover.path.unlink()
        elif leftover.path.is_dir():
            shutil.rmtree(leftover.path)
        else:
            leftover.path.unlink(missing_ok=True)


def size_of(path: Path) -> int:
    """Size of a file, or of everything in a folder [bytes]."""
    if path.is_file():
        return path.stat().st_size
    return sum(inner.lstat().st_size for inner in path.resolve().rglob("*") if inner.is_file())


def _of_run(status: Status) -> Iterator[tuple[str, Path]]:
    for path in sorted((status.folder / FILES).glob("*")):
        for link in path.glob(SCRATCH):
            if link.is_symlink():
                yield "scratch of a stopped job", link
        if path.name.endswith(STOPPED):
            yield "files of a stopped job", path
    if (status.folder / REPLACED).is_dir():
        yield "replaced results", status.folder / REPLACED
    if status.state == FINISHED and (status.folder / CLAIMS).is_dir():
        yield "claims", status.folder / CLAIMS
