"""A screen from begin to end: what is missing is computed, then everything is verified."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workflows.screening.collect_screen import BEST, collect
from workflows.screening.executors import Engine, here, prepare
from workflows.screening.parts import finished, peak_memory_mb
from workflows.screening.plan import Plan


@dataclass(frozen=True)
class Progress:
    """How far a screen is: rows of all, rate of this run [rows/s], time left [s]."""

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
    """What a run of a screen did.

    ``pairs``, ``rows``, ``parts`` and ``errors`` are of the whole screen; ``seconds`` and
    ``pairs_per_second`` of what this run computed (``parts_computed``, the rest was there), after
    the ``start_seconds`` in which the kernel was compiled or found; ``peak_memory_mb`` of the
    largest process.
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
    engine: Engine = here,
    *,
    best: int = BEST,
    tell: Callable[[Progress], None] = lambda _: None,
) -> Summary:
    """Compute what is missing of a screen, and collect it.

    Parameters
    ----------
    out : folder with the plan (:func:`workflows.screening.plan.begin`).
    engine : who computes the parts.
    tell : called after each part.
    """
    began = time.perf_counter()
    missing = [n for n in range(plan.parts) if finished(out, plan, n) is None]
    done = plan.parts - len(missing)
    rows_there = plan.rows - sum(_rows_of(plan, n) for n in missing)
    computed, peak = 0, 0.0
    if missing:
        prepare(plan)
    start_seconds = time.perf_counter() - began
    began += start_seconds
    for part in engine(out, plan, missing) if missing else ():
        done += 1
        computed += part.rows
        peak = max(peak, part.peak_memory_mb)
        rate = computed / max(time.perf_counter() - began, 1e-9)
        left = plan.rows - rows_there - computed
        tell(Progress(done, plan.parts, rows_there + computed, plan.rows, rate, left / rate))
    seconds = time.perf_counter() - began
    manifest = collect(out, plan, best)
    return Summary(
        plan.pairs,
        manifest["rows"],
        seconds,
        start_seconds,
        computed / len(plan.voltages) / seconds if computed else 0.0,
        max(peak, peak_memory_mb()),
        plan.parts,
        len(missing),
        manifest["errors"],
        plan.sha256,
        manifest["rows_sha256"],
        str(out),
    )


def _rows_of(plan: Plan, number: int) -> int:
    """Rows of a part, without listing its pairs."""
    low = number * plan.pairs_per_part
    return (min(low + plan.pairs_per_part, plan.pairs) - low) * len(plan.voltages)
