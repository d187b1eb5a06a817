"""Errors of phase sets: a small table beside a bundled set, or the errors of MP2020 corrections."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from interfaces.errors import InputError
from interfaces.phases.phase_errors import ANY, ClassError, PhaseErrors
from interfaces.phases.schemes import GGA, SCHEMES
from workflows.io.readers import read_text

COLUMNS = (
    "chemistry", "shared_ev_per_atom", "own_ev_per_atom", "outlier_share", "outlier_ev_per_atom",
    "rows",
)  # fmt: skip

#: Errors of the fitted corrections [eV per atom], from pymatgen's MP2020Compatibility.yaml (a test
#: compares), with the standard deviation of DFT reaction energies between chemically similar
#: phases, 24 meV/atom (doi 10.1103/PhysRevB.85.155208), as each phase's own.
MP2020 = PhaseErrors(
    source="errors of the MP2020 corrections as fitted, and 24 meV/atom per phase "
    "(doi 10.1103/PhysRevB.85.155208)",
    classes=(ClassError(chemistry=ANY, shared=0.0, own=0.024, rows=135),),
    anions=(
        ("O", 0.002), ("S", 0.0093), ("F", 0.0026), ("Cl", 0.0018), ("Br", 0.0026), ("I", 0.0055),
        ("N", 0.0093), ("H", 0.0013),
    ),
    metals=(
        ("V", 0.0064), ("Cr", 0.0108), ("Mn", 0.0053), ("Fe", 0.0101), ("Co", 0.006),
        ("Ni", 0.0107), ("W", 0.0253), ("Mo", 0.0089),
    ),
)  # fmt: skip


def scheme_errors(scheme: str) -> PhaseErrors | None:
    """Errors of a scheme, or None where none are known."""
    return MP2020 if scheme == SCHEMES[GGA] else None


def read_errors(path: Path, source: str) -> PhaseErrors | None:
    """Errors by class of chemistry from the table beside a bundled set; None without one.

    Raises
    ------
    InputError
        If the table lacks a column or the class ``any``, or a value is no error.
    """
    if not path.is_file():
        return None
    try:
        classes = tuple(
            ClassError(
                chemistry=row["chemistry"],
                shared=float(row["shared_ev_per_atom"]),
                own=float(row["own_ev_per_atom"]),
                rows=int(row["rows"]),
                outlier_share=float(row.get("outlier_share") or 0),
                outlier=float(row.get("outlier_ev_per_atom") or 0),
            )
            for row in csv.DictReader(io.StringIO(read_text(path)))
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{path.name}: {error}; a table of errors has {', '.join(COLUMNS)}"
        ) from None
    sizes = [
        size
        for error in classes
        for size in (error.shared, error.own, error.outlier_share, error.outlier)
    ]
    if not all(0 <= size < 1 for size in sizes) or ANY not in {e.chemistry for e in classes}:
        raise InputError(
            f"{path.name}: errors lie between 0 and 1 eV/atom, and a row has the chemistry {ANY!r}"
        )
    return PhaseErrors(source, classes)


def errors_csv(classes: Sequence[ClassError]) -> str:
    """The table that :func:`read_errors` reads."""
    lines = [",".join(COLUMNS)]
    lines += [
        f"{e.chemistry},{e.shared:.4f},{e.own:.4f},{e.outlier_share:.3f},{e.outlier:.4f},{e.rows}"
        for e in classes
    ]
    return "\n".join(lines) + "\n"
