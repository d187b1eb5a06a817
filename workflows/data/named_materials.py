"""Reactants by name: ``inputs/systems.yaml``, delithiated series and molecules."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from math import nan

from interfaces.chemistry.formulas import Formula, decimal
from interfaces.chemistry.numbers import lithium_content
from interfaces.errors import (
    FormulaError,
    InputError,
    NoOwnEntryError,
    TemperatureError,
    UnknownNameError,
)
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant, reactant
from workflows.data.phase_sets import bundled_sets
from workflows.io.readers import read_text, read_yaml
from workflows.io.resources import inputs

SeriesRow = tuple[str, Formula, float, float]
#: id, formula, formation energy [eV/atom], volume [A^3/atom]

SYSTEM_KEYS = frozenset(("formula", "what", "series", "molecule", "energy", "otherwise"))
SYSTEM_KEYS_TEXT = ", ".join(sorted(SYSTEM_KEYS))
LARGEST_CELL = 120  #: formula units; a lithium content is a whole number of them


@dataclass(frozen=True)
class System:
    """What a name or formula of the command line stands for."""

    name: str
    formula: Formula
    series: str | None = None
    molecule: str | None = None
    energy: str = "own"
    otherwise: str | None = None  #: energy model where ``calculated`` does not apply


@cache
def systems() -> Mapping[str, Mapping[str, str]]:
    """Name -> fields of ``inputs/systems.yaml``."""
    loaded = read_yaml(inputs() / "systems.yaml")
    if not isinstance(loaded, dict):
        raise InputError("systems.yaml must be names with values")
    for name, fields in loaded.items():
        # without pydantic, whose import the single curve would pay for
        if not isinstance(fields, dict) or not {"formula"} <= fields.keys() <= SYSTEM_KEYS:
            raise InputError(f"systems.yaml: {name} needs formula, and has {SYSTEM_KEYS_TEXT}")
        for key, value in fields.items():
            if not isinstance(value, str):
                raise InputError(
                    f"systems.yaml: {name}: {key} must be text, found {repr(value)[:40]}"
                )
    return loaded


def find_system(text: str) -> System:
    """Resolve ``LiCoO2``, ``LPSCl`` or ``NCM811@0.3`` (a series member with Li content x = 0.3).

    Parameters
    ----------
    text : formula or name.

    Raises
    ------
    FormulaError
        If it looks like a formula and is not one.
    UnknownNameError
        If it is neither; the nearest names are listed.
    """
    name, at, content = text.strip().partition("@")
    try:
        formula = Formula.parse(text)
    except FormulaError as error:
        known = systems()
        if name not in known:
            written = {known_name.lower(): known_name for known_name in known}
            near = [
                written[known_name]
                for known_name in difflib.get_close_matches(name.lower(), written, n=3, cutoff=0.5)
            ]
            hint = f"nearest names: {', '.join(near)}" if near else f"names: {', '.join(known)}"
            raise UnknownNameError(f"{error}; and no system is named {name!r} ({hint})") from None
    else:
        return System("", formula)
    fields = known[name]
    if "{x}" not in fields["formula"]:
        if at:
            raise InputError(f"{name} has one composition; {text!r} asks for a state of charge")
        label, formula = name, Formula.parse(fields["formula"])
    else:
        x = _lithium_content(content if at else "1", text)
        label = f"{name} (x = {decimal(x)})"
        formula = series_formula(fields["formula"], x)
    return System(
        label,
        formula,
        fields.get("series"),
        fields.get("molecule"),
        fields.get("energy", "own"),
        fields.get("otherwise"),
    )


def series_formula(template: str, x: Fraction) -> Formula:
    """Formula of a series member; at x = 0 the lithium is left out.

    Parameters
    ----------
    template : formula with a variable lithium content.
    x : lithium content.
    """
    if x == 0:
        return Formula.parse(template.replace("Li{x}", ""))
    return Formula.parse(template.replace("{x}", "" if x == 1 else decimal(x)))


def _lithium_content(content: str, text: str) -> Fraction:
    try:
        return lithium_content(content.removeprefix("x="))
    except InputError as error:
        raise InputError(f"{text!r}: {error}; a state of charge is written NCM811@0.3") from None


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
    if model == "calculated":
        calculated = _calculated(phase_set, system)
        if calculated is not None:
            return calculated
        if energy is None and system.otherwise is not None:
            model = system.otherwise
        else:
            raise NoOwnEntryError(
                f"no calculated energy for {name or system.formula} on the scheme of "
                f"{phase_set.source}; use --energy hull or --energy VALUE"
            )
    if model in ("endmembers", "anchored"):
        from workflows.data.cathode_energies import anchored, endmembers

        if model == "endmembers":
            return endmembers(phase_set, system.formula, name)
        return anchored(phase_set, system.formula, name, series_rows)
    resolved = reactant(phase_set, system.formula, model, name=name)
    if system.molecule is not None and resolved.energy_model == "hull":
        return replace(resolved, notes=(*resolved.notes, hull_of_molecule(name)))
    return resolved


def hull_of_molecule(name: str) -> str:
    """What a curve at the hull energy of a molecule does not say."""
    return (
        f"at its hull energy {name} is the most stable mixture of its elements' phases: the curve "
        "says nothing of the molecule"
    )


def _calculated(phase_set: PhaseSet, system: System) -> Reactant | None:
    if system.molecule is not None:
        if phase_set.temperature:
            raise TemperatureError(
                f"{system.name} is placed at 0 K, the phases are at {phase_set.temperature:g} K; "
                "use --energy hull or --energy VALUE"
            )
        from workflows.data.molecules.molecular_reactants import place

        return place(phase_set, system.molecule, system.formula, system.name)
    rows = series_rows(phase_set.scheme)
    if not rows:
        return None  # no series was computed in this scheme
    members = [
        (energy, identifier, volume)
        for identifier, formula, energy, volume in rows
        if formula.same_composition(system.formula)
    ]
    if not members:
        raise NoOwnEntryError(
            f"no member of a delithiated series has the composition {system.formula}; "
            f"{phase_set.source} has them in steps of 0.1 Li. Use --energy hull or --energy VALUE"
        )
    energy, identifier, volume = min(members)
    return reactant(
        phase_set, system.formula, energy, name=system.name, entry_id=identifier,
        model="calculated", volume=volume,
    )  # fmt: skip


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
        stand_in=phase_set.stand_in,
    )
    return replace(joined, errors=phase_set.errors)


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
    formula = Formula.parse(row["formula"]) if "formula" in row else _layered(row)
    elemental = sum(float(amount) * references[element] for element, amount in formula.amounts)
    energy = float(row["relaxed_energy"]) - elemental / float(formula.n_atoms)
    content = f"Li{row['lithium']}" if "lithium" in row else f"x={row['x']}"
    identifier = (
        "{host} {content} cell={n_formula_units} decoration={decoration} ordering={ordering}"
    ).format(content=content, **row)
    return identifier, formula, energy, float(row["volume"])


def _layered(row: Mapping[str, str]) -> Formula:
    """Composition of a layered oxide of the delithiated series: host and lithium content."""
    from interfaces.delithiation import host

    x = Fraction(row["x"]).limit_denominator(LARGEST_CELL)
    return Formula.from_amounts(
        {**({"Li": x} if x else {}), **dict(host(row["host"]).metals), "O": 2}
    )
