"""A run's folder or a record -> what a report tells of, in the order in which it was asked."""

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
from workflows.analyses.curve import CurveAnalysis
from workflows.io.mock_mark import MARK
from workflows.io.readers import read_text
from workflows.runs.record import IN_FOLDER, Question, read_record

#: CSV files of a run's folder that a report shows beside its curves.
BESIDE = ("models", "voltages", "energies")
KINDS = ("curve", "uptake", "window", "map", "charging")  #: of questions that a page shows
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
        found = _STATE.match(reactant.label)
        if found is None:
            return cls(reactant, reactant.label, None)
        return cls(reactant, found["host"], float(found["x"]))


@dataclass(frozen=True)
class ReportedRun:
    """Everything that a report tells of.

    Attributes
    ----------
    answers : questions with their recorded results.
    states, others : first and second reactants of the curves, each once; ``cells`` holds the result
        of a pair by their places in these.
    source : all phases of the record.
    """

    name: str
    is_run: bool
    answers: tuple[tuple[Question, Mapping[str, Any]], ...]
    states: tuple[State, ...]
    others: tuple[str, ...]
    cells: Mapping[tuple[int, int], tuple[CurveAnalysis, Mapping[str, Any]]] = field(repr=False)
    tables: Mapping[str, Table] = field(repr=False)

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
        hosts = {one.host for one in self.states}
        return hosts.pop() if len(hosts) == 1 else ""

    @property
    def is_series(self) -> bool:
        """Whether the first reactants are states of charge of one cathode."""
        return bool(self.host) and len(self.states) > 1

    def of_kind(self, kind: str) -> list[tuple[Question, Mapping[str, Any]]]:
        """Questions of one kind with their results."""
        return [pair for pair in self.answers if pair[0].kind == kind]


def read_run(path: Path) -> ReportedRun:
    """Read a run's folder, or one record.

    Raises
    ------
    InputError
        If there is no record, it holds nothing or what no page shows, or a file beside it cannot
        be read.
    """
    answers = tuple(read_record(path))
    if not answers:
        raise InputError(f"record {str(path)!r} holds no answer; nothing to report")
    if strange := sorted({question.kind for question, _ in answers} - set(KINDS)):
        raise InputError(
            f"a report shows {', '.join(KINDS)}; {str(path)!r} holds {', '.join(strange)}"
        )
    states: dict[str, State] = {}
    others: dict[str, int] = {}
    cells: dict[tuple[int, int], tuple[CurveAnalysis, Mapping[str, Any]]] = {}
    for question, result in answers:
        if not isinstance(question, CurveAnalysis):
            continue
        first, second = question.reactant_1, _other(question)
        states.setdefault(first.label, State.of(first))
        column = others.setdefault(second, len(others))
        cells[list(states).index(first.label), column] = question, result
    return ReportedRun(
        _name(path),
        path.is_dir(),
        answers,
        tuple(states.values()),
        tuple(others),
        cells,
        _tables(path) if path.is_dir() else {},
    )


def _name(path: Path) -> str:
    name = path.resolve().name
    for suffix in (".gz", ".json"):
        name = name.removesuffix(suffix)
    return path.resolve().parent.name if f"{name}.json.gz" == IN_FOLDER else name


def _other(question: CurveAnalysis) -> str:
    """What a curve is told apart by beside its first reactant."""
    held = ", ".join(str(one) for one in question.open_elements)
    return f"{question.reactant_2.label} ({held})" if held else question.reactant_2.label


def _tables(folder: Path) -> dict[str, Table]:
    found = {}
    for name in BESIDE:
        path = folder / f"{name}.csv"
        if path.is_file():
            found[name] = read_table(path)
    return found


def read_table(path: Path) -> Table:
    """A CSV file, its cells as text.

    Raises
    ------
    InputError
        If it is empty or a row has not as many cells as the heading.
    """
    rows: Sequence[list[str]] = list(csv.reader(read_text(path).splitlines()))
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        raise InputError(f"{path} is no whole table; run the job again")
    return Table(path.stem, tuple(rows[0]), tuple(tuple(row) for row in rows[1:]))
