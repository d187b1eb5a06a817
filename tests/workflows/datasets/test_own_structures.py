"""Structures built by substitution and ordering, on made-up parents."""

import json
from collections import Counter

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from interfaces.delithiation.slabs import RHOMBOHEDRAL
from interfaces.errors import InputError
from workflows.datasets.energies import read_cells
from workflows.datasets.own_structures import (
    CHARGES,
    RECIPES,
    Mix,
    Recipe,
    _permutations,
    build,
    perovskite,
    second_lithium_sites,
)
from workflows.datasets.series_cells import main as write_series


def species(structure):
    return Counter(site.specie.symbol for site in structure)


def rock_salt():
    return Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(5.1), ["Li", "Cl"], [[0, 0, 0], [0.5] * 3]
    )


def test_an_ordering_is_neutral_and_has_the_counts_that_were_asked_for():
    (recipe,) = (recipe for recipe in RECIPES if recipe.formula == "Li3La5Ti9O27")
    built = build(recipe, perovskite())
    assert len(built) == recipe.keep
    for structure in built:
        assert species(structure) == {"Li": 3, "La": 5, "Ti": 9, "O": 27}
        assert sum(CHARGES[site.specie.symbol] for site in structure) == 0
        distances = structure.distance_matrix + 9 * np.eye(len(structure))
        assert distances.min() > 1.5


def test_orderings_are_distinct_and_repeat_exactly():
    recipe = Recipe(
        "LiNaCl2", "made up", "", supercell=((1, 0, 0), (0, 1, 0), (0, 0, 1)),
        mixes=(Mix(("Li",), {"Li": 2, "Na": 2}),), keep=9,
    )  # fmt: skip
    built = build(recipe, rock_salt())
    assert len(built) == 1  # two of four sites of the cube: all three ways are equivalent
    again = build(recipe, rock_salt())
    assert built == again


def test_a_sublattice_is_renamed_and_vacancies_are_left():
    parent = rock_salt()
    recipe = Recipe("MgCl2", "made up", "", mixes=(Mix(("Li",), {"Zr": 1}),))
    (structure,) = build(recipe, parent)
    assert species(structure) == {"Zr": 1, "Cl": 4}


@pytest.mark.parametrize(
    "mix", [Mix(("Li",), {"Zr": 2}), Mix(("Li",), {"Li": 9})], ids=["charged", "too many"]
)
def test_counts_that_do_not_fit_are_refused(mix):
    with pytest.raises(InputError):
        build(Recipe("made up", "made up", "", mixes=(mix,)), rock_salt())


def nasicon():
    """LiTi2(PO4)3 from its space group and textbook coordinates, in a rhombohedral cell."""
    hexagonal = Lattice.hexagonal(8.6, 21.0)
    oxygen = [[0.185, -0.005, 0.19], [0.19, 0.165, 0.085]]
    places = [[0, 0, 0], [0, 0, 0.14], [0.29, 0, 0.25], *oxygen]
    full = Structure.from_spacegroup("R-3c", hexagonal, ["Li", "Ti", "P", "O", "O"], places)
    primitive = Lattice(RHOMBOHEDRAL @ hexagonal.matrix)
    inside = primitive.get_fractional_coords(full.cart_coords)
    folded = Structure(primitive, full.species, inside, to_unit_cell=True)
    folded.merge_sites(0.01, mode="delete")
    return folded


@pytest.mark.filterwarnings("ignore:Set OLD_ERROR_HANDLING:DeprecationWarning")
def test_second_lithium_sites_of_nasicon_keep_the_space_group():
    parent = nasicon()
    places = second_lithium_sites(parent)
    for place in places:
        parent.append("Li", place)
    assert SpacegroupAnalyzer(parent, symprec=0.01).get_space_group_number() == 167
    assert len(places) == 6
    assert parent.distance_matrix[36:, :36].min() > 1.8


def test_a_parent_without_room_for_them_is_refused():
    dense = Structure(Lattice.cubic(3.0), ["Li", "Ti"], [[0, 0, 0], [0.5, 0.5, 0.25]])
    with pytest.raises(InputError, match="M2"):
        second_lithium_sites(dense)


def test_arrangements_are_all_of_them_once():
    arrangements = _permutations(["Li", "Li", "Na", ""])
    assert len(arrangements) == len(set(arrangements)) == 12


def test_cells_of_a_series_are_read_as_structures(tmp_path):
    out = tmp_path / "cells.jsonl"
    write_series(["LiFePO4", "--formula-units", "4", "--orderings", "1", "--out", str(out)])
    cells = list(read_cells(out))
    assert [cell.identifier for cell in cells] == [
        f"LiFePO4 x={x} cell=4 decoration=0 ordering=0" for x in ("1", "0.75", "0.5", "0.25", "0")
    ]
    assert [cell.species.count("Li") for cell in cells] == [4, 3, 2, 1, 0]
    first = out.read_bytes()
    write_series(["LiFePO4", "--formula-units", "4", "--orderings", "1", "--out", str(out)])
    assert out.read_bytes() == first
    assert all(json.loads(line)["id"] for line in out.read_text().splitlines())


@pytest.mark.parametrize("host", ["NCM622", "NCM523", "Li1.2Mn0.6Ni0.2O2"])
def test_a_series_in_tenths(host, tmp_path):
    out = tmp_path / "cells.jsonl"
    write_series([host, "--formula-units", "10", "--orderings", "1", "--out", str(out)])
    fixed = 2 if host.startswith("Li1.2") else 0
    counts = [cell.species.count("Li") - fixed for cell in read_cells(out)]
    assert counts == list(range(10, -1, -1))
