"""A view, its link, command lines and Python."""

from __future__ import annotations

import base64
import shlex
from dataclasses import replace

import pytest

from interfaces.errors import InputError
from workflows.report.app.view import View


@pytest.mark.parametrize(
    "view",
    [
        View(),
        View(first="LCO", second="Li3PS4", content=0.5, voltage=4.3),
        View(first="a&b=c?", second="x y", temperature=973.0, gas="air", energy_second="hull"),
        View(correction="measured", energy_first="-1.5"),
    ],
)
def test_a_link_restores_a_view(view):
    assert View.from_link(view.link) == view


@pytest.mark.parametrize(
    ("link", "word"),
    [
        ("?voltage=high", "number"), ("?voltage=9", "outside"), ("?temperature=-3", "outside"),
        ("?first=", "NCM811"), ("?second=" + "A" * 500, "material"),
        ("?energy_first=made", "energy"), ("?content=nan", "outside"), ("?content=2", "outside"),
        ("?correction=best", "correction"),
    ],
)  # fmt: skip
def test_a_link_that_cannot_be_used_is_refused_or_left_out(link, word):
    if word == "NCM811":
        assert View.from_link(link).first == word
    else:
        with pytest.raises(InputError, match=word):
            View.from_link(link)


@pytest.mark.parametrize(
    "view",
    [
        View(first="LCO", second="LPSCl", content=0.5, voltage=4.3),
        View(first="LCO", second="Li2CO3", correction="measured"),
        View(first="LCO", second="LPSCl", energy_first="hull", energy_second="-1.3"),
        View(first="LCO", second="LLZO", temperature=973.0, gas="O2=1"),
        View(first="LCO", second="LLZO", temperature=973.0, gas="air", voltage=3.0),
        View(first="LCO", second="LiOH", temperature=400.0, gas="H2O=0.03"),
    ],
)
def test_command_lines_python_and_page_are_the_same(view):
    """The command lines as the verbs read them, and the Python as it runs."""
    from workflows.analyses.curve import compute_curve
    from workflows.cli import interfaces
    from workflows.cli.options import conditions_of, phase_options_of
    from workflows.report.app.answers import answer

    shown = answer(view).curve
    scope: dict = {}
    exec(view.python(), scope)
    assert scope["curve"].to_dict()["kinks"] == shown.to_dict()["kinks"]
    for line in view.commands():
        verb, *words = shlex.split(line)[1:]
        context = interfaces.get_command(None, verb).make_context(verb, list(words))
        options = dict(context.params)
        first, second = options.pop("reactant_1", None), options.pop("reactant_2", None)
        phases = phase_options_of(options)
        conditions = conditions_of(options, options.get("voltage"))
        if verb == "curve":
            result = compute_curve(first, second, phases, conditions, band=False)
            assert result.to_dict()["kinks"] == shown.to_dict()["kinks"]
        else:
            assert phases.correction == view.options.correction
            assert set(phases.energies) <= set(view.options.energies)
            assert replace(conditions, voltage=None) == view.closed


def test_maps_of_li_contents_share_tiles_and_are_right():
    from interfaces.reactivity.voltage_map import voltage_map
    from workflows.report.app import answers

    view = View(first="LCO", second="LPSCl", content=0.5)
    phases, (first, second), _ = answers._pair(view)
    alone = voltage_map(phases, first, second, 0.0, 5.0, "Li")
    for voltage in (0.5, 2.2, 4.1):
        expected = alone.minimum_at(voltage, "mutual")[0]
        assert answers._map(view).minimum_at(voltage, "mutual")[0] == pytest.approx(expected)


def test_every_material_says_where_its_energy_comes_from():
    from workflows.report.app.answers import answer

    own, placed = answer(View(first="Li3PS4", second="ECA")).materials
    assert "entry" in own[1]
    assert "calculated" in placed[1]
    given = answer(View(first="LCO", second="Li3PS4", energy_second="-1.0")).materials[1][1]
    assert "as given" in given
    assert "meV/atom above the hull" in given
    hull = answer(View(first="LCO", second="Li2.9YCl5.9", energy_second="hull")).materials[1][1]
    assert "hull energy" in hull


def test_two_materials_of_one_composition_are_refused():
    from workflows.report.app.answers import answer

    with pytest.raises(InputError, match="compositions"):
        answer(View(first="LPS", second="Li3PS4"))


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


def uri(data: bytes) -> str:
    return "data:text/plain;base64," + base64.b64encode(data).decode()


def test_a_cif_gives_its_composition_and_anything_else_is_refused():
    pytest.importorskip("dash")
    from workflows.report.app.server import formula_of_cif

    assert formula_of_cif(uri(CIF.encode())) == "LiCl"
    for data in (b"", b"\x00\xff", b"no cif at all"):
        with pytest.raises(InputError, match="CIF"):
            formula_of_cif(uri(data))
    with pytest.raises(InputError, match="larger"):
        formula_of_cif("data:," + "A" * 3_000_000)
