"""Made-up electrons: electronic steps, bands, density of states, moments. Standard library only.

The valence band of every atom is a smooth bump that ends at 0 eV, deeper for more electronegative
elements, so that the density of states integrates to NELECT at the Fermi level. The gap grows with
the spread of electronegativity: elements are metals, salts are not. None of it is physics.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from workflows.calculators.mock.elements import NUMBERS, element
from workflows.calculators.mock.mock_readers import Inputs

SCF_STEPS = 8  #: electronic steps of a run that converges
ORBITALS = ("s", "py", "pz", "px", "dxy", "dyz", "dz2", "dxz", "x2-y2")
SHELLS = ("s", "p", "d")
Dos = list[tuple[float, float, float]]  #: energy [eV], density [1/eV], integral


class Bands(NamedTuple):
    """Eigenvalues [eV] and occupations by spin, k-point and band, and the Fermi level [eV]."""

    levels: list[list[list[tuple[float, float]]]]
    fermi: float


def scf_energies(energy: float, inputs: Inputs, *, converges: bool = True) -> list[float]:
    """Energy after every electronic step [eV]; as many as NELM where it does not converge."""
    most = int(inputs.number("NELM", 60))
    steps = min(most, max(SCF_STEPS, int(inputs.number("NELMIN", 2)))) if converges else most
    offset = 0.5 if not converges else 0.0
    return [
        energy + 10.0 ** (1 - n) + offset * math.cos(n) if n < steps else energy
        for n in range(1, steps + 1)
    ]


def gap(symbols: Sequence[str]) -> float:
    """Gap [eV], zero for an element."""
    values = [element(symbol).electronegativity for symbol in symbols]
    mean = math.fsum(values) / len(values)
    return 2.0 * math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))


def moments(inputs: Inputs) -> list[float]:
    """Moments [mu_B]: those of MAGMOM, or 1 (VASP's default start); empty without spin."""
    if inputs.number("ISPIN", 1) != 2:
        return []
    magmom = inputs.incar.get("MAGMOM")
    count = len(inputs.poscar.symbols)
    return [float(x) for x in magmom] if isinstance(magmom, list) else [1.0] * count


def band_count(inputs: Inputs) -> int:
    """NBANDS, given or VASP's default."""
    electrons, atoms = inputs.electrons, len(inputs.poscar.symbols)
    extra = math.ceil(sum(map(abs, moments(inputs))) / 2)
    default = max(math.ceil((electrons + 2) / 2) + math.ceil(atoms / 2), math.ceil(0.6 * electrons))
    return int(inputs.number("NBANDS", default + extra))


def occupied(inputs: Inputs) -> list[float]:
    """Electrons in every spin channel."""
    if inputs.number("ISPIN", 1) != 2:
        return [inputs.electrons]
    odd = round(inputs.electrons) % 2
    return [(inputs.electrons + odd) / 2, (inputs.electrons - odd) / 2]


def bands(inputs: Inputs) -> Bands:
    """Flat bands with a small dispersion, filled from below."""
    total, width = band_count(inputs), gap(inputs.poscar.symbols)
    channels = occupied(inputs)
    per_band = 2.0 if len(channels) == 1 else 1.0
    wave = [0.1 * (1 - math.cos(2 * math.pi * sum(point))) for point in inputs.kpoints]
    levels = []
    for electrons in channels:
        full = math.ceil(electrons / per_band - 1e-9)
        rows = []
        for ripple in wave:
            row = []
            for band in range(total):
                share = min(1.0, max(0.0, electrons / per_band - band))
                if band < full:
                    level = -8.0 * (full - 1 - band) / max(full, 1) - ripple
                else:
                    level = width + 8.0 * (band - full) / total + (ripple if width else -ripple)
                row.append((level, share))
            rows.append(row)
        levels.append(rows)
    return Bands(levels, width / 2)


def dos_grid(inputs: Inputs) -> list[float]:
    """Energies of the density of states [eV]."""
    points = int(inputs.number("NEDOS", 301))
    low, high = inputs.number("EMIN", -12.0), inputs.number("EMAX", 12.0)
    return [low + (high - low) * n / (points - 1) for n in range(points)]


def _bump(energy: float, centre: float) -> float:
    """Area 1 between 0 and twice the centre [1/eV]."""
    reach = abs(centre)
    if abs(energy - centre) >= reach:
        return 0.0
    return (1.0 + math.cos(math.pi * (energy - centre) / reach)) / (2.0 * reach)


def kind_dos(symbol: str, electrons: float, width: float, grid: Sequence[float]) -> Dos:
    """Density of states of one atom; its integral at the Fermi level is ``electrons``."""
    depth = min(5.0, max(1.0, 2.5 + 0.6 * (element(symbol).electronegativity - 2.0)))
    shape = [_bump(energy, -depth) for energy in grid]
    spacing = grid[1] - grid[0]
    area = math.fsum(shape) * spacing or 1.0
    above = [0.5 * _bump(energy - width, depth) for energy in grid]
    rows, integral = [], 0.0
    for energy, below, empty in zip(grid, shape, above, strict=True):
        density = electrons * (below / area + empty)
        integral += density * spacing
        rows.append((energy, density, integral))
    return rows


def kind_densities(inputs: Inputs) -> dict[str, list[Dos]]:
    """For every kind of atom and spin, the density of states of one atom."""
    grid, width = dos_grid(inputs), gap(inputs.poscar.symbols)
    valence = sum(
        p.electrons * n for p, n in zip(inputs.potentials, inputs.poscar.counts, strict=True)
    )
    return {
        kind: [
            kind_dos(kind, potential.electrons / valence * electrons, width, grid)
            for electrons in occupied(inputs)
        ]
        for kind, potential in zip(inputs.poscar.kinds, inputs.potentials, strict=True)
    }


def total_dos(inputs: Inputs, kinds: dict[str, list[Dos]]) -> list[Dos]:
    """Density of states of the cell, by spin."""
    symbols = inputs.poscar.symbols
    counts = {kind: symbols.count(kind) for kind in kinds}
    totals = []
    for channel in range(len(occupied(inputs))):
        rows = zip(*(kinds[kind][channel] for kind in kinds), strict=True)
        weights = [counts[kind] for kind in kinds]
        totals.append(
            [
                (
                    points[0][0],
                    sum(w * point[1] for w, point in zip(weights, points, strict=True)),
                    sum(w * point[2] for w, point in zip(weights, points, strict=True)),
                )
                for points in rows
            ]
        )
    return totals


def orbital_shares(symbol: str, *, resolved: bool) -> list[float]:
    """Share of every orbital (nine, or s p d) in an atom's density; none is empty."""
    number = NUMBERS[symbol]
    noble = max((core for core in (0, 2, 10, 18, 36, 54, 86) if core < number), default=0)
    outside = number - noble
    if outside <= 2 or number == 2:
        shells = [0.94, 0.05, 0.01]
    elif noble <= 10 or outside > 12:
        shells = [0.24, 0.75, 0.01]
    else:
        shells = [0.08, 0.04, 0.88]
    if not resolved:
        return shells
    return [shells[0], *[shells[1] / 3] * 3, *[shells[2] / 5] * 5]
