"""The manifest of a results folder: what was computed, and size and SHA-256 of every file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interfaces.errors import InputError
from workflows.io.checksums import parse_checked, with_checksum
from workflows.io.results import write_atomic

MANIFEST = "checksums.json"
FORMAT = 1
SHOWN = 3  #: damaged files in a message
VERSION_KEY = "interface-stability"  #: of a specification; results stay valid with a new version


@dataclass(frozen=True)
class Manifest:
    """What a finished run computed and wrote.

    Attributes
    ----------
    spec : everything that the numbers follow from, as plain values.
    files : relative path -> (bytes, SHA-256).
    mark : words for results that are not physical; else empty.
    """

    spec: Mapping[str, Any]
    files: Mapping[str, tuple[int, str]]
    mark: str = ""

    def is_of(self, spec: Mapping[str, Any]) -> bool:
        """Whether the results are those of a specification, by whichever version of the package."""
        return bool(_comparable(self.spec) == _comparable(spec))

    def damage(self, folder: Path) -> dict[str, str]:
        """Return files that are not as they were written, each with what is wrong with it."""
        faults = {}
        for name, (size, digest) in self.files.items():
            fault = _fault(folder / name, size, digest)
            if fault:
                faults[name] = fault
        return faults


def write_manifest(folder: Path, spec: Mapping[str, Any], mark: str = "") -> None:
    """Write the manifest of everything that a folder holds.

    Parameters
    ----------
    folder : of the results.
    spec : everything that the numbers follow from, as plain values.
    mark : words for results that are not physical.
    """
    files = {
        path.relative_to(folder).as_posix(): [path.stat().st_size, _digest(path.read_bytes())]
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / MANIFEST
    }
    data = {"format": FORMAT, "spec": spec, "files": files, **({"mark": mark} if mark else {})}
    write_atomic(folder / MANIFEST, with_checksum(json.dumps(data, indent=1, allow_nan=False)))


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a results folder.

    Raises
    ------
    InputError
        If it is missing, damaged, or of another format.
    """
    path = folder / MANIFEST
    try:
        data, checked = parse_checked(path.read_bytes())
        if not checked or data["format"] != FORMAT:
            raise ValueError("it is of another format")
        rows = data["files"].items()
        files = {str(name): (int(size), str(digest)) for name, (size, digest) in rows}
        return Manifest(spec=dict(data["spec"]), files=files, mark=str(data.get("mark", "")))
    except FileNotFoundError:
        raise InputError(f"{folder} has no {MANIFEST}, so nothing says what it holds") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is damaged: {error}") from None


def listed(damage: Mapping[str, str]) -> str:
    """Damaged files in one line.

    >>> listed({"minima.csv": "missing", "kinks.csv": "changed"})
    'minima.csv is missing, kinks.csv is changed'
    """
    shown = [f"{name} is {fault}" for name, fault in list(damage.items())[:SHOWN]]
    return ", ".join(shown) + (f" and {len(damage) - SHOWN} more" if len(damage) > SHOWN else "")


def _comparable(spec: Mapping[str, Any]) -> Any:
    plain = {key: value for key, value in spec.items() if key != VERSION_KEY}
    return json.loads(json.dumps(plain))


def _fault(path: Path, size: int, digest: str) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return str(error.strerror or error)
    if len(data) < size:
        return f"truncated to {len(data)} of {size} bytes"
    return "" if _digest(data) == digest else "changed"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
