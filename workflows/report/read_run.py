"""Read a run's folder or a record for a report, in the order of the job."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from interfaces.errors import InputError
from interfaces.phases.phase_set import PhaseSet
from interfaces.phases.reactants import Reactant
from workflows.analyses.analysis import Analysis
from workflows.analyses.curve import CurveAnalysis
from workflows.io.mock_mark import MARK
from workflows.io.readers import read_json, read_text
from workflows.runs.record import IN_FOLDER, read_record

#: CSV files of a run's folder that a report shows beside its curves.
BESIDE = ("minima", "ranking", "models", "voltages", "energies")
Cell = tuple[CurveAnalysis, Mapping[str, Any]]  #: a curve with its recorded result
_STATE = re.compile(r"^(?P<host>.+) \(x = (?P<x>[0-9.]+)\)$")


@dataclass(frozen=True)
class Table:
    """A table whose cells are kept as they are written in a CSV file."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class State:
    """A first reactant: its host, and how much lithium a formula unit holds if it has states."""

    reactant: Reactant
    host: str
    x: float | None

    @classmethod
    def of(cls, reactant: Reactant) -> State:
        """Read host and content from a label such as ``NCM811 (x = 0.3)``."""
        match = _STATE.match(reactant.label)
        if match is None:
            return cls(reactant, reactant.label, None)
        return cls(reactant, match["host"], float(match["x"]))


@dataclass(frozen=True)
class ReportedRun:
    """Everything that a report shows.

    Attributes
    ----------
    answers : analyses with their recorded results.
    states, others : first and second reactants of the curves, each once; ``cells`` holds the result
        of a pair by their places in these.
    headline : what each kind of energies gives, from ``provenance.json``.
    """

    name: str
    is_run: bool
    answers: tuple[tuple[Analysis, Mapping[str, Any]], ...]
    states: tuple[State, ...]
    others: tuple[str, ...]
    cells: Mapping[tuple[int, int], Cell] = field(repr=False)
    tables: Mapping[str, Table] = field(repr=False)
    headline: tuple[str, ...] = ()

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Places of the curves in the order of the run's tables: by partner, then by state."""
        return sorted(self.cells, key=lambda key: (key[1], key[0]))

    @property
    def phase_set(self) -> PhaseSet:
        """The phases of the record, with their scheme."""
        return self.answers[0][0].phase_set

    @property
    def mark(self) -> str:
        """``MOCK`` if the energies are made up, else empty."""
        return MARK if self.phase_set.scheme.startswith(MARK) else ""

    @property
    def host(self) -> str:
        """Name of the one cathode that all states are of; empty if there are several."""
        hosts = {state.host for state in self.states}
        return hosts.pop() if len(hosts) == 1 else ""

    @property
    def is_series(self) -> bool:
        """Whether the first reactants are Li contents of one cathode."""
        return bool(self.host) and len(self.states) > 1

    def of_kind(self, kind: str) -> list[tuple[Analysis, Mapping[str, Any]]]:
        """Analyses of one kind with their results."""
        return [pair for pair in self.answers if pair[0].kind == kind]


def read_run(path: Path) -> ReportedRun:
    """Read a run's folder, or one record.

    Raises
    ------
    InputError
        If there is no record, it holds nothing, or a file beside it cannot be read.
    """
    answers = tuple(read_record(path))
    if not answers:
        raise InputError(f"record {str(path)!r} holds no result; nothing to report")
    states: dict[str, State] = {}
    others: dict[str, int] = {}
    cells: dict[tuple[int, int], Cell] = {}
    for analysis, result in answers:
        if not isinstance(analysis, CurveAnalysis):
            continue
        first, second = analysis.reactant_1, analysis.second_label
        states.setdefault(first.label, State.of(first))
        column = others.setdefault(second, len(others))
        cells[list(states).index(first.label), column] = analysis, result
    return ReportedRun(
        name=_name(path),
        is_run=path.is_dir(),
        answers=answers,
        states=tuple(states.values()),
        others=tuple(others),
        cells=cells,
        tables=_tables(path) if path.is_dir() else {},
        headline=_headline(path / "provenance.json"),
    )


def _headline(path: Path) -> tuple[str, ...]:
    """Sentences of a cathode's run; runs of other kinds and older ones have none."""
    if not path.is_file():
        return ()
    record = read_json(path)
    return tuple(map(str, record.get("headline", ()))) if isinstance(record, dict) else ()


def _name(path: Path) -> str:
    name = path.resolve().name
    for suffix in (".gz", ".json"):
        name = name.removesuffix(suffix)
    return path.resolve().parent.name if f"{name}.json.gz" == IN_FOLDER else name


def _tables(folder: Path) -> dict[str, Table]:
    files = {name: folder / f"{name}.csv" for name in BESIDE}
    return {name: read_table(file) for name, file in files.items() if file.is_file()}


def read_table(path: Path) -> Table:
    """A CSV file, its cells as text.

    Raises
    ------
    InputError
        If it is empty or a row has not as many cells as the heading.
    """
    table = table_of(path.stem, read_text(path))
    if table is None:
        raise InputError(f"{path} is not a complete table; run the job again")
    return table


def table_of(name: str, text: str) -> Table | None:
    """The table of a CSV text; None where a row has not as many cells as the heading."""
    rows: Sequence[list[str]] = list(csv.reader(text.splitlines()))
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        return None
    return Table(name, tuple(rows[0]), tuple(tuple(row) for row in rows[1:]))
