"""Data of a figure as rows: artists with a ``gid`` are data, all others are decoration.

One table for all kinds of figures: panel, series, what is on each axis with its unit, and the
numbers as they were passed to matplotlib. A colour is a third number, ``value``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import LineCollection, PolyCollection, QuadMesh
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

COLUMNS = ("panel", "series", "x_axis", "x", "y_axis", "y", "value")
MARK = "mark"  #: gid of words across a figure that are no data
PIXELS = 40  #: an image with more rows or columns is thinned to about so many
#: Guides to the eye, and repetitions of data that are in the table already.
GUIDES = {MARK, "halo", "jumps", "boundaries", "window"}

Rows = list[dict[str, object]]
_MATH = re.compile(r"\$[_^]?\{?([^{}$]*)\}?\$")


def figure_rows(figure: Figure) -> Rows:
    """Every number that a figure draws, panel by panel, in the order of drawing.

    Raises nothing: a figure of which nothing bears a name has no rows.

    Parameters
    ----------
    figure : figure drawn by this package.

    Returns
    -------
    Rows
        Header and rows of the table.
    """
    rows: Rows = []
    for number, ax in enumerate(figure.axes, start=1):
        panel = plain_text(ax.get_title()) or str(number)
        names_x, names_y = _names(ax.xaxis), _names(ax.yaxis)
        words_x, words_y = _axis_words(figure, ax, "x"), _axis_words(figure, ax, "y")
        for artist in ax.get_children():
            name = artist.get_gid()
            if name is None or name in GUIDES:
                continue
            beside = artist.get_transform() == ax.get_xaxis_transform()  # y is not a quantity
            for x, y, value in _numbers(artist):
                rows.append(
                    {
                        "panel": panel,
                        "series": name,
                        "x_axis": words_x,
                        "x": names_x.get(x, _rounded(x)),
                        "y_axis": words_y,
                        "y": "" if beside else names_y.get(y, _rounded(y)),
                        "value": "" if value is None else _rounded(value),
                    }
                )
    return rows


def plain_text(label: str) -> str:
    r"""Words of a label without the markup of subscripts and symbols.

    Parameters
    ----------
    label : label with mathtext.

    Returns
    -------
    str
        Plain string.

    Examples
    --------
    >>> plain_text(r"Li$_x$CoO$_{2}$: molar fraction $y$")
    'LixCoO2: molar fraction y'
    """
    return _MATH.sub(r"\1", label).replace("\n", " ")


def _numbers(artist: Artist) -> Iterator[tuple[float, float, float | None]]:
    """(x, y, colour) of an artist's own data."""
    if isinstance(artist, Line2D):
        for x, y in np.asarray(artist.get_xydata(), dtype=float):
            yield float(x), float(y), None
    elif isinstance(artist, QuadMesh):
        corners = np.asarray(artist.get_coordinates(), dtype=float)
        middles = (corners[:-1, :-1] + corners[1:, 1:]) / 2
        values = np.asarray(artist.get_array(), dtype=float).reshape(middles.shape[:2])
        for (x, y), value in zip(middles.reshape(-1, 2), values.ravel(), strict=True):
            yield float(x), float(y), float(value)
    elif isinstance(artist, AxesImage):
        yield from _pixels(artist)
    elif isinstance(artist, LineCollection):
        for segment in artist.get_segments():
            for x, y in np.asarray(segment, dtype=float):
                yield float(x), float(y), None
    elif isinstance(artist, PolyCollection):
        for path in artist.get_paths():
            for x, y in np.asarray(path.vertices, dtype=float):
                yield float(x), float(y), None
    elif isinstance(artist, Rectangle):
        yield artist.get_x() + artist.get_width() / 2, artist.get_y() + artist.get_height(), None


def _pixels(image: AxesImage) -> Iterator[tuple[float, float, float]]:
    """Values at the middles of an image's pixels; of a large one, of every so many."""
    values: NDArray[np.float64] = np.ma.filled(
        np.ma.asarray(image.get_array(), dtype=float), np.nan
    )
    left, right, bottom, top = image.get_extent()
    if image.origin == "upper":
        bottom, top = top, bottom
    rows, columns = values.shape
    for i in range(_first(rows), rows, _step(rows)):
        for j in range(_first(columns), columns, _step(columns)):
            x = left + (j + 0.5) / columns * (right - left)
            y = bottom + (i + 0.5) / rows * (top - bottom)
            if np.isfinite(values[i, j]):
                yield x, y, float(values[i, j])


def _step(size: int) -> int:
    return max(1, size // PIXELS)


def _first(size: int) -> int:
    return (_step(size) - 1) // 2


def _axis_words(figure: Figure, ax: Axes, which: str) -> str:
    """What is on an axis: its own label, that of the panel beside it, or the figure's."""
    label = ax.get_xlabel() if which == "x" else ax.get_ylabel()
    if not label:
        group = ax.get_shared_x_axes() if which == "x" else ax.get_shared_y_axes()
        for sibling in group.get_siblings(ax):
            label = label or (sibling.get_xlabel() if which == "x" else sibling.get_ylabel())
    if not label:
        label = figure.get_supxlabel() if which == "x" else figure.get_supylabel()
    return plain_text(label)


def _names(axis: Axis) -> dict[float, str]:
    """Place -> what is written at it, of an axis that bears names and no numbers."""
    labels = (label.get_text() for label in axis.get_ticklabels())
    words = dict(zip(axis.get_ticklocs(), labels, strict=False))
    return {float(k): plain_text(word) for k, word in words.items() if not _is_number(word)}


def _rounded(value: float) -> float:
    """Ten digits: more than any of these numbers means, and no trace of the last bits."""
    return float(f"{value:z.10g}")


def _is_number(words: str) -> bool:
    try:
        float(words.replace("\N{MINUS SIGN}", "-") or 0)
    except ValueError:
        return False
    return True
