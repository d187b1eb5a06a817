"""The server of the page: on this machine only, without a request elsewhere."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from typing import Any

from dash import Dash, Input, Output, State, ctx, html, no_update

from interfaces.chemistry.formulas import AMOUNT
from interfaces.errors import InputError, InterfaceError
from workflows.analyses.analysis import MINUS, number
from workflows.report.app.answers import Answer, answer, table, unit_of
from workflows.report.app.layout import FIGURES, PAGE, page
from workflows.report.app.view import NUMBERS, View

HOST = "127.0.0.1"
NAMES = (HOST, "localhost")  #: under which the page is asked for
LARGEST = 2_000_000  #: bytes of an uploaded file
TEXTS = ("first", "second", "gas", "energy_first", "energy_second")
_OPTION = re.compile(r"--([a-z]+)")
_MINUS = re.compile(r"(?<![\w.-])-(?=\d)")
#: Plotly in the browser writes the file.
SAVE = """(count, id) => { if (count) { const [, name, form] = id.match(/^(.*)-(png|svg)$/);
  window.Plotly.downloadImage(document.querySelector('#figure-' + name + ' .js-plotly-plot'),
    {format: form, width: 900, height: 600, scale: form === 'png' ? 3 : 1, filename: name}); }
  return window.dash_clientside.no_update; }"""
#: The address of the page is always that of what it shows, so that a reload restores it.
ADDRESS = """href => { if (href && href !== '?') history.replaceState(null, '', href);
  return window.dash_clientside.no_update; }"""


def make_app() -> Dash:
    """The application; its scripts are served from here."""
    app: Any = Dash(__name__, title="interface stability", serve_locally=True, index_string=PAGE,
                    update_title="")  # fmt: skip
    app.layout = page()
    app.server.before_request(_local)
    app.callback(
        *(Output(f"figure-{name}", "figure") for name in FIGURES),
        Output("message", "children"), Output("reaction", "children"),
        Output("materials", "children"), Output("notes", "children"),
        Output("commands", "children"), Output("python", "children"), Output("link", "href"),
        *(Output(f"{name}-said", "children") for name in NUMBERS),
        *(Input(*each) for each in _values()),
    )(_shown)  # fmt: skip
    app.callback(
        *(Output(*each) for each in _values()),
        Output("message", "children", allow_duplicate=True),
        Input("address", "search"), prevent_initial_call="initial_duplicate",
    )(_restored)  # fmt: skip
    for material in ("first", "second"):
        app.callback(
            Output(material, "value", allow_duplicate=True),
            Output("message", "children", allow_duplicate=True),
            Input(f"cif-{material}", "contents"), prevent_initial_call=True,
        )(_uploaded)  # fmt: skip
    app.callback(
        Output("download", "data"), *(Input(f"{name}-csv", "n_clicks") for name in FIGURES),
        State("link", "href"), prevent_initial_call=True,
    )(_csv)  # fmt: skip
    for name in NUMBERS:  # a slider that is moved is on
        app.clientside_callback(
            "() => ['on']", Output(f"{name}-on", "value", allow_duplicate=True),
            Input(name, "value"), prevent_initial_call=True,
        )  # fmt: skip
    for name in FIGURES:
        for form in ("png", "svg"):
            app.clientside_callback(
                SAVE, Output(f"{name}-{form}", "title"), Input(f"{name}-{form}", "n_clicks"),
                State(f"{name}-{form}", "id"), prevent_initial_call=True,
            )  # fmt: skip
    app.clientside_callback(ADDRESS, Output("link", "title"), Input("link", "href"))
    made: Dash = app
    return made


def _values() -> list[tuple[str, str]]:
    """The controls in the order in which their values are passed."""
    names = (*TEXTS, "correction", *NUMBERS, *(f"{name}-on" for name in NUMBERS))
    return [(name, "value") for name in names]


def _local() -> tuple[str, int] | None:
    """Refuse a request under another name: a page elsewhere whose name leads to this machine."""
    from flask import request

    if request.host.partition(":")[0] in NAMES:
        return None
    return f"this page is {HOST}", 403


def view_of(values: Sequence[Any]) -> View:
    """The view of the values of the controls, in the order of the page.

    Raises
    ------
    InputError
        If a value cannot be used.
    """
    texts, correction = values[: len(TEXTS)], values[len(TEXTS)]
    numbers, on = _numbers(values), values[-len(NUMBERS) :]
    chosen: dict[str, Any] = dict(zip(TEXTS, (text or "" for text in texts), strict=True))
    for name, value, switch in zip(NUMBERS, numbers, on, strict=True):
        if switch and value not in (None, ""):
            chosen[name] = float(value)
    return View(correction=correction[0] if correction else "", **chosen)


def _numbers(values: Sequence[Any]) -> Sequence[Any]:
    return values[len(TEXTS) + 1 : len(TEXTS) + 1 + len(NUMBERS)]


def _shown(*values: Any) -> list[Any]:
    """Figures and words of the controls; where they cannot be computed, why, in a line."""
    on = values[-len(NUMBERS) :]
    said = [f"{value}" if switch else "off"
            for value, switch in zip(_numbers(values), on, strict=True)]  # fmt: skip
    try:
        view = view_of(values)
        result = answer(view)
    except InterfaceError as error:
        return [*[no_update] * len(FIGURES), _for_page(error), *[""] * 5, no_update, *said]
    return [
        *(result.figures[name] for name in FIGURES),
        "",
        _headline(result),
        [html.Li([name, *_subscripted(words)]) for name, words in result.materials],
        [html.Li(_subscripted(_for_page(line))) for line in result.notes],
        "\n".join(view.commands()),
        view.python(),
        view.link,
        *said,
    ]


def _for_page(words: object) -> str:
    """An error or note in the words of the page, where an option of the verbs is a field."""
    text = str(words).replace("; leave them out with --exclude", "")
    return _OPTION.sub(r"\1", text)


def _headline(result: Answer) -> list[Any]:
    """Both minima, and the reaction of the mutual one."""
    unit, mutual, total = unit_of(result.curve), result.curve.minimum_mutual, (
        result.curve.minimum_total)  # fmt: skip
    reaction = str(mutual.reaction).replace("->", "\N{RIGHTWARDS ARROW}")
    share = number(100 * mutual.mixing_fraction, 0)
    return [
        html.Strong(f"mutual {number(mutual.mutual_per_nonopen_atom, 4)} {unit}"),
        f" at {share} % of the atoms from the first, "
        f"lowest total {number(total.total_per_nonopen_atom, 4)}: ",
        *_subscripted(reaction),
    ]


def _subscripted(text: str) -> list[Any]:
    """A sentence with the amounts of its formulas as subscripts."""
    parts = AMOUNT.split(_MINUS.sub(MINUS, text))
    return [html.Sub(part) if at % 2 else part for at, part in enumerate(parts)]


def _restored(query: str | None) -> list[Any]:
    """Values of the controls that a link names."""
    count = len(_values())
    if not query:
        return [no_update] * (count + 1)
    try:
        view = View.from_link(query)
    except InterfaceError as error:
        return [*[no_update] * count, str(error)]
    numbers = [getattr(view, name) for name in NUMBERS]
    return [
        *(getattr(view, name) for name in TEXTS),
        [view.correction] if view.correction else [],
        *(no_update if value is None else value for value in numbers),
        *([] if value is None else ["on"] for value in numbers),
        "",
    ]


def _uploaded(contents: str | None) -> list[Any]:
    """The composition of a CIF as a material; its energy is chosen like any other."""
    try:
        return [formula_of_cif(contents or ""), ""]
    except InputError as error:
        return [no_update, str(error)]


def formula_of_cif(contents: str) -> str:
    """Reduced formula of an uploaded CIF (a data URI).

    Raises
    ------
    InputError
        If it is too large, or no CIF.
    """
    import warnings

    from pymatgen.core import Structure

    if len(contents) > LARGEST:
        raise InputError(f"the file is larger than {LARGEST / 1e6:g} MB; upload one CIF")
    try:
        text = base64.b64decode(contents.partition(",")[2]).decode()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            structure = Structure.from_str(text, fmt="cif")
    except Exception as error:  # pymatgen raises many kinds
        raise InputError(f"the file is not a CIF that can be read: {error}"[:200]) from None
    return str(structure.composition.reduced_formula)


def _csv(*values: Any) -> dict[str, Any]:
    """The numbers of a figure, as the verbs write them with ``--csv``."""
    name = str(ctx.triggered_id).removesuffix("-csv")
    text = table(View.from_link(values[-1]), name)
    return {"content": text, "filename": f"{name}.csv", "type": "text/csv"}


def serve(port: int, ready: Callable[[str], object] = print) -> None:
    """Serve the page on the loopback address until it is interrupted.

    Parameters
    ----------
    port : of this machine.
    ready : is called with the address when the page can be opened.

    Raises
    ------
    InputError
        If another program has the port.
    """
    import logging
    import socket

    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line for each movement of a slider
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
            listening.listen()
        except OSError as error:
            raise InputError(
                f"port {port} cannot be used ({error.strerror}); give --port another one"
            ) from None
        app = make_app().server
        server = make_server(HOST, port, app, threaded=True, fd=listening.fileno())
        ready(f"http://{HOST}:{port}/")
        server.serve_forever()
