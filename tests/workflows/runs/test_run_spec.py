"""Every kind of job file is one flow: run here, killed and continued, replaced when it changes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("jobflow")

from interfaces.errors import InputError
from tests.workflows.cli.runner import ROOT
from tests.workflows.flows.running import ENVIRONMENT, contents, events
from workflows.analyses.registry import prepare_analysis
from workflows.io.readers import read_json
from workflows.io.resources import DEFAULT_SET
from workflows.runs.run_file import run
from workflows.runs.run_spec import AnalysesRun, CathodeSeriesRun, run_spec

pytestmark = pytest.mark.filterwarnings("ignore")  # jobflow and monty warn of each other


@pytest.fixture
def jobs(tmp_path, toy_csv):
    analyses, cathode = tmp_path / "analyses.yaml", tmp_path / "cathode.yaml"
    analyses.write_text(
        f"name: analyses\nphases: {toy_csv}\nanalyses:\n"
        "  - {curve: [Li2O, TiO2]}\n  - {window: TiO2}\n"
        "  - {curve: [Li2O, TiO2], open: [Li], voltage: 2.0}\n"
    )
    cathode.write_text(
        "name: cathode\ncathode: LCO\nlithium: [1.0, 0.5]\nelectrolytes: [LPSCl]\n"
        f"phases: {DEFAULT_SET}\nexclude: [S]\n"
    )
    return {AnalysesRun: analyses, CathodeSeriesRun: cathode}


def test_a_run_of_analyses_writes_what_they_compute(jobs, tmp_path):
    spec = run_spec(jobs[AnalysesRun], None, None)
    target = run(jobs[AnalysesRun], out=tmp_path / "out")
    for item in spec.specs:
        assert read_json(target / f"{item.name}.json") == prepare_analysis(item).run().to_dict()


@pytest.mark.parametrize("kind", [AnalysesRun, CathodeSeriesRun])
def test_a_finished_run_repeats_no_job_and_a_changed_one_replaces_it(kind, jobs, tmp_path):
    assert isinstance(run_spec(jobs[kind], None, None), kind)
    target = run(jobs[kind], out=tmp_path / "out")
    folder = target.with_name(f"{target.name}.jobs")
    written, finished = contents(target), contents(folder / "jobs")
    run(jobs[kind], out=tmp_path / "out")
    assert contents(folder / "jobs") == finished
    assert contents(target) == written
    assert len(events(folder, "start")) == len(finished) >= 3
    jobs[kind].write_text(jobs[kind].read_text().replace("TiO2", "Li2TiO3").replace("0.5", "0.25"))
    run(jobs[kind], out=tmp_path / "out")
    assert not set(contents(folder / "jobs")) & set(finished)


def test_the_main_job_is_killed_and_continued(jobs, tmp_path):
    job, undisturbed = jobs[CathodeSeriesRun], tmp_path / "undisturbed"
    run(job, out=undisturbed)
    command = [sys.executable, "-m", "workflows.cli", "run", str(job), "--out", str(tmp_path)]
    folder = tmp_path / "cathode.jobs"
    with subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT) as process:
        end = time.monotonic() + 240
        while len(events(folder, "end")) < 2 and time.monotonic() < end:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
    assert not (tmp_path / "cathode").exists()
    finished = {path.name for path in (folder / "jobs").glob("[!.]*.json")}
    assert len(finished) in (2, 3)  # of phases and two curves
    subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, check=True, capture_output=True)
    started = events(folder, "start")
    assert all(started.count(name.split(".", 1)[1].removesuffix(".json")) <= 1 for name in finished)
    assert contents(tmp_path / "cathode") == contents(undisturbed / "cathode")


def test_two_processes_share_a_job_without_a_calculator(jobs, tmp_path):
    alone = run(jobs[AnalysesRun], out=tmp_path / "alone")
    shared = run(jobs[AnalysesRun], out=tmp_path / "shared", workers=2)
    assert contents(shared) == contents(alone)


def test_options_that_do_not_fit_a_kind_are_refused(jobs):
    with pytest.raises(InputError, match="--calculator belongs"):
        run_spec(jobs[AnalysesRun], "mock", None)
    with pytest.raises(InputError, match="give a --calculator"):
        run_spec(Path("inputs/md_LCO_LPSCl.yaml"), None, None)
