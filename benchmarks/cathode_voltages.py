"""Average voltages of LixCoO2, LixNiO2 and LixNi0.8Co0.1Mn0.1O2 by each energy model.

    python benchmarks/cathode_voltages.py [TABLE ...]

For each phase set (by default the bundled one, and the MP table of 2019 where it lies beside the
checkout) prints a Markdown table [V against Li metal], and one of the energies that they come from.
A cell is empty where the set has no such energy.
"""

from __future__ import annotations

import sys
from pathlib import Path

from interfaces.chemistry.voltages import average_voltage
from interfaces.errors import NoOwnEntryError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from workflows.data.named_materials import find_system, resolve
from workflows.data.phase_sets import read_phases
from workflows.validation import read_published

TABLE = Path(__file__).resolve().parents[2] / "shared" / "data" / "mp_legacy_2019.csv.gz"
MODELS = ("hull", "own", "endmembers", "calculated", "anchored")
STEPS = (("LCO", 1.0, 0.5), ("LCO", 0.5, 0.0), ("LCO", 1.0, 0.0), ("LNiO", 1.0, 0.0),
         ("NCM811", 1.0, 0.5), ("NCM811", 0.5, 0.0), ("NCM811", 1.0, 0.0))  # fmt: skip
CONTENTS = (("LCO", 1.0), ("LCO", 0.5), ("LCO", 0.0), ("LNiO", 1.0), ("LNiO", 0.0),
            ("NCM811", 1.0), ("NCM811", 0.5), ("NCM811", 0.0))  # fmt: skip
#: (host, from, to) -> rounded average of a measured curve [V], from inputs/published.yaml.
MEASURED = {
    (row.names[0], *row.contents): f"{row.low:g}-{row.high:g}"
    for row in read_published()
    if row.contents
}


def state(phases: PhaseSet, name: str, x: float, model: str) -> Reactant | None:
    """A state of charge, or None where this model has no energy for it."""
    try:
        return resolve(phases, find_system(f"{name}@{x:g}"), model)
    except NoOwnEntryError:
        return None


def energy_per_formula(material: Reactant) -> float:
    return material.energy * float(material.formula.n_atoms)


def voltage(phases: PhaseSet, step: tuple[str, float, float], model: str) -> str:
    """Average voltage [V]; Li metal is at 0 on the scale of formation energies."""
    name, full, empty = step
    ends = [state(phases, name, x, model) for x in (full, empty)]
    if None in ends:
        return ""
    charged, discharged = (energy_per_formula(end) for end in ends if end is not None)
    return f"{average_voltage((full, empty), (charged, discharged), 0.0):.2f}"


def energy(phases: PhaseSet, name: str, x: float, model: str) -> str:
    """Energy above the hull [meV/atom], with the spread of an anchored one."""
    material = state(phases, name, x, model)
    if material is None:
        return ""
    error = f" ± {1000 * material.uncertainty:.0f}" if material.uncertainty else ""
    return f"{1000 * material.energy_above_hull:z.0f}{error}"


def written(step: tuple[str, float, float]) -> str:
    name, full, empty = step
    return f"{name} {full:g} → {empty:g}"


def main() -> None:
    tables = sys.argv[1:] or ["sevennet-l3i5", *([str(TABLE)] if TABLE.is_file() else [])]
    print("| set | energy model | " + " | ".join(written(step) for step in STEPS) + " |")
    print("|---|---|" + "---|" * len(STEPS))
    sets = [read_phases(table, {"Li", "Ni", "Co", "Mn", "O"}) for table in tables]
    for phases in sets:
        for model in MODELS:
            cells = [voltage(phases, step, model) for step in STEPS]
            print(f"| {phases.source} | {model} | " + " | ".join(cells) + " |")
    cells = [MEASURED.get(step, "") for step in STEPS]
    print("| experiment | | " + " | ".join(cells) + " |")
    print("\nEnergy above the hull of the set without the cathode itself, meV/atom:\n")
    print("| set | energy model | " + " | ".join(f"{n} {x:g}" for n, x in CONTENTS) + " |")
    print("|---|---|" + "---|" * len(CONTENTS))
    for phases in sets:
        for model in MODELS[1:]:
            cells = [energy(phases, name, x, model) for name, x in CONTENTS]
            print(f"| {phases.source} | {model} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
