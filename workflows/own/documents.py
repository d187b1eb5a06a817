"""Entries JSON and documents of a job store as pymatgen entries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from interfaces.errors import InputError
from workflows.disk import read_json
from workflows.own.runs import check_kind
from workflows.plain_json import tamed
from workflows.sound_cells import sound

KINDS = ("ComputedEntry", "ComputedStructureEntry")
FIELDS = (
    "uuid", "index", "name",
    *(f"output.{name}" for name in (
        "entry", "structure", "state", "task_type", "task_id", "run_type", "input",
        "output.energy", "output.structure")),
)  # fmt: skip


def listed(path: Path) -> Iterator[tuple[str, str, Any]]:
    """Origin, id and dictionary of each entry of a JSON file."""
    data = read_json(path)
    if isinstance(data, dict):
        data = data.get("entries", data.get("all_entries"))
    if not isinstance(data, list) or not data:
        raise InputError(
            f"{path.name} holds no list of entries; give pymatgen ComputedStructureEntry "
            "dictionaries, as json.dump(entries, file, cls=MontyEncoder) writes them"
        )
    stem = path.name.partition(".")[0]
    for number, item in enumerate(data):
        known = item.get("entry_id") if isinstance(item, dict) else None
        yield f"{path.name} entry {number}", str(known or f"{stem}#{number}"), {"entry": item}


def read_entry(source: Mapping[str, Any]) -> Any:
    """Entry from its dictionary, with the structure beside it if it holds none."""
    from pymatgen.entries.computed_entries import ComputedEntry, ComputedStructureEntry

    from workflows.schemas.base import validate
    from workflows.schemas.entries import EntryBlock

    data = source["entry"]
    if not isinstance(data, Mapping) or "energy" not in data:
        raise InputError("not a ComputedEntry: it has no energy")
    if data.get("@class", KINDS[0]) not in KINDS:
        raise InputError(
            f"a {data['@class']}, not a ComputedEntry; give the entries as they were calculated"
        )
    validate(EntryBlock, data, "ComputedEntry")
    structure = data.get("structure", source.get("structure"))
    plain = {key: data[key] for key in ("composition", "energy", "parameters", "data")
             if data.get(key) is not None} | {"correction": 0.0}  # fmt: skip
    try:
        if isinstance(structure, Mapping) and "lattice" in structure:
            made = ComputedStructureEntry.from_dict(tamed(plain | {"structure": dict(structure)}))
            sound(made.structure)
            return made
        return ComputedEntry.from_dict(tamed(plain))
    except Exception as error:
        raise InputError(f"not a ComputedEntry: {type(error).__name__} {error}") from None


def tasks(documents: list[Any]) -> Iterator[tuple[str, str, Any]]:
    """Origin, id and output of each document of a job store."""
    for document in documents:
        output = document.get("output")
        output = output if isinstance(output, Mapping) else {}
        uuid, index = str(document.get("uuid", "?")), int(document.get("index") or 1)
        job = uuid if index == 1 else f"{uuid}:{index}"
        entry = output.get("entry") or {}
        identifier = entry.get("entry_id") or output.get("task_id") or job
        origin = " ".join(str(word) for word in ("job", document.get("name"), job) if word)
        yield origin, str(identifier), {"output": output}


def read_task(output: Mapping[str, Any]) -> Any:
    """Entry of a task document: its own, or put together from its fields."""
    state = str(output.get("state") or "successful").rpartition(".")[2].lower()
    if state != "successful":
        raise InputError(f"the task is {state}; run it again")
    inputs = output.get("input") or {}
    kind = str(output.get("task_type") or "")
    if re.search("NSCF|SCF Line|Molecular Dynamics|Deformation|NMR|DFPT", kind, re.IGNORECASE):
        raise InputError(f"a task of type {kind!r} gives no energy of a phase")
    check_kind(inputs.get("parameters") or {}, "task")
    results = output.get("output") or {}
    structure = output.get("structure") or results.get("structure")
    entry = output.get("entry")
    tags = (inputs.get("parameters") or {}) | (inputs.get("incar") or {})
    settings = {name: tags[name] for name in ("LDAUTYPE", "ENMAX") if name in tags}
    if not entry:
        if results.get("energy") is None or not isinstance(structure, Mapping):
            raise InputError("no VASP task: no entry, and no energy with a structure in its output")
        names = ("hubbards", "potcar_spec", "is_hubbard")
        parameters = {name: inputs[name] for name in names if inputs.get(name) is not None}
        parameters["run_type"] = output.get("run_type")
        entry = {"energy": results["energy"], "parameters": parameters}
    entry = dict(entry) | {"parameters": settings | (entry.get("parameters") or {})}
    return read_entry({"entry": entry, "structure": structure})
