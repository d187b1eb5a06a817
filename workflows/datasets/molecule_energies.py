"""Energies of small molecules: RDKit and GFN2-xTB geometry, PySCF PBE/def2-TZVP energy.

``python -m workflows.data.molecules --lines LINES --output JSON`` appends one JSON line
per molecule to LINES, skips the molecules that LINES already holds, and writes the summary that
``interfaces.phases.molecules`` is fed with. ``--extend JSON`` takes the molecules of an earlier
data file as calculated, so that new ones can join it without its lines.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from workflows.calculators.molecules.calculate import calculate
from workflows.data.molecules.definitions import MOLECULES
from workflows.data.molecules.reference_reactions import summarise, write_summary
from workflows.data.molecules.stored import get_experiments, published, stored
from workflows.io.checksums import open_lines
from workflows.schemas.molecule_definition import Molecule


def main(arguments: Sequence[str] | None = None) -> int:
    """Calculate what is missing and write the data file."""
    parser = argparse.ArgumentParser(prog="workflows.data.molecules", description=__doc__)
    parser.add_argument("--lines", type=Path, required=True, help="JSON lines, one per molecule")
    parser.add_argument("--output", type=Path, required=True, help="the data file to write")
    parser.add_argument(
        "--summary-only", action="store_true", help="calculate nothing, summarise what is there"
    )
    parser.add_argument(
        "--extend", type=Path, metavar="JSON", help="a data file whose molecules are not repeated"
    )
    options = parser.parse_args(arguments)
    known = published(json.loads(options.extend.read_text("utf-8"))) if options.extend else {}
    if not options.summary_only:
        calculate_missing(MOLECULES, options.lines, known)
    rows = known | stored(options.lines)
    write_summary(summarise(rows, get_experiments(MOLECULES)), options.output)
    return 0


def calculate_missing(
    molecules: Iterable[Molecule], path: Path, known: Collection[str] = ()
) -> None:
    """Append one line per molecule that neither ``path`` holds nor ``known`` names."""
    done = stored(path)
    for molecule in molecules:
        if molecule.name in done or molecule.name in known:
            continue
        row = asdict(calculate(molecule))
        with open_lines(path) as lines:
            lines.write(json.dumps(row) + "\n")
        print(f"{molecule.name}: {row['seconds']} s, lowest mode {row['lowest_wavenumber']:.0f}")


if __name__ == "__main__":
    raise SystemExit(main())
