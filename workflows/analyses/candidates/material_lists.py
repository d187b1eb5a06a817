"""The candidates of a screen: from a list, from a phase set by criteria, or all of it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from interfaces.chemistry.formulas import Formula
from interfaces.errors import InputError, InterfaceError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import EnergyModel, Reactant
from interfaces.screening.candidates import Candidates
from interfaces.screening.columns import Columns, hull_energies
from workflows.analyses.candidates.criteria import Criteria
from workflows.analyses.setup import PhaseOptions, energy_model_of, resolve_reactants
from workflows.data.named_materials import find_system
from workflows.io.readers import read_text

SET = "set:"
COLUMNS = ("name", "formula")

SideRow = tuple[str, str, float, str, float, str]
#: name, formula, energy [eV/atom], its model, energy above hull [eV/atom], error


def names_in(words: Sequence[str]) -> list[str]:
    """Names and formulas, each once; ``set:`` criteria are passed over.

    A word is a list, or names and formulas themselves, separated by commas. A list is a text file
    with one formula or name per line (``#`` starts a comment), or a CSV with a column ``formula``
    or ``name``.

    Raises
    ------
    InputError
        If a file is missing, empty, or has neither column.
    """
    listed: dict[str, None] = {}
    for word in words:
        if word.startswith(SET):
            continue
        path = Path(word)
        if not path.is_file():
            listed |= dict.fromkeys(_written(word))
            continue
        names = _csv_names(path) if ".csv" in path.suffixes else _line_names(path)
        if not names:
            raise InputError(f"{path.name} names no compound")
        listed |= dict.fromkeys(names)
    return list(listed)


def _written(word: str) -> list[str]:
    """Names and formulas separated by commas."""
    names = [name.strip() for name in word.split(",") if name.strip()]
    try:
        for name in names:
            find_system(name)
    except InterfaceError as error:
        unread = "" if "/" in word or Path(word).suffix else f" ({error})"
        raise InputError(
            f"no list at {word}{unread}; give formulas or names (LiNbO3,Al2O3), a "
            "file with one per line, a CSV with a column 'formula' or 'name', or criteria such as "
            f"{SET}Li+O+P,hull<0.02"
        ) from None
    return names


def _line_names(path: Path) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in read_text(path).splitlines())
    return [line for line in lines if line]


def _csv_names(path: Path) -> list[str]:
    try:
        return _column(path)
    except csv.Error as error:
        raise InputError(f"{path.name} is not CSV: {error}") from None


def _column(path: Path) -> list[str]:
    table = csv.DictReader(io.StringIO(read_text(path)))
    column = next((name for name in COLUMNS if name in (table.fieldnames or ())), None)
    if column is not None and (table.fieldnames or []).count(column) > 1:
        raise InputError(f"{path.name} has two columns {column!r}; keep the one that is meant")
    if column is None:
        raise InputError(
            f"{path.name} has columns {', '.join(table.fieldnames or ()) or 'none'}; "
            "a list needs 'formula' or 'name'"
        )
    return [text for row in table if (text := (row[column] or "").strip())]


def elements_named(names: Iterable[str]) -> set[str]:
    """Elements of those names that can be read."""
    elements: set[str] = set()
    for name in names:
        try:
            elements |= set(find_system(name).formula.elements)
        except InterfaceError:
            continue  # its pairs get an error row
    return elements


def read_candidates(
    words: Sequence[str], phase_set: PhaseSet, source: PhaseOptions, filters: Sequence[str] = ()
) -> Candidates:
    """One side of a screen, sorted by name; a compound that cannot be placed keeps its error.

    Parameters
    ----------
    words : list files, and ``set:CRITERIA`` (:mod:`workflows.analyses.candidates.criteria`) of the
        phase set.
    filters : criteria that every candidate has to meet as well.

    Raises
    ------
    InputError
        If nothing is left.
    """
    kept: dict[str, tuple[Reactant | None, str]] = {}
    checks = [Criteria.parse(text) for text in filters]
    for word in words:
        if word.startswith(SET):
            criteria = Criteria.parse(word.removeprefix(SET))
            for compound in _of_set(phase_set, source, [criteria, *checks]):
                kept[compound.label] = (compound, "")
    for name in names_in(words):
        material, error = _named(name, phase_set, source)
        if material is None or all(
            check.met(material.formula, material.energy_above_hull) for check in checks
        ):
            kept[name] = (material, error)
    if not kept:
        raise InputError(
            f"no candidate meets {' '.join([*words, *filters])} in {phase_set.source}; "
            "loosen the criteria"
        )
    names = sorted(kept)
    return Candidates(
        tuple(names),
        tuple(kept[name][0] for name in names),
        tuple(kept[name][1] for name in names),
    )


def _named(name: str, phase_set: PhaseSet, source: PhaseOptions) -> tuple[Reactant | None, str]:
    try:
        (material,) = resolve_reactants(
            phase_set, [find_system(name)], [name], source.meant_for([name])
        )
        return material, ""
    except InterfaceError as error:
        return None, " ".join(str(error).split())


def _of_set(
    phase_set: PhaseSet, source: PhaseOptions, criteria: Collection[Criteria]
) -> list[Reactant]:
    """Compounds of a phase set that meet criteria: the lowest entry of each formula."""
    columns = Columns.of(phase_set)
    hulls = hull_energies(columns, columns.phases.fractions)
    compounds = []
    for row, formula in enumerate(columns.formulas):
        hull, energy = float(hulls[row]), float(columns.phases.energies[row])
        if math.isnan(hull) or (len(formula.elements) == 1 and phase_set.barred):
            continue
        above = max(0.0, energy - hull)
        if not all(criterion.met(formula, above) for criterion in criteria):
            continue
        own = Reactant(formula, energy, "own", above, "", phase_set.ids[int(columns.rows[row])])
        compounds.append(taken(own, source, hull))
    return compounds


def taken(own: Reactant, source: PhaseOptions, hull: float) -> Reactant:
    """A compound of a phase set at the energy that is asked for it.

    Parameters
    ----------
    own : the compound at its own energy.
    hull : energy of the hull at its composition [eV/atom].

    Raises
    ------
    InputError
        If another model than ``own`` or ``hull`` is asked for.
    """
    name = own.formula.text
    model = energy_model_of(source.meant_for([name]).energies, name) or "own"
    if model not in ("own", "hull"):
        raise InputError(
            f"--energy {model} of {name} from {SET}: compounds of the set are taken at own or "
            "hull; put it into a list file"
        )
    return own if model == "own" else Reactant(own.formula, hull, "hull", 0.0)


def formula_rows(side: Candidates) -> list[SideRow]:
    """A side as plain values: name, formula, energy, model, above hull, error."""
    return [
        (name, "", 0.0, "", 0.0, error)
        if reactant is None
        else (
            name,
            reactant.formula.text,
            reactant.energy,
            reactant.energy_model,
            reactant.energy_above_hull,
            "",
        )
        for name, reactant, error in zip(side.names, side.reactants, side.errors, strict=True)
    ]


def from_rows(rows: Iterable[SideRow]) -> Candidates:
    """The inverse of :func:`formula_rows`."""
    names, reactants, errors = [], [], []
    for name, formula, energy, model, above, error in rows:
        names.append(name)
        errors.append(error)
        placed_at: EnergyModel = model  # type: ignore[assignment]  # as it was written
        reactants.append(
            None if error else Reactant(Formula.parse(formula), energy, placed_at, above)
        )
    return Candidates(tuple(names), tuple(reactants), tuple(errors))
