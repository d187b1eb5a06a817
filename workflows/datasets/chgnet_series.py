"""Run a delithiated series with CHGNet: screen orderings by single points, relax the best ones.

``run`` writes one JSON line per finished calculation, flushed at once; started again it repeats
nothing. ``lithium`` relaxes bcc Li, ``table`` turns such files into the CSV of relaxed orderings::

    python -m workflows.datasets.chgnet_series run --host NCM811 --formula-units 10 --out a.jsonl
    python -m workflows.datasets.chgnet_series table a.jsonl --out series.csv
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from interfaces.delithiation import (
    O3,
    Decoration,
    Ordering,
    Shape,
    decorations,
    ewald_matrix,
    host,
    interpolate,
    layering,
    orderings,
    rattled,
    structure,
    supercell,
    whole,
)
from interfaces.errors import InputError
from workflows.io.jsonl import open_lines, read_lines
from workflows.io.results import write_atomic
from workflows.tables.curve_tables import rows_csv

if TYPE_CHECKING:
    from pymatgen.core import Structure

GRID = tuple(round(1 - step / 10, 1) for step in range(11))  #: x = 1, 0.9 ... 0
COLUMNS = (
    "host", "x", "n_formula_units", "decoration", "layout", "ordering", "seed", "ewald_energy",
    "single_point_energy", "relaxed_energy", "volume", "space_group", "max_force", "steps",
    "converged", "a", "c", "z_oxygen", "stacking", "glide", "displacement",
)  # fmt: skip

Key = tuple[int, int, int]  #: number of Li, decoration, ordering


@dataclass(frozen=True)
class Series:
    """What to run: the host, the supercell, the grid of x, and how many of what.

    ``keep`` orderings of each decoration, lowest in Ewald energy, are screened at each x; relaxed
    are ``relaxed`` of them by their single points: the lowest of each decoration, then the next
    lowest of any.
    At x = 1 and 0 every decoration is relaxed.
    """

    host: str
    n_formula_units: int
    fractions: tuple[float, ...] = GRID
    n_decorations: int = 1
    keep: int = 8
    relaxed: int = 5
    seed: int = 811


@dataclass(frozen=True)
class _Task:
    """One relaxation, or one batch of single points, for a worker."""

    kind: str
    keys: tuple[Key, ...]
    structures: tuple[Structure, ...]


# --- workers ---------------------------------------------------------------------------------

_calculator: Any = None


def _start_worker() -> None:
    """Load the model once per process, on one thread."""
    global _calculator
    from workflows.calculators.chgnet import FastCHGNet

    _calculator = FastCHGNet()


def _work(task: _Task) -> list[dict[str, Any]]:
    """Compute one task and return its records: ``key``, ``kind`` and the numbers."""
    if task.kind == "single":
        energies = _calculator.energies(task.structures)
        return [
            {"kind": "single", "key": key, "energy": float(energy)}
            for key, energy in zip(task.keys, energies, strict=True)
        ]
    from workflows.calculators.relax import relax

    record, final = relax(task.structures[0], _calculator)
    found = {"kind": "relaxed", "key": task.keys[0], **asdict(record)}
    return [{**found, "structure": final.as_dict()}]


# --- the series ------------------------------------------------------------------------------


class _Runner:
    """State of one run: the plan, and what the file already holds."""

    def __init__(self, series: Series, path: Path, shapes: Path | None = None) -> None:
        self.series = series
        self.shapes = _mean_shapes(read(shapes)) if shapes else {}
        self.host = host(series.host)
        self.cell = supercell(self.host.framework, series.n_formula_units)
        self.decorations = decorations(self.host, self.cell, series.n_decorations, series.seed)
        self.counts = [whole(x, series.n_formula_units, "Li") for x in series.fractions]
        self.done: dict[tuple[str, Key], dict[str, Any]] = {}
        self._orderings: dict[int, list[tuple[Decoration, Ordering]]] = {}
        layouts = [decoration.layout for decoration in self.decorations]
        for record in read(path):
            there = (record["host"], record["layout"], record["seed"])
            if there not in [(self.host.name, layout, series.seed) for layout in layouts]:
                raise InputError(f"{path} holds another series, {there}; choose another file")
            self.done[record["kind"], _key(record["key"])] = record

    def stages(self) -> Iterator[list[int]]:
        """Numbers of Li to do together, from full to empty, then the rest between them.

        Each stage starts from the shape of the one before. The rest starts from a shape between
        neighbours, because c rises on charging and falls (or, without dispersion, runs away) late.
        With the shapes of another file, or a host without layers, everything is one stage.
        """
        if self.shapes or self.host.framework != O3:
            yield self.counts
            return
        n = self.series.n_formula_units
        left = [count for count in self.counts if 0 < count < n]
        first = [n] if n in self.counts else []
        for aim in (0.5, 0.2):
            if left:
                nearest = min(left, key=lambda count: (abs(count - aim * n), -count))
                left.remove(nearest)
                first.append(nearest)
        first += [0] if 0 in self.counts else []
        yield from ([count] for count in first)
        yield left

    def shape(self, count: int) -> Shape:
        """Shape at this number of Li, from the anchors that are relaxed by now or the host's."""
        n = self.series.n_formula_units
        anchors = dict(self.shapes)
        for stage in self.stages() if not anchors else ():
            if count in stage:
                break
            done = [r for (kind, _), r in self.done.items() if kind == "relaxed"]
            anchors |= _mean_shapes(r for r in done if [r["key"][0]] == stage)
        return interpolate(anchors, count / n) if anchors else self.host.shape(count / n)

    def orderings(self, count: int) -> list[tuple[Decoration, Ordering]]:
        """Orderings to screen at this number of Li, of every decoration."""
        if count not in self._orderings:  # its anchors are of earlier stages: they stay
            matrix = ewald_matrix(self.cell, self.shape(count))
            arguments = (count, self.series.keep, self.series.seed, matrix)
            self._orderings[count] = [
                (decoration, ordering)
                for decoration in self.decorations
                for ordering in orderings(self.host, self.cell, decoration, *arguments)
            ]
        return self._orderings[count]

    def build(self, count: int, decoration: Decoration, ordering: Ordering) -> Structure:
        """Unrelaxed structure of one ordering."""
        return structure(self.cell, self.shape(count), decoration.species, ordering.lithium)

    def screening(self, counts: Sequence[int]) -> Iterator[_Task]:
        """Single points that are missing, a batch per decoration."""
        for count in counts:
            todo = [
                (decoration, ordering)
                for decoration, ordering in self.orderings(count)
                if ("single", (count, decoration.index, ordering.index)) not in self.done
            ]
            for one in self.decorations:
                batch = [(d, o) for d, o in todo if d.index == one.index]
                if batch:
                    yield _Task(
                        "single",
                        tuple((count, d.index, o.index) for d, o in batch),
                        tuple(self.build(count, d, o) for d, o in batch),
                    )

    def chosen(self, count: int) -> list[Key]:
        """Orderings to relax at this number of Li, by their single points."""
        points = {
            key: record["energy"]
            for (kind, key), record in self.done.items()
            if kind == "single" and key[0] == count
        }
        ranked = sorted(points, key=lambda key: (points[key], key))
        if count in (0, self.series.n_formula_units):
            return ranked
        first = {key[1]: key for key in reversed(ranked)}  # the lowest of each decoration
        best = sorted(first.values(), key=ranked.index)
        best += [key for key in ranked if key not in best]
        return best[: self.series.relaxed]

    def relaxations(self, counts: Sequence[int]) -> Iterator[_Task]:
        """Relaxations that are missing."""
        for count in counts:
            candidates = {(count, d.index, o.index): (d, o) for d, o in self.orderings(count)}
            for key in self.chosen(count):
                if ("relaxed", key) not in self.done:
                    start = self.build(count, *candidates[key])
                    yield _Task("relaxed", (key,), (rattled(start, (self.series.seed, *key)),))

    def describe(self, record: dict[str, Any]) -> dict[str, Any]:
        """Add what identifies the ordering, and the layering of a relaxed structure."""
        count, index, rank = _key(record["key"])
        n = self.series.n_formula_units
        decoration, ordering = next(
            (d, o) for d, o in self.orderings(count) if (d.index, o.index) == (index, rank)
        )
        known = {
            "host": self.host.name,
            "x": round(count / n, 6),
            "n_formula_units": n,
            "decoration": index,
            "layout": decoration.layout,
            "ordering": rank,
            "lithium": list(ordering.lithium),
            "seed": self.series.seed,
            "ewald_energy": ordering.ewald_energy,
        }
        if record["kind"] == "relaxed":
            from pymatgen.core import Structure

            seen = layering(self.cell, Structure.from_dict(record["structure"]))
            known |= dict.fromkeys(("a", "c", "z_oxygen", "stacking", "glide", "displacement"))
            if seen is not None:
                known |= {
                    "a": seen.a,
                    "c": seen.c,
                    "z_oxygen": seen.z,
                    "stacking": "-".join(seen.stacking),
                    "glide": seen.glide,
                    "displacement": seen.displacement,
                }
        return {**known, **record}

    def work(self, tasks: Iterable[_Task], pool: Any, out: TextIO) -> None:
        """Do the tasks and write their records as they come."""
        for records in pool.imap_unordered(_work, list(tasks)):
            for bare in records:
                record = self.describe(bare)
                out.write(json.dumps(record) + "\n")
                out.flush()
                record.pop("structure", None)
                self.done[record["kind"], _key(record["key"])] = record


def run(series: Series, path: Path, workers: int = 1, shapes: Path | None = None) -> None:
    """Run a series into ``path``, on ``workers`` processes of one thread each.

    ``shapes`` is the finished file of another supercell of the same host, to start from its cells.
    The file holds the relaxed structures as well; keep it out of a repository.
    """
    os.environ["OMP_NUM_THREADS"] = "1"
    path.parent.mkdir(parents=True, exist_ok=True)
    runner = _Runner(series, path, shapes)
    if path.exists() and not path.read_bytes().endswith(b"\n"):
        with path.open("a") as out:
            out.write("\n")  # a line cut short must not swallow the next one
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, initializer=_start_worker) as pool, open_lines(path) as out:
        for stage in runner.stages():
            runner.work(runner.screening(stage), pool, out)
            runner.work(runner.relaxations(stage), pool, out)


def _mean_shapes(records: Iterable[dict[str, Any]]) -> dict[float, Shape]:
    """Average shape of the relaxed cells at each x, where they are layered."""
    found: dict[float, list[tuple[float, float, float]]] = {}
    for record in records:
        if record["kind"] == "relaxed" and record["a"] is not None:
            shape = (record["a"], record["c"], record["z_oxygen"])
            found.setdefault(record["x"], []).append(shape)
    means = {x: np.mean(shapes, axis=0) for x, shapes in found.items()}
    return {x: Shape((float(a), float(c)), (float(z),)) for x, (a, c, z) in means.items()}


def lithium(path: Path) -> dict[str, Any]:
    """Relax bcc Li from a = 3.44 angstrom, append the record to ``path`` and return it."""
    from pymatgen.core import Lattice, Structure

    from workflows.calculators.chgnet import FastCHGNet
    from workflows.calculators.relax import relax

    start = Structure(Lattice.cubic(3.44), ["Li", "Li"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    record, final = relax(start, FastCHGNet())
    line = {"kind": "lithium", "host": "Li", **asdict(record), "structure": final.as_dict()}
    with path.open("a") as out:
        out.write(json.dumps(line) + "\n")
    return line


# --- files -----------------------------------------------------------------------------------


def _key(numbers: Sequence[int]) -> Key:
    count, decoration, ordering = numbers
    return (count, decoration, ordering)


def read(path: Path) -> list[dict[str, Any]]:
    """Read the records of one file, without the structures; none if there is no such file.

    A last line cut short by a crash is left out: its calculation is repeated.
    """
    records = []
    for record in read_lines(path):
        record.pop("structure", None)
        records.append(record)
    return records


def rows(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """Rows of the table: every relaxed ordering with its single point, in a fixed order."""
    found = []
    for path in paths:
        records = read(path)
        points = {
            _key(record["key"]): record["energy"]
            for record in records
            if record["kind"] == "single"
        }
        for record in records:
            if record["kind"] != "relaxed":
                continue
            renamed = {
                "single_point_energy": points.get(_key(record["key"])),
                "relaxed_energy": record["energy_per_atom"],
                "volume": record["volume_per_atom"],
            }
            found.append({name: {**record, **renamed}[name] for name in COLUMNS})
    return sorted(
        found,
        key=lambda row: (
            row["host"], row["n_formula_units"], -row["x"], row["relaxed_energy"],
        ),
    )  # fmt: skip


def write_table(paths: Iterable[Path], out: Path) -> int:
    """Write the CSV of relaxed orderings; return the number of rows.

    Energies per atom [eV/atom], ``ewald_energy`` [eV per formula unit], ``volume`` [angstrom^3 per
    atom], ``a``, ``c``, ``glide``, ``displacement`` [angstrom], ``max_force`` [eV/angstrom].
    """
    table = rows(paths)
    write_atomic(out, rows_csv(COLUMNS, [_written(row) for row in table]))
    return len(table)


def _written(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with six decimals at most."""
    return {
        name: f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
        for name, value in row.items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and do one of run, lithium, table."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.datasets.chgnet_series", description=__doc__
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    one = verbs.add_parser("run", help="screen and relax one series")
    one.add_argument("--host", required=True)
    one.add_argument("--formula-units", type=int, required=True)
    one.add_argument("--fractions", type=float, nargs="+", default=GRID)
    one.add_argument("--decorations", type=int, default=1)
    one.add_argument("--keep", type=int, default=8, help="orderings screened per decoration")
    one.add_argument("--relaxed", type=int, default=5, help="orderings relaxed at each x")
    one.add_argument("--seed", type=int, default=811)
    one.add_argument("--workers", type=int, default=1)
    one.add_argument("--shapes", type=Path, help="finished file to start from the cells of")
    one.add_argument("--out", type=Path, required=True)
    two = verbs.add_parser("lithium", help="relax bcc Li")
    two.add_argument("--out", type=Path, required=True)
    three = verbs.add_parser("table", help="relaxed orderings as CSV")
    three.add_argument("files", type=Path, nargs="+")
    three.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    if given.verb == "run":
        # Thirds cannot be typed exactly: take the nearest number of Li.
        n = given.formula_units
        series = Series(
            host=given.host,
            n_formula_units=n,
            fractions=tuple(round(round(x * n, 1) / n, 9) for x in given.fractions),
            n_decorations=given.decorations,
            keep=given.keep,
            relaxed=given.relaxed,
            seed=given.seed,
        )
        run(series, given.out, given.workers, given.shapes)
    elif given.verb == "lithium":
        print(lithium(given.out)["energy_per_atom"])
    else:
        print(write_table(given.files, given.out), "rows")


if __name__ == "__main__":
    main()
