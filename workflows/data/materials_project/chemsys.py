"""Sub-systems of a chemical system in batches of one request, and finished batches on disk."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import astuple, dataclass
from itertools import combinations
from math import comb
from pathlib import Path
from urllib.parse import quote

from interfaces.chemistry.formulas import ATOMIC_MASS
from interfaces.errors import InputError
from workflows.data.snapshots import Entry
from workflows.io.atomic import write_bytes_atomic
from workflows.io.checksums import parse_checked, with_checksum

MOST_SYSTEMS = 4095  #: sub-systems of one fetch: all of them up to 12 elements
LONGEST = 5000  #: characters of the systems in a URL, which stays below 6,000 with the rest
MOST_IN_BATCH = 100  #: sub-systems; smaller batches lose less when a fetch is killed


def read_system(text: str | Collection[str]) -> tuple[str, ...]:
    """Elements of a chemical system, sorted and each once.

    Parameters
    ----------
    text : ``"Li-Co-O"`` or a list of symbols.

    Raises
    ------
    InputError
        If a symbol is not an element, or there is none.

    Examples
    --------
    >>> read_system("O-Li-Co")
    ('Co', 'Li', 'O')
    """
    symbols = [part.strip() for part in (text.split("-") if isinstance(text, str) else text)]
    for symbol in symbols:
        if symbol not in ATOMIC_MASS:
            raise InputError(
                f"unknown element {symbol!r} in {text!r}; give a system such as Li-Co-O"
            )
    if not symbols:
        raise InputError("no element was given; give a system such as Li-Co-O")
    return tuple(sorted(set(symbols)))


def chosen_order(n_elements: int, order: int | None) -> int:
    """Largest number of elements of a sub-system.

    Parameters
    ----------
    n_elements : of the chemical system.
    order : as the user gave it; None for as many as ``MOST_SYSTEMS`` allows.

    Raises
    ------
    InputError
        If it is out of range, or makes too many sub-systems.

    Examples
    --------
    >>> chosen_order(10, None), chosen_order(13, None), chosen_order(13, 4)
    (10, 6, 4)
    """
    if order is None:
        order = n_elements
        while n_systems(n_elements, order) > MOST_SYSTEMS:
            order -= 1
        return order
    if not 1 <= order <= n_elements:
        raise InputError(
            f"order {order} is outside 1 to {n_elements}, the number of elements; "
            "it is the most elements that a sub-system may have"
        )
    if n_systems(n_elements, order) > MOST_SYSTEMS:
        raise InputError(
            f"order {order} of {n_elements} elements makes {n_systems(n_elements, order)} "
            f"sub-systems, more than {MOST_SYSTEMS}; give a smaller order"
        )
    return order


def n_systems(n_elements: int, order: int) -> int:
    """Number of sub-systems of up to ``order`` elements.

    Parameters
    ----------
    n_elements : of the chemical system.
    order : largest number of elements of a sub-system.
    """
    return sum(comb(n_elements, size) for size in range(1, order + 1))


def sub_systems(elements: Sequence[str], order: int) -> Iterator[str]:
    """Sub-systems of up to ``order`` elements, smallest first.

    Parameters
    ----------
    elements : symbols.
    order : largest number of elements of a sub-system.

    Yields
    ------
    str
        Such as ``"Co-Li-O"``.
    """
    for size in range(1, order + 1):
        for chosen in combinations(sorted(elements), size):
            yield "-".join(chosen)


def batches(systems: Iterator[str]) -> Iterator[tuple[str, ...]]:
    """Group systems so that the URL of a request stays short enough for the server.

    Parameters
    ----------
    systems : as ``"Co-Li-O"``.

    Yields
    ------
    tuple of str
        The systems of one request.
    """
    batch: list[str] = []
    length = 0
    for system in systems:
        added = len(quote(system + ","))
        if batch and (length + added > LONGEST or len(batch) == MOST_IN_BATCH):
            yield tuple(batch)
            batch, length = [], 0
        batch.append(system)
        length += added
    if batch:
        yield tuple(batch)


FORMAT = 3  #: of a part; another one is fetched again


@dataclass(frozen=True)
class StoredBatches:
    """Batches of one database version and thermo type, one file each.

    Files are complete or absent, and equal ones replace each other: any number of fetches may
    share the folder without a lock.
    """

    folder: Path
    endpoint: str
    database_version: str
    thermo_type: str

    def load(self, systems: Sequence[str]) -> list[Entry] | None:
        """Read the entries of a batch.

        Parameters
        ----------
        systems : chemical systems of the batch, as ``"Co-Li-O"``.

        Returns
        -------
        list of Entry or None
            None where the batch is not stored or cannot be read.
        """
        try:
            data, whole = parse_checked(self._path(systems).read_bytes())
            if whole and data["key"] == self._key(systems):
                return [Entry(*row) for row in data["rows"]]
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return None

    def store(self, systems: Sequence[str], entries: Sequence[Entry]) -> None:
        """Write a batch atomically.

        Parameters
        ----------
        systems : chemical systems of the batch.
        entries : all entries of these systems.
        """
        path = self._path(systems)
        rows = [astuple(entry) for entry in entries]
        data = with_checksum(json.dumps({"key": self._key(systems), "rows": rows})).encode()
        write_bytes_atomic(path, data)  # whether or not a fetch that is finished sweeps the folder

    def _key(self, systems: Sequence[str]) -> list[str]:
        named = (self.endpoint, self.database_version, self.thermo_type)
        return [str(FORMAT), *named, ",".join(systems)]

    def _path(self, systems: Sequence[str]) -> Path:
        digest = hashlib.sha256("\n".join(self._key(systems)).encode()).hexdigest()[:24]
        version = re.sub(r"[^\w.+-]", "_", f"{self.database_version}_{self.thermo_type}")
        return self.folder / version / f"{digest}.json"
