"""The two lines of docs/flows.md that put a flow on FireWorks' LaunchPad.

Its database is mongomock, FireWorks' own mode for one process; MongoDB itself is not tested here.
"""

from __future__ import annotations

import pytest

pytest.importorskip("fireworks")
pytest.importorskip("mongomock_persistence")

import jobflow
from monty.json import MontyDecoder

from tests.integration.cluster.launchpad import launchpad
from workflows import compute_window
from workflows.flows import InterfaceStabilityMaker, PhaseSetMaker, RelaxMaker, WindowMaker

pytestmark = pytest.mark.filterwarnings("ignore")  # of libraries below FireWorks


@pytest.fixture
def pad(tmp_path):
    folder = tmp_path / "pad"
    folder.mkdir()
    with launchpad(folder) as item:
        yield item


def test_flows_run_from_the_launchpad_with_the_numbers_of_the_functions(pad):
    from fireworks import LaunchPad
    from jobflow.core.reference import find_and_resolve_references
    from jobflow.managers.fireworks import flow_to_workflow

    phases = PhaseSetMaker().make(["LPSCl", "LCO"])
    window = WindowMaker().make("LPSCl", phases.output)
    chain = InterfaceStabilityMaker(
        relax_maker=RelaxMaker(calculator="mock", max_steps=2), formula_units=2, orderings=1
    ).make(cathode="LCO", electrolytes=["LPSCl"], lithium=[1, 0.5])
    for flow in (jobflow.Flow([phases, window]), chain):
        LaunchPad.auto_load().add_wf(flow_to_workflow(flow))
    pad.run()
    assert pad.launchpad.fireworks.count_documents({"state": {"$ne": "COMPLETED"}}) == 0
    store = jobflow.SETTINGS.JOB_STORE
    store.connect()
    document = MontyDecoder().process_decoded(store.get_output(window.uuid, load=True))
    assert document.oxidation_V == compute_window("LPSCl").oxidation
    output = find_and_resolve_references(chain.output, store)
    assert list(output["curves"]["LPSCl"]) == ["1", "0.5"]
    assert len(output["series"].members) == 2
