"""Maker of the analyses of a job file: one job each, in one Flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from jobflow import Flow, Maker

from interfaces.errors import InputError
from workflows.analyses.analysis import AnalysisSpec
from workflows.flows.analysis_makers import job_of
from workflows.flows.maker_fields import restore_tuples
from workflows.flows.read_job import analyses_job
from workflows.jobs.materials import absolute


@dataclass
class AnalysesMaker(Maker):  # type: ignore[misc]
    """Analyses of any kinds, as a job file lists them.

    Attributes
    ----------
    specs : specifications such as ``CurveSpec``, each with its phases.

    Examples
    --------
    >>> flow = AnalysesMaker.from_file("inputs/lco_lpscl.yaml").make()
    >>> set(flow.output) == {job.name for job in flow.jobs}
    True
    """

    specs: Sequence[AnalysisSpec] = ()
    name: str = "analyses"

    def __post_init__(self) -> None:
        """Restore tuples, which a store holds as lists."""
        restore_tuples(self)

    @classmethod
    def from_file(cls, path: str | Path, phases: str | None = None) -> Self:
        """Return the Maker of a job file.

        Parameters
        ----------
        path : of the job file, or the name of a bundled one.
        phases : phase set in place of the job's.

        Raises
        ------
        InputError
            If the file cannot be read or holds another kind of job.
        """
        job = analyses_job(Path(path))
        return cls(specs=job.specs(absolute(phases or job.phases)), name=job.name)

    def make(self, phases: Any = None) -> Flow:
        """Return the flow; its output maps the name of each analysis to its result.

        Parameters
        ----------
        phases : output of a ``PhaseSetMaker`` or a set; by default those of the specifications.

        Raises
        ------
        InputError
            If there is no analysis.
        """
        if not self.specs:
            raise InputError("give at least one analysis")
        jobs = {spec.name: job_of(spec, phases) for spec in self.specs}
        output = {name: made.output.result for name, made in jobs.items()}
        return Flow(list(jobs.values()), output=output, name=self.name)
