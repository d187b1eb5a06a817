"""One part of a screen: rows computed, and one Parquet file that is there whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interfaces.screening.pairs import Minima
from workflows.io.atomic import one_line_errors, write_bytes_atomic
from workflows.io.checksums import parse_checked, with_checksum
from workflows.screening.plan import SIDES, Leg, Plan

if TYPE_CHECKING:
    import pyarrow

PARTS = "parts"  #: folder of the data set, for pandas, polars and DuckDB
DONE = "done"  #: folder of what is told about each part
NEVER = np.iinfo(np.int32).max
SIDE_NAMES = ("total", "mutual")


@dataclass(frozen=True)
class Part:
    """A part that was written."""

    number: int
    path: str
    rows: int
    errors: int
    sha256: str
    seconds: float
    peak_memory_mb: float
    plan: str

    @property
    def pairs_text(self) -> str:
        """For a person."""
        return f"part {self.number}: {self.rows} rows, {self.errors} errors"


def part_path(out: Path, number: int) -> Path:
    """Where a part is."""
    return out / PARTS / f"part-{number:06d}.parquet"


def finished(out: Path, plan: Plan, number: int) -> Part | None:
    """The part, if it was written for this plan and its bytes are still those."""
    path = part_path(out, number)
    try:
        told = Part(**parse_checked((out / DONE / f"{path.stem}.json").read_bytes())[0])
        data = path.read_bytes()
    except (OSError, ValueError, TypeError):
        return None
    here = told.number == number and told.plan == plan.sha256
    return told if here and told.sha256 == hashlib.sha256(data).hexdigest() else None


def write_part(out: Path, plan: Plan, number: int) -> Part:
    """Compute a part and write it; its checksum is written after it, and makes it count."""
    import pyarrow.parquet

    began = time.perf_counter()
    table = compute(plan, number)
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer, compression="zstd")
    data = buffer.getvalue()
    path = part_path(out, number)
    with one_line_errors(out):
        write_bytes_atomic(path, data)
        part = Part(
            number,
            str(path.relative_to(out)),
            table.num_rows,
            table.num_rows - int(table.column("error").null_count),
            hashlib.sha256(data).hexdigest(),
            time.perf_counter() - began,
            peak_memory_mb(),
            plan.sha256,
        )
        told = with_checksum(json.dumps(asdict(part), indent=1))
        write_bytes_atomic(out / DONE / f"{path.stem}.json", told.encode())
    return part


def peak_memory_mb() -> float:
    """Most memory that this process has held [MB]."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def compute(plan: Plan, number: int) -> pyarrow.Table:
    """Rows of a part, in the order of the plan: by pair, then by voltage."""
    import pyarrow

    return pyarrow.concat_tables(
        _rows(plan, leg, first_of, second_of) for leg, first_of, second_of in plan.part(number)
    ).unify_dictionaries()


def _rows(
    plan: Plan, leg: Leg, first_of: NDArray[np.int64], second_of: NDArray[np.int64]
) -> pyarrow.Table:
    import pyarrow

    screen = plan.screens[leg]
    answers = [screen.minima(first_of, second_of, one) for one in plan.conditions]
    times = len(answers)
    columns: dict[str, Any] = {}
    if len(plan.legs) > 1:
        columns["interface"] = _coded(np.zeros(first_of.size * times, dtype=np.int32), (leg.label,))
    for side, of, name in ((leg.first, first_of, SIDES[0]), (leg.second, second_of, SIDES[1])):
        codes = np.repeat(of, times).astype(np.int32)
        columns[name[:-1]] = _used(codes, plan.sides[side].names)
    voltages = [np.nan if v is None else v for v in plan.voltages]
    columns["voltage_V"] = _numbers(np.tile(voltages, first_of.size))
    for side, name in enumerate(SIDE_NAMES):
        columns[f"mixing_fraction_{name}"] = _numbers(
            _interleaved([one.mixing_fractions[:, side] for one in answers])
        )
        columns[f"reaction_energy_{name}_ev_per_atom"] = _numbers(
            _interleaved([one.energies[:, side] for one in answers])
        )
        if any(plan.conditions):
            columns[f"reaction_energy_{name}_ev_per_nonopen_atom"] = _numbers(
                _interleaved([one.energies_nonopen[:, side] for one in answers])
            )
        columns[f"products_{name}"] = _texts(answers, side)
    columns["error"] = _texts(answers, None)
    return pyarrow.table(columns)


def _interleaved(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    return np.stack(arrays, axis=1).reshape(-1)


def _numbers(values: NDArray[np.float64]) -> pyarrow.Array:
    import pyarrow

    return pyarrow.array(values + 0.0, mask=np.isnan(values))  # + 0.0: no negative zeros


def _coded(codes: NDArray[np.int32], texts: tuple[str, ...]) -> pyarrow.Array:
    import pyarrow

    return pyarrow.DictionaryArray.from_arrays(
        pyarrow.array(codes, mask=codes < 0), pyarrow.array(texts, pyarrow.string())
    )


def _used(codes: NDArray[np.int32], texts: tuple[str, ...]) -> pyarrow.Array:
    """Codes with a dictionary of those texts only that occur, in the order of the texts."""
    present, inverse = np.unique(codes[codes >= 0], return_inverse=True)
    small = np.full(codes.size, -1, dtype=np.int32)
    small[codes >= 0] = inverse.reshape(-1)
    return _coded(small, tuple(texts[i] for i in present))


def _texts(answers: list[Minima], side: int | None) -> pyarrow.Array:
    """Products of a side, or the errors, of all voltages as one dictionary."""
    known: dict[str, int] = {}
    columns = []
    for one in answers:
        texts = one.error_texts if side is None else one.product_texts
        codes = one.errors if side is None else one.products[:, side]
        of = np.array([known.setdefault(text, len(known)) for text in texts] + [-1], dtype=np.int32)
        columns.append(of[codes])  # -1 is the last, and stays -1
    return _used(_interleaved(columns), tuple(known))
