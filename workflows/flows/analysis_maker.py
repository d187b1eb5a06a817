"""Any analysis of the registry as a job of jobflow."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from jobflow import Job, Maker, job

from workflows.analyses.registry import SPECS, prepare_analysis

if TYPE_CHECKING:
    from workflows.analyses.analysis import AnalysisSpec


@job  # type: ignore[untyped-decorator]
def run_analysis(kind: str, keys: dict[str, Any]) -> Any:
    """Compute the result of a specification, given by its kind and fields."""
    # a job store holds tuples as lists
    fields: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in keys.items()
    }
    spec: Any = SPECS[kind]
    return prepare_analysis(spec(**fields)).run()


@dataclass
class AnalysisMaker(Maker):  # type: ignore[misc]
    """A specification of any kind -> a job whose output is its result (``MixingCurve`` ...).

    The phase set and the named materials are read where the job runs.
    """

    name: str = "analysis"

    def make(self, spec: AnalysisSpec) -> Job:
        """Return the job of one analysis, named after it."""
        made = run_analysis(spec.kind, asdict(spec))
        made.name = f"{self.name} {spec.name}"
        return made
