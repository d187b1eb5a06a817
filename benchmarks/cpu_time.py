"""CPU seconds of a call, repeated, as the benchmarks beside it measure them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def fewest(function: Callable[[], object], repeats: int = 3) -> float:
    """Fewest CPU seconds of a call: what it takes where nothing else runs."""
    return min(_each(function, repeats))


def median(function: Callable[[], object], repeats: int) -> float:
    """Median CPU seconds of a call."""
    return statistics.median(_each(function, repeats))


def _each(function: Callable[[], object], repeats: int) -> list[float]:
    times = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return times
