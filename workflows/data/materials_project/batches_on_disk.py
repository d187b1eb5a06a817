"""Finished batches on disk: a fetch that was killed continues without repeating requests."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from workflows.data.snapshots import Entry
from workflows.io.atomic import write_bytes_atomic
from workflows.io.checksums import parse_checked, with_checksum

FORMAT = 2  #: of a part; another one is fetched again


@dataclass(frozen=True)
class Parts:
    """Batches of one database version and thermo type, one file each.

    Files are complete or absent, and equal ones replace each other: any number of fetches may
    share the folder without a lock.
    """

    folder: Path
    endpoint: str
    database_version: str
    thermo_type: str

    def load(self, systems: Sequence[str]) -> list[Entry] | None:
        """Read the entries of a batch.

        Parameters
        ----------
        systems : chemical systems of the batch, as ``"Co-Li-O"``.

        Returns
        -------
        list of Entry or None
            None where the batch is not stored or cannot be read.
        """
        try:
            data, whole = parse_checked(self._path(systems).read_bytes())
            if whole and data["key"] == self._key(systems):
                return [Entry(*row) for row in data["rows"]]
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return None

    def store(self, systems: Sequence[str], entries: Sequence[Entry]) -> None:
        """Write a batch atomically.

        Parameters
        ----------
        systems : chemical systems of the batch.
        entries : all entries of these systems.
        """
        path = self._path(systems)
        rows = [astuple(entry) for entry in entries]
        data = with_checksum(json.dumps({"key": self._key(systems), "rows": rows})).encode()
        write_bytes_atomic(path, data)  # whether or not a fetch that is finished sweeps the folder

    def _key(self, systems: Sequence[str]) -> list[str]:
        named = (self.endpoint, self.database_version, self.thermo_type)
        return [str(FORMAT), *named, ",".join(systems)]

    def _path(self, systems: Sequence[str]) -> Path:
        digest = hashlib.sha256("\n".join(self._key(systems)).encode()).hexdigest()[:24]
        version = re.sub(r"[^\w.+-]", "_", f"{self.database_version}_{self.thermo_type}")
        return self.folder / version / f"{digest}.json"
