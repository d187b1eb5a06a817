"""Bonds made and broken against time.

A pair is bonded once it came nearer than ``made`` and until it went beyond ``broken``; a change
counts when the new state has lasted the residence time, at least half of it on its own side of the
middle of the two distances, and is dated to its beginning. A vibration through one distance, a
passing contact, and a touch after which the pair stays apart therefore make and break nothing. A
pair that starts between the two distances starts in the state that it first decides for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interfaces.aimd.atom_pairs import nearest_pairs
from interfaces.aimd.cutoffs import Cutoff, cutoffs_for
from interfaces.aimd.frames import Trajectory
from interfaces.errors import InputError
from interfaces.serialisable import Serialisable

Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]
Scope = Literal["all", "between", "within"]

#: A bond outlasts a few of its own vibrations (P-O 30, S-S 65, Co-S 100 fs); Co and S that collide
#: part again within 150 fs [fs].
RESIDENCE = 200.0
BLOCK = 512  #: pairs whose history is decided at once, for memory


class BondEvent(NamedTuple):
    """A bond that is made (``change`` = 1) or broken (-1) between two atoms."""

    time: float  #: [fs]
    frame: int
    pair: str
    change: int
    first: int
    second: int
    between: bool | None  #: between the two sides of the interface; None where no sides are known


@dataclass(frozen=True, eq=False)
class BondHistory(Serialisable):
    """State of every pair of atoms that was ever bonded. P pairs, F frames.

    Build one with :func:`bond_history`. A pair counts once even if, in a cell narrower than twice
    the cut-off, it is bonded through several periodic images.
    """

    species: tuple[str, ...]
    times: NDArray[np.float64]  #: [fs]
    cutoffs: tuple[Cutoff, ...]  #: of the pairs of elements that are followed
    residence: float  #: [fs]
    first: Indices  #: (P,)
    second: Indices  #: (P,)
    kinds: Indices  #: (P,), index of the cut-off
    bonded: Flags  #: (P, F)
    between: Flags | None  #: (P,), atoms of different sides

    @property
    def names(self) -> tuple[str, ...]:
        """Pairs of elements that are followed: ``S-S``, ``P-O`` ..."""
        return tuple(cutoff.name for cutoff in self.cutoffs)

    def _chosen(self, pair: str, scope: Scope) -> Flags:
        if pair not in self.names:
            raise InputError(
                f"no bond {pair!r} is followed; there are {', '.join(self.names) or 'none'}"
            )
        chosen = self.kinds == self.names.index(pair)
        if scope == "all":
            return np.asarray(chosen)
        if self.between is None:
            raise InputError(f"bonds {scope} the sides: no atom has a side; give the cell")
        return np.asarray(chosen & (self.between if scope == "between" else ~self.between))

    def present(self, pair: str, scope: Scope = "all") -> Counts:
        """Number of bonds, shape (F,).

        Parameters
        ----------
        pair : pair of elements, e.g. ``P-S``.
        scope : all bonds, or those between or within the sides of the interface.

        Returns
        -------
        Counts
            Bonds per frame, shape (F,).
        """
        return np.asarray(self.bonded[self._chosen(pair, scope)].sum(axis=0))

    def new(self, pair: str, scope: Scope = "all") -> Counts:
        """Bonds that were not there in the first frame, shape (F,).

        Parameters
        ----------
        pair : pair of elements, e.g. ``P-S``.
        scope : all bonds, or those between or within the sides of the interface.

        Returns
        -------
        Counts
            Bonds per frame, shape (F,).
        """
        states = self.bonded[self._chosen(pair, scope)]
        return np.asarray((states & ~states[:, :1]).sum(axis=0))

    def lost(self, pair: str, scope: Scope = "all") -> Counts:
        """Bonds of the first frame that are not there, shape (F,).

        Parameters
        ----------
        pair : pair of elements, e.g. ``P-S``.
        scope : all bonds, or those between or within the sides of the interface.

        Returns
        -------
        Counts
            Bonds per frame, shape (F,).
        """
        states = self.bonded[self._chosen(pair, scope)]
        return np.asarray((~states & states[:, :1]).sum(axis=0))

    @cached_property
    def events(self) -> tuple[BondEvent, ...]:
        """Every bond made or broken, in the order of time."""
        rows, columns = np.nonzero(self.bonded[:, 1:] != self.bonded[:, :-1])
        order = np.lexsort((self.second[rows], self.first[rows], columns))
        return tuple(
            BondEvent(
                float(self.times[frame]),
                int(frame),
                self.names[self.kinds[row]],
                1 if self.bonded[row, frame] else -1,
                int(self.first[row]),
                int(self.second[row]),
                None if self.between is None else bool(self.between[row]),
            )
            for row, frame in zip(rows[order], columns[order] + 1, strict=True)
        )

    def changes(self) -> Indices:
        """Frames in which a bond is made or broken, the first frame among them.

        Returns
        -------
        Indices
            Frame indices, rising.
        """
        moved = (self.bonded[:, 1:] != self.bonded[:, :-1]).any(axis=0)
        return np.concatenate([[0], np.flatnonzero(moved) + 1])


def bond_history(
    trajectory: Trajectory,
    cutoffs: Sequence[Cutoff] | None = None,
    residence: float = RESIDENCE,
) -> BondHistory:
    """Follow the bonds of a trajectory.

    Parameters
    ----------
    trajectory : frames with their cells and times.
    cutoffs : by default those of :data:`interfaces.aimd.cutoffs.CUTOFFS` for its elements.
    residence : time [fs] that a new state has to last before it counts; 0 or more.

    Returns
    -------
    BondHistory
        State of every pair that was ever bonded, and the bonds made and broken.

    Raises
    ------
    InputError
        If the residence time is negative, or two cut-offs are for one pair of elements.

    Examples
    --------
    Two sulfur atoms 3 A apart come to 2 A in the third frame, across the boundary of the cell:

    >>> places = [[[0.5, 0, 0], [9.5 - step, 0, 0]] for step in (2.0, 2.0, 1.0, 1.0, 1.0)]
    >>> run = Trajectory.of(["S", "S"], places, np.eye(3) * 10, [0, 100, 200, 300, 400])
    >>> history = bond_history(run)
    >>> history.new("S-S").tolist(), history.events[0].time
    ([0, 0, 1, 1, 1], 200.0)
    """
    if not residence >= 0:
        raise InputError(f"residence time {residence!r} fs; give 0 or more")
    chosen = cutoffs_for(trajectory.elements) if cutoffs is None else tuple(cutoffs)
    table = {frozenset(cutoff.pair): k for k, cutoff in enumerate(chosen)}
    if len(table) < len(chosen):
        raise InputError("two cut-offs are given for one pair of elements; give one")
    first, second, kinds, decided = _decisions(trajectory, chosen, table)
    bonded = np.empty(decided.shape, dtype=bool)
    for start in range(0, len(decided), BLOCK):
        bonded[start : start + BLOCK] = _held(decided[start : start + BLOCK])
    _debounce(bonded, decided > 0, trajectory.times, residence)
    ever = bonded.any(axis=1)
    between = None
    if trajectory.sides:
        sides = np.array(trajectory.sides)
        between = sides[first] != sides[second]
    return BondHistory(
        species=trajectory.species,
        times=trajectory.times,
        cutoffs=chosen,
        residence=float(residence),
        first=first[ever],
        second=second[ever],
        kinds=kinds[ever],
        bonded=bonded[ever],
        between=None if between is None else between[ever],
    )


def _decisions(
    trajectory: Trajectory, cutoffs: Sequence[Cutoff], table: dict[frozenset[str], int]
) -> tuple[Indices, Indices, Indices, NDArray[np.int8]]:
    """Pairs that were ever nearer than ``made``, and where they are in each frame.

    2 below ``made``, 1 below the middle, -1 above it, -2 above ``broken``.
    """
    elements = trajectory.elements
    lookup = np.array([[table.get(frozenset((a, b)), -1) for b in elements] for a in elements])
    codes = np.array([elements.index(name) for name in trajectory.species])
    made = np.array([cutoff.made for cutoff in cutoffs])
    middle = np.array([cutoff.middle for cutoff in cutoffs])
    broken = np.array([cutoff.broken for cutoff in cutoffs])
    atoms, frames = len(trajectory.species), len(trajectory)
    chunks = []
    reach = {cutoff.pair: cutoff.broken for cutoff in cutoffs}
    for near in nearest_pairs(trajectory, reach):
        apart = near.first != near.second
        kind = lookup[codes[near.first], codes[near.second]]
        seen = apart & (near.distances <= broken[kind, None]).any(axis=1)
        distances, kind = near.distances[seen], kind[seen, None]
        states = np.where(distances < middle[kind], np.int8(1), np.int8(-1))
        states += distances < made[kind]
        states -= distances > broken[kind]
        chunks.append((near.start, near.stop, near.first[seen] * atoms + near.second[seen], states))
    bonds = [keys[(states == 2).any(axis=1)] for _, _, keys, states in chunks]
    keys = np.unique(np.concatenate(bonds)) if bonds else np.empty(0, dtype=np.intp)
    # Pairs that are not listed in a chunk are farther apart than every cut-off there: broken.
    decided = np.full((len(keys), frames), -2, dtype=np.int8)
    for start, stop, pair_keys, states in chunks:
        rows = np.searchsorted(keys, pair_keys)
        known = rows < len(keys)
        known[known] = keys[rows[known]] == pair_keys[known]
        # several images of one pair: the nearest decides
        np.maximum.at(decided[:, start:stop], rows[known], states[known])
    first, second = keys // max(atoms, 1), keys % max(atoms, 1)
    return first, second, lookup[codes[first], codes[second]], decided


def _held(decided: NDArray[np.int8]) -> Flags:
    """The last decision before or at each frame; before any, the first that comes."""
    frames = np.arange(decided.shape[1])
    clear = np.abs(decided) == 2
    last = np.maximum.accumulate(np.where(clear, frames, -1), axis=1)
    begin = np.argmax(clear, axis=1)[:, None]
    return np.asarray(np.take_along_axis(decided, np.where(last < 0, begin, last), axis=1) > 0)


def _debounce(bonded: Flags, inside: Flags, times: NDArray[np.float64], residence: float) -> None:
    """Undo, in place, every state that did not last, or was not mostly on its own side."""
    for row, near in zip(bonded, inside, strict=True):
        starts = np.concatenate([[0], np.flatnonzero(row[1:] != row[:-1]) + 1])
        stops = np.concatenate([starts[1:], [len(row)]])
        agreed = np.add.reduceat((near == row).astype(np.int64), starts)
        lasted = times[np.minimum(stops, len(row) - 1)] - times[starts] >= residence
        lasting = starts[lasted & (2 * agreed >= stops - starts)]
        # where no state lasted, the one of most frames
        kept = row[lasting[0]] if len(lasting) else 2 * near.sum() > len(row)
        state = np.full(len(row), kept)
        for start in lasting:
            state[start:] = row[start]
        row[:] = state
