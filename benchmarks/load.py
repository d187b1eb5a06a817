"""Load: ten million pairs under a memory limit, 10,000 records asked, a flow of a thousand jobs.

    python benchmarks/load.py [screen] [records] [flow] [--pairs N] [--limit-mb N] ...

Needs a scratch folder (`--scratch`, by default the system's) with some 200 MB, which is emptied.
The screen takes some 20 minutes on one core of its own. Reduced sizes: tests/robustness/load.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.robustness.load import flows, stores  # noqa: E402
from tests.robustness.load.watched import COMMAND, Watched, watch  # noqa: E402

CATHODES, PARTNERS = "set:Li+O+transition-metal,hull<0.1", "set:all,hull<0.1"
MODULE = (sys.executable, "-m", "tests.robustness.load.flows")


def memory(seen: Watched) -> str:
    """Peak, growth and mapped memory of a run, in words."""
    return (
        f"resident {seen.peak:.0f} MB at most, {seen.slope:+.2f} MB/min over the second half; "
        f"address space {seen.address_space:.0f} MB at most; {seen.seconds:.0f} s wall, "
        f"{seen.cpu:.0f} s CPU, {len(seen.times)} samples"
    )


def screen(scratch: Path, pairs: int, limit_mb: float | None, smallest: int) -> None:
    """The pairs, and the smallest ``ulimit -v`` with which a tenth of them still passes."""
    words = (*COMMAND, "screen", "--cathodes", CATHODES, "--electrolytes", PARTNERS, "--json")
    seen = watch([*words, "--limit", str(pairs), "--out", "s"], scratch, limit_mb=limit_mb)
    if seen.status:
        print(f"{pairs:,} pairs within {limit_mb} MB of address space: {seen.err.strip()[-200:]}")
        return
    made = json.loads(seen.out)
    size = sum(path.stat().st_size for path in (scratch / "s" / "parts").iterdir())
    print(f"{made['rows']:,} rows, {made['pairs_per_second']:,.0f} pairs/s, {made['errors']:,} "
          f"with an error, {size / 1e6:.0f} MB on disk; {memory(seen)}")  # fmt: skip
    for limit in range(2400, 0, -200) if smallest else ():
        few = watch(
            [*words, "--limit", str(smallest), "--out", f"s{limit}"], scratch, limit_mb=limit
        )
        print(f"{smallest:,} pairs with ulimit -v of {limit} MB: status {few.status} "
              f"{few.err.strip().splitlines()[-1][:120] if few.status else ''}")  # fmt: skip
        if few.status:
            return


def records(scratch: Path, count: int) -> None:
    """A question to ``count`` records, beside reading each with json; then with one cut short."""
    from workflows.runs.query import rows

    folder = scratch / "records"
    stores.fill(folder, count)
    start = time.process_time()
    table = rows(folder, "Li2O", "TiO2")
    ours = time.process_time() - start
    start = time.process_time()
    for path in folder.glob("*/record.json.gz"):
        stores.load(path)
    read = time.process_time() - start
    plain = stores.plainly(folder, "Li2O", "TiO2")
    same = sorted((row["record"], row["minimum_total"]) for row in table) == sorted(plain)
    print(f"{count:,} records, {len(table):,} rows: {ours:.1f} s CPU, {ours / read:.1f} times "
          f"reading each with json ({read:.1f} s); equal to a plain filter: {same}")  # fmt: skip
    words = [*COMMAND, "query", str(folder), "Li2O", "TiO2", "--json"]
    print(f"the command: {memory(watch(words, scratch))}")
    stores.hurt(folder / "run-00000" / "record.json.gz")
    seen = watch(words, scratch)
    print(f"one record cut short: status {seen.status}, {len(json.loads(seen.out)):,} rows, "
          f"{seen.err.count(chr(10))} line: {seen.err.strip()[-120:]}")  # fmt: skip


def flow(scratch: Path, sizes: list[int]) -> None:
    """Flows of about so many jobs, each alone; the smallest again, killed half-way."""
    table = {}
    for jobs in sizes:
        orderings = max(1, round(jobs / len(flows.CONTENTS) / flows.DECORATIONS))
        count = flows.jobs_of(flows.DECORATIONS, orderings)
        folder = scratch / f"flow-{jobs}"
        words = [*MODULE, str(folder), str(flows.DECORATIONS), str(orderings)]
        seen = watch(words, scratch)
        table[orderings] = seen.out
        print(
            f"{count} jobs, status {seen.status}, {len(flows.finished(folder))} finished: "
            f"{seen.cpu / count * 1000:.0f} ms CPU a job; {memory(seen)} {seen.err[-300:]}",
            flush=True,
        )
    killed_and_resumed(scratch, min(table), table[min(table)])


def killed_and_resumed(scratch: Path, orderings: int, whole: str) -> None:
    """Killed when half of the jobs are finished, and started again."""
    folder = scratch / "killed"
    words = [*MODULE, str(folder), str(flows.DECORATIONS), str(orderings)]
    count = flows.jobs_of(flows.DECORATIONS, orderings)

    def half() -> bool:
        return (folder / "jobs").is_dir() and len(flows.finished(folder)) >= count // 2

    first = watch(words, scratch, kill_when=half)
    before = flows.finished(folder)
    again = watch(words, scratch)
    starts = flows.started(folder)
    repeated = [key for key in before if starts[key] > 1]
    print(f"killed (status {first.status}) with {len(before)} of {count} jobs finished; again: "
          f"status {again.status}, {len(flows.finished(folder))} finished, {len(repeated)} of the "
          f"finished repeated, {sum(starts.values()) - len(starts)} started twice; same result: "
          f"{again.out == whole}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="See the top of the file.")
    parser.add_argument("parts", nargs="*", default=["screen", "records", "flow"])
    parser.add_argument("--pairs", type=int, default=10_000_000)
    parser.add_argument("--limit-mb", type=float, help="Of address space; by default none.")
    parser.add_argument(
        "--smallest", type=int, default=400_000, help="Pairs to find the least limit."
    )
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, nargs="+", default=[250, 500, 1000])
    parser.add_argument("--scratch", type=Path)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    os.environ["PYTHONPATH"] = str(ROOT)
    with tempfile.TemporaryDirectory(dir=options.scratch) as name:
        scratch = Path(name)
        if "screen" in options.parts:
            screen(scratch, options.pairs, options.limit_mb, options.smallest)
        if "records" in options.parts:
            records(scratch, options.records)
        if "flow" in options.parts:
            flow(scratch, sorted(options.jobs))


if __name__ == "__main__":
    main()
