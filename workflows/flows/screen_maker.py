"""Maker of a screen: a plan, one job for each chunk of its pairs, and the whole as one table."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobflow import Flow, Job, Maker, OutputReference, Response, job

from workflows.analyses.candidates.material_lists import SET
from workflows.analyses.setup import PhaseOptions
from workflows.flows.analysis_makers import reference_of
from workflows.flows.maker_fields import restore_tuples
from workflows.flows.screen_jobs import collect_chunks, compute_chunk
from workflows.jobs.materials import Phases, name_of

if TYPE_CHECKING:
    from workflows.screening.plan import Plan

Materials = str | Sequence[Any]


@dataclass
class ScreenMaker(Maker):  # type: ignore[misc]
    """Reaction energies of all pairs of two lists, one job a chunk.

    Attributes
    ----------
    voltages : [V] against the metal of the carrier; None is closed.
    carrier : element that is open at a voltage.
    energies, exclude : as of :class:`workflows.PhaseOptions`.
    filters : criteria that every candidate has to meet, such as ``hull<0.05``.
    top : products named, the largest first; 0 names all.
    limit : largest number of pairs.
    rows_per_job : of a chunk.
    best : coatings kept of each pair and voltage.

    Examples
    --------
    >>> made = ScreenMaker(voltages=(None, 4.3)).make(["LCO", "LNO"], ["LPSCl", "LLZO"])
    >>> made.name
    'screen of 2 x 2'
    """

    name: str = "screen"
    voltages: Sequence[float | None] = (None,)
    carrier: str = "Li"
    energies: Sequence[str] = ()
    exclude: Sequence[str] = ()
    filters: Sequence[str] = ()
    top: int = 0
    limit: int | None = None
    rows_per_job: int = 20_000
    best: int = 10

    def __post_init__(self) -> None:
        """Restore tuples, which a store holds as lists."""
        restore_tuples(self)

    def make(
        self,
        cathodes: Materials,
        electrolytes: Materials,
        coatings: Materials = (),
        phases: Any = None,
    ) -> Job:
        """Return the job that becomes those of the chunks; its output is a ``ScreenDocument``.

        Parameters
        ----------
        cathodes, electrolytes, coatings : names, formulas, structures, or criteria of the phase
            set such as ``set:Li+O+transition-metal,hull<0.02``.
        phases : output of a ``PhaseSetMaker``, a set, a name or a path; by default the bundled set.

        Raises
        ------
        InputError
            If a list is empty, or phases that are known now do not fit.
        """
        sides = [_listed(side) for side in (cathodes, electrolytes, coatings)]
        phases = reference_of(phases)
        if not isinstance(phases, OutputReference):
            phases = Phases.of(phases).phases
            self._plan(sides, phases)  # refuses what cannot be screened
        made: Job = self.run(sides, phases)
        made.name = f"{self.name} of {len(sides[0])} x {len(sides[1])}"
        made.metadata = {"kind": "screen"}
        return made

    @job  # type: ignore[untyped-decorator]
    def run(self, sides: Sequence[Sequence[str]], phases: Any) -> Response:
        """Plan the screen where the job runs, and become one job for each chunk.

        Parameters
        ----------
        sides : names and criteria of cathodes, electrolytes and coatings.
        phases : document of a phase set, a set, or a name or path.
        """
        plan = self._plan(sides, Phases.of(phases).phases)
        chunks = [compute_chunk(plan.text, number) for number in range(plan.parts)]
        for number, chunk in enumerate(chunks):
            chunk.name = f"{self.name} chunk {number + 1} of {plan.parts}"
        whole = collect_chunks(plan.text, [chunk.output for chunk in chunks], self.best)
        whole.name = f"{self.name} table"
        return Response(replace=Flow([*chunks, whole], output=whole.output))

    def _plan(self, sides: Sequence[Sequence[str]], phases: Any) -> Plan:
        from workflows.screening.plan import SIDES
        from workflows.screening.screen_spec import ScreenSpec, make_plan

        with tempfile.TemporaryDirectory() as folder:
            words = [_words(side, Path(folder) / f"{n}.txt") for n, side in enumerate(sides)]
            spec = ScreenSpec(
                cathodes=words[0],
                electrolytes=words[1],
                coatings=words[2],
                voltages=tuple(self.voltages),
                carrier=self.carrier,
                source=PhaseOptions(phases, tuple(self.energies), tuple(self.exclude)),
                filters=tuple(self.filters),
                top=self.top,
                limit=self.limit,
                rows_per_part=self.rows_per_job,
            )
            plan = make_plan(spec)
        # the record names the candidates, not the files that listed them for a moment
        listed = {name: " ".join(side) for name, side in zip(SIDES, sides, strict=True)}
        return replace(plan, facts=dict(plan.facts) | listed)


def _listed(side: Materials) -> list[str]:
    """Return the names of a list, or its criteria."""
    return [side] if isinstance(side, str) else [name_of(material) for material in side]


def _words(side: Sequence[str], path: Path) -> tuple[str, ...]:
    """Return a side as the screen reads it: criteria, and a file of names."""
    names = [name for name in side if not name.startswith(SET)]
    path.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    return (*(name for name in side if name.startswith(SET)), *([str(path)] if names else ()))
