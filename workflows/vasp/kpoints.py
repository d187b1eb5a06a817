"""k-point mesh of a cell by the rule of a protocol."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from interfaces.chemistry.formulas import spelled
from interfaces.serialisable import Serialisable
from interfaces.structures.kpoint_mesh import by_spacing
from workflows.vasp.read_protocol import Grid, MeshRule

if TYPE_CHECKING:
    from pymatgen.core import Structure

LENGTH_TOLERANCE, ANGLE_TOLERANCE = 0.06, 3.0  #: relative, degrees: the same cell, relaxed


@dataclass(frozen=True)
class Mesh(Serialisable):
    """A regular mesh; ``style`` Gamma or Monkhorst; ``reason`` names the cell."""

    divisions: tuple[int, int, int]
    style: str
    reason: str

    @property
    def gamma_only(self) -> bool:
        """Whether vasp_gam can run it."""
        return self.divisions == (1, 1, 1) and self.style == "Gamma"

    @property
    def points(self) -> int:
        """Points that VASP computes at most: k and -k are one; symmetry leaves fewer.

        Examples
        --------
        >>> Mesh((2, 2, 1), "Gamma", "").points, Mesh((3, 3, 3), "Gamma", "").points
        (4, 14)
        """
        even = sum(n % 2 == 0 for n in self.divisions)
        #: points that are their own -k: at Gamma-centred ones two along each even axis
        alone = 2**even if self.style == "Gamma" else int(even == 0)
        total: int = prod(self.divisions)
        return (total + alone) // 2


def _same_cell(structure: Structure, grid: Grid) -> bool:
    """Whether this is the cell that a published mesh belongs to, give or take a relaxation."""
    return (
        structure.composition.reduced_formula == _reduced(grid.formula)
        and len(structure) == grid.atoms
        and np.allclose(structure.lattice.abc, grid.lengths, rtol=LENGTH_TOLERANCE)
        and np.allclose(structure.lattice.angles, grid.angles, atol=ANGLE_TOLERANCE)
    )


def _reduced(formula: str) -> str:
    from pymatgen.core import Composition

    return str(Composition(formula).reduced_formula)


def mesh_for(structure: Structure, rule: MeshRule) -> Mesh:
    """The mesh of a cell; one that no published mesh names gets it by spacing, and it says so."""
    here = f"{spelled(structure.composition)}, {len(structure)} atoms"
    if rule.rule == "gamma":
        return Mesh((1, 1, 1), "Gamma", f"{rule.reason} Cell: {here}.")
    for grid in rule.grids:
        if _same_cell(structure, grid):
            words = f"{rule.reason} Cell: {grid.formula}, {grid.cell}."
            return Mesh(grid.divisions, "Gamma", words)
    assert rule.spacing is not None, "checked when the protocol was read"
    divisions = by_spacing(structure, rule.spacing)
    if rule.rule == "grids":
        words = (
            f"No published mesh belongs to this cell ({here}); ours is no coarser than "
            f"{rule.spacing:g} per angstrom (2 pi included)."
        )
        return Mesh(divisions, "Gamma", words)
    return Mesh(divisions, "Gamma", f"{rule.reason} Cell: {here}.")
