"""Run a flow in a folder so that it can be killed at any moment and started again.

A job is finished when its file exists, and files are written atomically. Every output is read back
from its file before another job uses it, so that an interrupted run gives the same digits as one
that was not. Several processes can share a run: each job is claimed by the process that runs it
(:mod:`workflows.flows.claims`). No store of maggma writes.
"""

from __future__ import annotations

import json
import logging
import re
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import CalculationError, InterfaceError
from workflows.flows.claims import Claims
from workflows.flows.flow_folder import CLAIMS, FILES, FLOW, JOBS, LOG, stored, working_in
from workflows.flows.known_modules import KnownModules
from workflows.flows.time_limit import (
    LIMIT,
    check_progress,
    marker,
    place_reached,
    places_of_stops,
    prepare_vasp,
    stopped_itself,
    was_stopped,
)
from workflows.flows.workers import STEPS, step_of
from workflows.io.atomic import one_line_errors
from workflows.io.checksums import open_lines, parse_checked, with_checksum
from workflows.io.credentials import redacted
from workflows.io.results import write_atomic
from workflows.jobs.checkpoint import STOPPED

if TYPE_CHECKING:
    from jobflow import Flow, Job, JobStore

DATA = "data"  #: atomate2's store for what is large
KEYS = {"document", "stop_children", "stop_jobflow", "replace", "detour", "addition", DATA}
LATER = object()  #: output of a run of which later steps are left
PAUSES = (0.05, 2.0)  #: seconds between passes of a process that waits for others: first, longest
_UNSAFE = re.compile(r"[^A-Za-z0-9.=+-]+")


def run_flow(
    make: Callable[[], Flow],
    asked: Mapping[str, Any],
    folder: Path,
    *,
    fresh: bool = False,
    shared: bool = False,
    until: str = "",
    report: Callable[[str], None] = lambda name: None,
) -> Any:
    """Run the unfinished jobs of a flow, and return its output.

    The caller holds :func:`workflows.flows.flow_folder.locked`, or
    :func:`workflows.flows.flow_folder.joined` where the run is shared.

    Parameters
    ----------
    make : builds the flow; called only where the folder holds none.
    asked : plain values that say what the flow computes.
    folder : of this one flow.
    fresh : discard what the folder holds.
    shared : leave jobs to other processes that run the same flow, and wait for what they do.
    until : last step to compute, of :data:`workflows.flows.workers.STEPS`; only where it is shared.
    report : called with the name of each job before it runs.

    Returns
    -------
    The output of the flow, with all references resolved; :data:`LATER` where later steps are left.

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
    claims = Claims(folder / CLAIMS) if shared else None
    with claims.waited(FLOW) if claims else nullcontext():
        flow = stored(make, asked, folder)
    store = JobStore(MemoryStore(), additional_stores={DATA: MemoryStore()})
    store.connect()
    run = _Run(folder, store, report, claims)
    run.steps = STEPS[: STEPS.index(until) + 1] if until else STEPS
    if not run.to_the_end(flow):
        return LATER
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


@dataclass(frozen=True)
class _Finished:
    """What a finished job means for the rest of its flow."""

    stop_children: bool
    flows: tuple[Flow, ...]  #: that it became


class _Run:
    """Passes over a flow: finished jobs are read, the others are run and written.

    One process needs a single pass. Processes that share a run leave to each other what is claimed
    or depends on it, and pass again.
    """

    def __init__(
        self,
        folder: Path,
        store: JobStore,
        report: Callable[[str], None],
        claims: Claims | None = None,
    ) -> None:
        self.folder = folder / JOBS
        self.files = folder / FILES
        self.modules = KnownModules(folder)
        self.claims = claims
        self.stopping = ""
        self.halted = False
        self.log = folder / LOG
        self.store = store
        self.report = report
        with one_line_errors(self.folder):
            self.folder.mkdir(exist_ok=True)
        self.files_of_jobs = self.listed()
        self.known: dict[str, _Finished] = {}
        self.orders: dict[int, list[tuple[Job, list[str]]]] = {}
        self.error: Exception | None = None
        self.steps: tuple[str, ...] = STEPS
        self.later = False

    def listed(self) -> dict[str, Path]:
        """Files of finished jobs by uuid and index."""
        return {_key(path.name): path for path in self.folder.glob("[!.]*.json")}

    def to_the_end(self, flow: Flow) -> bool:
        """Pass over a flow until all of it is finished; False where later steps are left.

        Raises
        ------
        CalculationError
            If a job failed in another process, and nothing else is left to do.
        """
        pause, idle = PAUSES[0], 0
        while True:
            before = len(self.known)
            self.later = False
            if self.every(flow):
                return True
            if len(self.known) > before:
                pause, idle = PAUSES[0], 0
            else:
                assert self.claims is not None  # a single process waits for nobody
                idle = 0 if self.claims.any_held() else idle + 1
                if idle > 1 and (failures := self.claims.failures()):
                    raise self.error or CalculationError(next(iter(failures.values())))
                if idle > 1 and self.later:
                    return False
                time.sleep(pause)
                pause = min(2 * pause, PAUSES[1])
            self.files_of_jobs = self.listed()

    def every(self, flow: Flow) -> bool:
        """Go through a flow and the flows that its jobs make; whether all of it is finished."""
        stopped: set[str] = set()
        waiting: set[str] = set()
        for job, parents in self.order(flow):
            if self.halted:
                return True
            if stopped.intersection(parents):
                stopped.add(job.uuid)
                continue
            finished = None if waiting.intersection(parents) else self.finished(job)
            parts = [self.every(part) for part in finished.flows] if finished else [False]
            if not all(parts):
                waiting.add(job.uuid)
            if finished and finished.stop_children:
                stopped.add(job.uuid)
        return not waiting

    def order(self, flow: Flow) -> list[tuple[Job, list[str]]]:
        """Jobs of a flow with their parents, each after these."""
        if id(flow) not in self.orders:
            with warnings.catch_warnings():  # jobs without a link may run in any order
                warnings.filterwarnings("ignore", message="Some jobs are not connected")
                self.orders[id(flow)] = list(flow.iterflow())
        return self.orders[id(flow)]

    def finished(self, job: Job) -> _Finished | None:
        """Return a job finished, now or before; None if it is left to another process."""
        key = f"{job.uuid}.{job.index}"
        if key not in self.known:
            done = self.read(job)
            if done is None and step_of(job.name) not in self.steps:
                self.later = True
                return None
            if done is None:
                done = self.run(job) if self.claims is None else self.run_claimed(job, self.claims)
            if done is None:
                return None
            self.known[key] = self.taken_up(job, done)
        return self.known[key]

    def taken_up(self, job: Job, done: dict[str, Any]) -> _Finished:
        """Make the outputs of a finished job known to those that follow."""
        # The text of the file, not what the job returned: the same digits on every way here.
        self.store.docs_store.update([done["document"]], key=["uuid", "index"])
        if done[DATA]:
            self.store.additional_stores[DATA].update(done[DATA], key="blob_uuid")
        self.halted = self.halted or bool(done["stop_jobflow"])
        if done["stop_children"] or done["stop_jobflow"]:
            self.stopping = job.name
        made = [done[kind] for kind in ("replace", "detour", "addition")]
        flows = tuple(_decoded(flow) for flow in made if flow is not None)
        return _Finished(stop_children=bool(done["stop_children"]), flows=flows)

    def run_claimed(self, job: Job, claims: Claims) -> dict[str, Any] | None:
        """Run a job unless another process does, did, or failed at it."""
        key = f"{job.uuid}.{job.index}"
        if claims.has_failed(key) or not claims.take(key):
            return None
        try:
            self.files_of_jobs = self.listed()  # it may have been finished since the last look
            return self.read(job) or self.run(job)
        except Exception as error:  # the others go on with what does not depend on it
            self.error = self.error or error
            claims.fail(key, str(error))
            return None
        finally:
            claims.release(key)

    def read(self, job: Job) -> dict[str, Any] | None:
        """Return what the file of a finished job holds; None without a file that can be read.

        Raises
        ------
        InputError
            If the file names a class or function of an unknown package.
        """
        path = self.files_of_jobs.get(f"{job.uuid}.{job.index}")
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

    def run(self, job: Job) -> dict[str, Any] | None:
        """Run one job and write its file; None if its claim went to another process meanwhile."""
        from monty.json import MontyEncoder

        key, name = f"{job.uuid}.{job.index}", job.name
        stops = places_of_stops(self.log, key)
        check_progress(stops, name)
        self.report(name)
        self.note("start", key, name)
        place = self.files / f"{_UNSAFE.sub('_', name)}.{key}"
        with working_in(place), self.warned(job, key):
            try:
                prepare_vasp(job, stops, place.with_name(place.name + STOPPED))
                response = job.run(store=self.store)
                if stopped_itself(place):
                    raise InterruptedError("VASP stopped before the time limit")
            except BaseException as error:
                if was_stopped(error, place):
                    raise self.limited(key, name, place) from error
                if not isinstance(error, Exception):
                    raise
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
        if self.claims is not None and not self.claims.holds(key):
            self.note("lost", key, name)
            return None
        self.modules.record(again)
        write_atomic(self.folder / f"{_UNSAFE.sub('_', name)}.{key}.json", with_checksum(text))
        self.note("end", key, name)
        return again

    def limited(self, key: str, name: str, place: Path) -> CalculationError:
        """Note that the time limit stopped a job, and where; also for the batch script."""
        reached = f"{name}: the time limit was reached at {place_reached(place)}"
        self.note(LIMIT, key, reached)
        if (mark := marker()) is not None:
            write_atomic(mark, reached + "\n")
        return CalculationError(f"{reached}; it continues from there when it is submitted again")

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
