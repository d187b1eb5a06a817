"""Open to lithium, ratios against pymatgen in one run: a voltage scan of a pair, a staircase.

    python benchmarks/open_to_lithium.py [TABLE]

TABLE is a phase table; by default the MP table of 2019, where it lies beside the checkout.
Medians of CPU time, so that a busy machine matters less; ratios within one run only.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
from cpu_time import median

from interfaces.chemistry.formulas import Formula, chemical_system
from interfaces.phases.competing_phases import Pool
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import reactant
from interfaces.phases.reservoirs import at_voltage
from interfaces.reactivity.voltage_map import voltage_map
from interfaces.screening.numba_cache import compiled
from interfaces.solver.map_tiling import tiling
from interfaces.solver.parametric import voltage_line
from interfaces.solver.simplex import OK
from interfaces.stability.electrochemical_window import electrochemical_window
from workflows.data.phase_sets import read_phases

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT.parent / "shared" / "data" / "mp_legacy_2019.csv.gz"
PAIR = ("LiNi0.8Co0.1Mn0.1O2", "Li6PS5Cl")  # 8 elements
BOTH = "Li7Ni0.8Co0.1Mn0.1O2PS5Cl"  # one of each: 8 elements in one composition
LOW, HIGH, VOLTAGES = 0.0, 5.0, 501
MEASURED = (1.0, 4.0)  # V; pymatgen at these, the rest extrapolated


def loop_seconds(function: Callable[[], object], calls: int, repeats: int) -> float:
    """CPU seconds of a call that is too short for the clock, from a loop of many."""
    return median(lambda: [function() for _ in range(calls)], repeats) / calls


def stable_only(phases: PhaseSet, elements: tuple[str, ...]) -> PhaseSet:
    """Phases on the closed hull: no other is ever on the open one."""
    inside = phases.over([elements])
    keep = [i for i, above in enumerate(inside.energies_above_hull()) if above < 1e-8]
    return PhaseSet.from_rows(
        [(inside.ids[i], inside.formulas[i], float(inside.energies[i])) for i in keep],
        scheme=phases.scheme,
    )


def arguments(pool: Pool, pair: tuple[str, str]) -> tuple:
    end, start = (pool.composition(Formula.parse(text)) for text in pair)
    columns = (pool.phases, pool.energies, pool.tilts, pool.references)
    return (*columns, start, end, LOW, HIGH)


def scan_by_pymatgen(entries, closed, voltage: float) -> None:
    """One of the voltages: the open diagram anew, and the kinks in it."""
    from pymatgen.analysis.interface_reactions import GrandPotentialInterfacialReactivity
    from pymatgen.analysis.phase_diagram import GrandPotentialPhaseDiagram
    from pymatgen.core import Composition, Element

    grand = GrandPotentialPhaseDiagram(entries, {Element("Li"): -voltage})
    GrandPotentialInterfacialReactivity(
        *(Composition(text) for text in PAIR), grand, closed, include_no_mixing_energy=True
    ).get_kinks()


def row(name: str, ours: float, theirs: float) -> None:
    unit = f"{1e3 * ours:.2f} ms" if ours > 1e-3 else f"{1e6 * ours:.1f} us"
    print(f"  {name}: {unit}, ratio {theirs / ours:,.0f}")


def main() -> None:
    table = Path(sys.argv[1]) if len(sys.argv) > 1 else TABLE
    if not table.is_file():
        sys.exit(f"no table at {table}; give one with formula and formation_energy_per_atom")
    phases = read_phases(table)
    elements = chemical_system([Formula.parse(text) for text in PAIR])
    lithium = [at_voltage("Li", 0.0)]
    stable = stable_only(phases, elements)
    pools = {
        "all phases": phases.pool(elements).opened(lithium),
        "stable phases": stable.pool(elements).opened(lithium),
    }
    fast = compiled()

    # numba's start, kept apart
    small = pools["stable phases"]
    composition = small.composition(Formula.parse(BOTH))
    line = (small.phases, small.energies, small.tilts, small.references, composition, LOW)
    compiling = median(lambda: fast["tiling"](*arguments(small, PAIR)), 1)
    compiling += median(lambda: fast["voltage_line"](*line), 1)

    # pymatgen, restricted to the pair's own elements
    from pymatgen.analysis.phase_diagram import PhaseDiagram
    from pymatgen.core import Composition
    from pymatgen.entries.computed_entries import ComputedEntry

    own = phases.over([elements])
    entries = [
        ComputedEntry(Composition(f.text), e * float(f.n_atoms), entry_id=i)
        for i, f, e in zip(own.ids, own.formulas, own.energies, strict=True)
    ]
    built = []
    diagram = median(lambda: built.append(PhaseDiagram(entries)), 1)
    closed = built[0]
    each = [median(lambda v=v: scan_by_pymatgen(entries, closed, v), 1) for v in MEASURED]
    scan = VOLTAGES * statistics.mean(each)
    print(f"{' | '.join(PAIR)} on {table.name}: {len(entries)} entries, {len(elements)} elements, "
          f"{len(stable)} of them on the hull")  # fmt: skip
    print(f"pymatgen {version('pymatgen')}")
    print(f"numba compiles {compiling:.1f} s, once, in no number below")
    print(f"\nscan of {VOLTAGES} voltages, {LOW:g} to {HIGH:g} V")
    measured = ", ".join(f"{s:.2f} s at {v:g} V" for s, v in zip(each, MEASURED, strict=True))
    print(f"  pymatgen: {measured}; EXTRAPOLATED from these to {VOLTAGES}: {scan:.0f} s")
    for name, pool in pools.items():
        given = arguments(pool, PAIR)
        status, tiles, *_ = fast["tiling"](*given)
        if status != OK:
            sys.exit(f"tiling ended with status {status}")
        row(f"exact map, compiled, {name} ({len(tiles)} tiles)",
            median(lambda g=given: fast["tiling"](*g), 21), scan)  # fmt: skip
        row(f"exact map, plain numpy, {name}", median(lambda g=given: tiling(*g), 3), scan)
    first, second = (reactant(phases, text, "hull") for text in PAIR)
    grid = np.linspace(LOW, HIGH, VOLTAGES)
    row("voltage_map and minimum() of both kinds, in Python",
        median(lambda: [voltage_map(phases, first, second, LOW, HIGH).minimum(kind)
                         for kind in ("total", "mutual")], 3) / 2, scan)  # fmt: skip
    pair_map = voltage_map(phases, first, second, LOW, HIGH)
    row(f"reading the map at {VOLTAGES} voltages and 101 fractions",
        median(lambda: pair_map.at(np.linspace(0, 1, 101), grid[:, None]), 3), scan)  # fmt: skip

    for text in (BOTH, PAIR[1]):
        staircase(phases, stable, elements, closed, diagram, text)


def staircase(phases, stable, elements, closed, diagram: float, text: str) -> None:
    """One compound among the same candidates as pymatgen's, its diagram built."""
    from pymatgen.core import Composition, Element

    fast = compiled()["voltage_line"]
    profile = median(lambda: closed.get_element_profile(Element("Li"), Composition(text)), 1)
    print(f"\nstaircase of {text} in {len(elements)} elements, from 0 V without end")
    print(f"  pymatgen: get_element_profile {profile:.2f} s, its diagram ({diagram:.2f} s) free")
    formula, lithium = Formula.parse(text), [at_voltage("Li", 0.0)]
    own = tuple(sorted({*formula.elements, "Li"}))
    pools = {
        "all phases": phases.pool(elements).opened(lithium),
        "stable phases": stable.pool(elements).opened(lithium),
    }
    if own != elements:
        pools["stable phases of its own elements"] = stable.pool(own).opened(lithium)
    for name, pool in pools.items():
        columns = (pool.phases, pool.energies, pool.tilts, pool.references)
        given = (*columns, pool.composition(formula), LOW)
        _, count, *_ = fast(*given)
        row(f"voltage_line, compiled, {name} ({count} bases)",
            loop_seconds(lambda a=given: fast(*a), 200, 9), profile)  # fmt: skip
        row(f"voltage_line, plain numpy, {name}",
            loop_seconds(lambda a=given: voltage_line(*a), 5, 5), profile)  # fmt: skip
    compound = reactant(phases, text, "hull")
    row("electrochemical_window, in Python, with balanced reactions",
        loop_seconds(lambda: electrochemical_window(phases, compound), 3, 5), profile)  # fmt: skip


if __name__ == "__main__":
    main()
