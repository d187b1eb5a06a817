"""Figures drawn by two processes: the same files as by one, and no error is lost."""

import os
import signal
import time
from functools import partial

import pytest
from matplotlib.figure import Figure

from interfaces.errors import InputError
from workflows.io import side_by_side
from workflows.io.side_by_side import beside, save_side_by_side


def drawn(number):
    figure = Figure(figsize=(2, 2), layout="constrained")
    figure.subplots().plot([0, number], label=str(number))
    return figure


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def forks(monkeypatch):
    monkeypatch.setattr(side_by_side, "_can_fork", lambda: True)


def test_two_processes_write_what_one_writes(tmp_path, monkeypatch):
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.setattr(side_by_side, "_can_fork", lambda name=name: name == "two")
        save_side_by_side({folder / str(n): partial(drawn, n) for n in range(4)}, "MOCK")
    assert len(contents(tmp_path / "one")) == 8
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.parametrize("in_first", [True, False])
def test_an_error_of_either_process_is_raised(tmp_path, forks, in_first):
    first = os.getpid()

    def fail():
        if (os.getpid() == first) == in_first:
            raise InputError("no space left")
        return drawn(1)

    with pytest.raises(InputError, match="space"):
        save_side_by_side({tmp_path / str(n): fail for n in range(8)})


def test_a_second_process_that_is_killed(tmp_path, forks):
    first = os.getpid()

    def kill():
        if os.getpid() != first:
            os.kill(os.getpid(), signal.SIGKILL)
        return drawn(1)

    with pytest.raises(InputError, match="killed"):
        save_side_by_side({tmp_path / str(n): kill for n in range(8)})


@pytest.mark.parametrize("core", [True, False])
def test_the_result_of_work_beside(monkeypatch, core):
    monkeypatch.setattr(side_by_side, "_can_fork", lambda: core)
    with beside(os.getpid) as other:
        assert (other() != os.getpid()) == core


def test_an_error_here_ends_the_work_beside(forks):
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), beside(lambda: time.sleep(60)):
        raise KeyboardInterrupt
    assert time.monotonic() - began < 30
