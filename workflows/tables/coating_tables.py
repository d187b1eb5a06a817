"""Rankings of coatings as text: a table for a terminal, CSV for a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interfaces.coatings import Coating, CoatingRanking, Contact
from workflows.io.mock_mark import mark_of
from workflows.tables.curve_tables import plain_table, print_notes, rows_csv

if TYPE_CHECKING:
    from rich.console import Console

TOP = 30  #: rows that a person is shown
WIDE = 110  #: columns of a terminal in which remarks stand in the table, not below it
CONTACT_COLUMNS = ("mutual_ev", "total_ev", "products", "gases", "interphase")
UNKNOWN = "unknown"


def coatings_csv(ranking: CoatingRanking) -> str:
    """Every candidate as CSV, the best first, after a row ``bare`` for cathode and electrolyte.

    Energies in eV/atom, or per atom that is not open where elements are; an empty cell was not
    computed.
    """
    states = [state for state, _ in ranking.states]
    columns = [
        "rank", "coating", "formula", "passes", "on_front", "failed_gates", "worst_mutual_ev",
        "worst_total_ev", "gain_over_bare_ev",
        *(f"{side}_{c}" for side in (*states, "electrolyte") for c in CONTACT_COLUMNS),
        "reduction_V", "oxidation_V", "covers_cathode_voltages", "meets_electrolyte_window",
        "energy_above_hull_ev", "energy_model", "holds_carrier", "price_usd_per_kg_of_elements",
        "dearest_element", "scarcest_element", "crustal_abundance_mg_per_kg", "scarce", "note",
        "error",
    ]  # fmt: skip
    bare: dict[str, Any] = {"rank": "", "coating": "bare", "worst_mutual_ev": ranking.worst_bare}
    for state, one in ranking.bare:
        bare |= _contact_cells(state, one)
    rows = [bare, *(_row(ranking, k, one) for k, one in enumerate(ranking.coatings, 1))]
    empty = dict.fromkeys(columns, "")
    return rows_csv(columns, [empty | {k: _cell(v) for k, v in row.items()} for row in rows])


def _row(ranking: CoatingRanking, rank: int, one: Coating) -> dict[str, Any]:
    reactant, supply = one.candidate.reactant, one.candidate.supply
    row: dict[str, Any] = {
        "rank": rank,
        "coating": one.name,
        "passes": one.passes,
        "on_front": one.on_front,
        "failed_gates": "; ".join(map(str, one.failed)),
        "worst_mutual_ev": one.worst_mutual,
        "worst_total_ev": one.worst_total,
        "gain_over_bare_ev": one.gain,
        "covers_cathode_voltages": one.covers_cathode,
        "meets_electrolyte_window": one.meets_electrolyte,
        "note": one.candidate.note,
        "error": one.error,
    }
    if one.limits is not None:
        row |= {"reduction_V": one.limits[0], "oxidation_V": one.limits[1]}
        if one.limits[1] is None:
            row["oxidation_V"] = "none"
    if reactant is not None:
        row |= {
            "formula": reactant.formula.text,
            "energy_above_hull_ev": one.above_hull,
            "energy_model": reactant.energy_model,
            "holds_carrier": ranking.carrier in reactant.formula.elements,
        }
    if supply is not None:
        facts = supply.to_dict()
        price = facts["price_usd_per_kg_of_elements"]
        row |= facts | {"price_usd_per_kg_of_elements": UNKNOWN if price is None else price}
    for state, contact in one.cathode:
        row |= _contact_cells(state, contact)
    if one.electrolyte is not None:
        row |= _contact_cells("electrolyte", one.electrolyte)
    return row


def _contact_cells(side: str, one: Contact) -> dict[str, Any]:
    found = one.interphase
    values = (
        one.mutual_energy,
        one.total_energy,
        one.products,
        "" if found is None else " ".join(gas.gas for gas in found.gases),
        "none" if found is None else found.verdict,
    )
    return {f"{side}_{c}": v for c, v in zip(CONTACT_COLUMNS, values, strict=True)}


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:z.6f}".rstrip("0").rstrip(".") if value else "0"
    return "" if value is None else value


def print_coatings(ranking: CoatingRanking, top: int = TOP, console: Console | None = None) -> None:
    """The bare contact, the first ``top`` candidates with what they fail, and notes."""
    from rich.console import Console

    out = console or Console()
    cathode = ranking.states[0][1].label
    out.print(
        f"[bold]{cathode} | ? | {ranking.electrolyte.label}[/]   "
        f"{mark_of(ranking.scheme)}{ranking.scheme}"
    )
    for state, one in ranking.states:
        out.print(f"  {state}: {one.formula} ({one.energy_model})", markup=False)
    for element in ranking.open_elements:
        out.print(f"  open: {element}", markup=False)
    low, high = ranking.cathode_voltages
    out.print(
        f"cathode {low:.2f} to {high:.2f} V, electrolyte {_window(ranking.electrolyte_limits)} V"
    )
    for state, found in ranking.bare:
        out.print(
            "; ".join(
                [
                    f"bare, {state}: {_mev(found.mutual_energy)} meV",
                    found.products or "no reaction",
                    *_remarks(found),
                ]
            ),
            markup=False,
        )
    states = [state for state, _ in ranking.states]
    basis = "atom" if ranking.basis == "per_atom" else "atom that is not open"
    wide = out.width >= WIDE
    table = plain_table(
        "", "coating", *states, ranking.electrolyte.label, "gain", "window V", "$/kg",
        *(["remarks"] if wide else []),
        caption="lowest mutual reaction energy of each contact and gain over the bare one, meV per "
        f"{basis}; * on the Pareto front of {', '.join(ranking.objectives)}; $/kg of the pure "
        "elements; remarks in brackets are about that contact",
    )  # fmt: skip
    table.columns[1].justify = "left"
    if wide:
        table.columns[-1].justify = "left"
    shown = list(enumerate(ranking.coatings[:top], 1))
    for rank, row in shown:
        table.add_row(*_cells(ranking, rank, row), *([_said(ranking, row)] if wide else []))
    out.print(table)
    for rank, row in () if wide else shown:
        if text := _said(ranking, row):
            out.print(f"{rank} {row.name}: {text}", markup=False)
    passing, errors = len(ranking.passing), sum(bool(one.error) for one in ranking.coatings)
    out.print(
        f"{passing} of {len(ranking.coatings)} candidates pass every gate, "
        f"{len(ranking.coatings) - passing - errors} fail one, {errors} could not be computed"
    )
    print_notes(ranking.notes, out, ranking.provenance)


def _cells(ranking: CoatingRanking, rank: int, one: Coating) -> list[str]:
    supply = one.candidate.supply
    energies = [_mev(found.mutual_energy) for found in one.contacts]
    missing = len(ranking.states) + 1 - len(energies)
    dear = "" if supply is None or supply.price == float("inf") else f"{supply.price:.0f}"
    return [
        f"{rank}{'*' if one.on_front else ''}",
        one.name,
        *energies,
        *[""] * missing,
        "" if one.gain is None else f"{1000 * one.gain:+z.0f}",
        "" if one.error or one.covers_cathode is None else _window(one.limits),
        dear,
    ]


def _said(ranking: CoatingRanking, one: Coating) -> str:
    """What a candidate fails or lacks, and what its products do."""
    reactant, supply = one.candidate.reactant, one.candidate.supply
    texts = [one.error, *map(str, one.failed)]
    if reactant is not None and ranking.carrier not in reactant.formula.elements:
        texts.append(f"holds no {ranking.carrier}")
    if supply is not None and supply.scarce:
        texts.append(f"{supply.scarcest} is rare")
    return "; ".join(text for text in [*texts, *_of_contacts(ranking, one)] if text)


def _remarks(found: Contact) -> list[str]:
    """Gases, and whether the interphase conducts electrons and so goes on growing."""
    if found.interphase is None:
        return []
    conducts = ["conducts electrons"] if found.interphase.verdict == "growing" else []
    return [*(gas.gas for gas in found.interphase.gases), *conducts]


def _of_contacts(ranking: CoatingRanking, one: Coating) -> list[str]:
    """The same of a candidate's contacts, each remark once: ``O2 (discharged, charged)``."""
    sides = [*(state for state, _ in one.cathode), ranking.electrolyte.label]
    found: dict[str, list[str]] = {}
    for side, contact in zip(sides, one.contacts, strict=False):
        for text in _remarks(contact):
            found.setdefault(text, []).append(side)
    return [f"{text} ({', '.join(where)})" for text, where in found.items()]


def _window(limits: tuple[float | None, float | None] | None) -> str:
    if limits is None:
        return "none"
    low, high = limits
    return f"{low or 0.0:.2f}-{'' if high is None else format(high, '.2f')}"


def _mev(energy: float) -> str:
    return f"{1000 * energy:z.0f}"
