"""Read pymatgen entries from JSON, building only the classes that entries consist of.

monty imports whatever ``@module`` names and builds whatever ``@class`` says. A file that someone
sent must not choose what is run, nor which other file is opened, so that the classes are in a
list here, each with the module that it is taken from. Anything else stays plain data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from interfaces.errors import InputError
from workflows.io.readers import parse_json, read_text

_ENTRIES = "pymatgen.entries.computed_entries"
_PERIODIC_TABLE = "pymatgen.core.periodic_table"
BUILT: Mapping[str, str] = {
    "ComputedEntry": _ENTRIES,
    "ComputedStructureEntry": _ENTRIES,
    "ConstantEnergyAdjustment": _ENTRIES,
    "ManualEnergyAdjustment": _ENTRIES,
    "CompositionEnergyAdjustment": _ENTRIES,
    "TemperatureEnergyAdjustment": _ENTRIES,
    "PDEntry": "pymatgen.analysis.phase_diagram",
    "Composition": "pymatgen.core.composition",
    "Structure": "pymatgen.core.structure",
    "PeriodicSite": "pymatgen.core.sites",
    "Lattice": "pymatgen.core.lattice",
    "Element": _PERIODIC_TABLE,
    "Species": _PERIODIC_TABLE,
    "DummySpecies": _PERIODIC_TABLE,
}  #: class -> module that it is imported from, whatever the file says

LARGEST_ENERGY = 1e9  #: eV of a cell
KINDS = ("ComputedEntry", "ComputedStructureEntry", "PDEntry")
REFUSED = {
    "GibbsComputedStructureEntry": "holds a Gibbs energy; give the entry that it was made from, "
    "and give the temperature with --temperature",
    "ExpEntry": "holds a measured enthalpy, which has no place beside computed energies",
    "GrandPotPDEntry": "holds a grand potential; give the entry that it was made from",
    "TransformedPDEntry": "holds a transformed composition; give the entry that it was made from",
    "GrandPotentialPhaseDiagram": "holds grand potentials; give the entries of the closed system",
    "CompoundPhaseDiagram": "holds transformed compositions; give the entries of the elements",
}
TASK_KEYS = frozenset({"calcs_reversed", "orig_inputs", "orig", "dir_name", "task_label"})


def known_only(data: Any) -> Any:
    """Remove the class names of a JSON value, except those of :data:`BUILT`.

    Parameters
    ----------
    data : lists, dictionaries and plain values.

    Returns
    -------
    Any
        The same data; each remaining class has the module listed here.

    Examples
    --------
    >>> known_only({"@module": "antigravity", "@class": "Flight", "height": 3})
    {'height': 3}
    >>> known_only({"@module": "elsewhere", "@class": "Lattice", "matrix": []})["@module"]
    'pymatgen.core.lattice'
    """
    if isinstance(data, list):
        return [known_only(item) for item in data]
    if not isinstance(data, dict):
        return data
    kept = {key: known_only(item) for key, item in data.items() if not str(key).startswith("@")}
    name = data.get("@class")
    module = BUILT.get(name) if isinstance(name, str) and "@callable" not in data else None
    return kept if module is None else {"@module": module, "@class": name} | kept


def read_documents(path: Path) -> list[Any]:
    """Entries, or documents of the Materials Project, as plain data.

    Parameters
    ----------
    path : JSON or one JSON object a line (``.gz`` allowed): a list of entries, an object that holds
        one (``entries``, ``all_entries``, ``data``), a dumped ``PhaseDiagram`` or ``EntrySet``, a
        mapping from id to entry, or one entry.

    Raises
    ------
    InputError
        If it is no JSON, or holds no entries.
    """
    data = _parsed(path)
    if isinstance(data, Mapping):
        kind = data.get("@class")
        if kind in REFUSED:
            raise InputError(f"{path.name} is a {kind}, which {REFUSED[kind]}")
        data = _inside(data)
    if not isinstance(data, list) or not data:
        raise InputError(
            f"{path.name} holds no list of entries; give pymatgen ComputedEntry or PDEntry "
            "dictionaries, as monty.serialization.dumpfn(entries, file) writes them"
        )
    return data


def _parsed(path: Path) -> Any:
    """What a file holds: one JSON value, or one a line."""
    text = read_text(path)
    lines = [line for line in text.splitlines() if line.strip()]
    by_line = len(lines) > 1 and all(
        line.lstrip().startswith("{") and line.rstrip().endswith("}") for line in lines[:2]
    )
    if not by_line:
        return parse_json(text, path.name)
    return [parse_json(line, f"{path.name} line {number}") for number, line in enumerate(lines, 1)]


def _inside(data: Mapping[str, Any]) -> Any:
    """The list of entries that an object holds, or None."""
    if isinstance(computed := data.get("computed_data"), Mapping):  # of a PhaseDiagram
        return computed.get("all_entries")
    for key in ("entries", "all_entries", "data"):
        if isinstance(data.get(key), list):
            return data[key]
    if "energy" in data or "thermo_type" in data:
        return [data]
    values = list(data.values())
    if values and all(isinstance(value, Mapping) and "energy" in value for value in values):
        return [{"entry_id": key} | dict(value) for key, value in data.items()]
    return None


def build_entry(item: Any) -> Any:
    """The pymatgen entry of its plain data.

    Parameters
    ----------
    item : dictionary of a ``ComputedEntry``, ``ComputedStructureEntry`` or ``PDEntry``; without a
        class it counts as a ``ComputedEntry``.

    Raises
    ------
    InputError
        If it is something else, or lacks what an entry needs.
    """
    from workflows.schemas.base import validate
    from workflows.schemas.entry_file import EntryBlock

    check_entry(item)
    validate(EntryBlock, item, str(item.get("@class", KINDS[0])))
    from pymatgen.analysis.phase_diagram import PDEntry
    from pymatgen.entries.computed_entries import ComputedEntry, ComputedStructureEntry

    name = item.get("@class", KINDS[0])
    kind = dict(zip(KINDS, (ComputedEntry, ComputedStructureEntry, PDEntry), strict=True))[name]
    stated = {"correction": 0.0} | {k: value for k, value in item.items() if value is not None}
    try:
        entry = kind.from_dict(known_only(stated))
        if any(
            isinstance(adjustment, dict) for adjustment in getattr(entry, "energy_adjustments", ())
        ):
            raise ValueError("an energy adjustment is of a class that is not read")
        float(entry.energy_per_atom)  # pymatgen sums its corrections here
        return entry
    except KeyError as error:
        raise InputError(f"a {name} without {error.args[0]!r}") from None
    except Exception as error:  # of whatever pymatgen finds wrong with the values
        raise InputError(f"not a {name}: {type(error).__name__} {error}") from None


def check_entry(item: Any, kinds: tuple[str, ...] = KINDS) -> None:
    """Refuse a JSON value that is not an entry.

    Parameters
    ----------
    item : a parsed JSON value.
    kinds : classes that are accepted; the first is assumed where none is named.

    Raises
    ------
    InputError
        If it is another kind of object, or its energy is not a finite number.
    """
    if not isinstance(item, Mapping):
        raise InputError(f"not a {kinds[0]}: {json.dumps(item)[:40]}")
    name = item.get("@class", kinds[0])
    if not isinstance(name, str):
        raise InputError(f"its class is {json.dumps(name)[:40]}, not a name")
    if name in REFUSED:
        raise InputError(f"a {name}, which {REFUSED[name]}")
    if "energy" not in item and (document := _document(item)):
        raise InputError(f"{document}, not an entry of a phase: it has no energy and composition")
    if name not in kinds:
        raise InputError(f"a {name}, not a {kinds[0]}; give the entries as they were calculated")
    if "energy" not in item:
        raise InputError(f"not a {name}: it has no energy")
    energy = item["energy"]
    is_number = isinstance(energy, int | float) and not isinstance(energy, bool)
    if not is_number or not abs(energy) < LARGEST_ENERGY:  # NaN is not below it either
        raise InputError(f"not a {name}: its energy is {energy!r:.40}, not a finite number in eV")


def _document(item: Mapping[str, Any]) -> str:
    """What kind of database document an object is, if it is one."""
    orig, inputs = item.get("orig"), item.get("input")
    of_molecule = any(isinstance(part, Mapping) and {"molecule", "initial_molecule"} & part.keys()
                      for part in (orig, inputs)) or "smiles" in item  # fmt: skip
    if of_molecule:
        return "a task document of a molecule"
    if TASK_KEYS & item.keys():
        return "a task document of a calculation (workflows.data.own_dft.from_store reads these)"
    if "material_id" in item:
        return "a document of the Materials Project"
    return ""
