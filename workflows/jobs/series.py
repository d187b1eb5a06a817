"""From relaxed cells to reactants: the series of a host, and the analysis of each pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from jobflow import job

from interfaces.chemistry.formulas import Formula, chemical_system
from interfaces.phases.reactants import reactant
from interfaces.serialisable import Serialisable
from workflows.analyses.conditions import CLOSED
from workflows.analyses.curve import CurveAnalysis
from workflows.analyses.setup import (
    PhaseOptions,
    competing_phases,
    load_phase_set,
    provenance,
    resolve_reactants,
)
from workflows.calculators.calculator_info import calculator_info
from workflows.data.named_materials import find_system
from workflows.jobs.energy_scale import phases_of, references
from workflows.jobs.orderings import RelaxedStructure
from workflows.jobs.reference_reaction import MoleculePlacement

if TYPE_CHECKING:
    from interfaces.reactivity.mixing_curve import MixingCurve

APART = 1.15  #: times the host's c; charging alone takes it to 1.05


@dataclass(frozen=True)
class Member(Serialisable):
    """A relaxed ordering on the scale of a phase set: formation ``energy`` [eV/atom]."""

    identifier: str
    x: float
    energy: float
    relaxed: RelaxedStructure


@dataclass(frozen=True)
class Series(Serialisable):
    """The relaxed orderings of a host, most lithium first, then lowest in energy.

    ``voltages``: steps (x1, x2, V) of the equilibrium profile against Li metal.
    """

    host: str
    scheme: str
    calculator: str
    members: tuple[Member, ...]
    voltages: tuple[tuple[float, float, float], ...]
    notes: tuple[str, ...]

    def lowest(self, x: float) -> Member:
        """Return the member of lowest energy at a lithium content x per formula unit."""
        return min((m for m in self.members if m.x == x), key=lambda member: member.energy)


@dataclass(frozen=True)
class Pair(Serialisable):
    """A cathode at one lithium content against an electrolyte, and what may form.

    ``cathode`` and ``electrolyte`` are names of ``inputs/systems.yaml`` or formulas; ``elements``
    those of the whole job; ``energies`` and ``exclude`` as
    :class:`workflows.analyses.setup.PhaseOptions`.
    """

    cathode: str
    electrolyte: str
    calculator: str
    phases: str
    elements: tuple[str, ...]
    energies: tuple[str, ...]
    exclude: tuple[str, ...]


@job  # type: ignore[untyped-decorator]
def build_series(cells: Sequence[Sequence[RelaxedStructure]], phases: str) -> Series:
    """Refer relaxed cells to the elements of a phase set, and compute the voltage profile.

    Parameters
    ----------
    cells : relaxed cells of one host and one calculator, by lithium content.
    phases : name or file of the phase set.

    Returns
    -------
    The members with formation energies [eV/atom], and equilibrium voltages [V] against Li metal.

    Raises
    ------
    InputError
        If the phase set has no reference energies for this calculator.
    """
    from interfaces.delithiation import voltage_profile

    relaxed = [cell for state in cells for cell in state]
    first = relaxed[0]
    name, host = first.calculator, first.start.state.host
    formulas = [Formula.parse(cell.formula) for cell in relaxed]
    symbols = {symbol for formula in formulas for symbol in formula.elements}
    elements = references(name, phases, symbols)
    members = []
    for cell, formula in zip(relaxed, formulas, strict=True):
        elemental = sum(float(amount) * elements[symbol] for symbol, amount in formula.amounts)
        start = cell.start
        identifier = (
            f"{'mock-' if calculator_info(name).mocked else ''}{host} x={start.state.x:g} "
            f"cell={start.state.formula_units} decoration={start.decoration} "
            f"ordering={start.ordering}"
        )
        energy = cell.energy - elemental / float(formula.n_atoms)
        member = Member(identifier=identifier, x=start.state.x, energy=energy, relaxed=cell)
        members.append(member)
    members.sort(key=lambda member: (-member.x, member.energy, member.identifier))
    lowest = {member.x: member for member in reversed(members)}
    per_unit = {
        x: member.energy * len(member.relaxed.structure) / member.relaxed.start.state.formula_units
        for x, member in lowest.items()
    }
    # Formation energies: lithium metal is at zero.
    voltages = voltage_profile(per_unit, 0.0) if len(per_unit) > 1 else ()
    notes = [calculator_info(name).scale.value] if calculator_info(name).mocked else []
    notes += [f"{m.identifier}: not converged" for m in members if not m.relaxed.converged]
    notes += [f"{m.identifier}: {note}" for m in members for note in m.relaxed.notes]
    notes += _separated_layers(host, members)
    scheme = phases_of(name, phases, tuple(sorted(elements))).scheme
    return Series(
        host=host,
        scheme=scheme,
        calculator=name,
        members=tuple(members),
        voltages=voltages,
        notes=tuple(notes),
    )


def _separated_layers(host: str, members: Sequence[Member]) -> list[str]:
    """Return a note for each cell whose layers separated; none for a host without layers."""
    from interfaces.delithiation import host as named
    from interfaces.delithiation import layering, supercell

    owner = named(host)
    start = owner.shape(1.0).lengths[-1]
    notes = []
    for member in members:
        cell = supercell(owner.framework, member.relaxed.start.state.formula_units)
        layers = layering(cell, member.relaxed.structure)
        if layers is not None and layers.c > APART * start:
            notes.append(
                f"{member.identifier}: the layers ran apart, c = {layers.c:.1f} A from "
                f"{start:.1f} A; the calculator has no dispersion to hold an empty lithium layer"
            )
    return notes


@job  # type: ignore[untyped-decorator]
def compute_pair_curve(
    series: Series, pair: Pair, placement: MoleculePlacement | None
) -> MixingCurve:
    """Compute the reaction curve of one pair, the cathode with its calculated energy.

    It includes the largest driving force where no gas may form.

    Parameters
    ----------
    series, pair, placement : as of :func:`prepare_pair`.

    Returns
    -------
    The curve, energies in eV/atom.

    Raises
    ------
    ReactantError
        If the electrolyte has no energy among the phases.
    """
    return prepare_pair(series, pair, placement).run()


def prepare_pair(
    series: Series, pair: Pair, placement: MoleculePlacement | None = None
) -> CurveAnalysis:
    """Return the analysis of one pair, the cathode with its calculated energy.

    Parameters
    ----------
    series : relaxed orderings of the cathode.
    pair : the cathode at one lithium content, and the electrolyte.
    placement : of an electrolyte that is a molecule; without it, the electrolyte is resolved by
        its name.

    Returns
    -------
    The analysis, closed.

    Raises
    ------
    ReactantError
        If the electrolyte has no energy among the phases.
    """
    systems = [find_system(pair.cathode), find_system(pair.electrolyte)]
    phase_set = phases_of(pair.calculator, pair.phases, pair.elements)
    options = PhaseOptions(phase_set, pair.energies, pair.exclude)
    elements = chemical_system([system.formula for system in systems])
    loaded = load_phase_set(options, elements, CLOSED)
    member = series.lowest(_content(pair.cathode))
    concerned = (calculator_info(pair.calculator).scale.value, f"{member.identifier}:")
    cathode = reactant(
        loaded,
        systems[0].formula,
        member.energy,
        name=systems[0].name,
        entry_id=member.identifier,
        model="calculated",
        notes=tuple(note for note in series.notes if note.startswith(concerned)),
    )
    if placement is None:
        (electrolyte,) = resolve_reactants(loaded, systems[1:], [pair.electrolyte], options)
    else:
        electrolyte = placement.reactant(loaded, systems[1].formula, systems[1].name)
    origin = provenance(loaded, elements, options, CLOSED) | {
        "calculator": calculator_info(pair.calculator).scale.value,
        "cathode": member.identifier,
    }
    if placement is not None:
        origin["molecule"] = f"{placement.label}, {placement.engine}"
    return CurveAnalysis(
        phase_set=competing_phases(loaded, elements),
        reactant_1=cathode,
        reactant_2=electrolyte,
        open_elements=(),
        provenance=origin,
    )


def _content(cathode: str) -> float:
    return float(Fraction(cathode.partition("@")[2]))
