"""Molecules and anions: groups of atoms held by bonds between non-metals, counted against time.

PS4 is one phosphorus with the four sulfur atoms bonded to it; P2S7 two of them over a bridge; SO4,
PO4, S2 alike. Bonds to metals hold nothing together here. An atom with no such bond is a group of
its own (O of an oxide, S and Cl of an argyrodite).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interfaces.aimd.bonds import BondHistory
from interfaces.serialisable import Serialisable

Counts = NDArray[np.int64]

#: Elements whose bonds hold a molecule together, in the order in which a formula names them.
NON_METALS = (
    "B", "Si", "Ge", "C", "Sb", "As", "P", "N", "H", "Te", "Se", "S", "I", "Br", "Cl", "O", "F",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class SpeciesHistory(Serialisable):
    """Numbers of each group; constant between the frames in which a bond changes.

    ``frames`` (C,) are those frames, the first of the trajectory among them; ``counts`` has the
    shape (groups, C).
    """

    names: tuple[str, ...]
    times: NDArray[np.float64]  #: of ``frames`` [fs]
    frames: NDArray[np.intp]
    counts: Counts

    def at(self, time: float) -> dict[str, int]:
        """Group -> number at a time [fs]; groups that are not there are left out.

        Parameters
        ----------
        time : time [fs].

        Returns
        -------
        dict[str, int]
            Group -> number.
        """
        column = max(int(np.searchsorted(self.times, time, side="right")) - 1, 0)
        counts = zip(self.names, self.counts[:, column].tolist(), strict=True)
        return {name: number for name, number in counts if number}

    def of(self, name: str) -> Counts:
        """Numbers of one group at ``frames``; zeros if it never was.

        Parameters
        ----------
        name : formula of the group.

        Returns
        -------
        Counts
            Numbers, shape (C,).
        """
        if name not in self.names:
            return np.zeros(len(self.frames), dtype=np.int64)
        return np.asarray(self.counts[self.names.index(name)])


def _group_formula(elements: Counter[str]) -> str:
    """Formula of a group, the central element first.

    Parameters
    ----------
    elements : element -> number of atoms.

    Returns
    -------
    str
        Formula such as ``PS4``.

    Examples
    --------
    >>> _group_formula(Counter("SSSSP")), _group_formula(Counter("OS"))
    ('PS4', 'SO')
    """
    return "".join(
        f"{name}{elements[name] if elements[name] > 1 else ''}"
        for name in NON_METALS
        if elements[name]
    )


def species_history(bonds: BondHistory) -> SpeciesHistory:
    """Count the groups of a trajectory whose bonds were followed.

    Parameters
    ----------
    bonds : followed bonds.

    Returns
    -------
    SpeciesHistory
        Numbers of groups against time.

    Examples
    --------
    >>> from interfaces.aimd.bonds import bond_history
    >>> from interfaces.aimd.frames import Trajectory
    >>> places = [[[0, 0, 0], [2, 0, 0], [x, 0, 0]] for x in (6, 4, 4)]
    >>> run = Trajectory.of(["S", "S", "S"], places, np.eye(3) * 20, [0, 200, 400])
    >>> history = species_history(bond_history(run))
    >>> history.at(0), history.at(400)
    ({'S': 1, 'S2': 1}, {'S3': 1})
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    atoms = [k for k, name in enumerate(bonds.species) if name in NON_METALS]
    place = np.full(len(bonds.species), -1)
    place[atoms] = np.arange(len(atoms))
    held = (place[bonds.first] >= 0) & (place[bonds.second] >= 0)
    states = bonds.bonded[held]
    first, second = place[bonds.first[held]], place[bonds.second[held]]
    moved = (states[:, 1:] != states[:, :-1]).any(axis=0)
    frames = np.concatenate([[0], np.flatnonzero(moved) + 1])
    columns = []
    for frame in frames:
        on = states[:, frame]
        graph = coo_array(
            (np.ones(int(on.sum())), (first[on], second[on])), shape=(len(atoms), len(atoms))
        )
        _, labels = connected_components(graph, directed=False)
        groups: dict[int, Counter[str]] = {}
        for atom, label in zip(atoms, labels.tolist(), strict=True):
            groups.setdefault(label, Counter())[bonds.species[atom]] += 1
        columns.append(Counter(_group_formula(group) for group in groups.values()))
    names = tuple(sorted({name for column in columns for name in column}))
    counts = np.array([[column[name] for column in columns] for name in names], dtype=np.int64)
    return SpeciesHistory(
        names, bonds.times[frames], frames, counts.reshape(len(names), len(frames))
    )
