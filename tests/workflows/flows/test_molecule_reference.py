"""Molecules as jobs: values come back equal, and a mocked one says so everywhere."""

from __future__ import annotations

from fractions import Fraction
from importlib.util import find_spec

import pytest

jobflow = pytest.importorskip("jobflow")

from monty.json import MontyDecoder  # noqa: E402

from interfaces.chemistry.formulas import Formula  # noqa: E402
from interfaces.errors import InputError, MoleculeError  # noqa: E402
from interfaces.phases.molecules import reaction_from_record  # noqa: E402
from workflows.data.molecules.molecular_reactants import place, stored_rows  # noqa: E402
from workflows.data.phase_sets import read_phases  # noqa: E402
from workflows.flows.molecule_reference import MoleculeMaker  # noqa: E402
from workflows.jobs.reference_reaction import (  # noqa: E402
    MoleculeEnergy,
    MoleculePlacement,
    calculate_molecule,
    default_route,
    molecules_of,
    place_by_reaction,
)

LABELS = ("ECA", "LiTFSI", "PEO", "PEGDA", "polyECA")
EXTRA = all(find_spec(name) for name in ("rdkit", "tblite", "pyscf", "ase"))


@pytest.fixture
def finished(tmp_path, monkeypatch):
    """Run a flow; give its output as any reader of the store finds it, and the store."""
    from jobflow import JobStore, run_locally
    from maggma.stores import MemoryStore

    monkeypatch.chdir(tmp_path)

    def run(flow):
        store = JobStore(MemoryStore())
        store.connect()
        run_locally(flow, store=store, log=False, ensure_success=True)
        output = store.get_output(flow.output.uuid, load=True)
        return MontyDecoder().process_decoded(output), store

    return run


def stored_record(label):
    from workflows.data.molecules.molecular_reactants import _data

    return next(r for r in _data()["reactions"] if r["label"] == label and r["default"])


@pytest.mark.parametrize("label", LABELS)
def test_stored_placing_is_the_reaction_of_the_data_file(label):
    placing = place_by_reaction.original(label, (), "stored")
    expected = reaction_from_record(stored_record(label))
    result = placing.reaction()
    assert (result.target, result.references) == (expected.target, expected.references)
    # the file rounds energies to 0.001 kJ/mol and reactions to 0.1
    assert result.gas.value == pytest.approx(expected.gas.value, abs=0.11)
    assert result.gas.error == pytest.approx(expected.gas.error, abs=0.11)
    assert result.condensation == expected.condensation


@pytest.mark.parametrize("label", ["ECA", "PEO"])
def test_a_mocked_flow_gives_back_an_equal_value(label, finished):
    flow = MoleculeMaker(label=label, engine="mock").make()
    outputs, _ = finished(flow)
    names = molecules_of(label)
    energies = [calculate_molecule.original(name, "mock") for name in names]
    assert isinstance(outputs, MoleculePlacement)
    assert outputs == place_by_reaction.original(label, energies, "mock")
    assert len(flow.jobs) == len(names) + 1


def test_a_molecule_comes_back_equal_from_a_store(finished):
    flow = MoleculeMaker(label="PEO", engine="mock").make()
    _, store = finished(flow)
    stored = MontyDecoder().process_decoded(store.get_output(flow.jobs[0].uuid, load=True))
    assert stored == calculate_molecule.original("triglyme", "mock")
    assert isinstance(stored, MoleculeEnergy)
    assert isinstance(stored.symbols, tuple)


def test_a_mocked_molecule_says_so_in_every_name_and_note(finished):
    flow = MoleculeMaker(label="ECA", engine="mock").make()
    assert all(item.name.startswith("MOCK ") for item in (flow, *flow.jobs))
    assert all(job.metadata["mocked"] for job in flow.jobs)
    outputs, _ = finished(flow)
    assert any(note.startswith("MOCK") for note in outputs.notes)
    phases = read_phases("sevennet-l3i5", {"C", "H", "N", "O"})
    material = outputs.reactant(phases, Formula.parse("C6H7NO2"), "ECA")
    assert material.entry_id.startswith("MOCK ECA by ")
    assert any(note.startswith("MOCK") for note in material.notes)


def test_a_stored_molecule_is_not_called_a_mock(finished):
    flow = MoleculeMaker(label="ECA", engine="stored").make()
    outputs, _ = finished(flow)
    assert len(flow.jobs) == 1
    assert "mocked" not in flow.jobs[0].metadata
    assert "MOCK" not in " ".join([flow.name, flow.jobs[0].name, *outputs.notes])


@pytest.mark.parametrize("label", LABELS)
def test_a_stored_placing_gives_the_reactant_of_the_named_system(label):
    from workflows.data.named_materials import find_system

    system = find_system(label)
    phases = read_phases("sevennet-l3i5", set(system.formula.elements))
    named = place(phases, label, system.formula, label)
    item = place_by_reaction.original(label, (), "stored").reactant(phases, system.formula, label)
    assert item.energy == pytest.approx(named.energy, abs=1e-4)
    assert item.uncertainty == pytest.approx(named.uncertainty, abs=1e-4)
    assert (item.energy_model, item.entry_id) == ("calculated", named.entry_id)


def test_a_handed_in_energy_moves_the_reaction():
    row = calculate_molecule.original("triglyme", "mock")
    ev = 0.1
    other = MoleculeEnergy(**{**row.__dict__, "energy": row.energy + ev})
    apart = (
        place_by_reaction.original("PEO", [other], "mock").gas[0]
        - place_by_reaction.original("PEO", [row], "mock").gas[0]
    )
    assert apart == pytest.approx(96.48533 * ev, abs=0.11)


@pytest.mark.parametrize("label", LABELS)
def test_every_molecule_of_a_flow_is_stored_and_balances(label):
    names, rows = molecules_of(label), stored_rows()
    assert set(names) <= rows.keys()
    route = default_route(label)
    excess = {}
    for formula, _, nu in route.references:
        for element, count in Formula.parse(formula).amounts:
            excess[element] = excess.get(element, Fraction(0)) + nu * count
    assert excess == {e: Fraction(n) for e, n in Formula.parse(route.formula).amounts} | {
        e: Fraction(0) for e in excess.keys() - set(Formula.parse(route.formula).elements)
    }


def test_another_formula_is_refused():
    phases = read_phases("sevennet-l3i5", {"C", "H", "N", "O"})
    with pytest.raises(MoleculeError, match=r"H2O is no ECA \(C6H7NO2\)"):
        place_by_reaction.original("ECA", (), "stored").reactant(phases, Formula.parse("H2O"), "")


@pytest.mark.parametrize(
    ("maker", "message"),
    [
        (MoleculeMaker(label="PVDF"), "no reference reaction is stored for 'PVDF'; known: ECA"),
        (MoleculeMaker(engine="gaussian"), "no engine is called 'gaussian'; stored"),
    ],
)
def test_an_unknown_name_is_refused(maker, message):
    with pytest.raises(InputError, match=message):
        maker.make()


def test_an_unknown_molecule_is_refused():
    with pytest.raises(InputError, match="molecule 'benzene' by 'mock'"):
        calculate_molecule.original("benzene", "mock")


@pytest.mark.skipif(EXTRA, reason="the extra `molecules` is installed")
def test_without_the_extra_the_engine_says_what_to_install():
    with pytest.raises(InputError, match=r"interface-stability\[molecules\]"):
        calculate_molecule.original("hydrogen", "quantum_chemistry")


@pytest.mark.skipif(not EXTRA, reason="needs the extra `molecules`")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_real_calculation_gives_the_stored_energy(finished):
    flow = MoleculeMaker(label="PEO", engine="quantum_chemistry", only=("water",)).make()
    outputs, store = finished(flow)
    water = MontyDecoder().process_decoded(store.get_output(flow.jobs[0].uuid, load=True))
    stored = stored_rows()["water"]
    assert water.energy == pytest.approx(stored["energy_pbe"], abs=1e-4)
    assert water.thermal_enthalpy == pytest.approx(stored["thermal_enthalpy"], abs=1e-4)
    assert len(water.positions) == 3
    assert any(version.startswith("pyscf ") for version in outputs.versions)
    assert outputs.gas[0] == pytest.approx(
        place_by_reaction.original("PEO", (), "stored").gas[0], abs=0.2
    )
