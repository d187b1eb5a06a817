"""Chunks of a screen, their table, and the documents of both."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobflow import job
from pydantic import BaseModel

from interfaces.chemistry.formulas import chemical_system
from interfaces.errors import InputError
from workflows.jobs.documents import (
    HEAVY,
    ChemicalDocument,
    composition,
    keep_whole_without_data_store,
)

if TYPE_CHECKING:
    import pandas as pd

    from workflows.screening.plan import Plan


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
