"""Curves open to lithium against pymatgen's, where pymatgen is right.

Its reactants on the hull are those of the closed diagram, ours those of energy model ``hull``.
"""

from __future__ import annotations

import random

import numpy as np
import pytest
from pymatgen.analysis.interface_reactions import GrandPotentialInterfacialReactivity
from pymatgen.analysis.phase_diagram import GrandPotentialPhaseDiagram, PhaseDiagram
from pymatgen.core import Composition, Element

from interfaces.chemistry.formulas import Formula, chemical_system
from interfaces.errors import ReactantError
from interfaces.phases.reactants import reactant
from interfaces.phases.reservoirs import at_voltage
from interfaces.reactivity.conventions import to_pymatgen_open
from interfaces.reactivity.mixing_curve import mixing_curve
from tests.golden.test_against_pymatgen import ROUNDED_CONSTANT, entries_over, synthetic_set

SEED = 20261121
CLOSE = 1e-7
SETTINGS = [  # include_no_mixing_energy, use_hull_energy, norm
    (False, True, True),
    (True, True, True),
    (True, False, True),
    (False, True, False),
    (True, True, False),
]


def open_diagram(entries, voltage):
    """mu absolute = energy of the metal - V; formation energies put the metal at 0."""
    return GrandPotentialPhaseDiagram(entries, {Element("Li"): -voltage})


def has_negative_own_entry(phases, formula):
    """pymatgen's own energies leave out what does not form."""
    row = phases.find(Formula.parse(formula))
    return row is not None and phases.energies[row] < -1e-6


def straight(curve, rows, norm):
    """The variable in which the rows' energies are straight, at their kinks and at any x."""
    if not norm:
        return [row[1] for row in rows], lambda x: x
    return [kink.nonopen_fraction for kink in curve.kinks], curve.mixing_to_nonopen


class Worst:
    """Counts and the largest deviations met."""

    def __init__(self):
        self.cases = self.at_zero = self.curves = self.kinks = self.coplanar = 0
        self.x = self.energy = 0.0

    def __str__(self):
        return (
            f"{self.cases} cases ({self.at_zero} at 0 V), {self.curves} curves, {self.kinks} kinks "
            f"and {self.coplanar} coplanar points of pymatgen's besides; largest |dx| "
            f"{self.x:.1e}, |dE| {self.energy:.1e} eV"
        )


def compare_setting(curve, theirs, setting, case, worst):
    included, _, norm = setting
    ours = to_pymatgen_open(curve, include_no_mixing_energy=included, norm=norm)
    kinks = theirs.get_kinks()
    variable, convert = straight(curve, ours, norm)
    energies = [row[2] for row in ours]
    their_x = np.array([kink[1] for kink in kinks])
    # Every point of theirs lies on our curve: also those between coplanar simplices, no kinks.
    for _, x, energy, _, _ in kinks:
        mine = float(np.interp(convert(min(max(x, 0.0), 1.0)), variable, energies))
        worst.energy = max(worst.energy, abs(mine - energy))
        assert mine == pytest.approx(energy, abs=CLOSE), (case, setting, x)
    # Every kink of ours is one of theirs.
    for _, x, energy, kj in ours:
        nearest = int(np.argmin(np.abs(their_x - x)))
        worst.x = max(worst.x, abs(their_x[nearest] - x))
        assert their_x[nearest] == pytest.approx(x, abs=CLOSE), (case, setting)
        assert kinks[nearest][2] == pytest.approx(energy, abs=CLOSE), (case, setting)
        assert kinks[nearest][4] == pytest.approx(
            kj, rel=ROUNDED_CONSTANT, abs=100 * CLOSE * curve.kinks[0].atoms_per_formula
        ), (case, setting)
    worst.curves += 1
    worst.kinks += len(ours)
    worst.coplanar += len(kinks) - len(ours)


def compare(phases, grand, closed, first, second, voltage, worst):
    compositions = Composition(first), Composition(second)
    opened = [at_voltage("Li", voltage)]
    own = all(has_negative_own_entry(phases, formula) for formula in (first, second))
    curves = {
        on_hull: mixing_curve(
            phases,
            *(reactant(phases, f, "hull" if on_hull else "own") for f in (first, second)),
            open_elements=opened,
        )
        for on_hull in ((True, False) if own else (True,))
    }
    for setting in SETTINGS:
        included, on_hull, norm = setting
        if on_hull not in curves:
            continue
        theirs = GrandPotentialInterfacialReactivity(
            *compositions,
            grand,
            closed,
            include_no_mixing_energy=included,
            norm=norm,
            use_hull_energy=on_hull,
        )
        case = (first, second, voltage)
        compare_setting(curves[on_hull], theirs, setting, case, worst)
    worst.cases += 1
    worst.at_zero += voltage == 0


def voltages(chooser, count):
    """Random ones, and now and then exactly 0."""
    return [0.0 if chooser.random() < 0.15 else 5 * chooser.random() for _ in range(count)]


def pairs_with_lithium(phases, pairs):
    """Without end: systems of 3 to 6 elements, lithium among them, with pairs that span them."""
    chooser = random.Random(SEED)
    hosts = [e for e in phases.elements if e not in ("Li", "Br", "I", "Ta", "Nb", "Si")]
    while True:
        elements = sorted(["Li", *chooser.sample(hosts, chooser.choice((2, 3, 3, 4, 4, 5)))])
        inside = {f.text for f in phases.formulas if set(f.elements) <= set(elements)}
        formulas = sorted(inside - {"Li"})
        chosen = []
        for _ in range(200 * pairs):
            pair = chooser.sample(formulas, 2)
            spanned = chemical_system([Formula.parse(text) for text in ("Li", *pair)])
            if spanned == tuple(elements) and not same_composition(pair):
                chosen.append(tuple(pair))
            if len(chosen) == pairs:
                yield elements, chosen
                break


def same_composition(pair):
    first, second = map(Formula.parse, pair)
    return first.same_composition(second)


def test_random_pairs_of_a_synthetic_set():
    phases = synthetic_set()
    entries = entries_over(phases, phases.elements)
    closed = PhaseDiagram(entries)
    formulas = sorted({f.text for f in phases.formulas} - {"Li"})
    chooser, worst = random.Random(SEED), Worst()
    for voltage in (0.0, *voltages(chooser, 5)):
        grand = open_diagram(entries, voltage)
        for _ in range(4):
            compare(phases, grand, closed, *chooser.sample(formulas, 2), voltage, worst)
    print(f"\n{worst}")


def test_random_pairs_of_real_phases_at_random_voltages(legacy, full):
    pairs, points, wanted = (4, 3, 1200) if full else (3, 2, 120)
    chooser, worst = random.Random(SEED), Worst()
    for elements, chosen in pairs_with_lithium(legacy, pairs):
        entries = entries_over(legacy, elements)
        closed = PhaseDiagram(entries)
        for voltage in voltages(chooser, points):
            grand = open_diagram(entries, voltage)
            for first, second in chosen:
                compare(legacy, grand, closed, first, second, voltage, worst)
        if worst.cases >= wanted:
            break
    print(f"\n{worst}")
    assert worst.at_zero >= wanted / 20


def test_the_reactants_own_decomposition_is_hidden_by_default(legacy):
    """LiCoO2 | Li3PS4 at 0 V: nothing by pymatgen's default, -1.8 eV per non-open atom in truth."""
    pair = ("LiCoO2", "Li3PS4")
    elements = chemical_system([Formula.parse(f) for f in pair])
    entries = entries_over(legacy, elements)
    grand, closed = open_diagram(entries, 0.0), PhaseDiagram(entries)
    worst = Worst()
    compare(legacy, grand, closed, *pair, 0.0, worst)
    curve = mixing_curve(
        legacy, *(reactant(legacy, f) for f in pair), open_elements=[at_voltage("Li", 0.0)]
    )
    hidden = to_pymatgen_open(curve)
    shown = to_pymatgen_open(curve, include_no_mixing_energy=True)
    assert min(row[2] for row in hidden) == pytest.approx(0.0, abs=CLOSE)
    assert min(row[2] for row in shown) < -1.5


def test_round_numbers_where_phases_are_coplanar(toy):
    entries, worst = entries_over(toy, toy.elements), Worst()
    closed = PhaseDiagram(entries)
    pairs = [("Li2O", "TiO2"), ("Li2O2", "Ti"), ("LiTiO2", "TiO2"), ("LiTiO2", "O2")]
    for voltage in (0.0, 0.375, 1.0, 1.5, 2.8, 3.75, 5.0):  # most are events
        grand = open_diagram(entries, voltage)
        for first, second in pairs:
            compare(toy, grand, closed, first, second, voltage, worst)
    print(f"\n{worst}")


def test_a_closed_curve_is_refused(toy):
    curve = mixing_curve(toy, reactant(toy, "Li2O"), reactant(toy, "TiO2"))
    with pytest.raises(ReactantError, match="nothing is open"):
        to_pymatgen_open(curve)
