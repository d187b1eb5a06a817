"""Reading phase energies: ``read_`` a file, or a bundled set by name.

The CSV reader serves the single curve and so uses the standard library only; Parquet and pymatgen
JSON import what they need when they are asked for.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any

from interfaces.errors import FormulaError, InputError, SchemeMixError
from interfaces.formulas import ATOMIC_MASS, symbols_in
from interfaces.phases import PhaseSet, Quantity
from workflows.resources import inputs

ID_COLUMNS = ("id", "entry_id", "mp_id", "material_id")
QUANTITIES: tuple[Quantity, ...] = ("formation_energy_per_atom", "energy_per_atom")
GZIP_MAGIC = b"\x1f\x8b"

Row = tuple[str | None, str, float]


def bundled_sets() -> dict[str, dict[str, Any]]:
    """Name -> card of every bundled phase set (``inputs/phases/*.json``)."""
    cards = {}
    for path in sorted((inputs() / "phases").glob("*.json")):
        cards[path.stem] = json.loads(path.read_text(encoding="utf-8"))
    return cards


def read_phases(
    name_or_path: str | Path, elements: Collection[str] | None = None, scheme: str | None = None
) -> PhaseSet:
    """Read a phase set: a bundled one by its name, or a file by its path.

    Parameters
    ----------
    name_or_path : name of a bundled set (``interfaces phases`` lists them), or a CSV (``.gz``
        allowed), Parquet or pymatgen-JSON file.
    elements : keep only entries made of these elements; all if ``None``. Values of every row are
        checked all the same.
    scheme : what to call the functional and corrections; by default the file says or is named.

    Raises
    ------
    InputError
        If the file is missing, lacks a column, or has a row that cannot be read (with its line).
    """
    card = inputs() / "phases" / f"{name_or_path}.json"
    if "/" not in str(name_or_path) and card.is_file():
        facts = json.loads(card.read_text(encoding="utf-8"))
        return _read_table(
            card.with_name(facts["table"]),
            elements,
            scheme or facts["scheme"],
            str(name_or_path),
            facts["stand_in"],
        )
    path = Path(name_or_path)
    if not path.is_file():
        known = ", ".join(path.stem for path in sorted((inputs() / "phases").glob("*.json")))
        found = "is a folder" if path.is_dir() else "does not exist"
        raise InputError(
            f"phase set {str(name_or_path)!r} {found}; give a CSV, Parquet or JSON file, "
            f"or a bundled set ({known or 'none here'})"
        )
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if ".json" in suffixes:
        return _read_json(path, scheme)
    return _read_table(path, elements, scheme, path.name, "")


def read_text(path: Path) -> str:
    """Text of a file, unpacked if it is gzipped."""
    try:
        data = path.read_bytes()
        if data.startswith(GZIP_MAGIC):
            data = gzip.decompress(data)
        return data.decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path}: {error}") from None


def _read_table(
    path: Path,
    elements: Collection[str] | None,
    scheme: str | None,
    source: str,
    stand_in: str,
) -> PhaseSet:
    if path.suffix.lower() in (".parquet", ".pq"):
        header, rows = _parquet(path)
    else:
        header, rows = _csv(io.StringIO(read_text(path)), path.name)
    quantity = next((q for q in QUANTITIES if q in header), None)
    if "formula" not in header or quantity is None:
        raise InputError(
            f"{path.name} has columns {', '.join(header) or 'none'}; a phase table needs 'formula' "
            f"and one of {' or '.join(map(repr, QUANTITIES))} (eV/atom)"
        )
    identifier = next((column for column in ID_COLUMNS if column in header), None)
    schemes: set[str] = set()
    kept = _kept_rows(rows, header, identifier, quantity, elements, path.name, schemes)
    phase_set = PhaseSet.from_rows(
        list(kept),
        scheme=scheme or f"as in {path.name}",
        source=source,
        quantity=quantity,
        stand_in=stand_in,
    )
    if len(schemes) > 1:
        raise SchemeMixError(
            f"{path.name} mixes the schemes {', '.join(sorted(schemes))}; "
            "keep the rows of one, energies of two schemes cannot be compared"
        )
    return phase_set


def _csv(stream: IO[str], name: str) -> tuple[list[str], Iterator[tuple[int, list[Any]]]]:
    reader = csv.reader(stream)
    try:
        header = [column.strip() for column in next(reader)]
    except StopIteration:
        raise InputError(f"{name} is empty; a phase table needs a header and rows") from None
    except csv.Error as error:
        raise InputError(f"{name} is not a CSV table: {error}") from None

    def rows() -> Iterator[tuple[int, list[Any]]]:
        try:
            for row in reader:
                if row:
                    yield reader.line_num, row
        except csv.Error as error:
            raise InputError(f"{name} line {reader.line_num} is broken: {error}") from None

    return header, rows()


def _parquet(path: Path) -> tuple[list[str], Iterator[tuple[int, list[Any]]]]:
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise InputError(f"cannot read {path}: {error}") from None
    columns = [table.column(name).to_pylist() for name in table.column_names]
    return table.column_names, ((n, list(row)) for n, row in enumerate(zip(*columns, strict=True), 1))


def _kept_rows(
    rows: Iterator[tuple[int, list[Any]]],
    header: list[str],
    identifier: str | None,
    quantity: str,
    elements: Collection[str] | None,
    name: str,
    schemes: set[str],
) -> Iterator[Row]:
    formula_at, energy_at = header.index("formula"), header.index(quantity)
    id_at = header.index(identifier) if identifier else None
    scheme_at = header.index("scheme") if "scheme" in header else None
    wanted = None if elements is None else frozenset(elements)
    inside: dict[str, bool] = {}  # formula -> whether the question needs it
    width = len(header)
    for line, row in rows:
        if len(row) != width:
            raise InputError(
                f"{name} line {line} has {len(row)} fields where the header has {width}"
            )
        formula = row[formula_at]
        try:
            energy = float(row[energy_at])
        except (TypeError, ValueError):
            raise InputError(
                f"{name} line {line}: {quantity} of {formula!r} is {row[energy_at]!r}, "
                "not a number in eV/atom"
            ) from None
        if energy != energy or energy in (float("inf"), float("-inf")):
            raise InputError(
                f"{name} line {line}: {quantity} of {formula!r} is {row[energy_at]}; "
                "give a finite number in eV/atom or leave the row out"
            )
        needed = inside.get(formula)
        if needed is None:
            needed = inside[formula] = _needed(formula, wanted, name, line)
        if scheme_at is not None and row[scheme_at]:
            schemes.add(row[scheme_at])
        if needed:
            yield (row[id_at] or None) if id_at is not None else None, formula, energy


def _needed(formula: Any, wanted: frozenset[str] | None, name: str, line: int) -> bool:
    symbols = symbols_in(formula) if isinstance(formula, str) else frozenset()
    unknown = symbols - ATOMIC_MASS.keys()
    if not symbols or unknown:
        raise FormulaError(
            f"{name} line {line}: formula {formula!r} names "
            + (f"the unknown element {min(unknown)!r}" if unknown else "no element")
        )
    return wanted is None or symbols <= wanted


def _read_json(path: Path, scheme: str | None) -> PhaseSet:
    """Pymatgen entries: a list of ``ComputedEntry`` dictionaries, or an object that holds one."""
    text = read_text(path)
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{path.name} is not JSON: {error}") from None
    if isinstance(data, dict):
        data = data.get("entries", data.get("all_entries"))
    if not isinstance(data, list):
        raise InputError(
            f"{path.name} holds no list of entries; give pymatgen ComputedEntry dictionaries"
        )
    from pymatgen.entries.computed_entries import ComputedEntry

    entries = []
    for number, item in enumerate(data):
        try:
            entries.append(ComputedEntry.from_dict(item))
        except Exception as error:
            raise InputError(
                f"{path.name} entry {number} is not a ComputedEntry: {type(error).__name__} {error}"
            ) from None
    return PhaseSet.from_entries(entries, scheme=scheme, source=path.name)
