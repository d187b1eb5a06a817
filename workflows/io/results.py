"""The manifest of a results folder: what was computed, and size and SHA-256 of every file."""

from __future__ import annotations

import hashlib
import io
import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfaces.errors import InputError
from workflows.io.atomic import new_folder, write_bytes_atomic
from workflows.io.checksums import parse_checked, with_checksum
from workflows.io.outputs import check_outputs, output_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MANIFEST = "checksums.json"
FORMAT = 1
SHOWN = 3  #: damaged files in a message
VERSION_KEY = "interface-stability"  #: of a specification; results stay valid with a new version


@dataclass(frozen=True)
class Manifest:
    """What a finished run computed and wrote.

    Attributes
    ----------
    spec : everything that the numbers follow from, as plain values.
    files : relative path -> (bytes, SHA-256).
    mark : words for results that are not physical; else empty.
    """

    spec: Mapping[str, Any]
    files: Mapping[str, tuple[int, str]]
    mark: str = ""

    def is_of(self, spec: Mapping[str, Any]) -> bool:
        """Whether the results are those of a specification, by whichever version of the package."""
        return bool(_comparable(self.spec) == _comparable(spec))

    def damage(self, folder: Path) -> dict[str, str]:
        """Return files that are not as they were written, each with what is wrong with it."""
        faults = {}
        for name, (size, digest) in self.files.items():
            fault = _fault(folder / name, size, digest)
            if fault:
                faults[name] = fault
        return faults


def write_manifest(folder: Path, spec: Mapping[str, Any], mark: str = "") -> None:
    """Write the manifest of everything that a folder holds.

    Parameters
    ----------
    folder : of the results.
    spec : everything that the numbers follow from, as plain values.
    mark : words for results that are not physical.
    """
    files = {
        path.relative_to(folder).as_posix(): [path.stat().st_size, _digest(path.read_bytes())]
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / MANIFEST
    }
    data = {"format": FORMAT, "spec": spec, "files": files, **({"mark": mark} if mark else {})}
    write_atomic(folder / MANIFEST, with_checksum(json.dumps(data, indent=1, allow_nan=False)))


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a results folder.

    Raises
    ------
    InputError
        If it is missing, damaged, or of another format.
    """
    path = folder / MANIFEST
    try:
        data, checked = parse_checked(path.read_bytes())
        if not checked or data["format"] != FORMAT:
            raise ValueError("it is of another format")
        rows = data["files"].items()
        files = {str(name): (int(size), str(digest)) for name, (size, digest) in rows}
        return Manifest(spec=dict(data["spec"]), files=files, mark=str(data.get("mark", "")))
    except FileNotFoundError:
        raise InputError(f"{folder} has no {MANIFEST}, so nothing says what it holds") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is damaged: {error}") from None


def listed(damage: Mapping[str, str]) -> str:
    """Damaged files in one line.

    >>> listed({"minima.csv": "missing", "kinks.csv": "changed"})
    'minima.csv is missing, kinks.csv is changed'
    """
    shown = [f"{name} is {fault}" for name, fault in list(damage.items())[:SHOWN]]
    return ", ".join(shown) + (f" and {len(damage) - SHOWN} more" if len(damage) > SHOWN else "")


def _comparable(spec: Mapping[str, Any]) -> Any:
    plain = {key: value for key, value in spec.items() if key != VERSION_KEY}
    return json.loads(json.dumps(plain))


def _fault(path: Path, size: int, digest: str) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return str(error.strerror or error)
    if len(data) < size:
        return f"truncated to {len(data)} of {size} bytes"
    return "" if _digest(data) == digest else "changed"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


#: One of these is in every folder that a run wrote.
RECORDS = frozenset(
    ("provenance.json", "record.json.gz", "summary.json", "cell.json", "inputs.json", "job.json",
     "checksums.json")
)  # fmt: skip
FIGURE_SUFFIXES = (".pdf", ".png", ".svg")
FIGURES = (".png", ".pdf")  #: files of each figure of a run
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
    """Refuse to replace what is not an earlier run: a user's own folder, or the working directory.

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
            f"{target} is there already and is not an earlier run, so it is not replaced; give "
            "another name"
        )
    if target.resolve() in (Path.cwd(), *Path.cwd().parents):
        raise InputError(f"{target} is the current folder; give a folder of its own")


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
    write_atomic(path, indented(data) + "\n")


def indented(data: Any, level: int = 0) -> str:
    """JSON with an indent of one, as ``json.dumps`` writes it, five times faster.

    Parameters
    ----------
    data : plain values.
    level : of the indent.

    Returns
    -------
    str
        JSON text.

    Raises
    ------
    ValueError
        If a number is NaN or infinite.

    Examples
    --------
    >>> indented({"x": [1, 2.5], "y": {}}) == json.dumps({"x": [1, 2.5], "y": {}}, indent=1)
    True
    """
    if not isinstance(data, dict | list | tuple) or not data:
        return json.dumps(data, allow_nan=False)
    pad = "\n" + " " * (level + 1)
    values = data.values() if isinstance(data, dict) else data
    if not any(isinstance(value, dict | list | tuple) for value in values):
        # The compiled encoder writes no indent, but takes any text between two values.
        text = json.dumps(data, allow_nan=False, separators=("," + pad, ": "))
        return f"{text[0]}{pad}{text[1:-1]}{pad[:-1]}{text[-1]}"
    if isinstance(data, dict):
        parts = [
            json.dumps({key: 0})[1:-2] + indented(value, level + 1) for key, value in data.items()
        ]
        return "{" + pad + ("," + pad).join(parts) + pad[:-1] + "}"
    return "[" + pad + ("," + pad).join(indented(v, level + 1) for v in data) + pad[:-1] + "]"


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


def save_figures(figure: Figure, stem: Path, mark: str = "") -> None:
    """Save as ``STEM.png`` and ``STEM.pdf`` with ``STEM.data.csv``, see :func:`save_figure`.

    Parameters
    ----------
    stem : path without a suffix.
    """
    for suffix in FIGURES:
        path = stem.with_name(stem.name + suffix)
        save_figure(figure, path, mark, data=suffix == FIGURES[-1])


def save_figure(figure: Figure, path: Path, mark: str = "", *, data: bool = True) -> None:
    """Save to ``.pdf``, ``.png`` or ``.svg``, without dates, so that a rerun gives the same bytes.

    ``NAME.data.csv`` beside ``NAME.png`` has every number drawn, see
    :mod:`interfaces.figures.figure_data`.

    Parameters
    ----------
    mark : words across the figure, in its file's title and in every row of its data, for what must
        not pass as a result.
    data : write the numbers as well.

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
        lay_out(figure)
        figure.savefig(drawn, format=suffix[1:], dpi=RESOLUTION, metadata=metadata)
    write_bytes_atomic(path, drawn.getvalue())
    for beside in files[1:] if data else ():
        _save_data(figure, beside, mark)


def lay_out(figure: Figure) -> None:
    """Place the parts of a figure once for all of its files: placing takes as long as drawing.

    The canvas stays with the figure, so that the raster file uses the measured texts again.

    Parameters
    ----------
    figure : its layout engine is run and removed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    engine = figure.get_layout_engine()
    if engine is not None:
        FigureCanvasAgg(figure)
        figure.set_dpi(RESOLUTION)
        engine.execute(figure)
        figure.set_layout_engine(None)


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
