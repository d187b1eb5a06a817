"""Projected densities of states of GPAW and VASP runs, and the band centres in them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.formulas import spelled
from interfaces.errors import InputError
from workflows.calculators.gpaw import import_gpaw
from workflows.data.vasp_runs.run_checks import check_run
from workflows.data.vasp_runs.run_readers import read_vasprun_settings, with_outcome
from workflows.data.vasp_runs.run_settings import Mesh, RunSettings

if TYPE_CHECKING:
    from pymatgen.core import Structure

Array = NDArray[np.float64]

SPARSE = 0.4  #: 1/angstrom (with 2 pi) between k-points; relaxations of the set have 0.25


@dataclass(frozen=True)
class ProjectedDOS:
    """Density of states of the sites of one element.

    Attributes
    ----------
    origin : path of the run.
    code : program that computed it, with its version where the file states it.
    structure : lengths in angstrom.
    energies : rising [eV], shape (E,).
    sites : site index -> shell (``s``, ``p``, ``d``) -> density [1/eV] of both spins, shape (E,).
    edge, fermi : valence-band edge and Fermi level [eV], on the scale of ``energies``.
    gap : band gap [eV], 0 for a metal.
    mocked : whether the mock made the run.
    notes : what is doubtful about the density.
    """

    origin: str
    code: str
    structure: Structure
    energies: Array
    sites: Mapping[int, Mapping[str, Array]]
    edge: float
    fermi: float
    gap: float
    mocked: bool = False
    notes: tuple[str, ...] = ()

    def shell(self, name: str) -> Array:
        """Density of one shell over all sites [1/eV], shape (E,); zero where there is none."""
        parts = [shells[name] for shells in self.sites.values() if name in shells]
        return np.sum(parts, axis=0) if parts else np.zeros_like(self.energies)


def _sites_of(structure: Structure, element: str, source: str | Path) -> list[int]:
    """Indices of the sites of an element; an error where there are none."""
    sites = [k for k, site in enumerate(structure) if site.specie.symbol == element]
    if not sites:
        raise InputError(f"{source}: no {element} in {spelled(structure.composition)}")
    return sites


def _mesh_notes(mesh: Mesh | None, lattice: Any) -> Iterator[str]:
    """Remarks where the k-points are not those of a density of states."""
    if mesh is None:
        return
    if mesh.line:
        yield f"line mode: {mesh.count} k-points along lines of a band structure, no mesh"
    elif len(mesh.divisions) == 3:
        spacing = max(np.asarray(lattice.reciprocal_lattice.abc) / mesh.divisions)
        if spacing > SPARSE:
            mesh_text = " x ".join(map(str, mesh.divisions))
            yield f"a sparse k-point mesh, {mesh_text}: {spacing:.2f} 1/A between its points"
    elif mesh.count == 1:
        yield "a single k-point"


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
        If GPAW is not installed, or this is not a file of it.
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
        for site in _sites_of(structure, element, path)
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
        notes=tuple(_mesh_notes(mesh, structure.lattice)),
    )


INCOMPLETE = 0.1  #: share of the electrons that the density of states may lack


def read_vasp_dos(path: Path, element: str, window: tuple[float, float]) -> ProjectedDOS:
    """Density of states on the sites of an element, from a ``vasprun.xml`` or its folder.

    Parameters
    ----------
    path : ``vasprun.xml`` (``.gz`` allowed) or its folder.
    element : symbol.
    window : energies that a band centre is taken over, against the valence-band edge [eV]; the
        number of electrons is checked there.

    Returns
    -------
    ProjectedDOS
        Density by site and shell.

    Raises
    ------
    InputError
        If there is no such run, or its density of states is not projected.
    """
    file = _vasprun(path)
    run = _parsed(file)
    structure = run.final_structure
    dos = run.complete_dos
    gap, _, edge, _ = run.eigenvalue_band_properties
    shells = {
        site: {
            orbital.name: np.sum([np.asarray(d) for d in density.densities.values()], axis=0)
            for orbital, density in dos.get_site_spd_dos(structure[site]).items()
        }
        for site in _sites_of(structure, element, file)
    }
    settings = _settings(file, run)
    return ProjectedDOS(
        origin=str(path),
        code=f"VASP {run.vasp_version}",
        structure=structure,
        energies=np.asarray(dos.energies, dtype=float),
        sites=shells,
        edge=float(edge),
        fermi=float(run.efermi),
        gap=float(gap),
        mocked=settings.mocked,
        notes=(
            *check_run(settings, "dos").notes,
            *_mesh_notes(settings.mesh, structure.lattice),
            *_electron_notes(
                run,
                settings.number("NELECT", settings.neutral_electrons or 0.0),
                float(edge) + float(gap) / 2 if gap else float(run.efermi),
                (float(edge) + window[0], float(edge) + window[1]),
            ),
        ),
    )


def _settings(file: Path, run: Any) -> RunSettings:
    """What the run was, and how it ended if it has steps."""
    settings = read_vasprun_settings(file)
    try:
        return with_outcome(settings, run)
    except (IndexError, KeyError):
        return settings


def _electron_notes(
    run: Any, electrons: float, top: float, window: tuple[float, float]
) -> Iterator[str]:
    """Whether the occupied states hold the electrons of the cell.

    VASP integrates them by itself; narrow states may fall between the points of the grid, and then
    the density lacks what its integral has. What matters to a centre is the window.
    """
    energies, density = _total(run.tdos)
    held = _integral(energies, density, energies[0], top)
    if not electrons > 0 or abs(held - electrons) <= INCOMPLETE * electrons:
        return
    low, high = max(window[0], energies[0]), min(window[1], energies[-1])
    _, integrated = _total(run.idos)
    inside = _integral(energies, density, low, high)
    counted = float(np.diff(np.interp([low, high], energies, integrated))[0])
    yield (
        f"the density of states below the Fermi level holds {held:.2f} of {electrons:g} electrons "
        f"(NELECT), in the window {inside:.2f} of {counted:.2f}: narrow states fall between the "
        "points of its grid (NEDOS), or it is incomplete (EMIN, k-points)"
    )


def _total(dos: Any) -> tuple[Array, Array]:
    """Energies [eV], and the sum over the spins."""
    spins = [np.asarray(values, dtype=float) for values in dos.densities.values()]
    return np.asarray(dos.energies, dtype=float), np.sum(spins, axis=0)


def _integral(energies: Array, density: Array, low: float, high: float) -> float:
    inside = (energies >= low) & (energies <= high)
    return float(np.trapezoid(density[inside], energies[inside]))


def _vasprun(path: Path) -> Path:
    if path.is_file():
        return path
    for name in ("vasprun.xml", "vasprun.xml.gz"):
        if (path / name).is_file():
            return path / name
    raise InputError(f"no vasprun.xml (or .gz) at {path}; give the folder of a static run")


def _parsed(file: Path) -> Any:
    """The run with its projected density of states."""
    from pymatgen.io.vasp.outputs import Vasprun

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run = Vasprun(file, parse_dos=True, parse_eigen=True, parse_potcar_file=False)
            projected = bool(getattr(run, "pdos", None))
    except Exception as error:
        raise InputError(
            f"{file}: no density of states in it ({type(error).__name__}: {error})"
        ) from None
    if not projected:
        raise InputError(f"{file}: the density of states is not projected; run with LORBIT = 11")
    return run
