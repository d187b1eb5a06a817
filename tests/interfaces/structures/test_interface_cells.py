"""Slabs, matches, interface cells and registries: numbers by hand or by pymatgen and numpy."""

from __future__ import annotations

import math
from collections import Counter
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core import Lattice, Structure
from pymatgen.core.surface import SlabGenerator

from interfaces.errors import CellError, InputError, NoMatchError
from interfaces.structures import (
    distinct_shifts,
    facet,
    interface_cell,
    matches,
    on_surface,
    scan,
    scan_energies,
    terminations,
)
from interfaces.structures.oriented_cell import bezout, oriented_cell
from interfaces.structures.polar_reconstruction import repeated
from workflows.structures.adsorbates import molecule
from workflows.structures.bulk import bulk, prototype
from workflows.structures.interface_cells import (
    CellSpec,
    choose,
    list_choices,
    prepare_cell,
    read_miller,
    read_named,
)


@cache
def slabs(name, miller, thickness=7.0):
    charges = dict(prototype(name).charges)
    return terminations(bulk(name), miller, thickness, charges, name=name)


def by_label(name, miller, label, thickness=7.0):
    return next(slab for slab in slabs(name, miller, thickness) if slab.label == label)


def square(side, name="Li", thickness=3.0):
    item = Structure(Lattice.cubic(side), [name], [[0, 0, 0]])
    return terminations(item, (1, 0, 0), thickness, {name: 0.0})[0]


# --- oriented cells and slabs ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "miller"),
    [
        ("LiCoO2", (1, 0, 4)), ("LiCoO2", (0, 0, 3)), ("LiCoO2", (1, 1, 0)), ("CoO", (1, 1, 1)),
        ("CoO", (2, 1, 0)), ("Li6PS5Cl", (1, 1, 0)), ("Li2CO3", (1, -1, 2)), ("Li3PS4", (0, 1, 0)),
        ("Li", (2, 1, -1)),
    ],
)  # fmt: skip
def test_the_oriented_cell_is_the_primitive_crystal_with_the_facet_across_z(name, miller):
    crystal = bulk(name)
    cell = oriented_cell(crystal, miller)
    primitive = crystal.get_primitive_structure()
    assert cell.volume == pytest.approx(primitive.volume)
    assert len(cell) == len(primitive)
    matrix = cell.lattice.matrix
    assert np.abs(matrix[:2, 2]).max() < 1e-9
    # the spacing of the planes is d_hkl of the conventional cell over a whole number
    ratio = crystal.lattice.d_hkl(miller) / matrix[2, 2]
    assert ratio == pytest.approx(round(ratio), abs=1e-6)
    bonds = sorted(n.nn_distance for n in crystal.get_neighbors(crystal[0], 4.0))
    first = next(site for site in cell if site.specie == crystal[0].specie)
    if name != "Li2CO3" and name != "Li3PS4":  # where all atoms of the element are alike
        assert sorted(n.nn_distance for n in cell.get_neighbors(first, 4.0)) == pytest.approx(bonds)


def test_slabs_of_rocksalt_100_are_those_of_pymatgen():
    ours = by_label("CoO", (1, 0, 0), "1")
    theirs = SlabGenerator(bulk("CoO"), (1, 0, 0), 6, 10, primitive=True).get_slab()
    assert ours.area == pytest.approx(theirs.surface_area) == pytest.approx(4.26**2 / 2)
    assert ours.layers == 4
    assert ours.thickness == pytest.approx(3 * 2.13)
    assert (ours.top, ours.bottom, ours.tasker, ours.polar) == ("CoO", "CoO", 1, False)


def test_rocksalt_111_is_polar_by_hand_and_loses_its_dipole():
    """Planes of charge +2 and -2, a / sqrt(12) apart: mu / A = n q d / A."""
    slab = by_label("CoO", (1, 1, 1), "1")
    area, step = math.sqrt(3) / 4 * 4.26**2, 4.26 / math.sqrt(12)
    assert slab.area == pytest.approx(area)
    assert abs(slab.dipole) == pytest.approx(slab.layers * 2 * step / area)
    assert (slab.tasker, slab.polar) == (3, True)
    second = by_label("CoO", (1, 1, 1), "1r")
    assert second.dipole == pytest.approx(0, abs=1e-9)
    assert second.area == pytest.approx(2 * area)  # half an ion per cell: two cells
    assert second.stoichiometric
    assert second.tasker == 2
    assert Counter(second.species) == {s: 2 * n for s, n in Counter(slab.species).items()}


def test_licoo2_104_is_stoichiometric_and_without_dipole():
    (item,) = slabs("LiCoO2", (1, 0, 4))
    assert (item.tasker, item.polar, item.broken, item.stoichiometric) == (1, False, 0, True)
    a, c = 2.816, 14.05  # d(104) = 1 / sqrt(4/3 / a^2 + 16 / c^2); the area is V / d
    spacing = 1 / math.sqrt(4 / 3 / a**2 + 16 / c**2)
    assert item.repeat[2] == pytest.approx(item.layers * spacing)
    assert item.area == pytest.approx(math.sqrt(3) / 2 * a**2 * c / 3 / spacing)


def test_layered_003_has_every_cut_apart_and_moves_half_of_its_lithium():
    labels = [item.label for item in slabs("LiCoO2", (0, 0, 3))]
    assert labels == ["1", "1r", "2", "2r", "3", "3r", "4", "4r"]
    sides = {(slab.bottom, slab.top) for slab in slabs("LiCoO2", (0, 0, 3)) if not slab.moved}
    assert sides == {("O", "Li"), ("Co", "O"), ("O", "Co"), ("Li", "O")}
    outcome = by_label("LiCoO2", (0, 0, 3), "1r")
    assert (outcome.bottom, outcome.top) == ("Li", "Li")
    assert outcome.moved.startswith("1 of 4 Li") or outcome.moved.startswith("1 of 2 Li")


def test_ps4_stays_whole_in_whole_cuts():
    for miller in ((1, 0, 0), (1, 1, 0), (1, 1, 1)):
        for item in slabs("Li6PS5Cl", miller):
            structure = item.structure(20.0)
            bonds = [
                sum(n.specie.symbol == "S" for n in structure.get_neighbors(site, 2.3))
                for site in structure if site.specie.symbol == "P"
            ]  # fmt: skip
            assert (min(bonds) == 4) == (item.broken == 0), item.name
            assert item.stoichiometric
    assert any(slab.label == "1w" for slab in slabs("Li6PS5Cl", (1, 1, 0)))


def test_broken_bonds_are_those_that_the_slab_lacks():
    for slab in slabs("Li6PS5Cl", (1, 0, 0)):
        structure = slab.structure(20.0)
        have = sum(
            sum(n.specie.symbol == "S" for n in structure.get_neighbors(site, 2.3))
            for site in structure if site.specie.symbol == "P"
        )  # fmt: skip
        phosphorus = slab.species.count("P")
        assert 4 * phosphorus - have == slab.broken


def test_dipoles_are_those_of_pymatgen():
    """Pymatgen's dipole of a decorated slab, over the area, about the same centre."""
    from pymatgen.core.surface import Slab

    for item in slabs("Li6PS5Cl", (1, 1, 0)):
        structure = item.structure(20.0)
        structure.add_oxidation_state_by_element(dict(prototype("Li6PS5Cl").charges))
        theirs = Slab(
            structure.lattice, structure.species, structure.frac_coords, (0, 0, 1), structure, 0,
            np.eye(3),
        )  # fmt: skip
        assert item.dipole == pytest.approx(theirs.dipole[2] / item.area, abs=1e-6)


def test_reconstructions_move_ions_to_places_of_the_crystal():
    """No atom of a reconstructed slab comes nearer to another than in the bulk."""
    for name, miller in (("Li6PS5Cl", (1, 0, 0)), ("LiCoO2", (0, 0, 3)), ("Li2CO3", (0, 0, 1))):
        crystal = bulk(name)
        shortest = min(n.nn_distance for site in crystal for n in crystal.get_neighbors(site, 3))
        for item in slabs(name, miller):
            result = item.structure(20.0).distance_matrix + 99 * np.eye(len(item.species))
            assert result.min() >= shortest - 1e-6, item.name
            if item.moved:
                assert abs(item.dipole) < 0.01
                assert item.stoichiometric


def test_slabs_without_charges_say_that_the_dipole_is_not_known():
    slab = terminations(bulk("CoO"), (1, 1, 1), 5.0)[0]
    assert (slab.dipole, slab.polar, slab.tasker) == (None, None, None)


@given(a=st.integers(-200, 200), b=st.integers(-200, 200))
def test_bezout_gives_the_greatest_common_divisor(a, b):
    u, v = bezout(a, b)
    assert u * a + v * b == math.gcd(a, b)


@pytest.mark.parametrize("matrix", [[[2, 1], [-1, 3]], [[1, 4], [0, 5]], [[-3, 0], [1, 2]]])
def test_a_larger_surface_cell_is_the_same_crystal(matrix):
    slab = by_label("CoO", (1, 0, 0), "1")
    species, positions = repeated(slab.species, slab.positions, slab.axes, np.array(matrix))
    cell = np.zeros((3, 3))
    cell[:2, :2], cell[2, 2] = np.array(matrix) @ slab.axes, 30.0
    large = Structure(Lattice(cell), species, positions, coords_are_cartesian=True)
    count = abs(round(np.linalg.det(np.array(matrix))))
    assert len(large) == count * len(slab.species)
    small = slab.structure(30.0 - slab.thickness)
    coordination = [Counter(len(s.get_neighbors(site, 2.2)) for site in s) for s in (small, large)]
    assert coordination[1] == {k: count * n for k, n in coordination[0].items()}


# --- matches -----------------------------------------------------------------------------------


def test_a_square_on_a_square_by_hand():
    """3 and 4 angstrom: 4 x 4 on 3 x 3 without strain, and areas i 9 and j 16 in general."""
    fits = matches(square(3.0), square(4.0), max_strain=0.06, max_atoms=26)
    best = fits[0]
    assert best.strain == pytest.approx(0, abs=1e-9)
    assert best.area == pytest.approx(144)
    assert best.atoms == (16 * 1, 9 * 1) == (16, 9)
    assert best.twist == 0
    # sqrt 2 x sqrt 2 of 3 (4.243) on 1 x 1 of 4, turned by 45 degrees: misfit 4 / 4.243
    turned = next(item for item in fits if item.atoms == (2, 1))
    misfit = 4 / (3 * math.sqrt(2))
    assert turned.first_strain == pytest.approx((math.sqrt(misfit) - 1,) * 2)
    assert turned.second_strain == pytest.approx((1 / math.sqrt(misfit) - 1,) * 2)
    assert abs(turned.twist) == pytest.approx(45, abs=1e-3)
    assert turned.area == pytest.approx(18 * misfit)


@pytest.mark.parametrize("taken_by", ["first", "second", "shared"])
def test_strains_are_those_of_the_metric_tensor(taken_by):
    """Principal stretches are the roots of the eigenvalues of G^-1 G' of the two metrics."""
    ours, theirs = by_label("LiCoO2", (1, 0, 4), "1"), by_label("Li6PS5Cl", (1, 1, 0), "1wr")
    fits = matches(ours, theirs, max_strain=0.06, max_atoms=260, taken_by=taken_by)
    assert fits
    for item in fits:
        common = item.axes @ item.axes.T
        for slab, cell, strains in (
            (ours, item.first, item.first_strain),
            (theirs, item.second, item.second_strain),
        ):
            vectors = np.array(cell) @ slab.axes
            assert np.linalg.det(vectors) > 0
            roots = np.sqrt(np.linalg.eigvals(np.linalg.solve(vectors @ vectors.T, common)).real)
            assert sorted(roots - 1) == pytest.approx(sorted(strains), abs=1e-9)
        assert item.area == pytest.approx(math.sqrt(np.linalg.det(common)))
        if taken_by != "shared":
            unstrained = item.second_strain if taken_by == "first" else item.first_strain
            assert unstrained == pytest.approx((0, 0), abs=1e-12)
    assert [fit.strain for fit in fits] == sorted(outcome.strain for outcome in fits)


def test_the_search_finds_what_pymatgens_finds():
    """Areas of pymatgen's matches whose strain is within the limit, and ours, are the same."""
    import subprocess
    import sys

    ours, theirs = by_label("CoO", (1, 0, 0), "1"), by_label("Li6PS5Cl", (1, 0, 0), "2r")
    limit, area = 0.03, 100.0
    script = f"""
import numpy as np
from pymatgen.analysis.interfaces.zsl import ZSLGenerator
a = np.array({np.column_stack([ours.axes, np.zeros(2)]).tolist()})
b = np.array({np.column_stack([theirs.axes, np.zeros(2)]).tolist()})
search = ZSLGenerator(max_area_ratio_tol=0.3, max_area={area} + 49, max_length_tol=0.1,
                      max_angle_tol=0.1, bidirectional=True)
for m in search(a, b):
    f, s = (np.array(v)[:, :2] for v in (m.film_sl_vectors, m.substrate_sl_vectors))
    size = np.abs(np.log(np.linalg.svd(np.linalg.solve(f, s))[1])).max() / 2
    n = [round(abs(np.linalg.det(v) / np.linalg.det(w[:, :2]))) for v, w in ((f, a), (s, b))]
    print(*n, round(size, 6))
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=True,
        env={"NUMBA_DISABLE_JIT": "1", "PATH": ""},
    )  # fmt: skip
    reference = set()
    for line in done.stdout.splitlines():
        i, j, size = line.split()
        if (
            float(size) <= math.log1p(limit)
            and min(int(i) * ours.area, int(j) * theirs.area) < area
        ):
            reference.add((int(i), int(j), round(float(size), 5)))
    fits = matches(ours, theirs, max_strain=limit, max_atoms=1000, max_area=area)
    mine = {
        (fit.atoms[0] // len(ours.species), fit.atoms[1] // len(theirs.species),
         round(max(math.log1p(abs(x)) if x > 0 else -math.log1p(x) for x in fit.first_strain), 5))
        for fit in fits
    }  # fmt: skip
    assert mine
    for i, j, size in mine:  # pymatgen's may be mirrored too: ours are among them
        assert any((i, j) == second[:2] and abs(size - second[2]) < 2e-5 for second in reference)
    assert {entry[:2] for entry in reference if entry[2] < 0.02} <= {item[:2] for item in mine}


@settings(max_examples=15, deadline=None)
@given(ratio=st.floats(0.7, 1.4), turn=st.floats(0, 89))
def test_a_turned_lattice_has_the_same_matches(ratio, turn):
    from dataclasses import replace

    ours, theirs = square(3.0), square(3.0 * ratio)
    angle = math.radians(turn)
    wheel = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    second = replace(theirs, axes=theirs.axes @ wheel)
    try:
        plain = matches(ours, theirs, max_strain=0.05, max_atoms=12)
    except NoMatchError:
        with pytest.raises(NoMatchError):
            matches(ours, second, max_strain=0.05, max_atoms=12)
        return
    turned = matches(ours, second, max_strain=0.05, max_atoms=12)
    rows = [sorted({(m.atoms, round(m.strain, 6)) for m in item}) for item in (plain, turned)]
    assert rows[0] == rows[1]


def test_limits_hold():
    ours, theirs = by_label("CoO", (1, 0, 0), "1"), by_label("Li6PS5Cl", (1, 0, 0), "2r")
    fits = matches(ours, theirs, max_strain=0.04, max_atoms=250, max_area=150, min_width=9)
    assert fits
    for item in fits:
        assert item.strain <= 0.04
        assert item.total_atoms <= 250
        assert item.area <= 150
        assert item.width >= 9
        assert item.width == pytest.approx(min(item.area / length for length in item.lengths))


# --- interface cells ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def named():
    return {name: prepare_cell(read_named(name)) for name in ("LCO_LPSCl", "CoO_LPSCl")}


def test_named_cells_are_what_the_bulks_add_up_to(named):
    for answer in named.values():
        cell = answer.cell
        total = Counter(cell.atoms.species)
        expected = Counter()
        for slab, matrix in ((cell.first, cell.match.first), (cell.second, cell.match.second)):
            cells = abs(round(np.linalg.det(np.array(matrix))))
            formula = bulk(slab.bulk).composition.reduced_composition
            for element, amount in formula.items():
                expected[element.symbol] += int(amount) * slab.units * cells
        assert total == expected
        assert 150 <= len(cell.atoms.species) <= 300
        assert cell.match.strain < 0.03
        assert not any(item.polar or item.broken for item in answer.choices.chosen)


def test_named_cells_keep_the_bonds_of_both_sides(named):
    for answer in named.values():
        structure = answer.cell.atoms.structure()
        apart = structure.distance_matrix + 99 * np.eye(len(structure))
        assert apart.min() > 1.85
        sides = np.array(answer.cell.atoms.sides)
        across = apart[np.ix_(sides == 0, sides == 1)]
        assert across.min() == pytest.approx(answer.cell.contact, abs=1e-5)
        assert across.min() >= answer.cell.gap - 1e-6
        for site in structure:
            if site.specie.symbol == "P":
                near = structure.get_neighbors(site, 2.3)
                assert sum(n.specie.symbol == "S" for n in near) == 4


def test_a_sandwich_has_its_gap_twice_and_a_vacuum_once():
    ours, theirs = by_label("CoO", (1, 0, 0), "1"), by_label("Li6PS5Cl", (1, 0, 0), "2r")
    match = matches(ours, theirs, max_strain=0.03, max_atoms=200)[0]
    for vacuum, count in ((0.0, 2), (12.0, 1)):
        cell = interface_cell(ours, theirs, match, gap=2.4, vacuum=vacuum)
        heights = [cell.atoms.positions[np.array(cell.atoms.sides) == i, 2] for i in (0, 1)]
        assert heights[1].min() - heights[0].max() == pytest.approx(2.4)
        above = cell.atoms.lattice[2, 2] - heights[1].max() + heights[0].min()
        assert above == pytest.approx(vacuum or 2.4)
        assert cell.interfaces == count


def test_both_sides_are_strained_to_the_common_cell_and_stay_crystals(named):
    """Each side's bond lengths lie within its principal strains of the bulk's."""
    cell = named["CoO_LPSCl"].cell
    structure = cell.atoms.structure()
    bonds = [
        n.nn_distance for site in structure if site.specie.symbol == "Co"
        for n in structure.get_neighbors(site, 2.4) if n.specie.symbol == "O"
    ]  # fmt: skip
    stretched = 2.13 * (1 + cell.match.first_strain[0])
    assert sorted({round(item, 3) for item in bonds}) == [2.13, round(stretched, 3)]


def test_atoms_stand_by_element_side_and_height(named):
    for answer in named.values():
        atoms = answer.cell.atoms
        runs = [symbol for i, symbol in enumerate(atoms.species)
                if i == 0 or atoms.species[i - 1] != symbol]  # fmt: skip
        assert len(runs) == len(set(runs))
        for symbol in runs:
            own = [side for side, item in zip(atoms.sides, atoms.species, strict=True)
                   if item == symbol]  # fmt: skip
            assert own == sorted(own)
        assert set(atoms.labels) == set(atoms.names)


def test_the_side_comes_before_the_height():
    from interfaces.structures import labelled

    cell = labelled(
        ("a", "b"), ["Li", "Li"], [1, 0], np.eye(3) * 9, np.array([[0, 0, 1.0], [0, 0, 5.0]])
    )
    assert cell.labels == ("a", "b")


def test_two_builds_are_one(named):
    from workflows.structures.write_cells import extxyz, poscar

    again = prepare_cell(read_named("CoO_LPSCl")).cell
    item = named["CoO_LPSCl"].cell
    assert extxyz(again.atoms.structure()) == extxyz(item.atoms.structure())
    assert poscar(again.atoms, "x") == poscar(item.atoms, "x")


# --- registry ----------------------------------------------------------------------------------


def small_cell():
    ours, theirs = square(3.0), square(3.1, "Na")
    match = matches(ours, theirs, max_strain=0.05, max_atoms=4)[0]
    return interface_cell(ours, theirs, match, gap=3.0)


def test_a_scan_finds_a_known_minimum():
    """Energy cos-shaped with its minimum at the hollow, (1/2, 1/2) of the square."""
    cell = small_cell()

    def energy(item):
        u, v = item.shift
        return math.cos(2 * math.pi * u) + math.cos(2 * math.pi * v) + (item.gap - 2.5) ** 2

    result = scan_energies(cell, energy, grid=(4, 4), gaps=(2.0, 2.5, 3.0))
    assert result.best.shift == (0.5, 0.5)
    assert result.best.gap == 2.5
    assert len(result.points) == 48
    area = 2 * cell.match.area
    worst = max(result.points, key=lambda point: point.relative)
    assert worst.relative == pytest.approx((4 + 0.25) / area)
    assert result.spread == pytest.approx((4 + 0.25) / area * 16.021766)
    relative = [round(point.relative, 5) for point in result.points]
    assert relative == sorted(relative)


def test_the_best_of_a_calculator_is_its_best():
    """A pair repulsion alone: the hollow again, by ASE's own calculator."""
    from ase.calculators.lj import LennardJones

    cell = small_cell()
    result = scan(cell, LennardJones(sigma=2.9, epsilon=0.1, rc=9.0), grid=(2, 2))
    assert result.best.shift == (0.5, 0.5)
    assert result.calculator == "lennardjones"


def test_distinct_shifts_are_the_sum_of_both_lattices(named):
    """Each side's own vectors are whole combinations, and no coarser lattice has them all."""
    for answer in named.values():
        cell = answer.cell
        basis = distinct_shifts(cell)
        rows = []
        for matrix in (cell.match.first, cell.match.second):
            own = np.linalg.inv(np.array(matrix, dtype=float))
            rows.extend(own)
            whole = own @ np.linalg.inv(basis)
            assert np.abs(whole - np.round(whole)).max() < 1e-9
        counts = [
            abs(round(np.linalg.det(np.array(m)))) for m in (cell.match.first, cell.match.second)
        ]
        fineness = 1 / abs(np.linalg.det(basis))
        assert fineness == pytest.approx(round(fineness))
        # gcd of all 2 x 2 minors of the generators is the determinant of the lattice they make
        common = math.lcm(*counts)
        whole = [[round(x * common) for x in row] for row in rows]
        minors = [a[0] * b[1] - a[1] * b[0] for a in whole for b in whole]
        assert fineness == pytest.approx(common**2 / math.gcd(*minors))


def test_shifts_by_a_distinct_vector_change_no_distance_between_the_sides():
    ours, theirs = by_label("CoO", (1, 0, 0), "1"), by_label("Li6PS5Cl", (1, 0, 0), "2r")
    match = matches(ours, theirs, max_strain=0.03, max_atoms=120)[0]
    plain = interface_cell(ours, theirs, match)

    def profile(cell):
        structure, sides = cell.atoms.structure(), np.array(cell.atoms.sides)
        apart = structure.distance_matrix[np.ix_(sides == 0, sides == 1)]
        return np.sort(apart.ravel())

    for u, v in distinct_shifts(plain):
        moved = interface_cell(ours, theirs, match, shift=(u, v))
        assert profile(moved) == pytest.approx(profile(plain), abs=1e-5)
    second = interface_cell(ours, theirs, match, shift=tuple(distinct_shifts(plain)[0] / 3))
    assert np.abs(profile(second) - profile(plain)).max() > 0.01


# --- molecules ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ECA", "LiTFSI"])
def test_a_molecule_lies_whole_on_the_slab(name):
    slab, item = by_label("LiCoO2", (1, 0, 4), "1"), molecule(name)
    cell = on_surface(slab, item)
    atoms = cell.atoms
    cells = cell.repeats[0] * cell.repeats[1]
    assert atoms.counts == (len(slab.species) * cells, len(item.species))
    side = np.array(atoms.sides)
    places = atoms.positions[side == 1]
    apart = np.linalg.norm(places[:, None] - places, axis=-1)
    free = np.linalg.norm(item.positions[:, None] - item.positions, axis=-1)
    assert np.sort(apart.ravel()) == pytest.approx(np.sort(free.ravel()), abs=1e-4)
    assert places[:, 2].min() - atoms.positions[side == 0, 2].max() == pytest.approx(2.2)
    structure = atoms.structure()
    images = structure.lattice.get_all_distances(
        structure.frac_coords[side == 1], structure.frac_coords[side == 1]
    )
    assert images.max() > 0
    lengths = [np.linalg.norm(row) for row in atoms.lattice[:2, :2]]
    spans = np.ptp(places[:, :2], axis=0)
    assert min(length - span for length, span in zip(lengths, spans, strict=True)) >= 6.0


def test_the_slabs_own_lithium_leaves_the_cell_neutral():
    slab, salt = by_label("LiCoO2", (1, 0, 4), "1"), molecule("LiTFSI")
    own, taken = (on_surface(slab, salt, lithium=kind) for kind in ("own", "slab"))
    counts = [Counter(cell.atoms.species) for cell in (own, taken)]
    assert counts[0] - counts[1] == {"Li": 1}
    assert taken.atoms.counts[1] == 16
    assert own.atoms.counts[0] - taken.atoms.counts[0] == 1
    charge = {"Li": 1, "Co": 3, "O": -2}
    slab_charge = sum(
        charge[s] for s, i in zip(taken.atoms.species, taken.atoms.sides, strict=True) if i == 0
    )
    assert slab_charge == -1  # by formal charges of LiCoO2: one Co is oxidized in the neutral cell


def test_lithium_of_a_salt_points_down():
    cell = on_surface(by_label("LiCoO2", (1, 0, 4), "1"), molecule("LiTFSI"))
    heights = {
        symbol: z
        for symbol, side, z in zip(
            cell.atoms.species, cell.atoms.sides, cell.atoms.positions[:, 2], strict=True
        )
        if side == 1
    }
    assert heights["Li"] < heights["N"] - 2


def test_stored_molecules_have_the_bonds_of_chemistry():
    eca, salt = molecule("ECA"), molecule("LiTFSI")
    assert Counter(eca.species) == {"C": 6, "H": 7, "N": 1, "O": 2}
    assert Counter(salt.species) == {"Li": 1, "N": 1, "C": 2, "S": 2, "O": 4, "F": 6}

    def nearest(item, first, second):
        rows = [[i for i, s in enumerate(item.species) if s == x] for x in (first, second)]
        apart = np.linalg.norm(item.positions[rows[0]][:, None] - item.positions[rows[1]], axis=-1)
        return float(np.min(apart[apart > 0]))

    assert nearest(eca, "C", "N") == pytest.approx(1.15, abs=0.02)  # nitrile
    assert nearest(eca, "C", "O") == pytest.approx(1.21, abs=0.02)  # carbonyl
    assert nearest(eca, "C", "C") == pytest.approx(1.33, abs=0.02)  # vinyl
    assert nearest(salt, "S", "O") == pytest.approx(1.42, abs=0.02)
    assert nearest(salt, "C", "F") == pytest.approx(1.33, abs=0.03)
    assert nearest(salt, "Li", "O") == pytest.approx(1.75, abs=0.1)


# --- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: oriented_cell(bulk("CoO"), (0, 0, 0)), "names no facet"),
        (lambda: oriented_cell(bulk("CoO"), (12, 0, 1)), "names no facet"),
        (lambda: terminations(bulk("CoO"), (1, 0, 0), 0.0), "a slab of 0 A"),
        (lambda: terminations(bulk("CoO"), (1, 0, 0), 1e5), "more than 1000"),
        (lambda: terminations(bulk("CoO"), (1, 0, 0), 5, {"Co": 2}), "no formal charge .* for O"),
        (lambda: terminations(bulk("CoO"), (1, 0, 0), 5, {"Co": 3, "O": -2}), "add up to 4"),
        (lambda: matches(square(3.0), square(4.0), max_strain=0.5), "out of range"),
        (lambda: matches(square(3.0), square(4.0), taken_by="none"), "strain on 'none'"),
        (lambda: matches(square(3.0), square(4.1), max_strain=0.001, max_atoms=5), "the near|take"),
        (lambda: scan_energies(small_cell(), lambda item: math.nan), "is nan"),
        (lambda: scan_energies(small_cell(), lambda item: 0.0, grid=(0, 3)), "a grid of"),
        (lambda: on_surface(by_label("CoO", (1, 0, 0), "1"), molecule("LiTFSI"), lithium="slab"),
         "no Li of CoO can go"),
        (lambda: on_surface(by_label("LiCoO2", (1, 0, 4), "1"), molecule("ECA"), max_atoms=99),
         "more than 99"),
        (lambda: on_surface(by_label("LiCoO2", (1, 0, 4), "1"), molecule("ECA"), gap=-1), "out of"),
    ],
)  # fmt: skip
def test_what_cannot_be_built_is_refused_in_one_line(make, message):
    with pytest.raises(CellError, match=message) as error:
        make()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gap": 0.0}, "a gap of 0 A"),
        ({"gap": math.nan}, "a gap of nan A"),
        ({"gap": 0.4}, "would be"),
        ({"vacuum": -1.0}, "a vacuum of -1 A"),
        ({"vacuum": 1.0}, "a vacuum of 1 A"),
        ({"shift": (math.inf, 0.0)}, "a shift of"),
    ],
)
def test_gaps_and_vacua_out_of_range_are_refused(options, message):
    ours, theirs = square(3.0), square(3.1, "Na")
    match = matches(ours, theirs, max_strain=0.05, max_atoms=4)[0]
    with pytest.raises(CellError, match=message):
        interface_cell(ours, theirs, match, **options)


@pytest.mark.parametrize("text", ["", "10", "1.2", "abc", "1 0 x", "1000", "1.0.2.3"])
def test_facets_that_are_none_are_refused(text):
    with pytest.raises(InputError, match="is not a facet"):
        read_miller(text)


@given(st.tuples(*[st.integers(-9, 9)] * 3))
def test_a_facet_reads_as_it_is_written(miller):
    assert read_miller(facet(miller)) == miller


def test_a_facet_without_a_good_termination_names_the_others():
    bad = [slab for slab in slabs("LiCoO2", (0, 0, 3)) if slab.polar]
    with pytest.raises(InputError, match="choose one of 1, 2, 3, 4"):
        choose(bad, None)
    with pytest.raises(InputError, match="has no termination 'x'; it has 1"):
        choose(bad, "x")
    assert choose(slabs("LiCoO2", (0, 0, 3)), None).label == "1r"


def test_choices_without_a_match_still_show_the_terminations():
    choices = list_choices(CellSpec("LiCoO2", "LPSCl", max_atoms=60))
    assert choices.matches == ()
    assert "have no match within 60 atoms" in choices.misfit
    assert len(choices.slabs[1]) == 6
    with pytest.raises(InputError, match="have no match within 60 atoms"):
        prepare_cell(choices.spec)
