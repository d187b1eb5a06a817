"""Maker of a screen: a plan, one job for each chunk of its pairs, and the whole as one table."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobflow import Flow, Job, Maker, OutputReference, Response, job
from pydantic import BaseModel

from interfaces.chemistry.formulas import chemical_system
from interfaces.errors import InputError
from workflows.analyses.candidates.material_lists import SET
from workflows.analyses.setup import PhaseOptions
from workflows.flows.analysis_makers import reference_of
from workflows.flows.maker_fields import restore_tuples
from workflows.jobs.documents import (
    HEAVY,
    ChemicalDocument,
    composition,
    keep_whole_without_data_store,
)
from workflows.jobs.materials import Phases, name_of

if TYPE_CHECKING:
    import pandas as pd

    from workflows.screening.plan import Plan

Materials = str | Sequence[Any]


class ScreenChunk(BaseModel):
    """Rows of a part of a screen; ``result`` is its Parquet file as base64.

    Attributes
    ----------
    record : number, rows, errors and checksum of the part.
    """

    record: dict[str, Any]
    result: Any


class ScreenDocument(ChemicalDocument):
    """A finished screen; ``result`` is one Parquet file as base64, see :meth:`frame`.

    Attributes
    ----------
    pairs, rows, errors : in all, and rows without a result.
    scheme, phase_set_hash : of the phases that compete.
    manifest : as ``manifest.json`` of ``interfaces screen``.
    """

    pairs: int
    rows: int
    errors: int
    scheme: str
    phase_set_hash: str
    manifest: dict[str, Any]
    result: Any

    def frame(self) -> pd.DataFrame:
        """Return all rows, a pair and voltage each, energies in eV/atom."""
        return _frame(self.result)


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


@job(**HEAVY)  # type: ignore[untyped-decorator]
def compute_chunk(plan: str, number: int) -> ScreenChunk:
    """Compute the rows of one part of a plan.

    Parameters
    ----------
    plan : text of the plan.
    number : of the part, from 0.
    """
    from workflows.screening.executors import warm
    from workflows.screening.parts import part_path, write_part

    keep_whole_without_data_store()
    warm()
    with tempfile.TemporaryDirectory() as folder:
        part = write_part(Path(folder), _read(plan), number)
        content = part_path(Path(folder), number).read_bytes()
    return ScreenChunk(record=asdict(part), result=base64.b64encode(content).decode())


@job(**HEAVY)  # type: ignore[untyped-decorator]
def collect_chunks(plan: str, chunks: Sequence[ScreenChunk], best: int) -> ScreenDocument:
    """Check every part of a plan, rank coatings, and put the rows together.

    Parameters
    ----------
    plan : text of the plan.
    chunks : of all parts, in their order.
    best : coatings kept of each pair and voltage.

    Raises
    ------
    InputError
        If a part is not what was computed.
    """
    import io

    import pyarrow
    import pyarrow.parquet

    from workflows.screening.collect_screen import collect
    from workflows.screening.parts import Part, part_path, record_part

    keep_whole_without_data_store()
    read = _read(plan)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        for chunk in chunks:
            record_part(out, Part(**chunk.record), base64.b64decode(chunk.result))
        manifest = collect(out, read, best)
        tables = [pyarrow.parquet.read_table(part_path(out, n)) for n in range(read.parts)]
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.concat_tables(tables), buffer, compression="zstd")
    formulas = [r.formula for side in read.sides for r in side.reactants if r is not None]
    return ScreenDocument(
        **composition(chemical_system(formulas), ()),
        pairs=manifest["pairs"],
        rows=manifest["rows"],
        errors=manifest["errors"],
        scheme=read.stable.scheme,
        phase_set_hash=read.facts["entries_sha256"],
        manifest=manifest,
        result=base64.b64encode(buffer.getvalue()).decode(),
    )


def _read(plan: str) -> Plan:
    import json

    from workflows.screening.plan import Plan

    return Plan.from_dict(json.loads(plan))


def _frame(parquet: str) -> pd.DataFrame:
    import io

    import pandas as pd

    if not isinstance(parquet, str):
        raise InputError("the rows of this screen are in the data store; load them with load=True")
    return pd.read_parquet(io.BytesIO(base64.b64decode(parquet)))
