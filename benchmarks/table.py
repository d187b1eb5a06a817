"""The table of speed: what people wait for, in one run, against the committed one.

    python benchmarks/table.py [--only WORD] [--write]

CPU seconds of this process or of the command, fewest of a few. Each row is divided by the CPU time
of a fixed piece of work that is measured right before it (``work``: loops, dictionaries and small
arrays), so that a busy or a slower machine matters less. The new figures are printed beside those
of ``benchmarks/table.csv``; the exit status is 1 if a row takes more than 1.5 times as much work as
there. ``--write`` replaces the rows of that file that were measured, with commit and date.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does

import numpy as np
from cpu_time import fewest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
TABLE = Path(__file__).with_name("table.csv")
COLUMNS = ("what", "seconds", "work", "commit", "date")
SLOWER = 1.5  #: times the committed work; less is noise where others use the machine
ENTRY = Path(sys.executable).with_name("interfaces")
PLAIN = "import sys; sys.modules['numba'] = None; from workflows.cli import main; main()"

Row = tuple[str, Callable[[], float]]


def work() -> float:
    """CPU seconds of a fixed piece of work, some 0.2 s."""
    start = time.process_time()
    total, seen = 0, {}
    for i in range(600_000):
        total += i * i
        seen[i % 1000] = str(i)
    matrix = np.arange(81.0).reshape(9, 9) + 100 * np.eye(9)
    for _ in range(4000):
        np.linalg.inv(matrix)
        (matrix @ matrix).min()
    return time.process_time() - start


def command(*words: str, repeats: int = 1, plain: bool = False) -> Callable[[], float]:
    """CPU seconds of a command of ``interfaces``, in a new folder; ``plain`` is without numba."""

    def measured() -> float:
        times = []
        program = [sys.executable, "-c", PLAIN] if plain else [str(ENTRY)]
        for _ in range(repeats):
            with tempfile.TemporaryDirectory() as folder:
                filled = [word.replace("OUT", folder) for word in words]
                times.append(child([*program, *filled]))
        return min(times)

    return measured


def child(words: list[str]) -> float:
    """CPU seconds of a process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    del environment["OPENBLAS_NUM_THREADS"]
    subprocess.run(words, check=True, capture_output=True, cwd=ROOT, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


@cache
def pair() -> Any:
    """NCM811 with Li6PS5Cl on the bundled set."""
    from workflows.analyses.curve import prepare_curve
    from workflows.analyses.setup import PhaseOptions

    return prepare_curve("NCM811", "LPSCl", PhaseOptions("sevennet-l3i5"))


def cold_curve() -> float:
    """From a loaded table to all kinks with their reactions."""
    from interfaces.chemistry.reactions import _balanced
    from interfaces.reactivity.mixing_curve import mixing_curve

    analysis = pair()
    both = analysis.reactant_1, analysis.reactant_2

    def cold() -> None:
        _balanced.cache_clear()  # no reaction is known from the run before
        mixing_curve(analysis.phase_set, *both)

    return fewest(cold, 9)


def stable_curve() -> float:
    """The solver alone, on the phases that are stable."""
    from interfaces.solver.parametric import mixing_line

    analysis = pair()
    formulas = analysis.reactant_1.formula, analysis.reactant_2.formula
    elements = tuple(sorted({e for formula in formulas for e in formula.elements}))
    inside = analysis.phase_set.over([elements])
    kept = np.nonzero(inside.energies_above_hull() < 1e-8)[0]
    pool = inside.rows(kept).pool(elements)
    ends = [pool.composition(formula) for formula in reversed(formulas)]
    return fewest(lambda: mixing_line(pool.phases, pool.energies, pool.references, *ends), 30)


def drawn(samples: int) -> float:
    """Draws of one curve within the errors of the set."""
    from interfaces.reactivity.curve_band import draw_curve

    analysis, curve = pair(), pair().curve()
    errors = analysis.phase_set.errors
    return fewest(lambda: draw_curve(analysis.phase_set, curve, errors, samples=samples), 3)


CATHODES = (
    "LiCoO2 LiNiO2 LiMn2O4 LiFePO4 LiNbO3 Li3PO4 Li2ZrO3 Li4Ti5O12 LiTaO3 LiAlO2 Li2SiO3 Li2TiO3 "
    "LiMnPO4 LiCoPO4 Al2O3 ZrO2 TiO2 Li3BO3"
)


def small_screen() -> float:
    """CPU seconds of a screen where numba has compiled nothing yet."""
    import matplotlib

    os.environ["MPLCONFIGDIR"] = matplotlib.get_cachedir()  # its list of fonts stays
    with tempfile.TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache
        measured = command(
            "screen", "--cathodes", CATHODES.replace(" ", ","),
            "--electrolytes", "LPSCl,LGPS,LLZO,Li3InCl6", "--out", "OUT/s",
            "--table", "OUT/s.csv", "--figure", "OUT/s.png",
        )()  # fmt: skip
    del os.environ["XDG_CACHE_HOME"]
    return measured


def report() -> float:
    """CPU seconds of the page of a run, the run itself left out."""
    with tempfile.TemporaryDirectory() as folder:
        child([str(ENTRY), "run", str(ROOT / "inputs" / "ncm811.yaml"), "--out", folder])
        return command("report", f"{folder}/ncm811")()


def imported(module: str) -> Callable[[], float]:
    """What an import costs beside the start of Python."""

    def measured() -> float:
        runs = [[child([sys.executable, "-c", f"import {name}"]) for _ in range(5)]
                for name in (module, "sys")]  # fmt: skip
        return min(runs[0]) - min(runs[1])

    return measured


def rows() -> Iterator[Row]:
    """Name and measurement of each row."""
    job = str(ROOT / "inputs" / "ncm811.yaml")
    yield "curve, 8 elements, from the loaded set", cold_curve
    yield "curve, 8 elements, stable phases, solver alone", stable_curve
    yield "band of a curve, 200 draws", lambda: drawn(200)
    yield "band of a curve, 500 draws", lambda: drawn(500)
    yield "import interfaces", imported("interfaces")
    yield "import workflows", imported("workflows")
    yield "import pymatgen's Composition", imported("pymatgen.core.composition")
    yield "interfaces --help", command("--help", repeats=5)
    yield "interfaces curve", command("curve", "LiCoO2", "Li6PS5Cl", "--json", repeats=5)
    yield "interfaces charging", command("charging", "NCM811", "LPSCl", plain=True)
    yield "interfaces coatings", command("coatings", "NCM811", "LPSCl", plain=True)
    yield "screen of 72 pairs with figure, nothing compiled yet", small_screen
    yield "main job, no numba", command("run", job, "--out", "OUT", plain=True)
    yield "report of the main job", report


def kept() -> dict[str, dict[str, str]]:
    """Rows of the committed table."""
    if not TABLE.is_file():
        return {}
    with TABLE.open(newline="") as stream:
        return {row["what"]: row for row in csv.DictReader(stream)}


def main() -> None:
    parser = argparse.ArgumentParser(description="See the top of the file.")
    parser.add_argument("--only", default="", help="rows whose name holds this")
    parser.add_argument("--write", action="store_true", help="keep the new figures")
    options = parser.parse_args()
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, commit {commit}")
    print(f"{'':<50}{'seconds':>10}{'work':>9}{'before':>9}{'ratio':>7}")
    table, slower = kept(), False
    for what, measure in rows():
        if options.only not in what:
            continue
        before = min(work() for _ in range(3))
        seconds = measure()
        amount = seconds / min(before, *(work() for _ in range(2)))
        old = float(table[what]["work"]) if what in table else float("nan")
        slower |= amount > SLOWER * old
        print(f"{what:<50}{seconds:>10.4f}{amount:>9.3f}{old:>9.3f}{amount / old:>7.2f}")
        if options.write:
            values = (what, f"{seconds:.4g}", f"{amount:.4g}", commit, today)
            table[what] = dict(zip(COLUMNS, values, strict=True))
    if options.write:
        with TABLE.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(table.values())
    sys.exit(slower)


if __name__ == "__main__":
    main()
