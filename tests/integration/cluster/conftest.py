"""One Slurm for the session; without root or without its packages the tests say why they skip."""

from __future__ import annotations

import pytest

from tests.integration.cluster.runs import LITHIUM, by_hand, contents, send, stop_at, write_job
from tests.integration.cluster.slurm import slurm_here


@pytest.fixture(scope="session")
def slurm():
    """A running Slurm, which every command of this process finds."""
    with slurm_here() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def frozen(slurm, tmp_path_factory):
    """A run that will hit its limit of a minute, the shortest that Slurm knows: begun early."""
    out = tmp_path_factory.mktemp("frozen")
    send(write_job(out, lithium=LITHIUM), out=out, directives=[("time", "00:01:00")])
    stop_at(out / "tiny-mock.jobs", 3)
    return out


@pytest.fixture(scope="session")
def alone(tmp_path_factory):
    """Results of a run that the tests send, made without a scheduler."""
    folder = tmp_path_factory.mktemp("alone")
    return contents(by_hand(write_job(folder, lithium=LITHIUM), folder) / "tiny-mock")
