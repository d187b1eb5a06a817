"""Own entries as rows of a table."""

from __future__ import annotations

from collections.abc import Iterable

from workflows.data.own_dft.entry import OwnEntry

SHOWN_COLUMNS = (
    "id", "formula", "functional", "energy_ev_per_atom", "corrections",
    "correction_ev_per_atom", "corrected_energy_ev_per_atom", "notes",
)  # fmt: skip


def show(entries: Iterable[OwnEntry]) -> list[dict[str, object]]:
    """Table of own entries with their corrections.

    A correction reads ``name: atoms x eV``, with the corrected atoms per formula unit: ``oxide:
    2 x -0.687``. Energies are in eV/atom; before :func:`workflows.data.own_dft.correct` there is no
    correction, and the column says so.

    Parameters
    ----------
    entries : own entries.

    Returns
    -------
    list of dict
        One row per entry.
    """
    rows = []
    for entry in entries:
        units = entry.n_atoms / float(entry.formula.n_atoms)
        named = ", ".join(
            f"{a.name}: {a.atoms / units:g} x {a.per_corrected_atom:g}" for a in entry.adjustments
        )
        values = (
            entry.id, entry.formula.text, entry.run_type or "unknown", entry.energy_per_atom,
            named or ("none" if entry.corrected_by else "not corrected yet"),
            entry.correction_per_atom, entry.corrected_energy_per_atom, "; ".join(entry.notes),
        )  # fmt: skip
        rows.append(dict(zip(SHOWN_COLUMNS, values, strict=True)))
    return rows
