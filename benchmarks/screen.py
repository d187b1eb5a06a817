"""A screen of a million pairs on one core, and its ratios to pymatgen in the same run.

    python benchmarks/screen.py [TABLE] [--pairs N] [--sample N] [--no-pymatgen]

TABLE is a phase table; by default the MP table of 2019, if it lies beside the checkout. Pairs are
the first N of `set:Li+O+transition-metal,hull<0.05` with `set:Li,hull<0.05` of that table.
CPU seconds, so that a busy machine matters less; wall seconds where processes are compared.
pymatgen works on a random sample of the same pairs, of up to 8 elements (its diagram takes a minute
at 9); what it would take for all is extrapolated from that.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from cpu_time import fewest

from interfaces.phases.phase_set import PhaseSet
from interfaces.screening.pairs import Screen
from workflows.analyses.setup import PhaseOptions
from workflows.data.phase_sets import read_phases
from workflows.screening.executors import local_processes, prepare, warm
from workflows.screening.parts import finished
from workflows.screening.plan import Plan, begin
from workflows.screening.run_screen import run_screen
from workflows.screening.screen_spec import ScreenSpec, make_plan

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT.parent / "shared" / "data" / "mp_legacy_2019.csv.gz"
CATHODES, ELECTROLYTES = "set:Li+O+transition-metal,hull<0.05", "set:Li,hull<0.05"
WIDEST = 8  #: elements of a pair that pymatgen is given


def whole(plan: Plan, folder: Path) -> None:
    """The screen on one core, with everything that it writes."""
    begin(folder, plan)
    start = time.process_time()
    summary = run_screen(folder, plan)
    cpu = time.process_time() - start
    size = sum(path.stat().st_size for path in (folder / "parts").iterdir()) / summary.rows
    values = [finished(folder, plan, n) for n in range(plan.parts)]
    parts = sum(part.seconds for part in values if part)
    print(
        f"{summary.pairs:,} pairs on one core: {summary.seconds:.1f} s wall, {cpu:.1f} s CPU with "
        f"verifying; {summary.pairs_per_second:,.0f} pairs/s wall, {summary.pairs / cpu:,.0f} CPU "
        f"({parts:.1f} s in parts)\n"
        f"peak memory {summary.peak_memory_mb:.0f} MB, {summary.parts} parts, {size:.1f} bytes a "
        f"row, {summary.errors:,} rows with an error"
    )
    rate = summary.pairs / cpu
    print(
        f"on paper, 1e10 such pairs: {1e10 / rate / 3600:,.0f} core hours, "
        f"{size * 1e10 / 1e9:,.0f} GB of Parquet, "
        f"{1e10 / plan.pairs_per_part:,.0f} parts of {plan.rows_per_part:,} rows"
    )


def by_elements(screen: Screen, first_of: np.ndarray, second_of: np.ndarray) -> None:
    """Cost of a pair against the number of its elements and of the phases among them."""
    systems = screen.masks[0][first_of] | screen.masks[1][second_of]
    distinct, inverse = np.unique(systems, return_inverse=True)
    widths = np.array([int(system).bit_count() for system in distinct])
    phases = np.array([((screen.columns.phases.masks & ~system) == 0).sum() for system in distinct])
    print("elements  pairs  systems  stable phases  us per pair")
    for width in np.unique(widths):
        at = np.nonzero(widths[inverse] == width)[0][:20000]
        took = fewest(lambda at=at: screen.minima(first_of[at], second_of[at]))
        kinds = np.unique(inverse[at])
        print(
            f"{width:8d} {at.size:6d} {kinds.size:8d} {phases[inverse[at]].mean():14.0f} "
            f"{1e6 * took / at.size:12.1f}"
        )


def against_pymatgen(
    phases: PhaseSet, screen: Screen, first_of: np.ndarray, second_of: np.ndarray, sample: int
) -> None:
    """The same pairs by pymatgen, with its diagram rebuilt and with it free."""
    import warnings

    from pymatgen.analysis.interface_reactions import InterfacialReactivity
    from pymatgen.analysis.phase_diagram import PhaseDiagram
    from pymatgen.core import Composition
    from pymatgen.entries.computed_entries import ComputedEntry

    warnings.simplefilter("ignore")
    systems = screen.masks[0][first_of] | screen.masks[1][second_of]
    widths = np.array([int(system).bit_count() for system in systems])
    narrow = np.nonzero(widths <= WIDEST)[0]
    chosen = np.random.default_rng(0).choice(narrow, sample, replace=False)
    share = narrow.size / widths.size
    print(f"{sample} random pairs of up to {WIDEST} elements ({share:.0%} of all):")
    lowest = screen.minima(first_of[chosen], second_of[chosen])
    alone = np.zeros(sample)
    diagrams, kinks, apart = np.zeros(sample), np.zeros(sample), np.zeros(sample)
    for k, at in enumerate(chosen):
        item = screen.firsts.reactants[int(first_of[at])]
        other = screen.seconds.reactants[int(second_of[at])]
        assert item is not None
        assert other is not None
        if lowest.errors[k] >= 0:
            diagrams[k] = kinks[k] = np.nan
            continue
        many = np.full(2000, at)
        alone[k] = fewest(lambda m=many: screen.minima(first_of[m], second_of[m])) / 2000
        own = phases.over([{*item.formula.elements, *other.formula.elements}])
        entries = [
            ComputedEntry(Composition(f.text), e * float(f.n_atoms), entry_id=i)
            for i, f, e in zip(own.ids, own.formulas, own.energies, strict=True)
        ]
        start = time.process_time()
        diagram = PhaseDiagram(entries)
        diagrams[k] = time.process_time() - start
        pair = Composition(item.formula.text), Composition(other.formula.text)
        start = time.process_time()
        listed = InterfacialReactivity(*pair, diagram, norm=True, use_hull_energy=False).get_kinks()
        kinks[k] = time.process_time() - start
        apart[k] = abs(min(kink[2] for kink in listed) - lowest.energies[k, 0])
    start = time.process_time()
    for chunk in np.array_split(narrow, max(1, narrow.size // 200_000)):
        screen.minima(first_of[chunk], second_of[chunk])
    ours = (time.process_time() - start) / narrow.size
    free, cold = np.nanmean(kinks), np.nanmean(diagrams + kinks)
    print(f"pymatgen: diagram and kinks {cold:.2f} s a pair, kinks alone {1000 * free:.0f} ms; "
          f"lowest totals differ by {1000 * np.nanmax(apart):.1e} meV/atom at most")  # fmt: skip
    print(f"here: {1e6 * ours:.1f} us a pair in the screen (all {narrow.size:,} of them), "
          f"{1e6 * alone.mean():.1f} us for the sampled pairs")  # fmt: skip
    print(f"ratio with pymatgen's diagram rebuilt: {cold / ours:,.0f} "
          f"(sampled pairs alone: {cold / alone.mean():,.0f})")  # fmt: skip
    print(f"ratio with pymatgen's diagram free:    {free / ours:,.0f} "
          f"(sampled pairs alone: {free / alone.mean():,.0f})")  # fmt: skip
    days = widths.size / 86400
    print(f"extrapolated: {widths.size:,} pairs would take pymatgen {days * cold:,.1f} core days, "
          f" {days * free:,.1f} with every diagram free")  # fmt: skip


def two_processes(plan: Plan, folder: Path) -> None:
    """Wall time of the same screen with one worker process and with two."""
    prepare(plan)
    times = []
    for count in (1, 2):
        out = folder / f"processes-{count}"
        begin(out, plan)
        start = time.perf_counter()
        for _ in local_processes(count)(out, plan, range(plan.parts)):
            pass
        times.append(time.perf_counter() - start)
    print(f"{plan.pairs:,} pairs in {plan.parts} parts: one process {times[0]:.1f} s, two "
          f"{times[1]:.1f} s, ratio {times[0] / times[1]:.2f}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="See the top of the file.")
    parser.add_argument("table", nargs="?", type=Path, default=TABLE)
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--sample", type=int, default=24)
    parser.add_argument("--no-pymatgen", action="store_true")
    options = parser.parse_args()
    if not options.table.is_file():
        parser.error(f"no table at {options.table}; give one with formula and energies")
    spec = ScreenSpec((CATHODES,), (ELECTROLYTES,), source=PhaseOptions(str(options.table)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warm()
        start = time.process_time()
        full = make_plan(spec)
        prepare(full)
        print(f"{options.table.name}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
              f"reading, plan, compiling: {time.process_time() - start:.1f} s CPU")  # fmt: skip
        plan = replace(full, limit=options.pairs)
        cathodes, electrolytes, _ = plan.sides
        print(f"{len(cathodes)} x {len(electrolytes)} = {full.pairs:,} pairs ({CATHODES} with "
              f"{ELECTROLYTES}), {len(plan.stable)} stable phases")  # fmt: skip
        whole(plan, folder / "whole")
        leg, first_of, second_of = plan.blocks and (
            plan.legs[0], *plan.blocks[0].take(0, plan.pairs)
        )  # fmt: skip
        screen = plan.screens[leg]
        by_elements(screen, first_of, second_of)
        print(f"load {os.getloadavg()[0]:.1f}")
        two_processes(
            replace(full, limit=min(300_000, options.pairs), rows_per_part=10_000), folder
        )
        if not options.no_pymatgen:
            against_pymatgen(
                read_phases(options.table), screen, first_of, second_of, options.sample
            )


if __name__ == "__main__":
    main()
