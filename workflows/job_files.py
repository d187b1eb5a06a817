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

ENGINES = ("stored", "quantum_chemistry")  #: of molecules


@dataclass(frozen=True)
class Cells:
    """What ``calculate:`` in a job file asks for: size of the cells, how many of what, and how.

    ``molecules``: ``stored`` or ``quantum_chemistry``, for electrolytes that are molecules.
    """

    formula_units: int = 10
    decorations: int = 1
    orderings: int = 2
    seed: int = 811
    molecules: str = "stored"


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


def load(path: Path) -> tuple[str, dict[str, Any]]:
    """Name and keys of a job file; a bundled one is found by its name if the path does not exist.

    Raises
    ------
    InputError
        If the file is missing, or is not YAML with keys.
    """
    import yaml

    bundled = inputs() / path.name
    found = path if path.is_file() else bundled if bundled.is_file() else None
    if found is None:
        known = ", ".join(f"inputs/{p.name}" for p in sorted(inputs().glob("*.yaml")) if _is_job(p))
        raise InputError(f"job file {path} does not exist; bundled: {known}")
    try:
        data = yaml.safe_load(read_text(found))
    except yaml.YAMLError as error:
        raise InputError(f"{found.name} is not YAML: {error}") from None
    if not isinstance(data, dict):
        raise InputError(f"{found.name} holds no keys; a job needs name, cathode, lithium, ...")
    return found.name, {str(key): value for key, value in data.items()}


def plain_name(file: str, name: str) -> str:
    """The name of a run, which is that of its folder.

    Raises
    ------
    InputError
        If it is none.
    """
    if Path(name).name != name or name.startswith("."):
        raise InputError(f"{file}: run name {name!r} must be a plain folder name")
    return name


def read_job(path: Path) -> Job:
    """Read a job file.

    Raises
    ------
    InputError
        If the file is missing, is not YAML, or has a key that is unknown, missing or of the wrong
        kind.
    """
    file, data = load(path)
    known_keys = {field.name for field in fields(Job)}
    required = known_keys - {"energies", "exclude", "calculate"}
    unknown, missing = sorted(data.keys() - known_keys), sorted(required - data.keys())
    if unknown or missing:
        raise InputError(
            f"{file}: unknown keys {unknown or 'none'}, missing keys {missing or 'none'}; "
            f"a job has {', '.join(sorted(known_keys))}"
        )
    for key in ("lithium", "electrolytes", "energies", "exclude"):
        if not isinstance(data.get(key, []), list):
            raise InputError(f"{file}: {key} must be a list, found {data[key]!r}")
    name = plain_name(file, str(data["name"]))
    try:
        lithium = tuple(Fraction(str(x)) for x in data["lithium"])
    except ValueError as error:
        raise InputError(f"{file}: lithium contents must be numbers: {error}") from None
    if not lithium or not data["electrolytes"]:
        raise InputError(f"{file}: give at least one lithium content and one electrolyte")
    return Job(
        name,
        str(data["cathode"]),
        lithium,
        tuple(map(str, data["electrolytes"])),
        str(data["phases"]),
        tuple(map(str, data.get("energies", []))),
        tuple(map(str, data.get("exclude", []))),
        _cells(data.get("calculate", {}), file),
    )


def _cells(data: Any, file: str) -> Cells:
    known = [field.name for field in fields(Cells)]
    if not isinstance(data, dict) or data.keys() - set(known):
        raise InputError(f"{file}: calculate has {', '.join(known)}; found {data!r}")
    molecules = data.get("molecules", ENGINES[0])
    if molecules not in ENGINES:
        raise InputError(
            f"{file}: calculate: molecules must be {' or '.join(ENGINES)}, found {molecules!r}"
        )
    least = {name: 0 if name == "seed" else 1 for name in known if name != "molecules"}
    for key, value in data.items():
        if key in least and (type(value) is not int or value < least[key]):
            raise InputError(
                f"{file}: calculate: {key} must be a whole number of at least {least[key]}, "
                f"found {value!r}"
            )
    return Cells(**data)


def _is_job(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    return "electrolytes:" in text or "temperature:" in text


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
