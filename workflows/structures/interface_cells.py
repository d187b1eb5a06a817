"""Interface cells: their specification, the named ones of ``inputs/cells``, and the result."""

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
    """Specification of an interface cell; lengths in angstrom.

    Attributes
    ----------
    first, second : names or files of the two sides; the second may be a molecule.
    blocks : data blocks of CIFs that hold several structures, by name or number.
    facets, terminations : of each side; None for the default ones.
    thickness : least thickness of each slab.
    max_atoms, max_strain, max_area, min_width : limits of the match; area in angstrom^2.
    strain_on : the side that is strained, or ``shared``.
    match : row of the table of matches, from 1.
    gap, vacuum : between the sides, and above the second.
    shift : of the second side along the cell, in fractions.
    lithium : source of the Li of a molecule, ``own`` or ``slab``.
    registry, grid : calculator of a registry scan, and its points.
    named : name of a stored cell.
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

    ``misfit`` is the reason where there are no matches; ``notes`` are what the reader of a
    structure file chose or left out.
    """

    spec: CellSpec
    slabs: tuple[tuple[Slab, ...], ...]
    chosen: tuple[Slab, ...]
    matches: tuple[Match, ...]
    misfit: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class CellResult:
    """The cell with the terminations and matches that it was chosen from."""

    choices: Choices
    cell: InterfaceCell | MoleculeCell
    registry: Registry | None = None


def prepare_cell(spec: CellSpec) -> CellResult:
    """Build a cell, and scan its registry if a calculator is named.

    Parameters
    ----------
    spec : specification of the cell.

    Raises
    ------
    InputError
        If a name, termination or match does not exist.
    CellError
        If no cell fits the limits.
    """
    choices = list_choices(spec)
    if spec.second in molecule_names():
        cell = on_surface(
            choices.chosen[0],
            molecule(spec.second),
            gap=spec.gap,
            vacuum=spec.vacuum or MOLECULE_VACUUM,
            lithium=spec.lithium,  # type: ignore[arg-type]
            max_atoms=spec.max_atoms,
        )
        return CellResult(choices, cell)
    if not choices.matches:
        raise InputError(choices.misfit)
    if not 1 <= spec.match <= len(choices.matches):
        raise InputError(f"there is no match {spec.match}; the table has {len(choices.matches)}")
    match = choices.matches[spec.match - 1]
    first, second = choices.chosen
    joined = interface_cell(
        first, second, match, gap=spec.gap, vacuum=spec.vacuum, shift=spec.shift
    )
    if spec.registry == "none":
        return CellResult(choices, joined)
    from workflows.calculators.ase_calculators import calculator

    registry = scan(joined, calculator(spec.registry), grid=spec.grid, name=spec.registry)
    return CellResult(choices=choices, cell=registry.best, registry=registry)


MOLECULE_VACUUM = 15.0  #: angstrom, over a molecule by default


def list_choices(spec: CellSpec) -> Choices:
    """Return the terminations of both sides and the matches of the chosen ones.

    Parameters
    ----------
    spec : specification of the cell; a molecule has no matches.

    Raises
    ------
    InputError
        If a name or termination does not exist, or a limit is out of range.
    """
    _check(spec)
    is_molecule = spec.second in molecule_names()
    sides = (spec.first,) if is_molecule else (spec.first, spec.second)
    slabs, chosen = [], []
    notes: list[str] = []
    for i, name in enumerate(sides):
        structure = bulk(name, spec.blocks[i])
        notes += [f"{name}: {note}" for note in structure.properties.get("notes", ())]
        miller = spec.facets[i] or default_facet(name)
        cuts = terminations(
            structure, miller, spec.thickness[i], formal_charges(name, structure),
            name=str(structure.properties["name"]),
        )  # fmt: skip
        slabs.append(cuts)
        chosen.append(choose(cuts, spec.terminations[i]))
    if is_molecule:
        return Choices(
            spec, tuple(slabs), tuple(chosen), (), "a molecule needs no match", tuple(notes)
        )
    try:
        fits = matches(
            chosen[0], chosen[1],
            max_strain=spec.max_strain, max_atoms=spec.max_atoms,
            max_area=spec.max_area, min_width=spec.min_width, taken_by=spec.strain_on,
        )  # fmt: skip
    except NoMatchError as error:
        return Choices(spec, tuple(slabs), tuple(chosen), (), str(error), tuple(notes))
    return Choices(spec, tuple(slabs), tuple(chosen), fits, notes=tuple(notes))


def _check(spec: CellSpec) -> None:
    if not 1 <= spec.max_atoms <= LARGEST_CELL:
        raise InputError(
            f"at most {spec.max_atoms} atoms is out of range; give 1 to {LARGEST_CELL}"
        )
    if spec.first in molecule_names():
        raise InputError(f"{spec.first} is a molecule; name the solid first")
    if spec.lithium not in ("own", "slab"):
        raise InputError(f"lithium from {spec.lithium!r} is unknown; known: own, slab")
    if spec.second not in molecule_names():
        if spec.lithium != "own":
            raise InputError(f"{spec.second} is not a molecule, so no Li goes to it")
        return
    if spec.registry != "none":
        raise InputError("a registry scan moves a slab on a slab; a molecule has none")


def choose(slabs: Sequence[Slab], label: str | None) -> Slab:
    """Return the termination of a label, or the best: no dipole, no broken bond, as cut.

    Parameters
    ----------
    slabs : terminations of one facet.
    label : of one of them; None for the best.

    Raises
    ------
    InputError
        If there is none; the labels, or what is wrong with each, are given.
    """
    if label is not None:
        for slab in slabs:
            if slab.label == label:
                return slab
        raise InputError(
            f"{slabs[0].bulk} {facet(slabs[0].miller)} has no termination {label!r}; it has "
            f"{', '.join(slab.label for slab in slabs)}"
        )
    good = [s for s in slabs if not s.broken and not s.polar and s.stoichiometric]
    if not good:
        raise InputError(
            f"every termination of {slabs[0].bulk} {facet(slabs[0].miller)} has a dipole or breaks "
            f"bonded units; choose one of {', '.join(slab.label for slab in slabs)} with "
            "--termination, or another facet"
        )
    return min(good, key=lambda slab: (bool(slab.moved), good.index(slab)))


def read_miller(text: str) -> Miller:
    """Read Miller indices: ``104``, ``1-10``, ``(1 0 -4)``, ``1.0.11``.

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
    if len(parts) != 3 or not all(re.fullmatch(r"-?[0-9]{1,2}", part) for part in parts):
        raise InputError(
            f"{text!r} is not a facet; write three indices such as 104, 1-10 or 1.0.11"
        )
    h, k, l = (int(part) for part in parts)  # noqa: E741
    return h, k, l


def named_cells() -> tuple[str, ...]:
    """Return the names of the stored cells."""
    return tuple(sorted(path.stem for path in (inputs() / "cells").glob("*.yaml")))


def read_named(name: str) -> CellSpec:
    """Read a stored cell by its name, or a file of the same form by its path.

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


def changed(spec: CellSpec, **values: Any) -> CellSpec:
    """Return a specification with those values replaced that are not None."""
    return replace(spec, **{key: value for key, value in values.items() if value is not None})
