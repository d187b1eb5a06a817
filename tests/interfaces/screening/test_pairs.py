"""A screen answers every pair as the curve of that pair does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from interfaces.chemistry.formulas import Formula
from interfaces.errors import InterfaceError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import reactant
from interfaces.phases.reservoirs import at_voltage
from interfaces.reactivity.mixing_curve import mixing_curve
from interfaces.screening import numba_cache
from interfaces.screening import pairs as screening
from interfaces.screening.candidates import Candidates
from interfaces.screening.columns import Columns, hull_energies, stable_phases
from interfaces.screening.kernel import DOUBT
from interfaces.screening.numba_cache import compiled
from interfaces.screening.pairs import Screen
from interfaces.screening.tableau import Opened, blank, descend, from_elements, restrict
from interfaces.screening.walk import lowest, no_walk, sound, walk_curve
from workflows.data.phase_sets import read_phases

VOLTAGES = (None, 0.0, 3.7)


@pytest.fixture(autouse=True)
def compiled_for_few(monkeypatch):
    """Small screens test the compiled loop, which they would not wait for."""
    monkeypatch.setattr(numba_cache, "FEW", -1)


def side(phases, *request):
    """Candidates from (formula, energy model or value); a plain formula stands at its own."""
    placed = []
    for item in request:
        formula, energy = item if isinstance(item, tuple) else (item, "own")
        placed.append(reactant(phases, formula, energy))
    return Candidates(tuple(r.formula.text for r in placed), tuple(placed), ("",) * len(placed))


def everything(first, second):
    i, j = np.meshgrid(np.arange(len(first)), np.arange(len(second)), indexing="ij")
    return i.reshape(-1), j.reshape(-1)


def compare(phases, first, second, of=None, voltages=VOLTAGES, *, names=True):
    """Every pair against its curve on the whole set; the number of pairs that had one."""
    screen = Screen(stable_phases(phases), first, second)
    i, j = everything(first, second) if of is None else of
    answered = 0
    for voltage in voltages:
        open_element = None if voltage is None else at_voltage("Li", voltage)
        result = screen.minima(i, j, open_element)
        for p, (a, b) in enumerate(zip(i, j, strict=True)):
            pair = first.reactants[a], second.reactants[b]
            opened = [open_element] if open_element else []
            try:
                curve = mixing_curve(phases, *pair, open_elements=opened)
            except InterfaceError as error:
                said = str(error)
                assert said[:20] == result.error_texts[result.errors[p]][:20]
                assert np.isnan(result.energies[p]).all()
                assert (result.products[p] == -1).all()
                continue
            answered += 1
            assert result.errors[p] == -1
            total, mutual = curve.minimum_total, curve.minimum_mutual
            assert result.energies[p] == pytest.approx([total.total, mutual.mutual], abs=1e-9)
            assert result.energies_nonopen[p] == pytest.approx(
                [total.total_per_nonopen_atom, mutual.mutual_per_nonopen_atom], abs=1e-9
            )
            if not names:
                continue  # level phases: several products and places are right
            assert result.mixing_fractions[p] == pytest.approx(
                [total.mixing_fraction, mutual.mixing_fraction], abs=1e-9
            )
            for side_, kink in enumerate((total, mutual)):
                label = result.product_texts[result.products[p, side_]]
                assert label == " + ".join(kink.products)
    return answered


TOY_COMPOUNDS = ("Li2O", "TiO2", "Li2TiO3", "Li2O2", "Ti2O3", "LiTiO2", "O2", "Ti", "Li")


def test_every_pair_of_the_toy_set(toy):
    # Li2O2 and LiTiO2 are metastable; Li is open and so has no share in a mix at a voltage
    chosen = side(toy, *TOY_COMPOUNDS)
    assert compare(toy, chosen, chosen) == (9 * 8) + 2 * (8 * 7)


def test_a_number_worked_out_by_hand(toy):
    # Li2O + TiO2 -> Li2TiO3 at equal numbers of atoms: -2.75 + (2.0 + 3.0) / 2 = -0.25
    screen = Screen(stable_phases(toy), side(toy, "Li2O"), side(toy, "TiO2"))
    result = screen.minima(np.array([0]), np.array([0]))
    assert result.energies[0] == pytest.approx([-0.25, -0.25], abs=1e-12)
    assert result.mixing_fractions[0] == pytest.approx([0.5, 0.5], abs=1e-12)
    assert result.product_texts[result.products[0, 0]] == "Li2TiO3"


def test_random_pairs_of_the_bundled_set():
    phases = read_phases("sevennet-l3i5", elements={"Li", "Co", "Ni", "O", "P", "S", "Cl"})
    rng = np.random.default_rng(7)
    rows = Columns.of(phases)
    lithium = [f.text for f in rows.formulas if "Li" in f.elements]
    first = side(phases, *rng.choice(lithium, 60, replace=False))
    second = side(phases, *rng.choice([f.text for f in rows.formulas], 60, replace=False))
    of = np.arange(60), rng.permutation(60)
    assert compare(phases, first, second, of) > 150


def test_random_pairs_of_the_real_table(legacy):
    rng = np.random.default_rng(11)
    rows = Columns.of(legacy)
    chosen = [f.text for f in rows.formulas if len(f.elements) < 5]
    first = side(legacy, *rng.choice(chosen, 60, replace=False))
    second = side(legacy, *rng.choice(chosen, 60, replace=False))
    assert compare(legacy, first, second, (np.arange(60), np.arange(60))) > 150


@st.composite
def phase_sets(draw):
    """Small sets on a coarse grid of energies, so that level phases are common."""
    rows = [("Li", "Li", 0.0), ("O", "O2", 0.0), ("P", "P", 0.0), ("S", "S", 0.0)]
    symbols = ["Li", "O", "P", "S"]
    seen = set()
    for k in range(draw(st.integers(2, 14))):
        amounts = draw(st.tuples(*(st.integers(0, 3) for _ in range(4))))
        formula = "".join(e + str(n) for e, n in zip(symbols, amounts, strict=True) if n)
        if sum(n > 0 for n in amounts) < 2 or formula in seen:
            continue
        seen.add(formula)
        rows.append((f"p{k}", formula, draw(st.integers(-8, 1)) / 4))
    return PhaseSet.from_rows(rows, scheme="made up")


@settings(max_examples=60, deadline=None)
@given(phase_sets(), st.data())
def test_law_minima_are_those_of_the_curve(phases, data):
    compounds = [f.text for f in phases.formulas]
    chosen = data.draw(st.lists(st.sampled_from(compounds), min_size=2, max_size=5, unique=True))
    # one of them with an energy below the hull, which then joins the candidates
    lowered = data.draw(st.sampled_from([0.0, 0.3]))
    item = chosen[0]
    given_energy = (item, phases.hull_energy(item) - lowered) if lowered else item
    compare(
        phases, side(phases, *chosen[1:], chosen[0]),
        side(phases, given_energy, *chosen[1:]), names=False,
    )  # fmt: skip


def test_reactants_below_the_hull_join_on_either_side(toy):
    lowered = side(toy, ("LiTiO2", -2.9), ("Li4Ti5O12", -3.2))
    plain = side(toy, "Li2O", "TiO2", "Li2O2")
    assert all(reactant.joins_pool for reactant in lowered.reactants)
    assert compare(toy, lowered, plain) == compare(toy, plain, lowered) == 18
    assert compare(toy, lowered, lowered) == 6


def test_an_element_left_out_is_not_a_product(toy):
    barred = toy.without(["O2"])
    assert compare(barred, side(barred, "Li2O2", "Li2O"), side(barred, "TiO2")) == 6


def test_hull_energies_are_those_of_another_solver(toy):
    columns = Columns.of(toy)
    rng = np.random.default_rng(3)
    wanted = rng.dirichlet(np.ones(3), 40)
    result = hull_energies(columns, wanted)
    for composition, energy in zip(wanted, result, strict=True):
        second = linprog(columns.phases.energies, A_eq=columns.phases.fractions.T, b_eq=composition)
        assert energy == pytest.approx(second.fun, abs=1e-9)


def test_stable_phases_are_those_on_the_hull(toy, legacy):
    assert {f.text for f in stable_phases(toy).formulas} == {
        "Li", "Ti", "O2", "Li2O", "TiO2", "Ti2O3", "Li2TiO3",
    } | ({"Li2O2"} if toy.energy_above_hull("Li2O2") < 1e-8 else set()) | (
        {"LiTiO2"} if toy.energy_above_hull("LiTiO2") < 1e-8 else set()
    )  # fmt: skip
    part = legacy.over([{"Li", "P", "S", "O"}])
    above = part.energies_above_hull()
    expected = {part.formulas[k].text for k in np.nonzero(above < 1e-9)[0]}
    assert {f.text for f in stable_phases(part).formulas} == expected


def test_answers_do_not_depend_on_the_company(legacy):
    # the same pairs alone, in another order, and cut elsewhere: the same bits
    first = side(legacy, "LiCoO2", "LiNiPO4", "Li2MnO3", "CoO")
    second = side(legacy, "Li6PS5Cl", "Li3PS4", "Li7La3Zr2O12")
    screen = Screen(stable_phases(legacy), first, second)
    i, j = everything(first, second)
    whole = screen.minima(i, j)
    backwards = screen.minima(i[::-1], j[::-1])
    for p in range(i.size):
        alone = screen.minima(i[p : p + 1], j[p : p + 1])
        for counterpart, q in ((alone, 0), (backwards, i.size - 1 - p)):
            assert np.array_equal(whole.energies[p], counterpart.energies[q])
            assert np.array_equal(whole.mixing_fractions[p], counterpart.mixing_fractions[q])
            for k in (0, 1):
                assert (
                    whole.product_texts[whole.products[p, k]]
                    == counterpart.product_texts[counterpart.products[q, k]]
                )


def test_largest_products_first(legacy):
    first, second = side(legacy, "LiCoO2"), side(legacy, "Li6PS5Cl")
    kink = mixing_curve(legacy, first.reactants[0], second.reactants[0]).minimum_total
    atoms = {n: float(Formula.parse(n).n_atoms) * a for n, a in kink.products.items()}
    ordered = sorted(atoms, key=lambda name: -atoms[name])
    assert len(ordered) > 3
    for top in (1, 3, 99):
        screen = Screen(stable_phases(legacy), first, second, top)
        result = screen.minima(np.array([0]), np.array([0]))
        assert result.product_texts[result.products[0, 0]] == " + ".join(ordered[:top])


def test_a_pair_in_doubt_goes_the_long_way(legacy, monkeypatch):
    first, second = side(legacy, "LiCoO2", "CoO"), side(legacy, "Li6PS5Cl", "CoO")
    screen = Screen(stable_phases(legacy), first, second)
    i, j = everything(first, second)
    kernel = dict(compiled())

    def doubtful(*arguments):
        kernel["screen_pairs"](*arguments)
        arguments[-1].statuses[:] = DOUBT

    for voltage in (None, at_voltage("Li", 4.0)):
        short = screen.minima(i, j, voltage)
        with monkeypatch.context() as patch:
            patch.setattr(
                "interfaces.screening.numba_cache.compiled",
                lambda: {**kernel, "screen_pairs": doubtful},
            )
            long = screen.minima(i, j, voltage)
        assert np.allclose(short.energies, long.energies, atol=1e-9, equal_nan=True)
        assert np.allclose(short.energies_nonopen, long.energies_nonopen, atol=1e-9, equal_nan=True)
        assert np.allclose(short.mixing_fractions, long.mixing_fractions, atol=1e-9, equal_nan=True)
        for p in range(i.size):
            if short.errors[p] >= 0:
                assert short.error_texts[short.errors[p]] == long.error_texts[long.errors[p]]
                continue
            for k in (0, 1):
                assert (
                    short.product_texts[short.products[p, k]]
                    == long.product_texts[long.products[p, k]]
                )


def test_errors_are_rows(toy):
    failed = side(toy, "Li2O")
    failed = replace(
        failed,
        names=(*failed.names, "Nonsense"),
        reactants=(*failed.reactants, None),
        errors=("", "cannot read it"),
    )
    screen = Screen(stable_phases(toy), failed, side(toy, "Li2O", "TiO2", "Li"))
    i, j = everything(failed, screen.seconds)
    opened = screen.minima(i, j, at_voltage("Li", 1.0))
    texts = [opened.error_texts[code] if code >= 0 else "" for code in opened.errors]
    assert texts[0] == "both reactants are Li2O; a curve needs two compositions"
    assert texts[1] == ""
    assert texts[2] == "Li is open and has no share in the mix; compute its uptake"
    assert texts[3:] == ["cannot read it"] * 3
    # closed, lithium is a reactant like any other
    assert screen.minima(i, j).errors[2] == -1


def test_rows_of_one_key_are_told_apart(monkeypatch):
    rows = np.array([[1, 2], [2, 1], [1, 2], [-1, -1]], dtype=np.int32)
    first, inverse = screening._distinct_rows(rows)
    assert np.array_equal(rows[first][inverse], rows)
    assert first.size == 3
    # were all keys the same, the long way would still tell them apart
    ones = np.unique
    monkeypatch.setattr(
        np, "unique",
        lambda a, **k: ones(np.zeros_like(a) if a.ndim == 1 else a, **k),
    )  # fmt: skip
    first, inverse = screening._distinct_rows(rows)
    assert np.array_equal(rows[first][inverse], rows)


def test_no_pairs_no_rows(toy):
    screen = Screen(stable_phases(toy), side(toy, "Li2O"), side(toy, "TiO2"))
    none = np.zeros(0, dtype=np.int64)
    assert screen.minima(none, none).energies.shape == (0, 2)


@pytest.fixture
def tableau_of_li2tio3(toy):
    """Li2O and TiO2 as a basis, halfway between them; optimal where Li2TiO3 is not there."""
    phases = Columns.of(toy.without(["Li2TiO3"])).phases
    system = restrict(phases, 0b111, Opened(-1, 0.0))
    start, end = np.array([2 / 3, 1 / 3, 0.0]), np.array([0.0, 2 / 3, 1 / 3])
    tableau = blank(system)
    from_elements(system, tableau, start, end - start)
    assert descend(system, system.energies.size - 2, tableau)
    return system, tableau, end


def test_a_walk_that_strayed_is_given_up(tableau_of_li2tio3):
    system, tableau, end = tableau_of_li2tio3
    n = system.energies.size - 2
    assert walk_curve(system, n, tableau, end, no_walk(3)) > 0
    assert sound(system, n, tableau, end)
    assert not sound(system, n, tableau, end + np.array([1e-6, 0.0, -1e-6]))  # of another mix
    tableau.amounts[0] += 1e-6
    assert not sound(system, n, tableau, end)
    tableau.amounts[0] -= 1e-6
    system.energies[tableau.basis[0]] += 0.5  # the plane rises above a phase that is not in it
    assert not sound(system, n, tableau, end)


def test_a_breakpoint_without_a_bend_is_no_minimum():
    walked = no_walk(1)
    walked.bounds[:3] = 0.0, 0.5, 1.0
    for depth, kink in ((2.4e-10, 0), (2.6e-10, 1)):  # bends by 0.96e-9 and by 1.04e-9 eV/atom
        walked.hull[:3] = 0.0, -depth, 0.0
        walked.steepness[:2] = -2 * depth, 2 * depth
        assert lowest(walked, 2, 0.0, 0.0) == kink


@pytest.mark.parametrize("voltage", [None, 0.0, 3.7])
def test_few_pairs_are_answered_without_compiling_to_the_same_bits(legacy, monkeypatch, voltage):
    opened = None if voltage is None else at_voltage("Li", voltage)
    answers, stable = [], []
    for few in (-1, 10**9):
        monkeypatch.setattr(numba_cache, "FEW", few)
        monkeypatch.setattr(numba_cache, "_is_compiled", lambda: False)
        stable.append(stable_phases(legacy.over([("Li", "Co", "O", "P", "S", "Cl")])))
        first = side(stable[-1], "LiCoO2", ("Li2CoO3", -1.9), "Co3O4", "Li3PO4")
        second = side(stable[-1], "Li3PS4", "Li2S", "Co3O4", ("Li6PS5Cl", -1.3))
        answers.append(Screen(stable[-1], first, second).minima(*everything(first, second), opened))
    assert stable[0].ids == stable[1].ids
    assert (answers[0].errors < 0).sum() > 10
    assert np.array_equal(answers[0].errors, answers[1].errors)
    assert answers[0].product_texts == answers[1].product_texts
    for name in ("mixing_fractions", "energies", "energies_nonopen"):
        item, other = (getattr(answer, name) for answer in answers)
        assert np.array_equal(item, other, equal_nan=True)
