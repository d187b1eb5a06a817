"""A flow of very many jobs on made-up energies, run as the product runs it.

    python -m tests.robustness.load.flows FOLDER DECORATIONS ORDERINGS

Each cell is one static run of the made-up calculator, so that what is measured is the flow.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workflows.flows import InterfaceStabilityMaker

CONTENTS = ("0.8", "0.7", "0.6", "0.5", "0.4", "0.3", "0.2")
DECORATIONS = 5  #: all that a cell of this size has


def flow_of(
    decorations: int, orderings: int, contents: tuple[str, ...] = CONTENTS
) -> InterfaceStabilityMaker:
    """NCM811 in cells of 10 formula units; ``decorations * orderings`` cells of each content."""
    from workflows.flows import InterfaceStabilityMaker, RelaxMaker

    return InterfaceStabilityMaker(
        cathode="NCM811",
        electrolytes=("LPSCl",),
        lithium=contents,
        decorations=decorations,
        orderings=orderings,
        relax_maker=RelaxMaker(name="static", calculator="mock", max_steps=0),
    )


def jobs_of(decorations: int, orderings: int, contents: tuple[str, ...] = CONTENTS) -> int:
    """Jobs that run: of each content a list, what becomes the cells, the cells, a curve; a scale.

    What the list becomes is one more job, which keeps the outputs together.
    """
    return len(contents) * (decorations * orderings + 4) + 1


def run(folder: Path, maker: InterfaceStabilityMaker) -> None:
    """Run what is left of it, and say how it ended."""
    from workflows.flows.flow_folder import locked
    from workflows.flows.run_locally import run_flow
    from workflows.runs.calculated_series_results import asked

    with locked(folder):
        output = run_flow(maker.make, asked(maker), folder)
    lowest = {
        content: curve.minimum_total.total
        for by_content in output["curves"].values()
        for content, curve in by_content.items()
    }
    print(json.dumps(lowest))


def started(folder: Path) -> Counter[str]:
    """How often each job was started, by its key, as the log says."""
    lines = (folder / "log.txt").read_text().splitlines()
    return Counter(line.split()[2] for line in lines if line.split()[1] == "start")


def finished(folder: Path) -> set[str]:
    """Keys of the jobs whose files are there."""
    names = [path.name.removesuffix(".json") for path in (folder / "jobs").glob("*.json")]
    return {".".join(name.rsplit(".", 2)[1:]) for name in names}


if __name__ == "__main__":
    run(Path(sys.argv[1]), flow_of(int(sys.argv[2]), int(sys.argv[3])))
