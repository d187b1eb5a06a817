"""The jobs of a finished run in one file: of many small runs the number of files matters.

Only finished runs are packed. Whatever runs jobs or writes results from them unpacks first.
"""

from __future__ import annotations

import io
import shutil
import zipfile
from contextlib import suppress
from pathlib import Path

from interfaces.errors import InputError
from workflows.io.atomic import one_line_errors, write_bytes_atomic

PACKED = "jobs.zip"
KEPT = ("submission.json", "replaced", PACKED)  #: which a submission reads of finished runs
WRITTEN = ("job.yaml", "batch.txt")  #: by a submission, while the run goes on
Place = Path | zipfile.Path


def pack(folder: Path, *, ended: bool = False) -> None:
    """Move the jobs of a finished run into one file.

    Parameters
    ----------
    folder : of the jobs; nobody else uses it.
    ended : whether the submission, too, will write nothing more.

    Raises
    ------
    InputError
        If the disk refuses.
    """
    unpack(folder)
    left = KEPT if ended else KEPT + WRITTEN
    moved = [path for path in sorted(folder.iterdir()) if path.name not in left]
    content = io.BytesIO()
    with one_line_errors(folder), zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for top in moved:
            for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
                if path.is_file():
                    archive.write(path, path.relative_to(folder))
    write_bytes_atomic(folder / PACKED, content.getvalue())
    for top in moved:
        with suppress(OSError):
            shutil.rmtree(top) if top.is_dir() else top.unlink()


def unpack(folder: Path) -> None:
    """Put packed jobs back as files; files that are there already are kept.

    Parameters
    ----------
    folder : of the jobs.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    if not (folder / PACKED).is_file():
        return
    try:
        with one_line_errors(folder), zipfile.ZipFile(folder / PACKED) as archive:
            for name in archive.namelist():
                if not (folder / name).exists():
                    archive.extract(name, folder)
    except (zipfile.BadZipFile, ValueError) as error:
        raise InputError(
            f"{folder / PACKED} is damaged ({error}); start anew with --fresh"
        ) from None
    (folder / PACKED).unlink()


def readable(folder: Path) -> Place:
    """Return where the files of the jobs are read: the folder, or the inside of its packed file."""
    if (folder / PACKED).is_file():
        with suppress(OSError, zipfile.BadZipFile):
            return zipfile.Path(folder / PACKED)
    return folder
