"""The run of any job file as a flow, and what is written of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from interfaces.phases.phase_set import PhaseSet
from interfaces.reactivity.curve_band import Draws
from workflows._version import VERSION
from workflows.analyses.registry import prepare_analysis
from workflows.analyses.setup import PhaseOptions
from workflows.data.phase_sets import read_phases
from workflows.flows.job_schema import AnalysesJob
from workflows.flows.read_job import cathode_job, elements_of, load_job
from workflows.jobs.materials import absolute
from workflows.runs.analyses import write_analyses
from workflows.runs.cathode_series import prepare_one, write_curve, write_whole
from workflows.runs.measured_column import sets_of
from workflows.schemas.jobs import CathodeJob, DynamicsJob

if TYPE_CHECKING:
    from jobflow import Flow

    from workflows.analyses.analysis import AnalysisSpec
    from workflows.flows.read_job import AnyJob
    from workflows.flows.resumable_run import RunSpec


@dataclass(frozen=True)
class AnalysesRun:
    """Analyses of a job file, one job each."""

    job: AnalysesJob
    phases: str | None = None

    @property
    def name(self) -> str:
        """Name of the job."""
        return self.job.name

    @property
    def specs(self) -> tuple[AnalysisSpec, ...]:
        """The specifications, a path of the phases made absolute."""
        return self.job.specs(absolute(self.phases or self.job.phases))

    def make(self) -> Flow:
        """Return a new flow."""
        from jobflow import Flow

        from workflows.flows.analysis_makers import job_of

        jobs = {spec.name: job_of(spec) for spec in self.specs}
        output = {name: made.output.result for name, made in jobs.items()}
        return Flow(list(jobs.values()), output=output, name=self.name)

    def inputs(self) -> dict[str, Any]:
        """Return everything that the numbers follow from, as plain values."""
        specs = [{"kind": spec.kind, **asdict(spec)} for spec in self.specs]
        return {"analyses": specs, "interface-stability": VERSION}

    def programs(self, folder: Path) -> AbstractContextManager[object]:
        """Return a context that does nothing: analyses run no program."""
        return nullcontext()

    def write(self, folder: Path, output: Mapping[str, Any]) -> None:
        """Write results, tables, figures and the record."""
        write_analyses(
            folder, [(spec.name, prepare_analysis(spec), output[spec.name]) for spec in self.specs]
        )


@dataclass(frozen=True)
class CathodeSeriesRun:
    """Curves of a cathode whose energies the phase set holds."""

    job: CathodeJob
    phases: str | None = None

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
            "phase energies": self._set.fingerprint()[:12],
            "interface-stability": VERSION,
        }

    @property
    def _set(self) -> PhaseSet:
        return read_phases(absolute(self.phases or self.job.phases), elements_of(self.job))

    def programs(self, folder: Path) -> AbstractContextManager[object]:
        """Return a context that does nothing: curves run no program."""
        return nullcontext()

    def write(self, folder: Path, output: Mapping[str, Any]) -> None:
        """Write curves, tables, figures and the record, as :func:`run_job` does."""
        from workflows.runs.calculated_series_results import curves_of

        curves, source = curves_of(output), PhaseOptions(self._set, exclude=self.job.exclude)
        answers = []
        draws: dict[str, dict[float, Draws]] = {}
        for electrolyte, series in curves.items():
            for x, text in zip(self.job.lithium, output["curves"][electrolyte], strict=True):
                analysis = prepare_one(self.job, source, electrolyte, x)
                curve, drawn_curve = analysis.with_band(series[float(x)])
                series[float(x)] = curve
                if drawn_curve is not None:
                    draws.setdefault(electrolyte, {})[float(x)] = drawn_curve
                write_curve(folder, f"{self.job.cathode_name}_{text}_{electrolyte}", curve)
                answers.append((analysis, curve))
        _, name, measured = sets_of(absolute(self.phases or self.job.phases), self._set, None)
        write_whole(folder, self.job, source, (name, measured), answers, curves, draws)


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
        for spec in analyses.specs:
            prepare_analysis(spec)
        return analyses
    if read.correction is not None:
        raise InputError(
            f"correction: {read.correction} is the second column of a submitted or calculated "
            "series; leave it out"
        )
    if calculator is None:
        series = CathodeSeriesRun(cathode_job(read), phases)
        series.make()
        return series
    return cathode_run(cathode_job(read), calculator, phases)
