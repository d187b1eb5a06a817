"""What ``interfaces inputs`` is asked for: a bulk, a structure file, a cell or its folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from workflows.ase_files import last_of
from workflows.disk import check_packed, read_json, read_text
from workflows.sound_cells import check_counts, sound
from workflows.trajectories.ase_frames import sides_of
from workflows.vasp.findings import Kind, Target
from workflows.vasp.geometry import VACUUM, gaps

if TYPE_CHECKING:
    from pymatgen.core import Structure

STRUCTURES = ("POSCAR", "cell.extxyz", "cell.cif", "CONTCAR")
CARD = "cell.json"


def find_target(system: str) -> Target:
    """Resolve a named cell, a folder of ``interfaces cell``, a structure file or a bulk.

    Raises
    ------
    InputError
        If nothing is found, or what is found cannot be read.

    Examples
    --------
    >>> find_target("LCO").kind
    'bulk'
    """
    from workflows.cells.ask import named_cells

    path = Path(system)
    if path.is_dir():
        return _from_folder(path)
    if path.is_file():
        card = _card(path.parent / CARD) if path.name in STRUCTURES else {}
        return _target(path.stem, _read(path), path.name, card)
    if system in named_cells():
        return _named(system)
    from workflows.cells.bulks import bulk

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
    from workflows.cells.ask import ask_cell, read_named
    from workflows.cells.files import record

    answer = ask_cell(read_named(name))
    structure = answer.cell.atoms.structure()
    source = f"inputs/cells/{name}.yaml, built anew and unrelaxed"
    return _target(name, structure, source, record(answer))


def _from_folder(folder: Path) -> Target:
    for file in STRUCTURES:
        if (folder / file).is_file():
            name = folder.resolve().name
            return _target(name, _read(folder / file), f"{name}/{file}", _card(folder / CARD))
    raise InputError(
        f"{folder} holds none of {', '.join(STRUCTURES)}; give the folder of interfaces cell"
    )


def _target(name: str, structure: Structure, source: str, card: Mapping[str, Any]) -> Target:
    """With a record of ``interfaces cell``, kind and strain are known; else by the vacuum."""
    kind: Kind = "slab" if float(gaps(structure).max()) >= VACUUM else "bulk"
    match = card.get("cell", {}).get("match") or {}
    strains = [*match.get("first_strain", ()), *match.get("second_strain", ())]
    if match:
        kind = "interface"
    strain = max((abs(float(value)) for value in strains), default=None)
    return Target(name, structure, kind, source, digest_of(structure), strain)


def _read(path: Path) -> Structure:
    import warnings

    from pymatgen.core import Structure
    from pymatgen.io.vasp import Poscar

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is wrong with it, the pre-flight says
            if path.suffix == ".extxyz":
                from pymatgen.io.ase import AseAtomsAdaptor

                atoms = last_of(path)
                found: Structure = AseAtomsAdaptor.get_structure(atoms)
                sides = sides_of(atoms)
                kept = {"side": list(sides)} if sides else {}
                return sound(
                    Structure(found.lattice, found.species, found.frac_coords, site_properties=kept)
                )
            if path.suffix == ".vasp" or path.name in ("POSCAR", "CONTCAR"):
                check_counts(path)
                poscar = Poscar.from_str(read_text(path))
                structure = sound(poscar.structure)
                if poscar.velocities is not None:
                    structure.add_site_property("velocities", list(poscar.velocities))
                return structure
            check_packed(path)
            return sound(Structure.from_file(path))
    except ModuleNotFoundError:
        raise
    except Exception as error:  # each reader has its own
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path} holds no structure that can be read: {reason}") from None


def _card(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        return {}
    from workflows.schemas.base import validate
    from workflows.schemas.structures import CardFile

    data: dict[str, Any] = read_json(path)
    validate(CardFile, data, f"{path} is no record of interfaces cell")
    return data


def digest_of(structure: Structure) -> str:
    """Of lattice and sites to 1e-6, so that the record names the structure it was made from."""
    rows = [f"{x:.6f}" for row in structure.lattice.matrix for x in row]
    rows += [
        f"{site.species_string} {' '.join(f'{x % 1.0:.6f}' for x in site.frac_coords)}"
        for site in structure
    ]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]
