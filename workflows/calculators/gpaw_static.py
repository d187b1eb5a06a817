"""Static GPAW run that keeps its projected states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from interfaces.errors import CalculationError
from workflows.calculators.gpaw import GPAWSettings, cell_settings, import_gpaw, keywords

if TYPE_CHECKING:
    from pymatgen.core import Structure

FINE = GPAWSettings(cutoff=520.0, spacing=0.25)


def magnetic_cell(structure: Structure, order: str = "afm") -> Structure:
    """Smallest cell that holds the spin order, with moments to start from on its sites.

    Parameters
    ----------
    structure : any cell of a bulk.
    order : ``afm`` or ``fm``; rock salt gets its rhombohedral AFM-II cell.

    Returns
    -------
    Structure
        Niggli-reduced, because GPAW is not to be trusted with sharp cells; site property
        ``magmom`` [bohr magneton].
    """
    from interfaces.structures.magnetic_moments import rock_salt_afm_cell, starting_moments
    from interfaces.structures.oxidation_states import formal_charges

    magnetic = rock_salt_afm_cell(structure) if order == "afm" else None
    cell = (magnetic or structure.get_primitive_structure()).get_reduced_structure()
    moments = starting_moments(cell, formal_charges(cell), "afm" if order == "afm" else "fm")
    cell.add_site_property("magmom", list(moments.values))
    return cell


def run_static(structure: Structure, path: Path, settings: GPAWSettings = FINE) -> float:
    """Compute the electrons of a cell, and keep levels and projections in a ``.gpw`` file.

    Parameters
    ----------
    structure : with ``magmom`` on its sites where it is magnetic.
    path : the file; GPAW's own log is written beside it with the suffix ``.txt``.
    settings : cut-off, k-points, U.

    Returns
    -------
    float
        Total energy [eV], extrapolated to no smearing, on GPAW's own scale.

    Raises
    ------
    InputError
        If GPAW is not installed, or the cell cannot be computed (:func:`cell_settings`).
    CalculationError
        If the electrons do not converge.
    """
    from pymatgen.io.ase import AseAtomsAdaptor

    gpaw = import_gpaw()
    atoms = AseAtomsAdaptor.get_atoms(structure)
    cell = cell_settings(atoms, settings)
    atoms.set_initial_magnetic_moments(cell.moments)
    words = keywords(cell, settings) | {"txt": str(path.with_suffix(".txt"))}
    atoms.calc = gpaw.GPAW(**words)
    try:
        energy = float(atoms.get_potential_energy())
    except gpaw.KohnShamConvergenceError:
        raise CalculationError(
            f"GPAW did not converge {atoms.get_chemical_formula()} in {settings.iterations} "
            "iterations; put other moments on the sites, or allow more iterations"
        ) from None
    atoms.calc.write(str(path))
    return energy


def settings_with(
    cutoff: float, spacing: float, hubbards: Mapping[str, float] | None
) -> GPAWSettings:
    """Settings of a static run, the others as in :data:`FINE`.

    Parameters
    ----------
    cutoff : of the plane waves [eV].
    spacing : longest distance between k-points [1/angstrom, with 2 pi].
    hubbards : U - J [eV] of d shells; the Materials Project's where None.

    Returns
    -------
    GPAWSettings
        The settings.
    """
    chosen_u = None if hubbards is None else tuple(hubbards.items())
    return replace(FINE, cutoff=cutoff, spacing=spacing, hubbards=chosen_u)
