"""Which electrolyte reacts less with a cathode, and how sure that is, from ``ranking.csv``."""

from __future__ import annotations

from workflows.analyses.analysis import number
from workflows.report.panels import (
    COLOURS,
    GREY,
    MARKS,
    Card,
    Control,
    Panel,
    Plot,
    Trace,
    axis,
    bold,
    layout,
    plain,
    signed,
)
from workflows.report.read_run import ReportedRun
from workflows.runs.electrolyte_ranking import COLUMNS, FLOOR, SURE
from workflows.runs.measured_column import MEASURED, PLAIN

PERCENT = 100.0
MEV = 1000.0


def ranking_panel(run: ReportedRun) -> Panel | None:
    """Probability that one electrolyte is milder than another, against Li content."""
    table = run.tables.get("ranking")
    if table is None or not table.rows:
        return None
    every: dict[str, dict[tuple[str, str], list[tuple[float, ...]]]] = {}
    for cells in table.rows:
        x, first, second, *values, energies = map(
            {"energies": PLAIN, **dict(zip(table.columns, cells, strict=True))}.get, COLUMNS
        )
        of_pair = every.setdefault(str(energies), {}).setdefault((str(first), str(second)), [])
        of_pair.append((float(str(x)), *(float(str(value)) for value in values)))
    pairs = [*next(iter(every.values()))]
    cards: list[Card] = []
    contents = [x for of in every.values() for rows in of.values() for x, *_ in rows]
    margin = 0.03 * (max(contents) - min(contents)) or 0.05
    span = [max(contents) + margin, min(contents) - margin]
    traces = _limits(span)
    for energies, of in every.items():
        for (first, second), rows in of.items():
            k = pairs.index((first, second))
            colour = COLOURS[k % len(COLOURS)]
            shares = [PERCENT * share for _, share, _, _ in rows]
            traces.append(
                {
                    "type": "scatter", "mode": "lines+markers", "x": [x for x, *_ in rows],
                    "y": shares, "name": f"{plain(first)} milder than {plain(second)}",
                    "line": {"color": colour, "width": 2},
                    "marker": {"color": colour, "symbol": MARKS[k % len(MARKS)], "size": 7},
                    "customdata": list(range(len(cards), len(cards) + len(rows))),
                    "hovertemplate": "x = %{x}: %{y:.0f} % of the draws",
                    "meta": {"when": {"pair": k, "energies": energies},
                             "lowest": _least_decided(shares)},
                }
            )  # fmt: skip
            cards += [_card(energies, first, second, *row) for row in rows]
    x_axis = axis(f"Li content x of {plain(run.host)}; charging \N{RIGHTWARDS ARROW}", range=span)
    names = [f"{plain(first)} milder than {plain(second)}" for first, second in pairs]
    return Panel(
        name="ranking",
        title="Which electrolyte is milder",
        plots=[Plot("ranking", "Share of the draws in which an electrolyte is milder", traces,
                    layout(x_axis, axis("share of the draws (%)", range=[-4, 104]), 300))],
        controls=[
            Control("pair", "boxes", "Pair", names, swatches=True),
            *([Control("energies", "choice", "Energies", [*every],
                       MEASURED if MEASURED in every else next(iter(every)), [*every])]
              if len(every) > 1 else []),
        ],
        cards=cards,
        help=(
            "The lowest totals of two electrolytes are compared in draws of the errors that the "
            f"phase set states, the same draw in both curves. Beyond the dashed lines, "
            f"{PERCENT * SURE:.0f} and {PERCENT * (1 - SURE):.0f} %, one is milder; between them "
            f"the energies do not decide. {FLOOR[0].upper()}{FLOOR[1:]}."
        ),
    )  # fmt: skip


def _least_decided(shares: list[float]) -> int:
    return min(range(len(shares)), key=lambda k: abs(shares[k] - PERCENT / 2))


def _limits(ends: list[float]) -> list[Trace]:
    """Dashed lines at the shares from which one electrolyte is called milder."""
    return [
        {"type": "scatter", "mode": "lines", "x": ends, "y": [share, share], "hoverinfo": "skip",
         "line": {"color": GREY, "width": 1.2, "dash": "4px,4px"}, "showlegend": False,
         "meta": {"aside": True}}
        for share in (PERCENT * (1 - SURE), PERCENT * SURE)
    ]  # fmt: skip


def _card(
    energies: str, first: str, second: str, x: float, share: float, difference: float, error: float
) -> Card:
    if 1 - SURE < share < SURE:
        verdict = "undecided"
    else:
        verdict = f"{first if share >= SURE else second} is milder"
    return Card(
        where=[bold(f"{first} and {second}"), f"x = {x:g}", f"{energies} energies", plain(verdict)],
        numbers=[
            (f"{plain(first)} milder", f"{number(PERCENT * share, 1)} % of the draws"),
            ("lowest total, first minus second", f"{signed(MEV * difference)} meV/atom"),
            ("standard error of the difference", f"{number(MEV * error, 1)} meV/atom"),
        ],
    )
