"""Stored bulks: bonds, space groups and densities as the crystals have them; files; refusals."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import spglib
from pymatgen.analysis.ewald import EwaldSummation
from pymatgen.core import Lattice, Structure

from interfaces.errors import InputError
from workflows.structures.bulk import (
    bulk,
    default_facet,
    formal_charges,
    prototype,
    prototypes,
    read_prototype,
)

SPACE_GROUPS = {
    "LiCoO2": 166, "CoO": 225, "NiO": 225, "Li6PS5Cl": 216, "Li3PS4": 31, "Li2CO3": 15, "Li": 229,
}  # fmt: skip
DENSITIES = {  # g/cm3, of the crystals by handbooks
    "LiCoO2": 5.05, "CoO": 6.44, "NiO": 6.8, "Li6PS5Cl": 1.86, "Li3PS4": 1.93, "Li2CO3": 2.10,
    "Li": 0.53,
}  # fmt: skip


def distances(structure, first, second, longest):
    """All first-second distances up to ``longest``, for each atom of the first element."""
    return [
        sorted(n.nn_distance for n in structure.get_neighbors(site, longest)
               if n.specie.symbol == second)
        for site in structure if site.specie.symbol == first
    ]  # fmt: skip


def test_every_bulk_has_the_space_group_of_its_crystal():
    assert set(prototypes()) == set(SPACE_GROUPS)
    for name, number in SPACE_GROUPS.items():
        structure = bulk(name)
        cell = (
            structure.lattice.matrix,
            structure.frac_coords,
            [site.specie.Z for site in structure],
        )
        dataset = spglib.get_symmetry_dataset(cell, symprec=1e-3)
        assert dataset.number == number, name


def test_every_bulk_is_as_dense_as_its_crystal():
    for name, density in DENSITIES.items():
        assert float(bulk(name).density) == pytest.approx(density, rel=0.02), name


@pytest.mark.parametrize(
    ("name", "first", "second", "count", "low", "high"),
    [
        ("LiCoO2", "Co", "O", 6, 1.91, 1.93),
        ("LiCoO2", "Li", "O", 6, 2.05, 2.13),
        ("CoO", "Co", "O", 6, 2.129, 2.131),
        ("NiO", "Ni", "O", 6, 2.089, 2.091),
        ("Li6PS5Cl", "P", "S", 4, 2.03, 2.06),
        ("Li6PS5Cl", "Li", "S", 3, 2.25, 2.6),
        ("Li3PS4", "P", "S", 4, 2.02, 2.06),
        ("Li3PS4", "Li", "S", 4, 2.3, 2.6),
        ("Li2CO3", "C", "O", 3, 1.26, 1.30),
        ("Li2CO3", "Li", "O", 4, 1.88, 2.15),
    ],
)
def test_bonds_have_the_lengths_and_numbers_of_the_crystal(name, first, second, count, low, high):
    for distance in distances(bulk(name), first, second, high + 0.2):
        assert len(distance) == count
        assert low <= distance[0] <= distance[-1] <= high


def test_argyrodite_is_ordered_with_four_formula_units():
    structure = bulk("Li6PS5Cl")
    assert structure.is_ordered
    assert structure.composition.formula == "Li24 P4 S20 Cl4"


def test_lithium_of_the_argyrodite_lies_lower_in_ewald_energy_than_any_half_filling_of_48h():
    """The comment in the file; the exact minimum over 2^24, the pairs split in halves."""
    own = bulk("Li6PS5Cl").copy()
    charges = formal_charges("LPSCl", own)
    own.add_oxidation_state_by_element(charges)
    framework = [(site.specie.symbol, site.frac_coords) for site in bulk("LPSCl")
                 if site.specie.symbol != "Li"]  # fmt: skip
    pairs_of = Structure.from_spacegroup(
        "F-43m", Lattice.cubic(9.86), ["Li"], [[0.183, 0.183, 0.024]]
    )
    full = Structure(
        own.lattice, ["Li"] * 48 + [symbol for symbol, _ in framework],
        [*pairs_of.frac_coords, *(place for _, place in framework)],
    )  # fmt: skip
    distance = full.distance_matrix[:48, :48] + 99 * np.eye(48)
    partner = distance.argmin(axis=1)
    pairs = [(i, int(partner[i])) for i in range(48) if i < partner[i]]
    assert len(pairs) == 24
    full.add_oxidation_state_by_element(charges)
    energy = EwaldSummation(full).total_energy_matrix
    choices = np.array(list(itertools.product((0, 1), repeat=12)))
    halves = []
    for half in (pairs[:12], pairs[12:]):
        chosen = np.zeros((len(choices), 48))
        for k, pair in enumerate(half):
            chosen[np.arange(len(choices)), np.array(pair)[choices[:, k]]] = 1
        halves.append(chosen)
    between = energy[:48, :48]
    linear = 2 * energy[:48, 48:].sum(axis=1)
    own_terms = [np.einsum("ai,ij,aj->a", x, between, x) + x @ linear for x in halves]
    total = own_terms[0][:, None] + own_terms[1] + 2 * halves[0] @ between @ halves[1].T
    lowest = float(total.min() + energy[48:, 48:].sum()) / 4
    assert lowest - EwaldSummation(own).total_energy / 4 == pytest.approx(5.8, abs=0.05)


def test_names_of_systems_and_formulas_mean_the_same_bulk():
    assert bulk("LCO") == bulk("LiCoO2")
    assert bulk("LPS") == bulk("Li3PS4")
    assert bulk("O2CoLi") == bulk("LiCoO2")


def test_a_changed_copy_does_not_change_the_stored_bulk():
    bulk("CoO").remove_species(["O"])
    assert bulk("CoO").composition.formula == "Co4 O4"


def test_charges_balance():
    for name in prototypes():
        charges = formal_charges(name, bulk(name))
        assert sum(charges[site.specie.symbol] for site in bulk(name)) == pytest.approx(0), name


@pytest.mark.parametrize("suffix", ["cif", "vasp", "extxyz"])
def test_a_file_gives_the_structure_in_it(tmp_path, suffix):
    path = tmp_path / f"mine.{suffix}"
    if suffix == "extxyz":
        from pymatgen.io.ase import AseAtomsAdaptor

        AseAtomsAdaptor.get_atoms(bulk("CoO"), msonable=False).write(path)
    else:
        bulk("CoO").to(filename=str(path), fmt="poscar" if suffix == "vasp" else "cif")
    structure = bulk(str(path))
    assert structure.composition == bulk("CoO").composition
    assert structure.lattice.a == pytest.approx(4.26)
    assert structure.properties["name"] == "mine"
    assert formal_charges(str(path), structure) == {"Co": 2, "O": -2}
    with pytest.raises(InputError, match="names no facet"):
        default_facet(str(path))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Foo", "no bulk structure is called 'Foo'"),
        ("LiCoO", "no bulk structure of LiCoO"),
        ("LCO@0.5", r"no bulk structure of Li0.5CoO2"),
        ("nowhere.cif", "there is no structure file nowhere.cif"),
        ("LiCoO22", "no bulk structure of"),
    ],
)
def test_a_name_that_is_none_is_refused_in_one_line(name, message):
    with pytest.raises(InputError, match=message) as error:
        bulk(name)
    assert "\n" not in str(error.value)


def test_files_that_are_no_bulk_are_refused(tmp_path):
    text = tmp_path / "text.cif"
    text.write_text("nothing")
    with pytest.raises(InputError, match="holds no structure that can be used"):
        bulk(str(text))
    mixed = Structure(Lattice.cubic(4), [{"Li": 0.5, "Na": 0.5}], [[0, 0, 0]])
    mixed.to(filename=str(tmp_path / "mixed.cif"))
    with pytest.raises(InputError, match="partly filled"):
        bulk(str(tmp_path / "mixed.cif"))
    near = Structure(Lattice.cubic(4), ["Li", "O"], [[0, 0, 0], [0.05, 0, 0]])
    near.to(filename=str(tmp_path / "near.vasp"), fmt="poscar")
    with pytest.raises(InputError, match=r"nearer than 0\.5 A"):
        bulk(str(tmp_path / "near.vasp"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("4a", "8c", "has 4 sites in Fm-3m"),
        ("lattice: {a: 4.26}", "", "lacks lattice"),
        ("source:", "reason: x\nsource:", "unknown key 'reason'"),
        ("a: 4.26", "a: long", "must be a number"),
        ("facet: [1, 0, 0]", "facet: [1, 0]", "longer list"),
    ],
)
def test_a_prototype_that_is_wrong_is_refused(tmp_path, old, new, message):
    from workflows.io.resources import inputs
    from workflows.structures.bulk import _built

    text = (inputs() / "structures" / "CoO.yaml").read_text()
    assert old in text
    path = tmp_path / "CoO.yaml"
    path.write_text(text.replace(old, new))
    with pytest.raises(InputError, match=message):
        _built(read_prototype(path))


def test_the_default_facet_is_that_of_the_file():
    assert default_facet("LCO") == (1, 0, 4)
    assert prototype("CoO").facet == default_facet("CoO") == (1, 0, 0)
