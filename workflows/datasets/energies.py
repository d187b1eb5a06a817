"""Energies of many structures with a machine-learned potential: resumable and parallel.

Each worker appends one JSON line per finished structure to a file of its own, flushed at once; what
any file of the folder holds is not computed again::

    python -m workflows.datasets.energies STRUCTURES... --out DIR --workers 2
    python -m workflows.datasets.energies STRUCTURES... --out DIR --ids ids.txt --relax
    python -m workflows.datasets.energies STRUCTURES... --out DIR --take-over OTHER.jsonl.gz
    python -m workflows.datasets.energies STRUCTURES... --out DIR --check 0.02
    python -m workflows.datasets.energies --out DIR --pack

STRUCTURES are folders of files that pymatgen reads (named by their stems), or JSON lines (``.gz``
allowed) with ``mp_id`` or ``id``, ``lattice``, ``species`` and ``frac_coords``. ``--take-over``
converts single points that another run made of the same structures; ``--check`` computes a random
share of what the folder holds again and prints the largest difference. ``--pack`` joins the
workers' files into ``single.jsonl.gz`` and ``relaxed.jsonl.gz``.
``workflows.datasets.build_phase_set`` turns the folder into a phase set.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import os
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from workflows.io.checksums import open_lines, read_lines
from workflows.structures.files import read_structure

if TYPE_CHECKING:
    from pymatgen.core import Structure

KINDS = ("single", "relaxed")
CHECK_SEED = 20261130
Record = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """A structure as plain numbers, cheap to keep by ten thousands and to send to a worker."""

    identifier: str
    lattice: list[list[float]]
    species: list[str]
    frac_coords: list[list[float]]

    def structure(self) -> Structure:
        """As a pymatgen structure."""
        from pymatgen.core import Lattice, Structure

        return Structure(Lattice(self.lattice), self.species, self.frac_coords)


def read_cells(path: Path) -> Iterator[Cell]:
    """Every structure of a folder of structure files or of a JSON-lines file.

    Raises
    ------
    InputError
        If there is no such folder or file.
    """
    if path.is_dir():
        for file in sorted(path.iterdir()):
            structure = read_structure(file).structure
            yield Cell(
                identifier=file.stem,
                lattice=structure.lattice.matrix.tolist(),
                species=[site.specie.symbol for site in structure],
                frac_coords=structure.frac_coords.tolist(),
            )
        return
    if not path.is_file():
        raise InputError(f"structures {path} do not exist; give a folder or a JSON-lines file")
    for row in _json_lines(path):
        yield Cell(
            identifier=row.get("mp_id") or row["id"],
            lattice=row["lattice"],
            species=row["species"],
            frac_coords=row["frac_coords"],
        )


def read_records(folder: Path, kind: str) -> dict[str, Record]:
    """Id -> record of every finished structure; a line cut short by a crash is left out.

    Parameters
    ----------
    kind : ``single`` or ``relaxed``.
    """
    records: dict[str, Record] = {}
    packed = folder / f"{kind}.jsonl.gz"
    if packed.exists():
        records |= {record["id"]: record for record in _json_lines(packed)}
    for path in sorted(folder.glob(f"{kind}-*.jsonl")):
        records |= {record["id"]: record for record in read_lines(path)}
    return records


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        for line in lines:
            yield json.loads(line)


def _energy_record(identifier: str, structure: Structure, energy: float) -> Record:
    """Record of an energy at a geometry; that of a single point, to which a relaxation adds."""
    from workflows.calculators.mp2020_corrections import mp2020_correction
    from workflows.calculators.relax import space_group

    n_atoms = len(structure)
    correction = mp2020_correction(structure, energy)
    return {
        "id": identifier,
        "formula": structure.composition.reduced_formula,
        "n_atoms": n_atoms,
        "energy_per_atom": round(energy / n_atoms, 7),
        "correction_per_atom": round(correction.energy / n_atoms, 7),
        "run_type": correction.run_type,
        "volume_per_atom": round(structure.volume / n_atoms, 5),
        "space_group": space_group(structure),
        "relaxed": False,
        "max_force": None,
    }


def _single_points(cells: Sequence[Cell], out: Path) -> None:
    """Energy-only points, appended to a file in the order of the cells."""
    from pymatgen.io.ase import AseAtomsAdaptor

    from workflows.calculators.sevennet import EnergyModel

    model = EnergyModel()
    with open_lines(out) as file:
        for cell in cells:
            structure = cell.structure()
            energy = model.energy(AseAtomsAdaptor.get_atoms(structure))
            _append(file, _energy_record(cell.identifier, structure, energy))


def relaxations(cells: Sequence[Cell], out: Path) -> None:
    """Positions and cell relaxed, appended to a file with the relaxed structure."""
    from workflows.calculators.relax import relax
    from workflows.calculators.sevennet import sevennet

    calculator = sevennet()
    with open_lines(out) as file:
        for cell in cells:
            result, final = relax(cell.structure(), calculator)
            energy = result.energy_per_atom * result.n_atoms
            record = _energy_record(cell.identifier, final, energy) | {
                "relaxed": result.converged,
                "max_force": round(result.max_force, 5) if result.max_force is not None else None,
                "steps": result.steps,
                "lattice": final.lattice.matrix.round(5).tolist(),
                "species": [site.specie.symbol for site in final],
                "frac_coords": final.frac_coords.round(5).tolist(),
            }
            _append(file, record)


def _append(file: Any, record: Mapping[str, Any]) -> None:
    file.write(json.dumps(record, separators=(",", ":")) + "\n")
    file.flush()


def compute(
    cells: Iterable[Cell],
    folder: Path,
    *,
    ids: Sequence[str] | None = None,
    relax: bool = False,
    workers: int = 1,
) -> None:
    """Compute what is not finished yet.

    Parameters
    ----------
    cells : all structures.
    folder : of the records; made where it does not exist.
    ids : which of them, in the order in which they are computed; all of them, smallest cells
        first, by default.
    relax : relaxations instead of single points.
    workers : number of processes, each on one thread.

    Raises
    ------
    SystemExit
        If a worker ended early; the same call goes on.
    """
    os.environ["OMP_NUM_THREADS"] = "1"
    folder.mkdir(parents=True, exist_ok=True)
    kind = "relaxed" if relax else "single"
    finished = read_records(folder, kind)
    left = {cell.identifier: cell for cell in cells if cell.identifier not in finished}
    if ids is None:
        ids = sorted(left, key=lambda identifier: (len(left[identifier].species), identifier))
    ordered = [left[identifier] for identifier in ids if identifier in left]
    atoms = sum(len(cell.species) for cell in ordered)
    print(f"{kind}: {len(finished)} finished, {len(ordered)} left ({atoms} atoms)", file=sys.stderr)
    function: Callable[[Sequence[Cell], Path], None] = relaxations if relax else _single_points
    context = multiprocessing.get_context("spawn")
    first = len(list(folder.glob(f"{kind}-*.jsonl")))  # a file has one writer, ever
    processes = [
        # Dealt out in turn, so that every worker gets the same share of large cells.
        context.Process(
            target=function, args=(ordered[k::workers], folder / f"{kind}-{first + k:03d}.jsonl")
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


def _take_over(cells: Iterable[Cell], folder: Path, source: Path) -> None:
    """Convert single points of the same structures that another run made."""
    folder.mkdir(parents=True, exist_ok=True)
    energies = {row["mp_id"]: float(row["e"]) for row in _json_lines(source)}
    finished = read_records(folder, "single")
    with open_lines(folder / "single-taken-over.jsonl") as file:
        for cell in cells:
            if cell.identifier in energies and cell.identifier not in finished:
                energy = energies[cell.identifier]
                _append(file, _energy_record(cell.identifier, cell.structure(), energy))


def check(cells: Iterable[Cell], folder: Path, share: float) -> None:
    """Compute a random share of the single points again; print how far they differ."""
    from pymatgen.io.ase import AseAtomsAdaptor

    from workflows.calculators.sevennet import EnergyModel

    records = read_records(folder, "single")
    chosen = set(random.Random(CHECK_SEED).sample(sorted(records), int(len(records) * share)))
    model = EnergyModel()
    differences = []
    for cell in cells:
        if cell.identifier in chosen:
            energy = model.energy(AseAtomsAdaptor.get_atoms(cell.structure())) / len(cell.species)
            difference = abs(energy - records[cell.identifier]["energy_per_atom"])
            differences.append((difference, cell.identifier))
    worst, identifier = max(differences)
    print(f"{len(differences)} computed again; largest {worst:.2e} eV/atom ({identifier})")


def pack(folder: Path) -> None:
    """Join the workers' files; the same records give the same bytes."""
    from workflows.io.atomic import write_bytes_atomic

    for kind in KINDS:
        records = read_records(folder, kind)
        lines = (
            json.dumps(records[identifier], separators=(",", ":")) + "\n"
            for identifier in sorted(records)
        )
        if records:
            packed = gzip.compress("".join(lines).encode(), mtime=0)
            write_bytes_atomic(folder / f"{kind}.jsonl.gz", packed)
        for path in folder.glob(f"{kind}-*.jsonl"):
            path.unlink()


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and compute."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.datasets.energies",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("structures", type=Path, nargs="*")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--ids", type=Path, help="file of ids, one a line, computed in its order")
    parser.add_argument("--relax", action="store_true")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--take-over", type=Path, metavar="FILE")
    parser.add_argument("--check", type=float, metavar="SHARE")
    parser.add_argument("--pack", action="store_true")
    options = parser.parse_args(arguments)
    cells = (cell for path in options.structures for cell in read_cells(path))
    if options.pack:
        pack(options.out)
    elif options.take_over:
        _take_over(cells, options.out, options.take_over)
    elif options.check:
        check(cells, options.out, options.check)
    else:
        ids = options.ids.read_text().splitlines() if options.ids else None
        compute(cells, options.out, ids=ids, relax=options.relax, workers=options.workers)


if __name__ == "__main__":
    main()
