"""How the mock is told to fail like VASP, and to take its time. Standard library only.

``MOCK_VASP.json`` in the folder of the run, or the environment variable ``MOCK_VASP`` (the same
JSON, or the path of a file with it), holds any of::

    {"fail": {"1": "zbrent"},        what goes wrong on which run, counted from 1
     "runs": "/absolute/path",       where runs are counted; default: MOCK_VASP.runs in the folder
     "seconds_per_step": 0.0,        wait after every ionic step
     "energies": {"LiCoO2": -6.4},   energies [eV/atom] by formula, instead of the model's
     "pair_scale": 1.0}              weight of the pair term

so that a first run fails and the next one, in the same folder, succeeds. The file wins over the
variable.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workflows.calculators.mock.mock_readers import RefusedError

MODES = {
    "unconverged": "the last ionic step uses up NELM electronic steps",
    "zbrent": "the line minimiser gives up after two ionic steps",
    "edddav": "the diagonalisation fails in the first electronic step",
    "walltime": "the process is killed half-way, as a queue does",
    "truncated": "vasprun.xml ends in the middle, everything else is whole",
    "exit": "all outputs are whole, the exit status is 1",
}
ZBRENT = (
    " ZBRENT: fatal error in bracketing\n"
    "     please rerun with smaller EDIFF, or copy CONTCAR\n"
    "     to POSCAR and continue\n"
)
EDDDAV = " Error EDDDAV: Call to ZHEGV failed. Returncode =   7 1   8\n"


@dataclass(frozen=True)
class Behaviour:
    """What one run is told to do."""

    failure: str | None = None
    seconds_per_step: float = 0.0
    energies: Mapping[str, float] = field(default_factory=dict)
    pair_scale: float = 1.0


def behaviour(folder: Path, environment: Mapping[str, str]) -> Behaviour:
    """Read the instructions of a run and count it.

    Raises
    ------
    RefusedError
        If the instructions cannot be read, or name something unknown.
    """
    path = folder / "MOCK_VASP.json"
    text = path.read_text() if path.is_file() else environment.get("MOCK_VASP", "").strip()
    if text and not text.startswith("{"):
        text = Path(text).read_text()
    try:
        orders = json.loads(text or "{}")
    except ValueError as error:
        raise RefusedError(
            f"MOCK_VASP: not JSON ({error}); see workflows.calculators.mock.failures"
        ) from None
    known = {"fail", "runs", "seconds_per_step", "energies", "pair_scale"}
    failures = {str(n): mode for n, mode in orders.get("fail", {}).items()}
    unknown = sorted(set(orders) - known) + sorted(set(failures.values()) - set(MODES))
    if unknown:
        raise RefusedError(
            f"MOCK_VASP: {unknown[0]!r} is unknown; keys are {', '.join(sorted(known))}, "
            f"failures {', '.join(MODES)}"
        )
    run = count_run(Path(orders.get("runs", folder / "MOCK_VASP.runs"))) if failures else 1
    return Behaviour(
        failures.get(str(run)),
        float(orders.get("seconds_per_step", 0.0)),
        {str(formula): float(e) for formula, e in orders.get("energies", {}).items()},
        float(orders.get("pair_scale", 1.0)),
    )


def count_run(path: Path) -> int:
    """Number of this run, from 1; one byte is appended for each, so that runs may overlap."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, b".")
        return os.lseek(handle, 0, os.SEEK_CUR)
    finally:
        os.close(handle)
