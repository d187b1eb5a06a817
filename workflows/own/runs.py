"""VASP runs whose last energy is that of a phase.

Finished, converged, self-consistent; no molecular dynamics, no displaced atoms.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from interfaces.errors import InputError
from workflows.disk import check_packed
from workflows.sound_cells import sound

RUN = re.compile(r"vasprun\.xml(?:\.relax(\d+))?(?:\.gz)?")


def runs_in(folder: Path) -> Iterator[Path]:
    """One file of each folder: its ``vasprun.xml``, or the last of a chain of relaxations."""
    for place, folders, files in os.walk(folder):
        folders.sort()
        found = {name: match for name in files
                 if (match := RUN.fullmatch(name)) and Path(place, name).is_file()}  # fmt: skip
        if found:
            last = max(found, key=lambda name: (found[name][1] is None, int(found[name][1] or 0),
                                                not name.endswith(".gz")))  # fmt: skip
            yield Path(place, last)


def folder_of(run: Path, root: Path) -> str:
    """Folder of a run below the root, its id; the root's own name for a run in it."""
    folder = run.parent.relative_to(root).as_posix()
    return root.resolve().name if folder == "." else folder


def read_run(path: Path) -> Any:
    """Entry of a finished, converged, self-consistent run."""
    from pymatgen.entries.computed_entries import ComputedStructureEntry
    from pymatgen.io.vasp.outputs import Vasprun

    check_packed(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it warns of is refused below
            run = Vasprun(path, parse_dos=False, parse_eigen=False, parse_potcar_file=False)
            parameters = {
                "run_type": run.run_type,
                "hubbards": run.hubbards,
                "potcar_symbols": run.potcar_symbols,
                "LDAUTYPE": run.incar.get("LDAUTYPE", 2),
                "ENMAX": run.parameters.get("ENMAX"),
            }
            electronic, ionic = run.converged_electronic, run.converged_ionic
            energy, structure = float(run.final_energy), sound(run.final_structure)
    except SyntaxError as error:  # of XML
        raise InputError(
            f"{path}: truncated or no XML ({error.msg}); the run did not finish"
        ) from None
    except Exception as error:
        raise InputError(
            f"{path}: no energy of a VASP run in it ({type(error).__name__}: {error})"
        ) from None
    check_kind(dict(run.incar) | dict(run.parameters), path)
    if not (electronic and ionic):
        loop = "ionic" if electronic else "electronic"
        limit = "NSW" if electronic else "NELM"
        raise InputError(
            f"{path}: unconverged, the {loop} loop stopped at {limit} = "
            f"{run.parameters.get(limit)}; continue the run"
        )
    return ComputedStructureEntry(structure, energy, parameters=parameters)


def check_kind(parameters: Mapping[str, Any], origin: object) -> None:
    """Refuse runs whose last energy is not that of a phase."""
    steps, mode = int(parameters.get("NSW") or 0), int(parameters.get("IBRION", -1))
    charge = int(parameters.get("ICHARG") or 0)
    if parameters.get("ML_LMLFF") or (mode == 0 and steps > 0):
        raise InputError(
            f"{origin}: molecular dynamics (IBRION = {mode}, NSW = {steps}), no energy of a phase "
            "at rest; relax a snapshot"
        )
    if mode in range(5, 9) or int(parameters.get("IMAGES") or 0):
        raise InputError(
            f"{origin}: phonons or images of a path (IBRION = {mode}), atoms are displaced; "
            "give the relaxation"
        )
    if charge >= 10:
        raise InputError(
            f"{origin}: not self-consistent (ICHARG = {charge}, a band structure); "
            "give the static run before it"
        )
