"""Queries of stored results: 1,000 records of one curve, and 10 runs of the 33 curves of ncm811.

    python benchmarks/query.py [--records N] [--runs N]

CPU time of this process, in a scratch folder; the commands with their imports. Bounds: 1.5 s and
0.5 s with the index of each record.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from interfaces.reactivity.mixing_curve import MixingCurve  # noqa: E402
from tests.robustness.load import stores  # noqa: E402
from tests.robustness.load.watched import COMMAND, watch  # noqa: E402
from workflows.runs.query import rows  # noqa: E402
from workflows.runs.record import IN_FOLDER, read_record, write_record  # noqa: E402
from workflows.runs.record_index import INDEX  # noqa: E402


def timed(label: str, folder: Path, **options: Any) -> list[dict[str, Any]]:
    """Rows of a folder, with the time that they took."""
    wall, cpu = time.perf_counter(), time.process_time()
    table = rows(folder, **options)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{label}: {len(table):,} rows, {cpu:.3f} s CPU, {wall:.3f} s wall")
    return table


def compare(label: str, folder: Path) -> None:
    """With the index, by the command, and without the index."""
    indexed = timed(f"{label}, index", folder)
    seen = watch([*COMMAND, "query", str(folder), "--csv"], folder)
    print(f"{label}, the command: status {seen.status}, {seen.cpu:.2f} s CPU")
    for index in folder.rglob(INDEX):
        index.unlink()
    print(f"equal: {timed(f'{label}, no index', folder) == indexed}")


def main() -> None:
    parser = argparse.ArgumentParser(description="See the top of the file.")
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=10)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    os.environ["PYTHONPATH"] = str(ROOT)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        stores.fill(scratch / "records", options.records)
        results = [
            (analysis, MixingCurve.from_record(result))
            for analysis, result in read_record(ROOT / "results" / "reference")
        ]
        for number in range(options.runs):
            write_record(scratch / "runs" / f"run-{number}" / IN_FOLDER, results)
        timed(
            f"{options.runs} runs, LPSCl at a new voltage",
            scratch / "runs",
            reactants=("NCM811", "LPSCl"),
            voltage=4.3,
        )
        compare(f"{options.records:,} records of one curve", scratch / "records")
        compare(f"{options.runs} runs of {len(results)} curves", scratch / "runs")


if __name__ == "__main__":
    main()
