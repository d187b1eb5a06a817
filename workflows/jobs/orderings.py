"""One lithium content of a cathode: Li/vacancy orderings and their relaxations.

The values pass between jobs: they are frozen, and a job store returns them equal.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobflow import job

from interfaces.chemistry.formulas import Formula
from interfaces.serialisable import Serialisable
from workflows.calculators.ase_calculators import Scale, calculator_info, versions
from workflows.calculators.ase_calculators import calculator as ase_calculator
from workflows.calculators.relax import MAX_STEPS

if TYPE_CHECKING:
    from pymatgen.core import Structure

    from interfaces.delithiation import Host


@dataclass(frozen=True)
class ChargeState(Serialisable):
    """Which orderings to compute at one lithium content of a host.

    Attributes
    ----------
    host : name of the host.
    structure_host : the host itself where a structure gave it; None for a named one.
    formula_units : of the cell; each has one Li site.
    lithium : number of occupied Li sites.
    decorations : number of ways to place the transition metals.
    orderings : number of Li/vacancy orderings of each, lowest in Ewald energy.
    seed : of all random choices.
    """

    host: str
    formula_units: int
    lithium: int
    decorations: int
    orderings: int
    seed: int
    structure_host: Host | None = None

    @property
    def owner(self) -> Host:
        """The host."""
        from interfaces.delithiation import host

        return self.structure_host or host(self.host)

    @property
    def x(self) -> float:
        """Li per formula unit."""
        return self.lithium / self.formula_units

    @property
    def label(self) -> str:
        """Host and lithium content, as in the name of every job."""
        return f"{self.host} x={self.x:g}"


@dataclass(frozen=True)
class CandidateOrdering(Serialisable):
    """An unrelaxed cell with the Ewald energy [eV per formula unit] of its formal charges.

    ``layout`` describes how the transition metals of this decoration are placed.
    """

    state: ChargeState
    decoration: int
    layout: str
    ordering: int
    ewald_energy: float
    structure: Structure

    @property
    def label(self) -> str:
        """Host, lithium content, decoration and ordering, as in the name of a job."""
        decoration = f" decoration {self.decoration}" if self.state.decorations > 1 else ""
        return f"{self.state.label}{decoration} ordering {self.ordering}"


@dataclass(frozen=True)
class RelaxedStructure(Serialisable):
    """A relaxed cell: ``energy`` [eV/atom] on the calculator's own scale, ``volume`` [A^3/atom].

    ``correction`` [eV/atom] is the part of ``energy`` that was added to what was computed, and
    ``corrections`` are its reasons; ``max_force`` [eV/A]; ``converged`` whether forces and stress
    met the tolerance; ``versions`` of the packages that computed it; ``notes`` what is doubtful.
    ``start`` is None for a structure that is not an ordering of a host.
    """

    start: CandidateOrdering | None
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


@job  # type: ignore[untyped-decorator]
def list_orderings(state: ChargeState) -> tuple[CandidateOrdering, ...]:
    """Build the Li/vacancy orderings of lowest Ewald energy at one lithium content.

    Every cell is rattled with a seeded displacement, so that it does not start on a saddle point.

    Parameters
    ----------
    state : host, cell size, lithium content, and the numbers of decorations and orderings.

    Returns
    -------
    Unrelaxed cells, by decoration and then by Ewald energy.

    Raises
    ------
    DelithiationError
        If the host is unknown, or its composition gives no whole numbers of atoms.
    """
    from interfaces.delithiation import (
        decorations,
        ewald_matrix,
        orderings,
        rattled,
        structure,
        supercell,
    )

    owner = state.owner
    cell, shape = supercell(owner.framework, state.formula_units), owner.shape(state.x)
    matrix = ewald_matrix(cell, shape)
    candidates = []
    for decoration in decorations(owner, cell, state.decorations, state.seed):
        for ordering in orderings(
            owner, cell, decoration, state.lithium, state.orderings, state.seed, matrix
        ):
            ideal = structure(cell, shape, decoration.species, ordering.lithium)
            seed = (state.seed, state.lithium, decoration.index, ordering.index)
            candidate = CandidateOrdering(
                state=state,
                decoration=decoration.index,
                layout=decoration.layout,
                ordering=ordering.index,
                ewald_energy=ordering.ewald_energy,
                structure=rattled(ideal, seed),
            )
            candidates.append(candidate)
    return tuple(candidates)


def relax_structure(
    structure: Structure,
    calculator: str,
    max_steps: int = MAX_STEPS,
    settings: Mapping[str, Any] | None = None,
) -> RelaxedStructure:
    """Relax a structure with an ASE calculator.

    Parameters
    ----------
    structure : to be relaxed.
    calculator : name or import path, see :mod:`workflows.calculators.ase_calculators`.
    max_steps : limit of each of the two optimisers; 0 keeps the cell as it is.
    settings : keyword arguments of a calculator by its import path.

    Returns
    -------
    The relaxed cell with its energy [eV/atom] and the largest force [eV/angstrom].

    Raises
    ------
    InputError
        If the calculator is unknown or not installed.
    """
    from workflows.calculators.relax import relax

    with warnings.catch_warnings():
        # scipy's logm checks itself at 1e-13 while ASE's cell filter needs 1e-9
        warnings.filterwarnings("ignore", "logm result may be inaccurate", RuntimeWarning)
        # torch of a line in chgnet that means it
        warnings.filterwarnings("ignore", "Converting a tensor with requires_grad", UserWarning)
        record, final = relax(structure, ase_calculator(calculator, settings), max_steps=max_steps)
    final = final.copy()
    final.calc = None  # pymatgen keeps the ASE calculator, which no job store can hold
    correction = 0.0
    reasons: tuple[str, ...] = ()
    if calculator_info(calculator).scale is Scale.SEVENNET:
        from workflows.calculators.mp2020_corrections import cobalt_term, mp2020_correction

        made = mp2020_correction(final, record.energy_per_atom * record.n_atoms)
        term = cobalt_term(Formula.parse(record.formula), record.space_group)
        correction = made.energy / record.n_atoms + term
        reasons = (f"MaterialsProject2020 of a {made.run_type} energy",)
        if term:
            reasons += (f"layered cobaltate {term:.4f} eV/atom",)
    return RelaxedStructure(
        start=None,
        calculator=calculator,
        formula=record.formula,
        energy=record.energy_per_atom + correction,
        correction=correction,
        corrections=reasons,
        volume=record.volume_per_atom,
        space_group=record.space_group,
        max_force=record.max_force,
        steps=record.steps,
        converged=record.converged,
        versions=versions(calculator),
        notes=(),
        structure=final,
    )
