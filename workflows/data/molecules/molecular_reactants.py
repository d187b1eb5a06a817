"""Molecules of ``inputs/molecules`` as reactants, on the energy scale of any phase set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from math import hypot
from typing import TYPE_CHECKING, Any

from interfaces.chemistry.formulas import ATOMIC_MASS, Formula
from interfaces.chemistry.units import KJ_PER_MOL, both_scales
from interfaces.errors import MoleculeError, NoOwnEntryError, TemperatureError
from interfaces.phases.gibbs import element_energies
from interfaces.phases.molecules import (
    ENTROPY_ERROR,
    PlacedMolecule,
    ReferenceReaction,
    estimated_entropy,
    place_molecule,
    reaction_from_record,
    spread,
)
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant, reactant
from workflows.io.resources import inputs

if TYPE_CHECKING:
    from workflows.data.molecules.stored import Experiment


#: Densities of liquids at 298.15 K [g/cm^3], from data sheets of suppliers (by CAS number).
DENSITIES = {"ECA": 1.06}  # 7085-85-0
GRAM_PER_CM3 = 1.66053907  #: A^3 of one atomic mass unit at 1 g/cm^3
HOTTEST = 500.0  #: K; up to here a heat capacity of 200 J/mol/K moves G by less than 0.01 eV/atom


@cache
def _data() -> Mapping[str, Any]:
    path = inputs() / "molecules" / "molecules.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def stored_rows() -> Mapping[str, Mapping[str, Any]]:
    """Name -> calculation of each stored molecule, as the module that made them reads it."""
    from workflows.data.molecules.stored import published

    return published(_data())


def stored_experiments() -> dict[str, Experiment]:
    """Name -> measured gas-phase formation enthalpy [kJ/mol] of the stored molecules."""
    from workflows.data.molecules.stored import Experiment

    return {
        record["name"]: Experiment(record["experiment"], record["experiment_source"])
        for record in _data()["molecules"]
        if "experiment" in record
    }


def routes(phase_set: PhaseSet, molecule: str) -> list[PlacedMolecule]:
    """The molecule placed by each stored reaction whose references the set holds; default first.

    Parameters
    ----------
    molecule : label of the stored reactions, such as ``ECA`` or ``PEO``.

    Raises
    ------
    MoleculeError
        If no reaction is stored, or the set lacks a reference of the default one.
    """
    records = [record for record in _data()["reactions"] if record["label"] == molecule]
    if not records:
        raise MoleculeError(f"no reference reaction is stored for {molecule}")
    placed = []
    for record in sorted(records, key=lambda record: not record.get("default")):
        reaction = reaction_from_record(record)
        try:
            placed.append(place_by(phase_set, reaction, molecule))
        except MoleculeError:
            if record.get("default"):
                raise
    return placed


def place_by(phase_set: PhaseSet, reaction: ReferenceReaction, molecule: str) -> PlacedMolecule:
    """Energy of a molecule from one reference reaction with entries of a phase set.

    Parameters
    ----------
    phase_set : has the references, possibly among the phases that are excluded as products.
    reaction : of the molecule with its references.
    molecule : name.

    Raises
    ------
    MoleculeError
        If the set lacks a reference.
    """
    try:
        energies = {name: _own(phase_set, name) for name, _ in reaction.references}
    except NoOwnEntryError as error:
        raise MoleculeError(
            f"{molecule} is placed by its reaction with {reaction.name}, and there is "
            f"{str(error).partition(';')[0]}"
        ) from None
    return place_molecule(reaction, energies, experiment=_experiment())


def place(phase_set: PhaseSet, molecule: str, formula: Formula, name: str) -> Reactant:
    """A molecule as a reactant, by its default reference reaction.

    Parameters
    ----------
    phase_set : has the references.
    molecule : name.
    formula : of the reactant.
    name : of the reactant.

    Raises
    ------
    MoleculeError
        If the set lacks a reference.
    """
    if phase_set.corrected or phase_set.temperature:
        return _by_formation_enthalpy(phase_set, molecule, formula, name)
    placed = routes(phase_set, molecule)
    placement = placed[0]
    if len(placed) > 1:
        apart = (
            f"{len(placed)} routes to {molecule} differ by up to "
            f"{1000 * spread(placed):.0f} meV/atom on this set"
        )
        placement = replace(placement, notes=(*placement.notes, apart))
    return as_reactant(
        phase_set, placement, formula, name, f"{molecule} by {placement.reaction.name}"
    )


def _by_formation_enthalpy(
    phase_set: PhaseSet, molecule: str, formula: Formula, name: str
) -> Reactant:
    """A molecule among measured ones: its own formation enthalpy, with its condensation."""
    best = _data()["formation_enthalpies"].get(molecule)
    if best is None:
        raise MoleculeError(f"no formation enthalpy is stored for {molecule}")
    condensed = _data()["condensation"]
    target = next(r["target"] for r in _data()["reactions"] if r["label"] == molecule)
    condensation = condensed.get(f"{molecule} repeat unit") or condensed[target]
    scale = KJ_PER_MOL * float(formula.n_atoms)
    value, error = best["best"] + condensation["value"], hypot(best["error"], condensation["error"])
    notes = [
        f"{molecule}: formation enthalpy of the gas {best['best']:+.1f} +- {best['error']:.1f} "
        f"kJ/mol, condensation {condensation['value']:+.1f} +- {condensation['error']:.1f} "
        f"kJ/mol, beside measured {'enthalpies' if phase_set.corrected else 'gases'}"
    ]
    if phase_set.temperature:
        entropy, of = _entropy(phase_set, molecule, formula)
        T = phase_set.temperature
        gained = KJ_PER_MOL * sum(
            float(n) * energy
            for (_, n), energy in zip(
                formula.amounts, element_energies(formula.elements, T).values(), strict=True
            )
        )
        value += -T * entropy / 1000 - gained
        error = hypot(error, ENTROPY_ERROR * T * entropy / 1000)
        notes.append(
            f"{molecule}: entropy {entropy:.0f} +- {ENTROPY_ERROR * entropy:.0f} J/mol/K from {of}"
        )
    return reactant(
        phase_set, formula, value / scale, name=name, uncertainty=error / scale,
        entry_id=f"{molecule} by its formation enthalpy", model="calculated", notes=tuple(notes),
    )  # fmt: skip


def _entropy(phase_set: PhaseSet, molecule: str, formula: Formula) -> tuple[float, str]:
    """Entropy at 298.15 K [J/mol/K] from a volume, and where that comes from.

    Raises
    ------
    TemperatureError
        If no volume is known, or the temperature is too high for a constant entropy.
    """
    T = phase_set.temperature
    if T > HOTTEST:
        raise TemperatureError(
            f"{molecule} at {both_scales(T)}: its heat capacity is not known, and without it the "
            f"entropy holds to {both_scales(HOTTEST)}; use --energy hull or --energy VALUE"
        )
    if molecule in DENSITIES:
        density = DENSITIES[molecule]
        mass = sum(float(n) * ATOMIC_MASS[symbol] for symbol, n in formula.amounts)
        volume = mass * GRAM_PER_CM3 / density
        return estimated_entropy(volume, "liquid"), f"the density {density:g} g/cm3 of the liquid"
    hidden: PhaseSet | None = phase_set
    while hidden is not None:
        row = hidden.find(formula)
        if row is not None and hidden.volumes is not None:
            volume = float(hidden.volumes[row]) * float(formula.n_atoms)
            return estimated_entropy(volume, "salt"), f"the crystal {hidden.ids[row]} of the set"
        hidden = hidden.left_out
    raise TemperatureError(
        f"{molecule} has an enthalpy and no entropy, and the phases are at {both_scales(T)}; use "
        "--energy hull or --energy VALUE"
    )


def as_reactant(
    phase_set: PhaseSet, placed: PlacedMolecule, formula: Formula, name: str, identifier: str
) -> Reactant:
    """Convert a molecule with its energy to a reactant of the energy model ``calculated``.

    Parameters
    ----------
    phase_set : on whose scale the energy is.
    placed : molecule with its energy and error.
    formula : of the reactant.
    name : of the reactant.
    identifier : of its energy, for the provenance.
    """
    placed_by = tuple((Formula.parse(text), float(n)) for text, n in placed.reaction.references)
    made = reactant(
        phase_set,
        formula,
        placed.energy_per_atom,
        name=name,
        entry_id=identifier,
        uncertainty=placed.error_per_atom,
        model="calculated",
        notes=placed.notes,
    )
    return replace(made, placed_by=placed_by)


def _own(phase_set: PhaseSet, name: str) -> float:
    """Energy [eV/atom] of a reference, which need not be allowed among the products."""
    formula = Formula.parse(name)
    hidden = phase_set.left_out
    while hidden is not None:
        row = hidden.find(formula)
        if row is not None:
            return float(hidden.energies[row])
        hidden = hidden.left_out
    return float(phase_set.energies[phase_set.own_entry(formula)])


@cache
def _experiment() -> Mapping[str, float]:
    """Formula -> experimental gas-phase formation enthalpy [kJ/mol], for comparison only."""
    known = {record["name"]: record.get("experiment") for record in _data()["molecules"]}
    return {
        formula: float(known[name])
        for record in _data()["reactions"]
        for formula, name in record["molecules"].items()
        if known.get(name) is not None
    }
