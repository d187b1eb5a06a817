"""Reactants by name: ``inputs/systems.yaml``, delithiated series and placed molecules."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from interfaces.errors import FormulaError, InputError, NoOwnEntryError, UnknownNameError
from interfaces.formulas import Formula, decimal
from interfaces.phases import SAME_COMPOSITION, PhaseSet
from interfaces.reactants import Reactant, reactant
from workflows.entries import read_text
from workflows.resources import inputs


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
def systems() -> Mapping[str, Mapping[str, Any]]:
    """Name -> fields of ``inputs/systems.yaml``."""
    import yaml

    text = (inputs() / "systems.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, Any]] = yaml.load(text, Loader=_safe_loader())
    return loaded


def _safe_loader() -> Any:
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C loader is ten times faster


def find_system(text: str) -> System:
    """Resolve ``LiCoO2``, ``LPSCl`` or ``NCM811@0.3`` (a series member with x = 0.3 Li).

    Raises
    ------
    FormulaError
        If it looks like a formula and is none.
    UnknownNameError
        If it is neither; the nearest names are given.
    """
    name, at, content = text.strip().partition("@")
    try:
        formula = Formula.parse(text)
    except FormulaError as error:
        known = systems()
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
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
    """Formula of a series member; at x = 0 the lithium is left out."""
    if x == 0:
        return Formula.parse(template.replace("Li{x}", ""))
    return Formula.parse(template.replace("{x}", "" if x == 1 else decimal(x)))


def _lithium_content(content: str, text: str) -> Fraction:
    try:
        x = Fraction(content.removeprefix("x="))
    except (ValueError, ZeroDivisionError):
        raise InputError(f"{text!r}: {content!r} is not a lithium content; write NCM811@0.3") from None
    if not 0 <= x <= 1:
        raise InputError(f"{text!r}: lithium content {content} is outside 0 to 1")
    return x


def resolve(phase_set: PhaseSet, system: System, energy: str | float | None = None) -> Reactant:
    """Give a system its energy: the model asked for, or else the one its entry names."""
    model = system.energy if energy is None else energy
    name = system.name
    if model == "calculated":
        found = _calculated(phase_set, system)
        if found is not None:
            return found
        if energy is None and system.otherwise is not None:
            model = system.otherwise
        else:
            raise NoOwnEntryError(
                f"no calculated energy for {name or system.formula} on the scheme of "
                f"{phase_set.source}; use --energy hull or --energy VALUE"
            )
    return reactant(phase_set, system.formula, model, name=name)  # type: ignore[arg-type]


def _calculated(phase_set: PhaseSet, system: System) -> Reactant | None:
    if system.molecule is not None:
        from workflows.molecules import place

        return place(phase_set, system.molecule, system.formula, system.name)
    best: tuple[float, str] | None = None
    for row in _series_rows():
        if row["scheme"] != phase_set.scheme:
            continue
        member = Formula.parse(row["formula"])
        elements = sorted({*member.elements, *system.formula.elements})
        distance = abs(member.fractions(elements) - system.formula.fractions(elements)).max()
        if distance < SAME_COMPOSITION:
            value = float(row["formation_energy_per_atom"])
            if best is None or value < best[0]:
                best = (value, row["id"])
    if best is None:
        return None
    return reactant(
        phase_set, system.formula, best[0], name=system.name, entry_id=best[1], calculated=True
    )


@cache
def _series_rows() -> tuple[Mapping[str, str], ...]:
    path = inputs() / "phases" / "series.csv"
    if not path.is_file():
        return ()
    return tuple(csv.DictReader(io.StringIO(read_text(path))))
