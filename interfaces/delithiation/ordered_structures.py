"""Unrelaxed structures of a decoration and a Li/vacancy ordering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from interfaces.delithiation.frameworks import Role, Shape
from interfaces.delithiation.supercells import Supercell
from interfaces.errors import SiteError

if TYPE_CHECKING:
    from pymatgen.core import Structure

#: angstrom, standard deviation of the displacements of a start: off every saddle point
RATTLE = 0.02


def structure(
    cell: Supercell,
    shape: Shape,
    species: Sequence[str],
    lithium: Sequence[int],
) -> Structure:
    """Build an unrelaxed cell: occupied Li sites, then the metals, then the fixed ions.

    Parameters
    ----------
    cell, shape
        Supercell and its shape at this Li content.
    species
        Metal on each metal site.
    lithium
        Indices of the occupied Li sites among the Li sites, each once.

    Returns
    -------
    Structure
        The unrelaxed structure.

    Raises
    ------
    SiteError
        If the species are not as many as metal sites, or a Li site does not exist or is named
        twice.
    """
    from pymatgen.core import Structure

    mobile, metal = cell.where(Role.MOBILE), cell.where(Role.METAL)
    if len(species) != len(metal):
        raise SiteError(f"{len(species)} metals for {len(metal)} M sites")
    if len(set(lithium)) != len(lithium) or not set(lithium) <= set(range(len(mobile))):
        raise SiteError(
            f"Li sites {tuple(lithium)} are not different sites out of 0 to {len(mobile) - 1}"
        )
    elements = np.array(cell.elements, dtype=object)
    elements[metal] = list(species)
    empty = np.delete(mobile, sorted(lithium))
    kept = np.delete(np.arange(len(elements)), empty)
    return Structure(cell.lattice(shape), elements[kept].tolist(), cell.sites(shape)[kept])


def rattled(start: Structure, seed: Sequence[int], amplitude: float = RATTLE) -> Structure:
    """Displace every atom by normal random numbers of ``amplitude`` [angstrom].

    Parameters
    ----------
    start : structure.
    seed : seed of the random numbers.
    amplitude : standard deviation of each Cartesian displacement [angstrom].

    Returns
    -------
    Structure
        The displaced structure.
    """
    from pymatgen.core import Structure

    off = np.random.default_rng(list(seed)).normal(scale=amplitude, size=(len(start), 3))
    places = start.cart_coords + off
    return Structure(start.lattice, start.species, places, coords_are_cartesian=True)
