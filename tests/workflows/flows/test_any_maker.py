"""Any Maker and any structure: foreign Makers, powerups, hosts from CIFs, routes to a phase set."""

from __future__ import annotations

import dataclasses

import pytest

pytest.importorskip("jobflow")
pytest.importorskip("atomate2")

from atomate2.ase.jobs import AseRelaxMaker
from atomate2.vasp import powerups
from atomate2.vasp.flows.mp import MPGGADoubleRelaxStaticMaker, MPMetaGGADoubleRelaxStaticMaker
from atomate2.vasp.jobs.base import BaseVaspMaker
from atomate2.vasp.jobs.core import RelaxMaker as PBEsolRelaxMaker
from atomate2.vasp.jobs.mp import MPGGARelaxMaker, MPGGAStaticMaker
from jobflow import JobStore, run_locally
from jobflow.core.reference import find_and_resolve_references
from maggma.stores import MemoryStore
from pymatgen.core import Lattice, Structure
from pymatgen.io.vasp import Incar

from interfaces.chemistry.formulas import Formula
from interfaces.delithiation import Host, host_from_structure
from interfaces.errors import DelithiationError, InputError, InterfaceError
from workflows import read_phases
from workflows.calculators.mock.mock_potcars import potcars
from workflows.calculators.vasp import on_mock
from workflows.flows import DelithiationMaker, InterfaceStabilityMaker, RelaxMaker
from workflows.flows.read_job import load_job, portable_text
from workflows.jobs.foreign import calculator_of

pytestmark = pytest.mark.filterwarnings("ignore")  # custodian's handlers catch every exception
LJ = "ase.calculators.lj.LennardJones"


@dataclasses.dataclass
class MockAseMaker(AseRelaxMaker):
    """A Maker of atomate2's ASE family, as a user writes one."""

    name: str = "my relaxation"

    def _get_calculator(self):
        from workflows.calculators.mock.calculator import MockCalculator

        return MockCalculator(pair_scale=0.1)


def layered(metals, lithium=1.0):
    return Structure.from_spacegroup(
        "R-3m", Lattice.hexagonal(2.85, 14.2), [{"Li": lithium}, metals, "O"],
        [[0, 0, 0.5], [0, 0, 0], [0, 0, 0.26]],
    ).get_primitive_structure()  # fmt: skip


def rock_salt():
    return Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(5.1), ["Li", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )


def run(flow, folder):
    store = JobStore(MemoryStore(), additional_stores={"data": MemoryStore()})
    store.connect()
    run_locally(flow, store=store, log=False, raise_immediately=True, root_dir=folder,
                create_folders=True)  # fmt: skip
    return find_and_resolve_references(flow.output, store)


def test_the_scale_of_a_maker_follows_from_its_calculations():
    assert calculator_of(RelaxMaker(calculator="mock")) == "mock"
    assert calculator_of(MockAseMaker()) == "mock"
    assert calculator_of(MPGGADoubleRelaxStaticMaker()) == "vasp"
    assert calculator_of(on_mock(MPGGARelaxMaker(), {})) == "mock-vasp"
    for maker in (PBEsolRelaxMaker(), MPMetaGGADoubleRelaxStaticMaker()):
        assert calculator_of(maker).startswith("atomate2.vasp.")
    assert calculator_of(RelaxMaker(calculator=LJ)) == LJ
    with pytest.raises(InputError, match="Maker"):
        calculator_of(3)


def test_a_maker_without_a_way_to_the_phases_is_refused_before_anything_is_calculated():
    with pytest.raises(InputError, match="snapshot"):  # corrected energies belong on MP's
        DelithiationMaker(relax_maker=MPGGARelaxMaker()).make("LCO", [1, 0.5])
    with pytest.raises(InputError, match="references"):
        DelithiationMaker(relax_maker=RelaxMaker(calculator=LJ)).make(layered("Ti"), [1, 0])
    only_one = {"LiCoO2": layered("Co")}
    with pytest.raises(InputError, match="in no way"):
        DelithiationMaker(relax_maker=RelaxMaker(calculator=LJ), references=only_one).make(
            "LCO", [1, 0.5]
        )
    with pytest.raises(InterfaceError, match="no_such_module"):
        RelaxMaker(calculator="no_such_module.Thing").make.original(
            RelaxMaker(calculator="no_such_module.Thing"), layered("Co")
        )


def test_an_ase_calculator_by_its_path_is_anchored_on_references_of_the_same_maker(tmp_path):
    maker = DelithiationMaker(
        relax_maker=RelaxMaker(calculator=LJ, max_steps=0), formula_units=2, orderings=1
    )
    flow = maker.make("LCO", [1, 0.5])
    document = run(flow, tmp_path)
    series = document.result
    assert (document.calculator, document.host) == (LJ, "LiCoO2")
    phases = read_phases(maker.phases, {"Li", "Co", "O"})
    rows = {name: phases.own_entry(Formula.parse(name)) for name in ("LiCoO2", "CoO2")}
    own = {name: float(phases.energies[row]) for name, row in rows.items()}
    direct = {
        name: RelaxMaker.make.original(maker.relax_maker, cell).energy
        for name, cell in zip(own, _references().values(), strict=True)
    }
    full, half = (series.lowest(x) for x in (1.0, 0.5))
    shift = {name: own[name] - direct[name] for name in own}
    assert full.energy == pytest.approx(full.relaxed.energy + shift["LiCoO2"], abs=1e-9)
    expected = (4 * shift["LiCoO2"] + 3 * shift["CoO2"]) / 7  # atoms of each in Li0.5CoO2
    assert half.energy == pytest.approx(half.relaxed.energy + expected, abs=1e-9)
    assert any(note.startswith("anchored:") for note in series.notes)


def _references():
    from workflows.jobs.anchoring import layered_references

    return layered_references(Formula.parse("LiCoO2"))


def test_a_maker_of_atomate2s_ase_family_makes_the_whole_chain(tmp_path):
    chain = InterfaceStabilityMaker(
        relax_maker=MockAseMaker(relax_kwargs={"fmax": 0.3}), formula_units=1, orderings=1
    ).make(cathode="LCO", electrolytes=["LPSCl", rock_salt()], lithium=[1])
    assert {job.name.partition(" ")[0] for job, _ in chain.iterflow()} == {"MOCK"}
    output = run(chain, tmp_path)
    assert set(output["curves"]) == {"LPSCl", "LiCl"}
    (member,) = output["series"].members
    assert member.relaxed.steps > 0
    assert member.relaxed.converged


def test_vasp_of_atomate2_on_the_fake(tmp_path):
    with potcars(tmp_path / "potcars", ["Li_sv", "Co", "O"], ["PBE"]):
        maker = DelithiationMaker(
            relax_maker=on_mock(MPGGAStaticMaker(), {}), formula_units=1, orderings=1
        )
        flow = powerups.update_user_incar_settings(maker.make("LCO", [1]), {"ENCUT": 650})
        document = run(flow, tmp_path)
    (member,) = document.result.members
    written = [Incar.from_file(path) for path in tmp_path.glob("**/INCAR*")]
    assert written
    assert {incar["ENCUT"] for incar in written} == {650}
    assert document.calculator == "mock-vasp"
    assert member.relaxed.correction < 0  # of the oxide and of cobalt
    assert document.scheme.startswith("MOCK")


CHANGES = [
    lambda flow: powerups.update_user_incar_settings(flow, {"ENCUT": 650}),
    lambda flow: powerups.update_user_incar_settings(flow, {"EDIFF": 1e-7}),
    lambda flow: powerups.update_user_incar_settings(flow, {"NELM": 222}, name_filter="MP GGA"),
    lambda flow: powerups.update_user_incar_settings(
        flow, {"ISPIN": 1}, class_filter=BaseVaspMaker
    ),
    lambda flow: powerups.update_vasp_input_generators(
        flow, {"input_set_generator->user_incar_settings->ALGO": "Normal"}
    ),
    lambda flow: _updated(
        flow,
        {"_set": {"input_set_generator->user_incar_settings->SIGMA": 0.02}},
        class_filter=BaseVaspMaker,
        dict_mod=True,
    ),
    lambda flow: powerups.update_user_incar_settings(flow, {"LREAL": "On"}),
    lambda flow: powerups.update_user_incar_settings(flow, {"PREC": "Normal"}),
    lambda flow: powerups.update_user_incar_settings(flow, {"KSPACING": 0.3}),
    lambda flow: powerups.update_user_incar_settings(flow, {"NCORE": 4}),
]
TAGS = [("ENCUT", 650), ("EDIFF", 1e-7), ("NELM", 222), ("ISPIN", 1), ("ALGO", "Normal"),
        ("SIGMA", 0.02), ("LREAL", "On"), ("PREC", "Normal"), ("KSPACING", 0.3),
        ("NCORE", 4)]  # fmt: skip


def _updated(flow, update, **filters):
    flow.update_maker_kwargs(update, **filters)
    return flow


def vasp_flow():
    return InterfaceStabilityMaker(
        relax_maker=on_mock(MPGGADoubleRelaxStaticMaker(), {}), formula_units=1, orderings=1
    ).make(cathode="LCO", electrolytes=["LPSCl"], lithium=[1])


def incars(flow):
    """The INCAR of every calculation that the flow will make."""
    (job,) = [made for made in flow.jobs if made.name.endswith("calculations")]
    ((_, values),) = [("", job.maker.relaxed(layered("Co"), name="cell"))]
    makers = [run.maker for run, _ in values.iterflow() if isinstance(run.maker, BaseVaspMaker)]
    return [
        maker.input_set_generator.get_input_set(layered("Co"), potcar_spec=True).incar
        for maker in makers
    ]


@pytest.mark.parametrize(("change", "tag"), list(zip(CHANGES, TAGS, strict=True)))
def test_a_powerup_reaches_every_incar(change, tag):
    flow = vasp_flow()
    before = [incar.get(tag[0]) for incar in incars(flow)]
    after = [incar.get(tag[0]) for incar in incars(change(flow))]
    assert len(after) == len(before) == 3
    assert tag[1] not in before
    assert after == [tag[1]] * 3


def test_metadata_and_run_configurations_reach_the_jobs():
    flow = powerups.add_metadata_to_flow(vasp_flow(), {"project": "interfaces"})
    (job,) = [made for made in flow.jobs if made.name.endswith("calculations")]
    inner = job.maker.relax_maker.relax_maker.relax_maker1
    assert inner.task_document_kwargs["additional_fields"]["project"] == "interfaces"
    remote = pytest.importorskip("jobflow_remote")
    changed = remote.set_run_config(flow, name_filter="calculations", worker="big")
    (job,) = [made for made in changed.jobs if made.name.endswith("calculations")]
    assert "big" in str(job.config.manager_config)


def test_our_relaxation_takes_the_place_of_atomate2s_and_prev_dir():
    from atomate2.vasp.flows.core import DoubleRelaxMaker

    ours = RelaxMaker(calculator="mock")
    made = ours.make(layered("Co"), prev_dir="/somewhere")
    assert made.maker == ours
    double = DoubleRelaxMaker(relax_maker1=ours, relax_maker2=ours)
    assert isinstance(double.relax_maker1, RelaxMaker)
    changed = InterfaceStabilityMaker(relax_maker=ours).update_kwargs(
        {"max_steps": 7}, class_filter=RelaxMaker
    )
    assert changed.relax_maker.max_steps == 7


STRUCTURES = {
    "ordered": (lambda: layered("Co"), "LiCoO2"),
    "partial lithium and mixed metals": (lambda: layered({"Ni": 0.5, "Mn": 0.5}, 0.5), "Mn"),
    "lithium-rich": (lambda: layered({"Li": 0.2, "Mn": 0.6, "Ni": 0.2}), "Mn"),
}


@pytest.mark.parametrize("kind", STRUCTURES)
def test_a_host_is_made_of_any_structure(kind, tmp_path):
    build, name = STRUCTURES[kind]
    path = tmp_path / "my.cif"
    build().to(filename=str(path), symprec=None)
    maker = DelithiationMaker(relax_maker=RelaxMaker(calculator="mock", max_steps=0), orderings=1)
    document = run(maker.make(Structure.from_file(path), [1, 0]), tmp_path)
    full, empty = (document.result.lowest(x).relaxed.structure for x in (1.0, 0.0))
    assert name in document.host
    assert "Li" not in empty.composition
    rest = {e.symbol: n for e, n in full.composition.items() if e.symbol != "Li"}
    assert {e.symbol: n for e, n in empty.composition.items()} == rest
    assert len(document.voltages) == 1


def test_a_host_keeps_its_structure_and_refuses_what_is_none():
    from pymatgen.analysis.structure_matcher import StructureMatcher

    from interfaces.delithiation import decorations, structure, supercell

    host = host_from_structure(layered("Co"))
    cell = supercell(host.framework, 2)
    (decoration,) = decorations(host, cell, 1, 0)
    full = structure(cell, host.shape(1.0), decoration.species, [0, 1])
    assert StructureMatcher().fit(full, layered("Co"))
    assert (host.full, host.empty) == ((3.0,), (4.0,))
    assert Host.from_dict(host.as_dict()) == host
    for kind, words in (("Na", "no Na"), ("Mg", "monovalent")):
        with pytest.raises(DelithiationError, match=words):
            host_from_structure(layered("Co"), kind)
    with pytest.raises(DelithiationError, match="add up"):
        host_from_structure(layered("Co"), charges={"Li": 1, "Co": 4, "O": -2})


def test_a_job_file_names_structures(tmp_path):
    layered("Co").to(filename=str(tmp_path / "my.cif"))
    rock_salt().to(filename=str(tmp_path / "salt.cif"))
    job = tmp_path / "job.yaml"
    job.write_text(
        "name: mine\ncathode: {structure: my.cif, carrier: Li}\nlithium: [1.0, 0.5]\n"
        "electrolytes: [LPSCl, {structure: salt.cif}]\nphases: bundled\n"
        "calculate: {orderings: 1}\n"
    )
    maker = InterfaceStabilityMaker.from_file(job, calculator="mock")
    flow = maker.make()
    assert set(flow.output["curves"]) == {"LPSCl", "LiCl"}
    assert maker.cathode.name == "my"
    with pytest.raises(InputError, match="relax_maker"):
        InterfaceStabilityMaker.from_file(job).make()
    elsewhere = tmp_path / "copy" / "job.yaml"
    elsewhere.parent.mkdir()
    elsewhere.write_text(portable_text(job))
    assert load_job(elsewhere).electrolyte_names == ("LPSCl", "LiCl")


def test_a_force_field_of_atomate2(tmp_path):
    pytest.importorskip("torch", reason="the extra mlip, which is optional")
    pytest.importorskip("sevenn", reason="the extra mlip, which is optional")
    from atomate2.forcefields.jobs import ForceFieldRelaxMaker

    maker = DelithiationMaker(
        relax_maker=ForceFieldRelaxMaker(force_field_name="SevenNet", relax_kwargs={"fmax": 0.2}),
        formula_units=1, orderings=1,
    )  # fmt: skip
    document = run(maker.make("LCO", [1, 0]), tmp_path)
    assert 2.0 < document.average_voltage < 6.0
