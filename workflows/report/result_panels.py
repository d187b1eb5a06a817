"""Panels of coatings, composites and uptakes, and of kinds that have no panel of their own."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

from interfaces.coatings import Coating, CoatingRanking
from interfaces.phases.reservoirs import nonopen
from interfaces.reactivity.composite import Composite
from workflows.analyses.analysis import Analysis, number
from workflows.report.cards import uptake_card
from workflows.report.markup import chemical
from workflows.report.panels import (
    COLOURS,
    MARKS,
    STABLE,
    Card,
    Control,
    Panel,
    Plot,
    Trace,
    axis,
    bold,
    flags,
    layout,
    plain,
    plotted,
)

MOST = 30  #: coatings drawn; the table has all
MEV = 1000.0
LINE = 21  #: pixels of a row with a name
RESOLUTION = 150  #: dots per inch of a figure without a panel
SMALLEST = 0.05  #: g per 100 g; less is not seen as a bar
END = 5.5  #: V


def coating_panel(ranking: CoatingRanking, name: str, title: str) -> Panel:
    """Both contacts of each candidate on one energy axis, and their windows, in ranked order."""
    drawn = [c for c in ranking.coatings if c.electrolyte is not None][:MOST]
    if not drawn:
        return Panel(name=name, title=title, error="no candidate has both contacts computed")
    rows = [_row_name(rank, coating) for rank, coating in enumerate(drawn, 1)]
    basis = nonopen([e.symbol for e in ranking.open_elements]) if ranking.open_elements else ""
    unit = f"meV per {basis} atom" if basis else "meV/atom"
    sides = [state for state, _ in ranking.states]
    cathode, electrolyte = ranking.states[0][1].label, ranking.electrolyte.label
    names = [f"with {plain(cathode)}, {state}" for state in sides] + [f"with {plain(electrolyte)}"]
    contacts: list[Trace] = []
    for k, label in enumerate(names):
        energies = [MEV * coating.contacts[k].mutual_energy for coating in drawn]
        contacts.append(
            {"type": "scatter", "mode": "markers", "x": energies, "y": rows, "name": label,
             "marker": {"color": COLOURS[k], "symbol": MARKS[k], "size": 9},
             "customdata": list(range(len(drawn))),
             "hovertemplate": "%{x:.1f} " + unit, "meta": {"lowest": 0}}
        )  # fmt: skip
    bare = [
        {"type": "scatter", "mode": "lines", "x": [MEV * contact.mutual_energy] * 2,
         "y": [rows[0], rows[-1]], "hoverinfo": "skip",
         "name": f"no coating, {state}: {number(MEV * contact.mutual_energy, 0)}",
         "line": {"color": COLOURS[k], "width": 1.4, "dash": "4px,4px"}, "meta": {"aside": True}}
        for k, (state, contact) in enumerate(ranking.bare)
    ]  # fmt: skip
    height = LINE * len(drawn) + 130
    y_axis = axis(
        "",
        type="category",
        autorange="reversed",
        ticks="",
        tickmode="linear",
        categoryorder="array",
        categoryarray=rows,
    )
    legend = {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0}
    plots = [
        Plot(name, f"Mutual energies of coatings ({unit})", [*bare, *contacts],
             layout(axis(f"mutual ({unit})", range=_room(bare, contacts)), y_axis, height,
                    showlegend=True, legend=legend)),
        Plot(f"{name}-windows", "Windows of the coatings", _coating_windows(ranking, drawn, rows),
             layout(axis(f"voltage against {ranking.carrier} metal (V)", range=[0, END]), y_axis,
                    height, showlegend=True, legend=legend, barmode="overlay")),
    ]  # fmt: skip
    more = len(ranking.coatings) - len(drawn)
    return Panel(
        name=name,
        title=title,
        plots=plots,
        cards=[_coating_card(ranking, coating, unit) for coating in drawn],
        help=(
            "In the order of the ranking: those that pass every gate, in bold, and then by the "
            "strongest mutual reaction. Further to the right is milder; dashed lines are the "
            f"contact without coating.{f' The table has {more} more.' if more else ''}"
        ),
    )


def _room(*traces: Sequence[Trace]) -> list[float]:
    """Range of an axis that ends beyond the lowest energy and zero."""
    lowest = min(x for each in traces for trace in each for x in trace["x"])
    return [1.06 * lowest - 5, 10 - 0.04 * lowest]


def _row_name(rank: int, coating: Coating) -> str:
    name = plotted(coating.name)
    if coating.passes:
        return f"<b>{rank} {name}</b>"
    return f"{rank} {name} (fails {len(coating.failed)})"


def _coating_windows(
    ranking: CoatingRanking, drawn: Sequence[Coating], rows: Sequence[str]
) -> list[Trace]:
    low, high = ranking.cathode_voltages
    limits = [coating.limits or (0.0, 0.0) for coating in drawn]
    bases = [min(first or 0.0, END) for first, _ in limits]
    tops = [END if last is None else min(last, END) for _, last in limits]
    span: Trace = {
        "type": "scatter", "mode": "lines", "fill": "toself", "x": [low, high, high, low],
        "y": [rows[0], rows[0], rows[-1], rows[-1]], "line": {"width": 0}, "hoverinfo": "skip",
        "fillcolor": "rgba(230,159,0,0.25)", "name": "voltages of the cathode",
        "meta": {"aside": True},
    }  # fmt: skip
    bar: Trace = {
        "type": "bar", "orientation": "h", "base": bases, "y": list(rows), "width": 0.55,
        "x": [top - base for base, top in zip(bases, tops, strict=True)], "name": "window",
        "marker": {"color": [COLOURS[0] if c.passes else STABLE for c in drawn]},
        "text": [
            f"{number(base, 2)} to {'any' if last is None else number(last, 2)} V"
            for base, (_, last) in zip(bases, limits, strict=True)
        ],
        "textposition": "none", "hovertemplate": "%{text}", "customdata": list(range(len(drawn))),
    }  # fmt: skip
    return [span, bar]


def _coating_card(ranking: CoatingRanking, coating: Coating, unit: str) -> Card:
    sides = [*(state for state, _ in coating.cathode), ranking.electrolyte.label]
    numbers, remarks = [], []
    for side, contact in zip(sides, coating.contacts, strict=False):
        energy = number(MEV * contact.mutual_energy, 1)
        numbers.append((f"mutual, {plain(side)}", f"{energy} {unit}"))
        remarks.append(f"{plain(side)}: {chemical(contact.products or 'no reaction')}.")
    verdict = "passes every gate" if coating.passes else "; ".join(map(str, coating.failed))
    reactant = coating.candidate.reactant
    return Card(
        where=[bold(coating.name), plain(verdict)],
        reaction="" if reactant is None else chemical(reactant.formula.text),
        numbers=numbers,
        flags=remarks,
    )


def composite_panel(result: Composite, name: str, title: str) -> Panel:
    """Masses before and after, and the energy that each pair of materials releases."""
    materials = [plain(component.reactant.label) for component in result.components]
    products = [p for p in result.products if 100 * p.grams >= SMALLEST]
    after = [f"{plotted(product.formula)} " for product in products]  # no name of a material
    masses: list[Trace] = [
        _bars([100 * c.mass_fraction for c in result.components], materials, "before", COLOURS[0],
              list(range(len(materials)))),
        _bars([100 * p.grams for p in products], after, "at equilibrium", COLOURS[1],
              [len(materials) + k for k in range(len(products))]),
    ]  # fmt: skip
    pairs = [f"{plain(pair.first)} | {plain(pair.second)}" for pair in result.pairs]
    offset = len(materials) + len(products)
    energies = _bars([MEV * pair.energy for pair in result.pairs], pairs, "mutual", COLOURS[2],
                     [offset + k for k in range(len(pairs))])  # fmt: skip
    y_axis = axis("", type="category", autorange="reversed", ticks="", tickmode="linear")
    height = LINE * max(offset, len(pairs) + 1) + 100
    legend = {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0}
    bottom = max(len(pairs), 0.7 * offset) - 0.4  # so that a few bars are not thick
    return Panel(
        name=name,
        title=title,
        plots=[
            Plot(name, "Masses before and at equilibrium", masses,
                 layout(axis("mass (g per 100 g)", rangemode="tozero"), y_axis,
                        height, showlegend=True, legend=legend)),
            Plot(f"{name}-pairs", "Mutual energy of each pair", [energies],
                 layout(axis("mutual (meV/atom)"),
                        y_axis | {"autorange": False, "range": [bottom, -0.6]}, height)),
        ],
        cards=[*_material_cards(result), *_product_cards(result, products), *_pair_cards(result)],
        help=(
            "A pair is computed as if it reacted alone, per atom of the whole composite; the "
            "strongest pairs drive the reaction."
        ),
    )  # fmt: skip


def _bars(
    values: Sequence[float], names: Sequence[str], name: str, colour: str,
    cards: Sequence[int],
) -> Trace:  # fmt: skip
    return {
        "type": "bar", "orientation": "h", "x": list(values), "y": list(names), "name": name,
        "marker": {"color": colour}, "textposition": "auto",
        "text": [number(value, 1) for value in values],
        "hovertemplate": "%{x:.3f}", "customdata": list(cards), "meta": {"lowest": 0},
    }  # fmt: skip


def _material_cards(result: Composite) -> list[Card]:
    cards = []
    for component in result.components:
        left = component.remaining
        cards.append(
            Card(
                where=[bold(component.reactant.label), "material"],
                reaction=chemical(component.reactant.formula.text),
                numbers=[
                    ("mass", f"{number(100 * component.mass_fraction, 2)} g per 100 g"),
                    ("left", "not stable here" if left is None else f"{number(100 * left, 1)} %"),
                ],
            )
        )
    return cards


def _product_cards(result: Composite, products: Sequence[Any]) -> list[Card]:
    data = result.to_dict()
    return [
        Card(
            where=["product"],
            reaction=chemical(product.formula),
            numbers=[("mass", f"{number(100 * product.grams, 2)} g per 100 g"),
                     ("amount", f"{number(product.millimoles)} mmol per g")],
            flags=flags([product.formula] if product.formula in data["gases"] else [],
                        [product.formula] if product.formula in data["suspect_products"] else []),
        )
        for product in products
    ]  # fmt: skip


def _pair_cards(result: Composite) -> list[Card]:
    return [
        Card(
            where=[bold(f"{pair.first} | {pair.second}")],
            reaction=chemical(pair.reaction or "no reaction"),
            numbers=[
                ("mutual", f"{number(MEV * pair.energy, 1)} meV per atom of the composite"),
                ("mutual", f"{number(result.joules_per_gram(pair.energy), 1)} J/g"),
                ("at its strongest mixing", f"{number(pair.minimum_mutual, 4)} eV/atom"),
            ],
        )
        for pair in result.pairs
    ]


def uptake_panel(results: Sequence[Mapping[str, Any]]) -> Panel:
    """Energy of each compound against what it takes up."""
    cards: list[Card] = []
    traces: list[Trace] = []
    names = []
    for k, result in enumerate(results):
        opened = result["open"][0]
        name, element = result["compound"]["name"], opened["element"]
        points = result["points"]
        names.append(f"{plain(name)} in contact with {plain(element)}")
        energies = [point["reaction_energy_ev_per_formula"] for point in points]
        traces.append(
            {
                "type": "scatter", "mode": "lines+markers", "name": names[-1],
                "x": [point["uptake_per_formula"] for point in points], "y": energies,
                "line": {"color": COLOURS[k % len(COLOURS)], "width": 2},
                "marker": {"color": COLOURS[k % len(COLOURS)], "symbol": MARKS[k % len(MARKS)],
                           "size": 7},
                "customdata": [len(cards) + at for at in range(len(points))],
                "hovertemplate": "%{x:.3f}: %{y:.4f} eV per formula unit",
                "meta": {"when": {"pair": k}, "lowest": energies.index(min(energies))},
            }
        )  # fmt: skip
        cards += [uptake_card(name, element, point) for point in points]
    element = results[0]["open"][0]["element"]
    return Panel(
        name="uptakes",
        title="Energy against uptake",
        plots=[Plot("uptakes", "Energy against uptake", traces,
                    layout(axis(f"{element} taken up per formula unit"),
                           axis("reaction energy (eV per formula unit)", rangemode="tozero")))],
        controls=[Control("pair", "boxes", "Compound", names, swatches=True)],
        cards=cards,
    )  # fmt: skip


def drawn_figure(analysis: Analysis, result: Any) -> str:
    """The figure of a kind that has no panel, as a data URI."""
    drawn = io.BytesIO()
    analysis.figure(result).savefig(drawn, format="png", dpi=RESOLUTION)
    return "data:image/png;base64," + base64.b64encode(drawn.getvalue()).decode()
