"""Records that hold an analysis, its phase energies and its result, and their replay.

A record is one JSON file (gzipped where its name says so) from which every number in it follows:
replaying needs no network, no phase set and no other file. Replayed on another phase set it shows
what a newer database changes.
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
from interfaces.phases.phase_errors import PhaseErrors
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant, reactant
from interfaces.phases.schemes import CorrectedPhase
from workflows.analyses.analysis import Analysis
from workflows.analyses.registry import ANALYSES
from workflows.data.measured_enthalpies import corrected, fits_of
from workflows.data.phase_sets import read_phases
from workflows.io.atomic import write_bytes_atomic
from workflows.io.readers import read_text, unique_keys
from workflows.runs.record_index import write_index

FORMAT = 1
IN_FOLDER = "record.json.gz"  #: name of the record of a run's folder
CLOSE = 1e-9  #: largest difference of equal numbers, absolute and relative
#: Keys of results that earlier records lack.
ADDED = frozenset(
    ("gas_amounts", "interphase", "minimum_total_without_gas", "volume_A3_per_atom",
     "volumes_A3_per_formula", "placed_by", "band", "uncertainty_ev_per_atom", "low_ev_per_atom",
     "high_ev_per_atom")
)  # fmt: skip


class Result(Protocol):
    """What an analysis computes."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""


@dataclass(frozen=True)
class Difference:
    """One value that differs: its place in the result, as recorded and as replayed."""

    where: str
    recorded: Any
    replayed: Any

    def __str__(self) -> str:
        return f"{self.where}: recorded {self.recorded!r}, replayed {self.replayed!r}"


@dataclass(frozen=True)
class Replayed:
    """One analysis of a record, run again."""

    kind: str
    label: str
    result: dict[str, Any]
    again: dict[str, Any]
    differences: tuple[Difference, ...]


def write_record(
    path: Path,
    results: Sequence[tuple[Analysis, Result]],
    ranking: Sequence[Mapping[str, object]] = (),
) -> None:
    """Write analyses on one phase set with their results, completely or not at all.

    The phases are stored once, those that any of the analyses holds. The record of a run's folder
    has an index beside it, see :mod:`workflows.runs.record_index`.

    Parameters
    ----------
    path : the file, compressed where its name ends in ``.gz``.
    results : analyses with their results.
    ranking : probabilities that one electrolyte is milder than another, as in ``ranking.csv``.

    Raises
    ------
    InputError
        If a phase has another energy in one analysis than in another.
    """
    sets = {id(analysis.phase_set): analysis.phase_set for analysis, _ in results}
    data = {
        "format": FORMAT,
        "phases": _phases(list(sets.values())),
        "answers": [
            {"kind": analysis.kind, "question": analysis.to_dict(), "result": result.to_dict()}
            for analysis, result in results
        ],
    } | ({"ranking": [dict(row) for row in ranking]} if ranking else {})
    text = (json.dumps(data, indent=None, allow_nan=False) + "\n").encode()
    # Without a time in the header, so that a rerun gives the same bytes.
    content = gzip.compress(text, mtime=0) if path.suffix == ".gz" else text
    write_bytes_atomic(path, content)
    if path.name == IN_FOLDER:
        write_index(path, content, [(analysis.kind, result) for analysis, result in results])


def _check_alike(sets: Sequence[PhaseSet]) -> None:
    """Refuse sets that differ in temperature, pressure or exclusions, which a record holds once."""
    shared: dict[str, float] = {}
    for phase_set in sets:
        if (phase_set.temperature, phase_set.barred, phase_set.scheme) != (
            sets[0].temperature,
            sets[0].barred,
            sets[0].scheme,
        ) or any(
            abs(shared.setdefault(name, energy) - energy) > CLOSE
            for name, energy in zip(phase_set.ids, map(float, phase_set.energies), strict=True)
        ):
            raise InputError(
                "the analyses of one record share one phase set; found another temperature, "
                "pressure, scheme or exclusion among them: run those in separate jobs"
            )


def _phases(sets: Sequence[PhaseSet]) -> dict[str, Any]:
    first = sets[0]
    _check_alike(sets)
    rows: dict[str, tuple[str, float, float | None]] = {}
    for phase_set in sets:
        volumes = phase_set.volumes
        if volumes is None:
            volumes = np.full(len(phase_set), np.nan)
        listed = zip(phase_set.ids, phase_set.formulas, phase_set.energies, volumes, strict=True)
        for identifier, formula, energy, volume in listed:
            known = float(volume) if np.isfinite(volume) else None
            rows.setdefault(identifier, (formula.text, float(energy), known))
    return {
        "scheme": first.scheme,
        "source": first.source,
        "surrogate": first.surrogate,
        "temperature_K": first.temperature,
        "notes": list(first.notes),
        "barred": list(first.barred),
        "corrected": [phase.to_dict() for phase in first.corrected],
        "errors": first.errors.to_dict() if first.errors else None,
        "quantity": "formation_energy_per_atom",
        "ids": list(rows),
        "formulas": [formula for formula, _, _ in rows.values()],
        "energies": [energy for _, energy, _ in rows.values()],
        "volumes_A3_per_atom": [volume for _, _, volume in rows.values()],
    }


def read_record(path: Path) -> list[tuple[Analysis, dict[str, Any]]]:
    """Analyses of a record, or of a run's folder, with their recorded results.

    Raises
    ------
    InputError
        If there is no record, it cannot be read, or its phases are not those it was made with.
    """
    from workflows.schemas.base import validate
    from workflows.schemas.records import Format, RecordFile

    file = path / IN_FOLDER if path.is_dir() else path
    if not file.is_file():
        fault = f"holds no {IN_FOLDER}" if path.is_dir() else "does not exist"
        raise InputError(
            f"record {str(path)!r} {fault}; write one with --record, or name a run's folder"
        )
    try:
        data = json.loads(read_text(file), object_pairs_hook=unique_keys)
        validate(Format, data, f"{file.name} is not a record of a result")
        if data["format"] != FORMAT:
            raise InputError(
                f"{file.name} has format {data['format']}; this version reads {FORMAT}"
            )
        phases = data.get("phases")
        if isinstance(phases, dict) and "stand_in" in phases:  # the key of older records
            phases["surrogate"] = phases.pop("stand_in")
        validate(RecordFile, data, f"{file.name} is not a record of a result")
        phase_set = _phase_set(data["phases"])
        results = [
            (_kind(answer["kind"], file).from_record(answer["question"], phase_set),
             answer["result"])
            for answer in data["answers"]
        ]  # fmt: skip
    except (json.JSONDecodeError, RecursionError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, InterfaceError):
            raise
        raise InputError(
            f"{file.name} is not a record of a result: {type(error).__name__} {error}"
        ) from None
    return results


def _kind(name: str, file: Path) -> type[Analysis]:
    if name not in ANALYSES:
        raise InputError(
            f"{file.name} holds an analysis of the kind {name[:40]!r}; this version reads "
            f"{', '.join(ANALYSES)}"
        )
    return ANALYSES[name]


def _phase_set(data: Mapping[str, Any]) -> PhaseSet:
    known = data.get("volumes_A3_per_atom", [None] * len(data["ids"]))  # older records have none
    volumes = [float("nan") if volume is None else float(volume) for volume in known]
    rows = zip(data["ids"], data["formulas"], data["energies"], volumes, strict=True)
    phase_set = PhaseSet.from_rows(
        list(rows),
        scheme=data["scheme"],
        source=data["source"],
        quantity=data["quantity"],
        surrogate=data["surrogate"],
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
        corrected=tuple(CorrectedPhase(**phase) for phase in data.get("corrected", ())),
        errors=PhaseErrors.from_record(data["errors"]) if data.get("errors") else None,
    )


def replay(path: Path, phases: str | None = None) -> list[Replayed]:
    """Run every analysis of a record again, on its own phases or on another phase set.

    Own phases give the recorded result again, or the differences are a defect or an edited file.
    On another set each reactant keeps its energy model, and the differences are due to the set.

    Parameters
    ----------
    path : a record, or a run's folder.
    phases : the other phase set.

    Raises
    ------
    InputError
        If the record cannot be read or was changed, or a reactant has no energy in the other set.
    """
    replayed = []
    for analysis, recorded in read_record(path):
        if phases is None:
            check_phases(analysis)
            rerun = analysis
        else:
            rerun = _on_other_set(analysis, phases)
        again = json.loads(json.dumps(rerun.run().to_dict()))
        names = " | ".join(block["name"] for block in analysis.to_dict()["reactants"][:2])
        replayed.append(
            Replayed(
                kind=analysis.kind,
                label=f"{analysis.kind} {names}",
                result=recorded,
                again=again,
                differences=tuple(differences(recorded, again)),
            )
        )
    return replayed


def check_phases(analysis: Analysis) -> None:
    """The phases must be those whose hash the analysis carries."""
    expected = analysis.provenance.get("entries_sha256")
    phase_set = analysis.phase_set
    rows = phase_set.pool(elements_of(analysis)).rows
    actual = phase_set.fingerprint(int(row) for row in rows)
    if expected is not None and expected != actual:
        raise InputError(
            f"the phase energies of this record were changed: their hash is {actual[:12]}..., "
            f"recorded {expected[:12]}...; compare with another set by --phases"
        )


def elements_of(analysis: Analysis) -> tuple[str, ...]:
    """Elements of the reactants, of what is open, and the carrier."""
    data = analysis.to_dict()
    elements = {block["element"] for block in data["open"]} | {data.get("carrier", "")} - {""}
    for block in data["reactants"]:
        elements |= set(Reactant.from_record(block).formula.elements)
    return tuple(sorted(elements))


def _on_other_set(analysis: Analysis, phases: str) -> Analysis:
    """The same analysis with the energies of another phase set."""
    phase_set = read_phases(phases, elements_of(analysis))
    if analysis.phase_set.corrected:
        phase_set = corrected(phase_set, fits_of(phases))
    data = analysis.to_dict()
    data["reactants"] = [
        _energy_in(phase_set, Reactant.from_record(block), analysis.phase_set.scheme).to_dict()
        for block in data["reactants"]
    ]
    data["provenance"] = {"scheme": phase_set.scheme, "phase_set": phase_set.source}
    return type(analysis).from_record(data, phase_set)


def _energy_in(phase_set: PhaseSet, recorded: Reactant, scheme: str) -> Reactant:
    """A recorded reactant with the energy that its model gives in another set."""
    if recorded.energy_model in ("own", "hull"):
        return reactant(phase_set, recorded.formula, recorded.energy_model, name=recorded.name)
    if phase_set.scheme != scheme:
        raise InputError(
            f"{recorded.label} has a {recorded.energy_model} energy on the scheme {scheme}, which "
            f"{phase_set.source} ({phase_set.scheme}) does not share; compute it anew there"
        )
    again = reactant(
        phase_set,
        recorded.formula,
        recorded.energy,
        name=recorded.name,
        entry_id=recorded.entry_id,
        uncertainty=recorded.uncertainty,
        model=recorded.energy_model,
        notes=recorded.notes,
        volume=recorded.volume,
    )
    return replace(again, placed_by=recorded.placed_by)


def differences(recorded: Any, again: Any, where: str = "") -> Iterator[Difference]:
    """Where two plain results differ, numbers beyond round-off.

    A key that an older version did not write (:data:`ADDED`) is no difference.
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
        for index, (before, now) in enumerate(zip(recorded, again, strict=False)):
            yield from differences(before, now, f"{where}[{index}]")
    elif _is_number(recorded) and _is_number(again):
        if not np.isclose(recorded, again, rtol=CLOSE, atol=CLOSE):
            yield Difference(where, recorded, again)
    elif recorded != again and not where.startswith("provenance."):
        yield Difference(where, recorded, again)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
