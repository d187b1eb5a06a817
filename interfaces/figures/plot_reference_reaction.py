"""Labels beside points, without overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

Array = NDArray[np.float64]

ANGLES = np.deg2rad([0, 180, 90, 270, 45, 135, 315, 225, 22, 158, 338, 202, 68, 112, 248, 292])
DISTANCES = (5.0, 8.0, 12.0, 17.0, 23.0, 30.0, 38.0, 48.0, 60.0, 75.0, 95.0)  #: points
LEADER = 6.0  #: points; a name farther from its point gets a line
AROUND = 2.5  #: points of free room about a point
GAP = 0.8  #: points between names


def label_points(
    ax: Axes,
    places: Sequence[tuple[float, float]],
    names: Sequence[str],
    *,
    others: Sequence[tuple[float, float]] = (),
    size: float = 6.5,
) -> list[Annotation]:
    """Write a name beside each point, with a thin line where it had to go far.

    The axes must have their limits and layout. Places are tried from near to far; the first that
    lies inside the axes and touches no point, name or line is taken, else the one that touches
    least.

    Parameters
    ----------
    places : in data coordinates; the first is served first.
    others : points without a name, which names keep clear of as well.

    Returns
    -------
    list[Annotation]
        One annotation per point.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = ax.figure
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[arg-type, no-untyped-call]
    scale = figure.dpi / 72.0
    every = np.asarray(ax.transData.transform(np.array([*places, *others], dtype=float))) / scale
    points = every[: len(places)]
    frame = ax.get_window_extent(renderer)
    inside = np.array([frame.x0, frame.y0, frame.x1, frame.y1]) / scale
    dots = np.hstack([every - AROUND, every + AROUND])
    taken: list[Array] = []
    lines: list[tuple[Array, Array]] = []
    made = []
    for point, data, name in zip(points, places, names, strict=True):
        annotation = ax.annotate(
            name, data, (0, 0), textcoords="offset points", fontsize=size, ha="center",
            va="center", zorder=5,
        )  # fmt: skip
        extent = annotation.get_window_extent(renderer)
        half = np.array([extent.width, extent.height]) / scale / 2 + GAP / 2
        best, least = (0.0, 0.0), np.inf
        for offset, far in _offsets(half):
            box = np.concatenate([point + offset - half, point + offset + half])
            end = point + offset - np.clip(offset, -half, half)
            cost = _touched(box, point, end, dots, taken, lines, inside) + 1e-3 * far
            if cost < least:
                best, least = (float(offset[0]), float(offset[1])), cost
            if cost < 1.0:
                break
        annotation.set_position(best)
        chosen = np.asarray(best)
        taken.append(np.concatenate([point + chosen - half, point + chosen + half]))
        end = point + chosen - np.clip(chosen, -half, half)
        if float(np.hypot(*(end - point))) > LEADER:
            lines.append((point, end))
            ax.annotate(
                "", data, (end - point), xycoords="data", textcoords="offset points",
                arrowprops={"arrowstyle": "-", "lw": 0.4, "color": "0.55",
                            "shrinkA": 0, "shrinkB": 2}, zorder=2,
            )  # fmt: skip
        made.append(annotation)
    return made


def _offsets(half: Array) -> list[tuple[Array, float]]:
    """Centres of a box of half size ``half`` [points] about its point, near ones first."""
    placed = []
    for far in DISTANCES:
        for angle in ANGLES:
            way = np.array([np.cos(angle), np.sin(angle)])
            # from the point to where the box begins, then to its middle
            reach = np.min(half / np.maximum(np.abs(way), 1e-9))
            placed.append((way * (far + min(reach, float(np.hypot(*half)))), far))
    return placed


def _touched(
    box: Array,
    point: Array,
    end: Array,
    dots: Array,
    taken: Sequence[Array],
    lines: Sequence[tuple[Array, Array]],
    inside: Array,
) -> float:
    """How many things a box and its leader touch; leaving the axes counts most."""
    out = box[0] < inside[0] or box[1] < inside[1] or box[2] > inside[2] or box[3] > inside[3]
    boxes = np.array([*taken]) if taken else np.empty((0, 4))
    count = 50.0 * out + 2.0 * _overlaps(box, boxes) + _overlaps(box, dots)
    own = np.linspace(point, end, 12)[2:]
    for neighbour in boxes:
        count += ((own > neighbour[:2]) & (own < neighbour[2:])).all(axis=1).any()
    for start, stop in lines:
        there = np.linspace(start, stop, 12)
        count += ((there > box[:2]) & (there < box[2:])).all(axis=1).any()
    return float(count)


def _overlaps(box: Array, others: Array) -> int:
    if not len(others):
        return 0
    apart = (
        (others[:, 0] >= box[2])
        | (others[:, 2] <= box[0])
        | (others[:, 1] >= box[3])
        | (others[:, 3] <= box[1])
    )
    return int((~apart).sum())
