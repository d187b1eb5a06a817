"""Run a flow in a folder so that it can be killed at any moment and started again.

A job is finished when its file exists, and files are written atomically. Every output is read back
from its file before another job uses it, so that an interrupted run gives the same digits as one
that was not. One process writes; no store of maggma does.
"""

from __future__ import annotations

import json
import logging
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import CalculationError, InterfaceError
from workflows.flows.flow_folder import FILES, FLOW, JOBS, LOG, stored, working_in
from workflows.flows.known_modules import KnownModules
from workflows.io.atomic import one_line_errors
from workflows.io.checksums import parse_checked, with_checksum
from workflows.io.credentials import redacted
from workflows.io.jsonl import open_lines
from workflows.io.results import write_atomic

if TYPE_CHECKING:
    from jobflow import Flow, Job, JobStore

DATA = "data"  #: atomate2's store for what is large
KEYS = {"document", "stop_children", "stop_jobflow", "replace", "detour", "addition", DATA}
_UNSAFE = re.compile(r"[^A-Za-z0-9.=+-]+")


def run_flow(
    make: Callable[[], Flow],
    asked: Mapping[str, Any],
    folder: Path,
    *,
    fresh: bool = False,
    tell: Callable[[str], None] = lambda name: None,
) -> Any:
    """Run the unfinished jobs of a flow, and return its output.

    The caller holds :func:`workflows.flows.flow_folder.locked`.

    Parameters
    ----------
    make : builds the flow; called only where the folder holds none.
    asked : plain values that say what the flow computes.
    folder : of this one flow.
    fresh : discard what the folder holds.
    tell : called with the name of each job before it runs.

    Returns
    -------
    The output of the flow, with all references resolved.

    Raises
    ------
    InputError
        If the folder holds a flow that computes something else, or one that names a class or
        function of an unknown package.
    CalculationError
        If a job stopped those that depend on it.
    """
    from jobflow import JobStore
    from maggma.stores import MemoryStore

    folder = folder.resolve()  # every job works in a folder of its own
    if fresh:
        (folder / FLOW).unlink(missing_ok=True)
    flow = stored(make, asked, folder)
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


def _resolved(output: Any, store: JobStore) -> Any:
    from jobflow.core.reference import find_and_resolve_references

    return find_and_resolve_references(output, store)


class _Run:
    """One pass over a flow: finished jobs are read, the others are run and written."""

    def __init__(self, folder: Path, store: JobStore, tell: Callable[[str], None]) -> None:
        self.folder = folder / JOBS
        self.files = folder / FILES
        self.modules = KnownModules(folder)
        self.stopping = ""
        self.log = folder / LOG
        self.store = store
        self.tell = tell
        with one_line_errors(self.folder):
            self.folder.mkdir(exist_ok=True)
        for part in [*folder.glob(".*.part"), *self.folder.glob(".*.part")]:
            part.unlink()  # of a process that was killed while it wrote
        self.finished = {_key(path.name): path for path in self.folder.glob("*.json")}

    def every(self, flow: Flow) -> bool:
        """Go through a flow and the flows that its jobs make; False if a job stopped it all."""
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
        """Return what the file of a finished job holds; None without a file that can be read.

        Raises
        ------
        InputError
            If the file names a class or function of an unknown package.
        """
        path = self.finished.get(f"{job.uuid}.{job.index}")
        if path is None:
            return None
        try:
            done, _ = parse_checked(path.read_bytes())
        except ValueError:  # the machine stopped, or the disk lost a bit
            return None
        if done.keys() != KEYS:
            return None
        self.modules.check(done, path)
        return done

    def run(self, job: Job) -> dict[str, Any]:
        """Run one job and write its file."""
        from monty.json import MontyEncoder

        key, name = f"{job.uuid}.{job.index}", job.name
        self.tell(name)
        self.note("start", key, name)
        place = self.files / f"{_UNSAFE.sub('_', name)}.{key}"
        with working_in(place), self.warned(job, key):
            try:
                response = job.run(store=self.store)
            except Exception as error:
                self.note("failed", key, f"{name}: {type(error).__name__} {error}")
                if isinstance(error, InterfaceError):
                    raise
                # a program outside says itself what it lacks; so does the disk
                if isinstance(error, OSError) or any(place.iterdir()):
                    raise CalculationError(
                        f"{name} failed: {type(error).__name__} {error}; its files are in {place}; "
                        "mend the cause and give the same command again: what was finished is kept"
                    ) from error
                error.add_note(f"in the job {name!r}; what was finished is kept in {self.folder}")
                raise
        document = self.store.docs_store.query_one({"uuid": job.uuid, "index": job.index})
        document.pop("_id", None)
        for new in response.replace.jobs if response.replace is not None else ():
            if new.uuid == job.uuid:  # jobflow calls it store_inputs
                new.name = f"{name} together"
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
        again: dict[str, Any] = json.loads(text)
        self.modules.record(again)
        write_atomic(self.folder / f"{_UNSAFE.sub('_', name)}.{key}.json", with_checksum(text))
        self.note("end", key, name)
        return again

    @contextmanager
    def warned(self, job: Job, key: str) -> Iterator[None]:
        """Write warnings of a job of atomate2 to the log instead of the terminal."""
        if type(job.maker).__module__.partition(".")[0] != "atomate2":
            yield
            return
        custodian, reported = logging.getLogger("custodian"), _Listed()
        propagated, custodian.propagate = custodian.propagate, False
        custodian.addHandler(reported)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                yield
            finally:
                custodian.removeHandler(reported)
                custodian.propagate = propagated
                warned = (str(warning.message) for warning in caught)
                for text in dict.fromkeys([*reported.lines, *warned]):
                    self.note("warning", key, text)

    def data(self, job: Job) -> list[dict[str, Any]]:
        """Return what a job put into the additional store, for large values."""
        blobs = self.store.additional_stores[DATA].query(
            {"job_uuid": job.uuid, "job_index": job.index}
        )
        return [{key: value for key, value in blob.items() if key != "_id"} for blob in blobs]

    def note(self, event: str, key: str, words: str) -> None:
        """Add a line to the log, without the secrets that a library may quote in an error."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        with one_line_errors(self.log), open_lines(self.log) as file:
            file.write(f"{now} {event} {key} {redacted(' '.join(words.split()))}\n")


class _Listed(logging.Handler):
    """Collects custodian's reports of errors and corrections."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"custodian: {record.getMessage()}")


def _key(name: str) -> str:
    """Return UUID and index, which end the name of a job's file."""
    return ".".join(name.removesuffix(".json").rsplit(".", 2)[1:])


def _decoded(flow: Any) -> Flow:
    from monty.json import MontyDecoder

    return MontyDecoder().process_decoded(flow)
