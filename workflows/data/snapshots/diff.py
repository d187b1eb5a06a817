"""Compare two snapshots: entries added, removed, and with another energy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from workflows.data.snapshots.manifest import Entry, Manifest
from workflows.data.snapshots.snapshot_files import read_entries

SAME_ENERGY = 1e-6  #: eV/atom; less is rounding


@dataclass(frozen=True)
class Moved:
    """An entry that both snapshots hold with another energy [eV/atom]."""

    id: str
    formula: str
    old: float
    new: float
    correction: float | None

    @property
    def change(self) -> float:
        """New minus old energy [eV/atom]; ``correction`` is the part of it from corrections."""
        return self.new - self.old


@dataclass(frozen=True)
class Difference:
    """What changed from ``old`` to ``new``; ``moved`` by size, largest first.

    ``notes`` says where the two cannot be compared: another scheme, quantity or coverage.
    """

    old: Manifest
    new: Manifest
    added: tuple[Entry, ...]
    removed: tuple[Entry, ...]
    moved: tuple[Moved, ...]
    unchanged: int
    notes: tuple[str, ...]


def diff(old: str | Path, new: str | Path) -> Difference:
    """Entries added, removed and moved from one snapshot to another.

    Entries are the same where their ids are. Of two quantities (energy and formation energy)
    nothing is moved: a note says that they cannot be compared.
    """
    old_manifest, before = read_entries(old)
    new_manifest, after = read_entries(new)
    both = before.keys() & after.keys()
    comparable = old_manifest.quantity == new_manifest.quantity
    moved = [_moved(before[i], after[i]) for i in both if _differ(before[i], after[i])]
    return Difference(
        old_manifest,
        new_manifest,
        added=_listed(after[i] for i in after.keys() - both),
        removed=_listed(before[i] for i in before.keys() - both),
        moved=tuple(sorted(moved, key=lambda m: (-abs(m.change), m.id))) if comparable else (),
        unchanged=len(both) - len(moved) if comparable else 0,
        notes=_notes(old_manifest, new_manifest),
    )


def _differ(old: Entry, new: Entry) -> bool:
    return abs(new.energy - old.energy) > SAME_ENERGY or old.formula != new.formula


def _moved(old: Entry, new: Entry) -> Moved:
    corrections = (old.correction_per_atom, new.correction_per_atom)
    part = None if None in corrections else (corrections[1] or 0.0) - (corrections[0] or 0.0)
    formula = old.formula if old.formula == new.formula else f"{old.formula}, now {new.formula}"
    return Moved(old.id, formula, old.energy, new.energy, part)


def _listed(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: (entry.energy, entry.id)))


def _notes(old: Manifest, new: Manifest) -> tuple[str, ...]:
    named = (
        ("scheme", old.scheme, new.scheme),
        ("quantity", old.quantity, new.quantity),
        ("database version", old.database_version, new.database_version),
        ("thermo type", old.thermo_type, new.thermo_type),
        ("source", old.source, new.source),
        ("chemical systems", " ".join(old.chemical_systems), " ".join(new.chemical_systems)),
    )
    return tuple(f"{name}: {a or 'none'} -> {b or 'none'}" for name, a, b in named if a != b)
