"""A run of 10,000 frames of 300 atoms: ours against the obvious loop over ASE's neighbour list.

    python benchmarks/trajectories.py [FRAMES]

The run is made up: the elements of a CoO | Li6PS5Cl interface on a grid, vibrating, lithium
walking, in a cell that is not orthogonal. The loop asks ``ase.neighborlist.neighbor_list`` for the
bonds of every frame, with the same cut-offs, and counts; it is timed on a sample of frames and
extrapolated, which flatters neither, for its time is the same in every frame. Both count the same
bonds in the first frames, which is asserted. CPU time of one process.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

import numpy as np

from interfaces.aimd import Trajectory, analyse, bond_history, cutoffs_for
from interfaces.aimd.atom_pairs import nearest_pairs

ATOMS = {"Li": 80, "Co": 44, "O": 80, "P": 16, "S": 64, "Cl": 16}
CELL = np.array([[13.0, 0.0, 0.0], [2.0, 13.0, 0.0], [-1.0, 1.5, 20.0]])
SAMPLE = 60  #: frames of the loop


def made_up(frames: int) -> Trajectory:
    draw = np.random.default_rng(7)
    species = [name for name, count in ATOMS.items() for _ in range(count)]
    grid = np.stack(np.meshgrid(*[np.arange(n) / n for n in (6, 6, 9)]), axis=-1).reshape(-1, 3)
    places = grid[np.sort(draw.choice(len(grid), len(species), replace=False))]
    paths = np.broadcast_to(places @ CELL, (frames, len(species), 3)).copy()
    walk = np.zeros((80, 3))
    for frame in paths:  # frame by frame: noise of all frames at once is 200 MB more
        walk += draw.normal(scale=0.02, size=walk.shape)
        frame += draw.normal(scale=0.08, size=frame.shape)
        frame[:80] += walk
    return Trajectory.of(species, paths, CELL, 2.0 * np.arange(frames),
                         energies=draw.normal(size=frames),
                         temperatures=300 + draw.normal(size=frames))  # fmt: skip


def loop(
    run: Trajectory, frames: list[int], cutoffs: dict[tuple[str, str], float]
) -> list[Counter]:
    from ase import Atoms
    from ase.neighborlist import neighbor_list

    gathered = []
    for frame in frames:
        atoms = Atoms(
            run.species, scaled_positions=run.fractional[frame], cell=run.cells[0], pbc=True
        )
        first, second = neighbor_list("ij", atoms, cutoffs)
        symbols = atoms.get_chemical_symbols()
        pairs = zip(first.tolist(), second.tolist(), strict=True)
        gathered.append(Counter(tuple(sorted((symbols[i], symbols[j]))) for i, j in pairs if i < j))
    return gathered


def ours(
    run: Trajectory, frames: list[int], cutoffs: dict[tuple[str, str], float]
) -> list[Counter]:
    """The same count by our pairs, to show that both see the same."""
    counts: list[Counter] = [Counter() for _ in range(len(run))]
    reach = {frozenset(pair): radius for pair, radius in cutoffs.items()}
    for near in nearest_pairs(run, cutoffs):
        names = [tuple(sorted((run.species[i], run.species[j])))
                 for i, j in zip(near.first, near.second, strict=True)]  # fmt: skip
        radii = np.array([reach[frozenset(name)] for name in names])
        for row, frame in zip(*np.nonzero(near.distances < radii[:, None]), strict=True):
            counts[near.start + frame][names[row]] += 1
    return [counts[frame] for frame in frames]


def seconds(work) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def main() -> None:
    frames = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    run = made_up(frames)
    followed = cutoffs_for(run.elements)
    cutoffs = {pair.pair: pair.broken for pair in followed}
    sample = sorted({int(k) for k in np.linspace(0, frames - 1, SAMPLE)})
    few = Trajectory(run.species, run.fractional[:SAMPLE], run.cells, run.times[:SAMPLE])
    assert loop(few, list(range(SAMPLE)), cutoffs) == ours(few, list(range(SAMPLE)), cutoffs)
    bond_history(few)  # imports
    each = seconds(lambda: loop(run, sample, cutoffs)) / len(sample)
    bonds = seconds(lambda: bond_history(run))
    whole = seconds(lambda: analyse(run))
    total = each * frames
    print(f"{frames} frames of {len(run.species)} atoms, {len(followed)} kinds of bonds")
    print(f"loop over ASE's neighbour list: {total:.0f} s (extrapolated from {1000 * each:.1f} ms "
          f"a frame over {len(sample)} frames)")  # fmt: skip
    print(f"bonds with their history: {bonds:.2f} s, ratio {total / bonds:.0f}")
    print(f"everything (bonds, groups, neighbours, RDFs, MSD with errors, drift): {whole:.2f} s, "
          f"ratio {total / whole:.0f} to the loop's bonds alone")  # fmt: skip


if __name__ == "__main__":
    main()
