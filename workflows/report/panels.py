"""Panels of the page: plots with what selects and explains their points.

A plot is a Plotly figure as plain values. ``meta.when`` of a trace names the values of the controls
under which it is drawn, ``customdata`` the card of each of its points. Everything that is said is
made here, as safe HTML; the script of the page only selects and shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from markupsafe import escape

from interfaces.chemistry.formulas import Formula
from interfaces.errors import InterfaceError
from workflows.analyses.analysis import MINUS, number
from workflows.io.mock_mark import MARK
from workflows.report.markup import chemical

Trace = dict[str, Any]
#: Readable on light and on dark paper, and with every common colour vision beside the marks.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#A87900", "#7A72D8")
MARKS = ("circle", "square", "triangle-up", "diamond", "cross", "x")
REDUCED, STABLE, OXIDISED = "#9cc3e6", "#d9d2ae", "#f0b48a"
GREY = "#80878d"  #: guides, readable in both themes
INK = "#1c2126"  #: on these bars, in both themes
ENERGIES = [[0.0, "#081d58"], [0.25, "#225ea8"], [0.5, "#41b6c4"], [0.75, "#c7e9b4"],
            [1.0, "#ffffd9"]]  # fmt: skip
TALL = 380  #: pixels


SUBSCRIPT = "\x7f"  #: around subscripts in the data of the page, where tags would take much room


class Words:
    """Texts of the cards, each once; cards hold their numbers."""

    def __init__(self) -> None:
        self.texts: dict[str, int] = {}

    def number(self, text: str) -> int:
        """The number of a text."""
        plain = str(text).replace(SUBSCRIPT, "")
        short = plain.replace("<sub>", SUBSCRIPT).replace("</sub>", SUBSCRIPT)
        return self.texts.setdefault(short, len(self.texts))


@dataclass(frozen=True)
class Card:
    """What is said of a point; text as safe HTML.

    Attributes
    ----------
    where : what and where it is.
    reaction : balanced reaction, or products.
    numbers : (quantity, value with unit).
    flags : gases and other remarks.
    """

    where: Sequence[str]
    reaction: str = ""
    numbers: Sequence[tuple[str, str]] = ()
    flags: Sequence[str] = ()

    def to_list(self, words: Words) -> list[Any]:
        """Numbers of its words, for the script."""
        return [
            [words.number(text) for text in self.where],
            words.number(self.reaction),
            [[words.number(label), words.number(value)] for label, value in self.numbers],
            [words.number(text) for text in self.flags],
        ]


@dataclass(frozen=True)
class Control:
    """A slider, a choice or boxes to tick that select traces.

    Attributes
    ----------
    options : words of each value, as safe HTML; the value is the place, or ``names``.
    chosen : value at first; boxes are all ticked.
    swatches : options are colours and marks of traces.
    """

    key: str
    kind: Literal["slider", "choice", "boxes"]
    legend: str
    options: Sequence[str]
    chosen: int | str = 0
    names: Sequence[str] | None = None
    swatches: bool = False


@dataclass(frozen=True)
class Plot:
    """A Plotly figure.

    Attributes
    ----------
    label : what it shows, for those who do not see it, and as the name of its files.
    layouts : control -> value -> changes of the layout.
    common : what all traces share.
    """

    name: str
    label: str
    traces: Sequence[Trace]
    layout: dict[str, Any]
    layouts: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    common: Trace = field(default_factory=dict)


@dataclass(frozen=True)
class Panel:
    """A section of the page with one or two plots; ``error`` says why there are none."""

    name: str
    title: str
    plots: Sequence[Plot] = ()
    controls: Sequence[Control] = ()
    cards: Sequence[Card] = ()
    help: str = ""
    error: str = ""
    key: Sequence[tuple[str, str]] = ()  #: colour, meaning
    multiples: Sequence[Any] = ()

    def to_dict(self, mark: str, words: Words) -> dict[str, Any]:
        """Plain values for the script, every figure marked if the energies are made up."""
        return {
            "name": self.name,
            "controls": [
                {"key": control.key, "chosen": control.chosen, "kind": control.kind,
                 "values": list(control.names or range(len(control.options))),
                 "options": list(control.options)}
                for control in self.controls
            ],
            "plots": [
                {"name": plot.name, "data": list(plot.traces), "layouts": plot.layouts,
                 "common": plot.common, "layout": _marked(plot.layout, mark)}
                for plot in self.plots
            ],
            "cards": [card.to_list(words) for card in self.cards],
        }  # fmt: skip


def isolated(name: str, title: str, make: Callable[..., Panel | None], *of: Any) -> Panel | None:
    """A panel, or the panel that says why it cannot be drawn: the others are not affected."""
    try:
        return make(*of)
    except InterfaceError as error:
        return Panel(name=name, title=title, error=str(error))
    except Exception as error:  # a fault of ours must not cost the reader the other panels
        return Panel(name=name, title=title, error=f"{type(error).__name__}: {error}")


def axis(title: str, **more: Any) -> dict[str, Any]:
    """An axis with its quantity and unit; text from files cannot become markup."""
    return {"title": {"text": title, "standoff": 8}, "automargin": True, "zeroline": False, **more}


def layout(x: dict[str, Any], y: dict[str, Any], height: int = TALL, **more: Any) -> dict[str, Any]:
    """A layout with two axes; the page gives width and colours."""
    return {
        "xaxis": x,
        "yaxis": y,
        "height": height,
        "margin": {"l": 52, "r": 12, "t": 14, "b": 46},
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        **more,
    }


def plotted(name: str) -> str:
    """A material in a figure: a formula with subscripts, a name as it is."""
    try:
        Formula.parse(name)
    except InterfaceError:
        return plain(name)
    return str(chemical(name))


def plain(text: str) -> str:
    """Words in a figure or card, as they are."""
    return str(escape(text))


def bold(text: str) -> str:
    """The name of what a card is about."""
    return f"<b>{escape(text)}</b>"


def flags(gases: Iterable[str], suspects: Iterable[str]) -> list[str]:
    """Gases, and products that experiments do not show."""
    gas, odd = ", ".join(gases), ", ".join(suspects)
    return [
        *([f"Gas: {chemical(gas)}."] if gas else []),
        *([f'<span class="odd">Not seen in experiments: {chemical(odd)}.</span>'] if odd else []),
    ]


def signed(value: float, digits: int = 1) -> str:
    """A change, with its sign."""
    return f"{value:+z.{digits}f}".replace("-", MINUS)


def valued(value: float, unit: str = "", digits: int = 4) -> str:
    """A number with its unit."""
    return f"{number(value, digits)} {unit}".strip()


def _marked(layout: dict[str, Any], mark: str) -> dict[str, Any]:
    if not mark:
        return layout
    note = {
        "text": MARK, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5, "showarrow": False,
        "font": {"size": 44, "color": "rgba(190,40,80,0.35)"},
    }  # fmt: skip
    return layout | {"annotations": [*layout.get("annotations", ()), note]}
