"""Drift of temperature and energy: mean, standard deviation, and slope per picosecond."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interfaces.errors import InputError
from interfaces.serialisable import Serialisable

BLOCKS = 10  #: means of these are nearly independent; single frames are not
FS_PER_PS = 1000.0


@dataclass(frozen=True)
class Drift(Serialisable):
    """A quantity against time: ``slope`` and ``error`` (one standard deviation) per ps."""

    mean: float
    spread: float
    slope: float
    error: float | None  #: None with too few blocks

    def to_dict(self, unit: str) -> dict[str, float | None]:
        """Plain values, the unit in every key.

        Parameters
        ----------
        unit : unit of the quantity, appended to the keys.

        Returns
        -------
        dict[str, float | None]
            JSON-serialisable values; the keys name the units.
        """
        return {
            f"mean_{unit}": self.mean,
            f"standard_deviation_{unit}": self.spread,
            f"drift_{unit}_per_ps": self.slope,
            f"drift_error_{unit}_per_ps": self.error,
        }


def drift(times: ArrayLike, values: ArrayLike, blocks: int = BLOCKS) -> Drift:
    """Fit a straight line to the means of blocks of frames.

    Parameters
    ----------
    times : [fs], shape (F,), rising.
    values : shape (F,), two or more.
    blocks : of equal numbers of frames; fewer where there are fewer frames.

    Returns
    -------
    Drift
        Mean, standard deviation and slope per ps.

    Raises
    ------
    InputError
        If there are fewer than two frames.

    Examples
    --------
    >>> result = drift([0.0, 1000.0, 2000.0], [300.0, 301.0, 302.0])
    >>> round(result.slope, 9), result.mean
    (1.0, 301.0)
    """
    t, v = np.asarray(times, dtype=float), np.asarray(values, dtype=float)
    if len(t) < 2 or t.shape != v.shape:
        raise InputError(f"drift of {len(v)} values at {len(t)} times; give two of each, or more")
    count = min(blocks, len(t))
    parts = np.array_split(np.arange(len(t)), count)
    x = np.array([t[part].mean() for part in parts]) / FS_PER_PS
    y: NDArray[np.float64] = np.array([v[part].mean() for part in parts])
    centred = x - x.mean()
    slope = float(centred @ y / (centred @ centred))
    error = None
    if count > 2:
        left = y - y.mean() - slope * centred
        error = float(np.sqrt(left @ left / (count - 2) / (centred @ centred)))
    return Drift(float(v.mean()), float(v.std()), slope, error)
