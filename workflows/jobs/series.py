"""From relaxed cells to reactants: the series of a host, and the question of each pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

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
from workflows.calculators.registry import calculator_info
from workflows.data.named_materials import find_system
from workflows.jobs.energy_scale import phases_of, references
from workflows.jobs.orderings import RelaxedStructure
from workflows.jobs.reference_reaction import MoleculePlacement

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
        """The member of lowest energy at a lithium content."""
        return min((one for one in self.members if one.x == x), key=lambda one: one.energy)


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


def series_on_scale(cells: Sequence[RelaxedStructure], phases: str) -> Series:
    """Refer relaxed cells to the elements of the phase set, and say what voltages follow."""
    from interfaces.delithiation import voltage_profile

    first = cells[0]
    name, host = first.calculator, first.start.state.host
    formulas = [Formula.parse(cell.formula) for cell in cells]
    elements = references(name, phases, {symbol for one in formulas for symbol in one.elements})
    members = []
    for cell, formula in zip(cells, formulas, strict=True):
        own = sum(float(amount) * elements[symbol] for symbol, amount in formula.amounts)
        start = cell.start
        identifier = (
            f"{'mock-' if calculator_info(name).mocked else ''}{host} x={start.state.x:g} "
            f"cell={start.state.formula_units} decoration={start.decoration} "
            f"ordering={start.ordering}"
        )
        energy = cell.energy - own / float(formula.n_atoms)
        members.append(Member(identifier, start.state.x, energy, cell))
    members.sort(key=lambda one: (-one.x, one.energy, one.identifier))
    lowest = {one.x: one for one in reversed(members)}
    per_unit = {
        x: one.energy * len(one.relaxed.structure) / one.relaxed.start.state.formula_units
        for x, one in lowest.items()
    }
    # Formation energies: lithium metal is at zero.
    voltages = voltage_profile(per_unit, 0.0) if len(per_unit) > 1 else ()
    notes = [calculator_info(name).scale.value] if calculator_info(name).mocked else []
    notes += [f"{m.identifier}: not converged" for m in members if not m.relaxed.converged]
    notes += [f"{m.identifier}: {note}" for m in members for note in m.relaxed.notes]
    notes += _apart(host, members)
    scheme = phases_of(name, phases, tuple(sorted(elements))).scheme
    return Series(host, scheme, name, tuple(members), voltages, tuple(notes))


def _apart(host: str, members: Sequence[Member]) -> list[str]:
    """A note for each cell whose layers have lost each other; none for a host without layers."""
    from interfaces.delithiation import host as named
    from interfaces.delithiation import layering, supercell

    owner = named(host)
    start = owner.shape(1.0).lengths[-1]
    notes = []
    for one in members:
        cell = supercell(owner.framework, one.relaxed.start.state.formula_units)
        seen = layering(cell, one.relaxed.structure)
        if seen is not None and seen.c > APART * start:
            notes.append(
                f"{one.identifier}: the layers ran apart, c = {seen.c:.1f} A from {start:.1f} A; "
                "the calculator has no dispersion to hold an empty lithium layer"
            )
    return notes


def question(series: Series, pair: Pair, placing: MoleculePlacement | None = None) -> CurveAnalysis:
    """The question of one pair, the cathode with its calculated energy.

    Parameters
    ----------
    placing : of an electrolyte that is a molecule; without one it is resolved by its name.
    """
    systems = [find_system(pair.cathode), find_system(pair.electrolyte)]
    phase_set = phases_of(pair.calculator, pair.phases, pair.elements)
    source = PhaseOptions(phase_set, pair.energies, pair.exclude)
    elements = chemical_system([system.formula for system in systems])
    found = load_phase_set(source, elements, CLOSED)
    member = series.lowest(_content(pair.cathode))
    told_of = (calculator_info(pair.calculator).scale.value, f"{member.identifier}:")
    cathode = reactant(
        found,
        systems[0].formula,
        member.energy,
        name=systems[0].name,
        entry_id=member.identifier,
        model="calculated",
        notes=tuple(note for note in series.notes if note.startswith(told_of)),
    )
    if placing is None:
        (electrolyte,) = resolve_reactants(found, systems[1:], [pair.electrolyte], source)
    else:
        electrolyte = placing.reactant(found, systems[1].formula, systems[1].name)
    told = provenance(found, elements, source, CLOSED) | {
        "calculator": calculator_info(pair.calculator).scale.value,
        "cathode": member.identifier,
    }
    if placing is not None:
        told["molecule"] = f"{placing.label}, {placing.engine}"
    return CurveAnalysis(competing_phases(found, elements), cathode, electrolyte, (), told)


def _content(cathode: str) -> float:
    return float(Fraction(cathode.partition("@")[2]))
