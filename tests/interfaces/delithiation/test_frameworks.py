"""Hosts of any framework: sites of the space group, neutral at every x, counted by Burnside."""

import itertools
from collections import Counter

import numpy as np
import pytest

from interfaces.delithiation import (
    O3,
    OLIVINE,
    SPINEL,
    NotCommensurateError,
    Role,
    SiteError,
    Supercell,
    UnknownHostError,
    compact,
    decorations,
    ewald_matrix,
    host,
    interpolate,
    layering,
    orderings,
    permutations,
    structure,
    supercell,
    whole,
)

NAMES = ("NCM811", "LiCoO2", "LiNiO2", "LiMn2O4", "LiNi0.5Mn1.5O4", "LiFePO4")
#: Conventional cells: rows in the primitive basis.
CUBIC = Supercell(SPINEL, ((-1, 1, 1), (1, -1, 1), (1, 1, -1)))
LONG = Supercell(OLIVINE, ((1, 0, 0), (0, 1, 0), (0, 0, 2)))
spglib_warns = pytest.mark.filterwarnings("ignore:Set OLD_ERROR_HANDLING:DeprecationWarning")


def filled(name, x=1.0):
    """One primitive cell with every lithium site full, all metals of the first kind."""
    cathode = host(name)
    cell = supercell(cathode.framework, cathode.framework.formula_units)
    metals = [cathode.metals[0][0]] * len(cell.where(Role.METAL))
    return structure(cell, cathode.shape(x), metals, range(cell.n_formula_units))


def burnside(points, operations, k):
    """Number of distinct k-subsets: the mean number of subsets that an operation keeps."""
    fixed = []
    for operation in operations:
        moved = points @ operation.rotation_matrix.T + operation.translation_vector
        off = moved[:, None] - points[None]
        image = np.abs(off - np.round(off)).sum(axis=2).argmin(axis=1)
        seen, polynomial = set(), np.array([1])
        for start in range(len(points)):
            length, at = 0, start
            while at not in seen:
                seen.add(at)
                length, at = length + 1, int(image[at])
            if length:
                polynomial = np.convolve(polynomial, [1] + [0] * (length - 1) + [1])
        fixed.append(int(polynomial[k]))
    assert sum(fixed) % len(fixed) == 0
    return sum(fixed) // len(fixed)


@spglib_warns
@pytest.mark.parametrize("x", [1.0, 0.5, 0.0])
@pytest.mark.parametrize("name", NAMES)
def test_a_full_host_has_the_space_group_of_its_framework(name, x):
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    result = SpacegroupAnalyzer(filled(name, x), symprec=0.001).get_symmetry_dataset()
    expected = {"O3": 166, "spinel": 227, "olivine": 62}[host(name).framework.name]
    assert result.number == host(name).framework.space_group == expected


@spglib_warns
@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("LiCoO2", {"Li": "a", "Co": "b", "O": "c"}),
        ("LiMn2O4", {"Li": "a", "Mn": "d", "O": "e"}),
        ("LiFePO4", {"Li": "a", "Fe": "c", "P": "c", "O": "cd"}),
    ],
)
def test_atoms_are_on_their_wyckoff_positions(name, letters):
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    made = filled(name)
    result = SpacegroupAnalyzer(made, symprec=0.001).get_symmetry_dataset()
    for element, expected in letters.items():
        own = {w for w, s in zip(result.wyckoffs, made, strict=True) if s.specie.symbol == element}
        # spglib may name 3a and 3b, 8a and 8b, the other way round: the origin is free
        allowed = expected + {"a": "b", "b": "a", "d": "c"}.get(expected, "")
        assert own <= set(allowed), element


def test_positions_are_those_of_the_tables_of_space_groups():
    from pymatgen.core import Lattice, Structure

    spinel = Structure.from_spacegroup(
        "Fd-3m:2", Lattice.cubic(8.24), ["Li", "Mn", "O"], [[1 / 8] * 3, [1 / 2] * 3, [0.263] * 3]
    )
    ours = structure(CUBIC, host("LiMn2O4").shape(1.0), ["Mn"] * 16, range(8))
    assert same_sites(ours, spinel)
    heights = {0.282: 0.975, 0.095: 0.418, 0.097: 0.743, 0.457: 0.206}
    m, p, o1, o2 = ((x, 0.25, z) for x, z in heights.items())
    olivine = Structure.from_spacegroup(
        "Pnma",
        Lattice.orthorhombic(10.33, 6.01, 4.69),
        ["Li", "Fe", "P", "O", "O", "O"],
        [(0, 0, 0), m, p, o1, o2, (0.166, 0.046, 0.285)],
    )
    cell = Supercell(OLIVINE, ((1, 0, 0), (0, 1, 0), (0, 0, 1)))
    assert same_sites(structure(cell, host("LiFePO4").shape(1.0), ["Fe"] * 4, range(4)), olivine)


def same_sites(first, two):
    """Whether every atom of one is an atom of the other, in the same axes."""
    assert first.lattice.abc == pytest.approx(two.lattice.abc)
    assert len(first) == len(two)
    assert first.composition == two.composition
    return all(
        any(
            a.species == b.species
            and np.allclose(a.frac_coords - b.frac_coords, np.round(a.frac_coords - b.frac_coords))
            for b in two
        )
        for a in first
    )


@pytest.mark.parametrize(
    ("name", "x", "pair", "number", "shortest", "longest"),
    [
        ("LiMn2O4", 1.0, ("Mn", "O"), 6, 1.95, 1.97),
        ("LiMn2O4", 1.0, ("Li", "O"), 4, 1.94, 1.98),
        ("LiMn2O4", 0.0, ("Mn", "O"), 6, 1.90, 1.93),
        ("LiFePO4", 1.0, ("Fe", "O"), 6, 2.06, 2.26),
        ("LiFePO4", 1.0, ("P", "O"), 4, 1.51, 1.56),
        ("LiFePO4", 1.0, ("Li", "O"), 6, 2.06, 2.20),
        ("LiFePO4", 0.0, ("Fe", "O"), 6, 1.88, 2.17),
        ("LiFePO4", 0.0, ("P", "O"), 4, 1.51, 1.56),
        ("LiCoO2", 1.0, ("Co", "O"), 6, 1.91, 1.93),
        ("LiCoO2", 0.0, ("Co", "O"), 6, 1.87, 1.90),
    ],
)
def test_bonds_have_the_lengths_of_the_compound(name, x, pair, number, shortest, longest):
    made = filled(name, x)
    centre = next(site for site in made if site.specie.symbol == pair[0])
    near = sorted(
        item.nn_distance
        for item in made.get_neighbors(centre, 3.0)
        if item.specie.symbol == pair[1]
    )
    assert shortest <= near[0] <= near[number - 1] <= longest
    assert sum(distance < longest + 0.3 for distance in near) == number


@pytest.mark.parametrize("name", NAMES)
def test_every_state_of_charge_is_neutral_and_has_the_formula_of_its_name(name):
    from pymatgen.core import Composition

    cathode = host(name)
    n = 20 if cathode.framework == O3 else 8
    cell = supercell(cathode.framework, n)
    species = decorations(cathode, cell, 1, seed=3)[0].species
    assert cell.n_formula_units == n == len(cell.where(Role.MOBILE))
    for lithium in range(n + 1):
        charge = cell.charges
        charge[cell.where(Role.METAL)] = [cathode.charges(lithium / n)[metal] for metal in species]
        assert charge.sum() + lithium == pytest.approx(0, abs=1e-9)
    made = structure(cell, cathode.shape(1.0), species, range(n))
    assert made.composition.as_dict() == pytest.approx(
        {k: v * n for k, v in cathode.formula.items()}
    )
    if name != "NCM811":  # a name, no formula
        assert cathode.formula == pytest.approx(Composition(name).as_dict())


@pytest.mark.parametrize("name", ["LiMn2O4", "LiFePO4"])
@pytest.mark.parametrize("k", range(9))
def test_distinct_orderings_are_as_many_as_burnside_counts(name, k):
    from pymatgen.core.operations import SymmOp
    from pymatgen.symmetry.groups import SpaceGroup

    cathode = host(name)
    if name == "LiMn2O4":
        cell, operations = CUBIC, list(SpaceGroup("Fd-3m:2").symmetry_ops)
        assert len(operations) == 192
    else:  # doubled along c: the translation by half is new, and heights halve
        cell = LONG
        halve = np.diag([1, 1, 0.5])
        operations = [
            SymmOp.from_rotation_and_translation(
                halve @ op.rotation_matrix @ np.linalg.inv(halve),
                halve @ op.translation_vector + [0, 0, more],
            )
            for op in SpaceGroup("Pnma").symmetry_ops
            for more in (0, 0.5)
        ]
        assert len(operations) == 16
    shape = cathode.shape(1.0)
    species = decorations(cathode, cell, 1, seed=0)[0]
    ranked_orderings = orderings(cathode, cell, species, k, 1000, 0, ewald_matrix(cell, shape))
    points = cell.sites(shape)[cell.where(Role.MOBILE)]
    assert len(ranked_orderings) == burnside(points, operations, k)


@pytest.mark.parametrize(("cell", "name", "k"), [(CUBIC, "LiMn2O4", 3), (LONG, "LiFePO4", 2)])
def test_distinct_orderings_are_the_crystals_that_pymatgen_tells_apart(cell, name, k):
    from pymatgen.analysis.structure_matcher import StructureMatcher

    cathode, shape = host(name), host(name).shape(1.0)
    species = decorations(cathode, cell, 1, seed=0)[0]
    every = [
        structure(cell, shape, species.species, chosen)
        for chosen in itertools.combinations(range(8), k)
    ]
    strict = StructureMatcher(
        ltol=0.01, stol=0.01, angle_tol=0.1, scale=False, primitive_cell=False
    )
    groups = strict.group_structures(every)
    ranked_orderings = orderings(cathode, cell, species, k, 1000, 0, ewald_matrix(cell, shape))
    assert len(groups) == len(ranked_orderings)


@pytest.mark.parametrize(
    ("name", "n", "k"), [("LiNi0.5Mn1.5O4", 4, 3), ("LiMn2O4", 8, 4), ("LiFePO4", 8, 5)]
)
def test_ewald_energy_is_that_of_the_structure_itself(name, n, k):
    from pymatgen.analysis.ewald import EwaldSummation

    cathode = host(name)
    cell, shape = supercell(cathode.framework, n), cathode.shape(k / n)
    species = decorations(cathode, cell, 1, seed=5)[0]
    for ordering in orderings(cathode, cell, species, k, 2, 5, ewald_matrix(cell, shape)):
        made = structure(cell, shape, species.species, ordering.lithium)
        charges = {"Li": 1.0, "P": 5.0, "O": -2.0, **cathode.charges(k / n)}
        made.add_oxidation_state_by_element(charges)
        assert made.charge == pytest.approx(0, abs=1e-9)
        full = EwaldSummation(made).total_energy / n
        assert ordering.ewald_energy == pytest.approx(full, abs=1e-5)


@pytest.mark.parametrize("framework", [SPINEL, OLIVINE])
@pytest.mark.parametrize("cells", [1, 2, 3, 4])
def test_permutations_keep_distances_between_lithium_and_metal(framework, cells):
    cell = supercell(framework, cells * framework.formula_units)
    reference = cell.framework.reference
    elements = ["Li" if role is Role.MOBILE else "Fe" for role in Role for _ in cell.where(role)]
    from pymatgen.core import Structure

    made = Structure(cell.lattice(reference), elements, cell.sites(reference))
    lithium, metal = cell.where(Role.MOBILE), cell.where(Role.METAL)
    distances = made.distance_matrix[np.ix_(lithium, metal)]
    moves = permutations(cell)
    assert len(moves.mobile) >= len(cell.translations)
    for item, second in zip(moves.mobile, moves.metal, strict=True):
        assert sorted(item) == list(range(len(lithium)))
        assert distances[np.ix_(item, second)] == pytest.approx(distances)


def test_sites_stand_by_role_and_atoms_in_their_order():
    cell = supercell(OLIVINE, 4)
    roles = [cell.where(role).tolist() for role in Role]
    assert roles == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], list(range(12, 28))]
    made = structure(cell, host("LiFePO4").shape(0.5), ["Fe"] * 4, [3, 1])
    kinds = [site.specie.symbol for site in made]
    assert kinds == ["Li"] * 2 + ["Fe"] * 4 + ["P"] * 4 + ["O"] * 16
    places = cell.sites(host("LiFePO4").shape(0.5))
    assert made.frac_coords == pytest.approx(places[[1, 3, *range(4, 28)]])


def test_every_metal_stands_on_the_site_of_its_decoration():
    cathode = host("LiNi0.5Mn1.5O4")
    cell = supercell(SPINEL, 8)
    for layout in decorations(cathode, cell, 3, seed=2):
        made = structure(cell, cathode.shape(1.0), layout.species, range(5))
        assert tuple(site.specie.symbol for site in made[5:21]) == layout.species
        assert list(layout.species) != sorted(layout.species)


def test_a_compact_sublattice_keeps_its_images_furthest_apart():
    # a tall and a flat lattice: of the sublattices of index 4, the flat one takes four layers
    assert abs(np.linalg.det(compact(np.diag([1.0, 1.0, 4.0]), 4))) == pytest.approx(4)
    for lattice, expected in ((np.diag([1.0, 1.0, 4.0]), 2.0), (np.diag([4.0, 4.0, 1.0]), 4.0)):
        made = np.array(compact(lattice, 4)) @ lattice
        steps = np.array([s for s in itertools.product(range(-2, 3), repeat=3) if any(s)])
        assert np.linalg.norm(steps @ made, axis=1).min() == pytest.approx(expected)


def test_metals_of_a_spinel_are_counted_on_two_sites_a_formula_unit():
    cathode = host("LiNi0.5Mn1.5O4")
    (layouts,) = decorations(cathode, supercell(SPINEL, 2), 1, seed=1)
    assert Counter(layouts.species) == {"Ni": 1, "Mn": 3}
    several = decorations(cathode, supercell(SPINEL, 8), 4, seed=1)
    assert all(Counter(each.species) == {"Ni": 4, "Mn": 12} for each in several)
    assert len({each.layout for each in several}) == 4


@pytest.mark.parametrize(
    ("framework", "n", "words"),
    [
        (SPINEL, 3, "3 formula units of spinel; .* a multiple of 2"),
        (OLIVINE, 6, "6 formula units of olivine; .* a multiple of 4"),
        (OLIVINE, 0, "at least 4"),
    ],
)
def test_a_cell_that_is_no_multiple_of_the_primitive_one_is_refused(framework, n, words):
    with pytest.raises(NotCommensurateError, match=words):
        supercell(framework, n)


def test_lithium_must_be_whole_in_any_framework():
    with pytest.raises(NotCommensurateError, match=r"0.3 of 4 Li sites is 1.2 atoms"):
        whole(0.3, 4, "Li")


def test_a_supercell_of_another_framework_is_refused():
    cell = supercell(SPINEL, 4)
    with pytest.raises(SiteError, match="LiFePO4 is olivine, the supercell spinel"):
        decorations(host("LiFePO4"), cell, 1, seed=0)
    layouts = decorations(host("LiMn2O4"), cell, 1, seed=0)[0]
    with pytest.raises(SiteError, match="LiCoO2 is O3, the supercell spinel"):
        orderings(host("LiCoO2"), cell, layouts, 2, 1, 0, np.zeros((28, 28)))


def test_unknown_host_names_the_known_ones():
    with pytest.raises(UnknownHostError, match="LiVPO4F") as refusal:
        host("LiVPO4F")
    for name in NAMES:
        assert name in str(refusal.value)


@pytest.mark.parametrize("name", ["NCM622", "NCM523", "NCA", "Li1.2Mn0.6Ni0.2O2"])
@pytest.mark.parametrize("x", [1.0, 0.5, 0.0])
def test_a_layered_host_is_neutral_at_every_content(name, x):
    cathode = host(name)
    charges = cathode.charges(x)
    metals = sum(share * charges[metal] for metal, share in cathode.metals)
    assert x + metals == pytest.approx(4.0)  # two O2-
    assert sum(share for _, share in cathode.metals) == pytest.approx(1.0)


def test_a_framework_without_slabs_has_no_layering():
    cell = supercell(SPINEL, 2)
    made = structure(cell, host("LiMn2O4").shape(1.0), ["Mn"] * 4, [0])
    assert layering(cell, made) is None


def test_shapes_are_interpolated_in_every_length_and_coordinate():
    full, empty = (dict(host("LiFePO4").shapes)[x] for x in (1.0, 0.0))
    middle = host("LiFePO4").shape(0.25)
    for name in ("lengths", "coordinates"):
        expected = [
            0.25 * a + 0.75 * b
            for a, b in zip(getattr(full, name), getattr(empty, name), strict=True)
        ]
        assert getattr(middle, name) == pytest.approx(expected)
    assert interpolate({1.0: full}, 0.3) == full


#: (host, x) -> mean a, c [A] and z of oxygen of the cells that CHGNet relaxed.
RELAXED = {
    ("NCM811", 0.5): (2.8534, 14.7005, 0.2351), ("NCM811", 0): (2.8124, 15.0362, 0.2302),
    ("LiCoO2", 0.5): (2.8279, 14.7256, 0.2336), ("LiCoO2", 0): (2.8395, 14.8444, 0.2299),
    ("LiNiO2", 0.5): (2.836, 14.6824, 0.2348), ("LiNiO2", 0): (2.7969, 15.0818, 0.2305),
}  # fmt: skip


@pytest.mark.parametrize(("name", "x"), RELAXED)
def test_an_empty_layered_host_starts_from_the_shape_that_relaxed_cells_have(name, x):
    shape = host(name).shape(x)
    assert (*shape.lengths, *shape.coordinates) == pytest.approx(RELAXED[name, x], rel=3e-3)


@pytest.mark.parametrize("name", ["LiCoO2", "LiMn2O4", "LiFePO4"])
@pytest.mark.parametrize("lithium", [4, 2, 0])
def test_a_calculated_cell_starts_from_the_shape_at_its_own_content(name, lithium):
    from workflows.jobs.orderings import ChargeState, list_orderings

    cathode = host(name)
    cell, shape = supercell(cathode.framework, 4), cathode.shape(lithium / 4)
    (start,) = list_orderings.original(ChargeState(name, 4, lithium, 1, 1, 811))
    assert start.structure.lattice.matrix == pytest.approx(cell.lattice(shape))
    frame = start.structure.frac_coords[lithium:] - cell.sites(shape)[4:]
    moved = np.linalg.norm((frame - np.round(frame)) @ cell.lattice(shape), axis=1)
    assert 0 < moved.max() < 0.1  # the rattle
