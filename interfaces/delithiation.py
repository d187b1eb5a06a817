"""States of charge of a layered cathode: which Li/vacancy orderings to compute, and what they say.

The host LiMO2 is the O3 structure (R-3m) made from lattice parameters, not from a database. In its
rhombohedral basis Li is at (0, 0, 0), M at (1/2, 1/2, 1/2) and O at +-(z, z, z): Wyckoff 3a, 3b and
6c of the hexagonal cell. A supercell of exactly n formula units keeps n Li, n M and 2n O sites in
this order. Its symmetry is the set of lattice translations and those of the twelve operations of
-3m that map the supercell onto itself, so that "distinct" is decided by permutations, exactly.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from interfaces.errors import DelithiationError

if TYPE_CHECKING:
    from pymatgen.core import Structure

FORMAL_CHARGE = {"Co": 3.0, "Mn": 4.0}  #: in LiMO2; Ni takes what makes the average 3
OXYGEN_CHARGE = -2.0
DELITHIATED_CHARGE = 4.0  #: of every metal in MO2
MAX_ENUMERATED = 200_000  #: all orderings are looked at up to this many, a sample beyond it
SAMPLE = 20_000  #: size of that sample
ENERGY_ROUNDING = 6  #: decimals of an Ewald energy [eV] below which two orderings count as equal
REFERENCE_Z = 0.24  #: oxygen height from which a relaxed one is measured

#: Rows: the rhombohedral vectors in the hexagonal basis (obverse setting). Each climbs one layer.
RHOMBOHEDRAL = np.array([[2, 1, 1], [-1, 1, 1], [-1, -2, 1]]) / 3


class UnknownHostError(DelithiationError):
    """A host was asked for by a name that has no entry."""


class NotCommensurateError(DelithiationError):
    """A fraction does not give a whole number of atoms in the supercell."""


class TooFewDecorationsError(DelithiationError):
    """The supercell does not allow that many symmetry-distinct decorations."""


class SiteError(DelithiationError):
    """Species, occupied sites or a structure do not belong to the supercell."""


@dataclass(frozen=True)
class LayeredGeometry:
    """Shape of the O3 host: ``a``, ``c`` of the hexagonal cell [angstrom], oxygen height ``z``.

    ``z`` is the fractional height of O over the Li layer, with Li in 3a and M in 3b.
    """

    a: float
    c: float
    z: float


@dataclass(frozen=True)
class LayeredHost:
    """A layered oxide LiMO2: its metals as (symbol, share) and the geometry to start from.

    ``source`` says where the geometry comes from. It is a start only: cells are relaxed.
    """

    name: str
    metals: tuple[tuple[str, float], ...]
    geometry: LayeredGeometry
    source: str

    def charges(self, fraction: float) -> dict[str, float]:
        """Formal charge of each metal in LixMO2 at ``fraction`` x in [0, 1].

        ``q(x) = x q(1) + 4 (1 - x)``: at x = 1 Co is 3+, Mn 4+ and Ni balances the average to 3+,
        and what is lost with Li is taken from all metals in proportion to what they can give.

        Examples
        --------
        >>> host("NCM811").charges(1.0)
        {'Ni': 2.875, 'Co': 3.0, 'Mn': 4.0}
        >>> host("LiNiO2").charges(0.5)
        {'Ni': 3.5}
        """
        full = {metal: FORMAL_CHARGE.get(metal, math.nan) for metal, _ in self.metals}
        if "Ni" in full:
            shares = dict(self.metals)
            others = sum(share * full[metal] for metal, share in self.metals if metal != "Ni")
            full["Ni"] = (3.0 - others) / shares["Ni"]
        return {
            metal: round(fraction * charge + (1 - fraction) * DELITHIATED_CHARGE, 12)
            for metal, charge in full.items()
        }


_HOSTS = (
    LayeredHost(
        "NCM811",
        (("Ni", 0.8), ("Co", 0.1), ("Mn", 0.1)),
        LayeredGeometry(2.87, 14.20, 0.241),
        "rounded from doi 10.1016/j.jpowsour.2013.01.063; z from a metal-oxygen distance of 1.96 A",
    ),
    LayeredHost(
        "LiCoO2",
        (("Co", 1.0),),
        LayeredGeometry(2.816, 14.05, 0.2396),
        "rounded from doi 10.1006/jssc.1998.7966; z from a metal-oxygen distance of 1.92 A",
    ),
    LayeredHost(
        "LiNiO2",
        (("Ni", 1.0),),
        LayeredGeometry(2.88, 14.19, 0.241),
        "rounded from doi 10.1149/1.1836614; z from a metal-oxygen distance of 1.97 A",
    ),
)


def host(name: str) -> LayeredHost:
    """Return the layered host called ``name``: NCM811, LiCoO2 or LiNiO2.

    Raises
    ------
    UnknownHostError
        For any other name.
    """
    for one in _HOSTS:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in _HOSTS)
    raise UnknownHostError(f"no layered host called {name!r}; known: {known}")


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


# --- supercell -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Supercell:
    """A supercell of the O3 host: rows of ``matrix`` are its vectors in the rhombohedral basis."""

    n_formula_units: int
    matrix: tuple[tuple[int, int, int], ...]

    @property
    def translations(self) -> np.ndarray:
        """Lattice points inside the supercell, in the rhombohedral basis; shape (n, 3)."""
        matrix = np.array(self.matrix)
        inverse = np.linalg.inv(matrix)
        corners = np.array(list(itertools.product((0, 1), repeat=3))) @ matrix
        low, high = corners.min(axis=0), corners.max(axis=0)
        axes = [np.arange(low[i], high[i] + 1) for i in range(3)]
        points = np.array(list(itertools.product(*axes)))
        inside = points @ inverse
        kept: np.ndarray = points[((inside > -1e-9) & (inside < 1 - 1e-9)).all(axis=1)]
        return kept

    @property
    def layers(self) -> int:
        """Number of different M layers in the supercell."""
        return math.gcd(*(int(step) for step in np.array(self.matrix).sum(axis=1)))

    def sites(self, z: float) -> np.ndarray:
        """Fractional coordinates of n Li, n M and 2n O sites; shape (4n, 3)."""
        diagonal = np.ones(3)
        # Along the rhombohedral diagonal the hexagonal height z is the same number.
        offsets = (0 * diagonal, diagonal / 2, z * diagonal, -z * diagonal)
        points = np.concatenate([self.translations + offset for offset in offsets])
        inverse: np.ndarray = np.linalg.inv(np.array(self.matrix))
        fractional: np.ndarray = points @ inverse
        return fractional

    def lattice(self, geometry: LayeredGeometry) -> np.ndarray:
        """Vectors of the supercell [angstrom]; shape (3, 3)."""
        hexagonal = np.array(
            [
                [geometry.a, 0, 0],
                [-geometry.a / 2, geometry.a * math.sqrt(3) / 2, 0],
                [0, 0, geometry.c],
            ]
        )
        vectors: np.ndarray = np.array(self.matrix) @ RHOMBOHEDRAL @ hexagonal
        return vectors

    def permutations(self) -> np.ndarray:
        """Symmetry as permutations of the n Li sites; the M sites permute alike in their own way.

        Returns
        -------
        numpy.ndarray
            Shape (operations, 2, n): where each Li site, and each M site, goes.
        """
        return _permutations(self)


@lru_cache(maxsize=16)
def _permutations(cell: Supercell) -> np.ndarray:
    matrix = np.array(cell.matrix)
    inverse = np.linalg.inv(matrix)
    points = cell.translations
    found: set[tuple[int, ...]] = set()
    for axes, sign in itertools.product(itertools.permutations(range(3)), (1, -1)):
        operation = sign * np.eye(3, dtype=int)[list(axes)]
        image = matrix @ operation @ inverse
        if np.abs(image - np.round(image)).max() > 1e-6:
            continue  # it turns the supercell into another one
        # Inversion takes M at k + 1/2 to -k - 1/2, that is to lattice point -k - 1.
        moved = np.stack([points @ operation, points @ operation + min(sign, 0)])
        for shift in points:
            found.add(tuple(_index(moved + shift, points, matrix).ravel().tolist()))
    return np.array(sorted(found)).reshape(-1, 2, len(points))


def _index(vectors: np.ndarray, points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Index into ``points`` of each lattice vector, modulo the supercell; shape (2, n)."""
    inverse = np.linalg.inv(matrix)

    def key(integer: np.ndarray) -> np.ndarray:
        volume = round(abs(np.linalg.det(matrix)))
        residue = np.round(integer @ inverse * volume).astype(int) % volume
        weights: np.ndarray = residue @ np.array([volume**2, volume, 1])
        return weights

    table = {int(value): index for index, value in enumerate(key(points))}
    return np.array([[table[int(value)] for value in row] for row in key(vectors)])


@lru_cache(maxsize=16)
def supercell(n_formula_units: int, ratio: float = 4.95) -> Supercell:
    """Choose the supercell of exactly n formula units that keeps periodic images furthest apart.

    Every sublattice of index n (one per Hermite normal form) is reduced and the one with the
    largest shortest vector is taken; ties go to the shortest sum of vectors, then to the first.

    Parameters
    ----------
    n_formula_units
        Number of LiMO2 in the supercell, at least 1.
    ratio
        c/a of the host for which "far" is measured; one number, so that only n matters.

    Examples
    --------
    >>> cell = supercell(10)
    >>> round(float(np.linalg.det(np.array(cell.matrix))))
    10
    """
    from pymatgen.core import Lattice

    if n_formula_units < 1:
        raise NotCommensurateError(f"a supercell of {n_formula_units} formula units; at least 1")
    primitive = RHOMBOHEDRAL @ np.array([[1, 0, 0], [-0.5, math.sqrt(3) / 2, 0], [0, 0, ratio]])
    best: tuple[tuple[float, float], np.ndarray] | None = None
    for form in _hermite_forms(n_formula_units):
        reduced = Lattice(form @ primitive).get_lll_reduced_lattice().matrix
        near = np.array([c for c in itertools.product((-1, 0, 1), repeat=3) if any(c)]) @ reduced
        shortest = float(np.linalg.norm(near, axis=1).min())
        rank = (-round(shortest, 6), round(float(np.linalg.norm(reduced, axis=1).sum()), 6))
        if best is None or rank < best[0]:
            best = (rank, np.round(reduced @ np.linalg.inv(primitive)).astype(int))
    assert best is not None
    matrix = best[1] if np.linalg.det(best[1]) > 0 else -best[1]
    return Supercell(n_formula_units, tuple((int(r[0]), int(r[1]), int(r[2])) for r in matrix))


def _hermite_forms(n: int) -> Iterator[np.ndarray]:
    for a in (d for d in range(1, n + 1) if n % d == 0):
        for c in (d for d in range(1, n // a + 1) if (n // a) % d == 0):
            f = n // a // c
            for b, d, e in itertools.product(range(c), range(f), range(f)):
                yield np.array([[a, b, d], [0, c, e], [0, 0, f]])


# --- decorations and orderings ---------------------------------------------------------------


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


def structure(
    cell: Supercell,
    geometry: LayeredGeometry,
    species: Sequence[str],
    lithium: Sequence[int],
) -> Structure:
    """Build the unrelaxed LixMO2: occupied Li sites, then the n M sites, then 2n O.

    Parameters
    ----------
    cell, geometry
        Supercell and the shape of the host at this state of charge.
    species
        Metal on each M site, n of them.
    lithium
        Indices of the occupied Li sites, 0 to n - 1, each once.

    Raises
    ------
    SiteError
        If the species are not n, or a Li site does not exist or is named twice.
    """
    from pymatgen.core import Structure

    n = cell.n_formula_units
    if len(species) != n:
        raise SiteError(f"{len(species)} metals for {n} M sites")
    if len(set(lithium)) != len(lithium) or not set(lithium) <= set(range(n)):
        raise SiteError(f"Li sites {tuple(lithium)} are not different sites out of 0 to {n - 1}")
    sites = cell.sites(geometry.z)
    elements = ["Li"] * len(lithium) + list(species) + ["O"] * (2 * n)
    places = np.concatenate([sites[sorted(lithium)], sites[n:]]) if lithium else sites[n:]
    return Structure(cell.lattice(geometry), elements, places)


# --- what a relaxed cell looks like ----------------------------------------------------------


@dataclass(frozen=True)
class Layering:
    """Shape and stacking of a relaxed cell.

    ``geometry`` the average hexagonal cell, with c three times the layer spacing; ``stacking`` the
    name of the nearest ideal stacking of each pair of neighbouring slabs (O3, O1 or P3);
    ``glide`` [angstrom] the largest distance by which a slab has slid from its O3 place
    (O1 and P3 are a / sqrt(3), about 1.65 angstrom, away); ``displacement`` [angstrom] the largest
    distance of an O atom from its place in the ideal host of the relaxed cell's own shape.
    """

    geometry: LayeredGeometry
    stacking: tuple[str, ...]
    glide: float
    displacement: float


def layering(cell: Supercell, relaxed: Structure) -> Layering:
    """Measure a relaxed structure whose atoms are still in the order of `structure`.

    Raises
    ------
    SiteError
        If the structure does not end with n metals and 2n oxygen atoms.

    Examples
    --------
    >>> cell, shape = supercell(4), LayeredGeometry(2.9, 14.0, 0.24)
    >>> layering(cell, structure(cell, shape, ["Ni"] * 4, [0, 1])).stacking[0]
    'O3'
    """
    n = cell.n_formula_units
    symbols = [site.specie.symbol for site in relaxed][-3 * n :]
    if symbols[n:] != ["O"] * (2 * n) or "O" in symbols[:n] or "Li" in symbols[:n]:
        raise SiteError(f"{relaxed.composition} does not end with {n} metals and {2 * n} O atoms")
    to_primitive = np.array(cell.matrix)
    hexagonal = np.linalg.inv(RHOMBOHEDRAL) @ np.linalg.inv(to_primitive) @ relaxed.lattice.matrix
    moved = relaxed.frac_coords[-3 * n :] - cell.sites(REFERENCE_Z)[n:]
    moved = (moved - np.round(moved)) @ to_primitive @ RHOMBOHEDRAL  # in the hexagonal basis
    metal, oxygen = moved[:n], moved[n:]

    normal = np.cross(hexagonal[0], hexagonal[1])
    area = float(np.linalg.norm(normal))
    a = math.sqrt(2 * area / math.sqrt(3))
    c = float(abs(hexagonal[2] @ normal)) / area
    rise = float(oxygen[:n, 2].mean() - oxygen[n:, 2].mean()) / 2
    place_of_slab = cell.translations.sum(axis=1) % cell.layers
    means = (
        np.array([metal[place_of_slab == k].mean(axis=0) for k in range(cell.layers)]) @ hexagonal
    )
    glides = []
    for below in range(cell.layers):
        step = hexagonal[2] / 3 + means[(below + 1) % cell.layers] - means[below]
        glides.append(_in_plane(step, hexagonal))
    named = [_nearest_stacking(glide, hexagonal) for glide in glides]
    drift = oxygen.mean(axis=0)
    own = oxygen - drift - np.outer(np.repeat([1.0, -1.0], n), [0, 0, rise])
    return Layering(
        geometry=LayeredGeometry(a, c, REFERENCE_Z + rise),
        stacking=tuple(name for name, _ in named),
        glide=max(distance for _, distance in named),
        displacement=float(np.linalg.norm(own @ hexagonal, axis=1).max()),
    )


def _in_plane(vector: np.ndarray, hexagonal: np.ndarray) -> np.ndarray:
    """Coordinates of the in-plane part of ``vector`` in the hexagonal a and b."""
    plane = hexagonal[:2]
    coordinates: np.ndarray = np.linalg.solve(plane @ plane.T, plane @ vector)
    return coordinates


def _nearest_stacking(glide: np.ndarray, hexagonal: np.ndarray) -> tuple[str, float]:
    """Name of the ideal stacking nearest to a slide from O3, and the length of the slide."""
    to_next = RHOMBOHEDRAL[0, :2]  # in O3 the next slab's M sits one such step further

    def distance(ideal: np.ndarray) -> float:
        off = glide - ideal
        images = [off - np.round(off) + image for image in itertools.product((-1, 0, 1), repeat=2)]
        return float(min(np.linalg.norm(image @ hexagonal[:2]) for image in images))

    ideals = {"O3": 0 * to_next, "O1": -to_next, "P3": to_next}
    return min(ideals, key=lambda name: distance(ideals[name])), distance(ideals["O3"])


def interpolate(anchors: Mapping[float, LayeredGeometry], fraction: float) -> LayeredGeometry:
    """Shape of the host at Li ``fraction`` x, on straight lines between known states of charge.

    Examples
    --------
    >>> ends = {0.0: LayeredGeometry(2.8, 14.0, 0.23), 1.0: LayeredGeometry(2.9, 14.4, 0.25)}
    >>> interpolate(ends, 0.5)
    LayeredGeometry(a=2.85, c=14.2, z=0.24)
    """
    known = sorted(anchors)

    def along(name: str) -> float:
        values: list[Any] = [getattr(anchors[x], name) for x in known]
        return round(float(np.interp(fraction, known, values)), 9)

    return LayeredGeometry(along("a"), along("c"), along("z"))


# --- voltages --------------------------------------------------------------------------------


def average_voltage(
    fractions: tuple[float, float], energies: tuple[float, float], lithium_energy: float
) -> float:
    """Average voltage [V] against Li metal between two states of charge.

    ``V = -[E(x1) - E(x2) - (x1 - x2) E_Li] / (x1 - x2)``, doi 10.1103/PhysRevB.56.1354

    Parameters
    ----------
    fractions
        x1 and x2, Li per formula unit; they differ.
    energies
        E(x1) and E(x2) [eV per formula unit].
    lithium_energy
        E_Li, energy of Li metal [eV/atom].

    Examples
    --------
    >>> average_voltage((1.0, 0.0), (-22.0, -16.0), -2.0)
    4.0
    """
    step = fractions[0] - fractions[1]
    if step == 0:
        raise DelithiationError(f"no voltage between x = {fractions[0]:g} and itself")
    return -(energies[0] - energies[1] - step * lithium_energy) / step


def voltage_profile(
    energies: Mapping[float, float], lithium_energy: float, *, hull: bool = True
) -> tuple[tuple[float, float, float], ...]:
    """Voltage steps (x1, x2, V) on charging, from the most to the least lithiated.

    Parameters
    ----------
    energies
        Li fraction x -> energy [eV per formula unit], two fractions or more.
    lithium_energy
        Energy of Li metal [eV/atom].
    hull
        Keep only the states on the lower convex hull: the equilibrium voltage never falls on
        charging. With ``False`` each neighbouring pair gives its step, also a falling one.

    Examples
    --------
    >>> for x1, x2, voltage in voltage_profile({1.0: -22.0, 0.5: -19.25, 0.0: -16.0}, -2.0):
    ...     print(x1, x2, voltage)
    1.0 0.5 3.5
    0.5 0.0 4.5
    """
    if len(energies) < 2:
        raise DelithiationError(f"a voltage profile of {len(energies)} state(s); two at least")
    kept: list[float] = []
    for x in sorted(energies, reverse=True):
        while hull and len(kept) > 1:
            before = average_voltage(
                (kept[-2], kept[-1]), (energies[kept[-2]], energies[kept[-1]]), lithium_energy
            )
            after = average_voltage(
                (kept[-1], x), (energies[kept[-1]], energies[x]), lithium_energy
            )
            if after >= before:
                break
            kept.pop()
        kept.append(x)
    return tuple(
        (one, two, average_voltage((one, two), (energies[one], energies[two]), lithium_energy))
        for one, two in itertools.pairwise(kept)
    )
