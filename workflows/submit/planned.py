"""What a submission does with one job file: check it, and decide whether and how it is sent."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from interfaces.errors import InputError, InterfaceError
from workflows.calculators.ase_calculators import CALCULATORS
from workflows.flows.claims import Claims
from workflows.flows.flow_folder import CLAIMS, FLOW, LOG, in_use
from workflows.flows.job_schema import AnalysesJob
from workflows.flows.packed_jobs import PACKED, readable, unpack
from workflows.flows.read_job import load_job
from workflows.flows.resumable_run import Run, RunSpec, folder_name
from workflows.flows.time_limit import note_submission
from workflows.io.atomic import one_line_errors
from workflows.io.results import check_replaceable, listed, read_manifest
from workflows.runs.cathode_series import target_of
from workflows.runs.run_spec import run_spec
from workflows.submit.batch_script import Task
from workflows.submit.remote_handover import ENGINES
from workflows.submit.status import ACTIVE, FINISHED, Status
from workflows.submit.submission_record import REPLACED

NONE = "none"  #: in the place of a calculator: the energies are looked up


@dataclass(frozen=True)
class Planned:
    """A task, and the run that it starts.

    ``spec`` is None in a dry run where its data are missing; ``unchecked`` says what is missing.
    """

    task: Task
    spec: RunSpec | None
    unchecked: str = ""

    def check_flow(self) -> None:
        """Refuse a task whose folder holds the flow of another job."""
        if (self.task.folder / PACKED).is_file() and self.spec is not None:
            if not self._replaces():
                return
            unpack(self.task.folder)
        if self.spec is not None and not self.spec.is_quick and self._run(self.spec).is_created:
            self._run(self.spec).flow()

    def _run(self, spec: RunSpec) -> Run:
        return Run(self.task.target, spec)

    def why_not(self, known: Status | None, fresh: bool) -> str:
        """Return why the task is not sent; empty if it is."""
        if known is not None and known.state in ACTIVE:
            return f"{known.state} as {known.submission.to} {known.submission.number}"
        if self.task.target.is_dir():
            check_replaceable(self.task.target)
            if not fresh and (why := self._why_kept()):
                return why
        if known is not None and known.submission.to in ENGINES and known.progress.complete:
            return "finished but for its tables, which interfaces collect writes"
        return "in use by a process of this machine" if in_use(self.task.folder) else ""

    def _why_kept(self) -> str:
        """Return why results that are there are not computed again; empty if they are."""
        target, resumes = self.task.target, (readable(self.task.folder) / FLOW).is_file()
        try:
            manifest = read_manifest(target)
        except InputError as error:
            return "" if resumes else f"there, but {error}; --fresh computes it again"
        if self.spec is not None and not manifest.is_of(self.spec.inputs()):
            return ""
        damage = manifest.damage(target)
        if not damage:
            return FINISHED
        return "" if resumes else f"damaged, {listed(damage)}; --fresh computes it again"

    def clear(self, fresh: bool) -> None:
        """Set aside results of another job; with ``fresh`` also those of this one, and its flow."""
        task = self.task
        unpack(task.folder)
        note_submission(task.folder / LOG)
        if (task.folder / CLAIMS).is_dir():
            Claims(task.folder / CLAIMS).forget_failures()
        if fresh or (self.spec is not None and self._run(self.spec).is_outdated()):
            (task.folder / FLOW).unlink(missing_ok=True)  # a new flow discards the finished jobs
        if task.target.is_dir() and (fresh or self._replaces()):
            kept = task.folder / REPLACED
            with one_line_errors(kept):
                task.folder.mkdir(parents=True, exist_ok=True)
                shutil.rmtree(kept, ignore_errors=True)
                task.target.rename(kept)

    def _replaces(self) -> bool:
        try:
            manifest = read_manifest(self.task.target)
        except InputError:
            return False  # written again from the finished jobs
        return self.spec is not None and not manifest.is_of(self.spec.inputs())


def with_calculator(
    job: Path, calculator: str | None, *, one_of_many: bool
) -> tuple[Path, str | None]:
    """Return the path of a job file and its calculator.

    Parameters
    ----------
    job : the file, or ``FILE:CALCULATOR``.
    calculator : of files without one of their own.
    one_of_many : whether it is for several files, of which analyses take none.
    """
    text, colon, own = str(job).rpartition(":")
    if colon and not job.exists() and (own == NONE or own in CALCULATORS):
        return Path(text), None if own == NONE else own
    if one_of_many and calculator is not None:
        with suppress(InputError):  # what is wrong with the file is said later
            if isinstance(load_job(job), AnalysesJob):
                return job, None
    return job, calculator


def plan_of(
    job: Path,
    calculator: str | None,
    out: Path,
    name: str | None,
    phases: str | None,
    *,
    workers: int = 1,
    compact: bool = False,
    dry_run: bool = False,
) -> Planned:
    """Return the task of a job file and its run, once it is clear that it can be calculated.

    Parameters
    ----------
    job, calculator, out, name, phases, workers : as of
        :func:`workflows.submit.send.submit`.
    compact : whether the run writes few files, see :mod:`workflows.flows.packed_jobs`.
    dry_run : whether the data of the run may be missing here.

    Raises
    ------
    InputError
        If it cannot be calculated.
    """
    read = load_job(job)
    folder = folder_name(name or read.name, calculator, given=name is not None)
    task = Task(
        job=job,
        calculator=calculator,
        out=target_of(out, folder).parent,
        name=folder,
        phases=phases,
        workers=workers,
        compact=compact,
    )
    try:
        return Planned(task, run_spec(read, calculator, phases))
    except InterfaceError as error:
        if not dry_run:
            raise
        return Planned(task, None, str(error))
