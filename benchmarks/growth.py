"""How the cost of a curve grows: with elements, phases, draws and voltages; a figure.

    python benchmarks/growth.py docs/growth.png

CPU time of the plain solver on made-up phases of whole numbers of atoms, fewest of three.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does

import numpy as np
from cpu_time import fewest
from matplotlib.figure import Figure

from interfaces.solver.drawn_lines import drawn_lines
from interfaces.solver.map_tiling import tiling
from interfaces.solver.parametric import mixing_line

ELEMENTS = (4, 6, 8, 10, 12, 14)
PHASES = (1_000, 3_000, 10_000, 30_000, 100_000)
DRAWS = (10, 30, 100, 300, 1_000)
VOLTAGES = (0.5, 1.0, 2.0, 4.0)  #: width of the range of a map [V]


def made_up(elements: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Elements, then phases of two to four of them with energies that grow with their number."""
    chance = np.random.default_rng(elements)
    fractions = np.zeros((count, elements))
    for row in fractions:
        chosen = chance.choice(elements, min(elements, chance.integers(2, 5)), replace=False)
        row[chosen] = chance.integers(1, 7, chosen.size)
    fractions /= fractions.sum(axis=1, keepdims=True)
    affinity = chance.random((elements, elements))
    energies = -np.einsum("ni,ij,nj->n", fractions, affinity + affinity.T, fractions)
    energies += 0.1 * chance.random(count)
    energies[:elements] = 0.0
    fractions[:elements] = np.eye(elements)
    return fractions, energies


def ends(elements: int) -> tuple[np.ndarray, np.ndarray]:
    """Two reactants that hold half of the elements each."""
    start, end = np.zeros(elements), np.zeros(elements)
    start[: (elements + 1) // 2], end[elements // 2 :] = 1.0, 1.0
    return start / start.sum(), end / end.sum()


def curve(elements: int, count: int) -> float:
    phases, energies = made_up(elements, count)
    references = np.arange(elements)
    return fewest(lambda: mixing_line(phases, energies, references, *ends(elements)))


def draws(samples: int) -> float:
    phases, energies = made_up(8, 300)
    shifted = energies + 0.02 * np.random.default_rng(1).standard_normal((samples, 300))
    shifted[:, :8] = 0.0
    start, end = ends(8)
    return fewest(lambda: drawn_lines(phases, shifted, np.arange(8), start, end - start))


def voltages(width: float) -> float:
    phases, energies = made_up(8, 300)
    tilts = np.random.default_rng(2).random(300)
    tilts[:8] = 0.0
    start, end = ends(8)
    return fewest(lambda: tiling(phases, energies, tilts, np.arange(8), start, end, 0.0, width))


def main() -> None:
    series = {
        "elements (1,000 phases)": (ELEMENTS, [curve(n, 1_000) for n in ELEMENTS]),
        "phases (8 elements)": (PHASES, [curve(8, n) for n in PHASES]),
        "draws side by side (300 phases)": (DRAWS, [draws(n) for n in DRAWS]),
        "range of an exact map (V)": (VOLTAGES, [voltages(v) for v in VOLTAGES]),
    }
    figure = Figure(figsize=(6.9, 2.2), layout="constrained")
    for ax, (label, (sizes, seconds)) in zip(figure.subplots(1, 4), series.items(), strict=True):
        power = np.polyfit(np.log(sizes), np.log(seconds), 1)[0]
        costs = (f"{n:g}: {1e3 * s:.2f} ms" for n, s in zip(sizes, seconds, strict=True))
        print(f"{label}: {', '.join(costs)}; power {power:.2f}")
        ax.loglog(sizes, np.array(seconds) * 1e3, "o-", ms=3, lw=1, color="#0072B2")
        ax.set_title(f"$\\propto n^{{{power:.1f}}}$", fontsize=8)
        ax.set_xlabel(label, fontsize=7)
        ax.set_xticks(sizes, [f"{n:,g}" for n in sizes], rotation=45)
        ax.set_ylim(0.5, 300)
        ax.minorticks_off()
        ax.tick_params(labelsize=6)
    figure.axes[0].set_ylabel("CPU time (ms)", fontsize=7)
    figure.savefig(sys.argv[1], dpi=200)


if __name__ == "__main__":
    main()
