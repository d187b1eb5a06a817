r"""Radial distribution functions.

.. math:: g_{ab}(r) = \frac{\langle n_{ab}(r) \rangle}{N_a \rho_b \, 4 \pi r^2 \Delta r},
          \qquad \rho_b = N_b / V ,

n being the pairs a-b (ordered, periodic images included, no atom with itself) in the shell; the
shell's volume is taken exactly. The density is that of the **whole cell**: at an interface, where a
and b lie on their own sides, g does not tend to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interfaces.aimd.atom_pairs import Pair, nearest_pairs
from interfaces.aimd.frames import Trajectory
from interfaces.errors import InputError
from interfaces.serialisable import Serialisable

Array = NDArray[np.float64]

REACH = 6.0  #: [angstrom]
BIN = 0.05  #: [angstrom]
SAMPLES = 100  #: frames of a window, evenly spaced


@dataclass(frozen=True, eq=False)
class Rdf(Serialisable):
    """g(r) of b around a; ``running`` is the mean number of b within the outer edge of the bin."""

    pair: Pair
    r: Array  #: middles of the bins [angstrom], shape (B,)
    g: Array
    running: Array
    frames: int  #: averaged over

    @property
    def name(self) -> str:
        """``Co-O``."""
        return "-".join(self.pair)


def radial_distributions(
    trajectory: Trajectory,
    pairs: Sequence[Pair],
    window: slice | None = None,
    *,
    reach: float = REACH,
    width: float = BIN,
    samples: int = SAMPLES,
) -> tuple[Rdf, ...]:
    """g(r) of some pairs of elements, from evenly spaced frames of a window.

    Parameters
    ----------
    trajectory : frames with their cells and times.
    window : frames; all of them by default.
    reach, width : largest distance and bin [angstrom].
    samples : frames at most.

    Returns
    -------
    tuple[Rdf, ...]
        One g(r) per pair.

    Raises
    ------
    InputError
        If an element is not there, or there is no bin or no frame.

    Examples
    --------
    >>> run = Trajectory.of(["Li"], [[[0, 0, 0]]], np.eye(3) * 3.0, [0.0])
    >>> (rdf,) = radial_distributions(run, [("Li", "Li")], reach=3.5, width=0.5)
    >>> rdf.running.round(6).tolist()  # six images at 3 A, in the last bin
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 6.0]
    """
    from pymatgen.optimization.neighbors import find_points_in_spheres

    names = list(trajectory.elements)
    for element in {name for pair in pairs for name in pair}:
        if element not in names:
            raise InputError(
                f"radial distribution of {element}: none in the trajectory of {', '.join(names)}"
            )
    bins = round(reach / width) if width > 0 else 0
    chosen = range(*(window or slice(None)).indices(len(trajectory)))
    if bins < 1 or samples < 1 or not len(chosen):
        raise InputError(
            f"radial distribution to {reach:g} A in bins of {width:g} A over {len(chosen)} frames, "
            f"{samples} at most; give one bin and one frame, or more"
        )
    edges = np.arange(bins + 1) * width
    codes = np.array([names.index(name) for name in trajectory.species])
    pick = np.unique(np.rint(np.linspace(chosen[0], chosen[-1], min(samples, len(chosen)))))
    frames = pick.astype(np.intp)
    fractional, cells = trajectory.reduced()
    counts = np.zeros((len(names), len(names), bins))
    densities = 0.0  # mean of 1 / V
    for frame in frames:
        box = np.ascontiguousarray(cells[frame % len(cells)])
        places = np.ascontiguousarray(fractional[frame] @ box)
        first, second, images, apart = find_points_in_spheres(
            places, places, float(edges[-1]), np.ones(3, dtype=np.int64), box
        )
        distinct = (first != second) | (np.abs(images) > 0.5).any(axis=1)
        bin_of = np.minimum((apart[distinct] / width).astype(np.intp), bins - 1)
        flat = (codes[first[distinct]] * len(names) + codes[second[distinct]]) * bins + bin_of
        counts += np.bincount(flat, minlength=counts.size).reshape(counts.shape)
        densities += 1.0 / abs(float(np.linalg.det(box)))
    counts /= len(frames)
    densities /= len(frames)
    shells = 4.0 / 3.0 * np.pi * np.diff(edges**3)
    distributions = []
    for a, b in pairs:
        around = counts[names.index(a), names.index(b)] / trajectory.species.count(a)
        ideal = shells * densities * trajectory.species.count(b)
        distributions.append(
            Rdf(
                pair=(a, b),
                r=(edges[1:] + edges[:-1]) / 2,
                g=around / ideal,
                running=around.cumsum(),
                frames=len(frames),
            )
        )
    return tuple(distributions)


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
