"""The controls and figures of the page."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from workflows.analyses.setup import CHOICES

FIGURES = {
    "curve": "Reaction energy against mixing",
    "products": "Products",
    "window": "Electrochemical window of the second material",
    "map": "Mutual energy over mixing and voltage",
}
HEIGHTS = {"curve": 320, "products": 320, "window": 150, "map": 340}  #: pixels
LIVE: dict[str, Any] = {"aria-live": "polite"}
EXAMPLES = ("NCM811", "LCO", "LNO", "LPSCl", "LGPS", "LPS", "LIC", "LLZO", "LATP", "LiTFSI", "ECA")
CONFIG: Any = {"displaylogo": False, "displayModeBar": False, "responsive": True}
STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem;
  background: light-dark(#fdfdfb, #14181c); color: light-dark(#1c2126, #e9ecee); }
.controls { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr));
  gap: .8rem; }
.controls label { display: block; font-size: .85rem; }
input, select { font: inherit; width: 100%; box-sizing: border-box; }
.row { display: flex; gap: .6rem; align-items: center; }
.row input[type=checkbox] { width: auto; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr));
  gap: 1rem; background: #ffffff; color: #1c2126; padding: .5rem; border-radius: 6px; }
.wide { grid-column: 1 / -1; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; margin: .3rem 0; }
#message { color: light-dark(#a3123a, #ff9db5); min-height: 1.5rem; }
#reaction { font: 1.05rem/1.5 Georgia, serif; }
button { font: inherit; font-size: .85rem; }
h1 { font-size: 1.5rem; margin: .4rem 0 1rem; }
h2 { font-size: 1rem; margin: .2rem 0; }
"""
PAGE = """<!DOCTYPE html>
<html lang="en"><head>{%metas%}<title>{%title%}</title>
<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width, initial-scale=1">
{%css%}<style>STYLE</style></head>
<body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body></html>""".replace(
    "STYLE", STYLE
)


def page() -> Any:
    """The page, with the values of a first visit."""
    return html.Main(
        [
            dcc.Location(id="address", refresh=False),
            dcc.Download(id="download"),
            html.H1("Two materials in contact"),
            html.Datalist(id="names", children=[html.Option(value=name) for name in EXAMPLES]),
            html.Div(
                [
                    _text("first", "First material (cathode)", "NCM811"),
                    _text("second", "Second material (electrolyte)", "LPSCl"),
                    _slider("content", "Li content x of a named cathode", 1.0, 0.0, 1.0, 0.1),
                    _slider("voltage", "Voltage against Li (V)", 4.3, 0.0, 5.0, 0.05),
                    _slider("temperature", "Temperature (K)", 300, 0, 1500, 50),
                    _choice("gas", "Gas", {"": "none", "air": "air", "O2=1": "O2 at 1 bar"}),
                    _choice("energy", "Energy of the materials",
                            {"": "own, as the verbs"} | {name: name for name in CHOICES}),
                    html.Div(
                        [html.Label("Composition of a CIF, for the second material",
                                    htmlFor="cif"),
                         dcc.Upload(html.Button("Choose a CIF"), id="cif", accept=".cif")]
                    ),
                ],
                className="controls",
            ),
            html.P(id="message", role="alert"),
            html.P(id="reaction", **LIVE),
            html.Div([_figure(name, title) for name, title in FIGURES.items()],
                     className="figures"),
            html.H2("The same from the command line"),
            html.Pre(id="commands", tabIndex=0),
            dcc.Clipboard(target_id="commands", title="Copy the commands"),
            html.H2("The same in Python"),
            html.Pre(id="python", tabIndex=0),
            dcc.Clipboard(target_id="python", title="Copy the Python"),
            html.P([html.A("Link to this view", id="link", href="?"), " ",
                    html.Button("Curve as CSV", id="csv")]),
        ]
    )  # fmt: skip


def _text(name: str, label: str, value: str) -> Any:
    field = dcc.Input(id=name, value=value, list="names", debounce=0.4, type="text")
    return html.Div([html.Label(label, htmlFor=name), field])


def _slider(name: str, label: str, value: float, low: float, high: float, step: float) -> Any:
    """A slider of the browser with a box that switches it off."""
    return html.Div(
        [
            html.Label(label, htmlFor=name),
            html.Div(
                [
                    dcc.Checklist(id=f"{name}-on", options=[{"label": "", "value": "on"}], value=[],
                                  labelStyle={"aria-label": label}),
                    dcc.Input(id=name, type="range", value=value, min=low, max=high, step=step),
                    html.Output(id=f"{name}-said", htmlFor=name),
                ],
                className="row",
            ),
        ]
    )  # fmt: skip


def _choice(name: str, label: str, options: dict[str, str]) -> Any:
    items = [{"label": words, "value": value} for value, words in options.items()]
    return html.Div([
        html.Label(label, htmlFor=name),
        dcc.Dropdown(id=name, options=items, value="", clearable=False, searchable=False),
    ])  # fmt: skip


def _figure(name: str, title: str) -> Any:
    buttons = [
        html.Button(form.upper(), id=f"{name}-{form}", **_named(f"{title} as {form}"))
        for form in ("png", "svg")
    ]
    return html.Section(
        [
            html.H2(title),
            dcc.Graph(id=f"figure-{name}", config=CONFIG, style={"height": f"{HEIGHTS[name]}px"}),
            html.Div(buttons),
        ],
        className="wide" if name == "window" else "",
        **_named(title),
    )


def _named(label: str) -> dict[str, Any]:
    """The name of an element for those who do not see it."""
    return {"aria-label": label}
