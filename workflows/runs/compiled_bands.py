"""Bands of the curves of a run, drawn by the compiled kernel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import Any

from interfaces.reactivity.curve_band import Kernel, sample_lines
from workflows.analyses.curve import BAND_KERNEL


@contextmanager
def compiled_bands() -> Iterator[None]:
    """Draw the bands of all curves in the block with the compiled kernel.

    It pays for the many curves of a run, where a single curve is drawn sooner without it. Without
    numba the kernel is plain NumPy. The two agree to rounding.
    """
    token = BAND_KERNEL.set(_sample_lines)
    try:
        yield
    finally:
        BAND_KERNEL.reset(token)


def _sample_lines(*arguments: Any) -> Any:
    return _kernel()(*arguments)  # loaded for the first curve that has a band


@cache
def _kernel() -> Kernel:
    """The kernel, compiled and kept in the user's cache."""
    if find_spec("numba") is None:
        return sample_lines
    from interfaces.screening.numba_cache import compiled, keep_compiled
    from workflows.io.user_cache import private_cache
    from workflows.screening.executors import KERNEL

    keep_compiled(private_cache(KERNEL))
    kernel: Kernel = compiled()["sample_lines"]
    return kernel
