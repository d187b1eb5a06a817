"""The rows of sites of a CIF: what is not given, and labels that name no element clearly."""

from __future__ import annotations

import re
from typing import Any

from interfaces.chemistry.formulas import ATOMIC_MASS
from interfaces.errors import InputError

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
