"""Phase sets of the other thermo types: r2SCAN, and the Materials Project's mixed default.

The mixed set comes through mp-api's own routes: the delta table of phase diagrams, and where that
has none, the mixing scheme on the entries of both functionals.
"""

from __future__ import annotations

import warnings

import pytest

pytest.importorskip("mp_api")
pytest.importorskip("deltalake")
from pymatgen.core import Lattice, Structure
from pymatgen.entries.computed_entries import ComputedStructureEntry, ConstantEnergyAdjustment

from interfaces.chemistry.formulas import Formula
from interfaces.errors import InputError, SchemeMixError
from tests.fake_mp_api import (
    KEY,
    FakeServer,
    object_store,
    quick_fields,
    structured_document,
    write_diagrams,
)
from workflows.data.materials_project import RetryPolicy, fetch
from workflows.data.own_dft import OwnEntry, join
from workflows.data.snapshots import read_entries, read_snapshot

MIXED = "GGA_GGA+U_R2SCAN"
LITHIUM = Structure.from_spacegroup("Im-3m", Lattice.cubic(3.43), ["Li"], [[0, 0, 0]])
OXYGEN = Structure(Lattice.cubic(5.0), ["O", "O"], [[0, 0, 0], [0, 0, 0.25]])
OXIDE = Structure.from_spacegroup(
    "Fm-3m", Lattice.cubic(4.6), ["Li", "O"], [[0.25, 0.25, 0.25], [0, 0, 0]]
)
PEROXIDE = Structure(
    Lattice.hexagonal(3.14, 7.65), ["Li", "Li", "Li", "Li", "O", "O", "O", "O"],
    [[0, 0, 0], [0, 0, 0.5], [1 / 3, 2 / 3, 0.25], [2 / 3, 1 / 3, 0.75],
     [1 / 3, 2 / 3, 0.65], [1 / 3, 2 / 3, 0.85], [2 / 3, 1 / 3, 0.35], [2 / 3, 1 / 3, 0.15]],
)  # fmt: skip
#: eV per cell, PBE and r2SCAN; the peroxide has no r2SCAN run
TOTALS = {
    "mp-1": (LITHIUM, -3.8, -4.6), "mp-2": (OXYGEN, -9.8, -12.2), "mp-3": (OXIDE, -57.0, -69.0),
    "mp-4": (PEROXIDE, -36.0, None),
}  # fmt: skip


def documents():
    for name, (structure, pbe, r2scan) in TOTALS.items():
        yield structured_document(name, structure, pbe, "GGA")
        if r2scan is not None:
            yield structured_document(name, structure, r2scan, "r2SCAN")


@pytest.fixture(scope="module", autouse=True)
def quick():
    with quick_fields():
        yield


@pytest.fixture
def get(tmp_path, monkeypatch):
    monkeypatch.setenv("MP_API_KEY", KEY)
    with FakeServer(list(documents()), key=KEY) as server:

        def run(**options):
            retries = RetryPolicy(attempts=2, first=0.01, timeout=5.0, sleep=lambda _: None)
            return fetch(
                "Li-O", tmp_path / "set", endpoint=server.endpoint, progress=False,
                retries=retries, **options,
            )  # fmt: skip

        yield run


def formation(phases, name):
    """Formation energy [eV/atom] of the lowest entry of a formula."""
    row = phases.find(Formula.parse(name))
    assert row is not None
    return float(phases.energies[row])


def of_totals(column):
    """Formation energy [eV/atom] of the oxide by hand."""
    lithium, oxygen, oxide = (TOTALS[f"mp-{i}"][column] for i in (1, 2, 3))
    return (oxide - 8 * lithium / 2 - 4 * oxygen / 2) / 12


def test_an_r2scan_set(get):
    folder = get(thermo_type="R2SCAN")
    phases = read_snapshot(folder)
    assert phases.scheme == "MP r2SCAN"
    assert len(phases) == 3
    assert formation(phases, "Li2O") == pytest.approx(of_totals(2), abs=1e-9)
    _, entries = read_entries(folder)
    assert {entry.run_type for entry in entries.values()} == {"r2SCAN"}
    assert {entry.correction_per_atom for entry in entries.values()} == {0.0}


def test_own_r2scan_energies_stand_on_it_and_pbe_is_refused(get):
    phases = read_snapshot(get(thermo_type="R2SCAN"))
    titles = ["PAW_PBE Li_sv 10Sep2004", "PAW_PBE O 08Apr2002"]

    def own(run_type):
        parameters = {"run_type": run_type, "hubbards": {}, "potcar_symbols": titles}
        entry = ComputedStructureEntry(PEROXIDE, -46.0, parameters=parameters)
        return OwnEntry.of(entry, "mine", "a test")

    references = {"Li": -4.6 / 2, "O": -12.2 / 2}
    joined = join(phases, [own("R2SCAN")], references=references)
    assert formation(joined, "Li2O2") == pytest.approx((-46.0 + 4 * 2.3 + 4 * 6.1) / 8)
    with pytest.raises(SchemeMixError, match="r2SCAN"):
        join(phases, [own("GGA")], references=references)


def test_the_mixed_set_is_the_phase_diagram_of_the_table(get, tmp_path, monkeypatch):
    shift = ConstantEnergyAdjustment(-3.0, 0.0, name="MP GGA(+U)/r2SCAN mixing adjustment")
    entries = [
        ComputedStructureEntry(
            structure, energy, entry_id=f"{name}-{run_type}", parameters={"run_type": run_type},
            energy_adjustments=adjustments, data={"material_id": name},
        )
        for name, structure, energy, run_type, adjustments in (
            ("mp-1", LITHIUM, -4.6, "r2SCAN", []),
            ("mp-2", OXYGEN, -12.2, "r2SCAN", []),
            ("mp-4", PEROXIDE, -38.0, "GGA", [shift]),
        )
    ]  # fmt: skip
    write_diagrams(tmp_path / "store", entries)
    with object_store(tmp_path / "store", monkeypatch), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pyarrow and deltalake
        folder = get(thermo_type=MIXED)
    phases = read_snapshot(folder)
    assert phases.scheme == "MP GGA/GGA+U/r2SCAN mixed"
    assert formation(phases, "Li2O2") == pytest.approx((-41.0 + 4 * 2.3 + 4 * 6.1) / 8)
    manifest, stored = read_entries(folder)
    assert set(stored) == {"mp-1-r2SCAN", "mp-2-r2SCAN", "mp-4-GGA"}
    assert "mixing adjustment" in stored["mp-4-GGA"].adjustments
    assert not any("Reconstructing" in note for note in manifest.notes)


def test_without_a_diagram_the_entries_are_mixed_by_the_scheme(get, tmp_path, monkeypatch):
    """The table holds another version of the database only."""
    lowest = [
        ComputedStructureEntry(
            structure, energy, entry_id=f"{name}-r2SCAN", parameters={"run_type": "r2SCAN"},
            data={"material_id": name},
        )
        for name, (structure, _, energy) in TOTALS.items()
        if energy is not None
    ]  # fmt: skip
    write_diagrams(tmp_path / "store", lowest, version="2020.01.01")
    with object_store(tmp_path / "store", monkeypatch), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folder = get(thermo_type=MIXED)
    phases = read_snapshot(folder)
    manifest, entries = read_entries(folder)
    assert any("Reconstructing" in note for note in manifest.notes)
    assert formation(phases, "Li2O") == pytest.approx(of_totals(2), abs=1e-6)  # r2SCAN, of both
    assert "mixing adjustment" in entries["mp-4-GGA"].adjustments
    # the peroxide keeps its distance to the PBE hull: 3/4 of the oxide's energy is the r2SCAN hull
    hull = 0.75 * of_totals(2)
    assert formation(phases, "Li2O2") == pytest.approx(hull + above_the_pbe_hull(), abs=1e-6)


def above_the_pbe_hull():
    """Distance [eV/atom] of the peroxide to the hull of the corrected PBE energies."""
    from pymatgen.analysis.phase_diagram import PhaseDiagram
    from pymatgen.entries.compatibility import MaterialsProject2020Compatibility

    entries = [
        ComputedStructureEntry(
            structure, energy, entry_id=name, parameters={"run_type": "GGA", "hubbards": {}}
        )
        for name, (structure, energy, _) in TOTALS.items()
    ]
    scheme = MaterialsProject2020Compatibility(check_potcar=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it finds no oxidation states in the peroxide
        diagram = PhaseDiagram(scheme.process_entries(entries, verbose=False))
    (peroxide,) = (entry for entry in diagram.all_entries if entry.entry_id == "mp-4")
    return diagram.get_e_above_hull(peroxide)


@pytest.mark.parametrize("fault", ["no table", "no server", "OSError"])
def test_an_object_store_that_cannot_be_read_is_one_line(get, tmp_path, monkeypatch, fault):
    (tmp_path / "store").mkdir()
    if fault == "OSError":
        from mp_api.client.core import client

        def fail(*arguments, **options):
            raise OSError("Generic S3 error:\n connection refused")

        monkeypatch.setattr(client, "DeltaTable", fail)
    with object_store(tmp_path / "store", monkeypatch):
        if fault == "no server":
            monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
            monkeypatch.setattr("mp_api.client.core.client.MAPI_CLIENT_SETTINGS.MAX_RETRIES", 0)
        with pytest.raises(InputError, match="object store") as refused:
            get(thermo_type=MIXED)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "set").exists()
