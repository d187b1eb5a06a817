"""The fake executable in process: what it refuses, what it writes, how it fails."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from interfaces.errors import InputError
from tests.vasp_files import POSCAR, POTCAR, POTENTIALS, potential
from workflows.calculators import vasp_stops
from workflows.calculators.mock.electrons import SCF_STEPS
from workflows.calculators.mock.failures import MODES, behaviour, count_run
from workflows.calculators.mock.input_errors import RULES
from workflows.calculators.mock.mock_readers import (
    RefusedError,
    read_incar,
    read_inputs,
    read_poscar,
)
from workflows.calculators.mock.vasp_std import OUTPUTS, run
from workflows.io.mock_mark import MARK, SYSTEM, is_mock

ROOT = Path(__file__).resolve().parents[4]
SCRIPT = ROOT / "workflows" / "calculators" / "mock" / "vasp_std.py"

INCAR = {"ENCUT": "520", "ISPIN": "2", "MAGMOM": "4*0.6", "LORBIT": "11", "ISMEAR": "0",
         "SIGMA": "0.05", "LDAU": ".TRUE.", "LDAUL": "-1 2 -1", "LDAUU": "0 3.32 0",
         "LDAUJ": "3*0"}  # fmt: skip
RELAX = {"NSW": "80", "IBRION": "2", "ISIF": "3", "EDIFFG": "-0.01"}
DYNAMICS = {"NSW": "10", "IBRION": "0", "POTIM": "1.0", "TEBEG": "300"}


def write(
    folder, *, poscar=POSCAR, kpoints="mesh\n0\nGamma\n3 3 3\n", potcar=None, drop=(), **tags
):
    """A folder with good inputs, but for what is said."""
    values = INCAR | tags
    text = "\n".join(f"{tag} = {value}" for tag, value in values.items() if value is not None)
    files = {
        "INCAR": text + "\n",
        "POSCAR": poscar,
        "KPOINTS": kpoints,
        "POTCAR": potcar or POTCAR,
    }
    for name, content in files.items():
        if name not in drop:
            (folder / name).write_text(content)
    return folder


def go(folder, environment=None):
    """Run in process: exit status and what VASP would print."""
    screen = io.StringIO()
    status = run(folder, environment or {}, screen)
    return status, screen.getvalue()


def vasprun(folder, **keywords):
    pytest.importorskip("pymatgen.io.vasp")
    from pymatgen.io.vasp import Vasprun

    return Vasprun(folder / "vasprun.xml", parse_potcar_file=False, **keywords)


# -- what is refused -------------------------------------------------------------------------

THIN = POSCAR.replace("1.42 0.819837 4.683333", "1.42 0.819837 0.0")
LEFT = POSCAR.replace("1.42 0.819837 4.683333", "1.42 0.819837 -4.683333")
CLOSE = POSCAR.replace("0.74 0.74 0.78", "0.27 0.27 0.22")
ORDER = "".join(potential(*row) for row in [POTENTIALS[1], POTENTIALS[0], POTENTIALS[2]])
SHORT = "".join(potential(*row) for row in POTENTIALS[:2])
MIXED = "".join(potential(*row) for row in POTENTIALS[:2]) + potential("O", 6.0, 15.999, "CA")

BROKEN = {
    "no INCAR": ({"drop": ["INCAR"]}, "INCAR does not exist"),
    "no POSCAR": ({"drop": ["POSCAR"]}, "POSCAR does not exist"),
    "no POTCAR": ({"drop": ["POTCAR"]}, "POTCAR does not exist"),
    "no KPOINTS": ({"drop": ["KPOINTS"]}, "KPOINTS does not exist .* set KSPACING"),
    "a tag of the wrong kind": ({"NELM": "many"}, "Error reading item 'NELM' from file INCAR"),
    "a logical that is none": ({"LASPH": "maybe"}, "Error reading item 'LASPH'"),
    "POSCAR without elements": ({"poscar": POSCAR.replace("Li Co O\n", "")}, "not a list of el"),
    "POSCAR cut short": ({"poscar": POSCAR[:-15]}, "4 atoms are announced and 3 given"),
    "counts and elements": ({"poscar": POSCAR.replace("1 1 2", "2 2")}, "3 elements and 2 counts"),
    "KPOINTS without a style": ({"kpoints": "a\n0\nSpherical\n1\n"}, "Error reading KPOINTS"),
    "KPOINTS with zero": ({"kpoints": "a\n0\nGamma\n3 0 3\n"}, "Error reading KPOINTS"),
    "handedness": ({"poscar": LEFT}, "triple product of the basis vectors"),
    "a flat cell": ({"poscar": THIN}, "triple product|division by zero"),
    "distances": ({"poscar": CLOSE}, "distance between some ions is very small"),
    "potential_count": ({"potcar": SHORT}, "number of potentials .* 2 in POTCAR, 3 in POSCAR"),
    "potential_order": ({"potcar": ORDER}, "Li Co O in POSCAR, Co Li O in POTCAR"),
    "potential_whole": ({"potcar": POTCAR[:-15]}, "unexpected end of file POTCAR in O"),
    "a potential without TITEL": ({"potcar": POTCAR.replace("TITEL", "TITLE")}, "without TITEL"),
    "potential_functionals": ({"potcar": MIXED}, "different LEXCH .CA, PE."),
    "cutoff": ({"ENCUT": None}, "ENCUT is missing"),
    "an absurd cutoff": ({"ENCUT": "5"}, "ENCUT = 5.0 eV is absurd"),
    "spin": ({"ISPIN": "3"}, "ISPIN = 3 is neither 1 nor 2"),
    "moments": ({"MAGMOM": "3*0.6"}, "'MAGMOM' from file INCAR: 3 values for 4"),
    "non-collinear": ({"LSORBIT": ".TRUE."}, "LSORBIT are not mocked"),
    "hubbard": ({"LDAUU": "0 3.32"}, "'LDAUU' from file INCAR: 2 values for 3"),
    "hubbard without values": ({"LDAUL": None}, "'LDAUL' from file INCAR: 0 values for 3"),
    "time_step": (DYNAMICS | {"POTIM": None}, "POTIM is missing"),
    "dynamics by default": ({"NSW": "5"}, "POTIM is missing"),
    "an absurd time step": (DYNAMICS | {"POTIM": "50"}, "POTIM = 50.0 is absurd; choose up to 10"),
    "longest_step": (RELAX | {"POTIM": "8"}, "POTIM = 8.0 is absurd; choose up to 5"),
    "temperature": (DYNAMICS | {"TEBEG": "-1"}, "must not be negative"),
    "friction": (DYNAMICS | {"MDALGO": "3"}, "'LANGEVIN_GAMMA'"),
    "motion": ({"IBRION": "8", "NSW": "1"}, "IBRION = 8 is not mocked"),
    "ISIF": (RELAX | {"ISIF": "9"}, "ISIF = 9 does not exist"),
    "steps": ({"NSW": "-3"}, "NSW = -3 is negative"),
    "convergence": ({"EDIFF": "0"}, "EDIFF must be positive"),
    "smearing": ({"ISMEAR": "-7"}, "ISMEAR = -7 does not exist"),
    "SIGMA": ({"SIGMA": "0"}, "SIGMA = 0.0 must be positive"),
    "electronic_steps": ({"NELM": "0"}, "NELM = 0 is below 1"),
    "tetrahedra": ({"ISMEAR": "-5", "kpoints": "a\n0\nGamma\n1 1 1\n"}, "Tetrahedron method fails"),
    "words": ({"ALGO": "Best"}, "ALGO = Best is unknown"),
    "PREC": ({"PREC": "Exact"}, "PREC = Exact is unknown"),
    "GGA": ({"GGA": "PBE0"}, "GGA = PBE0 is unknown"),
    "METAGGA": ({"METAGGA": "SCANNER"}, "METAGGA = SCANNER is unknown"),
    "bands": ({"NBANDS": "4"}, "number of bands is not sufficient"),
    "no electrons": ({"NELECT": "0"}, "there are no electrons"),
    "NEDOS": ({"NEDOS": "1"}, "NEDOS = 1 leaves no DOS"),
    "charge_file": ({"ICHARG": "11"}, "could not be read from file CHGCAR"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_input_is_refused_with_a_reason(tmp_path, case):
    import re

    changes, reason = BROKEN[case]
    status, screen = go(write(tmp_path, **changes))
    assert status == 1
    assert "I REFUSE TO CONTINUE WITH THIS SICK JOB" in screen
    assert re.search(reason, screen), screen
    assert "</modeling>" not in (tmp_path / "vasprun.xml").read_text()


def test_every_rule_has_a_broken_input():
    assert {rule.__name__ for rule in (*RULES, *vasp_stops.RULES)} <= set(BROKEN)


def test_good_inputs_are_accepted_and_rules_are_documented(tmp_path):
    inputs = read_inputs(write(tmp_path))
    assert [rule(inputs) for rule in RULES] == [None] * len(RULES)
    assert all(rule.__doc__ for rule in (*RULES, *vasp_stops.RULES))
    assert go(tmp_path)[0] == 0


def test_old_results_do_not_outlive_a_refusal(tmp_path):
    assert go(write(tmp_path))[0] == 0
    write(tmp_path, ENCUT="5")
    assert go(tmp_path)[0] == 1
    assert (tmp_path / "CONTCAR").read_text() == ""
    assert is_mock(tmp_path)


# -- what is read ----------------------------------------------------------------------------


def test_incar_with_comments_repeats_and_several_tags_a_line():
    tags = read_incar(
        "ENCUT = 5.2d2 ; nsw=3 # steps\nMAGMOM = 2*1.5 \\\n -1 ! spin\nISPIN=2\nISPIN=1"
    )
    assert tags == {"ENCUT": 520.0, "NSW": 3, "MAGMOM": [1.5, 1.5, -1.0], "ISPIN": 2}
    with pytest.raises(RefusedError, match="'ISIF'"):
        read_incar("ISIF =")


def test_poscar_scaled_cartesian_selective_and_with_velocities():
    text = (
        "x\n2.0\n2 0 0\n0 2 0\n0 0 2\nLi\n2\nSelective dynamics\nCartesian\n"
        "0 0 0 T T F\n1 1 1 F F F\n\n0.01 0 0\n-0.01 0 0\n"
    )
    structure = read_poscar(text)
    assert structure.lattice[0] == [4.0, 0.0, 0.0]
    assert structure.positions[1] == [2.0, 2.0, 2.0]
    assert structure.free == [[True, True, False], [False] * 3]
    assert structure.velocities == [[0.01, 0.0, 0.0], [-0.01, 0.0, 0.0]]
    volume = read_poscar(text.replace("2.0\n2 0 0", "-27.0\n2 0 0", 1))
    assert volume.lattice[0][0] == pytest.approx(3.0)


def test_kpoints_are_counted_once_with_their_opposites(tmp_path):
    inputs_read = read_inputs(write(tmp_path, kpoints="a\n0\nGamma\n4 4 4\n"))
    assert len(inputs_read.kpoints) == 36  # (64 - 8) / 2 + 8
    assert sum(inputs_read.weights) == pytest.approx(1.0)
    shifted = read_inputs(write(tmp_path, kpoints="a\n0\nMonkhorst\n2 2 2\n"))
    assert len(shifted.kpoints) == 4
    (tmp_path / "KPOINTS").unlink()
    spaced = read_inputs(write(tmp_path, drop=["KPOINTS"], KSPACING="0.5"))
    assert spaced.divisions == [6, 6, 3]


# -- what is written -------------------------------------------------------------------------


def test_pymatgen_reads_a_static_run(tmp_path):
    assert go(write(tmp_path))[0] == 0
    from pymatgen.io.vasp import Chgcar, Oszicar, Outcar
    from pymatgen.io.vasp.outputs import Eigenval

    result, outcar = vasprun(tmp_path), Outcar(tmp_path / "OUTCAR")
    assert result.converged
    assert result.vasp_version == "6.4.2-mock"
    assert result.run_type == "PBE+U"
    assert result.hubbards == {"Li": 0, "Co": 3.32, "O": 0}
    assert len(result.ionic_steps[-1]["electronic_steps"]) == SCF_STEPS
    assert outcar.final_energy == pytest.approx(result.final_energy, abs=1e-8)
    assert Oszicar(tmp_path / "OSZICAR").final_energy == pytest.approx(
        result.final_energy, abs=1e-6
    )
    assert [m["tot"] for m in outcar.magnetization] == [0.6] * 4
    assert outcar.total_mag == pytest.approx(2.4)
    assert outcar.nelect == 24
    bands = Eigenval(tmp_path / "EIGENVAL")
    assert bands.nelect == 24
    assert bands.eigenvalue_band_properties[0] == pytest.approx(
        result.eigenvalue_band_properties[0], abs=1e-3
    )
    assert Chgcar.from_file(tmp_path / "CHGCAR").structure.composition.reduced_formula == "LiCoO2"


@pytest.mark.parametrize("spin", ["1", "2"])
def test_the_density_of_states_holds_all_electrons(tmp_path, spin):
    from pymatgen.electronic_structure.core import OrbitalType

    assert go(write(tmp_path, ISPIN=spin, NEDOS="601"))[0] == 0
    result = vasprun(tmp_path)
    at_fermi = [d.max() for d in (result.idos.densities[s][result.idos.energies < 0.5]
                                  for s in result.idos.densities)]  # fmt: skip
    assert sum(at_fermi) == pytest.approx(24.0, abs=1e-4)
    dos = result.complete_dos
    total = sum(dos.get_densities())
    parts = sum(
        sum(dos.get_element_spd_dos(el)[orbital].get_densities())
        for el in dos.get_element_dos()
        for orbital in (OrbitalType.s, OrbitalType.p, OrbitalType.d)
    )
    assert parts == pytest.approx(total, rel=1e-3)
    assert dos.get_gap() > 1
    assert (tmp_path / "DOSCAR").read_text().splitlines()[4].strip() == SYSTEM


@pytest.mark.parametrize(
    ("tags", "run_type"),
    [
        ({"LDAU": None}, "PBE"),
        ({"LDAU": None, "GGA": "PS"}, "PBEsol"),
        ({"LDAU": None, "METAGGA": "R2scan"}, "R2SCAN"),
        ({"LDAU": None, "LHFCALC": ".TRUE.", "HFSCREEN": "0.2"}, "HSE06"),
        ({"LDAU": None, "IVDW": "12"}, "PBE+vdW-DFT-D3-BJ"),
    ],
)
def test_functionals_are_recognised(tmp_path, tags, run_type):
    assert go(write(tmp_path, **tags))[0] == 0
    assert vasprun(tmp_path).run_type == run_type


def test_an_element_is_a_metal(tmp_path):
    poscar = "Li\n1\n3.4 0 0\n0 3.4 0\n0 0 3.4\nLi\n2\nDirect\n0 0 0\n0.5 0.5 0.5\n"
    write(tmp_path, poscar=poscar, potcar=potential(*POTENTIALS[0]), LDAU=None, ISPIN="1")
    assert go(tmp_path)[0] == 0
    assert vasprun(tmp_path).eigenvalue_band_properties[0] == 0


def test_energies_are_the_model_s_and_repeat(tmp_path):
    from workflows.calculators.mock.energy_model import Model

    texts = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        assert go(write(folder, **RELAX))[0] == 0
        texts.append([(folder / f).read_bytes() for f in ("vasprun.xml", "CONTCAR", "OSZICAR")])
    assert texts[0] == texts[1]
    end = read_poscar((tmp_path / "a" / "CONTCAR").read_text())
    model = Model(end.symbols).evaluate(end.lattice, end.positions)
    assert vasprun(tmp_path / "a").final_energy == pytest.approx(model.energy, abs=1e-8)


def test_energies_of_a_table_are_written_to_the_last_digit(tmp_path):
    orders = {"energies": {"LiCoO2": -6.369325}, "pair_scale": 0.0}
    assert go(write(tmp_path), {"MOCK_VASP": json.dumps(orders)})[0] == 0
    assert vasprun(tmp_path).final_energy == pytest.approx(-25.4773, abs=1e-8)


def test_relaxation_ends_where_forces_and_stress_vanish(tmp_path):
    status, screen = go(write(tmp_path, **RELAX))
    assert status == 0
    assert "reached required accuracy" in screen
    result = vasprun(tmp_path)
    assert result.converged
    assert result.nionic_steps < 60
    assert abs(result.ionic_steps[-1]["forces"]).max() < 0.01
    energies = [step["e_fr_energy"] for step in result.ionic_steps]
    assert energies[-1] < energies[0] - 0.01
    assert energies[-1] == min(energies)


def test_isif_and_selective_dynamics_hold_what_they_should(tmp_path):
    first = read_poscar(POSCAR)

    def relaxed(isif, poscar=POSCAR):
        assert go(write(tmp_path, poscar=poscar, **(RELAX | {"ISIF": isif})))[0] == 0
        return read_poscar((tmp_path / "CONTCAR").read_text())

    from workflows.calculators.mock.neighbours import volume

    assert relaxed("2").lattice == first.lattice
    assert volume(relaxed("4").lattice) == pytest.approx(volume(first.lattice), rel=1e-9)
    only_volume = relaxed("7").lattice
    ratio = only_volume[0][0] / first.lattice[0][0]
    assert ratio != pytest.approx(1.0, abs=1e-3)
    assert only_volume[2][2] / first.lattice[2][2] == pytest.approx(ratio, abs=1e-6)
    rows = POSCAR.splitlines()
    frozen = "\n".join([*rows[:7], "Selective", rows[7], *(f"{r} F F F" for r in rows[8:])]) + "\n"
    held = relaxed("2", frozen)
    assert held.positions == [pytest.approx(row, abs=1e-12) for row in first.positions]
    assert held.free == [[False] * 3] * 4


@pytest.mark.filterwarnings("ignore")  # pymatgen's Xdatcar leaves its file open
def test_molecular_dynamics_conserves_energy_and_is_parsed(tmp_path):
    assert go(write(tmp_path, **(DYNAMICS | {"NSW": "200"})))[0] == 0
    from pymatgen.io.vasp import Oszicar, Xdatcar

    result = vasprun(tmp_path)
    assert result.converged
    assert result.nionic_steps == 200
    total = [step["total"] for step in result.ionic_steps]
    assert max(total) - min(total) < 0.02  # eV in four atoms
    assert len(Xdatcar(tmp_path / "XDATCAR").structures) == 200
    assert all("T" in step for step in Oszicar(tmp_path / "OSZICAR").ionic_steps)


def test_a_thermostat_holds_the_temperature(tmp_path):
    hot = DYNAMICS | {"NSW": "400", "TEBEG": "600", "SMASS": "0", "MDALGO": "2"}
    assert go(write(tmp_path, **hot))[0] == 0
    from pymatgen.io.vasp import Oszicar

    temperatures = [step["T"] for step in Oszicar(tmp_path / "OSZICAR").ionic_steps[200:]]
    assert sum(temperatures) / len(temperatures) == pytest.approx(600, rel=0.15)


def test_dynamics_in_two_runs_is_dynamics_in_one(tmp_path):
    long, short = tmp_path / "long", tmp_path / "short"
    for folder in (long, short):
        folder.mkdir()
    assert go(write(long, **(DYNAMICS | {"NSW": "30"})))[0] == 0
    assert go(write(short, **(DYNAMICS | {"NSW": "12"})))[0] == 0
    poscar = (short / "CONTCAR").read_text()
    assert go(write(short, poscar=poscar, **(DYNAMICS | {"NSW": "18"})))[0] == 0
    first, two = (read_poscar((folder / "CONTCAR").read_text()) for folder in (long, short))
    assert two.positions == [pytest.approx(row, abs=1e-10) for row in first.positions]
    assert two.velocities == [pytest.approx(row, abs=1e-10) for row in first.velocities]


def test_stopcar_ends_a_run_in_good_order(tmp_path):
    (write(tmp_path, **DYNAMICS) / "STOPCAR").write_text("LSTOP = .TRUE.\n")
    assert go(tmp_path)[0] == 0
    assert vasprun(tmp_path).nionic_steps == 1
    assert not (tmp_path / "STOPCAR").exists()


# -- how it is marked ------------------------------------------------------------------------


def test_every_file_says_mock(tmp_path):
    _, screen = go(write(tmp_path, **RELAX))
    assert MARK in screen
    for name in (*OUTPUTS, "CHGCAR", "WAVECAR"):
        assert MARK in (tmp_path / name).read_text(), name
    for name in OUTPUTS:
        if name not in {"OSZICAR", "EIGENVAL"}:
            assert is_mock(tmp_path / name), name
    assert all(symbol.endswith(f" {MARK}") for symbol in vasprun(tmp_path).potcar_symbols)


def test_what_is_real_is_not_called_mocked(tmp_path):
    (tmp_path / "OUTCAR").write_text(" vasp.6.4.2 18Apr23 complex\n")
    (tmp_path / "CONTCAR").write_text(f"{SYSTEM}\n")  # a real run that began from a mocked cell
    assert not is_mock(tmp_path)
    assert not is_mock({"vasp_version": "6.4.2", "titel": "PAW_PBE Li_sv 10Sep2004"})
    assert is_mock({"input": [{"titel": "PAW_PBE Li_sv 10Sep2004 MOCK"}]})
    assert is_mock({"forcefield_name": "MockCalculator"})
    assert is_mock({"ase_calculator_name": "mock"})


# -- how it fails ----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", sorted(set(MODES) - {"walltime"}))
def test_the_first_run_fails_and_the_second_does_not(tmp_path, mode):
    (write(tmp_path, **RELAX) / "MOCK_VASP.json").write_text(json.dumps({"fail": {"1": mode}}))
    status, screen = go(tmp_path)
    whole = "</modeling>" in (tmp_path / "vasprun.xml").read_text()
    text = {"zbrent": "ZBRENT: fatal error in bracketing", "edddav": "Error EDDDAV: Call to ZHEGV"}
    assert text.get(mode, "") in screen
    assert status == (mode == "exit")
    assert whole == (mode in {"exit", "unconverged"})
    if mode == "unconverged":
        with pytest.warns(match="not been met|converge|Electronic"):
            assert not vasprun(tmp_path).converged_electronic
    assert go(tmp_path)[0] == 0
    assert vasprun(tmp_path).converged


def test_a_killed_run_leaves_what_it_had_and_goes_on(tmp_path):
    write(tmp_path, **(DYNAMICS | {"NSW": "20"}))
    environment = {"MOCK_VASP": json.dumps({"fail": {"1": "walltime"}})}
    command = [sys.executable, "-S", str(SCRIPT)]
    assert subprocess.run(command, cwd=tmp_path, env=environment).returncode == -9
    assert (tmp_path / "OSZICAR").read_text().count("T=") == 10
    assert "</modeling>" not in (tmp_path / "vasprun.xml").read_text()
    (tmp_path / "CONTCAR").replace(tmp_path / "POSCAR")
    write(tmp_path, poscar=(tmp_path / "POSCAR").read_text(), **DYNAMICS)
    assert subprocess.run(command, cwd=tmp_path, env=environment).returncode == 0
    whole = tmp_path / "whole"
    whole.mkdir()
    assert go(write(whole, **(DYNAMICS | {"NSW": "20"})))[0] == 0
    first, two = (read_poscar((f / "CONTCAR").read_text()) for f in (whole, tmp_path))
    assert two.positions == [pytest.approx(row, abs=1e-10) for row in first.positions]


def test_orders_come_from_a_file_a_path_or_the_variable(tmp_path):
    path = tmp_path / "orders.json"
    path.write_text('{"seconds_per_step": 0.25}')
    assert behaviour(tmp_path, {"MOCK_VASP": str(path)}).seconds_per_step == 0.25
    (tmp_path / "MOCK_VASP.json").write_text('{"pair_scale": 0.5}')
    assert behaviour(tmp_path, {"MOCK_VASP": str(path)}).pair_scale == 0.5
    assert [count_run(tmp_path / "runs") for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("text", ['{"fail": {"1": "boredom"}}', '{"sleep": 1}', '{"fail"'])
def test_orders_that_mean_nothing_are_refused(tmp_path, text):
    status, screen = go(write(tmp_path), {"MOCK_VASP": text})
    assert status == 1
    assert "MOCK_VASP: " in screen


# -- how it runs -----------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["-m", "workflows.calculators.mock.vasp_std"], [str(SCRIPT)]])
def test_the_executable_needs_the_standard_library_only(tmp_path, command):
    write(tmp_path)
    script = (
        "import runpy, sys\n"
        "try:\n"
        f"    runpy.run_{'module' if command[0] == '-m' else 'path'}"
        f"({command[-1]!r}, run_name='__main__')\n"
        "except SystemExit as stop:\n"
        "    assert not stop.code, stop.code\n"
        "print(' '.join(sorted({m.partition('.')[0] for m in sys.modules})), file=sys.stderr)"
    )
    environment = {"PYTHONPATH": str(ROOT)} if command[0] == "-m" else {}
    done = subprocess.run(
        [sys.executable, "-S", "-c", script],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    allowed = set(sys.stdlib_module_names) | {"interfaces", "workflows", "__main__"}
    assert set(done.stderr.split()) <= allowed
    assert vasprun(tmp_path).converged


# -- placeholders ----------------------------------------------------------------------------


def test_placeholders_have_titles_valences_and_a_mark(tmp_path, monkeypatch):
    pytest.importorskip("pymatgen.io.vasp")
    from pymatgen.io.vasp import Potcar, PotcarSingle
    from pymatgen.io.vasp.inputs import UnknownPotcarWarning

    from workflows.calculators.mock.mock_potcars import placeholder, potcars, usual_symbols

    with pytest.warns(UnknownPotcarWarning):
        single = PotcarSingle(placeholder("Li_sv"))
    assert single.symbol == "Li_sv"
    assert single.ZVAL == 3.0
    assert single.functional == "PBE"
    assert single.TITEL.startswith("PAW_PBE Li_sv ")
    assert single.TITEL.endswith(f" {MARK}")
    assert not single.is_valid
    with pytest.raises(InputError, match="no potential 'Xx'"):
        placeholder("Xx")
    names = usual_symbols(["Li", "Co", "O"])
    assert names == ["Li_sv", "Co", "O"]
    monkeypatch.delenv("PMG_VASP_PSP_DIR", raising=False)
    with potcars(tmp_path / "made", names), pytest.warns(UnknownPotcarWarning):
        made = Potcar(names)
    made.write_file(tmp_path / "POTCAR")
    write(tmp_path, potcar=(tmp_path / "POTCAR").read_text())
    assert go(tmp_path)[0] == 0
    assert vasprun(tmp_path).parameters["NELECT"] == 24


def test_every_usual_potential_has_a_placeholder():
    pytest.importorskip("pymatgen.io.vasp")
    from workflows.calculators.mock.elements import TABLE
    from workflows.calculators.mock.mock_potcars import placeholder, usual_symbols

    for input_set, functional in (("MPRelaxSet", "PBE"), ("MPScanRelaxSet", "PBE_54")):
        for symbol in usual_symbols(TABLE, input_set):
            text = placeholder(symbol, functional)
            assert f" {symbol} " in text.splitlines()[0]


def test_real_potentials_win(tmp_path, monkeypatch):
    pytest.importorskip("pymatgen.io.vasp")
    from workflows.calculators.mock.mock_potcars import potcars

    monkeypatch.setenv("PMG_VASP_PSP_DIR", str(tmp_path / "mine"))
    with potcars(tmp_path / "made", ["Li_sv"]) as result:
        assert result == tmp_path / "mine"
    assert not (tmp_path / "made").exists()
