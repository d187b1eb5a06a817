"""What results show of themselves in a notebook: well-formed, escaped, with their numbers."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from interfaces.phases.reactants import reactant
from interfaces.phases.reservoirs import at_voltage
from interfaces.reactivity.mixing_curve import mixing_curve
from interfaces.reactivity.uptake import uptake_curve
from interfaces.reactivity.voltage_map import voltage_map
from interfaces.stability.electrochemical_window import electrochemical_window
from workflows.analyses.maps import compute_charging


class Page(HTMLParser):
    """Cells of the table, row by row, and whether every tag was closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows, self.open, self.text = [], [], ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


@pytest.fixture
def pair(toy):
    return reactant(toy, "Li2O"), reactant(toy, "TiO2")


def test_a_curve_shows_its_kinks(toy, pair):
    curve = mixing_curve(toy, *pair)
    page = Page(curve._repr_html_())
    assert page.rows[0] == ["x (atoms)", "total (eV/atom)", "mutual (eV/atom)", "reaction"]
    assert len(page.rows) == 1 + len(curve.kinks)
    assert ["0.500", "-0.250", "-0.250", "Li2O + TiO2 \N{RIGHTWARDS ARROW} Li2TiO3"] in page.rows
    assert "minimum -0.250 total" in page.text


def test_an_open_curve_names_its_basis(toy, pair):
    curve = mixing_curve(toy, *pair, open_elements=[at_voltage("Li", 2.0)])
    page = Page(curve._repr_html_())
    assert page.rows[0][1] == "total (eV/non-open atom)"
    assert f"{curve.minimum_total.total_per_nonopen_atom:.3f}" in page.text


def test_a_window_shows_every_stage(toy, pair):
    window = electrochemical_window(toy, pair[0])
    page = Page(window._repr_html_())
    assert len(page.rows) == 1 + len(window.stages)
    assert f"{window.stages[0].carriers:.3f}" == page.rows[1][2]
    assert page.rows[-1][1] == ""  # the last stage has no end


def test_uptake_map_and_charging_show_theirs(toy, pair):
    lithium = at_voltage("Li", 0.0)
    uptake = uptake_curve(toy, pair[1], lithium)
    assert len(Page(uptake._repr_html_()).rows) == 1 + len(uptake.points)
    chart = voltage_map(toy, *pair, carrier="Li", low=0.0, high=5.0)
    page = Page(chart._repr_html_())
    assert len(page.rows) == 1 + len(chart.minimum())
    assert f"{len(chart)} sets of products" in page.text


def test_charging_follows_the_path():
    charging = compute_charging("LCO", "LPSCl", (3.0, 4.5))
    page = Page(charging._repr_html_())
    assert len(page.rows) == 1 + len(charging.path)
    assert page.rows[1][1] == f"{charging.path[0].voltage:.3f}"


def test_names_of_a_user_are_escaped(toy, pair):
    curve = mixing_curve(toy, replace(pair[0], name="<script>alert(1)</script>"), pair[1])
    assert "<script" not in replace(curve, notes=("<img onerror=x>",))._repr_html_()
    assert "<img" not in replace(curve, notes=("<img onerror=x>",))._repr_html_()
