"""Windows, staircases and maps on the MP table of 2019: published limits and independent solves.

What is independent: the linear programme at one fixed voltage (``Pool.hull``, ``mixing_line``),
which knows nothing of the walk in V, and energies of formulas added up by hand.
"""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from pymatgen.analysis.phase_diagram import PhaseDiagram
from pymatgen.core import Composition, Element

from interfaces.chemistry.formulas import Formula, chemical_system
from interfaces.phases.reactants import reactant
from interfaces.phases.reservoirs import at_voltage
from interfaces.reactivity.mixing_curve import open_pool
from interfaces.reactivity.voltage_map import voltage_map
from interfaces.solver.parametric import mixing_line
from interfaces.solver.simplex import OK
from interfaces.stability.electrochemical_window import electrochemical_window
from tests.golden.test_against_pymatgen import entries_over

SEED = 20261121
ZHU = "10.1021/acsami.5b07517"
LIU = "10.1002/adma.202305748"
STAIRCASES = [  # on and above the hull, with lithium and without
    "Li3PS4", "Li6PS5Cl", "Li10GeP2S12", "Li2CO3", "LiCoO2", "CoO2", "Li7La3Zr2O12", "Li3InCl6",
    "Li2PO2N", "LiTi2P3O12", "Li3BO3", "LiNbO3", "SnO2", "LiIn",
]  # fmt: skip
MAPS = [
    ("LiCoO2", "Li6PS5Cl"),
    ("CoO2", "Li3PS4"),
    ("LiNi0.8Co0.1Mn0.1O2", "Li6PS5Cl"),
    ("LiCoO2", "Li10GeP2S12"),
    ("LiNi0.6Co0.2Mn0.2O2", "Li7La3Zr2O12"),
    ("Ni0.8Co0.1Mn0.1O2", "Li3InCl6"),
    ("LiNbO3", "Li6PS5Cl"),
    ("Li1.3Al0.3Ti1.7P3O12", "LiCoO2"),
]
LOW, HIGH, GRID = 0.0, 5.0, 501


def own_or_hull(phases, formula):
    own = phases.find(Formula.parse(formula)) is not None
    return reactant(phases, formula, "own" if own else "hull")


def window(phases, formula):
    return electrochemical_window(phases, own_or_hull(phases, formula))


# ---------------------------------------------------------------------- published limits


@pytest.mark.parametrize(
    ("formula", "reduction", "within", "source"),
    [("Li3PS4", 1.71, 0.05, ZHU), ("Li6PS5Cl", 1.71, 0.05, ZHU)],
)
def test_reduction_limits_as_published(legacy, formula, reduction, within, source):
    assert window(legacy, formula).reduction == pytest.approx(reduction, abs=within), source


@pytest.mark.parametrize(
    ("formula", "oxidation", "within", "source"),
    [
        ("LiF", 6.38, 0.1, ZHU),
        ("LiCl", 4.21, 0.1, ZHU),
        ("Li2O", 2.90, 0.1, ZHU),
        ("Li2CO3", 4.2, 0.15, LIU),
    ],
)
def test_oxidation_limits_as_published(legacy, formula, oxidation, within, source):
    assert window(legacy, formula).oxidation == pytest.approx(oxidation, abs=within), source


# ---------------------------------------------------------------------- the staircase


def solved(phases, formula, energy, voltage):
    """E_D [eV/atom] and carriers per formula, by one solve at one voltage."""
    pool = phases.pool(sorted({*formula.elements, "Li"})).opened([at_voltage("Li", voltage)])
    hull, basis, amounts = pool.hull(formula)
    content = float(pool.tilts[basis] @ amounts) - float(pool.carried(formula)[0])
    kept = pool.kept(formula)
    per_atom = (hull - pool.potential(formula, energy)) * kept
    return per_atom, content * kept * float(formula.n_atoms)


def by_the_steps(stages, voltage):
    """Sum over steps of dn (V - V_step) [eV/formula], counted from the compound's own content."""
    contents = [stage.carriers for stage in stages]
    # Where even metal at 0 V takes lithium out, that is a step too: at 0 V, from nothing.
    steps = [(0.0, max(contents[0], 0.0), contents[0])]
    steps += [
        (after.low, before.carriers, after.carriers) for before, after in itertools.pairwise(stages)
    ]
    energy = 0.0
    for at, before, after in steps:
        if voltage < at:  # gone through on the way down: what is taken up beyond the own content
            energy += (max(before, 0.0) - max(after, 0.0)) * (voltage - at)
        else:
            energy += (min(after, 0.0) - min(before, 0.0)) * (voltage - at)
    return energy


def test_decomposition_energy_is_the_sum_over_the_steps(legacy, full):
    """E_D(V) = -E_hull + sum of dn (V - V_step) / n_atoms, for every entry, whatever its energy."""
    chooser = random.Random(SEED)
    rows = range(len(legacy)) if full else chooser.sample(range(len(legacy)), 420)
    compared, worst = 0, 0.0
    for row in rows:
        formula, energy = legacy.formulas[row], float(legacy.energies[row])
        if set(formula.elements) == {"Li"}:
            continue
        result = electrochemical_window(legacy, reactant(legacy, formula, energy))
        above = energy - legacy.hull_energy(formula)
        for voltage in (0.0, 5 * chooser.random(), 5.0, 5 + 10 * chooser.random()):
            expected, _ = solved(legacy, formula, energy, voltage)
            mine = -above + by_the_steps(result.stages, voltage) / float(formula.n_atoms)
            worst = max(worst, abs(mine - expected))
            assert mine == pytest.approx(expected, abs=1e-9), (formula, energy, voltage)
            assert result.decomposition_energy(voltage) == pytest.approx(expected, abs=1e-9)
        compared += 1
    print(f"\n{compared} entries at 4 voltages, largest deviation {worst:.1e} eV/atom")
    assert compared >= (18000 if full else 400)


def formula_energy(phases, text):
    """eV per formula unit of the lowest entry."""
    formula = Formula.parse(text)
    return float(phases.energies[phases.find(formula)] * float(formula.n_atoms))


def voltage_between(phases, before, after):
    """Where two neighbouring stages cost the same, from formula energies alone [V]."""
    energies = [
        sum(n * formula_energy(phases, text) for text, n in stage.products.items())
        for stage in (before, after)
    ]
    taken = [stage.reaction.exchanged_amounts().get("Li", 0.0) for stage in (before, after)]
    return (energies[1] - energies[0]) / (taken[0] - taken[1])


def bisected(phases, formula, below, above, content):
    """Where independent solves change from more lithium than ``content`` to less [V]."""
    while above - below > 2e-10:
        middle = (below + above) / 2
        if solved(phases, formula, 0.0, middle)[1] > content:
            below = middle
        else:
            above = middle
    return (below + above) / 2


def test_events_are_where_neighbouring_stages_cost_the_same(legacy, full):
    events, worst, worst_bisected = 0, 0.0, 0.0
    for name in STAIRCASES:
        formula = Formula.parse(name)
        stages = window(legacy, name).stages
        for before, after in itertools.pairwise(stages):
            event = after.low
            worst = max(worst, abs(voltage_between(legacy, before, after) - event))
            assert voltage_between(legacy, before, after) == pytest.approx(event, abs=1e-9)
            if before.low == before.high or after.low == after.high:
                continue
            assert set(before.products) != set(after.products)
            half = (before.carriers + after.carriers) / 2
            sides = [solved(legacy, formula, 0.0, event + s)[1] for s in (-1e-6, 1e-6)]
            assert sides == pytest.approx([before.carriers, after.carriers], abs=1e-7)
            if full or events % 3 == 0:
                result = bisected(legacy, formula, event - 1e-4, event + 1e-4, half)
                worst_bisected = max(worst_bisected, abs(result - event))
                assert result == pytest.approx(event, abs=1e-9), (name, event)
            events += 1
    print(
        f"\n{events} events: from formula energies {worst:.1e} V, bisected {worst_bisected:.1e} V"
    )
    assert events > 60


def test_staircases_equal_pymatgen_s_element_profiles(legacy):
    """``chempot`` = -V of where a stage begins, ``evolution`` = lithium taken up per formula."""
    steps = 0
    for name in STAIRCASES:
        elements = sorted({*Formula.parse(name).elements, "Li"})
        diagram = PhaseDiagram(entries_over(legacy, elements))
        theirs = diagram.get_element_profile(Element("Li"), Composition(name))
        # A window of zero width is a point to us and no step to them.
        ours = [s for s in window(legacy, name).stages if s.low != s.high]
        assert len(theirs) == len(ours), name
        for row, stage in zip(theirs, ours, strict=True):
            reference = row["element_reference"].energy_per_atom
            assert reference - row["chempot"] == pytest.approx(stage.low, abs=1e-9), name
            assert row["evolution"] == pytest.approx(stage.carriers, abs=1e-9), name
            their_products = {
                c.reduced_formula
                for c in row["reaction"].products
                if abs(row["reaction"].get_coeff(c)) > 1e-6 and c.reduced_formula != "Li"
            }
            ours_too = {Composition(f).reduced_formula for f in stage.products} - {"Li"}
            assert ours_too == their_products, (name, stage)
            steps += 1
    print(f"\n{len(STAIRCASES)} compounds, {steps} stages")


# ---------------------------------------------------------------------- the map


class Solve:
    """The hull between two reactants at one voltage by one walk in x, with its bends."""

    def __init__(self, phases, pair, voltage):
        first, second = pair
        pool = open_pool(phases, first, second, [at_voltage("Li", voltage)])
        ends = [pool.composition(item.formula) for item in (second, first)]
        status, _, bounds, bases, amounts, slopes = mixing_line(
            pool.phases, pool.energies, pool.references, *ends
        )
        assert status == OK
        steepness = (pool.energies[bases] * slopes).sum(axis=1)
        self.bends = bounds[1:-1][np.diff(steepness) > 1e-6]
        last = np.minimum(np.arange(len(bounds)), len(bases) - 1)
        here = amounts[last] + slopes[last] * bounds[:, None]
        hull = (pool.energies[bases[last]] * here).sum(axis=1)
        own = [pool.potential(material.formula, material.energy) for material in pair]
        self.u = bounds
        self.total = hull - bounds * own[0] - (1 - bounds) * own[1]
        self.mutual = self.total - (1 - bounds) * self.total[0] - bounds * self.total[-1]


def bends_of_the_map(result, voltage):
    """Fractions between tiles of a row where the energy bends."""
    row = sorted(
        (t for t in result.tiles if t.voltage[0] <= voltage <= t.voltage[1]),
        key=lambda t: (t.nonopen, t.voltage),
    )
    if any(t.voltage[1] == voltage for t in row) and voltage < result.high:
        row = [t for t in row if t.voltage[1] > voltage]
    if voltage == result.high:
        row = [t for t in row if t.voltage[1] == voltage]
    at = np.array([row[0].nonopen[0], *(t.nonopen[1] for t in row)])
    assert [t.nonopen[0] for t in row[1:]] == pytest.approx(at[1:-1].tolist(), abs=1e-12)
    slopes = np.diff(result.at(at, voltage)) / np.diff(at)
    return at[1:-1][np.diff(slopes) > 1e-6]


def piece_at(pieces, voltage):
    piece = next(p for p in pieces if voltage <= p.high + 1e-12)
    share = (voltage - piece.low) / (piece.high - piece.low)
    return piece.energy_low + share * (piece.energy_high - piece.energy_low), piece


def random_pairs(phases, count):
    chooser = random.Random(SEED)
    formulas = sorted({f.text for f in phases.formulas if len(f.elements) > 1})
    pairs = []
    while len(pairs) < count:
        pair = chooser.sample(formulas, 2)
        elements = {*chemical_system([Formula.parse(f) for f in pair]), "Li"}
        hosts = [set(Formula.parse(f).elements) - {"Li"} for f in pair]
        if 4 <= len(elements) <= 6 and hosts[0] != hosts[1]:
            pairs.append(tuple(pair))
    return pairs


def test_map_equals_501_independent_solves(legacy, full):
    pairs = [*MAPS, *random_pairs(legacy, 14)] if full else MAPS[:2] + random_pairs(legacy, 1)
    tiles = bends = 0
    worst = worst_bend = worst_minimum = 0.0
    for names in pairs:
        pair = tuple(own_or_hull(legacy, f) for f in names)
        pair_map = voltage_map(legacy, *pair, LOW, HIGH)
        pieces = {kind: pair_map.minimum(kind) for kind in ("total", "mutual")}
        for voltage in np.linspace(LOW, HIGH, GRID):
            solve = Solve(legacy, pair, voltage)
            gap = np.abs(pair_map.at(solve.u, voltage) - solve.total).max()
            worst = max(worst, gap)
            mine = bends_of_the_map(pair_map, voltage)
            assert len(mine) == len(solve.bends), (names, voltage)
            assert np.allclose(mine, solve.bends, rtol=0, atol=1e-8), (names, voltage)
            for kind, expected in (("total", solve.total), ("mutual", solve.mutual)):
                energy, _ = piece_at(pieces[kind], voltage)
                worst_minimum = max(
                    worst_minimum,
                    abs(energy - expected.min()),
                    abs(pair_map.minimum_at(voltage, kind)[0] - expected.min()),
                )
            if len(mine):
                worst_bend = max(worst_bend, np.abs(mine - solve.bends).max())
            bends += len(mine)
        tiles += len(pair_map)
    print(
        f"\n{len(pairs)} pairs x {GRID} V, {tiles} tiles, {bends} kinks: energies {worst:.1e}, "
        f"minima {worst_minimum:.1e} eV per non-open atom, positions {worst_bend:.1e}"
    )
    assert worst < 1e-8
    assert worst_minimum < 1e-8


@pytest.mark.parametrize(("first", "second"), MAPS[:3])
def test_map_and_open_curve_agree_in_both_bases(legacy, first, second):
    pair = [own_or_hull(legacy, f) for f in (first, second)]
    pair_map = voltage_map(legacy, *pair, LOW, HIGH)
    for voltage in (0.0, 0.7, 2.0, 3.3, 4.2, 5.0):
        curve = pair_map.curve_at(legacy, voltage)
        for kink in curve.kinks:
            u = kink.nonopen_fraction
            share = float(pair_map.nonopen_share(u))
            assert share == pytest.approx(kink.nonopen_share, abs=1e-12)
            assert pair_map.nonopen_to_mixing(u) == pytest.approx(kink.mixing_fraction, abs=1e-12)
            assert pair_map.at(u, voltage) == pytest.approx(kink.total_per_nonopen_atom, abs=1e-9)
            assert pair_map.at(u, voltage) * share == pytest.approx(kink.total, abs=1e-9)
            assert pair_map.mutual_at(u, voltage) * share == pytest.approx(kink.mutual, abs=1e-9)
        # Per atom of the mix the curve is straight in the share of all atoms, and only there.
        x = np.linspace(0, 1, 41)
        u = curve.mixing_to_nonopen(x)
        resampled = pair_map.at(u, voltage) * pair_map.nonopen_share(u)
        assert np.allclose(curve.at(x), resampled, rtol=0, atol=1e-9)
        lowest = curve.minimum_total
        assert pair_map.minimum_at(voltage)[0] == pytest.approx(
            lowest.total_per_nonopen_atom, abs=1e-9
        )
