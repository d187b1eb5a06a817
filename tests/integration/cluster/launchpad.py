"""A LaunchPad without MongoDB: FireWorks' own mongomock mode for one process, and a JobStore."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml


@dataclass(frozen=True)
class Pad:
    """The LaunchPad of this process, and what another process needs to read it."""

    launchpad: Any
    folder: Path
    environment: dict[str, str]

    def run(self, launches: int = 0) -> None:
        """What ``rlaunch rapidfire`` does: all that can run, or so many jobs."""
        from fireworks import FWorker
        from fireworks.core.rocket_launcher import rapidfire

        before = Path.cwd()
        try:
            rapidfire(self.launchpad, FWorker(), str(self.folder / "launches"), nlaunches=launches,
                      max_loops=1, sleep_time=1, strm_lvl="CRITICAL")  # fmt: skip
        finally:
            os.chdir(before)

    def written(self) -> dict[str, str]:
        """The environment for another process, once the database is on disk."""
        self.launchpad.connection._store._to_file()
        return os.environ | self.environment


@contextmanager
def launchpad(folder: Path):
    """An empty LaunchPad that FireWorks finds, and a JobStore that jobflow finds."""
    import jobflow
    from fireworks import LaunchPad, fw_config

    database, settings = folder / "database.json", folder / "jobflow.yaml"
    database.write_text("{}")
    store = {"docs_store": {"type": "JSONStore", "paths": str(folder / "outputs.json"),
                            "read_only": False}}  # fmt: skip
    settings.write_text(yaml.safe_dump({"JOB_STORE": store}))
    (folder / "launches").mkdir()
    table = {"MONGOMOCK_SERVERSTORE_FILE": str(database), "JOBFLOW_CONFIG_FILE": str(settings)}
    with pytest.MonkeyPatch.context() as patch:
        for key, value in table.items():
            patch.setenv(key, value)
        patch.setattr(fw_config, "MongoClient", fw_config.MongoClient)  # put back at the end
        patch.setattr(fw_config, "MONGOMOCK_SERVERSTORE_FILE", None)
        fw_config.override_user_settings()
        client = fw_config.MongoClient()
        # every client of the process is the one database, as with a server
        patch.setattr("fireworks.core.launchpad.MongoClient", lambda *_, **__: client)
        patch.setattr(jobflow.SETTINGS, "JOB_STORE", jobflow.JobStore.from_dict_spec(store))
        patch.setattr(jobflow.SETTINGS, "CONFIG_FILE", str(settings))
        pad = LaunchPad(strm_lvl="CRITICAL")
        pad.reset("", require_password=False)
        yield Pad(pad, folder, table)
        client._store._finalizer.detach()  # it would write at the end, when the folder is gone
