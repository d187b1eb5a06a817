"""Trajectories made by hand: bonds at known times, neighbours, distances, groups."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from interfaces.aimd import (
    CUTOFFS,
    Cutoff,
    Trajectory,
    analyse,
    bond_history,
    compare_bonds,
    coordination,
    deviations,
    radial_distributions,
    read_cutoffs,
    species_history,
)
from interfaces.aimd.atom_pairs import nearest_pairs
from interfaces.aimd.predicted import bonds_in
from interfaces.errors import InputError

SKEWED = np.array([[12.0, 0.0, 0.0], [11.0, 9.0, 0.0], [-7.0, 8.0, 14.0]])
CUBE = np.eye(3) * 20.0
STEP = 10.0  # fs


def along(species, distances, *, cell=CUBE, step=STEP, start=0.0, sides=()):
    """Two atoms at the given distances in successive frames, on a line across the boundary."""
    line = np.array([0.6, 0.0, 0.8])
    first = np.full((len(distances), 3), start)
    second = first + np.array(distances)[:, None] * line
    places = np.stack([first, second], axis=1)
    return Trajectory.of(species, places, cell, step * np.arange(len(places)), sides)


def brute(run, frame, reach):
    """Distances of all pairs and images, by going through every image there could be."""
    cell = run.cells[frame % len(run.cells)]
    heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    spans = [range(-n, n + 1) for n in np.ceil(reach / heights + 1).astype(int)]
    places = run.fractional[frame] % 1.0
    results = []
    for i, j in itertools.combinations_with_replacement(range(len(places)), 2):
        for image in itertools.product(*spans):
            apart = np.linalg.norm((places[j] - places[i] + image) @ cell)
            if apart < reach and (i != j or apart > 1e-9):
                results += [(i, j, apart)] if i != j else [(i, j, apart)] * (image > (0, 0, 0))
    return sorted((i, j, round(float(d), 8)) for i, j, d in results)


# --------------------------------------------------------------------------- pairs


@pytest.mark.parametrize("breathing", [False, True])
@pytest.mark.parametrize("reach", [2.5, 7.0])
def test_no_pair_is_missed_in_a_skewed_cell_and_none_is_invented(reach, breathing):
    draw = np.random.default_rng(5)
    cell = np.array([[5.0, 0, 0], [9.5, 4.0, 0], [-7.0, 6.0, 4.5]])
    cells = cell * (1 + 0.1 * np.sin(np.arange(7)))[:, None, None] if breathing else cell
    places = draw.random((7, 5, 3)) @ cell  # every frame another: strays as far as can be
    run = Trajectory.of(["S", "S", "P", "P", "S"], places, cells, np.arange(7.0))
    wanted = {("S", "S"): reach, ("P", "S"): reach, ("P", "P"): reach}
    for chunk in (1, 3, 50):
        results = [[] for _ in range(7)]
        for near in nearest_pairs(run, wanted, chunk):
            for i, j, row in zip(near.first, near.second, near.distances, strict=True):
                for k, d in enumerate(row):
                    if d < reach:
                        results[near.start + k].append((int(i), int(j), round(float(d), 8)))
        for frame in range(7):
            wanted_here = brute(run, frame, reach)
            assert [row[:2] for row in sorted(results[frame])] == [row[:2] for row in wanted_here]
            assert [row[2] for row in sorted(results[frame])] == pytest.approx(
                [row[2] for row in wanted_here], abs=1e-7
            )


def test_a_pair_that_only_the_shrinking_cell_brings_together():
    """3.0 A in every frame but the last, where the cell is 0.8 times as wide: 2.4 A."""
    cells = np.eye(3) * np.where(np.arange(50) < 49, 20.0, 16.0)[:, None, None]
    still = np.broadcast_to([[0.0, 0, 0], [0.15, 0, 0]], (50, 2, 3))
    run = Trajectory(("S", "S"), still, cells, np.arange(50.0))
    (near,) = nearest_pairs(run, {("S", "S"): 2.5})
    assert near.distances[0, [0, 48, 49]] == pytest.approx([3.0, 3.0, 2.4])


def test_pairs_that_nobody_asked_for_are_not_looked_at():
    run = Trajectory.of(["S", "S", "P", "Li"], np.zeros((1, 4, 3)) + np.eye(4, 3), CUBE, [0.0])
    near = next(nearest_pairs(run, {("P", "S"): 5.0}))
    assert {run.species[i] + run.species[j] for i, j in zip(near.first, near.second)} == {"SP"}  # noqa: B905


# --------------------------------------------------------------------------- bonds


def test_a_known_number_of_bonds_at_known_frames_across_the_boundary_of_a_skewed_cell():
    """Three S-S pairs straddle three faces; they close at frames 20, 35 and 50, one opens at 70."""
    frames = 100
    centres = np.array([[0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.25, 0.25, 0.0]]) @ SKEWED
    closing, opening = (20, 35, 50), (70, None, None)
    species, places = [], np.zeros((frames, 6, 3))
    for k, centre in enumerate(centres):
        normal = np.linalg.inv(SKEWED)[:, k]  # out of the face
        normal /= np.linalg.norm(normal)
        apart = np.full(frames, 3.4)
        apart[closing[k] : opening[k]] = 2.1
        places[:, 2 * k] = centre - apart[:, None] / 2 * normal
        places[:, 2 * k + 1] = centre + apart[:, None] / 2 * normal
        species += ["S", "S"]
    wrapped = (places @ np.linalg.inv(SKEWED)) % 1.0
    assert np.abs(np.diff(wrapped.reshape(frames, 3, 2, 3), axis=2)).max() > 0.5  # they straddle
    run = Trajectory(tuple(species), wrapped, SKEWED[None], STEP * np.arange(frames))
    history = bond_history(run)
    assert [(e.frame, e.pair, e.change, e.first, e.second) for e in history.events] == [
        (20, "S-S", 1, 0, 1), (35, "S-S", 1, 2, 3), (50, "S-S", 1, 4, 5), (70, "S-S", -1, 0, 1),
    ]  # fmt: skip
    assert [e.time for e in history.events] == [200, 350, 500, 700]
    assert history.new("S-S")[[19, 20, 34, 35, 50, 69, 70, 99]].tolist() == [0, 1, 1, 2, 3, 3, 2, 2]
    assert history.lost("S-S").tolist() == [0] * frames
    assert history.changes().tolist() == [0, 20, 35, 50, 70]


def test_a_bond_that_vibrates_through_the_cutoff_is_made_once():
    phase = np.arange(400)
    swinging = 2.4 - 0.25 * np.sin(phase + 1)  # 2.15 ... 2.65: crosses 2.40, never 2.76
    history = bond_history(along(["S", "S"], [3.5] * 50 + swinging.tolist()))
    assert [(e.frame, e.change) for e in history.events] == [(50, 1)]
    assert history.present("S-S")[-1] == 1


def test_a_pair_that_never_comes_nearer_than_made_is_no_bond():
    history = bond_history(along(["S", "S"], [2.5, 2.41, 2.7] * 50))
    assert history.events == ()
    assert history.present("S-S").max() == 0


def test_a_touch_after_which_the_pair_stays_apart_is_no_bond_and_no_break():
    """Made at 2.40, broken at 2.76, the middle is 2.58."""
    touched = bond_history(along(["S", "S"], [3.5] * 30 + [2.3] + [2.7] * 60))
    assert (touched.events, touched.present("S-S").max(initial=0)) == ((), 0)
    stretched = bond_history(along(["S", "S"], [2.1] * 30 + [2.8] + [2.5] * 60))
    assert (stretched.events, stretched.present("S-S").min()) == ((), 1)


def test_a_pair_that_starts_between_the_distances_was_what_it_decides_for():
    near = bond_history(along(["S", "S"], [2.5] * 30 + [2.1] * 30))
    assert (near.events, near.present("S-S").tolist()) == ((), [1] * 60)
    far = bond_history(along(["S", "S"], [2.5] * 30 + [3.5] * 30 + [2.1] * 30))
    assert [(e.frame, e.change) for e in far.events] == [(60, 1)]


@pytest.mark.parametrize(
    ("residence", "expected"),
    [
        (0.0, [(10, 1), (14, -1), (20, 1), (40, -1), (45, 1)]),
        (50.0, [(20, 1), (40, -1), (45, 1)]),
        (100.0, [(20, 1)]),
    ],
)
def test_a_change_counts_when_it_has_lasted(residence, expected):
    """A contact of 40 fs at frame 10, a bond from 20 to 40, a gap of 50 fs, bonded to the end."""
    distances = [3.5] * 10 + [2.1] * 4 + [3.5] * 6 + [2.1] * 20 + [3.5] * 5 + [2.1] * 30
    history = bond_history(along(["S", "S"], distances), residence=residence)
    assert [(e.frame, e.change) for e in history.events] == expected


def test_a_change_at_the_very_end_has_not_lasted_yet():
    history = bond_history(along(["S", "S"], [2.1] * 50 + [3.5] * 5))
    assert history.events == ()
    assert history.present("S-S").tolist() == [1] * 55


def test_broken_bonds_are_lost_and_come_back():
    distances = [2.05] * 30 + [4.0] * 30 + [2.05] * 30
    history = bond_history(along(["P", "S"], distances))
    assert [(e.time, e.change) for e in history.events] == [(300, -1), (600, 1)]
    assert history.lost("P-S")[[0, 29, 30, 59, 60]].tolist() == [0, 0, 1, 1, 0]
    assert history.new("P-S").max() == 0


def test_bonds_between_and_within_the_sides():
    near, far = [2.05] * 30, [4.0] * 30
    run = along(["P", "O"], [*far, *(d - 0.5 for d in near)], sides=("electrolyte", "cathode"))
    history = bond_history(run)
    assert history.new("P-O", "between")[-1] == 1
    assert history.new("P-O", "within")[-1] == 0
    assert history.events[0].between is True
    alike = bond_history(along(["P", "S"], far + near, sides=("electrolyte", "electrolyte")))
    assert (alike.new("P-S", "between")[-1], alike.new("P-S", "within")[-1]) == (0, 1)
    with pytest.raises(InputError, match="no atom has a side"):
        bond_history(along(["P", "S"], near)).new("P-S", "between")


def test_given_cutoffs_replace_those_of_the_table_in_either_order():
    run = along(["P", "O"], [4.0] * 20 + [2.05] * 30)
    assert bond_history(run).present("P-O")[-1] == 0
    analysis = analyse(run, read_cutoffs("O-P=2.1"))
    assert set(analysis.bonds.names) == {"O-P", "P-P", "O-O"}
    assert analysis.bonds.present("O-P")[-1] == 1


def test_every_cutoff_has_a_reason_and_stands_once():
    assert len({frozenset(item.pair) for item in CUTOFFS}) == len(CUTOFFS)
    assert all(cutoff.reason and cutoff.made < cutoff.broken for cutoff in CUTOFFS)
    wanted = {"S-S", "P-O", "S-O", "Co-S", "P-S", "C-F", "Co-O"}
    assert wanted <= {outcome.name for outcome in CUTOFFS}


@pytest.mark.parametrize(
    "text", ["S-S", "SS=2.4", "S-S=far", "S-S=2.4:2.0", "S-X=2", "S-S=-1", "Li2-S=2"]
)
def test_cutoffs_that_are_none_are_refused(text):
    with pytest.raises(InputError, match=r"S-S|no cut-off"):
        read_cutoffs(text)


# -------------------------------------------------------------------- coordination


def rocksalt(size=1):
    """CoO, a = 4.26, in its primitive cell repeated: every Co has six O at 2.13."""
    cell = 2.13 * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]) * size
    steps = np.array(list(itertools.product(range(size), repeat=3)))
    places = np.concatenate([steps, steps + 0.5]) / size
    species = ("Co",) * size**3 + ("O",) * size**3
    return Trajectory(species, places[None], cell[None].astype(float), np.zeros(1))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_cobalt_in_rocksalt_has_six_neighbours(size):
    """In the primitive cell all six are images of one atom."""
    result = coordination(rocksalt(size), "Co", "O", 2.6)
    assert result.mean.tolist() == [6.0]
    assert result.before.tolist() == [0, 0, 0, 0, 0, 0, 1.0]
    assert result.length_before == pytest.approx((2.13, 0.0), abs=1e-9)
    assert coordination(rocksalt(size), "Co", "Co", 3.1).mean.tolist() == [12.0]


def test_neighbours_before_and_after():
    """One of two Co loses one O of two after half the run."""
    places = np.zeros((10, 5, 3))
    places[:] = [[0, 0, 0], [2, 0, 0], [0, 2, 0], [10, 10, 10], [12, 10, 10]]
    places[5:, 2] = [0, 6, 0]
    run = Trajectory.of(["Co", "O", "O", "Co", "O"], places, CUBE, np.arange(10.0))
    result = coordination(run, "Co", "O", 2.6, share=0.2)
    assert result.mean.tolist() == [1.5] * 5 + [1.0] * 5
    assert (result.before.tolist(), result.after.tolist()) == ([0, 0.5, 0.5], [0, 1, 0])
    with pytest.raises(InputError, match="no Ni in the trajectory"):
        coordination(run, "Ni", "O", 2.6)


# ------------------------------------------------------------------------------ RDF


def test_an_ideal_gas_has_g_of_one():
    draw = np.random.default_rng(11)
    run = Trajectory.of(
        ["Li"] * 60 + ["S"] * 40, draw.random((60, 100, 3)) @ SKEWED, SKEWED, np.arange(60.0)
    )
    mixed, like = radial_distributions(run, [("Li", "S"), ("S", "S")], reach=8.0, width=0.5)
    counted = 60 * 60 * 40 * 4 / 3 * np.pi * np.diff((np.arange(17) * 0.5) ** 3)
    errors = 1 / np.sqrt(counted / abs(np.linalg.det(SKEWED)))  # of counting
    assert (np.abs(mixed.g - 1)[2:] < 4 * errors[2:]).all()
    assert like.g[4:].mean() == pytest.approx(39 / 40, abs=0.02)  # 39 others
    assert mixed.running[-1] == pytest.approx(
        40 * 4 / 3 * np.pi * 8**3 / np.linalg.det(SKEWED), rel=0.01
    )


def test_fcc_shells_by_hand():
    """12, 6, 24, 12 neighbours at a sqrt(k / 2)."""
    cell = 2.0 * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0.0]])
    run = Trajectory.of(["Cu"], np.zeros((1, 1, 3)), cell, [0.0])
    (result,) = radial_distributions(run, [("Cu", "Cu")], reach=6.0, width=0.1)
    edges = result.r + 0.05
    within = [
        result.running[np.flatnonzero(edges > 4 * np.sqrt(k / 2) + 1e-9)[0]] for k in range(1, 5)
    ]
    assert within == [12, 18, 42, 54]


def test_rdf_is_ase_s():
    pytest.importorskip("ase")
    from ase import Atoms
    from ase.geometry.rdf import get_rdf

    draw = np.random.default_rng(2)
    cell = np.array([[14.0, 0, 0], [2, 13, 0], [1, -2, 15]])
    species = ["Co"] * 20 + ["O"] * 30
    places = draw.random((3, 50, 3)) @ cell
    run = Trajectory.of(species, places, cell, np.arange(3.0))
    pairs = [("Co", "O"), ("O", "O")]
    ours = radial_distributions(run, pairs, reach=6.0, width=0.1)
    for item, numbers in zip(ours, [(27, 8), (8, 8)], strict=True):
        theirs = np.mean(
            [
                get_rdf(Atoms(species, positions=x, cell=cell, pbc=True), 6.0, 60,
                        elements=numbers)[0]
                for x in places
            ],
            axis=0,
        )  # fmt: skip
        assert item.g == pytest.approx(theirs, rel=1e-6, abs=1e-9)


# -------------------------------------------------------------------------- species


def tetrahedron(centre, length):
    corners = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)
    return [np.array(centre), *(np.array(centre) + length * corners)]


def test_groups_of_molecules_made_by_hand():
    """PS4, SO4, S2, a lone Cl and O, and P2S7 over a bridge; bonds to Co hold nothing."""
    bridge = np.array([14.0, 14.0, 5.0])
    reach = np.array([2.1, 0, 0])
    item, two = bridge - reach, bridge + reach
    ends = [item + np.array(v) * 2.05 for v in ([-1, 0, 0], [0, 1, 0], [0, -1, 0])]
    ends += [two + np.array(v) * 2.05 for v in ([1, 0, 0], [0, 1, 0], [0, -1, 0])]
    places = [*tetrahedron([4, 4, 4], 2.05), *tetrahedron([4, 4, 15], 1.5),
              np.array([14, 4, 14.0]), np.array([16.05, 4, 14.0]),  # S2
              np.array([10, 18, 18.0]), np.array([10.0, 10, 10]), np.array([12.0, 10, 10]),
              bridge, item, two, *ends]  # fmt: skip
    species = [*"PSSSS", *"SOOOO", "S", "S", "Cl", "Co", "O", "S", "P", "P", *["S"] * 6]
    run = Trajectory.of(species, [places], CUBE, [0.0])
    history = species_history(bond_history(run))
    assert history.at(0.0) == {"PS4": 1, "SO4": 1, "S2": 1, "Cl": 1, "O": 1, "P2S7": 1}


def test_groups_change_when_bonds_do():
    """PS4 loses a sulfur at frame 30, which meets another S at frame 60."""
    frames = 100
    places = np.repeat([[*tetrahedron([5, 5, 5], 2.05), [15, 15, 15]]], frames, axis=0)
    places[30:, 4] = [10, 15, 15]
    places[60:, 4] = [12.9, 15, 15]
    run = Trajectory.of([*"PSSSS", "S"], places, CUBE, STEP * np.arange(frames))
    history = species_history(bond_history(run))
    assert history.frames.tolist() == [0, 30, 60]
    assert [history.at(t) for t in (0, 299, 300, 600)] == [
        {"PS4": 1, "S": 1}, {"PS4": 1, "S": 1}, {"PS3": 1, "S": 2}, {"PS3": 1, "S2": 1},
    ]  # fmt: skip
    assert history.of("PS4").tolist() == [1, 0, 0]
    assert history.of("SO4").tolist() == [0, 0, 0]


# ------------------------------------------------------------------------ predicted


@pytest.mark.parametrize(
    ("formula", "pairs"),
    [
        ("Li3PO4", {"OP"}),
        ("Li2SO4", {"OS"}),
        ("Co3S4", {"CoS"}),
        ("CoS2", {"CoS", "S"}),
        ("LiCl", set()),
        ("Li6PS5Cl", {"PS"}),
        ("CoCl2", {"ClCo"}),
        ("PCl3", {"ClP"}),
        ("LiCoO2", {"CoO"}),
        ("CoP2O6", {"CoO", "OP"}),
        ("Li2CO3", {"CO"}),
        ("S8", {"S"}),
        ("Li2S4", {"S"}),
        ("Li2S", set()),
        ("Co", set()),
    ],
)
def test_bonds_that_a_product_contains(formula, pairs):
    assert {"".join(sorted(pair)) for pair in bonds_in(formula)} == pairs


def test_bonds_beside_products():
    seen = [("P-O", 2, 0, 2), ("S-S", 1, 0, 1), ("Co-S", 0, 0, 0), ("Co-O", 0, 5, 9)]
    result = {bond.pair: bond for bond in compare_bonds(seen, ["Li3PO4", "Co3S4", "LiCoO2", "FeS"])}
    assert {pair: item.verdict for pair, item in result.items()} == {
        "P-O": "new and predicted",
        "S-S": "new, not predicted",
        "Co-S": "predicted, not seen",
        "Co-O": "predicted, none new",
        "Fe-S": "predicted; no cut-off, not followed",
    }
    assert result["P-O"].products == ("Li3PO4",)
    assert [result[p].kind for p in ("P-O", "Co-S", "Co-O")] == ["phosphate", "sulfide", "oxide"]


# ----------------------------------------------------------------------- mistakes


def test_shapes_and_times_are_checked():
    with pytest.raises(InputError, match="shape"):
        Trajectory(("S",), np.zeros((2, 2, 3)), np.eye(3)[None], np.arange(2.0))
    with pytest.raises(InputError, match="do not rise"):
        Trajectory(("S",), np.zeros((2, 1, 3)), np.eye(3)[None], np.zeros(2))
    with pytest.raises(InputError, match="without volume"):
        Trajectory.of(["S"], np.zeros((1, 1, 3)), np.zeros((3, 3)), [0.0])
    with pytest.raises(InputError, match="not finite"):
        Trajectory(("S",), np.full((1, 1, 3), np.nan), np.eye(3)[None], np.zeros(1))
    with pytest.raises(InputError, match="side labels"):
        Trajectory(("S",), np.zeros((1, 1, 3)), np.eye(3)[None], np.zeros(1), ("a", "b"))
    with pytest.raises(InputError, match="residence"):
        bond_history(along(["S", "S"], [3.0]), residence=-1)
    item, two = Cutoff(("P", "S"), 2, 3, ""), Cutoff(("S", "P"), 2, 3, "")
    with pytest.raises(InputError, match="two cut-offs"):
        bond_history(along(["S", "S"], [3.0]), [item, two])
    with pytest.raises(InputError, match=r"share from 0 to 0\.5"):
        analyse(along(["S", "S"], [3.0]), share=0.7)


def test_a_narrow_cell_is_told():
    analysis = analyse(along(["S", "S"], [2.1] * 3, cell=np.eye(3) * 4.5))
    assert any("less than twice the longest cut-off" in note for note in analysis.notes)


# -------------------------------------------------------------------------- figure


def test_the_figure_draws_what_was_counted():
    from interfaces.figures.plot_trajectories import trajectory_figure

    start = np.array([[0, 0, 0], [2.05, 0, 0], [10, 10, 10], [12, 10, 10]])
    places = np.repeat(start[None], 120, axis=0)
    places[70:, 1] = [5, 0, 0]
    places += np.random.default_rng(0).normal(scale=0.02, size=places.shape)
    run = Trajectory.of(["P", "S", "Co", "O"], places, CUBE, STEP * np.arange(120))
    analysis = analyse(run)
    figure = trajectory_figure(analysis, "made by hand")
    lines = {line.get_gid(): line for ax in figure.axes for line in ax.lines}
    assert "new P-S" not in lines
    assert lines["lost P-S"].get_ydata().tolist() == [0] * 70 + [-1] * 50
    assert lines["lost P-S"].get_xdata() == pytest.approx(run.times / 1000)
    bars = {box.get_gid(): box for ax in figure.axes for box in ax.patches}
    assert bars["before"].get_height() + bars["after"].get_height() == 2.0  # one O, always
    msd = next(diffusion for diffusion in analysis.diffusions if diffusion.element == "S")
    assert lines["msd S"].get_ydata().tolist() == msd.msd.tolist()
    assert figure.get_suptitle().startswith("made by hand\n120 frames, 1.19 ps, 4 atoms")


def test_one_frame_is_enough_for_what_needs_no_time():
    analysis = analyse(rocksalt(3))
    assert analysis.coordinations[0].mean.tolist() == [6.0]
    assert (analysis.energy, analysis.diffusions) == (None, ())
    from interfaces.figures.plot_trajectories import trajectory_figure

    assert "1 frames" in trajectory_figure(analysis).get_suptitle()


# ---------------------------------------------------------------- what was requested


@pytest.mark.parametrize(
    ("duration", "temperature", "words"),
    [
        (19.0, 600.0, ()),
        (None, None, ()),
        (40.0, 600.0, ("40 fs",)),
        (19.0, 640.0, ("640 K",)),
        (40.0, 560.0, ("40 fs", "560 K")),
    ],
)
def test_a_run_that_differs_from_the_request_has_a_note(duration, temperature, words):
    """Twenty frames at 600 K over 19 fs, after a start at 300 K that does not count."""
    temperatures = np.array([300.0] * 2 + [600.0] * 18)
    run = replace(along(("Co", "O"), [4.0] * 20, step=1.0), temperatures=temperatures)
    notes = deviations(analyse(run), duration=duration, temperature=temperature)
    assert len(notes) == len(words)
    assert all(word in note for word, note in zip(words, notes, strict=True))
