"""Inputs from protocol and structure: charges, moments, meshes, time steps, files, chains."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from interfaces.errors import InputError
from interfaces.structures.geometry import gaps, molecules, symbols, vacuum_axis
from interfaces.structures.kpoint_mesh import by_spacing, spacings
from interfaces.structures.magnetic_moments import high_spin, rock_salt_afm_cell, starting_moments
from interfaces.structures.oxidation_states import formal_charges
from workflows.data.vasp_runs.run_settings import valence
from workflows.structures import bulk as bulks
from workflows.structures.read_targets import Target, digest_of, find_target
from workflows.vasp.input_folders import RECORD, SCRIPT, SHEET, write_inputs
from workflows.vasp.input_sets import build
from workflows.vasp.kpoints import Mesh
from workflows.vasp.potcars import ENMAX
from workflows.vasp.read_protocol import protocol_names, read_protocol
from workflows.vasp.tag_rules import time_step

pytest.importorskip("pymatgen.io.vasp")
from pymatgen.core import Lattice, Structure

ROOT = Path(__file__).resolve().parents[3]


@cache
def _kept(name):
    return bulks.bulk(name)


def bulk(name):
    """A bulk, built once: pymatgen takes seconds for a cubic space group."""
    return _kept(name).copy()


def target(name):
    """What `find_target` gives for a bulk."""
    return Target(name, bulk(name), "bulk", "a test", digest_of(bulk(name)))


def slab(vacuum=12.0):
    """Layers of LCO along c with a vacuum."""
    cell = bulk("LCO")
    a, b, c, *angles = cell.lattice.parameters
    return Structure(
        Lattice.from_parameters(a, b, c + vacuum, *angles), cell.species, cell.cart_coords,
        coords_are_cartesian=True,
    )  # fmt: skip


def nickel_oxides(ni, co, mn, lithium):
    """A layered cell of one formula each of some metals, charges counted by formula only."""
    metals = ["Ni"] * ni + ["Co"] * co + ["Mn"] * mn
    species = ["Li"] * lithium + metals + ["O"] * (2 * len(metals))
    places = [[0.37 * i % 1, 0.61 * i % 1, i / len(species)] for i in range(len(species))]
    return Structure(Lattice.cubic(12), species, places)


# -- charges and moments ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("structure", "charges"),
    [
        (lambda: bulk("LCO"), {"Li": 1, "Co": 3, "O": -2}),
        (lambda: bulk("CoO"), {"Co": 2, "O": -2}),
        (lambda: bulk("LPSCl"), {"Li": 1, "P": 5, "S": -2, "Cl": -1}),
        (lambda: bulk("Li2CO3"), {"Li": 1, "C": 4, "O": -2}),
        (lambda: bulk("Li"), {"Li": 0}),
        # 10 + 8 Ni + 3 + 4 - 40 = 0: Ni 23/8
        (lambda: nickel_oxides(8, 1, 1, 10), {"Li": 1, "Ni": 23 / 8, "Co": 3, "Mn": 4, "O": -2}),
        # 2 + 8 Ni + 3 + 4 - 40 = 0 needs Ni 31/8
        (lambda: nickel_oxides(8, 1, 1, 2), {"Li": 1, "Ni": 31 / 8, "Co": 3, "Mn": 4, "O": -2}),
        (lambda: nickel_oxides(8, 1, 1, 0), {"Ni": 4, "Co": 4, "Mn": 4, "O": -2}),
    ],
)
def test_charges_are_counted(structure, charges):
    cell = structure()
    result = formal_charges(cell)
    assert result.left_over == 0
    assert sum(result.values) == pytest.approx(0, abs=1e-9)
    for name, value in zip(symbols(cell), result.values, strict=True):
        assert value == pytest.approx(charges[name])


def test_what_no_ion_can_take_is_left_over():
    cell = bulk("LPSCl")
    cell.remove_sites([0])
    assert formal_charges(cell).left_over == -1


def test_stated_charges_win():
    cell = bulk("CoO")
    cell.add_oxidation_state_by_element({"Co": 2.5, "O": -2})
    charges = formal_charges(cell)
    assert charges.how == "as the structure states"
    assert charges.left_over == 2.0


def test_sulfate_and_disulfide_are_told_from_sulfide():
    tetrahedron = 1.48 / np.sqrt(3) * np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
    points = [[0, 0, 0], *tetrahedron, [5, 0, 0], [7.05, 0, 0]]
    cell = Structure(Lattice.cubic(14), ["S", *"OOOO", "S", "S"], points, coords_are_cartesian=True)
    assert formal_charges(cell).values == (6, -2, -2, -2, -2, -1, -1)


@pytest.mark.parametrize(
    ("element", "charge", "moment"),
    [("Co", 2, 3), ("Co", 3, 0), ("Co", 4, 1), ("Co", 3.5, 0.5), ("Ni", 2, 2), ("Ni", 3, 1),
     ("Ni", 4, 0), ("Mn", 2, 5), ("Mn", 3, 4), ("Mn", 4, 3), ("Fe", 3, 5), ("Fe", 2, 4),
     ("Ti", 4, 0), ("Ti", 3, 1), ("Cr", 3, 3), ("Cu", 2, 1)],
)  # fmt: skip
def test_moments_of_ions(element, charge, moment):
    assert high_spin(element, charge) == pytest.approx(moment)


def test_low_spin_cobalt_starts_at_the_usual_small_moment():
    cell = bulk("LCO")
    moments = starting_moments(cell, formal_charges(cell), "afm")
    assert moments.satisfied is None
    assert dict(zip(symbols(cell), moments.values, strict=True)) == {
        "Li": 0, "Co": 0.6, "O": 0,
    }  # fmt: skip


@pytest.mark.parametrize(("name", "size"), [("CoO", 3.0), ("NiO", 2.0)])
def test_afm_ii_alternates_planes_of_111(name, size):
    cell = rock_salt_afm_cell(bulk(name))
    assert len(cell) == 4
    assert cell.volume == pytest.approx(bulk(name).volume / 2)
    assert np.linalg.det(cell.lattice.matrix) > 0
    a = bulk(name).lattice.a
    assert cell.lattice.abc == pytest.approx([a * 1.5**0.5] * 3)
    assert cell.lattice.angles == pytest.approx([np.degrees(np.arccos(5 / 6))] * 3)
    cell.make_supercell([2, 2, 2])
    moments = starting_moments(cell, formal_charges(cell), "afm")
    assert moments.satisfied == 1
    values = np.array(moments.values)
    metal = np.array([s == name[:2] for s in symbols(cell)])
    assert set(np.abs(values[metal])) == {size}
    assert values.sum() == 0
    # by another route: each metal has 6 of 12 nearest metals parallel, and 6 of 6 next antiparallel
    distances = [
        (values[i] * values[n.index], n.nn_distance)
        for i in np.flatnonzero(metal)
        for n in cell.get_neighbors(cell[int(i)], a * 1.05)
        if metal[n.index]
    ]
    nearest = [p > 0 for p, d in distances if d < 0.8 * a]
    following = [p > 0 for p, d in distances if d > 0.9 * a]
    assert np.mean(nearest) == 0.5
    assert not any(following)


def test_afm_survives_heat_and_strain():
    cell = rock_salt_afm_cell(bulk("CoO"))
    cell.make_supercell([3, 3, 3])
    cell.apply_strain([0.02, -0.02, 0.01])
    cell.perturb(0.1)
    moments = starting_moments(cell, formal_charges(cell), "afm")
    assert moments.satisfied == 1
    assert sum(moments.values) == pytest.approx(0 if len(cell) // 2 % 2 == 0 else moments.values[0])


def test_a_cell_too_small_for_the_order_says_so():
    cell = bulk("CoO")
    assert starting_moments(cell, formal_charges(cell), "afm").satisfied == 0
    assert rock_salt_afm_cell(bulk("LCO")) is None
    zinc_blende = Structure.from_spacegroup(
        "F-43m", Lattice.cubic(4.5), ["Co", "O"], [[0, 0, 0], [0.25, 0.25, 0.25]]
    )
    assert rock_salt_afm_cell(zinc_blende) is None


def test_order_is_the_users_choice():
    protocol = read_protocol("zhang2023-bulk")
    afm, fm = build(bulk("CoO"), protocol), build(bulk("CoO"), protocol, order="fm")
    assert (len(afm.structure), len(fm.structure)) == (4, 8)
    assert afm.value("MAGMOM") == (3.0, -3.0, 0.0, 0.0)
    assert fm.value("MAGMOM") == (3.0,) * 4 + (0.0,) * 4
    none = build(bulk("CoO"), protocol, order="none")
    assert (none.value("ISPIN"), none.value("MAGMOM")) == (1, None)
    assert "AFM-II" in afm.notes[0]


# -- meshes, steps, potentials ----------------------------------------------------------------


def test_mesh_by_spacing_is_what_vasp_takes_for_kspacing():
    """Against pymatgen-io-validation's or VASP's own rule: ceil(|b| / KSPACING)."""
    for name in ("LCO", "CoO", "LPSCl"):
        cell = bulk(name)
        for spacing in (0.2, 0.31, 0.5):
            wanted = [int(np.ceil(b / spacing)) for b in cell.lattice.reciprocal_lattice.abc]
            assert list(by_spacing(cell, spacing)) == wanted
            assert (spacings(cell, by_spacing(cell, spacing)) <= spacing + 1e-12).all()


def test_one_point_along_a_vacuum():
    assert vacuum_axis(slab()) == 2
    assert by_spacing(slab(), 0.2)[2] == 1
    assert by_spacing(bulk("LCO"), 0.2)[2] == 3
    assert gaps(slab())[2] == pytest.approx(12.0 + gaps(bulk("LCO"))[2], abs=2)


@pytest.mark.parametrize("divisions", [(1, 1, 1), (2, 2, 1), (2, 2, 2), (3, 3, 3), (4, 3, 1)])
@pytest.mark.parametrize("style", ["Gamma", "Monkhorst"])
def test_points_are_counted_as_the_fake_vasp_does(divisions, style):
    from workflows.calculators.mock.mock_readers import mesh

    scheme = "Gamma" if style == "Gamma" else "Monkhorst-Pack"
    points, *_ = mesh(list(divisions), scheme, [0.0, 0.0, 0.0])
    assert Mesh(divisions, style, "").points == len(points)


def test_a_cell_that_no_published_mesh_names_gets_one_by_spacing_and_says_so():
    cell = bulk("LCO")
    input_set = build(cell, read_protocol("zhang2023-bulk"), supercell=(2, 2, 1))
    assert "No published mesh belongs to this cell (LiCoO2, 48 atoms)" in input_set.mesh.reason
    assert input_set.mesh.divisions == by_spacing(input_set.structure, 0.5)


@pytest.mark.parametrize(
    ("mass", "step"),
    [(1.008, 0.5), (2.014, 0.5), (6.94, 1.25), (12.011, 1.5), (15.999, 1.75), (58.9, 2)],
)
def test_time_step_follows_the_root_of_the_lightest_mass(mass, step):
    assert time_step(mass) == step


def test_dynamics_lasts_twenty_picoseconds_whatever_the_lightest_atom():
    protocol = read_protocol("interface-aimd")
    for name in ("LCO", "CoO", "LPSCl"):
        input_set = build(bulk(name), protocol)
        assert input_set.value("NSW") * input_set.value("POTIM") == pytest.approx(20_000, rel=1e-3)


def test_enmax_and_valence_cover_every_potential_of_every_protocol():
    for name in protocol_names():
        potentials = read_protocol(name).potentials
        for _, symbol in potentials.symbols:
            assert symbol in ENMAX, symbol
            assert valence(symbol, potentials.functional), symbol


def test_an_element_without_a_potential_is_named():
    cell = Structure(Lattice.cubic(4.2), ["U", "O"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    with pytest.raises(InputError, match="names no potential for U"):
        build(cell, read_protocol("interface-relax"))


def test_a_disordered_structure_is_refused():
    cell = Structure(
        Lattice.cubic(4.2), [{"Co": 0.5, "Ni": 0.5}, "O"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )
    with pytest.raises(InputError, match="partly filled sites"):
        build(cell, read_protocol("interface-relax"))


# -- rules by structure -----------------------------------------------------------------------


def methane():
    """CH4 over nothing, for what molecules need."""
    reach = 1.09 / 3**0.5
    points = [[5, 5, 5]] + [
        [5 + reach * x, 5 + reach * y, 5 + reach * z]
        for x, y, z in ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))
    ]
    return Structure(Lattice.cubic(10), ["C", *"HHHH"], points, coords_are_cartesian=True)


def test_molecules_get_dispersion_and_carbonate_does_not():
    protocol = read_protocol("interface-relax")
    assert molecules(methane()) == [[0, 1, 2, 3, 4]]
    assert molecules(bulk("Li2CO3")) == []
    assert build(methane(), protocol).value("IVDW") == 12
    assert build(bulk("Li2CO3"), protocol).value("IVDW") is None
    assert build(methane(), read_protocol("interface-aimd")).value("POTIM") == 0.5


def test_a_vacuum_gets_the_dipole_correction_along_it():
    input_set = build(slab(), read_protocol("interface-relax"))
    assert (input_set.value("LDIPOL"), input_set.value("IDIPOL")) == (True, 3)
    fractions = np.sort(input_set.structure.frac_coords[:, 2] % 1)
    middle = (fractions.min() + fractions.max()) / 2
    assert input_set.value("DIPOL")[2] == pytest.approx(middle, abs=0.01)
    assert build(bulk("LCO"), read_protocol("interface-relax")).value("LDIPOL") is None


def test_closed_shells_save_spin_and_sulfides_u():
    input_set = build(bulk("LPSCl"), read_protocol("interface-relax"))
    assert input_set.value("ISPIN") == 1
    assert input_set.value("MAGMOM") is None
    assert input_set.value("LDAU") is None
    odd = bulk("LPSCl")
    odd.remove_sites([0])
    assert build(odd, read_protocol("interface-relax")).value("ISPIN") == 2


def test_u_stands_on_the_metal_in_the_order_of_poscar():
    cell = bulk("LCO")
    turned = Structure.from_sites([*cell][::-1])
    for structure in (cell, turned):
        input_set = build(structure, read_protocol("interface-relax"))
        order = input_set.poscar().site_symbols
        assert dict(zip(order, input_set.value("LDAUU"), strict=True)) == {
            "Li": 0,
            "Co": 3.32,
            "O": 0,
        }
        assert dict(zip(order, input_set.value("LDAUL"), strict=True)) == {
            "Li": -1,
            "Co": 2,
            "O": -1,
        }
        assert [p.partition("_")[0] for p in input_set.potentials] == order


def test_atoms_of_a_kind_are_put_together_with_their_velocities():
    cell = bulk("CoO")
    mixed = Structure.from_sites([cell[i] for i in (0, 4, 1, 5, 2, 6, 3, 7)])
    mixed.add_site_property("velocities", [[float(i), 0, 0] for i in range(8)])
    input_set = build(mixed, read_protocol("interface-relax"), order="fm")
    assert symbols(input_set.structure) == ["Co"] * 4 + ["O"] * 4
    assert [v[0] for v in input_set.poscar().velocities] == [0, 2, 4, 6, 1, 3, 5, 7]


# -- Materials Project ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["LCO", "CoO", "LPSCl"])
@pytest.mark.parametrize(
    ("protocol", "cls"), [("mp-relax", "MPRelaxSet"), ("mp-static", "MPStaticSet")]
)
def test_mp_inputs_are_pymatgens(name, protocol, cls):
    from pymatgen.io.vasp import sets

    input_set = build(bulk(name), read_protocol(protocol))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = getattr(sets, cls)(bulk(name), sort_structure=False)
        assert dict(input_set.incar()) == dict(theirs.incar)
        assert input_set.kpoints().kpts == theirs.kpoints.kpts
        assert list(input_set.potentials) == theirs.potcar_symbols
    assert input_set.corrections == "MaterialsProject2020Compatibility"


def test_a_tag_of_the_set_without_a_reason_stops(monkeypatch):
    from dataclasses import replace

    protocol = read_protocol("mp-relax")
    poorer = replace(protocol, tags=tuple(t for t in protocol.tags if t.name != "LASPH"))
    with pytest.raises(InputError, match="sets LASPH, for which protocol mp-relax gives no reason"):
        build(bulk("LCO"), poorer)


def test_a_changed_u_takes_the_corrections_away():
    protocol = read_protocol("mp-relax")
    changed = build(bulk("LCO"), protocol, settings={"LDAUU": (0, 4, 0)})
    assert changed.corrections is None
    assert build(bulk("LCO"), protocol, settings={"NELM": 200}).corrections is not None


@pytest.mark.parametrize("protocol", ["mp-relax", "mp-static"])
@pytest.mark.parametrize("name", ["LCO", "CoO", "LPSCl"])
def test_the_materials_projects_validator_accepts_the_mp_inputs(name, protocol):
    reason = "pymatgen-io-validation is not installed"
    validation = pytest.importorskip("pymatgen.io.validation.validation", reason=reason)
    assert verdict(validation, name, protocol) == []


def test_the_validator_refuses_the_published_settings_for_their_u():
    reason = "pymatgen-io-validation is not installed"
    validation = pytest.importorskip("pymatgen.io.validation.validation", reason=reason)
    result = " ".join(verdict(validation, "LCO", "zhang2023-bulk"))
    assert "LDAUU: is [0.0, 3.9, 0.0]" in result
    assert "ENCUT: is 500" in result


def verdict(validation, name, protocol):
    """Reasons of pymatgen-io-validation; potentials by name, so their content is not checked."""
    from pymatgen.io.validation.common import PotcarSummaryStats, VaspFiles, VaspInputSafe

    inputs = build(bulk(name), read_protocol(protocol))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        files = VaspFiles(
            user_input=VaspInputSafe(
                incar=inputs.incar(), structure=inputs.structure, kpoints=inputs.kpoints(),
                potcar_functional=inputs.functional,
                potcar=[
                    PotcarSummaryStats(lexch="PE", titel=f"PAW_PBE {p}") for p in inputs.potentials
                ],
            )
        )  # fmt: skip
        return validation.VaspValidator.from_vasp_input(
            vasp_files=files, check_potcar=False
        ).reasons


# -- folders ----------------------------------------------------------------------------------


def written(tmp_path, name="LPSCl", protocol="interface-relax", **options):
    inputs = build(bulk(name), read_protocol(protocol), settings=options.pop("settings", None))
    return write_inputs(target(name), inputs, tmp_path / "out", **options)


def test_a_folder_holds_inputs_reasons_and_provenance(tmp_path):
    folder_written = written(tmp_path, "CoO", "zhang2023-bulk")
    assert folder_written.files == ("INCAR", "KPOINTS", "POSCAR", "POTCAR.spec", SHEET, RECORD)
    record = json.loads((tmp_path / "out" / RECORD).read_text())
    assert record["lineage"] == ["base", "zhang2023-bulk"]
    assert record["corrections"] is None
    assert "3.9 eV take no correction" in record["corrections_reason"]
    assert record["tags"]["LDAUU"] == {
        "value": [3.9, 0.0], "reason": "Published, U - J = 3.9 eV on Co 3d.",
        "set_by": "zhang2023-bulk",
    }  # fmt: skip
    assert record["formal_charges"] == {"Co": [2.0], "O": [-2.0]}
    sheet = " ".join((tmp_path / "out" / SHEET).read_text().split())
    from pymatgen.io.vasp import Incar, Poscar

    incar = Incar.from_file(tmp_path / "out" / "INCAR")
    assert set(incar) == set(record["tags"])
    for tag in folder_written.inputs.tags:
        assert f"{tag.name} = " in sheet
        assert tag.reason in sheet
    assert (tmp_path / "out" / "POTCAR.spec").read_text().split() == ["Co", "O"]
    assert len(Poscar.from_file(tmp_path / "out" / "POSCAR", check_for_potcar=False).structure) == 4


def test_the_same_question_gives_the_same_bytes(tmp_path):
    table = {p: (tmp_path / "out" / p).read_bytes() for p in written(tmp_path).files}
    two = {p: (tmp_path / "out" / p).read_bytes() for p in written(tmp_path).files}
    assert table == two


def test_results_of_a_run_are_never_overwritten(tmp_path):
    written(tmp_path)
    (tmp_path / "out" / "OUTCAR").write_text("hours of work")
    with pytest.raises(InputError, match="was not written by this verb"):
        written(tmp_path)
    assert (tmp_path / "out" / "OUTCAR").read_text() == "hours of work"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years")
    inputs = build(bulk("LPSCl"), read_protocol("interface-relax"))
    with pytest.raises(InputError, match="give another --out"):
        write_inputs(target("LPSCl"), inputs, tmp_path / "mine")


def test_an_error_leaves_nothing_behind(tmp_path):
    with pytest.raises(InputError, match=r"1 error, nothing was written\. \[encut\] no ENCUT"):
        written(tmp_path, settings={"ENCUT": None})
    assert list(tmp_path.iterdir()) == []


def test_real_potcars_only_where_the_user_has_them(tmp_path, monkeypatch):
    from pymatgen.core import SETTINGS

    monkeypatch.delenv("PMG_VASP_PSP_DIR", raising=False)
    monkeypatch.delitem(SETTINGS, "PMG_VASP_PSP_DIR", raising=False)
    with pytest.raises(InputError, match="set PMG_VASP_PSP_DIR, or leave --potcar out"):
        written(tmp_path, potcar=True)
    assert list(tmp_path.iterdir()) == []
    from workflows.calculators.mock.mock_potcars import potcars

    with potcars(tmp_path / "psp", ["Li_sv", "P", "S", "Cl"], ["PBE_54"]):
        folder_written = written(tmp_path, potcar=True)
    assert "POTCAR" in folder_written.files
    assert "POTCAR.spec" not in folder_written.files
    assert (tmp_path / "out" / "POTCAR").read_text().count("MOCK") == 8


def test_segments_share_the_steps(tmp_path):
    folder_written = written(tmp_path, protocol="interface-aimd", segments=3)
    assert folder_written.inputs.value("NSW") == 5334  # 16000 / 3, rounded up
    folders = sorted(p.name for p in (tmp_path / "out").iterdir() if p.is_dir())
    assert folders == ["segment-01", "segment-02", "segment-03"]
    assert [p for p in folder_written.files if p.endswith("POSCAR")] == ["segment-01/POSCAR"]
    assert os.access(tmp_path / "out" / SCRIPT, os.X_OK)


def test_segments_go_on_as_one_run_would(tmp_path):
    """With the fake VASP, killed in the second segment and started again."""
    from workflows.calculators.mock.mock_potcars import placeholder
    from workflows.calculators.mock.mock_readers import read_poscar

    cell = bulk("Li")
    protocol = read_protocol("interface-aimd")
    ends = []
    for name, parts in (("one", 1), ("three", 3)):
        inputs = build(cell, protocol, settings={"NSW": 12, "ISPIN": 1}, divisions=(6, 6, 6))
        folder = tmp_path / name
        write_inputs(target("Li"), inputs, folder, segments=parts)
        place = folder if parts == 1 else folder / "segment-01"
        (folder / "POTCAR").write_text(placeholder("Li", "PBE_54"))
        fake = f"{sys.executable} -S {ROOT / 'workflows' / 'calculators' / 'mock' / 'vasp_std.py'}"
        environment = {"PATH": os.environ["PATH"], "VASP": fake}
        if parts == 1:
            subprocess.run(fake.split(), cwd=place, check=True, capture_output=True)
            ends.append(folder / "CONTCAR")
            continue
        script = ["sh", str(folder / SCRIPT)]
        second = folder / "segment-02"
        (second / "MOCK_VASP.json").write_text('{"fail": {"1": "walltime"}}')
        assert subprocess.run(script, env=environment, capture_output=True).returncode != 0
        assert (folder / "segment-01" / "FINISHED").exists()
        assert not (second / "FINISHED").exists()
        assert subprocess.run(script, env=environment, capture_output=True).returncode == 0
        ends.append(folder / "segment-03" / "CONTCAR")
        no_command = subprocess.run(script, env={"PATH": os.environ["PATH"]}, capture_output=True)
        assert b"say how VASP is started" in no_command.stderr
    first, three = (read_poscar(end.read_text()) for end in ends)
    assert three.positions == [pytest.approx(row, abs=1e-9) for row in first.positions]
    assert three.velocities == [pytest.approx(row, abs=1e-9) for row in first.velocities]


# -- what is asked for ------------------------------------------------------------------------


def test_a_folder_of_a_cell_brings_its_strain(tmp_path):
    from pymatgen.io.vasp import Poscar

    Poscar(bulk("LCO")).write_file(tmp_path / "POSCAR")
    assert find_target(str(tmp_path)).kind == "bulk"
    card = {"cell": {"match": {"first_strain": [0.01, -0.034], "second_strain": [0.0, 0.02]}}}
    (tmp_path / "cell.json").write_text(json.dumps(card))
    for path in (tmp_path, tmp_path / "POSCAR"):
        result = find_target(str(path))
        assert (result.kind, result.strain) == ("interface", 0.034)
    Poscar(slab()).write_file(tmp_path / "slab.vasp")
    assert find_target(str(tmp_path / "slab.vasp")).kind == "slab"


def test_velocities_of_a_contcar_are_kept(tmp_path):
    from pymatgen.io.vasp import Poscar

    cell = bulk("CoO")
    speeds = [[0.001 * i, 0.0, 0.0] for i in range(8)]
    Poscar(cell, velocities=speeds).write_file(tmp_path / "CONTCAR")
    input_set = build(
        find_target(str(tmp_path)).structure, read_protocol("interface-aimd"), order="fm"
    )
    assert [v[0] for v in input_set.poscar().velocities] == pytest.approx([v[0] for v in speeds])


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match="cells: CoO_LPSCl, LCO_LPSCl, or give a folder"):
        find_target("LCOO")
    with pytest.raises(InputError, match=r"holds none of POSCAR, cell\.extxyz"):
        find_target(str(tmp_path))
    (tmp_path / "POSCAR").write_text("nothing\n")
    with pytest.raises(InputError, match="no structure that can be used"):
        find_target(str(tmp_path))


# -- atomate2 ---------------------------------------------------------------------------------


def test_the_generator_gives_exactly_the_protocols_inputs(tmp_path):
    pytest.importorskip("atomate2")
    from monty.json import MontyDecoder

    from workflows.vasp.atomate2_generator import ProtocolGenerator

    maker = ProtocolGenerator(protocol="zhang2023-bulk", user_incar_settings={"NELM": 99})
    again = MontyDecoder().process_decoded(maker.as_dict())
    ours = build(bulk("CoO"), read_protocol("zhang2023-bulk"), settings={"NELM": 99})
    for item in (maker, again):
        made = item.get_input_set(bulk("CoO"), potcar_spec=True)
        assert dict(made.incar) == dict(ours.incar())
        assert str(made.kpoints) == str(ours.kpoints())
        assert made.poscar.structure == ours.structure
    wrong = ProtocolGenerator(protocol="zhang2023-bulk", user_incar_settings={"ENCUT": None})
    with pytest.raises(InputError, match="no ENCUT"):
        wrong.get_input_set(bulk("CoO"), potcar_spec=True)
