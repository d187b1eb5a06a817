"""Overhead of a small run: CPU time, files and bytes, alone and several in one process.

    python benchmarks/small_runs.py [--runs N]

A run is one lithium content of LiCoO2 against Li3PS4 with the mock, which takes no time itself.
On two busy cores (2026-12-01): a run 4.97 s CPU, 31 files, 0.79 MB; compact 2.55 s, 10 files,
0.05 MB; five in one process 1.10 s, 11 files, 0.05 MB.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = (sys.executable, "-m", "workflows.cli")
JOB = """\
name: run{i}
cathode: LCO
lithium: [1.0]
electrolytes: [LPS]
phases: sevennet-l3i5
calculate: {{formula_units: 2, orderings: 1, seed: {i}}}
"""


def measured(words: list[str], place: Path, runs: int, out: str) -> str:
    """Run a command, and say what each of its runs took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([*COMMAND, *words], cwd=place, env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    files = [path for path in (place / out).rglob("*") if path.is_file()]
    files = [path for path in files if "submitted" not in path.parts]
    size = sum(path.stat().st_size for path in files)
    return f"{cpu / runs:.2f} s CPU, {len(files) / runs:.1f} files, {size / runs / 1e6:.3f} MB"


def main() -> None:
    """Measure a usual, a compact, and several runs in one process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        for i in range(runs):
            (place / f"run{i}.yaml").write_text(JOB.format(i=i))
        values = ["run", "run0.yaml", "--calculator", "mock", "--out"]
        print("a run", measured([*values, "a"], place, 1, "a"))
        print("compact", measured([*values, "b", "--compact"], place, 1, "b"))
        names = [f"run{i}.yaml" for i in range(runs)]
        together = ["submit", *names, "--to", "local", "--calculator", "mock", "--out", "c"]
        subprocess.run(
            [*COMMAND, *together, "--per-task", str(runs), "--site", _idle(place)],
            cwd=place, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True, capture_output=True,
        )  # fmt: skip
        plan = next((place / "c").glob("submitted/*/runs.json"))
        words = ["run-together", str(plan), *map(str, range(runs)), "--job", "1"]
        print(f"{runs} in one process", measured(words, place, runs, "c"))


def _idle(place: Path) -> str:
    """A site whose command does nothing: the runs are only prepared."""
    (place / "idle.yaml").write_text("command: 'true'\n")
    return "idle.yaml"


if __name__ == "__main__":
    main()
