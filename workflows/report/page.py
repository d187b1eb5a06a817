"""Render the report from a template, a style sheet and scripts into one file.

Text from a user's file is escaped by the template, and the data of the script are in a block that
cannot contain ``<``. A content security policy allows this style sheet and this script, by their
hashes, and nothing else: no network, no further script.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from interfaces.chemistry.formulas import AMOUNT
from workflows.io.outputs import check_outputs
from workflows.io.results import write_atomic
from workflows.report import page_data as data
from workflows.report import report_tables as shown_tables
from workflows.report import text as words
from workflows.report.extra_analyses import Extras, compute
from workflows.report.read_run import ReportedRun, Table, read_run
from workflows.report.text import MINUS

HERE = Path(__file__).resolve().parent
#: In this order; they share a scope.
SCRIPTS = ("core", "plot", "text", "curves", "states", "windows", "maps", "tables", "page")
DEFAULT_NAME = "report.html"
LONG = 6  #: decimals; longer numbers are shown rounded and downloaded in full
_COEFFICIENT = re.compile(r"(?<=\d) (?=[A-Z(])")
_OPTION = re.compile(r"(--[a-z]+(?:-[a-z]+)*)")
_MINUS = re.compile(r"(?<![\w.])-(?=\d)")
_HEADINGS = {
    "minima": "Both minima of every curve",
    "reactants": "Reactants and their energies",
    "stages": "Every stage of every window",
    "models": "Minima under each energy model",
    "voltages": "Voltage curve of the cathode",
    "energies": "Calculated cells",
}
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
CHEMICAL = ("reaction", "reaction_total", "reaction_mutual", "formula", "cathode", "gases")


def write_report(path: Path, out: Path | None = None, *, more: bool = True) -> Path:
    """Write the report of a run's folder or a record.

    Parameters
    ----------
    path : a run's folder or a record.
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
    run = read_run(path)
    target = out or (path / DEFAULT_NAME if path.is_dir() else path.parent / f"{run.name}.html")
    check_outputs(target)
    write_atomic(target, page(run, compute(run, more=more)))
    return target


def page(run: ReportedRun, extras: Extras) -> str:
    """Render the page; the same record gives the same bytes.

    Parameters
    ----------
    run : a finished run.
    extras : further windows and maps.

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
    style = (HERE / "page.css").read_text(encoding="utf-8")
    script = '"use strict";\n(() => {\n' + "\n".join(
        (HERE / "scripts" / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS
    ) + "\n})();\n"  # fmt: skip
    html: str = environment.get_template("page.html.j2").render(
        run=run,
        mark=run.mark,
        title=run.name,
        names=_names(run),
        question=words.title(run),
        answer=words.summary(run),
        warnings=words.warnings(run, extras),
        extras=extras,
        tables=_tables(run, extras),
        headings=_HEADINGS | {shown.table.name: shown.title for shown in extras.results},
        printed=PRINTED,
        provenance=_provenance(run),
        replay=f"interfaces replay {run.name if run.is_run else run.name + '.json.gz'}",
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        data=safe_json(data.page_data(run, extras)),
    )
    return html


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
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _hash(text: str) -> str:
    """Hash of a text in the form of a content security policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def chemical(text: str) -> Any:
    r"""Format a formula or reaction with subscripts, as safe HTML.

    >>> str(chemical("2 Li0.5CoO2 -> O2 & <b>"))
    '2\xa0Li<sub>0.5</sub>CoO<sub>2</sub> → O<sub>2</sub> &amp; &lt;b&gt;'
    """
    from markupsafe import Markup, escape

    arrow = text.replace(" -> ", " \N{RIGHTWARDS ARROW} ")
    # no line break between coefficient and formula
    parts = AMOUNT.split(_COEFFICIENT.sub("\N{NO-BREAK SPACE}", arrow))
    return Markup("").join(
        Markup("<sub>{}</sub>").format(part) if at % 2 else escape(part)
        for at, part in enumerate(parts)
    )


def prose(text: str, names: Iterable[str]) -> Any:
    """Format a sentence with subscripts in formulas, but not in names of materials.

    Parameters
    ----------
    text : the sentence.
    names : names of materials in it.

    Returns
    -------
    Safe HTML.

    Examples
    --------
    >>> str(prose("NCM811 forms Li2S", ["NCM811"]))
    'NCM811 forms Li<sub>2</sub>S'
    """
    from markupsafe import Markup, escape

    marked = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    parts = re.split(f"({marked})", text) if marked else [text]
    return Markup("").join(
        escape(part) if at % 2 else _sentence(part) for at, part in enumerate(parts)
    )


def _sentence(text: str) -> Any:
    from markupsafe import Markup

    typed = _MINUS.sub(MINUS, text.replace("+-", "\N{PLUS-MINUS SIGN}"))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if at % 2 else chemical(part)
        for at, part in enumerate(_OPTION.split(typed))
    )


def cell(text: str, column: str) -> Any:
    """Format a table cell; the template keeps the full text for sorting and download.

    Parameters
    ----------
    text : of the cell.
    column : its column.

    Returns
    -------
    Text or safe HTML.
    """
    if column in CHEMICAL:
        return chemical(text)
    try:
        value = float(text)
    except ValueError:
        return text
    if len(text.partition(".")[2]) > LONG or "e" in text:
        return words.number(value, 4)
    return text.replace("-", MINUS)


def _tables(run: ReportedRun, extras: Extras) -> list[Table]:
    beside = dict(run.tables)
    made = (
        beside.pop("minima", None) or shown_tables.minima_table(run),
        shown_tables.stages_table(run, extras),
        shown_tables.reactants_table(run),
    )
    results = [shown.table for shown in extras.results]
    return [*(table for table in made if table is not None), *results, *beside.values()]


def _names(run: ReportedRun) -> list[str]:
    """Labels of reactants that are not formulas, and of their hosts."""
    labels = {
        name
        for question, _ in run.answers
        for reactant in question.to_dict()["reactants"]
        if reactant["name"] != reactant["formula"]
        for name in (reactant["name"], reactant["name"].partition(" (x =")[0])
    }
    return sorted(labels | set(run.others))


def _provenance(run: ReportedRun) -> list[tuple[str, str]]:
    """Provenance common to all results; what differs between pairs is in the record."""
    every = [dict(question.provenance) for question, _ in run.answers]
    shared = {
        k: v
        for k, v in every[0].items()
        if v and all(provenance.get(k) == v for provenance in every)
    }
    hashes = sorted({provenance.get("entries_sha256", "") for provenance in every} - {""})
    rows = [(key.replace("_", " "), str(value)) for key, value in shared.items()]
    if "entries_sha256" not in shared:
        rows += [("entries sha256", value) for value in hashes]
    return [*rows, ("phases in the record", str(len(run.phase_set)))]
