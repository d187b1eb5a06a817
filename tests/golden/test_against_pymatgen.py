"""Curves of real data against pymatgen's, where pymatgen is right.

Both take hull energies (``use_hull_energy=True``) so that polymorphs do not matter, or pymatgen's
default: the own entry, else the hull energy.
"""

from __future__ import annotations

import random

import numpy as np
import pytest
from pymatgen.analysis.interface_reactions import InterfacialReactivity
from pymatgen.analysis.phase_diagram import PhaseDiagram
from pymatgen.core import Composition
from pymatgen.entries.computed_entries import ComputedEntry

from interfaces.chemistry.formulas import Formula, chemical_system
from interfaces.chemistry.reactions import Reaction
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import reactant
from interfaces.reactivity.conventions import to_pymatgen
from interfaces.reactivity.mixing_curve import mixing_curve

SEED = 20261120
ROUNDED_CONSTANT = 1e-6  # pymatgen takes 96.4853 kJ/mol per eV
NAMED = [  # 7 and 8 elements
    ("LiNi0.8Co0.1Mn0.1O2", "Li6PS5Cl"),
    ("Ni0.8Co0.1Mn0.1O2", "Li6PS5Cl"),
    ("LiNi0.3333Co0.3333Mn0.3334O2", "Li6PS5Cl"),
    ("LiNi0.6Co0.2Mn0.2O2", "Li7La3Zr2O12"),
    ("Li0.5Ni0.6Co0.2Mn0.2O2", "Li3PS4"),
    ("LiCoO2", "Li10GeP2S12"),
    ("LiCoO2", "Li1.3Al0.3Ti1.7P3O12"),
    ("LiNi0.5Mn1.5O4", "Li6PS5Cl"),
    ("LiCoO2", "LiC2F6NO4S2"),
    ("LiNi0.8Co0.1Mn0.1O2", "Li3BO3"),
]


def entries_over(phases, elements):
    wanted = set(elements)
    return [
        ComputedEntry(Composition(f.text), e * float(f.n_atoms), entry_id=i)
        for i, f, e in zip(phases.ids, phases.formulas, phases.energies, strict=True)
        if set(f.elements) <= wanted
    ]


def compare(phases, diagram, first, second, model="hull"):
    """Assert that ours equals pymatgen's; returns the number of kinks."""
    theirs = InterfacialReactivity(
        Composition(first), Composition(second), diagram, norm=True,
        use_hull_energy=model == "hull",
    ).get_kinks()  # fmt: skip
    curve = mixing_curve(phases, reactant(phases, first, model), reactant(phases, second, model))
    ours = to_pymatgen(curve, norm=True)
    x = np.array([row[1] for row in ours])
    # pymatgen also lists points where it changes between coplanar simplices; the energy is straight
    # there, and such a point must lie on our curve like any other.
    for _, their_x, energy, _, _ in theirs:
        assert float(curve.at(min(their_x, 1.0))) == pytest.approx(energy, abs=1e-8), (
            first,
            second,
        )
    bends = [kink for kink in theirs if np.abs(x - kink[1]).min() < 1e-9]
    assert len(bends) == len(ours), (first, second, x, [k[1] for k in theirs])
    for kink, (_, their_x, energy, reaction, kj) in zip(curve.kinks, bends, strict=True):
        assert kink.mixing_fraction == pytest.approx(their_x, abs=1e-9)
        assert kink.kj_per_mol == pytest.approx(kj, rel=ROUNDED_CONSTANT, abs=1e-6)
        assert kink.total == pytest.approx(energy, abs=1e-8)
        their_products = {c.reduced_formula for c in reaction.products}
        assert same_products(kink.reaction, their_products), (first, second, kink, reaction)
    return len(ours), len(theirs)


def same_products(reaction: Reaction, theirs):
    return {Composition(text).reduced_formula for text, _ in reaction.products} == theirs


def random_pairs(phases, systems, pairs, sizes):
    """Systems of the given sizes with pairs of compounds that span them."""
    chooser = random.Random(SEED)
    common = [e for e in phases.elements if e not in ("Br", "I", "Ta", "Nb", "Si")]
    for _ in range(systems):
        elements = sorted(chooser.sample(common, chooser.choice(sizes)))
        inside = sorted({f.text for f in phases.formulas if set(f.elements) <= set(elements)})
        chosen = []
        for _ in range(200 * pairs):
            first, second = chooser.sample(inside, 2)
            if chemical_system([Formula.parse(first), Formula.parse(second)]) == tuple(elements):
                chosen.append((first, second))
            if len(chosen) == pairs:
                break
        if chosen:
            yield elements, chosen


def synthetic_set():
    """Random compounds of five elements, seeded, for where no real table is at hand."""
    chooser = random.Random(SEED)
    symbols = ("Li", "Co", "O", "S", "P")
    rows = [(None, symbol, 0.0) for symbol in symbols]
    for _ in range(60):
        chosen = chooser.sample(symbols, chooser.choice((2, 2, 3, 4)))
        formula = "".join(f"{symbol}{chooser.randint(1, 6)}" for symbol in chosen)
        rows.append((None, formula, -3 * chooser.random()))
    return PhaseSet.from_rows(rows, scheme="synthetic")


def test_random_pairs_of_a_synthetic_set():
    phases = synthetic_set()
    diagram = PhaseDiagram(entries_over(phases, phases.elements))
    formulas = sorted({f.text for f in phases.formulas})
    chooser = random.Random(SEED)
    for _ in range(60):
        compare(phases, diagram, *chooser.sample(formulas, 2))


@pytest.mark.filterwarnings("ignore:The reactant .* has no matching entry")
def test_pymatgen_s_default_is_a_named_energy_model():
    """Own entries of either sign, compositions without one, and elements."""
    phases = synthetic_set()
    raised = PhaseSet.from_rows(
        [
            (i, f.text, e + (3.0 if k % 4 == 0 and len(f.elements) > 1 else 0.0))
            for k, (i, f, e) in enumerate(
                zip(phases.ids, phases.formulas, phases.energies, strict=True)
            )
        ],
        scheme="synthetic",
    )
    diagram = PhaseDiagram(entries_over(raised, raised.elements))
    own = sorted({f.text for f in raised.formulas})
    chooser = random.Random(SEED)
    models = set()
    for _ in range(60):
        first, second = chooser.sample(own, 2)
        if chooser.random() < 0.3:
            second = f"({second})({first})2"  # no entry
        compare(raised, diagram, first, second, "pymatgen")
        chosen = reactant(raised, second, "pymatgen")
        models.add((chosen.energy_model, raised.find(chosen.formula) is None))
        assert bool(chosen.notes) == (chosen.energy_model == "hull")
    assert models == {("own", False), ("hull", True), ("hull", False)}


@pytest.mark.parametrize("norm", [True, False])
def test_every_column_in_pymatgen_s_conventions(toy, norm):
    diagram = PhaseDiagram(entries_over(toy, toy.elements))
    for first, second in (("Li2O", "Ti2O3"), ("LiTiO2", "O2"), ("Li2O2", "Ti")):
        theirs = InterfacialReactivity(
            Composition(first), Composition(second), diagram, norm=norm, use_hull_energy=True
        ).get_kinks()
        pair = [reactant(toy, formula, "hull") for formula in (first, second)]
        ours = to_pymatgen(mixing_curve(toy, *pair), norm=norm)
        for row, (index, x, energy, _, kj) in zip(ours, theirs, strict=True):
            assert row[:3] == pytest.approx((index, x, energy), abs=1e-8)
            assert row[3] == pytest.approx(kj, rel=ROUNDED_CONSTANT, abs=1e-8)


def test_random_pairs_of_up_to_six_elements(legacy, full):
    systems, pairs = (160, 16) if full else (30, 10)
    compared = coplanar = 0
    for elements, chosen in random_pairs(legacy, systems, pairs, (3, 4, 4, 5, 5, 6)):
        diagram = PhaseDiagram(entries_over(legacy, elements))
        for first, second in chosen:
            ours, theirs = compare(legacy, diagram, first, second)
            compared += 1
            coplanar += theirs - ours
    print(f"\n{compared} pairs compared, {coplanar} coplanar points of pymatgen's besides")
    assert compared >= (2000 if full else 200)


@pytest.mark.parametrize(("first", "second"), NAMED)
def test_named_pairs_of_seven_and_eight_elements(legacy, full, first, second):
    if not full and (first, second) not in NAMED[3:7]:
        pytest.skip("the slow half of the named pairs runs in .ci/full")
    elements = chemical_system([Formula.parse(first), Formula.parse(second)])
    diagram = PhaseDiagram(entries_over(legacy, elements))
    compare(legacy, diagram, first, second)
