"""Where results are stored: the records below a folder, or the outputs of a job store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from interfaces.reactivity.mixing_curve import MixingCurve
from workflows.analyses.curve import CurveAnalysis
from workflows.analyses.registry import ANALYSES
from workflows.runs.record import IN_FOLDER, read_record
from workflows.runs.record_index import index_answer, read_index
from workflows.schemas.records import IndexedAnswer

if TYPE_CHECKING:
    from jobflow import JobStore

    from workflows.analyses.analysis import Analysis

Unread = Callable[[InputError], None]


@dataclass(frozen=True)
class StoredResults:
    """The results of one record or job.

    Attributes
    ----------
    record : path of the record, or id of the job.
    answers : what a query reads of each result.
    analyses : reads the analyses behind them, in the same order; none where there are no phases.
    """

    record: str
    answers: Sequence[IndexedAnswer]
    analyses: Callable[[], Sequence[Analysis]]


def stored_results(
    source: str | Path | JobStore, unread: Unread | None = None
) -> Iterator[StoredResults]:
    """Find the results below a folder or in a job store.

    Parameters
    ----------
    source : a folder of runs, a run's folder, one record, a ``jobflow.JobStore``, or its YAML file.
    unread : called with the error of each record that cannot be read, which is then left out.

    Yields
    ------
    StoredResults
        Of one record or one job.

    Raises
    ------
    InputError
        If a record cannot be read and there is no ``unread``, or the job store cannot be read.
    """
    if not isinstance(source, str | Path):
        yield from _in_store(source)
        return
    path = Path(source)
    if path.suffix in (".yaml", ".yml"):
        yield from _in_store(_opened_store(path))
        return
    if path.is_dir() and not (path / IN_FOLDER).is_file():
        files = sorted(path.rglob(IN_FOLDER))
    else:
        files, unread = [path / IN_FOLDER if path.is_dir() else path], None
    for file in files:
        try:
            yield _of_record(file)
        except InputError as error:
            if unread is None:
                raise
            unread(error)


def _of_record(file: Path) -> StoredResults:
    """By the index of a record; without one that fits, by the record."""

    def analyses() -> list[Analysis]:
        return [analysis for analysis, _ in read_record(file)]

    answers = read_index(file) if file.name == IN_FOLDER else None
    if answers is not None:
        return StoredResults(str(file), answers, analyses)
    recorded = read_record(file)
    answers = [
        index_answer(
            analysis.kind,
            MixingCurve.from_record(result)
            if isinstance(analysis, CurveAnalysis)
            else analysis.run(),
        )
        for analysis, result in recorded
    ]
    return StoredResults(str(file), answers, lambda: [analysis for analysis, _ in recorded])


def _opened_store(path: Path) -> JobStore:
    from jobflow import JobStore

    try:
        return JobStore.from_file(path)
    except Exception as error:  # of YAML, of whatever store it names
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path} is not a file of a job store: {reason[:200]}") from None


def _in_store(store: JobStore) -> Iterator[StoredResults]:
    """Results anywhere in the outputs of a store's jobs, by their class; equal ones once."""
    from monty.json import MontyDecoder

    if not hasattr(store, "query"):
        raise InputError(
            f"a query reads a folder, a record or a job store, not {type(store).__name__}"
        )
    store.connect()
    #: class of a result -> kind of its analysis
    kinds = {analysis.run.__annotations__["return"]: kind for kind, analysis in ANALYSES.items()}
    known: set[IndexedAnswer] = set()
    documents = store.query({}, properties=["uuid", "index", "output"], load=True)
    for document in documents:
        name = f"{document['uuid']}, index {document['index']}"
        try:
            answers = [
                index_answer(kinds[block["@class"]], MontyDecoder().process_decoded(block))
                for block in _blocks(document.get("output"), kinds)
            ]
        except (AttributeError, ImportError, KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"job {name} of the store holds a result of another version "
                f"({type(error).__name__}: {error}); run it again"
            ) from None
        new = [answer for answer in dict.fromkeys(answers) if answer not in known]
        known.update(new)
        if new:
            yield StoredResults(name, new, list)


def _blocks(value: Any, classes: Collection[str]) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _blocks(item, classes)
    elif isinstance(value, dict):
        if value.get("@class", "") in classes:
            yield value
        else:
            for item in value.values():
                yield from _blocks(item, classes)
