"""Many pairs of reactants: arrays in, the two minima of every pair out.

What :func:`interfaces.mixing.mixing_curve` answers for one pair is computed here for all of them on
the stable phases of a set. Nothing raises for a pair: its error is a code, and a text for people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interfaces.errors import InterfaceError
from interfaces.formulas import Formula
from interfaces.mixing import Kink, mixing_curve
from interfaces.phases import ON_HULL, PhaseSet
from interfaces.reactants import Reactant
from interfaces.reservoir import OpenElement
from interfaces.screening.kernel import DOUBT, NOTHING_LEFT

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Columns:
    """The phases of a set as the kernel takes them, one per composition.

    ``fractions`` (S, E) of atoms over the elements of the set; ``energies`` (S,) [eV/atom];
    ``masks`` (S,) their elements as bits; ``references`` (E,) rows of the elements, -1 where the
    set has none; ``rows`` (S,) of the set; ``formulas`` (S,).
    """

    elements: tuple[str, ...]
    fractions: Array
    energies: Array
    masks: Index
    references: Index
    rows: Index
    formulas: tuple[Formula, ...]

    @classmethod
    def of(cls, phase_set: PhaseSet) -> Columns:
        """Columns of the lowest entry of each formula whose elements the set refers to."""
        known = [element for element in phase_set.elements if element in phase_set.references]
        pool = phase_set.pool(known)
        width = len(phase_set.elements)
        at = [phase_set.elements.index(element) for element in known]
        references = np.full(width, -1, dtype=np.int64)
        references[at] = pool.references
        fractions = np.ascontiguousarray(phase_set.fractions[pool.rows])
        return cls(
            phase_set.elements, fractions, pool.energies, presence(fractions), references,
            pool.rows, pool.formulas,
        )  # fmt: skip


def presence(fractions: Array) -> Index:
    """The elements of each composition as bits, shape (N,)."""
    bits = np.array([1 << column for column in range(fractions.shape[1])], dtype=np.int64)
    return np.asarray((fractions > 0) @ bits, dtype=np.int64)


def hull_energies(columns: Columns, fractions: Array) -> Array:
    """Hull energy [eV/atom] at many compositions, shape (N,); NaN where it was not found.

    Parameters
    ----------
    fractions : (N, E) of atoms over the elements of the columns; each present needs a reference.
    """
    from interfaces.compiled import compiled

    systems = presence(fractions)
    found = compiled()["hull_energies"](
        columns.fractions, columns.energies, columns.masks, columns.references,
        np.ascontiguousarray(fractions), systems, np.argsort(systems, kind="stable"),
    )  # fmt: skip
    return np.asarray(found)


def stable_phases(phase_set: PhaseSet) -> PhaseSet:
    """The entries that can take part in a closed or an open hull; the elements always do.

    A phase above the hull of its own elements is above it in every system that holds them, and open
    to an element as well, because what it falls into has its composition.

    Examples
    --------
    >>> phases = PhaseSet.from_rows(
    ...     [("a", "Li", 0.0), ("b", "O2", 0.0), ("c", "Li2O", -2.0), ("d", "LiO2", -0.9),
    ...      ("e", "Li2O", -1.9)], scheme="made up")
    >>> stable_phases(phases).ids
    ('a', 'b', 'c')
    """
    columns = Columns.of(phase_set)
    above = columns.energies - hull_energies(columns, columns.fractions)
    kept = ~(above > ON_HULL)  # what was not found is kept
    return phase_set.rows(columns.rows[kept])


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

    def over(self, elements: Sequence[str]) -> Side:
        """As arrays over the elements of a set."""
        fractions = np.zeros((len(self), len(elements)))
        column = {element: i for i, element in enumerate(elements)}
        for row, one in enumerate(self.reactants):
            if one is not None:
                total = float(one.formula.n_atoms)
                for element, amount in one.formula.amounts:
                    fractions[row, column[element]] = float(amount) / total
        return Side(
            fractions,
            np.array([0.0 if one is None else one.energy for one in self.reactants]),
            np.array([one is not None and one.joins_pool for one in self.reactants], dtype=bool),
            presence(fractions),
        )


@dataclass(frozen=True)
class Side:
    """Candidates as arrays: ``fractions`` (C, E), ``energies``, ``joins`` and ``masks`` (C,)."""

    fractions: Array
    energies: Array
    joins: NDArray[np.bool_]
    masks: Index


@dataclass(frozen=True)
class Minima:
    """Answers to P pairs; NaN and -1 where ``errors`` says why.

    ``mixing_fractions``, ``energies`` and ``energies_nonopen`` are (P, 2): lowest total, lowest
    mutual; share of atoms from the first reactant, [eV/atom of the mix], [eV per atom that is not
    open]. ``products`` (P, 2) and ``errors`` (P,) point into ``product_texts`` and
    ``error_texts``.
    """

    mixing_fractions: Array
    energies: Array
    energies_nonopen: Array
    products: NDArray[np.int32]
    product_texts: tuple[str, ...]
    errors: NDArray[np.int32]
    error_texts: tuple[str, ...]


class Screen:
    """Both sides of a screen against one set of stable phases.

    Parameters
    ----------
    stable : from :func:`stable_phases`.
    firsts, seconds : the reactants.
    top : keep so many products, the largest share of atoms first; 0 keeps all, compounds first.
    """

    def __init__(
        self, stable: PhaseSet, firsts: Candidates, seconds: Candidates, top: int = 0
    ) -> None:
        self.stable = stable
        self.firsts, self.seconds = firsts, seconds
        self.top = top
        self.columns = Columns.of(stable)
        self.first, self.second = firsts.over(stable.elements), seconds.over(stable.elements)
        sides = (*firsts.reactants, *seconds.reactants)
        formulas = [*self.columns.formulas, *(one.formula if one else _NONE for one in sides)]
        self._order = {
            row: (len(formula.elements) == 1, formula.text) for row, formula in enumerate(formulas)
        }

    def minima(
        self, first_of: Index, second_of: Index, open_element: OpenElement | None = None
    ) -> Minima:
        """Answer pairs, closed or open to an element.

        Parameters
        ----------
        first_of, second_of : (P,) which reactants.

        Notes
        -----
        Pairs are computed by chemical system, in an order of this function's own.
        """
        from interfaces.compiled import compiled

        opened, potential, bit = -1, 0.0, 0
        if open_element is not None:
            opened = self.stable.elements.index(open_element.symbol)
            potential, bit = open_element.chemical_potential, 1 << opened
        count = first_of.size
        told: dict[str, int] = {}
        errors = np.full(count, -1, dtype=np.int32)
        self._refuse(first_of, second_of, errors, told)
        systems = self.first.masks[first_of] | self.second.masks[second_of] | bit
        order = np.lexsort((first_of, second_of, systems))
        order = order[errors[order] < 0]
        distinct = np.unique(systems[order])
        widest = max((int(system).bit_count() for system in distinct), default=0)
        statuses = np.zeros(order.size, dtype=np.int8)
        shares = np.full((order.size, 2), np.nan)
        lowest = np.full((order.size, 2), np.nan)
        products = np.full((order.size, 2, widest), -1, dtype=np.int32)
        columns = self.columns
        compiled()["screen_pairs"](
            columns.fractions, columns.energies, columns.masks, columns.references,
            self.first.fractions, self.first.energies, self.first.joins,
            self.second.fractions, self.second.energies, self.second.joins,
            systems[order], first_of[order], second_of[order], opened, potential, self.top,
            statuses, shares, lowest, products,
        )  # fmt: skip
        for at in np.nonzero(statuses == NOTHING_LEFT)[0]:
            i, j = int(first_of[order[at]]), int(second_of[order[at]])
            pair = (self.firsts.reactants[i], self.seconds.reactants[j])
            own = next(one for one in pair if one and self._is_open(one, open_element))
            text = f"{own.formula} is open and has no share in the mix; ask for its uptake"
            errors[order[at]] = told.setdefault(text, len(told))
        codes, texts = self._named(products)
        codes[statuses != 0] = -1
        nonopen = np.full((count, 2), np.nan)
        fractions, energies = np.full((count, 2), np.nan), np.full((count, 2), np.nan)
        all_codes = np.full((count, 2), -1, dtype=np.int32)
        kept_1, kept_2 = self._kept(first_of[order], second_of[order], opened)
        atoms = shares / kept_1 + (1 - shares) / kept_2  # of the mix per atom that is not open
        fractions[order] = (shares / kept_1) / atoms
        energies[order] = lowest / atoms
        nonopen[order] = lowest
        all_codes[order] = codes
        found = Minima(fractions, energies, nonopen, all_codes, texts, errors, tuple(told))
        doubtful = order[statuses == DOUBT]
        if doubtful.size:
            found = self._one_by_one(found, first_of, second_of, doubtful, open_element)
        return found

    def _refuse(
        self, first_of: Index, second_of: Index, errors: NDArray[np.int32], told: dict[str, int]
    ) -> None:
        """Errors that are known before anything is computed."""
        for side, of in ((self.firsts, first_of), (self.seconds, second_of)):
            code = np.array(
                [told.setdefault(text, len(told)) if text else -1 for text in side.errors],
                dtype=np.int32,
            )[of]
            errors[:] = np.where((errors < 0) & (code >= 0), code, errors)
        # Equal compositions: a few pairs that are near in fractions, held against exact amounts.
        near = np.nonzero(
            (self.first.masks[first_of] == self.second.masks[second_of]) & (errors < 0)
        )[0]
        for start in range(0, near.size, 4096):
            some = near[start : start + 4096]
            apart = np.abs(
                self.first.fractions[first_of[some]] - self.second.fractions[second_of[some]]
            ).max(axis=1)
            for at in some[apart < 1e-6]:
                one = self.firsts.reactants[int(first_of[at])]
                other = self.seconds.reactants[int(second_of[at])]
                if one and other and one.formula.same_composition(other.formula):
                    text = (
                        f"both reactants are {one.formula.reduced}; a curve needs two compositions"
                    )
                    errors[at] = told.setdefault(text, len(told))

    def _kept(self, first_of: Index, second_of: Index, opened: int) -> tuple[Array, Array]:
        """Shares of the reactants' atoms that are not open, shapes (P, 1)."""
        if opened < 0:
            one = np.ones((first_of.size, 1))
            return one, one
        kept_1 = 1.0 - self.first.fractions[first_of, opened]
        kept_2 = 1.0 - self.second.fractions[second_of, opened]
        # A reactant that is all open is an error; 1 keeps its row free of division by zero.
        return (
            np.where(kept_1 > 0, kept_1, 1.0)[:, None],
            np.where(kept_2 > 0, kept_2, 1.0)[:, None],
        )

    def _is_open(self, one: Reactant, open_element: OpenElement | None) -> bool:
        return open_element is not None and set(one.formula.elements) == {open_element.symbol}

    def _named(self, products: NDArray[np.int32]) -> tuple[NDArray[np.int32], tuple[str, ...]]:
        """Products as texts, each distinct one written once: codes (P, 2) and the texts."""
        count, _, width = products.shape
        flat = products.reshape(2 * count, width)
        first, inverse = _distinct_rows(flat)
        texts: list[str] = []
        for row in first:
            members = [int(phase) for phase in flat[row] if phase >= 0]
            if not self.top:
                members.sort(key=self._order.__getitem__)
            texts.append(" + ".join(self._order[phase][1] for phase in members))
        return inverse.reshape(count, 2).astype(np.int32), tuple(texts)

    def _one_by_one(
        self, found: Minima, first_of: Index, second_of: Index, pairs: Index,
        open_element: OpenElement | None,
    ) -> Minima:  # fmt: skip
        """Pairs that the short way left, by the curve itself."""
        products = {text: code for code, text in enumerate(found.product_texts)}
        told = {text: code for code, text in enumerate(found.error_texts)}
        for at in pairs:
            one = self.firsts.reactants[int(first_of[at])]
            other = self.seconds.reactants[int(second_of[at])]
            assert one is not None  # others never reach the kernel
            assert other is not None
            try:
                curve = mixing_curve(
                    self.stable, one, other, open_elements=[open_element] if open_element else []
                )
            except InterfaceError as error:
                found.errors[at] = told.setdefault(str(error), len(told))
                continue
            kinks = (curve.minimum_total, curve.minimum_mutual)
            for side, (kink, energy) in enumerate(
                zip(kinks, (kinks[0].total, kinks[1].mutual), strict=True)
            ):
                found.mixing_fractions[at, side] = kink.mixing_fraction
                found.energies[at, side] = energy
                found.energies_nonopen[at, side] = energy / kink.nonopen_share
                text = _text(kink, self.top)
                found.products[at, side] = products.setdefault(text, len(products))
        return Minima(
            found.mixing_fractions, found.energies, found.energies_nonopen, found.products,
            tuple(products), found.errors, tuple(told),
        )  # fmt: skip


_NONE = Formula("", (("", 1),))  #: holds the place of a reactant that failed


def _text(kink: Kink, top: int) -> str:
    """Products of a kink as the table writes them."""
    amounts: dict[str, Any] = {
        name: float(Formula.parse(name).n_atoms) * amount for name, amount in kink.products.items()
    }
    names = list(amounts)
    if top:
        names = sorted(names, key=lambda name: -amounts[name])[:top]
    return " + ".join(names)


def _distinct_rows(rows: NDArray[np.int32]) -> tuple[Index, Index]:
    """First occurrence of each distinct row, and which of them every row is."""
    keys = np.zeros(rows.shape[0], dtype=np.uint64)
    for column in rows.T:
        keys = (keys ^ column.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        keys ^= keys >> np.uint64(29)
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    if not (rows[first[inverse]] == rows).all():  # two rows of one key: the long way
        _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return np.asarray(first), np.asarray(inverse).reshape(-1)
