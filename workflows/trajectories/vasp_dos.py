"""Projected density of states of a VASP run; it needs LORBIT = 10 or more."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from interfaces.errors import InputError
from workflows.data.vasp_runs.run_checks import check_run
from workflows.data.vasp_runs.run_readers import read_vasprun_settings, with_outcome
from workflows.data.vasp_runs.run_settings import RunSettings
from workflows.trajectories.projected_dos import Array, ProjectedDOS, mesh_notes, sites_of

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
        for site in sites_of(structure, element, file)
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
            *mesh_notes(settings.mesh, structure.lattice),
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
