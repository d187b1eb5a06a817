"""Writing a snapshot: the folder appears whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, astuple, fields, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from interfaces.errors import InputError
from interfaces.formulas import symbols_in
from interfaces.phases import Quantity
from workflows.disk import beside, explained
from workflows.snapshots.manifest import (
    ENTRIES,
    MANIFEST,
    MASKS,
    Entry,
    Manifest,
    presence,
)


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
    for one, other in pairwise(entries):
        if one.id == other.id:
            raise InputError(f"id {one.id} stands for two entries of the snapshot {target.name}")
    packed = _packed(entries, manifest.quantity)
    whole = replace(
        manifest,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        entries=len(entries),
        sha256=hashlib.sha256(packed).hexdigest(),
    )
    text = json.dumps(asdict(whole), indent=1, allow_nan=False) + "\n"
    with explained(target), _new_folder(target) as folder:
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


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """A folder that takes the place of ``target`` at the end; safe with two writers at once."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = beside(target)
    partial.mkdir()
    try:
        yield partial
        while True:
            try:
                os.rename(partial, target)  # fails where a full folder of that name stands
                return
            except OSError as error:
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                    raise
            aside = beside(target.with_name(f"{target.name}.old"))
            aside.mkdir()
            with suppress(FileNotFoundError):  # the other writer may have been quicker
                os.rename(target, aside / target.name)
            shutil.rmtree(aside)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
