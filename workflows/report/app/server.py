"""The server of the page: on this machine only, without a request elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from dash import Dash, Input, Output, State, html, no_update

from interfaces.chemistry.formulas import AMOUNT
from interfaces.errors import InputError, InterfaceError
from workflows.analyses.analysis import number
from workflows.report.app.answers import answer, unit_of
from workflows.report.app.layout import FIGURES, PAGE, page
from workflows.report.app.view import View
from workflows.tables.curve_tables import curve_csv

HOST = "127.0.0.1"
LARGEST = 2_000_000  #: bytes of an uploaded file
SLIDERS = ("content", "voltage", "temperature")
TEXTS = ("first", "second", "gas", "energy")
#: Plotly in the browser writes the file.
SAVE = """(count, id) => { if (count) { const [, name, form] = id.match(/^(.*)-(png|svg)$/);
  window.Plotly.downloadImage(document.querySelector('#figure-' + name + ' .js-plotly-plot'),
    {format: form, width: 900, height: 600, scale: form === 'png' ? 3 : 1, filename: name}); }
  return window.dash_clientside.no_update; }"""


def make_app() -> Dash:
    """The application; its scripts are served from here."""
    app: Any = Dash(__name__, title="interface stability", serve_locally=True, index_string=PAGE,
                    update_title="")  # fmt: skip
    app.layout = page()
    values = [*(Input(name, "value") for name in (*TEXTS, *SLIDERS)),
              *(Input(f"{name}-on", "value") for name in SLIDERS)]  # fmt: skip
    app.callback(
        *(Output(f"figure-{name}", "figure") for name in FIGURES),
        Output("message", "children"), Output("reaction", "children"),
        Output("commands", "children"), Output("python", "children"), Output("link", "href"),
        *(Output(f"{name}-said", "children") for name in SLIDERS),
        *values,
    )(_shown)  # fmt: skip
    app.callback(
        *(Output(name, "value") for name in (*TEXTS, *SLIDERS)),
        *(Output(f"{name}-on", "value") for name in SLIDERS),
        Output("message", "children", allow_duplicate=True),
        Input("address", "search"), prevent_initial_call="initial_duplicate",
    )(_restored)  # fmt: skip
    app.callback(
        Output("second", "value", allow_duplicate=True),
        Output("message", "children", allow_duplicate=True),
        Input("cif", "contents"), prevent_initial_call=True,
    )(_uploaded)  # fmt: skip
    app.callback(
        Output("download", "data"), Input("csv", "n_clicks"), State("link", "href"),
        prevent_initial_call=True,
    )(_csv)  # fmt: skip
    for name in SLIDERS:  # a slider that is moved is on
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
    made: Dash = app
    return made


def view_of(values: Sequence[Any]) -> View:
    """The view of the values of the controls, in the order of the page.

    Raises
    ------
    InputError
        If a value cannot be used.
    """
    texts, numbers = values[: len(TEXTS)], values[len(TEXTS) : len(TEXTS) + len(SLIDERS)]
    on = values[len(TEXTS) + len(SLIDERS) :]
    chosen: dict[str, Any] = dict(zip(TEXTS, (text or "" for text in texts), strict=True))
    for name, value, switch in zip(SLIDERS, numbers, on, strict=True):
        if switch and value not in (None, ""):
            chosen[name] = float(value)
    return View(**chosen)


def _shown(*values: Any) -> list[Any]:
    """Figures and words of the controls; where they cannot be computed, why, in a line."""
    said = [str(value) for value in values[len(TEXTS) : len(TEXTS) + len(SLIDERS)]]
    try:
        view = view_of(values)
        result = answer(view)
    except InterfaceError as error:
        return [*[no_update] * len(FIGURES), str(error), "", "", "", no_update, *said]
    best = result.curve.minimum_mutual
    energy = f"{number(best.mutual_per_nonopen_atom, 4)} {unit_of(result.curve)}: "
    reaction = [energy, *_subscripted(str(best.reaction).replace("->", "\N{RIGHTWARDS ARROW}"))]
    figures = [result.figures[name] for name in FIGURES]
    note = "; ".join(result.notes)
    return [*figures, note, reaction, "\n".join(view.commands()), view.python(), view.link, *said]


def _subscripted(text: str) -> list[Any]:
    """A reaction with its amounts as subscripts."""
    return [html.Sub(part) if at % 2 else part for at, part in enumerate(AMOUNT.split(text))]


def _restored(query: str | None) -> list[Any]:
    """Values of the controls that a link names."""
    count = len(TEXTS) + 2 * len(SLIDERS)
    if not query:
        return [no_update] * (count + 1)
    try:
        view = View.from_link(query)
    except InterfaceError as error:
        return [*[no_update] * count, str(error)]
    numbers = [getattr(view, name) for name in SLIDERS]
    return [
        *(getattr(view, name) for name in TEXTS),
        *(no_update if value is None else value for value in numbers),
        *([] if value is None else ["on"] for value in numbers),
        "",
    ]


def _uploaded(contents: str | None) -> list[Any]:
    """The composition of a CIF as the second material."""
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
        raise InputError(f"the file is no CIF that can be read: {error}"[:200]) from None
    return str(structure.composition.reduced_formula)


def _csv(_: int, link: str) -> dict[str, Any]:
    """Every kink of the curve, as ``interfaces curve --csv`` writes it."""
    result = answer(View.from_link(link))
    return {"content": curve_csv(result.curve), "filename": "curve.csv", "type": "text/csv"}


def serve(port: int) -> None:
    """Serve the page on the loopback address until it is interrupted."""
    make_app().run(host=HOST, port=port, debug=False)
