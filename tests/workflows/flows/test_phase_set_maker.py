"""Phases from the Materials Project and own DFT of a JobStore, each a job."""

from __future__ import annotations

import importlib
from functools import partial

import pytest

pytest.importorskip("jobflow")
pytest.importorskip("mp_api")
pytest.importorskip("pyarrow")

from jobflow import Flow, JobStore, run_locally
from maggma.stores import JSONStore, MemoryStore
from monty.json import MontyDecoder

from interfaces import PhaseSet
from tests.fake_mp_api import KEY, FakeServer, made_up, quick_fields
from tests.workflows.data.own_dft.test_own_entries import task
from workflows.flows import PhaseSetMaker, ReactionCurveMaker

pytestmark = pytest.mark.filterwarnings("ignore")  # jobflow and monty warn of each other


@pytest.fixture
def server(monkeypatch, tmp_path):
    """The Materials Project with made-up entries, and a key in the environment."""
    module = importlib.import_module("workflows.data.materials_project.fetch")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MP_API_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HOME", str(tmp_path))
    with quick_fields(), FakeServer(made_up(("Li", "O", "S")), key=KEY) as running:
        monkeypatch.setattr(module, "fetch", partial(module.fetch, endpoint=running.endpoint))
        yield running


def run(flow, *jobs):
    store = JobStore(MemoryStore(), additional_stores={"data": MemoryStore()})
    store.connect()
    run_locally(flow, store=store, log=False, raise_immediately=True)
    return [MontyDecoder().process_decoded(store.get_output(job.uuid, load=True)) for job in jobs]


def test_phases_are_fetched_where_the_job_runs(server):
    phases = PhaseSetMaker(source="mp").make("Li-O-S")
    assert not server.requests
    curve = ReactionCurveMaker().make("LiO", "LiS", phases.output)
    whole, document = run(Flow([phases, curve]), phases, curve)
    assert server.requests
    assert isinstance(whole.phase_set, PhaseSet)
    assert whole.chemsys == "Li-O-S"
    assert whole.references_ev_per_atom == {"Li": -2.5, "O": -2.5, "S": -2.5}
    assert document.phase_set_hash == whole.content_hash
    assert document.scheme == whole.scheme
    assert KEY not in whole.model_dump_json()


def test_own_dft_of_a_job_store_joins_the_phases(server, tmp_path):
    path = tmp_path / "mine.json"
    with JSONStore(str(path), read_only=False) as mine:
        mine.update(
            [{"uuid": "job-0", "index": 1, "name": "static", "output": task("Li2SO4", -35.0)},
             {"uuid": "job-1", "index": 1, "name": "other", "output": task("Li2O", -14.0)}],
            key="uuid",
        )  # fmt: skip
    maker = PhaseSetMaker(source="mp", own=JobStore(JSONStore(str(path))), query={"name": "static"})
    made = PhaseSetMaker.from_dict(maker.as_dict())  # as a job carries it
    (plain, joined) = (
        run(Flow([job]), job)[0] for job in (PhaseSetMaker(source="mp").make("Li-O-S"),
                                             made.make("Li-O-S"))
    )  # fmt: skip
    assert joined.n_entries == plain.n_entries + 1
    assert "job-0" in joined.phase_set.ids
    assert joined.content_hash != plain.content_hash
    assert any("job-0" in note for note in joined.phase_set.notes)
