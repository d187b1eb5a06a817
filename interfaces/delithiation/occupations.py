"""Site occupations: random metal decorations, and Li/vacancy orderings ranked by Ewald energy."""

from __future__ import annotations

import hashlib
import itertools
import math
from dataclasses import dataclass

import numpy as np

from interfaces.delithiation.frameworks import LITHIUM_CHARGE, Role, Shape
from interfaces.delithiation.hosts import Host
from interfaces.delithiation.supercells import Supercell, permutations
from interfaces.errors import NotCommensurateError, SiteError, TooFewDecorationsError

MAX_ENUMERATED = 200_000  #: all orderings are looked at up to this many, a sample beyond it
SAMPLE = 20_000  #: size of that sample
ENERGY_ROUNDING = 6  #: decimals of an Ewald energy [eV] below which two orderings count as equal


def whole(share: float, n: int, of: str) -> int:
    """Count the atoms that are ``share`` of ``n`` sites; ``of`` names them in the error.

    Parameters
    ----------
    share : share of the sites.
    n : number of sites.
    of : element, for the error message.

    Returns
    -------
    int
        Number of atoms.

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
    """One way to put the metals on the metal sites: ``species`` by site, drawn with ``seed``."""

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


def decorations(owner: Host, cell: Supercell, number: int, seed: int) -> tuple[Decoration, ...]:
    """Draw symmetry-distinct decorations of the metal sites with exactly the host's composition.

    Parameters
    ----------
    owner
        The host; its shares must give whole numbers of atoms in the supercell.
    cell
        The supercell.
    number
        How many to return; a host of one metal has one.
    seed
        Seed of the random generator; the same seed gives the same decorations, and a smaller
        ``number`` gives the first ones of a larger.

    Returns
    -------
    tuple[Decoration, ...]
        Distinct decorations, in the order of drawing.

    Raises
    ------
    NotCommensurateError
        If a metal's share is not a whole number of atoms.
    SiteError
        If the supercell is of another framework than the host.
    TooFewDecorationsError
        If there are fewer distinct ones, as far as 1000 draws for each show.

    Examples
    --------
    >>> from interfaces.delithiation import host, supercell
    >>> ncm = host("NCM811")
    >>> chosen = decorations(ncm, supercell(ncm.framework, 10), 2, seed=1)
    >>> sorted(chosen[0].species).count("Ni"), chosen[0].layout != chosen[1].layout
    (8, True)
    """
    _same_framework(owner, cell)
    n = len(cell.where(Role.METAL))
    if owner.layout:
        return _fixed(owner, cell, number, seed)
    species = [metal for metal, share in owner.metals for _ in range(whole(share, n, metal))]
    if len(species) != n:
        raise NotCommensurateError(f"{owner.name} puts {len(species)} metals on {n} sites")
    codes = {metal: code for code, (metal, _) in enumerate(owner.metals)}
    moves = permutations(cell).metal
    # The size of the cell is part of the seed: cells of different size get independent layouts.
    random = np.random.default_rng([seed, cell.n_formula_units])
    chosen: list[Decoration] = []
    seen: set[bytes] = set()
    for _ in range(1000 * number):
        layout = tuple(species[i] for i in random.permutation(n))
        numbers = np.array([codes[metal] for metal in layout], dtype=np.int8)
        # The smallest image under all operations is the same for all equivalent layouts.
        canonical = min(row.tobytes() for row in numbers[moves])
        if canonical not in seen:
            seen.add(canonical)
            chosen.append(Decoration(len(chosen), layout, seed))
        if len(chosen) == number:
            return tuple(chosen)
    raise TooFewDecorationsError(
        f"{number} distinct decorations of {owner.name} requested in {cell.n_formula_units} "
        f"formula units, {len(chosen)} found; use a larger supercell or fewer orderings"
    )


def _fixed(owner: Host, cell: Supercell, number: int, seed: int) -> tuple[Decoration, ...]:
    """Return the only decoration of a host whose structure says where its metals are."""
    if number > 1:
        raise TooFewDecorationsError(
            f"the structure of {owner.name} fixes its metals, so it has one decoration and not "
            f"{number}; give other ordered structures instead"
        )
    copies = len(cell.translations)
    species = tuple(metal for metal in owner.layout for _ in range(copies))
    return (Decoration(0, species, seed),)


def ewald_matrix(cell: Supercell, shape: Shape) -> np.ndarray:
    """Electrostatic energies of unit charges on all sites, shape (sites, sites) [eV].

    The Ewald energy of any neutral decoration and ordering on these sites is ``q A q``, with its
    charges q and 0 on a vacancy: one summation serves them all. doi 10.1002/andp.19213690304

    Parameters
    ----------
    cell : supercell.
    shape : lengths and free coordinates.

    Returns
    -------
    np.ndarray
        Matrix A with energy q A q [eV].
    """
    from pymatgen.analysis.ewald import EwaldSummation
    from pymatgen.core import Structure

    sites = cell.sites(shape)
    unit = Structure(cell.lattice(shape), ["H+"] * len(sites), sites)
    return np.array(EwaldSummation(unit).total_energy_matrix)


def orderings(
    owner: Host,
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
    owner, cell, decoration
        Host, supercell and the metals on its metal sites.
    n_lithium
        Number of Li in the supercell, 0 to n.
    keep
        Return at most so many (fewer where fewer are distinct).
    seed
        Seed of the sample, used only where there are more than ``MAX_ENUMERATED`` candidates.
    matrix
        `ewald_matrix` of the supercell, in the shape in which to compare [eV].

    Returns
    -------
    tuple[Ordering, ...]
        Orderings by rising Ewald energy.

    Raises
    ------
    NotCommensurateError
        If ``n_lithium`` does not fit on the Li sites.
    SiteError
        If the decoration or the matrix belongs to another supercell, or that to another framework.
    """
    _same_framework(owner, cell)
    mobile, metal, charge = cell.where(Role.MOBILE), cell.where(Role.METAL), cell.charges
    n, sites_in_all = len(mobile), len(charge)
    if not 0 <= n_lithium <= n:
        raise NotCommensurateError(f"{n_lithium} Li on {n} Li sites")
    expected = (sites_in_all, sites_in_all)
    if len(decoration.species) != len(metal) or matrix.shape != expected:
        raise SiteError(
            f"{len(decoration.species)} metals and an Ewald matrix of shape {matrix.shape} for "
            f"{n} formula units; expected {len(metal)} and {expected}"
        )
    sites = _candidates(n, n_lithium, np.random.default_rng([seed, n_lithium, decoration.index]))
    occupied = np.zeros((len(sites), n))
    np.put_along_axis(occupied, sites, 1.0, axis=1)
    by_metal = owner.charges(n_lithium / n)
    charge[metal] = [by_metal[symbol] for symbol in decoration.species]
    # q A q splits into Li-Li, Li-host and host-host terms; the ordering changes the first two.
    field = 2 * LITHIUM_CHARGE * (matrix @ charge)[mobile]
    between = LITHIUM_CHARGE**2 * matrix[np.ix_(mobile, mobile)]
    mutual = np.einsum("ki,ij,kj->k", occupied, between, occupied, optimize=True)
    energies = np.round(mutual + occupied @ field + charge @ matrix @ charge, ENERGY_ROUNDING)

    moves = permutations(cell)
    metals = np.array(decoration.species)
    # Only operations that map the decoration onto itself relate its Li orderings.
    keeping = (metals[moves.metal] == metals).all(axis=1)
    lithium_moves = moves.mobile[keeping]
    chosen: list[Ordering] = []
    seen: set[tuple[int, ...]] = set()
    # Energies are rounded and the sort is stable: the ranking is the same on every machine.
    for row in np.argsort(energies, kind="stable"):
        canonical = min(tuple(sorted(image)) for image in lithium_moves[:, sites[row]].tolist())
        if canonical in seen:
            continue
        seen.add(canonical)
        places = tuple(int(site) for site in sites[row])
        energy = float(energies[row]) / n
        chosen.append(
            Ordering(
                decoration=decoration.index,
                index=len(chosen),
                lithium=places,
                ewald_energy=energy,
                seed=seed,
            )
        )
        if len(chosen) == keep:
            break
    return tuple(chosen)


def _same_framework(owner: Host, cell: Supercell) -> None:
    if owner.framework != cell.framework:
        raise SiteError(
            f"{owner.name} is {owner.framework.name}, the supercell {cell.framework.name}; "
            "make the supercell from the host's own framework"
        )


def _candidates(n: int, k: int, random: np.random.Generator) -> np.ndarray:
    """List sets of k of n sites: all, or a sample without repetition; shape (sets, k)."""
    if math.comb(n, k) <= MAX_ENUMERATED:
        flat = itertools.chain.from_iterable(itertools.combinations(range(n), k))
        return np.fromiter(flat, dtype=int).reshape(math.comb(n, k), k)
    # Sorting random numbers draws k distinct sites per row at once; np.unique removes repetitions.
    drawn = np.argsort(random.random((SAMPLE, n)), axis=1)[:, :k]
    return np.unique(np.sort(drawn, axis=1), axis=0)
