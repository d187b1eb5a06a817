"""Ratios against pymatgen in one run: cold, with the diagram free, many elements, start-up.

    python benchmarks/against_pymatgen.py [TABLE]

TABLE is a phase table; by default the MP table of 2019, where it lies beside the checkout.
Medians of CPU time, so that a busy machine matters less; ratios within one run only.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from cpu_time import median

from interfaces.chemistry.formulas import Formula, chemical_system
from interfaces.chemistry.reactions import _balanced
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import reactant
from interfaces.reactivity.mixing_curve import mixing_curve
from interfaces.solver.parametric import mixing_line
from workflows.data.phase_sets import read_phases

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT.parent / "shared" / "data" / "mp_legacy_2019.csv.gz"
PAIR = ("LiNi0.8Co0.1Mn0.1O2", "Li6PS5Cl")  # 8 elements
WIDE = ("LiNi0.8Co0.1Mn0.1O2", "Li10GeP2S11ClBrC2H3")  # 12 elements


def ours_cold(phases: PhaseSet, pair: tuple[str, str]) -> object:
    """From the loaded table to all kinks with their balanced reactions."""
    return mixing_curve(phases, *(reactant(phases, formula, "hull") for formula in pair))


def cold_seconds(table: Path) -> float:
    """One curve on a set that was loaded anew and asked nothing before."""
    fresh = read_phases(table)
    _balanced.cache_clear()
    return median(lambda: ours_cold(fresh, PAIR), 1)


def wall(command: list[str], repeats: int) -> float:
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def main() -> None:
    table = Path(sys.argv[1]) if len(sys.argv) > 1 else TABLE
    if not table.is_file():
        sys.exit(f"no table at {table}; give one with formula and formation_energy_per_atom")
    phases = read_phases(table)
    formulas = [Formula.parse(text) for text in PAIR]
    elements = chemical_system(formulas)

    # ours
    cold = statistics.median(cold_seconds(table) for _ in range(9))
    pool = phases.pool(elements)
    small = PhaseSet.from_rows(
        [(phases.ids[row], phases.formulas[row], phases.energies[row]) for row in pool.rows],
        scheme=phases.scheme,
    )
    above = small.energies_above_hull()
    stable = PhaseSet.from_rows(
        [
            (identifier, formula, energy)
            for identifier, formula, energy, height in zip(
                small.ids, small.formulas, small.energies, above, strict=True
            )
            if height < 1e-8
        ],
        scheme=phases.scheme,
    ).pool(elements)
    ends = [formula.fractions(elements) for formula in reversed(formulas)]
    warm = median(lambda: mixing_line(stable.phases, stable.energies, stable.references, *ends), 50)
    wide = median(lambda: ours_cold(phases, WIDE), 5)

    # pymatgen, restricted to the pair's own elements
    from pymatgen.analysis.interface_reactions import InterfacialReactivity
    from pymatgen.analysis.phase_diagram import PhaseDiagram
    from pymatgen.core import Composition
    from pymatgen.entries.computed_entries import ComputedEntry

    own = phases.over([elements])
    entries = [
        ComputedEntry(Composition(f.text), e * float(f.n_atoms), entry_id=i)
        for i, f, e in zip(own.ids, own.formulas, own.energies, strict=True)
    ]
    built: list[object] = []
    diagram = median(lambda: built.append(PhaseDiagram(entries)), 1)
    first, second = (Composition(text) for text in PAIR)
    kinks = median(
        lambda: InterfacialReactivity(
            first, second, built[0], norm=True, use_hull_energy=True
        ).get_kinks(),
        1,
    )
    print(f"{' | '.join(PAIR)} on {table.name}: {len(entries)} entries, {len(elements)} elements")
    print(f"pymatgen: diagram {diagram:.2f} s, kinks {1000 * kinks:.0f} ms")
    print(f"cold, table to kinks with reactions: {1000 * cold:.1f} ms, "
          f"ratio {(diagram + kinks) / cold:.0f}")  # fmt: skip
    print(f"plain-numpy curve on {len(stable.energies)} stable phases: {1000 * warm:.2f} ms, "
          f"ratio {kinks / warm:.0f} with pymatgen's diagram free")  # fmt: skip
    width = len(chemical_system([Formula.parse(text) for text in WIDE]))
    print(f"{width} elements ({' | '.join(WIDE)}): {1000 * wide:.1f} ms; pymatgen given up")

    # start-up
    python = sys.executable
    cli = [python, "-m", "workflows.cli"]
    entry = Path(python).with_name("interfaces")
    if entry.is_file():
        cli = [str(entry)]
    helped = wall([*cli, "--help"], 9)
    numpy_ = wall([python, "-c", "import numpy"], 9)
    curve = wall([*cli, "curve", "LiCoO2", "Li6PS5Cl", "--json"], 9)
    composition = wall([python, "-c", "from pymatgen.core import Composition"], 9)
    print(f"interfaces --help {helped:.2f} s, import numpy {numpy_:.2f} s, "
          f"ratio {helped / numpy_:.2f}")  # fmt: skip
    print(f"interfaces curve {curve:.2f} s, import Composition {composition:.2f} s, "
          f"ratio {curve / composition:.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
