"""Plain values that the script of the page draws."""

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

#: Keys of a kink that other columns already show, or that are internal.
UNSHOWN = {
    "products", "atoms_per_formula", "nonopen_atoms_per_atom_of_mix", "kind", "interphase",
    "volumes_A3_per_formula",
}  # fmt: skip
#: Keys shown of an interphase (interfaces.interphase); records of older versions have none.
INTERPHASE = (
    "verdict", "why", "volume_change", "volume_unknown", "lithium_lost_mah_per_g",
    "lithium_lost_of", "lithium_unknown",
)  # fmt: skip
#: key -> label, unit, decimals; other keys are shown as they are.
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
PLACES = 7  #: decimals of values that are drawn and not downloaded


def page_data(run: ReportedRun, extras: Extras) -> dict[str, Any]:
    """Make the data of the page.

    Parameters
    ----------
    run : a finished run.
    extras : further windows and maps.

    Returns
    -------
    Plain values.
    """
    return {
        "mark": run.mark,
        "series": _series(run) if run.cells else None,
        "labels": LABELS,
        "bands": _bands(run),
        "maps": [_map(shown) for shown in extras.maps],
        "windows": [_window(shown) for shown in extras.windows],
        "voltages": _voltages(run),
        "uptakes": [result for question, result in run.answers if question.kind == "uptake"],
    }


def _series(run: ReportedRun) -> dict[str, Any]:
    opened = any(result["basis"] == "per_nonopen_atom" for _, result in run.cells.values())
    return {
        "host": run.host,
        "states": [
            {"label": state.reactant.label, "formula": state.reactant.formula.text, "x": state.x}
            for state in run.states
        ],
        "others": [
            {"label": name, "formula": _second(run, column).formula.text}
            for column, name in enumerate(run.others)
        ],
        "opened": opened,
        "marked": [MARK, MOCK_SCHEME] if run.mark else None,
        "curves": [
            [
                _curve(*run.cells[row, column]) if (row, column) in run.cells else None
                for row in range(len(run.states))
            ]
            for column in range(len(run.others))
        ],
    }


def _second(run: ReportedRun, column: int) -> Reactant:
    return next(q.reactant_2 for (_, at), (q, _) in run.cells.items() if at == column)


def _curve(question: Any, result: Mapping[str, Any]) -> dict[str, Any]:
    kinks = result["kinks"]
    reactants = (question.reactant_1, question.reactant_2)
    rows = [kink_row(Kink.from_record(kink)) for kink in kinks]
    keys = [key for key in dict.fromkeys(k for kink in kinks for k in kink) if key not in UNSHOWN]
    return {
        "kinks": {key: [kink.get(key) for kink in kinks] for key in keys},
        "interphase": _interphases(kinks),
        # columns of the run's CSV that the kink does not have, as written there
        "columns": list(rows[0]),
        "cells": {
            key: ["" if row[key] is None else str(row[key]) for row in rows]
            for key in rows[0]
            if key not in keys
        },
        "total": _place(kinks, result["minimum_total"]),
        "mutual": _place(kinks, result["minimum_mutual"]),
        "kinds": [result["minimum_total"]["kind"], result["minimum_mutual"]["kind"]],
        # atoms per formula unit counted by the linear fraction
        "atoms": [_counted(question, reactant) for reactant in reactants],
        "band": result.get("band"),  # records of earlier versions have none
        "notes": result["notes"],
    }


def _interphases(kinks: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]] | None:
    """Values of the interphase at each kink, by key; None for records without them."""
    interphases = [kink.get("interphase") for kink in kinks]
    if not all(interphases):
        return None
    return {key: [values[key] for values in interphases if values] for key in INTERPHASE}


def _counted(question: Any, reactant: Reactant) -> float:
    """Atoms per formula unit that are not open."""
    exchanged = {element.symbol for element in question.open_elements}
    return sum(float(n) for symbol, n in reactant.formula.amounts if symbol not in exchanged)


def _place(kinks: Sequence[Mapping[str, Any]], minimum: Mapping[str, Any]) -> int:
    return [kink["mixing_fraction"] for kink in kinks].index(minimum["mixing_fraction"])


def _bands(run: ReportedRun) -> dict[str, Any]:
    """Electrolyte -> energy model -> [x, total, mutual], from the ``models.csv`` of a run."""
    table = run.tables.get("models")
    if table is None:
        return {}
    at = {name: table.columns.index(name) for name in table.columns}
    bands: dict[str, dict[str, list[list[float]]]] = {}
    for row in table.rows:
        models = bands.setdefault(row[at["electrolyte"]], {})
        models.setdefault(row[at["model"]], []).append(
            [
                float(row[at[key]])
                for key in ("x", "minimum_total_ev_per_atom", "minimum_mutual_ev_per_atom")
            ]
        )
    return bands


def _voltages(run: ReportedRun) -> list[list[float]]:
    """Steps [x from, x to, V] of the cathode's voltage curve, calculated or from a charging."""
    table = run.tables.get("voltages")
    if table is not None:
        at = [table.columns.index(key) for key in ("x_from", "x_to", "voltage_V")]
        return [[float(row[k]) for k in at] for row in table.rows]
    for question, result in run.answers:
        if question.kind == "charging":
            return [
                [step["x_from"], step["x_to"], step["voltage_V"]]
                for step in result["voltage_curve"]
            ]
    return []


def _map(shown: ShownMap) -> dict[str, Any]:
    voltage_map = shown.map
    names = sorted({name for products in voltage_map.products for name in products})
    number = {name: at for at, name in enumerate(names)}
    for pair in shown.reactions:
        for reaction in pair:
            for name, _ in reaction.products:
                number.setdefault(name, len(number))
    ends = voltage_map.bounds[:, 1] >= 1.0
    return {
        "first": voltage_map.reactant_1.formula.text,
        "second": {
            "label": voltage_map.reactant_2.label,
            "formula": voltage_map.reactant_2.formula.text,
        },
        "carrier": voltage_map.carrier,
        "voltage": [voltage_map.low, voltage_map.high],
        "further": [str(element) for element in voltage_map.open_elements],
        "names": list(number),
        "bounds": [_short(row) for row in voltage_map.bounds],
        "coefficients": [_short(row) for row in voltage_map.coefficients],
        "products": [[number[name] for name in products] for products in voltage_map.products],
        "low": [_sides(voltage_map, pair[0], number) for pair in shown.reactions],
        # an upper edge is the lower edge of a neighbour, except at the end of the map
        "high": [
            _sides(voltage_map, pair[1], number) if end else None
            for pair, end in zip(shown.reactions, ends, strict=True)
        ],
        "kept": voltage_map.kept[1],
        "states": [
            {
                "label": state.reactant.label,
                "formula": state.reactant.formula.text,
                "x": state.x,
                "content": float(state.reactant.formula.get(voltage_map.carrier)),
                "kept": moved.kept[0],
                "shift": _short((moved.coefficients - voltage_map.coefficients)[0]),
            }
            for state, moved in shown.shared
        ],
        "base_content": float(voltage_map.reactant_1.formula.get(voltage_map.carrier)),
        "computed_here": shown.computed_here,
    }


def _sides(voltage_map: VoltageMap, reaction: Reaction, number: Mapping[str, int]) -> Any:
    """[first, second, carrier taken up, [product, coefficient] ...] of a reaction."""
    reactants = dict(reaction.reactants)
    exchanged = dict(reaction.exchanged)
    return [
        float(reactants.get(voltage_map.reactant_1.formula.text, 0)),
        float(reactants.get(voltage_map.reactant_2.formula.text, 0)),
        float(exchanged.get(voltage_map.carrier, 0)),
        [[number[name], float(value)] for name, value in reaction.products],
        [[name, float(value)] for name, value in exchanged.items() if name != voltage_map.carrier],
    ]


def _short(values: Any) -> list[float]:
    return [round(float(value), PLACES) for value in values]


def _window(shown: ShownWindow) -> dict[str, Any]:
    window, sensitivity = shown.window, shown.sensitivity
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
        "spread": [_spread(spread) for spread in (sensitivity.reduction, sensitivity.oxidation)],
        "sigma": sensitivity.sigma,
        "samples": sensitivity.samples,
        "deciding": [[d.limit, d.formula, d.weight] for d in sensitivity.deciding],
        "computed_here": shown.computed_here,
    }


def _spread(spread: Any) -> dict[str, Any] | None:
    """The wider of both ranges of a limit, with its standard deviation."""
    ranges = [r for r in (spread.range_independent, spread.range_shared) if r is not None]
    if spread.error is None or not ranges or not math.isfinite(spread.error):
        return None
    return {"error": spread.error, "range": max(ranges, key=_width)}


def _width(limits: tuple[float, float]) -> float:
    return limits[1] - limits[0]
