"""Bundled inputs: beside the packages in a checkout, inside ``workflows`` in a wheel."""

from __future__ import annotations

from pathlib import Path

DEFAULT_SET = "sevennet-l3i5"  #: the bundled phase set that is used where none is named
_PACKAGE = Path(__file__).resolve().parents[1]


def inputs() -> Path:
    """Folder of bundled systems, jobs, protocols and phase sets."""
    shipped = _PACKAGE / "inputs"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "inputs"
