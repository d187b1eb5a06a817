"""Band centres of a VASP run: its density of states by kind of site, and the levels to count from.

The run needs LORBIT = 10 or more. Kinds are the sites that symmetry makes equal, so that the O of
LiCoO2 is one kind and those of a slab are many.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from interfaces.band_centre import DEEP, OCCUPIED, BandCentre, band_centre
from interfaces.errors import InputError
from interfaces.formulas import spelled
from workflows.mock.marks import is_mock

SAME_SITE = 0.01  #: tolerance of symmetry [angstrom]


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
    window, deep_window : see :func:`interfaces.band_centre.band_centre`.

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

    return BandCentres(
        str(path),
        spelled(structure.composition),
        element,
        centre(element, sites),
        tuple(centre(name, group) for name, group in groups.items()),
        float(gap),
        is_mock(file),
    )


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
