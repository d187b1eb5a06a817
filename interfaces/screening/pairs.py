"""Minima of the mixing curves of many pairs of reactants.

The results equal those of :func:`interfaces.reactivity.mixing_curve.mixing_curve` for each pair, on
the stable phases of a set. An error of a pair is recorded as a code and a message, not raised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.formulas import Formula
from interfaces.errors import InterfaceError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from interfaces.phases.reservoirs import OpenElement
from interfaces.reactivity.mixing_curve import Kink, mixing_curve
from interfaces.screening.candidates import Candidates
from interfaces.screening.columns import Columns, presence
from interfaces.screening.kernel import DOUBT, NOTHING_LEFT, Answers, Pairs, Reactants
from interfaces.screening.tableau import Opened
from interfaces.serialisable import Serialisable

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Codes = NDArray[np.int32]
Number = TypeVar("Number", bound=np.generic)

NEAR = 1e-6  #: atom fractions; compositions this close are held against each other exactly


@dataclass(frozen=True, eq=False)
class Minima(Serialisable):
    """Results of P pairs; NaN and -1 where ``errors`` has a code.

    ``mixing_fractions``, ``energies`` and ``energies_nonopen`` are (P, 2): lowest total, lowest
    mutual; share of atoms from the first reactant, [eV/atom of the mix], [eV per atom that is not
    open]. ``products`` (P, 2) and ``errors`` (P,) point into ``product_texts`` and
    ``error_texts``.
    """

    mixing_fractions: Array
    energies: Array
    energies_nonopen: Array
    products: Codes
    product_texts: tuple[str, ...]
    errors: Codes
    error_texts: tuple[str, ...]


@dataclass
class Texts:
    """Texts numbered as they come, each once."""

    codes: dict[str, int] = field(default_factory=dict)

    def code(self, label: str) -> int:
        """The number of a text.

        Parameters
        ----------
        label : string to be stored once.

        Returns
        -------
        int
            Index of the string.
        """
        return self.codes.setdefault(label, len(self.codes))


class Screen:
    """Both sides of a screen against one set of stable phases.

    Parameters
    ----------
    stable : from :func:`interfaces.screening.columns.stable_phases`.
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
        size = len(self.columns.formulas)
        self.first = firsts.over(stable.elements, size)
        self.second = seconds.over(stable.elements, size + len(firsts))

    @cached_property
    def masks(self) -> tuple[Index, Index]:
        """Elements of the reactants of both sides, as bits."""
        return presence(self.first.fractions), presence(self.second.fractions)

    def minima(
        self, first_of: Index, second_of: Index, open_element: OpenElement | None = None
    ) -> Minima:
        """Answer pairs, closed or open to an element.

        Parameters
        ----------
        first_of, second_of : (P,) which reactants.
        open_element : element exchanged with a reservoir at a fixed chemical potential.

        Returns
        -------
        Minima
            Both minima of every pair.

        Notes
        -----
        Pairs are computed by chemical system, in an order of this function's own.
        """
        from interfaces.screening.numba_cache import loop

        opened, bit = Opened(-1, 0.0), 0
        if open_element is not None:
            column = self.stable.elements.index(open_element.symbol)
            opened, bit = Opened(column, open_element.chemical_potential), 1 << column
        error_texts, named = Texts(), Texts()
        errors = self._refused(first_of, second_of, error_texts)
        systems = self.masks[0][first_of] | self.masks[1][second_of] | bit
        # Pairs of one system, and in it of one second reactant, share the starting basis.
        order = np.lexsort((first_of, second_of, systems))
        order = order[errors[order] < 0]
        pairs = Pairs(systems[order], first_of[order], second_of[order])
        answers = _unanswered(pairs)
        loop("screen_pairs", len(self.firsts) * len(self.seconds))(
            self.columns.phases, self.first, self.second, pairs, opened, self.top, answers
        )
        for at in np.nonzero(answers.statuses == NOTHING_LEFT)[0]:
            errors[order[at]] = error_texts.code(self._nothing_left(pairs, int(at), open_element))
        products = self._named(answers.products, named)
        products[answers.statuses != 0] = -1
        # From shares of the atoms that are not open to shares of all.
        kept_1 = _kept(self.first, pairs.first, opened)
        kept_2 = _kept(self.second, pairs.second, opened)
        atoms = answers.fractions / kept_1 + (1 - answers.fractions) / kept_2
        minima = Minima(
            mixing_fractions=_spread(
                answers.fractions / kept_1 / atoms, order, first_of.size, np.nan
            ),
            energies=_spread(answers.minima / atoms, order, first_of.size, np.nan),
            energies_nonopen=_spread(answers.minima, order, first_of.size, np.nan),
            products=_spread(products, order, first_of.size, -1),
            product_texts=(),
            errors=errors,
            error_texts=(),
        )
        # Few pairs: those where double precision was not enough for the fast loop.
        for at in order[answers.statuses == DOUBT]:
            reactant_1, reactant_2 = self._pair(int(first_of[at]), int(second_of[at]))
            self._by_its_curve(
                minima, int(at), reactant_1, reactant_2, open_element, named, error_texts
            )
        return Minima(
            mixing_fractions=minima.mixing_fractions,
            energies=minima.energies,
            energies_nonopen=minima.energies_nonopen,
            products=minima.products,
            product_texts=tuple(named.codes),
            errors=minima.errors,
            error_texts=tuple(error_texts.codes),
        )

    def _pair(self, first: int, second: int) -> tuple[Reactant, Reactant]:
        reactant_1, reactant_2 = self.firsts.reactants[first], self.seconds.reactants[second]
        assert reactant_1 is not None  # others never reach the loop
        assert reactant_2 is not None
        return reactant_1, reactant_2

    def _refused(self, first_of: Index, second_of: Index, error_texts: Texts) -> Codes:
        """Errors that are known before anything is computed; -1 where there is none."""
        errors = np.full(first_of.size, -1, dtype=np.int32)
        for side, of in ((self.firsts, first_of), (self.seconds, second_of)):
            codes = [error_texts.code(message) if message else -1 for message in side.errors]
            code = np.array(codes, dtype=np.int32)[of]
            errors = np.where(errors < 0, code, errors)
        # Equal compositions: a few pairs that are near in fractions, held against exact amounts.
        alike = self.masks[0][first_of] == self.masks[1][second_of]
        near = np.nonzero(alike & (errors < 0))[0]
        for some in np.array_split(near, near.size // 4096 + 1):  # bounds the memory
            fractions = self.first.fractions[first_of[some]], self.second.fractions[second_of[some]]
            for at in some[np.abs(fractions[0] - fractions[1]).max(axis=1, initial=0) < NEAR]:
                reactant_1, reactant_2 = self._pair(int(first_of[at]), int(second_of[at]))
                if reactant_1.formula.same_composition(reactant_2.formula):
                    errors[at] = error_texts.code(
                        f"both reactants are {reactant_1.formula.reduced}; "
                        "a curve needs two compositions"
                    )
        return errors

    def _nothing_left(self, pairs: Pairs, at: int, open_element: OpenElement | None) -> str:
        """Message: which reactant of a pair consists of the open element."""
        assert open_element is not None  # nothing else leaves nothing
        both = self._pair(int(pairs.first[at]), int(pairs.second[at]))
        own = next(
            reactant for reactant in both if set(reactant.formula.elements) == {open_element.symbol}
        )
        return f"{own.formula} is open and has no share in the mix; compute its uptake"

    @cached_property
    def _order(self) -> tuple[tuple[bool, str], ...]:
        """Row of a product -> its place among others, compounds first, and its formula."""
        sides = (*self.firsts.reactants, *self.seconds.reactants)
        formulas = [
            *self.columns.formulas,
            *(reactant.formula if reactant else _NONE for reactant in sides),
        ]
        return tuple((len(formula.elements) == 1, formula.text) for formula in formulas)

    def _named(self, products: Codes, named: Texts) -> Codes:
        """Products (P, 2, W) as codes of texts, shape (P, 2)."""
        count, _, width = products.shape
        flat = products.reshape(2 * count, width)
        first, inverse = _distinct_rows(flat)
        codes = np.zeros(first.size, dtype=np.int32)
        for k, row in enumerate(first):
            members = [int(phase) for phase in flat[row] if phase >= 0]
            if not self.top:
                members.sort(key=self._order.__getitem__)
            codes[k] = named.code(" + ".join(self._order[phase][1] for phase in members))
        return codes[inverse].reshape(count, 2)

    def _by_its_curve(
        self, minima: Minima, at: int, reactant_1: Reactant, reactant_2: Reactant,
        open_element: OpenElement | None, named: Texts, error_texts: Texts,
    ) -> None:  # fmt: skip
        """A pair that the short way left, by the curve itself; written into ``found``."""
        opened: Sequence[OpenElement] = [open_element] if open_element else []
        try:
            curve = mixing_curve(self.stable, reactant_1, reactant_2, open_elements=opened)
        except InterfaceError as error:
            minima.errors[at] = error_texts.code(str(error))
            return
        total, mutual = curve.minimum_total, curve.minimum_mutual
        for side, kink, energy in ((0, total, total.total), (1, mutual, mutual.mutual)):
            minima.mixing_fractions[at, side] = kink.mixing_fraction
            minima.energies[at, side] = energy
            minima.energies_nonopen[at, side] = energy / kink.nonopen_share
            minima.products[at, side] = named.code(_text(kink, self.top))


_NONE = Formula("", (("", 1),))  #: holds the place of a reactant that failed


def _unanswered(pairs: Pairs) -> Answers:
    count = pairs.systems.size
    widest = max((int(mask).bit_count() for mask in np.unique(pairs.systems)), default=0)
    return Answers(
        np.zeros(count, dtype=np.int8),
        np.full((count, 2), np.nan),
        np.full((count, 2), np.nan),
        np.full((count, 2, widest), -1, dtype=np.int32),
    )


def _kept(side: Reactants, of: Index, opened: Opened) -> Array:
    """Share of each reactant's atoms that is not open, shape (P, 1)."""
    if opened.column < 0:
        return np.ones((of.size, 1))
    kept = 1.0 - side.fractions[of, opened.column]
    # A reactant that is all open is an error; 1 keeps its row free of division by zero.
    return np.asarray(np.where(kept > 0, kept, 1.0)[:, None])


def _spread(values: NDArray[Number], order: Index, count: int, nothing: float) -> NDArray[Number]:
    """Rows put where they belong among ``count``, ``nothing`` elsewhere."""
    whole = np.full((count, *values.shape[1:]), nothing, dtype=values.dtype)
    whole[order] = values
    return whole


def _text(kink: Kink, top: int) -> str:
    """Products of a kink as the table writes them."""
    amounts = {
        name: float(Formula.parse(name).n_atoms) * amount for name, amount in kink.products.items()
    }
    names = list(amounts)
    if top:
        names = sorted(names, key=lambda name: -amounts[name])[:top]
    return " + ".join(names)


def _distinct_rows(rows: Codes) -> tuple[Index, Index]:
    """First occurrence of each distinct row, and which of them every row is."""
    keys = np.zeros(rows.shape[0], dtype=np.uint64)
    for column in rows.T:
        keys = (keys ^ column.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        keys ^= keys >> np.uint64(29)
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    if not (rows[first[inverse]] == rows).all():  # two rows of one key: the long way
        _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return np.asarray(first), np.asarray(inverse).reshape(-1)
