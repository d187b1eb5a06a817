"""What the page says of a kink of a curve, a stage of a window and a point of an uptake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from interfaces.stability.electrochemical_window import Window
from workflows.analyses.analysis import number
from workflows.report.markup import chemical
from workflows.report.panels import Card, bold, flags, plain, signed, valued

#: key -> label, unit, decimals; energies that are not listed are shown by their key.
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
}
#: Numbers of a kink that its card does not repeat.
UNSHOWN = ("atoms_per_formula", "nonopen_atoms_per_atom_of_mix",
           "reaction_energy_ev_per_atom_of_mix")  # fmt: skip
NO_CHARGE = 1e-9  #: carriers per formula unit


def kink_card(first: str, second: str, kinks: Sequence[Mapping[str, Any]], at: int,
              minima: Mapping[str, int]) -> Card:  # fmt: skip
    """A kink of the curve of two reactants; ``minima`` are the places of both minima."""
    kink = kinks[at]
    alone = {0.0: f"{second} alone", 1.0: f"{first} alone"}.get(kink["mixing_fraction"], "")
    lowest = [part for part in ("total", "mutual") if minima[part] == at]
    where = [
        bold(f"{first} | {second}"),
        f"kink {at + 1} of {len(kinks)}",
        *([f"strongest in {' and '.join(lowest)} energy"] if lowest else []),
        *([plain(alone)] if alone else []),
    ]
    remarks = flags(kink["gases"], kink["suspect_products"])
    pairs, words = _interphase(kink.get("interphase") or {})
    return Card(
        where=where,
        reaction=chemical(kink["reaction"]),
        numbers=[*_values(kink), *_amounts(kink), *pairs],
        flags=[*remarks, *words],
    )


def _values(kink: Mapping[str, Any]) -> list[tuple[str, str]]:
    pairs = []
    for key, value in kink.items():
        if not isinstance(value, float | int) or isinstance(value, bool) or key in UNSHOWN:
            continue
        words, _, basis = key.partition("_ev_per_")
        unit = f"eV per {basis.replace('_', ' ')}" if basis else ""
        label, unit, digits = LABELS.get(key, (words.replace("_", " "), unit, 4))
        pairs.append((plain(label), valued(value, unit, digits)))
    return pairs


def _amounts(kink: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Elements exchanged and gases set free."""
    pairs = [
        (f"{plain(name)} taken up per formula unit", valued(value))
        for name, value in (kink.get("exchanged_per_formula") or {}).items()
    ]
    for gas in kink.get("gas_amounts") or ():
        charge = gas.get("mmol_per_ah")
        per_charge = "" if charge is None else f", {number(charge, 2)} mmol/Ah"
        amount = valued(gas["per_formula"], "mol per mol of formula units", 3)
        pairs.append((f"{chemical(gas['gas'])} set free", f"{amount}{per_charge}"))
    return pairs


def _interphase(facts: Mapping[str, Any]) -> tuple[list[tuple[str, str]], list[str]]:
    """Numbers and words of an interphase; records of older versions have none."""
    pairs, words = [], []
    change, lost = facts.get("volume_change"), facts.get("lithium_lost_mah_per_g")
    if change is not None:
        pairs.append(("volume of the solids", f"{signed(100 * change)} %"))
    elif facts.get("volume_unknown"):
        words.append(f"Volume change unknown: {chemical(facts['volume_unknown'])}.")
    if lost is not None:
        gained = "gained" if lost < 0 else "lost"
        pairs.append((f"lithium {gained} by the cathode", f"{number(abs(lost), 0)} mAh/g"))
    if facts.get("verdict", "none") != "none":
        why = f", {chemical(facts['why'])}" if facts.get("why") else ""
        words.append(f"Interphase: {plain(facts['verdict'])}{why}.")
    return pairs, words


def stage_card(window: Window, at: int, remarks: Sequence[str] = ()) -> Card:
    """A stage of a window, with its voltages and the carriers exchanged."""
    stage, carrier = window.stages[at], window.carrier
    data = stage.to_dict(carrier)
    low, high = stage.low, stage.high
    voltages = f"above {number(low)} V" if high is None else f"{number(low)} to {number(high)} V"
    taken = f"no {carrier} exchanged"
    if abs(stage.carriers) > NO_CHARGE:
        verb = "taken up" if stage.carriers > 0 else "given off"
        taken = f"{number(abs(stage.carriers))} {carrier} {verb} per formula unit"
    gases = [
        gas["gas"] if gas["mmol_per_ah"] is None
        else f"{gas['gas']} ({number(gas['mmol_per_ah'], 1)} mmol/Ah)"
        for gas in data["gas_amounts"]
    ]  # fmt: skip
    return Card(
        where=[
            bold(window.compound.label),
            f"stage {at + 1} of {len(window.stages)}",
            f"at {number(low)} V" if low == high else voltages,
            taken,
        ],
        reaction=chemical(data["reaction"]),
        flags=[*flags(gases, data["suspect_products"]), *remarks],
    )


def uptake_card(name: str, element: str, point: Mapping[str, Any]) -> Card:
    """A point of the energy against uptake."""
    return Card(
        where=[bold(name), f"{valued(point['uptake_per_formula'])} {element} per formula unit"],
        reaction=chemical(point["reaction"]),
        numbers=[("total", valued(point["reaction_energy_ev_per_formula"],
                                  "eV per formula unit"))],
        flags=flags(point.get("gases", ()), point.get("suspect_products", ())),
    )  # fmt: skip
