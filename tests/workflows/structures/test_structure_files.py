"""Structure files as programs and data bases write them: read, noted, or refused in one line."""

from __future__ import annotations

import bz2
import gzip
import lzma

import numpy as np
import pytest
from ase import Atoms
from ase.io import write
from pymatgen.core import Lattice, Structure

from interfaces.errors import InputError
from tests.workflows.cli import runner
from workflows.structures.bulk import bulk
from workflows.structures.files import read_structure
from workflows.structures.files.site_checks import collinear
from workflows.structures.read_targets import find_target

HEAD = """\
_cell_length_a 4.2
_cell_length_b 4.2
_cell_length_c 4.2
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
loop_
_symmetry_equiv_pos_as_xyz
'x, y, z'
"""
COLUMNS = ("label", "type_symbol", "fract_x", "fract_y", "fract_z", "occupancy")
ROCK_SALT = ("Li1 Li 0 0 0 1", "F1 F 0.5 0.5 0.5 1")


def cif(*rows, formula="'Li F'", units="1", name="LiF", columns=COLUMNS, head=HEAD, extra=""):
    """A CIF of one block as a data base writes it."""
    stated = f"_chemical_formula_sum {formula}\n" if formula else ""
    number = f"_cell_formula_units_Z {units}\n" if units else ""
    loop = "loop_\n" + "".join(f"_atom_site_{column}\n" for column in columns)
    return f"data_{name}\n{stated}{number}{head}{extra}{loop}" + "\n".join(rows) + "\n"


def saved(tmp_path, text, name="one.cif"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(path, word, block=None):
    with pytest.raises(InputError, match=word) as error:
        read_structure(path, block)
    assert "\n" not in str(error.value)
    assert path.name in str(error.value)


# ------------------------------------------------------------------------------- CIF


def test_a_cif_that_says_all_is_read_without_a_note(tmp_path):
    read = read_structure(saved(tmp_path, cif(*ROCK_SALT)))
    assert read.structure.composition.formula == "Li1 F1"
    assert read.notes == ()


@pytest.mark.parametrize("change", ["bom", "crlf", "cr", "latin1", "gz", "bz2", "xz"])
def test_encodings_line_ends_and_packers_change_nothing(tmp_path, change):
    text = "# M. Müller\n" + cif(*ROCK_SALT)
    data = {
        "bom": text.encode("utf-8-sig"),
        "crlf": text.replace("\n", "\r\n").encode(),
        "cr": text.replace("\n", "\r").encode(),
        "latin1": text.encode("latin-1"),
        "gz": gzip.compress(text.encode()),
        "bz2": bz2.compress(text.encode()),
        "xz": lzma.compress(text.encode()),
    }[change]
    name = f"one.cif.{change}" if change in ("gz", "bz2", "xz") else "one.cif"
    read = read_structure(saved(tmp_path, data, name))
    assert read.structure.composition.formula == "Li1 F1"


@pytest.mark.parametrize(
    ("rows", "formula", "word"),
    [
        (("Li1 Li 0 0 0 1.3", ROCK_SALT[1]), "'Li F'", "occupancy"),
        (("Li1 Li 0 0 0 -0.2", ROCK_SALT[1]), "'Li F'", "occupancy"),
        (("Li1 Li 0 0 0 .", ROCK_SALT[1]), "'Li F'", "occupancy"),
        (("Li1 Li 0 0 0 0.7", "Na1 Na 0 0 0 0.7", ROCK_SALT[1]), "'Li F'", "more than 1"),
        (("Li1 Li 0 0 0 0.7", ROCK_SALT[1]), "'Li0.7 F'", "partly filled"),
        (("Li1 Li 0 0 0 0.5", "Na1 Na 0 0 0 0.5", ROCK_SALT[1]), "'Li0.5 Na0.5 F'", "partly"),
        (("Li1 Li 0 0 0 1", "Na1 Na 0.01 0 0 1", ROCK_SALT[1]), None, "apart"),
        (("Li1 Li ? ? ? 1", ROCK_SALT[1]), "'Li F'", "no place"),
        (("Li1 Li 0 . 0 1", ROCK_SALT[1]), "'Li F'", "no place"),
        (ROCK_SALT, "'Li F H'", "hydrogen"),
        (ROCK_SALT, "'Li F D'", "hydrogen"),
        (ROCK_SALT, "'Li F O2'", "missing O"),
        (ROCK_SALT, "'Li2 F'", "formula"),
        (("Li1 Li 0 0 0 1", "O1 O 0.5 0.5 0.5 1"), "'Li F'", "missing F"),
        (("N1 NH3 0 0 0 1", ROCK_SALT[1]), None, "NH3"),
        (("O1 OH 0 0 0 1", ROCK_SALT[1]), None, "OH"),
        (("N1 NO3 0 0 0 1", ROCK_SALT[1]), None, "NO3"),
        (("W1 Wat 0 0 0 1", ROCK_SALT[1]), None, "Wat|hydrogen"),
        (("Fl1 Fl 0 0 0 1", ROCK_SALT[1]), None, "Fl"),
        (("X1 Xx 0 0 0 1", ROCK_SALT[1]), None, "Xx|X1"),
    ],
)
def test_sites_that_do_not_say_which_atom_is_where_are_refused(tmp_path, rows, formula, word):
    refused(saved(tmp_path, cif(*rows, formula=formula, units="")), word)


def test_hydrogens_that_only_a_column_counts_are_refused(tmp_path):
    columns = (*COLUMNS, "attached_hydrogens")
    rows = ("N1 N 0 0 0 1 4", "Cl1 Cl 0.5 0.5 0.5 1 0")
    refused(saved(tmp_path, cif(*rows, formula="'Cl N'", columns=columns)), "hydrogen")


def test_a_formula_that_is_given_twice_is_not_forgotten(tmp_path):
    """As files of the American Mineralogist database do, the second time without a word."""
    extra = "_chemical_formula_sum ''\n"
    refused(saved(tmp_path, cif(*ROCK_SALT, formula="'Li F H'", extra=extra)), "hydrogen")


def test_labels_alone_are_elements_where_the_formula_agrees(tmp_path):
    columns = tuple(column for column in COLUMNS if column != "type_symbol")
    rows = ("LI1 0 0 0 1", "F1A 0.5 0.5 0.5 1")
    read = read_structure(saved(tmp_path, cif(*rows, columns=columns)))
    assert read.structure.composition.formula == "Li1 F1"
    refused(saved(tmp_path, cif(*rows, columns=columns, formula=None), "two.cif"), "LI1")
    hydroxide = ("HO1 0 0 0 1", "F1A 0.5 0.5 0.5 1")
    refused(saved(tmp_path, cif(*hydroxide, columns=columns, formula=None), "3.cif"), "HO1")


def test_charges_isotopes_and_scattering_names_are_elements(tmp_path):
    rows = ("Li1 Li1+ 0 0 0 1", "D1 D 0.5 0.5 0.5 1")
    read = read_structure(saved(tmp_path, cif(*rows, formula="'D Li'")))
    assert read.structure.composition.formula == "Li1 H1"
    rows = ("C1 Cval 0 0 0 1", "Si1 Siva 0.5 0.5 0.5 1")
    read = read_structure(saved(tmp_path, cif(*rows, formula="'C Si'"), "two.cif"))
    assert read.structure.composition.formula == "Si1 C1"


def test_what_was_left_out_or_taken_is_noted(tmp_path):
    rows = (*ROCK_SALT, "Na1 Na 0.25 0.25 0.25 0")
    assert "Na1" in read_structure(saved(tmp_path, cif(*rows))).notes[0]
    rows = ("Li1 Li 0 0 0 ?", ROCK_SALT[1])
    assert "full" in read_structure(saved(tmp_path, cif(*rows))).notes[0]
    (note,) = read_structure(saved(tmp_path, cif(*ROCK_SALT, formula=None))).notes
    assert "no formula" in note
    (note,) = read_structure(saved(tmp_path, cif(*ROCK_SALT, units="8"))).notes
    assert "8 formula units" in note


def test_without_symmetry_a_cell_that_is_too_empty_is_refused(tmp_path):
    head = HEAD.partition("loop_")[0]
    refused(saved(tmp_path, cif(*ROCK_SALT, head=head, units="4")), "symmetry")


def test_several_blocks_are_chosen_from_and_those_of_one_crystal_are_one(tmp_path):
    other = cif("Na1 Na 0 0 0 1", "Cl1 Cl 0.5 0.5 0.5 1", formula="'Cl Na'", name="NaCl")
    both = saved(tmp_path, "data_global\n_journal_name 'J'\n" + cif(*ROCK_SALT) + other)
    refused(both, "several structures.*1 LiF, 2 NaCl")
    refused(both, "no block '3'", "3")
    assert read_structure(both, "NaCl").structure.composition.formula == "Na1 Cl1"
    assert read_structure(both, "1").structure.composition.formula == "Li1 F1"
    same = saved(tmp_path, cif(*ROCK_SALT) + cif(*ROCK_SALT, name="again"), "same.cif")
    assert "same crystal" in read_structure(same).notes[0]
    with pytest.raises(InputError, match="block"):
        read_structure(saved(tmp_path, "x", "POSCAR"), "1")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        ("nothing", "data_ block"),
        ("data_a\n_cell_length_a 3\n", "no atom sites"),
        ("data_1ABC\nloop_\n_atom_site.id\n_atom_site.Cartn_x\n1 2.0\n", "mmCIF"),
        ("data_a\nloop_\n_atom_site_label\n_atom_site_Cartn_x\nC1 2.0\n", "Cartesian"),
    ],
)
def test_what_is_no_crystal_in_a_cif_is_named(tmp_path, text, word):
    refused(saved(tmp_path, text), word)


# --------------------------------------------------------------------- magnetic CIF

MAGNETIC = """\
data_5yOhtAoR
_space_group_magn.number_BNS  "1.1"
_space_group_magn.name_BNS  "P 1"
_chemical_formula_sum 'Ni2 O2'
_cell_length_a 4.2
_cell_length_b 4.2
_cell_length_c 5.9
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
loop_
_space_group_symop_magn_operation.id
_space_group_symop_magn_operation.xyz
1  x,y,z,+1
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Ni1 Ni 0 0 0 1
Ni2 Ni 0.5 0.5 0 1
O1 O 0.5 0 0.25 1
O2 O 0 0.5 0.25 1
loop_
_atom_site_moment.label
_atom_site_moment.crystalaxis_x
_atom_site_moment.crystalaxis_y
_atom_site_moment.crystalaxis_z
Ni1 {first}
Ni2 {second}
"""


def test_collinear_moments_of_a_magnetic_cif_become_magmom(tmp_path):
    path = saved(tmp_path, MAGNETIC.format(first="0 1.2 1.6", second="0 -1.2 -1.6"), "NiO.mcif")
    structure = read_structure(path).structure
    moments = dict(zip(structure.labels, structure.site_properties["magmom"], strict=True))
    assert moments["Ni1"] == -moments["Ni2"]
    assert sorted(map(abs, moments.values())) == pytest.approx([0, 0, 2, 2])
    out = tmp_path / "o"
    done = runner.interfaces("inputs", path, "--protocol", "mp-static", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "moments of the structure file" in done.stdout
    incar = (out / "INCAR").read_text()
    assert "MAGMOM = 1*2.0 1*-2.0 2*0.0" in incar
    assert "not carried" in bulk(str(path)).properties["notes"][-1]


def test_non_collinear_moments_are_refused(tmp_path):
    path = saved(tmp_path, MAGNETIC.format(first="0 1.2 0", second="1.2 0 0"), "NiO.mcif")
    refused(path, "non-collinear")


def test_moments_along_one_axis():
    assert collinear(None) is None
    assert collinear([0, 0]) is None
    assert collinear([[1, 1, 1], [-1, -1, -1], [0, 0, 0]]) == pytest.approx([1.7321, -1.7321, 0])


# ---------------------------------------------------------------------------- POSCAR

LATTICE = "rock salt\n1.0\n0 2.1 2.1\n2.1 0 2.1\n2.1 2.1 0\n"


def test_poscars_of_many_programs_are_read(tmp_path):
    plain = f"{LATTICE}Li_sv F/abc12\n1 1\nDirect\n0 0 0\n.5 .5 .5\n"
    assert (
        read_structure(saved(tmp_path, plain, "POSCAR")).structure.composition.formula == "Li1 F1"
    )
    trailing = f"{LATTICE}1 1\nDirect\n0 0 0 Li\n.5 .5 .5 F\n"
    assert read_structure(saved(tmp_path, trailing, "a.vasp")).structure[1].specie.symbol == "F"
    held = f"{LATTICE}Li F\n1 1\nSelective dynamics\nDirect\n0 0 0 T T F\n.5 .5 .5 F F F\n"
    read = read_structure(saved(tmp_path, held, "CONTCAR"))
    assert list(map(list, read.structure.site_properties["selective_dynamics"])) == [
        [True, True, False],
        [False, False, False],
    ]
    free = held.replace("T T F", "T T T").replace("F F F", "T T T")
    assert "selective" in read_structure(saved(tmp_path, free, "POSCAR.free")).notes[0].lower()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        ("Fake CONTCAR file for testing.\n", "has 1 line"),
        (f"{LATTICE}1 1\nDirect\n0 0 0\n.5 .5 .5\n", "names no elements"),
        (f"{LATTICE}Li F\n1 1\nDirect\n0 0 0\n", "1 lines of coordinates"),
        (f"{LATTICE}Li F\n1 1\nDirect\n0 0 0\n.5 .5 x\n", "no structure"),
        (f"{LATTICE}Li F\nsome more\nDirect\n0 0 0\n.5 .5 .5\n", "numbers of atoms"),
        (f"{LATTICE}Li Qq\n1 1\nDirect\n0 0 0\n.5 .5 .5\n", "Qq"),
        (f"{LATTICE}Li F\n1 9999999\nDirect\n0 0 0\n.5 .5 .5\n", "at most"),
        (LATTICE.replace("1.0", "1 1 1") + "Li F\n1 1\nDirect\n0 0 0\n.5 .5 .5\n", "scales"),
        (f"{LATTICE}Li F\n1 1\nDirect\n0 0 0\n.01 0 0\n", "apart"),
    ],
)
def test_a_poscar_that_is_cut_or_names_no_elements_is_refused(tmp_path, text, word):
    refused(saved(tmp_path, text, "POSCAR"), word)


# ------------------------------------------------------------------------------- ASE


def test_the_last_frame_of_a_trajectory_is_taken_and_stated(tmp_path):
    cell = Atoms("LiF", [[0, 0, 0], [2, 0, 0]], cell=[4, 4, 4], pbc=True)
    moved = cell.copy()
    moved.positions[1, 0] = 2.1
    for name in ("run.traj", "run.extxyz"):
        write(tmp_path / name, [cell, moved])
        read = read_structure(tmp_path / name)
        assert "last of 2 frames" in read.notes[0]
        assert read.structure[1].coords[0] == pytest.approx(2.1)
        assert (
            bulk(str(tmp_path / name)).composition
            == find_target(str(tmp_path / name)).structure.composition
        )


def test_molecules_and_unknown_formats_are_named(tmp_path):
    write(tmp_path / "water.xyz", Atoms("OH2", [[0, 0, 0], [0, 0, 1], [0, 1, 0]]))
    refused(tmp_path / "water.xyz", "molecule")
    write(tmp_path / "ghost.extxyz", Atoms("XLi", [[0, 0, 0], [2, 0, 0]], cell=[4] * 3, pbc=True))
    refused(tmp_path / "ghost.extxyz", "no element")
    refused(saved(tmp_path, "whatever", "notes.odt"), "format is not known")
    slab = Atoms("LiF", [[0, 0, 0], [2, 0, 0]], cell=[4, 4, 20], pbc=[True, True, False])
    write(tmp_path / "slab.extxyz", slab)
    assert "not periodic" in read_structure(tmp_path / "slab.extxyz").notes[0]


def test_pymatgen_json_keeps_its_moments(tmp_path):
    made = Structure(
        Lattice.cubic(4), ["Fe3+", "Fe3+"], [[0, 0, 0], [0.5, 0.5, 0.5]],
        site_properties={"magmom": [5.0, -5.0]},
    )  # fmt: skip
    made.to(filename=str(tmp_path / "Fe.json"))
    read = read_structure(tmp_path / "Fe.json")
    assert read.structure.site_properties["magmom"] == [5.0, -5.0]
    assert read.structure.composition.formula == "Fe2"
    refused(saved(tmp_path, '{"a": 1}', "a.json"), "no structure")
    assert np.allclose(read.structure.lattice.abc, 4)


# --------------------------------------------------------------------------- the doors


@pytest.mark.parametrize(
    "verb",
    [
        ["inputs", "{}", "--protocol", "mp-static", "--out", "{}_out"],
        ["cell", "{}", "LPSCl", "--facets", "100,100", "--list"],
        ["cell", "LPSCl", "{}", "--facets", "100,100", "--list"],
    ],
)
def test_every_verb_refuses_the_same_in_one_line(tmp_path, verb):
    path = saved(tmp_path, cif(*ROCK_SALT, formula="'Li F H'"))
    runner.refused(runner.interfaces(*(word.format(path) for word in verb)), "hydrogen", path.name)
    assert list(tmp_path.iterdir()) == [path]


def test_notes_and_blocks_reach_the_user_of_both_verbs(tmp_path):
    other = cif("Na1 Na 0 0 0 1", "Cl1 Cl 0.5 0.5 0.5 1", formula="'Cl Na'", name="NaCl")
    path, out = saved(tmp_path, cif(*ROCK_SALT, units="8") + other), tmp_path / "o"
    done = runner.interfaces(
        "inputs", path, "--protocol", "mp-static", "--out", out, "--block", "LiF"
    )
    assert done.returncode == 0, done.stderr
    assert "note: the CIF states 8" in done.stdout
    assert "states 8" in (out / "README.txt").read_text()
    done = runner.interfaces("cell", path, "LPSCl", "--facets", "100,100", "--list", "--block", "1")
    assert "states 8" in done.stdout


def test_an_element_without_a_potential_is_named(tmp_path):
    path = saved(tmp_path, cif("Po1 Po 0 0 0 1", ROCK_SALT[1], formula="'Po F'"))
    done = runner.interfaces("inputs", path, "--protocol", "mp-static", "--out", tmp_path / "o")
    runner.refused(done, "POTCAR", "Po")
