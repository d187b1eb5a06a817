"""A run that hits its time limit: begun with the first test, asked about in the last."""

from __future__ import annotations

import pytest

pytest.importorskip("jobflow")
pytest.importorskip("ase")

from tests.integration.cluster.runs import contents, nothing_ran_twice, send, status_of, wait_for

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


def test_a_run_at_its_time_limit_goes_on_when_it_is_sent_again(slurm, frozen, alone):
    wait_for(frozen, "stopped", seconds=150)
    found = status_of(frozen)
    assert (found.scheduler, found.reason) == ("TIMEOUT", "the time limit was reached")
    send(frozen / "tiny.yaml", out=frozen)
    wait_for(frozen, "finished")
    assert contents(frozen / "tiny-mock") == alone
    nothing_ran_twice(frozen / "tiny-mock.jobs", cut_off=1)
