"""Every inherited option of the generator is applied or refused, none is ignored."""

from __future__ import annotations

from dataclasses import MISSING, fields

import pytest

from interfaces.errors import InputError

pytest.importorskip("atomate2", reason="atomate2 is not installed")
from atomate2.vasp.sets.base import VaspInputGenerator
from monty.json import MontyDecoder
from pymatgen.core import Lattice, Structure
from pymatgen.io.vasp import Kpoints

from workflows.vasp.atomate2_generator import APPLIED, REFUSED, ProtocolGenerator

INHERITED = {option.name: option for option in fields(VaspInputGenerator)}
PROTOCOLS = ("zhang2023-bulk", "mp-relax")


def rock_salt(metal="Co"):
    return Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(4.26), [metal, "O"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )


def skewed():
    """MgO in a cell that a Niggli reduction changes."""
    cell = rock_salt("Mg")
    return cell.make_supercell([[1, 0, 0], [0, 1, 0], [3, 0, 1]], in_place=False)


def made(cell=None, protocol="zhang2023-bulk", **options):
    generator = ProtocolGenerator(protocol=protocol, checked=False, **options)
    return generator.get_input_set(rock_salt() if cell is None else cell, potcar_spec=True)


def as_text(inputs):
    return {name: str(inputs[name]) for name in ("INCAR", "KPOINTS", "POSCAR", "POTCAR.spec")}


def test_every_inherited_option_is_decided():
    assert set(INHERITED) - set(REFUSED) <= APPLIED
    assert not APPLIED & set(REFUSED)
    assert {option.name for option in fields(ProtocolGenerator)} == APPLIED | set(REFUSED)


#: a value that is not the default, for each option that is refused
OTHERS = {
    "config_dict": {"INCAR": {"ENCUT": 300}}, "files_to_transfer": {"CHGCAR": "CHGCAR"},
    "vdw": "dftd3", "sym_prec": 0.2, "inherit_incar": ["ENCUT"], "bandgap_tol": 0.1,
    "bandgap": 1.0, "prev_incar": {"ENCUT": 300}, "prev_kpoints": Kpoints(),
    "_valid_potcars": ("PBE",),
}  # fmt: skip


def another(name):
    default = next(f for f in fields(ProtocolGenerator) if f.name == name).default
    return OTHERS.get(name, not default)


@pytest.mark.parametrize("name", [name for name in INHERITED if name not in APPLIED])
def test_an_option_that_cannot_be_applied_is_refused(name):
    with pytest.raises(InputError, match=name):
        ProtocolGenerator(**{name: another(name)})
    generator = ProtocolGenerator()
    setattr(generator, name, another(name))
    with pytest.raises(InputError, match=name):
        generator.get_input_set(rock_salt(), potcar_spec=True)


def charged():
    cell = rock_salt("Mg")
    cell.set_charge(1)
    return cell


def ungrouped():
    cell = rock_salt("Mg")
    return Structure.from_sites([cell[i] for i in (0, 4, 1, 5, 2, 6, 3, 7)])


#: option -> its value, the structure, and the file that it changes; POSCAR None: it is refused
CASES = {
    "user_incar_settings": ({"NELM": 99}, rock_salt, "INCAR"),
    "user_kpoints_settings": ({"reciprocal_density": 600}, rock_salt, "KPOINTS"),
    "user_potcar_settings": ({"Mg": "Mg_pv", "O": "O_s"}, lambda: rock_salt("Mg"), "POTCAR.spec"),
    "constrain_total_magmom": (True, rock_salt, "INCAR"),
    "reduce_structure": ("niggli", skewed, "POSCAR"),
    "use_structure_charge": (True, charged, "INCAR"),
}  # fmt: skip


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", CASES)
def test_an_option_that_is_applied_changes_the_inputs(name, protocol):
    value, structure, file = CASES[name]
    plain = as_text(made(structure(), protocol))
    changed = as_text(made(structure(), protocol, **{name: value}))
    assert changed[file] != plain[file]
    again = MontyDecoder().process_decoded(
        ProtocolGenerator(protocol=protocol, checked=False, **{name: value}).as_dict()
    )
    assert as_text(again.get_input_set(structure(), potcar_spec=True)) == changed


def test_the_cases_are_all_that_is_applied():
    """The others have tests of their own, or are those of the class itself."""
    own = {option.name for option in fields(ProtocolGenerator)} - set(INHERITED)
    elsewhere = {"structure", "user_potcar_functional", "sort_structure", "force_gamma"}
    assert set(CASES) | own | elsewhere == APPLIED


def test_tags_follow_the_options():
    incar = made(constrain_total_magmom=True).incar
    assert incar["NUPDOWN"] == pytest.approx(sum(incar["MAGMOM"]))
    cell, neutral = charged(), rock_salt("Mg")
    nelect = made(cell, use_structure_charge=True).incar["NELECT"]
    assert nelect == 4 * (8 + 6) - 1  # Mg_pv
    assert "NELECT" not in made(neutral, use_structure_charge=True).incar
    with pytest.raises(InputError, match="moments"):
        made(rock_salt("Mg"), constrain_total_magmom=True, order="none")


def test_meshes():
    kpoints = made(user_kpoints_settings=Kpoints.gamma_automatic((3, 4, 5))).kpoints
    assert list(kpoints.kpts[0]) == [3, 4, 5]
    cell = Structure.from_spacegroup("Pm-3m", Lattice.cubic(2.6), ["Mg", "O"], [[0] * 3, [0.5] * 3])
    even = {"user_kpoints_settings": {"length": 10}}
    assert made(cell, **even, force_gamma=False).kpoints.style.name == "Monkhorst"
    assert made(cell, **even).kpoints.style.name == "Gamma"
    for wrong in ({"line_density": 20}, {"length": -1}, {"length": "long"}, {"length": 1, "x": 2},
                  Kpoints.monkhorst_automatic((2, 2, 2), shift=(0.5, 0, 0))):  # fmt: skip
        with pytest.raises(InputError, match="user_kpoints_settings"):
            made(user_kpoints_settings=wrong)
    with pytest.raises(InputError, match="force_gamma"):
        ProtocolGenerator(force_gamma=False)
    with pytest.raises(InputError, match="KSPACING"):
        made(user_kpoints_settings={"length": 20}, user_incar_settings={"KSPACING": 0.3})


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_potentials_take_the_corrections_away(protocol):
    generator = ProtocolGenerator(protocol=protocol, user_potcar_functional="PBE_64")
    inputs = generator._inputs(rock_salt("Mg"), generator._protocol())
    assert inputs.functional == "PBE_64"
    assert inputs.corrections is None
    for wrong in ({"user_potcar_functional": "PBE_1"}, {"user_potcar_settings": {"Mg": "Mn"}}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            made(rock_salt("Mg"), protocol, **wrong)


def test_an_order_of_atoms_that_cannot_be_kept_is_refused():
    assert made(ungrouped())["POSCAR"].site_symbols == ["Mg", "O"]
    with pytest.raises(InputError, match="sort_structure"):
        made(ungrouped(), sort_structure=False)
    assert made(rock_salt("Mg"), sort_structure=False)


def test_powerups_reach_the_inputs():
    from atomate2.vasp.jobs.base import BaseVaspMaker
    from atomate2.vasp.powerups import (
        update_user_incar_settings,
        update_user_kpoints_settings,
        update_user_potcar_settings,
    )

    maker = BaseVaspMaker(input_set_generator=ProtocolGenerator(protocol="mp-relax", checked=False))
    maker = update_user_incar_settings(maker, {"ENCUT": 600})
    maker = update_user_kpoints_settings(maker, {"reciprocal_density": 600})
    maker = update_user_potcar_settings(maker, {"Mg": "Mg"})
    inputs = maker.input_set_generator.get_input_set(rock_salt("Mg"), potcar_spec=True)
    plain = made(rock_salt("Mg"), "mp-relax")
    assert inputs.incar["ENCUT"] == 600
    assert inputs.kpoints.kpts[0] > plain.kpoints.kpts[0]
    assert str(inputs["POTCAR.spec"]).split() == ["Mg", "O"]


def test_defaults_are_the_bases_but_for_two():
    """An option whose default the protocol cannot follow has another default here."""
    ours = {option.name: option for option in fields(ProtocolGenerator)}
    differ = {
        name
        for name, option in INHERITED.items()
        if option.default is not MISSING and ours[name].default != option.default
    }
    assert differ == {"auto_ismear", "auto_metal_kpoints"}
