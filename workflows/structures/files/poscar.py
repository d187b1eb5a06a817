"""POSCAR and CONTCAR, with the elements that the file itself names."""

from __future__ import annotations

import re
import warnings
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from interfaces.errors import InputError
from workflows.io.structure_files import LARGEST_FRAME
from workflows.structures.files.site_checks import plain_text

if TYPE_CHECKING:
    from pymatgen.core import Structure

LONG = re.compile(r"[A-Za-z]{3,}")  #: longer than any symbol
HEAD = 5  #: lines before the symbols: title, scale, three vectors


def read_poscar(path: Path) -> tuple[Structure, tuple[str, ...]]:
    """The structure of a POSCAR with its velocities and selective dynamics.

    Raises
    ------
    InputError
        If it is incomplete, names no elements or counts more atoms than are read.
    """
    from pymatgen.io.vasp.inputs import BadPoscarWarning, Poscar

    text = plain_text(path)
    _check_head(text.split("\n"))
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "Elements in POSCAR cannot", BadPoscarWarning)
        try:
            poscar = Poscar.from_str(text)
        except BadPoscarWarning as error:
            if "Elements in POSCAR" not in str(error):  # a line that it cannot read is one, too
                raise InputError(" ".join(str(error).split())) from None
            raise InputError(
                "it names no elements (a POSCAR of VASP 4); write their symbols in a line before "
                "the numbers of atoms"
            ) from None
    structure = poscar.structure
    if poscar.velocities is not None:
        structure.add_site_property("velocities", [list(row) for row in poscar.velocities])
    return structure, ()


def _check_head(lines: list[str]) -> None:
    """Refuse what is cut, and what counts so many atoms that making them would take for ever."""
    filled = [line for line in lines if line.strip()]
    if len(filled) < HEAD + 3:
        raise InputError(
            f"it has {len(filled)} lines; a POSCAR has a title, a scale, three vectors, symbols, "
            "numbers and coordinates (a run that was stopped leaves a cut CONTCAR)"
        )
    if len(lines[1].split()) == 3:
        raise InputError("it has three scales in line 2; multiply the vectors and write 1.0")
    try:
        float(lines[1])
        vectors = [list(map(float, line.split()[:3])) for line in lines[2:HEAD]]
    except ValueError:
        vectors = []
    if [len(row) for row in vectors] != [3, 3, 3]:
        raise InputError("lines 2 to 5 are no scale and three vectors, as a POSCAR has them")
    rest = lines[HEAD:]
    after = [line.split() for line in rest]
    symbols = list(takewhile(_symbols, after))
    start = len(symbols)
    if start == len(after) or not _numbers(after[start]):
        raise InputError("it has no line with the numbers of atoms")
    rows = list(takewhile(_numbers, after[start : start + max(start, 1)]))
    atoms = sum(int(word) for row in rows for word in row)
    if atoms > LARGEST_FRAME:
        raise InputError(f"it counts {atoms} atoms; at most {LARGEST_FRAME} are read")
    mode = start + len(rows)
    selective = mode < len(rest) and rest[mode].strip()[:1] in ("s", "S")
    places = sum(1 for _ in takewhile(str.strip, rest[mode + 1 + selective :]))
    if places < atoms:
        raise InputError(f"it counts {atoms} atoms and has {places} lines of coordinates")


def _symbols(words: list[str]) -> bool:
    """Whether a line names elements or potentials (Li_sv), and is no word such as Direct."""
    return bool(words) and all(word[0].isalpha() for word in words) and not LONG.fullmatch(words[0])


def _numbers(words: list[str]) -> bool:
    return bool(words) and all(word.isdigit() for word in words)
