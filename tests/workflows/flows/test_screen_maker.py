"""A screen as a flow: one job a chunk, the rows of the verb."""

from __future__ import annotations

import pytest

pytest.importorskip("jobflow")
pytest.importorskip("pyarrow")

from jobflow import Flow, JobStore, run_locally
from maggma.stores import MemoryStore
from monty.json import MontyDecoder

from interfaces.errors import InputError, InterfaceError
from workflows.flows import PhaseSetMaker, ScreenMaker
from workflows.screening.plan import begin
from workflows.screening.run_screen import run_screen
from workflows.screening.screen_spec import ScreenSpec, make_plan

pytestmark = pytest.mark.filterwarnings("ignore")  # jobflow and monty warn of each other
CATHODES, ELECTROLYTES = ["TiO2", "Li2TiO3"], ["Li2O", "set:Li+O,elements<=2"]


def test_the_chunks_of_a_screen_are_jobs_with_the_rows_of_the_verb(toy_csv, tmp_path, monkeypatch):
    from workflows.analyses.setup import PhaseOptions

    monkeypatch.chdir(tmp_path)
    phases = PhaseSetMaker(source=str(toy_csv)).make("Li-Ti-O")
    maker = ScreenMaker(voltages=(None, 2.0), rows_per_job=2)
    made = maker.make(CATHODES, ELECTROLYTES, phases=phases.output)
    store = JobStore(MemoryStore(), additional_stores={"data": MemoryStore()})
    store.connect()
    run_locally(Flow([phases, made]), store=store, log=False, raise_immediately=True)
    document = MontyDecoder().process_decoded(store.get_output(made.uuid, load=True))
    chunks = list(store.query({"name": {"$regex": "chunk"}}))
    assert len(chunks) == document.pairs == len(document.manifest["parts"]) > 2
    assert all("blob_uuid" in chunk["output"]["result"] for chunk in chunks)
    lists = []
    for name, materials in (("c", CATHODES), ("e", ELECTROLYTES[:1])):
        lists.append(tmp_path / f"{name}.txt")
        lists[-1].write_text("\n".join(materials))
    spec = ScreenSpec(
        (str(lists[0]),), (ELECTROLYTES[1], str(lists[1])), voltages=(None, 2.0),
        source=PhaseOptions(str(toy_csv)), rows_per_part=2,
    )  # fmt: skip
    out = tmp_path / "verb"
    summary = run_screen(out, begin(out, make_plan(spec)))
    assert document.manifest["rows_sha256"] == summary.rows_sha256
    assert document.rows == summary.rows == len(document.frame())
    assert document.frame()["error"].isna().sum() == document.rows - document.errors


def test_coatings_are_ranked_and_a_list_that_cannot_be_used_is_refused(toy_csv):
    maker = ScreenMaker()
    with pytest.raises(InputError, match="cathodes"):
        maker.make([], ["Li2O"], phases=str(toy_csv))
    with pytest.raises(InterfaceError, match="loosen"):
        maker.make("set:Fe+O", ["Li2O"], phases=str(toy_csv))
    made = maker.make(["TiO2"], ["Li2O"], ["Li2TiO3"], phases=str(toy_csv))
    store = JobStore(MemoryStore())
    store.connect()
    run_locally(made, store=store, log=False, raise_immediately=True)
    document = MontyDecoder().process_decoded(store.get_output(made.uuid, load=True))
    assert document.pairs == 3
    assert document.manifest["coatings_ranked"] == 1
