"""Lithium insertion into NASICON phosphates: sites, charges, seeded choices, resuming, table."""

import csv
import itertools
import json
from collections import Counter

import numpy as np
import pytest

from interfaces.delithiation.slabs import RHOMBOHEDRAL
from interfaces.errors import InputError
from workflows.datasets import nasicon
from workflows.datasets.nasicon import HOSTS, all_sites, frame, orderings, placements, plan, run

LATP, LTP = HOSTS["LATP"], HOSTS["LTP"]
spglib_warns = pytest.mark.filterwarnings("ignore:Set OLD_ERROR_HANDLING:DeprecationWarning")


@pytest.fixture(scope="module")
def ideal():
    """LiTi2(PO4)3 from its space group and textbook coordinates, in a rhombohedral cell."""
    from pymatgen.core import Lattice, Structure

    hexagonal = Lattice.hexagonal(8.6, 21.0)
    oxygen = [[0.185, -0.005, 0.19], [0.19, 0.165, 0.085]]
    rounded = [[0, 0, 0], [0, 0, 0.14], [0.29, 0, 0.25], *oxygen]
    full = Structure.from_spacegroup("R-3c", hexagonal, ["Li", "Ti", "P", "O", "O"], rounded)
    primitive = Lattice(RHOMBOHEDRAL @ hexagonal.matrix)
    places = primitive.get_fractional_coords(full.cart_coords)
    folded = Structure(primitive, full.species, places, to_unit_cell=True)
    folded.merge_sites(0.01, mode="delete")
    return folded


@pytest.fixture(scope="module")
def primitive(ideal):
    return frame(ideal)


@pytest.fixture(scope="module")
def latp(primitive):
    return all_sites(primitive, LATP, 13)


@spglib_warns
def test_frame_keeps_the_space_group_with_every_lithium_site(ideal, primitive):
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    kinds = [site.species_string for site in primitive]
    assert kinds == ["Li"] * 8 + ["Ti"] * 4 + ["P"] * 6 + ["O"] * 24
    seen = SpacegroupAnalyzer(primitive, symprec=0.01).get_symmetry_dataset()
    assert seen.number == 167
    # In the primitive cell two atoms are M1 and six are M2.
    assert sorted(Counter(seen.equivalent_atoms[:8].tolist()).values()) == [2, 6]
    assert seen.site_symmetry_symbols[0].strip(".") == "-3"
    assert primitive.distance_matrix[:8, 8:].min() > 1.8


def test_frame_refuses_another_compound(ideal):
    other = ideal.copy()
    other.replace_species({"Ti": "Ge"})
    with pytest.raises(InputError, match="Ge4"):
        frame(other)


def test_supercell_holds_ten_formula_units_in_the_order_of_the_sites(latp):
    sites, matrix = latp
    kinds = [site.species_string for site in sites]
    assert kinds == ["Li"] * 40 + ["Ti"] * 20 + ["P"] * 30 + ["O"] * 120
    assert matrix.shape == (210, 210)
    # no image is closer than a rhombohedral edge and a vector a at right angles to it
    steps = np.array([s for s in itertools.product(range(-2, 3), repeat=3) if any(s)])
    nearest = np.linalg.norm(steps @ sites.lattice.matrix, axis=1).min()
    assert nearest == pytest.approx(np.sqrt(8.62**2 + 8.62**2 / 3 + 21.28**2 / 9))
    # 1.3 Li is 15 % of the way from 1 to 3: c = 21.1 + 0.15 * 1.2
    assert sites.volume / 10 == pytest.approx(8.62**2 * np.sqrt(3) / 2 * 21.28 / 6)


@pytest.mark.parametrize(
    ("host", "lithium", "titanium"), [(LATP, 13, 4), (LATP, 30, 3), (LTP, 2, 4), (LTP, 6, 3)]
)
def test_titanium_goes_from_four_to_three(host, lithium, titanium):
    charges = host.charges(lithium, range(host.aluminium))
    assert charges.sum() + lithium == pytest.approx(0)
    assert charges[4 * host.n + host.aluminium] == pytest.approx(titanium)
    assert (charges[4 * host.n : 4 * host.n + host.aluminium] == 3).all()


def test_placements_are_seeded_distinct_and_ranked(latp):
    matrix = latp[1]
    chosen = placements(LATP, matrix, 811)
    assert chosen == placements(LATP, matrix, 811)
    assert chosen != placements(LATP, matrix, 812)
    assert len(set(chosen)) == 3
    energies = []
    for aluminium in chosen:
        assert len(set(aluminium)) == 3
        assert 0 <= min(aluminium) <= max(aluminium) < 20
        charge = LATP.charges(13, aluminium)
        charge[:10] = 1.3
        energies.append(charge @ matrix @ charge)
    assert energies == sorted(energies)
    assert placements(LTP, np.eye(42), 811) == [()]


def test_orderings_are_the_lowest_of_all_in_the_small_cell(primitive):
    _, matrix = all_sites(primitive, LTP, 4)
    found = {count: (sites, energy) for count, sites, energy in orderings(LTP, 4, (), matrix, 811)}
    assert sorted(found) == [0, 1, 2]
    frozen = LTP.charges(4, ())
    lowest = {}
    for sites in itertools.combinations(range(8), 4):
        charge = frozen.copy()
        charge[list(sites)] = 1
        count = sum(site < 2 for site in sites)
        lowest[count] = min(lowest.get(count, np.inf), charge @ matrix @ charge)
    for count, (sites, energy) in found.items():
        assert sum(site < 2 for site in sites) == count
        assert len(set(sites)) == 4
        assert energy == pytest.approx(lowest[count], abs=1e-5)


def test_no_swap_lowers_an_ordering_of_the_supercell(latp):
    matrix = latp[1]
    frozen = LATP.charges(13, (0, 1, 2))
    for count, sites, energy in itertools.islice(orderings(LATP, 13, (0, 1, 2), matrix, 811), 5):
        charge = frozen.copy()
        charge[sites] = 1
        assert charge @ matrix @ charge == pytest.approx(energy, abs=1e-5)
        for one, two in itertools.product(sites, set(range(40)) - set(sites)):
            if (one < 10) == (two < 10):
                swapped = charge.copy()
                swapped[[one, two]] = 0, 1
                assert swapped @ matrix @ swapped > energy - 1e-5, count


def test_ewald_energy_is_that_of_pymatgen(primitive):
    from pymatgen.analysis.ewald import EwaldSummation

    known, made = next(plan(primitive, LTP, 6))
    made.add_oxidation_state_by_element({"Li": 1, "Ti": 3, "P": 5, "O": -2})
    total = EwaldSummation(made).total_energy
    assert known["ewald_energy"] * len(made) == pytest.approx(total, abs=1e-4)


def test_plan_compares_contents_on_the_same_aluminium(primitive):
    seen = {}
    for lithium in (13, 30):
        todo = list(plan(primitive, LATP, lithium))
        assert Counter(known["decoration"] for known, _ in todo) == {0: 11, 1: 11, 2: 11}
        for known, made in todo:
            composition = {str(e): int(n) for e, n in made.composition.get_el_amt_dict().items()}
            assert composition == {"Li": lithium, "Al": 3, "Ti": 17, "P": 30, "O": 120}
            places = [i - lithium for i, site in enumerate(made) if site.species_string == "Al"]
            assert seen.setdefault(known["decoration"], places) == places
            near = made.distance_matrix[:lithium, :lithium] + 9 * np.eye(lithium)
            assert near.min() > nasicon.CLOSEST
    assert len({tuple(places) for places in seen.values()}) == 3


class Counting:
    """Stands in for the model: energies that count the calls."""

    def __init__(self):
        self.calls = 0

    def energies(self, structures):
        self.calls += len(structures)
        return np.array([-float(self.calls)] * len(structures))


def test_run_repeats_nothing_after_a_line_cut_short(primitive, tmp_path):
    path, model = tmp_path / "a.jsonl", Counting()
    run(plan(primitive, LTP, 6), (), path, model)
    assert model.calls == 3
    run(plan(primitive, LTP, 6), (), path, model)
    assert model.calls == 3
    path.write_text(path.read_text()[:-20])
    run(plan(primitive, LTP, 6), (), path, model)
    assert model.calls == 4


def test_table_joins_single_points_and_relaxations_without_coordinates(tmp_path):
    known = {"host": "LTP", "lithium": 2, "decoration": 0, "seed": 811, "n_formula_units": 2}
    known["ewald_energy"] = -47.0
    relaxed = {
        "formula": "LiTi2(PO4)3", "volume_per_atom": 12.5, "space_group": None, "max_force": 0.04,
        "steps": 9, "converged": True, "structure": {"secret": [0.123]},
    }  # fmt: skip
    lines = [
        {"kind": kind, **known, "ordering": ordering, **more}
        for ordering, single, energy in ((0, -8.1, -8.2), (2, -8.0, -8.3000000004), (1, -7.9, None))
        for kind, more in (
            ("single", {"energy": single}),
            ("relaxed", {**relaxed, "energy_per_atom": energy}),
        )
        if not (kind == "relaxed" and energy is None)
    ]
    source, out = tmp_path / "a.jsonl", tmp_path / "table.csv"
    source.write_text("".join(json.dumps(line) + "\n" for line in lines))
    nasicon.main(["table", str(source), "--out", str(out)])
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [row["ordering"] for row in rows] == ["2", "0"]
    assert (rows[0]["relaxed_energy"], rows[0]["single_point_energy"]) == ("-8.3", "-8.0")
    assert tuple(rows[0]) == nasicon.COLUMNS
    assert "secret" not in out.read_text()
