"""From relaxed cells to reactants: their energies on the scale of a phase set, and the questions.

``chgnet`` belongs to the bundled set of its own scheme, with that set's fitted references. ``mock``
brings its own: the formulas of any set with made-up energies, marked in scheme, source and ids.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from interfaces.errors import InputError
from interfaces.formulas import Formula, chemical_system
from interfaces.phases import PhaseSet
from interfaces.reactants import reactant
from workflows.conditions import CLOSED
from workflows.curves import CurveQuestion
from workflows.entries import bundled_sets, read_phases
from workflows.questions import Source, candidates, needed, placed, provenance
from workflows.relaxations import Relaxed, Value
from workflows.systems import find_system

MOCK_SCHEME = "MOCK energies, not physical"
APART = 1.15  #: times the host's c; charging alone takes it to 1.05
#: Pair energy [eV/atom] that the mock gives to every compound, at the weight of `MOCK_PAIRS`: the
#: size of what a relaxed layered oxide has. Phases come without structures, and without it every
#: relaxed cell would lie far below all of them.
MOCK_BINDING = -0.122
CHGNET_SCHEME = "CHGNet 0.3.0"  #: how the scheme of a set begins that CHGNet's energies fit


@dataclass(frozen=True)
class Member(Value):
    """A relaxed ordering on the scale of a phase set: formation ``energy`` [eV/atom]."""

    identifier: str
    x: float
    energy: float
    relaxed: Relaxed


@dataclass(frozen=True)
class Series(Value):
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
class Pair(Value):
    """A cathode at one lithium content against an electrolyte, and what may form.

    ``cathode`` and ``electrolyte`` are names of ``inputs/systems.yaml`` or formulas; ``elements``
    those of the whole job; ``energies`` and ``exclude`` as :class:`workflows.questions.Source`.
    """

    cathode: str
    electrolyte: str
    calculator: str
    phases: str
    elements: tuple[str, ...]
    energies: tuple[str, ...]
    exclude: tuple[str, ...]


@lru_cache(maxsize=4)
def phases_of(name: str, phases: str, elements: tuple[str, ...]) -> PhaseSet:
    """The phases that a calculator's energies may be compared with.

    Raises
    ------
    InputError
        If the set is of another scheme than the calculator.
    """
    if name == "mock":
        return _mocked(read_phases(phases, elements))
    references(name, phases, elements)  # refuses a set of another scheme
    return read_phases(phases, elements)


def _mocked(phase_set: PhaseSet) -> PhaseSet:
    """The same formulas, once each, with energies that the mock makes up."""
    from workflows.mock.energy_model import base_energy

    rows: dict[str, tuple[str, str, float]] = {}
    for identifier, formula in zip(phase_set.ids, phase_set.formulas, strict=True):
        if formula.text not in rows:
            counts, _ = formula.whole
            atoms = [symbol for symbol, count in counts.items() for _ in range(count)]
            energy = base_energy(atoms) / len(atoms) + (MOCK_BINDING if len(counts) > 1 else 0.0)
            rows[formula.text] = (f"mock-{identifier}", formula.text, energy)
    return PhaseSet.from_rows(
        rows.values(),
        scheme=MOCK_SCHEME,
        source=f"MOCK of the formulas of {phase_set.source}",
        quantity="energy_per_atom",
        stand_in=MOCK_SCHEME,
    )


def references(name: str, phases: str, elements: Collection[str]) -> dict[str, float]:
    """Element -> energy [eV/atom] to which a calculator's energies are referred.

    Raises
    ------
    InputError
        If the phase set holds none for this calculator.
    """
    if name == "mock":
        from workflows.mock.elements import element

        return {symbol: element(symbol).energy for symbol in elements}
    sets = bundled_sets()
    fitting = [key for key, card in sets.items() if card["scheme"].startswith(CHGNET_SCHEME)]
    if phases not in fitting:
        raise InputError(
            f"--calculator {name} gives energies on the scale of {' or '.join(fitting)}, and the "
            f"phases are {phases!r}; energies of two schemes cannot be compared"
        )
    known = sets[phases]["references_ev_per_atom"]
    missing = sorted(set(elements) - known.keys())
    if missing:
        raise InputError(f"{phases} has no reference energy for {', '.join(missing)}")
    return {symbol: float(known[symbol]) for symbol in elements}


def series_on_scale(cells: Sequence[Relaxed], phases: str) -> Series:
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
            f"{'mock-' if name == 'mock' else ''}{host} x={start.state.x:g} "
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
    notes = [MOCK_SCHEME] if name == "mock" else []
    notes += [f"{m.identifier}: not converged" for m in members if not m.relaxed.converged]
    notes += _apart(host, members)
    scheme = MOCK_SCHEME if name == "mock" else bundled_sets()[phases]["scheme"]
    return Series(host, scheme, name, tuple(members), voltages, tuple(notes))


def _apart(host: str, members: Sequence[Member]) -> list[str]:
    """A note for each cell whose layers have lost each other."""
    from interfaces.delithiation import host as layered
    from interfaces.delithiation import layering, supercell

    start = layered(host).geometry.c
    notes = []
    for one in members:
        cell = supercell(one.relaxed.start.state.formula_units)
        c = layering(cell, one.relaxed.structure).geometry.c
        if c > APART * start:
            notes.append(
                f"{one.identifier}: the layers ran apart, c = {c:.1f} A from {start:.1f} A; the "
                "calculator has no dispersion to hold an empty lithium layer"
            )
    return notes


def question(series: Series, pair: Pair) -> CurveQuestion:
    """The question of one pair, the cathode with its calculated energy."""
    systems = [find_system(pair.cathode), find_system(pair.electrolyte)]
    phase_set = phases_of(pair.calculator, pair.phases, pair.elements)
    source = Source(phase_set, pair.energies, pair.exclude)
    elements = chemical_system([system.formula for system in systems])
    found = candidates(source, elements, CLOSED)
    member = series.lowest(_content(pair.cathode))
    told_of = (MOCK_SCHEME, f"{member.identifier}:")
    cathode = reactant(
        found,
        systems[0].formula,
        member.energy,
        name=systems[0].name,
        entry_id=member.identifier,
        model="calculated",
        notes=tuple(note for note in series.notes if note.startswith(told_of)),
    )
    (electrolyte,) = placed(found, systems[1:], [pair.electrolyte], source)
    told = provenance(found, elements, source, CLOSED) | {
        "calculator": MOCK_SCHEME if pair.calculator == "mock" else CHGNET_SCHEME,
        "cathode": member.identifier,
    }
    return CurveQuestion(needed(found, elements), cathode, electrolyte, (), told)


def _content(cathode: str) -> float:
    return float(Fraction(cathode.partition("@")[2]))
