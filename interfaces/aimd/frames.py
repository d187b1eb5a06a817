"""``Trajectory``: species, positions, cells, times, energies and temperatures as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interfaces.errors import InputError
from interfaces.serialisable import Serialisable

Array = NDArray[np.float64]

AMBIGUOUS = 1 / 3  #: share of the cell's width from which the image of a step is a guess


def widths(cells: Array) -> Array:
    """Distance between opposite faces [angstrom], shape (..., 3), of cells (..., 3, 3).

    A vector shorter than half of each has its fractional coordinates between -1/2 and 1/2: it is
    found by rounding. In a skewed cell the widths are far less than the edges.

    Parameters
    ----------
    cells : lattice vectors as rows [angstrom].

    Returns
    -------
    Array
        Widths [angstrom], shape (..., 3).

    Examples
    --------
    >>> widths(np.array([[4.0, 0, 0], [40.0, 4, 0], [0, 0, 4]])).round(3).tolist()
    [0.398, 4.0, 4.0]
    """
    return 1.0 / np.asarray(np.linalg.norm(np.linalg.inv(cells), axis=-2))


def reduction(cell: Array) -> Array:
    """Whole numbers M, shape (3, 3), so that M @ cell is a compact basis of the lattice (LLL).

    Parameters
    ----------
    cell : lattice vectors as rows [angstrom].

    Returns
    -------
    Array
        Integer matrix M.

    Examples
    --------
    >>> skewed = np.array([[4.0, 0, 0], [40.0, 4, 0], [0, 0, 4]])
    >>> widths(reduction(skewed) @ skewed).round(3).tolist()
    [4.0, 4.0, 4.0]
    """
    from pymatgen.core.lattice import Lattice

    reduced = Lattice(cell).lll_matrix
    return np.asarray(np.rint(reduced @ np.linalg.inv(cell)), dtype=float)


def _nearest_steps(steps: Array, cells: Array) -> tuple[Array, int]:
    """Fractional steps (F - 1, N, 3) without whole cells, and how many are ambiguous.

    A step shorter than half the width of the cell is found exactly; there is no shorter image. From
    a third of the width on another image is at most twice as long: such steps are counted.
    """
    short = steps - np.rint(steps)
    boxes = cells if len(cells) == 1 else cells[1:]
    most = widths(boxes).min(axis=-1)[:, None] * AMBIGUOUS
    far = np.argwhere(np.linalg.norm(short @ boxes, axis=-1) >= most)
    # Rounding is exact only below half the width; longer steps are compared with all 27 images.
    images = np.array([(a, b, c) for a in (0, -1, 1) for b in (0, -1, 1) for c in (0, -1, 1)])
    for frame, atom in far:
        tried = short[frame, atom] + images
        lengths = np.linalg.norm(tried @ boxes[frame % len(boxes)], axis=-1)
        short[frame, atom] = tried[lengths.argmin()]
    return short, len(far)


EVEN = 1e-6  #: relative difference of time steps that still counts as even


@dataclass(frozen=True, eq=False)
class Trajectory(Serialisable):
    """Atoms in a periodic cell against time. F frames, N atoms.

    Attributes
    ----------
    species : element of each atom, N of them.
    fractional : coordinates in units of the cell's vectors, shape (F, N, 3); wrapped or not.
    cells : rows are its vectors [angstrom], shape (1, 3, 3) for a fixed cell, else (F, 3, 3).
    times : [fs], rising, shape (F,).
    sides : label of each atom (``cathode``, ``electrolyte``), N of them; empty if not known.
    energies : potential energy of the cell [eV], shape (F,), NaN for a frame without; None if no
        frame has one.
    temperatures : [K], likewise.

    Raises
    ------
    InputError
        If shapes do not agree, a number is not finite, a cell is flat, or time does not rise.

    Examples
    --------
    >>> run = Trajectory.of(["Li"], [[[0.5, 0, 0]], [[3.5, 0, 0]]], np.eye(3) * 4.0, [0.0, 2.0])
    >>> run.unwrapped()[0][:, 0, 0].tolist()  # to the left, across the boundary
    [0.5, -0.5]
    """

    species: tuple[str, ...]
    fractional: Array
    cells: Array
    times: Array
    sides: tuple[str, ...] = ()
    energies: Array | None = None
    temperatures: Array | None = None

    def __post_init__(self) -> None:
        frames, atoms = len(self.times), len(self.species)
        if not frames or not atoms:
            raise InputError(f"a trajectory of {frames} frames and {atoms} atoms says nothing")
        wanted: list[tuple[str, Array | None, tuple[tuple[int, ...], ...]]] = [
            ("fractional", self.fractional, ((frames, atoms, 3),)),
            ("cells", self.cells, ((1, 3, 3), (frames, 3, 3))),
            ("energies", self.energies, ((frames,),)),
            ("temperatures", self.temperatures, ((frames,),)),
        ]
        for name, array, shapes in wanted:
            if array is not None and array.shape not in shapes:
                raise InputError(
                    f"{name} of a trajectory of {frames} frames and {atoms} atoms has the shape "
                    f"{array.shape}; give {' or '.join(map(str, shapes))}"
                )
            optional = name in ("energies", "temperatures")
            wrong = None if array is None else np.isinf(array) if optional else ~np.isfinite(array)
            if wrong is not None and wrong.any():
                raise InputError(f"{name} of the trajectory holds numbers that are not finite")
        if self.sides and len(self.sides) != atoms:
            raise InputError(f"{len(self.sides)} side labels for {atoms} atoms; give one each")
        if not (np.diff(self.times) > 0).all():
            raise InputError("the times of the trajectory do not rise; give fs from first to last")
        if not (np.abs(np.linalg.det(self.cells)) > 1e-6).all():
            raise InputError("the trajectory has a cell without volume; give a periodic cell")

    @classmethod
    def of(
        cls,
        species: Sequence[str],
        positions: ArrayLike,
        cells: ArrayLike,
        times: ArrayLike,
        sides: Sequence[str] = (),
        energies: ArrayLike | None = None,
        temperatures: ArrayLike | None = None,
    ) -> Trajectory:
        """Take Cartesian positions [angstrom], shape (F, N, 3), and one cell or one per frame.

        Parameters
        ----------
        species : (N,) elements.
        positions : (F, N, 3) unwrapped or wrapped Cartesian positions [angstrom].
        cells : (3, 3) or (F, 3, 3) lattice vectors as rows [angstrom].
        times : (F,) times [fs].
        sides : (N,) side of the interface of each atom, if known.
        energies : (F,) potential energies [eV].
        temperatures : (F,) temperatures [K].

        Returns
        -------
        Trajectory
            The trajectory with fractional coordinates.
        """
        boxes = np.asarray(cells, dtype=float).reshape(-1, 3, 3)
        if not (np.abs(np.linalg.det(boxes)) > 1e-6).all():
            raise InputError("the trajectory has a cell without volume; give a periodic cell")
        return cls(
            species=tuple(species),
            fractional=np.asarray(positions, dtype=float) @ np.linalg.inv(boxes),
            cells=boxes,
            times=np.asarray(times, dtype=float),
            sides=tuple(sides),
            energies=None if energies is None else np.asarray(energies, dtype=float),
            temperatures=None if temperatures is None else np.asarray(temperatures, dtype=float),
        )

    def __len__(self) -> int:
        return len(self.times)

    @property
    def elements(self) -> tuple[str, ...]:
        """The elements present, sorted."""
        return tuple(sorted(set(self.species)))

    @property
    def duration(self) -> float:
        """From the first frame to the last [fs]."""
        return float(self.times[-1] - self.times[0])

    @property
    def time_step(self) -> float | None:
        """Between frames [fs]; None where it varies, or with one frame."""
        steps = np.diff(self.times)
        if not len(steps) or np.ptp(steps) > EVEN * steps.mean():
            return None
        return float(steps.mean())

    def atoms_of(self, element: str) -> NDArray[np.intp]:
        """Indices of the atoms of an element.

        Parameters
        ----------
        element : symbol.

        Returns
        -------
        NDArray[np.intp]
            Atom indices.
        """
        return np.flatnonzero(np.array(self.species) == element)

    def reduced(self) -> tuple[Array, Array]:
        """The same in the shortest vectors of the lattice: fractional coordinates, cells.

        A skewed cell and a compact one of the same lattice then go the same way.

        Returns
        -------
        tuple[Array, Array]
            Fractional coordinates (F, N, 3) and cells [angstrom].
        """
        change = reduction(self.cells[0])
        return self.fractional @ np.linalg.inv(change), change @ self.cells

    def unwrapped(self) -> tuple[Array, int]:
        """Paths without jumps at the boundary.

        Returns
        -------
        (paths, ambiguous)
            Cartesian positions [angstrom], shape (F, N, 3), in the cell of the frame; and how many
            steps were a third as long as the cell is wide, or longer: their direction is a guess.
        """
        fractional, cells = self.reduced()
        steps, ambiguous = _nearest_steps(np.diff(fractional, axis=0), cells[: len(self)])
        paths = np.concatenate([fractional[:1], steps]).cumsum(axis=0)
        return paths @ cells, ambiguous
