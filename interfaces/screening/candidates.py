"""One side of a screen: reactants that were placed, and those that could not be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interfaces.phases.reactants import Reactant
from interfaces.screening.kernel import Reactants


@dataclass(frozen=True)
class Candidates:
    """One side of a screen.

    ``reactants`` are placed on the scale of the set, or None where that failed and ``errors`` says
    why; ``names`` are what rows of the result say.
    """

    names: tuple[str, ...]
    reactants: tuple[Reactant | None, ...]
    errors: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def over(self, elements: Sequence[str], label: int) -> Reactants:
        """As arrays over the elements of a set; zeros where there is no reactant."""
        fractions = np.zeros((len(self), len(elements)))
        column = {element: i for i, element in enumerate(elements)}
        for row, one in enumerate(self.reactants):
            if one is not None:
                total = float(one.formula.n_atoms)
                for element, amount in one.formula.amounts:
                    fractions[row, column[element]] = float(amount) / total
        return Reactants(
            fractions,
            np.array([0.0 if one is None else one.energy for one in self.reactants]),
            np.array([one is not None and one.joins_pool for one in self.reactants], dtype=bool),
            label,
        )
