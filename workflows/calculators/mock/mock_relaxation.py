"""Relaxation by L-BFGS, in positions and cell. Standard library only."""

from __future__ import annotations

import math
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
    found: Evaluation
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
