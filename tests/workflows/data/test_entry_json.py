"""Entries JSON as pymatgen, emmet and mp-api write it, and what is refused of it."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys

import pytest
from monty.serialization import dumpfn
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core import Lattice, Structure
from pymatgen.entries.computed_entries import (
    CompositionEnergyAdjustment,
    ComputedEntry,
    ComputedStructureEntry,
    ConstantEnergyAdjustment,
    GibbsComputedStructureEntry,
)
from pymatgen.entries.entry_tools import EntrySet

from interfaces.errors import InputError, SchemeMixError
from interfaces.phases.gibbs import at_temperature
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.schemes import SCHEMES
from workflows.data.own_dft import read_own
from workflows.data.phase_sets import read_phases

GGA = {"run_type": "GGA", "hubbards": {}}
ENERGIES = {"Li": -1.9, "O2": -9.9, "Li2O": -14.3, "Li2O2": -19.0}  # eV per cell


def entry(formula, energy=None, parameters=GGA, **more):
    energy = ENERGIES[formula] if energy is None else energy
    return ComputedEntry(formula, energy, parameters=parameters, entry_id=f"mp-{formula}", **more)


def anion(name="oxide", n_atoms=1):
    return CompositionEnergyAdjustment(-0.687, n_atoms, name=f"MP2020 anion correction ({name})")


def corrected():
    return [
        entry("Li"), entry("O2"),
        entry("Li2O", energy_adjustments=[anion()]),
        entry("Li2O2", energy_adjustments=[anion("peroxide", 2)]),
    ]  # fmt: skip


def pd_entries():
    return [PDEntry(formula, energy) for formula, energy in ENERGIES.items()]


def written(tmp_path, content, name="entries.json"):
    path = tmp_path / name
    dumpfn(content, str(path))
    return path


HULL = -14.3 / 3 + (2 * 1.9 + 9.9 / 2) / 3  # formation energy of Li2O [eV/atom]


# ---------------------------------------------------------------------- forms


@pytest.mark.parametrize(
    "make",
    [
        pd_entries,
        lambda: PhaseDiagram(pd_entries()),
        lambda: EntrySet(pd_entries()),
        lambda: {"entries": pd_entries()},
        lambda: {"data": pd_entries(), "meta": {"total_doc": 4}},
        lambda: [entry(formula) for formula in ENERGIES],
        lambda: {f"mp-{formula}": entry(formula) for formula in ENERGIES},
    ],
)
@pytest.mark.parametrize("name", ["entries.json", "entries.json.gz"])
def test_what_monty_dumps_is_read(tmp_path, make, name):
    phases = read_phases(written(tmp_path, make(), name))
    assert len(phases) == 4
    assert phases.hull_energy("Li2O") == pytest.approx(HULL)


@pytest.mark.parametrize("name", ["entries.jsonl", "entries.json", "entries.jsonl.gz"])
def test_an_entry_a_line(tmp_path, name):
    text = "".join(json.dumps(entry(formula).as_dict()) + "\n" for formula in ENERGIES)
    packed = gzip.compress(text.encode()) if name.endswith("gz") else text.encode()
    (tmp_path / name).write_bytes(packed)
    assert read_phases(tmp_path / name).hull_energy("Li2O") == pytest.approx(HULL)


def test_entries_without_class_or_parameters(tmp_path):
    rows = [
        {"composition": {"Li": 1}, "energy": -1.9, "data": None, "parameters": None},
        {"composition": {"O": 2}, "energy": -9.9, "correction": None},
        {"composition": "Li2O", "energy": -14.3, "correction": -0.5},
    ]
    phases = read_phases(written(tmp_path, rows))
    assert phases.scheme == "unnamed scheme"
    assert phases.hull_energy("Li2O") == pytest.approx(HULL - 0.5 / 3)
    assert any("without a name" in note for note in phases.notes)


def test_only_the_elements_asked_for(tmp_path):
    path = written(tmp_path, [*pd_entries(), PDEntry("NaCl", -6.0)])
    assert read_phases(path, {"Li", "O"}).elements == ("Li", "O")
    assert "Na" in read_phases(path).elements


def test_pd_entries_of_python():
    assert PhaseSet.from_entries(EntrySet(pd_entries())).hull_energy("Li2O") == pytest.approx(HULL)


# ---------------------------------------------------------------------- schemes


def thermo(formula, energy, thermo_type, n_atoms=3):
    return {
        "material_id": f"mp-{formula}", "formula_pretty": formula, "thermo_type": thermo_type,
        "energy_per_atom": energy, "uncorrected_energy_per_atom": energy, "energy_type": "GGA",
        "nsites": n_atoms, "volume": 10.0 * n_atoms, "entries": {},
    }  # fmt: skip


@pytest.mark.parametrize("thermo_type", SCHEMES)
def test_thermo_documents_have_the_scheme_that_fetch_writes(tmp_path, thermo_type):
    documents = [thermo("Li", -1.9, thermo_type, 1), thermo("O2", -4.95, thermo_type, 2),
                 thermo("Li2O", -14.3 / 3, thermo_type)]  # fmt: skip
    phases = read_phases(written(tmp_path, documents))
    assert phases.scheme == SCHEMES[thermo_type]
    assert phases.hull_energy("Li2O") == pytest.approx(HULL)
    assert phases.volumes is not None


def test_thermo_documents_of_two_types_are_refused(tmp_path):
    documents = [thermo("Li", -1.9, "R2SCAN"), thermo("O2", -4.95, "GGA_GGA+U")]
    with pytest.raises(SchemeMixError, match="R2SCAN"):
        read_phases(written(tmp_path, documents))


@pytest.mark.parametrize("spelling", ["R2SCAN", "r2SCAN"])
def test_mixed_energies_are_a_scheme_of_their_own(tmp_path, spelling):
    mixing = ConstantEnergyAdjustment(-5.7, name=f"MP GGA(+U)/{spelling} mixing adjustment")
    entries = [
        entry("Li", energy_adjustments=[mixing]), entry("O2", parameters={"run_type": spelling}),
        entry("Li2O", parameters={"run_type": spelling}),
    ]  # fmt: skip
    phases = read_phases(written(tmp_path, entries))
    assert phases.scheme == SCHEMES["GGA_GGA+U_R2SCAN"]


def test_energies_of_two_functionals_are_refused(tmp_path):
    entries = [entry("Li"), entry("O2", parameters={"run_type": "r2SCAN"})]
    with pytest.raises(SchemeMixError, match="r2SCAN"):
        read_phases(written(tmp_path, entries))


def test_corrected_energies_are_the_scheme_of_the_materials_project(tmp_path):
    assert read_phases(written(tmp_path, corrected())).scheme == SCHEMES["GGA_GGA+U"]
    plain = [entry(formula) for formula in ENERGIES]
    assert read_phases(written(tmp_path, plain)).scheme == "GGA/GGA+U"


def test_half_corrected_energies_are_refused(tmp_path):
    half = [*corrected()[:3], entry("Li2O2")]
    with pytest.raises(SchemeMixError, match="mp-Li2O2"):
        read_phases(written(tmp_path, half))
    assert "mixed" in PhaseSet.from_entries(half, allow_mixed=True).scheme


def test_an_older_scheme_that_leaves_an_oxide_out_is_noted(tmp_path):
    older = [entry("Li"), entry("O2"), entry("Li2O", correction=-0.7), entry("Li2O2")]
    notes = read_phases(written(tmp_path, older)).notes
    assert any("mp-Li2O2" in note for note in notes)


def test_what_the_entries_do_not_say_is_noted(tmp_path):
    silent = [entry("Li"), entry("O2"), entry("Li2O", parameters={})]
    assert any("functional" in n for n in read_phases(written(tmp_path, silent)).notes)
    raw = [entry("Li"), entry("FeO", -15.0, parameters={"run_type": "GGA+U"}), entry("O2")]
    assert any("GGA+U" in n for n in read_phases(written(tmp_path, raw)).notes)


# ---------------------------------------------------------------------- volumes


def with_structure(symbols, edge, energy):
    places = [[0, 0, 0], [0.5, 0.5, 0.5]][: len(symbols)]
    crystal = Structure(Lattice.cubic(edge), symbols, places)
    return ComputedStructureEntry(crystal, energy, parameters=GGA, entry_id="".join(symbols))


def test_volumes_are_those_of_the_structures(tmp_path):
    entries = [with_structure(["Mg"], 2.8, -1.5), with_structure(["Mg", "O"], 3.4, -12.0),
               entry("O2")]  # fmt: skip
    phases = read_phases(written(tmp_path, entries))
    volumes = dict(zip((f.text for f in phases.formulas), phases.volumes, strict=True))
    assert volumes["MgO"] == pytest.approx(3.4**3 / 2)
    assert volumes["Mg"] == pytest.approx(2.8**3)
    assert at_temperature(phases, 1000.0).hull_energy("MgO") > phases.hull_energy("MgO")


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ({"data": None}, "no list of entries"),
        ({"entries": []}, "no list of entries"),
        ([None], "not a ComputedEntry"),
        ([{"composition": {"Li": 1}, "energy": "-1.9"}], "finite number"),
        ([{"composition": {"Li": 1}, "energy": True}], "finite number"),
        ([{"energy": -1.9}], "composition"),
        (
            [{"composition": {"Li": 1}, "energy": -1.9, "@class": "ComputedStructureEntry"}],
            "struct",
        ),
        ([{"@class": "ExpEntry", "composition": {"Li": 1}}], "measured"),
        ([{"@class": "Structure", "lattice": {}}], "Structure"),
        ([{"smiles": "O", "output": {}, "task_id": 1}], "molecule"),
        ([{"orig": {"molecule": {}}, "dir_name": "x"}], "molecule"),
        ([{"calcs_reversed": [], "output": {"energy": -1}}], "task document"),
        ([{"material_id": "mp-1", "formation_energy_per_atom": 0.0}], "Materials Project"),
    ],
)
def test_what_is_no_entry_is_refused_with_the_reason(tmp_path, content, word):
    with pytest.raises(InputError, match=word) as raised:
        read_phases(written(tmp_path, content))
    assert "KeyError" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_diagrams_of_other_potentials_are_refused(tmp_path):
    diagram = {"@class": "GrandPotentialPhaseDiagram", "all_entries": pd_entries()}
    with pytest.raises(InputError, match="grand potential"):
        read_phases(written(tmp_path, diagram))


def test_gibbs_energies_are_refused(tmp_path):
    crystal = Structure(Lattice.cubic(3.4), ["Mg", "O"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    made = GibbsComputedStructureEntry(crystal, -3.0, 1000)
    with pytest.raises(InputError, match="Gibbs"):
        read_phases(written(tmp_path, [made]))


# ---------------------------------------------------------------------- nothing else is built

READ = """
import sys
from pathlib import Path
import workflows.data.own_dft as own
from workflows.data.phase_sets import read_phases
import json
from maggma.stores import MemoryStore
def store(path):
    memory = MemoryStore(key="uuid")
    memory.connect()
    (entry,) = json.loads(path.read_text())
    memory.update([{"uuid": "a", "index": 1, "output": {"entry": entry}}])
    return own.from_store(memory)
for path in map(Path, sys.argv[1:]):
    for read in (read_phases, own.read_own, store):
        try:
            read(path)
        except ValueError as error:
            print(error)
print("read")
"""


def vasprun(file):
    return {"@module": "pymatgen.io.vasp.outputs", "@class": "Vasprun", "filename": str(file)}


def test_no_other_file_is_opened(tmp_path):
    """A reader that builds the Vasprun waits at the pipe until its time is over."""
    pipe = tmp_path / "vasprun.xml"
    os.mkfifo(pipe)
    item = {"composition": {"Li": 1}, "energy": -1.9, "correction": 0.0}
    places = {
        "whole": vasprun(pipe),
        "composition": {"composition": vasprun(pipe)},
        "data": {"data": {"deep": [vasprun(pipe)]}},
        "parameters": {"parameters": {"run": vasprun(pipe)}},
        "adjustments": {"energy_adjustments": [vasprun(pipe)]},
        "structure": {"structure": {"lattice": vasprun(pipe), "sites": [vasprun(pipe)]}},
    }
    paths = []
    for name, place in places.items():
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_text(json.dumps([item | place]))
    command = [sys.executable, "-W", "ignore", "-c", READ, *map(str, paths)]
    done = subprocess.run(command, timeout=100, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "read"


def test_plain_data_of_unknown_classes_do_no_harm(tmp_path):
    more = {"data": {"run": vasprun("/nowhere")}, "entry_id": "a", "parameters": GGA}
    item = {"composition": {"Li": 1}, "energy": -1.9, "correction": 0.0} | more
    path = written(tmp_path, [item])
    assert len(read_phases(path)) == 1
    assert len(read_own(path)) == 1
