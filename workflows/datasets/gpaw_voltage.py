"""LiCoO2 -> CoO2 with GPAW (PBE+U): voltage, and a reaction energy anchored to the bundled set.

The chain is the Flow of ``InterfaceStabilityMaker``, with ``RelaxMaker(calculator="gpaw")`` and the
references Li and LiCoO2; each finished job is a file of the folder and is not repeated::

    python -m workflows.datasets.gpaw_voltage --out DIR        # hours on one core

It writes ``voltage.json``: the average voltage [V] against Li metal, and the minimum of CoO2 |
Li6PS5Cl [eV/atom], with CoO2 at the energy that the set gives LiCoO2 plus the difference that GPAW
gives. That makes the voltage the one of the total energies of GPAW alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows.io.results import write_json

if TYPE_CHECKING:
    from workflows.flows.interface_stability import InterfaceStabilityMaker

ELECTROLYTE = "LPSCl"
ATOMS_OF_LICOO2, ATOMS_OF_COO2 = 4, 3


def chain(calculator: str = "gpaw") -> InterfaceStabilityMaker:
    """Maker of the whole calculation: primitive cells of LiCoO2, CoO2 and bcc Li."""
    from pymatgen.core import Lattice, Structure

    from interfaces.delithiation import host, structure, supercell
    from workflows.flows.interface_stability import InterfaceStabilityMaker
    from workflows.flows.relaxation import RelaxMaker

    owner = host("LiCoO2")
    lithiated = structure(supercell(owner.framework, 1), owner.shape(1.0), ["Co"], [0])
    return InterfaceStabilityMaker(
        name=f"LiCoO2 with {calculator}",
        relax_maker=RelaxMaker(calculator=calculator),
        cathode="LCO",
        electrolytes=(ELECTROLYTE,),
        lithium=(0,),
        formula_units=1,
        orderings=1,
        references={
            "Li": Structure(Lattice.cubic(3.44), ["Li", "Li"], [[0, 0, 0], [0.5, 0.5, 0.5]]),
            "LiCoO2": lithiated,
        },
    )


def compute(out: Path, calculator: str = "gpaw") -> dict[str, Any]:
    """Run what is missing, and return the results."""
    from interfaces.chemistry.formulas import Formula
    from workflows.data.phase_sets import read_phases
    from workflows.flows.run_locally import run_flow

    maker = chain(calculator)
    output = run_flow(maker.make, {"name": maker.name}, out / "jobs", report=print)
    series = output["series"]
    (charged,) = series.members
    phases = read_phases("bundled", ("Li", "Co", "O"))
    energy = {
        name: float(phases.energies[phases.own_entry(Formula.parse(name))])
        for name in ("LiCoO2", "Li")
    }
    (curve,) = output["curves"][ELECTROLYTE].values()
    return {
        "voltage_v": ATOMS_OF_COO2 * charged.energy
        + energy["Li"]
        - ATOMS_OF_LICOO2 * energy["LiCoO2"],
        "formation_energies_ev_per_atom": {**energy, "CoO2": charged.energy},
        "gpaw_energy_of_CoO2_ev_per_atom": charged.relaxed.energy,
        "volume_of_CoO2_a3_per_atom": charged.relaxed.volume,
        "steps": charged.relaxed.steps,
        "versions": list(charged.relaxed.versions),
        f"minimum_of_CoO2_with_{ELECTROLYTE}": {
            "total_ev_per_atom": curve.minimum_total.total,
            "reaction": str(curve.minimum_total.reaction),
        },
        "notes": list(series.notes),
    }


def main() -> None:
    """Compute, and write ``voltage.json``."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "voltage.json", compute(out))


if __name__ == "__main__":
    main()
