"""Index of a run's record: what a query reads of each result, without reading the record itself.

``record.index.json`` is written beside ``record.json.gz``. It ends in a checksum of its own and
holds that of the record, so an index that is damaged, or of another record, is never used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

from interfaces.errors import InputError
from interfaces.phases.reactants import Reactant
from interfaces.phases.reservoirs import OpenElement
from interfaces.reactivity.mixing_curve import MixingCurve
from workflows.analyses.registry import ANALYSES
from workflows.io.checksums import parse_checked, with_checksum
from workflows.io.readers import read_bytes
from workflows.io.results import write_atomic
from workflows.schemas.base import validate
from workflows.schemas.records import CurveMinima, IndexedAnswer, IndexFile

INDEX = "record.index.json"
FORMAT = 1
DEPTH = 4  #: levels down to the reactants of a matrix: maps, content and map, map, reactant


def index_answer(kind: str, result: Any) -> IndexedAnswer:
    """What a query reads of one result.

    Parameters
    ----------
    kind : of the analysis.
    result : what the analysis computed.

    Returns
    -------
    IndexedAnswer
        Reactants and open elements in the order of the result's fields, its headline numbers, and
        the minima of a curve.
    """
    return IndexedAnswer.model_validate(
        {
            "kind": kind,
            "reactants": [
                {
                    "name": reactant.label,
                    "formula": reactant.formula.text,
                    "energy_model": reactant.energy_model,
                }
                for reactant in _values_of(result, Reactant)
            ],
            "open": [
                {
                    "element": element.symbol,
                    "voltage_V": element.voltage,
                    "condition": str(element),
                }
                for element in _values_of(result, OpenElement)
            ],
            # of a matrix: those of its first map
            "scheme": getattr(result, "scheme", None) or result.maps[0][1].scheme,
            "phase_set": getattr(result, "phase_set", None) or result.maps[0][1].phase_set,
            "headlines": [asdict(headline) for headline in ANALYSES[kind].headlines(result)],
            "curve": _minima(result) if isinstance(result, MixingCurve) else None,
        }
    )


def _values_of(result: Any, kind: type) -> list[Any]:
    """Values of a class in the fields of a result, each once, in the order of the fields."""
    return list(dict.fromkeys(_walk(result, kind, DEPTH)))


def _walk(value: Any, kind: type, depth: int) -> Iterator[Any]:
    if isinstance(value, kind):
        yield value
    elif depth and isinstance(value, tuple):
        for item in value:
            yield from _walk(item, kind, depth - 1)
    elif depth and is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _walk(getattr(value, field.name), kind, depth - 1)


def _minima(curve: MixingCurve) -> CurveMinima:
    total, mutual = curve.minimum_total, curve.minimum_mutual
    opened = bool(curve.open_elements)

    def fraction(kink: Any) -> float:
        return float(kink.nonopen_fraction if opened else kink.mixing_fraction)

    return CurveMinima(
        basis=curve.basis,
        minimum_total=total.total_per_nonopen_atom,
        fraction_total=fraction(total),
        reaction_total=str(total.reaction),
        kind_total=curve.describe_minimum(total),
        minimum_mutual=mutual.mutual_per_nonopen_atom,
        fraction_mutual=fraction(mutual),
        reaction_mutual=str(mutual.reaction),
    )


def write_index(record: Path, data: bytes, results: Iterable[tuple[str, Any]]) -> None:
    """Write the index of a record beside it.

    Parameters
    ----------
    record : path of the record.
    data : the bytes of the record.
    results : kind and result of every analysis, in the order of the record.
    """
    index = IndexFile(
        format=FORMAT,
        record_sha256=hashlib.sha256(data).hexdigest(),
        answers=tuple(index_answer(kind, result) for kind, result in results),
    )
    text = json.dumps(index.model_dump(mode="json"), allow_nan=False)
    write_atomic(record.with_name(INDEX), with_checksum(text))


def read_index(record: Path) -> Sequence[IndexedAnswer] | None:
    """Read the index of a record.

    Parameters
    ----------
    record : path of the record.

    Returns
    -------
    Sequence[IndexedAnswer] or None
        None where there is no index, or it is damaged, of another version or of another record.
    """
    try:
        content, has_checksum = parse_checked(read_bytes(record.with_name(INDEX)))
        index = validate(IndexFile, content, INDEX)
        digest = hashlib.sha256(record.read_bytes()).hexdigest()
    except (InputError, OSError, ValueError):
        return None
    current = has_checksum and index.format == FORMAT and index.record_sha256 == digest
    answers: Sequence[IndexedAnswer] | None = index.answers if current else None
    return answers
