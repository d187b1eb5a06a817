"""Join own entries to a phase set, on its energy scale."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from interfaces.chemistry.formulas import Formula, symbols_in
from interfaces.errors import (
    InputError,
    InterfaceError,
    MissingElementError,
    RepeatedIdError,
    SchemeMixError,
    TemperatureError,
)
from interfaces.phases.phase_set import PhaseSet, Row
from workflows.data.own_dft.compatibility import (
    ASSUMABLE,
    MP2020,
    SCHEME,
    check,
    is_surrogate,
    standard_of,
)
from workflows.data.own_dft.corrections import correct
from workflows.data.own_dft.entry import OwnEntry
from workflows.data.own_dft.read_own import Reading, Refusal
from workflows.data.vasp_runs.run_checks import plausible

BELOW_REFERENCE = 1e-3  #: eV/atom by which an own element may lie below a reference given
LARGEST_FORMATION = 10.0  #: eV/atom; beyond it the references are of another scale
SHOWN_ORIGINS = 3
OWN_ENTRY = "Own entry"  #: how the notes of own entries begin


def references_of(rows: Iterable[Row]) -> dict[str, float]:
    """Total energy [eV/atom] of each element: its lowest entry among rows of total energies.

    Parameters
    ----------
    rows : (id, formula, energy [eV/atom], ...) in the quantity ``energy_per_atom``, for example a
        snapshot of the Materials Project.

    Raises
    ------
    InputError
        If an element is at 0, so that the rows are formation energies.

    Examples
    --------
    >>> references_of([("a", "Li", -1.9), ("b", "Li3", -1.8), ("c", "Li2O", -4.8)])
    {'Li': -1.9}
    """
    references: dict[str, float] = {}
    for _, formula, energy, *_ in rows:
        if isinstance(formula, str) and len(symbols_in(formula)) > 1:
            continue  # without parsing: a snapshot has many rows
        elements = Formula.of(formula).elements
        if len(elements) == 1:
            references[elements[0]] = min(float(energy), references.get(elements[0], math.inf))
    return _totals(dict(sorted(references.items())))


def _totals(references: Mapping[str, float]) -> dict[str, float]:
    """References that are not formation energies, which are 0 and would pass for totals."""
    for element, energy in references.items():
        if not math.isfinite(energy) or energy == 0:
            raise InputError(
                f"the reference of {element} is {energy:g} eV/atom, not a total energy; "
                "give references in the quantity energy_per_atom"
            )
    return dict(references)


def join(
    phase_set: PhaseSet,
    own: Sequence[OwnEntry],
    *,
    references: Mapping[str, float] | None = None,
    assume: Collection[str] = (),
    allow_mixed: bool = False,
) -> PhaseSet:
    """Add own entries to a phase set, checked against its scheme and corrected.

    Parameters
    ----------
    phase_set : of the scheme ``MP GGA/GGA+U, MaterialsProject2020``, or ``MP r2SCAN`` for r2SCAN
        entries; its energies stay as they are.
    own : entries as read; :func:`check` and :func:`correct` are called on them.
    references : element -> total energy [eV/atom] that counts as zero, of the set's own scheme
        (:func:`references_of`). Elements that are not in it take their lowest own entry.
    assume : what may be assumed where an entry does not say it, see :func:`check`.
    allow_mixed : accept a set that is a surrogate for the scheme (SevenNet), and say so in the
        name of the scheme.

    Returns
    -------
    PhaseSet
        The set and the own entries; source and notes say how many, from where, with which
        references and corrections.

    Raises
    ------
    SchemeMixError, InputError
        As :func:`check` and :func:`correct`; if an own element lies below its reference, or a
        formation energy is impossible.
    MissingElementError
        If an element has no reference, or the set does not hold it.
    RepeatedIdError
        If an id is one of the set's, or occurs twice among the own entries.
    TemperatureError
        If the set holds Gibbs energies.
    """
    if not own:
        raise InputError("no own entries to join; read some first")
    if phase_set.temperature:
        raise TemperatureError(
            f"{phase_set.source} holds Gibbs energies at {phase_set.temperature:g} K, own entries "
            "are enthalpies at 0 K; join them first"
        )
    _check_ids(phase_set, own)
    mixed = standard_of(phase_set.scheme) is MP2020 and is_surrogate(phase_set.scheme)
    if mixed and not allow_mixed:
        raise SchemeMixError(
            f"own DFT entries do not belong to {phase_set.scheme!r}, a surrogate for DFT; take "
            "a set of 'MP GGA/GGA+U, MaterialsProject2020', or allow the mix with --mix-schemes "
            "(allow_mixed=True in Python)"
        )
    entries = correct([check(entry, phase_set.scheme, assume) for entry in own])
    totals = _usable(phase_set, entries, _totals(references or {}))
    zeros = _zeros(phase_set, entries, totals)
    rows: list[Row] = [*_rows(phase_set)]
    rows += [
        (entry.id, entry.formula, _formation(entry, zeros), entry.volume_per_atom)
        for entry in entries
    ]
    joined = PhaseSet.from_rows(
        rows,
        scheme=phase_set.scheme + (" + own DFT (mixed on request)" if mixed else ""),
        source=f"{phase_set.source} with {len(own)} own {'entry' if len(own) == 1 else 'entries'}",
        surrogate=phase_set.surrogate,
    )
    notes = (*phase_set.notes, *_notes(phase_set, joined, entries, totals))
    return replace(
        joined,
        merged=phase_set.merged + joined.merged,
        notes=notes,
        errors=phase_set.errors,
        theoretical=phase_set.theoretical,
    )


def judged(reading: Reading, scheme: str = SCHEME) -> Reading:
    """Check and correct every entry as :func:`join` does; one that it would refuse is refused.

    Parameters
    ----------
    reading : as :func:`workflows.data.own_dft.survey` gives it.
    scheme : of the set that they would join.

    Returns
    -------
    Reading
        Corrected entries, what they do not say being assumed and noted; and every refusal.
    """
    entries: list[OwnEntry] = []
    refused = list(reading.refused)
    for entry in reading.entries:
        try:
            entries.extend(correct([check(entry, scheme, ASSUMABLE)]))
        except InterfaceError as error:
            refused.append(Refusal(entry.origin, str(error).removeprefix(f"{entry.named} ")))
    return Reading(tuple(entries), tuple(refused))


def _check_ids(phase_set: PhaseSet, own: Sequence[OwnEntry]) -> None:
    known = dict.fromkeys(phase_set.ids, phase_set.source)
    for entry in own:
        if entry.id in known:
            raise RepeatedIdError(
                f"id {entry.id} of {entry.origin} is in {known[entry.id]} already; "
                "give the own entry another id"
            )
        known[entry.id] = entry.origin


def _own_elements(entries: Sequence[OwnEntry]) -> dict[str, float]:
    """Lowest total energy [eV/atom] of each element among the own entries."""
    return references_of(
        (entry.id, entry.formula, entry.corrected_energy_per_atom)
        for entry in entries
        if len(entry.formula.elements) == 1
    )


def _usable(
    phase_set: PhaseSet, entries: Sequence[OwnEntry], references: Mapping[str, float]
) -> dict[str, float]:
    """References given, less those of elements that come with the own entries: these are zero."""
    own = _own_elements(entries)
    return {e: v for e, v in references.items() if e in phase_set.references or e not in own}


def _zeros(
    phase_set: PhaseSet, entries: Sequence[OwnEntry], references: Mapping[str, float]
) -> dict[str, float]:
    """Total energy [eV/atom] that counts as zero, of every element of the own entries."""
    for entry in entries:
        if len(entry.formula.elements) == 1 and not plausible(entry.energy_per_atom):
            raise InputError(
                f"{entry.named} has {entry.energy_per_atom:+.1f} eV/atom, which no element has: "
                "look at the run and its cell, or leave it out"
            )
    own_elements = _own_elements(entries)
    held = own_elements.keys() | phase_set.references.keys()
    zeros = own_elements | dict(references)
    for entry in entries:
        for element in entry.formula.elements:
            if element not in zeros:
                raise MissingElementError(
                    f"{entry.named} needs the total energy of {element} to become a formation "
                    f"energy; add an own entry of elemental {element}, or give references "
                    f"(eV/atom) with it"
                )
            if element not in held:
                raise MissingElementError(
                    f"{phase_set.source} has no entry of elemental {element}, which {entry.named} "
                    f"contains; take a set with {element}, or add an own entry of it"
                )
    for element, energy in own_elements.items():
        if energy < zeros[element] - BELOW_REFERENCE:
            raise InputError(
                f"own {element} at {energy:.4f} eV/atom lies below its reference "
                f"{zeros[element]:.4f}: another scheme, or a new ground state; leave {element} "
                "out of the references so that the own entry counts as zero"
            )
    return zeros


def _formation(entry: OwnEntry, zeros: Mapping[str, float]) -> float:
    """Formation energy [eV/atom]; of an element never below 0."""
    n_atoms = float(entry.formula.n_atoms)
    shift = math.fsum(float(n) * zeros[element] for element, n in entry.formula.amounts) / n_atoms
    energy = entry.corrected_energy_per_atom - shift
    if len(entry.formula.elements) == 1:
        return max(0.0, energy)
    if abs(energy) > LARGEST_FORMATION:
        listed = ", ".join(f"{e} {zeros[e]:.3f}" for e in entry.formula.elements)
        raise InputError(
            f"{entry.named} would have the formation energy {energy:.2f} eV/atom with the "
            f"references {listed}; references are total energies in eV/atom of the same scheme"
        )
    return energy


def _rows(phase_set: PhaseSet) -> Iterable[Row]:
    for row, identifier in enumerate(phase_set.ids):
        volume = math.nan if phase_set.volumes is None else float(phase_set.volumes[row])
        yield identifier, phase_set.formulas[row], float(phase_set.energies[row]), volume


def _notes(
    phase_set: PhaseSet,
    joined: PhaseSet,
    entries: Sequence[OwnEntry],
    references: Mapping[str, float],
) -> Iterable[str]:
    origins = sorted({entry.origin for entry in entries})
    more = len(origins) - SHOWN_ORIGINS
    yield (
        f"Own entries: {len(entries)}, from {', '.join(origins[:SHOWN_ORIGINS])}"
        + (f" and {more} more." if more > 0 else ".")
    )
    yield f"Corrections of own entries: {'; '.join(sorted({e.corrected_by for e in entries}))}."
    elements = sorted({element for entry in entries for element in entry.formula.elements})
    named = (
        f"{element} {references[element]:.4f} given" if element in references else f"{element} own"
        for element in elements
    )
    yield f"References of own entries [eV/atom]: {', '.join(named)}."
    both = [
        1000 * float(joined.energies[joined.ids.index(entry.id)] - phase_set.energies[row])
        for entry in entries
        if len(entry.formula.elements) > 1 and (row := phase_set.find(entry.formula)) is not None
    ]
    if both:
        yield (
            f"Own minus set at the same composition: {min(both):+.0f} to {max(both):+.0f} meV/atom "
            f"({len(both)} own entries)."
        )
    yield from entry_notes(entries)


def entry_notes(entries: Iterable[OwnEntry]) -> Iterable[str]:
    """Notes of own entries, a sentence for each note with the entries that it is about."""
    about: dict[str, list[str]] = {}
    for entry in entries:
        for note in entry.notes:
            about.setdefault(note, []).append(f"{entry.id} ({entry.formula})")
    for note, names in about.items():
        more = len(names) - SHOWN_ORIGINS
        yield (
            f"{OWN_ENTRY} {', '.join(names[:SHOWN_ORIGINS])}"
            + (f" and {more} more" if more > 0 else "")
            + f": {note}."
        )
