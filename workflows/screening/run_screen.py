"""Run a screen: compute the missing parts, then verify all of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workflows.screening.collect_screen import BEST, collect
from workflows.screening.executors import Executor, prepare, serial
from workflows.screening.parts import finished, peak_memory_mb
from workflows.screening.plan import Plan


@dataclass(frozen=True)
class Progress:
    """Progress of a screen: parts and rows done, rate of this run [rows/s], time left [s]."""

    parts_done: int
    parts: int
    rows_done: int
    rows: int
    rate: float
    seconds_left: float

    def __str__(self) -> str:
        return (
            f"part {self.parts_done} of {self.parts}: {self.rows_done:,} of {self.rows:,} rows, "
            f"{self.rate:,.0f}/s, {self.seconds_left:,.0f} s left"
        )


@dataclass(frozen=True)
class Summary:
    """Result of running a screen.

    Attributes
    ----------
    pairs, rows, parts, errors : of the whole screen.
    seconds, pairs_per_second : of this run, without ``start_seconds``.
    start_seconds : time to compile or load the kernel [s].
    peak_memory_mb : of the largest process [MB].
    parts_computed : in this run; the others existed.
    plan_sha256, rows_sha256 : checksums.
    out : folder of the screen.
    """

    pairs: int
    rows: int
    seconds: float
    start_seconds: float
    pairs_per_second: float
    peak_memory_mb: float
    parts: int
    parts_computed: int
    errors: int
    plan_sha256: str
    rows_sha256: str
    out: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as in the JSON output."""
        return asdict(self)


def run_screen(
    out: Path,
    plan: Plan,
    executor: Executor = serial,
    *,
    best: int = BEST,
    report: Callable[[Progress], None] = lambda _: None,
) -> Summary:
    """Compute the missing parts of a screen, and collect it.

    Parameters
    ----------
    out : folder with the plan (:func:`workflows.screening.plan.begin`).
    plan : its plan.
    executor : computes the parts.
    best : coatings kept per cathode, electrolyte and voltage.
    report : called after each part.

    Returns
    -------
    Size, time and checksums of the screen.

    Raises
    ------
    InputError
        If a part cannot be computed or written.
    """
    began = time.perf_counter()
    missing = [n for n in range(plan.parts) if finished(out, plan, n) is None]
    done = plan.parts - len(missing)
    rows_before = plan.rows - sum(_rows_of(plan, n) for n in missing)
    computed, peak = 0, 0.0
    if missing:
        prepare(plan)
    start_seconds = time.perf_counter() - began
    began += start_seconds
    for part in executor(out, plan, missing) if missing else ():
        done += 1
        computed += part.rows
        peak = max(peak, part.peak_memory_mb)
        rate = computed / max(time.perf_counter() - began, 1e-9)
        left = plan.rows - rows_before - computed
        report(
            Progress(
                parts_done=done,
                parts=plan.parts,
                rows_done=rows_before + computed,
                rows=plan.rows,
                rate=rate,
                seconds_left=left / rate,
            )
        )
    seconds = time.perf_counter() - began
    manifest = collect(out, plan, best)
    return Summary(
        pairs=plan.pairs,
        rows=manifest["rows"],
        seconds=seconds,
        start_seconds=start_seconds,
        pairs_per_second=computed / len(plan.voltages) / seconds if computed else 0.0,
        peak_memory_mb=max(peak, peak_memory_mb()),
        parts=plan.parts,
        parts_computed=len(missing),
        errors=manifest["errors"],
        plan_sha256=plan.sha256,
        rows_sha256=manifest["rows_sha256"],
        out=str(out),
    )


def _rows_of(plan: Plan, number: int) -> int:
    """Rows of a part, without listing its pairs."""
    low = number * plan.pairs_per_part
    return (min(low + plan.pairs_per_part, plan.pairs) - low) * len(plan.voltages)
