"""Writing a snapshot: the folder appears whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, fields, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from interfaces.chemistry.formulas import symbols_in
from interfaces.errors import InputError
from interfaces.phases.phase_set import Quantity
from workflows.data.snapshots.manifest import (
    ENTRIES,
    MANIFEST,
    MASKS,
    Entry,
    Manifest,
    presence,
)
from workflows.io.atomic_folder import new_folder
from workflows.io.checksums import with_checksum


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
            raise InputError(f"id {first.id} stands for two entries of the snapshot {target.name}")
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
            f"{target} exists and holds {min(others)}, which is no part of a snapshot, so it is "
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
