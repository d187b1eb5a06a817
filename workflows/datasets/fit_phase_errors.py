"""Fit the errors of a bundled set to published formation energies: the table beside the set.

    python -m workflows.datasets.fit_phase_errors sevennet-l3i5 mp2020_more.csv.gz

The table of published numbers has the columns ``mp_id`` and ``formation_energy_per_atom`` [eV].
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from interfaces.chemistry.formulas import Formula
from interfaces.phases.phase_errors import fit_class_errors
from interfaces.phases.phase_set import PhaseSet
from workflows.data.error_tables import errors_csv
from workflows.data.phase_sets import read_phases
from workflows.io.atomic import write_bytes_atomic
from workflows.io.readers import read_text
from workflows.io.resources import inputs


def _published_energies(path: Path) -> dict[str, float]:
    """Id -> published formation energy [eV/atom]."""
    rows = csv.DictReader(io.StringIO(read_text(path)))
    return {row["mp_id"]: float(row["formation_energy_per_atom"]) for row in rows}


def residuals(
    phase_set: PhaseSet, published: Mapping[str, float]
) -> Iterator[tuple[Formula, float]]:
    """Set minus published [eV/atom] of every entry with a published energy."""
    for identifier, formula, energy in zip(
        phase_set.ids, phase_set.formulas, phase_set.energies, strict=True
    ):
        if identifier in published:
            yield formula, float(energy) - published[identifier]


def fit(name: str, published: Path) -> Path:
    """Write the errors of a bundled set beside it; the path of the table."""
    classes = fit_class_errors(residuals(read_phases(name), _published_energies(published)))
    target = inputs() / "phases" / f"{name}.errors.csv"
    write_bytes_atomic(target, errors_csv(classes).encode())
    return target


if __name__ == "__main__":
    print(fit(sys.argv[1], Path(sys.argv[2])))
