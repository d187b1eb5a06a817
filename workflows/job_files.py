"""Job files: what ``interfaces run`` is asked for."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

from interfaces.errors import InputError
from interfaces.formulas import chemical_system, decimal
from workflows.disk import read_text
from workflows.resources import inputs
from workflows.systems import find_system


@dataclass(frozen=True)
class Cells:
    """What ``calculate:`` in a job file asks for: size of the cells, and how many of what."""

    formula_units: int = 10
    decorations: int = 1
    orderings: int = 2
    seed: int = 811


@dataclass(frozen=True)
class Job:
    """What a job file asks for."""

    name: str
    cathode: str
    lithium: tuple[Fraction, ...]
    electrolytes: tuple[str, ...]
    phases: str
    energies: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    calculate: Cells = Cells()


def read_job(path: Path) -> Job:
    """Read a job file; a bundled one is found by its name when the path does not exist.

    Raises
    ------
    InputError
        If the file is missing, is not YAML, or has a key that is unknown, missing or of the wrong
        kind.
    """
    import yaml

    bundled = inputs() / path.name
    found = path if path.is_file() else bundled if bundled.is_file() else None
    if found is None:
        known = ", ".join(f"inputs/{p.name}" for p in inputs().glob("*.yaml") if _is_job(p))
        raise InputError(f"job file {path} does not exist; bundled: {known}")
    try:
        data = yaml.safe_load(read_text(found))
    except yaml.YAMLError as error:
        raise InputError(f"{found.name} is not YAML: {error}") from None
    if not isinstance(data, dict):
        raise InputError(f"{found.name} holds no keys; a job needs name, cathode, lithium, ...")
    known_keys = {field.name for field in fields(Job)}
    required = known_keys - {"energies", "exclude", "calculate"}
    unknown, missing = sorted(map(str, data.keys() - known_keys)), sorted(required - data.keys())
    if unknown or missing:
        raise InputError(
            f"{found.name}: unknown keys {unknown or 'none'}, missing keys {missing or 'none'}; "
            f"a job has {', '.join(sorted(known_keys))}"
        )
    for key in ("lithium", "electrolytes", "energies", "exclude"):
        if not isinstance(data.get(key, []), list):
            raise InputError(f"{found.name}: {key} must be a list, found {data[key]!r}")
    name = str(data["name"])
    if Path(name).name != name or name.startswith("."):
        raise InputError(f"{found.name}: run name {name!r} must be a plain folder name")
    try:
        lithium = tuple(Fraction(str(x)) for x in data["lithium"])
    except ValueError as error:
        raise InputError(f"{found.name}: lithium contents must be numbers: {error}") from None
    if not lithium or not data["electrolytes"]:
        raise InputError(f"{found.name}: give at least one lithium content and one electrolyte")
    return Job(
        name,
        str(data["cathode"]),
        lithium,
        tuple(map(str, data["electrolytes"])),
        str(data["phases"]),
        tuple(map(str, data.get("energies", []))),
        tuple(map(str, data.get("exclude", []))),
        _cells(data.get("calculate", {}), found.name),
    )


def _cells(data: Any, file: str) -> Cells:
    least = {field.name: 0 if field.name == "seed" else 1 for field in fields(Cells)}
    if not isinstance(data, dict) or data.keys() - least.keys():
        raise InputError(f"{file}: calculate has {', '.join(least)}; found {data!r}")
    for key, value in data.items():
        if type(value) is not int or value < least[key]:
            raise InputError(
                f"{file}: calculate: {key} must be a whole number of at least {least[key]}, "
                f"found {value!r}"
            )
    return Cells(**data)


def _is_job(path: Path) -> bool:
    return "electrolytes:" in path.read_text(encoding="utf-8")


def elements_of(job: Job) -> tuple[str, ...]:
    """Elements of the cathode and all electrolytes of a job."""
    systems = [find_system(f"{job.cathode}@{decimal(x)}") for x in job.lithium]
    systems += [find_system(electrolyte) for electrolyte in job.electrolytes]
    return tuple(chemical_system([system.formula for system in systems]))


def energies_of(job: Job, electrolyte: str) -> tuple[str, ...]:
    """The job's energy choices that concern one pair."""
    others = {f"{other}=" for other in job.electrolytes if other != electrolyte}
    return tuple(
        text for text in job.energies if not any(text.startswith(other) for other in others)
    )
