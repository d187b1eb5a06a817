"""The fake executable under atomate2 and the real custodian with its default handlers."""

from __future__ import annotations

import json
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("atomate2")
pytest.importorskip("custodian")
pytest.importorskip("emmet.core")

from interfaces.errors import SchemeMixError
from workflows.calculators.mock.mock_potcars import potcars
from workflows.data.own_dft import check, correct
from workflows.data.own_dft.read_own import own_entry
from workflows.io.mock_mark import is_mock
from workflows.jobs.materials import TASK

ROOT = Path(__file__).resolve().parents[4]
COMMAND = f"{sys.executable} -S {ROOT / 'workflows' / 'calculators' / 'mock' / 'vasp_std.py'}"
QUICK = {
    "vasp_cmd": COMMAND,
    "vasp_gamma_cmd": COMMAND,
    "custodian_kwargs": {"polling_time_step": 0.2, "monitor_freq": 10},
}
# Warnings as errors would change what custodian does: its handlers catch every exception.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def potentials(tmp_path_factory):
    folder = tmp_path_factory.mktemp("potcars")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with potcars(folder, ["Li_sv", "Co", "O"], ["PBE", "PBE_54"]) as result:
            yield result


@pytest.fixture
def cell():
    from pymatgen.core import Lattice, Structure

    return Structure.from_spacegroup(
        "R-3m",
        Lattice.hexagonal(2.84, 14.05),
        ["Li", "Co", "O"],
        [[0, 0, 0.5], [0, 0, 0], [0, 0, 0.26]],
    ).get_primitive_structure()


@pytest.fixture
def go(tmp_path, potentials):
    """Run a flow and return its task documents in order of their job's index."""

    def run(maker, structure, orders=None, **user):
        from atomate2.vasp.jobs.base import BaseVaspMaker
        from jobflow import Flow, JobStore, run_locally
        from maggma.stores import MemoryStore

        updates = {"run_vasp_kwargs": QUICK | user}
        if orders:
            updates["write_additional_data"] = {"MOCK_VASP:json": orders}
        flow = maker.update_kwargs(updates, class_filter=BaseVaspMaker, nested=True)
        job = flow.make(structure)
        jobs = list(job.jobs) if isinstance(job, Flow) else [job]
        store = JobStore(MemoryStore(), additional_stores={"data": MemoryStore()})
        store.connect()
        responses = run_locally(
            job, store=store, root_dir=tmp_path, create_folders=True, log=False,
            raise_immediately=True,
        )  # fmt: skip
        uuids = [
            inner.uuid
            for item in jobs
            for inner in (item.jobs if hasattr(item, "jobs") else [item])
        ]
        return [max(responses[uuid].items())[1].output for uuid in uuids]

    return run


def corrected(document):
    """Errors that custodian says it corrected, in order."""
    record = document.custodian[0].model_dump() if document.custodian else {"corrections": []}
    return [error for c in record["corrections"] for error in c["errors"]]


def folder_of(tmp_path):
    (folder,) = (path for path in tmp_path.iterdir() if path.name.startswith("job_"))
    return folder


def entry_of(document):
    """emmet's entry, with its PBE and PBE+U renamed to what the corrections call GGA and GGA+U."""
    entry = document.entry.copy()
    names = {"PBE": "GGA", "PBE+U": "GGA+U"}
    entry.parameters["run_type"] = names[str(entry.parameters["run_type"])]
    return entry


def test_static_with_density_of_states(go, cell):
    from atomate2.vasp.jobs.mp import MPGGAStaticMaker

    (document,) = go(MPGGAStaticMaker(), cell)
    assert document.state == "successful"
    assert document.task_type.value == "Static"
    assert corrected(document) == []
    from pymatgen.io.ase import AseAtomsAdaptor

    from workflows.calculators.mock.calculator import MockCalculator

    atoms = AseAtomsAdaptor.get_atoms(cell)
    atoms.calc = MockCalculator()
    assert document.output.energy == pytest.approx(atoms.get_potential_energy(), abs=1e-7)
    assert document.output.forces == pytest.approx(atoms.get_forces(), abs=1e-8)
    kilobar = -1602.1766208 * atoms.get_stress(voigt=False)
    assert document.output.stress == pytest.approx(kilobar, abs=1e-5)
    assert document.output.bandgap > 1
    assert document.calcs_reversed[0].input.hubbards == {"Co": 3.32, "Li": 0, "O": 0}


def test_every_record_of_a_mocked_run_says_so(go, cell, tmp_path):
    from atomate2.vasp.jobs.mp import MPGGAStaticMaker

    (document,) = go(MPGGAStaticMaker(), cell)
    assert is_mock(document)
    assert is_mock(json.loads(document.model_dump_json()))
    assert is_mock(document.entry)
    assert is_mock(folder_of(tmp_path))  # the files are compressed by now
    assert document.calcs_reversed[0].vasp_version.endswith("-mock")
    assert all(p.titel.endswith(" MOCK") for p in document.calcs_reversed[0].input.potcar_spec)


def test_double_relaxation_and_static(go, cell, tmp_path):
    from atomate2.vasp.flows.mp import MPGGADoubleRelaxStaticMaker

    documents = go(MPGGADoubleRelaxStaticMaker(), cell)
    assert len(documents) == 3
    assert [d.state for d in documents] == ["successful"] * 3
    assert [d.task_type.value for d in documents] == ["Structure Optimization"] * 2 + ["Static"]
    energies = [d.output.energy for d in documents]
    assert energies[0] >= energies[1] - 1e-6
    assert energies[2] == pytest.approx(energies[1], abs=1e-4)
    assert len(documents[1].calcs_reversed[0].output.ionic_steps) < len(
        documents[0].calcs_reversed[0].output.ionic_steps
    )


def test_meta_gga_flow_with_kspacing(go, cell):
    from atomate2.vasp.flows.mp import MPMetaGGADoubleRelaxStaticMaker

    documents = go(MPMetaGGADoubleRelaxStaticMaker(), cell)
    assert [d.state for d in documents] == ["successful"] * 3
    assert [d.run_type.value for d in documents] == ["PBEsol", "r2SCAN", "r2SCAN"]
    static = documents[-1].model_dump(mode="json", include=TASK)
    entry = own_entry({"output": static}, "static", "the static run")
    assert entry.mocked
    calculated = replace(entry, settings=replace(entry.settings, mocked=False))
    (corrected,) = correct([check(calculated, "MP r2SCAN")])
    assert corrected.correction_per_atom == 0
    with pytest.raises(SchemeMixError, match="r2SCAN"):
        check(calculated, "MP GGA/GGA+U, MaterialsProject2020")


def test_band_structure_and_density_of_states_after_a_static(go, cell):
    from atomate2.vasp.flows.core import BandStructureMaker

    documents = go(BandStructureMaker(), cell)
    assert [d.state for d in documents] == ["successful"] * 3
    assert [d.task_type.value for d in documents] == ["Static", "NSCF Uniform", "NSCF Line"]
    assert documents[1].vasp_objects is not None


def test_corrections_give_back_the_energy_put_in(go, cell):
    """Corrected energy wanted -> uncorrected energy written -> corrected energy read."""
    from atomate2.vasp.jobs.mp import MPGGAStaticMaker
    from pymatgen.entries.compatibility import MaterialsProject2020Compatibility

    scheme = MaterialsProject2020Compatibility()
    (document,) = go(MPGGAStaticMaker(), cell)
    assert scheme.process_entries([document.entry.copy()], verbose=False) == []  # dropped silently
    (entry,) = scheme.process_entries([entry_of(document)], verbose=False)
    assert entry.parameters["run_type"] == "GGA+U"
    assert entry.correction < -1  # Co with U, two oxides
    wanted = -25.4773
    orders = {"energies": {"LiCoO2": (wanted - entry.correction) / 4}, "pair_scale": 0.0}
    (document,) = go(MPGGAStaticMaker(), cell, orders)
    (entry,) = scheme.process_entries([entry_of(document)], verbose=False)
    assert entry.energy == pytest.approx(wanted, abs=1e-7)


def test_molecular_dynamics(go, cell):
    from atomate2.vasp.jobs.md import MDMaker
    from atomate2.vasp.sets.core import MDSetGenerator

    generator = MDSetGenerator(nsteps=12, user_kpoints_settings={"grid_density": 1})
    maker = MDMaker(input_set_generator=generator)
    handlers = maker.run_vasp_kwargs["handlers"]
    (document,) = go(maker, cell, handlers=handlers)
    assert document.state == "successful"
    assert document.task_type.value == "Molecular Dynamics"
    assert is_mock(document)


def test_unconverged_electrons_are_corrected(go, cell):
    from atomate2.vasp.jobs.mp import MPGGAStaticMaker

    (document,) = go(MPGGAStaticMaker(), cell, {"fail": {"1": "unconverged"}})
    assert document.state == "successful"
    assert corrected(document) == ["Unconverged"]
    assert document.calcs_reversed[0].input.incar["ALGO"] == "Normal"  # from Fast


def test_unconverged_ions_go_on_from_contcar(go, cell):
    from atomate2.vasp.jobs.mp import MPGGARelaxMaker
    from pymatgen.io.vasp.sets import MPRelaxSet

    generator = MPRelaxSet(user_incar_settings={"NSW": 6, "EDIFFG": -0.02}, auto_metal_kpoints=True)
    (document,) = go(MPGGARelaxMaker(input_set_generator=generator), cell)
    assert document.state == "successful"
    assert set(corrected(document)) == {"Unconverged"}
    assert document.calcs_reversed[0].input.incar["IBRION"] == 1


@pytest.mark.parametrize("failure", ["zbrent", "edddav"])
def test_errors_on_the_screen_are_corrected(go, cell, failure):
    from atomate2.vasp.jobs.mp import MPGGARelaxMaker

    (document,) = go(MPGGARelaxMaker(), cell, {"fail": {"1": failure}})
    assert document.state == "successful"
    assert corrected(document) == [failure]


@pytest.mark.parametrize(
    ("failure", "error", "reason"),
    [
        ("walltime", "ValidationError", "VasprunXMLValidator"),
        ("truncated", "ValidationError", "VasprunXMLValidator"),
        ("exit", "ReturnCodeError", "return code is 1"),
    ],
)
def test_what_custodian_cannot_correct_it_reports_and_a_restart_succeeds(
    go, cell, tmp_path, failure, error, reason
):
    import custodian.custodian
    from atomate2.vasp.jobs.mp import MPGGARelaxMaker
    from atomate2.vasp.run import run_vasp
    from pymatgen.io.vasp import Poscar, Vasprun

    with pytest.raises(getattr(custodian.custodian, error), match=reason):
        go(MPGGARelaxMaker(), cell, {"fail": {"1": failure}})
    folder = folder_of(tmp_path)
    (folder / "CONTCAR").replace(folder / "POSCAR")  # as a user goes on after a lost node
    start = Poscar.from_file(folder / "POSCAR").structure
    assert start.volume != pytest.approx(cell.volume, rel=1e-6)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        run_vasp(**QUICK)
    assert Vasprun(folder / "vasprun.xml").converged


@pytest.mark.parametrize(
    ("tags", "error", "changed"),
    [
        ({"ISMEAR": -5}, "tet", ("ISMEAR", 0)),
        ({"ISMEAR": 0, "NBANDS": 8}, "nbands_not_sufficient", ("NBANDS", 17)),
    ],
)
def test_a_refusal_that_custodian_knows_is_corrected(
    cell, tmp_path, potentials, monkeypatch, tags, error, changed
):
    from atomate2.vasp.run import run_vasp
    from pymatgen.io.vasp import Incar, Kpoints, Vasprun
    from pymatgen.io.vasp.sets import MPStaticSet

    MPStaticSet(cell).write_input(tmp_path)
    Kpoints.gamma_automatic((1, 1, 1)).write_file(tmp_path / "KPOINTS")
    (Incar.from_file(tmp_path / "INCAR") | tags).write_file(tmp_path / "INCAR")
    monkeypatch.chdir(tmp_path)
    run_vasp(**QUICK)
    (record,) = json.loads((tmp_path / "custodian.json").read_text())
    assert [c["errors"] for c in record["corrections"]] == [[error]]
    assert Incar.from_file(tmp_path / "INCAR")[changed[0]] == changed[1]
    assert Vasprun(tmp_path / "vasprun.xml").converged


def test_a_refused_input_is_reported_with_its_reason(go, cell, tmp_path):
    import custodian.custodian
    from atomate2.vasp.jobs.mp import MPGGAStaticMaker
    from pymatgen.io.vasp.sets import MPStaticSet

    generator = MPStaticSet(user_incar_settings={"ENCUT": 5.0}, auto_metal_kpoints=True)
    with pytest.raises(custodian.custodian.ValidationError, match="VasprunXMLValidator"):
        go(MPGGAStaticMaker(input_set_generator=generator), cell)
    assert "ENCUT = 5.0 eV is absurd" in (folder_of(tmp_path) / "vasp.out").read_text()


def test_the_walltime_handler_stops_a_slow_run_in_good_order(go, cell, tmp_path):
    import custodian.custodian
    from atomate2.vasp.jobs.md import MDMaker
    from atomate2.vasp.sets.core import MDSetGenerator
    from custodian.vasp.handlers import WalltimeHandler
    from pymatgen.io.vasp import Outcar, Vasprun

    generator = MDSetGenerator(nsteps=1000, user_kpoints_settings={"grid_density": 1})
    orders = {"seconds_per_step": 0.05}
    user = {
        "handlers": [WalltimeHandler(wall_time=2, buffer_time=1)],
        "custodian_kwargs": {"polling_time_step": 0.2, "monitor_freq": 1},
    }
    with pytest.raises((RuntimeError, custodian.custodian.CustodianError)):
        go(MDMaker(input_set_generator=generator), cell, orders, **user)
    folder = folder_of(tmp_path)
    done = Vasprun(folder / "vasprun.xml")
    assert 3 < done.nionic_steps < 200
    assert Outcar(folder / "OUTCAR").is_stopped
    assert not (folder / "STOPCAR").exists()


def test_names_of_potcars_are_enough(tmp_path, cell):
    """No POTCAR at all: POTCAR.spec, and the executable as it is."""
    import subprocess

    from pymatgen.io.vasp import Vasprun
    from pymatgen.io.vasp.sets import MPStaticSet

    MPStaticSet(cell).write_input(tmp_path, potcar_spec=True)
    done = subprocess.run(COMMAND.split(), cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    run = Vasprun(tmp_path / "vasprun.xml", parse_potcar_file=False)
    assert run.converged
    assert run.potcar_symbols == ["PAW_PBE Li_sv MOCK", "PAW_PBE Co MOCK", "PAW_PBE O MOCK"]
    assert is_mock(tmp_path)


def test_the_calculator_under_an_ase_maker(tmp_path, cell):
    from dataclasses import dataclass

    from atomate2.ase.jobs import AseRelaxMaker
    from jobflow import JobStore, run_locally
    from maggma.stores import MemoryStore

    from workflows.calculators.mock.calculator import MockCalculator

    @dataclass
    class MockRelaxMaker(AseRelaxMaker):
        @property
        def calculator(self):
            return MockCalculator()

    job = MockRelaxMaker().make(cell)
    store = JobStore(MemoryStore(), additional_stores={"data": MemoryStore()})
    store.connect()
    responses = run_locally(job, store=store, root_dir=tmp_path, log=False, raise_immediately=True)
    document = responses[job.uuid][1].output
    assert document.is_force_converged
    assert is_mock(document)
