"""Fetch all sub-systems of a chemical system, each once, and write them as a snapshot."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from interfaces.chemistry.formulas import symbols_in
from interfaces.errors import InputError
from interfaces.phases.schemes import MIXED, SCHEMES
from workflows.data.materials_project.api_key import find_key
from workflows.data.materials_project.chemsys import (
    StoredBatches,
    batches,
    chosen_order,
    n_systems,
    read_system,
    sub_systems,
)
from workflows.data.materials_project.client import MaterialsProject, RetryPolicy
from workflows.data.materials_project.mp_entries import entry_of, entry_of_mixed, material_id
from workflows.data.snapshots import (
    Entry,
    LeftOut,
    Manifest,
    check_target,
    versions,
    write_snapshot,
)

MOST_MIXED = 9  #: elements that mp-api mixes onto one scale
MOST_PARALLEL = 4  #: parallel requests that the Materials Project permits
FRESH_STARTS = 3  #: when the database changes under a fetch
ON_HULL = 1e-6  #: eV/atom


class _DatabaseChangedError(Exception):
    """The database was replaced while it was asked."""


@dataclass(frozen=True)
class _Request:
    elements: tuple[str, ...]
    thermo_type: str
    order: int

    @property
    def system(self) -> str:
        return "-".join(self.elements)


def fetch(
    elements: str | Collection[str],
    target: str | Path,
    *,
    thermo_type: str = "GGA_GGA+U",
    api_key: str | None = None,
    endpoint: str | None = None,
    order: int | None = None,
    parallel: int = MOST_PARALLEL,
    progress: bool = True,
    cache: Path | None = None,
    retries: RetryPolicy | None = None,
    client: MaterialsProject | None = None,
) -> Path:
    """Fetch the entries of a chemical system and write them as a snapshot.

    A fetch that was stopped goes on where it was when it is asked for again.

    Parameters
    ----------
    elements : ``"Li-Co-O"`` or symbols.
    target : folder of the snapshot; an earlier snapshot there is replaced at the end.
    thermo_type : functional and corrections, one of ``SCHEMES``.
    api_key : the key; by default ``MP_API_KEY``, then pymatgen's ``PMG_MAPI_KEY``.
    endpoint : another server; by default the one of mp-api.
    order : most elements of a sub-system; by default as many as make 4095 sub-systems. What that
        leaves out is counted in the manifest.
    parallel : requests at a time, up to 4.
    progress : show a bar and messages on stderr.
    cache : folder to keep finished batches in; by default one beside the target, which goes when
        the snapshot is written.
    retries : how often and how long to wait.
    client : asked instead of the Materials Project, and closed at the end.

    Returns
    -------
    Path
        The folder of the snapshot.

    Raises
    ------
    InputError
        One line, for anything that ends the fetch.
    """
    target = Path(target)
    request = _checked_request(elements, thermo_type, order)
    check_target(target)
    if not 1 <= parallel <= MOST_PARALLEL:
        raise InputError(f"parallel {parallel} is outside 1 to {MOST_PARALLEL} requests at a time")
    say = _say if progress else _silent
    client = client or MaterialsProject(
        find_key(api_key), endpoint or "", retries or RetryPolicy(), say=say
    )
    folder = cache or target.with_name(f".{target.name}.parts")
    with closing(client):
        with _bar(request, shown=progress) as advance:
            version, entries, changes = _entries(client, request, folder, parallel, say, advance)
        left_out = _left_out(client, request)
    write_snapshot(
        target,
        entries,
        Manifest(
            source=f"Materials Project, {client.endpoint}",
            scheme=SCHEMES[thermo_type],
            database_version=version,
            thermo_type=thermo_type,
            chemical_systems=(request.system,),
            left_out=left_out,
            versions=versions("mp-api", "emmet-core", "pymatgen", "pymatgen-core", "pyarrow"),
            notes=(*client.notes, *changes, *_missing_elements(request, entries)),
        ),
    )
    if cache is None:
        shutil.rmtree(folder, ignore_errors=True)
    return target


def _checked_request(
    elements: str | Collection[str], thermo_type: str, order: int | None
) -> _Request:
    symbols = read_system(elements)
    if thermo_type not in SCHEMES:
        raise InputError(f"unknown thermo type {thermo_type!r}; give one of {', '.join(SCHEMES)}")
    if thermo_type == MIXED and (len(symbols) > MOST_MIXED or order not in (None, len(symbols))):
        raise InputError(
            f"{MIXED} of {len(symbols)} elements was asked for; mixed energies of different "
            f"sub-systems are on different scales (mp-api issue 1104), so only whole systems of "
            f"up to {MOST_MIXED} can be had: give fewer elements, or thermo type GGA_GGA+U"
        )
    return _Request(symbols, thermo_type, chosen_order(len(symbols), order))


# ---------------------------------------------------------------------- asking


def _entries(
    client: MaterialsProject,
    request: _Request,
    folder: Path,
    parallel: int,
    say: Callable[[str], None],
    advance: Callable[[], None],
) -> tuple[str, list[Entry], tuple[str, ...]]:
    """Database version, entries of that one version, and the changes of version on the way."""
    changes: list[str] = []
    version = client.database_version()
    for _ in range(FRESH_STARTS):
        parts = StoredBatches(folder, client.endpoint, version, request.thermo_type)
        try:
            if request.thermo_type == MIXED:
                return version, _fetch_mixed(client, request, version), tuple(changes)
            return (
                version,
                _fetch_batches(client, request, parts, parallel, advance),
                tuple(changes),
            )
        except _DatabaseChangedError:
            now = client.database_version()
            changes.append(f"the database changed from {version} to {now} during the fetch")
            say(f"{changes[-1]}; starting again with {now}")
            version = now
    raise InputError(
        f"the database of the Materials Project changed {FRESH_STARTS} times during the fetch, "
        f"last to {version}; it is being replaced, so run the same command later"
    )


def _fetch_batches(
    client: MaterialsProject,
    request: _Request,
    parts: StoredBatches,
    parallel: int,
    advance: Callable[[], None],
) -> list[Entry]:
    wanted = list(batches(sub_systems(request.elements, request.order)))
    entries: list[Entry] = []
    pool = ThreadPoolExecutor(parallel)
    futures = [pool.submit(_fetch_batch, client, parts, batch) for batch in wanted]
    try:
        for future in as_completed(futures):
            entries += future.result()
            advance()
    except BaseException as error:
        if not isinstance(error, _DatabaseChangedError):
            client.close()
        # An interrupt does not wait for a server.
        pool.shutdown(wait=isinstance(error, Exception), cancel_futures=True)
        raise
    pool.shutdown()
    return entries


def _fetch_batch(
    client: MaterialsProject, parts: StoredBatches, systems: Sequence[str]
) -> list[Entry]:
    """Entries of a batch, from disk or from the server; kept only if of one database version."""
    kept = parts.load(systems)
    if kept is not None:
        return kept
    documents = client.thermo(systems, parts.thermo_type)
    theoretical = client.theoretical(systems) if documents else {}
    if client.database_version() != parts.database_version:
        raise _DatabaseChangedError
    entries = [entry_of(document, parts.thermo_type) for document in documents]
    for entry in entries:
        if "-".join(sorted(symbols_in(entry.formula))) not in systems:
            raise InputError(
                f"the Materials Project answered with {entry.formula} ({entry.id}), which was not "
                "asked for; update mp-api, the service may have changed"
            )
    entries = [replace(entry, theoretical=theoretical.get(entry.id)) for entry in entries]
    parts.store(systems, entries)
    return entries


def _fetch_mixed(client: MaterialsProject, request: _Request, version: str) -> list[Entry]:
    mixed = client.mixed(request.elements, request.thermo_type)
    theoretical: dict[str, bool] = {}
    for systems in batches(sub_systems(request.elements, request.order)):
        theoretical |= client.theoretical(systems)
    entries = [
        replace(entry_of_mixed(entry), theoretical=theoretical.get(material_id(entry)))
        for entry in mixed
    ]
    if client.database_version() != version:
        raise _DatabaseChangedError
    return list({entry.id: entry for entry in entries}.values())


# ---------------------------------------------------------------------- what is not there


def _left_out(client: MaterialsProject, request: _Request) -> LeftOut | None:
    """What the order leaves out, counted, and judged by the source's own hull."""
    count = len(request.elements)
    if request.order == count:
        return None
    documents = client.larger(
        request.elements, request.order, with_gnome=request.thermo_type != "GGA_GGA+U"
    )
    height = [(_energy_above_hull(doc), doc["formula_pretty"]) for doc in documents]
    close = sorted((above, formula) for above, formula in height if above <= LeftOut.near)
    on_hull = sum(above <= ON_HULL for above, _ in close)
    return LeftOut(
        order=request.order,
        systems=n_systems(count, count) - n_systems(count, request.order),
        compounds=len(documents),
        on_hull=on_hull,
        near_hull=len(close) - on_hull,
        formulas=tuple(dict.fromkeys(formula for _, formula in close))[:20],
    )


def _energy_above_hull(document: dict[str, float | None]) -> float:
    above = document.get("energy_above_hull")
    return float("inf") if above is None else above


def _missing_elements(request: _Request, entries: Sequence[Entry]) -> tuple[str, ...]:
    pure = {entry.formula.rstrip("0123456789") for entry in entries}
    lacking = [element for element in request.elements if element not in pure]
    return (f"no entry of the element {', '.join(lacking)}",) if lacking else ()


# ---------------------------------------------------------------------- telling


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _silent(text: str) -> None:
    pass


@contextmanager
def _bar(request: _Request, *, shown: bool) -> Iterator[Callable[[], None]]:
    """A bar on stderr, if that is a terminal; gives what to call after each batch."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    total = sum(1 for _ in batches(sub_systems(request.elements, request.order)))
    with Progress(
        console=console, transient=True, disable=not (shown and console.is_terminal)
    ) as bar:
        task = bar.add_task(f"{request.system} in {total} requests", total=total)
        yield lambda: bar.advance(task)
