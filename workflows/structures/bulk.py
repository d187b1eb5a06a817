"""Bulk structures by name: prototypes of ``inputs/structures``, or a file of the user's."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from interfaces.chemistry.formulas import Formula
from interfaces.errors import FormulaError, InputError, UnknownNameError
from workflows.io.readers import read_yaml
from workflows.io.resources import inputs
from workflows.structures.files import read_structure

if TYPE_CHECKING:
    from pymatgen.core import Structure

LARGEST_BULK = 400  #: atoms; more is not a bulk cell


@dataclass(frozen=True)
class Prototype:
    """A bulk structure as ``inputs/structures`` holds it.

    ``axes`` a, b, c [angstrom] and alpha, beta, gamma [degrees]; ``sites`` are (element, Wyckoff
    letter with its multiplicity, position of the first); ``charges`` formal ones by element;
    ``facet`` Miller indices of the surface to take where none is asked for.
    """

    name: str
    space_group: str
    axes: tuple[float, float, float, float, float, float]
    sites: tuple[tuple[str, str, tuple[float, float, float]], ...]
    charges: tuple[tuple[str, float], ...]
    facet: tuple[int, int, int]
    source: str


def bulk(name: str, block: str | None = None) -> Structure:
    """Return the conventional cell of a bulk, all sites occupied, atoms grouped by element.

    Parameters
    ----------
    name : a prototype (``bulk_names``), its formula or its name in ``inputs/systems.yaml`` (LCO,
        LPSCl), or the path of a structure file (`workflows.structures.files.read_structure`).
    block : name or number of the data block of a CIF that holds several structures.

    Returns
    -------
    pymatgen Structure; ``properties`` holds ``name`` and ``source``, and ``notes`` of a file.
    Lengths in angstrom.

    Raises
    ------
    InputError
        If no structure has this name, or the file holds none that can be used.

    Examples
    --------
    >>> bulk("LPSCl").composition.formula, bulk("CoO").lattice.a
    ('Li24 P4 S20 Cl4', 4.26)
    """
    path = Path(name)
    if path.is_file():
        return _from_file(path, block)
    if block is not None:
        raise InputError(f"{name} is not a file, so it has no block {block!r}")
    return _built(prototype(name)).copy()


def prototype(name: str) -> Prototype:
    """Return the stored prototype of a name or formula.

    Parameters
    ----------
    name : of the prototype, its formula, or its name in ``inputs/systems.yaml``.

    Raises
    ------
    InputError
        If none has this name; what there is and the nearest names are given.
    """
    from workflows.data.named_materials import find_system

    known = prototypes()
    if name in known:
        return known[name]
    if re.search(r"[/\\]|\.(cif|vasp|xyz|extxyz|json)$", name, re.IGNORECASE):
        raise InputError(f"there is no structure file {name}; give the path of one, or a name")
    try:
        formula = find_system(name).formula
    except (FormulaError, UnknownNameError):
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f"; nearest: {', '.join(near)}" if near else ""
        raise InputError(
            f"no bulk structure is called {name!r}{hint}; known: {', '.join(known)}, or give the "
            "path of a structure file"
        ) from None
    for stored in known.values():
        if Formula.parse(stored.name).same_composition(formula):
            return stored
    raise InputError(
        f"no bulk structure of {formula} is stored; known: {', '.join(known)}; give the path of a "
        "structure file instead"
    )


@cache
def prototypes() -> Mapping[str, Prototype]:
    """Return the prototypes of ``inputs/structures`` by name."""
    files = sorted((inputs() / "structures").glob("*.yaml"))
    return {path.stem: read_prototype(path) for path in files}


def read_prototype(path: Path) -> Prototype:
    """Read one prototype.

    Parameters
    ----------
    path : of its YAML file; lengths in angstrom.

    Raises
    ------
    InputError
        If a key is missing or unknown, or a value is not of its kind.
    """
    from workflows.schemas.base import validate
    from workflows.schemas.structures import PrototypeFile

    file: PrototypeFile = validate(PrototypeFile, read_yaml(path), path.name)
    lattice = file.lattice
    gamma = 120.0 if _hexagonal(file.space_group) else 90.0
    return Prototype(
        name=path.stem,
        space_group=file.space_group,
        axes=(lattice.a, lattice.b or lattice.a, lattice.c or lattice.a, 90.0, lattice.beta, gamma),
        sites=tuple((site.element, site.wyckoff, site.position) for site in file.sites),
        charges=tuple(file.charges.items()),
        facet=file.facet,
        source=file.source,
    )


def _hexagonal(symbol: str) -> bool:
    """Return whether a space group has hexagonal axes: a 3 or 6 follows the lattice letter."""
    return bool(re.match(r"[PR][-]?[36]", symbol))


@cache
def _built(stored: Prototype) -> Structure:
    from pymatgen.core import Lattice, Structure

    lattice = Lattice.from_parameters(*stored.axes)
    parts = []
    for element, wyckoff, position in stored.sites:
        try:
            part = Structure.from_spacegroup(stored.space_group, lattice, [element], [position])
        except ValueError as error:
            raise InputError(f"{stored.name}: {' '.join(str(error).split())}") from None
        if len(part) != int(wyckoff[:-1]):
            raise InputError(
                f"{stored.name}: {element} at {position} has {len(part)} sites in "
                f"{stored.space_group}, not those of {wyckoff}"
            )
        parts.append(part)
    sites = [site for part in parts for site in part]
    return Structure.from_sites(sites, properties={"name": stored.name, "source": stored.source})


def _from_file(path: Path, block: str | None) -> Structure:
    """Return the bulk cell of a file, atoms grouped by element."""
    from pymatgen.core import Structure

    read = read_structure(path, block)
    structure, notes = read.structure, read.notes
    if not 0 < len(structure) <= LARGEST_BULK:
        raise InputError(
            f"{path} has {len(structure)} atoms; a bulk cell of 1 to {LARGEST_BULK} is needed"
        )
    if "magmom" in structure.site_properties:
        notes += ("its magnetic moments are not carried into the cell",)
    grouped = sorted(range(len(structure)), key=lambda i: structure[i].specie.Z)
    plain = Structure(
        structure.lattice,
        [structure[i].specie for i in grouped],
        [structure[i].frac_coords for i in grouped],
    )
    plain.properties = {"name": path.stem, "source": f"file {path.name}", "notes": notes}
    return plain


def formal_charges(name: str, structure: Structure) -> Mapping[str, float] | None:
    """Return the formal charge [e] of each element, of the prototype or guessed for a file.

    A guess of pymatgen has one charge per element; it serves for the dipoles of slabs only.

    Parameters
    ----------
    name : of the prototype, or path of the file.
    structure : the bulk cell.

    Returns
    -------
    Element -> charge [e]; None where no whole charges balance.

    Examples
    --------
    >>> formal_charges("LCO", bulk("LCO"))
    {'Li': 1.0, 'Co': 3.0, 'O': -2.0}
    """
    if not Path(name).is_file():
        return dict(prototype(name).charges)
    guesses = structure.composition.reduced_composition.oxi_state_guesses()
    return dict(guesses[0]) if guesses else None


def default_facet(name: str) -> tuple[int, int, int]:
    """Return the Miller indices of a prototype's default facet.

    Parameters
    ----------
    name : of the prototype.

    Raises
    ------
    InputError
        For a file, which has none.
    """
    if Path(name).is_file():
        raise InputError(f"{name} names no facet; give one with --facets")
    return prototype(name).facet
