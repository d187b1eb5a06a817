"""Entries and manifest of a snapshot."""

from __future__ import annotations

import platform
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from interfaces.chemistry.formulas import ATOMIC_MASS
from interfaces.errors import InputError
from interfaces.phases.phase_set import Quantity
from workflows.io.checksums import parse_checked
from workflows.io.readers import read_bytes

MANIFEST, ENTRIES = "manifest.json", "entries.parquet"
FORMAT = 2  #: of the folder; a reader refuses a later one
UNSEALED = 1  #: the format whose manifest does not say whether it is as it was written
LARGEST = 2**24  #: bytes of a manifest
WORD = 60  #: elements to an integer of presence bits
MASKS = ("elements_1", "elements_2")  #: columns of those bits, by the order of ATOMIC_MASS
_BIT = {symbol: divmod(place, WORD) for place, symbol in enumerate(ATOMIC_MASS)}


@dataclass(frozen=True)
class Entry:
    """One computed phase; ``energy`` is corrected, in eV/atom, of the manifest's quantity.

    ``theoretical`` says that it has no experimental structure; None where the source does not say.
    """

    id: str
    formula: str
    energy: float
    correction_per_atom: float | None = None
    run_type: str = ""
    n_atoms: int | None = None
    volume_per_atom: float | None = None
    space_group: str = ""
    adjustments: str = ""
    last_updated: str = ""
    theoretical: bool | None = None


@dataclass(frozen=True)
class LeftOut:
    """What a snapshot does not hold: the sub-systems of more than ``order`` elements.

    ``compounds`` of them exist; ``on_hull`` and ``near_hull`` (within ``near`` eV/atom) could
    matter, by the source's own hull. None where that was not asked.
    """

    order: int
    systems: int
    compounds: int | None = None
    on_hull: int | None = None
    near_hull: int | None = None
    near: float = 0.05
    formulas: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = f"{self.systems} sub-systems of more than {self.order} elements are left out"
        if self.compounds is None:
            return f"{text}; what they hold is not known"
        if not self.compounds:
            return f"{text}; they hold no compound"
        named = f": {', '.join(self.formulas)}" if self.formulas else ""
        return (
            f"{text}; of their {self.compounds} compounds {self.on_hull} lie on the hull and "
            f"{self.near_hull} more within {self.near} eV/atom of it{named}"
        )


@dataclass(frozen=True)
class Manifest:
    """Where the entries of a snapshot came from, and what they are.

    Attributes
    ----------
    source : the database or data set.
    database_version, thermo_type : as the source names them.
    scheme : functional and corrections; sets of two schemes are never mixed.
    quantity : of the energies.
    chemical_systems : systems that are covered with all their sub-systems; empty means all.
    left_out : what limits left out of them, or None.
    versions : of the packages that fetched and wrote.
    notes : further remarks.
    created, entries, sha256, format : filled in when the snapshot is written.
    """

    source: str
    scheme: str
    database_version: str = ""
    thermo_type: str = ""
    quantity: Quantity = "energy_per_atom"
    chemical_systems: tuple[str, ...] = ()
    left_out: LeftOut | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    created: str = ""
    entries: int = 0
    sha256: str = ""
    format: int = FORMAT


def versions(*distributions: str) -> dict[str, str]:
    """Versions of Python, this package and the named distributions, for a manifest."""
    from workflows._version import VERSION

    numbers = {"python": platform.python_version(), "interface-stability": VERSION}
    for name in distributions:
        try:
            numbers[name] = version(name)
        except PackageNotFoundError:
            numbers[name] = "not installed"
    return numbers


def is_snapshot(path: str | Path) -> bool:
    """Whether a path is a folder with a manifest.

    Parameters
    ----------
    path : any path.
    """
    return (Path(path) / MANIFEST).is_file()


def presence(symbols: Collection[str]) -> tuple[int, int]:
    """Elements as bits of two integers."""
    words = [0, 0]
    for symbol in symbols:
        if symbol not in _BIT:
            raise InputError(f"unknown element {symbol!r}; give symbols such as Li or O")
        word, bit = _BIT[symbol]
        words[word] |= 1 << bit
    return words[0], words[1]


def read_manifest(path: str | Path) -> Manifest:
    """Read ``manifest.json`` of a snapshot.

    Parameters
    ----------
    path : folder of the snapshot.

    Raises
    ------
    InputError
        If the folder has none, or it cannot be read.
    """
    from workflows.schemas.base import read_as, validate
    from workflows.schemas.records import Format

    folder = Path(path)
    if not (folder / MANIFEST).is_file():
        raise InputError(
            f"{folder} is not a snapshot: it has no {MANIFEST}; make one with 'interfaces fetch'"
        )
    try:
        data, whole = parse_checked(read_bytes(folder / MANIFEST, LARGEST))
        version = validate(Format, data, MANIFEST).format
        if version > FORMAT:
            raise ValueError(
                f"it has format {version}, this version of the package reads {FORMAT}; update it"
            )
        if whole != (version != UNSEALED):
            raise ValueError("it lacks its seal, or should have none")
        return read_as(Manifest, data, MANIFEST)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder / MANIFEST} cannot be read ({error}); fetch the snapshot again"
        ) from None
