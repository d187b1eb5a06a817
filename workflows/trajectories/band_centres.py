"""Band centres of a VASP run: its density of states by kind of site, and the levels to count from.

The run needs LORBIT = 10 or more. Kinds are the sites that symmetry makes equal, so that the O of
LiCoO2 is one kind and those of a slab are many.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interfaces.aimd.band_centre import DEEP, OCCUPIED, BandCentre, band_centre
from interfaces.chemistry.formulas import spelled
from interfaces.errors import InputError
from workflows.data.vasp_runs.run_checks import check_run
from workflows.data.vasp_runs.run_readers import read_vasprun_settings, with_outcome
from workflows.data.vasp_runs.run_settings import Mesh, RunSettings

Array = NDArray[np.float64]

SAME_SITE = 0.01  #: tolerance of symmetry [angstrom]
SPARSE = 0.4  #: 1/angstrom (with 2 pi) between k-points; relaxations of the set have 0.25
INCOMPLETE = 0.1  #: share of the electrons that the density of states may lack


@dataclass(frozen=True)
class BandCentres:
    """Band centres of one run, one per kind of site and one of all sites together (the first)."""

    origin: str
    formula: str
    element: str
    all_sites: BandCentre
    kinds: tuple[BandCentre, ...]
    gap: float  #: [eV]
    mocked: bool
    notes: tuple[str, ...] = ()  #: what is doubtful about the density of states

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as in the JSON output."""
        return {
            "origin": self.origin,
            "formula": self.formula,
            "element": self.element,
            "mocked": self.mocked,
            "gap_ev": self.gap,
            "all_sites": self.all_sites.to_dict(),
            "kinds": [one.to_dict() for one in self.kinds],
            "notes": list(self.notes),
        }


def read_band_centres(
    path: str | Path,
    element: str = "O",
    *,
    kinds: Mapping[str, Sequence[int]] | None = None,
    window: tuple[float, float] = OCCUPIED,
    deep_window: tuple[float, float] = DEEP,
) -> BandCentres:
    """Read the band centres of an element from a VASP run.

    Parameters
    ----------
    path : ``vasprun.xml`` (``.gz`` allowed) or its folder.
    kinds : name -> indices of sites; by default those that symmetry makes equal.
    window, deep_window : see :func:`interfaces.aimd.band_centre.band_centre`.

    Raises
    ------
    InputError
        If there is no such run, it has no projected density of states, or none of the element.
    """
    file = _vasprun(Path(path))
    run = _read(file)
    structure = run.final_structure
    sites = [k for k, site in enumerate(structure) if site.specie.symbol == element]
    if not sites:
        raise InputError(f"{file}: no {element} in {spelled(structure.composition)}")
    dos = run.complete_dos
    energies = np.asarray(dos.energies, dtype=float)
    gap, _, edge, _ = run.eigenvalue_band_properties
    groups = dict(kinds) if kinds is not None else _equal_sites(structure, sites)
    wrong = [k for group in groups.values() for k in group if k not in sites]
    if wrong:
        raise InputError(f"{file}: sites {wrong} are no {element}; those are {sites}")

    def centre(name: str, group: Sequence[int]) -> BandCentre:
        shells = [dos.get_site_spd_dos(structure[k]) for k in group]
        densities = {
            orbital.name: sum(
                np.asarray(values)
                for shell in shells
                for values in shell[orbital].densities.values()
            )
            for orbital in shells[0]
        }
        return band_centre(
            energies, densities, edge=float(edge), fermi=float(run.efermi), kind=name,
            sites=len(group), window=window, deep_window=deep_window,
        )  # fmt: skip

    settings = _settings(file, run)
    return BandCentres(
        origin=str(path),
        formula=spelled(structure.composition),
        element=element,
        all_sites=centre(element, sites),
        kinds=tuple(centre(name, group) for name, group in groups.items()),
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


def _mesh_notes(mesh: Mesh | None, lattice: Any) -> Iterator[str]:
    """Whether the k-points are those of a density of states."""
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


def _read(file: Path) -> Any:
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


def _equal_sites(structure: Any, sites: Sequence[int]) -> dict[str, list[int]]:
    """Sites by symmetry, in the order of their first member: ``O1``, ``O2`` ..."""
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    orbits = SpacegroupAnalyzer(structure, symprec=SAME_SITE).get_symmetry_dataset()
    labels = [int(orbits.equivalent_atoms[k]) for k in sites]
    groups: dict[int, list[int]] = {}
    for site, label in zip(sites, labels, strict=True):
        groups.setdefault(label, []).append(site)
    symbol = structure[sites[0]].specie.symbol
    if len(groups) == 1:
        return {symbol: list(sites)}
    return {f"{symbol}{k}": group for k, group in enumerate(groups.values(), start=1)}
