"""Files of atoms that ASE reads, each by its path and by nothing that its name could mean."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from interfaces.errors import InputError
from workflows.io.readers import lines_of

if TYPE_CHECKING:
    from ase import Atoms

LARGEST_FRAME = 10**6  #: atoms
SIDE_ARRAYS = ("side", "sides", "slab", "material", "region")  #: names of per-atom labels


def frames_of(path: Path) -> Iterator[Atoms]:
    """All frames of a file, one by one; ASE's errors are the caller's to tell.

    ASE takes ``NAME@3`` for a frame of NAME, ``-`` for the terminal, and a name that begins with
    ``postgres`` or ``mysql`` for a server. Here a path is a path.

    Raises
    ------
    InputError
        If it is gzipped and unpacks to far more than a file of atoms would, or a frame names more
        atoms than ``LARGEST_FRAME``.
    """
    from ase.io import iread

    _check(path)
    yield from iread(str(path.resolve()), index=":", do_not_split_by_at_sign=True)


def last_of(path: Path) -> Atoms:
    """The last frame of a file; see :func:`frames_of`.

    Raises
    ------
    InputError
        As above.
    """
    from ase.io import read

    _check(path)
    found: Atoms = read(str(path.resolve()), index=-1, do_not_split_by_at_sign=True)
    return found


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


def _check(path: Path) -> None:
    """Refuse what ASE would count or unpack for ever.

    It counts to the number that a frame of xyz names, whether or not so many atoms follow.
    """
    lines = lines_of(path)
    for line in lines:
        try:
            atoms = int(line)
        except ValueError:
            break  # no xyz; ASE says what it is
        if atoms > LARGEST_FRAME:
            raise InputError(f"{path}: a frame of {atoms} atoms; at most {LARGEST_FRAME} are read")
        for _ in islice(lines, max(atoms, 0) + 1):
            pass
    for _ in lines:  # what is left of a packed file
        pass
