"""Snapshots: phase energies of one scheme, fetched once, verified at every reading."""

from workflows.data.snapshots.manifest import (
    Entry,
    LeftOut,
    Manifest,
    is_snapshot,
    read_manifest,
    versions,
)
from workflows.data.snapshots.snapshot_files import (
    check_target,
    read_entries,
    read_snapshot,
    verify,
    write_snapshot,
)

__all__ = [
    "Entry",
    "LeftOut",
    "Manifest",
    "check_target",
    "is_snapshot",
    "read_entries",
    "read_manifest",
    "read_snapshot",
    "verify",
    "versions",
    "write_snapshot",
]
