"""Molecular electrolytes on the energy scale of a phase set.

The energy of a molecule that is missing from a phase set follows from a balanced reference reaction
with molecules and salts of the set, never by an experimental formation enthalpy on top of the set's
elements: on a DFT scale CO2, H2O, CH4 or NH3 lie 0.3-1.2 eV per formula away from experiment, and a
molecule referred to the elements would decompose, or not, because of that artefact alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from interfaces.chemistry.formulas import Amount, Formula
from interfaces.chemistry.units import KJ_PER_MOL
from interfaces.errors import MoleculeError
from interfaces.serialisable import Serialisable

Composition = tuple[tuple[str, Amount], ...]

#: State -> slope [J/mol/K per nm^3 of a formula unit] and constant [J/mol/K] of the entropy at
#: 298.15 K: organic liquids (doi 10.1016/j.tca.2003.12.006), ionic solids (doi 10.1021/ic030219p).
ENTROPY = {"liquid": (1133.0, 44.0), "salt": (1360.0, 15.0)}
ENTROPY_ERROR = 0.1  #: of the value; the regressions miss measured entropies by about this much


@dataclass(frozen=True)
class Energy(Serialisable):
    """A molar energy with its standard error, both in kJ/mol."""

    value: float
    error: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and math.isfinite(self.error) and self.error >= 0.0):
            raise MoleculeError(
                f"energy {self.value} +- {self.error} kJ/mol: expected finite, error not negative"
            )


@dataclass(frozen=True)
class ReferenceReaction(Serialisable):
    """``sum_k nu_k reference_k -> target``, which makes one formula unit of the target.

    Attributes
    ----------
    target : str
        Formula of the molecule, ``"C6H7NO2"``.
    references : tuple of (str, Fraction)
        Reference formulas, each an entry of the phase set, with ``nu_k``; a negative one is
        made beside the target.
    gas : Energy
        Reaction energy between free molecules [kJ/mol of target], target minus references.
    condensation : Energy
        What condensing target and references adds [kJ/mol of target]; see ``net_condensation``.
    name : str
        How the route is called in results.
    quantity : str
        What ``gas`` is: ``"electronic"`` or ``"enthalpy_298"``.

    Raises
    ------
    MoleculeError
        If an element does not balance exactly, or a reference is given twice or with zero.
    """

    target: str
    references: tuple[tuple[str, Fraction], ...]
    gas: Energy
    condensation: Energy
    name: str = ""
    quantity: str = "electronic"

    def __post_init__(self) -> None:
        check_balance(self.target, self.references)


@dataclass(frozen=True)
class ReferenceCheck(Serialisable):
    """One reference on the set's scale beside experiment; energies in kJ/mol of formula.

    ``set_minus_experiment`` is ``None`` where no experiment was given.
    """

    formula: str
    coefficient: Fraction
    set_energy: float
    experiment: float | None
    set_minus_experiment: float | None


@dataclass(frozen=True)
class PlacedMolecule(Serialisable):
    """A molecule on the scale of a phase set.

    Attributes
    ----------
    reaction : ReferenceReaction
        The route by which it was placed.
    energy_per_atom, error_per_atom : float
        On the set's scale [eV/atom]; the error joins quantum chemistry and condensation, not
        what the references' own entries are off by (that is in ``references``).
    gas_energy_per_atom : float
        The same without any condensation energy [eV/atom].
    references : tuple of ReferenceCheck
        The references' entries, set minus experiment.
    notes : tuple of str
        Remarks on the energy.
    """

    reaction: ReferenceReaction
    energy_per_atom: float
    error_per_atom: float
    gas_energy_per_atom: float
    references: tuple[ReferenceCheck, ...]
    notes: tuple[str, ...]


def estimated_entropy(volume: float, state: str) -> float:
    """Entropy of a condensed substance at 298.15 K from its volume [J/mol/K].

    Parameters
    ----------
    volume : of a formula unit [A^3].
    state : ``liquid`` or ``salt``.

    Returns
    -------
    float
        By the regressions of Glasser and Jenkins, to some 10 %.

    Examples
    --------
    >>> round(estimated_entropy(87.7, "liquid"))  # acetonitrile: 150 measured
    143
    """
    slope, constant = ENTROPY[state]
    return slope * volume / 1000 + constant


def check_balance(target: str, references: Sequence[tuple[str, Fraction]]) -> None:
    """Check exactly that the references add up to one formula unit of the target.

    Parameters
    ----------
    target : formula of the molecule.
    references : formulas and coefficients of the reference reaction.

    Raises
    ------
    MoleculeError
        With the excess of each unbalanced element, for a repeated or zero reference, for a
        coefficient that is not a ``Fraction`` or ``int``, and for the target as its own reference.

    Examples
    --------
    >>> check_balance("H2O", [("H2", Fraction(1)), ("O2", Fraction(1, 2))])
    """
    if not references:
        raise MoleculeError(f"the reaction to {target} has no references")
    seen = {_reduced(target)}
    excess = {element: -Fraction(count) for element, count in Formula.parse(target).amounts}
    for formula, coefficient in references:
        if not isinstance(coefficient, Fraction | int) or isinstance(coefficient, bool):
            raise MoleculeError(
                f"coefficient {coefficient!r} of {formula} in the reaction to {target}: "
                "give a Fraction, so that the balance is exact"
            )
        if coefficient == 0:
            raise MoleculeError(f"coefficient of {formula} in the reaction to {target} is zero")
        if _reduced(formula) in seen:
            raise MoleculeError(
                f"{formula} occurs twice in the reaction to {target}, or is the target itself"
            )
        seen.add(_reduced(formula))
        for element, count in Formula.parse(formula).amounts:
            excess[element] = excess.get(element, Fraction(0)) + coefficient * count
    wrong = {element: value for element, value in sorted(excess.items()) if value}
    if wrong:
        listed = ", ".join(f"{element} {float(value):+g}" for element, value in wrong.items())
        raise MoleculeError(f"the reaction to {target} does not balance: references give {listed}")


def place_molecule(
    reaction: ReferenceReaction,
    set_energies: Mapping[str, float],
    *,
    experiment: Mapping[str, float] | None = None,
) -> PlacedMolecule:
    """Energy of a molecule on the scale of a phase set, by a reaction with the set's own entries.

    ``E_set(target) = sum_k nu_k E_set(reference_k) + dE_gas + dE_condensation``, per formula
    unit. Formation and total energies serve alike: the reaction is balanced, so a shift of the
    elements' energies moves the target by its own atoms and changes no reaction.

    Parameters
    ----------
    reaction : ReferenceReaction
        The route with its quantum chemistry and its condensation energy [kJ/mol].
    set_energies : mapping of str to float
        Formula -> energy of the set's entry [eV/atom], all of one scheme. Formulas are matched
        by reduced composition: ``H3N`` serves ``NH3``. See that the entry *is* the molecule (the
        entry of lowest energy at CHN is not hydrogen cyanide in the Materials Project).
    experiment : mapping of str to float, optional
        Formula -> experimental formation enthalpy [kJ/mol of formula], for the comparison only;
        meaningful where ``set_energies`` are formation energies.

    Returns
    -------
    PlacedMolecule
        Energy [eV/atom] with its error; lower is more stable.

    Raises
    ------
    MoleculeError
        If the set lacks a reference, offers two energies for one, or one is not finite.

    References
    ----------
    Isodesmic reactions: W. J. Hehre et al., J. Am. Chem. Soc. 92, 4796 (1970),
    doi 10.1021/ja00719a006.

    Examples
    --------
    >>> route = ReferenceReaction(
    ...     target="CH2O2",
    ...     references=(("CO2", Fraction(1)), ("H2", Fraction(1))),
    ...     gas=Energy(9.648533212331, 0.0),
    ...     condensation=Energy(-38.594132849324, 9.648533212331),
    ... )
    >>> placed = place_molecule(route, {"CO2": -2.0, "H": 0.0})
    >>> round(placed.energy_per_atom, 6), round(placed.error_per_atom, 6)
    (-1.26, 0.02)
    >>> round(placed.gas_energy_per_atom, 6)
    -1.18
    """
    by_composition: dict[Composition, tuple[str, float]] = {}
    wanted = {_reduced(formula) for formula, _ in reaction.references}
    for formula, energy in set_energies.items():
        key = _reduced(formula)
        if key not in wanted:
            continue
        if key in by_composition:
            raise MoleculeError(
                f"two energies for one reference: {by_composition[key][0]} "
                f"{by_composition[key][1]} and {formula} {energy} eV/atom"
            )
        if not math.isfinite(energy):
            raise MoleculeError(f"energy of the reference {formula} is {energy} eV/atom")
        by_composition[key] = (formula, energy)
    missing = [name for name, _ in reaction.references if _reduced(name) not in by_composition]
    if missing:
        raise MoleculeError(
            f"the phase set has no entry for {', '.join(missing)}, needed to place "
            f"{reaction.target}; take another reaction or add the entry"
        )
    checks = []
    total = 0.0
    for name, coefficient in reaction.references:
        energy = by_composition[_reduced(name)][1] * float(Formula.parse(name).n_atoms)
        total += float(coefficient) * energy
        known = None if experiment is None else experiment.get(name)
        molar = energy * KJ_PER_MOL
        off = None if known is None else molar - known
        checks.append(
            ReferenceCheck(
                formula=name,
                coefficient=Fraction(coefficient),
                set_energy=molar,
                experiment=known,
                set_minus_experiment=off,
            )
        )
    atoms = float(Formula.parse(reaction.target).n_atoms)
    gas = total + reaction.gas.value / KJ_PER_MOL
    error = math.hypot(reaction.gas.error, reaction.condensation.error) / KJ_PER_MOL
    return PlacedMolecule(
        reaction=reaction,
        energy_per_atom=(gas + reaction.condensation.value / KJ_PER_MOL) / atoms,
        error_per_atom=error / atoms,
        gas_energy_per_atom=gas / atoms,
        references=tuple(checks),
        notes=_notes(reaction, checks),
    )


def spread(placed: Sequence[PlacedMolecule]) -> float:
    """Largest difference between routes to one molecule [eV/atom].

    The routes share the molecule and differ in the references, so this measures how far the
    set's references disagree with one another.

    Parameters
    ----------
    placed : two or more routes to one molecule.

    Returns
    -------
    float
        Difference [eV/atom], not negative.

    Raises
    ------
    MoleculeError
        If there are fewer than two routes, or their targets differ.
    """
    targets = {_reduced(molecule.reaction.target) for molecule in placed}
    if len(placed) < 2 or len(targets) != 1:
        placed_targets = [molecule.reaction.target for molecule in placed]
        raise MoleculeError(
            f"a spread needs two routes or more to one molecule, found {placed_targets}"
        )
    energies = [molecule.energy_per_atom for molecule in placed]
    return max(energies) - min(energies)


def reaction_from_record(
    record: Mapping[str, Any], *, quantity: str = "electronic"
) -> ReferenceReaction:
    """One reaction as stored in ``inputs/molecules/molecules.json``.

    Parameters
    ----------
    record : mapping
        One element of ``reactions``: ``target``, ``name``, ``references`` (formula -> ``"9/4"``),
        ``gas`` (``electronic``, ``enthalpy_298``, ``error``, kJ/mol), ``condensation``
        (``value``, ``error``, kJ/mol).
    quantity : {"electronic", "enthalpy_298"}
        Which gas-phase reaction energy is used. Entries of a DFT set are electronic energies
        (its CH4 and NH3 lack their zero-point energy), so ``electronic`` is the default.

    Returns
    -------
    ReferenceReaction
        The reaction with its energies.

    Raises
    ------
    MoleculeError
        If a key is missing or ``quantity`` is unknown.

    Examples
    --------
    >>> reaction_from_record({
    ...     "target": "CH2O2", "name": "from CO2", "references": {"CO2": "1", "H2": "1"},
    ...     "gas": {"electronic": 1.0, "enthalpy_298": 2.0, "error": 0.5},
    ...     "condensation": {"value": -60.0, "error": 4.0},
    ... }, quantity="enthalpy_298").gas
    Energy(value=2.0, error=0.5)
    """
    if quantity not in ("electronic", "enthalpy_298"):
        raise MoleculeError(f"unknown quantity {quantity!r}: 'electronic' or 'enthalpy_298'")
    try:
        gas, condensation = record["gas"], record["condensation"]
        return ReferenceReaction(
            target=record["target"],
            references=tuple((name, Fraction(nu)) for name, nu in record["references"].items()),
            gas=Energy(float(gas[quantity]), float(gas["error"])),
            condensation=Energy(float(condensation["value"]), float(condensation["error"])),
            name=record["name"],
            quantity=quantity,
        )
    except KeyError as error:
        raise MoleculeError(
            f"the reaction record has no {error}; it holds {sorted(record)}"
        ) from error


def _reduced(formula: str) -> Composition:
    return tuple(sorted(Formula.parse(formula).reduced.amounts))


def _notes(reaction: ReferenceReaction, checks: Sequence[ReferenceCheck]) -> tuple[str, ...]:
    equation = " ".join(
        f"{'-' if check.coefficient < 0 else '+'} {abs(check.coefficient)} {check.formula}"
        for check in checks
    )
    notes = [
        f"{reaction.target} placed by {equation.removeprefix('+ ')} on the set's scale, gas-phase "
        f"reaction {reaction.gas.value:+.1f} +- {reaction.gas.error:.1f} kJ/mol "
        f"({reaction.quantity})",
        f"condensation {reaction.condensation.value:+.1f} +- {reaction.condensation.error:.1f} "
        "kJ/mol included",
    ]
    off = [check for check in checks if check.set_minus_experiment is not None]
    if off:
        listed = ", ".join(f"{check.formula} {check.set_minus_experiment:+.0f}" for check in off)
        notes.append(f"references, set minus experiment [kJ/mol]: {listed}")
    return tuple(notes)
