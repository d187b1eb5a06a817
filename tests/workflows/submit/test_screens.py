"""Screens that are submitted: states, cancelling and collecting as of any run."""

from __future__ import annotations

import sys

import pytest

pytest.importorskip("numba")
pytest.importorskip("pyarrow")

from interfaces.errors import InputError
from tests.integration.cluster.runs import wait_until
from tests.workflows.cli.runner import interfaces, refused
from tests.workflows.submit.fake_scheduler import install
from workflows.screening.plan import read_plan
from workflows.submit.cancel import cancel
from workflows.submit.collect import collect
from workflows.submit.send_screen import submit_screen
from workflows.submit.site import Site
from workflows.submit.status import statuses

HERE = f"{sys.executable} -m workflows.cli"


@pytest.fixture
def plan(tmp_path, toy_csv):
    """A screen of four parts, none of them computed."""
    (tmp_path / "l.txt").write_text("Li2O\nTiO2\n")
    done = interfaces(
        "screen", "--cathodes", tmp_path / "l.txt", "--electrolytes", tmp_path / "l.txt",
        "--phases", toy_csv, "--out", tmp_path / "s", "--rows-per-part", 1, "--plan-only",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert read_plan(tmp_path / "s").parts > 1
    return read_plan(tmp_path / "s")


def test_a_screen_goes_as_an_array_and_is_collected(plan, tmp_path, monkeypatch):
    pytest.importorskip("qtoolkit")
    install(tmp_path / "bin", "pbs")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    out = tmp_path / "s"
    number = submit_screen(out, plan, to="pbs", site=Site(command=HERE), tasks=2)
    assert number == "1[].head"
    wait_until(lambda: statuses(tmp_path)[0].state == "stopped", 120)
    (status,) = statuses(tmp_path)
    assert status.progress.complete
    assert status.progress.finished == plan.parts
    assert [run.found for run in collect(tmp_path)] == ["written now"]
    assert [run.state for run in statuses(tmp_path)] == ["finished"]
    assert [run.found for run in collect(tmp_path)] == ["there"]
    with pytest.raises(InputError, match="finished"):
        submit_screen(out, plan, to="pbs", site=Site(), tasks=2)
    next((out / "parts").iterdir()).unlink()
    assert statuses(tmp_path)[0].state == "stopped"
    assert submit_screen(out, plan, to="pbs", site=Site(command=HERE), tasks=2)
    wait_until(lambda: statuses(tmp_path)[0].state == "finished", 120)


def test_a_screen_that_goes_on_is_not_sent_twice_and_can_be_cancelled(plan, tmp_path):
    out = tmp_path / "s"
    stub = tmp_path / "stub"
    stub.write_text("#!/bin/bash\nsleep 600 & wait\n")
    stub.chmod(0o755)
    site = Site(command=str(stub))
    submit_screen(out, plan, to="local", site=site, tasks=1)
    wait_until(lambda: statuses(tmp_path)[0].state == "running", 60)
    with pytest.raises(InputError, match="running"):
        submit_screen(out, plan, to="local", site=site, tasks=1)
    assert [done.did for done in cancel(tmp_path)] == ["cancelled"]
    wait_until(lambda: statuses(tmp_path)[0].state == "stopped", 60)  # its last line is written
    assert statuses(tmp_path)[0].reason == "it was cancelled"
    assert [run.found for run in collect(tmp_path)] == ["missing"]
    refused(interfaces("screen", "--out", out, "--to", "slurm", "--site", "nowhere"), "nowhere")
