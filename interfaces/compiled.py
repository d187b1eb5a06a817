"""The kernel compiled by numba, from the same source, for screens of many pairs.

Compilation takes seconds, which a screen earns back and a single curve never would: nothing imports
this module but what asks for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any

from interfaces import lines, simplex, tiling

_KERNEL = {
    simplex: (
        "pivot", "leaving_row", "refresh", "heights", "primal", "elemental_start", "minimum_energy",
    ),
    lines: (
        "first_zero", "first_to_sink", "entering_from_below", "walk", "mixing_line", "voltage_line",
    ),
    tiling: ("tiling",),
}  # fmt: skip
# callees before their callers


@cache
def compiled() -> dict[str, Callable[..., Any]]:
    """Name -> compiled twin of each function of the kernel: ``simplex``, ``lines``, ``tiling``.

    Raises
    ------
    ImportError
        If numba (the extra ``fast``) is not installed.
    """
    import numba

    namespace: dict[str, Any] = {}
    for module, names in _KERNEL.items():
        twins = {name: namespace[name] for name in vars(module) if name in namespace}
        scope = dict(vars(module)) | twins
        for name in names:
            source = getattr(module, name)
            # A copy that looks its callees up among the compiled ones, so the plain stay plain.
            twin = FunctionType(source.__code__, scope, name, source.__defaults__)
            scope[name] = namespace[name] = numba.njit(twin)
    return namespace
