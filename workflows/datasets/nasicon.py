"""Insert lithium into the NASICON phosphates LATP and LTP: orderings, energies, table.

The framework of LiTi2(PO4)3 (R-3c) comes from a file of structures, as for ``energies``; Al goes on
Ti sites, Li on M1 and M2, from all Ti4+ to all Ti3+. ``run`` writes one JSON line per finished
calculation, flushed at once, and started again it repeats nothing; ``table`` makes the CSV::

    python -m workflows.datasets.nasicon run STRUCTURES ID --lithium 13 --on-m1 10 8 --out a.jsonl
    python -m workflows.datasets.nasicon table a.jsonl --out nasicon_series.csv
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from interfaces.delithiation import O3, Shape, compact, rattled
from interfaces.errors import InputError
from workflows.datasets.energies import read_structures
from workflows.io.jsonl import open_lines, read_lines
from workflows.io.results import write_atomic
from workflows.tables.curve_tables import rows_csv

if TYPE_CHECKING:
    from pymatgen.core import Structure

LIMITS: dict[str, Any] = {"force_tolerance": 0.05, "max_steps": 150}  #: of each of two optimisers
RATIO = 2.45  #: c/a for which the supercell is compact
START = ((8.62, 8.62), (21.1, 22.3))  #: a and c [angstrom] at 1 and 3 Li; rounded, then relaxed
CLOSEST = 2.5  #: angstrom, between two Li sites
DECORATIONS, DRAWS = 3, 30  #: placements of Al; those to choose from, and starts to place Li
SEED = 811
Record = dict[str, Any]
KEY = ("kind", "host", "lithium", "decoration", "ordering", "seed")
COLUMNS = (
    *KEY[1:3], "formula", "n_formula_units", *KEY[3:], "ewald_energy", "single_point_energy",
    "relaxed_energy", "volume", "space_group", "max_force", "steps", "converged",
)  # fmt: skip


@dataclass(frozen=True)
class Host:
    """A supercell of n formula units: n M1 and 3n M2 sites for Li, 2n Ti or Al, 3n P, 12n O."""

    name: str
    n: int
    aluminium: int

    def charges(self, lithium: int, aluminium: Sequence[int]) -> np.ndarray:
        """Formal charges by site before Li is placed; Ti balances it with one average charge."""
        left = 9 * self.n - 3 * self.aluminium - lithium  # 3 P5+ and 12 O2- leave 9
        each = (0, left / (2 * self.n - self.aluminium), 5, -2)
        values = np.repeat(each, np.array([4, 2, 3, 12]) * self.n)
        values[4 * self.n + np.array(aluminium, dtype=int)] = 3
        return values


HOSTS = {"LATP": Host("LATP", 10, 3), "LTP": Host("LTP", 2, 0)}


def frame(published: Structure) -> Structure:
    """Primitive cell with every site of a host: M1 and M2 as Li, then Ti, P and O.

    M1 (6b) is where Li is; M2 (18e) is on the twofold axes, as far from Ti and P as can be.
    """
    from pymatgen.core import Structure

    if published.formula != "Li2 Ti4 P6 O24":
        raise InputError(f"{published.formula} is no primitive cell of LiTi2(PO4)3, 36 atoms")
    sites = sorted(published, key=lambda site: ("Li", "Ti", "P", "O").index(site.species_string))
    places = np.array([site.frac_coords - sites[0].frac_coords for site in sites])
    tried = np.array([(x, 0.5 - x, 0.25) for x in np.linspace(0, 1, 200, endpoint=False)])
    room = published.lattice.get_all_distances(tried, places[2:12]).min(axis=1)
    m2 = [sign * np.roll(tried[room.argmax()], turn) for sign in (1, -1) for turn in range(3)]
    kinds = ["Li"] * 6 + [site.species_string for site in sites]
    return Structure(published.lattice, kinds, np.concatenate([places[:2], m2, places[2:]]))


def all_sites(primitive: Structure, host: Host, lithium: int) -> tuple[Structure, np.ndarray]:
    """Supercell with every site filled, to start from; Ewald matrix of unit charges [eV]."""
    from pymatgen.analysis.ewald import EwaldSummation
    from pymatgen.core import Lattice, Structure

    a, c = (np.interp(lithium / host.n, (1, 3), ends) for ends in START)
    edge = np.sqrt(a**2 / 3 + c**2 / 9)
    lattice = Lattice.rhombohedral(edge, 2 * np.degrees(np.arcsin(a / 2 / edge)))
    made = Structure(lattice, primitive.species, primitive.frac_coords)
    made.make_supercell(compact(O3.vectors(Shape((1.0, RATIO), ())), host.n // 2))  # R lattice
    if made.distance_matrix[np.triu_indices(4 * host.n, 1)].min() < CLOSEST:
        raise InputError(f"two Li sites are closer than {CLOSEST} angstrom; give another frame")
    unit = Structure(made.lattice, ["H+"] * len(made), made.frac_coords)
    return made, np.array(EwaldSummation(unit).total_energy_matrix)


def placements(host: Host, matrix: np.ndarray, seed: int) -> list[tuple[int, ...]]:
    """Seeded placements of Al: lowest, middle and highest in Ewald energy, as Al is disordered."""
    random, lithium = np.random.default_rng(seed), host.n + host.aluminium  # all Ti4+
    found: dict[float, tuple[int, ...]] = {}
    for _ in range(DRAWS):
        drawn = tuple(sorted(random.permutation(2 * host.n)[: host.aluminium].tolist()))
        charge = host.charges(lithium, drawn)
        charge[: host.n] = lithium / host.n
        found.setdefault(round(float(charge @ matrix @ charge), 4), drawn)  # equal: equivalent
    ranked = [found[energy] for energy in sorted(found)]
    picks = np.unique(np.linspace(0, len(ranked) - 1, DECORATIONS).round().astype(int))
    return [ranked[pick] for pick in picks]


def orderings(
    host: Host, lithium: int, aluminium: Sequence[int], matrix: np.ndarray, seed: int
) -> Iterator[tuple[int, list[int], float]]:
    """Lowest Li ordering for every number of Li on M1: that number, the sites, the energy [eV].

    Every number, because unrelaxed point charges always fill M1 and relaxed structures do not. From
    seeded random starts Li is swapped, within M1 and within M2, until no swap helps.
    """
    m1, n = host.n, 4 * host.n
    frozen = host.charges(lithium, aluminium)
    field = 2 * (matrix @ frozen)[:n] + np.diag(matrix)[:n]
    pair = np.where(np.eye(n, dtype=bool), 0, 2 * matrix[:n, :n])
    alike = np.equal.outer(np.arange(n) < m1, np.arange(n) < m1)
    for count in range(max(0, lithium - 3 * m1), min(m1, lithium) + 1):
        random, tries = np.random.default_rng([seed, lithium, count]), []
        for _ in range(DRAWS):
            full = np.zeros(n)
            full[random.permutation(m1)[:count]] = 1
            full[m1 + random.permutation(3 * m1)[: lithium - count]] = 1
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
    places = placements(host, all_sites(primitive, host, host.n + host.aluminium)[1], SEED)
    sites, matrix = all_sites(primitive, host, lithium)
    for index, aluminium in enumerate(places):
        for count, chosen, energy in orderings(host, lithium, aluminium, matrix, SEED):
            made = sites.copy()
            for site in aluminium:
                made.replace(4 * host.n + site, "Al")
            made.remove_sites(sorted(set(range(4 * host.n)) - set(chosen)))
            known = dict(zip(KEY[1:], (host.name, lithium, index, count, SEED), strict=True))
            known |= {"n_formula_units": host.n, "ewald_energy": energy / len(made)}
            yield known, made


def run(todo: Iterable[Any], on_m1: Sequence[int], path: Path, calculator: Any) -> None:
    """Single points of all, relaxations with ``on_m1`` Li on M1, into a file to keep private."""
    from workflows.calculators.relax import relax

    done = {tuple(record[name] for name in KEY) for record in read_lines(path)}
    with open_lines(path) as file:
        for known, start in todo:
            for kind in ("single", "relaxed")[: 1 + (known["ordering"] in on_m1)]:
                record = {"kind": kind, **known}
                if tuple(record[name] for name in KEY) in done:
                    continue
                if kind == "single":
                    record["energy"] = float(calculator.energies([start])[0])
                else:
                    seeds = [known[name] for name in ("seed", "lithium", "decoration", "ordering")]
                    found, final = relax(rattled(start, seeds), calculator, **LIMITS)
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
    write_atomic(out, rows_csv(COLUMNS, [{name: row[name] for name in COLUMNS} for row in rows]))
    return len(rows)


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and do run or table."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.datasets.nasicon", description=__doc__
    )
    parser.add_argument("verb", choices=("run", "table"))
    parser.add_argument("files", nargs="+", help="STRUCTURES ID of the framework, or JSON lines")
    parser.add_argument("--host", choices=HOSTS, default="LATP")
    parser.add_argument("--lithium", type=int, help="in the supercell")
    parser.add_argument("--on-m1", type=int, nargs="*", default=(), help="of them, to relax")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    if given.verb == "table":
        print(write_table(map(Path, given.files), given.out), "rows")
        return
    from workflows.calculators.chgnet import FastCHGNet

    primitive = frame(dict(read_structures(Path(given.files[0])))[given.files[1]])
    todo = plan(primitive, HOSTS[given.host], given.lithium)
    run(todo, given.on_m1, given.out, FastCHGNet())


if __name__ == "__main__":
    main()
