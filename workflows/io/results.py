"""Write results atomically: folders of runs, text, JSON and figures with their data."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from workflows.io.atomic import write_bytes_atomic
from workflows.io.atomic_folder import new_folder
from workflows.io.outputs import check_outputs, output_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: One of these is in every folder that a run wrote.
RECORDS = frozenset(
    ("provenance.json", "record.json.gz", "summary.json", "cell.json", "inputs.json", "job.json",
     "checksums.json")
)  # fmt: skip
FIGURE_SUFFIXES = (".pdf", ".png", ".svg")
FIGURE_DATA = ".data.csv"  #: what a figure draws, beside it; never a name that a user's table has
RESOLUTION = 300  #: dots per inch of a raster figure
#: Text that stays text in PDF, and names within an SVG that do not change from run to run.
DRAWING: dict[Any, Any] = {"pdf.fonttype": 42, "svg.hashsalt": "interface-stability"}

_WANTED = ContextVar("figures", default=True)


@contextmanager
def few_files() -> Iterator[None]:
    """Leave figures and the files of single curves unwritten in the block; the record has both."""
    token = _WANTED.set(False)
    try:
        yield
    finally:
        _WANTED.reset(token)


def all_files() -> bool:
    """Whether figures and the files of single curves are written."""
    return _WANTED.get()


@contextmanager
def run_folder(target: Path) -> Iterator[Path]:
    """A temporary folder that becomes the results folder of a run when the block ends.

    A link is followed. An earlier run of the same name is replaced; other files are never touched.

    Parameters
    ----------
    target : folder of the results.

    Yields
    ------
    Path
        The temporary folder, to be filled.

    Raises
    ------
    InputError
        If ``target`` was not written by this package, or holds a file that the command has read.
    """
    check_replaceable(target)
    with new_folder(target) as partial:
        yield partial
        check_replaceable(target)


def check_replaceable(target: Path) -> None:
    """Refuse to replace what is no earlier run: a user's own folder, or the working directory.

    Raises
    ------
    InputError
        If ``target`` may not be replaced.
    """
    if not target.exists():
        return
    names = {entry.name for entry in target.iterdir()} if target.is_dir() else {""}
    if names and not names & RECORDS:
        raise InputError(
            f"{target} is there already and is no earlier run, so it is not replaced; give "
            "another name"
        )
    if target.resolve() in (Path.cwd(), *Path.cwd().parents):
        raise InputError(f"{target} is the folder you stand in; give a folder of its own")


def write_atomic(path: Path, text: str) -> None:
    """Write a text file atomically, as UTF-8.

    Parameters
    ----------
    path : file, device or pipe.
    text : the whole content.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    write_bytes_atomic(path, text.encode("utf-8"))


def write_json(path: Path, data: Any) -> None:
    """Write JSON atomically.

    Parameters
    ----------
    path : file, device or pipe.
    data : plain values.

    Raises
    ------
    InputError
        If it cannot be written.
    ValueError
        If a number is NaN or infinite.
    """
    write_atomic(path, json.dumps(data, indent=1, allow_nan=False) + "\n")


def figure_files(path: Path) -> tuple[Path, ...]:
    """The files of a figure: itself and, beside it, the numbers drawn.

    Parameters
    ----------
    path : of the figure.

    Returns
    -------
    tuple of Path
        The figure alone where it is written through to a device or a pipe.

    Raises
    ------
    InputError
        If one of them cannot be an output.
    """
    file = output_file(path)
    return (path,) if file is None else (path, path.with_name(path.stem + FIGURE_DATA))


def save_figure(figure: Figure, path: Path, mark: str = "") -> None:
    """Save to ``.pdf``, ``.png`` or ``.svg``, without dates, so that a rerun gives the same bytes.

    Beside ``NAME.png`` stands ``NAME.data.csv`` with every number drawn, see
    :mod:`interfaces.figures.figure_data`.

    Parameters
    ----------
    mark : words across the figure, in its file's title and in every row of its data, for what must
        not pass as a result.

    Raises
    ------
    InputError
        If the suffix is none of these, or a file cannot be an output; no file is written then.
    """
    from matplotlib import rc_context

    suffix = path.suffix.lower()
    if suffix not in FIGURE_SUFFIXES:
        raise InputError(
            f"cannot draw to {path.name!r}; give a name that ends in {', '.join(FIGURE_SUFFIXES)}"
        )
    files = figure_files(path)
    check_outputs(*files)
    metadata: dict[str, str | None] = {
        ".pdf": {"CreationDate": None}, ".svg": {"Date": None}, ".png": {},
    }[suffix]  # type: ignore[assignment]  # fmt: skip
    if mark:
        metadata["Title"] = mark
        mark_figure(figure, mark)
    drawn = io.BytesIO()
    # a glyph that is missing or a layout that does not fit shows in the figure, not on stderr
    with rc_context(DRAWING), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        figure.savefig(drawn, format=suffix[1:], dpi=RESOLUTION, metadata=metadata)
    write_bytes_atomic(path, drawn.getvalue())
    for beside in files[1:]:
        _save_data(figure, beside, mark)


def _save_data(figure: Figure, path: Path, mark: str) -> None:
    """Write the numbers of a figure as CSV; with a mark as a further column."""
    import csv

    from interfaces.figures.figure_data import COLUMNS, figure_rows
    from workflows.io.mock_mark import MARK, MOCK_SCHEME

    rows = figure_rows(figure)
    if not rows:
        return
    text = io.StringIO()
    writer = csv.DictWriter(text, (*COLUMNS, *([mark] if mark else ())), lineterminator="\n")
    writer.writeheader()
    note = MOCK_SCHEME if mark == MARK else mark
    writer.writerows({**row, mark: note} if mark else row for row in rows)
    write_atomic(path, text.getvalue())


def mark_figure(figure: Figure, words: str) -> None:
    """Draw words across a figure, once.

    Parameters
    ----------
    figure : is changed.
    words : such as ``MOCK``.
    """
    if not any(text.get_gid() == "mark" for text in figure.texts):
        figure.text(
            0.5, 0.5, words, gid="mark", rotation=25, alpha=0.18, color="red", zorder=10,
            fontsize=figure.get_figwidth() * 110 / max(len(words), 8), ha="center", va="center",
        )  # fmt: skip
