"""Write a snapshot atomically; read it checked, restricted before a formula is parsed."""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, astuple, fields, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.chemistry.formulas import symbols_in
from interfaces.errors import InputError
from interfaces.phases.phase_set import PhaseSet, Quantity
from workflows.data.error_tables import scheme_errors
from workflows.data.snapshots.manifest import (
    ENTRIES,
    MANIFEST,
    MASKS,
    WORD,
    Entry,
    Manifest,
    presence,
    read_manifest,
)
from workflows.io.atomic import new_folder
from workflows.io.checksums import with_checksum
from workflows.io.outputs import note_input

if TYPE_CHECKING:
    import pyarrow

FLAG = "theoretical"  #: a column that snapshots of earlier versions lack


def write_snapshot(target: Path, rows: Iterable[Entry], manifest: Manifest) -> Manifest:
    """Write a snapshot; the folder appears whole or not at all.

    An earlier snapshot of that name is replaced only when the new one is complete. Rows are kept
    in the order of their ids, so that equal entries give equal bytes.

    Raises
    ------
    InputError
        If there is no row, an id occurs twice, the disk is full, or the target is something else
        than a snapshot.
    """
    check_target(target)
    entries = sorted(rows, key=lambda entry: entry.id)
    if not entries:
        raise InputError(f"no entries for the snapshot {target.name}; nothing was written")
    for first, second in pairwise(entries):
        if first.id == second.id:
            raise InputError(f"id {first.id} has two entries in the snapshot {target.name}")
    packed = _packed(entries, manifest.quantity)
    whole = replace(
        manifest,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        entries=len(entries),
        sha256=hashlib.sha256(packed).hexdigest(),
    )
    text = with_checksum(json.dumps(asdict(whole), indent=1, allow_nan=False))
    with new_folder(target) as folder:
        (folder / ENTRIES).write_bytes(packed)
        (folder / MANIFEST).write_text(text, encoding="utf-8")
    return whole


def check_target(target: Path) -> None:
    """Refuse a target that is there and is not a snapshot alone: it is not ours to replace."""
    try:
        others = {*os.listdir(target)} - {MANIFEST, ENTRIES}
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputError(f"{target} cannot be a snapshot: {error.strerror}; give another") from None
    if others:
        raise InputError(
            f"{target} exists and holds {min(others)}, which is not part of a snapshot, so it is "
            "left alone; give another name"
        )


def _packed(entries: Sequence[Entry], quantity: Quantity) -> bytes:
    import pyarrow
    import pyarrow.parquet

    names = [quantity if f.name == "energy" else f.name for f in fields(Entry)]
    columns: dict[str, list[Any]] = dict(
        zip(names, map(list, zip(*map(astuple, entries), strict=True)), strict=True)
    )
    types = {
        name: pyarrow.int32()
        if name == "n_atoms"
        else pyarrow.bool_()
        if name == FLAG
        else pyarrow.float64()
        if name == quantity or name.endswith("_per_atom")
        else pyarrow.string()
        for name in names
    }
    data = {name: pyarrow.array(columns[name], types[name]) for name in names}
    masks = [presence(symbols_in(entry.formula)) for entry in entries]
    for word, name in enumerate(MASKS):
        data[name] = pyarrow.array([mask[word] for mask in masks], pyarrow.int64())
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(data), buffer, compression="zstd")
    return buffer.getvalue()


def verify(path: str | Path) -> Manifest:
    """Check checksum, columns and number of entries of a snapshot; return its manifest.

    Raises
    ------
    InputError
        With one line that says what is wrong, and what to do.
    """
    return _checked(Path(path), columns=None)[0]


def read_snapshot(
    path: str | Path, elements: Collection[str] | None = None, scheme: str | None = None
) -> PhaseSet:
    """Read a snapshot as a phase set, checked against its manifest.

    Parameters
    ----------
    path : the folder.
    elements : keep only entries made of these elements; all if ``None``.
    scheme : another name for functional and corrections.

    Raises
    ------
    InputError
        If the snapshot is damaged, or does not cover the elements.
    """
    folder = Path(path)
    manifest, table = _checked(folder, columns=_columns(read_manifest(folder).quantity))
    if elements is not None:
        _check_covered(folder, manifest, elements)
        table = _rows_over(table, elements)
    energies = table.column(manifest.quantity).to_pylist()
    volumes = [math.nan if v is None else v for v in table.column("volume_per_atom").to_pylist()]
    ids, formulas = table.column("id").to_pylist(), table.column("formula").to_pylist()
    made = PhaseSet.from_rows(
        zip(ids, formulas, energies, volumes, strict=True),
        scheme=scheme or manifest.scheme,
        source=describe(folder, manifest),
        quantity=manifest.quantity,
    )
    left_out = () if manifest.left_out is None else (f"{manifest.left_out}.",)
    notes = (*manifest.notes, *left_out)
    flags: dict[str, bool] = {}
    if FLAG in table.column_names:
        named = zip(ids, table.column(FLAG).to_pylist(), strict=True)
        flags = {name: flag for name, flag in named if flag is not None}
    return replace(made, notes=notes, errors=scheme_errors(made.scheme), theoretical=flags)


def read_entries(path: str | Path) -> tuple[Manifest, dict[str, Entry]]:
    """Manifest and id -> entry of a snapshot, whole."""
    folder = Path(path)
    manifest, table = _checked(folder, columns=None)
    names = [manifest.quantity if f.name == "energy" else f.name for f in fields(Entry)]
    # snapshots of earlier versions have no flag
    names = [name for name in names if name != FLAG or name in table.column_names]
    rows = zip(*(table.column(name).to_pylist() for name in names), strict=True)
    return manifest, {row[0]: Entry(*row) for row in rows}


def describe(folder: Path, manifest: Manifest) -> str:
    """Name of a snapshot in results: enough to see whether two results used the same one."""
    release = f", {manifest.database_version}" if manifest.database_version else ""
    return f"{folder.name} ({manifest.source}{release}, sha256 {manifest.sha256[:12]})"


def _columns(quantity: str) -> list[str]:
    return ["id", "formula", quantity, "volume_per_atom", *MASKS]


def _checked(folder: Path, columns: Sequence[str] | None) -> tuple[Manifest, pyarrow.Table]:
    """Manifest and table (these columns of it, or all) of a snapshot that is as it was written."""
    import pyarrow
    import pyarrow.parquet

    manifest = read_manifest(folder)
    again = "fetch the snapshot again"
    note_input(folder / ENTRIES)
    try:
        packed = (folder / ENTRIES).read_bytes()
    except OSError as error:
        raise InputError(
            f"snapshot {folder} has no readable {ENTRIES}: {error.strerror}; {again}"
        ) from None
    checksum = hashlib.sha256(packed).hexdigest()
    if checksum != manifest.sha256:
        raise InputError(
            f"{ENTRIES} of snapshot {folder} is not as it was written (sha256 {checksum[:12]} of "
            f"{len(packed)} bytes, manifest {str(manifest.sha256)[:12]}): truncated or edited; "
            f"{again}"
        )
    try:
        file = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(packed))
        missing = {*_columns(manifest.quantity)} - {*file.schema_arrow.names}
        if missing:
            raise InputError(
                f"{ENTRIES} of snapshot {folder} lacks {', '.join(sorted(missing))}; {again}"
            )
        held = file.metadata.num_rows  # before it is read: some kilobytes can hold any number
        if held != manifest.entries:
            raise InputError(
                f"snapshot {folder} has {held} entries where its manifest says "
                f"{manifest.entries}; {again}"
            )
        if columns is not None and FLAG in file.schema_arrow.names:
            columns = [*columns, FLAG]
        table = file.read(columns=None if columns is None else list(columns))
    except (OSError, pyarrow.ArrowException) as error:
        raise InputError(
            f"{ENTRIES} of snapshot {folder} cannot be read ({type(error).__name__}); {again}"
        ) from None
    return manifest, table


def _check_covered(folder: Path, manifest: Manifest, elements: Collection[str]) -> None:
    systems = [set(system.split("-")) for system in manifest.chemical_systems]
    wanted = set(elements)
    if not systems or any(wanted <= system for system in systems):
        return
    missing = min((wanted - system for system in systems), key=len)
    raise InputError(
        f"snapshot {folder.name} covers {', '.join(manifest.chemical_systems)}, without "
        f"{', '.join(sorted(missing))}; fetch {'-'.join(sorted(wanted))}"
    )


def _rows_over(table: pyarrow.Table, elements: Collection[str]) -> pyarrow.Table:
    """Rows of the table whose elements lie inside ``elements``: integers, before any formula."""
    import pyarrow
    import pyarrow.compute as compute

    keep = None
    for name, wanted in zip(MASKS, presence(elements), strict=True):
        unwanted = pyarrow.scalar(((1 << WORD) - 1) & ~wanted, pyarrow.int64())
        outside = compute.bit_wise_and(table.column(name), unwanted)
        inside = compute.equal(outside, pyarrow.scalar(0, pyarrow.int64()))
        keep = inside if keep is None else compute.and_(keep, inside)
    return table.filter(keep)
