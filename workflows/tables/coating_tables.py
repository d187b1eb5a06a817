"""Rankings of coatings as tables and CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interfaces.coatings import Coating, CoatingRanking, Contact
from workflows.io.mock_mark import mark_of
from workflows.tables.curve_tables import plain_table, print_notes, rows_csv

if TYPE_CHECKING:
    from rich.console import Console

TOP = 30  #: rows printed
WIDE = 110  #: terminal width from which remarks have a column of the table
CONTACT_COLUMNS = ("mutual_ev", "total_ev", "products", "gases", "interphase")
UNKNOWN = "unknown"


def coatings_csv(ranking: CoatingRanking) -> str:
    """Write all candidates as CSV, the best first, after a row ``bare`` without coating.

    Energies are in eV/atom, or per non-open atom if elements are open; an empty cell was not
    computed.

    Parameters
    ----------
    ranking : of coatings between a cathode and an electrolyte.

    Returns
    -------
    CSV with a header.
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
    for state, contact in ranking.bare:
        bare |= _contact_cells(state, contact)
    coatings = enumerate(ranking.coatings, 1)
    rows = [bare, *(_row(ranking, rank, coating) for rank, coating in coatings)]
    empty = dict.fromkeys(columns, "")
    return rows_csv(columns, [empty | {k: _cell(v) for k, v in row.items()} for row in rows])


def _row(ranking: CoatingRanking, rank: int, coating: Coating) -> dict[str, Any]:
    reactant, supply = coating.candidate.reactant, coating.candidate.supply
    row: dict[str, Any] = {
        "rank": rank,
        "coating": coating.name,
        "passes": coating.passes,
        "on_front": coating.on_front,
        "failed_gates": "; ".join(map(str, coating.failed)),
        "worst_mutual_ev": coating.worst_mutual,
        "worst_total_ev": coating.worst_total,
        "gain_over_bare_ev": coating.gain,
        "covers_cathode_voltages": coating.covers_cathode,
        "meets_electrolyte_window": coating.meets_electrolyte,
        "note": coating.candidate.note,
        "error": coating.error,
    }
    if coating.limits is not None:
        row |= {"reduction_V": coating.limits[0], "oxidation_V": coating.limits[1]}
        if coating.limits[1] is None:
            row["oxidation_V"] = "none"
    if reactant is not None:
        row |= {
            "formula": reactant.formula.text,
            "energy_above_hull_ev": coating.above_hull,
            "energy_model": reactant.energy_model,
            "holds_carrier": ranking.carrier in reactant.formula.elements,
        }
    if supply is not None:
        facts = supply.to_dict()
        price = facts["price_usd_per_kg_of_elements"]
        row |= facts | {"price_usd_per_kg_of_elements": UNKNOWN if price is None else price}
    for state, contact in coating.cathode:
        row |= _contact_cells(state, contact)
    if coating.electrolyte is not None:
        row |= _contact_cells("electrolyte", coating.electrolyte)
    return row


def _contact_cells(side: str, contact: Contact) -> dict[str, Any]:
    interphase = contact.interphase
    values = (
        contact.mutual_energy,
        contact.total_energy,
        contact.products,
        "" if interphase is None else " ".join(gas.gas for gas in interphase.gases),
        "none" if interphase is None else interphase.verdict,
    )
    return {f"{side}_{c}": v for c, v in zip(CONTACT_COLUMNS, values, strict=True)}


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:z.6f}".rstrip("0").rstrip(".") if value else "0"
    return "" if value is None else value


def print_coatings(ranking: CoatingRanking, top: int = TOP, console: Console | None = None) -> None:
    """Print the bare contact, the best candidates with the gates they fail, and notes.

    Parameters
    ----------
    ranking : of coatings between a cathode and an electrolyte.
    top : number of candidates printed.
    console : where to print; None is stdout.
    """
    from rich.console import Console

    out = console or Console()
    cathode = ranking.states[0][1].label
    out.print(
        f"[bold]{cathode} | coating | {ranking.electrolyte.label}[/]   "
        f"{mark_of(ranking.scheme)}{ranking.scheme}"
    )
    for state, reactant in ranking.states:
        out.print(f"  {state}: {reactant.formula} ({reactant.energy_model})", markup=False)
    for element in ranking.open_elements:
        out.print(f"  open: {element}", markup=False)
    low, high = ranking.cathode_voltages
    out.print(
        f"cathode {low:.2f} to {high:.2f} V, electrolyte {_window(ranking.electrolyte_limits)} V"
    )
    for state, contact in ranking.bare:
        out.print(
            "; ".join(
                [
                    f"bare contact, {state}: {_mev(contact.mutual_energy)} meV",
                    contact.products or "no reaction",
                    *_remarks(contact),
                ]
            ),
            markup=False,
        )
    states = [state for state, _ in ranking.states]
    basis = "atom" if ranking.basis == "per_atom" else "non-open atom"
    wide = out.width >= WIDE
    table = plain_table(
        "", "coating", *states, ranking.electrolyte.label, "gain", "window V", "$/kg",
        *(["remarks"] if wide else []),
        caption="lowest mutual reaction energy of each contact and gain over the bare contact, "
        f"meV per {basis}; * on the Pareto front of {', '.join(ranking.objectives)}; $/kg of the "
        "pure elements; a remark names its contact in brackets",
    )  # fmt: skip
    table.columns[1].justify = "left"
    if wide:
        table.columns[-1].justify = "left"
    shown = list(enumerate(ranking.coatings[:top], 1))
    for rank, row in shown:
        table.add_row(*_cells(ranking, rank, row), *([_remark(ranking, row)] if wide else []))
    out.print(table)
    for rank, row in () if wide else shown:
        if remark := _remark(ranking, row):
            out.print(f"{rank} {row.name}: {remark}", markup=False)
    passing, errors = len(ranking.passing), sum(bool(row.error) for row in ranking.coatings)
    out.print(
        f"{passing} of {len(ranking.coatings)} candidates pass all gates, "
        f"{len(ranking.coatings) - passing - errors} fail at least one, {errors} could not be "
        "computed"
    )
    print_notes(ranking.notes, out, ranking.provenance)


def _cells(ranking: CoatingRanking, rank: int, coating: Coating) -> list[str]:
    supply = coating.candidate.supply
    energies = [_mev(contact.mutual_energy) for contact in coating.contacts]
    missing = len(ranking.states) + 1 - len(energies)
    dear = "" if supply is None or supply.price == float("inf") else f"{supply.price:.0f}"
    return [
        f"{rank}{'*' if coating.on_front else ''}",
        coating.name,
        *energies,
        *[""] * missing,
        "" if coating.gain is None else f"{1000 * coating.gain:+z.0f}",
        "" if coating.error or coating.covers_cathode is None else _window(coating.limits),
        dear,
    ]


def _remark(ranking: CoatingRanking, coating: Coating) -> str:
    """Error, failed gates, missing carrier, scarce elements, gases and conduction of a coating."""
    reactant, supply = coating.candidate.reactant, coating.candidate.supply
    remarks = [coating.error, *map(str, coating.failed)]
    if reactant is not None and ranking.carrier not in reactant.formula.elements:
        remarks.append(f"contains no {ranking.carrier}")
    if supply is not None and supply.scarce:
        remarks.append(f"{supply.scarcest} is rare")
    return "; ".join(filter(None, [*remarks, *_of_contacts(ranking, coating)]))


def _remarks(contact: Contact) -> list[str]:
    """Gases, and whether the interphase is a mixed conductor (MIEC)."""
    if contact.interphase is None:
        return []
    conducts = ["MIEC interphase"] if contact.interphase.verdict == "MIEC" else []
    return [*(gas.gas for gas in contact.interphase.gases), *conducts]


def _of_contacts(ranking: CoatingRanking, coating: Coating) -> list[str]:
    """Remarks of all contacts, each once with its contacts: ``O2 (discharged, charged)``."""
    sides = [*(state for state, _ in coating.cathode), ranking.electrolyte.label]
    contacts_of: dict[str, list[str]] = {}
    for side, contact in zip(sides, coating.contacts, strict=False):
        for remark in _remarks(contact):
            contacts_of.setdefault(remark, []).append(side)
    return [f"{remark} ({', '.join(where)})" for remark, where in contacts_of.items()]


def _window(limits: tuple[float | None, float | None] | None) -> str:
    if limits is None:
        return "none"
    low, high = limits
    return f"{low or 0.0:.2f}-{'' if high is None else format(high, '.2f')}"


def _mev(energy: float) -> str:
    return f"{1000 * energy:z.0f}"
