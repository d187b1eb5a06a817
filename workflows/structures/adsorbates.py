"""Molecules of ``inputs/structures/molecules`` in their orientation on a surface."""

from __future__ import annotations

import difflib
import re
from functools import cache

import numpy as np

from interfaces.errors import InputError
from interfaces.structures import Molecule
from workflows.io.readers import read_text
from workflows.io.resources import inputs


@cache
def molecule_names() -> tuple[str, ...]:
    """Return the names of the stored molecules."""
    return tuple(
        sorted(path.stem for path in (inputs() / "structures" / "molecules").glob("*.extxyz"))
    )


@cache
def molecule(name: str) -> Molecule:
    """Return a stored molecule.

    Parameters
    ----------
    name : of the molecule, such as ``ECA``.

    Returns
    -------
    Elements and positions [angstrom].

    Raises
    ------
    InputError
        If none has this name.

    Examples
    --------
    >>> len(molecule("ECA").species), molecule("LiTFSI").species.count("F")
    (16, 6)
    """
    if name not in molecule_names():
        near = difflib.get_close_matches(name, molecule_names(), n=1)
        hint = f"; nearest: {near[0]}" if near else ""
        known = ", ".join(molecule_names())
        raise InputError(f"no molecule {name!r} is stored{hint}; known: {known}")
    path = inputs() / "structures" / "molecules" / f"{name}.extxyz"
    count, header, *rows = read_text(path).splitlines()
    words = [row.split() for row in rows[: int(count)]]
    source = re.search(r'source="([^"]*)"', header)
    return Molecule(
        name=name,
        species=tuple(row[0] for row in words),
        source=source.group(1) if source else "",
        positions=np.array([[float(value) for value in row[1:4]] for row in words]),
    )
