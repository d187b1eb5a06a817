"""Start-up and speed of the fake ``vasp_std``; run: ``python benchmarks/fake_vasp.py``.

Prints medians [s] of five runs each: the interpreter alone, the executable on four atoms (static),
and molecular dynamics of a larger cell per step. Nothing is asserted.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[1] / "workflows" / "calculators" / "mock" / "vasp_std.py"
STEPS = 20
INCAR = "ENCUT = 520\nISPIN = 1\nISMEAR = 0\n"
DYNAMICS = f"IBRION = 0\nNSW = {STEPS}\nPOTIM = 1\nTEBEG = 300\n"


def write(folder: Path, repeat: int, more: str = "") -> int:
    """LiCoO2 repeated along every axis, with gamma only; returns the number of atoms."""
    cell = [[2.84, 0.0, 0.0], [1.42, 2.459512, 0.0], [1.42, 0.819837, 4.683333]]
    basis = {"Li": [[0.5] * 3], "Co": [[0.0] * 3], "O": [[0.26, 0.26, 0.22], [0.74, 0.74, 0.78]]}
    grid = range(repeat)
    rows = [
        " ".join(f"{(x + n) / repeat:.10f}" for x, n in zip(site, (i, j, k), strict=True))
        for sites in basis.values()
        for site in sites
        for i in grid
        for j in grid
        for k in grid
    ]
    lattice = "\n".join(" ".join(f"{repeat * x:.8f}" for x in row) for row in cell)
    counts = " ".join(str(len(sites) * repeat**3) for sites in basis.values())
    (folder / "POSCAR").write_text(
        f"bench\n1.0\n{lattice}\n{' '.join(basis)}\n{counts}\nDirect\n" + "\n".join(rows) + "\n"
    )
    (folder / "INCAR").write_text(INCAR + more)
    (folder / "KPOINTS").write_text("gamma\n0\nGamma\n1 1 1\n")
    (folder / "POTCAR.spec").write_text("Li_sv\nCo\nO\n")
    return len(rows)


def seconds(command: list[str], folder: Path, times: int = 5) -> float:
    """Median of the wall time of a command."""
    gathered = []
    for _ in range(times):
        begun = time.perf_counter()
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        gathered.append(time.perf_counter() - begun)
    return statistics.median(gathered)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(
            f"python -S, nothing          {seconds([sys.executable, '-S', '-c', ''], folder):.3f} s"
        )
        write(folder, 1)
        for flags in (["-S"], []):
            label = " ".join(["python", *flags])
            taken = seconds([sys.executable, *flags, str(SCRIPT)], folder)
            print(f"{label + ', static, 4 atoms':27s} {taken:.3f} s")
        for repeat in (2, 3, 4):
            atoms = write(folder, repeat, DYNAMICS)
            taken = seconds([sys.executable, "-S", str(SCRIPT)], folder, times=1)
            print(f"dynamics, {atoms:3d} atoms         {taken / STEPS:.3f} s a step")


if __name__ == "__main__":
    main()
