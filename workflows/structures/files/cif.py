"""CIF and magnetic CIF: the blocks of a file, and one of them as a structure.

pymatgen reads a block; what it drops or guesses without a word (hydrogens that have no site, sites
whose label is no element, occupancies and coordinates that are not given) is looked for here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from workflows.structures.files.cif_formula import check_formula, formula_sum
from workflows.structures.files.cif_sites import check_sites, doubtful_labels
from workflows.structures.files.site_checks import plain_text

if TYPE_CHECKING:
    from pymatgen.core import Structure

BLOCK = re.compile(r"^[ \t]*data_", re.MULTILINE | re.IGNORECASE)
PLACES = "_atom_site_fract_x"
DOTTED = re.compile(r"^[ \t]*_atom_site\.", re.MULTILINE)
SAME_VOLUME = 0.01  #: of the volume per atom: one crystal in several settings
P1 = "Defaulting to P1"


@dataclass(frozen=True)
class Block:
    """A data block with the sites of a structure."""

    name: str
    text: str
    data: dict[str, Any]


def read_cif(path: Path, chosen: str | None = None) -> tuple[Structure, tuple[str, ...]]:
    """The structure of a CIF, or of the block of it that is chosen.

    Several blocks of one crystal (a published and a standardized cell) are one structure, the first
    of which is taken and named.

    Raises
    ------
    InputError
        If no block has sites, several different structures are in it and none is chosen, or the
        block does not say clearly which atoms are where.
    """
    blocks = _blocks(plain_text(path))
    if chosen is not None:
        return _structure(_chosen(blocks, chosen))
    structure, notes = _structure(blocks[0])
    if len(blocks) == 1:
        return structure, notes
    listed = _listed(blocks)
    if not all(_same_crystal(structure, _bare(block)) for block in blocks[1:]):
        raise InputError(
            f"it has several structures, one in each of the blocks {listed}; choose one with "
            "--block NAME or its number, or give a file of one block"
        )
    note = (
        f"several blocks hold the same crystal ({listed}); the first of them is taken, "
        "--block takes another"
    )
    return structure, (note, *notes)


def _blocks(text: str) -> list[Block]:
    from pymatgen.io.cif import CifFile

    starts = [match.start() for match in BLOCK.finditer(text)]
    if not starts:
        raise InputError("it has no data_ block of a CIF")
    if DOTTED.search(text):
        raise InputError(
            "it has the dotted names (_atom_site.) of mmCIF or CIF 2; save it as a CIF 1 of a "
            "crystal with _atom_site_fract_x"
        )
    blocks = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        part = text[start:end]
        if PLACES not in part:
            continue
        for data in CifFile.from_str(part).data.values():
            places = data.data.get(PLACES, [])
            if isinstance(places, str):
                raise InputError("its sites are not in a loop_; write them as one")
            if any(place != "?" for place in places):
                blocks.append(Block(data.header, part, data.data))
    if not blocks:
        kind = "Cartesian coordinates only" if "_atom_site_Cartn_x" in text else "no atom sites"
        raise InputError(f"it has {kind}; a structure needs _atom_site_fract_x, y and z")
    return blocks


def _chosen(blocks: list[Block], chosen: str) -> Block:
    for block in blocks:
        if block.name == chosen:
            return block
    if chosen.isdigit() and 0 < int(chosen) <= len(blocks):
        return blocks[int(chosen) - 1]
    raise InputError(f"it has no block {chosen!r} with a structure; it has {_listed(blocks)}")


def _listed(blocks: list[Block]) -> str:
    return ", ".join(f"{number} {block.name}" for number, block in enumerate(blocks, 1))


def _structure(block: Block) -> tuple[Structure, tuple[str, ...]]:
    notes = check_sites(block.data)
    doubts = doubtful_labels(block.data)
    structure, warned = _parsed(block)
    if "implicit_hydrogens" in structure.site_properties:
        raise InputError(
            f"block {block.name} counts hydrogens that have no sites of their own (implicit "
            "hydrogens); give a structure with every hydrogen, as from neutron diffraction"
        )
    stated = formula_sum(block.text, block.data)
    if not structure.is_ordered:
        return structure, notes  # partly filled sites are refused as such
    if doubts and (stated is None or not stated.agrees(structure.composition)):
        raise InputError(f"block {block.name}: {doubts[0]}")
    units = block.data.get("_cell_formula_units_Z", "")
    notes += check_formula(stated, structure.composition, str(units), unfolded=P1 not in warned)
    return structure, notes


def _parsed(block: Block) -> tuple[Structure, str]:
    """The structure, and what pymatgen says beside it, which it warns of as well."""
    import warnings

    from pymatgen.io.cif import CifParser

    parser = CifParser.from_str(block.text, check_cif=False)  # the formula is compared here
    try:
        (structure,) = parser.parse_structures(primitive=False, on_error="raise")
    except ValueError as error:
        reason = str(error).removeprefix("No structure parsed for section 1 in CIF.").strip()
        if "Occupancy" in reason:
            reason = f"occupancies of a site add up to more than 1 ({reason.rstrip('.')})"
        raise InputError(f"block {block.name}: {' '.join(reason.split())}") from None
    for message in parser.warnings:
        warnings.warn(message, UserWarning, stacklevel=2)
    return structure, " ".join(parser.warnings)


def _bare(block: Block) -> Structure:
    """The structure of a block, to compare; its notes are not those of the one that is taken."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _parsed(block)[0]


def _same_crystal(first: Structure, second: Structure) -> bool:
    a, b = first.composition, second.composition
    if not a.reduced_composition.almost_equals(b.reduced_composition, rtol=0.01, atol=0.01):
        return False
    volumes = first.volume / a.num_atoms, second.volume / b.num_atoms
    return bool(abs(volumes[0] / volumes[1] - 1) < SAME_VOLUME)
