"""What every open curve, staircase and map obeys, whatever the phases."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from interfaces.chemistry.formulas import Formula
from interfaces.errors import MissingElementError, ReactantError, ReservoirError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import reactant
from interfaces.phases.reservoirs import OpenElement, at_potential, at_voltage
from interfaces.reactivity.mixing_curve import mixing_curve, open_pool
from interfaces.reactivity.uptake import uptake_curve
from interfaces.reactivity.voltage_map import voltage_map
from interfaces.solver.map_tiling import tiling
from interfaces.solver.simplex import OK
from interfaces.stability.electrochemical_window import electrochemical_window
from tests.certificate import certify
from tests.strategies import SYMBOLS, formulas, phase_sets

EXAMPLES = 100
CLOSE = 1e-8
LOW, HIGH = 0.0, 5.0
MAGNESIUM = ("Mg", "O", "Co", "S")
voltages = st.integers(0, 40).map(lambda k: k / 8)  # eighths, where events of round numbers lie
raised = st.integers(-2, 4).map(lambda k: k / 8)  # eV/atom above the hull, or below it
above = st.integers(0, 4).map(lambda k: k / 8)
shares = st.integers(0, 64).map(lambda k: k / 64)  # HiGHS takes amounts below 1e-7 for nothing


def host(text, opened=("Li",)):
    return {e: n for e, n in Formula.parse(text).amounts if e not in opened}


def mix(first, second, opened=("Li",)):
    """Whether two reactants differ in more than what is open."""
    hosts = [host(label, opened) for label in (first, second)]
    if not all(hosts):
        return False
    item, counterpart = (Formula.from_amounts(h) for h in hosts)
    return not item.same_composition(counterpart)


def reactants(phases, texts, ups=None):
    """Reactants so many eV/atom above the hull, by default on it."""
    ups = ups or [0.0] * len(texts)
    return [
        reactant(phases, label, phases.hull_energy(label) + up)
        for label, up in zip(texts, ups, strict=True)
    ]


def slow_total(phases, pair, u, opened):
    """The total per non-open atom by HiGHS: min e.n + mu.r over phases n >= 0 and any release r."""
    crossing = [phases.elements.index(element.symbol) for element in opened]
    mixed, own = np.zeros(len(phases.elements)), 0.0
    for outcome, share in zip(pair, (u, 1 - u)[: len(pair)], strict=True):
        fractions = outcome.formula.fractions(phases.elements)
        kept = 1 - fractions[crossing].sum()
        mixed += share * fractions / kept
        own += share * outcome.energy / kept
    joining = [material for material in pair if material.joins_pool]
    columns = [*phases.fractions, *(item.formula.fractions(phases.elements) for item in joining)]
    cost = [*phases.energies, *(reactant.energy for reactant in joining)]
    released = np.eye(len(phases.elements))[crossing]
    solution = linprog(
        [*cost, *(entry.chemical_potential for entry in opened)],
        A_eq=np.vstack([*columns, *released]).T,
        b_eq=mixed,
        bounds=[(0, None)] * len(columns) + [(None, None)] * len(opened),
        method="highs",
    )
    assert solution.status == 0
    return solution.fun - own


def totals(curve):
    return np.array([kink.total_per_nonopen_atom for kink in curve.kinks])


def fractions_of(curve):
    return np.array([kink.nonopen_fraction for kink in curve.kinks])


# ---------------------------------------------------------------------- the open curve


@given(phase_sets(), formulas(), formulas(), voltages, raised, raised)
@settings(max_examples=EXAMPLES)
def test_open_curve_equals_a_general_solver_on_a_grid(phases, first, second, voltage, up1, up2):
    assume(mix(first, second))
    pair, opened = reactants(phases, (first, second), (up1, up2)), [at_voltage("Li", voltage)]
    curve = mixing_curve(phases, *pair, open_elements=opened)
    for u in np.linspace(0, 1, 7):
        mine = np.interp(u, fractions_of(curve), totals(curve))
        assert mine == pytest.approx(slow_total(phases, pair, u, opened), abs=CLOSE)


@given(phase_sets(), formulas(), formulas(), voltages, st.integers(0, 24).map(lambda k: -k / 8))
@settings(max_examples=EXAMPLES)
def test_two_open_elements_equal_a_general_solver(phases, first, second, voltage, potential):
    assume(mix(first, second, ("Li", "O")))
    pair = reactants(phases, (first, second))
    opened = [at_voltage("Li", voltage), at_potential("O", potential)]
    both = phases.over([("Li", "O")])
    gains = both.energies - both.fractions[:, [both.elements.index(e) for e in ("Li", "O")]] @ [
        element.chemical_potential for element in opened
    ]
    if gains.min() < -1e-9:  # an oxide of lithium grows from the two reservoirs
        with pytest.raises(ReservoirError, match="without end"):
            mixing_curve(phases, *pair, open_elements=opened)
        return
    curve = mixing_curve(phases, *pair, open_elements=opened)
    for u in np.linspace(0, 1, 7):
        mine = np.interp(u, fractions_of(curve), totals(curve))
        assert mine == pytest.approx(slow_total(phases, pair, u, opened), abs=CLOSE)


@given(phase_sets(), formulas(), formulas(), voltages, raised, raised)
@settings(max_examples=EXAMPLES)
def test_open_curve_is_convex_never_positive_and_balanced(phases, first, second, voltage, up1, up2):
    assume(mix(first, second))
    pair = reactants(phases, (first, second), (up1, up2))
    curve = mixing_curve(phases, *pair, open_elements=[at_voltage("Li", voltage)])
    u, energies = fractions_of(curve), totals(curve)
    assert (u[0], u[-1]) == (0.0, 1.0)
    assert (energies <= CLOSE).all()
    assert (np.diff(np.diff(energies) / np.diff(u)) > 0).all()
    for kink in curve.kinks:
        assert kink.reaction.imbalance() == {}
        assert kink.mutual <= CLOSE
        assert all(amount > 0 for _, amount in kink.reaction.products)
        assert {name for name, _ in kink.reaction.exchanged} <= {"Li"}
    # Per atom of the mix it is straight in the share of all atoms, and meets the other basis there.
    x = np.linspace(0, 1, 9)
    share = np.interp(x, curve.mixing_fractions, [kink.nonopen_share for kink in curve.kinks])
    resampled = np.interp(curve.mixing_to_nonopen(x), u, energies) * share
    assert np.allclose(curve.at(x), resampled, rtol=0, atol=CLOSE)


@given(phase_sets(), formulas(), formulas(), voltages)
@settings(max_examples=EXAMPLES)
def test_energy_follows_from_the_printed_reaction(phases, first, second, voltage):
    """Products minus reactants minus mu of what is taken up, from the entries alone."""
    assume(mix(first, second))
    pair = reactants(phases, (first, second))
    curve = mixing_curve(phases, *pair, open_elements=[at_voltage("Li", voltage)])
    own = {item.formula.text: item.energy * float(item.formula.n_atoms) for item in pair}
    for kink in curve.kinks:
        left = sum(float(n) * own[reactant] for reactant, n in kink.reaction.reactants)
        right = sum(
            float(n * Formula.parse(label).n_atoms) * phases.hull_energy(label)
            for label, n in kink.reaction.products
        )
        taken = float(dict(kink.reaction.exchanged).get("Li", 0))
        units = float(kink.reaction.formula_units)
        assert kink.total_per_formula * units == pytest.approx(
            right - left + taken * voltage, abs=1e-6
        )


@given(phase_sets(), formulas(), formulas(), voltages)
@settings(max_examples=EXAMPLES)
def test_swapping_reactants_mirrors_curve_and_map(phases, first, second, voltage):
    assume(mix(first, second))
    opened = [at_voltage("Li", voltage)]
    pair = reactants(phases, (first, second))
    forth = mixing_curve(phases, *pair, open_elements=opened)
    back = mixing_curve(phases, *reversed(pair), open_elements=opened)
    assert np.allclose(fractions_of(forth), 1 - fractions_of(back)[::-1], rtol=0, atol=CLOSE)
    assert np.allclose(totals(forth), totals(back)[::-1], rtol=0, atol=CLOSE)
    u = np.linspace(0, 1, 9)
    maps = voltage_map(phases, *pair, LOW, HIGH), voltage_map(phases, *reversed(pair), LOW, HIGH)
    assert np.allclose(maps[0].at(u, voltage), maps[1].at(1 - u, voltage), rtol=0, atol=CLOSE)


@given(phase_sets(), formulas(), formulas())
@settings(max_examples=EXAMPLES)
def test_nothing_open_is_the_closed_curve(phases, first, second):
    assume(not Formula.parse(first).same_composition(Formula.parse(second)))
    pair = reactants(phases, (first, second))
    assert mixing_curve(phases, *pair, open_elements=()) == mixing_curve(phases, *pair)
    pool = open_pool(phases, *pair)
    same = pool.opened(())
    assert np.allclose(same.phases, pool.phases, rtol=1e-15)
    assert np.allclose(same.energies, pool.energies, rtol=1e-15)
    assert np.array_equal(same.references, pool.references)


@given(phase_sets(), formulas(), st.integers(0, 4), st.integers(1, 4), voltages)
@settings(max_examples=EXAMPLES)
def test_reactants_that_differ_in_lithium_alone_do_not_mix(phases, text, more, less, voltage):
    rest = host(text)
    assume(rest and more != less)
    first, second = (
        Formula.from_amounts(rest | ({"Li": n} if n else {})).text for n in (more, less)
    )
    pair = reactants(phases, (first, second))
    curve = mixing_curve(phases, *pair, open_elements=[at_voltage("Li", voltage)])
    assert [kink.mixing_fraction for kink in curve.kinks] == [0.0, 1.0]
    assert [kink.mutual for kink in curve.kinks] == pytest.approx([0, 0], abs=CLOSE)
    assert any("open" in note for note in curve.notes)
    with pytest.raises(ReactantError, match="no mixing axis"):
        voltage_map(phases, *pair, LOW, HIGH)


# ---------------------------------------------------------------------- the staircase


@given(phase_sets(), formulas(), above)
@settings(max_examples=EXAMPLES)
def test_content_falls_and_decomposition_energy_is_concave(phases, text, up):
    assume(host(text))
    (compound,) = reactants(phases, (text,), (up,))
    window = electrochemical_window(phases, compound)
    contents = [stage.carriers for stage in window.stages]
    assert all(after < before for before, after in itertools.pairwise(contents))
    assert [stage.high for stage in window.stages[:-1]] == [s.low for s in window.stages[1:]]
    assert window.stages[0].low == 0.0
    assert window.stages[-1].high is None
    grid = np.linspace(0, 12, 49)
    energies = np.array([window.decomposition_energy(v) for v in grid])
    assert (np.diff(np.diff(energies)) <= CLOSE).all()
    assert (energies <= CLOSE).all()


@given(phase_sets(), formulas(), above, voltages)
@settings(max_examples=EXAMPLES)
def test_staircase_equals_a_general_solver(phases, text, up, voltage):
    assume(host(text))
    (compound,) = reactants(phases, (text,), (up,))
    window = electrochemical_window(phases, compound)
    opened = [at_voltage("Li", voltage)]
    kept = sum(host(text).values()) / float(compound.formula.n_atoms)
    expected = slow_total(phases, [compound], 1.0, opened) * float(kept)
    assert window.decomposition_energy(voltage, "own") == pytest.approx(expected, abs=CLOSE)
    assert window.decomposition_energy(voltage, "hull") == pytest.approx(expected + up, abs=CLOSE)


@given(phase_sets(), formulas(), st.sampled_from([1 / 8, 1 / 4]), voltages)
@settings(max_examples=EXAMPLES)
def test_compound_below_the_hull_is_its_own_hull(phases, text, depth, voltage):
    """It joins the candidates, so that own and hull are one energy, never positive."""
    assume(host(text))
    (compound,) = reactants(phases, (text,), (-depth,))
    window = electrochemical_window(phases, compound)
    opened = [at_voltage("Li", voltage)]
    kept = sum(host(text).values()) / float(compound.formula.n_atoms)
    expected = slow_total(phases, [compound], 1.0, opened) * float(kept)
    assert window.decomposition_energy(voltage, "hull") == pytest.approx(expected, abs=CLOSE)
    assert window.decomposition_energy(voltage, "own") == pytest.approx(expected, abs=CLOSE)


@given(phase_sets(), formulas(symbols=("O", "Co", "S")))
@settings(max_examples=EXAMPLES)
def test_compound_without_lithium_has_none_to_give(phases, text):
    window = electrochemical_window(phases, reactants(phases, (text,))[0])
    assert all(stage.carriers >= 0 for stage in window.stages)
    assert window.stages[-1].carriers == 0
    assert window.oxidation is None
    assert window.oxidized_to is None
    assert window.reduction == pytest.approx(window.stages[-1].low)


@given(phase_sets(), formulas(), voltages)
@settings(max_examples=EXAMPLES)
def test_uptake_of_lithium_stops_at_the_stage_of_that_voltage(phases, text, voltage):
    assume(host(text))
    (compound,) = reactants(phases, (text,))
    lithium = at_voltage("Li", voltage)
    with pytest.raises(ReactantError, match="no share in the mix"):
        mixing_curve(phases, compound, reactant(phases, "Li"), open_elements=[lithium])
    curve = uptake_curve(phases, compound, lithium)
    uptakes = [point.uptake for point in curve.points]
    assert uptakes[0] == 0.0
    assert uptakes == sorted(uptakes)
    # Uptake alone cannot follow where the stage has given lithium away: its curve starts at 0.
    window = electrochemical_window(phases, compound)
    stages = [
        s for s in window.stages if s.low <= voltage and (s.high is None or voltage <= s.high)
    ]
    if all(stage.carriers >= 0 for stage in stages):
        atoms = float(compound.formula.n_atoms)
        expected = window.decomposition_energy(voltage, "hull") * atoms
        assert curve.minimum.energy == pytest.approx(expected, abs=CLOSE * atoms)
        assert any(
            curve.at(stage.carriers) == pytest.approx(curve.minimum.energy, abs=CLOSE * atoms)
            for stage in stages
        )


def test_step_past_the_own_content_is_split_by_a_window_of_zero_width(toy):
    """LiTiO2 on the hull is 1/2 Li2TiO3 + 1/6 Ti2O3 + 1/6 Ti: three phases of three elements."""
    compound = reactant(toy, "LiTiO2")
    window = electrochemical_window(toy, compound)
    assert (window.reduction, window.oxidation) == (pytest.approx(1.0), pytest.approx(1.0))
    assert window.own_limits is None
    at_it = window.stable_stage
    assert at_it.low == at_it.high
    assert str(at_it.reaction) == "6 LiTiO2 -> 3 Li2TiO3 + Ti2O3 + Ti"
    assert window.reduced_to.carriers == pytest.approx(1 / 3)
    assert window.oxidized_to.carriers == pytest.approx(-1 / 3)
    # E_D is continuous through it, and its slope the content on either side.
    assert window.decomposition_energy(1.0, "hull") == pytest.approx(0.0)
    assert window.decomposition_energy(1.3, "hull") == pytest.approx(-0.3 / 3 / 4)
    assert window.decomposition_energy(0.7, "hull") == pytest.approx(-0.3 / 3 / 4)
    assert window.decomposition_energy(1.0, "own") == pytest.approx(-compound.energy_above_hull)


# ---------------------------------------------------------------------- the map


@given(phase_sets(), formulas(), formulas(), shares, shares, raised, raised)
@settings(max_examples=EXAMPLES)
def test_map_equals_a_general_solver_anywhere(phases, first, second, u, share, up1, up2):
    assume(mix(first, second))
    voltage = LOW + (HIGH - LOW) * share
    pair = reactants(phases, (first, second), (up1, up2))
    result = voltage_map(phases, *pair, LOW, HIGH)
    expected = slow_total(phases, pair, u, [at_voltage("Li", voltage)])
    assert result.at(u, voltage) == pytest.approx(expected, abs=CLOSE)


@given(phase_sets(MAGNESIUM), formulas(MAGNESIUM), formulas(MAGNESIUM), shares, voltages)
@settings(max_examples=EXAMPLES)
def test_a_carrier_of_two_charges_counts_them(phases, first, second, u, voltage):
    assume(mix(first, second, ("Mg",)))
    pair, opened = reactants(phases, (first, second)), [at_voltage("Mg", voltage)]
    result = voltage_map(phases, *pair, LOW, HIGH, "Mg")
    assert result.at(u, voltage) == pytest.approx(slow_total(phases, pair, u, opened), abs=CLOSE)
    window = electrochemical_window(phases, pair[0], "Mg")
    kept = float(sum(host(first, ("Mg",)).values()) / pair[0].formula.n_atoms)
    expected = slow_total(phases, pair[:1], 1.0, opened) * kept
    assert window.decomposition_energy(voltage) == pytest.approx(expected, abs=CLOSE)


def ends_of_growth(phases, oxygen):
    """Voltages up to which each phase of lithium and oxygen grows from the two reservoirs."""
    both = phases.over([("Li", "O")])
    lithium, oxygens = (both.fractions[:, both.elements.index(e)] for e in ("Li", "O"))
    held = lithium > 0
    gain = oxygens * oxygen.chemical_potential - both.energies
    return gain[held] / lithium[held]


@given(phase_sets(), formulas(), formulas(), st.integers(1, 40), shares, shares)
@settings(max_examples=EXAMPLES)
def test_second_reservoir_equals_a_general_solver(phases, first, second, depth, u, share):
    """From the voltage on at which lithium and oxygen no longer form a phase without end."""
    assume(mix(first, second, ("Li", "O")))
    pair, oxygen = reactants(phases, (first, second)), at_potential("O", -depth / 8)
    start = max(0.0, *ends_of_growth(phases, oxygen))
    low = np.ceil(8 * start + 1e-6) / 8
    result = voltage_map(phases, *pair, low, low + 5, open_elements=[oxygen])
    voltage = low + 5 * share
    opened = [at_voltage("Li", voltage), oxygen]
    expected = slow_total(phases, pair, u, opened)
    assert result.at(u, voltage) == pytest.approx(expected, abs=CLOSE)
    window = electrochemical_window(phases, pair[0], open_elements=[oxygen])
    assert window.stages[0].low == pytest.approx(start, abs=1e-6)
    kept = float(sum(host(first, ("Li", "O")).values()) / pair[0].formula.n_atoms)
    expected = slow_total(phases, pair[:1], 1.0, opened) * kept
    assert window.decomposition_energy(voltage) == pytest.approx(expected, abs=CLOSE)
    if start > 0:
        with pytest.raises(ReservoirError, match="without end"):
            voltage_map(phases, *pair, start - 1e-3 * start, low + 5, open_elements=[oxygen])


@given(phase_sets(), formulas(), formulas())
@settings(max_examples=EXAMPLES)
def test_tiles_cover_the_map_once(phases, first, second):
    assume(mix(first, second))
    result = voltage_map(phases, *reactants(phases, (first, second)), LOW, HIGH)
    u0, u1, v0, v1 = result.bounds.T
    assert ((u1 - u0) * (v1 - v0)).sum() == pytest.approx(HIGH - LOW, abs=1e-6)
    width = np.minimum.outer(u1, u1) - np.maximum.outer(u0, u0)
    height = np.minimum.outer(v1, v1) - np.maximum.outer(v0, v0)
    overlap = np.where((width > 1e-8) & (height > 1e-8), width * height, 0)
    np.fill_diagonal(overlap, 0)
    assert overlap.max() < 1e-6
    assert (u0.min(), u1.max(), v0.min(), v1.max()) == (0.0, 1.0, LOW, HIGH)


@given(phase_sets(), formulas(), formulas(), voltages)
@settings(max_examples=EXAMPLES)
def test_both_minima_are_those_of_the_curves(phases, first, second, voltage):
    assume(mix(first, second))
    result = voltage_map(phases, *reactants(phases, (first, second)), LOW, HIGH)
    curve = result.curve_at(phases, voltage)
    expected = {
        "total": curve.minimum_total.total_per_nonopen_atom,
        "mutual": curve.minimum_mutual.mutual_per_nonopen_atom,
    }
    for kind, energy in expected.items():
        pieces = result.minimum(kind)
        assert (pieces[0].low, pieces[-1].high) == (LOW, pytest.approx(HIGH, abs=1e-9))
        for before, after in itertools.pairwise(pieces):
            assert after.low == pytest.approx(before.high, abs=1e-9)
            assert after.energy_low == pytest.approx(before.energy_high, abs=CLOSE)
        piece = next(p for p in pieces if voltage <= p.high + 1e-9)
        share = (voltage - piece.low) / (piece.high - piece.low)
        mine = piece.energy_low + share * (piece.energy_high - piece.energy_low)
        assert mine == pytest.approx(energy, abs=CLOSE)
        assert result.minimum_at(voltage, kind)[0] == pytest.approx(energy, abs=CLOSE)


def test_maps_that_begin_or_end_exactly_on_an_event(toy):
    """3.75 V: Li2TiO3 gives up its lithium on every mix with TiO2."""
    pair = [reactant(toy, f) for f in ("Li2O", "TiO2")]
    whole = voltage_map(toy, *pair, 2.0, 4.5)
    assert np.abs(whole.bounds[:, 2] - 3.75).min() < 1e-12
    u = np.linspace(0, 1, 21)
    for low, high in ((2.0, 3.75), (3.75, 4.5), (2.8, 3.2)):
        part = voltage_map(toy, *pair, low, high)
        for voltage in (low, (low + high) / 2, high):
            assert np.allclose(part.at(u, voltage), whole.at(u, voltage), rtol=0, atol=1e-12)
    above = voltage_map(toy, *pair, 3.75, 4.5)
    assert all("Li2TiO3" not in tile.products for tile in above.tiles)
    assert above.bounds[:, 2].min() == 3.75


def exact_row(phases, pair, bounds, bases, pool, voltage):
    """Certificate in rational arithmetic of the bases that the tiling has at one voltage."""
    rows = np.nonzero((bounds[:, 2] <= voltage) & (voltage <= bounds[:, 3]))[0]
    rows = rows[np.argsort(bounds[rows, 0])]
    lowest = {}
    for formula, energy in zip(phases.formulas, phases.energies, strict=True):
        lowest[formula.text] = min(Fraction(energy), lowest.get(formula.text, Fraction(10)))
    V = Fraction(voltage)
    kept = [sum(f.get(e) for e in pool.elements) for f in pool.formulas]
    columns = [
        [Fraction(f.get(e)) / n for e in pool.elements]
        for f, n in zip(pool.formulas, kept, strict=True)
    ]
    energies = [
        (lowest[f.text] * f.n_atoms + V * f.get("Li")) / n
        for f, n in zip(pool.formulas, kept, strict=True)
    ]
    ends = [
        [Fraction(f.get(e)) / sum(f.get(o) for o in pool.elements) for e in pool.elements]
        for f in (pair[1].formula, pair[0].formula)
    ]
    edges = np.append(bounds[rows, 0], bounds[rows[-1], 1])
    return certify(columns, energies, *ends, edges, bases[rows])


@given(phase_sets(), formulas(), formulas(), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_every_tile_is_optimal_in_exact_arithmetic(phases, first, second, chooser):
    assume(mix(first, second))
    pair = reactants(phases, (first, second))
    pool = open_pool(phases, *pair, [at_voltage("Li", 0.0)])
    ends = [pool.composition(reactant.formula) for reactant in reversed(pair)]
    status, bounds, bases, _, _ = tiling(
        pool.phases, pool.energies, pool.tilts, pool.references, *ends, LOW, HIGH
    )
    assert status == OK
    events = sorted({LOW, HIGH, *bounds[:, 2].tolist()})
    spans = [(a, b) for a, b in itertools.pairwise(events) if b - a > 1e-6]
    for low, high in chooser.sample(spans, min(3, len(spans))):
        certificate = exact_row(phases, pair, bounds, bases, pool, (low + high) / 2)
        assert certificate.amount >= -Fraction(1, 10**12)
        assert certificate.cost >= -Fraction(1, 10**11)
        assert certificate.gap < Fraction(1, 10**9)


def synthetic(seed):
    chooser = random.Random(seed)
    rows = [(None, symbol, 0.0) for symbol in SYMBOLS]
    for _ in range(40):
        chosen = chooser.sample(SYMBOLS, chooser.choice((2, 2, 3, 4)))
        formula = "".join(f"{symbol}{chooser.randint(1, 5)}" for symbol in chosen)
        rows.append((None, formula, -3 * chooser.random()))
    return PhaseSet.from_rows(rows, scheme="synthetic")


def test_compiled_twin_gives_the_same_tiles():
    pytest.importorskip("numba")
    from interfaces.screening.numba_cache import compiled

    fast = compiled()["tiling"]
    for seed in range(3):
        phases = synthetic(seed)
        pair = reactants(phases, ("Li2CoO3", "Li3CoS4"))
        pool = open_pool(phases, *pair, [at_voltage("Li", 0.0)])
        ends = [pool.composition(reactant.formula) for reactant in reversed(pair)]
        given_ = (pool.phases, pool.energies, pool.tilts, pool.references, *ends, LOW, HIGH)
        plain, twin = tiling(*given_), fast(*given_)
        assert plain[0] == twin[0] == OK
        assert len(plain[1]) > 5
        assert np.array_equal(plain[2], twin[2])
        for mine, second in zip(plain[1:], twin[1:], strict=True):
            assert np.allclose(mine, second, rtol=0, atol=1e-12)


# ---------------------------------------------------------------------- refusals


def test_what_has_no_answer_is_refused(toy):
    pair = [reactant(toy, f) for f in ("Li2O", "TiO2")]
    lithium, sodium = at_voltage("Li", 1.0), OpenElement("Na", -1.0, "Na at 1 V")
    with pytest.raises(ReservoirError, match="plates without end"):
        at_voltage("Li", -0.1)
    with pytest.raises(ReservoirError, match="plates without end"):
        voltage_map(toy, *pair, -1.0, 2.0)
    with pytest.raises(ReservoirError, match="are no range"):
        voltage_map(toy, *pair, 2.0, 2.0)
    with pytest.raises(ReservoirError, match="outside the map"):
        voltage_map(toy, *pair, 1.0, 2.0).at(0.5, 2.5)
    with pytest.raises(ReactantError, match="outside"):
        voltage_map(toy, *pair, 1.0, 2.0).at(1.5, 1.5)
    with pytest.raises(MissingElementError, match="Na"):
        mixing_curve(toy, *pair, open_elements=[sodium])
    with pytest.raises(MissingElementError, match="Na"):
        electrochemical_window(toy, pair[0], carrier="Na")
    with pytest.raises(ReservoirError, match="holds nothing but open elements"):
        electrochemical_window(toy, reactant(toy, "Li"))
    with pytest.raises(ReservoirError, match="below 0 V"):
        electrochemical_window(toy, pair[0]).decomposition_energy(-1.0)
    with pytest.raises(ReactantError, match=r"uptake .* is negative"):
        uptake_curve(toy, pair[0], lithium).at(-1.0)
    with pytest.raises(ReservoirError, match="grows from the reservoirs without end"):
        mixing_curve(
            toy, reactant(toy, "LiTiO2"), pair[1], open_elements=[lithium, at_potential("O", 0.0)]
        )
    with pytest.raises(ReservoirError, match="leave one closed"):
        toy.pool(("Li", "O")).opened([lithium, at_potential("O", -9)])
