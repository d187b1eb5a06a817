"""The kernel compiled by numba, from the same source, for screens of many pairs.

Compilation takes seconds, which a screen earns back and a single curve never would: nothing imports
this module but what asks for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any

from interfaces import simplex

_KERNEL = (
    "pivot",
    "leaving_row",
    "refresh",
    "primal",
    "elemental_start",
    "minimum_energy",
    "first_zero",
    "mixing_line",
)  # callees before their callers


@cache
def compiled() -> dict[str, Callable[..., Any]]:
    """Name -> compiled twin of each function of :mod:`interfaces.simplex`.

    Raises
    ------
    ImportError
        If numba (the extra ``fast``) is not installed.
    """
    import numba

    namespace = dict(vars(simplex))
    for name in _KERNEL:
        source = getattr(simplex, name)
        # A copy that looks its callees up among the compiled ones, so the plain ones stay plain.
        twin = FunctionType(source.__code__, namespace, name, source.__defaults__)
        namespace[name] = numba.njit(twin)
    return {name: namespace[name] for name in _KERNEL}
