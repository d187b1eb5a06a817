"""Projected density of states of a static run, whatever program computed it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.formulas import spelled
from interfaces.errors import InputError
from workflows.data.vasp_runs.run_settings import Mesh

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


def sites_of(structure: Structure, element: str, source: str | Path) -> list[int]:
    """Indices of the sites of an element; an error where there are none."""
    sites = [k for k, site in enumerate(structure) if site.specie.symbol == element]
    if not sites:
        raise InputError(f"{source}: no {element} in {spelled(structure.composition)}")
    return sites


def mesh_notes(mesh: Mesh | None, lattice: Any) -> Iterator[str]:
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
