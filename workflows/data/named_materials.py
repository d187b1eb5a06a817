"""Energies of materials by name: delithiated series, molecules, and entries of the phase set."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache
from math import nan

from interfaces.chemistry.formulas import Formula
from interfaces.errors import InputError, NoOwnEntryError
from interfaces.phases.measured import SCHEME_MARK
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant, reactant
from workflows.data.material_names import System, find_system, material_of, systems
from workflows.data.phase_sets import bundled_sets
from workflows.io.readers import read_text
from workflows.io.resources import inputs

__all__ = [
    "System", "find_system", "has_series", "resolve", "series_rows", "systems", "with_series",
]  # fmt: skip

SeriesRow = tuple[str, Formula, float, float]
#: id, formula, formation energy [eV/atom], volume [A^3/atom]


def resolve(phase_set: PhaseSet, system: System, energy: str | float | None = None) -> Reactant:
    """Give a material its energy.

    Parameters
    ----------
    phase_set : has the competing phases.
    system : the material.
    energy : energy model or formation energy [eV/atom]; by default the model of the material.
    """
    model = system.energy if energy is None else energy
    name = system.name
    notes: tuple[str, ...] = ()
    if phase_set.corrected and energy is None and system.molecule is not None:
        model = "calculated"  # an own entry would keep the error that the products have lost
    if energy is None and model == "own":
        return _own(phase_set, system)
    if model == "calculated":
        if system.molecule is not None:
            return _placed(phase_set, system)
        rows = series_rows(phase_set.scheme)
        if system.series is not None:
            rows = tuple(row for row in rows if row[0].startswith(f"{system.series} "))
        members = [row for row in rows if row[1].same_composition(system.formula)]
        if members:
            identifier, _, formation, volume = min(members, key=lambda row: row[2])
            return reactant(
                phase_set, system.formula, formation, name=name, entry_id=identifier,
                model="calculated", volume=volume,
            )  # fmt: skip
        lack = _lack(phase_set, system, rows)
        if energy is not None or system.otherwise is None:
            raise NoOwnEntryError(f"{lack}; use --energy hull or --energy VALUE")
        model = system.otherwise
        notes = (f"{lack}; its energy is by the model {model}",) if rows else ()
    if model in ("endmembers", "anchored"):
        from workflows.data.cathode_energies import anchored, endmembers

        if model == "endmembers":
            return endmembers(phase_set, system.formula, name)
        return anchored(phase_set, system.formula, name, series_rows)
    resolved = reactant(phase_set, system.formula, model, name=name, notes=notes)
    if system.molecule is not None and resolved.energy_model == "hull":
        return replace(resolved, notes=(*resolved.notes, hull_of_molecule(name)))
    return resolved


def hull_of_molecule(name: str) -> str:
    """What a curve at the hull energy of a molecule does not say."""
    return (
        f"at its hull energy {name} is the most stable mixture of its elements' phases: the curve "
        "says nothing of the molecule"
    )


def _own(phase_set: PhaseSet, system: System) -> Reactant:
    """The entry of a material, or the model of the named material that its formula is."""
    try:
        return reactant(phase_set, system.formula, "own", name=system.name)
    except NoOwnEntryError:
        if system.otherwise is not None:
            note = (
                f"{system.name} has no entry in {phase_set.source}; its energy is by the model "
                f"{system.otherwise}"
            )
            return reactant(
                phase_set,
                system.formula,
                system.otherwise,
                name=system.name,
                notes=(note,),
            )
        named = None if system.name else material_of(system.formula)
        material = None if named is None else find_system(named)
        if material is None or (material.energy == "own" and material.otherwise is None):
            raise
    placed = resolve(phase_set, replace(material, formula=system.formula))
    note = (
        f"{system.formula} has no entry in {phase_set.source}; it is the named material {named}, "
        f"and its energy is that one's ({placed.energy_model})"
    )
    return replace(placed, name="", notes=(*placed.notes, note))


def _placed(phase_set: PhaseSet, system: System) -> Reactant:
    """A molecule by its reference reaction."""
    from workflows.data.molecules.molecular_reactants import place

    return place(phase_set, system.molecule or "", system.formula, system.name)


def _lack(phase_set: PhaseSet, system: System, rows: Sequence[SeriesRow]) -> str:
    """What of a series is not there."""
    if not rows:
        return (
            f"no calculated energy for {system.name or system.formula} on the scheme of "
            f"{phase_set.source}"
        )
    contents = sorted({row[1].text for row in rows}) if system.series else []
    return (
        f"no member of a delithiated series of {phase_set.source} has the composition "
        f"{system.formula}{': it has ' if contents else ''}{', '.join(contents)}"
    )


def with_series(phase_set: PhaseSet, elements: Collection[str]) -> PhaseSet:
    """Add the members of the delithiated series to the candidate products of a phase set.

    Parameters
    ----------
    phase_set : of the scheme in which the series was calculated.
    elements : only members of these elements are added.
    """
    members = [
        row for row in series_rows(phase_set.scheme) if set(row[1].elements) <= set(elements)
    ]
    if not members:
        raise InputError(
            f"no delithiated series over {'-'.join(elements)} was computed in the scheme of "
            f"{phase_set.source}, so --products-include-series adds nothing"
        )
    volumes = [nan] * len(phase_set) if phase_set.volumes is None else phase_set.volumes
    rows = zip(phase_set.ids, phase_set.formulas, phase_set.energies, volumes, strict=True)
    joined = PhaseSet.from_rows(
        [*rows, *members],
        scheme=phase_set.scheme,
        source=f"{phase_set.source} with its delithiated series",
        surrogate=phase_set.surrogate,
    )
    return replace(joined, errors=phase_set.errors, theoretical=phase_set.theoretical)


def has_series(scheme: str, host: str) -> bool:
    """Whether the delithiated series of a host was calculated in a scheme.

    Parameters
    ----------
    scheme : functional and corrections.
    host : name of the series.
    """
    return any(identifier.startswith(f"{host} ") for identifier, *_ in series_rows(scheme))


@cache
def series_rows(scheme: str) -> tuple[SeriesRow, ...]:
    """All relaxed orderings that were calculated in a scheme.

    Parameters
    ----------
    scheme : functional and corrections.
    """
    scheme = scheme.removesuffix(SCHEME_MARK)  # a corrected set has the same oxides
    for card in bundled_sets().values():
        if card["scheme"] == scheme and "series" in card:
            references = card["references_ev_per_atom"]
            return tuple(
                _series_row(row, references)
                for name in card["series"]
                for row in csv.DictReader(io.StringIO(read_text(inputs() / "phases" / name)))
            )
    return ()


def _series_row(row: Mapping[str, str], references: Mapping[str, float]) -> SeriesRow:
    formula = Formula.parse(row["formula"])
    elemental = sum(float(amount) * references[element] for element, amount in formula.amounts)
    energy = float(row["corrected_energy_per_atom"]) - elemental / float(formula.n_atoms)
    return row["id"], formula, energy, float(row["volume_per_atom"])
