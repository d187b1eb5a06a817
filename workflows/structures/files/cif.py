"""CIF and magnetic CIF: the blocks of a file, and one of them as a structure.

pymatgen reads a block; what it drops or guesses without a word (hydrogens that have no site, sites
whose label is not an element, occupancies and coordinates that are not given) is looked for here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.chemistry.formulas import ATOMIC_MASS
from interfaces.errors import InputError
from workflows.structures.files.cif_formula import check_formula, formula_sum
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


NOT_GIVEN = ("?", ".")
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?(\(\d+\)?)?")
LEADING = re.compile(r"[A-Z][a-z]?")
CHARGE = re.compile(r"(\d*\.?\d*[+-]|[+-]\d*|\d*)?(val|va)?", re.IGNORECASE)
ISOTOPES = ("D", "T")
#: What a label may mean that is more than one atom; pymatgen reads one atom, or none.
GROUP = re.compile(r"(OH|O-H|NH|BH|CH|CN|NO|PO|SO|CO|ClO|H2O|Wat|wat|Ow|Hw)\d*[+-]?")


def check_sites(data: dict[str, Any]) -> tuple[str, ...]:
    """Refuse sites without a place, or with an occupancy that is none.

    Raises
    ------
    InputError
        If so; the site is named.
    """
    labels = data.get("_atom_site_label")
    if labels is None:
        raise InputError("its sites have no _atom_site_label")
    for axis in "xyz":
        for label, value in zip(labels, data.get(f"_atom_site_fract_{axis}", ()), strict=True):
            if not NUMBER.fullmatch(value):
                raise InputError(
                    f"site {label} has no place ({axis} is {value!r}); give its coordinates or "
                    "take it out"
                )
    attached = data.get("_atom_site_attached_hydrogens", [])
    for label, value in zip(labels, attached, strict=False):
        if value not in (*NOT_GIVEN, "0"):
            raise InputError(
                f"site {label} counts {value} hydrogens that have no sites of their own (implicit "
                "hydrogens); give a structure with every hydrogen"
            )
    return _check_occupancies(labels, data.get("_atom_site_occupancy", []))


def _check_occupancies(labels: list[str], values: list[str]) -> tuple[str, ...]:
    notes: list[str] = []
    for label, value in zip(labels, values, strict=False):
        if value == "?":
            notes.append(f"site {label} has no occupancy; it is taken as full, as a CIF means it")
            continue
        if not NUMBER.fullmatch(value):
            raise InputError(
                f"site {label} has the occupancy {value!r}; write a number, 1 where it is full"
            )
        share = float(value.partition("(")[0])
        if not 0 <= share <= 1:
            raise InputError(f"site {label} has an occupancy of {share:g}; it lies between 0 and 1")
        if share == 0:
            notes.append(f"site {label} is empty (occupancy 0) and is left out")
    return tuple(notes)


def doubtful_labels(data: dict[str, Any]) -> list[str]:
    """A sentence for each label from which pymatgen does not read the element that it begins with.

    Examples
    --------
    >>> doubtful_labels({"_atom_site_label": ["Cu1", "O1A"]})
    []
    >>> doubtful_labels({"_atom_site_label": ["N1"], "_atom_site_type_symbol": ["NH3"]})[0][:26]
    'the symbol NH3 of site N1 '
    """
    labels = data.get("_atom_site_label", [])
    symbols = data.get("_atom_site_type_symbol")
    doubts = []
    for label, word in zip(labels, symbols or labels, strict=False):
        if " + " in word:
            continue  # the shares of a disordered site, as the Pauling File writes them
        if (element := _element(word)) is None or GROUP.fullmatch(word):
            reading = "is no element"
        elif symbols is not None and not CHARGE.fullmatch(word[len(element) :]):
            reading = f"is more than the element {element}"
        elif (read := _read_as(word)) != element:
            reading = f"would be read as {read}"
        else:
            continue
        kind = f"the symbol {word} of site {label}" if symbols else f"the label {label}"
        doubts.append(f"{kind} {reading}; write one element a site in _atom_site_type_symbol")
    return doubts


def _element(word: str) -> str | None:
    """The element that a symbol or label begins with, in the case it is written in."""
    match = LEADING.match(word)
    for symbol in (match[0], match[0][0]) if match else ():
        if symbol in ATOMIC_MASS or symbol in ISOTOPES:
            return symbol
    return None


def _read_as(word: str) -> str:
    """What pymatgen reads: the first two letters, in any case, then the first."""
    for symbol in (word[:2].title(), word[0].upper()):
        if symbol in ATOMIC_MASS or symbol in ISOTOPES:
            return symbol
    return word[:2].title()
