"""Entries from thermo documents of the Materials Project and from its mixed diagrams."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from workflows.data.snapshots import Entry

if TYPE_CHECKING:
    from pymatgen.entries.computed_entries import ComputedEntry

FIELDS = (
    "material_id", "formula_pretty", "thermo_type", "energy_per_atom",
    "uncorrected_energy_per_atom", "energy_type", "nsites", "volume", "symmetry", "last_updated",
    "entries",
)  # fmt: skip


def entry_of(document: Mapping[str, Any], thermo_type: str) -> Entry:
    """Convert a thermo document.

    Parameters
    ----------
    document : with the fields ``FIELDS``; energies in eV/atom.
    thermo_type : functional and corrections that were requested.

    Raises
    ------
    InputError
        If a field is missing, or the document has another thermo type.
    """
    if not isinstance(document, Mapping):
        raise InputError("the Materials Project answered with no document; update mp-api")
    name = document.get("material_id", "without an id")
    received = str(document.get("thermo_type", thermo_type))
    if received.casefold() != thermo_type.casefold():
        raise InputError(
            f"asked for {thermo_type}, the Materials Project answered with {received} for {name}; "
            "nothing was written, since energies of two schemes cannot be compared"
        )
    try:
        atoms = int(document["nsites"])
        energy = float(document["energy_per_atom"])
        return Entry(
            id=str(document["material_id"]),
            formula=str(document["formula_pretty"]),
            energy=energy,
            correction_per_atom=_rounded(energy - float(document["uncorrected_energy_per_atom"])),
            run_type=str(document.get("energy_type") or ""),
            n_atoms=atoms,
            volume_per_atom=_per_atom(document.get("volume"), atoms),
            space_group=str((document.get("symmetry") or {}).get("symbol") or ""),
            adjustments=_adjustments(document),
            last_updated=_date(document.get("last_updated")),
        )
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"the document {name} of the Materials Project cannot be read "
            f"({type(error).__name__} {error}); update mp-api, its form may have changed"
        ) from None


def entry_of_mixed(entry: ComputedEntry) -> Entry:
    """Convert a pymatgen entry whose energy is on the mixed scale of its whole chemical system.

    Parameters
    ----------
    entry : of ``MPRester.get_entries_in_chemsys``; energies in eV.
    """
    atoms = entry.composition.num_atoms
    structure = getattr(entry, "structure", None)
    return Entry(
        id=str(entry.entry_id or entry.data.get("material_id")),
        formula=entry.composition.reduced_formula,
        energy=float(entry.energy_per_atom),
        correction_per_atom=_rounded(entry.correction / atoms),
        run_type=str(entry.parameters.get("run_type") or entry.data.get("run_type") or ""),
        n_atoms=round(atoms),
        volume_per_atom=None if structure is None else float(structure.volume) / len(structure),
        adjustments="; ".join(
            f"{adjustment.name} {adjustment.value / atoms:+.4f}"
            for adjustment in entry.energy_adjustments
        ),
        last_updated=_date(entry.data.get("last_updated")),
    )


def material_id(entry: ComputedEntry) -> str:
    """Id of the material of a mixed entry, whose own id ends with the run type."""
    return str(entry.data.get("material_id") or "-".join(str(entry.entry_id).split("-")[:2]))


def _adjustments(document: Mapping[str, Any]) -> str:
    """What was added to the computed energy, with its share [eV/atom]: ``name -0.1234; ...``."""
    entries = document.get("entries") or {}
    chosen = entries.get(document.get("energy_type")) or next(iter(entries.values()), None) or {}
    listed = chosen.get("energy_adjustments") or []
    if isinstance(listed, str):
        listed = json.loads(listed)
    atoms = sum(float(amount) for amount in (chosen.get("composition") or {}).values())
    return "; ".join(_adjustment(adjustment, atoms) for adjustment in listed)


def _adjustment(adjustment: Mapping[str, Any], atoms: float) -> str:
    value = adjustment.get("value")
    if value is None and "adj_per_atom" in adjustment:
        value = adjustment["adj_per_atom"] * adjustment["n_atoms"]
    share = "" if value is None or not atoms else f" {float(value) / atoms:+.4f}"
    return f"{adjustment.get('name', 'unnamed')}{share}"


def _rounded(value: float) -> float:
    """Without the noise of a difference of two energies."""
    return round(value, 9) + 0.0


def _per_atom(value: Any, atoms: int) -> float | None:
    return None if value is None else float(value) / atoms


def _date(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("$date", "")
    return str(value or "")
