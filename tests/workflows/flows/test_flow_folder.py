"""Locks of a flow's folder where the file system has none."""

from __future__ import annotations

import errno
import fcntl
import os

import pytest

from interfaces.errors import InputError
from workflows.flows.flow_folder import locked
from workflows.submit import background


@pytest.fixture
def no_flock(monkeypatch):
    """A file system without flock, as some network file systems are mounted."""

    def fail(*arguments):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(fcntl, "flock", fail)


def test_a_run_without_locks_is_refused(tmp_path, no_flock):
    with pytest.raises(InputError, match="flock"), locked(tmp_path / "run.jobs"):
        raise AssertionError("it runs unlocked")


def test_the_background_without_locks_is_refused(tmp_path, no_flock):
    script = tmp_path / "batch.sh"
    script.write_text("touch started\n")
    with pytest.raises(InputError, match=background.ALIVE):
        background.send(script)
    assert not (tmp_path / "started").exists()
