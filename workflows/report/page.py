"""The page itself: a template, a style sheet and scripts, put together into one file.

What comes from a user's file is text: the template escapes it, and the data of the script stand in
a block in which ``<`` cannot occur. A content security policy allows this style sheet and this
script, by their hashes, and nothing else: no network, no further script.
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
from workflows.io.results import write_whole
from workflows.report import page_data as data
from workflows.report import report_tables as shown_tables
from workflows.report import text as words
from workflows.report.extra_analyses import Extras, compute
from workflows.report.read_run import ReportedRun, Table, read_run
from workflows.report.text import MINUS

HERE = Path(__file__).resolve().parent
#: In this order; they share one scope.
SCRIPTS = ("core", "plot", "text", "curves", "states", "windows", "maps", "tables", "page")
DEFAULT_NAME = "report.html"
LONG = 6  #: decimals; a number with more is shown rounded, and downloaded whole
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
#: Columns that fit on paper; the others are on the screen and in the CSV.
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
    """Write the report of a run's folder or a record, whole.

    Parameters
    ----------
    path : a run's folder or a record.
    out : the file; by default ``report.html`` in the folder, or the record's name with ``.html``.
    more : compute what was not asked for but follows from the same phases: windows, maps.

    Returns
    -------
    The file written.
    """
    asked = read_run(path)
    target = out or (path / DEFAULT_NAME if path.is_dir() else path.parent / f"{asked.name}.html")
    check_outputs(target)
    write_whole(target, page(asked, compute(asked, more=more)))
    return target


def page(asked: ReportedRun, extras: Extras) -> str:
    """The page as text; the same bytes for the same record."""
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
    text: str = environment.get_template("page.html.j2").render(
        asked=asked,
        mark=asked.mark,
        title=asked.name,
        names=_names(asked),
        question=words.title(asked),
        answer=words.summary(asked),
        warnings=words.warnings(asked, extras),
        extras=extras,
        tables=_tables(asked, extras),
        headings=_HEADINGS | {shown.table.name: shown.title for shown in extras.results},
        printed=PRINTED,
        provenance=_provenance(asked),
        replay=f"interfaces replay {asked.name if asked.is_run else asked.name + '.json.gz'}",
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        data=safe_json(data.page_data(asked, extras)),
    )
    return text


def safe_json(value: Any) -> str:
    r"""JSON that can stand in a script block: nothing in it can end the block.

    >>> safe_json({"a": "</script>"})
    '{"a":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _hash(text: str) -> str:
    """What a content security policy calls this text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def chemical(text: str) -> Any:
    r"""A formula or reaction with its subscripts, as safe HTML.

    >>> str(chemical("2 Li0.5CoO2 -> O2 & <b>"))
    '2\xa0Li<sub>0.5</sub>CoO<sub>2</sub> → O<sub>2</sub> &amp; &lt;b&gt;'
    """
    from markupsafe import Markup, escape

    arrow = text.replace(" -> ", " \N{RIGHTWARDS ARROW} ")
    # a coefficient stays beside its formula
    parts = AMOUNT.split(_COEFFICIENT.sub("\N{NO-BREAK SPACE}", arrow))
    return Markup("").join(
        Markup("<sub>{}</sub>").format(part) if at % 2 else escape(part)
        for at, part in enumerate(parts)
    )


def prose(text: str, names: Iterable[str]) -> Any:
    """A sentence with the formulas in it subscripted, but not the names of systems.

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
    """A table's cell for a person; its whole text stands beside it for sorting and download."""
    if column in CHEMICAL:
        return chemical(text)
    try:
        value = float(text)
    except ValueError:
        return text
    if len(text.partition(".")[2]) > LONG or "e" in text:
        return words.number(value, 4)
    return text.replace("-", MINUS)


def _tables(asked: ReportedRun, extras: Extras) -> list[Table]:
    made = (
        shown_tables.minima_table(asked),
        shown_tables.stages_table(asked, extras),
        shown_tables.reactants_table(asked),
    )
    results = [shown.table for shown in extras.results]
    return [*(one for one in made if one is not None), *results, *asked.tables.values()]


def _names(asked: ReportedRun) -> list[str]:
    """Labels of reactants that are no formulas, and of their hosts."""
    labels = {
        name
        for question, _ in asked.answers
        for one in question.to_dict()["reactants"]
        if one["name"] != one["formula"]
        for name in (one["name"], one["name"].partition(" (x =")[0])
    }
    return sorted(labels | set(asked.others))


def _provenance(asked: ReportedRun) -> list[tuple[str, str]]:
    """What the numbers follow from; what differs from pair to pair is left to the record."""
    every = [dict(question.provenance) for question, _ in asked.answers]
    shared = {k: v for k, v in every[0].items() if v and all(one.get(k) == v for one in every)}
    hashes = sorted({one.get("entries_sha256", "") for one in every} - {""})
    found = [(key.replace("_", " "), str(value)) for key, value in shared.items()]
    if "entries_sha256" not in shared:
        found += [("entries sha256", value) for value in hashes]
    return [*found, ("phases in the record", str(len(asked.phase_set)))]
