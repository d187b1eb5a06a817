"""Numbered points in a figure, with the list of their reactions below."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.transforms import blended_transform_factory

from interfaces.figures.style import NOTE, WIDTH, Array, spread, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINE = 0.135  #: inches per line of a list
TEXT = NOTE
LONGEST = 100  #: characters of a reaction on one line
COLUMNS = (0.02, 0.05, 0.19, 0.3)  #: positions of the columns of a list, as shares of the figure
APART = 0.13  #: inches between the middles of two numbers


class Listing:
    """Lines for the space under a plot: a head, then rows whose last cell may need several lines.

    ``footer`` is a paragraph of its own in another colour.
    """

    def __init__(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], footer: str = "", colour: str = ""
    ) -> None:
        self.lines: list[tuple[Sequence[str], str]] = [(head, "0.35")]
        for *cells, last in rows:
            first, *more = textwrap.wrap(last, LONGEST, break_long_words=False)
            self.lines.append(((*cells, first), "0"))
            self.lines += [(("", "", "", "    " + line), "0") for line in more]
        for line in textwrap.wrap(footer, LONGEST + 20, break_long_words=False):
            self.lines.append(((line,), colour))

    @property
    def height(self) -> float:
        """Inches that the list takes."""
        return LINE * (len(self.lines) + 0.5)

    def draw(self, ax: Axes) -> None:
        """Write the list into axes of that height, across the whole width of the figure.

        Parameters
        ----------
        ax : axes below the panel.
        """
        ax.axis("off")
        ax.set_ylim(-self.height, 0)
        place = blended_transform_factory(ax.figure.transFigure, ax.transData)
        for k, (cells, colour) in enumerate(self.lines):
            for x, cell in zip(COLUMNS, cells, strict=False):
                cell_text = ax.text(
                    x, -LINE * (k + 0.5), written(cell), transform=place, fontsize=TEXT,
                    color=colour, va="center",
                )  # fmt: skip
                cell_text.set_in_layout(False)


def number_strip(ax: Axes, places: Sequence[float], low: float, high: float) -> Array:
    """Numbers 1, 2, ... in a row, each with a line up to its place on the shared axis.

    Numbers that would overlap are moved apart; the places that they got are returned.

    Parameters
    ----------
    ax : axes of the strip.
    places : positions of the numbered points.
    low, high : range of the axis.

    Returns
    -------
    Array
        Positions of the numbers on the shared axis.
    """
    got = spread(places, APART * (high - low) / (WIDTH * 0.86), low, high)
    ax.axis("off")
    ax.set_ylim(0, 1)
    for number, (place, at) in enumerate(zip(places, got, strict=True), start=1):
        ax.plot([place, at], [1, 0.55], color="0.6", lw=0.5, clip_on=False)
        ax.text(at, 0.5, str(number), fontsize=TEXT, ha="center", va="top", clip_on=False)
    return got
