"""Coatings ranked on a chemistry whose every number is added by hand."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from scipy.optimize import linprog

from interfaces.chemistry.formulas import Formula
from interfaces.coatings import (
    Candidate,
    Gates,
    coating_ranking,
    contact,
    pareto_front,
    supply,
)
from interfaces.coatings.gates import covers, meets
from interfaces.errors import InputError, ReactantError
from interfaces.figures import coatings_figure, ranked_coatings_figure
from interfaces.figures.plot_reference_reaction import label_points
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import reactant
from interfaces.phases.reservoirs import at_potential, at_voltage

# eV per formula unit. Two oxides form one mixed oxide at most, by these energies per its 6 atoms:
#   Li2O + TiO2 -> Li2TiO3 -1.5 (-0.25/atom)     Li2O + SiO2 -> Li2SiO3 -0.6 (-0.1/atom)
#   Li2O + GeO2 -> Li2GeO3 -1.8 (-0.3/atom)      SiO2 + TiO2 -> SiTiO4  -1.2 (-0.2/atom)
# and ZrO2 forms none.
OXIDES = {
    "Li": 0, "Ti": 0, "Si": 0, "Ge": 0, "Zr": 0, "O2": 0, "Li2O": -6.0, "TiO2": -9.0,
    "SiO2": -9.0, "GeO2": -9.0, "ZrO2": -9.0, "Li2TiO3": -16.5, "Li2SiO3": -15.6,
    "Li2GeO3": -16.8, "TiSiO4": -19.2, "Li2Si2O5": -24.3,
}  # fmt: skip
# Li2Si2O5 lies 0.3 eV above Li2SiO3 + SiO2, 1/30 eV/atom over its 9 atoms.


def made_up(energies):
    rows = [(f, f, energy / float(Formula.parse(f).n_atoms)) for f, energy in energies.items()]
    return PhaseSet.from_rows(rows, scheme="made up", source="by hand")


PHASES = made_up(OXIDES)


def asked(*names):
    return [Candidate(name, reactant(PHASES, name)) for name in names]


def ranked(*names, states=None, electrolyte="TiO2", **options):
    states = states or {"discharged": reactant(PHASES, "Li2O")}
    return coating_ranking(PHASES, states, reactant(PHASES, electrolyte), asked(*names), **options)


def row(ranking, name):
    (results,) = [coating for coating in ranking.coatings if coating.name == name]
    return results


# ---------------------------------------------------------------------- contacts and rank


@pytest.mark.parametrize(
    ("name", "inner", "outer"),
    [("SiO2", -0.1, -0.2), ("GeO2", -0.3, 0.0), ("ZrO2", 0.0, 0.0), ("Li2TiO3", 0.0, 0.0)],
)
def test_both_contacts_and_the_gain_are_those_added_by_hand(name, inner, outer):
    ranking = ranked(name)
    (item,) = ranking.coatings
    assert ranking.worst_bare == pytest.approx(-0.25)
    assert [c.mutual_energy for c in item.contacts] == pytest.approx([inner, outer], abs=1e-12)
    assert item.worst_mutual == pytest.approx(min(inner, outer), abs=1e-12)
    assert item.gain == pytest.approx(min(inner, outer) + 0.25)


def test_products_are_of_the_mutual_minimum_and_empty_without_a_reaction():
    ranking = ranked("SiO2", "ZrO2")
    assert [c.products for c in row(ranking, "SiO2").contacts] == ["Li2SiO3", "TiSiO4"]
    assert [c.products for c in row(ranking, "ZrO2").contacts] == ["", ""]
    assert [c.interphase for c in row(ranking, "ZrO2").contacts] == [None, None]
    assert row(ranking, "SiO2").contacts[0].interphase.gases == ()


def test_the_total_holds_the_self_decomposition_and_the_mutual_does_not():
    item = row(ranked("Li2Si2O5"), "Li2Si2O5")
    assert item.above_hull == pytest.approx(0.3 / 9)
    with_cathode = item.contacts[0]
    # Li2Si2O5 + Li2O -> 2 Li2SiO3, 12 atoms: -31.2 + 24.3 + 6 = -0.9 eV in total; on the hull the
    # reactants have 0.3 eV less to give.
    assert with_cathode.total_energy == pytest.approx(-0.9 / 12)
    assert with_cathode.mutual_energy == pytest.approx(-0.6 / 12)


def test_what_falls_apart_by_itself_does_not_react_with_what_it_touches():
    touching = contact(PHASES, reactant(PHASES, "ZrO2"), reactant(PHASES, "Li2Si2O5"))
    assert touching.total_energy == pytest.approx(-0.3 / 9)
    assert (touching.mutual_energy, touching.reacts, touching.products, touching.interphase) == (
        0.0,
        False,
        "",
        None,
    )


def test_every_contact_is_the_brute_force_minimum_of_a_linear_programme():
    """HiGHS on a grid of mixing ratios, the ends on the hull."""
    elements = PHASES.elements
    columns = PHASES.fractions.T

    def hull(fractions):
        solution = linprog(PHASES.energies, A_eq=columns, b_eq=fractions, method="highs")
        assert solution.status == 0
        return solution.fun

    grid = np.linspace(0, 1, 61)
    pairs = [("Li2O", "SiO2"), ("SiO2", "TiO2"), ("Li2Si2O5", "TiO2"), ("Li2GeO3", "TiO2")]
    for first, second in pairs:
        a, b = (Formula.parse(name).fractions(elements) for name in (first, second))
        ends = hull(a), hull(b)
        curve = [hull(x * a + (1 - x) * b) - x * ends[0] - (1 - x) * ends[1] for x in grid]
        touching = contact(PHASES, reactant(PHASES, first), reactant(PHASES, second))
        assert touching.mutual_energy <= min(curve) + 1e-9
        assert touching.mutual_energy == pytest.approx(min(curve), abs=4e-3)
        x = touching.mutual.mixing_fraction
        assert touching.mutual_energy == pytest.approx(
            hull(x * a + (1 - x) * b) - x * ends[0] - (1 - x) * ends[1], abs=1e-9
        )


def test_the_milder_strongest_contact_comes_first_and_ties_go_to_the_later_oxidized():
    ranking = ranked("GeO2", "SiO2", "Li2SiO3", "ZrO2")
    # Li2SiO3 | TiO2 -> Li2TiO3 + SiO2 -> ... -16.5 - 9 + 15.6 + 9 = -0.9 eV per 9 atoms, and
    # SiO2 goes on with TiO2 to SiTiO4: Li2SiO3 + 2 TiO2 -> Li2TiO3 + SiTiO4, -2.1 eV per 12 atoms
    assert row(ranking, "Li2SiO3").worst_mutual == pytest.approx(-2.1 / 12)
    assert [coating.name for coating in ranking.coatings] == ["ZrO2", "Li2SiO3", "SiO2", "GeO2"]
    both = ranked("Li2TiO3", "ZrO2")  # level in energy; only lithium can be taken from Li2TiO3
    assert [item.name for item in both.coatings] == ["ZrO2", "Li2TiO3"]


def test_the_worse_of_two_states_counts_and_the_gain_is_the_least():
    states = {"discharged": reactant(PHASES, "Li2O"), "charged": reactant(PHASES, "Li2GeO3")}
    ranking = ranked("SiO2", states=states)
    (item,) = ranking.coatings
    energies = {state: c.mutual_energy for state, c in item.cathode}
    bare = {state: c.mutual_energy for state, c in ranking.bare}
    assert energies["discharged"] == pytest.approx(-0.1)
    assert energies["charged"] == 0.0  # Li2GeO3 holds its Li2O more firmly than SiO2 would
    # Li2GeO3 + TiO2 gives nothing either: bare it does not react, so no coating is milder there
    assert bare["charged"] == 0.0
    assert item.worse_cathode == pytest.approx(-0.1)
    assert item.gain == pytest.approx(min(-0.2 + 0.25, -0.2 - 0.0))
    assert any("charged" in note and "no coating can be milder" in note for note in ranking.notes)


# ---------------------------------------------------------------------- windows


def test_windows_are_those_worked_out_by_hand():
    ranking = ranked("SiO2", "Li2SiO3", "ZrO2")
    # 3 SiO2 + 4 Li -> 2 Li2SiO3 + Si: -31.2 + 27 = -4.2 eV; ZrO2 + 4 Li -> Zr + 2 Li2O: -3 eV
    assert row(ranking, "SiO2").limits == (pytest.approx(1.05), None)
    assert row(ranking, "ZrO2").limits == (pytest.approx(0.75), None)
    # Li2SiO3 -> SiO2 + 0.5 O2 + 2 Li: 6.6 eV; reduced: Li2SiO3 + 4 Li -> Si + 3 Li2O: -2.4 eV
    assert row(ranking, "Li2SiO3").limits == pytest.approx((0.6, 3.3))
    # TiO2: 3 TiO2 + 4 Li -> 2 Li2TiO3 + Ti: -33 + 27 = -6 eV
    assert ranking.electrolyte_limits == (pytest.approx(1.5), None)
    assert not row(ranking, "Li2SiO3").covers_cathode
    assert row(ranking, "SiO2").covers_cathode
    assert row(ranking, "Li2SiO3").meets_electrolyte


def test_an_open_reservoir_stands_in_contacts_and_windows_but_the_carrier_only_in_contacts():
    air = at_potential("O", -1.0)
    states = {"discharged": reactant(PHASES, "Li2GeO3")}
    ranking = ranked("SiO2", "Li2SiO3", states=states, open_elements=(at_voltage("Li", 3.2), air))
    assert ranking.basis == "per_nonopen_atom"
    # with O at -1 eV Li2SiO3 is oxidized at (6.6 - 1) / 2 V
    assert row(ranking, "Li2SiO3").limits[1] == pytest.approx(2.8)
    closed = ranked("SiO2", open_elements=(at_potential("O", 0.0),))
    (item,) = closed.coatings
    # the same reaction as closed, -1.2 eV, but per its 2 atoms that are not O
    assert item.electrolyte.mutual_energy == pytest.approx(-1.2 / 2)


@pytest.mark.parametrize(
    ("limits", "voltages", "holds"),
    [((0.5, 4.3), (3.0, 4.3), True), ((0.5, 4.2), (3.0, 4.3), False),
     ((3.1, None), (3.0, 4.3), False), ((None, None), (0.0, 9.0), True)],
)  # fmt: skip
def test_a_window_covers_a_range_or_does_not(limits, voltages, holds):
    assert covers(limits, voltages) is holds


@pytest.mark.parametrize(
    ("limits", "other", "share"),
    [((0.5, 4.0), (1.7, 2.1), True), ((2.5, 4.0), (1.7, 2.1), False),
     ((0.0, 1.0), (1.7, 2.1), False), ((2.1, None), (1.7, 2.1), True),
     ((3.0, None), (1.0, None), True), ((3.0, 4.0), None, False)],
)  # fmt: skip
def test_two_windows_share_a_voltage_or_do_not(limits, other, share):
    assert meets(limits, other) is share


# ---------------------------------------------------------------------- gates


def test_a_candidate_that_fails_keeps_its_row_and_every_reason():
    gates = Gates(
        energy_above_hull=0.02, reduction=0.9, oxidation=4.0, with_discharged=0.05,
        with_electrolyte=0.15, milder_than_bare=True, without=("Ge",),
    )  # fmt: skip
    ranking = ranked("GeO2", "SiO2", "Li2SiO3", "Li2Si2O5", "ZrO2", gates=gates)
    fails = {
        outcome.name: {failure.gate for failure in outcome.failed} for outcome in ranking.coatings
    }
    assert fails == {
        "ZrO2": set(),
        # GeO2's window starts at 1.7 V: 3 GeO2 + 4 Li -> 2 Li2GeO3 + Ge, -33.6 + 27 = -6.6 eV
        "GeO2": {"without", "with_discharged", "milder_than_bare", "reduction"},
        "SiO2": {"reduction", "with_discharged", "with_electrolyte"},
        "Li2SiO3": {"oxidation", "with_electrolyte"},
        "Li2Si2O5": {"energy_above_hull", "oxidation", "with_electrolyte", "reduction"},
    }
    assert [coating.name for coating in ranking.passing] == ["ZrO2"]
    assert ranking.coatings[0].name == "ZrO2"
    assert all(item.electrolyte is not None for item in ranking.coatings)
    assert "33.3 > 20 meV/atom" in str(row(ranking, "Li2Si2O5").failed[0])


def test_a_limit_that_is_just_met_is_met():
    just = Gates(reduction=1.05, with_discharged=0.1, with_electrolyte=0.2)
    assert ranked("SiO2", gates=just).passing
    for gates in (
        Gates(reduction=1.0499), Gates(with_discharged=0.0999), Gates(with_electrolyte=0.1999)
    ):  # fmt: skip
        assert not ranked("SiO2", gates=gates).passing


def test_only_the_state_that_a_gate_names_is_held_against_it():
    states = {"discharged": reactant(PHASES, "Li2GeO3"), "charged": reactant(PHASES, "Li2O")}
    ranking = ranked("SiO2", states=states, gates=Gates(with_charged=0.05, with_discharged=0.05))
    assert [f.gate for f in ranking.coatings[0].failed] == ["with_charged"]


def test_tiers_leave_out_what_a_failed_gate_makes_needless():
    gates = Gates(energy_above_hull=0.01, reduction=0.9, with_electrolyte=0.15)
    ranking = ranked("Li2Si2O5", "SiO2", "Li2SiO3", gates=gates, tiered=True)
    by_hull, by_window = row(ranking, "Li2Si2O5"), row(ranking, "SiO2")
    assert (by_hull.limits, by_hull.electrolyte) == (None, None)
    assert by_window.limits is not None
    assert by_window.electrolyte is None
    assert [f.gate for f in by_window.failed] == ["reduction"]
    assert row(ranking, "Li2SiO3").electrolyte is not None
    assert by_hull.to_dict()["worst_mutual_ev_per_atom"] is None
    assert ranking.coatings[0].name == "Li2SiO3"  # what has its numbers comes first


def test_put_on_the_hull_the_own_entry_still_counts_and_without_one_the_gate_is_not_passed():
    gates = Gates(energy_above_hull=0.01)
    on_hull = [Candidate("Li2Si2O5", reactant(PHASES, "Li2Si2O5", "hull"))]
    mixture = [Candidate("LiSiO2.5", reactant(PHASES, "Li4Si3O8", "hull"))]
    for candidates, label in ((on_hull, "33.3 > 10 meV/atom"), (mixture, "not known")):
        (ranking,) = coating_ranking(
            PHASES, {"discharged": reactant(PHASES, "Li2O")}, reactant(PHASES, "TiO2"),
            candidates, gates=gates,
        ).coatings  # fmt: skip
        assert [f.gate for f in ranking.failed] == ["energy_above_hull"]
        assert label in ranking.failed[0].reason


@pytest.mark.parametrize(
    ("data", "match"),
    [({"oxidatoin": 4}, "no gate is named 'oxidatoin'"), ({"oxidation": "high"}, "not a number"),
     ({"oxidation": -1}, "not a number"), ({"oxidation": float("nan")}, "not a number"),
     ({"oxidation": True}, "not a number"), ({"milder_than_bare": 1}, "neither true nor false"),
     ({"without": ["Xx"]}, "'Xx' is not an element")],
)  # fmt: skip
def test_gates_that_cannot_be_read_are_refused(data, match):
    with pytest.raises(InputError, match=match):
        Gates.from_dict(data)


def test_gates_come_back_equal_from_plain_values():
    gates = Gates(0.005, 2.7, None, 0.1, 0.1, None, True, False, True, ("U",))
    assert Gates.from_dict(gates.to_dict()) == gates


# ---------------------------------------------------------------------- errors


def test_what_cannot_be_computed_keeps_its_row_at_the_end():
    states = {"discharged": reactant(PHASES, "Li2O")}
    candidates = [
        Candidate("BaO", None, "not in the set: by hand has no Ba"),
        *asked("TiO2", "Li2O", "SiO2"),
        Candidate("Li", reactant(PHASES, "Li")),
    ]
    ranking = coating_ranking(PHASES, states, reactant(PHASES, "TiO2"), candidates)
    assert ranking.coatings[0].name == "SiO2"
    errors = {item.name: item.error for item in ranking.coatings[1:]}
    assert errors["BaO"] == "not in the set: by hand has no Ba"
    assert errors["TiO2"] == "it is the electrolyte itself"
    assert errors["Li2O"] == "it is the discharged cathode itself"
    assert "has no window" in errors["Li"]
    assert not any(coating.passes or coating.on_front for coating in ranking.coatings[1:])


def test_without_a_cathode_there_is_no_ranking():
    with pytest.raises(ReactantError, match="Li content"):
        coating_ranking(PHASES, {}, reactant(PHASES, "TiO2"), asked("SiO2"))


# ---------------------------------------------------------------------- the front


@given(
    st.lists(
        st.tuples(*[st.integers(-3, 3).map(float) | st.just(math.inf)] * 3), min_size=1, max_size=12
    )
)
def test_the_front_is_what_nothing_beats_by_definition(points):
    def beats(first, other):
        return all(a >= b for a, b in zip(first, other, strict=True)) and first != other

    expected = [not any(beats(second, item) for second in points) for item in points]
    assert pareto_front(points).tolist() == expected
    assert any(expected)


def test_the_front_is_of_those_that_pass_and_over_the_objectives_asked_for():
    names = ("SiO2", "GeO2", "Li2SiO3", "ZrO2")
    front = {outcome.name for outcome in ranked(*names).coatings if outcome.on_front}
    assert front == {"ZrO2"}  # level or better in all three
    gates = Gates(without=("Zr",))
    front = {item.name for item in ranked(*names, gates=gates).coatings if item.on_front}
    # GeO2 beats all with the electrolyte; SiO2 is better with the cathode and never oxidized;
    # Li2SiO3 is best with the cathode
    assert front == {"GeO2", "SiO2", "Li2SiO3"}
    only = ranked(*names, gates=gates, objectives=("electrolyte",))
    assert {coating.name for coating in only.coatings if coating.on_front} == {"GeO2"}


def test_scores_are_larger_for_the_better():
    ranking = ranked("SiO2", "Li2SiO3")
    silica, silicate = row(ranking, "SiO2"), row(ranking, "Li2SiO3")
    assert silica.score("oxidation") == math.inf
    assert silicate.score("oxidation") == pytest.approx(3.3)
    assert silicate.score("window") == pytest.approx(2.7)
    assert silicate.score("cathode") == 0.0
    assert silica.score("price") == -math.inf  # not known


# ---------------------------------------------------------------------- supply


def test_price_and_rarity_are_weighted_as_they_say():
    formula = Formula.parse("LiTaO3")
    prices, crust = {"Li": 100.0, "Ta": 300.0, "O": 0.0}, {"Li": 20.0, "Ta": 2.0, "O": 461000.0}
    masses = {"Li": 6.94, "Ta": 180.94788, "O": 3 * 15.999}
    supplied = supply(formula, prices, crust, 3.0)
    expected = (100 * masses["Li"] + 300 * masses["Ta"]) / sum(masses.values())
    assert supplied.price == pytest.approx(expected, rel=1e-4)
    assert (supplied.dearest, supplied.scarcest, supplied.abundance, supplied.scarce) == (
        "Ta",
        "Ta",
        2.0,
        True,
    )
    assert not supply(formula, prices, crust, 2.0).scarce
    unpriced = supply(formula, {"Li": 100.0}, {"Li": 20.0, "O": 1.0}, 0.5)
    assert unpriced.price == math.inf
    assert unpriced.to_dict()["price_usd_per_kg_of_elements"] is None
    assert (unpriced.scarcest, unpriced.abundance, unpriced.scarce) == ("Ta", 0.0, True)


# ---------------------------------------------------------------------- laws


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-2.0, 0.5), min_size=4, max_size=4), st.floats(-1.0, 1.0))
def test_energies_of_contacts_do_not_move_with_the_elements_and_the_order_follows_them(
    mixed, shift
):
    """Random mixed oxides; a shift of an element's energy changes nothing."""
    names = ("Li2TiO3", "Li2SiO3", "Li2GeO3", "TiSiO4")
    parts = {"Li2TiO3": -15.0, "Li2SiO3": -15.0, "Li2GeO3": -15.0, "TiSiO4": -18.0}
    energies = OXIDES | {n: parts[n] + e for n, e in zip(names, mixed, strict=True)}
    moved = {n: e + shift * float(Formula.parse(n).get("Si")) for n, e in energies.items()}
    results = []
    for table in (energies, moved):
        phases = made_up_totals(table)
        candidates = [
            Candidate(n, reactant(phases, n)) for n in ("SiO2", "GeO2", "ZrO2", "Li2SiO3")
        ]
        results.append(
            coating_ranking(
                phases, {"discharged": reactant(phases, "Li2O")}, reactant(phases, "TiO2"),
                candidates,
            )
        )  # fmt: skip
    first, second = ({outcome.name: outcome for outcome in ranking.coatings} for ranking in results)
    for name, item in first.items():
        assert item.worst_mutual == pytest.approx(second[name].worst_mutual, abs=1e-9)
        assert item.worst_total == pytest.approx(second[name].worst_total, abs=1e-9)
        assert item.worst_total <= item.worst_mutual + 1e-9
    worst = [coating.worst_mutual for coating in results[0].coatings]
    assert all(a >= b - 1e-6 for a, b in itertools.pairwise(worst))


def made_up_totals(energies):
    rows = [(f, f, energy / float(Formula.parse(f).n_atoms)) for f, energy in energies.items()]
    return PhaseSet.from_rows(rows, scheme="made up", quantity="energy_per_atom")


# ---------------------------------------------------------------------- the figure


def test_the_figure_puts_points_gates_and_windows_where_they_are():
    gates = Gates(with_discharged=0.15, with_electrolyte=0.1)
    ranking = ranked("SiO2", "GeO2", "ZrO2", "Li2SiO3", gates=gates, cathode_voltages=(3.0, 4.0))
    figure = coatings_figure(ranking)
    left, right = figure.axes[:2]  # the third is the colour bar
    points = {
        tuple(np.round(line.get_xydata()[0], 6))
        for line in left.lines
        if (line.get_gid() or "").startswith("coating ")
    }
    assert points == {(-100.0, -200.0), (-300.0, 0.0), (0.0, 0.0), (0.0, -175.0)}
    (shaded,) = [artist for artist in left.collections if artist.get_gid() == "gates"]
    corner = shaded.get_paths()[0].vertices.min(axis=0)
    assert corner == pytest.approx([-150.0, -100.0])
    (bare,) = [line for line in left.lines if line.get_gid() == "bare"]
    assert bare.get_xydata()[1] == pytest.approx([-250.0, -250.0])
    (ends,) = [line for line in right.lines if line.get_gid() == "window of Li2SiO3"]
    assert ends.get_xdata() == pytest.approx([0.6, 3.3])
    bars = [(p.get_x(), p.get_width()) for p in right.patches if p.get_height() < 1]
    rank = [coating.name for coating in ranking.coatings].index("Li2SiO3")
    assert bars[rank] == pytest.approx((0.6, 2.7))
    labels = [label.get_text() for label in right.get_yticklabels()]
    assert labels[0] == "ZrO$_{2}$"


def test_names_of_the_figure_do_not_overlap():
    ranking = ranked("SiO2", "GeO2", "ZrO2", "Li2SiO3", "Li2TiO3", "Li2Si2O5", "Li2GeO3")
    figure = coatings_figure(ranking)
    left = figure.axes[0]
    names = {"SiO", "GeO", "ZrO", "Li$"}
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    boxes = [
        label.get_window_extent(canvas.get_renderer())
        for label in left.texts
        if label.get_text()[:3] in names
    ]
    assert len(boxes) == 7
    assert not any(item.overlaps(second) for item, second in itertools.combinations(boxes, 2))
    frame = left.get_window_extent(canvas.get_renderer())
    assert all(frame.x0 <= b.x0 and b.x1 <= frame.x1 and b.y0 >= frame.y0 for b in boxes)


def test_many_names_of_one_point_find_places_of_their_own():
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5))
    ax = figure.add_subplot()
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    texts = label_points(ax, [(0.5, 0.5)] * 12, [f"name {k}" for k in range(12)])
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [label.get_window_extent(renderer) for label in texts]
    assert not any(item.overlaps(second) for item, second in itertools.combinations(boxes, 2))


def test_a_figure_of_errors_alone_is_refused():
    ranking = coating_ranking(
        PHASES, {"discharged": reactant(PHASES, "Li2O")}, reactant(PHASES, "TiO2"),
        [Candidate("BaO", None, "not in the set")],
    )  # fmt: skip
    with pytest.raises(ReactantError, match="nothing to draw"):
        coatings_figure(ranking)


def test_the_ranked_chart_has_every_contact_in_the_order_of_the_ranking():
    states = {"discharged": reactant(PHASES, "Li2O"), "charged": reactant(PHASES, "TiO2")}
    ranking = ranked("SiO2", "GeO2", "ZrO2", states=states, electrolyte="Li2TiO3")
    figure = ranked_coatings_figure(ranking)
    drawn = {line.get_gid(): line.get_xydata() for line in figure.axes[0].lines}
    assert len([gid for gid in drawn if gid.startswith("with ")]) == 3
    for k, (gid, points) in enumerate(list(drawn.items())[:3]):
        energies = [1000 * coating.contacts[k].mutual_energy for coating in ranking.coatings]
        assert points[:, 0] == pytest.approx(energies), gid
        assert points[:, 1].tolist() == [0, 1, 2]
    for state, bare in ranking.bare:
        assert drawn[f"bare, {state}"][0, 0] == pytest.approx(1000 * bare.mutual_energy)
    with pytest.raises(ReactantError, match="both contacts"):
        ranked_coatings_figure(replace(ranking, coatings=()))
