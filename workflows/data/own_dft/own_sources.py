"""Read one result: a finished VASP run, an entry of a JSON file, or a task of a job store."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from interfaces.errors import InputError
from workflows.data.entry_json import check_entry, known_only, read_documents
from workflows.data.vasp_runs.run_checks import require
from workflows.data.vasp_runs.run_readers import (
    read_vasprun_settings,
    settings_of_entry,
    settings_of_task,
    with_outcome,
)
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


KINDS = ("ComputedEntry", "ComputedStructureEntry")
FIELDS = (
    "uuid", "index", "name",
    *(f"output.{name}" for name in (
        "entry", "structure", "state", "task_type", "task_id", "run_type", "input", "mocked",
        "calcs_reversed.vasp_version", "forcefield_name", "ase_calculator_name", "calculator",
        "output.energy", "output.structure")),
)  # fmt: skip


def listed(path: Path) -> Iterator[tuple[str, str, Any]]:
    """Entries of a JSON file.

    Parameters
    ----------
    path : of the file.

    Yields
    ------
    tuple
        Origin, id and dictionary of an entry.

    Raises
    ------
    InputError
        If it is not JSON, or holds no entries.
    """
    data = read_documents(path)
    stem = path.name.partition(".")[0]
    for number, item in enumerate(data):
        known = item.get("entry_id") if isinstance(item, dict) else None
        yield f"{path.name} entry {number}", str(known or f"{stem}#{number}"), {"entry": item}


def read_entry(source: Mapping[str, Any], origin: str) -> tuple[Any, RunSettings]:
    """Read an entry of an entries JSON.

    Parameters
    ----------
    source : ``{"entry": dictionary}``.
    origin : for messages.

    Returns
    -------
    tuple
        pymatgen entry without corrections, and the settings that it records.

    Raises
    ------
    InputError
        If it is not an entry.
    """
    computed = _computed(source["entry"])
    return computed, settings_of_entry(source["entry"], origin)


def _computed(data: Any, beside: Any = None) -> Any:
    """Entry from its dictionary, with the structure beside it if it holds none."""
    from pymatgen.entries.computed_entries import ComputedEntry, ComputedStructureEntry

    check_entry(data, KINDS)
    structure = data.get("structure", beside)
    plain = {key: data[key] for key in ("composition", "energy", "parameters", "data")
             if data.get(key) is not None} | {"correction": 0.0}  # fmt: skip
    try:
        if isinstance(structure, Mapping) and "lattice" in structure:
            made = ComputedStructureEntry.from_dict(
                known_only(plain | {"structure": dict(structure)})
            )
            check_cell(made.structure)
            return made
        return ComputedEntry.from_dict(known_only(plain))
    except Exception as error:
        raise InputError(f"not a ComputedEntry: {type(error).__name__} {error}") from None


def tasks(documents: list[Any]) -> Iterator[tuple[str, str, Any]]:
    """Documents of a job store.

    Parameters
    ----------
    documents : as stored by jobflow.

    Yields
    ------
    tuple
        Origin, id and output of a document.
    """
    for document in documents:
        output = document.get("output")
        output = output if isinstance(output, Mapping) else {}
        uuid, index = str(document.get("uuid", "?")), int(document.get("index") or 1)
        job = uuid if index == 1 else f"{uuid}:{index}"
        entry = output.get("entry") or {}
        identifier = entry.get("entry_id") or output.get("task_id") or job
        origin = " ".join(str(word) for word in ("job", document.get("name"), job) if word)
        yield origin, str(identifier), {"output": output}


def read_task(output: Mapping[str, Any], origin: str) -> tuple[Any, RunSettings]:
    """Read the entry of a task document, or build it from the energy and structure.

    Parameters
    ----------
    output : emmet or atomate2 task document.
    origin : for messages.

    Returns
    -------
    tuple
        pymatgen entry without corrections, and the settings of the run.

    Raises
    ------
    InputError
        If the task failed, is not of VASP, or has no energy.
    """
    state = str(output.get("state") or "successful").rpartition(".")[2].lower()
    if state != "successful":
        raise InputError(f"the task is {state}; run it again")
    for field in ("forcefield_name", "ase_calculator_name", "calculator"):
        if output.get(field):
            raise InputError(
                f"the energy is of {output[field]} ({field}), not of VASP; calculate it with VASP"
            )
    settings = settings_of_task(output, origin)
    results = output.get("output") or {}
    structure = output.get("structure") or results.get("structure")
    entry = output.get("entry")
    if not entry:
        if results.get("energy") is None or not isinstance(structure, Mapping):
            raise InputError("no VASP task: no entry, and no energy with a structure in its output")
        entry = {"energy": results["energy"], "parameters": {}}
    return _computed(entry, structure), settings
