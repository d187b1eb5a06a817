"""Download ``matbench_mp_e_form`` v0.1, the Materials Project of April 2019, without a key."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from interfaces.chemistry.formulas import ATOMIC_MASS
from interfaces.errors import InputError
from workflows.data.snapshots import Entry, Manifest, check_target, versions, write_snapshot

URL = "https://ml.materialsproject.org/projects/matbench_mp_e_form.json.gz"
SHA256 = "dedcb1d4ba2e3e50dbdd45ba5bc647a00e9c2bcf8f8bf556dc8e92caa39eb21f"
SCHEME = "MP legacy 2019 (matbench_mp_e_form)"
CHUNK = 1 << 22  #: characters read at a time
SILENT = 30.0  #: s that the server may be silent
WINDOW, LEAST = (
    60.0,
    1 << 18,
)  #: bytes that must come in so many s: a byte a second is not a download
LARGEST = 1 << 30  #: bytes of the file
WHOLE = 1e-3  #: sites of mixed occupancy add up to whole atoms within this


def fetch_matbench(
    target: str | Path,
    *,
    url: str = URL,
    sha256: str = SHA256,
    cache: Path | None = None,
    progress: bool = True,
) -> Path:
    """Download the data set once, check it, and write it as a snapshot.

    Parameters
    ----------
    target : folder of the snapshot.
    url, sha256 : of another copy of the data set.
    cache : folder that keeps the download; by default the user's cache of this package.
    progress : show pooch's messages on stderr.

    Returns
    -------
    Path
        The folder of the snapshot, which holds the whole data set.

    Raises
    ------
    InputError
        If the download fails, is not the pinned file, or cannot be read or written.
    """
    target = Path(target)
    check_target(target)
    file = _downloaded(url, sha256, cache, progress=progress)
    write_snapshot(
        target,
        read_matbench(file),
        Manifest(
            source="matbench_mp_e_form v0.1, of the Materials Project",
            scheme=SCHEME,
            database_version="2019-04-02",
            quantity="formation_energy_per_atom",
            versions=versions("pooch", "pymatgen", "pymatgen-core", "pyarrow"),
            notes=(f"file of sha256 {sha256}, from {url}",),
        ),
    )
    return target


def _downloaded(url: str, sha256: str, cache: Path | None, *, progress: bool) -> Path:
    try:
        import pooch
    except ImportError:
        raise InputError(
            "fetching matbench_mp_e_form needs pooch; "
            "install it with: pip install 'interface-stability'"
        ) from None
    folder = cache or Path(pooch.os_cache("interface-stability"))
    pooch.get_logger().setLevel("INFO" if progress else "WARNING")
    name = f"{sha256[:12]}-{url.rsplit('/', 1)[-1]}"
    try:
        known = f"sha256:{sha256}"
        return Path(pooch.retrieve(url, known, fname=name, path=folder, downloader=_download))
    except ValueError:  # pooch's word for another hash; it has removed the file
        raise InputError(
            f"{url} is not the pinned file (sha256 {sha256[:12]}...): cut short on the way or "
            "replaced; try again, or give another copy"
        ) from None
    except OSError as error:  # requests' errors too
        raise InputError(
            f"cannot download {url} to {folder} ({type(error).__name__}); try again, "
            "or give another copy"
        ) from None


def _download(url: str, file: str, asking: object) -> None:
    """Download a file for pooch; a slow or endless download is a ConnectionError."""
    import requests
    from urllib3.exceptions import HTTPError

    with requests.get(url, stream=True, timeout=SILENT) as answer, open(file, "wb") as place:
        answer.raise_for_status()
        since, lately, size = time.monotonic(), 0, 0
        try:
            while piece := answer.raw.read1(CHUNK, decode_content=True):
                place.write(piece)
                lately += len(piece)
                size += len(piece)
                now = time.monotonic()
                if size > LARGEST or (now - since > WINDOW and lately < LEAST):
                    raise ConnectionError
                if now - since > WINDOW:
                    since, lately = now, 0
        except HTTPError as error:
            raise ConnectionError(type(error).__name__) from None


def read_matbench(path: str | Path) -> Iterator[Entry]:
    """Read the entries of the data set: JSON (gzipped or not) in pandas' orientation ``split``.

    Ids are ``mb-e-form-000001`` and so on, by row. The file is read in pieces, one structure at a
    time, because the whole would take gigabytes of memory.

    Parameters
    ----------
    path : of the file.

    Yields
    ------
    Entry
        With the formation energy in eV/atom.

    Raises
    ------
    InputError
        If the file is cut short or has another form; the row is named.
    """
    path = Path(path)
    number = 0
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            with gzip.open(raw, "rt") if packed else path.open("r", encoding="utf-8") as text:
                for number, row in enumerate(_rows(text, path.name), start=1):
                    yield _entry(number, row)
    except (KeyError, TypeError, IndexError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{path.name} row {number} holds no structure and energy "
            f"({type(error).__name__} {error}); give the file of matbench v0.1"
        ) from None
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"cannot read {path} after row {number}: {error}") from None


def _rows(text: IO[str], name: str) -> Iterator[Any]:
    """Values of the list ``"data"`` of one JSON object, decoded one by one."""
    decode = json.JSONDecoder().raw_decode
    buffer, at = _until_data(text, name)
    while True:
        at = _skip(buffer, at)
        if buffer[at : at + 1] == "]":
            return
        try:
            value, end = decode(buffer, at)
        except json.JSONDecodeError:
            more = text.read(CHUNK)
            if not more:
                raise InputError(f"{name} is cut short; download it again") from None
            buffer, at = buffer[at:] + more, 0
            continue
        yield value
        at = end


def _until_data(text: IO[str], name: str) -> tuple[str, int]:
    """The text from the list ``"data"`` on: columns and index may precede it."""
    buffer = ""
    while more := text.read(CHUNK):
        buffer += more
        _, key, rest = buffer.partition('"data"')
        if key and "[" in rest:
            return rest, rest.index("[") + 1
    raise InputError(f'{name} has no list "data"; give JSON in the orientation "split"')


def _skip(buffer: str, at: int) -> int:
    while at < len(buffer) and buffer[at] in " \t\r\n,":
        at += 1
    return at


def _entry(number: int, row: list[Any]) -> Entry:
    """Entry of a row: the cell that is a structure, and the one that is an energy [eV/atom]."""
    (structure,) = (cell for cell in row if isinstance(cell, Mapping))
    (energy,) = (float(cell) for cell in row if isinstance(cell, int | float))
    amounts: dict[str, float] = {}
    for site in structure["sites"]:
        for species in site["species"]:
            symbol = species["element"]
            amounts[symbol] = amounts.get(symbol, 0.0) + float(species["occu"])
    atoms = sum(amounts.values())
    return Entry(
        id=f"mb-e-form-{number:06d}",
        formula=_formula(amounts),
        energy=energy,
        n_atoms=round(atoms),
        volume_per_atom=_volume(structure["lattice"]) / atoms,
    )


def _formula(amounts: Mapping[str, float]) -> str:
    from pymatgen.core import Composition

    for symbol, amount in amounts.items():
        if symbol not in ATOMIC_MASS or abs(amount - round(amount)) > WHOLE:
            raise ValueError(f"{amount:g} atoms of {symbol}")
    return str(Composition({s: round(n) for s, n in amounts.items()}).reduced_formula)


def _volume(lattice: Mapping[str, Any]) -> float:
    """Volume [A^3] of the cell, as stored or from its vectors."""
    if "volume" in lattice:
        return float(lattice["volume"])
    (a, b, c), (d, e, f), (g, h, i) = lattice["matrix"]
    return abs(float(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)))
