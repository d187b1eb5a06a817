"""What a VASP run was, from each format, and what it may serve as: the same at every door."""

from __future__ import annotations

import json

import pytest

from interfaces.errors import InputError, InterfaceError, SchemeMixError
from interfaces.phases.phase_set import PhaseSet
from tests.vasp_runs import vasprun, write_run
from tests.workflows.data.own_dft.test_own_entries import (
    ELEMENTS,
    SCHEME,
    U_CO,
    entry_dict,
    own,
    own_at,
    task,
)
from workflows.analyses.phase_set_tables import print_own
from workflows.data.own_dft import check, from_store, join, read_own, survey
from workflows.data.phase_sets import read_phases
from workflows.data.vasp_runs.run_checks import check_run, require
from workflows.data.vasp_runs.run_readers import read_settings, settings_of_entry, settings_of_task
from workflows.data.vasp_runs.run_settings import RunSettings
from workflows.io.mock_mark import MOCK_SCHEME

OUTCAR = """\
 vasp.5.4.4.18Apr17 complex
   TITEL  = PAW_PBE Li_sv 10Sep2004
   POMASS =    7.010; ZVAL   =    3.000    mass and valenz
   ENMAX  =  499.034; ENMIN  =  374.276 eV
   TITEL  = PAW_PBE Cl 06Sep2000
   ions per type =               1   1
   LSORBIT =      {soc}    spin-orbit coupling
   ENCUT  =  520.0 eV  38.22 Ry    6.18 a.u.
   NELM   =    100;   NELMIN=  2; NELMDL= -5     # of ELM steps
   NSW    =     {nsw}    number of steps for IOM
   NBLOCK =      4;   KBLOCK =     99    inner block; outer block
   IBRION =      {ibrion}    ionic relax: 0-MD 1-quasi-New 2-CG
   POTIM  = 2.0000    time-step for ionic-motion
   TEBEG  =  300.0;   TEEND  = 300.0 temperature during run
   ZVAL   =   3.00  7.00
   NELECT =      {nelect}    total number of electrons
 LDA+U is selected, type is set to LDAUTYPE =  2
--------------------------------------- Iteration      1(   1)
   NELECT =       1.0000
"""


def store(*documents):
    from maggma.stores import MemoryStore

    memory = MemoryStore(key="uuid")
    memory.connect()
    memory.update([{"uuid": f"job-{n}", "index": 1, "output": d} for n, d in enumerate(documents)])
    return memory


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize("vasp5", [True, False])
def test_u_values_are_read_from_scalars_and_vectors(tmp_path, vasp5):
    folder = write_run(tmp_path, vasprun("CoO", -12.0, hubbards=U_CO, vasp5=vasp5))
    settings = read_settings(folder / "vasprun.xml")
    assert settings.number("LDAUTYPE", 0) == 2
    assert settings.hubbards == (("Co", 3.32),)
    assert settings.charge == 0
    (entry,) = read_own(folder)
    assert check(entry, SCHEME).run_type == "GGA+U"


def test_a_vasprun_says_what_it_was_before_its_first_step(tmp_path):
    text = vasprun("Li2O", tags={"IBRION": 0, "NSW": 9, "POTIM": 1.5})
    write_run(tmp_path, text[: text.index("<calculation>") + 30])
    settings = read_settings(tmp_path / "vasprun.xml")
    assert (settings.time_step, settings.steps, settings.neutral_electrons) == (1.5, 9, 12.0)
    assert check_run(settings, "dynamics").refusals == ()


def test_the_first_of_two_values_counts(tmp_path):
    again = '<separator name="response functions"><i type="int" name="NELM">1</i></separator>'
    text = vasprun("Li2O").replace("</parameters>", f"{again}</parameters>")
    (entry,) = read_own(write_run(tmp_path, text))  # two electronic steps of 60
    assert entry.settings.electronic_convergence


@pytest.mark.parametrize(("ibrion", "refused"), [(0, False), (1, True), (2, True), (6, True)])
def test_an_outcar_says_whether_its_steps_are_time(tmp_path, ibrion, refused):
    path = tmp_path / "OUTCAR"
    path.write_text(OUTCAR.format(soc="F", nsw=50, ibrion=ibrion, nelect="10.0000"))
    settings = read_settings(path)
    assert settings.cutoff == 520.0
    assert settings.charge == 0
    assert settings.number("LDAUTYPE", 0) == 2
    assert settings.time_step == (None if refused else 2.0)
    assert settings.output_interval == 4
    assert bool(check_run(settings, "dynamics").refusals) == refused


def test_an_outcar_of_a_charged_cell_with_spin_orbit(tmp_path):
    path = tmp_path / "OUTCAR"
    path.write_text(OUTCAR.format(soc="T", nsw=0, ibrion=-1, nelect=" 9.0000"))
    reasons = " ".join(check_run(read_settings(path), "energy").refusals)
    assert "NELECT = 9" in reasons
    assert "LSORBIT" in reasons


def test_an_incar_says_what_moves_the_atoms(tmp_path):
    path = tmp_path / "INCAR"
    path.write_text("IBRION = 0\nNSW = 10\nPOTIM = 2\nML_LMLFF = .TRUE.\nML_MODE = run\n"
                    "ML_OUTBLOCK = 5\n")  # fmt: skip
    settings = read_settings(path)
    assert settings.prediction_only
    assert settings.output_interval == 5
    assert check_run(settings, "energy").refusals
    path.write_text("ML_LMLFF = T\nML_MODE = refit\nIBRION = 0\nNSW = 10\n")
    with pytest.raises(InputError, match="fitted"):
        require(read_settings(path), "dynamics")
    with pytest.raises(InputError, match="no vasprun"):
        read_settings(tmp_path / "POSCAR")


def test_a_number_that_fortran_could_not_write_is_an_error():
    with pytest.raises(InputError, match="not a number"):
        RunSettings("a", {"NELECT": "********"}, neutral_electrons=4.0).charge  # noqa: B018


# ---------------------------------------------------------------- the list of checks

REFUSED = [
    ({"NELECT": 13.0}, {}, "NELECT"),
    ({"LSORBIT": True}, {}, "LSORBIT"),
    ({"LNONCOLLINEAR": True}, {}, "LNONCOLLINEAR"),
    ({"EFIELD": 0.1}, {}, "field"),
    ({}, {"EFIELD_PEAD": [0.0, 0.0, 0.1]}, "field"),
    ({"PSTRESS": 500.0}, {}, "PSTRESS"),
    ({"LCHIMAG": True}, {}, "NMR"),
    ({}, {"LEFG": True}, "NMR"),
    ({"LEPSILON": True}, {}, "dielectric"),
    ({}, {"ALGO": "BSE"}, "ALGO"),
    ({}, {"ALGO": " Gw0"}, "ALGO"),
    ({}, {"ALGO": "Chi"}, "ALGO"),
    ({}, {"ALGO": "None"}, "ALGO"),
    ({"IVDW": 12}, {}, "IVDW"),
    ({}, {"LVDW": True}, "LVDW"),
    ({"LUSE_VDW": True}, {}, "LUSE_VDW"),
    ({"I_CONSTRAINED_M": 2}, {}, "I_CONSTRAINED_M"),
    ({}, {"LSOL": True}, "solvent"),
    ({"ISMEAR": -2}, {}, "occupations"),
    ({"ICORELEVEL": 2}, {}, "core hole"),
    ({}, {"ML_LMLFF": True}, "ML_LMLFF"),
]


@pytest.mark.parametrize("vasp5", [True, False])
@pytest.mark.parametrize(("tags", "incar", "word"), REFUSED)
def test_no_door_lets_a_run_pass_that_is_no_phase(tmp_path, tags, incar, word, vasp5):
    text = vasprun("Li2O", -14.0, tags=tags, incar=incar, vasp5=vasp5)
    write_run(tmp_path / "bad", text)
    with pytest.raises(InputError, match=word):
        read_own(tmp_path)
    document = task("Li2O", -14.0)
    document["input"]["parameters"] |= tags
    document["input"]["incar"] = incar
    assert word in str(from_store(store(document)).refused[0])
    entry = entry_dict("Li2O", -14.0, **tags, **incar)
    assert any(word in r for r in check_run(settings_of_entry(entry, "a"), "energy").refusals)


def test_a_dispersion_correction_without_a_tag_is_seen_in_the_energies(tmp_path):
    write_run(tmp_path, vasprun("Li2O", -14.0, more=-0.9))
    with pytest.raises(InputError, match="dispersion"):
        read_own(tmp_path)


@pytest.mark.parametrize("word", ["Normal", "Fast", " VeryFast", "All", "Damped", "Exact", "n", ""])
def test_self_consistent_algorithms_are_no_reason(word):
    assert check_run(RunSettings("a", {"ALGO": word}), "energy").refusals == ()


@pytest.mark.parametrize(("energy", "noted"), [(711.3, True), (-40.0, True), (-7.5, False)])
def test_an_impossible_energy_is_noted(energy, noted):
    assert bool(check_run(RunSettings("a", energy=energy), "energy").notes) == noted


def test_an_impossible_element_is_no_reference():
    phases = PhaseSet.from_rows([("li", "Li", 0.0), ("o", "O2", 0.0)], scheme=SCHEME, source="set")
    with pytest.raises(InputError, match="no element has"):
        join(phases, [own("Li", 1400.0), own_at("O2", 0.0)], references=ELEMENTS)


def test_what_is_refused_as_an_energy_is_noted_of_other_uses():
    charged = RunSettings("a", {"NELECT": 9.0, "IBRION": 0, "NSW": 9}, neutral_electrons=10.0)
    assert "NELECT" in check_run(charged, "dynamics").notes[0]
    ramp = RunSettings("a", {"IBRION": 0, "NSW": 9, "TEBEG": 300.0, "TEEND": 900.0})
    assert "900" in require(ramp, "dynamics")[0]
    assert any("ICHARG" in n for n in check_run(RunSettings("a", {"ICHARG": 11}), "dos").notes)


def test_the_type_of_a_task_is_a_reason():
    document = task("Li2O", task_type="NSCF Uniform")
    reasons = check_run(settings_of_task(document, "job"), "energy").refusals
    assert "NSCF Uniform" in reasons[0]


# ---------------------------------------------------------------- the list of runs


def test_every_run_is_listed_whatever_comes_first(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    write_run(tmp_path / "a", vasprun("Li2O", -14.0, tags={"METAGGA": "R2SCAN"}))
    write_run(tmp_path / "b", vasprun("Li", -4.0))
    write_run(tmp_path / "c", vasprun("Li2O", -14.0, tags={"ENMAX": 400.0}))
    write_run(tmp_path / "d", vasprun("Li2O", scf=60))
    print_own(tmp_path)
    lines = capsys.readouterr().out.splitlines()
    for words in ("b Li -2.0", "c Li2O 400", "refused a/vasprun.xml r2SCAN", "refused unconverged"):
        assert any(all(word in line for word in words.split()) for line in lines), words
    with pytest.raises(InputError, match="unconverged"):
        print_own(tmp_path / "d")


# ---------------------------------------------------------------- mock energies

MOCK_TITLES = ["PAW_PBE Li_sv 01Jan2000 MOCK", "PAW_PBE O 01Jan2000 MOCK"]


def mock_run(folder):
    text = vasprun("Li2O", -14.0, titles=MOCK_TITLES)
    system = "MOCK - made-up energies, not VASP"
    return write_run(
        folder,
        text.replace("<generator>", f"<generator><i type='string' name='program'>{system}</i>"),
    )


def mock_doors(tmp_path):
    """The made-up energy behind each door: a run, two entries, two documents."""
    yield from survey(mock_run(tmp_path)).entries
    entries = [
        entry_dict("Li2O", -14.0, potcar_symbols=MOCK_TITLES),
        entry_dict("Li2O", -14.0, data={"mocked": True}, identifier="b"),
    ]
    (tmp_path / "own.json").write_text(json.dumps(entries))
    yield from survey(tmp_path / "own.json").entries
    documents = [
        task("Li2O", -14.0, calcs_reversed=[{"vasp_version": "6.4.2-MOCK"}]),
        task("Li2O", -14.0, entry=entries[0]),
    ]
    yield from from_store(store(*documents)).entries


def test_a_mock_energy_is_refused_behind_every_door_and_welcome_in_its_own_set(tmp_path):
    rows = [("li", "Li", 0.0), ("o", "O2", 0.0)]
    real = PhaseSet.from_rows(rows, scheme=SCHEME, source="set")
    mock = PhaseSet.from_rows(rows, scheme=MOCK_SCHEME, source="set")
    entries = list(mock_doors(tmp_path))
    assert len(entries) == 5
    for entry in entries:
        assert entry.mocked
        with pytest.raises(SchemeMixError, match="MOCK"):
            join(real, [entry], references=ELEMENTS)
        with pytest.raises(InterfaceError, match="MOCK"):
            join(real, [entry], references=ELEMENTS, allow_mixed=True)
        assert join(mock, [entry], references=ELEMENTS).scheme == MOCK_SCHEME
    with pytest.raises(SchemeMixError, match="MOCK"):
        join(mock, [own("Li2O", -14.0)], references=ELEMENTS)
    with pytest.raises(InputError, match="MOCK"):
        print_own(tmp_path)


def test_energies_of_other_calculators_are_no_vasp_tasks():
    for document in ({"forcefield_name": "MockCalculator"}, {"ase_calculator_name": "mock"},
                     {"forcefield_name": "CHGNet"}):  # fmt: skip
        (refusal,) = from_store(store(task("Li2O", -14.0, **document))).refused
        assert "not of VASP" in refusal.reason


def test_files_of_mock_energies_keep_their_mark(tmp_path):
    entries, table = tmp_path / "set.json", tmp_path / "set.csv"
    elements = [entry_dict(name, -4.0, data={"mocked": True}) for name in ("Li", "O2")]
    entries.write_text(json.dumps(elements))
    table.write_text(f'id,formula,formation_energy_per_atom,scheme\na,Li,0,"{MOCK_SCHEME}"\n')
    for path in (entries, table):
        assert read_phases(path).scheme == MOCK_SCHEME
        assert read_phases(path, scheme=MOCK_SCHEME).scheme == MOCK_SCHEME
        with pytest.raises(SchemeMixError, match="MOCK"):
            read_phases(path, scheme=SCHEME)
