"""Terminations, matches and a finished cell as tables in the terminal."""

from __future__ import annotations

from pathlib import Path

from interfaces.structures import InterfaceCell, Match, Slab, facet
from workflows.structures.interface_cells import CellResult, Choices
from workflows.structures.write_cells import notes
from workflows.tables.curve_tables import plain_table

SHOWN = 20  #: matches printed; all are in matches.csv


def print_choices(choices: Choices) -> None:
    """Print all terminations of both sides and the matches of the chosen ones."""
    from rich.console import Console

    out = Console()
    for note in choices.notes:
        out.print(f"note: {note}", soft_wrap=True, highlight=False, markup=False)
    for slabs, chosen in zip(choices.slabs, choices.chosen, strict=True):
        table = plain_table(
            "label", "below", "above", "e/A", "Tasker", "broken", "moved", "A", "atoms",
            title=f"{chosen.bulk} {facet(chosen.miller)}: terminations, * is taken",
        )  # fmt: skip
        for slab in slabs:
            table.add_row(*_slab(slab, "*" if slab is chosen else ""))
        out.print(table)
    if choices.matches:
        _print_matches(choices)
    else:
        out.print(choices.misfit, soft_wrap=True, highlight=False)


def _slab(slab: Slab, mark: str) -> tuple[str, ...]:
    dipole = "?" if slab.dipole is None else f"{slab.dipole:.3f}"
    count, _, _, symbol, *_ = slab.moved.split() if slab.moved else ("", "", "", "")
    moved = f"{count} {symbol} {'↑' if slab.moved.endswith('top') else '↓'}" if count else ""
    return (
        f"{mark} {slab.label}", slab.bottom, slab.top, dipole, str(slab.tasker or "?"),
        str(slab.broken), moved, f"{slab.thickness:.2f}", str(len(slab.species)),
    )  # fmt: skip


def _print_matches(choices: Choices) -> None:
    from rich.console import Console

    out, matches = Console(), choices.matches
    first, second = choices.chosen
    more = f"; {len(matches) - SHOWN} more in matches.csv" if len(matches) > SHOWN else ""
    table = plain_table(
        "", "atoms", "A2", "a", "b", "angle", "twist", "first %", "second %",
        title=f"{first.name} with {second.name}: matches{more}",
    )  # fmt: skip
    for number, match in enumerate(matches[:SHOWN], 1):
        table.add_row(str(number), *_match(match))
    out.print(table)


def _match(match: Match) -> tuple[str, ...]:
    strains = (
        " ".join(f"{100 * value:+.1f}" for value in side)
        for side in (match.first_strain, match.second_strain)
    )
    return (
        f"{match.atoms[0]}+{match.atoms[1]}", f"{match.area:.1f}",
        f"{match.lengths[0]:.2f}", f"{match.lengths[1]:.2f}", f"{match.angle:.1f}",
        f"{match.twist:.1f}", *strains,
    )  # fmt: skip


def print_cell(result: CellResult, folder: Path) -> None:
    """Print what was built and where it was written."""
    import click

    cell = result.cell
    atoms = cell.atoms
    counts = f"{len(atoms.species)} atoms = {atoms.counts[0]} + {atoms.counts[1]}"
    click.echo(f"{' | '.join(atoms.names)}: {counts}")
    for slab in result.choices.chosen:
        click.echo(f"  {slab.name}: {slab.bottom} below, {slab.top} above, {slab.thickness:.1f} A")
    if isinstance(cell, InterfaceCell):
        match = cell.match
        click.echo(
            f"  strain at most {100 * match.strain:.2f} %, area {match.area:.1f} A2, "
            f"{match.width:.1f} A wide, {cell.interfaces} interface"
            f"{'s' if cell.interfaces > 1 else ''} with a gap of {cell.gap:g} A"
        )
    pair = "-".join(cell.contact_pair)
    click.echo(f"  shortest contact {pair} {cell.contact:.2f} A")
    if result.registry is not None:
        registry = result.registry
        a, b = registry.best.shift
        click.echo(
            f"  registry ({registry.calculator}, {len(registry.points)} shifts): best "
            f"{a:.3f}, {b:.3f}; spread {registry.spread:.3f} J/m2"
        )
    for note in notes(result):
        click.echo(f"  note: {note}")
    click.echo(f"written: {folder}")
