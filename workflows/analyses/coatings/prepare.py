"""Phases, materials and candidates of a ranking of coatings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from interfaces.chemistry.formulas import chemical_system
from interfaces.chemistry.numbers import read_number
from interfaces.coatings.gates import CHARGED, DISCHARGED
from interfaces.coatings.ranking import CoatingRanking
from interfaces.delithiation import voltage_profile
from interfaces.errors import InputError
from interfaces.phases.reservoirs import charge_of
from workflows.analyses.candidates.criteria import Criteria
from workflows.analyses.candidates.material_lists import SET, elements_named
from workflows.analyses.coatings.coating_analysis import CoatingAnalysis
from workflows.analyses.coatings.coating_candidates import (
    NAMED,
    candidate_names,
    candidates_of_set,
    placed_candidate,
    searched,
)
from workflows.analyses.coatings.settings import Settings, read_settings
from workflows.analyses.conditions import CLOSED, Conditions
from workflows.analyses.maps import TENTHS, Range
from workflows.analyses.preparation import Prepared, prepare
from workflows.analyses.setup import PhaseOptions
from workflows.data.named_materials import find_system, systems

NONE = "none"  #: the word for a state of charge that is not wanted
DEFAULTS: Mapping[str, str] = {DISCHARGED: "1", CHARGED: "0.1"}  #: Li of a cathode with a series
USUAL: Range = (3.0, 4.3)  #: V, of a cathode that has no voltage curve of its own in the set


def prepare_coatings(
    cathode: str,
    electrolyte: str,
    words: Sequence[str] = (NAMED,),
    source: PhaseOptions | None = None,
    conditions: Conditions = CLOSED,
    *,
    discharged: str | None = None,
    charged: str | None = None,
    settings: Settings | Path | None = None,
    cathode_voltages: Range | None = None,
    carrier: str = "Li",
    tiered: bool | None = None,
    elements: Collection[str] = (),
) -> CoatingAnalysis:
    """Load phases, materials and candidates of a ranking of coatings.

    Parameters
    ----------
    words : ``named``, list files, and ``set:CRITERIA`` of the phase set (see
        :mod:`workflows.analyses.candidates.criteria`).
    discharged, charged : lithium content of a named series, a formula or name, or ``none``; for a
        series 1 and 0.1 by default, for any other cathode itself and none.
    settings : gates, objectives and named candidates, or the file that holds them.
    cathode_voltages : [V] against the carrier's metal; by default those of the cathode's own
        voltage curve between the two ends, or 3.0 to 4.3 V where the set has none.
    tiered : leave out what a failed gate makes needless; by default for ``set:`` alone.
    elements : look for ``set:`` among these alone, besides those of the other materials.

    Raises
    ------
    InputError
        If an option cannot be used, or there is no candidate.
    """
    source = source or PhaseOptions()
    if not isinstance(settings, Settings):
        settings = read_settings(settings)
    conditions.check()
    charge_of(carrier)  # raises where it carries no charge
    ends = _ends(cathode, discharged, charged, carrier)
    names = candidate_names(words, settings)
    criteria = [Criteria.parse(w.removeprefix(SET)) for w in words if w.startswith(SET)]
    labels = [*ends.values(), electrolyte]
    fixed = {*chemical_system([find_system(label).formula for label in labels]), carrier}
    fixed |= set(conditions.symbols)
    prepared = prepare(
        labels,
        source,
        conditions,
        elements=fixed | elements_named(names) | searched(elements, criteria),
    )
    phase_set = prepared.phase_set
    phase_set.pool(sorted(fixed))  # raises where the set lacks one
    source.check_energies([*labels, *names], "not among the materials of this ranking")
    *cathodes, partner = prepared.reactants(labels, source.meant_for(labels))
    candidates = {name: placed_candidate(phase_set, name, source, settings) for name in names}
    for candidate in candidates_of_set(phase_set, criteria, source, settings) if criteria else ():
        candidates.setdefault(candidate.name, candidate)
    if not candidates:
        raise InputError(
            f"no candidate meets {' '.join(words)} in {phase_set.source}; loosen the criteria"
        )
    voltages, notes = _voltages(prepared, cathode, ends, cathode_voltages)
    notes += [f"not checked: {text}" for text in settings.not_checked]
    if CHARGED not in ends and charged != NONE:
        notes.append(f"{cathode} has one state of charge here; give another with --charged FORMULA")
    coatings = [candidate.reactant for candidate in candidates.values()]
    covered = prepared.over(
        fixed.union(*(coating.formula.elements for coating in coatings if coating is not None))
    )
    return CoatingAnalysis(
        phase_set=covered.competing,
        states=tuple(zip(ends, cathodes, strict=True)),
        electrolyte=partner,
        candidates=tuple(candidates.values()),
        gates=settings.gates,
        front=settings.front,
        cathode_voltages=voltages,
        carrier=carrier,
        tiered=bool(criteria) if tiered is None else tiered,
        open_elements=covered.open_elements,
        notes=tuple(notes),
        provenance=covered.provenance,
    )


def rank_coatings(
    cathode: str,
    electrolyte: str,
    words: Sequence[str] = (NAMED,),
    source: PhaseOptions | None = None,
    conditions: Conditions = CLOSED,
    *,
    discharged: str | None = None,
    charged: str | None = None,
    carrier: str = "Li",
) -> CoatingRanking:
    """Rank coatings between a cathode and an electrolyte, given by formula or name.

    Parameters
    ----------
    words, source, conditions, discharged, charged, carrier : as in :func:`prepare_coatings`.

    Returns
    -------
    CoatingRanking
        Every candidate with its contact energies [eV/atom], window [V] and failed gates.

    Raises
    ------
    InputError
        As :func:`prepare_coatings`.
    """
    return prepare_coatings(
        cathode,
        electrolyte,
        words,
        source,
        conditions,
        discharged=discharged,
        charged=charged,
        carrier=carrier,
    ).run()


def _ends(
    cathode: str, discharged: str | None, charged: str | None, carrier: str
) -> dict[str, str]:
    """State of charge -> the cathode there, as a name or formula."""
    fields = systems().get(cathode)
    series = fields is not None and "{x}" in fields["formula"]
    ends = {}
    for state, text in ((DISCHARGED, discharged), (CHARGED, charged)):
        choice = text
        if choice is None:
            choice = DEFAULTS[state] if series else cathode if state == DISCHARGED else NONE
        if choice == NONE:
            continue
        if not _is_number(choice):
            ends[state] = choice
        elif series:
            ends[state] = f"{cathode}@{choice}"
        else:
            raise InputError(
                f"--{state} {choice}: {cathode} is no series, so its lithium content cannot be "
                f"chosen; give the formula, e.g. --{state} Li0.5CoO2"
            )
    if not ends:
        raise InputError("--discharged none and --charged none leave no cathode; give one of them")
    formulas = [find_system(text).formula for text in ends.values()]
    shares = [float(formula.get(carrier) / formula.n_atoms) for formula in formulas]
    if len(formulas) == 2 and not shares[0] > shares[1]:
        raise InputError(
            f"the discharged cathode, {formulas[0]}, holds no more {carrier} than the charged one, "
            f"{formulas[1]}; swap them, or give --charged {NONE}"
        )
    return ends


def _is_number(text: str) -> bool:
    try:
        read_number(text)
    except ValueError:
        return False
    return True


def _voltages(
    prepared: Prepared, cathode: str, ends: Mapping[str, str], chosen: Range | None
) -> tuple[Range, list[str]]:
    """Voltages of the cathode [V], and where they come from."""
    if chosen is not None:
        return chosen, [f"voltages of the cathode: {chosen[0]:g} to {chosen[1]:g} V, as given"]
    own = _own_voltages(prepared, cathode, ends)
    if own is None:
        return USUAL, [
            f"voltages of the cathode: {USUAL[0]:g} to {USUAL[1]:g} V, the usual ones; {cathode} "
            "has no voltage curve of its own here"
        ]
    return own, [
        f"voltages of the cathode: {own[0]:.2f} to {own[1]:.2f} V, of its own calculated curve"
    ]


def _own_voltages(prepared: Prepared, cathode: str, ends: Mapping[str, str]) -> Range | None:
    """Lowest and highest step of the voltage curve between two contents of a computed series."""
    if set(ends) != {DISCHARGED, CHARGED}:
        return None
    if not all(text.startswith(f"{cathode}@") for text in ends.values()):
        return None
    contents = [float(text.partition("@")[2]) for text in ends.values()]
    between = [x for x in TENTHS if min(contents) <= float(x) <= max(contents)]
    if len(between) < 2:
        return None
    names = [f"{cathode}@{x}" for x in between]
    cathodes = prepared.reactants(names, prepared.options.meant_for(names))
    if any(reactant.energy_model != "calculated" for reactant in cathodes):
        return None
    energies = {
        float(x): reactant.energy * float(reactant.formula.n_atoms)
        for x, reactant in zip(between, cathodes, strict=True)
    }
    steps = voltage_profile(energies, 0.0)
    return steps[0][2], steps[-1][2]
