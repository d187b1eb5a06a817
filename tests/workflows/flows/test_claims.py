"""Claims: one process holds each, a dead one expires, and they replace locks where needed."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import threading

import pytest

from interfaces.errors import InputError
from workflows.flows import claims as module
from workflows.flows.claims import Claims
from workflows.flows.flow_folder import in_use, locked
from workflows.submit.background import send

HOLD = """
import sys, time
from pathlib import Path
from workflows.flows.claims import Claims
assert Claims(Path(sys.argv[1])).take("job")
print("held", flush=True)
time.sleep(60)
"""


def test_only_one_of_many_takes_a_claim(tmp_path):
    rivals = [Claims(tmp_path) for _ in range(8)]
    taken = []
    threads = [
        threading.Thread(target=lambda rival=rival: taken.append(rival.take("job")))
        for rival in rivals
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 7 + [True]
    (holder,) = (rival for rival in rivals if rival.holds("job"))
    assert not rivals[0].is_free("job")
    holder.release("job")
    assert rivals[0].is_free("job")
    assert rivals[1].take("job")


def test_a_claim_ends_with_its_process(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        claims = Claims(tmp_path)
        assert not claims.take("job")
        process.kill()
        process.wait()
    assert claims.take("job")


def test_a_claim_of_a_lost_machine_expires_when_it_is_not_renewed(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    path = tmp_path / "job"
    path.write_text("elsewhere 1 abc")
    claims = Claims(tmp_path)
    assert not claims.take("job")
    now[0] = module.EXPIRY - 1
    os.utime(path, (1, 1))  # renewed, on a machine with another time
    assert not claims.take("job")
    now[0] += module.EXPIRY - 1
    assert not claims.take("job")
    now[0] += 2
    assert claims.take("job")
    assert claims.holds("job")


def test_a_process_notices_that_its_claim_went_to_another(tmp_path):
    claims = Claims(tmp_path)
    assert claims.take("job")
    (tmp_path / "job").write_text("elsewhere 1 abc")
    assert not claims.holds("job")
    claims.release("job")
    assert (tmp_path / "job").exists()


@pytest.fixture
def no_locks(monkeypatch):
    """A file system without ``flock``."""

    def flock(file, how):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)


def test_a_disk_without_locks_is_locked_by_a_claim(tmp_path, no_locks):
    with locked(tmp_path):
        assert in_use(tmp_path)
        with pytest.raises(InputError, match="in use"), locked(tmp_path):
            pass
    assert not in_use(tmp_path)
    with locked(tmp_path):
        pass


def test_the_background_refuses_a_disk_without_locks(tmp_path, no_locks):
    with pytest.raises(InputError, match="local disk"):
        send(tmp_path / "batch.sh")
