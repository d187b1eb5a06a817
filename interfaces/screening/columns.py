"""Arrays of the stable phases of a set, for the loop over pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.formulas import Formula
from interfaces.phases.phase_set import ON_HULL, PhaseSet
from interfaces.screening.tableau import Phases

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Columns:
    """The phases of a set over its ``elements``, one per composition.

    ``phases`` are the arrays, ``rows`` (S,) the rows of the set, ``formulas`` (S,).
    """

    elements: tuple[str, ...]
    phases: Phases
    rows: Index
    formulas: tuple[Formula, ...]

    @classmethod
    def of(cls, phase_set: PhaseSet) -> Columns:
        """Columns of the lowest entry of each formula whose elements the set refers to.

        Parameters
        ----------
        phase_set : energies of the candidate products [eV/atom].

        Returns
        -------
        Columns
            Arrays of the stable phases.
        """
        known = [element for element in phase_set.elements if element in phase_set.references]
        pool = phase_set.pool(known)
        references = np.full(len(phase_set.elements), -1, dtype=np.int64)
        references[[phase_set.elements.index(element) for element in known]] = pool.references
        fractions = np.ascontiguousarray(phase_set.fractions[pool.rows])
        phases = Phases(fractions, pool.energies, presence(fractions), references)
        return cls(phase_set.elements, phases, pool.rows, pool.formulas)


def presence(fractions: Array) -> Index:
    """The elements of each composition as bits, shape (N,).

    Parameters
    ----------
    fractions : (N, E) atomic fractions.

    Returns
    -------
    Index
        Bit masks, shape (N,).
    """
    bits = np.array([1 << column for column in range(fractions.shape[1])], dtype=np.int64)
    return np.asarray((fractions > 0) @ bits, dtype=np.int64)


def hull_energies(columns: Columns, fractions: Array) -> Array:
    """Hull energy [eV/atom] at many compositions, shape (N,); NaN where it was not found.

    Parameters
    ----------
    fractions : (N, E) of atoms over the elements of the columns; each present needs a reference.

    Returns
    -------
    Array
        Hull energies [eV/atom], shape (N,).
    """
    from interfaces.screening.numba_cache import loop

    masks = presence(fractions)
    order = np.argsort(masks, kind="stable")
    hulls = loop("hull_energies", order.size)(
        columns.phases, np.ascontiguousarray(fractions), masks, order
    )
    return np.asarray(hulls)


def stable_phases(phase_set: PhaseSet) -> PhaseSet:
    """The entries that can take part in a closed or an open hull; the elements always do.

    A phase above the hull of its own elements is above it in every system that holds them, and open
    to an element as well, because its decomposition products have the same composition.

    Parameters
    ----------
    phase_set : energies of the candidate products [eV/atom].

    Returns
    -------
    PhaseSet
        The set without entries above the hull.

    Examples
    --------
    >>> phases = PhaseSet.from_rows(
    ...     [("a", "Li", 0.0), ("b", "O2", 0.0), ("c", "Li2O", -2.0), ("d", "LiO2", -0.9),
    ...      ("e", "Li2O", -1.9)], scheme="made up")
    >>> stable_phases(phases).ids
    ('a', 'b', 'c')
    """
    columns = Columns.of(phase_set)
    above = columns.phases.energies - hull_energies(columns, columns.phases.fractions)
    kept = ~(above > ON_HULL)  # what was not found is kept
    return phase_set.rows(columns.rows[kept])
