"""Jobs: one decorated call each. Their outputs are values that a job store gives back equal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jobflow import Flow, Response, job

if TYPE_CHECKING:
    from interfaces.reactivity.mixing_curve import MixingCurve
    from workflows.jobs.orderings import CandidateOrdering, ChargeState, RelaxedStructure
    from workflows.jobs.reference_reaction import MoleculePlacement
    from workflows.jobs.series import Pair, Series


@job  # type: ignore[untyped-decorator]
def list_orderings(state: ChargeState) -> tuple[CandidateOrdering, ...]:
    """Build the Li/vacancy orderings of one state of charge."""
    from workflows.jobs.orderings import starts

    return starts(state)


@job  # type: ignore[untyped-decorator]
def calculate_each(cells: Sequence[CandidateOrdering], calculation: Any) -> Response:
    """Become one calculation per cell, of the Maker given; the outputs are theirs, in order."""
    jobs = [calculation.make(cell) for cell in cells]
    return Response(replace=Flow(jobs, output=[one.output for one in jobs]))


@job  # type: ignore[untyped-decorator]
def relax_ordering(start: CandidateOrdering, calculator: str, max_steps: int) -> RelaxedStructure:
    """Relax one ordering with a calculator given by its name."""
    from workflows.jobs.orderings import relaxed

    return relaxed(start, calculator, max_steps)


@job  # type: ignore[untyped-decorator]
def read_vasp(start: CandidateOrdering, tasks: Sequence[Any], calculator: str) -> RelaxedStructure:
    """Read what a flow of VASP made of one ordering, and correct its energy."""
    from workflows.jobs.vasp_jobs import relaxed_by_vasp

    return relaxed_by_vasp(start, tasks, calculator)


@job  # type: ignore[untyped-decorator]
def put_on_scale(cells: Sequence[Sequence[RelaxedStructure]], phases: str) -> Series:
    """Put the energies of every state on the scale of a phase set, with the voltages."""
    from workflows.jobs.series import series_on_scale

    return series_on_scale([cell for state in cells for cell in state], phases)


@job  # type: ignore[untyped-decorator]
def react(series: Series, pair: Pair, placing: MoleculePlacement | None) -> MixingCurve:
    """Compute the reaction curve of one pair, a molecule by how it was placed."""
    from workflows.jobs.series import question

    return question(series, pair, placing).run()
