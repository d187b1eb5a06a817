"""Density of states of a ``.gpw`` file of GPAW."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from interfaces.errors import InputError
from workflows.calculators.gpaw import import_gpaw
from workflows.data.vasp_runs.run_settings import Mesh
from workflows.trajectories.projected_dos import ProjectedDOS, mesh_notes, sites_of

BROADENING = 0.1  #: eV, width of the Gaussian that each level becomes
STEP = 0.01  #: eV between energies
MARGIN = 2.0  #: eV of the density below the lowest level, and above the edge
SHELLS = ("s", "p")


def read_gpaw_dos(path: Path, element: str, width: float = BROADENING) -> ProjectedDOS:
    """Density of states on the sites of an element, from a ``.gpw`` file.

    Each level becomes a Gaussian with the weight of its PAW projections, so the density holds what
    lies inside the augmentation spheres. Its scale differs from VASP's; its centre hardly depends
    on that.

    Parameters
    ----------
    path : ``.gpw`` file of a converged calculation.
    element : symbol.
    width : of the Gaussians [eV].

    Returns
    -------
    ProjectedDOS
        Density by site and shell.

    Raises
    ------
    InputError
        If GPAW is not installed, or this is no file of it.
    """
    from pymatgen.io.ase import AseAtomsAdaptor

    gpaw = import_gpaw()
    from gpaw.dos import DOSCalculator

    if not path.is_file():
        raise InputError(f"no file {path}; give the .gpw file of a static run of GPAW")
    try:
        calc = gpaw.GPAW(str(path), txt=None)
        levels = DOSCalculator.from_calculator(calc, shift_fermi_level=False)
        valence, conduction = map(float, calc.get_homo_lumo())
    except Exception as error:  # GPAW raises whatever its file readers do
        raise InputError(
            f"{path}: no calculation of GPAW with its states ({type(error).__name__}: {error})"
        ) from None
    structure = AseAtomsAdaptor.get_structure(calc.atoms)
    lowest = float(levels.eig_skn.min())
    energies = np.arange(lowest - MARGIN, valence + 2 * MARGIN, STEP)

    def density(site: int, shell: int) -> np.ndarray:
        return np.asarray(levels.raw_pdos(energies, site, shell, width=width), dtype=float)

    sites = {
        site: {name: density(site, k) for k, name in enumerate(SHELLS)}
        for site in sites_of(structure, element, path)
    }
    mesh = Mesh(count=len(levels.weight_k), divisions=tuple(map(int, levels.wfs.size)))
    return ProjectedDOS(
        origin=str(path),
        code=f"GPAW {gpaw.__version__}",
        structure=structure,
        energies=energies,
        sites=sites,
        edge=valence,
        fermi=float(levels.fermi_level),
        gap=max(0.0, conduction - valence),
        notes=tuple(mesh_notes(mesh, structure.lattice)),
    )
