"""Figures draw the curve itself, resampled where it is not straight, with a unit on every axis."""

import itertools
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from interfaces.errors import ReactantError
from interfaces.figures import (
    charging_figure,
    curve_figure,
    map_figure,
    overlay_figure,
    panels_figure,
    subscripted,
    uptake_figure,
    window_figure,
)
from interfaces.figures.plot_maps import boundaries
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import reactant
from interfaces.phases.reference_electrodes import ReferenceElectrode
from interfaces.phases.reservoirs import at_voltage
from interfaces.reactivity.charging import charging
from interfaces.reactivity.mixing_curve import mixing_curve
from interfaces.reactivity.uptake import uptake_curve
from interfaces.reactivity.voltage_map import voltage_map
from interfaces.stability.electrochemical_window import electrochemical_window
from workflows.io.results import save_figure

SULFIDES = PhaseSet.from_rows(
    [("a", "Li", 0.0), ("b", "S", 0.0), ("c", "P", 0.0), ("d", "Li2S", -1.5), ("e", "Li3P", -1.0),
     ("f", "P2S5", -0.3), ("g", "Li3PS4", -1.05), ("h", "Li2PS3", -0.7)],
    scheme="made up",
)  # fmt: skip


def one(figure, gid):
    """The one artist of a name."""
    (result,) = figure.findobj(lambda artist: artist.get_gid() == gid)
    return result


def words(figure):
    """All that a figure says, plain: without subscripts."""
    texts = (label.get_text() for label in figure.findobj(Text) if label.get_visible())
    return "\n".join(texts).replace("$_{", "").replace("}$", "")


def boxes(figure):
    """Every text but those at ticks, with its place [pixels] after the layout."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    every = [ax for artist in figure.axes for ax in (artist, *artist.child_axes)]
    ticks = {t for ax in every for t in (*ax.get_xticklabels(), *ax.get_yticklabels())}
    for label in figure.findobj(Text):
        if label not in ticks and label.get_visible() and label.get_text().strip():
            yield label, label.get_window_extent(canvas.get_renderer())


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
    assert titles == ["$x$ = 1.0", "$x$ = 0.5", "$x$ = 0.1", "minimum against $x$"]
    summary = figure.axes[-1]
    total = summary.lines[0].get_ydata()
    assert np.allclose(total, [curves[x].minimum_total.total for x in (1.0, 0.5, 0.1)])
    assert "made up" in figure.get_supxlabel()


def test_overlay_has_a_line_and_a_band_per_electrolyte(curves):
    figure = overlay_figure({"Li2O2": curves, "again": curves})
    left, right = figure.axes
    assert {label.get_text() for label in left.texts} == {subscripted("Li2O2"), "again"}
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


@pytest.fixture
def opened(toy):
    at = [at_voltage("Li", 3.5)]
    first = reactant(toy, "LiTiO2", uncertainty=0.01)
    return mixing_curve(toy, first, reactant(toy, "Li2O"), open_elements=at)


def test_open_curve_is_drawn_where_it_is_straight(opened):
    (ax,) = curve_figure(opened).axes
    total, mutual = (line.get_xydata() for line in ax.lines[:2])
    kinks = [(k.nonopen_fraction, k.total_per_nonopen_atom) for k in opened.kinks]
    assert len(kinks) > 2
    for u, energy in kinks:
        assert [energy] == list(total[total[:, 0] == u, 1])
    for (u0, e0), (u1, e1) in itertools.pairwise(kinks):
        inside = total[(u0 <= total[:, 0]) & (total[:, 0] <= u1)]
        chord = e0 + (e1 - e0) * (inside[:, 0] - u0) / (u1 - u0)
        assert np.abs(inside[:, 1] - chord).max() < 1e-12
    assert mutual[:, 1].min() == opened.minimum_mutual.mutual_per_nonopen_atom
    assert "eV per non-Li atom" in ax.get_ylabel()
    assert "Li not counted" in ax.get_xlabel()
    assert "Li at 3.5 V" in ax.figure.get_suptitle()
    # the band is the standard error in the same unit: 0.01 eV/atom at the end of the first reactant
    edge = ax.collections[0].get_paths()[0].vertices
    assert edge[edge[:, 0] == 1.0][:, 1].max() == pytest.approx(
        opened.kinks[-1].total_per_nonopen_atom + 0.01 * 4 / 3
    )


def test_open_curve_per_atom_of_the_mix(opened):
    (ax,) = curve_figure(opened, "mixing").axes
    x, total = ax.lines[0].get_xydata().T
    assert np.allclose(total, opened.at(x))
    lowest = min(kink.total for kink in opened.kinks)
    assert f"min. total \N{MINUS SIGN}{-lowest:.3f}," in ax.figure.get_suptitle()
    assert "(eV/atom)" in ax.get_ylabel()
    assert "not counted" not in ax.get_xlabel()


def test_open_curve_says_what_is_exchanged(opened, toy, curves):
    amount = -opened.minimum_mutual.reaction.exchanged_amounts()["Li"]
    assert amount > 0
    assert f"{amount:.2g} Li released" in words(curve_figure(opened))
    pair = [reactant(toy, formula) for formula in ("TiO2", "Li2O2")]
    low = mixing_curve(toy, *pair, open_elements=[at_voltage("Li", 0.5)])
    assert low.minimum_mutual.reaction.exchanged_amounts()["Li"] > 0
    assert "Li taken up" in words(curve_figure(low))
    assert "released" not in words(curve_figure(curves[0.5]))
    with pytest.raises(ReactantError, match="nothing is open"):
        curve_figure(curves[0.5], "nonopen")


def test_window_steps_at_its_events():
    window = electrochemical_window(SULFIDES, reactant(SULFIDES, "Li3PS4", -1.0))
    figure = window_figure(window)
    voltages, carriers = one(figure, "staircase").get_xydata().T
    events = [stage.low for stage in window.stages[1:]]
    assert list(voltages) == [0.0, *np.repeat(events, 2), 5.0]
    assert list(carriers) == list(np.repeat([stage.carriers for stage in window.stages], 2))
    for placed in ("own", "hull"):
        at, energies = one(figure, placed).get_xydata().T
        assert list(at) == [0.0, *events, 5.0]
        assert list(energies) == [window.decomposition_energy(v, placed) for v in at]
    assert one(figure, "hull").get_linestyle() == "--"
    shaded = figure.findobj(lambda artist: artist.get_gid() == "window")
    assert [(s.get_x(), s.get_width()) for s in shaded] == 2 * [
        (window.reduction, window.oxidation - window.reduction)
    ]
    said = words(figure)
    assert f"reduction {window.reduction:.3f} V" in said
    assert f"oxidation {window.oxidation:.3f} V" in said
    assert "50.0 meV/atom above the hull, stable at no voltage as it is" in said
    for stage in window.stages:
        assert str(stage.reaction).replace("->", "\N{RIGHTWARDS ARROW}") in said
    assert "voltage against Li metal (V)" in said
    assert "(eV/atom)" in said


def test_window_without_a_second_energy_draws_one_line():
    stable = window_figure(electrochemical_window(SULFIDES, reactant(SULFIDES, "Li3PS4")))
    assert not stable.findobj(lambda artist: artist.get_gid() == "hull")
    assert "stable as it is from" in words(stable)
    below = window_figure(electrochemical_window(SULFIDES, reactant(SULFIDES, "Li3PS4", -1.1)))
    assert not below.findobj(lambda artist: artist.get_gid() == "hull")
    assert "50.0 meV/atom below the hull of the set" in words(below)
    placed = window_figure(electrochemical_window(SULFIDES, reactant(SULFIDES, "Li3PS4", "hull")))
    assert not placed.findobj(lambda artist: artist.get_gid() == "own")
    assert one(placed, "hull").get_linestyle() == "-"
    assert "the own energy is not known" in words(placed)


def test_window_of_zero_width_is_a_line():
    window = electrochemical_window(SULFIDES, reactant(SULFIDES, "Li2PS3"))
    assert window.reduction == window.oxidation
    figure = window_figure(window)
    drawn = figure.findobj(lambda artist: artist.get_gid() == "window")
    assert [list(line.get_xdata()) for line in drawn] == 2 * [2 * [window.reduction]]
    assert "window of zero width" in words(figure)


def test_window_beyond_five_volts_and_without_one():
    salt = PhaseSet.from_rows(
        [("a", "Li", 0.0), ("b", "F2", 0.0), ("c", "LiF", -3.1)], scheme="made up"
    )
    figure = window_figure(electrochemical_window(salt, reactant(salt, "LiF")))
    assert figure.axes[0].get_xlim() == (0.0, pytest.approx(6.7))
    assert "not reduced by Li metal" in words(figure)
    rich = window_figure(electrochemical_window(salt, reactant(salt, "Li3F", -0.1)))
    assert "no window" in words(rich)
    assert "reduction" not in words(rich)
    assert not rich.findobj(lambda artist: artist.get_gid() == "window")


def test_intercalation_is_named_and_has_its_own_colour(toy):
    window = electrochemical_window(toy, reactant(toy, "TiO2"))
    (partner,) = window.intercalations
    figure = window_figure(window)
    ticks = one(figure, "intercalation")
    assert [segment[0, 0] for segment in ticks.get_segments()] == [partner.voltage]
    others = {one(figure, gid).get_color() for gid in ("staircase", "own")}
    assert matplotlib.colors.to_hex(ticks.get_color()[0]) not in {c.lower() for c in others}
    assert ticks.get_label() == "average intercalation (topotactic)"
    assert f"LiTiO2\N{NO-BREAK SPACE}{partner.voltage:.3f}" in words(figure)
    none = window_figure(electrochemical_window(SULFIDES, reactant(SULFIDES, "P2S5")))
    assert "intercalation" not in words(none)


def test_second_scale_counts_from_the_plateau_of_the_set():
    couple = ReferenceElectrode("In|LiIn", "Li", 0.5, 0.62, "somewhere")
    compound = reactant(SULFIDES, "Li3PS4")
    figure = window_figure(electrochemical_window(SULFIDES, compound, electrode=couple))
    (scale,) = figure.axes[0].child_axes
    FigureCanvasAgg(figure).draw()
    assert scale.get_xlim() == (-0.5, 4.5)
    assert scale.get_xlabel() == (
        "voltage against In|LiIn (V), its plateau by the phase set at 0.500 V (measured: 0.620 V)"
    )
    assert not window_figure(electrochemical_window(SULFIDES, compound)).axes[0].child_axes


def test_numbers_of_narrow_stages_do_not_overlap():
    steps = PhaseSet.from_rows(
        [("a", "Li", 0.0), ("b", "S", 0.0), ("c", "LiS", -1.03 / 2), ("d", "Li2S", -2.05 / 3),
         ("e", "Li3S", -3.06 / 4), ("f", "Li4S", -4.06 / 5)],
        scheme="made up",
    )  # fmt: skip
    figure = window_figure(electrochemical_window(steps, reactant(steps, "S")))
    row = [(t.get_text(), box) for t, box in boxes(figure) if t.axes is figure.axes[1]]
    assert [label for label, _ in row] == ["1", "2", "3", "4", "5"]
    for (_, left), (_, right) in itertools.pairwise(row):
        assert left.x1 < right.x0


@pytest.fixture
def tiles(toy):
    return voltage_map(toy, reactant(toy, "Li2O"), reactant(toy, "TiO2"), 1.0, 4.0)


@pytest.mark.parametrize("kind", ["total", "mutual"])
def test_map_shows_its_own_energies(tiles, kind):
    figure = map_figure(tiles, kind)
    image = one(figure, "energy")
    assert image.get_extent() == [0, 1, 1.0, 4.0]
    assert image.origin == "lower"
    values = np.asarray(image.get_array())
    rows, columns = values.shape
    u, v = (np.arange(columns) + 0.5) / columns, 1.0 + 3.0 * (np.arange(rows) + 0.5) / rows
    sampled = tiles.at if kind == "total" else tiles.mutual_at
    assert np.abs(values - sampled(u[None, :], v[:, None])).max() < 1e-12
    if kind == "total":  # each corner of a tile within half a pixel of its energy
        for tile in tiles.tiles:
            corners = itertools.product(tile.voltage, tile.nonopen)
            for (volt, share), energy in zip(corners, tile.energies, strict=True):
                j = min(int(share * columns), columns - 1)
                i = min(int((volt - 1.0) / 3.0 * rows), rows - 1)
                assert values[i, j] == pytest.approx(energy, abs=0.02)
    pieces = tiles.minimum(kind)
    assert [segment.tolist() for segment in one(figure, "minimum").get_segments()] == [
        [[p.nonopen_fraction, p.low], [p.nonopen_fraction, p.high]] for p in pieces
    ]
    jumps = {segment[0, 1] for segment in one(figure, "jumps").get_segments()}
    assert jumps == {
        p.high
        for p, q in itertools.pairwise(pieces)
        if abs(p.nonopen_fraction - q.nonopen_fraction) > 1e-9
    }
    said = words(figure)
    assert f"{kind} reaction energy (eV per non-Li atom)" in said
    assert "atomic fraction of Li2O (Li not counted)" in said
    assert "voltage against Li metal (V)" in said


def test_map_has_the_minima_beside_it(tiles):
    figure = map_figure(tiles)
    main, side = figure.axes[:2]
    assert side.get_ylim() == main.get_ylim() == (1.0, 4.0)
    for kind in ("total", "mutual"):
        energies, voltages = one(figure, f"minimum_{kind}").get_xydata().T
        assert list(voltages) == [v for p in tiles.minimum(kind) for v in (p.low, p.high)]
        for energy, volt in zip(energies, voltages, strict=True):
            assert energy == pytest.approx(tiles.minimum_at(volt, kind)[0], abs=1e-9)


def test_map_lines_part_different_products(tiles):
    segments = boundaries(tiles)
    assert segments

    def products(share, volt):
        return next(
            tile.products
            for tile in tiles.tiles
            if tile.nonopen[0] <= share <= tile.nonopen[1]
            and tile.voltage[0] <= volt <= tile.voltage[1]
        )

    for (u0, v0), (u1, v1) in segments:
        share, volt = (u0 + u1) / 2, (v0 + v1) / 2
        aside = (1e-7, 0.0) if u0 == u1 else (0.0, 1e-7)
        before = products(share - aside[0], volt - aside[1])
        assert before != products(share + aside[0], volt + aside[1])
    same = replace(tiles, products=(("TiO2",),) * len(tiles))
    assert boundaries(same) == []


def test_charging_draws_the_matrix_and_the_path(toy):
    energies = {1.0: -2.5, 0.5: -2.8, 0.0: -3.0}
    states = {x: reactant(toy, f"Li{x}TiO2" if x else "TiO2", e) for x, e in energies.items()}
    result = charging(toy, states, reactant(toy, "Li2O2"), 0.0, 4.0)
    voltages = [0.5, 1.5, 2.5]
    figure = charging_figure(result, voltages, "mutual")
    mesh = one(figure, "energy")
    assert np.allclose(
        np.asarray(mesh.get_array()).reshape(3, 3), result.matrix(voltages, "mutual").T
    )
    x, curve = one(figure, "curve").get_xydata().T
    assert len(result.steps) == 2
    assert list(zip(x[::2], x[1::2], curve[::2], strict=True)) == list(result.steps)
    assert list(curve[::2]) == list(curve[1::2])
    for kind in ("total", "mutual"):
        along = one(figure, f"path_{kind}").get_xydata()
        assert along.tolist() == [[p.x, getattr(p, kind)] for p in result.path]
    left, right = figure.axes[:2]
    for ax in (left, right):
        assert ax.get_xlim()[0] > 1.0 > 0.0 > ax.get_xlim()[1]  # from full to empty
    assert "lowest mutual reaction energy (eV per non-Li atom)" in words(figure)
    assert "LixTiO2 with Li2O2" in words(figure).replace("$_x$", "x")


def test_uptake_is_drawn_beyond_its_last_point(toy):
    uptake = uptake_curve(toy, reactant(toy, "TiO2"), at_voltage("Li", 1.0))
    figure = uptake_figure(uptake)
    places, energies = one(figure, "points").get_xydata().T
    assert list(places) == [point.uptake for point in uptake.points]
    assert list(energies) == [point.energy for point in uptake.points]
    line = one(figure, "uptake").get_xydata()
    assert line[-1, 0] > places[-1]
    rise = (line[-1, 1] - line[-2, 1]) / (line[-1, 0] - line[-2, 0])
    assert rise == pytest.approx(1.0)  # eV per Li that stays over at 1 V
    ring = one(figure, "minimum").get_xydata()
    assert ring.tolist() == [[uptake.minimum.uptake, uptake.minimum.energy]]
    said = words(figure)
    assert "Li at 1 V" in said
    assert "(eV per formula unit)" in said
    for point in uptake.points:
        assert str(point.reaction).replace("->", "\N{RIGHTWARDS ARROW}") in said


def test_nothing_that_is_written_is_cut_off(toy, tiles, opened):
    couple = ReferenceElectrode("In|LiIn", "Li", 0.5, 0.62, "somewhere")
    states = {x: reactant(toy, f"Li{x}TiO2", "hull") for x in (1.0, 0.5, 0.1)}
    result = charging(toy, states, reactant(toy, "Li2O2"), 0.0, 4.0)
    for figure in (
        window_figure(
            electrochemical_window(SULFIDES, reactant(SULFIDES, "Li2PS3"), electrode=couple)
        ),
        window_figure(electrochemical_window(toy, reactant(toy, "TiO2"))),
        map_figure(tiles),
        charging_figure(result, [0.0, 1.0, 2.0]),
        uptake_figure(uptake_curve(toy, reactant(toy, "TiO2"), at_voltage("Li", 1.0))),
        curve_figure(opened),
    ):
        for label, box in boxes(figure):
            inside = figure.bbox.padded(1)
            assert inside.containsx(box.x0), label
            assert inside.containsx(box.x1), label
            assert inside.containsy(box.y0), label
            assert inside.containsy(box.y1), label
