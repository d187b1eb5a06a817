"""The cache of the compiled kernel, which numba unpickles: the user's own, or refused."""

from __future__ import annotations

import os
import pickle
import stat

import pytest

from interfaces.errors import InputError
from tests.robustness.parsers import TABLE
from tests.workflows.cli.runner import refused
from workflows.io.resources import private_cache


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_nobody_else_can_use_it(home, mask):
    before = os.umask(mask)
    try:
        folder = private_cache("kernel")
    finally:
        os.umask(before)
    assert folder.is_relative_to(home)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert private_cache("kernel") == folder  # and is taken as it is the next time


def test_it_is_where_the_user_wants_caches(home, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    assert private_cache("kernel").is_relative_to(tmp_path / "caches")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # which the specification passes over
    assert private_cache("kernel").is_relative_to(home)


@pytest.mark.parametrize("mode", [0o770, 0o777, 0o702, 0o750])
def test_one_that_others_may_use_is_refused(home, mode):
    private_cache("kernel").chmod(mode)
    with pytest.raises(InputError, match="mode"):
        private_cache("kernel")


def test_a_link_is_refused_wherever_it_leads(home, tmp_path):
    folder = private_cache("kernel")
    folder.rmdir()
    (tmp_path / "mine").mkdir(mode=0o700)
    for target in (tmp_path / "mine", tmp_path / "nowhere"):
        folder.symlink_to(target)
        with pytest.raises(InputError, match="link"):
            private_cache("kernel")
        folder.unlink()
    folder.write_text("")
    with pytest.raises(InputError, match="file"):
        private_cache("kernel")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_one_of_another_user_is_refused(home):
    os.chown(private_cache("kernel"), 12345, -1)
    with pytest.raises(InputError, match="12345"):
        private_cache("kernel")


class Planted:
    """What runs code when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.filterwarnings("ignore")
def test_a_screen_reads_no_code_from_its_folder(ask, home, tmp_path):
    """Every file of numba's own cache, put where screens kept it, with a pickle that runs code."""
    pytest.importorskip("numba")
    pytest.importorskip("pyarrow")
    from interfaces.screening.numba_cache import _checksum

    (tmp_path / "t.csv").write_text(TABLE)
    (tmp_path / "l.txt").write_text("Li2O\nTiO2\n")
    out = tmp_path / "out"
    planted = out / ".kernel" / _checksum()
    planted.mkdir(parents=True)
    for name in ("x.nbi", "screen_pairs-180.py311.nbi"):
        (planted / name).write_bytes(pickle.dumps(Planted(tmp_path / "ran")))
    words = ("screen", "--out", out, "--cathodes", tmp_path / "l.txt", "--electrolytes",
             tmp_path / "l.txt", "--phases", tmp_path / "t.csv", "--plan-only")  # fmt: skip
    assert ask(*words).returncode == 0
    import numba

    assert str(home) in numba.config.CACHE_DIR
    assert not (tmp_path / "ran").exists()
    private_cache("kernel").chmod(0o777)
    refused(ask(*words), "mode")
