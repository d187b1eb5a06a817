"""Mixing and uptake curves, minima and phase sets as tables and CSV."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal

from interfaces.interphase import COLUMNS, Interphase
from interfaces.phases.measured import SCHEME_MARK
from interfaces.phases.schemes import at_any_temperature
from interfaces.reactivity.band import MinimumSpread
from interfaces.reactivity.mixing_curve import Kink, MixingCurve
from interfaces.reactivity.uptake import UptakeCurve
from workflows.io.mock_mark import mark_of
from workflows.tables.reaction_table import ReactionRow, print_reactions

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
    "low_total_ev_per_atom", "high_total_ev_per_atom", "uncertainty_mutual_ev_per_atom",
    "low_mutual_ev_per_atom", "high_mutual_ev_per_atom",
    "cathode_energy_model", "cathode_energy_above_hull_ev_per_atom", "reaction_total",
    "reaction_mutual", "minimum_total_without_gas_ev_per_atom",
    *(f"{column}_total" for column in COLUMNS), *(f"{column}_mutual" for column in COLUMNS),
)  # fmt: skip
SEEN = 5e-5  #: eV/atom; smaller differences vanish in the printed digits
UNKNOWN = "unknown"  #: cell for a value that is null in the JSON output


UPTAKE_COLUMNS = (
    "uptake_per_formula", "reaction_energy_ev_per_formula", "reaction", *COLUMNS,
    "gases_mmol_per_ah",
)  # fmt: skip
LEFT = (
    "set",
    "reaction",
    "elements",
    "scheme",
    "kind",
    "what",
    "phase left out or lowered",
    "result",
    "pair",
    "id",
    "formula",
    "functional",
    "corrections",
    "notes",
    "reactants",
    "conditions",
    "quantity",
    "unit",
    "at",
)
OPEN_COLUMNS = (
    "nonopen_fraction", "reaction_energy_ev_per_nonopen_atom", "mutual_energy_ev_per_nonopen_atom",
    *KINK_COLUMNS, "gases_mmol_per_ah",
)  # fmt: skip


def decimal_steps() -> list[str]:
    """Lithium contents of the main job as text, from 1 to 0.

    >>> decimal_steps()[:3]
    ['1', '0.9', '0.8']
    """
    return [f"{step / 10:g}" for step in range(10, -1, -1)]


def kink_row(kink: Kink) -> dict[str, object]:
    """Make the CSV row of a kink.

    Parameters
    ----------
    kink : a point of a mixing curve.

    Returns
    -------
    Column and value.
    """
    data = kink.to_dict() | interphase_row(kink.interphase)
    columns = KINK_COLUMNS if kink.nonopen_fraction is None else OPEN_COLUMNS
    return {c: " ".join(data[c]) if isinstance(data[c], list) else data[c] for c in columns}


def interphase_row(interphase: Interphase) -> dict[str, object]:
    """Make the CSV cells of an interphase, with gases per charge [mmol/Ah].

    Parameters
    ----------
    interphase : what the products of a reaction mean for a cell.

    Returns
    -------
    Column and value; gases per charge are empty where no charge passes.
    """
    cells: dict[str, object] = {
        key: UNKNOWN if cell is None else cell for key, cell in interphase.to_row().items()
    }
    per_charge = [(gas.gas, gas.mmol_per_ah) for gas in interphase.gases]
    return cells | {
        "gases_mmol_per_ah": " ".join(f"{g}={n:.4g}" for g, n in per_charge if n is not None)
    }


def curve_csv(curve: MixingCurve) -> str:
    """Write all kinks of a curve as CSV.

    Parameters
    ----------
    curve : reaction energy of two reactants.

    Returns
    -------
    CSV with a header.
    """
    columns = OPEN_COLUMNS if curve.open_elements else KINK_COLUMNS
    return rows_csv(columns, [kink_row(kink) for kink in curve.kinks])


def bar_on_stderr() -> dict[str, Any]:
    """Options of a rich progress bar on stderr, removed at the end and not written to a file."""
    from rich.console import Console

    errors = Console(file=sys.stderr)
    return {"console": errors, "transient": True, "disable": not errors.is_terminal}


def rows_csv(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> str:
    """Write rows as CSV.

    Parameters
    ----------
    columns : names, in order.
    rows : values by column.

    Returns
    -------
    CSV with a header.
    """
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def minimum_row(electrolyte: str, x: float, curve: MixingCurve) -> dict[str, object]:
    """Make the CSV row of both minima of a curve.

    Parameters
    ----------
    electrolyte : name of the second reactant.
    x : Li content of the cathode per formula unit.
    curve : their mixing curve.

    Returns
    -------
    Column and value.
    """
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
        **spread_row(curve, total, "total"),
        **spread_row(curve, mutual, "mutual"),
        "cathode_energy_model": curve.reactant_1.energy_model,
        "cathode_energy_above_hull_ev_per_atom": curve.reactant_1.energy_above_hull,
        "reaction_total": str(total.reaction),
        "reaction_mutual": str(mutual.reaction),
        "minimum_total_without_gas_ev_per_atom": curve.no_gas.total if curve.no_gas else UNKNOWN,
        **_of_minimum(total, "total"),
        **_of_minimum(mutual, "mutual"),
    }


def beside_columns(name: str) -> tuple[str, ...]:
    """Columns of the minima on other energies of the products, called ``name``."""
    return tuple(
        f"{column}_{name}{unit}"
        for column, unit in (
            ("minimum_total", "_ev_per_atom"), ("molar_fraction_total", ""),
            ("minimum_mutual", "_ev_per_atom"), ("molar_fraction_mutual", ""),
            ("reaction_total", ""), ("reaction_mutual", ""),
            ("uncertainty_total", "_ev_per_atom"), ("low_total", "_ev_per_atom"),
            ("high_total", "_ev_per_atom"),
        )
    )  # fmt: skip


def beside_row(name: str, curve: MixingCurve) -> dict[str, object]:
    """Cells of :func:`beside_columns`."""
    total, mutual = curve.minimum_total, curve.minimum_mutual
    cells = (
        total.total, total.molar_fraction, mutual.mutual, mutual.molar_fraction,
        str(total.reaction), str(mutual.reaction), *spread_row(curve, total, "total").values(),
    )  # fmt: skip
    return dict(zip(beside_columns(name), cells, strict=True))


def spread_row(
    curve: MixingCurve, kink: Kink, kind: Literal["total", "mutual"]
) -> dict[str, object]:
    """Standard error and 10 to 90 % range of a minimum [eV/atom of the mix], or unknown."""
    spread: MinimumSpread | None = getattr(curve.band, kind, None)
    keys = ("uncertainty_ev_per_atom", "low_ev_per_atom", "high_ev_per_atom")
    values = spread.to_dict() if spread else dict.fromkeys(keys)
    return {
        key.replace("_ev", f"_{kind}_ev"): UNKNOWN if value is None else value * kink.nonopen_share
        for key, value in values.items()
    }


def _spread_text(curve: MixingCurve, kind: Literal["total", "mutual"]) -> str:
    """``+- 0.024 (80 %: -0.414 to -0.353)`` of a minimum in the basis of the curve, or nothing."""
    spread: MinimumSpread | None = getattr(curve.band, kind, None)
    if spread is None:
        return ""
    return f" +- {spread.error:.3f} (80 %: {spread.low:z.3f} to {spread.high:z.3f})"


def _of_minimum(kink: Kink, kind: str) -> dict[str, object]:
    cells = interphase_row(kink.interphase)
    return {f"{column}_{kind}": cells[column] for column in COLUMNS}


def print_curve(curve: MixingCurve, console: Console | None = None) -> None:
    """Print reactants, kinks and minima of a curve.

    Parameters
    ----------
    curve : reaction energy of two reactants.
    console : where to print; None is stdout.
    """
    from rich.console import Console

    out = console or Console()
    out.print(f"[bold]{curve.reactant_1.label} | {curve.reactant_2.label}[/]   {curve.scheme}")
    for reactant in (curve.reactant_1, curve.reactant_2):
        error = f" +- {reactant.uncertainty:z.3f}" if reactant.uncertainty else ""
        out.print(
            f"  {reactant.formula}: {reactant.energy:.4f}{error} eV/atom "
            f"({reactant.energy_model}), {1000 * reactant.energy_above_hull:+z.1f} meV/atom "
            "against the hull"
        )
    for element in curve.open_elements:
        out.print(f"  open: {element}")
    _print_kinks(curve, out)
    total, mutual = curve.minimum_total, curve.minimum_mutual
    if curve.open_elements:
        out.print(
            f"minimum mutual {mutual.mutual_per_nonopen_atom:.4f}{_spread_text(curve, 'mutual')} "
            "eV per non-open atom at "
            f"u = {mutual.nonopen_fraction:.4f}"
        )
        out.print(
            f"minimum total  {total.total_per_nonopen_atom:.4f}{_spread_text(curve, 'total')} "
            "eV per non-open atom at "
            f"u = {total.nonopen_fraction:.4f} ({curve.describe_minimum(total)})"
        )
        for end in (curve.kinks[-1], curve.kinks[0]):
            if end.total_per_nonopen_atom < -SEEN:
                out.print(
                    f"of the total, {curve.describe_minimum(end)} alone gives "
                    f"{end.total_per_nonopen_atom:z.4f} eV per non-open atom"
                )
    else:
        out.print(
            f"minimum total  {total.total:.4f}{_spread_text(curve, 'total')} eV/atom at "
            f"x = {total.mixing_fraction:.4f} ({curve.describe_minimum(total)})"
        )
        out.print(
            f"minimum mutual {mutual.mutual:.4f}{_spread_text(curve, 'mutual')} eV/atom at "
            f"x = {mutual.mixing_fraction:.4f}"
        )
    if curve.no_gas and curve.no_gas.total_per_nonopen_atom > total.total_per_nonopen_atom + SEEN:
        energy = curve.no_gas.total_per_nonopen_atom
        out.print(f"minimum total without gases and water {energy:z.4f}")
    print_interphase("at the minimum total", total.interphase, out)
    print_notes(curve.notes, out, curve.provenance)


def print_temperatures(curves: Mapping[float, MixingCurve]) -> None:
    """Print the lowest energies of a pair at several temperatures.

    Parameters
    ----------
    curves : temperature [K] -> curve of the same pair.
    """
    from rich.console import Console

    out = Console()
    curve = next(iter(curves.values()))
    scheme = at_any_temperature(curve.scheme)
    out.print(f"[bold]{curve.reactant_1.label} | {curve.reactant_2.label}[/]   {scheme}")
    for element in curve.open_elements:
        out.print(f"  open: {element.symbol}")
    fraction, name = ("u", "nonopen_fraction") if curve.open_elements else ("x", "mixing_fraction")
    fraction_of = attrgetter(name)
    table = plain_table(
        "T (K)", "minimum total", f"at {fraction}", "minimum mutual", f"at {fraction}"
    )
    for kelvin, curve in curves.items():
        total, mutual = curve.minimum_total, curve.minimum_mutual
        table.add_row(
            f"{kelvin:g}",
            f"{total.total_per_nonopen_atom:z.4f}", f"{fraction_of(total):.4f}",
            f"{mutual.mutual_per_nonopen_atom:z.4f}", f"{fraction_of(mutual):.4f}",
        )  # fmt: skip
    out.print(table)
    out.print("eV per non-open atom" if curve.open_elements else "eV per atom of the mix")
    print_notes(curve.notes, out, curve.provenance)


#: Each verdict in words.
VERDICTS = {
    "MIEC": "MIEC interphase (electronically conducting)",
    "SEI-forming": "SEI-forming interphase (electronically insulating)",
    "unknown": "electronic conduction of the interphase unknown",
    "none": "no interphase",
}


def print_interphase(where: str, interphase: Interphase, out: Console) -> None:
    """Print in one line what the products of a reaction mean for a cell.

    Parameters
    ----------
    where : the reaction, as the beginning of the line.
    interphase : of its products; for an unknown value the reason is printed.
    out : where to print.
    """
    parts = [f"{VERDICTS[interphase.verdict]} ({interphase.why})"]
    for gas in interphase.gases:
        charge = "" if gas.mmol_per_ah is None else f", {gas.mmol_per_ah:.3g} mmol/Ah"
        parts.append(f"gas: {gas.per_formula:.3g} {gas.gas} per formula{charge}")
    change, lost = interphase.volume_change, interphase.lithium_lost_mah_per_g
    parts.append(
        f"volume change unknown ({interphase.volume_unknown})"
        if change is None
        else f"volume change of the solids {100 * change:+z.1f} %"
    )
    if lost is not None and lost > 0:  # negative: the cathode gains lithium of the other side
        parts.append(
            f"lithium lost {lost:.0f} mAh/g of {interphase.lithium_lost_of} if all of it reacts"
        )
    out.print(f"{where}: {'; '.join(parts)}", markup=False)


def _print_kinks(curve: MixingCurve, out: Console) -> None:
    opened = bool(curve.open_elements)
    rows = []
    for kink in curve.kinks:
        total, mutual, share = kink.total, kink.mutual, kink.mixing_fraction
        if kink.nonopen_fraction is not None:
            total, mutual = kink.total_per_nonopen_atom, kink.mutual_per_nonopen_atom
            share = kink.nonopen_fraction
        cells = [f"{share:.4f}", f"{kink.molar_fraction:.4f}", f"{total:z.4f}", f"{mutual:z.4f}"]
        if opened:
            cells.append(f"{kink.total:z.4f}")
        minima = (curve.minimum_total, curve.minimum_mutual)
        bold = [2 + i for i, minimum in enumerate(minima) if kink is minimum]
        rows.append(ReactionRow(cells, str(kink.reaction), bold))
    if opened:
        print_reactions(
            out, ("u (non-open)", "y (formulas)", "total", "mutual", "per atom of mix"), rows,
            "fractions of the first reactant; total and mutual in eV per non-open atom, linear in "
            "u; negative = favourable",
        )  # fmt: skip
    else:
        print_reactions(
            out, ("x (atoms)", "y (formulas)", "total", "mutual"), rows,
            "fractions of the first reactant; eV per atom of the mix, negative = favourable",
        )  # fmt: skip


def print_notes(
    notes: Sequence[str], out: Console, provenance: Iterable[tuple[str, str]] = ()
) -> None:
    """Print notes, one per line, with those of the provenance and the error of the energies.

    Parameters
    ----------
    notes : of a result.
    out : where to print.
    provenance : of the result.
    """
    record = dict(provenance)
    more = [record[key] for key in ("own_entries", "gas_reference") if key in record]
    for note in (*notes, *more):
        out.print(f"note: {note}", style="dim", markup=False)
    if error := error_of_energies(record):
        out.print(error, style="dim", markup=False)


def error_of_energies(provenance: Mapping[str, str]) -> str:
    """State in one line how far the phase energies of a result may be off.

    Parameters
    ----------
    provenance : of the result.

    Returns
    -------
    The line; empty where the result names no scheme.

    Examples
    --------
    >>> error_of_energies({"surrogate": "X, a surrogate: mean error 8 meV/atom", "scheme": "X"})
    'energies of the set: mean error 8 meV/atom'
    """
    from interfaces.phases.schemes import GGA, SCHEMES

    scheme, surrogate = provenance.get("scheme", ""), provenance.get("surrogate", "")
    if not scheme or mark_of(scheme):
        return ""
    if surrogate:
        size = surrogate.partition(": ")[2] or surrogate
        return f"energies of the set: {size.removesuffix(' formation energies')}"
    if scheme.startswith(SCHEMES[GGA]):
        return "energies of the set: DFT with MP2020 corrections, about 24 meV/atom per phase"
    return "energies of the set: it states no error"


def uptake_csv(curve: UptakeCurve) -> str:
    """Write all points of an uptake curve as CSV.

    Parameters
    ----------
    curve : energy of a compound against uptake of an element.

    Returns
    -------
    CSV with a header.
    """
    rows = [point.to_dict() | interphase_row(point.interphase) for point in curve.points]
    return rows_csv(UPTAKE_COLUMNS, [{c: row[c] for c in UPTAKE_COLUMNS} for row in rows])


def print_uptake(curve: UptakeCurve, console: Console | None = None) -> None:
    """Print the points of an uptake curve.

    Parameters
    ----------
    curve : energy of a compound against uptake of an element.
    console : where to print; None is stdout.
    """
    from rich.console import Console

    out = console or Console()
    out.print(f"[bold]{curve.compound.label}[/] against {curve.open_element}   {curve.scheme}")
    rows = [
        ReactionRow(
            (f"{point.uptake:.4f}", f"{point.energy:z.4f}"),
            str(point.reaction),
            (1,) if point is curve.minimum else (),
        )
        for point in curve.points
    ]
    print_reactions(
        out, (f"{curve.open_element.symbol} taken up", "energy"), rows,
        "per formula unit of the compound; eV, negative = favourable",
    )  # fmt: skip
    print_interphase("at the minimum", curve.minimum.interphase, out)
    print_notes(curve.notes, out, curve.provenance)


def print_minima(
    curves: Mapping[str, Mapping[float, MixingCurve]], console: Console, energies: str = ""
) -> None:
    """Print minimum energies against Li content, two columns per electrolyte.

    Parameters
    ----------
    curves : curves by electrolyte and Li content.
    console : where to print.
    energies : ``measured`` or ``uncorrected``, of molecules and oxyanion salts.
    """
    headers = ["x"]
    for electrolyte in curves:
        headers += [f"{electrolyte}\ntotal", "\nmutual"]
    on = f" on {energies} energies of molecules and oxyanion salts" if energies else ""
    table = plain_table(
        *headers, caption=f"minimum reaction energy over mixing{on}, eV per atom of the mix"
    )
    contents = sorted(next(iter(curves.values())), reverse=True)
    for x in contents:
        cells = [f"{x:g}"]
        for series in curves.values():
            cells.append(f"{series[x].minimum_total.total:z.3f}")
            cells.append(f"{series[x].minimum_mutual.mutual:z.3f}")
        table.add_row(*cells)
    console.print(table)


def print_rows(
    minima: Sequence[Mapping[str, Any]],
    surrogates: Mapping[str, str],
    console: Console | None = None,
) -> None:
    """Print the minima of queried curves.

    Parameters
    ----------
    minima : rows of :func:`workflows.runs.query.rows`.
    surrogates : scheme of each surrogate set -> what it states of its error.
    console : where to print; None is stdout.
    """
    from rich.console import Console

    basis = minima[0]["basis"].replace("_", " ").replace("nonopen", "non-open")
    rows = [
        ReactionRow(
            (
                f"{mark_of(row['scheme'])}{row['reactant_1']} | {row['reactant_2']}"
                f"{' (measured)' if row['scheme'].endswith(SCHEME_MARK) else ''}",
                "-" if row["voltage_V"] is None else f"{row['voltage_V']:g}",
                f"{row['minimum_total']:z.4f}",
                f"{row['minimum_mutual']:z.4f}",
            ),
            row["reaction_mutual"],
        )
        for row in minima
    ]
    out = console or Console()
    print_reactions(
        out, ("pair", "V", "minimum total", "minimum mutual"), rows,
        f"eV {basis}; the reaction is that of the mutual minimum; (measured): with "
        "--correction measured", left=1,
    )  # fmt: skip
    _print_errors({row["scheme"] for row in minima}, surrogates, out)


def print_headlines(
    headlines: Sequence[Mapping[str, Any]],
    surrogates: Mapping[str, str],
    console: Console | None = None,
) -> None:
    """Print the headline numbers of queried results.

    Parameters
    ----------
    headlines : rows of :func:`workflows.runs.query.rows`.
    surrogates : scheme of each surrogate set -> what it states of its error.
    console : where to print; None is stdout.
    """
    from rich.console import Console

    table = plain_table(
        "reactants", "conditions", "quantity", "value", "unit", "at", caption=headlines[0]["kind"]
    )
    for row in headlines:
        value = row["value"]
        table.add_row(
            f"{mark_of(row['scheme'])}{row['reactants']}",
            row["conditions"] or "-",
            row["quantity"],
            f"{value:z.4f}" if isinstance(value, float) else value,
            row["unit"],
            row["at"],
        )
    out = console or Console()
    out.print(table)
    _print_errors({row["scheme"] for row in headlines}, surrogates, out)


def _print_errors(schemes: Collection[str], surrogates: Mapping[str, str], out: Console) -> None:
    """State the errors of the energies of stored results, by scheme."""
    lines: dict[str, None] = {}
    for scheme in sorted(schemes):
        surrogate = next((surrogates[name] for name in surrogates if scheme.startswith(name)), "")
        lines[error_of_energies({"scheme": scheme, "surrogate": surrogate})] = None
    for line in filter(None, lines):
        out.print(line, style="dim", markup=False)


def plain_table(*headers: str, caption: str | None = None, title: str | None = None) -> Table:
    """Make a table without frame; text columns are left-aligned, numbers right-aligned.

    Parameters
    ----------
    headers : column names.
    caption, title : below and above the table.

    Returns
    -------
    The empty table.
    """
    from rich import box
    from rich.table import Table

    table = Table(
        title=title, title_justify="left", box=box.SIMPLE_HEAD, caption=caption,
        caption_justify="left",
    )  # fmt: skip
    for header in headers:
        side: Literal["left", "right"] = "left" if header in LEFT else "right"
        table.add_column(header, justify=side, overflow="fold")
    return table
