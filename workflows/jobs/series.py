"""From relaxed cells to reactants: the series of a host, and the analysis of each pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from jobflow import job

from interfaces.chemistry.formulas import Formula, chemical_system, decimal
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
from workflows.calculators.ase_calculators import calculator_info
from workflows.data.named_materials import System, find_system
from workflows.jobs.anchoring import anchored_energy, anchors
from workflows.jobs.documents import (
    HEAVY,
    AnalysisDocument,
    SeriesDocument,
    composition,
    keep_whole_without_data_store,
    run_analysis,
)
from workflows.jobs.energy_scale import phases_of, references
from workflows.jobs.orderings import CandidateOrdering, RelaxedStructure
from workflows.jobs.reference_reaction import MoleculePlacement

if TYPE_CHECKING:
    from interfaces.phases.phase_set import PhaseSet

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

    ``cathode`` is the name of the host or system, ``formula`` its composition at the content ``x``
    (a decimal); ``electrolyte`` a name or formula; ``elements`` those of the whole job;
    ``energies`` and ``exclude`` as :class:`workflows.analyses.setup.PhaseOptions`; ``anchored``
    whether the scale is that of references.
    """

    cathode: str
    formula: str
    x: str
    electrolyte: str
    calculator: str
    phases: str
    elements: tuple[str, ...]
    energies: tuple[str, ...]
    exclude: tuple[str, ...]
    anchored: bool = False


@job(**HEAVY)  # type: ignore[untyped-decorator]
def build_series(
    cells: Sequence[Sequence[RelaxedStructure]],
    phases: str,
    anchor_cells: Sequence[RelaxedStructure] = (),
) -> SeriesDocument:
    """Put relaxed cells on the scale of a phase set, and compute the voltage profile.

    Parameters
    ----------
    cells : relaxed cells of one host and one calculator, by lithium content.
    phases : name or file of the phase set.
    anchor_cells : relaxed with the same calculator, where no phase set is on its scale.

    Returns
    -------
    The members with formation energies [eV/atom], and equilibrium voltages [V] against the metal.

    Raises
    ------
    InputError
        If the phase set has no reference energies for this calculator.
    """
    from interfaces.delithiation import voltage_profile

    keep_whole_without_data_store()
    relaxed = [cell for state in cells for cell in state]
    starts = [_start(cell) for cell in relaxed]
    name, host = relaxed[0].calculator, starts[0].state.host
    info = calculator_info(name)
    formulas = [Formula.parse(cell.formula) for cell in relaxed]
    references = [Formula.parse(cell.formula) for cell in anchor_cells]
    symbols = tuple(chemical_system([*formulas, *references]))
    phase_set = phases_of(name, phases, symbols, anchored=bool(anchor_cells))
    scale = _Scale(name, phases, symbols, phase_set, tuple(anchor_cells))
    members = []
    for cell, start, formula in zip(relaxed, starts, formulas, strict=True):
        identifier = (
            f"{'mock-' if info.mocked else ''}{host} x={start.state.x:g} "
            f"cell={start.state.formula_units} decoration={start.decoration} "
            f"ordering={start.ordering}"
        )
        energy = scale.energy(formula, cell.energy)
        members.append(Member(identifier=identifier, x=start.state.x, energy=energy, relaxed=cell))
    members.sort(key=lambda member: (-member.x, member.energy, member.identifier))
    lowest = {member.x: member for member in reversed(members)}
    per_unit = {
        x: member.energy
        * len(member.relaxed.structure)
        / _start(member.relaxed).state.formula_units
        for x, member in lowest.items()
    }
    # Formation energies: the metal of the carrier is at zero.
    voltages = voltage_profile(per_unit, 0.0) if len(per_unit) > 1 else ()
    notes = [info.scale.value] if info.mocked else []
    notes += [f"{m.identifier}: not converged" for m in members if not m.relaxed.converged]
    notes += [f"{m.identifier}: {note}" for m in members for note in m.relaxed.notes]
    notes += scale.notes(formulas)
    notes += _separated_layers(members)
    series = Series(
        host=host,
        scheme=phase_set.scheme,
        calculator=name,
        members=tuple(members),
        voltages=voltages,
        notes=tuple(notes),
    )
    return SeriesDocument(
        **composition(symbols, [formulas[0]]),
        host=host,
        calculator=name,
        scheme=phase_set.scheme,
        voltages=[list(step) for step in voltages],
        average_voltage=_average(voltages),
        result=series,
    )


def _start(cell: RelaxedStructure) -> CandidateOrdering:
    assert cell.start is not None  # of a host, each is relaxed from an ordering
    return cell.start


def _average(voltages: Sequence[tuple[float, float, float]]) -> float | None:
    """Voltage [V] averaged over the carrier between the first and the last content."""
    charge = sum(x1 - x2 for x1, x2, _ in voltages)
    return sum((x1 - x2) * volts for x1, x2, volts in voltages) / charge if voltages else None


@dataclass(frozen=True)
class _Scale:
    """The scale of a phase set: by its elements, or by references of the same calculator."""

    calculator: str
    phases: str
    symbols: tuple[str, ...]
    phase_set: PhaseSet
    anchors: tuple[RelaxedStructure, ...]

    def energy(self, formula: Formula, energy: float) -> float:
        """Formation energy [eV/atom] of a calculated energy [eV/atom]."""
        if self.anchors:
            chosen = anchors(formula, self.anchors, self.phase_set)
            return anchored_energy(formula, energy, chosen)
        elements = references(self.calculator, self.phases, self.symbols)
        elemental = sum(float(amount) * elements[symbol] for symbol, amount in formula.amounts)
        return energy - elemental / float(formula.n_atoms)

    def notes(self, formulas: Sequence[Formula]) -> list[str]:
        """The references with their ids in the set."""
        chosen = {
            anchor.formula: anchor.set_id
            for formula in (formulas if self.anchors else ())
            for anchor in anchors(formula, self.anchors, self.phase_set)
        }
        if not chosen:
            return []
        listed = ", ".join(f"{name} ({identifier})" for name, identifier in chosen.items())
        return [
            f"anchored: {self.calculator} gives differences from {listed} of "
            f"{self.phase_set.source}"
        ]


def _separated_layers(members: Sequence[Member]) -> list[str]:
    """Return a note for each cell whose layers separated; none for a host without layers."""
    from interfaces.delithiation import layering, supercell

    owner = _start(members[0].relaxed).state.owner
    start = owner.shape(1.0).lengths[-1]
    notes = []
    for member in members:
        cell = supercell(owner.framework, _start(member.relaxed).state.formula_units)
        layers = layering(cell, member.relaxed.structure)
        if layers is not None and layers.c > APART * start:
            notes.append(
                f"{member.identifier}: the layers ran apart, c = {layers.c:.1f} A from "
                f"{start:.1f} A; the calculator has no dispersion to hold an empty lithium layer"
            )
    return notes


@job(**HEAVY)  # type: ignore[untyped-decorator]
def compute_pair_curve(
    series: Series, pair: Pair, placement: MoleculePlacement | None
) -> AnalysisDocument:
    """Compute the reaction curve of one pair, the cathode with its calculated energy.

    It includes the largest driving force where no gas may form.

    Parameters
    ----------
    series, pair, placement : as of :func:`prepare_pair`.

    Returns
    -------
    The document of the curve, energies in eV/atom.

    Raises
    ------
    ReactantError
        If the electrolyte has no energy among the phases.
    """
    keep_whole_without_data_store()
    analysis = prepare_pair(series, pair, placement)
    phases = phases_of(pair.calculator, pair.phases, pair.elements, anchored=pair.anchored)
    return run_analysis(analysis, phases.fingerprint())


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
    content = Fraction(pair.x)
    systems = [
        System(
            name=f"{pair.cathode} (x = {decimal(content)})", formula=Formula.parse(pair.formula)
        ),
        find_system(pair.electrolyte),
    ]
    phase_set = phases_of(pair.calculator, pair.phases, pair.elements, anchored=pair.anchored)
    options = PhaseOptions(phase_set, pair.energies, pair.exclude)
    elements = chemical_system([system.formula for system in systems])
    loaded = load_phase_set(options, elements, CLOSED)
    member = series.lowest(float(content))
    info = calculator_info(pair.calculator)
    concerned = (info.scale.value, f"{member.identifier}:", "anchored:")
    cathode = reactant(
        loaded,
        systems[0].formula,
        member.energy,
        name=systems[0].name,
        entry_id=member.identifier,
        model="anchored" if pair.anchored else "calculated",
        notes=tuple(note for note in series.notes if note.startswith(concerned)),
    )
    if placement is None:
        (electrolyte,) = resolve_reactants(loaded, systems[1:], [pair.electrolyte], options)
    else:
        electrolyte = placement.reactant(loaded, systems[1].formula, systems[1].name)
    origin = provenance(loaded, elements, options, CLOSED) | {
        "calculator": info.name if pair.anchored else info.scale.value,
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
