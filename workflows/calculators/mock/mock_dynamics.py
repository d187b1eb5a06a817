"""How the atoms move: nothing, relaxation (L-BFGS), or molecular dynamics (leapfrog).

Standard library only. Every function yields `Frame`s one by one, so that a run that is killed
leaves what it had done.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workflows.calculators.mock.energy_model import Evaluation, Model
from workflows.calculators.mock.mock_readers import Inputs
from workflows.calculators.mock.neighbours import volume

MEMORY = 12  #: earlier steps that L-BFGS remembers
STIFFNESS = 8.0  #: first guess of the curvature [eV/angstrom^2]
LONGEST = 0.15  #: step of any coordinate [angstrom]


@dataclass(frozen=True)
class Frame:
    """One ionic step: where the atoms are [angstrom], what was found, where they go next."""

    lattice: list[list[float]]
    positions: list[list[float]]
    evaluation: Evaluation
    next_lattice: list[list[float]]
    next_positions: list[list[float]]
    velocities: list[list[float]] | None = None
    kinetic: float = 0.0
    temperature: float = 0.0
    converged: bool = False


def relaxation(inputs: Inputs, model: Model, steps: int) -> Iterator[Frame]:
    """Minimise the energy by L-BFGS in positions and, where ISIF says so, the cell.

    The variables are positions in the first cell's frame and the deformation of that cell,
    scaled by the number of atoms. A step that raises the energy is taken back and halved.
    """
    poscar, isif = inputs.poscar, int(inputs.number("ISIF", 2))
    scale = float(len(poscar.positions))
    point = [x for row in poscar.positions for x in row] + [
        scale * float(i == j) for i in range(3) for j in range(3)
    ]
    ediffg = inputs.number("EDIFFG", 10 * inputs.number("EDIFF", 1e-4))
    history: list[tuple[list[float], list[float]]] = []
    best: tuple[float, list[float], list[float]] | None = None
    longest, previous = LONGEST, math.inf
    for _ in range(steps):
        lattice, positions = _unpack(poscar.lattice, point, scale)
        evaluation = model.evaluate(lattice, positions)
        gradient = _gradient(inputs, evaluation, lattice, point, scale, isif)
        at = (evaluation.energy, point, gradient)
        if best is not None and evaluation.energy > best[0] + 1e-9:
            at, longest, history = best, longest / 2, []
        else:
            if best is not None:
                moved = [a - b for a, b in zip(point, best[1], strict=True)]
                changed = [a - b for a, b in zip(gradient, best[2], strict=True)]
                if _inner(moved, changed) > 1e-12:
                    history = [*history[1 - MEMORY :], (moved, changed)]
            best, longest = at, min(LONGEST, longest * 1.2)
        largest = max(
            math.sqrt(sum(x * x for x in gradient[k : k + 3])) for k in range(0, len(gradient), 3)
        )
        done = ediffg != 0 and (
            largest < -ediffg if ediffg < 0 else abs(evaluation.energy - previous) < ediffg
        )
        previous = evaluation.energy
        # Where it stops, CONTCAR is the cell that was computed last.
        point = point if done else _step(at[1], at[2], history, longest)
        if isif in (4, 5):  # the gradient keeps the volume to first order only
            size = volume(_bend(point, scale)) ** (1 / 3)
            point = [*point[:-9], *(x / size for x in point[-9:])]
        yield Frame(
            lattice, positions, evaluation, *_unpack(poscar.lattice, point, scale), converged=done
        )
        if done:
            return


def _bend(point: Sequence[float], scale: float) -> list[list[float]]:
    """Deformation of the first cell, row by row."""
    return [[point[3 * k + axis - 9] / scale for axis in range(3)] for k in range(3)]


def _unpack(
    first: Sequence[Sequence[float]], point: Sequence[float], scale: float
) -> tuple[list[list[float]], list[list[float]]]:
    """Lattice and positions of a point."""
    bend = _bend(point, scale)
    rows = [list(point[k : k + 3]) for k in range(0, len(point) - 9, 3)]
    lattice, positions = (
        [[sum(bend[axis][k] * row[k] for k in range(3)) for axis in range(3)] for row in some]
        for some in (first, rows)
    )
    return lattice, positions


def _gradient(
    inputs: Inputs, evaluation: Evaluation, lattice: Sequence[Sequence[float]],
    point: Sequence[float], scale: float, isif: int,
) -> list[float]:  # fmt: skip
    """dE/dpoint [eV/angstrom], zero for what ISIF or selective dynamics holds."""
    bend = _bend(point, scale)
    ions = isif in (0, 1, 2, 3, 4, 8)
    free = inputs.poscar.free
    gradient = []
    for atom, force in enumerate(evaluation.forces):
        for k in range(3):
            held = not ions or (free is not None and not free[atom][k])
            gradient.append(0.0 if held else -sum(bend[a][k] * force[a] for a in range(3)))
    stress = [row[:] for row in evaluation.stress]
    mean = sum(stress[k][k] for k in range(3)) / 3
    if isif in (7, 8):
        stress = [[mean * float(i == j) for j in range(3)] for i in range(3)]
    elif isif in (4, 5):
        stress = [[stress[i][j] - mean * float(i == j) for j in range(3)] for i in range(3)]
    size = volume(lattice) / scale if isif >= 3 else 0.0
    # dE/dF = V stress F^-T, and F stays close to the identity.
    return gradient + [size * stress[i][j] for i in range(3) for j in range(3)]


def _inner(a: Sequence[float], b: Sequence[float]) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


def _step(
    point: Sequence[float],
    gradient: Sequence[float],
    history: Sequence[tuple[list[float], list[float]]],
    longest: float,
) -> list[float]:
    """Next point: the two-loop recursion, shortened to ``longest``."""
    step = list(gradient)
    weights = []
    for moved, changed in reversed(history):
        weight = _inner(moved, step) / _inner(moved, changed)
        weights.append(weight)
        step = [a - weight * b for a, b in zip(step, changed, strict=True)]
    step = [x / STIFFNESS for x in step]
    for (moved, changed), weight in zip(history, reversed(weights), strict=True):
        back = weight - _inner(changed, step) / _inner(moved, changed)
        step = [a + back * b for a, b in zip(step, moved, strict=True)]
    largest = max(map(abs, step), default=0.0)
    shorten = min(1.0, longest / largest) if largest > 0 else 1.0
    return [x - shorten * dx for x, dx in zip(point, step, strict=True)]


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
        yield from _molecular_dynamics(inputs, model, steps)
    else:
        yield from relaxation(inputs, model, steps)


def _molecular_dynamics(inputs: Inputs, model: Model, steps: int) -> Iterator[Frame]:
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
