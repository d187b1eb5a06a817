"""Where ``inputs/`` is: beside the packages in a checkout, inside ``workflows`` in a wheel."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def inputs() -> Path:
    """Folder of bundled systems, jobs, protocols and phase sets."""
    shipped = _HERE / "inputs"
    return shipped if shipped.is_dir() else _HERE.parent / "inputs"
