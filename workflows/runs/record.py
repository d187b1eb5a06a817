"""Records that hold a question, the phase energies behind it and its answer, and their replay.

A record is one JSON file (gzipped where its name says so) from which every number in it follows:
replaying needs no network, no phase set and no other file. Replayed on another phase set it says
what a newer database moves.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from interfaces.chemistry.formulas import Formula
from interfaces.errors import InputError, InterfaceError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant, reactant
from workflows.analyses.coatings.coating_analysis import CoatingAnalysis
from workflows.analyses.curve import CurveAnalysis, UptakeAnalysis
from workflows.analyses.maps import ChargingAnalysis, VoltageMapAnalysis
from workflows.analyses.window import WindowAnalysis
from workflows.data.phase_sets import read_phases
from workflows.io.atomic import write_bytes_atomic
from workflows.io.readers import read_text, unique_keys

FORMAT = 1
IN_FOLDER = "record.json.gz"  #: name of the record of a run's folder
CLOSE = 1e-9  #: largest difference of equal numbers, absolute and relative
#: What results tell now and earlier records lack.
ADDED = frozenset(
    ("gas_amounts", "interphase", "minimum_total_without_gas", "volume_A3_per_atom",
     "volumes_A3_per_formula")
)  # fmt: skip

Question = (
    CurveAnalysis
    | UptakeAnalysis
    | WindowAnalysis
    | VoltageMapAnalysis
    | ChargingAnalysis
    | CoatingAnalysis
)
KINDS = {
    one.kind: one
    for one in (
        CurveAnalysis,
        UptakeAnalysis,
        WindowAnalysis,
        VoltageMapAnalysis,
        ChargingAnalysis,
        CoatingAnalysis,
    )
}


class Answer(Protocol):
    """What every question answers with."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""


@dataclass(frozen=True)
class Difference:
    """One value that came out differently: where it stands, as recorded and as replayed."""

    where: str
    recorded: Any
    replayed: Any

    def __str__(self) -> str:
        return f"{self.where}: recorded {self.recorded!r}, replayed {self.replayed!r}"


@dataclass(frozen=True)
class Replayed:
    """One question of a record, asked again."""

    label: str
    result: dict[str, Any]
    again: dict[str, Any]
    differences: tuple[Difference, ...]


def write_record(path: Path, answers: Sequence[tuple[Question, Answer]]) -> None:
    """Write questions on one phase set with their answers, whole or not at all.

    The phases are stored once, those that any of the questions holds.

    Raises
    ------
    InputError
        If a phase has another energy in one question than in another.
    """
    sets = {id(question.phase_set): question.phase_set for question, _ in answers}
    data = {
        "format": FORMAT,
        "phases": _phases(list(sets.values())),
        "answers": [
            {"kind": question.kind, "question": question.to_dict(), "result": answer.to_dict()}
            for question, answer in answers
        ],
    }
    text = (json.dumps(data, indent=None, allow_nan=False) + "\n").encode()
    # Without a time in the header, so that a rerun gives the same bytes.
    write_bytes_atomic(path, gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)


def _check_alike(sets: Sequence[PhaseSet]) -> None:
    """Refuse sets that a record could not tell apart: of another temperature, pressure, bars."""
    shared: dict[str, float] = {}
    for one in sets:
        if (one.temperature, one.barred, one.scheme) != (
            sets[0].temperature,
            sets[0].barred,
            sets[0].scheme,
        ) or any(
            abs(shared.setdefault(name, energy) - energy) > CLOSE
            for name, energy in zip(one.ids, map(float, one.energies), strict=True)
        ):
            raise InputError(
                "the questions of one record stand on one phase set; found another temperature, "
                "pressure, scheme or exclusion among them: ask those apart"
            )


def _phases(sets: Sequence[PhaseSet]) -> dict[str, Any]:
    first = sets[0]
    _check_alike(sets)
    rows: dict[str, tuple[str, float, float | None]] = {}
    for one in sets:
        volumes = np.full(len(one), np.nan) if one.volumes is None else one.volumes
        listed = zip(one.ids, one.formulas, one.energies, volumes, strict=True)
        for identifier, formula, energy, volume in listed:
            known = float(volume) if np.isfinite(volume) else None
            rows.setdefault(identifier, (formula.text, float(energy), known))
    return {
        "scheme": first.scheme,
        "source": first.source,
        "stand_in": first.stand_in,
        "temperature_K": first.temperature,
        "notes": list(first.notes),
        "barred": list(first.barred),
        "quantity": "formation_energy_per_atom",
        "ids": list(rows),
        "formulas": [formula for formula, _, _ in rows.values()],
        "energies": [energy for _, energy, _ in rows.values()],
        "volumes_A3_per_atom": [volume for _, _, volume in rows.values()],
    }


def read_record(path: Path) -> list[tuple[Question, dict[str, Any]]]:
    """Questions of a record, or of a run's folder, with their recorded results.

    Raises
    ------
    InputError
        If there is no record, it cannot be read, or its phases are not those it was made with.
    """
    from workflows.schemas.base import validate
    from workflows.schemas.records import Format, RecordFile

    file = path / IN_FOLDER if path.is_dir() else path
    if not file.is_file():
        found = f"holds no {IN_FOLDER}" if path.is_dir() else "does not exist"
        raise InputError(
            f"record {str(path)!r} {found}; write one with --record, or name a run's folder"
        )
    try:
        data = json.loads(read_text(file), object_pairs_hook=unique_keys)
        validate(Format, data, f"{file.name} is no record of a result")
        if data["format"] != FORMAT:
            raise InputError(
                f"{file.name} has format {data['format']}; this version reads {FORMAT}"
            )
        validate(RecordFile, data, f"{file.name} is no record of a result")
        phase_set = _phase_set(data["phases"])
        questions = [
            (KINDS[one["kind"]].from_dict(one["question"], phase_set), one["result"])
            for one in data["answers"]
        ]
    except (json.JSONDecodeError, RecursionError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, InterfaceError):
            raise
        raise InputError(
            f"{file.name} is no record of a result: {type(error).__name__} {error}"
        ) from None
    return questions


def _phase_set(data: Mapping[str, Any]) -> PhaseSet:
    known = data.get("volumes_A3_per_atom", [None] * len(data["ids"]))  # older records have none
    volumes = [float("nan") if volume is None else float(volume) for volume in known]
    rows = zip(data["ids"], data["formulas"], data["energies"], volumes, strict=True)
    phase_set = PhaseSet.from_rows(
        list(rows),
        scheme=data["scheme"],
        source=data["source"],
        quantity=data["quantity"],
        stand_in=data["stand_in"],
    )
    # As the record spells them, which its hash and its results are of; other versions may spell
    # the same compositions otherwise.
    recorded = dict(zip(data["ids"], data["formulas"], strict=True))
    return replace(
        phase_set,
        formulas=tuple(Formula.parse(recorded[identifier]) for identifier in phase_set.ids),
        temperature=data["temperature_K"],
        notes=tuple(data["notes"]),
        barred=tuple(data.get("barred", ())),  # older records have none
    )


def replay(path: Path, phases: str | None = None) -> list[Replayed]:
    """Ask every question of a record again, of its own phases or of another phase set.

    Own phases give the recorded result again, or the differences are a defect or an edited file.
    On another set each reactant keeps its energy model, and the differences are what it moves.
    """
    replayed = []
    for question, recorded in read_record(path):
        if phases is None:
            _check_phases(question)
            asked = question
        else:
            asked = _moved(question, phases)
        again = json.loads(json.dumps(asked.answer().to_dict()))
        label = " | ".join(one["name"] for one in question.to_dict()["reactants"][:2])
        replayed.append(
            Replayed(
                f"{question.kind} {label}", recorded, again, tuple(differences(recorded, again))
            )
        )
    return replayed


def _check_phases(question: Question) -> None:
    """The phases must be those whose hash the question carries."""
    expected = question.provenance.get("entries_sha256")
    elements = elements_of(question)
    pool = question.phase_set.pool(elements)
    found = question.phase_set.fingerprint(int(row) for row in pool.rows)
    if expected is not None and expected != found:
        raise InputError(
            f"the phase energies of this record were changed: their hash is {found[:12]}..., "
            f"recorded {expected[:12]}...; compare with another set by --phases"
        )


def elements_of(question: Question) -> tuple[str, ...]:
    """Elements of a question: of its reactants, what is open, and the carrier."""
    data = question.to_dict()
    found = {one["element"] for one in data["open"]} | {data.get("carrier", "")} - {""}
    for one in data["reactants"]:
        found |= set(Reactant.from_record(one).formula.elements)
    return tuple(sorted(found))


def _moved(question: Question, phases: str) -> Question:
    """The same question, its reactants placed anew on another phase set."""
    phase_set = read_phases(phases, elements_of(question))
    data = question.to_dict()
    data["reactants"] = [
        _placed_again(phase_set, Reactant.from_record(one), question.phase_set.scheme).to_dict()
        for one in data["reactants"]
    ]
    data["provenance"] = {"scheme": phase_set.scheme, "phase_set": phase_set.source}
    return KINDS[question.kind].from_dict(data, phase_set)


def _placed_again(phase_set: PhaseSet, one: Reactant, scheme: str) -> Reactant:
    if one.energy_model in ("own", "hull"):
        return reactant(phase_set, one.formula, one.energy_model, name=one.name)
    if phase_set.scheme != scheme:
        raise InputError(
            f"{one.label} has a {one.energy_model} energy on the scheme {scheme}, which "
            f"{phase_set.source} ({phase_set.scheme}) does not share; ask the question anew there"
        )
    return reactant(
        phase_set, one.formula, one.energy, name=one.name, entry_id=one.entry_id,
        uncertainty=one.uncertainty, model=one.energy_model, notes=one.notes, volume=one.volume,
    )  # fmt: skip


def differences(recorded: Any, again: Any, where: str = "") -> Iterator[Difference]:
    """Where two plain results differ, numbers beyond round-off.

    What an older version did not write (:data:`ADDED`) is no difference where a record lacks it.
    """
    if isinstance(recorded, dict) and isinstance(again, dict):
        for key in dict.fromkeys([*recorded, *again]):
            if key in ADDED and key not in recorded:
                continue
            yield from differences(
                recorded.get(key), again.get(key), f"{where}.{key}" if where else key
            )
    elif isinstance(recorded, list) and isinstance(again, list):
        if len(recorded) != len(again):
            yield Difference(f"{where} (number)", len(recorded), len(again))
        for index, (one, other) in enumerate(zip(recorded, again, strict=False)):
            yield from differences(one, other, f"{where}[{index}]")
    elif _is_number(recorded) and _is_number(again):
        if not np.isclose(recorded, again, rtol=CLOSE, atol=CLOSE):
            yield Difference(where, recorded, again)
    elif recorded != again and not where.startswith("provenance."):
        yield Difference(where, recorded, again)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
