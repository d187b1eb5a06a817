"""Order of the pairs of a screen.

Pairs are never listed. Candidates with the same elements form a block with those of the other side.
Blocks are sorted by chemical system, and the number of a pair gives its block and place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interfaces.screening.pairs import Screen

Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Blocks:
    """Rectangles of pairs in order: candidates ``first[low_1:high_1]`` with ``second[...]``.

    ``begins`` (B + 1,) is the number of the first pair of each block, and of all pairs.
    """

    first: Index
    second: Index
    low_1: Index
    low_2: Index
    width: Index
    begins: Index

    @property
    def pairs(self) -> int:
        """Number of pairs of all blocks."""
        return int(self.begins[-1])

    @classmethod
    def of(cls, screen: Screen) -> Blocks:
        """Blocks by chemical system (elements as bits), then by the elements of each side.

        Parameters
        ----------
        screen : the candidates of both sides.
        """
        first, masks_1, low_1, high_1 = _groups(screen.masks[0])
        second, masks_2, low_2, high_2 = _groups(screen.masks[1])
        i, j = (
            grid.reshape(-1)
            for grid in np.meshgrid(np.arange(masks_1.size), np.arange(masks_2.size), indexing="ij")
        )
        order = np.lexsort((masks_2[j], masks_1[i], masks_1[i] | masks_2[j]))
        i, j = i[order], j[order]
        width = high_2[j] - low_2[j]
        sizes = (high_1[i] - low_1[i]) * width
        begins = np.concatenate(([0], np.cumsum(sizes)))
        return cls(first, second, low_1[i], low_2[j], width, begins)

    def take(self, low: int, high: int) -> tuple[Index, Index]:
        """Candidates of a range of pairs.

        Parameters
        ----------
        low, high : first pair, and the one after the last.

        Returns
        -------
        Indices of the first and of the second candidates.
        """
        numbers = np.arange(low, high)
        block = np.searchsorted(self.begins, numbers, side="right") - 1
        inside = numbers - self.begins[block]
        width = self.width[block]
        return (
            self.first[self.low_1[block] + inside // width],
            self.second[self.low_2[block] + inside % width],
        )


def _groups(masks: Index) -> tuple[Index, Index, Index, Index]:
    """Candidates sorted by elements, then name, and the range of each group."""
    order = np.argsort(masks, kind="stable")
    distinct, low, count = np.unique(masks[order], return_index=True, return_counts=True)
    return order, distinct, low, low + count
