"""Read phase sets: a file, a folder of a snapshot, or a bundled set by name."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from interfaces.chemistry.formulas import ATOMIC_MASS, DOTS, SUBSCRIPTS, symbols_in
from interfaces.chemistry.numbers import read_number
from interfaces.errors import FormulaError, InputError, SchemeMixError
from interfaces.phases.phase_set import PhaseSet, Quantity, Row
from interfaces.phases.schemes import SCHEMES, scheme_of
from workflows.data.entry_json import build_entry, read_documents
from workflows.data.error_tables import read_errors, scheme_errors
from workflows.io.mock_mark import MARK, MOCK_SCHEME, is_mock, mark_of
from workflows.io.outputs import note_input
from workflows.io.readers import read_text
from workflows.io.resources import BUNDLED, DEFAULT_SET, inputs

ID_COLUMNS = ("id", "entry_id", "mp_id", "material_id")
QUANTITIES: tuple[Quantity, ...] = ("formation_energy_per_atom", "energy_per_atom")
LARGEST_ENERGY = 1e6  #: eV/atom; infinity and NaN are not below it either

JSON = frozenset({".json", ".jsonl", ".ndjson"})
PARQUET = frozenset({".parquet", ".pq"})

VOLUME = "volume_per_atom"  #: A^3/atom, optional; what a Gibbs energy needs
READ = frozenset((*ID_COLUMNS, "formula", *QUANTITIES, "scheme", VOLUME))  #: other columns are not
LARGEST_TABLE = 5_000_000  #: rows; more than the phases of every database together


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
    name_or_path : name of a bundled set (``interfaces phases`` lists them; ``bundled`` is the
        default one), a snapshot's folder, or a CSV (``.gz`` allowed), Parquet or pymatgen-JSON
        file.
    elements : keep only entries made of these elements; all if ``None``. Values of every row are
        checked all the same.
    scheme : what to call the functional and corrections; by default the file says or is named.

    Raises
    ------
    InputError
        If the file is missing, lacks a column, or has a row that cannot be read (with its line).
    """
    if name_or_path == BUNDLED:
        name_or_path = DEFAULT_SET
    card = inputs() / "phases" / f"{name_or_path}.json"
    if "/" not in str(name_or_path) and card.is_file():
        facts = json.loads(card.read_text(encoding="utf-8"))
        table = card.with_name(facts["table"])
        bundled = _read_table(
            _CsvRows(_lines_over(elements, read_text(table)), table.name),
            table,
            elements,
            scheme or facts["scheme"],
            str(name_or_path),
            facts["surrogate"],
        )
        source = f"residuals of {name_or_path} against published MP2020 energies, by chemistry"
        errors = read_errors(card.with_name(f"{name_or_path}.errors.csv"), source)
        return replace(bundled, errors=errors) if errors else bundled
    path = Path(name_or_path)
    if path.is_dir():
        from workflows.data.snapshots import is_snapshot, read_snapshot

        if is_snapshot(path):
            return read_snapshot(path, elements, scheme)
    if not path.is_file():
        known = ", ".join(path.stem for path in sorted((inputs() / "phases").glob("*.json")))
        state = "is a folder" if path.is_dir() else "does not exist"
        raise InputError(
            f"phase set {str(name_or_path)!r} {state}; give a CSV, Parquet or JSON file, "
            f"a snapshot, or a bundled set ({known or 'none here'})"
        )
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if JSON & {*suffixes}:
        return _read_json(path, elements, scheme)
    rows = (
        _ParquetRows(path)
        if path.suffix.lower() in PARQUET
        else _CsvRows(read_text(path), path.name)
    )
    return _read_table(rows, path, elements, scheme, path.name, "")


def _lines_over(elements: Collection[str] | None, text: str) -> str:
    """Lines of a bundled table whose first column, the chemical system, is made of the elements.

    A fortieth of the lines is typically left, and only these are parsed and checked.
    """
    if elements is None:
        return text
    header, *lines = text.splitlines(keepends=True)
    wanted = frozenset(elements)
    inside: dict[str, bool] = {}
    kept = [header]
    for line in lines:
        system = line[: line.index(",")]
        needed = inside.get(system)
        if needed is None:
            needed = inside[system] = wanted.issuperset(system.split("-"))
        if needed:
            kept.append(line)
    return "".join(kept)


def _read_table(
    table: _CsvRows | _ParquetRows,
    path: Path,
    elements: Collection[str] | None,
    scheme: str | None,
    source: str,
    surrogate: str,
) -> PhaseSet:
    rows = iter(table)
    header = [str(column).strip() for column in next(rows, [])]
    quantity = _energy_column(header, path.name)
    schemes: set[str] = set()
    kept = list(_kept_rows(table, rows, header, quantity, elements, schemes))
    scheme = _scheme_with_mark(
        path, scheme, next((text for text in schemes if mark_of(text)), None)
    )
    phase_set = PhaseSet.from_rows(
        kept,
        scheme=scheme or f"as in {path.name}",
        source=source,
        quantity=quantity,
        surrogate=surrogate,
    )
    if len(schemes) > 1:
        raise SchemeMixError(
            f"{path.name} mixes the schemes {', '.join(sorted(schemes))}; "
            "keep the rows of one, energies of two schemes cannot be compared"
        )
    return with_scheme_errors(phase_set)


def with_scheme_errors(phase_set: PhaseSet) -> PhaseSet:
    """The set with the errors that its scheme states."""
    errors = scheme_errors(phase_set.scheme)
    return replace(phase_set, errors=errors) if errors else phase_set


def _energy_column(header: list[str], name: str) -> Quantity:
    """Which energy a table holds; a header that can be read in two ways is refused."""
    if not header:
        raise InputError(f"{name} is empty; a phase table needs a header and rows")
    twice = next((column for column in header if column in READ and header.count(column) > 1), None)
    if twice:
        raise InputError(f"{name} has two columns {twice!r}; keep the one that is meant")
    energies = [quantity for quantity in QUANTITIES if quantity in header]
    if len(energies) > 1:
        raise InputError(
            f"{name} has the columns {' and '.join(map(repr, energies))}, and either could be the "
            "energy; keep the one that is meant"
        )
    if "formula" not in header or not energies:
        raise InputError(
            f"{name} has columns {', '.join(header)}; a phase table needs 'formula' "
            f"and one of {' or '.join(map(repr, QUANTITIES))} (eV/atom)"
        )
    return energies[0]


class _CsvRows:
    """Rows of a CSV text, with the number of the line last read."""

    def __init__(self, text: str, name: str) -> None:
        self._reader = csv.reader(io.StringIO(text))
        self.name = name

    @property
    def line(self) -> int:
        return self._reader.line_num

    def __iter__(self) -> Iterator[list[Any]]:
        try:
            yield from self._reader
        except csv.Error as error:
            raise InputError(f"{self.name} line {self.line} is broken: {error}") from None


class _ParquetRows:
    """Rows of a Parquet table, with the number of the row last read."""

    def __init__(self, path: Path) -> None:
        import pyarrow
        import pyarrow.parquet

        note_input(path)
        try:
            file = pyarrow.parquet.ParquetFile(path)
            if file.metadata.num_rows > LARGEST_TABLE:
                raise InputError(
                    f"{path} has {file.metadata.num_rows} rows, of which some kilobytes can hold "
                    f"any number; at most {LARGEST_TABLE} are read"
                )
            names = list(file.schema_arrow.names)
            self._header = [name for name in names if name in READ] or names
            self._columns = [
                column.to_pylist() for column in file.read(columns=self._header).columns
            ]
        except (OSError, pyarrow.ArrowException, ValueError) as error:  # ValueError: no UTF-8
            if isinstance(error, InputError):
                raise
            raise InputError(f"cannot read {path}: {error}") from None
        self.name = path.name
        self.line = 0

    def __iter__(self) -> Iterator[list[Any]]:
        yield self._header
        for row in zip(*self._columns, strict=True):
            self.line += 1
            yield list(row)


def _kept_rows(
    table: _CsvRows | _ParquetRows,
    rows: Iterator[list[Any]],
    header: list[str],
    quantity: str,
    elements: Collection[str] | None,
    schemes: set[str],
) -> Iterator[Row]:
    """(id, formula, energy, volume) of the rows over the elements; every row is checked."""
    formula_at, energy_at = header.index("formula"), header.index(quantity)
    id_at = next((header.index(column) for column in ID_COLUMNS if column in header), None)
    scheme_at = header.index("scheme") if "scheme" in header else None
    volume_at = header.index(VOLUME) if VOLUME in header else None
    wanted = KNOWN if elements is None else _formula_pattern(elements)
    inside: dict[str, bool] = {}  # formula -> whether the question needs it
    width = len(header)
    for row in rows:
        if len(row) != width:
            if not row:
                continue
            raise InputError(
                f"{table.name} line {table.line} has {len(row)} fields where the header has {width}"
            )
        formula = _cell_text(row[formula_at], "formula", table)
        try:
            energy = _cell_number(row[energy_at])
        except (TypeError, ValueError, OverflowError):
            raise InputError(
                f"{table.name} line {table.line}: {quantity} of {formula!r} is "
                f"{row[energy_at]!r}, not a number in eV/atom"
            ) from None
        if not -LARGEST_ENERGY < energy < LARGEST_ENERGY:
            raise InputError(
                f"{table.name} line {table.line}: {quantity} of {formula!r} is {row[energy_at]}; "
                "give a finite number in eV/atom or leave the row out"
            )
        needed = inside.get(formula)
        if needed is None:
            _check_symbols(formula, table)
            needed = inside[formula] = wanted.fullmatch(formula) is not None
        if scheme_at is not None and (its_scheme := _cell_text(row[scheme_at], "scheme", table)):
            schemes.add(its_scheme)
        if needed:
            identifier = (
                None if id_at is None else _cell_text(row[id_at], header[id_at], table) or None
            )
            yield identifier, formula, energy, _cell_volume(row, volume_at, table)


def _cell_number(cell: Any) -> float:
    """The number in a cell: of a CSV its text, of Parquet an integer, a float or a decimal.

    A TypeError, ValueError or OverflowError says that there is none: Python would read true as 1.
    """
    if isinstance(cell, str):
        return read_number(cell)
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
        raise TypeError(f"{cell!r} is not a number")
    return float(cell)


def _cell_text(cell: Any, column: str, table: _CsvRows | _ParquetRows) -> str:
    """The text in a cell; a whole number is the text that a CSV would hold, nothing is ``""``."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell)
    raise InputError(
        f"{table.name} line {table.line}: {column} is {repr(cell)[:40]}, neither text nor a whole "
        "number; write the column as text"
    )


def _cell_volume(row: list[Any], at: int | None, table: _CsvRows | _ParquetRows) -> float:
    """Volume [A^3/atom] of a row; NaN where the table does not say."""
    if at is None or row[at] is None or row[at] == "":
        return math.nan
    try:
        volume = _cell_number(row[at])
    except (TypeError, ValueError, OverflowError):
        volume = -1.0
    if not 0 < volume < math.inf:
        raise InputError(
            f"{table.name} line {table.line}: {VOLUME} is {row[at]!r}; "
            "give A^3/atom or leave it empty"
        )
    return volume


def _formula_pattern(elements: Collection[str]) -> re.Pattern[str]:
    """Formulas of these elements only; longer symbols first, so that Co is not read as C."""
    symbols = "|".join(sorted(elements, key=lambda symbol: (-len(symbol), symbol)))
    return re.compile(rf"(?:(?:{symbols})(?![a-z])|[0-9.()\[\]\s{DOTS}{SUBSCRIPTS}])+")


KNOWN = _formula_pattern(ATOMIC_MASS)


def _check_symbols(formula: str, table: _CsvRows | _ParquetRows) -> None:
    if KNOWN.fullmatch(formula) is None:
        unknown = sorted(symbols_in(formula) - ATOMIC_MASS.keys())
        raise FormulaError(
            f"{table.name} line {table.line}: formula {formula!r} "
            + (f"names the unknown element {unknown[0]!r}" if unknown else "cannot be read")
        )


def _scheme_with_mark(path: Path, scheme: str | None, mocked: str | None) -> str | None:
    """Scheme of a file, that of the mock where its energies are made up.

    Raises
    ------
    SchemeMixError
        If they are, and the scheme that was given does not say so.
    """
    if mocked and scheme and not mark_of(scheme):
        raise SchemeMixError(
            f"{path.name} holds {MARK} energies, made up by the mock, and no {scheme!r}; "
            f"calculate them, or give the scheme {MOCK_SCHEME!r}"
        )
    return scheme or mocked


def _read_json(path: Path, elements: Collection[str] | None, scheme: str | None) -> PhaseSet:
    """Entries as pymatgen dumps them, or thermo documents of the Materials Project."""
    documents = read_documents(path)
    if all(isinstance(item, dict) and item.get("thermo_type") for item in documents):
        return _thermo_documents(documents, path, scheme)
    entries = []
    for number, item in enumerate(documents):
        try:
            entry = build_entry(item)
            if not -LARGEST_ENERGY < float(entry.energy_per_atom) < LARGEST_ENERGY:
                raise InputError(f"{entry.energy_per_atom} eV/atom is not an energy of a phase")
        except InputError as error:
            raise InputError(f"{path.name} entry {number}: {error}") from None
        entries.append(entry)
    mocked = MOCK_SCHEME if any(map(is_mock, documents)) else None
    scheme = _scheme_with_mark(path, scheme, mocked)
    named, notes = scheme_of(entries, path.name)
    wanted = set(ATOMIC_MASS if elements is None else elements)
    kept = [entry for entry in entries if {e.symbol for e in entry.composition.elements} <= wanted]
    made = PhaseSet.from_entries(kept, scheme=scheme or named, source=path.name, allow_mixed=True)
    return with_scheme_errors(replace(made, notes=notes))


def _thermo_documents(documents: list[Any], path: Path, scheme: str | None) -> PhaseSet:
    """The phase set of thermo documents, as ``interfaces fetch`` reads them."""
    from workflows.data.materials_project.mp_entries import entry_of

    types = sorted({str(item["thermo_type"]) for item in documents})
    if len(types) > 1:
        raise SchemeMixError(
            f"{path.name} mixes the thermo types {', '.join(types)}; keep the documents of one, "
            "energies of two schemes cannot be compared"
        )
    if types[0] not in SCHEMES:
        raise InputError(
            f"{path.name} has the thermo type {types[0]!r}; known: {', '.join(SCHEMES)}"
        )
    entries = [entry_of(item, types[0]) for item in documents]
    made = PhaseSet.from_rows(
        [(entry.id, entry.formula, entry.energy, entry.volume_per_atom or math.nan)
         for entry in entries],
        scheme=scheme or SCHEMES[types[0]],
        source=path.name,
        quantity="energy_per_atom",
    )  # fmt: skip
    return with_scheme_errors(made)
