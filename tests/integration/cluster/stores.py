"""A database for jobflow-remote that lives in this process: only its runner ever talks to one."""

from __future__ import annotations

from maggma.stores import MemoryStore

OPEN = {}  #: the database of the first store, kept when it is closed


class SharedStore(MemoryStore):
    """Every instance sees the same collection, also after another one was closed."""

    def connect(self, force_reset: bool = False) -> None:
        if not OPEN:
            super().connect(force_reset=True)
            OPEN["database"] = self._coll.database
        self._coll = OPEN["database"][self.collection_name]

    def close(self) -> None:
        self._coll = None
