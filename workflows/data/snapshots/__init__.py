"""Snapshots: phase energies of one scheme, fetched once, verified at every reading."""

from workflows.data.snapshots.manifest import (
    Entry,
    LeftOut,
    Manifest,
    is_snapshot,
    read_manifest,
    versions,
)
from workflows.data.snapshots.read_snapshot import read_entries, read_snapshot, verify
from workflows.data.snapshots.write_snapshot import check_target, write_snapshot

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
