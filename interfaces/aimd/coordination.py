"""Coordination numbers and bond lengths, at the beginning and the end of a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interfaces.aimd.atom_pairs import nearest_pairs
from interfaces.aimd.frames import Trajectory
from interfaces.errors import InputError
from interfaces.serialisable import Serialisable

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Coordination(Serialisable):
    """Neighbours of one element around another, within a cut-off [angstrom].

    Shares add up to 1 over all centres and frames of a window: ``before[6]`` is the share of
    centres with six neighbours. Lengths are mean and standard deviation of the distances counted
    [angstrom].
    """

    centre: str
    ligand: str
    cutoff: float
    mean: Array  #: neighbours per centre, shape (F,)
    before: Array  #: share of centres by number of neighbours, shape (most + 1,)
    after: Array
    length_before: tuple[float, float] | None  #: None without a neighbour
    length_after: tuple[float, float] | None

    @property
    def name(self) -> str:
        """``Co-O``."""
        return f"{self.centre}-{self.ligand}"


def windows(frames: int, share: float) -> tuple[slice, slice]:
    """The first and last frames of a run, a share each (one frame at least).

    Parameters
    ----------
    frames : number of frames.
    share : share of the run, 0 to 0.5.

    Returns
    -------
    tuple[slice, slice]
        First and last window.

    Examples
    --------
    >>> windows(100, 0.1)
    (slice(0, 10, None), slice(90, 100, None))
    """
    if not 0 < share <= 0.5:
        raise InputError(f"a window of {share!r} of the run; give a share from 0 to 0.5")
    size = max(1, round(frames * share))
    return slice(0, size), slice(frames - size, frames)


def coordination(
    trajectory: Trajectory, centre: str, ligand: str, cutoff: float, share: float = 0.1
) -> Coordination:
    """Count ligands around centres in every frame; periodic images each count.

    Parameters
    ----------
    trajectory : frames with their cells and times.
    cutoff : [angstrom]; of the frame alone, without history.
    share : of the run that is "before" at its beginning and "after" at its end.

    Returns
    -------
    Coordination
        Mean coordination number per frame, and its distribution in both windows.

    Raises
    ------
    InputError
        If an element is not there, or the cut-off is not positive.

    Examples
    --------
    >>> cell = np.eye(3) * 4.26  # rocksalt: one Co, O at the middle of every edge
    >>> run = Trajectory.of(["Co", "O"], [[[0, 0, 0], [2.13, 0, 0]]], cell, [0.0])
    >>> float(coordination(run, "Co", "O", 2.5).mean[0])
    2.0
    """
    for element in (centre, ligand):
        if element not in trajectory.species:
            raise InputError(
                f"coordination of {centre} by {ligand}: no {element} in the trajectory of "
                f"{', '.join(trajectory.elements)}"
            )
    if not cutoff > 0:
        raise InputError(f"cut-off {cutoff!r} A; give a positive distance")
    centres, species = trajectory.atoms_of(centre), np.array(trajectory.species)
    place = np.full(len(species), -1)
    place[centres] = np.arange(len(centres))
    numbers = np.zeros((len(centres), len(trajectory)), dtype=np.int64)
    early, late = windows(len(trajectory), share)
    lengths: tuple[list[Array], list[Array]] = ([], [])
    for near in nearest_pairs(trajectory, {(centre, ligand): cutoff}):
        inside = near.distances <= cutoff
        near_numbers = numbers[:, near.start : near.stop]
        ends = [(near.first, near.second), (near.second, near.first)]
        for here, there in ends:  # a pair of two centres counts for both, an own image twice
            counts = (species[here] == centre) & (species[there] == ligand)
            np.add.at(near_numbers, place[here[counts]], inside[counts])
        for window, kept in zip((early, late), lengths, strict=True):
            part = slice(max(window.start - near.start, 0), max(window.stop - near.start, 0))
            kept.append(near.distances[:, part][inside[:, part]])
    most = int(numbers.max())
    return Coordination(
        centre=centre,
        ligand=ligand,
        cutoff=cutoff,
        mean=numbers.mean(axis=0),
        before=_shares(numbers[:, early], most),
        after=_shares(numbers[:, late], most),
        length_before=_spread(lengths[0]),
        length_after=_spread(lengths[1]),
    )


def _shares(numbers: NDArray[np.int64], most: int) -> Array:
    return np.bincount(numbers.ravel(), minlength=most + 1) / numbers.size


def _spread(parts: list[Array]) -> tuple[float, float] | None:
    values = np.concatenate(parts) if parts else np.empty(0)
    return (float(values.mean()), float(values.std())) if len(values) else None
