"""Every kind of figure against a committed picture of it, and its data as a table.

Pixels are compared where matplotlib and FreeType are those that drew the baselines; elsewhere
glyphs differ by a pixel, and words, places, limits and colours are compared alone, which is done
everywhere. ``python -m tests.interfaces.figures.example_figures`` draws the baselines again.
"""

from __future__ import annotations

import csv
import io
import json
import math
from functools import cache

import matplotlib
import numpy as np
import pytest
from matplotlib.image import imread
from matplotlib.text import Text

from interfaces.figures.figure_data import COLUMNS, figure_rows, plain_text
from interfaces.figures.plot_curves import curve_figure
from interfaces.figures.style import COLUMN, WIDTH
from tests.interfaces.figures import example_figures as made
from workflows.io.mock_mark import MOCK_SCHEME
from workflows.io.results import save_figure

BLOCK = 10  #: pixels, a fifth of an inch: about a word
WORST = 5.0  #: of 255: root mean square over one block; a word moved by a pixel gives 30
APART = 0.03  #: of the figure, by which words may lie elsewhere with other glyphs
MILLIMETRES = {85.0, 175.0}

KEPT = json.loads(made.STRUCTURE.read_text())


@cache
def figure(name):
    return made.MADE[name]()


@cache
def looked_at(name):
    """Structure, texts with their boxes, and picture, in this order: a picture moves the layout."""
    drawn = figure(name)
    return made.structure(drawn), written(drawn), pixels(made.png(drawn))


def pixels(data):
    return np.round(imread(io.BytesIO(data))[..., :3] * 255.0)


def worst_block(first, other):
    """Largest root mean square difference over a block, 255 where the sizes differ."""
    if first.shape != other.shape:
        return 255.0
    square = ((first - other) ** 2).mean(axis=-1)
    high, wide = (math.ceil(n / BLOCK) * BLOCK for n in square.shape)
    padded = np.zeros((high, wide))
    padded[: square.shape[0], : square.shape[1]] = square
    blocks = padded.reshape(high // BLOCK, BLOCK, wide // BLOCK, BLOCK).mean(axis=(1, 3))
    return float(np.sqrt(blocks.max()))


def same_pixels_expected():
    if made.drawn_with() != KEPT["drawn_with"]:
        was, now = KEPT["drawn_with"], made.drawn_with()
        pytest.skip(f"pixels are those of {was}, here is {now}; structure is compared")


@pytest.mark.parametrize("name", made.MADE)
def test_picture_is_the_one_that_was_looked_at(name):
    same_pixels_expected()
    kept = pixels((made.BASELINE / f"{name}.png").read_bytes())
    assert worst_block(looked_at(name)[2], kept) < WORST


@pytest.mark.parametrize("name", made.MADE)
def test_words_places_limits_and_colours_are_kept(name):
    now, kept = looked_at(name)[0], KEPT["figures"][name]
    assert [(t, c) for t, _, _, c in now["texts"]] == [(t, c) for t, _, _, c in kept["texts"]]
    for (words, x, y, _), (_, x0, y0, _) in zip(now["texts"], kept["texts"], strict=True):
        assert abs(x - x0) < APART, words
        assert abs(y - y0) < APART, words
    assert now["lines"] == [list(line) for line in kept["lines"]]
    for mine, theirs in zip(now["axes"], kept["axes"], strict=True):
        assert mine[:4] == pytest.approx(theirs[:4], abs=APART)
        assert mine[4:] == pytest.approx(theirs[4:], abs=2e-3)


def test_every_baseline_has_its_figure_and_all_are_small():
    assert {path.stem for path in made.BASELINE.glob("*.png")} == set(made.MADE)
    assert set(KEPT["figures"]) == set(made.MADE)
    assert sum(path.stat().st_size for path in made.BASELINE.iterdir()) < 600_000


def test_the_tolerance_sees_a_moved_label_and_another_colour():
    drawn, again = made.curve(), made.curve()
    kept = pixels(made.png(drawn))
    assert worst_block(kept, pixels(made.png(again))) < WORST / 10
    again.axes[0].xaxis.labelpad += 1.5  # one pixel at 50 dpi
    assert worst_block(kept, pixels(made.png(again))) > WORST
    recoloured = made.curve()
    recoloured.axes[0].lines[2].set_color("0.65")  # from 0.45: the thin dashed one
    assert worst_block(kept, pixels(made.png(recoloured))) > WORST
    renamed = made.curve()
    renamed.axes[0].set_xlabel(renamed.axes[0].get_xlabel().replace("Ti", "Tl"))
    assert worst_block(kept, pixels(made.png(renamed))) > WORST
    shifted = np.roll(kept, 1, axis=0)
    assert worst_block(kept, shifted) > WORST


# ---------------------------------------------------------------------- one style


@pytest.mark.parametrize("name", sorted(set(made.MADE) - {"cell"}))  # a cell is drawn to scale
def test_every_figure_is_as_wide_as_a_column_or_two(name):
    wide = figure(name).get_figwidth() * 25.4
    assert any(wide == pytest.approx(column) for column in MILLIMETRES)
    assert {round(inches * 25.4, 9) for inches in (COLUMN, WIDTH)} == MILLIMETRES


def written(drawn):
    """Every text that is seen, with its place [pixels]; ticks within their limits only."""
    every = [ax for artist in drawn.axes for ax in (artist, *artist.child_axes)]
    ticks, seen = set(), []
    for ax in every:
        for axis, limits, at in (
            (ax.xaxis, sorted(ax.get_xlim()), 0), (ax.yaxis, sorted(ax.get_ylim()), 1),
        ):  # fmt: skip
            labels = axis.get_ticklabels()
            ticks |= {t for k in (*axis.majorTicks, *axis.minorTicks) for t in (k.label1, k.label2)}
            slack = 1e-9 * (limits[1] - limits[0])
            seen += [
                t for t in labels
                if ax.axison and limits[0] - slack <= t.get_position()[at] <= limits[1] + slack
            ]  # fmt: skip
    texts = [*(t for t in drawn.findobj(Text) if t not in ticks), *seen]
    renderer = drawn.canvas.get_renderer()
    return [
        (label, Text.get_window_extent(label, renderer))  # an annotation's would hold its arrow
        for label in texts
        if label.get_visible() and label.get_text().strip() and label.get_gid() != "mark"
    ]


@pytest.mark.parametrize("name", made.MADE)
def test_words_are_readable_at_the_printed_width_and_none_is_cut_off(name):
    drawn = figure(name)
    for label, box in looked_at(name)[1]:
        assert 6.0 <= label.get_fontsize() <= 8.0, label
        assert box.x0 > -1, label
        assert box.y0 > -1, label
        assert box.x1 < drawn.bbox.x1 + 1, label
        assert box.y1 < drawn.bbox.y1 + 1, label


@pytest.mark.parametrize("name", made.MADE)
def test_words_do_not_lie_on_each_other(name):
    placed = [(label.get_text(), box.padded(-0.8)) for label, box in looked_at(name)[1]]
    for k, (item, first) in enumerate(placed):
        for counterpart, second in placed[k + 1 :]:
            assert not first.overlaps(second), (item, counterpart)


@pytest.mark.parametrize("name", sorted(set(made.MADE) - {"cell"}))
def test_axes_say_what_they_are(name):
    """Every axis with numbers has words; a quantity that is not a fraction or count has a unit."""
    drawn = figure(name)
    for row in figure_rows(drawn):
        for key in ("x", "y"):
            words = row[f"{key}_axis"]
            if isinstance(row[key], float) and name != "screen":
                assert words, row
                without = ("fraction", "number", "bonds", "share", "within", "height", "content")
                assert "(" in words or any(word in words for word in without), words


# ---------------------------------------------------------------------- the data behind each


@pytest.mark.parametrize("name", made.MADE)
def test_every_figure_has_its_numbers(name):
    rows = figure_rows(figure(name))
    assert rows
    assert {tuple(row) for row in rows} == {COLUMNS}


def test_data_are_those_drawn(tmp_path):
    curve = made.series()[0.5]
    drawn = curve_figure(curve)
    save_figure(drawn, tmp_path / "one.svg")
    with (tmp_path / "one.data.csv").open() as file:
        rows = list(csv.DictReader(file))
    kinks = [row for row in rows if row["series"] == "kinks"]
    assert [float(row["x"]) for row in kinks] == pytest.approx(list(curve.mixing_fractions))
    assert [float(row["y"]) for row in kinks] == pytest.approx([k.total for k in curve.kinks])
    assert {row["x_axis"] for row in rows} == {"atomic fraction of Li0.5TiO2"}
    assert {row["y_axis"] for row in rows} == {"reaction energy (eV/atom)"}
    assert {row["series"] for row in rows} == {
        "total", "mutual", "self-decomposition", "kinks", "standard error", "minimum",
    }  # fmt: skip


def test_data_of_a_map_are_its_colours():
    rows = [row for row in figure_rows(figure("map")) if row["series"] == "energy"]
    assert len(rows) == 40 * 40
    from interfaces.phases.reactants import reactant
    from interfaces.reactivity.voltage_map import voltage_map

    pair = (reactant(made.OXIDES, formula) for formula in ("Li2O", "TiO2"))
    result = voltage_map(made.OXIDES, *pair, 1.0, 4.0)
    for row in rows[::97]:
        expected = result.at(np.array([row["x"]]), np.array([row["y"]]))
        assert row["value"] == pytest.approx(float(np.squeeze(expected)), abs=1e-9)


def test_data_of_a_matrix_and_of_named_rows():
    mesh = [row for row in figure_rows(figure("charging")) if row["series"] == "energy"]
    assert {row["x"] for row in mesh} == {1.0, 0.5, 0.0}
    assert len(mesh) == 3 * 13
    screen = [row for row in figure_rows(figure("screen")) if row["series"] == "energy"]
    assert {"x", "y"} <= set(screen[0])
    named = {(row["y"], row["x"]): row["value"] for row in screen}
    assert named["LiCoO2", "LPSCl"] == pytest.approx(-0.07 * 2**1.2)
    assert ("Li2ZrO3", "LLZO") not in named  # that pair failed
    ticks = figure_rows(figure("window_intercalation"))
    assert {row["y"] for row in ticks if row["series"] == "intercalation"} == {""}


def test_markup_leaves_the_words():
    assert plain_text("Li$_x$Ni$_{0.8}$O$_{2}$, $E_D$ and\n$x$") == "LixNi0.8O2, E_D and x"


def test_a_mocked_figure_says_so_in_its_data_too(tmp_path):
    save_figure(made.minima(), tmp_path / "m.png", "MOCK")
    with (tmp_path / "m.data.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert {row["MOCK"] for row in rows} == {MOCK_SCHEME}


@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".png"])
def test_files_repeat_to_the_byte_without_dates(tmp_path, suffix):
    before = dict(matplotlib.rcParams)
    for name in ("a", "b"):
        save_figure(made.curve(), tmp_path / f"{name}{suffix}")
    first, second = ((tmp_path / f"{name}{suffix}").read_bytes() for name in ("a", "b"))
    assert first == second
    for word in (b"CreationDate", b"dc:date", b"tIME"):
        assert word not in first
    assert (tmp_path / "a.data.csv").read_bytes() == (tmp_path / "b.data.csv").read_bytes()
    assert dict(matplotlib.rcParams) == before


def test_a_user_s_table_of_the_same_name_is_left_alone(tmp_path):
    (tmp_path / "a.csv").write_text("mine\n")
    save_figure(made.profile(), tmp_path / "a.png")
    assert (tmp_path / "a.csv").read_text() == "mine\n"
    assert (tmp_path / "a.data.csv").is_file()
