"""One side of a screen: reactants with an energy, and errors of those without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interfaces.phases.reactants import Reactant
from interfaces.screening.kernel import Reactants


@dataclass(frozen=True)
class Candidates:
    """One side of a screen.

    ``reactants`` have an energy on the scale of the set, or are None where ``errors`` gives
    why; ``names`` are what rows of the result say.
    """

    names: tuple[str, ...]
    reactants: tuple[Reactant | None, ...]
    errors: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def over(self, elements: Sequence[str], label: int) -> Reactants:
        """As arrays over the elements of a set; zeros where there is no reactant.

        Parameters
        ----------
        elements : columns of the arrays.
        label : offset of the reactants' indices among the products.

        Returns
        -------
        Reactants
            Fractions, energies and flags of the reactants as arrays.
        """
        fractions = np.zeros((len(self), len(elements)))
        column = {element: i for i, element in enumerate(elements)}
        for row, reactant in enumerate(self.reactants):
            if reactant is not None:
                total = float(reactant.formula.n_atoms)
                for element, amount in reactant.formula.amounts:
                    fractions[row, column[element]] = float(amount) / total
        return Reactants(
            fractions,
            np.array([0.0 if reactant is None else reactant.energy for reactant in self.reactants]),
            np.array(
                [reactant is not None and reactant.joins_pool for reactant in self.reactants],
                dtype=bool,
            ),
            label,
        )
