"""How the atoms move: nothing, relaxation (L-BFGS), or molecular dynamics (leapfrog).

Standard library only. Every function yields `Frame`s one by one, so that a run that is killed
leaves what it had done.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence

from workflows.calculators.mock.energy_model import Model
from workflows.calculators.mock.mock_readers import Inputs
from workflows.calculators.mock.mock_relaxation import Frame, relaxation

BOLTZMANN = 8.617333262e-5  #: [eV/K]
ACCELERATION = 9.648533212e-3  #: (eV/angstrom)/u in angstrom/fs^2
COUPLING = 100.0  #: time in which a thermostat corrects the temperature [fs]


def frames(inputs: Inputs, model: Model) -> Iterator[Frame]:
    """All ionic steps of a run, in order."""
    steps, kind = int(inputs.number("NSW", 0)), inputs.ibrion
    if steps <= 0 or kind == -1:
        poscar = inputs.poscar
        evaluation = model.evaluate(poscar.lattice, poscar.positions)
        yield Frame(
            poscar.lattice, poscar.positions, evaluation, poscar.lattice, poscar.positions,
            converged=True,
        )  # fmt: skip
    elif kind == 0:
        yield from molecular_dynamics(inputs, model, steps)
    else:
        yield from relaxation(inputs, model, steps)


def molecular_dynamics(inputs: Inputs, model: Model, steps: int) -> Iterator[Frame]:
    """Leapfrog with POTIM [fs]: velocities live half a step before the positions.

    A run that goes on from CONTCAR repeats what one long run would have done. NVE for MDALGO 0
    or 1 with SMASS < -1 (VASP's default); else the temperature is steered towards TEBEG ... TEEND
    (at once for SMASS = -1). The cell is kept: a barostat is not mocked.
    """
    poscar = inputs.poscar
    time_step = inputs.number("POTIM", 1.0)
    masses = [
        p.mass for p, n in zip(inputs.potentials, poscar.counts, strict=True) for _ in range(n)
    ]
    free = poscar.free or [[True] * 3 for _ in masses]
    start = inputs.number("TEBEG", 0.0)
    stop = inputs.number("TEEND", start)
    smass, algorithm = inputs.number("SMASS", -3.0), int(inputs.number("MDALGO", 0))
    steered = smass >= -1 or algorithm >= 2
    freedom = max(1, sum(sum(flags) for flags in free) - (3 if poscar.free is None else 0))
    positions = [row[:] for row in poscar.positions]
    velocities = poscar.velocities or _draw(masses, free, start, freedom)
    for step in range(steps):
        evaluation = model.evaluate(poscar.lattice, positions)
        target = start + (stop - start) * step / max(steps - 1, 1)
        later = [
            [
                (v + time_step * ACCELERATION * f / mass) * may
                for v, f, may in zip(velocity, force, flags, strict=True)
            ]
            for velocity, force, mass, flags in zip(
                velocities, evaluation.forces, masses, free, strict=True
            )
        ]
        middle = [
            [(a + b) / 2 for a, b in zip(old, new, strict=True)]
            for old, new in zip(velocities, later, strict=True)
        ]
        energy = kinetic(masses, middle)
        now = 2 * energy / (freedom * BOLTZMANN)
        if steered and now > 0:
            share = 1.0 if smass == -1 else min(1.0, time_step / COUPLING)
            factor = math.sqrt(max(0.0, 1 + share * (target / now - 1)))
            later = [[factor * v for v in row] for row in later]
        velocities = later
        ahead = [
            [x + time_step * v for x, v in zip(row, velocity, strict=True)]
            for row, velocity in zip(positions, velocities, strict=True)
        ]
        yield Frame(
            poscar.lattice, positions, evaluation, poscar.lattice, ahead, velocities, energy, now,
            converged=step + 1 == steps,
        )  # fmt: skip
        positions = ahead


def kinetic(masses: Sequence[float], velocities: Sequence[Sequence[float]]) -> float:
    """Kinetic energy [eV] of masses [u] at velocities [angstrom/fs]."""
    return math.fsum(
        0.5 * mass * sum(v * v for v in row) / ACCELERATION
        for mass, row in zip(masses, velocities, strict=True)
    )


def _draw(
    masses: Sequence[float], free: Sequence[Sequence[bool]], target: float, freedom: int
) -> list[list[float]]:
    """Velocities of exactly a temperature [K], the same on every run."""
    draw = random.Random(f"{len(masses)} atoms at {target} K")
    rows = [
        [draw.gauss(0, 1) / math.sqrt(m) * may for may in f]
        for m, f in zip(masses, free, strict=True)
    ]
    if all(all(flags) for flags in free):
        total = math.fsum(masses)
        for k in range(3):
            drift = math.fsum(m * row[k] for m, row in zip(masses, rows, strict=True)) / total
            for row in rows:
                row[k] -= drift
    energy = kinetic(masses, rows)
    factor = math.sqrt(target * freedom * BOLTZMANN / 2 / energy) if energy > 0 else 0.0
    return [[factor * v for v in row] for row in rows]
