"""Which atom sits on which site: metals drawn at random, Li/vacancy orderings ranked by Ewald."""

from __future__ import annotations

import hashlib
import itertools
import math
from dataclasses import dataclass

import numpy as np

from interfaces.delithiation.cells import Supercell
from interfaces.delithiation.hosts import OXYGEN_CHARGE, LayeredGeometry, LayeredHost
from interfaces.errors import NotCommensurateError, SiteError, TooFewDecorationsError

MAX_ENUMERATED = 200_000  #: all orderings are looked at up to this many, a sample beyond it
SAMPLE = 20_000  #: size of that sample
ENERGY_ROUNDING = 6  #: decimals of an Ewald energy [eV] below which two orderings count as equal


def whole(share: float, n: int, of: str) -> int:
    """Count the atoms that are ``share`` of ``n`` sites; ``of`` names them in the error.

    Raises
    ------
    NotCommensurateError
        If it is not a whole number between 0 and ``n``.

    Examples
    --------
    >>> whole(0.3, 10, "Li")
    3
    """
    count = round(share * n)
    if abs(share * n - count) > 1e-6 or not 0 <= count <= n:
        raise NotCommensurateError(
            f"{share:g} of {n} {of} sites is {share * n:g} atoms; "
            "choose another number of formula units or another fraction"
        )
    return count


@dataclass(frozen=True)
class Decoration:
    """One way to put the metals on the M sites: ``species`` by site, drawn with ``seed``."""

    index: int
    species: tuple[str, ...]
    seed: int

    @property
    def layout(self) -> str:
        """First twelve hexadecimal digits of the SHA-256 of the species in site order."""
        return hashlib.sha256("-".join(self.species).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Ordering:
    """One Li/vacancy ordering on one decoration.

    ``lithium`` the occupied Li sites, ``ewald_energy`` [eV per formula unit] of the formal charges
    in the unrelaxed host, ``index`` its rank by that energy among the distinct orderings of the
    decoration (0 the lowest), ``seed`` the seed that was given.
    """

    decoration: int
    index: int
    lithium: tuple[int, ...]
    ewald_energy: float
    seed: int


def decorations(
    layered: LayeredHost, cell: Supercell, number: int, seed: int
) -> tuple[Decoration, ...]:
    """Draw symmetry-distinct decorations of the M sites with exactly the host's composition.

    Parameters
    ----------
    layered
        The host; its shares must give whole numbers of atoms in the supercell.
    cell
        The supercell.
    number
        How many to return; a host of one metal has one.
    seed
        Seed of the random generator; the same seed gives the same decorations, and a smaller
        ``number`` gives the first ones of a larger.

    Raises
    ------
    NotCommensurateError
        If a metal's share is not a whole number of atoms.
    TooFewDecorationsError
        If there are fewer distinct ones, as far as 1000 draws for each show.

    Examples
    --------
    >>> from interfaces.delithiation import host, supercell
    >>> chosen = decorations(host("NCM811"), supercell(10), 2, seed=1)
    >>> sorted(chosen[0].species).count("Ni"), chosen[0].layout != chosen[1].layout
    (8, True)
    """
    n = cell.n_formula_units
    species = [metal for metal, share in layered.metals for _ in range(whole(share, n, metal))]
    if len(species) != n:
        raise NotCommensurateError(f"{layered.name} puts {len(species)} metals on {n} sites")
    codes = {metal: code for code, (metal, _) in enumerate(layered.metals)}
    permutations = cell.permutations()[:, 1]
    random = np.random.default_rng([seed, n])
    chosen: list[Decoration] = []
    seen: set[bytes] = set()
    for _ in range(1000 * number):
        layout = tuple(species[i] for i in random.permutation(n))
        numbers = np.array([codes[metal] for metal in layout], dtype=np.int8)
        canonical = min(row.tobytes() for row in numbers[permutations])
        if canonical not in seen:
            seen.add(canonical)
            chosen.append(Decoration(len(chosen), layout, seed))
        if len(chosen) == number:
            return tuple(chosen)
    raise TooFewDecorationsError(
        f"{number} distinct decorations of {layered.name} asked for in {n} formula units, "
        f"{len(chosen)} found; use a larger supercell or ask for fewer"
    )


def ewald_matrix(cell: Supercell, geometry: LayeredGeometry) -> np.ndarray:
    """Electrostatic energies of unit charges on all sites of the host, shape (4n, 4n) [eV].

    The Ewald energy of any neutral decoration and ordering on these sites is ``q A q``, with its
    charges q and 0 on a vacancy: one summation serves them all. doi 10.1002/andp.19213690304
    """
    from pymatgen.analysis.ewald import EwaldSummation
    from pymatgen.core import Structure

    sites = cell.sites(geometry.z)
    unit = Structure(cell.lattice(geometry), ["H+"] * len(sites), sites)
    return np.array(EwaldSummation(unit).total_energy_matrix)


def orderings(
    layered: LayeredHost,
    cell: Supercell,
    decoration: Decoration,
    n_lithium: int,
    keep: int,
    seed: int,
    matrix: np.ndarray,
) -> tuple[Ordering, ...]:
    """Rank the distinct ways to put Li on the Li sites by Ewald energy, lowest first.

    Parameters
    ----------
    layered, cell, decoration
        Host, supercell and the metals on its M sites.
    n_lithium
        Number of Li in the supercell, 0 to n.
    keep
        Return at most so many (fewer where fewer are distinct).
    seed
        Seed of the sample, used only where there are more than ``MAX_ENUMERATED`` candidates.
    matrix
        `ewald_matrix` of the supercell, in the geometry in which to compare [eV].

    Raises
    ------
    NotCommensurateError
        If ``n_lithium`` does not fit on the Li sites.
    SiteError
        If the decoration or the matrix belongs to another supercell.
    """
    n = cell.n_formula_units
    if not 0 <= n_lithium <= n:
        raise NotCommensurateError(f"{n_lithium} Li on {n} Li sites")
    if len(decoration.species) != n or matrix.shape != (4 * n, 4 * n):
        raise SiteError(
            f"{len(decoration.species)} metals and an Ewald matrix of shape {matrix.shape} for "
            f"{n} formula units; expected {n} and {(4 * n, 4 * n)}"
        )
    sites = _candidates(n, n_lithium, np.random.default_rng([seed, n_lithium, decoration.index]))
    occupied = np.zeros((len(sites), n))
    np.put_along_axis(occupied, sites, 1.0, axis=1)
    charges = layered.charges(n_lithium / n)
    frame = np.array(
        [0.0] * n + [charges[metal] for metal in decoration.species] + [OXYGEN_CHARGE] * (2 * n)
    )
    field = 2 * (matrix @ frame)[:n]
    mutual = np.einsum("ki,ij,kj->k", occupied, matrix[:n, :n], occupied, optimize=True)
    energies = np.round(mutual + occupied @ field + frame @ matrix @ frame, ENERGY_ROUNDING)

    permutations = cell.permutations()
    metals = np.array(decoration.species)
    keeping = (metals[permutations[:, 1]] == metals).all(axis=1)
    lithium_moves = permutations[keeping, 0]
    chosen: list[Ordering] = []
    seen: set[tuple[int, ...]] = set()
    for row in np.argsort(energies, kind="stable"):
        canonical = min(tuple(sorted(image)) for image in lithium_moves[:, sites[row]].tolist())
        if canonical in seen:
            continue
        seen.add(canonical)
        places = tuple(int(site) for site in sites[row])
        energy = float(energies[row]) / n
        chosen.append(Ordering(decoration.index, len(chosen), places, energy, seed))
        if len(chosen) == keep:
            break
    return tuple(chosen)


def _candidates(n: int, k: int, random: np.random.Generator) -> np.ndarray:
    """List sets of k of n sites: all, or a sample without repetition; shape (sets, k)."""
    if math.comb(n, k) <= MAX_ENUMERATED:
        flat = itertools.chain.from_iterable(itertools.combinations(range(n), k))
        return np.fromiter(flat, dtype=int).reshape(math.comb(n, k), k)
    drawn = np.argsort(random.random((SAMPLE, n)), axis=1)[:, :k]
    return np.unique(np.sort(drawn, axis=1), axis=0)
