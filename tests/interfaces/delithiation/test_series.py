"""States of charge of layered hosts: compositions, symmetry, Ewald sums equal to pymatgen's.

What holds for any framework, spinel and olivine, is in ``test_frameworks``.
"""

import itertools
import math
from collections import Counter

import numpy as np
import pytest

from interfaces.delithiation import (
    O3,
    NotCommensurateError,
    Shape,
    SiteError,
    TooFewDecorationsError,
    average_voltage,
    decorations,
    ewald_matrix,
    host,
    interpolate,
    layering,
    orderings,
    permutations,
    structure,
    supercell,
    voltage_profile,
    whole,
)
from interfaces.errors import DelithiationError

NCM = host("NCM811")
A, C, Z = 2.87, 14.20, 0.241
SHAPE = Shape((A, C), (Z,))
spglib_warns = pytest.mark.filterwarnings("ignore:Set OLD_ERROR_HANDLING:DeprecationWarning")


@pytest.fixture(scope="module")
def ten():
    return supercell(O3, 10)


@pytest.fixture(scope="module")
def matrix(ten):
    return ewald_matrix(ten, SHAPE)


@pytest.mark.parametrize("n", [1, 3, 4, 10, 12, 20])
def test_supercell_holds_exactly_n_formula_units(n):
    cell = supercell(O3, n)
    assert round(np.linalg.det(np.array(cell.matrix))) == n
    assert len(cell.translations) == n
    assert cell.n_formula_units == n
    assert cell.sites(SHAPE).shape == (4 * n, 3)


@spglib_warns
def test_host_is_r3m_with_the_volume_and_bonds_of_its_hexagonal_cell(ten):
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    made = structure(ten, SHAPE, ["Ni"] * 10, range(10))
    assert SpacegroupAnalyzer(made, symprec=0.01).get_space_group_number() == 166
    # a^2 sqrt(3)/2 c holds three formula units.
    assert made.volume / 10 == pytest.approx(2.87**2 * math.sqrt(3) / 2 * 14.20 / 3)
    metal = made[10]
    near = [site for site in made.get_neighbors(metal, 2.5) if site.specie.symbol == "O"]
    height = (Z - 1 / 6) * C  # O above its M layer
    assert [round(item.nn_distance, 9) for item in near] == [
        round(math.sqrt(2.87**2 / 3 + height**2), 9)
    ] * 6


@spglib_warns
def test_symmetry_has_the_operations_that_spglib_finds(ten):
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    made = structure(ten, SHAPE, ["Ni"] * 10, range(10))
    operations = SpacegroupAnalyzer(made, symprec=0.01).get_symmetry_operations()
    assert len(permutations(ten).mobile) == len(operations)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 10, 12, 20])
def test_symmetry_is_the_set_of_operations_written_by_hand(n):
    """-3m in the rhombohedral basis permutes the axes and inverts; M sits at k + 1/2."""
    cell = supercell(O3, n)
    matrix, points = np.array(cell.matrix), cell.translations
    inverse = np.linalg.inv(matrix)

    def index(vectors):
        off = (vectors[:, None] - points[None]) @ inverse
        return np.abs(off - np.round(off)).sum(axis=2).argmin(axis=1).tolist()

    expected = set()
    for axes, sign in itertools.product(itertools.permutations(range(3)), (1, -1)):
        operation = sign * np.eye(3, dtype=int)[list(axes)]
        image = matrix @ operation @ inverse
        if np.abs(image - np.round(image)).max() > 1e-6:
            continue  # it turns the supercell into another one
        for shift in points:
            lithium = index(points @ operation + shift)
            metal = index(points @ operation + min(sign, 0) + shift)
            expected.add((*lithium, *metal))
    moves = permutations(cell)
    assert {tuple(row) for row in np.hstack([moves.mobile, moves.metal]).tolist()} == expected
    assert len(moves.mobile) == len(expected)


#: Host, decoration, layout, Ewald energy [eV per formula unit] at x = 1 with seed 811, as when the
#: bundled series was made; its ids name them.
RECORDED = (
    ("LiCoO2", 0, "b1f59c3e0c05", -111.73484),
    ("LiNiO2", 0, "30f7fff209cb", -109.129384),
    ("NCM811", 0, "dfe6fd44378e", -109.647231),
    ("NCM811", 1, "596450f9eeca", -109.646462),
    ("NCM811", 2, "89cd6062e719", -109.629337),
    ("NCM811", 3, "51158b714499", -109.625518),
    ("NCM811", 4, "889028bfde25", -109.622021),
)


@pytest.mark.parametrize(("name", "index", "layout", "ewald_energy"), RECORDED)
def test_decorations_and_orderings_are_those_of_the_bundled_series(
    name, index, layout, ewald_energy, ten
):
    decoration = decorations(host(name), ten, index + 1, 811)[index]
    assert decoration.layout == layout
    energies = ewald_matrix(ten, host(name).shape(1.0))
    (ranked,) = orderings(host(name), ten, decoration, 10, 8, 811, energies)
    assert ranked.ewald_energy == pytest.approx(ewald_energy, abs=1e-6)


def test_permutations_keep_distances_between_lithium_and_metal(ten):
    made = structure(ten, SHAPE, ["Ni"] * 10, range(10))
    distances = made.distance_matrix[:10, 10:20]
    moves = permutations(ten)
    for lithium, metal in zip(moves.mobile, moves.metal, strict=True):
        assert distances[np.ix_(lithium, metal)] == pytest.approx(distances)


@pytest.mark.parametrize("name", ["NCM811", "LiCoO2", "LiNiO2"])
@pytest.mark.parametrize("n_lithium", range(11))
def test_composition_is_exact_at_each_state_of_charge(name, n_lithium, ten, matrix):
    decoration = decorations(host(name), ten, 1, seed=3)[0]
    for ordering in orderings(host(name), ten, decoration, n_lithium, 3, 3, matrix):
        made = structure(ten, SHAPE, decoration.species, ordering.lithium)
        expected = {metal: share * 10 for metal, share in host(name).metals}
        expected |= {"O": 20.0} | ({"Li": float(n_lithium)} if n_lithium else {})
        assert made.composition.as_dict() == pytest.approx(expected)


def test_charges_balance_at_each_state_of_charge():
    for fraction in np.linspace(0, 1, 11):
        charges = NCM.charges(fraction)
        metals = sum(share * charges[metal] for metal, share in NCM.metals)
        assert fraction + metals - 4 == pytest.approx(0, abs=1e-9)


def test_decorations_of_ten_formula_units_are_the_five_that_exist(ten):
    # Co fixed by translation, Mn on one of 9 other sites. By hand over the group: count the orbits.
    pairs = list(itertools.permutations(range(10), 2))
    orbits = {
        min((int(move[co]), int(move[mn])) for move in permutations(ten).metal) for co, mn in pairs
    }
    assert len(orbits) == 5
    layouts = decorations(NCM, ten, 5, seed=0)
    assert len({outcome.layout for outcome in layouts}) == 5
    assert all(Counter(item.species) == {"Ni": 8, "Co": 1, "Mn": 1} for item in layouts)
    seen = {
        min(
            (int(move[layout.species.index("Co")]), int(move[layout.species.index("Mn")]))
            for move in permutations(ten).metal
        )
        for layout in layouts
    }
    assert seen == orbits


def test_one_seed_gives_one_answer(ten, matrix):
    first, again, second = (decorations(NCM, ten, 3, seed=seed) for seed in (1, 1, 2))
    assert first == again != second
    assert first[:2] == decorations(NCM, ten, 2, seed=1)
    assert orderings(NCM, ten, first[1], 5, 6, 1, matrix) == orderings(
        NCM, ten, again[1], 5, 6, 1, matrix.copy()
    )


def test_a_sample_of_many_orderings_is_reproducible(monkeypatch, ten, matrix):
    monkeypatch.setattr("interfaces.delithiation.occupations.MAX_ENUMERATED", 100)
    monkeypatch.setattr("interfaces.delithiation.occupations.SAMPLE", 50)
    decoration = decorations(NCM, ten, 1, seed=1)[0]
    item, same, second = (
        orderings(NCM, ten, decoration, 5, 50, seed, matrix) for seed in (1, 1, 2)
    )
    assert item == same
    assert {o.lithium for o in item} != {o.lithium for o in second}


@pytest.mark.parametrize("n_lithium", [1, 4, 9])
def test_ewald_energy_of_subsets_is_that_of_the_structure_itself(n_lithium, ten, matrix):
    from pymatgen.analysis.ewald import EwaldSummation

    decoration = decorations(NCM, ten, 2, seed=5)[1]
    charges = NCM.charges(n_lithium / 10)
    for ordering in orderings(NCM, ten, decoration, n_lithium, 3, 5, matrix):
        made = structure(ten, SHAPE, decoration.species, ordering.lithium)
        by_site = [1.0] * n_lithium + [charges[m] for m in decoration.species] + [-2.0] * 20
        made.add_oxidation_state_by_site(by_site)
        full = EwaldSummation(made).total_energy / 10
        assert ordering.ewald_energy == pytest.approx(full, abs=1e-5)


def test_orderings_are_ranked_distinct_and_complete(ten, matrix):
    decoration = decorations(host("LiNiO2"), ten, 1, seed=0)[0]
    ranked_orderings = orderings(host("LiNiO2"), ten, decoration, 2, 100, 0, matrix)
    energies = [item.ewald_energy for item in ranked_orderings]
    assert energies == sorted(energies)
    assert [ranked_ordering.index for ranked_ordering in ranked_orderings] == list(
        range(len(ranked_orderings))
    )
    moves = permutations(ten).mobile
    orbits = {
        min(tuple(sorted(int(move[site]) for site in pair)) for move in moves)
        for pair in itertools.combinations(range(10), 2)
    }
    canonical = {
        min(tuple(sorted(int(move[site]) for site in outcome.lithium)) for move in moves)
        for outcome in ranked_orderings
    }
    assert len(ranked_orderings) == len(orbits)
    assert canonical == orbits


def test_distinct_orderings_are_not_the_same_crystal_for_pymatgen(ten, matrix):
    from pymatgen.analysis.structure_matcher import StructureMatcher

    decoration = decorations(NCM, ten, 1, seed=0)[0]
    made = [
        structure(ten, SHAPE, decoration.species, ordering.lithium)
        for ordering in orderings(NCM, ten, decoration, 3, 4, 0, matrix)
    ]
    strict = StructureMatcher(ltol=0.01, stol=0.01, angle_tol=0.1, scale=False)
    assert not any(strict.fit(a, b) for a, b in itertools.combinations(made, 2))


def test_layering_returns_the_geometry_that_was_put_in(ten):
    seen = layering(ten, structure(ten, SHAPE, ["Co"] * 10, [0, 3]))
    assert (seen.a, seen.c, seen.z) == pytest.approx((2.87, 14.20, 0.241))
    assert seen.stacking == ("O3",)
    assert seen.glide == pytest.approx(0, abs=1e-9)
    assert seen.displacement == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("steps", "name"), [(-1, "O1"), (1, "P3"), (0, "O3")])
def test_a_sheared_cell_is_called_by_its_new_stacking(steps, name):
    from pymatgen.core import Structure

    cell = supercell(O3, 4)
    made = structure(cell, SHAPE, ["Ni"] * 4, [])
    step = steps * np.array([1 / 2, math.sqrt(3) / 6, 0]) * 2.87  # from one M site to a hollow
    layers = np.array(cell.matrix).sum(axis=1)
    sheared = Structure(
        made.lattice.matrix + np.outer(layers, step), made.species, made.frac_coords
    )
    seen = layering(cell, sheared)
    assert set(seen.stacking) == {name}
    assert seen.glide == pytest.approx(abs(steps) * 2.87 / math.sqrt(3))


def test_o1_puts_metals_straight_above_each_other():
    from pymatgen.core import Structure

    cell = supercell(O3, 1)
    made = structure(cell, SHAPE, ["Ni"], [])
    step = -np.array([1 / 2, math.sqrt(3) / 6, 0]) * 2.87
    sheared = Structure(made.lattice.matrix + step, ["Ni"], [[0.5, 0.5, 0.5]])
    above = [
        site
        for site in sheared.get_neighbors(sheared[0], 14.2 / 3 + 0.01)
        if abs(site.coords[2] - sheared[0].coords[2]) > 1
    ]
    assert [round(item.nn_distance, 6) for item in above] == [round(14.2 / 3, 6)] * 2


def test_interpolation_is_straight_between_anchors_and_flat_outside():
    anchors = {
        0.0: Shape((2.80, 14.0), (0.235,)),
        0.5: Shape((2.82, 14.4), (0.238,)),
        1.0: Shape((2.88, 14.2), (0.241,)),
    }
    assert interpolate(anchors, 0.75) == Shape((2.85, 14.3), (0.2395,))
    assert interpolate({1.0: SHAPE}, 0.0) == SHAPE


def test_voltage_by_hand():
    # LiMO2 -22.0, MO2 -16.0 eV per formula unit, Li -2.0: V = -(-22 + 16 + 2) = 4.0
    assert average_voltage((1.0, 0.0), (-22.0, -16.0), -2.0) == pytest.approx(4.0)
    # Half way at -19.3: 3.4 V, then 4.6 V; the average of the two is 4.0.
    steps = voltage_profile({1.0: -22.0, 0.5: -19.3, 0.0: -16.0}, -2.0)
    assert [round(v, 9) for _, _, v in steps] == [3.4, 4.6]


def test_a_state_above_the_hull_is_skipped_unless_asked_for():
    energies = {1.0: -22.0, 0.5: -18.9, 0.0: -16.0}
    assert [step[:2] for step in voltage_profile(energies, -2.0)] == [(1.0, 0.0)]
    raw = voltage_profile(energies, -2.0, hull=False)
    assert [round(v, 9) for _, _, v in raw] == [4.2, 3.8]


def test_fractions_must_give_whole_atoms(ten, matrix):
    with pytest.raises(NotCommensurateError, match=r"0.25 of 10 Li sites is 2.5 atoms"):
        whole(0.25, 10, "Li")
    with pytest.raises(NotCommensurateError, match=r"0.8 of 12 Ni sites"):
        decorations(NCM, supercell(O3, 12), 1, seed=0)
    decoration = decorations(NCM, ten, 1, seed=0)[0]
    with pytest.raises(NotCommensurateError, match="11 Li on 10 Li sites"):
        orderings(NCM, ten, decoration, 11, 1, 0, matrix)
    with pytest.raises(NotCommensurateError, match="at least 1"):
        supercell(O3, 0)


def test_more_decorations_than_exist_is_an_error(ten):
    with pytest.raises(TooFewDecorationsError, match=r"6 distinct.*5 found"):
        decorations(NCM, ten, 6, seed=0)


def test_sites_of_another_cell_are_refused(ten, matrix):
    with pytest.raises(SiteError, match="9 metals for 10"):
        structure(ten, SHAPE, ["Ni"] * 9, [])
    with pytest.raises(SiteError, match="not different sites"):
        structure(ten, SHAPE, ["Ni"] * 10, [1, 1])
    decoration = decorations(host("LiCoO2"), supercell(O3, 4), 1, seed=0)[0]
    with pytest.raises(SiteError, match="4 metals and an Ewald matrix"):
        orderings(host("LiCoO2"), ten, decoration, 2, 1, 0, matrix)
    with pytest.raises(SiteError, match="does not end with 4 metals"):
        layering(supercell(O3, 4), structure(ten, SHAPE, ["Ni"] * 10, []))


def test_voltages_need_two_states():
    with pytest.raises(DelithiationError, match=r"between x = 0.5 and itself"):
        average_voltage((0.5, 0.5), (-1.0, -1.0), -2.0)
    with pytest.raises(DelithiationError, match="1 state"):
        voltage_profile({1.0: -22.0}, -2.0)
