"""Flows handed to jobflow-remote: its runner in this process, its jobs on the real Slurm.

The database lives in this process as well; MongoDB itself is not tested here.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("jobflow_remote")
pytest.importorskip("ase")

import yaml
from jobflow import JobStore

from interfaces.errors import InputError
from workflows.submit.collect import collect
from workflows.submit.sending import submit
from workflows.submit.site import Site
from workflows.submit.status import statuses

from ..cli.runner import ROOT
from .runs import by_hand, contents, status_of, write_job
from .stores import SharedStore

pytestmark = pytest.mark.filterwarnings("ignore")  # of libraries below jobflow-remote
SITE = Site(project="campaign", worker="slurm")


@pytest.fixture(scope="module")
def project(slurm, tmp_path_factory):
    """A project with an empty database; what its file says is all that a user writes."""
    folder = tmp_path_factory.mktemp("remote")
    (folder / "work").mkdir()
    settings = {
        "name": "campaign",
        "workers": {
            "slurm": {
                "type": "local",
                "scheduler_type": "slurm",
                "work_dir": str(folder / "work"),
                "pre_run": f"export PATH={Path(sys.executable).parent}:$PATH PYTHONPATH={ROOT}",
                "resources": {},
            }
        },
        "queue": {"store": SharedStore("queue").as_dict()},
        "jobstore": JobStore(
            SharedStore("outputs"), additional_stores={"data": SharedStore("data")}
        ).as_dict(),
        "runner": {"delay_checkout": 1, "delay_check_run_status": 1, "delay_advance_status": 1},
    }
    (folder / "projects").mkdir()
    (folder / "projects" / "campaign.yaml").write_text(yaml.safe_dump(settings))
    from jobflow_remote import SETTINGS
    from jobflow_remote.config.manager import ConfigManager

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SETTINGS, "projects_folder", str(folder / "projects"))
        controller = ConfigManager().get_project("campaign").get_job_controller()
        for one in ({"next_id": 1}, {"running_runner": None}, {"runner_pings": []}):
            controller.auxiliary.insert_one(one)  # as `jf admin reset`, which also makes indexes
        controller.update_version_information()
        yield controller


def run(seconds: int) -> None:
    """What the user's runner does, until nothing is left to do."""
    from jobflow_remote.jobs.runner import Runner

    Runner(project_name="campaign").run_all_jobs(max_seconds=seconds)


def hand_over(*jobs: Path, out: Path):
    return submit(jobs, "mock", to="jobflow-remote", site=SITE, out=out)


def test_a_flow_comes_home_as_the_record_of_a_local_run_and_a_failure_is_named_and_mended(
    project, tmp_path
):
    table = tmp_path / "phases.csv.gz"
    table.write_bytes((ROOT / "inputs" / "phases" / "chgnet-0.3.0.csv.gz").read_bytes())
    good, bad = write_job(tmp_path, "good"), write_job(tmp_path, "bad", phases=str(table))
    sent = hand_over(good, bad, out=tmp_path)
    away = table.with_suffix(".away")
    table.rename(away)
    assert {one.state for one in statuses(tmp_path)} == {"waiting"}
    assert [one.note for one in collect(tmp_path)] == ["waiting 0 of 4 jobs finished"] * 2
    again = hand_over(good, out=tmp_path)
    assert again.left[0][1].removeprefix("waiting as jobflow-remote ") in sent.number
    run(150)
    done, stopped = (status_of(tmp_path, f"{name}-mock") for name in ("good", "bad"))
    assert (done.state, done.progress.finished, done.progress.missing) == ("stopped", 6, ())
    assert stopped.state == "stopped"
    assert stopped.reason.startswith("MOCK LiCoO2 scale: ")
    assert "phases.csv" in stopped.reason
    assert "interfaces collect" in hand_over(good, out=tmp_path).left[0][1]
    lacking, home = collect(tmp_path)
    assert (lacking.found, home.found) == ("missing", "written now")
    assert lacking.note.startswith("4 of 6 jobs finished")
    assert contents(done.target) == contents(by_hand(good, tmp_path / "alone") / "good-mock")
    away.rename(table)
    assert [task.name for task in hand_over(good, bad, out=tmp_path).tasks] == ["bad-mock"]
    assert status_of(tmp_path, "bad-mock").submission.attempts == 2
    run(150)
    assert [one.found for one in collect(tmp_path)] == ["written now", "there"]
    assert {one.state for one in statuses(tmp_path)} == {"finished"}


def test_what_cannot_be_handed_over_is_refused(project, tmp_path):
    job = write_job(tmp_path)
    with pytest.raises(InputError, match="no project nowhere"):
        submit([job], "mock", to="jobflow-remote", site=Site(project="nowhere"), out=tmp_path)
    with pytest.raises(InputError, match=r"tiny\.yaml with mock-vasp needs files"):
        submit([job], "mock-vasp", to="jobflow-remote", site=SITE, out=tmp_path)
