"""The kernel compiled by numba, from the same source, for screens of many pairs.

Compilation takes some 15 s, which pays off for thousands of pairs. Few are answered sooner by the
plain functions, to the same digits.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

from interfaces.screening import kernel, tableau, walk
from interfaces.solver import map_tiling as tiling
from interfaces.solver import parametric as lines
from interfaces.solver import simplex

_KERNEL = {
    simplex: (
        "pivot", "leaving_row", "refresh", "heights", "primal", "elemental_start", "minimum_energy",
    ),
    lines: (
        "first_zero", "first_to_sink", "entering_from_below", "walk", "mixing_line", "voltage_line",
    ),
    tiling: ("tiling",),
    tableau: (
        "blank", "elements_of", "restrict", "from_elements", "from_basis", "measure_heights",
        "face", "through", "exchange", "reached", "descend", "dual_pivot",
    ),
    walk: (
        "no_walk", "note", "sound", "walk_curve", "lowest", "name_products",
    ),
    kernel: ("closed_share", "place", "join", "screen_pairs", "hull_energies"),
}  # fmt: skip
# callees before their callers

#: A call that passes tuples counts references of all their arrays, which takes as long as these do.
_INLINED = frozenset(
    ("from_elements", "from_basis", "measure_heights", "dual_pivot", "note", "sound", "walk_curve",
     "lowest", "name_products", "place", "join")
)  # fmt: skip


FEW = 4_000  #: calls that take the plain functions less time than compiling: 1 to 3 ms each


def loop(name: str, calls: int) -> Callable[..., Any]:
    """A function of :mod:`interfaces.screening.kernel`; compiled where that is done or pays off.

    Parameters
    ----------
    name : of the function.
    calls : pairs or compositions that it will be given in all.

    Returns
    -------
    Callable
        The compiled or the plain function.

    Raises
    ------
    ImportError
        If it pays off and numba (the extra ``screen``) is not installed.
    """
    if calls <= FEW and not _is_compiled():
        return getattr(kernel, name)  # type: ignore[no-any-return]
    return compiled()[name]


def _is_compiled() -> bool:
    """Whether the kernel is in memory, or in the folder of :func:`keep_compiled`."""
    if compiled.cache_info().currsize:
        return True
    numba = sys.modules.get("numba")  # keep_compiled imports it
    return numba is not None and any(Path(numba.config.CACHE_DIR or "none").glob("*/*.nbi"))


def keep_compiled(folder: Path) -> None:
    """Keep what numba compiles in a folder: the next process loads it in half a second.

    numba looks at the age of one file, not at what its functions call, so the folder's name carries
    a checksum of the whole kernel. To be called before :func:`compiled`.

    Parameters
    ----------
    folder : cache directory of numba.
    """
    import numba

    numba.config.CACHE_DIR = str(folder / _checksum())


def _checksum() -> str:
    """Key of the compiled kernel: its source and the versions of numba and numpy."""
    import numba

    kernel = hashlib.sha256(numba.__version__.encode())
    for module in _KERNEL:
        kernel.update(Path(str(module.__file__)).read_bytes())
        numbers = {k: v for k, v in vars(module).items() if isinstance(v, float | int)}
        kernel.update(repr(sorted(numbers.items())).encode())  # those of other modules as well
    return kernel.hexdigest()[:16]


@cache
def compiled() -> dict[str, Callable[..., Any]]:
    """Name -> compiled version of each function in ``_KERNEL``.

    Returns
    -------
    dict[str, Callable[..., Any]]
        Compiled functions by name.

    Raises
    ------
    ImportError
        If numba (the extra ``screen``) is not installed.
    """
    import numba

    kept = Path(numba.config.CACHE_DIR or "").name == _checksum()
    namespace: dict[str, Any] = {}
    for module, names in _KERNEL.items():
        twins = {name: namespace[name] for name in vars(module) if name in namespace}
        scope = dict(vars(module)) | twins
        for name in names:
            source = getattr(module, name)
            # A copy that looks its callees up among the compiled ones, so the plain stay plain.
            twin = FunctionType(source.__code__, scope, name, source.__defaults__)
            scope[name] = namespace[name] = numba.njit(
                cache=kept, inline="always" if name in _INLINED else "never"
            )(twin)
    return namespace
