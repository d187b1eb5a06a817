"""Insert lithium into the NASICON phosphates LATP and LTP: orderings, energies, table.

The framework of LiTi2(PO4)3 (R-3c) comes from a file of structures, as for ``energies``; Al goes on
Ti sites, Li on M1 and M2, from all Ti4+ to all Ti3+. ``run`` writes one JSON line per finished
calculation, flushed at once, and started again it repeats nothing; ``table`` makes the CSV::

    python -m workflows.bundle.nasicon run STRUCTURES ID --lithium 13 --on-m1 10 8 --out a.jsonl
    python -m workflows.bundle.nasicon table a.jsonl --out nasicon_series.csv
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from interfaces.delithiation import supercell
from interfaces.errors import InputError
from workflows.bundle.energies import read_structures
from workflows.bundle.lines import open_lines, read_lines
from workflows.bundle.series import rattled

if TYPE_CHECKING:
    from pymatgen.core import Structure

FORCE_TOLERANCE, MAX_STEPS = 0.05, 150  #: eV/angstrom; steps of each of the two optimisers
RATIO = 2.45  #: c/a for which the supercell is compact
START = ((8.62, 8.62), (21.1, 22.3))  #: a and c [angstrom] at 1 and 3 Li; rounded, then relaxed
CLOSEST = 2.5  #: angstrom, between two Li sites
DECORATIONS = 3  #: placements of Al
DRAWS = 30  #: placements to choose them from, and starts of each search for Li
SEED = 811
Record = dict[str, Any]
KEY = ("kind", "host", "lithium", "decoration", "ordering", "seed")
COLUMNS = (
    "host lithium formula n_formula_units decoration ordering seed ewald_energy single_point_energy"
    " relaxed_energy volume space_group max_force steps converged"
).split()


@dataclass(frozen=True)
class Host:
    """A supercell of ``cells`` primitive cells (two formula units each) with ``aluminium`` Al."""

    name: str
    cells: int
    aluminium: int
    lithium: tuple[int, ...]

    @property
    def sites(self) -> dict[str, slice]:
        """Where each kind of site stands in the list; M1 and M2 are for Li, Ti for Al as well."""
        ends = [self.cells * end for end in (0, 2, 8, 12, 18, 42)]
        return dict(zip(("M1", "M2", "Ti", "P", "O"), map(slice, ends, ends[1:]), strict=False))

    def charges(self, lithium: int, aluminium: Iterable[int]) -> np.ndarray:
        """Formal charges by site before the Li, which Ti balances with one average charge."""
        values, sites = np.zeros(42 * self.cells), self.sites
        left = 18 * self.cells - 3 * self.aluminium - lithium  # 6 P5+ and 24 O2- leave 18
        values[sites["Ti"]] = left / (4 * self.cells - self.aluminium)
        values[[sites["Ti"].start + site for site in aluminium]] = 3
        values[sites["P"]], values[sites["O"]] = 5, -2
        return values


HOSTS = {one.name: one for one in (Host("LATP", 5, 3, (13, 22, 30)), Host("LTP", 1, 0, (2, 4, 6)))}


def frame(published: Structure) -> Structure:
    """Primitive cell with every site of a host: M1 and M2 as Li, then Ti, P and O.

    M1 (6b) is where Li is; M2 (18e) is on the twofold axes, as far from Ti and P as can be.
    """
    from pymatgen.core import Structure

    names = ["Li"] * 2 + ["Ti"] * 4 + ["P"] * 6 + ["O"] * 24
    species = np.array([site.species_string for site in published])
    if sorted(species) != sorted(names):
        raise InputError("the frame is a primitive cell of LiTi2(PO4)3, 36 atoms; give such an ID")
    order = np.concatenate([np.flatnonzero(species == name) for name in dict.fromkeys(names)])
    places = published.frac_coords[order] - published.frac_coords[order[0]]
    tried = np.array([(x, 0.5 - x, 0.25) for x in np.linspace(0, 1, 200, endpoint=False)])
    room = published.lattice.get_all_distances(tried, places[2:12]).min(axis=1)
    m2 = [sign * np.roll(tried[room.argmax()], turn) for sign in (1, -1) for turn in range(3)]
    every = np.concatenate([places[:2], m2, places[2:]])
    return Structure(published.lattice, ["Li"] * 6 + names, every)


def all_sites(primitive: Structure, host: Host, lithium: int) -> tuple[Structure, np.ndarray]:
    """Supercell with every site filled, to start from, and the Ewald matrix of unit charges [eV]."""
    from pymatgen.analysis.ewald import EwaldSummation
    from pymatgen.core import Lattice, Structure

    a, c = (np.interp(lithium / (2 * host.cells), (1, 3), ends) for ends in START)
    edge = np.sqrt(a**2 / 3 + c**2 / 9)
    lattice = Lattice.rhombohedral(edge, 2 * np.degrees(np.arcsin(a / 2 / edge)))
    made = Structure(lattice, primitive.species, primitive.frac_coords)
    made.make_supercell(supercell(host.cells, RATIO).matrix)
    m2 = host.sites["M2"].stop
    if (made.distance_matrix[:m2, :m2] + CLOSEST * np.eye(m2)).min() < CLOSEST:
        raise InputError(f"two Li sites are closer than {CLOSEST} angstrom; give another frame")
    unit = Structure(made.lattice, ["H+"] * len(made), made.frac_coords)
    return made, np.array(EwaldSummation(unit).total_energy_matrix)


def placements(host: Host, matrix: np.ndarray, seed: int) -> list[tuple[int, ...]]:
    """Seeded placements of Al, evenly from the lowest to the highest Ewald energy of several.

    Evenly, because Al is disordered. Li is spread over M1; equal energies are taken as equivalent.
    """
    random, lithium = np.random.default_rng(seed), host.lithium[0]
    found: dict[float, tuple[int, ...]] = {}
    for _ in range(DRAWS):
        drawn = tuple(sorted(random.permutation(4 * host.cells)[: host.aluminium].tolist()))
        charge = host.charges(lithium, drawn)
        charge[host.sites["M1"]] = lithium / (2 * host.cells)
        found.setdefault(round(float(charge @ matrix @ charge), 4), drawn)
    ranked = [found[energy] for energy in sorted(found)]
    picks = np.unique(np.linspace(0, len(ranked) - 1, DECORATIONS).round().astype(int))
    return [ranked[pick] for pick in picks]


def orderings(
    host: Host, lithium: int, aluminium: tuple[int, ...], matrix: np.ndarray, seed: int
) -> Iterator[tuple[int, list[int], float]]:
    """Lowest Li ordering found for every number of Li on M1: that number, sites, energy [eV].

    Each number is kept, because unrelaxed point charges always fill M1, relaxed structures do not.
    From seeded random starts Li is swapped, within M1 and within M2, until no swap helps.
    """
    m1, m2 = host.sites["M1"].stop, host.sites["M2"].stop
    frozen = host.charges(lithium, aluminium)
    field, pair = 2 * (matrix @ frozen)[:m2] + np.diag(matrix)[:m2], 2 * matrix[:m2, :m2]
    pair = np.where(np.eye(m2, dtype=bool), 0, pair)
    alike = np.equal.outer(np.arange(m2) < m1, np.arange(m2) < m1)
    for count in range(max(0, lithium - (m2 - m1)), min(m1, lithium) + 1):
        random, tries = np.random.default_rng([seed, lithium, count]), []
        for _ in range(DRAWS):
            full = np.zeros(m2)
            full[random.permutation(m1)[:count]] = 1
            full[m1 + random.permutation(m2 - m1)[: lithium - count]] = 1
            while True:
                cost = field + pair @ full
                change = cost[None, :] - cost[:, None] - pair  # Li goes from the row to the column
                change[~(alike & np.logical_and.outer(full > 0, full == 0))] = np.inf
                one, two = np.unravel_index(int(change.argmin()), change.shape)
                if change[one, two] > -1e-9:
                    break
                full[one], full[two] = 0, 1
            energy = full @ field + full @ pair @ full / 2 + frozen @ matrix @ frozen
            tries.append((round(float(energy), 6), np.flatnonzero(full).tolist()))
        yield count, min(tries)[1], min(tries)[0]


def plan(primitive: Structure, host: Host, lithium: int) -> Iterator[tuple[Record, Structure]]:
    """Orderings of every placement of Al, unrelaxed, with what identifies them."""
    places = placements(host, all_sites(primitive, host, host.lithium[0])[1], SEED)
    sites, matrix = all_sites(primitive, host, lithium)
    for index, aluminium in enumerate(places):
        for count, chosen, energy in orderings(host, lithium, aluminium, matrix, SEED):
            made = sites.copy()
            for site in aluminium:
                made.replace(host.sites["Ti"].start + site, "Al")
            made.remove_sites(sorted(set(range(host.sites["M2"].stop)) - set(chosen)))
            known = dict(zip(KEY[1:], (host.name, lithium, index, count, SEED), strict=True))
            known |= {"n_formula_units": 2 * host.cells, "ewald_energy": energy / len(made)}
            yield known, made


def run(
    todo: Iterable[tuple[Record, Structure]], on_m1: Iterable[int], path: Path, calculator: Any
) -> None:
    """Single points of all, relaxations of those with ``on_m1`` Li on M1; none a second time.

    The file keeps the relaxed structures as well: it is not for a repository.
    """
    from workflows.bundle.relaxation import relax

    done = {tuple(record[name] for name in KEY) for record in read_lines(path)}
    with open_lines(path) as file:
        for known, start in todo:
            for kind in ("single", "relaxed") if known["ordering"] in on_m1 else ("single",):
                record = {"kind": kind, **known}
                if tuple(record[name] for name in KEY) in done:
                    continue
                if kind == "single":
                    record["energy"] = float(calculator.energies([start])[0])
                else:
                    seeds = [known[name] for name in ("seed", "lithium", "decoration", "ordering")]
                    found, final = relax(
                        rattled(start, seeds),
                        calculator,
                        force_tolerance=FORCE_TOLERANCE,
                        max_steps=MAX_STEPS,
                    )
                    record |= {**asdict(found), "structure": final.as_dict()}
                file.write(json.dumps(record) + "\n")
                file.flush()


def write_table(paths: Iterable[Path], out: Path) -> int:
    """Write the CSV of relaxed orderings [eV/atom, angstrom^3/atom] and return their number."""
    records = [record for path in paths for record in read_lines(path)]
    single = {tuple(r[k] for k in KEY[1:]): r["energy"] for r in records if r["kind"] == "single"}
    rows = [r for r in records if r["kind"] == "relaxed"]
    for row in rows:
        row["single_point_energy"] = single[tuple(row[name] for name in KEY[1:])]
        row["relaxed_energy"], row["volume"] = row["energy_per_atom"], row["volume_per_atom"]
        row |= {name: round(value, 6) for name, value in row.items() if isinstance(value, float)}
    rows.sort(key=lambda row: (row["host"], row["lithium"], row["relaxed_energy"]))
    with out.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and do run or table."""
    parser = argparse.ArgumentParser(prog="python -m workflows.bundle.nasicon", description=__doc__)
    parser.add_argument("verb", choices=("run", "table"))
    parser.add_argument("files", nargs="+", help="STRUCTURES ID of the framework, or JSON lines")
    parser.add_argument("--host", choices=HOSTS, default="LATP")
    parser.add_argument("--lithium", type=int, help="Li in the supercell")
    parser.add_argument("--on-m1", type=int, nargs="*", default=[], help="relax with so many on M1")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    if given.verb == "table":
        print(write_table(map(Path, given.files), given.out), "rows")
        return
    from workflows.calculators import FastCHGNet

    primitive = frame(dict(read_structures(Path(given.files[0])))[given.files[1]])
    todo = plan(primitive, HOSTS[given.host], given.lithium)
    run(todo, given.on_m1, given.out, FastCHGNet())


if __name__ == "__main__":
    main()
