"""Read a structure file by its format, POSCAR here; then check the structure as any other."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from workflows.io.readers import check_packed
from workflows.io.structure_files import LARGEST_FRAME
from workflows.structures.files.cif import read_cif
from workflows.structures.files.site_checks import as_atoms, check_structure, plain_text

if TYPE_CHECKING:
    from pymatgen.core import Structure


PACKED = (".gz", ".bz2", ".xz")
CIF, POSCAR = (".cif", ".mcif", ".mmcif"), (".vasp", ".poscar")


@dataclass(frozen=True)
class StructureFile:
    """A structure with remarks on its file.

    Attributes
    ----------
    structure : ordered, of whole atoms of known elements; lengths in angstrom. Site properties:
        ``magmom`` [bohr magneton] where the file has collinear moments, ``velocities``
        [angstrom/fs] and ``selective_dynamics`` of a POSCAR, ``side`` of an extxyz.
    notes : what was chosen, left out or changed, a sentence each.
    """

    structure: Structure
    notes: tuple[str, ...] = ()


def read_structure(
    path: Path, block: str | None = None, *, disordered: bool = False
) -> StructureFile:
    r"""Read the structure of a file of any format of pymatgen or ASE.

    The format follows from the name: CIF and magnetic CIF, POSCAR and CONTCAR, the other formats of
    pymatgen, and everything else with ASE. No second reader is tried where the first one fails.

    Parameters
    ----------
    path : the file; gzip, bzip2 and xz are unpacked.
    block : name or number (from 1) of the data block of a CIF that holds several structures.
    disordered : accept partly filled sites.

    Raises
    ------
    InputError
        If the file holds no structure that is ordered, periodic and of whole atoms, or several
        and none is chosen.

    Examples
    --------
    >>> import tempfile
    >>> lines = ["rock salt", "4.26", "0 .5 .5", ".5 0 .5", ".5 .5 0", "Co O", "1 1", "Direct",
    ...          "0 0 0", ".5 .5 .5"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "POSCAR"
    ...     _ = path.write_text("\n".join(lines))
    ...     read_structure(path).structure.composition.formula
    'Co1 O1'
    """
    if not path.is_file():
        raise InputError(f"there is no structure file {path}")
    check_packed(path)
    said: list[str] = []
    name = path.name
    for ending in PACKED:
        name = name.removesuffix(ending)
    is_cif = name.lower().endswith(CIF)
    if block is not None and not is_cif:
        raise InputError(f"{path} is not a CIF, so it has no block {block!r}; leave --block out")
    try:
        with _noted(said):
            if is_cif:
                read = StructureFile(*read_cif(path, block))
            elif name.lower().endswith(POSCAR) or "POSCAR" in name or "CONTCAR" in name:
                read = StructureFile(*read_poscar(path))
            elif _known_to_pymatgen(name):
                read = _from_pymatgen(path)
            else:
                read = _from_ase(path)
            check_structure(read.structure, disordered=disordered)
            ordered = read.structure.is_ordered
            structure = as_atoms(read.structure) if ordered else read.structure
    except ModuleNotFoundError:
        raise
    except Exception as error:  # each reader has its own
        if isinstance(error, InputError) and str(path) in str(error):
            raise
        raise InputError(f"{path} holds no structure that can be used: {_reason(error)}") from None
    return replace(read, structure=structure, notes=tuple(dict.fromkeys((*read.notes, *said))))


@contextmanager
def _noted(notes: list[str]) -> Iterator[None]:
    """Turn the warnings of a reader into notes."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        if issubclass(warning.category, UserWarning):
            notes.append(f"pymatgen: {' '.join(str(warning.message).split())}")


def _reason(error: Exception) -> str:
    """One line; an error of the reader's own program says nothing to a chemist."""
    words = " ".join(str(error).split())
    if isinstance(error, KeyError):
        return f"it lacks {words}"
    if words.startswith(("invalid literal", "could not convert")):
        return f"a line of it is not what its format needs ({words})"
    if isinstance(error, ValueError | NotImplementedError) and words:
        return words
    return f"it ends early, or a line is not what its format needs ({type(error).__name__})"


def _known_to_pymatgen(name: str) -> bool:
    from pymatgen.io.registry import get_structure_format

    try:
        get_structure_format(filename=name)
    except ValueError:
        return False
    return True


def _from_pymatgen(path: Path) -> StructureFile:
    from pymatgen.core import Structure

    structure = Structure.from_file(path)
    if not isinstance(structure, Structure):
        raise InputError("it is a molecule without a periodic cell, not a crystal")
    last = ("its final structure is taken",) if "vasprun" in path.name else ()
    return StructureFile(structure, last)


def _from_ase(path: Path) -> StructureFile:
    """The last frame of a file that ASE reads."""
    from ase.io.formats import UnknownFileTypeError

    from workflows.io.structure_files import frames_of

    last: Any = None
    count = 0
    try:
        for frame in frames_of(path):
            last, count = frame, count + 1
    except UnknownFileTypeError:
        raise InputError(
            "its format is not known; give a CIF, POSCAR, extxyz, .traj or pymatgen JSON"
        ) from None
    if last is None:
        raise InputError("it has no frame")
    return _from_atoms(last, (f"the last of {count} frames is taken",) if count > 1 else ())


def _from_atoms(atoms: Any, notes: tuple[str, ...]) -> StructureFile:
    """The crystal of an ASE object, with its sides and starting moments."""
    from pymatgen.core import Structure

    from workflows.io.structure_files import side_labels

    if atoms.cell.rank < 3 or not any(atoms.pbc):
        raise InputError(
            "it has no periodic cell: a molecule, not a crystal; give a file with three cell "
            "vectors (extxyz with Lattice=, CIF, POSCAR)"
        )
    if not all(atoms.pbc):
        notes += ("it is not periodic along every vector; here it is repeated along all three",)
    if not all(atoms.numbers):
        raise InputError("it has atoms of no element (X)")
    sides, moments = side_labels(atoms), atoms.get_initial_magnetic_moments()
    kept: dict[str, Any] = {"side": list(sides)} if sides else {}
    if moments.any():
        kept["magmom"] = moments.tolist()
    structure = Structure(
        atoms.cell.array, atoms.get_chemical_symbols(), atoms.get_scaled_positions(wrap=False),
        site_properties=kept,
    )  # fmt: skip
    return StructureFile(structure, notes)


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
