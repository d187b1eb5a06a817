"""Structures for ``interfaces inputs``: a bulk, a structure file, a cell or its folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from interfaces.structures.geometry import VACUUM, gaps
from workflows.io.readers import read_json
from workflows.schemas.calculation_target import Kind, Target
from workflows.structures.files import StructureFile, read_structure

if TYPE_CHECKING:
    from pymatgen.core import Structure

STRUCTURES = ("POSCAR", "cell.extxyz", "cell.cif", "CONTCAR")
CARD = "cell.json"


def find_target(system: str, block: str | None = None) -> Target:
    """Resolve a named cell, a folder of ``interfaces cell``, a structure file or a bulk.

    Parameters
    ----------
    system : name or path.
    block : name or number of the data block of a CIF that holds several structures.

    Raises
    ------
    InputError
        If nothing is found, or what is found cannot be read.

    Examples
    --------
    >>> find_target("LCO").kind
    'bulk'
    """
    from workflows.structures.interface_cells import named_cells

    path = Path(system)
    if path.is_file():
        card = _card(path.parent / CARD) if path.name in STRUCTURES else {}
        return _target(path.stem, read_structure(path, block), path.name, card)
    if block is not None:
        raise InputError(f"{system} is not a file, so it has no block {block!r}; leave --block out")
    if path.is_dir():
        return _from_folder(path)
    if system in named_cells():
        return _named(system)
    from workflows.structures.bulk import bulk

    try:
        structure = bulk(system)
    except InputError as error:
        raise InputError(
            f"{error}; cells: {', '.join(named_cells())}, or give a folder of interfaces cell"
        ) from None
    source = str(structure.properties.get("source", "bulk"))
    return Target(system, structure, "bulk", source, digest_of(structure))


def _named(name: str) -> Target:
    """Build a cell of ``inputs/cells`` anew."""
    from workflows.structures.interface_cells import prepare_cell, read_named
    from workflows.structures.write_cells import record

    result = prepare_cell(read_named(name))
    structure = result.cell.atoms.structure()
    source = f"inputs/cells/{name}.yaml, built anew and unrelaxed"
    return _target(name, StructureFile(structure), source, record(result))


def _from_folder(folder: Path) -> Target:
    for file in STRUCTURES:
        if (folder / file).is_file():
            name = folder.resolve().name
            read = read_structure(folder / file)
            return _target(name, read, f"{name}/{file}", _card(folder / CARD))
    raise InputError(
        f"{folder} holds none of {', '.join(STRUCTURES)}; give the folder of interfaces cell"
    )


def _target(name: str, read: StructureFile, source: str, card: Mapping[str, Any]) -> Target:
    """With a record of ``interfaces cell``, kind and strain are known; else by the vacuum."""
    structure = read.structure
    kind = kind_of(structure)
    match = card.get("cell", {}).get("match") or {}
    strains = [*match.get("first_strain", ()), *match.get("second_strain", ())]
    if match:
        kind = "interface"
    strain = max((abs(float(value)) for value in strains), default=None)
    return Target(name, structure, kind, source, digest_of(structure), strain, read.notes)


def kind_of(structure: Structure) -> Kind:
    """Return whether a structure is a slab, by its vacuum, or a bulk."""
    return "slab" if float(gaps(structure).max()) >= VACUUM else "bulk"


def _card(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        return {}
    from workflows.schemas.base import validate
    from workflows.schemas.structures import CardFile

    data: dict[str, Any] = read_json(path)
    validate(CardFile, data, f"{path} is not a record of interfaces cell")
    return data


def digest_of(structure: Structure) -> str:
    """Return a checksum of lattice and sites to 1e-6, which identifies a structure in a record."""
    rows = [f"{x:.6f}" for row in structure.lattice.matrix for x in row]
    rows += [
        f"{site.species_string} {' '.join(f'{x % 1.0:.6f}' for x in site.frac_coords)}"
        for site in structure
    ]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]
