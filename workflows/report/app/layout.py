"""The controls and figures of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from workflows.analyses.setup import CHOICES
from workflows.data.named_materials import systems

FIGURES = {
    "curve": "Reaction energy against mixing",
    "map": "Mutual energy over mixing and voltage",
    "window": "Electrochemical window of the second material",
    "products": "Products of the strongest mutual reaction",
}
HEIGHTS = {"curve": 340, "map": 340, "window": 150, "products": 260}  #: pixels
WIDE = ("window", "products")
FORMATS = ("png", "svg", "csv")
LIVE: dict[str, Any] = {"aria-live": "polite"}
GASES = ("air", "O2=1", "O2=0.21", "N2=1", "H2=1")
CONFIG: Any = {"displaylogo": False, "displayModeBar": False, "responsive": True}
STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem;
  --ground: light-dark(#fdfdfb, #14181c); --ink: light-dark(#1c2126, #e9ecee);
  --field: light-dark(#ffffff, #20272d); --rule: light-dark(#8a9299, #5d666e);
  --accent: light-dark(#0b5c94, #8cc4f2);
  --Dash-Fill-Inverse-Strong: var(--field); --Dash-Text-Strong: var(--ink);
  --Dash-Text-Primary: var(--ink); --Dash-Text-Weak: var(--ink); --Dash-Stroke-Strong: var(--rule);
  --Dash-Fill-Interactive-Strong: var(--accent);
  background: var(--ground); color: var(--ink); }
.controls { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr));
  gap: .8rem 1.2rem; }
.controls label { display: block; font-size: .85rem; }
input { font: inherit; width: 100%; box-sizing: border-box; accent-color: var(--accent); }
input[type=text] { background: var(--field); color: var(--ink); border: 1px solid var(--rule);
  border-radius: 4px; padding: .25rem .4rem; }
input[type=checkbox] { width: auto; }
.controls .hidden { position: absolute; clip-path: inset(50%); height: 1px; width: 1px;
  overflow: hidden; }
.controls label:has(input[type=checkbox]) { display: flex; gap: .4rem; align-items: center; }
.row { display: flex; gap: .6rem; align-items: center; min-height: 2rem; }
.row output { min-width: 3.2rem; text-align: right; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr));
  gap: 1rem; background: #ffffff; color: #1c2126; padding: .5rem; border-radius: 6px; }
.wide { grid-column: 1 / -1; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; margin: .3rem 0; }
#message:empty { display: none; }
#message { color: light-dark(#a3123a, #ff9db5); font-weight: 600; }
#notes, #materials { font-size: .85rem; margin: .3rem 0; padding-left: 1.2rem; }
#reaction { font: 1.05rem/1.6 Georgia, serif; }
button { font: inherit; font-size: .85rem; background: light-dark(#f0f1ee, #2a3239);
  color: light-dark(#1c2126, #e9ecee); border: 1px solid light-dark(#8a9299, #5d666e);
  border-radius: 4px; padding: .1rem .6rem; margin-right: .3rem; cursor: pointer; }
.figures button { background: #f0f1ee; color: #1c2126; border-color: #8a9299; }
:focus-visible { outline: 2px solid light-dark(#0b5c94, #8cc4f2); outline-offset: 2px; }
a { color: light-dark(#0b5c94, #8cc4f2); }
h1 { font-size: 1.5rem; margin: .4rem 0 1rem; }
h2 { font-size: 1rem; margin: .2rem 0; }
.copied { display: flex; gap: .6rem; align-items: baseline; margin-top: 1rem; }
.copied > div { cursor: pointer; }
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
            _choices("names", list(systems())),
            _choices("gases", GASES),
            _choices("models", CHOICES),
            html.Div(
                [
                    _material("first", "First material (cathode)", "NCM811"),
                    _material("second", "Second material (electrolyte)", "LPSCl"),
                    _text("energy_first", "Energy of the first", "models", "default"),
                    _text("energy_second", "Energy of the second", "models", "default"),
                    _slider("content", "Li content x of a named cathode", 1.0, 0.0, 1.0, 0.1),
                    _slider("voltage", "Voltage against Li (V)", 4.3, 0.0, 5.0, 0.05),
                    _slider("temperature", "Temperature (K)", 300, 300, 1500, 50),
                    _text("gas", "Gas and its pressure in bar", "gases", "none"),
                    _box("correction", "Correction",
                         "measured enthalpies of molecules and oxyanion salts"),
                ],
                className="controls",
            ),
            html.P(id="message", role="alert"),
            html.P(id="reaction", **LIVE),
            html.Ul(id="materials"),
            html.Div([_figure(name, title) for name, title in FIGURES.items()],
                     className="figures"),
            html.Ul(id="notes"),
            _copied("commands", "The same from the command line"),
            _copied("python", "The same in Python"),
            html.P([html.A("Link to this view", id="link", href="?"),
                    " (the address of the page is the same)"]),
        ]
    )  # fmt: skip


def _choices(name: str, values: Sequence[str]) -> Any:
    return html.Datalist(id=name, children=[html.Option(value=value) for value in values])


def _text(name: str, label: str, choices: str, placeholder: str = "", value: str = "") -> Any:
    field = dcc.Input(id=name, value=value, list=choices, debounce=0.4, type="text",
                      placeholder=placeholder)  # fmt: skip
    return html.Div([html.Label(label, htmlFor=name), field])


def _material(name: str, label: str, value: str) -> Any:
    """A field for a name or formula, and a button that fills it from a CIF."""
    upload = dcc.Upload(
        html.Button("Composition of a CIF", **_named(f"Composition of a CIF, {label}")),
        id=f"cif-{name}",
        accept=".cif",
    )
    honest = html.Small(" a CIF has no energy")
    return html.Div([
        _text(name, label, "names", value=value),
        html.Div([upload, honest], className="row"),
    ])  # fmt: skip


def _slider(name: str, label: str, value: float, low: float, high: float, step: float) -> Any:
    """A slider of the browser under a box that switches it off."""
    options: Any = [{"label": f" {label}", "value": "on"}]
    return html.Div(
        [
            dcc.Checklist(id=f"{name}-on", options=options, value=[]),
            html.Label(f"{label}, value", htmlFor=name, className="hidden"),
            html.Div(
                [
                    dcc.Input(id=name, type="range", value=value, min=low, max=high, step=step),
                    html.Output(id=f"{name}-said", htmlFor=name),
                ],
                className="row",
            ),
        ]
    )


def _box(name: str, legend: str, label: str) -> Any:
    options: Any = [{"label": f" {label}", "value": "measured"}]
    box = dcc.Checklist(id=name, options=options, value=[])
    return html.Div([html.Label(legend), html.Div(box, className="row")])


def _figure(name: str, title: str) -> Any:
    buttons = [
        html.Button(form.upper(), id=f"{name}-{form}", **_named(f"{title} as {form}"))
        for form in FORMATS
    ]
    return html.Section(
        [
            html.H2(title),
            dcc.Graph(id=f"figure-{name}", config=CONFIG, style={"height": f"{HEIGHTS[name]}px"}),
            html.Div(buttons),
        ],
        className="wide" if name in WIDE else "",
        **_named(title),
    )


def _copied(name: str, title: str) -> Any:
    """A text with a button that copies it."""
    button = dcc.Clipboard(target_id=name, title=f"Copy: {title}")
    return html.Div([html.Div([html.H2(title), button], className="copied"),
                     html.Pre(id=name, tabIndex=0)])  # fmt: skip


def _named(label: str) -> dict[str, Any]:
    """The name of an element for those who do not see it."""
    return {"aria-label": label}
