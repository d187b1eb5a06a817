"""The candidates of a ranking: by name, from lists, or of the phase set by criteria."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from interfaces.chemistry.formulas import ATOMIC_MASS
from interfaces.coatings import Candidate
from interfaces.errors import InputError, InterfaceError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from workflows.analyses.candidates.criteria import Criteria
from workflows.analyses.candidates.material_lists import SET, names_in, taken
from workflows.analyses.coatings.settings import Settings
from workflows.analyses.setup import PhaseOptions, resolve_reactants
from workflows.data.named_materials import System, find_system

NAMED = "named"  #: the word for the candidates of the settings


def candidate_names(words: Sequence[str], settings: Settings) -> list[str]:
    """Candidates by name, each once: of the settings and of list files."""
    files = [word for word in words if word != NAMED]
    own = [named.name for named in settings.named] if NAMED in words else []
    return list(dict.fromkeys([*own, *names_in(files)]))


def searched(elements: Collection[str], criteria: Sequence[Criteria]) -> set[str]:
    """The elements that criteria are searched over; all where none are named."""
    if unknown := sorted(set(elements) - ATOMIC_MASS.keys()):
        raise InputError(f"--elements: {unknown[0]!r} is not an element; write Li-Co-O-P")
    if elements and not criteria:
        raise InputError(f"--elements has no effect without --candidates {SET}CRITERIA")
    return set(elements) or (set(ATOMIC_MASS) if criteria else set())


def placed_candidate(
    phase_set: PhaseSet, name: str, source: PhaseOptions, settings: Settings
) -> Candidate:
    """A candidate by name; what the set does not have keeps its name and says so."""
    note = next((named.note for named in settings.named if named.name == name), "")
    try:
        system: System = find_system(name)
    except InterfaceError as error:
        return Candidate(name, None, _line(error), None, note)
    lacking = [e for e in system.formula.elements if e not in phase_set.references]
    supply = settings.supply(system.formula)
    if lacking:
        text = f"not in the set: {phase_set.source} has no {', '.join(lacking)}"
        return Candidate(name, None, text, supply, note)
    try:
        (reactant,) = resolve_reactants(phase_set, [system], [name], source.meant_for([name]))
    except LookupError as error:
        return Candidate(name, None, f"not in the set: {_line(error)}", supply, note)
    except InterfaceError as error:
        return Candidate(name, None, _line(error), supply, note)
    return Candidate(name=name, reactant=reactant, supply=supply, note=note)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def candidates_of_set(
    phase_set: PhaseSet, criteria: Sequence[Criteria], source: PhaseOptions, settings: Settings
) -> list[Candidate]:
    """The lowest entry of each formula of the set that meets one of the criteria, by formula."""
    above = phase_set.energies_above_hull()
    lowest: dict[str, int] = {}
    for row, formula in enumerate(phase_set.formulas):
        known = lowest.setdefault(formula.text, row)
        if phase_set.energies[row] < phase_set.energies[known]:
            lowest[formula.text] = row
    candidates = []
    for text, row in sorted(lowest.items()):
        formula = phase_set.formulas[row]
        if above[row] != above[row] or len(formula.elements) == 1:
            continue  # an element that has no reference, or is one
        if not any(criterion.met(formula, float(above[row])) for criterion in criteria):
            continue
        energy, height = float(phase_set.energies[row]), float(above[row])
        size = float("nan") if phase_set.volumes is None else float(phase_set.volumes[row])
        volume = size if size > 0 else None
        own = Reactant(formula, energy, "own", height, "", phase_set.ids[row], volume=volume)
        reactant = taken(own, source, energy - height)
        candidates.append(Candidate(name=text, reactant=reactant, supply=settings.supply(formula)))
    return candidates
