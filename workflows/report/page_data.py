"""Plain values for the page: what its script draws."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from interfaces.chemistry.reactions import Reaction
from interfaces.phases.reactants import Reactant
from interfaces.reactivity.mixing_curve import Kink
from interfaces.reactivity.voltage_map import VoltageMap
from workflows.io.mock_mark import MARK, MOCK_SCHEME
from workflows.report.extra_analyses import Extras, ShownMap, ShownWindow
from workflows.report.read_run import ReportedRun
from workflows.tables.curve_tables import kink_row

#: Of a kink: said by other columns, or without meaning to a reader.
UNSHOWN = {
    "products", "atoms_per_formula", "nonopen_atoms_per_atom_of_mix", "kind", "interphase",
    "volumes_A3_per_formula",
}  # fmt: skip
#: What is shown of an interphase (interfaces.interphase); a run made before there was one has none.
INTERPHASE = (
    "verdict", "why", "volume_change", "volume_unknown", "lithium_lost_mah_per_g",
    "lithium_lost_of", "lithium_unknown",
)  # fmt: skip
#: key -> words, unit, decimals; what is not here is shown by its own key.
LABELS: Mapping[str, tuple[str, str, int]] = {
    "mixing_fraction": ("atom fraction x", "", 4),
    "molar_fraction": ("molar fraction y", "", 4),
    "mass_fraction": ("mass fraction", "", 4),
    "nonopen_fraction": ("fraction u of atoms that are not open", "", 4),
    "reaction_energy_ev_per_atom": ("total", "eV/atom", 4),
    "mutual_energy_ev_per_atom": ("mutual", "eV/atom", 4),
    "self_decomposition_ev_per_atom": ("self-decomposition", "eV/atom", 4),
    "reaction_energy_ev_per_formula": ("total", "eV per formula unit", 4),
    "reaction_energy_kj_per_mol": ("total", "kJ/mol", 1),
    "reaction_energy_ev_per_nonopen_atom": ("total", "eV per non-open atom", 4),
    "mutual_energy_ev_per_nonopen_atom": ("mutual", "eV per non-open atom", 4),
    "reaction_energy_ev_per_atom_of_mix": ("total", "eV per atom of the mix", 4),
    "exchanged_per_formula": ("exchanged per formula unit", "", 4),
    "gas_amounts": ("gas", "mol per mol of formula units", 3),
}
PLACES = 7  #: decimals of what is drawn and not downloaded


def page_data(asked: ReportedRun, extras: Extras) -> dict[str, Any]:
    """Everything that the script of the page draws."""
    return {
        "mark": asked.mark,
        "series": _series(asked) if asked.cells else None,
        "labels": LABELS,
        "bands": _bands(asked),
        "maps": [_map(one) for one in extras.maps],
        "windows": [_window(one) for one in extras.windows],
        "voltages": _voltages(asked),
        "uptakes": [result for question, result in asked.answers if question.kind == "uptake"],
    }


def _series(asked: ReportedRun) -> dict[str, Any]:
    opened = any(result["basis"] == "per_nonopen_atom" for _, result in asked.cells.values())
    return {
        "host": asked.host,
        "states": [
            {"label": one.reactant.label, "formula": one.reactant.formula.text, "x": one.x}
            for one in asked.states
        ],
        "others": [
            {"label": name, "formula": _second(asked, column).formula.text}
            for column, name in enumerate(asked.others)
        ],
        "opened": opened,
        "marked": [MARK, MOCK_SCHEME] if asked.mark else None,
        "curves": [
            [
                _curve(*asked.cells[row, column]) if (row, column) in asked.cells else None
                for row in range(len(asked.states))
            ]
            for column in range(len(asked.others))
        ],
    }


def _second(asked: ReportedRun, column: int) -> Reactant:
    return next(q.reactant_2 for (_, at), (q, _) in asked.cells.items() if at == column)


def _curve(question: Any, result: Mapping[str, Any]) -> dict[str, Any]:
    kinks = result["kinks"]
    rows = [kink_row(Kink.from_record(kink)) for kink in kinks]
    keys = [key for key in dict.fromkeys(k for kink in kinks for k in kink) if key not in UNSHOWN]
    return {
        "kinks": {key: [kink.get(key) for kink in kinks] for key in keys},
        "interphase": _interphases(kinks),
        # what the run's CSV holds and the kink itself does not, as it is written there
        "columns": list(rows[0]),
        "cells": {
            key: ["" if row[key] is None else str(row[key]) for row in rows]
            for key in rows[0]
            if key not in keys
        },
        "total": _place(kinks, result["minimum_total"]),
        "mutual": _place(kinks, result["minimum_mutual"]),
        "kinds": [result["minimum_total"]["kind"], result["minimum_mutual"]["kind"]],
        # atoms per formula unit that the straight variable counts, and one standard error
        "atoms": [_counted(question, one) for one in (question.reactant_1, question.reactant_2)],
        "errors": [one.uncertainty or 0.0 for one in (question.reactant_1, question.reactant_2)],
        "notes": result["notes"],
    }


def _interphases(kinks: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]] | None:
    """Key -> value at each kink, of what is known of the products as a layer."""
    found = [kink.get("interphase") for kink in kinks]
    if not all(found):
        return None
    return {key: [one[key] for one in found if one] for key in INTERPHASE}


def _counted(question: Any, one: Reactant) -> float:
    crossing = {element.symbol for element in question.open_elements}
    return sum(float(n) for symbol, n in one.formula.amounts if symbol not in crossing)


def _place(kinks: Sequence[Mapping[str, Any]], minimum: Mapping[str, Any]) -> int:
    return [kink["mixing_fraction"] for kink in kinks].index(minimum["mixing_fraction"])


def _bands(asked: ReportedRun) -> dict[str, Any]:
    """Electrolyte -> energy model -> [x, total, mutual], from the ``models.csv`` of a run."""
    table = asked.tables.get("models")
    if table is None:
        return {}
    at = {name: table.columns.index(name) for name in table.columns}
    found: dict[str, dict[str, list[list[float]]]] = {}
    for row in table.rows:
        models = found.setdefault(row[at["electrolyte"]], {})
        models.setdefault(row[at["model"]], []).append(
            [
                float(row[at[key]])
                for key in ("x", "minimum_total_ev_per_atom", "minimum_mutual_ev_per_atom")
            ]
        )
    return found


def _voltages(asked: ReportedRun) -> list[list[float]]:
    """Steps [x from, x to, V] of the cathode's own voltage curve, calculated or of a charging."""
    table = asked.tables.get("voltages")
    if table is not None:
        at = [table.columns.index(key) for key in ("x_from", "x_to", "voltage_V")]
        return [[float(row[k]) for k in at] for row in table.rows]
    for question, result in asked.answers:
        if question.kind == "charging":
            return [
                [step["x_from"], step["x_to"], step["voltage_V"]]
                for step in result["voltage_curve"]
            ]
    return []


def _map(shown: ShownMap) -> dict[str, Any]:
    found = shown.map
    names = sorted({name for products in found.products for name in products})
    number = {name: at for at, name in enumerate(names)}
    for pair in shown.reactions:
        for reaction in pair:
            for name, _ in reaction.products:
                number.setdefault(name, len(number))
    ends = found.bounds[:, 1] >= 1.0
    return {
        "first": found.reactant_1.formula.text,
        "second": {"label": found.reactant_2.label, "formula": found.reactant_2.formula.text},
        "carrier": found.carrier,
        "voltage": [found.low, found.high],
        "further": [str(one) for one in found.open_elements],
        "names": list(number),
        "bounds": [_short(row) for row in found.bounds],
        "coefficients": [_short(row) for row in found.coefficients],
        "products": [[number[name] for name in products] for products in found.products],
        "low": [_sides(found, pair[0], number) for pair in shown.reactions],
        # the upper edge is the lower one of a neighbour, except where the map ends
        "high": [
            _sides(found, pair[1], number) if end else None
            for pair, end in zip(shown.reactions, ends, strict=True)
        ],
        "kept": found.kept[1],
        "states": [
            {
                "label": state.reactant.label,
                "formula": state.reactant.formula.text,
                "x": state.x,
                "content": float(state.reactant.formula.get(found.carrier)),
                "kept": moved.kept[0],
                "shift": _short((moved.coefficients - found.coefficients)[0]),
            }
            for state, moved in shown.shared
        ],
        "base_content": float(found.reactant_1.formula.get(found.carrier)),
        "computed_here": shown.computed_here,
    }


def _sides(found: VoltageMap, reaction: Reaction, number: Mapping[str, int]) -> Any:
    """[first, second, carrier taken up, [product, coefficient] ...] of a reaction."""
    given = dict(reaction.reactants)
    crossing = dict(reaction.exchanged)
    return [
        float(given.get(found.reactant_1.formula.text, 0)),
        float(given.get(found.reactant_2.formula.text, 0)),
        float(crossing.get(found.carrier, 0)),
        [[number[name], float(value)] for name, value in reaction.products],
        [[name, float(value)] for name, value in crossing.items() if name != found.carrier],
    ]


def _short(values: Any) -> list[float]:
    return [round(float(value), PLACES) for value in values]


def _window(shown: ShownWindow) -> dict[str, Any]:
    window, moved = shown.window, shown.sensitivity
    carried = f"{window.carrier.lower()}_per_formula"
    stages = [stage.to_dict(window.carrier) for stage in window.stages]
    return {
        "label": window.compound.label,
        "formula": window.compound.formula.text,
        "carrier": window.carrier,
        "reduction": window.reduction,
        "oxidation": window.oxidation,
        "stages": [
            {
                "from": stage["from_V"],
                "to": stage["to_V"],
                "carriers": stage[carried],
                "reaction": stage["reaction"],
                "products": list(stage["products"]),
                "gases": [[gas["gas"], gas["mmol_per_ah"]] for gas in stage["gas_amounts"]],
                "suspects": stage["suspect_products"],
            }
            for stage in stages
        ],
        "spread": [_spread(one) for one in (moved.reduction, moved.oxidation)],
        "sigma": moved.sigma,
        "samples": moved.samples,
        "deciding": [[d.limit, d.formula, d.weight] for d in moved.deciding],
        "computed_here": shown.computed_here,
    }


def _spread(one: Any) -> dict[str, Any] | None:
    """The wider of both ranges of a limit, with its standard deviation."""
    ranges = [r for r in (one.range_independent, one.range_shared) if r is not None]
    if one.error is None or not ranges or not math.isfinite(one.error):
        return None
    return {"error": one.error, "range": max(ranges, key=_width)}


def _width(limits: tuple[float, float]) -> float:
    return limits[1] - limits[0]
