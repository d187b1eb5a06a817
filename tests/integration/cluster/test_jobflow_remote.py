"""Flows handed to jobflow-remote; test_campaign lets them run.

The database lives in this process; MongoDB itself is not tested here.
"""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("jobflow_remote")
pytest.importorskip("ase")

from interfaces.errors import InputError
from tests.integration.cluster.doors import project
from tests.integration.cluster.runs import status_of, write_job
from workflows.submit.cancel import cancel
from workflows.submit.collect import collect
from workflows.submit.send import submit
from workflows.submit.site import Site

pytestmark = pytest.mark.filterwarnings("ignore")  # of libraries below jobflow-remote
SITE = Site(project="campaign", worker="slurm")


@pytest.fixture(scope="module")
def controller(slurm, tmp_path_factory):
    """A project with an empty database."""
    with project(tmp_path_factory.mktemp("remote"), pytest.MonkeyPatch) as remote:
        yield remote


def hand_over(*jobs: Path, out: Path):
    return submit(jobs, "mock", to="jobflow-remote", site=SITE, out=out)


def test_a_flow_waits_until_the_runner_of_the_user_has_it_and_is_stopped_by_jf(
    controller, tmp_path
):
    job = write_job(tmp_path)
    sent = hand_over(job, out=tmp_path)
    assert "jf runner start" in sent.text
    assert status_of(tmp_path).state == "waiting"
    assert [run.note for run in collect(tmp_path)] == ["waiting 0 of 4 jobs finished"]
    again = hand_over(job, out=tmp_path)
    assert again.left == (("tiny-mock", f"waiting as jobflow-remote {sent.number}"),)
    (output,) = cancel(tmp_path)
    assert (output.did, output.note) == (
        "not stopped",
        f"jobflow-remote stops it: jf -p campaign job stop -fid {sent.number}",
    )
    controller.stop_jobs(flow_ids=[sent.number], raise_on_error=False)  # as that command does
    status = status_of(tmp_path)
    assert status.state == "stopped"
    assert status.reason.endswith("USER_STOPPED")
    assert [task.name for task in hand_over(job, out=tmp_path).tasks] == ["tiny-mock"]
    assert status_of(tmp_path).state == "waiting"


def test_what_cannot_be_handed_over_is_refused(controller, tmp_path):
    job = write_job(tmp_path)
    with pytest.raises(InputError, match="no project nowhere"):
        submit([job], "mock", to="jobflow-remote", site=Site(project="nowhere"), out=tmp_path)
    site = Site(project="campaign", worker="slurm", exec_config="nowhere")
    with pytest.raises(InputError, match="exec_config"):
        submit([job], "mock", to="jobflow-remote", site=site, out=tmp_path)
    assert not (tmp_path / "tiny-mock.jobs").exists()
    with pytest.raises(InputError, match=r"tiny\.yaml with mock-vasp needs files"):
        submit([job], "mock-vasp", to="jobflow-remote", site=SITE, out=tmp_path)
