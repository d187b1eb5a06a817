"""Pages of results without a record: a screen, and the analysis of an MD run."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows.analyses.analysis import listed, number
from workflows.io.mock_mark import MARK
from workflows.io.readers import read_text
from workflows.report.contents import Contents
from workflows.report.markup import chemical
from workflows.report.panels import (
    COLOURS,
    ENERGIES,
    Card,
    Control,
    Panel,
    Plot,
    Trace,
    axis,
    bold,
    isolated,
    layout,
    plain,
    plotted,
)
from workflows.report.read_run import Table, read_table

if TYPE_CHECKING:
    import pandas as pd

DRAWN = "trajectory.data.csv"  #: numbers of the figure of an MD analysis
SUMMARY = "summary.json"
MEV = 1000.0
MOST_ROWS, MOST_COLUMNS = 60, 30  #: materials in the heat map of a screen
MOST_LISTED = 2000  #: pairs in the table of the page
#: Tables of an MD analysis on the page; the others are long, and beside it.
TABLES = ("coordination", "bonds")
MOST_POINTS = 400  #: of a line of an MD analysis
MUTUAL = "reaction_energy_mutual_ev_per_atom"
NAMED = 3  #: pairs that the head of the page names


def contents_of_folder(path: Path) -> Contents | None:
    """The contents of the page of a screen or an MD analysis; None for anything else.

    Raises
    ------
    InputError
        If a file of the folder cannot be read, or the screen has too many rows for a page.
    """
    from workflows.screening.plan import PLAN

    if (path / PLAN).is_file():
        return _screen(path)
    if (path / DRAWN).is_file() and (path / SUMMARY).is_file():
        return _dynamics(path)
    return None


def _screen(folder: Path) -> Contents:
    """A screen: the mutual energies of all pairs as a heat map, and their table."""
    from workflows.screening.plan import read_plan
    from workflows.screening.show import read_rows, table_text

    plan, rows = read_plan(folder), read_rows(folder)
    energies = rows.dropna(subset=[MUTUAL])
    strongest = energies.nsmallest(NAMED, "reaction_energy_mutual_ev_per_atom")
    first: list[dict[Any, Any]] = strongest.to_dict("records")
    named = [f"{row['cathode']} with {row['electrolyte']} ({number(row[MUTUAL])})" for row in first]
    lines = list(csv.reader(io.StringIO(table_text(rows))))
    pairs = Table("pairs", tuple(lines[0]), tuple(map(tuple, lines[1 : MOST_LISTED + 1])))
    scheme = plan.facts.get("scheme", "")
    panel = isolated("screen", "Mutual energies of all pairs", _pairs_panel, energies)
    more = len(lines) - 1 - len(pairs.rows)
    return Contents(
        name=folder.resolve().name,
        scheme=scheme,
        surrogate=plan.facts.get("surrogate", ""),
        mark=MARK if scheme.startswith(MARK) else "",
        heading=f"{rows.cathode.nunique()} by {rows.electrolyte.nunique()} materials in contact",
        findings=[f"The strongest mutual reactions are those of {listed(named)}, in eV/atom."],
        warnings=[
            *([plan.facts["surrogate"] + "."] if plan.facts.get("surrogate") else []),
            *([f"{more} further pairs are in {folder.name}/parts."] if more > 0 else []),
        ],
        panels=[panel] if panel else [],
        tables=[pairs],
        provenance=[(key.replace("_", " "), value) for key, value in plan.facts.items() if value],
        names=[name for name in {*rows.cathode, *rows.electrolyte} if plotted(name) == name],
        headings={"pairs": "All pairs"},
    )


def _pairs_panel(rows: pd.DataFrame) -> Panel:
    """Heat map of the lowest mutual energies; voltages by a slider."""
    cards: list[Card] = []
    traces: list[Trace] = []
    voltages = list(dict.fromkeys(_voltage(value) for value in rows["voltage_V"]))
    first = list(dict.fromkeys(rows["cathode"]))[:MOST_ROWS]
    second = list(dict.fromkeys(rows["electrolyte"]))[:MOST_COLUMNS]
    for k, voltage in enumerate(voltages):
        grid: list[list[float | None]] = [[None] * len(second) for _ in first]
        lowest = (0, 0)
        numbers = [[0] * len(second) for _ in first]
        for row in rows.to_dict("records"):
            if (
                _voltage(row["voltage_V"]) == voltage
                and row["cathode"] in first
                and row["electrolyte"] in second
            ):
                place = first.index(row["cathode"]), second.index(row["electrolyte"])
                grid[place[0]][place[1]] = MEV * float(row[MUTUAL])
                numbers[place[0]][place[1]] = len(cards)
                lowest = min(lowest, place, key=lambda at: grid[at[0]][at[1]] or 0.0)
                cards.append(_pair_card(row))
        traces.append(
            {
                "type": "heatmap", "x": [plotted(name) for name in second],
                "y": [plotted(name) for name in first], "z": grid, "customdata": numbers,
                "zmax": 0, "colorscale": ENERGIES, "texttemplate": "%{z:.0f}", "xgap": 1, "ygap": 1,
                "colorbar": {"title": {"text": "mutual (meV/atom)", "side": "right"},
                             "thickness": 12, "outlinewidth": 0},
                "hovertemplate": "%{y} | %{x}: %{z:.1f} meV/atom<extra></extra>",
                "meta": {"when": {"voltage": k} if len(voltages) > 1 else {}, "lowest": lowest},
            }
        )  # fmt: skip
    words = ["closed" if v is None else f"{number(v, 2)} V" for v in voltages]
    names = {"type": "category", "tickmode": "linear", "showgrid": False}
    hidden = len(set(rows["cathode"])) - len(first), len(set(rows["electrolyte"])) - len(second)
    return Panel(
        name="screen",
        title="Mutual energies of all pairs",
        plots=[Plot("screen", "Lowest mutual energies of all pairs", traces, layout(
            axis("", **names), axis("", autorange="reversed", **names),
            max(300, 120 + 21 * len(first))))],
        controls=[Control("voltage", "slider", "Voltage", words)] if len(words) > 1 else [],
        cards=cards,
        help=f"{sum(hidden)} further materials are in the table." if sum(hidden) else "",
    )  # fmt: skip


def _voltage(value: Any) -> float | None:
    return None if value is None or value != value else float(value)


def _pair_card(row: Mapping[Any, Any]) -> Card:
    return Card(
        where=[bold(f"{row['cathode']} | {row['electrolyte']}")],
        reaction=chemical(row["products_mutual"] or "no reaction"),
        numbers=[
            ("mutual", f"{number(float(row[MUTUAL]), 4)} eV/atom"),
            ("atom fraction", number(float(row["mixing_fraction_mutual"]), 4)),
            ("total", f"{number(float(row['reaction_energy_total_ev_per_atom']), 4)} eV/atom"),
        ],
    )


def _dynamics(folder: Path) -> Contents:
    """An MD analysis: every panel of its figure, and its short tables."""
    summary = json.loads(read_text(folder / SUMMARY))
    drawn = read_table(folder / DRAWN)
    numbers: dict[str, list[Mapping[str, str]]] = {}
    for row in drawn.rows:
        cells = dict(zip(drawn.columns, row, strict=True))
        numbers.setdefault(cells["panel"], []).append(cells)
    panels = [
        isolated(f"panel-{k}", title, _drawn_panel, f"panel-{k}", rows)
        for k, (title, rows) in enumerate(numbers.items(), 1)
    ]
    sides = listed(list(summary.get("sides", {})))
    mark = MARK if summary.get("mocked") else ""
    time = number(float(summary["duration_fs"]) / 1000, 1)
    facts = {key: value for key, value in summary.items() if isinstance(value, str | int | float)}
    return Contents(
        name=folder.resolve().name,
        scheme=str(summary.get(MARK, "")),
        surrogate="",
        mark=mark,
        heading=f"Molecular dynamics of {sides or 'one material'}",
        findings=[f"{_bonds(summary)} {summary['frames']} frames over {time} ps.".strip()],
        warnings=[str(note) for note in summary.get("notes", ())],
        panels=[panel for panel in panels if panel is not None],
        tables=[read_table(folder / f"{name}.csv") for name in TABLES
                if (folder / f"{name}.csv").is_file()],
        provenance=[(key.replace("_", " "), str(value)) for key, value in facts.items()],
        headings={"coordination": "Mean coordination", "bonds": "Bonds of each pair"},
    )  # fmt: skip


def _bonds(summary: Mapping[str, Any]) -> str:
    """Which bonds are new at the end, and which are lost."""
    sentences = []
    for word in ("new", "lost"):
        counts = {pair: facts[f"{word}_after"] for pair, facts in summary["bonds"].items()}
        pairs = sorted((pair for pair in counts if counts[pair]), key=lambda pair: -counts[pair])
        if pairs:
            named = listed([f"{pair} ({counts[pair]})" for pair in pairs[:NAMED]])
            sentences.append(f"Bonds {word} at the end: {named}.")
    return " ".join(sentences)


def _drawn_panel(name: str, rows: Sequence[Mapping[str, str]]) -> Panel:
    """A panel of the figure, from the numbers that it draws."""
    series: dict[str, tuple[list[Any], list[float]]] = {}
    for row in rows:
        if row["y"] == "":
            continue
        x, y = series.setdefault(row["series"], ([], []))
        x.append(_numeric(row["x"]))
        y.append(float(row["y"]))
    traces: list[Trace] = []
    for k, (label, (x, y)) in enumerate(series.items()):
        step = max(1, len(x) // MOST_POINTS)
        traces.append(
            {"type": "scatter", "mode": "lines", "x": x[::step], "y": y[::step],
             "name": plain(label), "line": {"color": COLOURS[k % len(COLOURS)], "width": 1.6,
                                           "dash": "4px,3px" if _is_earlier(label) else "solid"}}
        )  # fmt: skip
    x_axis, y_axis = rows[0]["x_axis"], rows[0]["y_axis"]
    legend = {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0}
    return Panel(
        name=name,
        title=f"{y_axis} against {x_axis}",
        plots=[Plot(name, f"{y_axis} against {x_axis}", traces,
                    layout(axis(plain(x_axis)), axis(plain(y_axis)), showlegend=True,
                           legend=legend))],
    )  # fmt: skip


def _is_earlier(series: str) -> bool:
    """Whether a line is of what was before, or is lost."""
    return series.startswith(("lost", "before")) or "before" in series


def _numeric(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
