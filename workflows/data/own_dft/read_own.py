"""Read own results: a folder of VASP runs, entries JSON, or a job store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interfaces.errors import InputError
from workflows.data.own_dft.entry import OwnEntry
from workflows.data.own_dft.own_sources import (
    FIELDS,
    RUN,
    folder_of,
    listed,
    read_entry,
    read_run,
    read_task,
    runs_in,
    tasks,
)
from workflows.data.vasp_runs.run_checks import require

SHOWN_REFUSALS = 5  #: of a message; the rest is counted


@dataclass(frozen=True)
class Refusal:
    """A result that is not used: where it lies, and why."""

    origin: str
    reason: str

    def __str__(self) -> str:
        return f"{self.origin}: {self.reason}"


@dataclass(frozen=True)
class Reading:
    """What was read and what was refused."""

    entries: tuple[OwnEntry, ...]
    refused: tuple[Refusal, ...]

    def all(self) -> tuple[OwnEntry, ...]:
        """The entries, if none was refused.

        Raises
        ------
        InputError
            With each refusal and its reason.
        """
        if self.refused:
            shown = "; ".join(str(refusal) for refusal in self.refused[:SHOWN_REFUSALS])
            more = len(self.refused) - SHOWN_REFUSALS
            total = len(self.refused) + len(self.entries)
            raise InputError(
                f"{len(self.refused)} of {total} own results cannot be used: {shown}"
                + (f"; and {more} more" if more > 0 else "")
                + ". Finish them or move them elsewhere"
            )
        return self.entries


def read_own(path: str | Path) -> tuple[OwnEntry, ...]:
    """Read every own result at ``path``; one that cannot be used stops the reading.

    Parameters
    ----------
    path : folder of VASP runs (searched downwards for ``vasprun.xml``, ``.gz`` allowed), one such
        file, or JSON with a list of pymatgen entries (``.gz`` allowed).

    Returns
    -------
    tuple of OwnEntry
        Energies as calculated; corrections that a file carries are left behind.

    Raises
    ------
    InputError
        If there is nothing to read, or with the reason of each refusal: truncated, unconverged,
        molecular dynamics, not self-consistent, no entry.
    """
    return survey(path).all()


def survey(path: str | Path) -> Reading:
    """Read the results that can be used, and list the others with reasons; see :func:`read_own`.

    Parameters
    ----------
    path : folder of VASP runs, a vasprun.xml, or entries JSON.

    Returns
    -------
    Reading
        Entries and refusals.

    Raises
    ------
    InputError
        If there is nothing to read at all.
    """
    place = Path(path)
    if place.is_dir():
        runs = list(runs_in(place))
        if not runs:
            raise InputError(
                f"no vasprun.xml (or .gz) in or below {place}; give the folder of the runs"
            )
        return _gathered((str(run), folder_of(run, place), run) for run in runs)
    if not place.is_file():
        raise InputError(
            f"{place} does not exist; give a folder of VASP runs, a vasprun.xml or entries JSON"
        )
    if {".csv", ".parquet", ".pq"} & {suffix.lower() for suffix in place.suffixes}:
        raise InputError(
            f"{place.name} is a table, and so a phase set of its own: --phases {place}; --own "
            "takes VASP runs or entries JSON"
        )
    if RUN.fullmatch(place.name) or ".xml" in place.suffixes:
        return _gathered([(str(place), place.resolve().parent.name or place.name, place)])
    return _gathered(listed(place))


def from_store(store: Any, query: Mapping[str, Any] | None = None) -> Reading:
    """Read the VASP tasks of a jobflow store.

    Parameters
    ----------
    store : a connected ``jobflow.JobStore``, or the maggma store of its documents.
    query : MongoDB filter, for example ``{"name": "static"}``; every document if ``None``.

    Returns
    -------
    Reading
        Entries of the task documents (atomate2 and emmet ``TaskDoc``: ``output.entry``, or energy,
        structure and input), with their structures; tasks that failed or are no phase are refused.

    Raises
    ------
    InputError
        If no document answers the query.
    """
    documents = list(store.query(dict(query or {}), properties=list(FIELDS)))
    if not documents:
        raise InputError(f"no document of the job store answers {dict(query or {})}")
    return _gathered(tasks(documents))


def own_entry(source: Any, identifier: str, origin: str) -> OwnEntry:
    """Read one result and check that it may serve as an energy of a phase.

    Parameters
    ----------
    source : path of a vasprun.xml, ``{"output": task document}``, or ``{"entry": dictionary}``.
    identifier, origin : its id, and where it comes from.

    Raises
    ------
    InputError
        If it cannot be read, or with the reason of the first check that it fails.
    """
    if isinstance(source, Path):
        computed, settings = read_run(source)
    elif "output" in source:
        computed, settings = read_task(source["output"], origin)
    else:
        computed, settings = read_entry(source, origin)
    notes = require(settings, "energy")
    return OwnEntry.of(computed, identifier, origin, settings, notes)


def _gathered(sources: Iterable[tuple[str, str, Any]]) -> Reading:
    """Read (origin, id, file, entry or task) one by one; what fails is kept with its reason."""
    entries, refused = [], []
    for origin, identifier, source in sources:
        try:
            entry = own_entry(source, identifier, origin)
        except InputError as error:
            refused.append(Refusal(origin, str(error).removeprefix(f"{origin}: ")))
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
            why = f"a value of another kind than it should be ({type(error).__name__}: {error})"
            refused.append(Refusal(origin, why))
        else:
            entries.append(entry)
    return Reading(tuple(entries), tuple(refused))
