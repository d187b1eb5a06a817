r"""Lattice match of two surface cells: which supercells fit, and what strain that costs.

The search is that of Zur and McGill (doi 10.1063/1.333084): every supercell of each side, reduced,
against every one of the other of nearly the same area. Pairs are judged by their strain, not by
tolerances of lengths and angles, and only rotations join them: no side is mirrored. The misfit is
split between the sides. With F and S the supercell vectors as rows, :math:`F^{-1} S = U R`
in the polar form, the common cell stretches the first side by :math:`U^{s}` and the second by
:math:`U^{s-1}`, s the share of the first: its principal strains are :math:`\lambda_i^{s} - 1`,
those of the second :math:`\lambda_i^{s-1} - 1`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interfaces.errors import CellError, NoMatchError
from interfaces.serialisable import Serialisable
from interfaces.structures.oriented_cell import reduced
from interfaces.structures.slab import Slab

Array = NDArray[np.float64]
Whole = tuple[tuple[int, int], tuple[int, int]]
Side = Literal["first", "second", "shared"]

SHARE: dict[str, float] = {"first": 1.0, "second": 0.0, "shared": 0.5}
LARGEST_AREA = 1500.0  #: angstrom^2; searched at most
LARGEST_STRAIN = 0.15
SLACK = 1.3  #: misfits this much wider than the limit are looked at, to say what nearly fits


@dataclass(frozen=True)
class Match(Serialisable):
    """Two supercells that fit: ``first``, ``second`` whole-number matrices of in-plane vectors.

    ``first_strain``, ``second_strain`` principal strains (positive: stretched), the larger first;
    ``taken_by`` which side is strained; ``area`` [angstrom^2], ``lengths`` [angstrom] and ``angle``
    [degrees] of the common cell; ``twist`` [degrees] by which the second side is turned;
    ``atoms`` of each side.
    """

    first: Whole
    second: Whole
    first_strain: tuple[float, float]
    second_strain: tuple[float, float]
    taken_by: Side
    area: float
    lengths: tuple[float, float]
    angle: float
    twist: float
    atoms: tuple[int, int]
    axes: Array = field(repr=False, compare=False)  #: in-plane vectors (2, 2) [angstrom]

    @property
    def strain(self) -> float:
        """Largest principal strain of either side, without its sign."""
        return max(abs(value) for value in (*self.first_strain, *self.second_strain))

    @property
    def width(self) -> float:
        """Shortest distance between images of the cell in the plane [angstrom]."""
        return self.area / max(self.lengths)

    @property
    def total_atoms(self) -> int:
        """Atoms of both sides."""
        return sum(self.atoms)


def matches(
    first: Slab,
    second: Slab,
    *,
    max_strain: float = 0.05,
    max_atoms: int = 300,
    max_area: float | None = None,
    min_width: float = 0.0,
    taken_by: Side = "shared",
) -> tuple[Match, ...]:
    """All matches within the limits, by strain and then by atoms.

    Matches that a symmetry of a lattice makes equal are one row; each pair of sublattices
    is given in its least-strained orientation.

    Parameters
    ----------
    first, second : slabs.
    max_strain : largest principal strain of either side, 0 to 0.15.
    max_atoms, max_area : of the cell; area in angstrom^2, else what the atoms allow.
    min_width : least distance between the cell's images in the plane [angstrom].
    taken_by : the side that is strained, or ``shared`` for half of the misfit each.

    Returns
    -------
    tuple[Match, ...]
        Matches, least strained first.

    Raises
    ------
    CellError
        If a limit is out of range.
    NoMatchError
        If nothing fits; the message names the nearest match.
    """
    if not 0 < max_strain <= LARGEST_STRAIN:
        raise CellError(
            f"a largest strain of {max_strain:g} is out of range; give one above 0, up to "
            f"{LARGEST_STRAIN:g}"
        )
    if taken_by not in SHARE:
        raise CellError(f"strain on {taken_by!r} means nothing; known: {', '.join(SHARE)}")
    density = len(first.species) / first.area + len(second.species) / second.area
    area = min(max_atoms / density * (1 + max_strain), LARGEST_AREA)
    if max_area is not None:
        area = min(area, max_area)
    candidates = list(_rows(first, second, max_strain, area, taken_by))
    kept = [
        match
        for match in candidates
        if match.strain <= max_strain
        and match.total_atoms <= max_atoms
        and match.width >= min_width
        and (max_area is None or match.area <= max_area)
    ]
    if not kept:
        limits = f"{max_atoms} atoms and a strain of {max_strain:g}"
        limits += f" and {max_area:g} A^2" if max_area is not None else ""
        limits += f", {min_width:g} A wide" if min_width else ""
        raise NoMatchError(
            f"{first.name} and {second.name} have no match within {limits}; "
            + _nearest([match for match in candidates if match.width >= min_width], max_atoms)
        )
    return tuple(sorted(kept, key=_order))


def _order(match: Match) -> tuple[object, ...]:
    # Rounded strain first: ties by round-off must not decide before the number of atoms does.
    return (
        round(match.strain, 6),
        match.total_atoms,
        round(abs(match.twist), 3),
        match.first,
        match.second,
    )


def _nearest(candidates: list[Match], max_atoms: int) -> str:
    if not candidates:
        return "take more atoms, thinner slabs or more strain"
    match = min(candidates, key=lambda match: (match.total_atoms > max_atoms, match.strain))
    return (
        f"the nearest has {match.total_atoms} atoms, {match.area:.0f} A^2 and a strain of "
        f"{match.strain:.3f}"
    )


def _rows(
    first: Slab, second: Slab, max_strain: float, area: float, taken_by: Side
) -> Iterator[Match]:
    share = SHARE[taken_by]
    misfit = SLACK * math.log1p(max_strain) / max(share, 1 - share)
    first_cells, second_cells = (_supercells(slab, area * (1 + misfit)) for slab in (first, second))
    for (i, cells), (j, others) in itertools.product(first_cells.items(), second_cells.items()):
        # The area misfit is the sum of both logarithmic strains, so it bounds them from below.
        if abs(math.log(i * first.area / (j * second.area))) > 2 * misfit:
            continue
        changed = np.einsum("kab,qbc->kqac", BASES, others)  # each cell in each of its bases
        vectors = cells @ first.axes
        inverse = np.linalg.inv(vectors)
        gradients = np.einsum("pab,kqbc->pqkac", inverse, changed @ second.axes)
        logs, twists = _stretches(gradients)
        shapes = np.round(vectors @ vectors.swapaxes(1, 2), 3)
        for p, q, k in _distinct(logs, twists, shapes, misfit):
            yield _match(cells[p], changed[k, q], gradients[p, q, k], first, second, taken_by)


def _stretches(gradients: Array) -> tuple[Array, Array]:
    """Logarithms of both principal stretches, and turn [degrees], of deformations (..., 2, 2)."""
    square = (gradients**2).sum(axis=(-2, -1))
    product = np.linalg.det(gradients)
    # Singular values of a 2 x 2 matrix in closed form: an SVD per pair would dominate the time.
    root = np.sqrt(np.maximum(square**2 - 4 * product**2, 0.0))  # round-off below 0 when isotropic
    logs: Array = np.log(np.stack([square + root, square - root], axis=-1) / 2) / 2
    across = gradients[..., 0, 1] - gradients[..., 1, 0]
    twists: Array = np.degrees(np.arctan2(across, np.trace(gradients, axis1=-2, axis2=-1)))
    return logs, np.round(twists, 4) + 0.0  # + 0.0 turns -0.0 into 0.0, for equal output everywhere


def _distinct(
    logs: Array, twists: Array, shapes: Array, misfit: float
) -> list[tuple[int, int, int]]:
    """Of each pair of supercells its least-strained, least-turned basis; of like pairs one."""
    # Rounded, so that symmetry-equivalent matches compare equal whatever their round-off.
    sizes = np.round(np.abs(logs).max(axis=-1), 7)
    least = sizes.min(axis=2)
    chosen: dict[tuple[float, ...], tuple[int, int, int]] = {}
    for p, q in np.argwhere(least <= misfit):
        # Bases of one lattice with equal strain differ by a symmetry: the least turned is named.
        among = np.flatnonzero(sizes[p, q] == least[p, q])
        k = min(among, key=lambda k: (abs(twists[p, q, k]), -twists[p, q, k]))
        strain, turn = np.round(logs[p, q, k], 5), round(abs(float(twists[p, q, k])), 1)
        alike = (*strain.tolist(), turn, *shapes[p].ravel().tolist())
        chosen.setdefault(alike, (int(p), int(q), int(k)))
    return list(chosen.values())


def _supercells(slab: Slab, area: float) -> dict[int, NDArray[np.int64]]:
    """Every supercell up to an area, by its number of surface cells: reduced, right-handed."""
    supercells = {}
    for count in range(1, math.floor(area / slab.area) + 1):
        shapes = [
            np.array([[i, j], [0, count // i]])
            for i in range(1, count + 1)
            if count % i == 0
            for j in range(count // i)
        ]
        cells = [reduced(shape, slab.axes) for shape in shapes]
        supercells[count] = np.array(
            [cell if np.linalg.det(cell @ slab.axes) > 0 else [cell[0], -cell[1]] for cell in cells]
        )
    return supercells


def _whole(matrix: NDArray[np.int64]) -> Whole:
    (a, b), (c, d) = matrix.tolist()
    return (a, b), (c, d)


def _match(
    first_cell: NDArray[np.int64],
    second_cell: NDArray[np.int64],
    gradient: Array,
    first: Slab,
    second: Slab,
    taken_by: Side,
) -> Match:
    share = SHARE[taken_by]
    stretch, turn = polar(gradient)
    values, vectors = np.linalg.eigh(stretch)
    axes = first_cell @ first.axes @ vectors @ np.diag(values**share) @ vectors.T
    lengths = np.linalg.norm(axes, axis=1)
    counts = [abs(round(float(np.linalg.det(cell)))) for cell in (first_cell, second_cell)]
    return Match(
        first=_whole(first_cell),
        second=_whole(second_cell),
        first_strain=_strains(values**share),
        second_strain=_strains(values ** (share - 1.0)),
        taken_by=taken_by,
        area=abs(float(np.linalg.det(axes))),
        lengths=(float(lengths[0]), float(lengths[1])),
        angle=math.degrees(math.acos(float(axes[0] @ axes[1]) / float(lengths[0] * lengths[1]))),
        twist=round(math.degrees(math.atan2(turn[0, 1], turn[0, 0])), 4) + 0.0,
        atoms=(len(first.species) * counts[0], len(second.species) * counts[1]),
        axes=axes,
    )


#: right-handed changes of basis between reduced cells: entries -1, 0, 1 and determinant 1
BASES = np.array(
    [
        np.array(entries).reshape(2, 2)
        for entries in itertools.product((-1, 0, 1), repeat=4)
        if entries[0] * entries[3] - entries[1] * entries[2] == 1
    ]
)


def _strains(stretches: Array) -> tuple[float, float]:
    larger, smaller = sorted(
        (float(value) - 1.0 for value in stretches), key=lambda x: (-abs(x), x)
    )
    return larger + 0.0, smaller + 0.0


def polar(matrix: Array) -> tuple[Array, Array]:
    """Symmetric stretch and rotation with ``matrix = stretch @ rotation``.

    Parameters
    ----------
    matrix : (2, 2) deformation.

    Returns
    -------
    tuple[Array, Array]
        Stretch and rotation, (2, 2) each.

    Examples
    --------
    >>> stretch, turn = polar(np.array([[0.0, 2.0], [-1.0, 0.0]]))
    >>> stretch.round(9).tolist(), turn.round(9).tolist()
    ([[2.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [-1.0, 0.0]])
    """
    left, values, right = np.linalg.svd(matrix)
    stretch: Array = left @ np.diag(values) @ left.T
    turn: Array = left @ right
    return stretch, turn
