"""Slabs, terminations, lattice matching, interface cells and starting magnetic moments."""

from interfaces.structures.adsorption import Molecule, MoleculeCell, on_surface
from interfaces.structures.interface import InterfaceCell, LabelledCell, interface_cell, labelled
from interfaces.structures.lateral_registry import (
    Registry,
    Shift,
    distinct_shifts,
    scan,
    scan_energies,
)
from interfaces.structures.lattice_match import Match, matches
from interfaces.structures.slab import Slab, facet
from interfaces.structures.terminations import terminations

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
