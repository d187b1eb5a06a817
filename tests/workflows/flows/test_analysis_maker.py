"""Analyses of the registry as jobs of jobflow."""

from __future__ import annotations

import pytest

pytest.importorskip("jobflow")

from workflows.analyses.composites import CompositeSpec
from workflows.analyses.curve import CurveSpec
from workflows.analyses.registry import prepare_analysis
from workflows.flows.analysis_maker import AnalysisMaker


@pytest.mark.filterwarnings("ignore")  # jobflow and monty warn of each other
def test_results_of_jobs_are_those_of_the_analyses(tmp_path, monkeypatch, toy_csv):
    monkeypatch.chdir(tmp_path)
    from jobflow import Flow, JobStore, run_locally
    from maggma.stores import MemoryStore
    from monty.json import MontyDecoder

    specs = [
        CurveSpec(curve=("Li2O", "TiO2"), open=("Li",), voltage=2.0, phases=str(toy_csv)),
        CompositeSpec(composite={"Li2O": 3, "TiO2": 4, "Ti": 1}, phases=str(toy_csv)),
    ]
    jobs = [AnalysisMaker().make(spec) for spec in specs]
    assert jobs[1].name == "analysis composite_Li2O_TiO2_Ti"
    store = JobStore(MemoryStore())
    store.connect()
    run_locally(Flow(jobs), store=store, log=False, ensure_success=True)
    for spec, made in zip(specs, jobs, strict=True):
        stored = MontyDecoder().process_decoded(store.get_output(made.uuid, load=True))
        assert stored == prepare_analysis(spec).run()
