"""The Makers of the code block in docs/flows.md, on the mock and on bundled data."""

from __future__ import annotations

import copy
import json
import pickle
import re
from pathlib import Path

import pytest

pytest.importorskip("jobflow")

from jobflow import Flow, JobStore, run_locally
from maggma.stores import JSONStore, MemoryStore
from monty.json import MontyDecoder, jsanitize
from monty.serialization import dumpfn, loadfn

from interfaces.errors import InputError, InterfaceError, ReactantError
from workflows import compute_curve, compute_window, read_phases
from workflows.analyses.conditions import Conditions
from workflows.flows import (
    AnalysesMaker,
    CoatingRankingMaker,
    DelithiationMaker,
    InterfaceCellMaker,
    InterfaceMDMaker,
    InterfaceStabilityMaker,
    PhaseSetMaker,
    ReactionCurveMaker,
    RelaxMaker,
    ScreenMaker,
    VaspInputMaker,
    VoltageMapMaker,
    WindowMaker,
)
from workflows.io.resources import DEFAULT_SET

pytestmark = pytest.mark.filterwarnings("ignore")  # jobflow and monty warn of each other


def memory_store(data: bool = True) -> JobStore:
    store = JobStore(MemoryStore(), additional_stores={"data": MemoryStore()} if data else None)
    store.connect()
    return store


def json_store(folder: Path) -> JobStore:
    stores = [JSONStore(str(folder / name), read_only=False) for name in ("docs.json", "data.json")]
    store = JobStore(stores[0], additional_stores={"data": stores[1]})
    store.connect()
    return store


def output_of(store: JobStore, made):
    return MontyDecoder().process_decoded(store.get_output(made.uuid, load=True))


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(flow, store=None):
        store = store or memory_store()
        run_locally(flow, store=store, log=False, raise_immediately=True)
        return store

    return run


def block():
    """Phases, a curve at a voltage and a window, as in the docs."""
    phases = PhaseSetMaker(source="bundled").make("Li-Co-O-P-S-Cl")
    curve = ReactionCurveMaker(open_elements={"Li": 4.3}).make("LiCoO2", "Li6PS5Cl", phases.output)
    window = WindowMaker().make("Li6PS5Cl", phases.output)
    return phases, curve, window, Flow([phases, curve, window])


@pytest.mark.parametrize("kind", ["memory", "data", "json"])
def test_the_block_gives_the_numbers_of_the_functions_in_every_store(kind, run, tmp_path):
    phases, curve, window, flow = block()
    store = json_store(tmp_path) if kind == "json" else memory_store(data=kind == "data")
    run(flow, store)
    document = output_of(store, curve)
    direct = compute_curve("LiCoO2", "Li6PS5Cl", None, Conditions(opened=("Li",), voltage=4.3))
    assert document.result.kinks == direct.kinks
    assert document.minimum_total_ev_per_atom == direct.minimum_total.total
    assert document.chemsys == "Cl-Co-Li-O-P-S"
    assert document.formula_pretty == ["LiCoO2", "Li6PS5Cl"]
    limits = output_of(store, window)
    assert limits.oxidation_V == compute_window("Li6PS5Cl").oxidation
    whole = output_of(store, phases)
    assert document.phase_set_hash == limits.phase_set_hash == whole.content_hash
    assert whole.phase_set == read_phases(whole.source, whole.elements)
    raw = store.query_one({"uuid": curve.uuid})["output"]
    assert ("blob_uuid" in raw["result"]) == (kind != "memory")
    assert curve.maker.open_elements == {"Li": 4.3}
    assert curve.output.minimum_total_ev_per_atom  # the schema names the field
    with pytest.raises(AttributeError):
        _ = curve.output.no_such_number


def test_every_analysis_has_a_maker_and_survives_its_store(run, toy_csv):
    from workflows.analyses.registry import SPECS, prepare_analysis
    from workflows.flows.analysis_makers import MAKERS, CompositeMaker, job_of

    assert MAKERS.keys() == SPECS.keys()
    pair, phases = ("Li2O", "TiO2"), str(toy_csv)
    made = [
        VoltageMapMaker(voltages="0:3").make(*pair, phases),
        WindowMaker().make("TiO2", phases),
        CompositeMaker(by="moles").make({"Li2O": 1, "TiO2": 2}, phases),
        ReactionCurveMaker(open_elements={"Li": 0.0}).make("Li", "TiO2", phases),
        job_of(SPECS["curve"](curve=pair, open=("O=-1",), phases=phases)),
        CoatingRankingMaker(candidates=("set:Li+Ti+O",), charged="none").make(*pair, phases),
    ]
    store = run(Flow(made))
    kinds = [output_of(store, item).kind for item in made]
    assert kinds == ["map", "window", "composite", "uptake", "curve", "coatings"]
    spec = SPECS["composite"](composite={"Li2O": 1, "TiO2": 2}, by="moles", phases=phases)
    assert output_of(store, made[2]).result == prepare_analysis(spec).run()
    for entry in made:
        assert output_of(store, entry).headlines


def test_materials_may_be_structures_entries_reactants_and_outputs(run, toy_csv):
    from jobflow import job
    from pymatgen.core import Lattice, Structure

    from interfaces import reactant

    phases = read_phases(str(toy_csv))
    crystal = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(4.6), ["Li", "O"], [[0.25, 0.25, 0.25], [0, 0, 0]]
    )
    made_by_a_job = job(lambda: 0)
    given = reactant(phases, "Li2O", -1.9)
    jobs = [ReactionCurveMaker().make(item, "TiO2", phases) for item in ("Li2O", crystal, given)]
    store = run(Flow(jobs))
    named, structure, stated = (output_of(store, entry).result for entry in jobs)
    assert structure.kinks == named.kinks
    assert stated.reactant_1.energy == -1.9
    assert made_by_a_job is not None


MAKERS = {
    "phases": lambda: PhaseSetMaker(source="bundled", assume=("potcars",)),
    "curve": lambda: ReactionCurveMaker(open_elements={"Li": 4.3}, exclude=("S",)),
    "window": lambda: WindowMaker(carrier="Na", temperature=300.0),
    "map": lambda: VoltageMapMaker(voltages="0:4"),
    "coatings": lambda: CoatingRankingMaker(candidates=("Li2O",)),
    "relaxation": lambda: RelaxMaker(calculator="mock"),
    "delithiation": lambda: DelithiationMaker(relax_maker=RelaxMaker(calculator="mock")),
    "main job": lambda: InterfaceStabilityMaker.from_file("inputs/ncm811_small.yaml", "mock"),
    "inputs": lambda: VaspInputMaker(supercell=(2, 1, 1)),
    "cell": lambda: InterfaceCellMaker(facets=((1, 0, 4), None)),
    "dynamics": lambda: InterfaceMDMaker(calculator="mock"),
    "analyses": lambda: AnalysesMaker.from_file("inputs/lco_lpscl.yaml"),
    "screen": lambda: ScreenMaker(voltages=(None, 4.3)),
}
WAYS = {
    "file": lambda value, folder: _through_file(value, folder),
    "jobflow": lambda value, _: MontyDecoder().process_decoded(
        json.loads(json.dumps(jsanitize(value, strict=True)))
    ),
    "pickle": lambda value, _: pickle.loads(pickle.dumps(value)),
    "copy": lambda value, _: copy.deepcopy(value),
}


def _through_file(value, folder):
    dumpfn(value, folder / "maker.json")
    return loadfn(folder / "maker.json")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", MAKERS)
def test_a_maker_is_equal_after_it_was_stored(name, way, tmp_path):
    maker = MAKERS[name]()
    assert WAYS[way](maker, tmp_path) == maker


def test_a_document_is_equal_after_it_was_stored(toy_csv, tmp_path):
    made = WindowMaker().make("TiO2", str(toy_csv))
    document = WindowMaker.run.original(made.maker, ("TiO2",), str(toy_csv))
    for way in WAYS.values():
        assert way(document, tmp_path) == document


def test_what_cannot_work_is_refused_in_make(tmp_path):
    with pytest.raises(InterfaceError, match="NoSuch"):
        ReactionCurveMaker().make("NoSuch", "LiCoO2")
    with pytest.raises(ReactantError, match="two compositions"):
        ReactionCurveMaker().make("LCO", "LiCoO2")
    with pytest.raises(InputError, match="voltage"):
        WindowMaker(open_elements={"Li": 4.3})
    with pytest.raises(InputError, match="phases"):
        WindowMaker().make("LiCoO2", phases=3)
    with pytest.raises(InterfaceError, match="Xe"):
        PhaseSetMaker().make("Li-Xe")
    with pytest.raises(InputError, match="relax_maker"):
        DelithiationMaker().make("LCO")
    with pytest.raises(InputError, match="md_maker"):
        InterfaceMDMaker().make("LCO_LPSCl")
    with pytest.raises(InputError, match="side"):
        InterfaceMDMaker(calculator="mock").make("LCO")
    with pytest.raises(TypeError):
        RelaxMaker()  # no calculator is assumed


def test_the_main_job_is_a_flow_and_gives_the_numbers_of_the_functions(run, tmp_path):
    from jobflow.core.reference import find_and_resolve_references

    from workflows.analyses.setup import PhaseOptions
    from workflows.flows.read_job import cathode_job, elements_of
    from workflows.runs.calculated_series_results import curves_of, draws_of
    from workflows.runs.cathode_series import prepare_one
    from workflows.runs.run_file import run_flow_of

    path = tmp_path / "small.yaml"
    path.write_text(
        "name: small\ncathode: LCO\nlithium: [1.0, 0.5]\nelectrolytes: [LPSCl, LiTFSI]\n"
        f"phases: {DEFAULT_SET}\nenergies: [LPSCl=hull]\n"
    )
    flow = InterfaceStabilityMaker.from_file(path).make()
    output = find_and_resolve_references(flow.output, run(flow))
    job = cathode_job(path)
    source = PhaseOptions(read_phases(DEFAULT_SET, elements_of(job)))
    curves, draws = curves_of(output), draws_of(output)
    for electrolyte in job.electrolytes:
        for x in job.lithium:
            curve, drawn = prepare_one(job, source, electrolyte, x).run_with_draws()
            assert curves[electrolyte][float(x)].to_dict() == curve.to_dict()
            assert draws[electrolyte][float(x)].tolist() == drawn.lowest.tolist()
    _, again = run_flow_of(path, out=tmp_path / "results")  # the verb: this flow
    assert curves_of(again) == curves


def test_the_bundled_main_job_makes_a_curve_of_every_pair():
    flow = InterfaceStabilityMaker.from_file("inputs/ncm811.yaml").make()
    assert len(flow.jobs) == 1 + 33
    assert sum(len(series) for series in flow.output["curves"].values()) == 33


def test_inputs_of_vasp_and_cells_are_jobs(run, tmp_path):
    inputs = VaspInputMaker(protocol="mp-relax", user_incar_settings={"ENCUT": 600}).make("LCO")
    cell = InterfaceCellMaker().make("LCO_LPSCl")
    store = run(Flow([inputs, cell]))
    document = output_of(store, inputs)
    assert document.incar["ENCUT"] == 600
    assert {"INCAR", "POSCAR", "KPOINTS"} <= set(document.files)
    assert "ENCUT = 600" in re.sub(r" +", " ", (Path(document.folder) / "INCAR").read_text())
    assert document.result.incar()["ENCUT"] == 600  # the whole input set
    for way in WAYS.values():
        assert way(document.result, tmp_path) == document.result
    built = output_of(store, cell)
    assert built.n_atoms == len(built.structure)
    assert set(built.structure.site_properties["side"]) == set(built.sides)
    assert json.dumps(built.record)


def test_dynamics_of_any_cell_keep_their_frames_in_the_data_store(run, tmp_path):
    from pymatgen.core import Lattice, Structure

    cell = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(4.26), ["Co", "O"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )
    cell.add_site_property("side", ["CoO"] * 4 + ["other"] * 4)
    maker = InterfaceMDMaker(calculator="mock", steps=4, every=2, relaxation_steps=1, time_step=1.0)
    flow = maker.make(cell)
    store = run(flow)
    document = MontyDecoder().process_decoded(store.get_output(flow.jobs[-1].uuid, load=True))
    assert (document.frames, document.duration_fs, document.mocked) == (5, 8.0, True)
    assert {"summary.json", "bonds.csv"} <= set(document.files)
    segments = list(store.query({"metadata.step": {"$regex": "^segment"}}))
    assert len(segments) == 2
    assert all("blob_uuid" in segment["output"]["frames"] for segment in segments)
    document.write(tmp_path / "written")
    assert json.loads((tmp_path / "written" / "summary.json").read_text())["frames"] == 5


def test_dynamics_by_a_maker_of_atomate2(run, tmp_path):
    pytest.importorskip("atomate2")
    from pymatgen.core import Lattice, Structure

    from tests.workflows.flows.mock_md import MockMDMaker

    cell = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(4.26), ["Co", "O"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )
    cell.add_site_property("side", ["CoO"] * 4 + ["other"] * 4)
    with pytest.raises(InputError, match="time_step"):
        InterfaceMDMaker(md_maker=MockMDMaker()).make(cell)
    maker = MockMDMaker(time_step=1.0, n_steps=4, traj_interval=2, mb_velocity_seed=1)
    flow = InterfaceMDMaker(md_maker=maker, segments=2).make(cell)
    store = run(flow)
    document = MontyDecoder().process_decoded(store.get_output(flow.jobs[-1].uuid, load=True))
    assert document.mocked
    assert document.frames >= 4
