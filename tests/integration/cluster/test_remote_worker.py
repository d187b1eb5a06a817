"""jobflow-remote with a local worker: its runner and `jf execution run`, a process for each job.

The database lives in this process: no server of MongoDB can be installed here.
"""

from __future__ import annotations

import time

import pytest

pytest.importorskip("jobflow_remote")

from tests.integration.cluster.doors import project
from tests.workflows.flows.running import contents
from workflows.io.resources import DEFAULT_SET
from workflows.io.results import MANIFEST
from workflows.runs.run_file import run
from workflows.submit.collect import collect
from workflows.submit.send import submit
from workflows.submit.site import Site

pytestmark = pytest.mark.filterwarnings("ignore")  # of libraries below jobflow-remote
SITE = Site(project="campaign", worker="here")


def finish(controller):
    """What ``jf runner start`` does, until no job is left."""
    from jobflow_remote.jobs.runner import Runner

    runner, end = Runner(project_name="campaign"), time.monotonic() + 500
    over = {"COMPLETED", "FAILED", "REMOTE_ERROR"}
    while {job.state.value for job in controller.get_jobs_info()} - over:
        assert time.monotonic() < end
        runner.checkout()
        runner.check_run_status()
        runner.advance_state(["CHECKED_OUT", "UPLOADED", "RUN_FINISHED", "DOWNLOADED"])
        time.sleep(0.2)


def test_job_files_without_a_calculator_run_on_a_worker(tmp_path, toy_csv):
    analyses, cathode = tmp_path / "analyses.yaml", tmp_path / "cathode.yaml"
    analyses.write_text(f"name: analyses\nphases: {toy_csv}\nanalyses:\n  - {{window: TiO2}}\n")
    cathode.write_text(
        "name: cathode\ncathode: LCO\nlithium: [1.0]\nelectrolytes: [LPSCl]\n"
        f"phases: {DEFAULT_SET}\n"
    )
    out, here = tmp_path / "out", tmp_path / "here"
    (tmp_path / "project").mkdir()
    with project(tmp_path / "project", pytest.MonkeyPatch) as controller:
        submit([analyses, cathode], None, to="jobflow-remote", site=SITE, out=out)
        finish(controller)
        states = [(job.name, job.state.value, job.error) for job in controller.get_jobs_info()]
        assert {state for _, state, _ in states} == {"COMPLETED"}, states
        assert all(item.home for item in collect(out))
    for job in (analyses, cathode):
        run(job, out=here)
    written, expected = contents(out / "analyses"), contents(here / "analyses")
    assert written.pop(MANIFEST)
    assert expected.pop(MANIFEST)
    assert written == expected
    kinks = "cathode/kinks.csv"
    assert (out / kinks).read_bytes() == (here / kinks).read_bytes()
