r"""``Pool``: candidate phases of a chemical system as columns of a linear programme.

In a closed system a column holds the atomic fractions of a phase and its formation energy per atom.
In a system open to elements at fixed chemical potentials, the rows of these elements drop out and
the energy is the grand potential per atom that is not open,

.. math:: \varphi_j = (E_j - \sum_k \mu_k n_{jk}) / n_j^\mathrm{non},

``exchange`` keeps the :math:`n_{jk} / n_j^\mathrm{non}`, so that the voltage can be varied later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import nextafter

import numpy as np
from numpy.typing import NDArray

from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.reactions import Reaction
from interfaces.errors import ReactantError, ReservoirError, SolverError
from interfaces.phases.reservoirs import OpenElement
from interfaces.solver.simplex import OK, UNSOUND, minimum_energy

Array = NDArray[np.float64]

ALL_OPEN = 1e-9  #: atom fraction; a phase with less that is not open is made of open elements only
RUNAWAY = (
    1e-9  #: eV/atom; a phase of open elements only with a lower grand potential grows without end
)


TOO_NEAR = (
    "candidates lie too near one line of compositions for double precision; leave out those with "
    "traces of an element or write nearly equal compositions alike"
)


@contextmanager
def solving(task: str) -> Iterator[None]:
    """Turn a singular basis into a :class:`SolverError` that names the calculation.

    Parameters
    ----------
    task : calculation, for the error message.

    Yields
    ------
    None

    Raises
    ------
    SolverError
        For phases whose compositions are too close for double precision.
    """
    try:
        yield
    except np.linalg.LinAlgError:
        raise SolverError(f"{task} not found: {TOO_NEAR}") from None


def check_solved(status: int, task: str, ended: str = "not found") -> None:
    """Raise unless the linear programme reached its optimum.

    Parameters
    ----------
    status : status code of the solver.
    task : calculation, for the error message.
    ended : how it ended, for the error message.

    Raises
    ------
    SolverError
        For every status but ``OK``: double precision did not do, or it is a fault of ours.
    """
    if status == UNSOUND:
        raise SolverError(f"{task} not found: {TOO_NEAR}")
    if status != OK:
        raise SolverError(f"{task} {ended} (status {status}); please report it")


def kept_share(formula: Formula, open_elements: Sequence[OpenElement]) -> float:
    """Share of a formula's atoms that are not open.

    Parameters
    ----------
    formula : compound.
    open_elements : elements exchanged with a reservoir at a fixed chemical potential.

    Returns
    -------
    float
        Share of non-open atoms, 0 to 1.
    """
    crossing = {element.symbol for element in open_elements}
    kept = sum(amount for element, amount in formula.amounts if element not in crossing)
    return float(kept / formula.n_atoms)


def carried_atoms(formula: Formula, open_elements: Sequence[OpenElement]) -> Array:
    """Atoms of each open element per atom of a formula that is not open, shape (k,).

    Parameters
    ----------
    formula : compound.
    open_elements : elements exchanged with a reservoir at a fixed chemical potential.

    Returns
    -------
    Array
        Open atoms per non-open atom, shape (k,).
    """
    amounts = np.array([float(formula.get(element.symbol)) for element in open_elements])
    return np.asarray(amounts / (kept_share(formula, open_elements) * float(formula.n_atoms)))


def grand_potential(formula: Formula, energy: float, open_elements: Sequence[OpenElement]) -> float:
    """Grand potential [eV per non-open atom] of a formula of ``energy`` [eV/atom].

    Parameters
    ----------
    formula : compound.
    energy : formation energy [eV/atom].
    open_elements : elements exchanged with a reservoir at a fixed chemical potential.

    Returns
    -------
    float
        Grand potential [eV per non-open atom].
    """
    if not open_elements:
        return energy
    mu = np.array([element.chemical_potential for element in open_elements])
    carried = carried_atoms(formula, open_elements)
    return energy / kept_share(formula, open_elements) - float(carried @ mu)


@dataclass(frozen=True)
class Pool:
    """Candidate phases as columns of a linear programme.

    ``elements`` (d) that are not open; ``phases`` (N, d) fractions over them; ``energies`` (N,)
    [eV per non-open atom]; ``references`` (d,) columns of the elements themselves; ``formulas`` one
    per column; ``rows`` of the phase set behind the first columns; ``open_elements`` (k) and
    ``exchange`` (N, k) their atoms per non-open atom.
    """

    elements: tuple[str, ...]
    phases: Array
    energies: Array
    references: NDArray[np.int64]
    formulas: tuple[Formula, ...]
    rows: NDArray[np.int64]
    open_elements: tuple[OpenElement, ...] = ()
    exchange: Array | None = None
    floor: float = 0.0  #: V; below it a phase of open elements only would grow without end

    def opened(self, open_elements: Sequence[OpenElement], *, varies: bool = False) -> Pool:
        """The closed pool, open to elements at their chemical potentials.

        Parameters
        ----------
        open_elements : elements exchanged with a reservoir at a fixed chemical potential.
        varies : the first element is a carrier, given at 0 V, whose voltage is varied later;
            ``floor`` is then the lowest voltage at which the reservoirs are compatible.

        Returns
        -------
        Pool
            Candidates over the elements that are not open.

        Raises
        ------
        ReservoirError
            If the reservoirs alone form a phase without end (Li2O from Li and O2), or every
            element is open.
        """
        columns = [self.elements.index(element.symbol) for element in open_elements]
        rest = [i for i in range(len(self.elements)) if i not in columns]
        if not rest:
            raise ReservoirError(
                f"every element ({'-'.join(self.elements)}) is open; leave one closed"
            )
        kept = self.phases[:, rest].sum(axis=1)
        potentials = np.array([element.chemical_potential for element in open_elements])
        gains = self.energies - self.phases[:, columns] @ potentials
        # Phases of open elements only have no atom to be referred to. They are dropped, unless one
        # would grow without limit: then there is no equilibrium at these potentials.
        closed = kept > ALL_OPEN
        alone = ~closed & (gains < -RUNAWAY)
        floor = 0.0
        if varies:
            # Such a phase with the carrier becomes harmless at a higher voltage: raise the floor.
            charges = self.phases[:, columns[0]] * open_elements[0].charge
            carrying = alone & (charges > ALL_OPEN)
            floor = float((-gains[carrying] / charges[carrying]).max(initial=0.0))
            alone &= ~carrying
        runaway = np.nonzero(alone)[0]
        if runaway.size:
            worst = runaway[np.argmin(gains[runaway])]
            conditions = " and ".join(str(element) for element in open_elements)
            raise ReservoirError(
                f"{conditions}: {self.formulas[worst]} grows from the reservoirs without end "
                f"({gains[worst]:.3f} eV/atom); raise the voltage or lower the potential"
            )
        number = np.cumsum(closed) - 1
        at = np.nonzero(closed)[0]
        return Pool(
            elements=tuple(self.elements[i] for i in rest),
            phases=np.ascontiguousarray(self.phases[at][:, rest] / kept[at, None]),
            energies=gains[at] / kept[at],
            references=number[self.references[rest]],
            formulas=tuple(self.formulas[i] for i in at),
            rows=self.rows[at[at < len(self.rows)]],
            open_elements=tuple(open_elements),
            exchange=self.phases[at][:, columns] / kept[at, None],
            floor=floor,
        )

    def composition(self, formula: Formula) -> Array:
        """Fractions of a formula over the elements that are not open, shape (d,).

        Parameters
        ----------
        formula : compound.

        Returns
        -------
        Array
            Atomic fractions, shape (d,).
        """
        amounts = np.array([float(formula.get(element)) for element in self.elements])
        return np.asarray(amounts / amounts.sum())

    def kept(self, formula: Formula) -> float:
        """Share of a formula's atoms that are not open; 1 in a closed pool.

        Parameters
        ----------
        formula : compound.

        Returns
        -------
        float
            Share of non-open atoms, 0 to 1.
        """
        return kept_share(formula, self.open_elements)

    def carried(self, formula: Formula) -> Array:
        """Atoms of each open element per atom that is not open, shape (k,).

        Parameters
        ----------
        formula : compound.

        Returns
        -------
        Array
            Open atoms per non-open atom, shape (k,).
        """
        return carried_atoms(formula, self.open_elements)

    def potential(self, formula: Formula, energy: float) -> float:
        """Grand potential [eV per non-open atom] of a formula of ``energy`` [eV/atom].

        Parameters
        ----------
        formula : compound.
        energy : formation energy [eV/atom].

        Returns
        -------
        float
            Grand potential [eV per non-open atom].
        """
        return grand_potential(formula, energy, self.open_elements)

    def present(self, basis: NDArray[np.int64], amounts: Array, least: float) -> list[Formula]:
        """Phases of a basis of which there is more than ``least``; compounds first.

        Parameters
        ----------
        basis : (d,) indices of the phases.
        amounts : (d,) non-open atoms of each phase per non-open atom of the mix.
        least : threshold on these amounts.

        Returns
        -------
        list[Formula]
            Formulas, compounds before elements.
        """
        there = [
            self.formulas[int(column)]
            for column, amount in zip(basis, amounts, strict=True)
            if amount > least
        ]
        return sorted(there, key=lambda formula: (len(formula.elements) == 1, formula.text))

    def reaction(
        self,
        reactants: Sequence[Formula],
        basis: NDArray[np.int64],
        amounts: Array,
        least: float,
        fraction: float = 1.0,
        elements: Sequence[str] | None = None,
        exchanged: Sequence[Formula] = (),
    ) -> Reaction:
        """The balanced reaction into phases of a basis with more than ``least`` of the atoms.

        Compositions that nearly agree balance only if phases below the threshold take up the
        difference: then smaller amounts take part, the largest of them first.

        Parameters
        ----------
        reactants : formulas on the left.
        basis : (d,) indices of the phases.
        amounts : (d,) non-open atoms of each phase per non-open atom of the mix.
        least : threshold on these amounts.
        fraction : share of atoms from the first reactant.
        elements : to be balanced; by default those of the reactants and products.
        exchanged : formulas in which open elements are exchanged, e.g. Li or O2.

        Returns
        -------
        Reaction
            Balanced reaction with exact coefficients.

        Raises
        ------
        ReactantError
            If nothing balances with amounts above zero.
        """
        present = self.present(basis, amounts, least)
        try:
            return Reaction.balance(reactants, present, fraction, elements, exchanged)
        except ReactantError:
            # Admit the phases below the threshold one by one, so that as few as possible appear.
            for amount in sorted((float(a) for a in amounts if a <= least), reverse=True):
                more = self.present(basis, amounts, nextafter(amount, -1.0))
                try:
                    reaction = Reaction.balance(reactants, more, fraction, elements, exchanged)
                except ReactantError:
                    continue
                if all(value > 0 for _, value in (*reaction.reactants, *reaction.products)):
                    return reaction
            raise ReactantError(
                f"{' + '.join(map(str, reactants))} -> {' + '.join(map(str, present))} does not "
                f"balance: compositions agree to {least:g} of the atoms but not exactly; write "
                "them alike"
            ) from None

    @property
    def tilts(self) -> Array:
        """Change of each energy with the voltage of the first open element, shape (N,) [e/atom]."""
        if self.exchange is None:
            return np.zeros(self.energies.size)
        return np.ascontiguousarray(self.exchange[:, 0] * self.open_elements[0].charge)

    def joined_by(self, formula: Formula, energy: float) -> Pool:
        """The pool with one more candidate, of formation energy ``energy`` [eV/atom].

        Parameters
        ----------
        formula : compound.
        energy : formation energy [eV/atom].

        Returns
        -------
        Pool
            The pool with one more column.
        """
        exchange = None
        if self.exchange is not None:
            exchange = np.vstack([self.exchange, self.carried(formula)])
        return replace(
            self,
            phases=np.vstack([self.phases, self.composition(formula)]),
            energies=np.append(self.energies, self.potential(formula, energy)),
            formulas=(*self.formulas, formula),
            exchange=exchange,
        )

    def hull(self, formula: Formula) -> tuple[float, NDArray[np.int64], Array]:
        """Hull energy [eV per non-open atom], basis and amounts at a composition.

        Parameters
        ----------
        formula : composition.

        Returns
        -------
        tuple[float, NDArray[np.int64], Array]
            Energy [eV per non-open atom], basis (d,) and amounts (d,).
        """
        with solving(f"hull of {formula}"):
            status, energy, basis, amounts = minimum_energy(
                self.phases, self.energies, self.references, self.composition(formula)
            )
        check_solved(status, f"hull of {formula}")
        return energy, basis, amounts
