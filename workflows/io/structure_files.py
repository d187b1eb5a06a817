"""Read structure files with ASE, disabling its ``@index`` and database-URL syntax."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from interfaces.errors import InputError
from workflows.io.readers import lines_of

if TYPE_CHECKING:
    from ase import Atoms
    from pymatgen.core import Structure

LARGEST_FRAME = 10**6  #: atoms
SIDE_ARRAYS = ("side", "sides", "slab", "material", "region")  #: names of per-atom labels
LOWEST_CELL = 0.5  #: angstrom between opposite faces; flatter cells have too many images in reach
LONGEST_VECTOR = 1e4  #: angstrom of a cell vector
FARTHEST_ATOM = 1e3  #: fractional coordinate


def frames_of(path: Path) -> Iterator[Atoms]:
    """All frames of a file, one by one. Errors of ASE are passed on.

    ASE takes ``NAME@3`` for a frame of NAME, ``-`` for the terminal, and a name that begins with
    ``postgres`` or ``mysql`` for a server. Here a path is a path.

    Parameters
    ----------
    path : in any format that ASE recognises; ``.gz`` allowed.

    Raises
    ------
    InputError
        If it is gzipped and unpacks to far more than a structure file would, or a frame states more
        atoms than ``LARGEST_FRAME``.
    """
    from ase.io import iread

    _check_size(path)
    yield from iread(str(path.resolve()), index=":", do_not_split_by_at_sign=True)


def last_of(path: Path) -> Atoms:
    """The last frame of a file; see :func:`frames_of`.

    Raises
    ------
    InputError
        As of :func:`frames_of`.
    """
    from ase.io import read

    _check_size(path)
    atoms: Atoms = read(str(path.resolve()), index=-1, do_not_split_by_at_sign=True)
    return atoms


def side_labels(atoms: Atoms) -> tuple[str, ...]:
    """Label of the interface side that each atom belongs to.

    Parameters
    ----------
    atoms : with a per-atom array named as one of ``SIDE_ARRAYS``.

    Returns
    -------
    tuple of str
        One label per atom; empty where the file has none.
    """
    for name in SIDE_ARRAYS:
        if name in atoms.arrays:
            return tuple(str(label) for label in atoms.arrays[name])
    return ()


def check_cell(structure: Structure) -> Structure:
    """Check that a search for neighbours in a structure comes to an end.

    Parameters
    ----------
    structure : lengths in angstrom.

    Returns
    -------
    Structure
        The same structure.

    Raises
    ------
    ValueError
        If it has no atoms, its cell is flat, or cell or coordinates are not finite or far too
        large.
    """
    if not len(structure):
        raise ValueError("it has no atoms")
    cell = np.asarray(structure.lattice.matrix, dtype=float)
    fractional = np.asarray(structure.frac_coords, dtype=float)
    # written so that NaN fails, too
    if not (np.abs(cell).max() < LONGEST_VECTOR and np.abs(fractional).max() < FARTHEST_ATOM):
        raise ValueError("its cell or its coordinates are no numbers of a structure")
    faces = np.linalg.norm(np.cross(np.roll(cell, 1, axis=0), np.roll(cell, 2, axis=0)), axis=1)
    if not abs(np.linalg.det(cell)) > LOWEST_CELL * faces.max():
        raise ValueError(f"its cell is flat: opposite faces are within {LOWEST_CELL:g} A")
    return structure


def _check_size(path: Path) -> None:
    """Refuse what ASE would count or unpack for ever.

    It counts to the number that a frame of xyz states, whether or not so many atoms follow.
    """
    lines = lines_of(path)
    for line in lines:
        try:
            atoms = int(line)
        except ValueError:
            break  # not xyz; ASE recognises the format
        if atoms > LARGEST_FRAME:
            raise InputError(f"{path}: a frame of {atoms} atoms; at most {LARGEST_FRAME} are read")
        for _ in islice(lines, max(atoms, 0) + 1):
            pass
    for _ in lines:  # the rest of a packed file
        pass
