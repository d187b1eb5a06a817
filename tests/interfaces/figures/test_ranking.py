"""The figure of a ranking shows the minima, their bands and the probabilities of its rows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from interfaces.errors import ReactantError
from interfaces.figures import ranking_figure
from interfaces.phases.phase_errors import ANY, ClassError, PhaseErrors
from interfaces.phases.reactants import reactant
from interfaces.reactivity.curve_band import band_of, draw_curve
from interfaces.reactivity.mixing_curve import mixing_curve

ERRORS = PhaseErrors("by hand", (ClassError(ANY, 0.0, 0.03, 20),))


@pytest.fixture
def every(toy):
    """Two partners of TiO2; Li2O2 reacts more than Li2O. Both contents have the same curve."""
    series = {}
    for partner in ("Li2O", "Li2O2"):
        curve = mixing_curve(toy, reactant(toy, "TiO2"), reactant(toy, partner))
        band = band_of(curve, draw_curve(toy, curve, ERRORS, samples=40), "by hand")
        series[partner] = dict.fromkeys((0.0, 1.0), replace(curve, band=band))
    return {"uncorrected": series, "measured": series}


def rows(energies, *shares):
    return [
        {"energies": energies, "x": str(x), "first": "Li2O2", "second": "Li2O",
         "probability_first_milder": str(share)}
        for x, share in zip((1.0, 0.0), shares, strict=True)
    ]  # fmt: skip


def test_each_kind_of_energies_has_its_minima_bands_and_probabilities(every):
    milder = max(
        every["measured"], key=lambda name: every["measured"][name][0.0].minimum_total.total
    )
    other = next(name for name in every["measured"] if name != milder)
    ranking = [*rows("uncorrected", 0.2, 0.6), *rows("measured", 0.1, 0.3)]
    figure = ranking_figure(every, ranking, "a note")
    lines = {line.get_gid(): line for ax in figure.axes for line in ax.get_lines()}
    for energies, shares in (("uncorrected", [0.6, 0.2]), ("measured", [0.3, 0.1])):
        line = lines[f"{milder} {other} {energies}"]
        expected = shares if milder == "Li2O2" else [1 - share for share in shares]
        assert list(line.get_ydata()) == pytest.approx(expected)
        assert list(line.get_xdata()) == [0.0, 1.0]
    for name, series in every["measured"].items():
        assert lines[name].get_ydata()[0] == series[0.0].minimum_total.total
    upper = figure.axes[0]
    assert len(upper.collections) == 2  # a band of each
    low = min(band.get_paths()[0].vertices[:, 1].min() for band in upper.collections)
    assert low == pytest.approx(
        min(series[0.0].band.total.low for series in every["measured"].values())
    )
    assert milder in figure.axes[2].get_ylabel()
    assert "a note" in figure.get_supxlabel().replace("\n", " ")


def test_no_curves_cannot_be_ranked():
    with pytest.raises(ReactantError, match="rank"):
        ranking_figure({}, [])
    with pytest.raises(ReactantError, match="rank"):
        ranking_figure({"measured": {}}, [])
