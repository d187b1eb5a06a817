"""Figures draw the curve itself, resampled where it is not straight, with a unit on every axis."""

import matplotlib
import numpy as np
import pytest

from interfaces.figures import curve_figure, overlay_figure, panels_figure, subscripted
from interfaces.mixing import mixing_curve
from interfaces.reactants import reactant
from workflows.records import save_figure


@pytest.fixture
def curves(toy):
    return {
        x: mixing_curve(
            toy, reactant(toy, f"Li{x}TiO2", "hull"), reactant(toy, "Li2O2", uncertainty=0.02)
        )
        for x in (1.0, 0.5, 0.1)
    }


def test_line_is_the_curve_in_the_axis_asked_for(curves):
    curve = curves[0.5]
    for axis in ("mixing", "molar"):
        (ax,) = curve_figure(curve, axis).axes
        u, total = ax.lines[0].get_xydata().T
        x = u if axis == "mixing" else curve.molar_to_mixing(u)
        assert np.allclose(total, curve.at(x))
        assert "eV/atom" in ax.get_ylabel()
        assert "fraction" in ax.get_xlabel()
    # In the molar fraction a straight line between kinks would be wrong, and is not drawn.
    y = np.linspace(0, 1, 401)
    kinks = [(k.molar_fraction, k.total) for k in curve.kinks]
    joined = np.interp(y, *zip(*kinks, strict=True))
    assert np.abs(joined - curve.at(curve.molar_to_mixing(y))).max() > 1e-3


def test_panels_and_summary(curves):
    figure = panels_figure(curves, "Li2O2", note="made up")
    titles = [ax.get_title() for ax in figure.axes]
    assert titles == ["x = 1", "x = 0.5", "x = 0.1", "minimum against x"]
    summary = figure.axes[-1]
    total = summary.lines[0].get_ydata()
    assert np.allclose(total, [curves[x].minimum_total.total for x in (1.0, 0.5, 0.1)])
    assert "made up" in figure.get_suptitle()


def test_overlay_has_a_line_and_a_band_per_electrolyte(curves):
    figure = overlay_figure({"Li2O2": curves, "again": curves})
    left, right = figure.axes
    assert {text.get_text() for text in left.texts} == {"Li2O2", "again"}
    assert len(left.collections) == 2  # the bands of the uncertain reactant
    assert len(right.collections) == 0  # the mutual energy does not depend on it


def test_drawing_leaves_global_style_alone_and_repeats_to_the_byte(curves, tmp_path):
    before = dict(matplotlib.rcParams)
    for name in ("a.png", "b.png"):
        save_figure(curve_figure(curves[1.0]), tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert dict(matplotlib.rcParams) == before


def test_amounts_become_subscripts():
    assert subscripted("Al(BH4)3") == "Al(BH$_{4}$)$_{3}$"
