"""One state of charge: the orderings to start from, and what a calculator makes of each.

The values travel between jobs: frozen, and equal after a job store has held them.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interfaces.serialisable import Serialisable
from workflows.calculators.ase_calculators import calculator, versions
from workflows.calculators.relax import MAX_STEPS

if TYPE_CHECKING:
    from pymatgen.core import Structure


@dataclass(frozen=True)
class ChargeState(Serialisable):
    """Which orderings to compute: ``lithium`` of ``formula_units`` Li sites of a host are full.

    ``orderings`` of each of ``decorations`` ways to put the metals, lowest in Ewald energy.
    """

    host: str
    formula_units: int
    lithium: int
    decorations: int
    orderings: int
    seed: int

    @property
    def x(self) -> float:
        """Li per formula unit."""
        return self.lithium / self.formula_units

    @property
    def label(self) -> str:
        """Words of every job's name."""
        return f"{self.host} x={self.x:g}"


@dataclass(frozen=True)
class CandidateOrdering(Serialisable):
    """An unrelaxed cell; ``ewald_energy`` [eV per formula unit] of its formal charges."""

    state: ChargeState
    decoration: int
    layout: str
    ordering: int
    ewald_energy: float
    structure: Structure

    @property
    def label(self) -> str:
        """Words of the job's name."""
        decoration = f" decoration {self.decoration}" if self.state.decorations > 1 else ""
        return f"{self.state.label}{decoration} ordering {self.ordering}"


@dataclass(frozen=True)
class RelaxedStructure(Serialisable):
    """A relaxed cell: ``energy`` [eV/atom] on the calculator's own scale, ``volume`` [A^3/atom].

    ``correction`` [eV/atom] is the part of ``energy`` that was added to what was computed, and
    ``corrections`` are its reasons; ``max_force`` [eV/A]; ``converged`` whether forces and stress
    met the tolerance; ``versions`` of the packages that computed it; ``notes`` what is doubtful.
    """

    start: CandidateOrdering
    calculator: str
    formula: str
    energy: float
    correction: float
    corrections: tuple[str, ...]
    volume: float
    space_group: int | None
    max_force: float | None
    steps: int
    converged: bool
    versions: tuple[str, ...]
    notes: tuple[str, ...]
    structure: Structure


def starts(state: ChargeState) -> tuple[CandidateOrdering, ...]:
    """The cells to relax at one state of charge, off every saddle point by a seeded rattle.

    Raises
    ------
    DelithiationError
        If the host is unknown, or its composition gives no whole numbers of atoms.
    """
    from interfaces.delithiation import (
        decorations,
        ewald_matrix,
        host,
        orderings,
        rattled,
        structure,
        supercell,
    )

    owner = host(state.host)
    cell, shape = supercell(owner.framework, state.formula_units), owner.shape(state.x)
    matrix = ewald_matrix(cell, shape)
    found = []
    for decoration in decorations(owner, cell, state.decorations, state.seed):
        for one in orderings(
            owner, cell, decoration, state.lithium, state.orderings, state.seed, matrix
        ):
            ideal = structure(cell, shape, decoration.species, one.lithium)
            seed = (state.seed, state.lithium, decoration.index, one.index)
            found.append(
                CandidateOrdering(
                    state, decoration.index, decoration.layout, one.index, one.ewald_energy,
                    rattled(ideal, seed),
                )
            )  # fmt: skip
    return tuple(found)


def relaxed(start: CandidateOrdering, name: str, max_steps: int = MAX_STEPS) -> RelaxedStructure:
    """Relax one ordering with the calculator of this name; with no steps it stays as it is."""
    from workflows.calculators.relax import relax

    with warnings.catch_warnings():
        # scipy's logm checks itself at 1e-13 while ASE's cell filter needs 1e-9
        warnings.filterwarnings("ignore", "logm result may be inaccurate", RuntimeWarning)
        # torch of a line in chgnet that means it
        warnings.filterwarnings("ignore", "Converting a tensor with requires_grad", UserWarning)
        record, final = relax(start.structure, calculator(name), max_steps=max_steps)
    final = final.copy()
    final.calc = None  # pymatgen keeps the ASE calculator, which no job store can hold
    return RelaxedStructure(
        start=start,
        calculator=name,
        formula=record.formula,
        energy=record.energy_per_atom,
        correction=0.0,
        corrections=(),
        volume=record.volume_per_atom,
        space_group=record.space_group,
        max_force=record.max_force,
        steps=record.steps,
        converged=record.converged,
        versions=versions(name),
        notes=(),
        structure=final,
    )
