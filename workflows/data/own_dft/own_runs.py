"""Read finished VASP runs whose last energy can be used as that of a phase."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from interfaces.errors import InputError
from workflows.data.vasp_runs.run_checks import require
from workflows.data.vasp_runs.run_readers import read_vasprun_settings, with_outcome
from workflows.data.vasp_runs.run_settings import RunSettings
from workflows.io.readers import check_packed
from workflows.io.structure_files import check_cell

RUN = re.compile(r"vasprun\.xml(?:\.relax(\d+))?(?:\.gz)?")


def runs_in(folder: Path) -> Iterator[Path]:
    """VASP runs in and below a folder.

    Parameters
    ----------
    folder : is searched downwards.

    Yields
    ------
    Path
        One file of each folder: its ``vasprun.xml``, or the last of a chain of relaxations.
    """
    for place, folders, files in os.walk(folder):
        folders.sort()
        runs = {name: match for name in files
                 if (match := RUN.fullmatch(name)) and Path(place, name).is_file()}  # fmt: skip
        if runs:
            last = max(runs, key=lambda name: (runs[name][1] is None, int(runs[name][1] or 0),
                                                not name.endswith(".gz")))  # fmt: skip
            yield Path(place, last)


def folder_of(run: Path, root: Path) -> str:
    """Id of a run: its folder relative to the root, or the root's own name.

    Parameters
    ----------
    run : file of the run.
    root : folder that was searched.
    """
    folder = run.parent.relative_to(root).as_posix()
    return root.resolve().name if folder == "." else folder


def read_run(path: Path) -> tuple[Any, RunSettings]:
    """Read a run that can be used as an energy, with its settings.

    The settings are checked first, so that a run without ionic steps, or one that pymatgen cannot
    read, is refused for what it is.

    Parameters
    ----------
    path : vasprun.xml, plain or packed.

    Returns
    -------
    tuple
        pymatgen entry (energy [eV] without corrections) and the settings.

    Raises
    ------
    InputError
        If it is truncated, not an energy of a phase, or not converged.
    """
    from pymatgen.entries.computed_entries import ComputedStructureEntry
    from pymatgen.io.vasp.outputs import Vasprun

    check_packed(path)
    settings = read_vasprun_settings(path)
    require(settings, "energy")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it warns of is refused by the checks
            run = Vasprun(path, parse_dos=False, parse_eigen=False, parse_potcar_file=False)
            settings = with_outcome(settings, run)
            energy, structure = float(run.final_energy), check_cell(run.final_structure)
    except SyntaxError as error:  # of XML
        raise InputError(
            f"{path}: truncated or no XML ({error.msg}); the run did not finish"
        ) from None
    except Exception as error:
        raise InputError(
            f"{path}: no energy of a VASP run in it ({type(error).__name__}: {error})"
        ) from None
    parameters = {
        "run_type": settings.functional,
        "hubbards": dict(settings.hubbards or ()),
        "potcar_symbols": list(settings.potcars),
    }
    return ComputedStructureEntry(structure, energy, parameters=parameters), settings
