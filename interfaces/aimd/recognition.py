"""Distinguish MD frames from relaxations, displaced cells and volume scans.

For files that do not say what wrote them. Frames that pass may still be no dynamics.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RELAXED = 0.05  #: largest force of a relaxed cell [eV/angstrom]; that of a crystal at 10 K is above
MOVED = 1e-6  #: fractional, less than the last decimal that programs write
ONE_DISPLACED = 2  #: atoms that differ between two cells of which each has one displaced atom
AT_REST = 1e-4  #: rms step of atoms that come to rest [angstrom]; at 10 K, 1 fs is above
SLOWER = 0.1  #: of the longest step


def why_no_dynamics(
    fractional: Sequence[Array],
    cells: Sequence[Array],
    forces: Sequence[float | None],
    *,
    moving: bool = False,
) -> str | None:
    """Reason why frames are a relaxation, displaced cells or a scan of volumes, or None.

    Parameters
    ----------
    fractional
        Coordinates of each frame, shape (N, 3), in units of the cell.
    cells
        Cell of each frame, rows its vectors [angstrom].
    forces
        Largest force of each frame [eV/angstrom]; None where it is not known.
    moving
        Whether any frame has velocities.

    Returns
    -------
    str | None
        Reason, or None if the frames may be dynamics.

    Examples
    --------
    >>> places = [np.full((2, 3), 0.1 / 4**k) for k in range(8)]
    >>> why_no_dynamics(places, [np.eye(3) * 4] * 8, [2.0, 1.0, 0.3, 0.2, 0.1, 0.05, 0.03, 0.01])
    'no velocities, and a largest force of 0.01 eV/A in the last frame, as after a relaxation'
    """
    if len(fractional) < 2 or moving:
        return None
    last, highest = forces[-1], max((force for force in forces if force is not None), default=0.0)
    if last is not None and 0 < last <= RELAXED and last < highest:
        return (
            f"no velocities, and a largest force of {last:.2g} eV/A in the last frame, as after a "
            "relaxation"
        )
    steps = np.diff(np.array(fractional), axis=0)
    steps -= np.rint(steps)
    moved = (np.abs(steps) > MOVED).any(axis=-1)  # (F - 1, N)
    if not moved.any():
        same = float(np.ptp(cells, axis=0).max()) < MOVED
        return None if same else "only its cell changes, as in a scan of volumes"
    if moved.sum(axis=1).max() <= ONE_DISPLACED < int(moved.any(axis=0).sum()):
        return "one atom is displaced at a time, as for phonons"
    lengths = np.sqrt(((steps @ np.array(cells)[1:]) ** 2).sum(axis=-1).mean(axis=-1))
    if len(lengths) > 1 and lengths[-1] < min(AT_REST, SLOWER * float(lengths.max())):
        return "its atoms come to rest, as in a relaxation"
    return None
