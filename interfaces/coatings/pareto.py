"""Pareto front: non-dominated candidates."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

Objective = Literal["cathode", "electrolyte", "oxidation", "window", "price"]
OBJECTIVES: tuple[str, ...] = get_args(Objective)
SAME = 1e-6  #: in the units of each objective; nearer than this is level


def pareto_front(scores: ArrayLike) -> NDArray[np.bool_]:
    """Non-dominated (Pareto-optimal) points.

    A point dominates another if no coordinate is worse and one is better, by more than round-off.

    Parameters
    ----------
    scores : (N, k), each column the larger the better; infinite values are allowed.

    Returns
    -------
    (N,) booleans; equal points are all on the front, or none is.

    Examples
    --------
    >>> pareto_front([[0.0, 1.0], [1.0, 0.0], [0.0, 0.5]]).tolist()
    [True, True, False]
    """
    points = np.asarray(scores, dtype=float)
    kept = np.ones(len(points), dtype=bool)
    for row, point in enumerate(points):
        nowhere_worse = (points >= point - SAME).all(axis=1)
        somewhere_better = (points > point + SAME).any(axis=1)
        kept[row] = not (nowhere_worse & somewhere_better).any()
    return kept
