"""Job files: what ``interfaces run`` is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

from interfaces.errors import InputError
from interfaces.formulas import chemical_system, decimal
from workflows.credentials import credential_in
from workflows.disk import plain_name, read_yaml
from workflows.outputs import check_name
from workflows.resources import inputs
from workflows.systems import find_system

#: Written with few digits: 1e999999999 would be a number of a billion of them.
_NUMBER = re.compile(r"[0-9]{0,20}\.?[0-9]{0,20}(?:[eE][+-]?[0-9]{1,2})?|[0-9]{1,20}/[0-9]{1,20}")
#: What cells can be asked for at most; more atoms than anyone relaxes.
MOST = {"formula_units": 400, "decorations": 1000, "orderings": 1000, "seed": 2**32 - 1}
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
        If the file is missing, is not YAML with keys, or holds a secret or a text of several lines.
    """
    bundled = inputs() / path.name
    found = path if path.is_file() else bundled if bundled.is_file() else None
    if found is None:
        known = ", ".join(f"inputs/{p.name}" for p in sorted(inputs().glob("*.yaml")) if _is_job(p))
        raise InputError(f"job file {path} does not exist; bundled: {known}")
    data = read_yaml(found)
    if not isinstance(data, dict):
        raise InputError(f"{found.name} holds no keys; a job needs name, cathode, lithium, ...")
    for text in _texts(data):
        check_name(f"{found.name}:", text)
        if secret := credential_in(text):
            raise InputError(
                f"{found.name}: {secret} looks like a secret, and would be copied into the run's "
                "folder; leave it out"
            )
    return found.name, {str(key): value for key, value in data.items()}


def _texts(value: Any) -> Iterator[str]:
    """Every text in a job file, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(key)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def has_questions(path: Path) -> bool:
    """Whether a job file asks questions; reads it.

    Raises
    ------
    InputError
        If the file is missing or is not YAML with keys.
    """
    return "questions" in load(path)[1]


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
    name = plain_name(f"{file}: run name", str(data["name"]))
    lithium = tuple(_content(file, str(x)) for x in data["lithium"])
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


def _content(file: str, text: str) -> Fraction:
    """A lithium content as it is written: 0.3, 1, 1/3, 5e-2."""
    try:
        if not _NUMBER.fullmatch(text):
            raise ValueError
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise InputError(
            f"{file}: lithium contents must be numbers such as 0.3, found {text[:40]!r}"
        ) from None


def _cells(data: Any, file: str) -> Cells:
    known = [field.name for field in fields(Cells)]
    if not isinstance(data, dict) or data.keys() - set(known):
        raise InputError(f"{file}: calculate has {', '.join(known)}; found {data!r}")
    molecules = data.get("molecules", ENGINES[0])
    if molecules not in ENGINES:
        raise InputError(
            f"{file}: calculate: molecules must be {' or '.join(ENGINES)}, found {molecules!r}"
        )
    for key, value in data.items():
        if key in MOST:
            least, most = 0 if key == "seed" else 1, MOST[key]
            if type(value) is not int or not least <= value <= most:
                raise InputError(
                    f"{file}: calculate: {key} must be a whole number of at least {least}, at "
                    f"most {most}, found {value!r}"
                )
    return Cells(**data)


def _is_job(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    return any(key in text for key in ("electrolytes:", "temperature:", "questions:"))


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
