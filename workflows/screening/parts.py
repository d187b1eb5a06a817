"""One part of a screen: its rows, written atomically as one Parquet file."""

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
DONE = "done"  #: folder with a small record of each part
SIDE_NAMES = ("total", "mutual")


@dataclass(frozen=True)
class Part:
    """A part that was written.

    Attributes
    ----------
    number : of the part.
    path : below the folder of the screen.
    rows, errors : number of rows, and of rows without a result.
    sha256 : of the file.
    seconds : wall time [s].
    peak_memory_mb : of the process [MB].
    plan : checksum of the plan.
    """

    number: int
    path: str
    rows: int
    errors: int
    sha256: str
    seconds: float
    peak_memory_mb: float
    plan: str


def part_path(out: Path, number: int) -> Path:
    """Path of a part below the folder ``out`` of the screen."""
    return out / PARTS / f"part-{number:06d}.parquet"


def finished(out: Path, plan: Plan, number: int) -> Part | None:
    """The record of a part, if it belongs to this plan and its checksum is right; else None.

    Parameters
    ----------
    out : folder of the screen.
    plan : its plan.
    number : of the part.
    """
    path = part_path(out, number)
    try:
        record = Part(**parse_checked((out / DONE / f"{path.stem}.json").read_bytes())[0])
        data = path.read_bytes()
    except (OSError, ValueError, TypeError):
        return None
    belongs = record.number == number and record.plan == plan.sha256
    return record if belongs and record.sha256 == hashlib.sha256(data).hexdigest() else None


def write_part(out: Path, plan: Plan, number: int) -> Part:
    """Compute a part and write it; the part counts once its checksum is written after it.

    Parameters
    ----------
    out : folder of the screen.
    plan : its plan.
    number : of the part.

    Returns
    -------
    The record of the part.

    Raises
    ------
    InputError
        If there is no such part, or it cannot be written.
    """
    import pyarrow.parquet

    began = time.perf_counter()
    table = compute(plan, number)
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer, compression="zstd")
    data = buffer.getvalue()
    part = Part(
        number=number,
        path=str(part_path(out, number).relative_to(out)),
        rows=table.num_rows,
        errors=table.num_rows - int(table.column("error").null_count),
        sha256=hashlib.sha256(data).hexdigest(),
        seconds=time.perf_counter() - began,
        peak_memory_mb=peak_memory_mb(),
        plan=plan.sha256,
    )
    record_part(out, part, data)
    return part


def record_part(out: Path, part: Part, data: bytes) -> None:
    """Write a part that was computed, here or elsewhere, and then its record.

    Parameters
    ----------
    out : folder of the screen.
    part : the record.
    data : the Parquet file.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    path = part_path(out, part.number)
    with one_line_errors(out):
        write_bytes_atomic(path, data)
        record = with_checksum(json.dumps(asdict(part), indent=1))
        write_bytes_atomic(out / DONE / f"{path.stem}.json", record.encode())


def peak_memory_mb() -> float:
    """Peak memory of this process [MB]."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def compute(plan: Plan, number: int) -> pyarrow.Table:
    """Compute the rows of a part, in the order of the plan: by pair, then by voltage.

    Parameters
    ----------
    plan : plan of the screen.
    number : of the part.

    Returns
    -------
    The rows.

    Raises
    ------
    InputError
        If there is no such part.
    """
    import pyarrow

    return pyarrow.concat_tables(
        _rows(plan, leg, first_of, second_of) for leg, first_of, second_of in plan.part(number)
    ).unify_dictionaries()


def _rows(
    plan: Plan, leg: Leg, first_of: NDArray[np.int64], second_of: NDArray[np.int64]
) -> pyarrow.Table:
    import pyarrow

    screen = plan.screens[leg]
    results = [screen.minima(first_of, second_of, condition) for condition in plan.conditions]
    times = len(results)
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
            _interleaved([minima.mixing_fractions[:, side] for minima in results])
        )
        columns[f"reaction_energy_{name}_ev_per_atom"] = _numbers(
            _interleaved([minima.energies[:, side] for minima in results])
        )
        if any(plan.conditions):
            columns[f"reaction_energy_{name}_ev_per_nonopen_atom"] = _numbers(
                _interleaved([minima.energies_nonopen[:, side] for minima in results])
            )
        columns[f"products_{name}"] = _texts(results, side)
    columns["error"] = _texts(results, None)
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
    """Codes with a dictionary of only the texts that occur, in their order."""
    present, inverse = np.unique(codes[codes >= 0], return_inverse=True)
    small = np.full(codes.size, -1, dtype=np.int32)
    small[codes >= 0] = inverse.reshape(-1)
    return _coded(small, tuple(texts[i] for i in present))


def _texts(results: list[Minima], side: int | None) -> pyarrow.Array:
    """Products of a side, or errors, of all voltages, as one dictionary array."""
    known: dict[str, int] = {}
    columns = []
    for minima in results:
        texts = minima.error_texts if side is None else minima.product_texts
        codes = minima.errors if side is None else minima.products[:, side]
        of = np.array([known.setdefault(text, len(known)) for text in texts] + [-1], dtype=np.int32)
        columns.append(of[codes])  # -1 is the last, and stays -1
    return _used(_interleaved(columns), tuple(known))
