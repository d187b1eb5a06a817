"""Windows and maps as text: tables for a terminal, CSV for a spreadsheet."""

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
    """Every stage as CSV, a header first; the carrier's column bears its symbol."""
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
    window: Window, moved: Sensitivity | None = None, console: Console | None = None
) -> None:
    """Limits, stages, decomposition energies and what moves them, for a person."""
    from rich.console import Console

    out = console or Console()
    one = window.compound
    out.print(f"[bold]{one.label}[/] against {window.carrier} metal   {window.scheme}")
    out.print(
        f"  {one.formula}: {one.energy:.4f} eV/atom ({one.energy_model}), "
        f"{1000 * one.energy_above_hull:+z.1f} meV/atom against the hull"
    )
    for element in window.open_elements:
        out.print(f"  open: {element}")
    out.print(f"window, put on the hull: {_limits(window, moved)}")
    out.print(f"window, as it is:        {_as_it_is(window)}")
    _print_electrode(window, out)
    table = plain_table(
        "from V", "to V", f"{window.carrier} / formula", "E_D at from V", "reaction",
        caption=f"{window.carrier} taken up +, released -; E_D in eV/atom of {one.formula} put on "
        "the hull",
    )  # fmt: skip
    atoms = float(one.formula.n_atoms)
    for stage in window.stages:
        mark = "[bold]" if stage is window.stable_stage else ""
        table.add_row(
            f"{mark}{stage.low:.4f}",
            f"{mark}{'' if stage.high is None else format(stage.high, '.4f')}",
            f"{mark}{stage.carriers:z.4f}",
            f"{mark}{stage.energy / atoms:z.4f}",
            f"{mark}{stage.reaction}",
        )
    out.print(table)
    for what, first in (("reduced", window.reduced_to), ("oxidized", window.oxidized_to)):
        if first is not None:
            print_interphase(f"first {what}", first.interphase(window.carrier), out)
    for voltage in (v for v in (0.0, 5.0) if v >= window.stages[0].low):
        own = f"{window.decomposition_energy(voltage):.4f}"
        hull = f"{window.decomposition_energy(voltage, 'hull'):.4f}"
        known = one.energy_model != "hull"
        out.print(
            f"E_D at {voltage:g} V: {own + ' eV/atom as it is, ' if known else ''}{hull} eV/atom "
            "put on the hull"
        )
    for partner in nearest_partners(window.intercalations):
        out.print(
            f"intercalation, not a decomposition: {partner.carriers:+.4g} {window.carrier} to "
            f"{partner.partner} at {partner.voltage:.3f} V on average"
        )
    if moved is not None:
        _print_sensitivity(window, moved, out)
    print_notes(window.notes, out, window.provenance)


def nearest_partners(partners: Sequence[Intercalation]) -> list[Intercalation]:
    """The empty host, the nearest state on each side, and the fullest: what a reader asks first."""
    below = [one for one in partners if one.carriers < 0]
    above = [one for one in partners if one.carriers > 0]
    return list(dict.fromkeys([*below[:1], *below[-1:], *above[:1], *above[-1:]]))


def _limits(window: Window, moved: Sensitivity | None) -> str:
    if window.stable_stage is None:
        return "none under these reservoirs"
    low = _limit(window.reduction, moved.reduction if moved else None)
    high = "no upper limit"
    if window.oxidation is not None:
        high = _limit(window.oxidation, moved.oxidation if moved else None)
    width = " (zero width)" if window.reduction == window.oxidation else ""
    return f"{low} to {high}{width}"


def _limit(value: float | None, spread: Spread | None) -> str:
    error = spread.error if spread else None
    return f"{value or 0.0:.3f} V" + (f" (+-{error:.2f})" if error is not None else "")


def _as_it_is(window: Window) -> str:
    if window.compound.energy_model == "hull":
        return "not known, the compound has no energy of its own here"
    if window.own_limits is None:
        above = 1000 * window.compound.energy_above_hull
        return f"none, it decomposes by {above:.3g} meV/atom at any voltage"
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
        if offset >= window.stages[0].low:  # below it there is no energy to give
            energy = window.decomposition_energy(offset, "hull")
            line += f"; at the couple E_D is {energy:.4f} eV/atom put on the hull"
        out.print(line, markup=False)


def _print_sensitivity(window: Window, moved: Sensitivity, out: Console) -> None:
    out.print(
        f"errors of {1000 * moved.sigma:g} meV/atom, {moved.samples} draws, seed {moved.seed}:"
    )
    for spread in (moved.reduction, moved.oxidation):
        if spread.independent is None or spread.shared is None:
            out.print(f"  {spread.limit}: no such limit in some draws")
            continue
        out.print(
            f"  {spread.limit}: +-{spread.independent:.3f} V independent, "
            f"+-{spread.shared:.3f} V shared by a class of chemistry"
        )
    for deciding in moved.deciding:
        out.print(
            f"  {deciding.limit} follows {deciding.formula}: {deciding.weight:+.2f} mV per meV/atom"
        )
    table = plain_table("without, or lowered", "above hull", "reduction V", "oxidation V")
    for shift in (*moved.left_out, *moved.competitors):
        label = "without " + shift.formula
        if shift.lowered_by is not None:
            label = f"{shift.formula} lowered by {1000 * shift.lowered_by:g} meV/atom"
        table.add_row(
            label,
            f"{1000 * shift.energy_above_hull:.1f}",
            *("-" if v is None else f"{v:.3f}" for v in (shift.reduction, shift.oxidation)),
        )
    out.print(table)


def map_csv(found: VoltageMap) -> str:
    """Every tile as CSV: bounds, energies at its corners [eV per non-open atom], products."""
    rows = []
    for tile in found.tiles:
        mixing = found.nonopen_to_mixing(list(tile.nonopen))
        values = (*tile.nonopen, *map(float, mixing), *tile.voltage, *tile.energies)
        rows.append(dict(zip(TILE_COLUMNS, (*values, " ".join(tile.products)), strict=True)))
    return rows_csv(TILE_COLUMNS, rows)


def print_map(found: VoltageMap, console: Console | None = None) -> None:
    """The minimum over mixing against voltage, for a person."""
    from rich.console import Console

    out = console or Console()
    names = f"{found.reactant_1.label} | {found.reactant_2.label}"
    out.print(f"[bold]{names}[/]   {found.scheme}")
    out.print(
        f"{len(found)} tiles of one set of products each, {found.low:g} to {found.high:g} V "
        f"against {found.carrier}; --json, --csv and --figure show them"
    )
    for kind in ("total", "mutual"):
        pieces = found.minimum("total" if kind == "total" else "mutual")
        table = plain_table(
            "from V", "to V", "u (non-open)", "energy from", "energy to", "what",
            title=f"minimum {kind}",
            caption="eV per non-open atom; u is the share of those from the first reactant",
        )  # fmt: skip
        for piece in pieces:
            table.add_row(*_piece(found, piece))
        out.print(table)
    print_notes(found.notes, out, found.provenance)


def _piece(found: VoltageMap, piece: LowestPiece) -> Sequence[str]:
    return (
        f"{piece.low:.4f}",
        f"{piece.high:.4f}",
        f"{piece.nonopen_fraction:.4f}",
        f"{piece.energy_low:z.4f}",
        f"{piece.energy_high:z.4f}",
        found.describe(piece),
    )


def charging_csv(found: Charging) -> str:
    """The matrix as CSV: one line per state and voltage."""
    voltages = found.grid
    total, mutual = found.matrix(voltages), found.matrix(voltages, "mutual")
    rows = [
        {
            "x": x,
            "voltage_V": voltage,
            "minimum_total_ev_per_nonopen_atom": total[i, j],
            "minimum_mutual_ev_per_nonopen_atom": mutual[i, j],
        }
        for i, x in enumerate(found.contents)
        for j, voltage in enumerate(voltages)
    ]
    return rows_csv(list(rows[0]), rows)


def print_charging(found: Charging, console: Console | None = None) -> None:
    """The path along the cathode's own voltage curve, for a person."""
    from rich.console import Console

    out = console or Console()
    first = found.maps[0][1]
    out.print(
        f"[bold]{first.reactant_1.label} while charging | {first.reactant_2.label}[/]   "
        f"{first.scheme}"
    )
    table = plain_table(
        "x", "V", "minimum total", "at u", "minimum mutual", "at u",
        caption="along the cathode's own calculated voltage curve; eV per non-open atom",
    )  # fmt: skip
    for point in found.path:
        table.add_row(
            f"{point.x:g}",
            f"{point.voltage:.3f}",
            f"{point.total:z.4f}",
            f"{point.total_at:.3f}",
            f"{point.mutual:z.4f}",
            f"{point.mutual_at:.3f}",
        )
    out.print(table)
    print_notes(found.notes, out, found.provenance)
