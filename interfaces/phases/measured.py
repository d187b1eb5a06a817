r"""Measured formation enthalpies in place of computed ones, for molecules and oxyanion salts.

The measured enthalpy at 298.15 K, from the elements in their standard states, is the formation
energy of a set without a temperature: the corrections of MaterialsProject2020 were fitted to such
enthalpies (doi 10.1038/s41598-021-94550-5). At a temperature a measured phase has

.. math:: \Delta_f G(T) = \Delta_f H + C_p (T - T_0) - T (S + C_p \ln(T / T_0))
    - \textstyle\sum_i n_i g_i(T)

with constant heat capacity and the Gibbs energies g of the elements of
:mod:`interfaces.phases.gibbs`. Salts without a measurement are shifted per group, by the mean over
the measured salts of the set. What has neither is left out of the products: beside corrected phases
it would win by its error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log, sqrt
from typing import Literal

import numpy as np

from interfaces.chemistry.charges import GROUPS, groups_in, overbound
from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.units import KJ_PER_MOL
from interfaces.errors import PhaseSetError
from interfaces.phases.gibbs import Rows, element_energies, gas_rows
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reservoirs import ROOM
from interfaces.phases.schemes import CorrectedPhase
from interfaces.serialisable import Serialisable

#: kJ/mol per formula unit; error of an enthalpy whose source states none. Tables of one substance
#: (CRC, ATcT, JANAF, WebBook in ``chemicals``) differ by less than 2.7 kJ/mol in 80 % of 200 pairs.
UNSTATED = 2.1
FITTED = "fitted "  #: begins the source of a salt that was shifted by its groups
SCHEME_MARK = ", measured molecules and oxyanion salts"  #: at the end of the name of the scheme


@dataclass(frozen=True)
class MeasuredPhase(Serialisable):
    """One phase of a substance; molar values per formula unit as written.

    Attributes
    ----------
    phase : at 298.15 K.
    standard : whether it is the stable one at 298.15 K and 1 bar.
    enthalpy, uncertainty : formation enthalpy at 298.15 K [kJ/mol] and what the source states.
    source : table of the enthalpy.
    entropy, heat_capacity : [J/mol/K], or None.
    """

    phase: Literal["solid", "liquid", "gas"]
    standard: bool
    enthalpy: float
    uncertainty: float | None
    source: str
    entropy: float | None = None
    heat_capacity: float | None = None

    def gibbs(self, temperature: float) -> float | None:
        """Enthalpy, and from 298.15 K minus T S with constant heat capacity [eV per formula].

        Parameters
        ----------
        temperature : [K]; 0 gives the enthalpy.

        Returns
        -------
        float | None
            None where the entropy, or the heat capacity away from 298.15 K, is not known.

        Examples
        --------
        >>> phase = MeasuredPhase("solid", True, -96.48533212331, None, "made up", 100.0, 50.0)
        >>> round(phase.gibbs(0), 6), round(phase.gibbs(298.15), 4), round(phase.gibbs(600), 4)
        (-1.0, -1.309, -1.6829)
        """
        if not temperature:
            return self.enthalpy / KJ_PER_MOL
        away = abs(temperature - ROOM) > 10.0
        if self.entropy is None or (away and self.heat_capacity is None):
            return None
        capacity = self.heat_capacity or 0.0
        heat = capacity * (temperature - ROOM)
        entropy = self.entropy + capacity * log(temperature / ROOM)
        return (self.enthalpy + (heat - temperature * entropy) / 1000) / KJ_PER_MOL


@dataclass(frozen=True)
class Species(Serialisable):
    """A measured substance with its phases."""

    formula: Formula
    name: str
    phases: tuple[MeasuredPhase, ...]

    def at(self, temperature: float, *, condensed: bool = False) -> MeasuredPhase | None:
        """The stable phase: the standard one without a temperature, else that of lowest G.

        Parameters
        ----------
        temperature : [K], or 0.
        condensed : leave the gas out.

        Returns
        -------
        MeasuredPhase | None
            None where no phase has an entropy.
        """
        phases = [phase for phase in self.phases if not (condensed and phase.phase == "gas")]
        if not temperature:
            return next(
                (phase for phase in phases if phase.standard), phases[0] if phases else None
            )
        known = [
            (energy, -index)
            for index, phase in enumerate(phases)
            if (energy := phase.gibbs(temperature)) is not None
        ]
        return phases[-min(known)[1]] if known else None


@dataclass(frozen=True)
class GroupFit(Serialisable):
    """Correction of a group, from the measured salts of a set.

    Attributes
    ----------
    group : such as ``CO3``.
    correction : measured minus set [eV per group]: what is added to the set.
    error : standard error of the mean [eV per group]; None with fewer than two salts.
    salts : formulas it was fitted to.
    """

    group: str
    correction: float
    error: float | None
    salts: tuple[str, ...]

    @property
    def scatter(self) -> float | None:
        """Standard deviation of a salt about the mean [eV per group]; None with fewer than two."""
        return None if self.error is None else self.error * sqrt(len(self.salts))

    def __str__(self) -> str:
        error = "" if self.error is None else f" +- {self.error:.2f}"
        number = "1 salt" if len(self.salts) == 1 else f"{len(self.salts)} salts"
        return f"{self.group} {self.correction:+.2f}{error} eV ({number})"


def fit_groups(phase_set: PhaseSet, species: Iterable[Species]) -> tuple[GroupFit, ...]:
    """Mean difference between measured and computed salts of one kind of group.

    Parameters
    ----------
    phase_set : enthalpies without a temperature.
    species : measured substances.

    Returns
    -------
    tuple[GroupFit, ...]
        One for each group with a measured salt in the set.

    Examples
    --------
    >>> phases = PhaseSet.from_rows(
    ...     [("a", "Li", 0.0), ("b", "C", 0.0), ("c", "O2", 0.0), ("d", "Li2CO3", -2.2)],
    ...     scheme="made up")
    >>> solid = MeasuredPhase("solid", True, -1215.9, None, "CRC")
    >>> print(*fit_groups(phases, [Species(Formula.parse("Li2CO3"), "", (solid,))]))
    CO3 +0.60 eV (1 salt)
    """
    differences: dict[str, dict[str, float]] = {group: {} for group in GROUPS}
    for substance in species:
        groups = groups_in(substance.formula)
        if groups is None or len(groups) != 1:
            continue
        row, phase = phase_set.find(substance.formula), substance.at(0.0)
        if row is None or phase is None:
            continue
        ((group, number),) = groups.items()
        computed = float(phase_set.energies[row]) * float(substance.formula.n_atoms)
        difference = (phase.enthalpy / KJ_PER_MOL - computed) / number
        differences[group][phase_set.formulas[row].text] = difference
    return tuple(
        GroupFit(
            group=group,
            correction=float(np.mean([*salts.values()])),
            error=float(np.std([*salts.values()], ddof=1)) / sqrt(len(salts))
            if len(salts) > 1
            else None,
            salts=tuple(salts),
        )
        for group, salts in differences.items()
        if salts
    )


def with_measured(
    phase_set: PhaseSet, species: Iterable[Species], fits: Sequence[GroupFit]
) -> PhaseSet:
    """The set with measured energies of molecules and oxyanion salts.

    Polymorphs keep their distance to the lowest, which takes the measured value. Elements keep 0.
    At a temperature the gases of pymatgen's table keep its energies and their partial pressures.

    Parameters
    ----------
    phase_set : enthalpies, or Gibbs energies of
        :func:`interfaces.phases.gibbs.at_temperature`.
    species : measured substances.
    fits : of :func:`fit_groups`, on the whole set without a temperature.

    Returns
    -------
    PhaseSet
        The corrected set; ``corrected`` holds what was done, ``left_out`` the rest.

    Raises
    ------
    PhaseSetError
        If the set is corrected already.
    """
    if phase_set.corrected:
        raise PhaseSetError(f"{phase_set.source} is corrected already; start from the set itself")
    measured = {_key(substance.formula): substance for substance in species}
    per_group = {fit.group: fit for fit in fits}
    gases = gas_rows(phase_set) if phase_set.temperature else np.empty(0, dtype=np.int64)
    energies = phase_set.energies.copy()
    done: list[CorrectedPhase] = []
    errors: dict[str, dict[str, float]] = {}
    out: list[int] = []
    for rows in _compositions(phase_set):
        lowest = int(rows[np.argmin(phase_set.energies[rows])])
        formula, computed = phase_set.formulas[lowest], float(phase_set.energies[lowest])
        substance = measured.get(_key(formula))
        if substance is None and not overbound(formula):
            continue
        gas = lowest in gases
        phase = None
        if substance is not None:
            phase = substance.at(phase_set.temperature, condensed=gas)
        if substance is not None and phase is not None:
            value = _per_atom(substance, phase, phase_set)
            if gas and value >= computed:
                continue  # the gas of the table, at its pressure, is the stable phase
            record = CorrectedPhase(
                formula=formula.text,
                computed=computed,
                corrected=value,
                source=f"{phase.source} ({phase.phase})",
                uncertainty=None
                if phase.uncertainty is None
                else phase.uncertainty / KJ_PER_MOL / float(substance.formula.n_atoms),
            )
        elif gas:
            continue  # measured already
        elif substance is None and (shifted := _by_groups(formula, computed, per_group)):
            record = shifted
        else:
            out += rows.tolist()
            continue
        energies[rows] += record.corrected - computed
        done.append(record)
        errors[formula.reduced.text] = _error_parts(formula, record, per_group)
    kept = np.setdiff1d(np.arange(len(phase_set)), out)
    names = sorted({phase_set.formulas[row].text for row in out})
    notes = [*phase_set.notes, *_notes(done, fits, names, phase_set.temperature)]
    corrected = replace(
        phase_set,
        scheme=phase_set.scheme + SCHEME_MARK,
        energies=energies,
        notes=tuple(notes),
        corrected=tuple(done),
        errors=phase_set.errors and replace(phase_set.errors, replaced=errors),
    )
    return replace(corrected.rows(kept), left_out=phase_set.rows(np.array(out, dtype=np.int64)))


def _by_groups(
    formula: Formula, computed: float, fits: Mapping[str, GroupFit]
) -> CorrectedPhase | None:
    """A salt shifted by its groups, or None where it has others or one without a fit."""
    groups = groups_in(formula)
    if not groups or not set(groups) <= set(fits):
        return None
    atoms = float(formula.n_atoms)
    shift = sum(number * fits[group].correction for group, number in groups.items())
    squares = [
        (number * error) ** 2
        for group, number in groups.items()
        for error in (fits[group].error, fits[group].scatter)
        if error is not None
    ]
    return CorrectedPhase(
        formula=formula.text,
        computed=computed,
        corrected=computed + shift / atoms,
        source=FITTED + " ".join(groups),
        uncertainty=sqrt(sum(squares)) / atoms if len(squares) == 2 * len(groups) else None,
    )


def _error_parts(
    formula: Formula, record: CorrectedPhase, fits: Mapping[str, GroupFit]
) -> dict[str, float]:
    """Standard errors [eV/atom] of a corrected energy: the means of the groups, and its own.

    A group with one salt has no scatter; it takes the error of an enthalpy.
    """
    atoms, name = float(formula.n_atoms), formula.reduced.text
    unstated = UNSTATED / KJ_PER_MOL
    if not record.source.startswith(FITTED):
        stated = record.uncertainty
        return {f"measured {name}": unstated / atoms if stated is None else stated}
    groups = groups_in(formula) or {}
    parts = {
        f"mean of {group}": number * (fits[group].error or unstated) / atoms
        for group, number in groups.items()
    }
    own = sum((number * (fits[group].scatter or unstated)) ** 2 for group, number in groups.items())
    return parts | {f"fitted {name}": sqrt(own) / atoms}


def _per_atom(substance: Species, phase: MeasuredPhase, phase_set: PhaseSet) -> float:
    """Energy relative to the elements at the temperature of the set [eV/atom]."""
    temperature = phase_set.temperature
    energy = phase.gibbs(temperature)
    assert energy is not None  # a phase without one is not chosen
    if temperature:
        elements = element_energies(substance.formula.elements, temperature)
        energy -= sum(float(n) * elements[symbol] for symbol, n in substance.formula.amounts)
    return energy / float(substance.formula.n_atoms)


def _compositions(phase_set: PhaseSet) -> list[Rows]:
    """Rows of each composition of several elements."""
    rows: dict[str, list[int]] = {}
    for row, formula in enumerate(phase_set.formulas):
        if len(formula.elements) > 1:
            rows.setdefault(_key(formula), []).append(row)
    return [np.array(of) for of in rows.values()]


def _key(formula: Formula) -> str:
    return repr(sorted(formula.reduced.amounts))


def _notes(
    done: Sequence[CorrectedPhase],
    fits: Sequence[GroupFit],
    left_out: Sequence[str],
    temperature: float,
) -> Iterable[str]:
    measured = [phase.formula for phase in done if not phase.source.startswith(FITTED)]
    used = {group for phase in done for group in phase.source.split()[1:]}
    fitted = [str(fit) for fit in fits if fit.group in used]
    quantity = "Gibbs energies" if temperature else "formation enthalpies at 298.15 K"
    if measured:
        yield f"Measured {quantity} of {', '.join(sorted(measured))} replace computed ones."
    if fitted:
        number = sum(phase.source.startswith(FITTED) for phase in done)
        yield f"{number} salts without a measurement are shifted by fitted {', '.join(fitted)}."
    if left_out:
        few = ", ".join(left_out[:3])
        more = f" and {len(left_out) - 3} more" if len(left_out) > 3 else ""
        why = "measured entropy or enthalpy" if temperature else "measured enthalpy"
        yield f"Left out of the products, without a {why}: {few}{more}."
