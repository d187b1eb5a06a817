"""LATP and two halide and sulfide electrolytes on the anode side: lithium and its alloys.

    python benchmarks/anodes.py [TABLE ...]

For each phase set (by default the MP table of 2019, where it lies beside the checkout, and the
bundled one) prints Markdown tables: windows against Li and In|LiIn; LATP at the potential of each
couple, open (lithium from the alloy, its metal inert; and with the metal as a reactant) and closed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reference_electrodes import reference_electrode
from workflows.analyses.conditions import Conditions
from workflows.analyses.curve import compute_curve
from workflows.analyses.setup import PhaseOptions
from workflows.analyses.window import compute_window
from workflows.data.phase_sets import read_phases

TABLE = Path(__file__).resolve().parents[2] / "shared" / "data" / "mp_legacy_2019.csv.gz"
COUPLES = ("In|LiIn", "Ga|Li2Ga7", "Sn|Li2Sn5")
ON_HULL = ("LATP=hull",)


def volts(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def windows(phases: PhaseSet) -> None:
    print("| electrolyte | reduction V, Li | oxidation V, Li | against In\\|LiIn by the set |"
          " against In\\|LiIn as measured |")  # fmt: skip
    print("|---|---|---|---|---|")
    couple = reference_electrode(phases, "In|LiIn")
    for name in ("LIC", "LPSCl", "LATP", "Li2CO3"):
        energies = ON_HULL if name == "LATP" else ()
        window = compute_window(name, PhaseOptions(phases, energies))
        limits = (window.reduction, window.oxidation)
        scales = [
            " to ".join(volts(v if v is None else couple.from_metal(v, by)) for v in limits)
            for by in ("set", "experimental")
        ]
        print(f"| {name} | {volts(limits[0])} | {volts(limits[1])} | {scales[0]} | {scales[1]} |")


def latp(phases: PhaseSet) -> None:
    window = compute_window("LATP", PhaseOptions(phases, ON_HULL))
    print("\n| LATP against | V, set (measured) | lithium alone: E_D, eV/atom of LATP |"
          " metal open too: minimum mutual, eV/non-Li atom |"
          " closed: minimum total, eV/atom of the mix, and its reaction |")  # fmt: skip
    print("|---|---|---|---|---|")
    closed = compute_curve("LATP", "Li", PhaseOptions(phases, ON_HULL)).minimum_total
    print(f"| Li | 0.00 | {window.decomposition_energy(0.0, 'hull'):.3f} | - | "
          f"{closed.total:.3f}: {closed.reaction} |")  # fmt: skip
    for text in COUPLES:
        couple = reference_electrode(phases, text)
        metal, alloy = couple.couple.split("|")
        at = Conditions(opened=("Li",), voltage=0.0, reference=text)
        opened = compute_curve("LATP", metal, PhaseOptions(phases, ON_HULL), at).minimum_mutual
        closed = compute_curve("LATP", alloy, PhaseOptions(phases, ON_HULL)).minimum_total
        energy = window.decomposition_energy(couple.plateau, "hull")
        print(f"| {metal}\\|{alloy} | {couple.plateau:.2f} ({volts(couple.experimental)}) | "
              f"{energy:.3f} | {opened.mutual_per_nonopen_atom:.3f}: {opened.reaction} | "
              f"{closed.total:.3f}: {closed.reaction} |")  # fmt: skip


def main() -> None:
    tables = sys.argv[1:] or [*([str(TABLE)] if TABLE.is_file() else []), "sevennet-l3i5"]
    for table in tables:
        phases = read_phases(table)
        print(f"\n### {phases.source}\n")
        windows(phases)
        latp(phases)


if __name__ == "__main__":
    main()
