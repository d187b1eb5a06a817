"""Own DFT entries: read, checked against the set's scheme, corrected by name, joined."""

from __future__ import annotations

import gzip
import json
import warnings
from dataclasses import replace

import pytest

from interfaces.errors import (
    InputError,
    InterfaceError,
    MissingElementError,
    RepeatedIdError,
    SchemeMixError,
    TemperatureError,
)
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.schemes import SCHEMES
from tests.vasp_runs import CELLS, DYNAMICS, POTCARS, vasprun, write_run
from workflows.data.own_dft import (
    OwnEntry,
    check,
    correct,
    from_store,
    join,
    read_own,
    references_of,
    show,
    survey,
)

SCHEME = "MP GGA/GGA+U, MaterialsProject2020"
U_CO = {"Co": 3.32}


def structure(name):
    from pymatgen.core import Structure

    edge, sites = CELLS[name]
    lattice = [[edge, 0, 0], [0, edge, 0], [0, 0, edge]]
    return Structure(lattice, [element for element, _ in sites], [xyz for _, xyz in sites])


def parameters(name, **changed):
    elements = sorted({element for element, _ in CELLS[name][1]})
    hubbards = U_CO if {"Co", "O"} <= set(elements) else {}
    return {
        "run_type": "GGA+U" if hubbards else "GGA",
        "hubbards": hubbards,
        "potcar_symbols": [f"PAW_PBE {POTCARS[element]} 01Jan2000" for element in elements],
    } | changed


def entry_dict(name, energy=-10.0, *, identifier=None, bare=False, data=None, **changed):
    """A ComputedStructureEntry (bare: without structure) as JSON; energy [eV] of the cell."""
    from pymatgen.entries.computed_entries import ComputedEntry, ComputedStructureEntry

    given = {"parameters": parameters(name, **changed), "data": data or {},
             "entry_id": identifier or f"own-{name}"}  # fmt: skip
    kind, phase = ComputedStructureEntry, structure(name)
    if bare:
        kind, phase = ComputedEntry, phase.composition
    return json.loads(json.dumps(kind(phase, energy, **given).as_dict(), default=float))


def own(name, energy=-10.0, **keywords):
    from pymatgen.entries.computed_entries import ComputedEntry, ComputedStructureEntry

    data = entry_dict(name, energy, **keywords)
    kind = ComputedStructureEntry if "structure" in data else ComputedEntry
    return OwnEntry.of(kind.from_dict(data), data["entry_id"], f"made up {name}")


# ---------------------------------------------------------------- reading VASP runs


def test_a_tree_of_runs_is_read(tmp_path):
    write_run(tmp_path / "a" / "Li2O", vasprun("Li2O", -14.0))
    write_run(tmp_path / "CoO", vasprun("CoO", -12.0, hubbards=U_CO, tags={"GGA": "PE"}))
    packed = tmp_path / "S"
    packed.mkdir()
    (packed / "vasprun.xml.relax1.gz").write_bytes(gzip.compress(vasprun("S", -3.0).encode()))
    (packed / "vasprun.xml.relax2.gz").write_bytes(gzip.compress(vasprun("S", -4.0).encode()))
    table = {entry.id: entry for entry in read_own(tmp_path)}
    assert sorted(table) == ["CoO", "S", "a/Li2O"]
    oxide, cobalt = table["a/Li2O"], table["CoO"]
    assert oxide.formula.text == "Li2O"
    assert oxide.energy_per_atom == pytest.approx(-14 / 3)
    assert oxide.volume_per_atom == pytest.approx(3.3**3 / 3)
    assert (oxide.run_type, oxide.hubbards) == ("GGA", ())
    assert (cobalt.run_type, cobalt.hubbards) == ("GGA+U", (("Co", 3.32),))
    assert cobalt.potcars == ("PAW_PBE Co 01Jan2000", "PAW_PBE O 01Jan2000")
    assert table["S"].energy_per_atom == -4.0  # the last of the chain
    assert oxide.origin.endswith("a/Li2O/vasprun.xml")
    for entry in table.values():
        check(entry, SCHEME)


def test_a_single_run_is_named_after_its_folder(tmp_path):
    folder = write_run(tmp_path / "LiCl-static", vasprun("LiCl"))
    (entry,) = read_own(folder / "vasprun.xml")
    assert entry.id == "LiCl-static"
    assert read_own(folder)[0].id == "LiCl-static"


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (vasprun("Li2O", scf=60), r"unconverged, the electronic loop stopped at NELM = 60"),
        (vasprun("Li2O", tags={"NSW": 3, "IBRION": 2}, steps=3),
         r"unconverged, the ionic loop stopped at NSW = 3"),
        (vasprun("Li2O")[:-400], r"bad/vasprun\.xml: truncated or no XML"),
        (vasprun("Li2O")[:300], r"bad/vasprun\.xml: truncated or no XML"),
        ("", r"bad/vasprun\.xml: truncated or no XML"),
        ("<modeling></modeling>", r"no energy of a VASP run in it"),
        (vasprun("Li2O", steps=0), r"no energy of a VASP run in it"),
        (vasprun("Li2O", tags=DYNAMICS, steps=100), r"molecular dynamics \(IBRION = 0, NSW = 100"),
        (vasprun("Li2O", tags={"ICHARG": 11}), r"not self-consistent \(ICHARG = 11"),
        (vasprun("Li2O", tags={"IBRION": 6, "NSW": 1}), r"phonons or images"),
    ],
)  # fmt: skip
def test_a_run_that_is_no_phase_is_refused_and_the_others_survive(tmp_path, text, match):
    write_run(tmp_path / "bad", text)
    write_run(tmp_path / "good", vasprun("Li2S"))
    with pytest.raises(InputError, match=rf"1 of 2 own results cannot be used.*{match}"):
        read_own(tmp_path)
    reading = survey(tmp_path)
    assert [entry.id for entry in reading.entries] == ["good"]
    assert len(reading.refused) == 1


def test_a_gzip_file_cut_short_is_refused(tmp_path):
    data = gzip.compress(vasprun("Li2O").encode())
    (tmp_path / "vasprun.xml.gz").write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match=r"vasprun\.xml\.gz: .*ended before"):
        read_own(tmp_path)


def test_many_refusals_are_counted(tmp_path):
    for number in range(7):
        write_run(tmp_path / str(number), "")
    with pytest.raises(InputError, match=r"7 of 7 .*; and 2 more"):
        read_own(tmp_path)


def test_nothing_to_read_says_so(tmp_path):
    with pytest.raises(InputError, match=r"no vasprun\.xml \(or \.gz\) in or below"):
        read_own(tmp_path)
    with pytest.raises(InputError, match=r"nowhere does not exist"):
        read_own(tmp_path / "nowhere")


# ---------------------------------------------------------------- reading JSON


def test_entries_json_is_read_with_and_without_gzip(tmp_path):
    data = [entry_dict("Li2O", -14.0), entry_dict("Li", -4.0, bare=True) | {"entry_id": None}]
    text = json.dumps(data)
    (tmp_path / "own.json").write_text(text)
    (tmp_path / "own.json.gz").write_bytes(gzip.compress(text.encode()))
    entries = read_own(tmp_path / "own.json")
    assert [entry.id for entry in entries] == ["own-Li2O", "own#1"]
    assert [entry.formula.text for entry in entries] == ["Li2O", "Li"]
    again = read_own(tmp_path / "own.json.gz")
    assert [e.energy_per_atom for e in again] == [e.energy_per_atom for e in entries]


def test_corrections_in_the_json_are_left_behind(tmp_path):
    data = entry_dict("Li2O", -14.0) | {"correction": -3.0}
    (tmp_path / "own.json").write_text(json.dumps({"entries": [data]}))
    assert read_own(tmp_path / "own.json")[0].energy_per_atom == pytest.approx(-14 / 3)


@pytest.mark.parametrize(
    ("data", "match"),
    [
        ("{", r"own\.json is not JSON"),
        ('{"a": 1}', r"holds no list of entries"),
        ("[]", r"holds no list of entries"),
        ("[1]", r"own\.json entry 0: not a ComputedEntry"),
        ('[{"formula": "Li"}]', r"entry 0: not a ComputedEntry: it has no energy"),
        ('[{"energy": -1.0}]', r"entry 0: not a ComputedEntry"),
        ('[{"energy": -1.0, "@class": "GibbsComputedStructureEntry"}]', r"entry 0: a Gibbs"),
        ('[{"energy": NaN, "composition": {"Li": 1}}]', r"finite number"),
    ],
)
def test_json_without_entries_is_refused(tmp_path, data, match):
    (tmp_path / "own.json").write_text(data)
    with pytest.raises(InputError, match=match):
        read_own(tmp_path / "own.json")


# ---------------------------------------------------------------- reading a job store


def task(name, energy=-10.0, **changed):
    """An atomate2 task document: an entry without structure, the structure beside it."""
    specification = [{"titel": title} for title in parameters(name)["potcar_symbols"]]
    entry = entry_dict(name, energy, bare=True, potcar_spec=specification)
    entry["parameters"].pop("potcar_symbols")
    entry["entry_id"] = None
    return {
        "entry": entry, "structure": structure(name).as_dict(), "state": "successful",
        "task_type": "Static", "run_type": entry["parameters"]["run_type"],
        "output": {"energy": energy},
        "input": {"parameters": {"NSW": 0, "ENMAX": 520.0}, "hubbards": {},
                  "potcar_spec": specification},
    } | changed  # fmt: skip


@pytest.fixture
def store():
    from maggma.stores import MemoryStore

    store = MemoryStore()
    store.connect()
    outputs = [
        task("Li2SO4", -35.0),
        task("LiCl", -7.0, entry=None),
        task("CoO", -12.0),
        task("Li2O", state="failed"),
        task("Li2O", task_type="NSCF Line"),
        task("Li2O", input={"parameters": DYNAMICS}),
        {"number": 1},
    ]
    store.update(
        [{"uuid": f"job-{n}", "index": 1, "name": "static", "output": output}
         for n, output in enumerate(outputs)],
        key="uuid",
    )  # fmt: skip
    yield store
    store.close()


def test_a_job_store_is_read_with_structures(store):
    reading = from_store(store, {"name": "static"})
    assert [entry.id for entry in reading.entries] == ["job-0", "job-1", "job-2"]
    assert [entry.formula.text for entry in reading.entries] == ["Li2SO4", "LiCl", "CoO"]
    reasons = " ".join(map(str, reading.refused))
    for part in ("task is failed", "'NSCF Line'", "molecular dynamics", "no VASP task"):
        assert part in reasons
    sulfate, chloride, _ = correct(check(entry, SCHEME) for entry in reading.entries)
    assert [a.name for a in sulfate.adjustments] == ["oxide", "sulfate"]
    assert [a.name for a in chloride.adjustments] == ["Cl"]
    assert sulfate.origin == "job static job-0"


def test_a_job_store_behind_jobflow_is_read(store):
    from jobflow import JobStore

    (entry,) = from_store(JobStore(store), {"uuid": "job-0"}).all()
    assert entry.energy_per_atom == pytest.approx(-5.0)


def test_a_query_that_nothing_answers_says_so(store):
    with pytest.raises(InputError, match=r"no document of the job store answers"):
        from_store(store, {"name": "relax"})


# ---------------------------------------------------------------- checking


@pytest.mark.parametrize(
    ("entry", "error", "match"),
    [
        (own("CoO", hubbards={"Co": 4.0}), InputError,
         r"own-CoO .* has U\(Co\) = 4 eV, expected 3\.32 eV beside O or F"),
        (own("CoO", hubbards={}), InputError, r"has U\(Co\) = 0 eV, expected 3\.32 eV"),
        (own("CoO", hubbards=None, run_type="GGA"), InputError, r"U\(Co\) = 0 eV, expected 3\.32"),
        (own("CoS", hubbards=U_CO), InputError, r"U\(Co\) = 3\.32 eV, expected 0 eV here"),
        (own("Co", hubbards=U_CO), InputError, r"U\(Co\) = 3\.32 eV, expected 0 eV here"),
        (own("CoO", LDAUTYPE=1), InputError, r"LDAUTYPE = 1, expected 2"),
        (own("CoO", LDAUTYPE=[4]), InputError, r"LDAUTYPE = 4, expected 2"),
        (own("CoO", LDAUL=[3, 0], LDAUU=[3.32, 0]), InputError, r"LDAUL = 3, expected 2"),
        (own("Li2O", run_type="PBEsol"), SchemeMixError, r"calculated with PBEsol, expected GGA"),
        (own("Li2O", run_type="GGA+vdW-DFT-D3"), SchemeMixError, r"with GGA\+vdW-DFT-D3"),
        (own("Li2O", run_type="R2SCAN"), SchemeMixError, r"calculated with r2SCAN, expected GGA"),
        (own("Li2O", potcar_symbols=["PAW Li_sv 01Jan2000", "PAW O 01Jan2000"]), InputError,
         r"POTCAR of the family LDA \(PAW Li_sv 01Jan2000\), expected PBE"),
        (own("Li2O", potcar_symbols=["PAW_PBE Li 01Jan2000", "PAW_PBE O 01Jan2000"]), InputError,
         r"has the POTCAR Li, expected Li_sv"),
        (own("Li2O", potcar_symbols=["PAW_PBE O 01Jan2000"]), InputError, r"expected Li_sv"),
        (own("Li2O", potcar_symbols=["Li_sv", "O"]), InputError, r"family unknown \(Li_sv\)"),
    ],
)  # fmt: skip
def test_what_disagrees_with_the_scheme_is_refused(entry, error, match):
    with pytest.raises(error, match=match):
        check(entry, SCHEME)


def test_the_functional_of_an_lda_potcar_is_not_hidden_by_the_run_type(tmp_path):
    titles = ["PAW Li_sv 01Jan2000", "PAW O 01Jan2000"]
    (entry,) = read_own(write_run(tmp_path / "lda", vasprun("Li2O", titles=titles)))
    assert entry.run_type == "GGA"  # as pymatgen reads GGA = --
    with pytest.raises(InputError, match=r"family LDA"):
        check(entry, SCHEME)


def test_r2scan_runs_are_told_from_gga(tmp_path):
    (entry,) = read_own(write_run(tmp_path / "scan", vasprun("Li2O", tags={"METAGGA": "R2SCAN"})))
    assert entry.run_type == "r2SCAN"
    with pytest.raises(SchemeMixError, match=r"calculated with r2SCAN, expected GGA or GGA\+U"):
        check(entry, SCHEME)


R2SCAN = "MP r2SCAN"


def r2scan(name, energy=-10.0, **keywords):
    """An entry as MP's r2SCAN Makers leave it: no U, POTCARs of MPScanRelaxSet."""
    potcars = {"Li2O": ["Li_sv", "O"], "CoO": ["Co", "O"], "Li": ["Li_sv"], "O2": ["O"]}
    titles = [f"PAW_PBE {symbol} 01Jan2000" for symbol in potcars[name]]
    as_run = {"run_type": "R2SCAN", "hubbards": {}, "potcar_symbols": titles}
    return own(name, energy, **as_run | keywords)


def test_r2scan_entries_belong_to_the_r2scan_set_without_corrections():
    rows = [("a", "Li", 0.0), ("b", "O2", 0.0), ("c", "Co", 0.0)]
    phases = PhaseSet.from_rows(rows, scheme=R2SCAN, source="made up")
    totals = {"Li": -2.3, "O": -6.1, "Co": -14.2}
    joined = join(phases, [r2scan("Li2O", -16.0), r2scan("CoO", -23.0)], references=totals)
    assert joined.scheme == R2SCAN
    energies = dict(zip(joined.ids, map(float, joined.energies), strict=True))
    assert energies["own-Li2O"] == pytest.approx((-16.0 + 2 * 2.3 + 6.1) / 3)
    assert energies["own-CoO"] == pytest.approx((-23.0 + 14.2 + 6.1) / 2)  # no U, no correction
    assert any("Corrections of own entries: none" in note for note in joined.notes)


@pytest.mark.parametrize(
    ("entry", "match"),
    [
        (own("Li2O"), "calculated with GGA, expected r2SCAN"),
        (own("CoO"), r"calculated with GGA\+U, expected r2SCAN"),
        (r2scan("CoO", hubbards={"Co": 3.32}), "r2SCAN"),
        (r2scan("Li2O", potcar_symbols=["PAW_PBE Li 01Jan2000", "PAW_PBE O 01Jan2000"]), "Li_sv"),
    ],
)
def test_a_pbe_energy_beside_an_r2scan_set_is_refused(entry, match):
    with pytest.raises(InterfaceError, match=match) as refused:
        check(entry, R2SCAN)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "scheme", [SCHEMES["GGA_GGA+U_R2SCAN"], "MP legacy 2019", "as in x.csv", "GGA/GGA+U"]
)
def test_a_scheme_without_these_corrections_cannot_be_joined(scheme):
    for entry in (own("Li2O"), r2scan("Li2O")):
        with pytest.raises(SchemeMixError, match=r"the set's scheme is"):
            check(entry, scheme)


@pytest.mark.parametrize(
    ("name", "missing", "what"),
    [("CoO", {"run_type": None}, "functional"), ("CoO", {"hubbards": None}, "hubbards"),
     ("CoO", {"potcar_symbols": None}, "potcars")],
)  # fmt: skip
def test_the_unknown_is_refused_unless_assumed_and_then_recorded(name, missing, what):
    entry = own(name, **missing)
    with pytest.raises(InputError, match=rf"does not say its .* \(assume '{what}'\)"):
        check(entry, SCHEME)
    checked = check(entry, SCHEME, assume=[what])
    assert any("assumed" in note for note in checked.notes)
    assert checked.run_type == "GGA+U"
    (corrected,) = correct([checked])
    (usual,) = correct([check(own(name), SCHEME)])
    assert corrected.correction_per_atom == usual.correction_per_atom
    with pytest.raises(InputError, match=r"cannot assume everything"):
        check(entry, SCHEME, assume=["everything"])


def test_an_assumption_does_not_excuse_a_disagreement():
    with pytest.raises(InputError, match=r"U\(Co\) = 4"):
        check(own("CoO", hubbards={"Co": 4.0}), SCHEME, assume=["hubbards"])


def test_names_of_the_same_functional_are_one():
    for run_type in ("GGA", "PBE", "PBE+U", "GGA+vdW-no-correction"):
        assert own("Li2O", run_type=run_type).run_type == "GGA"
    assert check(own("CoO", hubbards={"Co": 4.32 - 1.0, "O": 0.0}), SCHEME).run_type == "GGA+U"


def test_u_settings_of_either_vasp_are_accepted():
    for kind in (2, [2], 2.0):
        entry = own("CoO", LDAUTYPE=kind, LDAUL=[2, 0], LDAUU=[3.32, 0.0])
        assert check(entry, SCHEME).run_type == "GGA+U"


def test_a_low_cut_off_is_noted():
    (note,) = check(own("Li2O", ENMAX=400.0), SCHEME).notes
    assert note == "plane-wave cut-off 400 eV, the set has 520 eV"


def test_u_values_and_potcars_are_those_of_the_relax_set():
    from interfaces.structures.hubbard_u import expected_hubbards
    from workflows.data.own_dft.compatibility import family

    assert expected_hubbards(own("CoO").formula.elements) == U_CO
    assert expected_hubbards(own("CoS").formula.elements) == {}
    assert expected_hubbards(own("Co").formula.elements) == {}
    titles = ("PAW_PBE O", "PBE O", "PBE_54 O", "PAW O 1", "PAW_GGA O", "O")
    assert [family(t) for t in titles] == ["PBE", "PBE", "PBE", "LDA", "PW91", "unknown"]


# ---------------------------------------------------------------- correcting


@pytest.mark.parametrize(
    ("name", "corrections"),
    [  # name, corrected atoms in the cell, eV each: MP2020 (doi 10.1038/s41598-021-94550-5)
        ("Li", []),
        ("O2", []),
        ("Li2O", [("oxide", 1, -0.687)]),
        ("Li2O2", [("peroxide", 2, -0.465)]),
        ("LiO2", [("superoxide", 2, -0.161)]),
        ("Li2S", [("sulfide", 1, -0.503)]),
        ("Li2SO4", [("oxide", 4, -0.687), ("sulfate", 1, 0.0)]),
        ("LiCl", [("Cl", 1, -0.614)]),
        ("CoO", [("oxide", 1, -0.687), ("U of Co", 1, -1.638)]),
        ("CoS", [("sulfide", 1, -0.503)]),
    ],
)
def test_corrections_are_named_with_their_atoms(name, corrections):
    entry = own(name, -10.0)
    (done,) = correct([check(entry, SCHEME)])
    values = [(a.name, a.atoms, round(a.per_corrected_atom, 9)) for a in done.adjustments]
    assert values == corrections
    total = sum(atoms * each for _, atoms, each in corrections)
    n_atoms = len(CELLS[name][1])
    assert done.correction_per_atom == pytest.approx(total / n_atoms)
    assert done.corrected_energy_per_atom == pytest.approx((-10.0 + total) / n_atoms)
    assert done.corrected_by.startswith("MaterialsProject2020Compatibility, pymatgen 20")
    assert correct([done]) == (done,)
    assert entry.computed.energy_adjustments == []  # the entry as read is not touched


def test_the_corrected_energy_is_that_of_pymatgen():
    from pymatgen.entries.compatibility import MaterialsProject2020Compatibility

    entries = [own(name) for name in CELLS]
    own_values = {e.id: e.corrected_energy_per_atom for e in correct(entries)}
    for entry in entries:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scheme = MaterialsProject2020Compatibility()
            theirs = scheme.process_entry(entry.computed, inplace=False)
        assert own_values[entry.id] == pytest.approx(theirs.energy_per_atom, abs=1e-12)


def test_without_a_structure_the_formula_decides_on_peroxides_and_a_note_says_so():
    (oxide, peroxide) = correct([own("Li2O", bare=True), own("Li2O2", bare=True)])
    assert oxide.notes == (
        "oxide by its formula: no structure and no data['oxide_type'] to see an O-O bond in",
    )
    assert peroxide.notes[0].startswith("peroxide by its formula")
    (corrected,) = correct([own("Li2O2", bare=True, data={"oxide_type": "superoxide"})])
    assert [a.name for a in corrected.adjustments] == ["superoxide"]
    assert corrected.notes == ()


def test_an_oxide_type_that_the_structure_denies_is_noted():
    (entry,) = correct([own("Li2O2", data={"oxide_type": "superoxide"})])
    assert [a.name for a in entry.adjustments] == ["superoxide"]
    assert entry.notes == (
        "2 O x -0.161 eV: data['oxide_type'] is superoxide, but peroxide by the O-O distances",
    )


def test_a_sulfate_without_structure_is_not_taken_for_a_sulfide():
    with pytest.raises(InputError, match=r"S beside O and no structure: sulfide .* and sulfate"):
        correct([own("Li2SO4", bare=True)])
    (corrected,) = correct([own("Li2SO4", bare=True, data={"sulfide_type": "sulfate"})])
    assert [a.name for a in corrected.adjustments] == ["oxide", "sulfate"]
    (sulfide,) = correct([own("Li2S", bare=True)])
    assert [a.name for a in sulfide.adjustments] == ["sulfide"]


def test_what_pymatgen_refuses_keeps_its_reason():
    with pytest.raises(InputError, match=r"own-CoO .*Compatibility: Invalid U value of 4.0 on Co"):
        correct([own("CoO", hubbards={"Co": 4.0})])
    with pytest.raises(InputError, match=r"does not say its functional or U values"):
        correct([own("CoO", hubbards=None)])


# ---------------------------------------------------------------- showing


def test_rows_show_the_assignment():
    before, after = show([own("CoO"), *correct([own("CoO")])])
    assert before["corrections"] == "not corrected yet"
    assert after["corrections"] == "oxide: 1 x -0.687, U of Co: 1 x -1.638"
    assert after["corrected_energy_ev_per_atom"] == pytest.approx((-10 - 0.687 - 1.638) / 2)
    (sulfate, element) = show(correct([own("Li2SO4"), own("Li")]))
    assert sulfate["corrections"] == "oxide: 4 x -0.687, sulfate: 1 x 0"
    assert element["corrections"] == "none"


# ---------------------------------------------------------------- joining

# Round total energies [eV/atom] of made-up elements, and what the set holds.
ELEMENTS = {"Li": -2.0, "O": -5.0, "S": -4.0, "Co": -7.0}


@pytest.fixture
def phases():
    rows = [("li", "Li", 0.0), ("o", "O2", 0.0), ("s", "S", 0.0), ("co", "Co", 0.0),
            ("li2o", "Li2O", -2.0), ("li2s", "Li2S", -1.5)]  # fmt: skip
    return PhaseSet.from_rows(rows, scheme=SCHEME, source="set")


def own_at(name, formation, **keywords):
    """An own entry whose corrected energy is a given formation energy [eV/atom]."""
    n_atoms = len(CELLS[name][1])
    zero = sum(ELEMENTS[element] for element, _ in CELLS[name][1])
    probe = correct([own(name, 0.0, **keywords)])[0]
    energy = n_atoms * (formation - probe.correction_per_atom) + zero
    return own(name, energy, **keywords)


def elemental():
    return [own_at(name, 0.0) for name in ("Li", "O2", "S", "Co")]


@pytest.mark.parametrize("references", [ELEMENTS, None])
def test_a_joined_entry_stands_where_its_energy_says(phases, references):
    entries = [own_at("Li2O2", -1.6), own_at("CoO", -1.0)]
    entries += elemental() if references is None else []
    joined = join(phases, entries, references=references)
    assert joined.hull_energy("Li2O2") == pytest.approx(-1.6)
    # Li2O2 -> Li2O + O: 3/4 of the atoms at -2.0, so -1.5; 0.1 below it
    assert phases.hull_energy("Li2O2") == pytest.approx(-1.5)
    assert joined.hull_energy("LiO2") == pytest.approx(-1.6 * 2 / 3)
    assert joined.hull_energy("CoO") == pytest.approx(-1.0)
    assert joined.scheme == SCHEME
    for element in ELEMENTS:
        assert joined.hull_energy(element) == 0.0


def test_energy_above_hull_by_hand(phases):
    joined = join(phases, [own_at("Li2O2", -1.45)], references=ELEMENTS)
    assert joined.energy_above_hull("Li2O2") == pytest.approx(0.05)
    assert joined.energy_above_hull("Li2O") == 0.0
    with_polymorph = join(phases, [own_at("Li2O", -1.9)], references=ELEMENTS)
    above = dict(zip(with_polymorph.ids, with_polymorph.energies_above_hull(), strict=True))
    assert above["own-Li2O"] == pytest.approx(0.1)


def test_source_and_notes_say_what_joined(phases):
    low = own_at("Li2O", -1.95)
    joined = join(replace(phases, notes=("first",)), [low, *elemental()[:1]],
                  references={"O": -5.0})  # fmt: skip
    assert joined.source == "set with 2 own entries"
    assert joined.notes[0] == "first"
    text = "\n".join(joined.notes)
    assert "Own entries: 2, from made up Li, made up Li2O." in text
    assert "Compatibility, pymatgen 20" in text
    assert "Li own, O -5.0000 given" in text
    assert "Own minus set at the same composition: +50 to +50 meV/atom (1 own entries)." in text
    assert joined.volumes is not None
    assert joined.volumes[joined.ids.index("own-Li2O")] == pytest.approx(3.3**3 / 3)


def test_joining_what_the_set_holds_changes_nothing(phases):
    own_twins = [*elemental(), own_at("Li2O", -2.0), own_at("Li2S", -1.5)]
    for references in (ELEMENTS, None):
        joined = join(phases, own_twins, references=references)
        assert list(joined.energies[: len(phases)]) == list(phases.energies)
        for formula in ("Li2O", "Li2O2", "Li2S", "LiCoO2", "Li2SO4", "Li", "Co3S4"):
            assert joined.hull_energy(formula) == pytest.approx(
                phases.hull_energy(formula), abs=1e-12
            )
        assert joined.energies_above_hull() == pytest.approx([0.0] * 12, abs=1e-12)


def test_joining_brings_an_element_that_the_set_lacks():
    rows = [("li", "Li", 0.0), ("o", "O2", 0.0)]
    phases = PhaseSet.from_rows(rows, scheme=SCHEME, source="set")
    cobalt = own("Co", -6.9)  # its own zero, whatever the references say
    joined = join(phases, [own_at("CoO", -1.0), cobalt], references=ELEMENTS)
    assert joined.hull_energy("Co") == 0.0
    assert joined.hull_energy("CoO") == pytest.approx(-1.0 - 0.05)
    assert "References of own entries [eV/atom]: Co own, O -5.0000 given." in joined.notes
    with pytest.raises(MissingElementError, match=r"set has no entry of elemental Co"):
        join(phases, [own_at("CoO", -1.0)], references=ELEMENTS)


def test_a_missing_reference_is_named(phases):
    with pytest.raises(MissingElementError, match=r"own-Li2O .* needs the total energy of Li"):
        join(phases, [own_at("Li2O", -2.0), own_at("O2", 0.0)])


def test_a_repeated_id_is_refused(phases):
    with pytest.raises(RepeatedIdError, match=r"id li2o of made up Li2O is in set already"):
        join(phases, [own_at("Li2O", -2.0, identifier="li2o")], references=ELEMENTS)
    twice = [own_at("Li2O", -2.0), own_at("Li2O", -1.9)]
    with pytest.raises(RepeatedIdError, match=r"is in made up Li2O already"):
        join(phases, twice, references=ELEMENTS)


def test_references_of_another_scale_are_refused(phases):
    with pytest.raises(InputError, match=r"formation energy -.* eV/atom with the references"):
        join(phases, [own("Li2O", -50.0)], references=ELEMENTS)
    low = [own_at("Li2O", -2.0), own("Li", -4.2)]
    with pytest.raises(InputError, match=r"own Li at -2\.1000 eV/atom lies below its reference"):
        join(phases, low, references=ELEMENTS)


def test_a_set_that_stands_in_is_joined_only_on_request(phases):
    surrogate = replace(phases, scheme="SevenNet 7net-l3i5 for PBE(+U), MaterialsProject2020")
    entries = [own_at("Li2O2", -1.6)]
    with pytest.raises(SchemeMixError, match=r"surrogate for DFT.*allow_mixed"):
        join(surrogate, entries, references=ELEMENTS)
    joined = join(surrogate, entries, references=ELEMENTS, allow_mixed=True)
    assert joined.scheme.endswith("+ own DFT (mixed on request)")


def test_joining_needs_entries_at_zero_kelvin(phases):
    with pytest.raises(InputError, match=r"no own entries to join"):
        join(phases, [], references=ELEMENTS)
    with pytest.raises(TemperatureError, match=r"Gibbs energies at 300 K"):
        join(replace(phases, temperature=300.0), [own_at("Li2O", -2.0)], references=ELEMENTS)


def test_joining_checks_every_entry(phases):
    with pytest.raises(SchemeMixError, match=r"r2SCAN"):
        join(phases, [own("Li2O", run_type="R2SCAN")], references=ELEMENTS)
    bare = own("Li2O", -14.0, potcar_symbols=None)
    joined = join(phases, [bare], references=ELEMENTS, assume=["potcars"])
    assert any("own-Li2O (Li2O): POTCARs assumed" in note for note in joined.notes)


def test_references_come_from_rows_of_total_energies(phases):
    rows = [("a", "Li", -1.9), ("b", "Li3", -2.0), ("c", "O2", -5.0, 12.0), ("d", "Li2O", -4.0)]
    assert references_of(rows) == {"Li": -2.0, "O": -5.0}
    with pytest.raises(InputError, match=r"reference of Li is 0 eV/atom, not a total energy"):
        references_of([("a", "Li", 0.0)])
    with pytest.raises(InputError, match=r"reference of O is nan eV/atom"):
        join(phases, [own_at("Li2O", -2.0)], references={"Li": -2.0, "O": float("nan")})
