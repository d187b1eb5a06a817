"""The few numbers of an answer that one looks for first, each with its unit and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from interfaces.coatings import CoatingRanking
from interfaces.reactivity.charging import Charging
from interfaces.reactivity.mixing_curve import MixingCurve
from interfaces.reactivity.uptake import UptakeCurve
from interfaces.reactivity.voltage_map import VoltageMap
from interfaces.stability.electrochemical_window import Window

NONOPEN = "eV/non-open atom"


@dataclass(frozen=True)
class Headline:
    """A number or a word, its unit, where it was found and what forms there."""

    quantity: str
    value: float | str
    unit: str
    at: str = ""
    products: str = ""


def of_curve(curve: MixingCurve) -> list[Headline]:
    """Both minima in the basis of the curve."""
    unit = NONOPEN if curve.open_elements else "eV/atom"
    total, mutual = curve.minimum_total, curve.minimum_mutual
    return [
        Headline(
            f"minimum {kind}", energy, unit, f"x = {kink.mixing_fraction:.4f}",
            " + ".join(kink.products),
        )
        for kind, kink, energy in (
            ("total", total, total.total_per_nonopen_atom),
            ("mutual", mutual, mutual.mutual_per_nonopen_atom),
        )
    ]  # fmt: skip


def of_uptake(curve: UptakeCurve) -> list[Headline]:
    """Where uptake stops of itself."""
    least = curve.minimum
    at = f"{least.uptake:g} {curve.open_element.symbol} per formula"
    products = " + ".join(least.reaction.product_amounts())
    return [Headline("minimum", least.energy, "eV/formula", at, products)]


def of_window(window: Window) -> list[Headline]:
    """Both limits, the compound put on the hull."""
    unit = f"V against {window.carrier}"
    sides = (
        ("reduction limit", window.reduction, window.reduced_to),
        ("oxidation limit", window.oxidation, window.oxidized_to),
    )
    width = ", zero width" if window.reduction == window.oxidation else ""
    return [
        Headline(
            name, "none" if limit is None else limit, unit, f"on the hull{width}",
            " + ".join(stage.products) if stage else "",
        )
        for name, limit, stage in sides
    ]  # fmt: skip


def of_map(chart: VoltageMap) -> list[Headline]:
    """The lowest energy of the map, total and mutual."""
    found = []
    for kind in ("total", "mutual"):
        pieces = chart.minimum("total" if kind == "total" else "mutual")
        ends = [(one.energy_low, one.low) for one in pieces]
        ends += [(one.energy_high, one.high) for one in pieces]
        energy, voltage = min(ends)
        found.append(Headline(f"lowest {kind}", energy, NONOPEN, f"{voltage:.3f} V"))
    return found


def of_charging(found: Charging) -> list[Headline]:
    """The lowest total at both ends of the cathode's own voltage curve."""
    carrier = found.maps[0][1].carrier
    ends = {point.x: point for point in (*found.path[:1], *found.path[-1:])}
    return [
        Headline(
            f"minimum total, {carrier} content {x:g}",
            point.total,
            NONOPEN,
            f"{point.voltage:.3f} V",
        )
        for x, point in ends.items()
    ]


def of_coatings(ranking: CoatingRanking) -> list[Headline]:
    """How many candidates pass every gate, and which."""
    passing = [one.candidate.name for one in ranking.coatings if one.passes]
    return [
        Headline(
            "pass every gate", str(len(passing)), f"of {len(ranking.coatings)} candidates",
            "", ", ".join(passing),
        )
    ]  # fmt: skip


#: Kind of a question -> its headlines.
HEADLINES: dict[str, Any] = {
    "curve": of_curve,
    "uptake": of_uptake,
    "window": of_window,
    "map": of_map,
    "charging": of_charging,
    "coatings": of_coatings,
}
