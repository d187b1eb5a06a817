"""Public names of a package, each imported from its module when it is first used (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def lazy_names(
    package: str, modules: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make ``__getattr__`` and ``__dir__`` of a package that imports its names on first use.

    Parameters
    ----------
    package : its ``__name__``.
    modules : module, relative to the package -> names in it that are public.

    Returns
    -------
    tuple
        ``__getattr__`` and ``__dir__``, to be assigned in the package's ``__init__``.

    Examples
    --------
    >>> get, listed = lazy_names("interfaces", {"chemistry.formulas": ("Formula",)})
    >>> listed()
    ['Formula']
    >>> str(get("Formula").parse("LiCoO2"))
    'LiCoO2'
    """
    module_of = {name: module for module, names in modules.items() for name in names}

    def get(name: str) -> Any:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{module_of[name]}"), name)
        setattr(sys.modules[package], name, value)  # so that it is looked up once
        return value

    return get, lambda: sorted(module_of)
