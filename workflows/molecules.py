"""Molecules of ``inputs/molecules`` as reactants on the scale of any phase set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from interfaces.errors import MoleculeError, NoOwnEntryError
from interfaces.formulas import Formula
from interfaces.molecules import PlacedMolecule, place_molecule, reaction_from_record
from interfaces.phases import PhaseSet
from interfaces.reactants import Reactant, reactant
from workflows.resources import inputs


@cache
def _data() -> Mapping[str, Any]:
    path = inputs() / "molecules" / "molecules.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def routes(phase_set: PhaseSet, formula: Formula) -> list[PlacedMolecule]:
    """The molecule placed by each stored reaction whose references the set holds; default first.

    Raises
    ------
    MoleculeError
        If no reaction is stored, or the set lacks a reference of every one.
    """
    records = [
        record
        for record in _data()["reactions"]
        if Formula.parse(record["target"]).reduced == formula.reduced
    ]
    if not records:
        raise MoleculeError(f"no reference reaction is stored for {formula}")
    placed, missing = [], []
    for record in records:
        try:
            energies = {
                name: float(phase_set.energies[phase_set.own_entry(Formula.parse(name))])
                for name in record["references"]
            }
        except NoOwnEntryError as error:
            missing.append(str(error))
            continue
        placed.append(
            place_molecule(reaction_from_record(record), energies, experiment=_experiment())
        )
    if not placed:
        raise MoleculeError(f"{formula} cannot be placed: {missing[0]}")
    return placed


def place(phase_set: PhaseSet, molecule: str, formula: Formula, name: str) -> Reactant:
    """A molecule with its energy and error on the set's scale, by its default reaction."""
    chosen, *others = routes(phase_set, formula)
    notes = chosen.notes
    if others:
        energies = [one.energy_per_atom for one in (chosen, *others)]
        notes = (
            *notes,
            f"{len(energies)} routes to {formula} spread over "
            f"{1000 * (max(energies) - min(energies)):.0f} meV/atom on this set",
        )
    return reactant(
        phase_set,
        formula,
        chosen.energy_per_atom,
        name=name,
        entry_id=f"{molecule}: {chosen.reaction.name}",
        uncertainty=chosen.error_per_atom,
        calculated=True,
        notes=notes,
    )


@cache
def _experiment() -> Mapping[str, float]:
    """Formula -> experimental gas-phase formation enthalpy [kJ/mol], for comparison only."""
    return {
        record["formula"]: float(record["experiment"])
        for record in _data()["molecules"]
        if record.get("experiment") is not None
    }
