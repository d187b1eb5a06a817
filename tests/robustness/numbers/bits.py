"""What a process of its own computes, as hashes of the bytes it would write, or as numbers."""

from __future__ import annotations

import hashlib
import json
import sys

import numpy as np

from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import reactant
from interfaces.phases.reservoirs import at_voltage
from interfaces.reactivity.charging import charging
from interfaces.reactivity.mixing_curve import mixing_curve
from interfaces.reactivity.uptake import uptake_curve
from interfaces.reactivity.voltage_map import voltage_map
from interfaces.stability.electrochemical_window import electrochemical_window
from interfaces.stability.sensitivity import window_sensitivity
from tests.robustness.numbers import geometry


def sets(count, order):
    """Made-up sets with reactants, in the order they were made, or shuffled by a seed."""
    for kind in ("near-coplanar", "large energies", "coplanar"):
        case = geometry.make(kind, 3, elements=6, count=count)
        phases = case.phases
        rows = list(zip(phases.ids, phases.formulas, phases.energies.tolist(), strict=True))
        if order:
            rows = [rows[k] for k in np.random.default_rng(order).permutation(len(rows))]
        yield kind, PhaseSet.from_rows(rows, scheme="made up"), case.pair


def answers(count, order=0):
    """Name -> plain values of a curve, an open one, a map, a window, an uptake and a charging."""
    table = {}
    for kind, phases, (item, other) in sets(count, order):
        lithium = at_voltage("Li", 3.0)
        states = {}
        for x in (1.0, 0.5, 0.0):
            text = f"Li{x:g}CoO2" if x else "CoO2"
            text = text.replace("Co", "P")  # in the elements of the set
            states[x] = reactant(phases, text, phases.hull_energy(text) + 0.05 * (1 + x))
        table |= {
            f"{kind} curve": mixing_curve(phases, item, other).to_dict(),
            f"{kind} open": mixing_curve(phases, item, other, open_elements=[lithium]).to_dict(),
            f"{kind} table": mixing_curve(phases, item, other).to_frame().to_csv(),
            f"{kind} map": voltage_map(phases, item, other, 0.0, 5.0).to_dict(),
            f"{kind} window": electrochemical_window(phases, item).to_dict(),
            f"{kind} spread": window_sensitivity(phases, item, samples=20, seed=1).to_dict(),
            f"{kind} uptake": uptake_curve(phases, item, lithium).to_dict(),
            f"{kind} charging": charging(phases, states, other, 0.0, 5.0, points=11).to_dict(),
            f"{kind} set": phases.fingerprint(),
        }
    return table


def main():
    count, order, wanted = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    results = answers(count, order)
    if wanted == "hashes":
        results = {
            name: hashlib.sha256(json.dumps(item, allow_nan=False).encode()).hexdigest()
            for name, item in results.items()
        }
    print(json.dumps(results))


if __name__ == "__main__":
    main()
