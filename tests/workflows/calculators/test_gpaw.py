"""GPAW through the same Makers: stated settings, no phase set, and nothing that depends on it."""

from __future__ import annotations

import ast
import json
import sys
import tomllib
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("jobflow")
pytest.importorskip("ase")

from ase import Atoms
from ase.build import bulk as ase_bulk
from ase.calculators.singlepoint import SinglePointCalculator
from pymatgen.core import Structure
from pymatgen.io.ase import AseAtomsAdaptor

from interfaces.errors import CalculationError, InputError
from tests.workflows.cli.runner import ROOT, interfaces, refused
from tests.workflows.flows.running import write_job
from workflows.calculators.ase_calculators import CALCULATORS, calculator
from workflows.calculators.gpaw import (
    CellSettings,
    GPAWSettings,
    StatedGPAW,
    cell_settings,
    keywords,
)
from workflows.data.phase_sets import bundled_sets
from workflows.flows.relaxation import RelaxMaker
from workflows.flows.run_locally import run_flow
from workflows.jobs.energy_scale import phases_of, references
from workflows.jobs.orderings import CandidateOrdering, ChargeState
from workflows.structures.bulk import bulk

# jobflow 0.4 and monty warn of each other
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")

LITHIUM = ase_bulk("Li", "bcc", a=3.44)
CHOSEN = GPAWSettings()
#: GPAW's own words for a static run of LITHIUM, written by hand
DIRECT = {
    "mode": {"name": "pw", "ecut": 520},
    "xc": "PBE",
    "kpts": {"size": (8, 8, 8), "gamma": True},
    "spinpol": False,
    "occupations": {"name": "fermi-dirac", "width": 0.05},
    "convergence": {"energy": 1e-5},
    "maxiter": 200,
    "txt": None,
}


def start(structure):
    return CandidateOrdering(ChargeState("one cell", 1, 1, 1, 1, 0), 0, "", 0, 0.0, structure)


def flow_of(maker, structure):
    from jobflow import Flow

    def make():
        item = maker.make(start(structure))
        return Flow([item], output=item.output)

    return make


@pytest.fixture
def fake(monkeypatch):
    """A module in GPAW's place that says what it was asked for; the energy is the volume."""

    class NotConvergedError(Exception):
        pass

    class Fake(SinglePointCalculator):
        def __init__(self, **request):
            self.asked = request
            super().__init__(Atoms())

        def get_property(self, name, atoms=None, allow_calculation=True):
            if seen.fail:
                raise NotConvergedError
            if name == "energy":
                seen.runs.append((self.asked, atoms.get_initial_magnetic_moments().tolist()))
            value = {"energy": atoms.get_volume(), "free_energy": atoms.get_volume() - 1.0}
            shape = {"forces": (len(atoms), 3), "stress": 6, "magmoms": len(atoms)}
            return value[name] if name in value else np.ones(shape[name])

        def get_potential_energy(self, atoms=None, force_consistent=False):
            return self.get_property("free_energy" if force_consistent else "energy", atoms)

    seen = SimpleNamespace(runs=[], fail=False)
    module = SimpleNamespace(GPAW=Fake, KohnShamConvergenceError=NotConvergedError)
    monkeypatch.setitem(sys.modules, "gpaw", module)
    return seen


def test_a_run_with_gpaw_is_refused_before_anything_runs(tmp_path):
    done = interfaces("run", write_job(tmp_path), "--calculator", "gpaw", "--out", tmp_path / "out")
    refused(done, "no phase set holds energies of gpaw", "'sevennet-l3i5'", "--calculator sevennet")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("phases", ["sevennet-l3i5", "a_snapshot_that_is_not_there"])
def test_no_phase_set_takes_its_energies(phases):
    assert "sevennet-l3i5" in bundled_sets()
    for refuses in (references, phases_of):
        with pytest.raises(InputError, match=f"energies of gpaw.*{phases}"):
            refuses("gpaw", phases, ("Li", "O"))


def test_without_gpaw_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "gpaw", None)
    with pytest.raises(InputError, match=r"not installed; .*libxc.*interface-stability\[gpaw\]"):
        calculator("gpaw")


def test_nothing_depends_on_gpaw():
    naming = set()
    for package in ("interfaces", "workflows"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = [item.name for item in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and not node.level:
                    names = [node.module]
                if any(name.partition(".")[0] == "gpaw" for name in names):
                    naming.add(path.name)
    assert naming == {"gpaw.py", "projected_dos.py"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    assert [key for key, needs in extras.items() if "gpaw" in " ".join(needs)] == ["gpaw"]
    assert "gpaw" not in " ".join(project["dependencies"])


def test_settings_of_a_cathode_follow_from_its_cell():
    atoms = AseAtomsAdaptor.get_atoms(bulk("LCO").get_primitive_structure())
    settings = cell_settings(atoms, CHOSEN)
    moments = dict(zip(atoms.get_chemical_symbols(), settings.moments, strict=True))
    assert moments == {"Li": 0.0, "Co": 0.6, "O": 0.0}  # low-spin Co3+, free to open
    assert settings.hubbards == (("Co", 3.32),)
    # as few points as hold the spacing: 2 pi / (height n) <= 0.35 per angstrom, and not for n - 1
    heights = 1 / np.linalg.norm(atoms.cell.reciprocal(), axis=1)
    points = np.array(settings.divisions)
    assert np.all(2 * np.pi / heights / points <= 0.35)
    assert np.all(2 * np.pi / heights / (points - 1) > 0.35)
    request = keywords(settings, CHOSEN)
    assert request["setups"] == {"Co": ":d,3.32"}
    assert request["spinpol"] is True


def test_settings_of_lithium_are_those_written_by_hand():
    settings = cell_settings(LITHIUM, CHOSEN)
    assert settings == CellSettings((8, 8, 8), (), (0.0,))
    assert keywords(settings, CHOSEN) == DIRECT | {"setups": {}}
    # 2 pi / 3.55 / 0.35 = 5.06 points, so 6
    cubic = Atoms("Li", cell=[3.55] * 3, pbc=True)
    assert cell_settings(cubic, CHOSEN).divisions == (6, 6, 6)


def test_moments_on_the_sites_count_and_zeros_too():
    magnetic = ase_bulk("Co", "hcp", a=2.5, c=4.07)
    magnetic.set_array("initial_magmoms", None)  # ASE puts some on
    with pytest.raises(InputError, match=r"Co has Co without a charge.*magmom"):
        cell_settings(magnetic, CHOSEN)
    for value in (1.7, 0.0):
        structure = AseAtomsAdaptor.get_structure(magnetic)
        structure.add_site_property("magmom", [value] * 2)
        settings = cell_settings(AseAtomsAdaptor.get_atoms(structure), CHOSEN)
        assert settings.moments == (value,) * 2
        assert settings.hubbards == ()
        assert keywords(settings, CHOSEN)["spinpol"] is (value != 0)


def test_charges_that_do_not_balance_are_refused():
    molecule = Atoms("O2", [[5, 5, 4.4], [5, 5, 5.6]], cell=[10, 10, 10], pbc=True)
    with pytest.raises(InputError, match=r"O2 has formal charges that leave -2 e over"):
        cell_settings(molecule, CHOSEN)


def test_a_sharp_cell_is_refused_before_gpaw_doubts_it():
    rhombohedral = [[0, 1, 4.7], [0.866, -0.5, 4.7], [-0.866, -0.5, 4.7]]  # 20.8 degrees
    atoms = Atoms("Li", cell=rhombohedral, pbc=True)
    with pytest.raises(InputError, match=r"Li has an angle of 20\.8 degrees.*40-140; reduce"):
        cell_settings(atoms, CHOSEN)


def test_mesh_and_moments_are_kept_while_one_cell_changes(fake):
    atoms = ase_bulk("CoO", "rocksalt", a=4.26)
    atoms.calc = StatedGPAW()
    assert atoms.get_potential_energy() == pytest.approx(4.26**3 / 4)
    assert atoms.get_potential_energy(force_consistent=True) == pytest.approx(4.26**3 / 4 - 1)
    assert atoms.get_forces().shape == (2, 3)
    assert atoms.get_magnetic_moments().tolist() == [1.0, 1.0]
    assert len(fake.runs) == 1  # one solution gives every property
    atoms.set_cell(1.3 * atoms.cell, scale_atoms=True)
    assert atoms.get_potential_energy() == pytest.approx(1.3**3 * 4.26**3 / 4)
    assert len(fake.runs) == 2
    assert fake.runs[0] == fake.runs[1]
    assert fake.runs[0][1] == [3.0, 0.0]
    assert fake.runs[0][0]["kpts"]["size"] == (8, 8, 8)
    assert fake.runs[0][0]["setups"] == {"Co": ":d,3.32"}
    other = ase_bulk("LiF", "rocksalt", a=4.06 * 1.3)
    other.calc = atoms.calc  # another cell gets its own
    other.get_potential_energy()
    assert fake.runs[2][0]["setups"] == {}
    assert fake.runs[2][0]["kpts"]["size"] == (6, 6, 6)
    assert calculator("gpaw") is not calculator("gpaw")


def test_electrons_that_do_not_converge_are_one_line(fake):
    fake.fail = True
    atoms = LITHIUM.copy()
    atoms.calc = StatedGPAW(GPAWSettings(iterations=7))
    with pytest.raises(CalculationError, match=r"did not converge Li in 7 iterations; put other"):
        atoms.get_potential_energy()


def test_no_steps_are_a_static_run_with_any_calculator(tmp_path):
    from workflows.calculators.ase_calculators import MOCK_PAIRS
    from workflows.calculators.mock.calculator import MockCalculator

    structure = Structure.from_spacegroup(
        "Fm-3m", [[4.3, 0, 0], [0, 4.3, 0], [0, 0, 4.3]], ["Li", "F"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    ).get_primitive_structure()
    structure.perturb(0.05, seed=3)
    maker = RelaxMaker(name="static", calculator="mock", max_steps=0)
    responses = run_flow(flow_of(maker, structure), {}, tmp_path / "static")
    atoms = AseAtomsAdaptor.get_atoms(structure)
    atoms.calc = MockCalculator(pair_scale=MOCK_PAIRS)
    assert responses.energy == pytest.approx(atoms.get_potential_energy() / 2, abs=1e-12)
    assert responses.max_force == pytest.approx(np.linalg.norm(atoms.get_forces(), axis=1).max())
    assert (responses.steps, responses.converged) == (0, False)
    assert responses.structure.matches(structure)
    assert np.allclose(responses.structure.cart_coords, structure.cart_coords, atol=1e-12)
    moved = run_flow(flow_of(RelaxMaker(calculator="mock"), structure), {}, tmp_path / "relax")
    assert moved.steps > 0
    assert moved.energy < responses.energy


def test_a_static_run_of_lithium_is_what_gpaw_gives_when_asked_directly(tmp_path):
    gpaw = pytest.importorskip("gpaw", reason="the extra gpaw, which is optional")
    structure = AseAtomsAdaptor.get_structure(LITHIUM)
    maker = RelaxMaker(name="static", calculator="gpaw", max_steps=0)
    responses = run_flow(flow_of(maker, structure), {}, tmp_path / "static")
    direct = LITHIUM.copy()
    direct.calc = gpaw.GPAW(**DIRECT)
    assert responses.energy == pytest.approx(direct.get_potential_energy(), abs=1e-8)
    assert (responses.calculator, responses.correction, responses.steps) == ("gpaw", 0.0, 0)
    assert f"gpaw {gpaw.__version__}" in responses.versions
    assert [version.split()[0] for version in responses.versions] == list(
        CALCULATORS["gpaw"].packages
    )
    assert type(responses).from_dict(json.loads(json.dumps(responses.as_dict()))) == responses
    # and its lattice is near its minimum: a stress below 0.5 GPa at 3.44 angstrom
    atoms = LITHIUM.copy()
    atoms.calc = calculator("gpaw")
    assert atoms.get_stress() == pytest.approx(direct.get_stress(), abs=1e-8)
    assert np.abs(atoms.get_stress()).max() < 0.5 / 160.2


def test_gpaw_s_own_failure_to_converge_is_one_line():
    pytest.importorskip("gpaw", reason="the extra gpaw, which is optional")
    atoms = LITHIUM.copy()
    atoms.calc = StatedGPAW(GPAWSettings(iterations=2, spacing=1.0))
    with pytest.raises(CalculationError, match="in 2 iterations"):
        atoms.get_potential_energy()
