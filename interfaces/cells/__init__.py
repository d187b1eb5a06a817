"""Slabs, terminations, lattice match and interface cells: structures in, frozen values out."""

from interfaces.cells.build import InterfaceCell, interface_cell
from interfaces.cells.labelled import LabelledCell, labelled
from interfaces.cells.matching import Match, matches
from interfaces.cells.molecules import Molecule, MoleculeCell, on_surface
from interfaces.cells.registry import Registry, Shift, distinct_shifts, scan, scan_energies
from interfaces.cells.slab import Slab, facet
from interfaces.cells.slabs import terminations

__all__ = [
    "InterfaceCell",
    "LabelledCell",
    "Match",
    "Molecule",
    "MoleculeCell",
    "Registry",
    "Shift",
    "Slab",
    "distinct_shifts",
    "facet",
    "interface_cell",
    "labelled",
    "matches",
    "on_surface",
    "scan",
    "scan_energies",
    "terminations",
]
