"""Relax a structure with any ASE calculator and record how the relaxation ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ase.calculators.calculator import Calculator
    from pymatgen.core import Structure

FORCE_TOLERANCE = 0.03  #: eV/angstrom, on atoms and on the cell's generalised forces
MAX_STEPS = 300  #: per optimiser
SYMMETRY_PRECISION = 0.1  #: angstrom, the Materials Project's own


@dataclass(frozen=True)
class Relaxation:
    """One computed energy with the descriptors that the phase set keeps.

    ``energy_per_atom`` [eV/atom], ``volume_per_atom`` [angstrom^3], ``max_force`` [eV/angstrom]
    (``None`` for an energy-only point), ``converged`` whether forces and stress met the tolerance.
    """

    formula: str
    n_atoms: int
    energy_per_atom: float
    volume_per_atom: float
    space_group: int | None
    converged: bool
    max_force: float | None
    steps: int


def space_group(structure: Structure) -> int | None:
    """Space-group number of a structure.

    Parameters
    ----------
    structure : crystal.

    Returns
    -------
    int or None
        None where spglib finds none.
    """
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer, SymmetryUndeterminedError

    try:
        return int(
            SpacegroupAnalyzer(structure, symprec=SYMMETRY_PRECISION).get_space_group_number()
        )
    except (SymmetryUndeterminedError, TypeError, ValueError):
        return None


def relax(
    structure: Structure,
    calculator: Calculator,
    *,
    force_tolerance: float = FORCE_TOLERANCE,
    max_steps: int = MAX_STEPS,
) -> tuple[Relaxation, Structure]:
    """Relax positions and cell.

    BFGS converges near a minimum in a third of FIRE's steps; where it does not get there within
    ``max_steps``, FIRE continues. A relaxation that does not converge is recorded as such.

    Parameters
    ----------
    structure : to be relaxed; lengths in angstrom.
    calculator : of ASE.
    force_tolerance : largest force at the end [eV/angstrom].
    max_steps : of each optimiser.

    Returns
    -------
    tuple of Relaxation and Structure
        The record, and the relaxed structure.
    """
    from ase.filters import FrechetCellFilter
    from ase.optimize import BFGS, FIRE
    from pymatgen.io.ase import AseAtomsAdaptor

    atoms: Any = AseAtomsAdaptor.get_atoms(structure)
    atoms.calc = calculator
    free = FrechetCellFilter(atoms)
    steps, converged = 0, False
    for optimiser in (BFGS, FIRE):
        run = optimiser(free, logfile=None)
        converged = bool(run.run(fmax=force_tolerance, steps=max_steps))
        steps += run.nsteps
        if converged:
            break
    final = AseAtomsAdaptor.get_structure(atoms)
    record = Relaxation(
        formula=structure.composition.reduced_formula,
        n_atoms=len(structure),
        energy_per_atom=float(atoms.get_potential_energy()) / len(atoms),
        volume_per_atom=float(atoms.get_volume()) / len(atoms),
        space_group=space_group(final),
        converged=converged,
        max_force=float(np.sqrt((atoms.get_forces() ** 2).sum(axis=1).max())),
        steps=steps,
    )
    return record, final
