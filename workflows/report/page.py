"""Render the report from a template, a style sheet and a script into one file.

Text from a user's file is escaped where it becomes HTML, and the data of the script are in a block
that cannot contain ``<``. A content security policy allows this script and Plotly's, by their
hashes, and nothing else: no network, no further script.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from workflows.io.outputs import check_outputs
from workflows.io.results import write_atomic
from workflows.report.contents import Contents, contents_of
from workflows.report.extra_analyses import compute
from workflows.report.folder_pages import contents_of_folder
from workflows.report.markup import cell, chemical, prose
from workflows.report.panels import COLOURS, Words
from workflows.report.read_run import read_run

HERE = Path(__file__).resolve().parent
#: The bundle of plotly.js for two axes: a third of the library, and four times as fast to load.
LIBRARY = HERE / "plotly-cartesian.min.js.gz"
DEFAULT_NAME = "report.html"
#: Columns that are printed on paper; the others are on the screen and in the CSV.
PRINTED = {
    "minima": (
        "electrolyte", "x", "minimum_total_ev_per_atom", "minimum_mutual_ev_per_atom",
        "molar_fraction_mutual", "reaction_mutual", "MOCK",
    ),
    "energies": (
        "x", "formula", "ordering", "energy_ev_per_atom", "formation_energy_ev_per_atom",
        "space_group", "converged", "MOCK",
    ),
}  # fmt: skip


def write_report(path: Path, out: Path | None = None, *, more: bool = True) -> Path:
    """Write the report of a run's folder, a record, a screen or an MD analysis.

    Parameters
    ----------
    path : a folder, or a record.
    out : the file; by default ``report.html`` in the folder, or the record's name with ``.html``.
    more : also compute windows and maps that the run does not contain, from its phases.

    Returns
    -------
    The file written.

    Raises
    ------
    InputError
        If the run cannot be read, or the file cannot be written.
    """
    contents = contents_of_folder(path)
    if contents is None:
        run = read_run(path)
        contents = contents_of(run, compute(run, more=more))
    default = path / DEFAULT_NAME if path.is_dir() else path.parent / f"{contents.name}.html"
    target = out or default
    check_outputs(target)
    write_atomic(target, page(contents))
    return target


def page(contents: Contents) -> str:
    """Render the page; the same contents give the same bytes.

    Parameters
    ----------
    contents : of the page.

    Returns
    -------
    HTML.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["chemical"] = chemical
    environment.filters["cell"] = cell
    environment.filters["prose"] = prose
    script = f'"use strict";\n(() => {{\n{_text("page.js")}\n}})();\n'
    html: str = environment.get_template("page.html.j2").render(
        page=contents,
        printed=PRINTED,
        colours=COLOURS,
        has_models=any(table.name == "models" for table in contents.tables),
        style=_text("page.css"),
        script=script,
        script_hash=_hash(script),
        library=library(),
        library_hash=_hash(library()),
        data=safe_json(_data(contents)),
    )
    return html


def _data(contents: Contents) -> dict[str, Any]:
    """What the script of the page reads."""
    words = Words()
    kinks = contents.kinks
    return {
        "mark": contents.mark,
        "name": contents.name,
        "panels": [panel.to_dict(contents.mark, words) for panel in contents.panels],
        "words": list(words.texts),
        "kinks": kinks
        and {"columns": kinks.table.columns, "rows": kinks.table.rows, "curves": kinks.curves,
             "names": kinks.names},
    }  # fmt: skip


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


@cache
def library() -> str:
    """The text of plotly.js."""
    return gzip.decompress(LIBRARY.read_bytes()).decode()


def safe_json(value: Any) -> str:
    r"""JSON for a script block, in which nothing can end the block.

    Parameters
    ----------
    value : plain values.

    Returns
    -------
    JSON without ``<``, ``>`` and ``&``.

    Examples
    --------
    >>> safe_json({"a": "</script>"})
    '{"a":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _hash(text: str) -> str:
    """Hash of a text in the form of a content security policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
