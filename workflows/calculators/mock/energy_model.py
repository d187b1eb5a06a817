r"""The made-up energy, in plain Python. The numpy twin is `workflows.calculators.mock.calculator`.

.. math::

    E = \sum_i e_i - N\, k\, \mathrm{Var}(\chi) + \lambda \sum_{i<j} V_{ij}(r_{ij})

* :math:`e_i`: energy of the element (`workflows.calculators.mock.elements`).
* The formation term is the variance of the electronegativity over the atoms, that is
  :math:`\sum_{a<b} x_a x_b (\chi_a - \chi_b)^2` for atomic shares x: charge moves from one
  element to another, smoothly in the composition. k is `CHARGE_TRANSFER`.
  These two terms are replaced by a given energy per atom where a table has the formula.
* :math:`V(r) = D\,(e^{-2a(r-r_0)} - 2e^{-a(r-r_0)})\,s(r)`, s falling from 1 at `SWITCH` to 0 at
  `CUTOFF` with two continuous derivatives. Unlike elements bind more strongly, near the sum of
  their radii; like ones more weakly and further apart. All periodic images count.

Every number is invented; only the structure of the problem is real (a sum of pairs has forces, a
stress, phonons, a temperature). Charge, spin, +U and k-points change nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from workflows.calculators.mock.elements import element, formula_counts
from workflows.calculators.mock.neighbours import Matrix, PairList, Vector, volume

CHARGE_TRANSFER = 1.2  #: k [eV] per square of the Pauling scale
STEEPNESS = 2.0  #: a [1/angstrom]
SWITCH = 3.5  #: the pair term is whole up to here [angstrom]
CUTOFF = 5.0  #: and gone from here [angstrom]


class Evaluation(NamedTuple):
    """Energy of one cell.

    Attributes
    ----------
    energy
        [eV/cell]
    forces
        [eV/angstrom], one row of three per atom.
    stress
        dE/dstrain / volume [eV/angstrom^3], 3 x 3; positive where the cell shrinks.
    """

    energy: float
    forces: list[list[float]]
    stress: list[list[float]]


def reduced(counts: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Atomic shares in a fixed order, the same for every multiple of a formula."""
    total = sum(counts.values())
    return tuple(sorted((symbol, round(n / total, 9)) for symbol, n in counts.items()))


def base_energy(symbols: Sequence[str], energies: Mapping[str, float] | None = None) -> float:
    """Energy without the pair term [eV/cell]: it depends on the composition only.

    Parameters
    ----------
    symbols
        Element of every atom.
    energies
        Energies [eV/atom] by formula, without parentheses, that replace the model's where the
        composition agrees.

    Examples
    --------
    >>> base_energy(["Li", "Li"])
    -3.82
    >>> base_energy(["Li", "Li", "O"], {"Li2O": -4.5})
    -13.5
    """
    counts = Counter(symbols)
    total = len(symbols)
    shares = reduced(counts)
    for formula, energy in (energies or {}).items():
        if reduced(formula_counts(formula)) == shares:
            return energy * total
    own = math.fsum(n * element(symbol).energy for symbol, n in sorted(counts.items()))
    mean = math.fsum(n * element(s).electronegativity for s, n in sorted(counts.items())) / total
    spread = math.fsum(
        n * (element(s).electronegativity - mean) ** 2 for s, n in sorted(counts.items())
    )
    return own - CHARGE_TRANSFER * spread


@cache
def pair_parameters(first: str, second: str) -> tuple[float, float]:
    """Depth D [eV] and distance r0 [angstrom] of the pair term of two elements.

    Like atoms keep apart, the more so the more electronegative they are; unlike ones bind a
    little beyond the sum of their radii, the more strongly the more they differ.

    Examples
    --------
    >>> [round(number, 3) for number in pair_parameters("Li", "O")]
    [0.264, 2.12]
    """
    a, b = element(first), element(second)
    radii = a.radius + b.radius
    if first == second:
        return 0.03, radii * (1.15 + 0.4 * max(0.0, a.electronegativity - 1.6))
    square = (a.electronegativity - b.electronegativity) ** 2
    unlike = square**2 / (square**2 + 1.0)
    return 0.03 + 0.24 * unlike, radii * (1.08 + 0.07 * (1 - unlike))


def pair_energy(distance: float, depth: float, minimum: float) -> tuple[float, float]:
    """V(r) [eV] and dV/dr [eV/angstrom] at a distance [angstrom]."""
    if distance >= CUTOFF:
        return 0.0, 0.0
    near = math.exp(-STEEPNESS * (distance - minimum))
    value = depth * near * (near - 2.0)
    slope = -2.0 * STEEPNESS * depth * near * (near - 1.0)
    if distance > SWITCH:
        u = (distance - SWITCH) / (CUTOFF - SWITCH)
        fade = 1.0 - u * u * u * (10.0 - 15.0 * u + 6.0 * u * u)
        fading = -30.0 * u * u * (1.0 - u) ** 2 / (CUTOFF - SWITCH)
        slope = slope * fade + value * fading
        value *= fade
    return value, slope


class Model:
    """The energy of one set of atoms, asked for at many positions.

    Parameters
    ----------
    symbols
        Element of every atom, in order.
    energies
        As for `base_energy`.
    pair_scale
        Weight of the pair term; 0 leaves energies that depend on composition only.

    Examples
    --------
    >>> cube = [[20.0, 0.0, 0.0], [0.0, 20.0, 0.0], [0.0, 0.0, 20.0]]
    >>> Model(["Li"]).evaluate(cube, [[0.0, 0.0, 0.0]]).energy
    -1.91
    """

    def __init__(
        self,
        symbols: Sequence[str],
        *,
        energies: Mapping[str, float] | None = None,
        pair_scale: float = 1.0,
    ) -> None:
        self.symbols = list(symbols)
        self.base = base_energy(self.symbols, energies)
        self.pair_scale = pair_scale
        self._pairs = PairList(CUTOFF)

    def evaluate(self, lattice: Matrix, positions: Sequence[Vector]) -> Evaluation:
        """Energy, forces and stress; rows of ``lattice`` and ``positions`` in angstrom."""
        forces = [[0.0, 0.0, 0.0] for _ in self.symbols]
        virial = [0.0] * 6
        total = 0.0
        symbols, scale = self.symbols, self.pair_scale
        for i, j, (sx, sy, sz) in self._pairs.update(lattice, positions):
            (ax, ay, az), (bx, by, bz) = positions[i], positions[j]
            x, y, z = bx - ax + sx, by - ay + sy, bz - az + sz
            distance = math.sqrt(x * x + y * y + z * z)
            if distance >= CUTOFF:
                continue
            value, slope = pair_energy(distance, *pair_parameters(symbols[i], symbols[j]))
            total += value
            pull = scale * slope / distance
            fx, fy, fz = pull * x, pull * y, pull * z
            near, far = forces[i], forces[j]
            near[0] += fx
            near[1] += fy
            near[2] += fz
            far[0] -= fx
            far[1] -= fy
            far[2] -= fz
            for k, product in enumerate((fx * x, fy * y, fz * z, fy * z, fx * z, fx * y)):
                virial[k] += product
        xx, yy, zz, yz, xz, xy = (component / volume(lattice) for component in virial)
        stress = [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]
        return Evaluation(self.base + scale * total, forces, stress)
