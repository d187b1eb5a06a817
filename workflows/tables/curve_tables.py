"""Results as text: tables for a terminal, CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from interfaces.interphase import COLUMNS, Interphase
from interfaces.reactivity.mixing_curve import Kink, MixingCurve
from interfaces.reactivity.uptake import UptakeCurve
from workflows.io.mock_mark import mark_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

KINK_COLUMNS = (
    "mixing_fraction", "molar_fraction", "mass_fraction", "reaction_energy_ev_per_atom",
    "mutual_energy_ev_per_atom", "self_decomposition_ev_per_atom",
    "reaction_energy_ev_per_formula", "reaction_energy_kj_per_mol", "reaction", "gases",
    "suspect_products", *COLUMNS,
)  # fmt: skip
MINIMUM_COLUMNS = (
    "electrolyte", "x", "cathode", "minimum_total_ev_per_atom", "molar_fraction_total",
    "kind_total",
    "minimum_mutual_ev_per_atom", "molar_fraction_mutual", "uncertainty_total_ev_per_atom",
    "cathode_energy_model", "cathode_energy_above_hull_ev_per_atom", "reaction_total",
    "reaction_mutual", "minimum_total_without_gas_ev_per_atom",
    *(f"{column}_total" for column in COLUMNS), *(f"{column}_mutual" for column in COLUMNS),
)  # fmt: skip
SEEN = 5e-5  #: eV/atom; less is not seen in the digits that are printed
UNKNOWN = "unknown"  #: in a cell, what the JSON output gives as null with the reason beside it


UPTAKE_COLUMNS = (
    "uptake_per_formula", "reaction_energy_ev_per_formula", "reaction", *COLUMNS,
    "gases_mmol_per_ah",
)  # fmt: skip
LEFT = (
    "set",
    "reaction",
    "elements",
    "scheme",
    "what",
    "without, or lowered",
    "result",
    "pair",
    "id",
    "formula",
    "functional",
    "corrections",
    "notes",
)
OPEN_COLUMNS = (
    "nonopen_fraction", "reaction_energy_ev_per_nonopen_atom", "mutual_energy_ev_per_nonopen_atom",
    *KINK_COLUMNS, "gases_mmol_per_ah",
)  # fmt: skip


def decimal_steps() -> list[str]:
    """The lithium contents of the main job, from full to empty, as they are written."""
    return [f"{step / 10:g}" for step in range(10, -1, -1)]


def kink_row(kink: Kink) -> dict[str, object]:
    """One CSV row of a kink."""
    data = kink.to_dict() | interphase_row(kink.interphase)
    columns = KINK_COLUMNS if kink.nonopen_fraction is None else OPEN_COLUMNS
    return {c: " ".join(data[c]) if isinstance(data[c], list) else data[c] for c in columns}


def interphase_row(found: Interphase) -> dict[str, object]:
    """Cells of an interphase: its columns, and gases per charge [mmol/Ah].

    Where no charge passed there is nothing to divide by, and that cell is empty.
    """
    cells: dict[str, object] = {
        key: UNKNOWN if cell is None else cell for key, cell in found.to_row().items()
    }
    per_charge = [(gas.gas, gas.mmol_per_ah) for gas in found.gases]
    return cells | {
        "gases_mmol_per_ah": " ".join(f"{g}={n:.4g}" for g, n in per_charge if n is not None)
    }


def curve_csv(curve: MixingCurve) -> str:
    """All kinks of a curve as CSV, a header first."""
    columns = OPEN_COLUMNS if curve.open_elements else KINK_COLUMNS
    return rows_csv(columns, [kink_row(kink) for kink in curve.kinks])


def bar_on_stderr() -> dict[str, Any]:
    """Options of a bar of rich that is gone when it is done, and is not drawn into a file."""
    from rich.console import Console

    errors = Console(file=sys.stderr)
    return {"console": errors, "transient": True, "disable": not errors.is_terminal}


def rows_csv(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as CSV text with the given columns."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def minimum_row(electrolyte: str, x: float, curve: MixingCurve) -> dict[str, object]:
    """One CSV row of both minima of a curve."""
    total, mutual = curve.minimum_total, curve.minimum_mutual
    return {
        "electrolyte": electrolyte,
        "x": x,
        "cathode": curve.reactant_1.formula.text,
        "minimum_total_ev_per_atom": total.total,
        "molar_fraction_total": total.molar_fraction,
        "kind_total": curve.describe_minimum(total),
        "minimum_mutual_ev_per_atom": mutual.mutual,
        "molar_fraction_mutual": mutual.molar_fraction,
        "uncertainty_total_ev_per_atom": float(curve.uncertainty_at(total.mixing_fraction)),
        "cathode_energy_model": curve.reactant_1.energy_model,
        "cathode_energy_above_hull_ev_per_atom": curve.reactant_1.energy_above_hull,
        "reaction_total": str(total.reaction),
        "reaction_mutual": str(mutual.reaction),
        "minimum_total_without_gas_ev_per_atom": curve.no_gas.total if curve.no_gas else UNKNOWN,
        **_of_minimum(total, "total"),
        **_of_minimum(mutual, "mutual"),
    }


def _of_minimum(kink: Kink, kind: str) -> dict[str, object]:
    cells = interphase_row(kink.interphase)
    return {f"{column}_{kind}": cells[column] for column in COLUMNS}


def print_curve(curve: MixingCurve, console: Console | None = None) -> None:
    """Reactants, kinks and minima of a curve, for a person."""
    from rich.console import Console

    out = console or Console()
    out.print(f"[bold]{curve.reactant_1.label} | {curve.reactant_2.label}[/]   {curve.scheme}")
    for one in (curve.reactant_1, curve.reactant_2):
        error = f" +- {one.uncertainty:z.3f}" if one.uncertainty else ""
        out.print(
            f"  {one.formula}: {one.energy:.4f}{error} eV/atom ({one.energy_model}), "
            f"{1000 * one.energy_above_hull:+z.1f} meV/atom against the hull"
        )
    for element in curve.open_elements:
        out.print(f"  open: {element}")
    table = _open_table(curve) if curve.open_elements else _closed_table(curve)
    out.print(table)
    total, mutual = curve.minimum_total, curve.minimum_mutual
    if curve.open_elements:
        out.print(
            f"minimum total  {total.total_per_nonopen_atom:.4f} eV per non-open atom at "
            f"u = {total.nonopen_fraction:.4f} ({curve.describe_minimum(total)})"
        )
        out.print(
            f"minimum mutual {mutual.mutual_per_nonopen_atom:.4f} eV per non-open atom at "
            f"u = {mutual.nonopen_fraction:.4f}"
        )
    else:
        out.print(
            f"minimum total  {total.total:.4f} eV/atom at x = {total.mixing_fraction:.4f} "
            f"({curve.describe_minimum(total)})"
        )
        out.print(f"minimum mutual {mutual.mutual:.4f} eV/atom at x = {mutual.mixing_fraction:.4f}")
    if curve.no_gas and curve.no_gas.total_per_nonopen_atom > total.total_per_nonopen_atom + SEEN:
        energy = curve.no_gas.total_per_nonopen_atom
        out.print(f"minimum total where no gas and no water may form: {energy:z.4f}")
    print_interphase("at the minimum total", total.interphase, out)
    print_notes(curve.notes, out, curve.provenance)


#: What a verdict means, for a person.
VERDICTS = {
    "growing": "keeps growing, electrons pass",
    "passivating": "stops growing, no electrons pass",
    "unknown": "may or may not pass electrons",
    "none": "is none",
}


def print_interphase(where: str, found: Interphase, out: Console) -> None:
    """What the products mean for a cell, in one line; what is unknown is said with its reason."""
    told = [f"the interphase {VERDICTS[found.verdict]} ({found.why})"]
    for gas in found.gases:
        charge = "" if gas.mmol_per_ah is None else f", {gas.mmol_per_ah:.3g} mmol/Ah"
        told.append(f"gas: {gas.per_formula:.3g} {gas.gas} per formula{charge}")
    change, lost = found.volume_change, found.lithium_lost_mah_per_g
    told.append(
        f"volume unknown ({found.volume_unknown})"
        if change is None
        else f"volume of solids {100 * change:+z.1f} %"
    )
    if lost is not None and lost > 0:  # below zero the cathode gains what the other side had
        told.append(
            f"lithium lost {lost:.0f} mAh per gram of {found.lithium_lost_of} if all of it reacts"
        )
    out.print(f"{where}: {'; '.join(told)}", markup=False)


def _closed_table(curve: MixingCurve) -> Table:
    table = plain_table(
        "x (atoms)", "y (formulas)", "total", "mutual", "reaction",
        caption="fractions of the first reactant; eV per atom of the mix, negative = favourable",
    )  # fmt: skip
    for kink in curve.kinks:
        marks = _marks(curve, kink)
        table.add_row(
            f"{kink.mixing_fraction:.4f}",
            f"{kink.molar_fraction:.4f}",
            f"{marks[0]}{kink.total:z.4f}",
            f"{marks[1]}{kink.mutual:z.4f}",
            str(kink.reaction),
        )
    return table


def _open_table(curve: MixingCurve) -> Table:
    table = plain_table(
        "u (non-open)", "y (formulas)", "total", "mutual", "per atom of mix", "reaction",
        caption="fractions of the first reactant; total and mutual in eV per non-open atom, "
        "straight in u; negative = favourable",
    )  # fmt: skip
    for kink in curve.kinks:
        marks = _marks(curve, kink)
        table.add_row(
            f"{kink.nonopen_fraction:.4f}",
            f"{kink.molar_fraction:.4f}",
            f"{marks[0]}{kink.total_per_nonopen_atom:z.4f}",
            f"{marks[1]}{kink.mutual_per_nonopen_atom:z.4f}",
            f"{kink.total:z.4f}",
            str(kink.reaction),
        )
    return table


def _marks(curve: MixingCurve, kink: Kink) -> tuple[str, str]:
    return (
        "[bold]" if kink is curve.minimum_total else "",
        "[bold]" if kink is curve.minimum_mutual else "",
    )


def print_notes(
    notes: Sequence[str], out: Console, provenance: Iterable[tuple[str, str]] = ()
) -> None:
    """What a reader has to know, a line each; with the notes of own entries of a provenance."""
    own = dict(provenance).get("own_entries")
    for note in (*notes, *([own] if own else ())):
        out.print(f"note: {note}", style="dim", markup=False)


def uptake_csv(curve: UptakeCurve) -> str:
    """All points of an uptake curve as CSV, a header first."""
    rows = [point.to_dict() | interphase_row(point.interphase) for point in curve.points]
    return rows_csv(UPTAKE_COLUMNS, [{c: row[c] for c in UPTAKE_COLUMNS} for row in rows])


def print_uptake(curve: UptakeCurve, console: Console | None = None) -> None:
    """Points of an uptake curve, for a person."""
    from rich.console import Console

    out = console or Console()
    out.print(f"[bold]{curve.compound.label}[/] against {curve.open_element}   {curve.scheme}")
    table = plain_table(
        f"{curve.open_element.symbol} taken up", "energy", "reaction",
        caption="per formula unit of the compound; eV, negative = favourable",
    )  # fmt: skip
    for point in curve.points:
        mark = "[bold]" if point is curve.minimum else ""
        table.add_row(f"{point.uptake:.4f}", f"{mark}{point.energy:z.4f}", str(point.reaction))
    out.print(table)
    print_interphase("at the minimum", curve.minimum.interphase, out)
    print_notes(curve.notes, out, curve.provenance)


def print_minima(curves: Mapping[str, Mapping[float, MixingCurve]], console: Console) -> None:
    """Minimum energies against lithium content, a column pair per electrolyte."""
    headers = ["x"]
    for electrolyte in curves:
        headers += [f"{electrolyte}\ntotal", "\nmutual"]
    table = plain_table(
        *headers, caption="minimum reaction energy over mixing, eV per atom of the mix"
    )
    contents = sorted(next(iter(curves.values())), reverse=True)
    for x in contents:
        cells = [f"{x:g}"]
        for series in curves.values():
            cells.append(f"{series[x].minimum_total.total:z.3f}")
            cells.append(f"{series[x].minimum_mutual.mutual:z.3f}")
        table.add_row(*cells)
    console.print(table)


def print_rows(found: Sequence[Mapping[str, Any]], console: Console | None = None) -> None:
    """Minima of queried curves, for a person."""
    from rich.console import Console

    basis = found[0]["basis"]
    table = plain_table(
        "pair", "V", "minimum total", "minimum mutual", "reaction",
        caption=f"eV {basis.replace('_', ' ')}; the reaction is that of the mutual minimum",
    )  # fmt: skip
    for row in found:
        table.add_row(
            f"{mark_of(row['scheme'])}{row['reactant_1']} | {row['reactant_2']}",
            "-" if row["voltage_V"] is None else f"{row['voltage_V']:g}",
            f"{row['minimum_total']:z.4f}",
            f"{row['minimum_mutual']:z.4f}",
            row["reaction_mutual"],
        )
    (console or Console()).print(table)


def plain_table(*headers: str, caption: str | None = None, title: str | None = None) -> Table:
    """A table with no frame; text columns to the left, numbers to the right."""
    from rich import box
    from rich.table import Table

    table = Table(
        title=title, title_justify="left", box=box.SIMPLE_HEAD, caption=caption,
        caption_justify="left",
    )  # fmt: skip
    for header in headers:
        left = header in LEFT
        table.add_column(header, justify="left" if left else "right", overflow="fold")
    return table
