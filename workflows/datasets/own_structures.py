"""Structures that the Materials Project lacks, by substitution and ordering in published ones.

A recipe renames sublattices of a parent and distributes species and vacancies over others. The
distinct orderings of lowest Ewald energy are written as JSON lines for
``workflows.datasets.energies --relax``; the parents stay where they are::

    python -m workflows.datasets.own_structures STRUCTURES... --out ours.jsonl

The same parents give the same file, smallest cells first.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from interfaces.errors import InputError
from workflows.datasets.energies import read_cells
from workflows.io.results import write_atomic

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pymatgen.core import Structure

#: Formal charges; those of a transition metal by its everyday state in these compounds.
CHARGES = {
    "Li": 1, "Na": 1, "Al": 3, "Y": 3, "Sc": 3, "In": 3, "Er": 3, "La": 3, "Fe": 2, "Mn": 2,
    "Zr": 4, "Hf": 4, "Ti": 4, "Ge": 4, "Si": 4, "Ta": 5, "P": 5, "O": -2, "S": -2, "F": -1,
    "Cl": -1, "Br": -1,
}  # fmt: skip
MOST = 20_000  #: orderings that are compared; a seeded sample where there are more
SEED = 20
BOND = 2.6  #: angstrom; P-S is 2.05, a free S is more than 3.5 from P
RATTLE = 0.03  #: angstrom, so that no relaxation starts on a saddle point
PEROVSKITE = "perovskite"  #: parent that needs no file: cubic LaTiO3, a = 3.88 angstrom
NASICON_ROOM = 2.0  #: angstrom, between a Li site and the nearest other cation


@dataclass(frozen=True)
class Mix:
    """Distribute species over sites: those of ``of``, ``free`` of P where asked for.

    ``counts``: species -> number in the cell; the sites that are left stay empty.
    """

    of: tuple[str, ...]
    counts: Mapping[str, int]
    free: bool = False


@dataclass(frozen=True)
class Recipe:
    """How one structure is built.

    Attributes
    ----------
    formula, kind : of the result, for its name.
    parent : id of the published structure, or ``PEROVSKITE``.
    rename : element of the parent -> element that replaces all of it.
    supercell : of the parent.
    mixes : sublattices with an ordering.
    second_lithium : add the M2 sites of NASICON, as lithium.
    keep : number of distinct orderings, lowest Ewald energy first.
    """

    formula: str
    kind: str
    parent: str
    rename: Mapping[str, str] = field(default_factory=dict)
    supercell: Sequence[Sequence[int]] | None = None
    mixes: tuple[Mix, ...] = ()
    second_lithium: bool = False
    keep: int = 1


def _hexachlorides() -> Iterator[Recipe]:
    """Li3MCl6 in the trigonal and monoclinic types, and A2MCl6 with a third of A left out."""
    for metal in ("Y", "Sc", "In"):
        name = f"Li3{metal}Cl6"
        yield Recipe(name, "trigonal", "mp-676361", {"Er": metal})
        yield Recipe(name, "monoclinic", "mp-1222492", {"Er": metal, "Br": "Cl"})
    for metal in ("Zr", "Hf"):
        name, two, six = f"Li2{metal}Cl6", Mix(("Li",), {"Li": 2}), Mix(("Li",), {"Li": 6})
        renamed = {"Er": metal}
        yield Recipe(name, "trigonal", "mp-676361", renamed, mixes=(six,), keep=3)
        renamed = {"Er": metal, "Br": "Cl"}
        yield Recipe(name, "monoclinic", "mp-1222492", renamed, mixes=(two,), keep=2)
    sodium = {"Y": "Zr"}
    yield Recipe("Na2ZrCl6", "R-3", "mp-675104", sodium, mixes=(Mix(("Na",), {"Na": 2}),), keep=2)
    renamed = {"Li": "Na", "Er": "Zr"}
    six = Mix(("Na",), {"Na": 6})
    yield Recipe("Na2ZrCl6", "trigonal", "mp-676361", renamed, mixes=(six,), keep=2)


RECIPES: tuple[Recipe, ...] = (
    *_hexachlorides(),
    Recipe(
        "Li5.5PS4.5Cl1.5", "argyrodite", "mp-985592", supercell=((2, 0, 0), (0, 1, 0), (0, 0, 1)),
        mixes=(Mix(("Li",), {"Li": 11}), Mix(("S", "Cl"), {"S": 1, "Cl": 3}, free=True)), keep=3,
    ),
    Recipe(
        "LiMn0.5Fe0.5PO4", "olivine", "mp-19017",
        mixes=(Mix(("Fe",), {"Fe": 2, "Mn": 2}),), keep=3,
    ),
    Recipe(
        "Li1.5Al0.5Ge1.5(PO4)3", "NASICON", "mp-541272", second_lithium=True,
        mixes=(Mix(("Li",), {"Li": 3}), Mix(("Ge",), {"Ge": 3, "Al": 1})), keep=4,
    ),
    Recipe(
        "Li1.5Al0.5Ti1.5(PO4)3", "NASICON", "mp-18640", second_lithium=True,
        mixes=(Mix(("Li",), {"Li": 3}), Mix(("Ti",), {"Ti": 3, "Al": 1})), keep=3,
    ),
    Recipe(
        "Li3La5Ti9O27", "perovskite", PEROVSKITE, supercell=((3, 0, 0), (0, 3, 0), (1, 1, 1)),
        mixes=(Mix(("La",), {"La": 5, "Li": 3}),), keep=4,
    ),
    Recipe(
        "Li6.5La3Zr1.5Ta0.5O12", "garnet", "mp-942733",
        mixes=(Mix(("Zr",), {"Zr": 6, "Ta": 2}), Mix(("Li",), {"Li": 26})), keep=2,
    ),
)  # fmt: skip


def build(recipe: Recipe, parent: Structure) -> list[Structure]:
    """Build the orderings of a recipe that are lowest in Ewald energy, unrelaxed.

    Raises
    ------
    InputError
        If the counts leave a charged cell, or there are more species than sites.
    """
    sites = _renamed(recipe, parent)
    if recipe.supercell is not None:
        sites.make_supercell(recipe.supercell)
    species = np.array([site.specie.symbol for site in sites], dtype=object)
    chosen = [_sites_of(mix, sites, species) for mix in recipe.mixes]
    orderings = _lowest(recipe, sites, species, chosen)
    return [_rattled(_occupied(sites, ordering)) for ordering in orderings]


def _renamed(recipe: Recipe, parent: Structure) -> Structure:
    from pymatgen.analysis.structure_prediction.volume_predictor import DLSVolumePredictor

    sites = parent.copy()
    if recipe.second_lithium:
        for position in second_lithium_sites(sites):
            sites.append("Li", position)
    if recipe.rename:
        sites.replace_species(dict(recipe.rename))
        sites = DLSVolumePredictor().get_predicted_structure(sites)
    return sites


def second_lithium_sites(parent: Structure) -> NDArray[np.float64]:
    """M2 (18e) of a primitive cell of LiM2(PO4)3: on the twofold axes, farthest from cations.

    Returns
    -------
    Fractional coordinates, relative to the Li of the parent at M1; shape (6, 3).
    """
    origin = next(site.frac_coords for site in parent if site.specie.symbol == "Li")
    framework = [site.frac_coords for site in parent if site.specie.symbol not in ("Li", "O")]
    tried = np.array([(x, 0.5 - x, 0.25) for x in np.linspace(0, 1, 200, endpoint=False)]) + origin
    room = parent.lattice.get_all_distances(tried, framework).min(axis=1)
    if room.max() < NASICON_ROOM:
        raise InputError(f"{parent.formula} has no M2 site; give a primitive cell of LiM2(PO4)3")
    along = tried[room.argmax()] - origin
    turned = [sign * np.roll(along, turn) for sign in (1, -1) for turn in range(3)]
    places: NDArray[np.float64] = np.array(turned) + origin
    return places


def _sites_of(mix: Mix, sites: Structure, species: NDArray[np.object_]) -> list[int]:
    indices = np.flatnonzero(np.isin(species, mix.of))
    if mix.free:
        phosphorus = np.flatnonzero(species == "P")
        indices = indices[sites.distance_matrix[np.ix_(indices, phosphorus)].min(axis=1) > BOND]
    if sum(mix.counts.values()) > len(indices):
        raise InputError(f"{dict(mix.counts)} on {len(indices)} sites of {'-'.join(mix.of)}")
    return [int(index) for index in indices]


def _lowest(
    recipe: Recipe,
    sites: Structure,
    species: NDArray[np.object_],
    chosen: Sequence[Sequence[int]],
) -> list[NDArray[np.object_]]:
    """Species by site of the distinct orderings of lowest Ewald energy."""
    from pymatgen.analysis.ewald import EwaldSummation
    from pymatgen.core import Structure

    candidates = []
    for assignment in _assignments(recipe.mixes, chosen):
        ordering = species.copy()
        for indices, labels in zip(chosen, assignment, strict=True):
            ordering[list(indices)] = labels
        candidates.append(ordering)
    symbols = sorted({symbol for ordering in candidates for symbol in ordering} - {""})
    charges = np.array([[CHARGES.get(s, 0) for s in ordering] for ordering in candidates], float)
    if np.abs(charges.sum(axis=1)).max() > 1e-9:
        raise InputError(f"{recipe.formula}: formal charges add up to {charges[0].sum():g}")
    unit = Structure(sites.lattice, ["H+"] * len(sites), sites.frac_coords)
    matrix = np.array(EwaldSummation(unit).total_energy_matrix)
    energies = np.einsum("ki,ij,kj->k", charges, matrix, charges, optimize=True)
    # Species of one charge, as Fe and Mn in olivine, are told apart by a small addition.
    marks = {symbol: 0.1 * (index + 1) for index, symbol in enumerate(symbols)} | {"": 0.0}
    marked = charges + np.array([[marks[s] for s in ordering] for ordering in candidates])
    prints = np.einsum("ki,ij,kj->k", marked, matrix, marked, optimize=True)
    distinct: dict[tuple[float, float], int] = {}
    for index, (energy, fingerprint) in enumerate(zip(energies, prints, strict=True)):
        distinct.setdefault((round(float(energy), 3), round(float(fingerprint), 3)), index)
    return [candidates[distinct[key]] for key in sorted(distinct)[: recipe.keep]]


def _assignments(
    mixes: Sequence[Mix], chosen: Sequence[Sequence[int]]
) -> Iterator[tuple[tuple[str, ...], ...]]:
    """Species of each mixed sublattice: all ways, or a seeded sample of them."""
    pools = []
    for mix, indices in zip(mixes, chosen, strict=True):
        labels = [symbol for symbol, count in mix.counts.items() for _ in range(count)]
        pools.append(labels + [""] * (len(indices) - len(labels)))
    ways = math.prod(
        math.factorial(len(pool)) // math.prod(math.factorial(pool.count(s)) for s in set(pool))
        for pool in pools
    )
    if ways <= MOST:
        yield from itertools.product(*(_permutations(pool) for pool in pools))
        return
    random = np.random.default_rng(SEED)
    for _ in range(MOST):
        yield tuple(tuple(random.permutation(pool).tolist()) for pool in pools)


def _permutations(pool: Sequence[str]) -> list[tuple[str, ...]]:
    """Distinct arrangements of a pool, each species placed on the sites still free."""
    symbols = sorted(set(pool))
    arrangements: list[dict[int, str]] = [{}]
    for symbol in symbols:
        extended = []
        for partial in arrangements:
            free = [index for index in range(len(pool)) if index not in partial]
            for places in itertools.combinations(free, pool.count(symbol)):
                extended.append(partial | dict.fromkeys(places, symbol))
        arrangements = extended
    return [tuple(full[index] for index in range(len(pool))) for full in arrangements]


def _occupied(sites: Structure, ordering: NDArray[np.object_]) -> Structure:
    from pymatgen.core import Structure

    kept = [index for index, symbol in enumerate(ordering) if symbol]
    return Structure(
        sites.lattice, [ordering[index] for index in kept], sites.frac_coords[kept]
    ).get_sorted_structure()


def _rattled(structure: Structure) -> Structure:
    shifts = np.random.default_rng(SEED).normal(scale=RATTLE, size=(len(structure), 3))
    structure = structure.copy()
    for index, shift in enumerate(shifts):
        structure.translate_sites([index], shift, frac_coords=False)
    return structure


def perovskite() -> Structure:
    """Cubic LaTiO3, the framework of LLTO; rounded, relaxed afterwards."""
    from pymatgen.core import Lattice, Structure

    return Structure.from_spacegroup(
        "Pm-3m", Lattice.cubic(3.88), ["La", "Ti", "O"], [[0.5] * 3, [0] * 3, [0.5, 0, 0]]
    )


def structures(parents: Mapping[str, Structure]) -> Iterator[tuple[str, Structure]]:
    """(id, unrelaxed structure) of every recipe; ids begin with ``ours``."""
    for recipe in RECIPES:
        if recipe.parent not in parents:
            raise InputError(f"{recipe.formula} is built from {recipe.parent}, which is not given")
        for rank, structure in enumerate(build(recipe, parents[recipe.parent])):
            yield f"ours-{recipe.formula}-{recipe.kind}-{rank}", structure


def _line(identifier: str, structure: Structure) -> str:
    row: dict[str, Any] = {
        "id": identifier,
        "lattice": structure.lattice.matrix.round(6).tolist(),
        "species": [site.specie.symbol for site in structure],
        "frac_coords": structure.frac_coords.round(6).tolist(),
    }
    return json.dumps(row, separators=(",", ":")) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and write the structures."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.datasets.own_structures", description=__doc__
    )
    parser.add_argument("parents", type=Path, nargs="+", help="as for workflows.datasets.energies")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    needed = {recipe.parent for recipe in RECIPES}
    parents = {PEROVSKITE: perovskite()} | {
        cell.identifier: cell.structure()
        for path in options.parents
        for cell in read_cells(path)
        if cell.identifier in needed
    }
    built = sorted(structures(parents), key=lambda pair: (len(pair[1]), pair[0]))
    write_atomic(options.out, "".join(_line(*pair) for pair in built))
    print(f"{len(built)} structures, {sum(len(structure) for _, structure in built)} atoms")


if __name__ == "__main__":
    main()
