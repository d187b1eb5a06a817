"""The small steps of the simplex by hand: what breaks here can hide behind a right answer.

Written for mutants that the curves, windows and maps did not notice (CONTRIBUTING.md).
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from interfaces.errors import ReactantError
from interfaces.phases.reactants import reactant
from interfaces.phases.reservoirs import at_voltage
from interfaces.screening import kernel, numba_cache, pairs, tableau, walk
from interfaces.screening.candidates import Candidates
from interfaces.screening.columns import presence, stable_phases
from interfaces.screening.pairs import Screen
from interfaces.solver import map_tiling as tiling
from interfaces.solver import parametric as lines
from interfaces.solver import simplex
from interfaces.solver.envelope import lowest_pieces
from interfaces.stability import decomposition_stages as staircase
from interfaces.stability.electrochemical_window import electrochemical_window
from tests.certificate import certify

near = pytest.approx


def array(*values):
    return np.array(values, dtype=float)


# ---------------------------------------------------------------------- one pivot


@pytest.mark.parametrize(
    ("amounts", "slopes", "inverse", "row"),
    [
        ((2, 8), (9, 0), ((1, 0), (0, 1)), 0),  # 2/2 < 8/4
        ((2, 2), (0, 9), ((1, 0), (0, 1)), 1),  # 2/2 > 2/4
        ((2, 4), (3, 4), ((1, 0), (0, 1)), 1),  # level; 3/2 > 4/4
        ((2, 4), (2, 8), ((1, 0), (0, 1)), 0),  # level; 2/2 < 8/4
        ((2, 4), (2, 4), ((3, 0), (4, 1)), 1),  # level twice; 3/2 > 4/4
        ((2, 4), (2, 4), ((2, 0), (8, 1)), 0),  # level twice; 2/2 < 8/4
        ((2, 4), (2, 4), ((2, 0), (4, 1)), 0),  # level in the first column too; 0/2 < 1/4
        ((2, 4), (2, 4), ((2, 3), (4, 4)), 1),  # 3/2 > 4/4 in the second
    ],
)
def test_ties_leave_by_the_next_column(amounts, slopes, inverse, row):
    column = array(2, 4)
    assert simplex.leaving_row(array(*inverse), array(*amounts), array(*slopes), column) == row


def test_only_what_the_entering_phase_uses_up_can_leave():
    eye, amounts = np.eye(3), array(0.0, 5.0, 1.0)
    still = np.zeros(3)
    assert simplex.leaving_row(eye, amounts, still, array(-1, 1, 0)) == 1
    assert simplex.leaving_row(eye, amounts, still, array(-1, 0, 0)) == -1
    # what is no more than round-off is no pivot
    assert simplex.leaving_row(eye, amounts, still, array(simplex.PIVOT_TOLERANCE, 1, 0)) == 1


def test_a_pivot_is_the_inverse_of_the_new_basis():
    # basis of the elements, (1/3, 2/3) takes the place of the second
    inverse, amounts, slopes = np.eye(2), array(0.4, 0.6), array(0.2, -0.2)
    simplex.pivot(inverse, amounts, slopes, array(1 / 3, 2 / 3), 1)
    assert inverse == near(np.linalg.inv([[1, 1 / 3], [0, 2 / 3]]))
    assert amounts == near([0.4 - 0.3, 0.9])
    assert slopes == near([0.2 + 0.1, -0.3])


#: two elements, AB at -1 and A3B at -0.6 eV/atom: the chord from A to AB is at -0.5 there
PHASES = array((1, 0), (0, 1), (0.5, 0.5), (0.75, 0.25))
ENERGIES = array(0, 0, -1, -0.6)
ELEMENTS = np.array([0, 1])


@pytest.mark.parametrize(
    ("share", "energy", "present"),
    [
        (0.75, -0.6, {3: 1}),
        (0.6, -0.84, {2: 0.6, 3: 0.4}),
        (0.25, -0.5, {1: 0.5, 2: 0.5}),
        (1, 0, {0: 1}),
    ],
)
def test_the_hull_of_two_elements_by_hand(share, energy, present):
    status, value, basis, amounts = simplex.minimum_energy(
        PHASES, ENERGIES, ELEMENTS, array(share, 1 - share)
    )
    assert status == simplex.OK
    assert value == near(energy)
    there = {int(b): a for b, a in zip(basis, amounts, strict=True) if a > 1e-12}
    assert there == near(present)
    above = simplex.heights(
        PHASES, ENERGIES, basis, simplex.refresh(PHASES, basis, amounts, amounts)[0]
    )
    assert above[basis] == near(0)
    assert above.min() == near(0)


def test_a_composition_outside_its_basis_is_unsound():
    # 1.6 of AB and -0.6 of A make (0.2, 0.8): called elements, they pass for a basis of it
    status, _, _, amounts = simplex.minimum_energy(
        array((1, 0), (0.5, 0.5)), np.zeros(2), ELEMENTS, array(0.2, 0.8)
    )
    assert status == simplex.UNSOUND
    assert amounts == near([0, 1.6])


def test_the_ways_to_end_are_four():
    ends = (simplex.OK, simplex.STALLED, simplex.UNBOUNDED, simplex.UNSOUND)
    assert ends == (0, 1, 2, 3)  # as they stand in messages


# ---------------------------------------------------------------------- one step of a line


def test_first_amount_to_vanish():
    assert lines.first_zero(array(1, 2), array(-2, -2.5), 0.0) == (0.5, 0)
    assert lines.first_zero(array(1, 2), array(1, 0), 0.0) == (1.0, -1)
    # together at 1/2: the steeper leaves, whichever comes first
    assert lines.first_zero(array(1, 2), array(-2, -4), 0.0) == (0.5, 1)
    assert lines.first_zero(array(2, 1), array(-4, -2), 0.0) == (0.5, 0)
    # gone already, by round-off: now
    assert lines.first_zero(array(-1e-13, 1), array(-1, -1), 0.25) == (0.25, 0)
    assert lines.first_zero(array(2, 3), array(-1, -1), 0.0) == (1.0, -1)


def test_first_phase_to_sink():
    assert lines.first_to_sink(array(3, 1, 1), array(-2, -0.5, 1)) == (1.5, 0)
    assert lines.first_to_sink(array(3, 1), array(0, 1)) == (np.inf, -1)
    # together at 2 V: the one that sinks fastest
    assert lines.first_to_sink(array(2, 4, 6), array(-1, -2, -3)) == (2, 2)
    assert lines.first_to_sink(array(6, 4, 2), array(-3, -2, -1)) == (2, 0)
    # below the plane by round-off: now
    assert lines.first_to_sink(array(1, -1e-13), array(-1, -1)) == (0, 1)
    assert lines.first_to_sink(array(-1e-10, 0), array(-1, -2)) == (0, 1)


def test_phase_first_reached_as_the_plane_tilts():
    still = np.zeros(3)
    assert lines.entering_from_below(array(-1, -2, 1), array(1, 1, 0), still) == 1
    assert lines.entering_from_below(array(1, 0, 2), array(1, 1, 1), still) == -1
    # below the plane by round-off is level with what lies on it
    assert lines.entering_from_below(array(-1, -2), array(-1e-10, 0), array(0, 0)) == 1
    # together: the one V lowers most per pivot, -3 / 2 against -1 / 1
    assert lines.entering_from_below(array(-1, -2, -4), array(1, 2, 4), array(-1, -3, 0)) == 1
    # per pivot, not in all: -2 / 1 against -3 / 2
    assert lines.entering_from_below(array(-1, -2, -4), array(1, 2, 4), array(-2, -3, 0)) == 0
    # together in that as well: the largest pivot
    assert lines.entering_from_below(array(-1, -4, -2), array(1, 4, 2), still) == 1


# ---------------------------------------------------------------------- long lines


def test_a_curve_of_more_segments_than_it_has_room_for():
    # A_k B_(101-k) on the parabola -x (1 - x): every one of the 100 compounds is a kink
    shares = np.arange(102) / 101
    phases = np.column_stack([shares, 1 - shares])
    status, count, bounds, bases, amounts, slopes = lines.mixing_line(
        phases, -shares * (1 - shares), np.array([101, 0]), array(0, 1), array(1, 0)
    )
    assert status == simplex.OK
    assert count == 101
    assert bounds == near(shares, abs=1e-12)
    assert np.sort(bases, axis=1).tolist() == [[k, k + 1] for k in range(101)]
    middle = (bounds[:-1] + bounds[1:]) / 2
    assert amounts + slopes * middle[:, None] == near(np.full((101, 2), 0.5), abs=1e-9)


def test_a_line_of_more_stages_than_it_has_room_for():
    # M Li_k at (99 - k)^2 / 2 mV: from k to k - 1 at the difference, (2 (99 - k) + 1) / 2 mV
    k = np.arange(100)
    events = np.array([0, *((2 * np.arange(99) + 1) / 2000)])
    status, count, result, bases, amounts = lines.voltage_line(
        np.ones((100, 1)), (99 - k) ** 2 / 2000, 1.0 * k, np.array([0]), array(1), 0.0
    )
    assert status == simplex.OK
    assert count == 100
    assert result == near(events, abs=1e-12)
    assert bases[:, 0].tolist() == list(range(99, -1, -1))
    assert amounts == near(np.ones((100, 1)))


def test_a_line_begins_where_it_is_asked_to():
    k = np.arange(100)
    _, count, result, bases, _ = lines.voltage_line(
        np.ones((100, 1)), (99 - k) ** 2 / 2000, 1.0 * k, np.array([0]), array(1), 0.048
    )
    assert result[:2] == near([0.048, 0.0485])  # the next event of 0.5, 1.5, 2.5 ... mV
    assert (count, int(bases[0, 0])) == (52, 51)


def test_a_line_cut_short_says_so(monkeypatch):
    shares = np.arange(102) / 101
    phases = np.column_stack([shares, 1 - shares])
    request = phases, -shares * (1 - shares), np.array([101, 0]), array(0, 1), array(1, 0)
    monkeypatch.setattr(lines, "MAX_PIVOTS", 7)
    status, count, bounds, *_ = lines.mixing_line(*request)
    assert status == simplex.STALLED
    assert count == 7
    assert bounds == near(shares[:8], abs=1e-12)
    k = np.arange(100)
    status, count, events, *_ = lines.voltage_line(
        np.ones((100, 1)), (99 - k) ** 2 / 2000, 1.0 * k, np.array([0]), array(1), 0.0
    )
    assert status == simplex.STALLED
    assert count == len(events) == 7


# ---------------------------------------------------------------------- ways to end


def test_a_pivot_too_many_is_a_stall(monkeypatch):
    # the hull at 0.6 takes two pivots and a look
    for most, status in ((3, simplex.OK), (2, simplex.STALLED), (0, simplex.STALLED)):
        monkeypatch.setattr(simplex, "MAX_PIVOTS", most)
        assert simplex.minimum_energy(PHASES, ENERGIES, ELEMENTS, array(0.6, 0.4))[0] == status


#: beside the elements one of no atoms, which nothing has to make room for
NOTHING = array((1, 0), (0, 1), (0, 0))


def test_what_gains_from_nothing_has_no_end():
    gains = array(0, 0, -1)
    assert simplex.minimum_energy(NOTHING, gains, ELEMENTS, array(0.6, 0.4))[0] == (
        simplex.UNBOUNDED
    )
    request = NOTHING, gains, np.zeros(3), ELEMENTS, array(0.6, 0.4), 0.0
    status, count, *_ = lines.voltage_line(*request)
    assert (status, count) == (simplex.UNBOUNDED, 0)
    # from 1 V on: one stage, then none
    request = NOTHING, array(0, 0, 1), array(0, 0, -1), ELEMENTS, array(0.6, 0.4), 0.25
    status, count, events, bases, amounts = lines.voltage_line(*request)
    assert (status, count) == (simplex.UNBOUNDED, 1)
    assert events == near([0.25])
    assert bases.tolist() == [[0, 1]]
    assert amounts == near(array((0.6, 0.4)))


def test_a_line_that_leaves_all_phases_has_no_end():
    # from AB to twice as far as A: B runs out half-way
    status, count, bounds, bases, *_ = lines.mixing_line(
        PHASES[:2], ENERGIES[:2], ELEMENTS, array(0.5, 0.5), array(1.5, -0.5)
    )
    assert (status, count) == (simplex.UNBOUNDED, 1)
    assert bounds == near([0, 0.5])
    assert bases.tolist() == [[0, 1]]


def test_a_line_outside_its_basis_is_unsound():
    wrong, nought = array((1, 0), (0.5, 0.5)), np.zeros(2)  # as for one composition, above
    status, count, *_ = lines.mixing_line(wrong, nought, ELEMENTS, array(0.2, 0.8), array(0.3, 0.7))
    assert (status, count) == (simplex.UNSOUND, 0)
    status, count, *_ = lines.voltage_line(wrong, nought, nought, ELEMENTS, array(0.2, 0.8), 0.0)
    assert (status, count) == (simplex.UNSOUND, 0)


@pytest.mark.parametrize(("times", "status"), [(8, simplex.OK), (9, simplex.STALLED)])
def test_pivots_that_go_in_circles_start_anew(monkeypatch, times, status):
    # B, AB, A: at AB eight more pivots may stand on one spot (four per element), then it begins
    # again from the elements, and gives up if that stands there too
    first_zero, entering = lines.first_zero, lines.entering_from_below
    circles = []

    def circling(amounts, slopes, x):
        if x < 0.25 or len(circles) == times:
            return first_zero(amounts, slopes, x)
        circles.append(x)
        return x, 0

    def same(*of):
        return 2 if circles else entering(*of)  # AB is in the row 0 already

    monkeypatch.setattr(lines, "first_zero", circling)
    monkeypatch.setattr(lines, "entering_from_below", same)
    result = lines.mixing_line(PHASES[:3], ENERGIES[:3], ELEMENTS, array(0, 1), array(1, 0))
    assert circles == near([0.5] * times)
    assert result[0] == status
    if status == simplex.OK:
        assert result[2] == near([0, 0.5, 1])
        assert np.sort(result[3], axis=1).tolist() == [[1, 2], [0, 2]]


def test_how_far_the_voltage_may_rise_on_each_segment():
    # A sinks by 1 eV per V: 2 eV above B-AB, 0.2 above AB-A3B; of A3B-A it lifts AB, by 0.2
    result = lines.walk(
        PHASES,
        ENERGIES,
        array(-1, 0, 0, 0),
        ELEMENTS,
        ELEMENTS,
        array(0, 1),
        array(1, -1),
        0.0,
        1.0,
    )
    assert result[:2] == (simplex.OK, 3)
    assert result[2] == near([0, 0.5, 0.75, 1])
    assert result[6] == near([2, 0.2, 0.2])


@pytest.mark.parametrize("top", [0, 1])
@pytest.mark.parametrize("voltage", [None, 0.5, 2.5])
def test_the_long_way_gives_the_answer_of_the_short(toy, monkeypatch, top, voltage):
    monkeypatch.setattr(numba_cache, "_is_compiled", lambda: False)
    formulas = ("Li2O", "TiO2", "Li2TiO3", "Ti2O3")
    side = Candidates(formulas, tuple(reactant(toy, f) for f in formulas), ("",) * 4)
    i, j = np.array([0, 1, 3, 0]), np.array([1, 0, 0, 2])
    screen = Screen(stable_phases(toy), side, side, top=top)
    opened = None if voltage is None else at_voltage("Li", voltage)
    short = screen.minima(i, j, opened)
    monkeypatch.setattr(kernel, "walk_curve", lambda *_: 0)
    long = screen.minima(i, j, opened)
    assert (short.errors == -1).all()
    for name in ("mixing_fractions", "energies", "energies_nonopen"):
        assert getattr(long, name) == near(getattr(short, name), abs=1e-12)
    for item in (long, short):
        if voltage != 0.5:  # at which TiO2 takes up lithium by itself
            assert item.product_texts[item.products[0, 1]] == "Li2TiO3"
    assert [long.product_texts[c] for c in long.products.ravel()] == [
        short.product_texts[c] for c in short.products.ravel()
    ]

    def lost(*_, **__):
        raise ReactantError("nothing balances")

    monkeypatch.setattr(pairs, "mixing_curve", lost)
    lowest = screen.minima(i, j, opened)
    assert [lowest.error_texts[c] for c in lowest.errors] == ["nothing balances"] * 4
    assert np.isnan(lowest.energies).all()


# ---------------------------------------------------------------------- stages of a window


@pytest.mark.parametrize(
    ("heights", "contents", "kept", "events"),
    [
        ((0, 1, 3), (2, 1, 0), [0, 1, 2], [1, 2]),
        ((0, 1, 1.5), (2, 1, 0), [0, 2], [0.75]),  # the second would come at 1 and go at 0.5
        ((0, 1, 2, 2.1), (3, 2, 1, 0), [0, 3], [0.7]),  # and the third with it
        ((0, 0, 1), (2, 2, 0), [0, 2], [0.5]),  # one content, one stage
        ((0, -1, 1), (2, 1, 0), [1, 2], [2]),  # the first ends below 0 V
        ((0,), (2,), [0], []),
    ],
)
def test_lines_that_are_lowest_somewhere(heights, contents, kept, events):
    result = staircase._envelope(array(*heights), array(*contents), 0.0)
    assert result == (kept, near(events))


def test_a_window_of_no_width_is_level(toy):
    # LiTiO2 on the hull is three phases: at 1 V it is level with what takes Li and what gives it
    stages = electrochemical_window(toy, reactant(toy, "LiTiO2", "hull")).stages
    (point,) = [stage for stage in stages if stage.low == stage.high]
    assert (point.low, point.carriers, point.energy) == near((1, 0, 0))
    assert point.keeps_compound
    # 6 LiTiO2 + 2 Li -> 4 Li2TiO3 + 2 Ti
    assert stages[stages.index(point) - 1].carriers == near(1 / 3)


# ---------------------------------------------------------------------- tiles of a map


def crossing(size):
    """A parabola of compounds whose energies tilt by their place: many small tiles."""
    shares = np.arange(size) / (size - 1)
    tilts = (np.arange(size) * 37 % 101) / 101
    phases = np.column_stack([shares, 1 - shares])
    return shares, (phases, -shares * (1 - shares), tilts, np.array([size - 1, 0]))


def test_a_map_of_more_tiles_than_it_has_room_for():
    shares, (phases, energies, tilts, elements) = crossing(600)
    status, tiles, bases, amounts, slopes = tiling.tiling(
        phases, energies, tilts, elements, array(0, 1), array(1, 0), 0.0, 0.05
    )
    assert status == simplex.OK
    assert len(tiles) > 1024
    heights, widths = tiles[:, 3] - tiles[:, 2], tiles[:, 1] - tiles[:, 0]
    assert heights @ widths == near(0.05)  # the whole map, once
    for x, V in ((0.123, 0.0071), (0.5, 0.02), (0.731, 0.0333), (0.987, 0.0499)):
        inside = (tiles[:, :4:2] <= (x, V)).all(axis=1) & (tiles[:, 1:4:2] >= (x, V)).all(axis=1)
        (at,) = np.nonzero(inside)[0]
        result = (energies + V * tilts)[bases[at]] @ (amounts[at] + slopes[at] * x)
        # the lowest chord between any phase on the left and any on the right
        level = energies + V * tilts
        left, right = shares[:, None], shares[None, :]
        over = (left < x) & (right >= x)
        chord = level[:, None] + (level[None, :] - level[:, None]) * (x - left) / np.where(
            over, right - left, 1
        )
        assert result == near(chord[over].min(), abs=1e-12)


def test_a_map_cut_short_says_so(monkeypatch):
    _, given = crossing(10)
    request = *given, array(0, 1), array(1, 0), 0.0, 0.05
    with monkeypatch.context() as patch:
        patch.setattr(tiling, "IDLE", 0)
        assert tiling.tiling(*request)[0] == simplex.UNSOUND
    walk_once = tiling.walk
    monkeypatch.setattr(tiling, "walk", lambda *of: (simplex.UNBOUNDED, *walk_once(*of)[1:]))
    status, tiles, *_ = tiling.tiling(*request)
    assert status == simplex.UNBOUNDED
    assert len(tiles) == 1  # that without height, in which the sweep begins


# ---------------------------------------------------------------------- who checks the checker


def certificate(bounds, bases):
    """Of a curve from B to A on A, B and AB at -1 eV/atom."""
    half = Fraction(1, 2)
    phases = [[Fraction(1), Fraction(0)], [Fraction(0), Fraction(1)], [half, half]]
    energies = [Fraction(0), Fraction(0), Fraction(-1)]
    result = certify(phases, energies, phases[1], phases[0], np.array(bounds), np.array(bases))
    return result.amount, result.cost, result.gap


def test_a_certificate_sees_what_is_wrong():
    assert certificate([0, 0.5, 1], [[1, 2], [2, 0]]) == (0, 0, 0)
    assert certificate([0, 1], [[1, 0]]) == (0, -1, 0)  # AB lies 1 eV/atom below the elements
    assert certificate([0, 0.5, 1], [[1, 2], [1, 2]]) == (-1, 0, 0)  # of B at A: 1 - 2 x
    assert certificate([0, 0.375, 1], [[1, 2], [2, 0]]) == (0, 0, Fraction(1, 8))


def test_a_certificate_takes_the_zero_next_to_the_bound():
    # A runs out at 2, B at 5: the bound of 4.5 is off by 0.5 from B's, where A is at 1/2 - 5/4
    eye = [[Fraction(int(i == j)) for j in range(3)] for i in range(3)]
    start, end = ([Fraction(n, 20) for n in of] for of in ((10, 5, 5), (5, 4, 11)))
    result = certify(
        eye, [Fraction(0)] * 3, start, end, np.array([0, 4.5, 1]), np.array([[0, 1, 2]] * 2)
    )
    assert (result.amount, result.cost, result.gap) == (Fraction(-3, 4), 0, Fraction(1, 2))


# ---------------------------------------------------------------------- the lowest of lines


def pieces(offsets, slopes, fractions, spans, *, against_ends=False):
    result = lowest_pieces(
        array(*offsets), array(*slopes), array(*fractions), array(*spans),
        against_ends=against_ends,
    )  # fmt: skip
    return [(p.low, p.high, p.nonopen_fraction, p.energy_low, p.energy_high) for p in result]


def test_lowest_of_three_lines_by_hand():
    # 0, 1 - V and 3 - 2 V: the second from 1 V, the third from 2 V
    lowest = pieces((0, 1, 3), (0, -1, -2), (0, 0.5, 1), ((0, 4),) * 3)
    assert lowest == [
        near((0, 1, 0, 0, 0)), near((1, 2, 0.5, 0, -1)), near((2, 4, 1, -1, -5)),
    ]  # fmt: skip


def test_three_lines_through_one_point_skip_the_middle():
    lowest = pieces((0, 1, 2), (0, -1, -2), (0, 0.5, 1), ((0, 4),) * 3)
    assert lowest == [near((0, 1, 0, 0, 0)), near((1, 4, 1, 0, -6))]


def test_a_line_holds_on_its_span_only():
    # -1 from 1 to 2 V between fractions that stay at 0
    lowest = pieces((0, -1, 0), (0, 0, 0), (0, 0.5, 1), ((0, 3), (1, 2), (0, 3)))
    assert lowest == [near((0, 1, 0, 0, 0)), near((1, 2, 0.5, -1, -1)), near((2, 3, 0, 0, 0))]


def test_against_the_chord_of_the_ends():
    # ends 1 + V and 3 - V: their chord at 1/4 is 1.5 + V / 2; the line there is 0.5
    lowest = pieces((1, 0.5, 3), (1, 0, -1), (0, 0.25, 1), ((0, 2),) * 3, against_ends=True)
    assert lowest == [near((0, 2, 0.25, -1, -2))]


def test_one_line_in_two_spans_is_one_piece_and_a_bend_is_two():
    lowest = pieces(
        (0, 2, 2, 0), (0, -3, -3, 0), (0, 0.5, 0.5, 1), ((0, 4), (1, 2), (2, 4), (0, 4))
    )
    assert lowest == [near((0, 1, 0, 0, 0)), near((1, 4, 0.5, -1, -10))]
    lowest = pieces(
        (0, 2, -2, 0), (0, -3, -1, 0), (0, 0.5, 0.5, 1), ((0, 4), (1, 2), (2, 4), (0, 4))
    )
    assert lowest == [
        near((0, 1, 0, 0, 0)), near((1, 2, 0.5, -1, -4)), near((2, 4, 0.5, -4, -6)),
    ]  # fmt: skip
    # the slope is the same, the energy is not
    lowest = pieces(
        (0, 2, 1, 0), (0, -3, -3, 0), (0, 0.5, 0.5, 1), ((0, 4), (1, 2), (2, 4), (0, 4))
    )
    assert [piece[:2] for piece in lowest] == [near((0, 1)), near((1, 2)), near((2, 4))]


# ---------------------------------------------------------------------- the kernel of screens

#: Li, O, Li2O, Li2O2 by elements as bits
TABLE = tableau.Phases(
    array((1, 0, 0), (0, 1, 0), (2 / 3, 1 / 3, 0), (0.5, 0.5, 0), (0, 0, 1)),
    array(0, 0, -2, -1.6, 0),
    np.array([1, 2, 3, 3, 4]),
    np.array([0, 1, 4]),
)
CLOSED = tableau.Opened(-1, 0.0)


def test_elements_of_a_composition_as_bits():
    assert presence(TABLE.fractions).tolist() == TABLE.masks.tolist()


def test_columns_of_a_system():
    assert tableau.elements_of(0b101, -1, 3).tolist() == [0, 2]
    assert tableau.elements_of(0b111, 1, 3).tolist() == [0, 2]
    assert tableau.elements_of(0b10, -1, 3).tolist() == [1]
    assert tableau.elements_of(0, -1, 3).tolist() == []


def test_a_system_takes_the_phases_inside_it():
    system = tableau.restrict(TABLE, 0b011, CLOSED)
    assert system.columns.tolist() == [0, 1]
    assert system.rows.tolist() == [0, 1, 2, 3, -1, -1]
    assert system.elements.tolist() == [0, 1]
    assert system.fractions[:, :4] == near(TABLE.fractions[:4, :2].T)
    assert system.energies == near([0, 0, -2, -1.6, 0, 0])


def test_an_open_system_counts_per_atom_that_is_not_open():
    # Li at -1 eV: Li2O has 3 (-2) + 2 = -4 eV per O, Li2O2 4 (-1.6) / 2 + 1 = -2.2; no phase Li
    system = tableau.restrict(TABLE, 0b011, tableau.Opened(0, -1.0))
    assert system.columns.tolist() == [1]
    assert system.rows.tolist() == [1, 2, 3, -1, -1]
    assert system.elements.tolist() == [0]
    assert system.fractions[0, :3] == near([1, 1, 1])
    assert system.energies[:3] == near([0, -4, -2.2])


def test_a_reactant_has_its_place_per_atom_that_is_not_open():
    side = kernel.Reactants(array((0.5, 0.5, 0)), array(-1.6), np.array([False]), 100)
    opened = tableau.Opened(0, -1.0)
    composition = np.zeros(1)
    energy = kernel.place(side, 0, opened, tableau.restrict(TABLE, 0b011, opened), composition)
    assert energy == near(-2.2)
    assert composition == near([1])
    assert kernel.closed_share(side.fractions[0], opened) == 0.5
    assert kernel.closed_share(side.fractions[0], CLOSED) == 1.0


def test_heights_above_the_plane_of_the_elements_and_of_a_basis():
    system = tableau.restrict(TABLE, 0b011, CLOSED)
    table = tableau.blank(system)
    tableau.from_elements(system, table, array(0.75, 0.25), array(-1, 1))
    tableau.measure_heights(system, 4, table)
    assert table.above[:4] == near([0, 0, -2, -1.6])
    assert tableau.descend(system, 4, table)
    # 3/4 Li: Li2O with Li. Li lies on the plane, O at 3 (-2): Li2O2 is 1.4 above
    assert sorted(table.basis.tolist()) == [0, 2]
    assert table.plane == near([0, -6])
    assert table.above[:4] == near([0, 6, 0, 1.4])
    shares = dict(zip(table.basis.tolist(), table.amounts.tolist(), strict=True))
    assert shares == near({0: 0.25, 2: 0.75})
    # towards O it is Li that runs out, after 1/12 of the step: Li2O2 takes its place
    row = table.basis.tolist().index(0)
    assert lines.first_zero(table.amounts, table.slopes, 0.0) == (near(1 / 12), row)
    assert tableau.dual_pivot(system, 4, row, table)
    assert sorted(table.basis.tolist()) == [2, 3]
    tableau.measure_heights(system, 4, table)
    assert table.plane == near([-2.8, -0.4])
    assert table.above[:4] == near([2.8, 0.4, 0, 0], abs=1e-12)


def test_the_first_phase_reached_and_of_two_the_larger_pivot():
    assert tableau.reached(3, array(1, 1, 0), array(-1, -2, 1)) == 1
    assert tableau.reached(3, array(1, 2, 0), array(-1, -2, 0)) == 1  # together: the larger pivot
    assert tableau.reached(3, array(2, 1, 0), array(-2, -1, 0)) == 0
    assert tableau.reached(2, array(1, 1, -5), array(1, 0, -1)) == -1  # the third is not asked
    assert tableau.reached(2, array(-1e-13, 1), array(-1, -1)) == 0
    assert tableau.reached(2, array(-1e-10, 0), array(-1, -2)) == 1  # below by round-off: level


def ready(start, step, n=4):
    """System of Li and O, and the basis that is optimal just beside a composition."""
    system = tableau.restrict(TABLE, 0b011, CLOSED)
    table = tableau.blank(system)
    tableau.from_elements(system, table, array(*start), array(*step))
    assert tableau.descend(system, n, table)
    return system, table


def test_a_curve_of_a_screen_by_hand():
    system, table = ready((0, 1), (1, -1))
    result = walk.no_walk(2)
    assert walk.walk_curve(system, 4, table, array(1, 0), result) == 3
    assert result.bounds[:4] == near([0, 1 / 2, 2 / 3, 1])
    assert result.hull[:4] == near([0, -1.6, -2, 0])
    assert result.steepness[:3] == near([-3.2, -2.4, 6])
    assert [sorted(basis) for basis in result.bases[:4].tolist()] == [
        [1, 3],
        [1, 3],
        [2, 3],
        [0, 2],
    ]
    assert result.shares[:4].max(axis=1) == near(np.ones(4))  # one phase alone at each
    assert walk.lowest(result, 3, 0, 0) == 2


def test_a_walk_that_left_its_phases_is_not_sound():
    # 1.2 of Li and -0.2 of O make (1.2, -0.2), and nothing lies below the elements alone
    system = tableau.restrict(TABLE, 0b011, CLOSED)
    table = tableau.blank(system)
    tableau.from_elements(system, table, array(0.2, 0.8), array(1, -1))
    assert not walk.sound(system, 2, table, array(1.2, -0.2))
    tableau.from_elements(system, table, array(0.2, 0.8), array(0.5, -0.5))
    assert walk.sound(system, 2, table, array(0.7, 0.3))
    assert not walk.sound(system, 2, table, array(0.7, 0.31))  # is not where the line ends
    assert not walk.sound(system, 4, table, array(0.7, 0.3))  # Li2O lies below


def screened(opened=CLOSED, *, joins=False):
    """Li and Li2O (0.1 eV/atom below the hull where it joins) with O and Li2O2 (0.1 above)."""
    li2o = -2.1 if joins else -2
    firsts = kernel.Reactants(TABLE.fractions[[0, 2]], array(0, li2o), np.array([False, joins]), 10)
    seconds = kernel.Reactants(TABLE.fractions[[1, 3]], array(0, -1.5), np.zeros(2, bool), 20)
    i, j = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])
    answers = kernel.Answers(
        np.full(4, -1, np.int8),
        np.zeros((4, 2)),
        np.zeros((4, 2)),
        np.full((4, 2, 3), -1, np.int32),
    )
    request = kernel.Pairs(np.full(4, 0b011), i, j)
    kernel.screen_pairs(TABLE, firsts, seconds, request, opened, 0, answers)
    return answers


def test_four_pairs_by_hand():
    # Li | O2: Li2O, -2 at 2/3. Li2O | O2: Li2O2 at 3/4, -1.6 + 3/4 2. Li | Li2O2: Li2O at 1/3, -2
    # against -1.5 by 2/3 (mutual: against -1.6). Li2O | Li2O2: itself, 0.1 at 0; mutual none
    screen = screened()
    assert screen.statuses.tolist() == [kernel.SOLVED] * 4
    assert screen.fractions[:, 0] == near([2 / 3, 3 / 4, 1 / 3, 0])
    assert screen.minima[:, 0] == near([-2, -0.1, -1, -0.1])
    assert screen.fractions[:, 1] == near([2 / 3, 3 / 4, 1 / 3, 0])
    assert screen.minima[:, 1] == near([-2, -0.1, -2 + 1.6 * 2 / 3, 0], abs=1e-12)
    assert screen.products[:, 0, 0].tolist() == [2, 3, 2, 3]
    assert (screen.products[:, :, 1:] == -1).all()


def test_four_pairs_of_which_one_reactant_joins():
    # Li2O at -2.1: Li2O2 is on the hull still, and gains 0.1 / 4 less from O2
    screen = screened(joins=True)
    assert screen.statuses.tolist() == [kernel.SOLVED] * 4
    assert screen.minima[:, 0] == near([-2, -0.1 + 0.075, -1, -0.1])
    assert screen.products[:, 0, 0].tolist() == [2, 3, 2, 3]


def test_a_pair_with_nothing_left_and_one_in_doubt(monkeypatch):
    opened = tableau.Opened(0, -1.0)
    assert screened(opened).statuses.tolist() == [2, 0, 2, 0]  # Li is open
    monkeypatch.setattr(kernel, "walk_curve", lambda *_: 0)
    assert screened(opened).statuses.tolist() == [2, 1, 2, 1]


def test_hull_energies_of_many_compositions(monkeypatch):
    # Li3O: a quarter of Li beside Li2O, 3/4 (-2); LiO is Li2O2; Na with O has no compound
    at = array((0.75, 0.25, 0), (0.5, 0.5, 0), (0, 0.5, 0.5), (1, 0, 0))
    request = TABLE, at, np.array([3, 3, 6, 1]), np.array([3, 0, 1, 2])
    assert kernel.hull_energies(*request) == near([-1.5, -1.6, 0, 0])
    monkeypatch.setattr(tableau, "PIVOTS", 1)
    assert np.isnan(kernel.hull_energies(*request)[:2]).all()  # a pivot, and no time to see its end


def test_a_screen_gives_up_where_a_curve_would(monkeypatch):
    system, table = ready((0, 1), (1, -1))
    monkeypatch.setattr(walk, "PIVOTS", 1)
    assert walk.walk_curve(system, 4, table, array(1, 0), walk.no_walk(2)) == 0
    monkeypatch.setattr(walk, "PIVOTS", 2)
    system, table = ready((0, 1), (1, -1))
    assert walk.walk_curve(system, 4, table, array(1, 0), walk.no_walk(2)) == 3
    monkeypatch.setattr(walk, "BREAKPOINTS", 2)
    system, table = ready((0, 1), (1, -1))
    assert walk.walk_curve(system, 4, table, array(1, 0), walk.no_walk(2)) == 0
    monkeypatch.setattr(walk, "BREAKPOINTS", 3)
    system, table = ready((0, 1), (1, -1))
    assert walk.walk_curve(system, 4, table, array(1, 0), walk.no_walk(2)) == 3


def test_a_line_beyond_the_elements_has_nothing_to_take_their_place():
    system = tableau.restrict(TABLE, 0b011, CLOSED)
    table = tableau.blank(system)
    tableau.from_elements(system, table, array(0.5, 0.5), array(1, -1))
    assert tableau.descend(system, 2, table)
    assert not tableau.dual_pivot(system, 2, 1, table)
    system.fractions[:, 2], system.energies[2] = 0, -1  # gains from nothing
    tableau.from_elements(system, table, array(0.5, 0.5), array(1, -1))
    assert not tableau.descend(system, 3, table)


def walked(bounds, hull, shares=()):
    result = walk.no_walk(max(len(shares), 1))
    result.bounds[: len(bounds)] = bounds
    result.hull[: len(hull)] = hull
    result.steepness[: len(hull) - 1] = np.diff(hull) / np.diff(bounds)
    result.bases[: len(bounds)] = np.arange(max(len(shares), 1))
    result.shares[: len(bounds)] = shares if shares else 0
    return result


def test_lowest_kink_is_counted_from_the_chord():
    # V-shaped at 1/4 and 3/4: -1, -2.5, -2.5, -2
    result = walked((0, 0.25, 0.75, 1), (-1, -2.5, -2.5, -2))
    assert walk.lowest(result, 3, -1, -2) == 1  # -1.25 against -0.75
    assert walk.lowest(result, 3, -2, -1) == 2
    assert walk.lowest(result, 3, 0, 0) == 1  # level: the first
    assert walk.lowest(result, 3, 9, 1) == 0
    assert walk.lowest(result, 3, 1, 9) == 3
    straight = walked((0, 0.25, 0.5, 1), (0, -0.5, -1, 0))  # no bend at 1/4
    assert walk.lowest(straight, 3, 0, 0) == 2
    assert walk.lowest(straight, 3, np.nan, 0) == 0  # no energy, no kink but the first


def named(shares, rows, top, kink=0):
    names = np.full(3, -1, dtype=np.int32)
    walk.name_products(walked((0, 1), (0, 0), shares), kink, np.array(rows), top, names)
    return names.tolist()


def test_products_by_row_or_the_largest_first():
    assert named((0.2, 0.5, 0.3), (7, 8, 4), 0) == [4, 7, 8]
    assert named((0.2, 0.5, 0.3), (7, 8, 4), 2) == [8, 4, -1]
    assert named((0.2, 0.5, 0.3), (7, 8, 4), 9) == [8, 4, 7]
    assert named((0.5, 0.0, 0.5), (7, 8, 4), 3) == [4, 7, -1]  # level: by row; absent: unnamed
    assert named((1e-10, 0.5, 0.5), (1, 8, 9), 0) == [8, 9, -1]
