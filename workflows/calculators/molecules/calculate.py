"""Geometry, thermal enthalpy and PBE energy of one molecule.

Steps of one molecule: ``embed`` (RDKit, seeded, several conformers) -> ``relax`` (GFN2-xTB; the
lowest is kept) -> ``thermal_enthalpy`` (harmonic, from the GFN2-xTB Hessian) ->
``electronic_energy`` (one PBE/def2-TZVP single point).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from workflows.calculators.molecules.molecule_geometry import (
    KEPT_STARTS,
    ROUGH_TOLERANCE,
    embed,
    relax,
    relax_lowest,
)
from workflows.schemas.molecule_definition import Molecule

Floats = npt.NDArray[np.float64]

HARTREE_EV = 27.211386245988  #: CODATA 2018
BOLTZMANN_EV = 8.617333262e-5  #: eV/K
TEMPERATURE = 298.15  #: K
WAVENUMBER_EV = 1.239841984e-4  #: eV per cm^-1
#: sqrt(eV / (angstrom^2 u)) as a wavenumber [cm^-1]
HESSIAN_TO_WAVENUMBER = 521.4708983725064
DISPLACEMENT = 0.005  #: angstrom, finite differences of the Hessian
GRID_LEVEL = 3  #: of PySCF's integration grids


@dataclass(frozen=True)
class Calculation:
    """What one molecule gave; energies [eV], per molecule."""

    name: str
    symbols: tuple[str, ...]
    positions: tuple[tuple[float, float, float], ...]
    energy_gfn2: float
    energy_pbe: float
    thermal_enthalpy: float
    zero_point_energy: float
    lowest_wavenumber: float
    starts: int
    seconds: float


def _wavenumbers(atoms: Any) -> Floats:
    """Harmonic wavenumbers of a molecule, by finite differences of the forces."""
    start = atoms.get_positions()
    size = start.size
    hessian = np.zeros((size, size))
    for k in range(size):
        for sign in (1.0, -1.0):
            moved = start.copy().reshape(-1)
            moved[k] += sign * DISPLACEMENT
            atoms.set_positions(moved.reshape(-1, 3))
            hessian[k] -= sign * atoms.get_forces().reshape(-1) / (2.0 * DISPLACEMENT)
    atoms.set_positions(start)
    weights = 1.0 / np.sqrt(np.repeat(atoms.get_masses(), 3))
    values = np.linalg.eigvalsh((hessian + hessian.T) / 2.0 * np.outer(weights, weights))
    result: Floats = np.sign(values) * np.sqrt(np.abs(values)) * HESSIAN_TO_WAVENUMBER
    return result


def thermal_enthalpy(
    modes: Floats, linear: bool, temperature: float = TEMPERATURE
) -> tuple[float, float]:
    """Enthalpy above the electronic energy, and the zero-point energy in it.

    ``H = 5/2 kT + rotation + sum_i e_i (1/2 + 1/(exp(e_i / kT) - 1))`` with ``kT`` of rotation for
    a linear molecule and ``3/2 kT`` otherwise.

    Parameters
    ----------
    modes : wavenumbers [cm^-1] of the vibrations, without translations and rotations.
    linear : whether the molecule is linear.
    temperature : [K].

    Returns
    -------
    tuple of float
        Enthalpy and zero-point energy [eV].
    """
    quanta = np.asarray(modes, dtype=float) * WAVENUMBER_EV
    thermal = BOLTZMANN_EV * temperature
    zero_point = float(quanta.sum() / 2.0)
    excited = float((quanta / np.expm1(quanta / thermal)).sum())
    rotation = thermal if linear else 1.5 * thermal
    return zero_point + excited + 2.5 * thermal + rotation, zero_point


def _electronic_energy(symbols: Sequence[str], positions: Floats) -> float:
    """PBE/def2-TZVP energy of a closed-shell neutral molecule."""
    from pyscf import dft, gto

    cell = gto.M(
        atom=[(symbol, tuple(row)) for symbol, row in zip(symbols, positions, strict=True)],
        basis="def2-tzvp",
        verbose=0,
    )
    field = dft.RKS(cell, xc="pbe").density_fit(auxbasis="def2-universal-jfit")
    field.grids.level = GRID_LEVEL
    energy = field.kernel()
    if not field.converged:
        field = field.newton()
        energy = field.kernel()
    if not field.converged:
        raise RuntimeError(f"PBE/def2-TZVP does not converge for {''.join(symbols)}")
    return float(energy) * HARTREE_EV


def calculate(molecule: Molecule) -> Calculation:
    """Relax one molecule with GFN2-xTB and calculate its vibrations and PBE energy.

    Parameters
    ----------
    molecule : to be calculated.

    Returns
    -------
    Calculation
        Energies in eV per molecule.

    Raises
    ------
    RuntimeError
        If the density does not converge.
    """
    began = time.process_time()
    starts = embed(molecule)
    tried = len(starts)
    if tried > KEPT_STARTS:
        starts = relax_lowest(starts, KEPT_STARTS, max_steps=40, force_tolerance=ROUGH_TOLERANCE)
    atoms, energy = min((relax(*start) for start in starts), key=lambda pair: pair[1])
    modes = _wavenumbers(atoms)
    moments = atoms.get_moments_of_inertia()
    linear = bool(moments[0] < 1e-2 * moments[-1] and moments[0] < 1e-2)
    # Translations and rotations are the modes nearest to zero.
    outside = 5 if linear else 6
    order = np.argsort(np.abs(modes))
    vibrations = np.sort(modes[order[outside:]])
    enthalpy, zero_point = thermal_enthalpy(np.abs(vibrations), linear)
    symbols = atoms.get_chemical_symbols()
    positions = atoms.get_positions()
    return Calculation(
        name=molecule.name,
        symbols=tuple(symbols),
        positions=tuple((float(x), float(y), float(z)) for x, y, z in positions.round(5)),
        energy_gfn2=energy,
        energy_pbe=_electronic_energy(symbols, positions),
        thermal_enthalpy=enthalpy,
        zero_point_energy=zero_point,
        lowest_wavenumber=float(vibrations[0]),
        starts=tried,
        seconds=round(time.process_time() - began, 1),
    )
