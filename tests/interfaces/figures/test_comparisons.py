"""Figures of several results: what is drawn is what was computed."""

from __future__ import annotations

import numpy as np
import pytest

from interfaces.errors import ReactantError
from interfaces.figures import (
    curve_figure,
    matrix_figure,
    pairs_figure,
    products_figure,
    stages_figure,
    temperatures_figure,
    ternary_figure,
    windows_figure,
)
from interfaces.figures.style import COLUMN, WIDTH, without_source
from interfaces.phases.reactants import reactant
from interfaces.phases.reservoirs import at_voltage
from interfaces.reactivity.mixing_curve import mixing_curve
from interfaces.stability.electrochemical_window import electrochemical_window


def lines(figure):
    """gid -> points of the lines of a figure's first axes."""
    return {line.get_gid(): line.get_xydata() for line in figure.axes[0].lines if line.get_gid()}


def words(figure):
    figure.draw_without_rendering()
    return " ".join(text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text")))


@pytest.fixture
def curves(toy):
    two = reactant(toy, "Li2O")
    return [mixing_curve(toy, reactant(toy, name), two) for name in ("TiO2", "Ti")]


def test_windows_are_bars_with_their_limits_on_one_axis(toy):
    windows = [electrochemical_window(toy, reactant(toy, name)) for name in ("Li2O", "TiO2")]
    figure = windows_figure(windows)
    drawn = lines(figure)
    for window in windows:
        limits = [v for v in (window.reduction, window.oxidation) if v is not None]
        assert drawn[f"window of {window.compound.label}"][:, 0].tolist() == limits
    assert windows[0].scheme in words(figure)
    assert figure.get_figwidth() == WIDTH
    with pytest.raises(ReactantError, match="carrier"):
        windows_figure([])


def test_pairs_share_a_plot_where_they_share_a_basis(toy, curves):
    figure = pairs_figure(curves)
    drawn = lines(figure)
    for curve in curves:
        name = f"{curve.reactant_1.label} | {curve.reactant_2.label}"
        for kind in ("total", "mutual"):
            lowest = getattr(getattr(curve, f"minimum_{kind}"), kind)
            assert drawn[f"{name}, {kind}"][:, 1].min() == pytest.approx(lowest, abs=1e-12)
    assert figure.get_figwidth() == COLUMN
    opened = mixing_curve(
        toy, curves[0].reactant_1, curves[0].reactant_2, open_elements=[at_voltage("Li", 2.0)]
    )
    with pytest.raises(ReactantError, match="bases"):
        pairs_figure([curves[0], opened])


def test_a_matrix_shows_every_pair_in_mev():
    energies = [[-0.3, float("nan")], [-0.0404, 0.0]]
    figure = matrix_figure(energies, ["NCM811", "LiCoO2"], ["LPSCl", "Li2O"], scheme="made up")
    (image,) = figure.axes[0].images
    assert np.allclose(np.ma.filled(image.get_array(), np.nan), 1000 * np.array(energies),
                       equal_nan=True)  # fmt: skip
    said = words(figure)
    for word in ("300", "40", "NCM811", "LiCoO$_{2}$", "meV/atom", "made up"):
        assert word in said
    with pytest.raises(ReactantError, match="shape"):
        matrix_figure(energies, ["A"], ["B", "C"])


def test_shares_of_the_products_fill_the_mix(curves):
    """At every kink the products hold all atoms, also by mass balance of the reactants."""
    drawn = lines(products_figure(curves[0]))
    total = sum(points[:, 1] for points in drawn.values())
    assert np.allclose(total, 1.0)
    assert set(drawn) == {name for kink in curves[0].kinks for name in kink.products}


def test_products_against_voltage_are_those_of_the_stages(toy):
    window = electrochemical_window(toy, reactant(toy, "Li2O"))
    drawn = lines(stages_figure(window))
    for at, stage in enumerate(window.stages):
        for name, points in drawn.items():
            assert points[2 * at, 0] == stage.low
            assert points[2 * at, 1] == pytest.approx(float(stage.products.get(name, 0)))


def test_energy_against_temperature_needs_two(curves):
    drawn = lines(temperatures_figure({600.0: curves[1], 300.0: curves[0]}))
    assert drawn["minimum total"].tolist() == [
        [300.0, curves[0].minimum_total.total], [600.0, curves[1].minimum_total.total],
    ]  # fmt: skip
    with pytest.raises(ReactantError, match="two"):
        temperatures_figure({300.0: curves[0]})


def test_a_triangle_has_the_stable_phases_and_tie_lines_of_its_elements(toy):
    """TiO2 and Li2O over Li-O-Ti: every tie line joins two phases that coexist."""
    curve = mixing_curve(toy, reactant(toy, "TiO2"), reactant(toy, "Li"))
    figure = ternary_figure(toy, curve)
    ax = figure.axes[0]
    drawn = {gid: [line for line in ax.lines if line.get_gid() == gid]
             for gid in ("tie line", "mixing path", "mutual minimum")}  # fmt: skip
    assert len(drawn["mixing path"]) == len(curve.kinks) - 1
    stable = [
        formula
        for formula, energy in zip(toy.formulas, toy.energies, strict=True)
        if energy - toy.hull_energy(formula) < 1e-9
    ]
    names = {text.get_text().replace("$_{", "").replace("}$", "") for text in ax.texts}
    assert names == {formula.text for formula in stable}
    # Euler: V - E + F = 1 with triangles alone and h phases on the sides: E = 3 V - 3 - h
    sides = sum(len(formula.elements) < 3 for formula in stable)
    assert len(drawn["tie line"]) == 3 * len(stable) - 3 - sides
    best = curve.minimum_mutual.mixing_fraction
    corners = {"Li": (0.0, 0.0), "O": (1.0, 0.0), "Ti": (0.5, 0.5 * 3**0.5)}
    expected = best * (2 / 3 * np.array(corners["O"]) + np.array(corners["Ti"]) / 3)
    assert drawn["mutual minimum"][0].get_xydata()[0] == pytest.approx(expected)
    with pytest.raises(ReactantError, match="three elements"):
        ternary_figure(toy, mixing_curve(toy, reactant(toy, "Ti"), reactant(toy, "O2")))
    opened = mixing_curve(
        toy, reactant(toy, "TiO2"), reactant(toy, "Li2O"), open_elements=[at_voltage("Li", 2.0)]
    )
    with pytest.raises(ReactantError, match="closed"):
        ternary_figure(toy, opened)


def test_the_foot_names_the_source_and_its_error_and_can_be_removed(toy, curves):
    from dataclasses import replace

    note = "surrogate: mean error 8 meV/atom"
    curve = replace(curves[0], provenance=(("surrogate", note),))
    for draw in (curve_figure, lambda each: pairs_figure([each])):
        figure, bare = draw(curve), draw(curve)
        assert note in words(figure).replace("\n", " ")
        height = bare.get_figheight()
        without_source(bare)
        assert note not in words(bare).replace("\n", " ")
        assert bare.get_figheight() < height
        assert curve.scheme not in words(bare)


def test_a_band_lies_within_the_axes(toy, curves):
    from dataclasses import replace

    wide = replace(curves[0], reactant_2=replace(curves[0].reactant_2, uncertainty=0.3))
    for figure in (curve_figure(wide), pairs_figure([wide, curves[1]])):
        ax = figure.axes[0]
        (low, high), (bands, *_) = ax.get_ylim(), ax.collections
        heights = bands.get_paths()[0].vertices[:, 1]
        assert low <= heights.min()
        assert heights.max() <= high
