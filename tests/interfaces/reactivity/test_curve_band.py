"""Bands of a curve: laws of the draws, and coverage on published rows."""

from __future__ import annotations

import csv
import gzip
import io
import random
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from interfaces.chemistry.formulas import Formula, chemical_system
from interfaces.errors import InterfaceError
from interfaces.phases.phase_errors import (
    ANY,
    ClassError,
    PhaseErrors,
    draw_errors,
    fit_class_errors,
)
from interfaces.phases.reactants import reactant
from interfaces.phases.reservoirs import at_voltage
from interfaces.reactivity.curve_band import band_of, draw_curve, rank
from interfaces.reactivity.mixing_curve import MixingCurve, mixing_curve
from tests.conftest import SHARED


def errors(shared, own):
    return PhaseErrors("by hand", (ClassError(ANY, shared, own, 20),))


def curve_of(phases, first, second, model="own", **options):
    return mixing_curve(
        phases, reactant(phases, first, model), reactant(phases, second, model), **options
    )


def test_without_errors_every_draw_is_the_curve(toy):
    curve = curve_of(toy, "Li2O", "TiO2")
    draws = draw_curve(toy, curve, errors(0.0, 0.0), samples=3)
    assert draws.minima == pytest.approx(
        np.tile([curve.minimum_total.total, curve.minimum_mutual.mutual], (3, 1))
    )
    grid = np.linspace(0, 1, draws.totals.shape[1])
    assert draws.totals[0] == pytest.approx(curve.at(grid))


def test_each_draw_is_the_curve_of_its_own_energies(toy):
    """The definition: shift every energy by its draw and compute the curve anew."""
    model, samples = errors(0.02, 0.05), 40
    for first, second in combinations(("Li2O", "TiO2", "Li2O2", "Ti2O3"), 2):
        curve = curve_of(toy, first, second)
        draws = draw_curve(toy, curve, model, samples=samples, seed=3)
        shifts = draw_errors(model, toy.formulas, samples, seed=3)
        for k in range(samples):
            again = curve_of(replace(toy, energies=toy.energies + shifts[k]), first, second)
            assert draws.minima[k, 0] == pytest.approx(again.minimum_total.total, abs=1e-9)
            assert draws.minima[k, 1] == pytest.approx(again.minimum_mutual.mutual, abs=1e-9)


def test_an_open_curve_on_the_hull_is_drawn_per_atom_that_is_not_open(toy):
    model, samples = errors(0.0, 0.05), 20
    opened = {"open_elements": (at_voltage("Li", 2.0),)}
    curve = curve_of(toy, "Li2O", "Ti2O3", "hull", **opened)
    draws = draw_curve(toy, curve, model, samples=samples)
    shifts = draw_errors(model, toy.formulas, samples)
    for k in range(samples):
        shifted = replace(toy, energies=toy.energies + shifts[k])
        again = curve_of(shifted, "Li2O", "Ti2O3", "hull", **opened)
        lowest = again.minimum_total.total_per_nonopen_atom
        assert draws.minima[k, 0] == pytest.approx(lowest, abs=1e-9)


def test_a_draw_belongs_to_the_phase_and_not_to_its_row():
    model = errors(0.01, 0.02)
    formulas = [Formula.parse(text) for text in ("Li2O", "TiO2", "Li4O2", "O2")]
    draws = draw_errors(model, formulas, 50, seed=1)
    assert (draws == draw_errors(model, formulas[::-1], 50, seed=1)[:, ::-1]).all()
    assert (draws[:, 0] == draws[:, 2]).all()  # one composition
    assert not draws[:, 3].any()  # an element
    assert not (draws == draw_errors(model, formulas, 50, seed=2))[:, :2].any()


def test_a_shared_error_cancels_where_atoms_of_the_chemistry_are_kept(toy):
    """Li2O + TiO2 -> Li2TiO3: all are oxides and all atoms are theirs."""
    curve = curve_of(toy, "Li2O", "TiO2")
    shared = draw_curve(toy, curve, errors(0.05, 0.0))
    assert shared.minima[:, 0] == pytest.approx(curve.minimum_total.total)
    own = band_of(curve, draw_curve(toy, curve, errors(0.0, 0.05)), "by hand")
    # at x = 1/2: the error of one phase and halves of two others, a little less where another wins
    assert own.total.error == pytest.approx(0.05 * np.sqrt(1.5), rel=0.2)


def test_a_molecule_errs_with_its_references_and_its_own_reaction(toy):
    placed = replace(
        reactant(toy, "Li2TiO3", -2.6, name="M", model="calculated"),
        placed_by=((Formula.parse("Li2O"), 1.0), (Formula.parse("TiO2"), 1.0)),
    )
    curve = mixing_curve(toy, placed, reactant(toy, "Li2O"))
    model = errors(0.0, 0.05)
    at_one = draw_curve(toy, curve, model).totals[:, -1]
    shifts = draw_errors(model, [Formula.parse(f) for f in ("Li2O", "TiO2", "Li2TiO3")], 200)
    lithia, titania, product = shifts.T
    expected = curve.kinks[-1].total + product - (lithia + titania) / 2
    near = np.abs(expected - at_one) < 1e-9
    assert near.mean() > 0.8  # in the others Li2TiO3 decomposes
    more = replace(placed, uncertainty=0.2)
    wider = draw_curve(toy, mixing_curve(toy, more, reactant(toy, "Li2O")), model).totals[:, -1]
    assert wider.std() > 1.5 * at_one.std()


def test_rank_compares_the_same_draws(toy):
    first, second = curve_of(toy, "Li2O", "TiO2"), curve_of(toy, "Li2O", "Ti2O3")
    model = errors(0.0, 0.02)
    drawn = [draw_curve(toy, curve, model).lowest for curve in (first, second)]
    there, back = rank(first, second, *drawn), rank(second, first, *drawn[::-1])
    assert there.probability_first_milder == pytest.approx(1 - back.probability_first_milder)
    assert there.difference == -back.difference
    alike = rank(first, first, drawn[0], drawn[0])
    assert (alike.probability_first_milder, alike.standard_error) == (0.5, 0.0)


def test_band_survives_the_record_of_a_curve(toy):
    curve = curve_of(toy, "Li2O", "TiO2")
    banded = replace(curve, band=band_of(curve, draw_curve(toy, curve, errors(0.0, 0.05)), "x"))
    assert MixingCurve.from_record(banded.to_dict()) == banded
    assert banded.uncertainty_at(0.5) == pytest.approx(banded.band.errors[20])
    assert np.isnan(curve.uncertainty_at(0.5))  # not known is not 0
    assert curve.to_dict()["minimum_total"]["uncertainty_ev_per_atom"] is None


@pytest.mark.parametrize(("samples", "seed"), [(1, 0), (10**6, 0), (10, -1)])
def test_impossible_numbers_of_draws(toy, samples, seed):
    with pytest.raises(InterfaceError, match="samples"):
        draw_curve(toy, curve_of(toy, "Li2O", "TiO2"), errors(0, 0), samples=samples, seed=seed)


def test_fitted_errors_hold_80_percent_and_find_the_shared_part():
    """Made-up residuals: a shift of each chemical system, and one of every row; a few outliers."""
    normal = np.random.default_rng(5)
    rows = []
    for metal in ("Li", "Na", "K", "Mg", "Ca", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni") * 4:
        shift = 0.03 * normal.standard_normal()
        for k in range(1, 7):
            value = shift + 0.02 * normal.standard_normal()
            rows.append((Formula.parse(f"{metal}{k}O{k + 1}S0.{len(rows) % 7 + 1}"), value))
    rows += [(Formula.parse("LiO"), 2.0), (Formula.parse("Li"), 9.0)]
    fitted = {error.chemistry: error for error in fit_class_errors(rows)}
    everything = fitted[ANY]
    assert np.hypot(everything.shared, everything.own) == pytest.approx(0.036, rel=0.15)
    assert everything.rows == len(rows) - 1  # without the element
    with pytest.raises(InterfaceError, match="residuals"):
        fit_class_errors(rows[:3])


@pytest.fixture(scope="module")
def split():
    """Rows of the set, their published energies, and errors fitted to half of the rows."""
    table = SHARED / "mp2020_more.csv.gz"
    if not table.is_file():
        pytest.skip("the published MP2020 rows are not beside this checkout")
    from workflows.data.phase_sets import read_phases
    from workflows.io.resources import DEFAULT_SET

    with gzip.open(table, "rt") as stream:
        rows = csv.DictReader(io.StringIO(stream.read()))
        published = {row["mp_id"]: float(row["formation_energy_per_atom"]) for row in rows}
    bundled = read_phases(DEFAULT_SET)
    kept = np.array([k for k, name in enumerate(bundled.ids) if name in published])
    ours = bundled.rows(kept)
    values = np.array([published[name] for name in ours.ids])
    theirs = replace(ours, energies=values)
    chooser = random.Random(7)
    halves = np.array([chooser.random() < 0.5 for _ in ours.ids])
    residuals = list(zip(ours.formulas, ours.energies - values, strict=True))
    model = PhaseErrors(
        "half of the rows",
        fit_class_errors(row for row, fitted in zip(residuals, halves, strict=True) if fitted),
    )
    return ours, theirs, halves, residuals, model, chooser


def test_bands_cover_published_energies(split):
    """Errors fitted to half of the published rows hold 80 % of the others."""
    ours, _, halves, residuals, model, _ = split
    sizes = [np.hypot(*list(model.parts(formula).values())[:2]) for formula, _ in residuals
             if len(formula.elements) > 1]  # fmt: skip
    off = [abs(value) for formula, value in residuals if len(formula.elements) > 1]
    test = ~halves[[len(formula.elements) > 1 for formula in ours.formulas]]
    covered = np.mean((np.array(off) < 1.2816 * np.array(sizes))[test])
    assert 0.7 < covered < 0.9


@pytest.mark.xfail(reason="bands of reaction energies are too narrow: 67 % instead of 80 %")
def test_bands_cover_published_reaction_energies(split):
    """The same errors hold 80 % of the reaction energies of the other half."""
    ours, theirs, halves, _, model, chooser = split
    hits = []
    compounds = sorted({f.text for f, fitted in zip(ours.formulas, halves, strict=True)
                        if not fitted and len(f.elements) > 1})  # fmt: skip
    while len(hits) < 150:
        pair = chooser.sample(compounds, 2)
        elements = chemical_system([Formula.parse(text) for text in pair])
        if len(elements) > 5 or not {*elements} <= {*theirs.references} & {*ours.references}:
            continue
        true = curve_of(theirs.over([elements]), *pair).minimum_total.total
        if true > -0.01:
            continue
        inside = ours.over([elements])
        curve = curve_of(inside, *pair)
        spread = band_of(curve, draw_curve(inside, curve, model, samples=60), "").total
        # the band is about our value, which is biased low as every minimum of noisy energies is
        hits.append(spread.low <= true <= spread.high)
    assert 0.7 < np.mean(hits) < 0.9, np.mean(hits)
