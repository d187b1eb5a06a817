"""Symmetry operations of a supercell as site permutations, for exact symmetry-distinctness."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from interfaces.delithiation.frameworks import Role
from interfaces.delithiation.supercells import Supercell

TOLERANCE = 1e-3  #: in units of the reference lengths; sites of the ideal cell are exact


@dataclass(frozen=True)
class Permutations:
    """Where each mobile site and each metal site goes; one row of both per operation.

    ``mobile`` has shape (operations, mobile sites), ``metal`` (operations, metal sites).
    """

    mobile: np.ndarray
    metal: np.ndarray


@lru_cache(maxsize=16)
def permutations(cell: Supercell) -> Permutations:
    """Permute mobile and metal sites by every operation of the ideal supercell, each pair once.

    spglib finds the operations, translations included, of the framework in its reference shape
    with every site full and all metals alike.

    Parameters
    ----------
    cell : supercell.

    Returns
    -------
    Permutations
        Site permutations of all operations.
    """
    import spglib

    kinds = {key: number for number, key in enumerate(dict.fromkeys(_kinds(cell)))}
    places = cell.sites(cell.framework.reference)
    numbers = [kinds[key] for key in _kinds(cell)]
    lattice = cell.lattice(cell.framework.reference)
    operations = spglib.get_symmetry((lattice, places, numbers), symprec=TOLERANCE)
    mobile, metal = (
        _images(
            places[cell.where(role)], lattice, operations["rotations"], operations["translations"]
        )
        for role in (Role.MOBILE, Role.METAL)
    )
    rows = np.unique(np.hstack([mobile, metal]), axis=0)
    return Permutations(rows[:, : mobile.shape[1]], rows[:, mobile.shape[1] :])


def _kinds(cell: Supercell) -> list[tuple[str, str]]:
    copies = len(cell.translations)
    return [
        (orbit.role.value, orbit.element)
        for orbit in cell.framework.by_position()
        for _ in range(copies)
    ]


def _images(
    places: np.ndarray, lattice: np.ndarray, rotations: np.ndarray, translations: np.ndarray
) -> np.ndarray:
    """Index of the site on which each site lands; shape (operations, sites)."""
    rows = []
    for rotation, translation in zip(rotations, translations, strict=True):
        off = (places @ rotation.T + translation)[:, None] - places[None]
        distances = np.linalg.norm((off - np.round(off)) @ lattice, axis=2)
        rows.append(distances.argmin(axis=1))
    return np.array(rows)
