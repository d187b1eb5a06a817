"""A snapshot: phase energies of one scheme, fetched once, checked at every reading, used offline.

A folder with ``entries.parquet`` and ``manifest.json``, which says where the entries came from,
what they leave out, and the SHA-256 of the table.
"""

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
