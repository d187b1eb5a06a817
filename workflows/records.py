"""Writing results: whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from workflows.disk import write_bytes_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURE_SUFFIXES = (".pdf", ".png", ".svg")
RESOLUTION = 200  #: dots per inch of a raster figure


@contextmanager
def run_folder(target: Path) -> Iterator[Path]:
    """A folder that appears at ``target``, complete, when the block ends; else nothing does.

    An earlier run of the same name is replaced only then.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield partial
        partial.chmod(0o755)
        if target.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
            os.replace(target, old / target.name)
            os.replace(partial, target)
            shutil.rmtree(old)
        else:
            os.replace(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_whole(path: Path, text: str) -> None:
    """Write a text file under a temporary name and rename it: it is never half there."""
    write_bytes_whole(path, text.encode("utf-8"))


def write_json(path: Path, data: Any) -> None:
    """Write JSON; NaN and infinity are refused."""
    write_whole(path, json.dumps(data, indent=1, allow_nan=False) + "\n")


def save_figure(figure: Figure, path: Path, mark: str = "") -> None:
    """Save to ``.pdf``, ``.png`` or ``.svg``, without dates, so that a rerun gives the same bytes.

    Parameters
    ----------
    mark : words across the figure and its file's title, for what must not pass as a result.

    Raises
    ------
    InputError
        If the suffix is none of these.
    """
    suffix = path.suffix.lower()
    if suffix not in FIGURE_SUFFIXES:
        raise InputError(
            f"cannot draw to {path.name!r}; give a name that ends in {', '.join(FIGURE_SUFFIXES)}"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.stem}.{os.getpid()}.part{suffix}")
    metadata: dict[str, str | None] = {
        ".pdf": {"CreationDate": None}, ".svg": {"Date": None}, ".png": {},
    }[suffix]  # type: ignore[assignment]  # fmt: skip
    if mark:
        metadata["Title"] = mark
        _mark(figure, mark)
    try:
        figure.savefig(partial, dpi=RESOLUTION, metadata=metadata)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _mark(figure: Figure, words: str) -> None:
    """Draw words across a figure, once."""
    if not any(text.get_gid() == "mark" for text in figure.texts):
        figure.text(
            0.5, 0.5, words, gid="mark", rotation=25, alpha=0.18, color="red", zorder=10,
            fontsize=figure.get_figwidth() * 110 / max(len(words), 8), ha="center", va="center",
        )  # fmt: skip
