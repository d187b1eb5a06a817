"""Stored results below a folder, or in a job store, as one table.

The rows come from the index of each record. A record holds its phases, so its reactants can also
be computed at a voltage that was not part of the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.chemistry.formulas import Formula
from interfaces.chemistry.numbers import read_number
from interfaces.errors import InputError, InterfaceError
from interfaces.phases.reservoirs import OpenElement, at_voltage
from workflows.analyses.composites import CompositeAnalysis
from workflows.analyses.curve import CurveAnalysis, UptakeAnalysis
from workflows.analyses.registry import ANALYSES
from workflows.data.named_materials import find_system
from workflows.runs.record import check_phases, elements_of
from workflows.runs.record_index import index_answer
from workflows.runs.stored_results import StoredResults, Unread, stored_results
from workflows.schemas.records import CurveMinima, IndexedAnswer

if TYPE_CHECKING:
    import pandas as pd
    from jobflow import JobStore

    from workflows.analyses.analysis import Analysis

MINIMA = tuple(CurveMinima.model_fields)
COLUMNS = (
    "record", "reactant_1", "reactant_2", "x", "voltage_V", "conditions", *MINIMA,
    "energy_model_1", "energy_model_2", "scheme", "phase_set",
)  # fmt: skip
#: of every kind but curves: one row per headline number
HEADLINE_COLUMNS = (
    "record", "kind", "reactants", "x", "voltage_V", "conditions", "quantity", "value", "unit",
    "at", "products", "scheme", "phase_set",
)  # fmt: skip
SAME = 1e-9  #: V, and Li per formula unit: equal values


@dataclass(frozen=True)
class _Filter:
    """What a query selects."""

    kind: str
    names: tuple[str, ...]
    contents: tuple[float, ...]
    voltages: tuple[float, ...]
    scheme: str | None
    carrier: str

    def matches(self, answer: IndexedAnswer) -> bool:
        """Whether an answer is selected, at whatever voltage it is."""
        content = _content(answer, self.carrier)
        return (
            answer.kind == self.kind
            and (self.scheme is None or self.scheme.casefold() in answer.scheme.casefold())
            and (not self.contents or any(abs(content - x) <= SAME for x in self.contents))
            and _named(self.names, answer, self.carrier)
        )


def rows(
    source: str | Path | JobStore,
    *names: str,
    kind: str = "curve",
    reactants: Iterable[str] = (),
    x: float | Iterable[float] | None = None,
    voltage: float | Iterable[float] | None = None,
    scheme: str | None = None,
    carrier: str = "Li",
    unread: Unread | None = None,
) -> list[dict[str, Any]]:
    """Rows of the stored results of a kind, from every record below a folder or a job store.

    Parameters
    ----------
    source : a folder of runs, a run's folder, one record, a ``jobflow.JobStore``, or its YAML file.
    names, reactants : names or formulas that the result must be of, in any order. ``NCM811`` means
        every Li content of it, ``NCM811@0.5`` one of them. All results by default.
    kind : analysis: ``curve``, ``window``, ``map`` and the others that a job file takes.
    x : Li contents to select, carriers per formula unit of the first reactant.
    voltage : open to the carrier at these voltages [V] against its metal; what is not stored is
        computed on the record's own phases. By default each result as it was stored.
    scheme : part of the name of the energy scheme.
    carrier : element that carries the charge.
    unread : called with the error of each record that cannot be read, which is then left out; by
        default the first such record ends the query.

    Returns
    -------
    list of dict
        Curves have one row each, with the keys ``COLUMNS``: energies in the basis named, eV per
        atom (closed) or per non-open atom (open); fractions of the first reactant, of the same
        atoms. Other kinds have one row per headline number, with the keys ``HEADLINE_COLUMNS``.

    Raises
    ------
    InputError
        If there is no such result, a voltage does not belong to the kind or cannot be computed, or
        a record cannot be read and there is no ``unread``.
    """
    if kind not in ANALYSES:
        raise InputError(f"no results are of the kind {kind!r}; kinds: {', '.join(ANALYSES)}")
    selection = _Filter(
        kind=kind,
        names=(*filter(None, names), *reactants),
        contents=_numbers("x", x),
        voltages=_numbers("voltage", voltage),
        scheme=scheme,
        carrier=carrier,
    )
    table: list[dict[str, Any]] = []
    seen: list[IndexedAnswer] = []
    for stored in stored_results(source, unread):
        seen += stored.answers
        for answer in _selected(stored, selection):
            table += _rows_of(stored.record, answer, carrier)
    if not table:
        raise InputError(_nothing(source, selection, seen))
    last = "reactant_2" if kind == "curve" else "reactants"
    return sorted(
        table, key=lambda row: (row[last], -row["x"], row["record"], row["voltage_V"] or 0.0)
    )


def query(
    source: str | Path | JobStore,
    *names: str,
    kind: str = "curve",
    reactants: Iterable[str] = (),
    x: float | Iterable[float] | None = None,
    voltage: float | Iterable[float] | None = None,
    scheme: str | None = None,
    carrier: str = "Li",
    unread: Unread | None = None,
) -> pd.DataFrame:
    """Stored results as a table of pandas; the parameters are those of :func:`rows`.

    >>> frame = query("results/reference", "NCM811", "LPSCl", voltage=4.3)
    >>> len(frame), frame["basis"].unique().tolist()
    (11, ['per_nonopen_atom'])
    >>> query("results/reference", reactants=["NCM811@0.5", "LPSCl"])["x"].tolist()
    [0.5]
    """
    import pandas as pd

    table = rows(
        source, *names, kind=kind, reactants=reactants, x=x, voltage=voltage, scheme=scheme,
        carrier=carrier, unread=unread,
    )  # fmt: skip
    return pd.DataFrame(table, columns=list(columns_of(kind)))


def columns_of(kind: str) -> tuple[str, ...]:
    """Keys of the rows of a kind."""
    return COLUMNS if kind == "curve" else HEADLINE_COLUMNS


def _numbers(name: str, values: float | Iterable[float] | None) -> tuple[float, ...]:
    if values is None:
        return ()
    listed = values if isinstance(values, Iterable) and not isinstance(values, str) else [values]
    try:
        return tuple(float(value) for value in listed)
    except (TypeError, ValueError):
        raise InputError(f"{name} is {values!r}; give a number or a list of numbers") from None


# ------------------------------------------------------------------------- what is selected


def _selected(stored: StoredResults, selection: _Filter) -> Iterator[IndexedAnswer]:
    """Answers as they are stored, or of each pair the answers at the voltages."""
    matching = [i for i, answer in enumerate(stored.answers) if selection.matches(answer)]
    if not selection.voltages:
        yield from (stored.answers[i] for i in matching)
        return
    analyses: Sequence[Analysis] | None = None
    for voltage in selection.voltages:
        at = at_voltage(selection.carrier, voltage)
        known = {
            stored.answers[i].reactants: stored.answers[i]
            for i in matching
            if _is_at(stored.answers[i], at)
        }
        for i in {stored.answers[i].reactants: i for i in reversed(matching)}.values():
            answer = known.get(stored.answers[i].reactants)
            if answer is None:
                if analyses is None:
                    analyses = stored.analyses()
                answer = _computed(stored.record, analyses, i, stored.answers[i], at)
            yield answer


def _is_at(answer: IndexedAnswer, at: OpenElement) -> bool:
    """Whether an answer is open to one carrier at a voltage, and to nothing else."""
    if len(answer.open) != 1 or answer.open[0].element != at.symbol:
        return False
    voltage = answer.open[0].voltage_V
    return voltage is not None and abs(voltage - (at.voltage or 0.0)) <= SAME


def _computed(
    record: str,
    analyses: Sequence[Analysis],
    position: int,
    answer: IndexedAnswer,
    at: OpenElement,
) -> IndexedAnswer:
    """The answer of an analysis of a record, opened to a carrier at a voltage."""
    names = " | ".join(reactant.name for reactant in answer.reactants)
    if not analyses:
        raise InputError(
            f"{record} of the job store holds {names} without its phases, and not at "
            f"{at.voltage:g} V; run that analysis"
        )
    analysis = analyses[position]
    needed = {at.symbol, *elements_of(analysis)}
    if not any(needed <= set(elements_of(covered)) for covered in analyses):
        raise InputError(
            f"{record} holds no phases over {'-'.join(sorted(needed))}, so {names} cannot be "
            f"opened to {at.symbol}; compute it anew with interfaces {answer.kind} --open"
        )
    check_phases(analysis)
    if isinstance(analysis, CurveAnalysis):
        return index_answer("curve", replace(analysis, open_elements=(at,)).curve())
    if isinstance(analysis, CompositeAnalysis):
        return index_answer("composite", replace(analysis, open_elements=(at,)).run())
    if isinstance(analysis, UptakeAnalysis) and analysis.open_element.symbol == at.symbol:
        return index_answer("uptake", replace(analysis, open_element=at).run())
    raise InputError(
        f"a {answer.kind} of {names} has no single voltage; leave the voltage out, or query curves"
    )


def _content(answer: IndexedAnswer, carrier: str) -> float:
    return float(_recorded(answer.reactants[0].formula).get(carrier))


@lru_cache(maxsize=4096)
def _recorded(formula: str) -> Formula:
    return Formula.parse(formula)


def _named(names: Sequence[str], answer: IndexedAnswer, carrier: str) -> bool:
    """Whether each name is that of another reactant of an answer."""
    left = list(answer.reactants)
    for name in sorted(names, key=lambda name: "@" not in name):  # the most particular first
        match = next((r for r in left if _is(name, r.name, r.formula, carrier)), None)
        if match is None:
            return False
        left.remove(match)
    return True


def _is(name: str, label: str, formula: str, carrier: str) -> bool:
    """Whether a reactant has a name: its own, that of its series, ``NAME@x``, or its formula."""
    series = _series(label)
    base, at, content = name.partition("@")
    if name in (label, formula) or (not at and name == series):
        return True
    recorded = _recorded(formula)
    if base == series and at:
        try:
            return abs(read_number(content) - float(recorded.get(carrier))) <= SAME
        except ValueError:
            return False
    composition = _composition(name)
    return composition is not None and composition.same_composition(recorded)


def _series(label: str) -> str:
    """``NCM811`` of ``NCM811 (x = 0.5)``."""
    return label.partition(" (x =")[0]


@lru_cache(maxsize=256)
def _composition(name: str) -> Formula | None:
    """Composition of a formula, or of a name that is known here."""
    try:
        return find_system(name).formula
    except InterfaceError:
        return None


def _nothing(source: Any, selection: _Filter, seen: Sequence[IndexedAnswer]) -> str:
    """Why no stored result was selected: what there is instead."""
    of_kind = [answer for answer in seen if answer.kind == selection.kind]
    wanted = " and ".join(selection.names) or "any reactants"
    if selection.contents:
        wanted += f" at x = {', '.join(f'{x:g}' for x in selection.contents)}"
    if selection.scheme:
        wanted += f" on {selection.scheme}"
    labels = sorted({_series(r.name) for answer in of_kind for r in answer.reactants})
    schemes = sorted({answer.scheme for answer in of_kind})
    if of_kind:
        there = f"of {', '.join(labels)} on {', '.join(schemes)}"
    else:
        there = f"of the kind {', '.join(sorted({a.kind for a in seen}))}" if seen else "none"
    where = f"below {str(source)!r}" if isinstance(source, str | Path) else "of the job store"
    return f"no {selection.kind} of {wanted} in the records {where}; they are {there}"


# ------------------------------------------------------------------------- rows


def _rows_of(record: str, answer: IndexedAnswer, carrier: str) -> list[dict[str, Any]]:
    shared: dict[str, Any] = {
        "record": record,
        "x": _content(answer, carrier),
        "voltage_V": next((e.voltage_V for e in answer.open if e.voltage_V is not None), None),
        "conditions": ", ".join(element.condition for element in answer.open),
        "scheme": answer.scheme,
        "phase_set": answer.phase_set,
    }
    if answer.curve is not None:
        first, second = answer.reactants
        row = shared | answer.curve.model_dump() | {
            "reactant_1": first.name,
            "reactant_2": second.name,
            "energy_model_1": first.energy_model,
            "energy_model_2": second.energy_model,
        }  # fmt: skip
        return [{name: row[name] for name in COLUMNS}]
    shared |= {
        "kind": answer.kind,
        "reactants": " | ".join(reactant.name for reactant in answer.reactants),
    }
    rows = [shared | headline.model_dump() for headline in answer.headlines]
    return [{name: row[name] for name in HEADLINE_COLUMNS} for row in rows]
