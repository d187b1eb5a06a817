"""What the environment says: sizes of the terminal, matplotlib's backend, pymatgen's settings."""

from __future__ import annotations

import os

import pytest

from interfaces.errors import InputError
from tests.robustness.parsers import TABLE
from tests.workflows.cli.runner import interfaces, refused
from workflows.cli.environment import check_pymatgen_settings


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "ok.csv"
    path.write_text(TABLE)
    return path


@pytest.mark.parametrize("name", ["COLUMNS", "LINES"])
@pytest.mark.parametrize("value", ["0", "00", "-1", "²", "wide", "", "80"])
def test_a_terminal_has_columns_whatever_is_said(ask, table, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    done = ask("curve", "Li2O", "TiO2", "--phases", table)
    assert done.returncode == 0, done
    assert "minimum total" in done.stdout
    assert "Li2TiO3" in done.stdout


def test_a_backend_that_is_none_is_one_line(table, tmp_path):
    words = ("curve", "Li2O", "TiO2", "--phases", table, "--figure", tmp_path / "x.svg")
    refused(interfaces(*words, env=os.environ | {"MPLBACKEND": "nonsense"}), "MPLBACKEND")
    assert not (tmp_path / "x.svg").exists()


BROKEN = ["a: [", "[1, 2]", "text", "5", "PMG_VASP_PSP_DIR: 5", "1: 2", "a: 1\na: 2\n", "\t- x",
          b"\xff\xfe\x00", "PMG_MAPI_KEY: planted-word: x"]  # fmt: skip


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.parametrize("where", [".pmgrc.yaml", ".config/.pmgrc.yaml", "named.yaml"])
def test_broken_settings_of_pymatgen_are_one_line(ask, table, tmp_path, monkeypatch, text, where):
    path = tmp_path / where
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    monkeypatch.setenv("HOME", str(tmp_path))
    if where == "named.yaml":
        monkeypatch.setenv("PMG_CONFIG_FILE", str(path))
    done = ask("curve", "Li2O", "TiO2", "--phases", table)
    refused(done, where)
    assert "planted-word" not in done.stderr
    assert ask("curve", "--help").returncode == 0


@pytest.mark.parametrize(
    "text", ["", "# nothing", "PMG_VASP_PSP_DIR: ~/potcars\nPMG_MAPI_KEY: x\n"]
)
def test_sound_settings_are_taken(tmp_path, monkeypatch, text):
    monkeypatch.setenv("HOME", str(tmp_path))
    check_pymatgen_settings()  # there is none
    (tmp_path / ".pmgrc.yaml").write_text(text)
    check_pymatgen_settings()
    (tmp_path / ".pmgrc.yaml").write_text("[")
    with pytest.raises(InputError, match=r"pmgrc"):
        check_pymatgen_settings()
