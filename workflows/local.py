"""Run a flow in a folder so that it can be killed at any moment and started again.

::

    FOLDER/flow.json          what was asked, and the flow with its uuids: written once
    FOLDER/jobs/NAME.UUID.INDEX.json    one finished job: its document, and the flow it became
    FOLDER/files/NAME.UUID.INDEX/       what the programs of a job wrote, where there is any
    FOLDER/log.txt            a line when a job starts, ends, fails, or a program warns
    FOLDER/lock               held while a process runs here

A job is finished when its file is there, and the file is there whole or not at all. Every output
is read back from its file before another job sees it, so that a run that was interrupted and one
that was not are the same run to the last digit. One process writes; no store of maggma's does.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import CalculationError, InputError, InterfaceError
from workflows.records import write_whole

if TYPE_CHECKING:
    from jobflow import Flow, Job, JobStore

FORMAT = 1
FLOW = "flow.json"
JOBS = "jobs"
FILES = "files"
STOPPED = ".stopped"
DATA = "data"  #: atomate2's store for what is large
LOG = "log.txt"
LOCK = "lock"
_UNSAFE = re.compile(r"[^A-Za-z0-9.=+-]+")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep a folder for this process; the lock goes with the process, however it ends.

    Raises
    ------
    InputError
        If another process has it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read().strip() or "unknown"
            raise InputError(
                f"{folder} is in use by process {owner}; wait for it, or give another --name"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def run_flow(
    make: Callable[[], Flow],
    asked: Mapping[str, Any],
    folder: Path,
    *,
    fresh: bool = False,
    tell: Callable[[str], None] = lambda name: None,
) -> Any:
    """Run what is left of a flow, and return its output. Hold :func:`locked` meanwhile.

    Parameters
    ----------
    make : builds the flow; called only where the folder holds none.
    asked : plain values that say what the flow computes.
    folder : holds this one flow.
    fresh : throw away what the folder holds.
    tell : called with the name of each job before it runs.

    Raises
    ------
    InputError
        If the folder holds a flow for which something else was asked.
    """
    from jobflow import JobStore
    from maggma.stores import MemoryStore

    folder = folder.resolve()  # every job works in a folder of its own
    if fresh:
        (folder / FLOW).unlink(missing_ok=True)
    flow = _stored(make, asked, folder)
    store = JobStore(MemoryStore(), additional_stores={DATA: MemoryStore()})
    store.connect()
    run = _Run(folder, store, tell)
    run.every(flow)
    try:
        return _resolved(flow.output, store)
    except ValueError:
        if not run.stopping:
            raise
        raise CalculationError(
            f"{run.stopping} stopped what depends on it, so there is no result; what was finished "
            f"is kept in {folder}"
        ) from None


def _stored(make: Callable[[], Flow], asked: Mapping[str, Any], folder: Path) -> Flow:
    """The folder's flow; made and stored if there is none. Always as read from the file."""
    from monty.json import MontyDecoder, MontyEncoder

    path = folder / FLOW
    wanted = json.loads(json.dumps(asked))
    if not path.is_file():
        shutil.rmtree(folder / JOBS, ignore_errors=True)  # of a flow that was thrown away
        data = {"format": FORMAT, "asked": wanted, "flow": make()}
        write_whole(path, json.dumps(data, cls=MontyEncoder) + "\n")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        known = found["asked"] if found["format"] == FORMAT else None
    except (json.JSONDecodeError, KeyError, TypeError):
        known = None
    if known is None:
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
    return MontyDecoder().process_decoded(found["flow"])


def _short(value: Any) -> str:
    text = "nothing" if value is None else json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _resolved(output: Any, store: JobStore) -> Any:
    from jobflow.core.reference import find_and_resolve_references

    return find_and_resolve_references(output, store)


class _Run:
    """One pass over a flow: what is finished is read, the rest is run and written."""

    def __init__(self, folder: Path, store: JobStore, tell: Callable[[str], None]) -> None:
        self.folder = folder / JOBS
        self.files = folder / FILES
        self.stopping = ""
        self.log = folder / LOG
        self.store = store
        self.tell = tell
        self.folder.mkdir(exist_ok=True)
        for part in [*folder.glob(".*.part"), *self.folder.glob(".*.part")]:
            part.unlink()  # of a process that was killed while it wrote
        self.finished = {_key(path.name): path for path in self.folder.glob("*.json")}

    def every(self, flow: Flow) -> bool:
        """Go through a flow, and through what its jobs become; False if a job stopped it all."""
        stopped: set[str] = set()
        for job, parents in flow.iterflow():
            if stopped.intersection(parents):
                stopped.add(job.uuid)
                continue
            done = self.read(job) or self.run(job)
            # The text of the file, not what the job returned: the same digits on every way here.
            document = done["document"]
            self.store.docs_store.update([document], key=["uuid", "index"])
            if done[DATA]:
                self.store.additional_stores[DATA].update(done[DATA], key="blob_uuid")
            if done["stop_children"]:
                stopped.add(job.uuid)
                self.stopping = job.name
            if done["stop_jobflow"]:
                self.stopping = job.name
                return False
            for kind in ("replace", "detour", "addition"):
                if done[kind] is not None and not self.every(_decoded(done[kind])):
                    return False
        return True

    def read(self, job: Job) -> dict[str, Any] | None:
        """What the file of a finished job says; None without one, or with one that broke."""
        path = self.finished.get(f"{job.uuid}.{job.index}")
        if path is None:
            return None
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (json.JSONDecodeError, UnicodeDecodeError):  # the machine went down, not we
            return None
        return found

    def run(self, job: Job) -> dict[str, Any]:
        """Run one job and write its file."""
        from monty.json import MontyEncoder

        key, name = f"{job.uuid}.{job.index}", job.name
        self.tell(name)
        self.note("start", key, name)
        place = self.files / f"{_UNSAFE.sub('_', name)}.{key}"
        with _working_in(place), self.warned(job, key):
            try:
                response = job.run(store=self.store)
            except Exception as error:
                self.note("failed", key, f"{name}: {type(error).__name__} {error}")
                if isinstance(error, InterfaceError):
                    raise
                if any(place.iterdir()):  # of a program outside, which says itself what it lacks
                    raise CalculationError(
                        f"{name} failed: {type(error).__name__} {error}; its files are in {place}; "
                        "mend the cause and give the same command again: what was finished is kept"
                    ) from error
                error.add_note(f"in the job {name!r}; what was finished is kept in {self.folder}")
                raise
        document = self.store.docs_store.query_one({"uuid": job.uuid, "index": job.index})
        document.pop("_id", None)
        for one in response.replace.jobs if response.replace is not None else ():
            if one.uuid == job.uuid:  # jobflow calls it store_inputs
                one.name = f"{name} together"
        done = {
            "document": document,
            "stop_children": response.stop_children,
            "stop_jobflow": response.stop_jobflow,
            "replace": response.replace,
            "detour": response.detour,
            "addition": response.addition,
            DATA: self.data(job),
        }
        text = json.dumps(done, cls=MontyEncoder)
        write_whole(self.folder / f"{_UNSAFE.sub('_', name)}.{key}.json", text + "\n")
        self.note("end", key, name)
        again: dict[str, Any] = json.loads(text)
        return again

    @contextmanager
    def warned(self, job: Job, key: str) -> Iterator[None]:
        """Let what a job of atomate2 warns of stand in the log, not between a person's tables."""
        if type(job.maker).__module__.partition(".")[0] != "atomate2":
            yield
            return
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            yield
        for text in dict.fromkeys(str(one.message) for one in found):
            self.note("warning", key, text)

    def data(self, job: Job) -> list[dict[str, Any]]:
        """What a job put into the store for what is large."""
        found = self.store.additional_stores[DATA].query(
            {"job_uuid": job.uuid, "job_index": job.index}
        )
        return [{key: value for key, value in one.items() if key != "_id"} for one in found]

    def note(self, event: str, key: str, words: str) -> None:
        """Add a line to the log."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self.log.open("a", encoding="utf-8") as file:
            file.write(f"{now} {event} {key} {' '.join(words.split())}\n")


@contextmanager
def _working_in(place: Path) -> Iterator[None]:
    """Work in a folder of one's own, which is gone if nothing was written.

    What a killed attempt left stands beside it, in case there is something to rescue; the program
    that it had started may still be writing there.
    """
    left = place.with_name(place.name + STOPPED)
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


def _key(name: str) -> str:
    """UUID and index at the end of a job file's name."""
    return ".".join(name.removesuffix(".json").rsplit(".", 2)[1:])


def _decoded(flow: Any) -> Flow:
    from monty.json import MontyDecoder

    return MontyDecoder().process_decoded(flow)
