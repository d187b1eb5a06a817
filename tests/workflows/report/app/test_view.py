"""A view, its link, command line and Python."""

from __future__ import annotations

import base64
import shlex

import pytest

from interfaces.errors import InputError
from workflows import compute_curve
from workflows.report.app.view import View


@pytest.mark.parametrize(
    "view",
    [
        View(),
        View(first="LCO", second="Li3PS4", content=0.5, voltage=4.3),
        View(first="a&b=c?", second="x y", temperature=973.0, gas="air", energy="hull"),
    ],
)
def test_a_link_restores_a_view(view):
    assert View.from_link(view.link) == view


@pytest.mark.parametrize(
    ("link", "word"),
    [
        ("?voltage=high", "number"), ("?voltage=9", "outside"), ("?temperature=-3", "outside"),
        ("?first=", "NCM811"), ("?second=" + "A" * 500, "material"), ("?energy=made", "energy"),
        ("?content=nan", "outside"),
    ],
)  # fmt: skip
def test_a_link_that_cannot_be_used_is_refused_or_left_out(link, word):
    if word == "NCM811":
        assert View.from_link(link).first == word
    else:
        with pytest.raises(InputError, match=word):
            View.from_link(link)


def test_command_line_python_and_page_give_the_same_curve():
    from workflows.cli import interfaces
    from workflows.report.app.answers import answer

    view = View(first="LCO", second="LPSCl", content=0.5, voltage=4.3)
    shown = answer(view).curve
    scope: dict = {}
    exec(view.python(), scope)
    assert scope["curve"].to_dict()["kinks"] == shown.to_dict()["kinks"]
    verb, *words = shlex.split(view.commands()[0])[1:]
    context = interfaces.get_command(None, verb).make_context(verb, list(words))
    assert context.params["reactant_1"] == "LCO@0.5"
    assert context.params["voltage"] == 4.3
    best = compute_curve("LCO@0.5", "LPSCl").minimum_mutual
    closed = answer(View(first="LCO", second="LPSCl", content=0.5)).curve
    assert closed.minimum_mutual.mutual == pytest.approx(best.mutual, abs=1e-12)


def test_maps_of_li_contents_share_tiles_and_are_right():
    from interfaces.reactivity.voltage_map import voltage_map
    from workflows.report.app import answers

    view = View(first="LCO", second="LPSCl", content=0.5)
    phases, (first, second), _ = answers._pair(view)
    alone = voltage_map(phases, first, second, 0.0, 5.0, "Li")
    for voltage in (0.5, 2.2, 4.1):
        expected = alone.minimum_at(voltage, "mutual")[0]
        assert answers._map(view).minimum_at(voltage, "mutual")[0] == pytest.approx(expected)


CIF = """data_x
_cell_length_a 4.2
_cell_length_b 4.2
_cell_length_c 4.2
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'P 1'
loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Li1 0 0 0
Cl1 0.5 0.5 0.5
"""


def test_a_cif_gives_its_composition_and_anything_else_is_refused():
    pytest.importorskip("dash")
    from workflows.report.app.server import formula_of_cif

    def uri(data: bytes) -> str:
        return "data:text/plain;base64," + base64.b64encode(data).decode()

    assert formula_of_cif(uri(CIF.encode())) == "LiCl"
    for data in (b"", b"\x00\xff", b"no cif at all"):
        with pytest.raises(InputError, match="CIF"):
            formula_of_cif(uri(data))
    with pytest.raises(InputError, match="larger"):
        formula_of_cif("data:," + "A" * 3_000_000)
