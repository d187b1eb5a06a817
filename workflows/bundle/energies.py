"""CHGNet energies of many structures: single points and relaxations, resumable and parallel.

Each worker appends one JSON line per finished structure to a file of its own, flushed at once; what
any file of the folder holds is not done again::

    python -m workflows.bundle.energies STRUCTURES --out DIR --workers 2
    python -m workflows.bundle.energies STRUCTURES --out DIR --workers 2 --relax ids.txt

STRUCTURES is a folder of files that pymatgen reads (named by their stems), or JSON lines (``.gz``
allowed) with ``mp_id`` or ``id``, ``lattice``, ``species`` and ``frac_coords``.
``workflows.bundle.phase_set`` turns the folder into a phase set.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from workflows.json_lines import read_lines
from workflows.structure_files import read_structure

if TYPE_CHECKING:
    from pymatgen.core import Structure

BATCH_ATOMS = 256  #: atoms per energy-only pass: large enough to fill a core, small in memory

Record = dict[str, Any]


def read_structures(path: Path) -> Iterator[tuple[str, Structure]]:
    """(id, structure) of every structure of a folder or a JSON-lines file."""
    from pymatgen.core import Lattice, Structure

    if path.is_dir():
        for file in sorted(path.iterdir()):
            yield file.stem, read_structure(file).structure
        return
    if not path.is_file():
        raise InputError(f"structures {path} do not exist; give a folder or a JSON-lines file")
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        for line in lines:
            data = json.loads(line)
            lattice = Lattice(data["lattice"])
            yield (
                data.get("mp_id") or data["id"],
                Structure(lattice, data["species"], data["frac_coords"]),
            )


def read_records(folder: Path, kind: str) -> dict[str, Record]:
    """Id -> record of every finished structure; a line cut short by a crash is left out.

    Parameters
    ----------
    kind : ``single`` or ``relaxed``.
    """
    found: dict[str, Record] = {}
    for path in sorted(folder.glob(f"{kind}-*.jsonl")):
        found |= {record["id"]: record for record in read_lines(path)}
    return found


def single_points(structures: Sequence[tuple[str, Structure]], out: Path) -> None:
    """Energy-only points in batches of about ``BATCH_ATOMS`` atoms, smallest cells first."""
    from workflows.engines.chgnet import FastCHGNet
    from workflows.engines.relaxation import space_group

    calculator = FastCHGNet()
    ordered = sorted(structures, key=lambda pair: (len(pair[1]), pair[0]))
    with out.open("a") as file:
        batch: list[tuple[str, Structure]] = []
        for position, pair in enumerate(ordered):
            batch.append(pair)
            last = position + 1 == len(ordered)
            atoms = sum(len(s) for _, s in batch)
            if not last and atoms + len(ordered[position + 1][1]) <= BATCH_ATOMS:
                continue
            energies = calculator.energies([s for _, s in batch])
            for (identifier, structure), energy in zip(batch, energies, strict=True):
                record = {
                    "id": identifier,
                    "formula": structure.composition.reduced_formula,
                    "n_atoms": len(structure),
                    "energy_per_atom": float(energy),
                    "volume_per_atom": structure.volume / len(structure),
                    "space_group": space_group(structure),
                    "relaxed": False,
                    "max_force": None,
                }
                file.write(json.dumps(record) + "\n")
            file.flush()
            batch = []


def relaxations(structures: Sequence[tuple[str, Structure]], out: Path) -> None:
    """Relax positions and cell of each structure, smallest first."""
    from workflows.engines.chgnet import FastCHGNet
    from workflows.engines.relaxation import relax

    calculator = FastCHGNet()
    with out.open("a") as file:
        for identifier, structure in sorted(structures, key=lambda pair: (len(pair[1]), pair[0])):
            found, _ = relax(structure, calculator)
            record = asdict(found)
            record["relaxed"] = record.pop("converged")
            file.write(json.dumps({"id": identifier, **record}) + "\n")
            file.flush()


def compute(
    path: Path, folder: Path, *, relax_ids: Sequence[str] | None = None, workers: int = 1
) -> None:
    """Do what is not done yet: single points of everything, or relaxations of ``relax_ids``."""
    os.environ["OMP_NUM_THREADS"] = "1"
    folder.mkdir(parents=True, exist_ok=True)
    kind = "single" if relax_ids is None else "relaxed"
    done = read_records(folder, kind)
    wanted = None if relax_ids is None else set(relax_ids)
    left = [
        (identifier, structure)
        for identifier, structure in read_structures(path)
        if identifier not in done and (wanted is None or identifier in wanted)
    ]
    print(f"{kind}: {len(done)} done, {len(left)} to do", file=sys.stderr)
    # Dealt out in order of size, so that every worker gets the same share of large cells.
    left.sort(key=lambda pair: (len(pair[1]), pair[0]))
    context = multiprocessing.get_context("spawn")
    function = single_points if relax_ids is None else relaxations
    taken = len(list(folder.glob(f"{kind}-*.jsonl")))  # one file per writer, never shared
    processes = [
        context.Process(
            target=function, args=(left[k::workers], folder / f"{kind}-{taken + k}.jsonl")
        )
        for k in range(workers)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    failed = [process.exitcode for process in processes if process.exitcode]
    if failed:
        raise SystemExit(f"{len(failed)} workers ended early; start again to go on")


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and compute."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.bundle.energies", description=__doc__
    )
    parser.add_argument("structures", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--relax", type=Path, help="file of ids to relax, one a line")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args(arguments)
    ids = given.relax.read_text().split() if given.relax else None
    compute(given.structures, given.out, relax_ids=ids, workers=given.workers)


if __name__ == "__main__":
    main()
