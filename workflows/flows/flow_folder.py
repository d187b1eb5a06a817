"""The folder of a flow, used by one process at a time, or by several that share its jobs.

::

    FOLDER/flow.json          what the flow computes, and the flow with its uuids: written once
    FOLDER/modules.json       modules of a user's own Makers, where the flow names any
    FOLDER/jobs/NAME.UUID.INDEX.json    one finished job: its document, and the flow it became
    FOLDER/files/NAME.UUID.INDEX/       what the programs of a job wrote, where there is any
    FOLDER/log.txt            a line when a job starts, ends, fails, or a program warns
    FOLDER/lock               held while a process runs here
    FOLDER/claims/            which process runs which job, where several share the run
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from workflows.flows.claims import Claims, claimed, is_claimed
from workflows.flows.known_modules import KnownModules
from workflows.io.atomic import one_line_errors
from workflows.io.checksums import parse_checked, with_checksum
from workflows.io.readers import read_bytes
from workflows.io.results import write_atomic
from workflows.jobs.checkpoint import STOPPED

if TYPE_CHECKING:
    from jobflow import Flow

FORMAT = 1
FLOW = "flow.json"
JOBS = "jobs"
FILES = "files"
LOG = "log.txt"
LOCK = "lock"
CLAIMS = "claims"
CLAIM = "lock.claim"  #: takes its place on a disk without locks
LOOK = 2.0  #: seconds after which a lock is more than a look at it
NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a folder for this process; the lock ends with the process, however that ends.

    Parameters
    ----------
    folder : of a flow; made if it is missing.

    Raises
    ------
    InputError
        If another process holds the lock.
    """
    with one_line_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        file = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o664)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(file, 32).decode(errors="replace").strip() or "unknown"
            raise InputError(
                f"{folder} is in use by process {owner}; wait for it, or give another --name"
            ) from None
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            with claimed(folder / CLAIM, f"{folder} is in use"):
                yield
            return
        with one_line_errors(folder):
            os.ftruncate(file, 0)
            os.write(file, f"{os.getpid()}\n".encode())
        yield
    finally:
        with suppress(OSError):  # a disk that fails here loses nothing
            os.close(file)


@contextmanager
def joined(folder: Path) -> Iterator[None]:
    """Share a folder with other processes, to the exclusion of one that locks it.

    Raises
    ------
    InputError
        If a process has locked it.
    """
    with one_line_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        file = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o664)
    try:
        _share(file, folder)
        yield
    finally:
        with suppress(OSError):
            os.close(file)


def _share(file: int, folder: Path) -> None:
    """Lock an open file together with others; again and again, as someone may only look at it."""
    end = time.monotonic() + LOOK
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise InputError(
                    f"{folder} is in use by a process that does not share it; wait for it"
                ) from None
            time.sleep(0.05)
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            if is_claimed(folder / CLAIM):
                raise InputError(f"{folder} is in use; wait for it") from None
            return


def in_use(folder: Path) -> bool:
    """Whether a process holds the lock of a folder; on a disk without locks, seems to hold it."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        shared = (folder / CLAIMS).is_dir() and Claims(folder / CLAIMS).any_held()
        return shared or is_claimed(folder / CLAIM)
    finally:
        os.close(descriptor)
    return False


def stored(make: Callable[[], Flow], asked: Mapping[str, Any], folder: Path) -> Flow:
    """Return the flow of a folder as its file holds it; without a file it is made and stored.

    Parameters
    ----------
    make : builds the flow.
    asked : plain values that say what the flow computes.
    folder : of the flow.

    Raises
    ------
    InputError
        If the file cannot be read, holds a flow that computes something else, or names a class or
        function of an unknown package.
    """
    from monty.json import MontyDecoder, MontyEncoder

    path = folder / FLOW
    modules = KnownModules(folder)
    wanted = json.loads(json.dumps(asked))
    if not path.is_file():
        for left in (JOBS, FILES):  # of a flow that was thrown away
            shutil.rmtree(folder / left, ignore_errors=True)
        data = {"format": FORMAT, "asked": wanted, "flow": make()}
        text = json.dumps(data, cls=MontyEncoder)
        modules.create(json.loads(text))
        write_atomic(path, with_checksum(text))
    try:
        content, _ = parse_checked(read_bytes(path))
        known, flow = content.pop("asked"), content.pop("flow")
        if content != {"format": FORMAT}:
            known = None
    except (InputError, ValueError, KeyError):
        known = None
    if not isinstance(known, dict):
        raise InputError(f"{path} cannot be read; start anew with --fresh")
    if known != wanted:
        changed = [
            f"{key} {_short(known.get(key))} -> {_short(wanted.get(key))}"
            for key in sorted(known.keys() | wanted.keys())
            if known.get(key) != wanted.get(key)
        ]
        raise InputError(
            f"{folder} holds another job ({'; '.join(changed)}); give another --name, or "
            "--fresh to throw away what it holds"
        )
    try:
        modules.check(flow, path)
        return MontyDecoder().process_decoded(flow)
    except InputError:
        raise
    except Exception as error:  # of whatever classes it names
        raise InputError(
            f"{path} holds no flow of this version ({type(error).__name__}: {error}); start anew "
            "with --fresh"
        ) from None


def _short(value: Any) -> str:
    text = "nothing" if value is None else json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


@contextmanager
def working_in(place: Path) -> Iterator[None]:
    """Work in a folder of its own, which is removed if nothing was written.

    The files of a killed attempt are kept beside it, in case some are of use; a program that it
    had started may still be writing there.
    """
    left = place.with_name(place.name + STOPPED)
    with one_line_errors(place):
        if place.exists():
            shutil.rmtree(left, ignore_errors=True)
            place.rename(left)
        place.mkdir(parents=True)
    before = Path.cwd()
    os.chdir(place)
    try:
        yield
    finally:
        os.chdir(before)
        if not any(place.iterdir()):
            place.rmdir()
