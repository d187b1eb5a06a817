"""Which classes and functions a stored flow may name when it is decoded.

A flow is stored as JSON that names Python classes and functions. Anyone who can write to its
folder could make them any class or function, so only those of known packages are decoded. Modules
of a user's own Makers are recorded when the flow is created, in a file with a checksum, and are
accepted from then on if that file belongs to the user who decodes the flow.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from interfaces.errors import InputError
from workflows.io.atomic import folder_lock
from workflows.io.checksums import parse_checked, with_checksum
from workflows.io.results import write_atomic

FILE = "modules.json"  #: in the folder of a flow, where the flow names modules of other packages
#: Packages whose functions may be the function of a job.
CODE = frozenset(("workflows", "interfaces", "jobflow", "atomate2"))
#: Packages and modules whose classes may be named.
PACKAGES = CODE | {
    "pymatgen", "ase", "emmet", "custodian", "monty", "numpy", "datetime", "fractions", "uuid",
    "pathlib",
}  # fmt: skip


class KnownModules:
    """Modules that the flow of one folder may name.

    Parameters
    ----------
    folder : of the flow.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self.recorded = _recorded(self.path)

    def create(self, data: Any) -> None:
        """Record the modules of a new flow; those of an earlier one are dropped.

        Parameters
        ----------
        data : the flow as plain values.
        """
        self.path.unlink(missing_ok=True)
        self.recorded = frozenset()
        self.record(data)

    def record(self, data: Any) -> None:
        """Add the modules that this process has just written.

        Parameters
        ----------
        data : a flow, or the file of a finished job, as plain values.
        """
        named = {str(value["@module"]) for value in _named(data)}
        called = {str(function["@module"]) for function in _functions(data)}
        foreign = {name for name in named if not _within(name, PACKAGES)}
        foreign |= {name for name in called if not _within(name, CODE)}
        if foreign <= self.recorded:
            return
        with folder_lock(self.path.parent):  # other processes of the run record theirs
            self.recorded |= foreign | _recorded(self.path)
            write_atomic(self.path, with_checksum(json.dumps({"modules": sorted(self.recorded)})))
            with suppress(OSError):  # not every file system has modes
                self.path.chmod(0o644)

    def check(self, data: Any, path: Path) -> None:
        """Refuse plain values that name an unknown class or function.

        Parameters
        ----------
        data : what the file holds.
        path : of the file, for the message.

        Raises
        ------
        InputError
            If a module is neither known nor recorded, or a function is not what its name says.
        """
        for value in _named(data):
            if not self._knows(str(value["@module"]), PACKAGES):
                raise _refusal(path, value)
            if "@callable" in value and not _as_named(value):
                raise _refusal(path, value)
        for value in _functions(data):
            if not self._knows(str(value["@module"]), CODE):
                raise _refusal(path, value)

    def _knows(self, module: str, packages: frozenset[str]) -> bool:
        if module in self.recorded or _within(module, packages):
            return True
        self.recorded |= _recorded(self.path)  # by another process of the run
        return module in self.recorded


def _recorded(path: Path) -> frozenset[str]:
    """Return the recorded modules; none without a whole file of the user's own."""
    try:
        data, checked = parse_checked(path.read_bytes())  # own state, never an input of the run
        own = path.stat().st_uid == os.geteuid()
    except (InputError, OSError, ValueError):
        return frozenset()
    modules = data.get("modules")
    if not (own and checked and isinstance(modules, list)):
        return frozenset()
    return frozenset(map(str, modules))


def _within(module: str, packages: frozenset[str]) -> bool:
    return module.partition(".")[0] in packages


def _named(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every object that names a class or a function, however deep."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Mapping):
            if "@module" in item:
                yield item
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


def _functions(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the function of every job: decoded, it will be called."""
    for item in _named(value):
        function = item.get("function")
        if item.get("@class") == "Job" and isinstance(function, Mapping) and "@module" in function:
            yield function


def _as_named(value: Mapping[str, Any]) -> bool:
    """Return whether a name leads to an object of the module that it names.

    ``@callable`` may be a path of attributes. Through a module that is imported in the named one,
    such a path would reach every function of the interpreter.
    """
    from monty.json import MontyDecoder

    path = str(value["@callable"])
    if any(part.startswith("__") for part in path.split(".")):
        return False
    if value.get("@bound") is not None:  # the object is checked by itself
        return path.count(".") == 1
    try:
        target = MontyDecoder().process_decoded(
            {"@module": value["@module"], "@callable": path, "@bound": None}
        )
    except ImportError:
        return False
    return callable(target) and getattr(target, "__module__", None) == value["@module"]


def _refusal(path: Path, value: Mapping[str, Any]) -> InputError:
    name = value.get("@class", value.get("@callable"))
    return InputError(
        f"{path} names {value['@module']}.{name}, which is not of a known package and was not in "
        "the flow when it was created; check who can write to the folder, then start anew with "
        "--fresh"
    )
