"""Windows, voltage maps and charging as tables and CSV."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from interfaces.interphase import COLUMNS
from interfaces.phases.intercalation import Intercalation
from interfaces.reactivity.charging import Charging
from interfaces.reactivity.voltage_map import VoltageMap
from interfaces.solver.envelope import LowestPiece
from interfaces.stability.electrochemical_window import Window
from interfaces.stability.sensitivity import Sensitivity, Spread
from workflows.tables.curve_tables import (
    interphase_row,
    plain_table,
    print_interphase,
    print_notes,
    rows_csv,
)
from workflows.tables.reaction_table import ReactionRow, print_reactions

if TYPE_CHECKING:
    from rich.console import Console

STAGE_COLUMNS = (
    "from_V", "to_V", "per_formula", "reaction_energy_at_from_V_ev_per_formula", "reaction",
    "gases_mmol_per_ah", "suspect_products", *COLUMNS,
)  # fmt: skip
TILE_COLUMNS = (
    "nonopen_from", "nonopen_to", "mixing_from", "mixing_to", "V_from", "V_to",
    "energy_u0_V0", "energy_u1_V0", "energy_u0_V1", "energy_u1_V1", "products",
)  # fmt: skip


def window_csv(window: Window) -> str:
    """Write all decomposition stages as CSV; the column of the carrier is named after it.

    Parameters
    ----------
    window : an electrochemical window.

    Returns
    -------
    CSV with a header.
    """
    key = f"{window.carrier.lower()}_per_formula"
    rows = []
    for stage in window.stages:
        data = stage.to_dict(window.carrier)
        row = (
            data
            | interphase_row(stage.interphase(window.carrier))
            | {"suspect_products": " ".join(data["suspect_products"])}
        )
        rows.append(row)
    columns = [key if column == "per_formula" else column for column in STAGE_COLUMNS]
    return rows_csv(columns, [{c: row[c] for c in columns} for row in rows])


def print_window(
    window: Window, sensitivity: Sensitivity | None = None, console: Console | None = None
) -> None:
    """Print limits, decomposition stages, decomposition energies and the sensitivity.

    Parameters
    ----------
    window : an electrochemical window.
    sensitivity : of its limits to the phase energies.
    console : where to print; None is stdout.
    """
    from rich.console import Console

    out = console or Console()
    compound = window.compound
    out.print(f"[bold]{compound.label}[/] against {window.carrier} metal   {window.scheme}")
    out.print(
        f"  {compound.formula}: {compound.energy:.4f} eV/atom ({compound.energy_model}), "
        f"{1000 * compound.energy_above_hull:+z.1f} meV/atom against the hull"
    )
    for element in window.open_elements:
        out.print(f"  open: {element}")
    out.print(f"window by hull energy: {_limits(window, sensitivity)}")
    out.print(f"window by own energy:  {_own_window(window)}")
    _print_electrode(window, out)
    atoms = float(compound.formula.n_atoms)
    rows = [
        ReactionRow(
            (
                f"{stage.low:.4f}",
                "" if stage.high is None else f"{stage.high:.4f}",
                f"{stage.carriers:z.4f}",
                f"{stage.energy / atoms:z.4f}",
            ),
            str(stage.reaction),
            range(4) if stage is window.stable_stage else (),
        )
        for stage in window.stages
    ]
    print_reactions(
        out, ("from V", "to V", f"{window.carrier} / formula", "E_D at from V"), rows,
        f"{window.carrier} taken up +, released -; E_D in eV/atom of {compound.formula} by hull "
        "energy",
    )  # fmt: skip
    for limit, beyond in (("reduction", window.reduced_to), ("oxidation", window.oxidized_to)):
        if beyond is not None:
            print_interphase(f"after {limit}", beyond.interphase(window.carrier), out)
    for voltage in (v for v in (0.0, 5.0) if v >= window.stages[0].low):
        own = f"{window.decomposition_energy(voltage):.4f}"
        hull = f"{window.decomposition_energy(voltage, 'hull'):.4f}"
        has_own = compound.energy_model != "hull"
        out.print(
            f"E_D at {voltage:g} V: {own + ' eV/atom by own energy, ' if has_own else ''}{hull} "
            "eV/atom by hull energy"
        )
    for partner in _nearest_partners(window.intercalations):
        out.print(
            f"intercalation, not a decomposition: {partner.carriers:+.4g} {window.carrier} to "
            f"{partner.partner} at {partner.voltage:.3f} V on average"
        )
    if sensitivity is not None:
        _print_sensitivity(sensitivity, out)
    print_notes(window.notes, out, window.provenance)


def _nearest_partners(partners: Sequence[Intercalation]) -> list[Intercalation]:
    """The most important partners: emptiest host, nearest on each side, and fullest."""
    below = [partner for partner in partners if partner.carriers < 0]
    above = [partner for partner in partners if partner.carriers > 0]
    return list(dict.fromkeys([*below[:1], *below[-1:], *above[:1], *above[-1:]]))


def _limits(window: Window, sensitivity: Sensitivity | None) -> str:
    if window.stable_stage is None:
        return "none with these reservoirs"
    low = _limit(window.reduction, sensitivity.reduction if sensitivity else None)
    high = "no upper limit"
    if window.oxidation is not None:
        high = _limit(window.oxidation, sensitivity.oxidation if sensitivity else None)
    width = " (zero width)" if window.reduction == window.oxidation else ""
    return f"{low} to {high}{width}"


def _limit(value: float | None, spread: Spread | None) -> str:
    error = spread.error if spread else None
    return f"{value or 0.0:.3f} V" + (f" (+-{error:.2f})" if error is not None else "")


def _own_window(window: Window) -> str:
    if window.compound.energy_model == "hull":
        return "unknown: this phase set has no energy of the compound"
    if window.own_limits is None:
        above = 1000 * window.compound.energy_above_hull
        return f"none, {above:.3g} meV/atom above the hull at any voltage"
    low, high = window.own_limits
    return f"{low:.3f} V to " + ("no upper limit" if high is None else f"{high:.3f} V")


def _print_electrode(window: Window, out: Console) -> None:
    couple = window.electrode
    if couple is None:
        return
    out.print(f"  {couple}", markup=False)
    scales = (("set", couple.plateau), ("experimental", couple.experimental))
    for name, offset in scales:
        if offset is None:
            continue
        low, high = (
            "-" if v is None else f"{v - offset:.3f} V"
            for v in (window.reduction, window.oxidation)
        )
        line = f"  against {couple.couple} by the {name} potential: {low} to {high}"
        if offset >= window.stages[0].low:  # below it the stages do not extend
            energy = window.decomposition_energy(offset, "hull")
            line += f"; at the couple E_D is {energy:.4f} eV/atom by hull energy"
        out.print(line, markup=False)


def _print_sensitivity(sensitivity: Sensitivity, out: Console) -> None:
    out.print(
        f"errors: {sensitivity.errors_from}; {sensitivity.samples} draws, seed {sensitivity.seed}:"
    )
    for spread in (sensitivity.reduction, sensitivity.oxidation):
        if spread.independent is None or spread.shared is None:
            out.print(f"  {spread.limit}: no limit in some draws")
            continue
        out.print(
            f"  {spread.limit}: +-{spread.independent:.3f} V independent, "
            f"+-{spread.shared:.3f} V shared within a chemistry"
        )
    for deciding in sensitivity.deciding:
        out.print(
            f"  {deciding.limit} depends on {deciding.formula}: {deciding.weight:+.2f} mV per "
            "meV/atom"
        )
    table = plain_table("phase left out or lowered", "above hull", "reduction V", "oxidation V")
    for shift in (*sensitivity.left_out, *sensitivity.competitors):
        label = "without " + shift.formula
        if shift.lowered_by is not None:
            label = f"{shift.formula} lowered by {1000 * shift.lowered_by:g} meV/atom"
        table.add_row(
            label,
            f"{1000 * shift.energy_above_hull:.1f}",
            *("-" if v is None else f"{v:.3f}" for v in (shift.reduction, shift.oxidation)),
        )
    out.print(table)


def map_csv(voltage_map: VoltageMap) -> str:
    """Write all tiles as CSV: bounds, energies at the corners [eV per non-open atom], products.

    Parameters
    ----------
    voltage_map : reaction energy over mixing ratio and voltage.

    Returns
    -------
    CSV with a header.
    """
    rows = []
    for tile in voltage_map.tiles:
        mixing = voltage_map.nonopen_to_mixing(list(tile.nonopen))
        values = (*tile.nonopen, *map(float, mixing), *tile.voltage, *tile.energies)
        rows.append(dict(zip(TILE_COLUMNS, (*values, " ".join(tile.products)), strict=True)))
    return rows_csv(TILE_COLUMNS, rows)


def print_map(voltage_map: VoltageMap, console: Console | None = None) -> None:
    """Print the minimum over mixing against voltage.

    Parameters
    ----------
    voltage_map : reaction energy over mixing ratio and voltage.
    console : where to print; None is stdout.
    """
    from rich.console import Console

    out = console or Console()
    names = f"{voltage_map.reactant_1.label} | {voltage_map.reactant_2.label}"
    out.print(f"[bold]{names}[/]   {voltage_map.scheme}")
    out.print(
        f"{len(voltage_map)} tiles with one set of products each, {voltage_map.low:g} to "
        f"{voltage_map.high:g} V against {voltage_map.carrier}: see --json, --csv or --figure"
    )
    for kind in ("total", "mutual"):
        pieces = voltage_map.minimum("total" if kind == "total" else "mutual")
        table = plain_table(
            "from V", "to V", "u (non-open)", "energy from", "energy to", "kind",
            title=f"minimum {kind}",
            caption="eV per non-open atom; u is their share from the first reactant",
        )  # fmt: skip
        for piece in pieces:
            table.add_row(*_piece(voltage_map, piece))
        out.print(table)
    print_notes(voltage_map.notes, out, voltage_map.provenance)


def _piece(voltage_map: VoltageMap, piece: LowestPiece) -> Sequence[str]:
    return (
        f"{piece.low:.4f}",
        f"{piece.high:.4f}",
        f"{piece.nonopen_fraction:.4f}",
        f"{piece.energy_low:z.4f}",
        f"{piece.energy_high:z.4f}",
        voltage_map.describe(piece),
    )


def charging_csv(charging: Charging) -> str:
    """Write the matrix of Li content and voltage as CSV, one line per point.

    Parameters
    ----------
    charging : a pair while the cathode is charged.

    Returns
    -------
    CSV with a header.
    """
    voltages = charging.grid
    total, mutual = charging.matrix(voltages), charging.matrix(voltages, "mutual")
    rows = [
        {
            "x": x,
            "voltage_V": voltage,
            "minimum_total_ev_per_nonopen_atom": total[i, j],
            "minimum_mutual_ev_per_nonopen_atom": mutual[i, j],
        }
        for i, x in enumerate(charging.contents)
        for j, voltage in enumerate(voltages)
    ]
    return rows_csv(list(rows[0]), rows)


def print_charging(charging: Charging, console: Console | None = None) -> None:
    """Print the minima along the cathode's own voltage curve.

    Parameters
    ----------
    charging : a pair while the cathode is charged.
    console : where to print; None is stdout.
    """
    from rich.console import Console

    out = console or Console()
    first = charging.maps[0][1]
    out.print(
        f"[bold]{first.reactant_1.label} while charging | {first.reactant_2.label}[/]   "
        f"{first.scheme}"
    )
    table = plain_table(
        "x", "V", "minimum total", "at u", "minimum mutual", "at u",
        caption="along the cathode's own calculated voltage curve; eV per non-open atom",
    )  # fmt: skip
    for point in charging.path:
        table.add_row(
            f"{point.x:g}",
            f"{point.voltage:.3f}",
            f"{point.total:z.4f}",
            f"{point.total_at:.3f}",
            f"{point.mutual:z.4f}",
            f"{point.mutual_at:.3f}",
        )
    out.print(table)
    print_notes(charging.notes, out, charging.provenance)
