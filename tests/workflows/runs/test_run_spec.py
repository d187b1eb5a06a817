"""Every kind of job file as a flow: what is written of it equals the run without one."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("jobflow")

from interfaces.errors import InputError
from tests.workflows.flows.running import contents
from workflows.flows.resumable_run import Run
from workflows.io.resources import DEFAULT_SET
from workflows.io.results import MANIFEST
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
        "name: cathode\ncathode: LCO\nlithium: [1.0]\nelectrolytes: [LPSCl]\n"
        f"phases: {DEFAULT_SET}\nexclude: [S]\n"
    )
    return {AnalysesRun: analyses, CathodeSeriesRun: cathode}


@pytest.mark.parametrize("kind", [AnalysesRun, CathodeSeriesRun])
def test_a_flow_writes_the_bytes_of_the_run_and_repeats_nothing(kind, jobs, tmp_path):
    spec = run_spec(jobs[kind], None, None)
    assert isinstance(spec, kind)
    ours = Run(tmp_path / "flow" / spec.name, spec)
    ours.execute(fresh=False)
    theirs = run(jobs[kind], out=tmp_path / "run")
    written = contents(ours.target)
    assert written.pop(MANIFEST)  # of what has jobs to make it from again
    assert written == contents(theirs)
    finished = contents(ours.jobs / "jobs")
    assert len(finished) >= 2
    ours.execute(fresh=False)
    assert contents(ours.jobs / "jobs") == finished
    assert (ours.jobs / "log.txt").read_text().count(" start ") == len(finished)


def test_options_that_do_not_fit_a_kind_are_refused(jobs):
    with pytest.raises(InputError, match="--calculator belongs"):
        run_spec(jobs[AnalysesRun], "mock", None)
    with pytest.raises(InputError, match="give a --calculator"):
        run_spec(Path("inputs/md_LCO_LPSCl.yaml"), None, None)
