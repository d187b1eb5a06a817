"""Cells of a delithiated series, to be relaxed by ``workflows.datasets.energies``.

The orderings are those of the flow behind ``interfaces run --calculator``; ids such as
``LiFePO4 x=0.5 cell=4 decoration=0 ordering=1`` say which::

    python -m workflows.datasets.series_cells LiFePO4 --formula-units 4 --orderings 2 --out a.jsonl
    python -m workflows.datasets.energies a.jsonl --out DIR --relax

Every lithium content that the cell allows is written: steps of 0.1 with 10 formula units.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows.io.results import write_atomic
from workflows.jobs.orderings import ChargeState, list_orderings

if TYPE_CHECKING:
    from workflows.jobs.orderings import CandidateOrdering

SEED = 811
TENTHS = 10  #: a larger cell keeps to tenths of the lithium


def candidates(
    host: str, formula_units: int, decorations: int, orderings: int
) -> Iterator[CandidateOrdering]:
    """Yield unrelaxed orderings, from all lithium to none."""
    steps = TENTHS if formula_units % TENTHS == 0 else formula_units
    for step in range(steps, -1, -1):
        lithium = step * formula_units // steps
        state = ChargeState(
            host=host,
            formula_units=formula_units,
            lithium=lithium,
            decorations=decorations,
            orderings=orderings,
            seed=SEED,
        )
        yield from list_orderings.original(state)


def identifier(start: CandidateOrdering) -> str:
    """Id of a cell, as in the bundled series."""
    state = start.state
    return (
        f"{state.host} x={state.x:g} cell={state.formula_units} decoration={start.decoration} "
        f"ordering={start.ordering}"
    )


def row(start: CandidateOrdering) -> dict[str, Any]:
    """JSON line of a cell, as ``workflows.datasets.energies`` reads it."""
    structure = start.structure
    return {
        "id": identifier(start),
        "lattice": structure.lattice.matrix.round(6).tolist(),
        "species": [site.specie.symbol for site in structure],
        "frac_coords": structure.frac_coords.round(6).tolist(),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and write the cells."""
    parser = argparse.ArgumentParser(
        prog="python -m workflows.datasets.series_cells", description=__doc__
    )
    parser.add_argument("host", nargs="+")
    parser.add_argument("--formula-units", type=int, required=True)
    parser.add_argument("--decorations", type=int, default=1)
    parser.add_argument("--orderings", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    numbers = (options.formula_units, options.decorations, options.orderings)
    lines = [
        json.dumps(row(start), separators=(",", ":")) + "\n"
        for host in options.host
        for start in candidates(host, *numbers)
    ]
    write_atomic(options.out, "".join(lines))
    print(f"{len(lines)} cells")


if __name__ == "__main__":
    main()
