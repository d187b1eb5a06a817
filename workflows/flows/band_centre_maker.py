"""Makers of a static run and its band centres, with GPAW or any static Maker of atomate2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobflow import Flow, Job, Maker, job

from interfaces.errors import InputError
from workflows.calculators.gpaw_static import FINE, magnetic_cell, run_static, settings_with
from workflows.trajectories.band_centres import BandCentres, read_band_centres

if TYPE_CHECKING:
    from pymatgen.core import Structure

GPW = "static.gpw"


@dataclass
class GPAWStaticMaker(Maker):  # type: ignore[misc]
    """Static PBE+U run with GPAW, which keeps its projected states.

    Attributes
    ----------
    name : of the job.
    cutoff : of the plane waves [eV].
    spacing : longest distance between k-points [1/angstrom, with 2 pi].
    hubbards : U - J [eV] of d shells by element; the Materials Project's where None.
    order : ``afm`` or ``fm``, of structures whose sites have no ``magmom``.
    """

    name: str = "GPAW static"
    cutoff: float = FINE.cutoff
    spacing: float = FINE.spacing
    hubbards: dict[str, float] | None = None
    order: str = "afm"

    @job  # type: ignore[untyped-decorator]
    def make(self, structure: Structure) -> dict[str, Any]:
        """Run GPAW in the job's folder; the output names the folder and the energy [eV]."""
        cell = structure
        if "magmom" not in structure.site_properties:
            cell = magnetic_cell(structure, self.order)
        settings = settings_with(self.cutoff, self.spacing, self.hubbards)
        energy = run_static(cell, Path(GPW), settings)
        return {"dir_name": str(Path.cwd()), "energy_ev": energy, "structure": cell}


@dataclass
class BandCentreMaker(Maker):  # type: ignore[misc]
    """Static run, then the band centre of an element from its projected density of states.

    Attributes
    ----------
    name : of the flow.
    element : whose p band is taken.
    static_maker : any Maker whose output has ``dir_name``, the folder of a VASP run with
        LORBIT = 11 or of a ``.gpw`` file; atomate2's ``StaticMaker`` is one.
    """

    name: str = "band centre"
    element: str = "O"
    static_maker: Maker = field(default_factory=GPAWStaticMaker)

    def make(self, structure: Structure) -> Flow:
        """Return the flow; its output is a :class:`BandCentres`."""
        if self.element not in {element.symbol for element in structure.composition.elements}:
            raise InputError(f"{structure.composition.reduced_formula} has no {self.element}")
        static = self.static_maker.make(structure)
        centres: Job = centres_of_run(static.output, self.element)
        return Flow([static, centres], output=centres.output, name=self.name)


@job  # type: ignore[untyped-decorator]
def centres_of_run(output: Any, element: str) -> BandCentres:
    """Read the band centres of a finished static run.

    Parameters
    ----------
    output : document or mapping with ``dir_name``.
    element : symbol.

    Returns
    -------
    BandCentres
        Centres [eV] against edge, Fermi level and deep level.
    """
    folder = output["dir_name"] if isinstance(output, Mapping) else output.dir_name
    return read_band_centres(str(folder).rpartition(":")[2], element)
