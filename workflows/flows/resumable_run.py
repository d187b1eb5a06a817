"""One run of a flow: resumable jobs in ``NAME.jobs``, results in ``NAME`` once all are finished."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from interfaces.errors import InputError
from workflows.calculators.ase_calculators import calculator_info
from workflows.flows.attempts import recorded
from workflows.flows.claims import Claims
from workflows.flows.flow_folder import CLAIMS, FLOW, joined, locked, stored
from workflows.flows.packed_jobs import pack, readable, unpack
from workflows.flows.run_locally import LATER, run_flow
from workflows.flows.workers import ALONE, Workers
from workflows.io.mock_mark import MOCK_SCHEME
from workflows.io.results import (
    MANIFEST,
    check_replaceable,
    few_files,
    read_manifest,
    run_folder,
    write_manifest,
)
from workflows.tables.curve_tables import bar_on_stderr

if TYPE_CHECKING:
    from jobflow import Flow

RESULTS = "results"  #: claim of the process that writes them


class RunSpec(Protocol):
    """What a run computes and writes, from a job file and a calculator."""

    @property
    def name(self) -> str:
        """Name of the job file's run."""

    @property
    def is_quick(self) -> bool:
        """Whether the jobs take seconds, so that those of a changed job file are replaced."""

    def make(self) -> Flow:
        """Return a new flow."""

    def inputs(self) -> Mapping[str, Any]:
        """Return everything that the numbers of the run follow from, as plain values."""

    def programs(self, folder: Path) -> AbstractContextManager[object]:
        """Make the programs of the jobs available; ``folder`` is that of the jobs."""

    def write(self, folder: Path, output: Any) -> Any:
        """Write the results of the flow's output into a folder; what ``show`` needs of them."""

    def show(self, output: Any, written: Any, target: Path) -> None:
        """Print the main results; ``written`` is None where another process wrote them."""


@dataclass(frozen=True)
class Run:
    """A run and its folders.

    Attributes
    ----------
    target : folder of the results; the jobs are in ``TARGET.jobs``.
    spec : what the run computes and writes.
    """

    target: Path
    spec: RunSpec

    @property
    def jobs(self) -> Path:
        """Folder of the jobs."""
        return self.target.with_name(f"{self.target.name}.jobs")

    @property
    def mark(self) -> str:
        """Words for results that are not physical; empty for others."""
        mocked = self.target.name.endswith(("-mock", "-mock-vasp"))  # see folder_name
        return MOCK_SCHEME if mocked else ""

    @property
    def is_created(self) -> bool:
        """Whether the folder of the jobs holds a flow."""
        return (readable(self.jobs) / FLOW).is_file()

    def flow(self) -> Flow:
        """Return the stored flow, made if there is none.

        Raises
        ------
        InputError
            If the folder holds the flow of another job.
        """
        return stored(self.spec.make, self.spec.inputs(), self.jobs)

    def write(self, output: Any) -> Any:
        """Write the results and their manifest, atomically.

        Parameters
        ----------
        output : of the finished flow.

        Returns
        -------
        What ``spec.show`` needs.
        """
        with run_folder(self.target) as folder:
            written = self.spec.write(folder, output)
            write_manifest(folder, self.spec.inputs(), self.mark)
        return written

    def execute(
        self, *, fresh: bool = False, workers: Workers = ALONE, compact: bool = False
    ) -> Any:
        """Run what is left of the flow here, write the results and print the main ones.

        Parameters
        ----------
        fresh : discard what an earlier run left.
        workers : processes that share the run.
        compact : write no figures and single curves, and pack the finished jobs into one file.

        Returns
        -------
        The output of the flow; None where this process was to leave later steps.

        Raises
        ------
        InputError
            If the folder is in use or holds the flow of another job, or the results would replace
            what is not an earlier run.
        """
        from rich.progress import Progress, TextColumn, TimeElapsedColumn

        check_replaceable(self.target)  # before anything is computed
        unpack(self.jobs)
        if workers.shared and not workers.joins:
            self.begin_shared(fresh=fresh)
        with (
            joined(self.jobs) if workers.shared else locked(self.jobs),
            self.spec.programs(self.jobs),
            workers.started(),
            recorded(self.jobs, self.mark),
            Progress(
                TextColumn("{task.description}"), TimeElapsedColumn(), **bar_on_stderr()
            ) as progress,
        ):
            task = progress.add_task("jobs")
            output = run_flow(
                self.spec.make,
                self.spec.inputs(),
                self.jobs,
                fresh=not workers.shared and (fresh or self.is_outdated()),
                shared=workers.shared,
                until=workers.until,
                report=lambda name: progress.update(task, description=name),
            )
            if output is LATER:
                return None
            progress.update(task, description="tables and figures")
            alone = Claims(self.jobs / CLAIMS).waited(RESULTS) if workers.shared else nullcontext()
            with few_files() if compact else nullcontext(), alone:
                written = None
                if not (workers.shared and self.is_written()):
                    written = self.write(output)
        if compact and not workers.shared:
            pack(self.jobs)
        self.spec.show(output, written, self.target)
        return output

    def is_outdated(self) -> bool:
        """Whether the folder holds the flow of another job that is soon computed again."""
        if not (self.spec.is_quick and self.is_created):
            return False
        try:
            self.flow()
        except InputError:
            return True
        return False

    def is_written(self) -> bool:
        """Whether the results of this run are there and as they were written."""
        try:
            manifest = read_manifest(self.target)
        except InputError:
            return False
        return manifest.is_of(self.spec.inputs()) and not manifest.damage(self.target)

    def begin_shared(self, *, fresh: bool) -> None:
        """Prepare a run that several processes will share: jobs that failed are run once more."""
        with locked(self.jobs):
            if fresh or self.is_outdated():
                (self.jobs / FLOW).unlink(missing_ok=True)
                (self.target / MANIFEST).unlink(missing_ok=True)  # these results do not count
            Claims(self.jobs / CLAIMS).forget_failures()


def folder_name(name: str, calculator: str | None, *, given: bool) -> str:
    """Return the name of a run's folder: that of the job and the calculator, or the user's own.

    A mocked one always ends in its calculator's name, so that it never replaces a real one.

    Parameters
    ----------
    name : of the job, or the user's own.
    calculator : name of the calculator; None where nothing is calculated.
    given : whether the user chose the name.

    Examples
    --------
    >>> folder_name("ncm811", "sevennet", given=False), folder_name("mine", "mock", given=True)
    ('ncm811-sevennet', 'mine-mock')
    """
    if calculator is None:
        return name
    ending = f"-{calculator}"
    keeps = given and not calculator_info(calculator).mocked
    return name if keeps or name.endswith(ending) else name + ending
