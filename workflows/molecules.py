"""Molecules of ``inputs/molecules`` as reactants on the scale of any phase set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from interfaces.errors import MoleculeError, NoOwnEntryError
from interfaces.formulas import Formula
from interfaces.molecules import PlacedMolecule, place_molecule, reaction_from_record, spread
from interfaces.phases import PhaseSet
from interfaces.reactants import Reactant, reactant
from workflows.resources import inputs


@cache
def _data() -> Mapping[str, Any]:
    path = inputs() / "molecules" / "molecules.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def routes(phase_set: PhaseSet, molecule: str) -> list[PlacedMolecule]:
    """The molecule placed by each stored reaction whose references the set holds; default first.

    Parameters
    ----------
    molecule : label of the stored reactions, ``ECA`` or ``LiTFSI``.

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
        try:
            energies = {
                name: float(phase_set.energies[phase_set.own_entry(Formula.parse(name))])
                for name in record["references"]
            }
        except NoOwnEntryError as error:
            if record.get("default"):
                raise MoleculeError(
                    f"{molecule} is placed by its reaction with {record['name']}, and there is "
                    f"{str(error).partition(';')[0]}"
                ) from None
            continue
        experiment = _experiment(record["molecules"])
        placed.append(place_molecule(reaction_from_record(record), energies, experiment=experiment))
    return placed


def place(phase_set: PhaseSet, molecule: str, formula: Formula, name: str) -> Reactant:
    """A molecule with its energy and error on the set's scale, by its default reaction."""
    placed = routes(phase_set, molecule)
    notes = placed[0].notes
    if len(placed) > 1:
        notes = (
            *notes,
            f"{len(placed)} routes to {molecule} differ by up to "
            f"{1000 * spread(placed):.0f} meV/atom on this set",
        )
    return reactant(
        phase_set,
        formula,
        placed[0].energy_per_atom,
        name=name,
        entry_id=f"{molecule} by {placed[0].reaction.name}",
        uncertainty=placed[0].error_per_atom,
        model="calculated",
        notes=notes,
    )


def _experiment(names: Mapping[str, str]) -> dict[str, float]:
    """Formula -> experimental gas-phase formation enthalpy [kJ/mol], for comparison only."""
    known = {record["name"]: record.get("experiment") for record in _data()["molecules"]}
    return {
        formula: float(known[name])
        for formula, name in names.items()
        if known.get(name) is not None
    }
