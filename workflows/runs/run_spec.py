"""The run of any job file as a flow, and what is written of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from interfaces.phases.phase_set import PhaseSet
from workflows._version import VERSION
from workflows.analyses.registry import prepare_analysis
from workflows.analyses.setup import PhaseOptions
from workflows.data.phase_sets import read_phases
from workflows.flows.job_schema import AnalysesJob
from workflows.flows.read_job import cathode_job, elements_of, load_job
from workflows.jobs.materials import absolute
from workflows.runs.analyses import print_summary, write_analyses
from workflows.runs.calculated_series_results import curves_of, draws_of
from workflows.runs.cathode_series import (
    Ranking,
    prepare_one,
    print_results,
    write_curve,
    write_whole,
)
from workflows.runs.electrolyte_ranking import ranking_rows
from workflows.runs.measured_column import MEASURED, PLAIN, Column, sets_of
from workflows.schemas.jobs import CathodeJob, DynamicsJob

if TYPE_CHECKING:
    from jobflow import Flow

    from workflows.analyses.analysis import Analysis, AnalysisSpec
    from workflows.flows.read_job import AnyJob
    from workflows.flows.resumable_run import RunSpec


@dataclass(frozen=True)
class AnalysesRun:
    """Analyses of a job file, one job each."""

    job: AnalysesJob
    phases: str | None = None
    is_quick = True

    @property
    def name(self) -> str:
        """Name of the job."""
        return self.job.name

    @property
    def specs(self) -> tuple[AnalysisSpec, ...]:
        """The specifications, a path of the phases made absolute."""
        return self.job.specs(absolute(self.phases or self.job.phases))

    @cached_property
    def analyses(self) -> dict[str, Analysis]:
        """Name -> analysis, its phases and reactants read."""
        return {spec.name: prepare_analysis(spec) for spec in self.specs}

    def make(self) -> Flow:
        """Return a new flow."""
        from workflows.flows.analyses_maker import AnalysesMaker

        return AnalysesMaker(self.specs, self.name).make()

    def inputs(self) -> dict[str, Any]:
        """Return everything that the numbers follow from, as plain values."""
        specs = [{"kind": spec.kind, **asdict(spec)} for spec in self.specs]
        first = next(iter(self.analyses.values()))
        return {
            "analyses": specs,
            "phase energies": first.phase_set.fingerprint()[:12],
            "interface-stability": VERSION,
        }

    def programs(self, folder: Path) -> AbstractContextManager[object]:
        """Return a context that does nothing: analyses run no program."""
        return nullcontext()

    def write(self, folder: Path, output: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Write results, tables, figures and the record; the rows of the summary."""
        return write_analyses(
            folder, [(name, analysis, output[name]) for name, analysis in self.analyses.items()]
        )

    def show(self, output: Any, written: list[dict[str, Any]] | None, target: Path) -> None:
        """Print the main numbers of every analysis."""
        first = next(iter(self.analyses.values()))
        print_summary(written or (), first.phase_set.surrogate, target)


@dataclass(frozen=True)
class CathodeSeriesRun:
    """Curves of a cathode whose energies the phase set holds."""

    job: CathodeJob
    phases: str | None = None
    is_quick = True

    @property
    def name(self) -> str:
        """Name of the job."""
        return self.job.name

    def make(self) -> Flow:
        """Return a new flow."""
        from workflows.flows.interface_stability import InterfaceStabilityMaker

        return InterfaceStabilityMaker.from_job(self.job, phases=self.phases).make()

    def inputs(self) -> dict[str, Any]:
        """Return everything that the numbers follow from, as plain values."""
        return {
            **self.job.model_dump(mode="json"),
            "phases": self.phases or self.job.phases,
            "phase energies": self._read.fingerprint()[:12],
            "interface-stability": VERSION,
        }

    @property
    def _named(self) -> str:
        return str(absolute(self.phases or self.job.phases))

    @cached_property
    def _read(self) -> PhaseSet:
        return read_phases(self._named, elements_of(self.job))

    def programs(self, folder: Path) -> AbstractContextManager[object]:
        """Return a context that does nothing: curves run no program."""
        return nullcontext()

    def write(self, folder: Path, output: Mapping[str, Any]) -> tuple[Column, Ranking]:
        """Write curves, tables, figures and the record; the second column and the ranking."""
        own, name, other = sets_of(self._named, self._read, self.job.correction)
        source = PhaseOptions(own, exclude=self.job.exclude)
        curves, answers = curves_of(output), []
        for electrolyte, series in output["curves"].items():
            for x, (text, curve) in zip(self.job.lithium, series.items(), strict=True):
                answers.append((prepare_one(self.job, source, electrolyte, x), curve))
                write_curve(folder, f"{self.job.cathode_name}_{text}_{electrolyte}", curve)
        return write_whole(
            folder, self.job, source, (name, other), answers, curves, draws_of(output)
        )

    def show(self, output: Any, written: tuple[Column, Ranking] | None, target: Path) -> None:
        """Print the minima, the ranking and the notes."""
        from rich.console import Console

        curves = curves_of(output)
        if written is None:  # computed before; the other energies are in the files
            own = MEASURED if self.job.correction else PLAIN
            written = Column(), list(ranking_rows({own: (curves, draws_of(output))}))
        print_results(curves, self._read.surrogate, target, Console(), *written)


def run_spec(job: Path | AnyJob, calculator: str | None, phases: str | None) -> RunSpec:
    """Return the run of a job file of any kind, once it is clear that it can be finished.

    Parameters
    ----------
    job : the file, or the job as it was read.
    calculator : of a cathode or of dynamics; None where the phase set holds the energies.
    phases : phase set in place of the job's.

    Raises
    ------
    InputError
        If an option does not fit the kind of job, or the job cannot be finished.
    """
    from workflows.runs.calculated_series import cathode_run
    from workflows.runs.md_run import dynamics_run

    read = load_job(job) if isinstance(job, Path) else job
    if isinstance(read, DynamicsJob):
        if phases is not None:
            raise InputError("--phases does not belong to a job of dynamics")
        if calculator is None:
            raise InputError(f"{read.name} moves the atoms of a cell; give a --calculator")
        return dynamics_run(read, calculator)
    if isinstance(read, AnalysesJob):
        if calculator is not None:
            raise InputError(f"{read.name} holds analyses; --calculator belongs to a cathode")
        analyses = AnalysesRun(read, phases)
        _ = analyses.analyses  # every mistake is found before any work
        return analyses
    if calculator is None:
        series = CathodeSeriesRun(cathode_job(read), phases)
        series.make()
        return series
    return cathode_run(cathode_job(read), calculator, phases)
