"""Interface cells: what is asked, the named ones of ``inputs/cells``, and the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from interfaces.errors import InputError, NoMatchError
from interfaces.structures import (
    InterfaceCell,
    Match,
    MoleculeCell,
    Registry,
    Slab,
    facet,
    interface_cell,
    matches,
    on_surface,
    scan,
    terminations,
)
from interfaces.structures.lattice_match import Side
from workflows.io.readers import read_yaml
from workflows.io.resources import inputs
from workflows.structures.adsorbates import molecule, molecule_names
from workflows.structures.bulk import bulk, default_facet, formal_charges

Miller = tuple[int, int, int]

LARGEST_CELL = 1000  #: atoms


@dataclass(frozen=True)
class CellSpec:
    """What an interface cell is asked to be; lengths in angstrom.

    ``blocks`` of a CIF that holds several structures, by name or number; ``facets`` and
    ``terminations`` of each side, None for the default ones; ``match`` counts the
    rows of the table from 1; ``second`` may be a molecule, whose Li comes from ``lithium``.
    """

    first: str
    second: str
    blocks: tuple[str | None, str | None] = (None, None)
    facets: tuple[Miller | None, Miller | None] = (None, None)
    terminations: tuple[str | None, str | None] = (None, None)
    thickness: tuple[float, float] = (7.0, 7.0)
    max_atoms: int = 300
    max_strain: float = 0.05
    max_area: float | None = None
    min_width: float = 8.0
    strain_on: Side = "shared"
    match: int = 1
    gap: float = 2.5
    vacuum: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    lithium: str = "own"
    registry: str = "none"
    grid: tuple[int, int] = (3, 3)
    named: str = ""


@dataclass(frozen=True)
class Choices:
    """All terminations of both sides, those chosen, and the matches of the chosen ones.

    ``misfit`` says why there are no matches: none fits, or the second is a molecule; ``notes`` what
    the reader of a structure file chose or left out.
    """

    question: CellSpec
    slabs: tuple[tuple[Slab, ...], ...]
    chosen: tuple[Slab, ...]
    matches: tuple[Match, ...]
    misfit: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class CellResult:
    """The cell with what it was chosen from."""

    choices: Choices
    cell: InterfaceCell | MoleculeCell
    registry: Registry | None = None


def prepare_cell(question: CellSpec) -> CellResult:
    """Build the cell that is asked for, and scan its registry if a calculator is named.

    Raises
    ------
    InputError
        If a name, termination or match does not exist.
    CellError
        If no cell fits the limits.
    """
    choices = ask_choices(question)
    if question.second in molecule_names():
        cell = on_surface(
            choices.chosen[0],
            molecule(question.second),
            gap=question.gap,
            vacuum=question.vacuum or MOLECULE_VACUUM,
            lithium=question.lithium,  # type: ignore[arg-type]
            max_atoms=question.max_atoms,
        )
        return CellResult(choices, cell)
    if not choices.matches:
        raise InputError(choices.misfit)
    if not 1 <= question.match <= len(choices.matches):
        raise InputError(
            f"there is no match {question.match}; the table has {len(choices.matches)}"
        )
    match = choices.matches[question.match - 1]
    first, second = choices.chosen
    joined = interface_cell(
        first, second, match, gap=question.gap, vacuum=question.vacuum, shift=question.shift
    )
    if question.registry == "none":
        return CellResult(choices, joined)
    from workflows.calculators.ase_calculators import calculator

    found = scan(joined, calculator(question.registry), grid=question.grid, name=question.registry)
    return CellResult(choices, found.best, found)


MOLECULE_VACUUM = 15.0  #: angstrom, over a molecule when none is asked for


def ask_choices(question: CellSpec) -> Choices:
    """Terminations of both sides and the matches of those chosen; no matches with a molecule."""
    _check(question)
    is_molecule = question.second in molecule_names()
    sides = (question.first,) if is_molecule else (question.first, question.second)
    slabs, chosen = [], []
    notes: list[str] = []
    for i, name in enumerate(sides):
        structure = bulk(name, question.blocks[i])
        notes += [f"{name}: {note}" for note in structure.properties.get("notes", ())]
        miller = question.facets[i] or default_facet(name)
        found = terminations(
            structure, miller, question.thickness[i], formal_charges(name, structure),
            name=str(structure.properties["name"]),
        )  # fmt: skip
        slabs.append(found)
        chosen.append(choose(found, question.terminations[i]))
    if is_molecule:
        return Choices(
            question, tuple(slabs), tuple(chosen), (), "a molecule needs no match", tuple(notes)
        )
    try:
        fits = matches(
            chosen[0], chosen[1],
            max_strain=question.max_strain, max_atoms=question.max_atoms,
            max_area=question.max_area, min_width=question.min_width, taken_by=question.strain_on,
        )  # fmt: skip
    except NoMatchError as error:
        return Choices(question, tuple(slabs), tuple(chosen), (), str(error), tuple(notes))
    return Choices(question, tuple(slabs), tuple(chosen), fits, notes=tuple(notes))


def _check(question: CellSpec) -> None:
    if not 1 <= question.max_atoms <= LARGEST_CELL:
        raise InputError(
            f"at most {question.max_atoms} atoms is out of range; give 1 to {LARGEST_CELL}"
        )
    if question.first in molecule_names():
        raise InputError(f"{question.first} is a molecule; name the solid first")
    if question.lithium not in ("own", "slab"):
        raise InputError(f"lithium from {question.lithium!r} means nothing; known: own, slab")
    if question.second not in molecule_names():
        if question.lithium != "own":
            raise InputError(f"{question.second} is no molecule, so no Li goes to it")
        return
    if question.registry != "none":
        raise InputError("a registry scan moves a slab on a slab; a molecule has none")


def choose(slabs: Sequence[Slab], label: str | None) -> Slab:
    """The termination of this label, or the best: no dipole, no bond broken, as cut.

    Raises
    ------
    InputError
        If there is none; the labels, or what is wrong with each, are given.
    """
    if label is not None:
        for one in slabs:
            if one.label == label:
                return one
        raise InputError(
            f"{slabs[0].bulk} {facet(slabs[0].miller)} has no termination {label!r}; it has "
            f"{', '.join(one.label for one in slabs)}"
        )
    good = [one for one in slabs if not one.broken and not one.polar and one.stoichiometric]
    if not good:
        raise InputError(
            f"every termination of {slabs[0].bulk} {facet(slabs[0].miller)} has a dipole or breaks "
            f"bonded units; choose one of {', '.join(one.label for one in slabs)} with "
            "--termination, or another facet"
        )
    return min(good, key=lambda one: (bool(one.moved), good.index(one)))


def read_miller(text: str) -> Miller:
    """Miller indices: ``104``, ``1-10``, ``(1 0 -4)``, ``1.0.11``.

    Raises
    ------
    InputError
        If these are not three whole numbers.

    Examples
    --------
    >>> read_miller("104"), read_miller("1-10"), read_miller("(1 0 11)")
    ((1, 0, 4), (1, -1, 0), (1, 0, 11))
    """
    inner = text.strip().removeprefix("(").removesuffix(")").strip()
    parts = re.split(r"[ .]+", inner) if re.search(r"[ .]", inner) else None
    if parts is None:
        parts = re.findall(r"-?[0-9]", inner) if re.fullmatch(r"(-?[0-9])+", inner) else []
    if len(parts) != 3 or not all(re.fullmatch(r"-?[0-9]{1,2}", one) for one in parts):
        raise InputError(f"{text!r} is no facet; write three indices such as 104, 1-10 or 1.0.11")
    h, k, l = (int(one) for one in parts)  # noqa: E741
    return h, k, l


def named_cells() -> tuple[str, ...]:
    """Names of the stored cells."""
    return tuple(sorted(path.stem for path in (inputs() / "cells").glob("*.yaml")))


def read_named(name: str) -> CellSpec:
    """A stored cell by its name, or a file of the same form by its path.

    Raises
    ------
    InputError
        If there is none, or a key is unknown or a value not of its kind.
    """
    path = Path(name)
    if not path.is_file():
        path = inputs() / "cells" / f"{name}.yaml"
        if name not in named_cells():
            raise InputError(f"no cell is named {name!r}; known: {', '.join(named_cells())}")
    from workflows.schemas.base import validate
    from workflows.schemas.structures import CellFile

    cell: CellFile = validate(CellFile, read_yaml(path), path.name)
    return CellSpec(**dict(cell), named=path.stem)


def changed(question: CellSpec, **values: Any) -> CellSpec:
    """The question with those values that are not None in place of its own."""
    return replace(question, **{key: one for key, one in values.items() if one is not None})
