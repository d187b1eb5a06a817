"""Job files with ``questions:``, each in the words of a verb of the command line.

::

    name: lco_lpscl
    phases: chgnet-0.3.0
    questions:
      - {curve: [LCO, LPSCl]}
      - {curve: [LCO, LPSCl], open: [Li], voltage: 4.3}
      - {window: LPSCl, reference: In|LiIn, as: window_in}
      - {map: [LCO, LPSCl], voltages: "2:4.5"}
      - {coatings: [NCM811, LGPS], candidates: [NiO]}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from interfaces.electrodes import Plateau
from interfaces.errors import InputError
from workflows.conditions import Conditions, read_pressure
from workflows.disk import plain_name
from workflows.job_files import load
from workflows.maps import Range, read_range
from workflows.questions import DEFAULT_SET, Source

#: Verb -> how many materials it names.
VERBS = {"curve": 2, "window": 1, "map": 2, "charging": 2, "coatings": 2}
LISTS = ("open", "gas", "energy", "exclude", "residual", "candidates")
NUMBERS = ("voltage", "temperature", "gas_temperature")
TEXTS = ("reference", "plateau", "carrier", "voltages", "charged", "discharged", "as")
#: Words that only some verbs understand.
OF_VERB = {
    "voltage": ("curve", "coatings"),
    "voltages": ("map", "charging"),
    "residual": ("curve",),
    "candidates": ("coatings",),
    "charged": ("coatings",),
    "discharged": ("coatings",),
    "carrier": ("window", "map", "charging", "coatings"),
}


@dataclass(frozen=True)
class Inquiry:
    """One question as it is written; the words are those of the verb's options."""

    name: str
    verb: str
    materials: tuple[str, ...]
    source: Source
    conditions: Conditions
    voltages: Range | None = None
    residuals: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    charged: str | None = None
    discharged: str | None = None
    carrier: str = "Li"


@dataclass(frozen=True)
class Inquiries:
    """A job file of questions."""

    name: str
    asked: tuple[Inquiry, ...]


def read_inquiries(path: Path, phases: str | None = None) -> Inquiries:
    """Read a job file of questions; ``phases`` takes the place of the set that it names.

    Raises
    ------
    InputError
        If a key is unknown, missing or of the wrong kind, or two questions have one name.
    """
    file, data = load(path)
    unknown = sorted(data.keys() - {"name", "phases", "questions"})
    if unknown or "name" not in data:
        raise InputError(
            f"{file}: a job of questions has name, questions and phases; found "
            f"{', '.join(sorted(data))}"
        )
    if not isinstance(data["questions"], list) or not data["questions"]:
        raise InputError(f"{file}: questions must be a list of at least one")
    used = phases or str(data.get("phases", DEFAULT_SET))
    asked = tuple(
        _inquiry(f"{file}: question {number}", one, used)
        for number, one in enumerate(data["questions"], start=1)
    )
    names = [one.name for one in asked]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise InputError(
            f"{file}: two questions are called {twice}; tell them apart with `as: NAME`"
        )
    for key, words in (
        ("exclude", {one.source.exclude for one in asked}),
        ("temperature", {one.conditions.temperature for one in asked}),
    ):
        if len(words) > 1:  # the record of a run holds one set of phases
            raise InputError(
                f"{file}: {key} differs between questions; those of one job share their phases: "
                "give it to all of them, or ask those apart"
            )
    return Inquiries(plain_name(f"{file}: run name", str(data["name"])), asked)


def _inquiry(where: str, given: Any, phases: str) -> Inquiry:
    if not isinstance(given, dict):
        raise InputError(f"{where} must be keys such as {{curve: [LCO, LPSCl]}}, found {given!r}")
    words = {str(key): value for key, value in given.items()}
    verbs = [key for key in words if key in VERBS]
    if len(verbs) != 1:
        raise InputError(f"{where} must have one of {', '.join(VERBS)}; found {', '.join(words)}")
    verb = verbs[0]
    materials = _materials(where, verb, words.pop(verb))
    told = _checked(where, verb, words)
    conditions = Conditions(
        told.get("open", ()),
        told.get("voltage"),
        told.get("reference"),
        cast(Plateau, told.get("plateau", "set")),
        tuple(read_pressure(text) for text in told.get("gas", ())),
        told.get("temperature"),
        told.get("gas_temperature"),
    )
    return Inquiry(
        plain_name(f"{where}: name", told.get("as") or _name(verb, materials, conditions)),
        verb,
        materials,
        Source(phases, told.get("energy", ()), told.get("exclude", ())),
        conditions,
        read_range(told["voltages"]) if "voltages" in told else None,
        told.get("residual", ()),
        told.get("candidates", ()),
        told.get("charged"),
        told.get("discharged"),
        told.get("carrier", "Li"),
    )


def _materials(where: str, verb: str, given: Any) -> tuple[str, ...]:
    found = given if isinstance(given, list) else [given]
    if len(found) != VERBS[verb] or not all(isinstance(one, str) for one in found):
        number = "one material" if VERBS[verb] == 1 else "a list of two materials"
        raise InputError(f"{where}: {verb} takes {number}, found {given!r}")
    return tuple(found)


def _checked(where: str, verb: str, words: Mapping[str, Any]) -> dict[str, Any]:
    """The words beside the verb, each of its kind: lists of texts, numbers, texts."""
    found: dict[str, Any] = {}
    for key, value in words.items():
        if verb not in OF_VERB.get(key, (verb,)) or key not in (*LISTS, *NUMBERS, *TEXTS):
            known = [k for k in (*LISTS, *NUMBERS, *TEXTS) if verb in OF_VERB.get(k, (verb,))]
            raise InputError(f"{where}: {verb} knows {', '.join(known)}; found {key}")
        if key in LISTS:
            if not isinstance(value, list):
                raise InputError(f"{where}: {key} must be a list, found {value!r}")
            found[key] = tuple(map(str, value))
        elif key in NUMBERS:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise InputError(f"{where}: {key} must be a number, found {value!r}")
            found[key] = float(value)
        else:
            found[key] = str(value)
    if found.get("plateau", "set") not in ("set", "experimental"):
        raise InputError(f"{where}: plateau is set or experimental, found {found['plateau']!r}")
    return found


def _name(verb: str, materials: tuple[str, ...], conditions: Conditions) -> str:
    """A name for files: curve_LCO_LPSCl_4.3V_973K.

    >>> _name("curve", ("NCM811@0.5", "LPSCl"), Conditions(("Li",), 4.3))
    'curve_NCM811-0.5_LPSCl_4.3V'
    """
    parts = [verb, *materials]
    if conditions.voltage is not None:
        parts.append(f"{conditions.voltage:g}V")
    for kelvin in (conditions.temperature, conditions.gas_temperature):
        if kelvin is not None:
            parts.append(f"{kelvin:g}K")
    return "_".join(re.sub(r"[^A-Za-z0-9.]+", "-", part) for part in parts)
