"""Curves, maps, windows, uptakes and screens on phase sets made to hurt, by exact arithmetic."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.optimize import linprog

from interfaces.errors import InterfaceError
from interfaces.phases.reactants import joined, reactant
from interfaces.phases.reservoirs import at_voltage
from interfaces.reactivity.mixing_curve import mixing_curve, open_pool
from interfaces.screening.candidates import Candidates
from interfaces.screening.columns import stable_phases
from interfaces.screening.numba_cache import compiled
from interfaces.screening.pairs import Screen
from interfaces.solver.simplex import UNSOUND_BY
from tests.robustness.numbers import checks, geometry

COST = 2e-11  # of the scale: what a phase may lie below a plane, twice the kernel's tolerance
#: Of the scale, where compositions agree to the last digits that are told apart: an amount may be
#: 1e-8 below zero, and a phase that counts as a polymorph of its twin lie below the plane.
CLOSE = 1e-7
#: What the energy of a kink may be off, relative to the largest energy; else CLOSE.
EXACT = dict.fromkeys(("coplanar", "twins", "large energies", "offset"), 1e-12) | (
    dict.fromkeys(("near-coplanar", "special reactants"), 1e-9)  # bends below this are no kinks
)
EXACT["huge amounts"] = 1e-11
#: Too little of an element, or too nearly the same: refusals that only these kinds may meet.
NEAR = {"near twins", "slivers", "traces", "everything"}
ALWAYS = {"without end", "has no share", "needs two compositions", "no mixing axis"}

pytestmark = pytest.mark.filterwarnings("error")


def cases(kind, seeds, **size):
    for seed in range(seeds):
        try:
            yield seed, geometry.make(kind, seed, **size)
        except InterfaceError as error:
            # a reactant with too little of an element
            if kind != "everything" or "distinguished" not in str(error):
                raise


def hold(kind, worst):
    """Only what the kind may meet was refused, and nothing is off by more than is told."""
    print(f"{kind}: {worst}")
    allowed = set(ALWAYS)
    if kind in NEAR:
        allowed |= {"for double precision", "write them alike"}
    if kind == "special reactants":
        allowed.add("write them alike")  # a reactant may nearly be a phase
    assert {*worst.refused} <= allowed
    refused = sum(worst.refused[word] for word in {*worst.refused} - ALWAYS)
    assert 3 * worst.count >= refused or worst.count + refused < 4
    limits = {
        "reduced cost / scale": CLOSE if kind in NEAR else COST,
        "amount below zero": UNSOUND_BY,
        "amount": 5e-8,
        "energy / scale": EXACT.get(kind, CLOSE),
        "area": 1e-7,
    }
    for quantity, value in worst.values.items():
        assert value <= limits[quantity], (quantity, value, worst.where[quantity])


@pytest.mark.parametrize("kind", geometry.KINDS)
def test_every_basis_and_kink_of_a_curve(kind, full):
    worst = checks.Worst()
    for seed, case in cases(kind, 100 if full else 3):
        for k, opened in enumerate(case.conditions(np.random.default_rng(seed))):
            checks.curve(case, opened, worst, (seed, k))
    hold(kind, worst)


@pytest.mark.parametrize("kind", geometry.KINDS)
def test_the_compiled_walk(kind, full):
    if not full:
        pytest.skip("compiles what no screen needs; tests/golden and tests/laws have it as well")
    worst, walk = checks.Worst(), compiled()["mixing_line"]
    for seed, case in cases(kind, 30):
        for k, opened in enumerate(case.conditions(np.random.default_rng(seed))):
            checks.curve(case, opened, worst, (seed, k), walk)
    hold(kind, worst)


@pytest.mark.parametrize("ask", [checks.voltage, checks.window, checks.uptake])
@pytest.mark.parametrize("kind", geometry.KINDS)
def test_maps_windows_and_uptakes(ask, kind, full):
    worst = checks.Worst()
    for seed, case in cases(kind, 25 if full else 1):
        ask(case, worst, seed)
    hold(kind, worst)


@pytest.mark.parametrize(
    ("kind", "count"),
    [("near-coplanar", 20_000), ("large energies", 20_000), ("coplanar", 20_000),
     ("everything", 3_000)],
)  # fmt: skip
def test_sixteen_elements(kind, count, full):
    worst = checks.Worst()
    began = time.process_time()
    for seed, case in cases(kind, 1, elements=16, count=count if full else 60):
        for k, opened in enumerate(case.conditions(np.random.default_rng(seed))):
            checks.curve(case, opened, worst, (seed, k))
    print(f"{time.process_time() - began:.0f} s")
    hold(kind, worst)


@pytest.mark.parametrize("kind", geometry.KINDS)
def test_the_minimum_of_a_screen(kind, full):
    """What the compiled loop names as the minimum is that of the exact curve."""
    worst, size = checks.Worst(), 3 if full else 1
    for seed, case in cases(kind, 5 if full else 1):
        rng = np.random.default_rng(seed)
        sides = []
        for material in case.pair:
            more = rng.choice([f.text for f in case.phases.formulas], size)
            names = [material, *(reactant(case.phases, f, "hull") for f in more)]
            sides.append(
                Candidates(tuple(n.formula.text for n in names), tuple(names), ("",) * len(names))
            )
        screen = Screen(stable_phases(case.phases), *sides)
        i, j = (a.reshape(-1) for a in np.meshgrid(*2 * [np.arange(size + 1)], indexing="ij"))
        for lithium in (None, at_voltage("Li", 2.0)):
            opened = () if lithium is None else (lithium,)
            result = screen.minima(i, j, lithium)
            for p in range(i.size):
                pair = sides[0].reactants[i[p]], sides[1].reactants[j[p]]
                if result.errors[p] >= 0:
                    assert np.isnan(result.energies[p]).all()
                    continue
                material = geometry.Case(kind, case.phases, pair)
                exact = checks.curve(material, opened, worst, (seed, p))
                if exact is None:
                    continue  # the curve says that it cannot balance; the number still stands
                curve, lowest, scale = exact
                output = result.energies_nonopen[p]
                worst.note("energy / scale", (output[0] - lowest) / scale, (seed, p))
                mutual = curve.minimum_mutual.mutual_per_nonopen_atom
                worst.note("energy / scale", (output[1] - mutual) / scale, (seed, p))
    hold(kind, worst)


@pytest.mark.parametrize("kind", ["near-coplanar", "twins", "offset", "huge amounts"])
def test_a_general_solver_agrees(kind, full):
    """HiGHS, an independent peer, to its own tolerance of 1e-7."""
    for seed, case in cases(kind, 40 if full else 2):
        for opened in case.conditions(np.random.default_rng(seed))[:2]:
            try:
                curve = mixing_curve(case.phases, *case.pair, open_elements=opened)
            except InterfaceError:
                continue
            pool, _ = joined(open_pool(case.phases, *case.pair, opened), *case.pair)
            first, second = case.pair
            own = [pool.potential(item.formula, item.energy) for item in (second, first)]
            ends = [pool.composition(entry.formula) for entry in (second, first)]
            at = [k.nonopen_fraction if opened else k.mixing_fraction for k in curve.kinks]
            values = [k.total_per_nonopen_atom for k in curve.kinks]
            for x in (0.1, 0.37, 0.5, 0.81):
                b = ends[0] + x * (ends[1] - ends[0])
                peer = linprog(pool.energies, A_eq=pool.phases.T, b_eq=b, method="highs")
                assert peer.status == 0
                expected = peer.fun - own[0] - x * (own[1] - own[0])
                assert np.interp(x, at, values) == pytest.approx(expected, abs=1e-6), (seed, x)
